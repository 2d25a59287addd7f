"""One module per step type; ``step`` has the envelope of all, ``job`` what those that run jobs share."""
