"""A pipeline drawn as text, as Mermaid or as dot."""
