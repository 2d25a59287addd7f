"""What a pipeline reports: events of its executions and steps, metrics, a dashboard."""
