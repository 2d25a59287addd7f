"""Permissions of the steps in `steps/models`."""
