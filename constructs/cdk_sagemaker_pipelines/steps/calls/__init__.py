"""Steps that call something outside of SageMaker: a Lambda function, or whoever reads a queue."""
