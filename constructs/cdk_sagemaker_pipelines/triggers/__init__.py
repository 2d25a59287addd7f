"""What starts a pipeline: rules and schedules of EventBridge, and state machines."""
