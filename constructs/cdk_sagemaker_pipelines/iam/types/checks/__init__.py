"""Permissions of the steps in `steps/checks`."""
