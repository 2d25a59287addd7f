"""One module a command: its ``run`` returns the exit code."""
