"""Lambda functions, really run: their code as a process of this machine."""
