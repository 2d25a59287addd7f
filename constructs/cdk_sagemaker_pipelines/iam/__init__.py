"""Permissions as values, derived from a step's rendered arguments, and the roles that they fill.

All modules are pure but ``roles``, ``behind`` and ``nag``, which alone know CDK.
"""
