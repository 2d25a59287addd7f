"""What has changed between two definitions."""
