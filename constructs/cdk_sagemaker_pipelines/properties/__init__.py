"""Typed references to what a step's job describes, one generated module per step type, and the checked API models.

Import the module that you need, such as ``cdk_sagemaker_pipelines.properties.training``: nothing is loaded here.
"""
