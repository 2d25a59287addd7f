"""An AWS on this machine: moto, plus real CloudFormation deployments and real pipeline executions."""
