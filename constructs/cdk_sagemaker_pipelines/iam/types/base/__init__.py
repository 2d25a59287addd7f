"""Permissions that requests of several step types share."""
