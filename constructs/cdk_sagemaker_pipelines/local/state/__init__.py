"""What a local AWS keeps in a folder, so that its next start goes on where it ended."""
