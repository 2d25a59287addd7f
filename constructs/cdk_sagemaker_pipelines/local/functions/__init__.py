"""Lambda functions that really run: their code as a process on this machine."""
