"""A pipeline as files that stand beside its tests, and back from them."""
