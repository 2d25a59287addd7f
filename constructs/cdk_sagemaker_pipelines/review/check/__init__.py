"""What the checker found, as text and as JSON."""
