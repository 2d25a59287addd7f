"""What the role of each type of job may do: data, image, keys, network, logs."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_sagemaker_pipelines.iam import job_roles
from cdk_sagemaker_pipelines.iam.arns import repository_arn
from cdk_sagemaker_pipelines.iam.keys import key_arn
from cdk_sagemaker_pipelines.language import Definition
from tests.language.support import condition, corpus_document, get, step

from .support import (
    AWS_IMAGE,
    KEY,
    LOGS,
    MODEL_LOGS,
    OWN_IMAGE,
    PLACE,
    ROLE,
    SAGEMAKER,
    allowed,
    of_job,
    of_jobs,
    unknown,
)

READ, WRITE, LIST = "s3:GetObject", "s3:AbortMultipartUpload s3:PutObject", "s3:ListBucket"
PULL = "ecr:BatchCheckLayerAvailability ecr:BatchGetImage ecr:GetDownloadUrlForLayer"
NETWORK = (
    "ec2:CreateNetworkInterface ec2:CreateNetworkInterfacePermission ec2:DeleteNetworkInterface "
    "ec2:DeleteNetworkInterfacePermission ec2:DescribeDhcpOptions ec2:DescribeNetworkInterfaces "
    "ec2:DescribeSecurityGroups ec2:DescribeSubnets ec2:DescribeVpcs"
)
VPC = {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
METRICS = (
    "cloudwatch:PutMetricData",
    "*",
    {"StringLike": {"cloudwatch:namespace": ["/aws/sagemaker/*", "AWS/SageMaker"]}},
)


def logs(group: str) -> tuple[str, str]:
    actions = "logs:CreateLogGroup logs:CreateLogStream logs:DescribeLogStreams logs:PutLogEvents"
    return (actions, f"{LOGS}/{group} {LOGS}/{group}:*")


def listed(*prefixes: str) -> dict[str, Any]:
    return {"StringLike": {"s3:prefix": list(prefixes)}}


def objects(path: str) -> str:
    return f"arn:aws:s3:::{path}"


def test_processing() -> None:
    arguments = {
        "RoleArn": ROLE,
        "ProcessingInputs": [
            {"InputName": "raw", "S3Input": {"S3Uri": "s3://data/raw/"}},
            {"InputName": "code", "S3Input": {"S3Uri": "s3://assets/abc.py"}},
            {"InputName": "table", "DatasetDefinition": {}},
        ],
        "ProcessingOutputConfig": {"Outputs": [{"OutputName": "train", "S3Output": {"S3Uri": "s3://out/train"}}]},
        "AppSpecification": {"ImageUri": AWS_IMAGE},
    }
    assert of_jobs(step("S", "Processing", arguments)) == {
        ROLE: [
            (READ, f"{objects('assets/abc.py*')} {objects('data/raw/*')}"),
            (LIST, objects("data"), listed("raw/*")),
            (LIST, objects("assets"), listed("abc.py*")),
            (WRITE, objects("out/train/*")),
            logs("ProcessingJobs"),
            METRICS,
        ]
    }


def test_training() -> None:
    arguments = {
        "RoleArn": ROLE,
        "InputDataConfig": [
            {"ChannelName": "train", "DataSource": {"S3DataSource": {"S3Uri": "s3://data/train"}}},
            {"ChannelName": "test", "DataSource": {"S3DataSource": {"S3Uri": "s3://data/test/"}}},
        ],
        "HyperParameters": {"sagemaker_submit_directory": '"s3://code/sourcedir.tar.gz"', "x": "s3://not/this"},
        "OutputDataConfig": {"S3OutputPath": "s3://models/"},
        "CheckpointConfig": {"S3Uri": "s3://checkpoints/run"},
        "AlgorithmSpecification": {"TrainingImage": AWS_IMAGE},
    }
    assert of_jobs(step("S", "Training", arguments)) == {
        ROLE: [
            (
                READ,
                f"{objects('checkpoints/run*')} {objects('code/sourcedir.tar.gz')} {objects('data/test/*')} "
                f"{objects('data/train*')}",
            ),
            (LIST, objects("data"), listed("test/*", "train*")),
            (WRITE, f"{objects('checkpoints/run/*')} {objects('models/*')}"),
            (LIST, objects("checkpoints"), listed("run*")),
            logs("TrainingJobs"),
            METRICS,
        ]
    }


def test_model() -> None:
    arguments = {
        "ExecutionRoleArn": ROLE,
        "PrimaryContainer": {
            "Image": AWS_IMAGE,
            "ModelDataUrl": "s3://models/model.tar.gz",
            "Environment": {"SAGEMAKER_SUBMIT_DIRECTORY": "s3://code/sourcedir.tar.gz"},
        },
    }
    assert of_jobs(step("S", "Model", arguments)) == {
        ROLE: [(READ, f"{objects('code/sourcedir.tar.gz')} {objects('models/model.tar.gz')}"), *MODEL_LOGS]
    }


def test_other_ways_of_a_model_to_its_data() -> None:
    containers = [
        {"ModelDataSource": {"S3DataSource": {"S3Uri": "s3://models/unpacked/", "S3DataType": "S3Prefix"}}},
        {"ModelDataUrl": "s3://many/", "Mode": "MultiModel"},
        {"ModelDataUrl": "s3://one/m.tar.gz", "Environment": {"SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"}},
    ]
    assert of_job("Model", {"ExecutionRoleArn": ROLE, "Containers": containers}) == [
        (READ, f"{objects('many/*')} {objects('models/unpacked/*')} {objects('one/m.tar.gz')}"),
        (LIST, objects("models"), listed("unpacked/*")),
        (LIST, objects("many"), listed("*")),
    ]


TRANSFORM = {
    "ModelName": get("Steps.M.ModelName"),
    "TransformInput": {"DataSource": {"S3DataSource": {"S3Uri": "s3://data/batch"}}},
    "TransformOutput": {"S3OutputPath": "s3://out/scores"},
}


def test_transform_runs_with_the_role_of_its_model() -> None:
    assert of_jobs(step("M", "Model", {"ExecutionRoleArn": ROLE}), step("T", "Transform", TRANSFORM)) == {
        ROLE: [
            *MODEL_LOGS,
            (READ, objects("data/batch*")),
            (LIST, objects("data"), listed("batch*")),
            (WRITE, objects("out/scores/*")),
        ]
    }


@pytest.mark.parametrize("name", ["a-model", None, get("Steps.Nowhere.ModelName"), get("Parameters.Model"), get("x")])
def test_the_role_of_a_model_from_elsewhere_is_not_known(name: Any) -> None:
    given = {**TRANSFORM, "ModelName": name}
    assert of_jobs(step("M", "Model", {"ExecutionRoleArn": ROLE}), step("T", "Transform", given)) == {ROLE: MODEL_LOGS}


@pytest.mark.parametrize("type", ["RegisterModel", "Condition", "Fail", "Lambda", "Unknown"])
def test_types_without_a_job(type: str) -> None:
    assert of_jobs(step("S", type, {"RoleArn": ROLE, "ExecutionRoleArn": ROLE})) == {}


@pytest.mark.parametrize("role", [None, get("Parameters.Role"), 5])
def test_a_role_that_is_not_known_gets_nothing(role: Any) -> None:
    assert of_jobs(step("S", "Training", {"RoleArn": role})) == {}


def test_a_role_that_steps_share() -> None:
    arguments = {"RoleArn": ROLE, "OutputDataConfig": {"S3OutputPath": "s3://models/"}}
    other = {"RoleArn": "${Token[TOKEN.1]}"}
    assert of_jobs(
        step("A", "Training", arguments),
        condition("C", if_steps=[step("B", "Processing", {"RoleArn": ROLE}), step("D", "Training", other)]),
    ) == {
        ROLE: [
            (WRITE, objects("models/*")),
            (
                logs("TrainingJobs")[0],
                f"{LOGS}/ProcessingJobs {LOGS}/ProcessingJobs:* {LOGS}/TrainingJobs {LOGS}/TrainingJobs:*",
            ),
            METRICS,
        ],
        "${Token[TOKEN.1]}": [logs("TrainingJobs"), METRICS],
    }


# -- where data is ----------------------------------------------------------------------------------------------------


def reading(uri: Any, *others: dict[str, Any]) -> list[Any]:
    channel = {"DataSource": {"S3DataSource": {"S3Uri": uri}}}
    return of_job("Training", {"RoleArn": ROLE, "InputDataConfig": [channel]}, *others)


def writing(uri: Any) -> list[Any]:
    return of_job("Training", {"RoleArn": ROLE, "OutputDataConfig": {"S3OutputPath": uri}})


def joined(*values: Any, on: str = "/") -> dict[str, Any]:
    return {"Std:Join": {"On": on, "Values": list(values)}}


@pytest.mark.parametrize(
    ("uri", "bucket", "key"),
    [
        ("s3://data", "data", "*"),
        ("s3://data/", "data", "*"),
        ("s3://data/a/b.csv", "data", "a/b.csv*"),
        ("s3://${Token[TOKEN.1]}/a", "${Token[TOKEN.1]}", "a*"),
        ("s3://data-${Token[TOKEN.2]}-x/${Token[TOKEN.3]}", "data-${Token[TOKEN.2]}-x", "${Token[TOKEN.3]}*"),
        (joined("s3:/", "data", get("Execution.PipelineName"), "x"), "data", "*/x*"),
        (joined("s3:/", "data", get("Parameters.Prefix")), "data", "*"),
        (joined("s3:/", "data", "a", 5, get("Execution.PipelineExecutionId")), "data", "a/5/*"),
        (joined("s3://data/", get("Parameters.A"), get("Parameters.B"), on=""), "data", "*"),
        (joined("s3://data", joined("a", get("Parameters.A"), on="-")), "data", "a-*"),
        (joined("s3://data/v", 1.5, True, None, on=""), "data", "v*"),
    ],
)
def test_locations(uri: Any, bucket: str, key: str) -> None:
    assert reading(uri) == [(READ, objects(f"{bucket}/{key}")), (LIST, objects(bucket), listed(key))]


@pytest.mark.parametrize(
    ("uri", "written"),
    [
        ("s3://data", "data/*"),
        ("s3://data/out", "data/out/*"),
        ("s3://data/out/", "data/out/*"),
        (joined("s3:/", "data", get("Parameters.Prefix")), "data/*"),
        (joined("s3:/", "data", get("Parameters.Prefix"), "out"), "data/*/out/*"),
    ],
)
def test_locations_of_outputs(uri: Any, written: str) -> None:
    assert writing(uri) == [(WRITE, objects(written))]


@pytest.mark.parametrize(
    "uri",
    [
        None,
        "",
        5,
        "s3://",
        "data/raw",
        "https://data/raw",
        get("Parameters.Uri"),
        get("Steps.Nowhere.X"),
        get("no reference"),
        joined("s3:/", get("Parameters.Bucket"), "raw"),
        joined("s3://data-", get("Parameters.Stage"), "/raw", on=""),
        {"Std:JsonGet": {"S3Uri": "s3://a/b", "Path": "x"}},
        {"Std:Join": {"On": get("Parameters.On"), "Values": ["s3:", "", "data"]}},
        {"Std:Join": {"On": "/"}},
        {"Std:Join": 5},
        {"a": "s3://data"},
        ["s3://data"],
    ],
)
def test_a_bucket_that_is_not_known_gives_none(uri: Any) -> None:
    assert reading(uri) == []
    assert writing(uri) == []


PREPARE = step(
    "Prepare",
    "Processing",
    {
        "ProcessingInputs": [{"InputName": "raw", "S3Input": {"S3Uri": "s3://data/raw"}}],
        "ProcessingOutputConfig": {
            "Outputs": [
                {"OutputName": "train", "S3Output": {"S3Uri": joined("s3:/", "out", get("Execution.X"), "train")}}
            ]
        },
    },
)
TRAIN = step("Train", "Training", {"OutputDataConfig": {"S3OutputPath": "s3://models/a"}})
FOLDER, EITHER = (
    step(name, "Training", {"OutputDataConfig": {"S3OutputPath": "s3://models/a", "CompressionType": compression}})
    for name, compression in (("Folder", "NONE"), ("Either", get("Parameters.P")))
)
ITSELF = get("Steps.Endless.OutputDataConfig.S3OutputPath")
ENDLESS = step("Endless", "Training", {"OutputDataConfig": {"S3OutputPath": ITSELF}})


@pytest.mark.parametrize(
    ("path", "bucket", "key"),
    [
        ("Prepare.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri", "out", "*/train*"),
        ("Prepare.ProcessingOutputConfig.Outputs[0].S3Output.S3Uri", "out", "*/train*"),
        ("Prepare.ProcessingInputs['raw'].S3Input.S3Uri", "data", "raw*"),
        ("Train.ModelArtifacts.S3ModelArtifacts", "models", "a/*/output/model.tar.gz"),
        ("Folder.ModelArtifacts.S3ModelArtifacts", "models", "a/*/output/model/*"),
        ("Either.ModelArtifacts.S3ModelArtifacts", "models", "a/*/output/model*"),
        ("Train.OutputDataConfig.S3OutputPath", "models", "a*"),
    ],
)
def test_what_other_steps_write(path: str, bucket: str, key: str) -> None:
    assert reading(get(f"Steps.{path}"), PREPARE, TRAIN, FOLDER, EITHER) == [
        (READ, objects(f"{bucket}/{key}")),
        (LIST, objects(bucket), listed(key)),
    ]


def test_a_place_below_what_another_step_writes() -> None:
    below = joined(get("Steps.Train.OutputDataConfig.S3OutputPath"), get("Steps.Train.TrainingJobName"), "x")
    assert reading(below, TRAIN)[0] == (READ, objects("models/a/*/x*"))


@pytest.mark.parametrize(
    "path",
    [
        "Prepare.ProcessingOutputConfig.Outputs['test'].S3Output.S3Uri",
        "Prepare.ProcessingOutputConfig.Outputs[1].S3Output.S3Uri",
        "Prepare.ModelArtifacts.S3ModelArtifacts",
        "Train.TrainingJobName",
        "Train",
        "Endless.OutputDataConfig.S3OutputPath",
        "Endless.ModelArtifacts.S3ModelArtifacts",
    ],
)
def test_what_other_steps_do_not_write(path: str) -> None:
    assert reading(get(f"Steps.{path}"), PREPARE, TRAIN, ENDLESS) == []


def test_the_submitted_code_may_be_an_expression() -> None:
    code = joined('"s3://code/', get("Parameters.Version"), '/sourcedir.tar.gz"', on="")
    arguments = {"RoleArn": ROLE, "HyperParameters": {"sagemaker_submit_directory": code}}
    assert of_job("Training", arguments) == [(READ, objects("code/*/sourcedir.tar.gz"))]


@pytest.mark.parametrize("field", ["DebugHookConfig", "ProfilerConfig", "TensorBoardOutputConfig"])
def test_other_outputs_of_training(field: str) -> None:
    assert of_job("Training", {"RoleArn": ROLE, field: {"S3OutputPath": "s3://debug/"}}) == [
        (WRITE, objects("debug/*"))
    ]


def test_an_algorithm() -> None:
    for name in ("mine", f"{SAGEMAKER}:algorithm/mine"):
        arguments = {"RoleArn": ROLE, "AlgorithmSpecification": {"AlgorithmName": name}}
        assert of_job("Training", arguments) == [("sagemaker:DescribeAlgorithm", f"{SAGEMAKER}:algorithm/mine")]


# -- keys, images, network --------------------------------------------------------------------------------------------


def test_buckets_with_a_key() -> None:
    assert reading("s3://secret/a") == [
        (READ, objects("secret/a*")),
        (LIST, objects("secret"), listed("a*")),
        ("kms:Decrypt", KEY),
    ]
    assert writing("s3://secret/a") == [(WRITE, objects("secret/a/*")), ("kms:Decrypt kms:GenerateDataKey", KEY)]
    assert of_job("Model", {"ExecutionRoleArn": ROLE, "PrimaryContainer": {"ModelDataUrl": "s3://secret/m.gz"}}) == [
        (READ, objects("secret/m.gz")),
        ("kms:Decrypt", KEY),
    ]


OTHER_KEY = "arn:aws:kms:eu-west-1:123456789012:key/other"
USE = "kms:Decrypt kms:Encrypt kms:GenerateDataKey"
GRANTS = {"Bool": {"kms:GrantIsForAWSResource": "true"}}


@pytest.mark.parametrize(
    ("type", "output", "volume"),
    [
        (
            "Processing",
            {"ProcessingOutputConfig": {"KmsKeyId": "other"}},
            {"ProcessingResources": {"ClusterConfig": {"VolumeKmsKeyId": OTHER_KEY}}},
        ),
        (
            "Training",
            {"OutputDataConfig": {"KmsKeyId": OTHER_KEY}},
            {"ResourceConfig": {"VolumeKmsKeyId": "other"}},
        ),
        (
            "Transform",
            {"TransformOutput": {"KmsKeyId": OTHER_KEY}},
            {"TransformResources": {"VolumeKmsKeyId": OTHER_KEY}},
        ),
    ],
)
def test_keys_of_outputs_and_volumes(type: str, output: dict[str, Any], volume: dict[str, Any]) -> None:
    model = step("M", "Model", {"ExecutionRoleArn": ROLE})
    given = {"RoleArn": ROLE, "ModelName": get("Steps.M.ModelName")}
    assert of_job(type, {**given, **output}, model) == [(USE, OTHER_KEY)]
    assert of_job(type, {**given, **volume}, model) == [
        ("kms:CreateGrant", OTHER_KEY, GRANTS),
        ("kms:DescribeKey", OTHER_KEY),
    ]


@pytest.mark.parametrize("key", [None, "", get("Parameters.Key"), 5])
def test_a_key_that_is_not_known_gives_none(key: Any) -> None:
    given = {"RoleArn": ROLE, "OutputDataConfig": {"KmsKeyId": key}, "ResourceConfig": {"VolumeKmsKeyId": key}}
    assert of_job("Training", given) == []


def test_names_of_keys() -> None:
    only = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/data"}}
    every = "arn:aws:kms:eu-west-1:123456789012:key/*"
    assert key_arn("1234-abcd", PLACE) == ("arn:aws:kms:eu-west-1:123456789012:key/1234-abcd", {})
    assert key_arn(OTHER_KEY, PLACE) == (OTHER_KEY, {})
    assert key_arn("${Token[TOKEN.1]}", PLACE) == ("${Token[TOKEN.1]}", {})
    assert key_arn("alias/data", PLACE) == (every, only)
    assert key_arn("arn:aws:kms:eu-west-1:123456789012:alias/data", PLACE) == (every, only)
    arguments = {"RoleArn": ROLE, "ResourceConfig": {"VolumeKmsKeyId": "alias/data"}}
    assert of_job("Training", arguments) == [
        ("kms:CreateGrant", every, {**only, **GRANTS}),
        ("kms:DescribeKey", every, only),
    ]


@pytest.mark.parametrize(
    ("type", "role", "arguments"),
    [
        ("Processing", "RoleArn", {"AppSpecification": {"ImageUri": OWN_IMAGE}}),
        ("Training", "RoleArn", {"AlgorithmSpecification": {"TrainingImage": OWN_IMAGE}}),
        ("Model", "ExecutionRoleArn", {"PrimaryContainer": {"Image": OWN_IMAGE}}),
        ("Model", "ExecutionRoleArn", {"Containers": [{"Image": AWS_IMAGE}, {"Image": OWN_IMAGE}]}),
    ],
)
def test_private_images(type: str, role: str, arguments: dict[str, Any]) -> None:
    assert of_job(type, {role: ROLE, **arguments}) == [
        (PULL, "arn:aws:ecr:eu-west-1:123456789012:repository/team/own"),
        ("ecr:GetAuthorizationToken", "*"),
    ]


ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"


@pytest.mark.parametrize(
    ("uri", "repository"),
    [
        (AWS_IMAGE, None),
        ("imported", "arn:aws:ecr:eu-west-1:999999999999:repository/imported"),
        (f"{ECR}/own", "arn:aws:ecr:eu-west-1:123456789012:repository/own"),
        (f"{ECR}/a/b:tag", "arn:aws:ecr:eu-west-1:123456789012:repository/a/b"),
        (f"{ECR}/own@sha256:abc", "arn:aws:ecr:eu-west-1:123456789012:repository/own"),
        (
            "${Token[AWS.AccountId.1]}.dkr.ecr.${Token[AWS.Region.2]}.${Token[AWS.URLSuffix.3]}/own:1",
            "arn:aws:ecr:${Token[AWS.Region.2]}:${Token[AWS.AccountId.1]}:repository/own",
        ),
        ("public.ecr.aws/x/y:1", None),
        ("python:3.12", None),
        ("*", None),
        ("", None),
    ],
)
def test_repositories(uri: str, repository: str | None) -> None:
    assert repository_arn(uri, PLACE) == repository


@pytest.mark.parametrize(
    ("image", "permissions"),
    [
        (joined(f"{ECR}/own:", get("Parameters.Tag"), on=""), "arn:aws:ecr:eu-west-1:123456789012:repository/own"),
        (joined(f"{ECR}/team-", get("Parameters.Name"), on=""), "arn:aws:ecr:eu-west-1:123456789012:repository/team-*"),
        (joined(f"{ECR}/", get("Parameters.Name"), on=""), None),
        (joined("123456789012.dkr.ecr.", get("Parameters.Region"), ".amazonaws.com/own:1", on=""), None),
        (get("Parameters.Image"), None),
    ],
)
def test_images_that_are_known_at_run_time_only(image: Any, permissions: str | None) -> None:
    arguments = {"RoleArn": ROLE, "AppSpecification": {"ImageUri": image}}
    found = of_job("Processing", arguments)
    assert found == ([(PULL, permissions), ("ecr:GetAuthorizationToken", "*")] if permissions else [])
    noted = [] if permissions else [(PULL, "S: AppSpecification.ImageUri", "image")]
    assert unknown(step("S", "Processing", arguments)) == noted


@pytest.mark.parametrize(
    ("type", "role", "arguments"),
    [
        ("Processing", "RoleArn", {"NetworkConfig": {"VpcConfig": VPC}}),
        ("Training", "RoleArn", {"VpcConfig": VPC}),
        ("Model", "ExecutionRoleArn", {"VpcConfig": VPC}),
    ],
)
def test_network(type: str, role: str, arguments: dict[str, Any]) -> None:
    hosting = "ec2:DescribeSubnets ec2:DescribeVpcEndpoints"
    network = NETWORK.replace("ec2:DescribeSubnets", hosting) if type == "Model" else NETWORK
    assert of_job(type, {role: ROLE, **arguments}) == [(network, "*")]
    assert of_job(type, {role: ROLE, "NetworkConfig": {"EnableNetworkIsolation": True}, "VpcConfig": {}}) == []


def test_the_abalone_pipeline() -> None:
    role = "arn:aws:iam::111122223333:role/PipelineRole"
    found = job_roles.permissions(Definition(corpus_document("abalone")), PLACE)
    assert list(found) == [role]
    code = "Abalone/code/{}/{}.py*"
    read = [
        "Abalone/*/AbaloneProcess/output/test*",
        "Abalone/*/AbaloneProcess/output/train*",
        "Abalone/*/AbaloneProcess/output/validation*",
        code.format("41f64caef6165b6b5c3cba93f519338a54271cb7fbb5867fc9bd55549b4ad889", "evaluate"),
        code.format("d290e767caba2355dc3aa25cc9378def51389080601ca949a780ee7dc79f69cc", "preprocess"),
        "AbaloneTrain/*/output/model.tar.gz",
    ]
    written = [
        "Abalone/*/AbaloneEval/output/evaluation/*",
        "Abalone/*/AbaloneProcess/output/test/*",
        "Abalone/*/AbaloneProcess/output/train/*",
        "Abalone/*/AbaloneProcess/output/validation/*",
        "AbaloneTrain/*",
        "AbaloneTransform/*",
    ]
    # the parameters InputData and BatchData may lead anywhere, and give nothing
    assert [entry for entry in allowed(found[role]) if entry[0].startswith("s3:")] == [
        (READ, " ".join(sorted(objects(f"my-bucket/{key}") for key in read))),
        (LIST, objects("my-bucket"), listed(*read)),
        (WRITE, " ".join(objects(f"my-bucket/{key}") for key in written)),
    ]
