"""What the checker found, in words."""
