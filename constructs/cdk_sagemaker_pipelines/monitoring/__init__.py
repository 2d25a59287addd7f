"""What is noticed of a pipeline: events of its executions and steps, metrics, a dashboard."""
