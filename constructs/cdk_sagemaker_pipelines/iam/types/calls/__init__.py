"""Permissions of the steps in `steps/calls`."""
