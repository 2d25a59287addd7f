"""EventBridge and its Scheduler: what rules pass on to their targets, and what is due on the clock."""
