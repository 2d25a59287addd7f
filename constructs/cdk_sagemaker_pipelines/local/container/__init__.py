"""What a container gives a job's process, without a container engine: a private /opt/ml, data, variables, logs."""
