"""Definitions in which every text that a policy may come from stands somewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.language.faults import valid

from .support import KEY, OWN_IMAGE, ROLE
from .test_data_sources import ATHENA, REDSHIFT, reading


def every_definition() -> Iterator[tuple[str, Any]]:
    """Those of the SDK, and one of the fields that its definitions do not have."""
    yield from valid()
    steps = [
        {"Name": "Athena", "Type": "Processing", "Arguments": reading({"AthenaDatasetDefinition": ATHENA})},
        {"Name": "Redshift", "Type": "Processing", "Arguments": reading({"RedshiftDatasetDefinition": REDSHIFT})},
        {
            "Name": "Train",
            "Type": "Training",
            "Arguments": {
                "RoleArn": ROLE,
                "TrainingJobName": "team",
                "AlgorithmSpecification": {"AlgorithmName": "forest", "TrainingImage": OWN_IMAGE},
                "InputDataConfig": [
                    {"DataSource": {"S3DataSource": {"S3Uri": "s3://in/a", "S3DataType": "ManifestFile"}}}
                ],
                "OutputDataConfig": {"S3OutputPath": "s3://out/a", "KmsKeyId": "alias/team"},
                "ResourceConfig": {
                    "VolumeKmsKeyId": KEY,
                    "TrainingPlanArn": "arn:aws:sagemaker:eu-west-1:123456789012:training-plan/autumn",
                },
                "HyperParameters": {"sagemaker_submit_directory": '"s3://code/a.tar.gz"'},
            },
        },
        {
            "Name": "Spark",
            "Type": "EMR",
            "Arguments": {
                "ClusterId": "j-1",
                "ExecutionRoleArn": ROLE,
                "StepConfig": {"HadoopJarStep": {"Jar": "s3://jars/a.jar"}},
            },
        },
        {
            "Name": "Cluster",
            "Type": "EMR",
            "Arguments": {
                "ClusterConfig": {"ServiceRole": "Emr", "JobFlowRole": "Nodes", "LogUri": "s3://logs/a"},
                "StepConfig": {"HadoopJarStep": {"Jar": "command-runner.jar"}},
            },
        },
        {
            "Name": "Serve",
            "Type": "EndpointConfig",
            "Arguments": {
                "EndpointConfigName": "config",
                "ExecutionRoleArn": ROLE,
                "KmsKeyId": KEY,
                "ProductionVariants": [{"VariantName": "a", "ModelName": "m"}],
            },
        },
        {
            "Name": "Record",
            "Type": "Lineage",
            "Arguments": {
                "Actions": [{"ActionName": "a", "ActionType": "t", "Source": {"SourceUri": "u"}}],
                "Associations": [{"Source": {"Name": "a"}, "Destination": {"Arn": f"{ROLE}"}}],
            },
        },
        {"Name": "Drop", "Type": "Cleanup", "Arguments": {"Resources": {"S3": [{"S3Uris": ["s3://old/a.csv"]}]}}},
        {"Name": "Tell", "Type": "Lambda", "FunctionArn": "f", "Arguments": {}},
        {
            "Name": "Ask",
            "Type": "Callback",
            "SqsQueueUrl": "https://sqs.eu-west-1.amazonaws.com/123456789012/ask",
            "Arguments": {},
        },
        {
            "Name": "Features",
            "Type": "Processing",
            "Arguments": {
                "RoleArn": ROLE,
                "AppSpecification": {"ImageUri": OWN_IMAGE},
                "ProcessingOutputConfig": {
                    "Outputs": [{"OutputName": "o", "FeatureStoreOutput": {"FeatureGroupName": "Orders"}}]
                },
            },
        },
    ]
    yield "others", {"Version": "2020-12-01", "Steps": steps}


def leaves(value: Any) -> Iterator[tuple[Any, Any]]:
    """Where each text of a JSON value stands: what holds it, and at which key or position."""
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        if isinstance(item, str):
            yield value, key
        else:
            yield from leaves(item)
