"""A pipeline drawn as text, SVG, Mermaid, dot or JSON: each from the same graph, folded where it is large."""
