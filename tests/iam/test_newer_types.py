"""Endpoints, lineage, jobs of the service, cleanup, for-each: what the pipeline's role and the others may do."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.language.support import get, step

from .support import KEY, LOGS, MODEL_LOGS, OWN_IMAGE, ROLE, SAGEMAKER, of_job, of_jobs, of_pipeline

PASS_ROLE = ("iam:PassRole", ROLE, {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}})
MODEL = step("Model", "Model", {"ExecutionRoleArn": ROLE})
ENDPOINT = {"EndpointName": "Age", "EndpointConfigName": get("Steps.Config.EndpointConfigName")}
OTHER_ROLE = "arn:aws:iam::123456789012:role/Other"


def config(*variants: dict[str, Any], **more: Any) -> dict[str, Any]:
    return step("Config", "EndpointConfig", {"EndpointConfigName": "c", "ProductionVariants": list(variants), **more})


# -- the pipeline's role -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "ends"),
    [
        ("c", ["c"]),
        # the service may write names in lower case into ARNs
        ("Config", ["Config", "config"]),
        ({"Std:Join": {"On": "", "Values": ["C-", get("Execution.PipelineExecutionId")]}}, ["C-*", "c-*"]),
        (get("Parameters.P"), ["*"]),
        ("${Token[T.1]}", ["${Token[T.1]}"]),
    ],
)
def test_an_endpoint_configuration(name: Any, ends: list[str]) -> None:
    resources = " ".join(f"{SAGEMAKER}:endpoint-config/{end}" for end in ends)
    actions = "sagemaker:AddTags sagemaker:CreateEndpointConfig sagemaker:DescribeEndpointConfig"
    given = {"EndpointConfigName": name, "ProductionVariants": []}
    assert of_pipeline(step("S", "EndpointConfig", given)) == [(actions, resources)]


def test_an_endpoint_configuration_with_a_role_and_a_key() -> None:
    made = config(ExecutionRoleArn=ROLE, KmsKeyId=KEY)
    assert of_pipeline(made)[1:] == [PASS_ROLE]
    # who creates the endpoint grants EC2 the use of the key, be the configuration referred to or named
    for name in (get("Steps.Config.EndpointConfigName"), "c"):
        endpoint = step("Deploy", "Endpoint", {"EndpointName": "age", "EndpointConfigName": name})
        assert of_pipeline(made, endpoint)[3:] == KEY_OF_VOLUMES
    assert of_pipeline(step("Deploy", "Endpoint", {"EndpointName": "age", "EndpointConfigName": "other"}))[2:] == []


KEY_OF_VOLUMES = [
    ("kms:CreateGrant", KEY, {"Bool": {"kms:GrantIsForAWSResource": "true"}}),
    ("kms:DescribeKey", KEY),
]


def test_an_endpoint() -> None:
    known = {**ENDPOINT, "EndpointConfigName": "c"}
    assert of_pipeline(step("S", "Endpoint", known)) == [
        (
            "sagemaker:AddTags sagemaker:CreateEndpoint sagemaker:DescribeEndpoint sagemaker:UpdateEndpoint",
            f"{SAGEMAKER}:endpoint/Age {SAGEMAKER}:endpoint/age",
        ),
        ("sagemaker:CreateEndpoint sagemaker:UpdateEndpoint", f"{SAGEMAKER}:endpoint-config/c"),
    ]
    made = of_pipeline(config(), step("S", "Endpoint", ENDPOINT))
    assert made[0] == (
        "sagemaker:AddTags sagemaker:CreateEndpoint sagemaker:CreateEndpointConfig sagemaker:DescribeEndpointConfig "
        "sagemaker:UpdateEndpoint",
        f"{SAGEMAKER}:endpoint-config/c",
    )


def test_an_inference_component() -> None:
    given = {"InferenceComponentName": "x", "EndpointName": "Age"}
    assert of_pipeline(step("S", "InferenceComponent", given)) == [
        (
            "sagemaker:AddTags sagemaker:CreateInferenceComponent sagemaker:DescribeInferenceComponent "
            "sagemaker:UpdateInferenceComponent",
            f"{SAGEMAKER}:inference-component/x",
        ),
        ("sagemaker:CreateInferenceComponent", f"{SAGEMAKER}:endpoint/Age {SAGEMAKER}:endpoint/age"),
    ]
    reads = {**given, "EndpointName": get("Steps.Deploy.EndpointName")}
    made = of_pipeline(step("Deploy", "Endpoint", ENDPOINT), step("S", "InferenceComponent", reads))
    assert made[0] == (
        "sagemaker:AddTags sagemaker:CreateEndpoint sagemaker:CreateInferenceComponent sagemaker:DescribeEndpoint "
        "sagemaker:UpdateEndpoint",
        f"{SAGEMAKER}:endpoint/Age {SAGEMAKER}:endpoint/age",
    )


def three(kind: str) -> str:
    return f"sagemaker:AddTags sagemaker:Create{kind} sagemaker:Describe{kind}"


def test_lineage() -> None:
    entities = {
        "Actions": [
            {"ActionName": "a"},
            {"ActionName": {"Std:Join": {"On": "", "Values": ["b-", get("Parameters.P")]}}},
        ],
        "Artifacts": [{"ArtifactName": "m"}],
        "Contexts": [{"ContextName": "c"}],
    }
    made = [
        (three("Action"), f"{SAGEMAKER}:action/a {SAGEMAKER}:action/b-*"),
        (three("Artifact"), f"{SAGEMAKER}:artifact/*"),
        (three("Context"), f"{SAGEMAKER}:context/c"),
    ]
    assert of_pipeline(step("S", "Lineage", entities)) == made
    known = f"{SAGEMAKER}:experiment/e"
    associations = [{"Source": {"Name": "a", "Type": "Action"}, "Destination": {"Arn": known}}]
    assert of_pipeline(step("S", "Lineage", {**entities, "Associations": associations})) == [
        *made,
        (
            "sagemaker:AddAssociation",
            " ".join(
                f"{SAGEMAKER}:{end}" for end in ("action/a", "action/b-*", "artifact/*", "context/c", "experiment/e")
            ),
        ),
    ]
    read = [{"Source": {"Arn": get("Steps.Other.ActionArns['x']")}, "Destination": {"Arn": known}}]
    assert of_pipeline(step("S", "Lineage", {"Associations": read})) == [
        (
            "sagemaker:AddAssociation",
            " ".join(f"{SAGEMAKER}:{end}" for end in ("action/*", "artifact/*", "context/*", "experiment/e")),
        )
    ]


def test_a_job_of_the_service() -> None:
    given = {"RoleArn": ROLE, "JobCategory": "AgentRFT", "JobConfigDocument": "{}"}
    passed = {"StringEquals": {"iam:PassedToService": "job.sagemaker.amazonaws.com"}}
    assert of_pipeline(step("S", "Job", given)) == [
        (
            "sagemaker:AddTags sagemaker:CreateJob sagemaker:DescribeJob sagemaker:StopJob",
            f"{SAGEMAKER}:job/AgentRFT/pipelines-*",
        ),
        ("iam:PassRole", ROLE, passed),
    ]


def test_cleanup() -> None:
    train = step("Train", "Training", {"OutputDataConfig": {"S3OutputPath": "s3://models/all"}})
    sources = [
        {"StepName": "Train"},
        {
            "StepName": "Prepare",
            "S3Uris": [
                "s3://b/x.csv",
                {"Std:Join": {"On": "/", "Values": ["s3:/", "b", get("Execution.PipelineExecutionId"), "y"]}},
            ],
        },
        {"StepName": "Nowhere"},
        {"StepName": "Prepare", "S3Uris": [get("Parameters.P")]},
        "x",
    ]
    found = of_pipeline(train, step("S", "Cleanup", {"Resources": {"S3": sources}}))
    assert [entry for entry in found if entry[0].startswith("s3:")] == [
        ("s3:DeleteObject", "arn:aws:s3:::b/*/y arn:aws:s3:::b/x.csv arn:aws:s3:::models/all/*"),
        # to clear away what a job wrote it must be found
        ("s3:ListBucket", "arn:aws:s3:::models", {"StringLike": {"s3:prefix": ["all/*"]}}),
    ]
    assert of_pipeline(step("S", "Cleanup", {"Resources": None})) == []


def test_a_for_each_needs_what_its_body_needs() -> None:
    body = step("Train", "Training", {"RoleArn": ROLE})
    assert of_pipeline(step("S", "ForEach", {"IterableItems": ["a"], "ForEachBody": [body]})) == of_pipeline(body)


# -- the roles of jobs and models --------------------------------------------------------------------------------------


def logs(group: str) -> list[Any]:
    actions = "logs:CreateLogGroup logs:CreateLogStream logs:DescribeLogStreams logs:PutLogEvents"
    spaces = {"StringLike": {"cloudwatch:namespace": ["/aws/sagemaker/*", "AWS/SageMaker"]}}
    arns = f"{LOGS}/{group}" if group.endswith("*") else f"{LOGS}/{group} {LOGS}/{group}:*"
    return [(actions, arns), ("cloudwatch:PutMetricData", "*", spaces)]


def test_the_role_of_a_deployed_model() -> None:
    variants: list[dict[str, Any]] = [
        {"ModelName": get("Steps.Model.ModelName"), "CoreDumpConfig": {"DestinationS3Uri": "s3://dumps/x/"}},
        {"ModelName": "known"},
    ]
    output = {
        "S3OutputPath": "s3://answers/all/",
        "S3FailurePath": "s3://secret/failures/",
        "KmsKeyId": "arn:aws:kms:eu-west-1:123456789012:key/answers",
        "NotificationConfig": {"SuccessTopic": "arn:aws:sns:eu-west-1:123456789012:done"},
    }
    found = of_jobs(MODEL, config(*variants, AsyncInferenceConfig={"OutputConfig": output}))
    assert found == {
        ROLE: [
            *MODEL_LOGS,
            (
                "s3:AbortMultipartUpload s3:PutObject",
                "arn:aws:s3:::answers/all/* arn:aws:s3:::dumps/x/* arn:aws:s3:::secret/failures/*",
            ),
            ("kms:Decrypt kms:GenerateDataKey", KEY),
            ("kms:Decrypt kms:Encrypt kms:GenerateDataKey", "arn:aws:kms:eu-west-1:123456789012:key/answers"),
            ("sns:Publish", "arn:aws:sns:eu-west-1:123456789012:done"),
        ]
    }


def test_the_role_of_a_configuration_without_models() -> None:
    deploy = step("Deploy", "Endpoint", ENDPOINT)
    endpoint = get("Steps.Deploy.EndpointName")
    container = {"Image": OWN_IMAGE, "ArtifactUrl": "s3://secret/model.tar.gz"}
    components = [
        step("A", "InferenceComponent", {"EndpointName": endpoint, "Specification": {"Container": container}}),
        step(
            "B",
            "InferenceComponent",
            {"EndpointName": endpoint, "Specification": {"ModelName": get("Steps.Model.ModelName")}},
        ),
        step("C", "InferenceComponent", {"EndpointName": "known", "Specification": {"Container": container}}),
        step("D", "InferenceComponent", {"Specification": {"ModelName": get("Steps.")}}),
    ]
    own = config({"VariantName": "v"}, ExecutionRoleArn=OTHER_ROLE)
    found = of_jobs(MODEL, own, deploy, *components)
    assert list(found) == [ROLE, OTHER_ROLE]
    assert found[ROLE] == MODEL_LOGS
    log_actions, metrics = logs("Endpoints/*")[0][0], logs("x")[1]
    groups = [f"{LOGS}/{kind}/*" for kind in ("Endpoints", "InferenceComponents")]
    assert found[OTHER_ROLE] == [
        (log_actions, " ".join(groups)),
        metrics,
        ("s3:GetObject", "arn:aws:s3:::secret/model.tar.gz"),
        ("kms:Decrypt", KEY),
        (
            "ecr:BatchCheckLayerAvailability ecr:BatchGetImage ecr:GetDownloadUrlForLayer",
            "arn:aws:ecr:eu-west-1:123456789012:repository/team/own",
        ),
        ("ecr:GetAuthorizationToken", "*"),
    ]


@pytest.mark.parametrize(
    ("document", "found"),
    [
        (
            json.dumps({"In": [{"S3DataSource": {"S3Uri": "s3://data/x/"}}], "Out": {"S3OutputPath": "s3://out/y/"}}),
            [
                ("s3:GetObject", "arn:aws:s3:::data/x/*"),
                ("s3:ListBucket", "arn:aws:s3:::data", {"StringLike": {"s3:prefix": ["x/*"]}}),
                ("s3:AbortMultipartUpload s3:PutObject", "arn:aws:s3:::out/y/*"),
            ],
        ),
        (
            {
                "Std:Join": {
                    "On": "",
                    "Values": [
                        '{"S3OutputPath": "s3://out/',
                        get("Execution.PipelineExecutionId"),
                        '/", "N": ',
                        get("Parameters.N"),
                        "}",
                    ],
                }
            },
            [("s3:AbortMultipartUpload s3:PutObject", "arn:aws:s3:::out/*/*")],
        ),
        (get("Parameters.P"), []),
        ("no JSON", []),
        (None, []),
    ],
)
def test_the_role_of_a_job_of_the_service(document: Any, found: list[Any]) -> None:
    assert of_job("Job", {"RoleArn": ROLE, "JobConfigDocument": document}) == found


def test_what_a_for_each_left_behind_can_be_read() -> None:
    train = step("Train", "Training", {"OutputDataConfig": {"S3OutputPath": "s3://models/x"}})
    selector = {"Pick": "MaxBy", "Field": get("IterationOutput.Train.TrainingTimeInSeconds")}
    each = step("Each", "ForEach", {"IterableItems": ["a"], "Selector": selector, "ForEachBody": [train]})
    for path in ("IterationOutputs[0].Train", "Selected"):
        uri = get(f"Steps.Each.{path}.ModelArtifacts.S3ModelArtifacts")
        arguments = {"RoleArn": ROLE, "ProcessingInputs": [{"S3Input": {"S3Uri": uri}}]}
        assert of_job("Processing", arguments, each)[0] == (
            "s3:GetObject",
            "arn:aws:s3:::models/x/*/output/model.tar.gz",
        )
