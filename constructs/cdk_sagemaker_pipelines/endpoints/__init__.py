"""Endpoints that serve the versions of a model as they are approved."""
