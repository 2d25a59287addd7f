"""Explains what each role may do, and which field needs it."""
