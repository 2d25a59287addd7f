"""The pipeline that the pages show in a terminal, with what its jobs leave without running."""

from __future__ import annotations

from typing import Any

ACCOUNT, REGION = "111122223333", "eu-west-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/pipeline"
IMAGE = "141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
CLUSTER = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30}
CACHE = {"Enabled": True, "ExpireAfter": "P30D"}
DEFINITION: dict[str, Any] = {
    "Version": "2020-12-01",
    "Parameters": [
        {"Name": "Depth", "Type": "Integer", "DefaultValue": 5},
        {"Name": "MaxMse", "Type": "Float", "DefaultValue": 6.0},
    ],
    "Steps": [
        {
            "Name": "Prepare",
            "Type": "Processing",
            "CacheConfig": CACHE,
            "Arguments": {
                "RoleArn": ROLE,
                "AppSpecification": {"ImageUri": IMAGE},
                "ProcessingResources": {"ClusterConfig": CLUSTER},
            },
        },
        {
            "Name": "Train",
            "Type": "Training",
            "CacheConfig": CACHE,
            "DependsOn": ["Prepare"],
            "Arguments": {
                "RoleArn": ROLE,
                "AlgorithmSpecification": {
                    "TrainingImage": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/train:1",
                    "TrainingInputMode": "File",
                },
                "HyperParameters": {"depth": {"Std:Join": {"On": "", "Values": [{"Get": "Parameters.Depth"}]}}},
                "OutputDataConfig": {"S3OutputPath": "s3://artifacts/models"},
                "ResourceConfig": CLUSTER,
                "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
            },
        },
        {
            "Name": "Check",
            "Type": "Condition",
            "Arguments": {
                "Conditions": [
                    {
                        "Type": "LessThanOrEqualTo",
                        "LeftValue": {"Get": "Steps.Train.FinalMetricDataList['mse'].Value"},
                        "RightValue": {"Get": "Parameters.MaxMse"},
                    }
                ],
                "IfSteps": [
                    {
                        "Name": "Register",
                        "Type": "RegisterModel",
                        "Arguments": {
                            "ModelPackageGroupName": "abalone",
                            "InferenceSpecification": {
                                "Containers": [
                                    {
                                        "Image": IMAGE,
                                        "ModelDataUrl": {"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"},
                                    }
                                ],
                                "SupportedContentTypes": ["text/csv"],
                                "SupportedResponseMIMETypes": ["text/csv"],
                            },
                        },
                    }
                ],
                "ElseSteps": [{"Name": "Inaccurate", "Type": "Fail", "Arguments": {"ErrorMessage": "too inaccurate"}}],
            },
        },
    ],
}
OUTCOMES = {
    "Prepare": {},
    "Train": {"properties": {"FinalMetricDataList": [{"MetricName": "mse", "Value": 4.5}]}},
    "Register": {},
}
