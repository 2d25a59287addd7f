"""What happens when an app with a pipeline is synthesized."""
