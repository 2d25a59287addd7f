"""Permissions of the steps in `steps/jobs`."""
