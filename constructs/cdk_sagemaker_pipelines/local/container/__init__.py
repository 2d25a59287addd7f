"""What a job's container gives to its process: a private /opt/ml, data, environment, logs; without a container engine."""
