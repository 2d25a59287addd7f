"""Steps that create a model or register a version of one."""
