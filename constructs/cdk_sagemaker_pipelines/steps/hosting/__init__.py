"""Steps that create or update endpoints."""
