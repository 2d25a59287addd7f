"""Data that is no plain prefix in S3: queries, feature groups, manifests, captured requests, Debugger's rules."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.language.support import get, step

from .support import KEY, LOGS, MODEL_LOGS, OWN_IMAGE, PLACE, ROLE, SAGEMAKER, of_job, of_jobs, of_pipeline, unknown

READ, WRITE, LIST = "s3:GetObject", "s3:AbortMultipartUpload s3:PutObject", "s3:ListBucket"
ECR = "arn:aws:ecr:eu-west-1:123456789012:repository/team/own"
PULL = [("ecr:BatchCheckLayerAvailability ecr:BatchGetImage ecr:GetDownloadUrlForLayer", ECR)]
TOKEN = ("ecr:GetAuthorizationToken", "*")
GLUE = "arn:aws:glue:eu-west-1:123456789012"
ATHENA = {
    "Catalog": "AwsDataCatalog",
    "Database": "sales",
    "QueryString": "select * from orders",
    "WorkGroup": "team",
    "OutputS3Uri": "s3://queries/orders/",
    "KmsKeyId": KEY,
}
REDSHIFT = {
    "ClusterId": "main",
    "Database": "sales",
    "DbUser": "reader",
    "QueryString": "select * from orders",
    "ClusterRoleArn": "arn:aws:iam::123456789012:role/Redshift",
    "OutputS3Uri": "s3://queries/orders",
    "KmsKeyId": KEY,
}


def listed(*prefixes: str) -> dict[str, Any]:
    return {"StringLike": {"s3:prefix": list(prefixes)}}


def reading(definition: dict[str, Any]) -> dict[str, Any]:
    return {"RoleArn": ROLE, "ProcessingInputs": [{"InputName": "orders", "DatasetDefinition": definition}]}


def test_a_query_in_athena() -> None:
    assert of_job("Processing", reading({"AthenaDatasetDefinition": ATHENA})) == [
        (
            "athena:GetQueryExecution athena:GetQueryResults athena:StartQueryExecution athena:StopQueryExecution",
            "arn:aws:athena:eu-west-1:123456789012:workgroup/team",
        ),
        (
            "glue:BatchGetPartition glue:GetDatabase glue:GetPartition glue:GetPartitions glue:GetTable glue:GetTables",
            f"{GLUE}:catalog {GLUE}:database/sales {GLUE}:table/sales/*",
        ),
        (
            "glue:CreateDatabase glue:GetDatabase",
            f"{GLUE}:catalog {GLUE}:database/default {GLUE}:database/sagemaker_processing",
        ),
        (
            "glue:CreateTable glue:DeleteTable glue:GetTable",
            f"{GLUE}:catalog {GLUE}:database/sagemaker_processing {GLUE}:table/sagemaker_processing/sagemaker_tmp_*",
        ),
        (f"{WRITE.split()[0]} {READ} {WRITE.split()[1]}", "arn:aws:s3:::queries/orders/*"),
        (LIST, "arn:aws:s3:::queries", listed("orders/*")),
        ("s3:GetBucketLocation", "arn:aws:s3:::queries"),
        ("kms:Decrypt kms:Encrypt kms:GenerateDataKey", KEY),
    ]


def test_athena_without_a_workgroup_and_with_another_catalog() -> None:
    given = {**ATHENA, "Catalog": "lake"}
    del given["WorkGroup"]
    found = of_job("Processing", reading({"AthenaDatasetDefinition": given}))
    assert found[0][1] == "arn:aws:athena:eu-west-1:123456789012:workgroup/primary"
    assert found[1] == ("athena:GetDataCatalog", "arn:aws:athena:eu-west-1:123456789012:datacatalog/lake")


def test_where_the_queried_tables_lie_is_not_told() -> None:
    arguments = reading({"AthenaDatasetDefinition": ATHENA})
    where = "S: ProcessingInputs[0].DatasetDefinition.AthenaDatasetDefinition.QueryString"
    assert unknown(step("S", "Processing", arguments)) == [
        ("s3:GetObject s3:ListBucket", where, "place of the queried tables")
    ]


def test_a_query_in_redshift() -> None:
    arguments = reading({"RedshiftDatasetDefinition": REDSHIFT})
    assert of_job("Processing", arguments) == [
        ("redshift-data:ExecuteStatement", "arn:aws:redshift:eu-west-1:123456789012:cluster:main"),
        (
            "redshift-data:CancelStatement redshift-data:DescribeStatement redshift-data:GetStatementResult",
            "*",
            {"StringEquals": {"redshift-data:statement-owner-iam-userid": "${aws:userid}"}},
        ),
        (
            "redshift:GetClusterCredentials",
            "arn:aws:redshift:eu-west-1:123456789012:dbname:main/sales "
            "arn:aws:redshift:eu-west-1:123456789012:dbuser:main/reader",
        ),
        (READ, "arn:aws:s3:::queries/orders*"),
        (LIST, "arn:aws:s3:::queries", listed("orders*")),
        ("kms:Decrypt", KEY),
    ]
    assert of_jobs(step("S", "Processing", arguments))["arn:aws:iam::123456789012:role/Redshift"] == [
        (WRITE, "arn:aws:s3:::queries/orders/*"),
        ("kms:Decrypt kms:Encrypt kms:GenerateDataKey", KEY),
    ]


def writing_features(group: Any) -> dict[str, Any]:
    output = {"OutputName": "features", "AppManaged": True, "FeatureStoreOutput": {"FeatureGroupName": group}}
    return {"RoleArn": ROLE, "ProcessingOutputConfig": {"Outputs": [output]}}


def test_a_feature_group() -> None:
    assert of_job("Processing", writing_features("Orders")) == [
        (
            "sagemaker:DescribeFeatureGroup sagemaker:PutRecord",
            f"{SAGEMAKER}:feature-group/Orders {SAGEMAKER}:feature-group/orders",
        )
    ]


def test_a_feature_group_that_is_a_parameter() -> None:
    arguments = writing_features(get("Parameters.Group"))
    assert of_job("Processing", arguments) == []
    actions = "sagemaker:DescribeFeatureGroup sagemaker:PutRecord"
    where = "S: ProcessingOutputConfig.Outputs[0].FeatureStoreOutput"
    assert unknown(step("S", "Processing", arguments)) == [(actions, where, "feature group")]


@pytest.mark.parametrize("kind", ["ManifestFile", "AugmentedManifestFile"])
@pytest.mark.parametrize(
    ("type", "arguments", "where"),
    [
        (
            "Processing",
            lambda source: {"RoleArn": ROLE, "ProcessingInputs": [{"InputName": "raw", "S3Input": source}]},
            "S: ProcessingInputs[0]",
        ),
        (
            "Training",
            lambda source: {"RoleArn": ROLE, "InputDataConfig": [{"DataSource": {"S3DataSource": source}}]},
            "S: InputDataConfig[0]",
        ),
        (
            "AutoML",
            lambda source: {"RoleArn": ROLE, "InputDataConfig": [{"DataSource": {"S3DataSource": source}}]},
            "S: InputDataConfig[0]",
        ),
    ],
    ids=["processing", "training", "auto_ml"],
)
def test_manifests(type: str, arguments: Any, where: str, kind: str) -> None:
    given = arguments({"S3Uri": "s3://data/list.manifest", "S3DataType": kind})
    found = of_job(type, given)
    assert (READ, "arn:aws:s3:::data/list.manifest*") in found
    assert (LIST, "arn:aws:s3:::data", listed("list.manifest*")) in found
    assert unknown(step("S", type, given)) == [(READ, where, "content of the manifest")]
    assert unknown(step("S", type, arguments({"S3Uri": "s3://data/raw/", "S3DataType": "S3Prefix"}))) == []


def test_a_manifest_of_a_transform() -> None:
    source = {"S3Uri": "s3://data/list.manifest", "S3DataType": "ManifestFile"}
    arguments = {
        "ModelName": get("Steps.M.ModelName"),
        "TransformInput": {"DataSource": {"S3DataSource": source}},
        "TransformOutput": {"S3OutputPath": "s3://out/scores"},
    }
    steps = step("M", "Model", {"ExecutionRoleArn": ROLE}), step("T", "Transform", arguments)
    assert unknown(*steps) == [(READ, "T: TransformInput", "content of the manifest")]


def test_a_file_system_needs_the_network_alone() -> None:
    source = {"FileSystemId": "fs-12345678", "FileSystemType": "EFS", "FileSystemAccessMode": "ro"}
    vpc = {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
    arguments = {
        "RoleArn": ROLE,
        "InputDataConfig": [{"DataSource": {"FileSystemDataSource": source}}],
        "VpcConfig": vpc,
    }
    found = of_job("Training", arguments)
    assert len(found) == 1
    assert found[0][0].startswith("ec2:CreateNetworkInterface ")


def test_what_a_transform_captures() -> None:
    arguments = {
        "ModelName": get("Steps.M.ModelName"),
        "DataCaptureConfig": {"DestinationS3Uri": "s3://captured/run", "KmsKeyId": KEY},
    }
    model = step("M", "Model", {"ExecutionRoleArn": ROLE})
    assert of_jobs(model, step("T", "Transform", arguments))[ROLE] == [
        *MODEL_LOGS,
        (WRITE, "arn:aws:s3:::captured/run/*"),
        ("kms:Decrypt kms:Encrypt kms:GenerateDataKey", KEY),
    ]


def test_more_data_of_a_model() -> None:
    prefix = {"S3Uri": "s3://models/adapters/", "S3DataType": "S3Prefix", "CompressionType": "None"}
    one = {"S3Uri": "s3://models/base.tar.gz", "S3DataType": "S3Object", "ManifestS3Uri": "s3://models/m.csv"}
    container = {
        "ModelDataSource": {"S3DataSource": one},
        "AdditionalModelDataSources": [{"ChannelName": "adapters", "S3DataSource": prefix}],
    }
    assert of_job("Model", {"ExecutionRoleArn": ROLE, "PrimaryContainer": container}) == [
        (
            READ,
            "arn:aws:s3:::models/adapters/* arn:aws:s3:::models/base.tar.gz arn:aws:s3:::models/m.csv",
        ),
        (LIST, "arn:aws:s3:::models", listed("adapters/*")),
    ]


@pytest.mark.parametrize(
    ("rules", "watched"),
    [("DebugRuleConfigurations", "DebugHookConfig"), ("ProfilerRuleConfigurations", "ProfilerConfig")],
)
def test_rules_of_debugger_are_processing_jobs(rules: str, watched: str) -> None:
    rule = {
        "RuleEvaluatorImage": OWN_IMAGE,
        "S3OutputPath": "s3://rules/out",
        "RuleParameters": {"source_s3_uri": "s3://rules/code/rule.py"},
    }
    arguments = {"RoleArn": ROLE, watched: {"S3OutputPath": "s3://debug/run"}, rules: [rule]}
    assert of_job("Training", arguments) == [
        (WRITE, "arn:aws:s3:::debug/run/* arn:aws:s3:::rules/out/*"),
        (READ, "arn:aws:s3:::debug/run* arn:aws:s3:::rules/code/rule.py"),
        (LIST, "arn:aws:s3:::debug", listed("run*")),
        *PULL,
        TOKEN,
    ]
    logs = " ".join(f"{LOGS}/{group} {LOGS}/{group}:*" for group in ("ProcessingJobs", "TrainingJobs"))
    assert logs in [entry[1] for entry in of_jobs(step("S", "Training", arguments))[ROLE]]


def test_rules_without_a_hook_look_at_the_output() -> None:
    arguments = {
        "RoleArn": ROLE,
        "OutputDataConfig": {"S3OutputPath": "s3://models/a"},
        "ProfilerRuleConfigurations": [{"RuleEvaluatorImage": "elsewhere"}],
    }
    assert of_job("Training", arguments) == [
        (WRITE, "arn:aws:s3:::models/a/*"),
        (READ, "arn:aws:s3:::models/a*"),
        (LIST, "arn:aws:s3:::models", listed("a*")),
    ]


def test_reserved_capacity() -> None:
    plan = f"{SAGEMAKER}:training-plan/mine"
    found = of_pipeline(step("S", "Training", {"ResourceConfig": {"TrainingPlanArn": plan}}))
    assert found[1:] == [("sagemaker:CreateTrainingJob", f"{SAGEMAKER}:reserved-capacity/* {plan}")]


# -- the role of jobs that name none -----------------------------------------------------------------------------------

OWN = "arn:aws:iam::123456789012:role/Pipeline"


@pytest.mark.parametrize(
    ("type", "arguments"),
    [
        ("Processing", {"AppSpecification": {"ImageUri": OWN_IMAGE}}),
        ("Training", {"AlgorithmSpecification": {"TrainingImage": OWN_IMAGE}}),
        ("Tuning", {"TrainingJobDefinition": {"AlgorithmSpecification": {"TrainingImage": OWN_IMAGE}}}),
        ("Model", {"PrimaryContainer": {"Image": OWN_IMAGE}}),
        ("ClarifyCheck", {"AppSpecification": {"ImageUri": OWN_IMAGE}}),
        ("QualityCheck", {"AppSpecification": {"ImageUri": OWN_IMAGE}}),
    ],
)
def test_a_job_that_names_no_role_runs_with_the_pipelines(type: str, arguments: dict[str, Any]) -> None:
    job = step("S", type, arguments)
    assert of_jobs(job) == {}
    assert "iam:PassRole" not in [entry[0] for entry in of_pipeline(job)]
    place = replace(PLACE, role=OWN)
    assert PULL[0] in of_jobs(job, environment=place)[OWN]
    passed = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    assert ("iam:PassRole", OWN, passed) in of_pipeline(job, environment=place)


def test_a_transform_of_a_model_that_names_no_role() -> None:
    arguments = {"ModelName": get("Steps.M.ModelName"), "TransformOutput": {"S3OutputPath": "s3://out/scores"}}
    place = replace(PLACE, role=OWN)
    found = of_jobs(step("M", "Model", {}), step("T", "Transform", arguments), environment=place)
    assert found[OWN] == [*MODEL_LOGS, (WRITE, "arn:aws:s3:::out/scores/*")]
    assert of_jobs(step("T", "Transform", arguments), environment=place) == {}


# -- what is only known at run time ------------------------------------------------------------------------------------

PARAMETER = get("Parameters.P")


@pytest.mark.parametrize(
    ("type", "arguments", "actions", "where", "what"),
    [
        ("Training", {"RoleArn": PARAMETER}, "iam:PassRole", "RoleArn", "role"),
        (
            "Training",
            {"AlgorithmSpecification": {"AlgorithmName": PARAMETER}},
            "sagemaker:DescribeAlgorithm",
            "AlgorithmSpecification.AlgorithmName",
            "algorithm",
        ),
        (
            "Training",
            {"AlgorithmSpecification": {"TrainingImage": PARAMETER}},
            "ecr:BatchCheckLayerAvailability ecr:BatchGetImage ecr:GetDownloadUrlForLayer",
            "AlgorithmSpecification.TrainingImage",
            "image",
        ),
        (
            "Training",
            {"ResourceConfig": {"VolumeKmsKeyId": PARAMETER}},
            "kms:CreateGrant kms:DescribeKey",
            "ResourceConfig.VolumeKmsKeyId",
            "key",
        ),
        (
            "Training",
            {"OutputDataConfig": {"KmsKeyId": PARAMETER}},
            "kms:Decrypt kms:Encrypt kms:GenerateDataKey",
            "OutputDataConfig.KmsKeyId",
            "key",
        ),
        (
            "Training",
            {"OutputDataConfig": {"S3OutputPath": PARAMETER}},
            WRITE,
            "OutputDataConfig",
            "bucket",
        ),
        (
            "Training",
            {"ResourceConfig": {"TrainingPlanArn": PARAMETER}},
            "sagemaker:CreateTrainingJob",
            "ResourceConfig.TrainingPlanArn",
            "training plan",
        ),
        (
            "RegisterModel",
            {"ModelPackageGroupName": PARAMETER},
            "sagemaker:AddTags sagemaker:CreateModelPackage sagemaker:DescribeModelPackage "
            "sagemaker:CreateModelPackageGroup",
            "ModelPackageGroupName",
            "model package group",
        ),
        (
            "EMR",
            {"ClusterId": PARAMETER},
            "elasticmapreduce:AddJobFlowSteps elasticmapreduce:CancelSteps elasticmapreduce:DescribeCluster "
            "elasticmapreduce:DescribeStep elasticmapreduce:ListSteps",
            "ClusterId",
            "cluster",
        ),
        (
            "EMRServerless",
            {"ApplicationId": PARAMETER},
            "emr-serverless:GetApplication emr-serverless:StartApplication emr-serverless:StartJobRun "
            "emr-serverless:CancelJobRun emr-serverless:GetJobRun",
            "ApplicationId",
            "application",
        ),
        (
            "Cleanup",
            {"Resources": {"S3": [{"S3Uris": [PARAMETER]}]}},
            "s3:DeleteObject",
            "Resources.S3[0].S3Uris",
            "bucket",
        ),
        (
            "Fail",
            {"ErrorMessage": {"Std:JsonGet": {"S3Uri": PARAMETER, "Path": "a"}}},
            READ,
            "ErrorMessage",
            "bucket",
        ),
    ],
    ids=[
        *("job-role", "algorithm", "image", "volume-key", "output-key", "output", "plan", "group"),
        *("cluster", "application", "files", "json"),
    ],
)
def test_what_is_told_when_the_pipeline_runs(
    type: str, arguments: dict[str, Any], actions: str, where: str, what: str
) -> None:
    given = {"RoleArn": ROLE, **arguments} if type == "Training" else arguments
    assert unknown(step("S", type, given)) == [(actions, f"S: {where}", what)]


@pytest.mark.parametrize(
    ("step", "actions", "where", "what"),
    [
        ({"Type": "Lambda", "FunctionArn": PARAMETER}, "lambda:InvokeFunction", "FunctionArn", "function"),
        ({"Type": "Callback", "SqsQueueUrl": PARAMETER}, "sqs:SendMessage", "SqsQueueUrl", "queue"),
        ({"Type": "Callback", "SqsQueueUrl": "https://elsewhere/q"}, "sqs:SendMessage", "SqsQueueUrl", "queue"),
    ],
)
def test_what_is_told_beside_the_arguments(step: dict[str, Any], actions: str, where: str, what: str) -> None:
    assert unknown({"Name": "S", **step}) == [(actions, f"S: {where}", what)]


def test_the_image_of_a_candidate_of_auto_ml_is_known_to_be_of_aws() -> None:
    search = step("Search", "AutoML", {"OutputDataConfig": {"S3OutputPath": "s3://out/"}})
    container = {"Image": get("Steps.Search.BestCandidate.InferenceContainers[0].Image")}
    model = step("M", "Model", {"ExecutionRoleArn": ROLE, "PrimaryContainer": container})
    assert unknown(search, model) == []
    assert of_job("Model", {"ExecutionRoleArn": ROLE, "PrimaryContainer": container}, search) == []
