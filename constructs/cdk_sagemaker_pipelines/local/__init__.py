"""Runs pipeline definitions on this machine."""
