"""What the jobs of a pipeline can take: GPUs at once, instance-hours and what those cost. Pure Python."""
