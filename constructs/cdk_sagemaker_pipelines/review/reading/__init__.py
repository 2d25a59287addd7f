"""Reads definitions and templates from files, folders and stacks."""
