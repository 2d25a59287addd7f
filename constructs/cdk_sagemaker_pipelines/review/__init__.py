"""Turns a definition or a cdk.out into text for a reviewer, without side effects."""
