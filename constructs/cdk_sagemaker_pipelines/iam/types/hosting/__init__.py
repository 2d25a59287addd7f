"""Permissions of the steps in `steps/hosting`."""
