"""Permissions of the steps in `steps/emr`."""
