"""CloudFormation: change sets, deployments with rollback, and the API that the CDK CLI speaks."""
