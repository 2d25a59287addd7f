"""The weather of places."""

KNOWN = {"Lisbon": 28, "Oslo": 19}
