"""Steps that run on Amazon EMR, on a cluster or serverless."""
