"""Pipelines in a file instead of code: YAML or TOML, whose keys are the fields of the same classes."""
