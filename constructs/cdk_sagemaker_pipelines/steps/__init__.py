"""One module per step type, by family; ``base`` has what they share."""
