"""Steps that decide which other steps run: Condition, ForEach and Fail."""
