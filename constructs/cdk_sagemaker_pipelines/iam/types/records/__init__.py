"""Permissions of the steps in `steps/records`."""
