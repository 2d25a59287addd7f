"""Steps that call something outside SageMaker: a Lambda function, or whoever reads a queue."""
