"""What tuning and AutoML steps need: of the pipeline's role, and of the roles of their jobs."""

from __future__ import annotations

from typing import Any

from tests.language.support import get, step

from .support import AWS_IMAGE, KEY, LOGS, MODEL_LOGS, OWN_IMAGE, ROLE, SAGEMAKER, of_job, of_jobs, of_pipeline

READ, WRITE, LIST = "s3:GetObject", "s3:AbortMultipartUpload s3:PutObject", "s3:ListBucket"
OTHER = "arn:aws:iam::123456789012:role/Other"
VPC = {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
NETWORK = (
    "ec2:CreateNetworkInterface ec2:CreateNetworkInterfacePermission ec2:DeleteNetworkInterface "
    "ec2:DeleteNetworkInterfacePermission ec2:DescribeDhcpOptions ec2:DescribeNetworkInterfaces "
    "ec2:DescribeSecurityGroups ec2:DescribeSubnets ec2:DescribeVpcs"
)
METRICS = (
    "cloudwatch:PutMetricData",
    "*",
    {"StringLike": {"cloudwatch:namespace": ["/aws/sagemaker/*", "AWS/SageMaker"]}},
)
LOGGED = "logs:CreateLogGroup logs:CreateLogStream logs:DescribeLogStreams logs:PutLogEvents"


def passed(*roles: str) -> tuple[Any, ...]:
    return ("iam:PassRole", " ".join(roles), {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}})


def listed(*prefixes: str) -> dict[str, Any]:
    return {"StringLike": {"s3:prefix": list(prefixes)}}


def objects(path: str) -> str:
    return f"arn:aws:s3:::{path}"


def training(role: str = ROLE, **members: Any) -> dict[str, Any]:
    return {
        "RoleArn": role,
        "InputDataConfig": [{"ChannelName": "train", "DataSource": {"S3DataSource": {"S3Uri": "s3://data/train/"}}}],
        "OutputDataConfig": {"S3OutputPath": "s3://models/tune"},
        "AlgorithmSpecification": {"TrainingImage": AWS_IMAGE},
        **members,
    }


def test_the_pipeline_tunes_and_passes_the_role_of_each_definition() -> None:
    tuning = {
        "actions": "sagemaker:AddTags sagemaker:CreateHyperParameterTuningJob "
        "sagemaker:DescribeHyperParameterTuningJob sagemaker:ListTrainingJobsForHyperParameterTuningJob "
        "sagemaker:StopHyperParameterTuningJob"
    }
    tunes = (tuning["actions"], f"{SAGEMAKER}:hyper-parameter-tuning-job/*")
    one = step("S", "Tuning", {"TrainingJobDefinition": training()})
    assert of_pipeline(one) == [tunes, passed(ROLE)]
    several = step("S", "Tuning", {"TrainingJobDefinitions": [training(), training(OTHER)]})
    assert of_pipeline(several) == [tunes, passed(ROLE, OTHER)]


def test_the_jobs_of_a_tuning_need_what_training_jobs_need() -> None:
    definition = training(
        StaticHyperParameters={"sagemaker_submit_directory": '"s3://code/sourcedir.tar.gz"'},
        OutputDataConfig={"S3OutputPath": "s3://models/tune", "KmsKeyId": KEY},
        CheckpointConfig={"S3Uri": "s3://checkpoints/run"},
        AlgorithmSpecification={"TrainingImage": OWN_IMAGE},
        HyperParameterTuningResourceConfig={"VolumeKmsKeyId": KEY},
        VpcConfig=VPC,
    )
    assert of_jobs(step("S", "Tuning", {"TrainingJobDefinition": definition})) == {
        ROLE: [
            (
                READ,
                f"{objects('checkpoints/run*')} {objects('code/sourcedir.tar.gz')} {objects('data/train/*')}",
            ),
            (LIST, objects("data"), listed("train/*")),
            (WRITE, f"{objects('checkpoints/run/*')} {objects('models/tune/*')}"),
            (LIST, objects("checkpoints"), listed("run*")),
            (
                "ecr:BatchCheckLayerAvailability ecr:BatchGetImage ecr:GetDownloadUrlForLayer",
                "arn:aws:ecr:eu-west-1:123456789012:repository/team/own",
            ),
            (f"{NETWORK} ecr:GetAuthorizationToken", "*"),
            ("kms:Decrypt kms:DescribeKey kms:Encrypt kms:GenerateDataKey", KEY),
            ("kms:CreateGrant", KEY, {"Bool": {"kms:GrantIsForAWSResource": "true"}}),
            (LOGGED, f"{LOGS}/TrainingJobs {LOGS}/TrainingJobs:*"),
            METRICS,
        ]
    }


