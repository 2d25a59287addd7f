"""Permissions as values, derived from a step's rendered arguments, and the roles that they fill.

All modules are pure but ``roles``, ``app_resources``, ``resource_policies`` and ``nag``, which alone know CDK.
"""
