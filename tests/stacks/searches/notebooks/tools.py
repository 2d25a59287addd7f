"""Tools of the notebook."""
