"""An AWS on this machine: moto, with real CloudFormation deployments and real pipeline executions beside it."""
