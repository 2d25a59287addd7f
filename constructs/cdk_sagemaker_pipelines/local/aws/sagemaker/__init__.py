"""SageMaker beyond moto's: pipelines, their executions, jobs that really ran, and the model registry."""
