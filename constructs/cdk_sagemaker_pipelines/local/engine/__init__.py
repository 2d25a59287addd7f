"""The engine: runs any definition, without moto and without CDK."""
