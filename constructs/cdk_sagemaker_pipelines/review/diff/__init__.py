"""Compares two definitions."""
