"""Inference code."""