def test_each_definition_is_for_its_own_role() -> None:
    other = training(OTHER, OutputDataConfig={"S3OutputPath": "s3://other"})
    found = of_jobs(step("S", "Tuning", {"TrainingJobDefinitions": [training(), other]}))
    assert (WRITE, objects("models/tune/*")) in found[ROLE]
    assert (WRITE, objects("other/*")) in found[OTHER]


def test_the_best_model_is_below_the_output() -> None:
    name = get("Steps.T.TrainingJobSummaries[0].TrainingJobName")
    uri = {"Std:Join": {"On": "/", "Values": ["s3://models/tune", name, "output/model.tar.gz"]}}
    model = {"ExecutionRoleArn": ROLE, "PrimaryContainer": {"Image": AWS_IMAGE, "ModelDataUrl": uri}}
    tune = step("T", "Tuning", {"TrainingJobDefinition": training(OTHER)})
    assert of_job("Model", model, tune) == [(READ, objects("models/tune/*/output/model.tar.gz"))]


SEARCH = {
    "RoleArn": ROLE,
    "InputDataConfig": [{"DataSource": {"S3DataSource": {"S3Uri": "s3://data/train.csv"}}}],
    "OutputDataConfig": {"S3OutputPath": "s3://out/automl"},
}
KINDS = ("endpoint-config", "endpoint", "model")
TRIES = (
    "sagemaker:AddTags sagemaker:CreateEndpoint sagemaker:CreateEndpointConfig sagemaker:CreateModel "
    "sagemaker:DeleteEndpoint sagemaker:DeleteEndpointConfig sagemaker:DeleteModel sagemaker:DescribeEndpoint "
    "sagemaker:DescribeEndpointConfig sagemaker:DescribeModel sagemaker:InvokeEndpoint sagemaker:ListTags",
    " ".join(f"{SAGEMAKER}:{kind}/*" for kind in KINDS),
)


def test_the_pipeline_searches() -> None:
    actions = "sagemaker:AddTags sagemaker:CreateAutoMLJob sagemaker:DescribeAutoMLJob sagemaker:StopAutoMLJob"
    assert of_pipeline(step("S", "AutoML", SEARCH)) == [(actions, f"{SAGEMAKER}:automl-job/*"), passed(ROLE)]


def test_a_search_hands_on_its_role_and_tries_models_out() -> None:
    groups = ("Endpoints", "ProcessingJobs", "TrainingJobs", "TransformJobs")
    assert of_jobs(step("S", "AutoML", SEARCH)) == {
        ROLE: [
            (READ, f"{objects('data/train.csv*')} {objects('out/automl*')}"),
            (LIST, objects("data"), listed("train.csv*")),
            (WRITE, objects("out/automl/*")),
            (LIST, objects("out"), listed("automl*")),
            passed(ROLE),
            TRIES,
            (LOGGED, " ".join(f"{LOGS}/{group} {LOGS}/{group}:*" for group in groups)),
            METRICS,
        ]
    }


def test_keys_and_network_of_a_search() -> None:
    arguments = {
        **SEARCH,
        "OutputDataConfig": {"S3OutputPath": "s3://out/automl", "KmsKeyId": KEY},
        "AutoMLJobConfig": {"SecurityConfig": {"VolumeKmsKeyId": KEY, "VpcConfig": VPC}},
    }
    found = of_job("AutoML", arguments)
    assert ("kms:Decrypt kms:DescribeKey kms:Encrypt kms:GenerateDataKey", KEY) in found
    assert ("kms:CreateGrant", KEY, {"Bool": {"kms:GrantIsForAWSResource": "true"}}) in found
    assert (NETWORK, "*") in found


def test_the_best_candidate_is_below_the_output() -> None:
    place = "Steps.A.BestCandidate.InferenceContainers[0]"
    container = {"Image": get(f"{place}.Image"), "ModelDataUrl": get(f"{place}.ModelDataUrl")}
    model = {"ExecutionRoleArn": OTHER, "PrimaryContainer": container}
    found = of_jobs(step("S", "Model", model), step("A", "AutoML", SEARCH))
    assert found[OTHER] == [(READ, objects("out/automl/*")), *MODEL_LOGS]
