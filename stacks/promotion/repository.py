"""The repository of the app, for whatever deploys it. Change these to yours."""

REPOSITORY = "example/line"
"""The owner and the name."""
BRANCH = "main"
CONNECTION = "arn:aws:codeconnections:eu-west-1:777788889999:connection/01234567-89ab-cdef-0123-456789abcdef"
"""The ARN of the connection to GitHub in the account of the tools, for CodePipeline."""
