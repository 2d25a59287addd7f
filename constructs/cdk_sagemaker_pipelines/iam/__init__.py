"""Permissions as values, derived from a step's rendered arguments, and the roles that they fill.

``permissions``, ``places``, ``pipeline_role`` and ``job_roles`` are pure; only ``roles`` knows CDK.
"""
