"""A program as a Python file, as a person would write it and a formatter would leave it."""
