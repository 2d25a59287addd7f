"""Rules that requests of several step types share."""
