"""Definitions and templates as they are read from files, folders and stacks."""
