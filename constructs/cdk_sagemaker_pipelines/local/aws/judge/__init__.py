"""Judges what sessions of roles, and users, ask of the local AWS, and keeps what was decided in each execution."""
