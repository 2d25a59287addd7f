"""AWS Batch for training jobs: what waits for whose instances. Our reading of the Batch user guide, so simulated."""
