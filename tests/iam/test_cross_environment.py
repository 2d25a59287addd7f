"""What is of another region or account is found where both are known, and not where one is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cdk_sagemaker_pipelines.iam.cross_environment import found_elsewhere, not_in_region, owners_policies
from cdk_sagemaker_pipelines.iam.environment import DataAccess, Elsewhere, Environment
from cdk_sagemaker_pipelines.iam.environment_json import from_json
from tests.language.support import definition, get, step

from .support import PLACE, ROLE

HERE, OWN, OTHER = "eu-west-1", "123456789012", "999999999999"
NOWHERE = from_json(None, "P", None)
"""Of a definition alone."""
SKLEARN = "sagemaker-scikit-learn:1.2-1-cpu-py3"


def found(*steps: dict[str, Any], environment: Environment = PLACE) -> list[tuple[str, str, str]]:
    """Code, level and field of each finding."""
    return [(one.code, one.level, one.where) for one in found_elsewhere(definition(*steps), environment)]


def job(image: Any = None, **arguments: Any) -> dict[str, Any]:
    given = {} if image is None else {"AppSpecification": {"ImageUri": image}}
    return step("S", "Processing", {"RoleArn": ROLE, **given, **arguments})


def output(key: Any) -> dict[str, Any]:
    return job(ProcessingOutputConfig={"Outputs": [], "KmsKeyId": key})


def ecr(account: str, region: str, name: str = "own:1", end: str = "amazonaws.com") -> str:
    return f"{account}.dkr.ecr.{region}.{end}/{name}"


def key(region: str, account: str = OWN) -> str:
    return f"arn:aws:kms:{region}:{account}:key/1"


def reading(uri: str, kind: str = "Processing") -> dict[str, Any]:
    return job(ProcessingInputs=[{"InputName": "x", "S3Input": {"S3Uri": uri, "LocalPath": "/opt/ml/processing/x"}}])


FUNCTION = f"arn:aws:lambda:{HERE}:{OTHER}:function:f"
URL = f"https://sqs.{HERE}.amazonaws.com/{OTHER}/reviews"
TOPIC = f"arn:aws:sns:{HERE}:{OTHER}:done"
GROUP = f"arn:aws:sagemaker:{HERE}:{OTHER}:model-package-group/Central"
VERSION = f"arn:aws:sagemaker:{HERE}:{OTHER}:model-package/Central/3"
TOLD = "Arguments.AsyncInferenceConfig.OutputConfig.NotificationConfig.SuccessTopic"


def registering(group: str) -> dict[str, Any]:
    return step("S", "RegisterModel", {"ModelPackageGroupName": group})


def made_of(version: str) -> dict[str, Any]:
    return step("S", "Model", {"ExecutionRoleArn": ROLE, "PrimaryContainer": {"ModelPackageName": version}})


def telling(topic: str) -> dict[str, Any]:
    output = {"S3OutputPath": "s3://data/answers/", "NotificationConfig": {"SuccessTopic": topic}}
    given = {"ExecutionRoleArn": ROLE, "ProductionVariants": [{"VariantName": "A"}]}
    return step("S", "EndpointConfig", {**given, "AsyncInferenceConfig": {"OutputConfig": output}})


def training(**hyperparameters: Any) -> dict[str, Any]:
    return step("S", "Training", {"HyperParameters": hyperparameters})


def served(**environment: Any) -> dict[str, Any]:
    return step("S", "Model", {"ExecutionRoleArn": ROLE, "PrimaryContainer": {"Environment": environment}})


REGION_OF_CODE = "Arguments.HyperParameters.sagemaker_region"
IMAGE = "Arguments.AppSpecification.ImageUri"
KEY = "Arguments.ProcessingOutputConfig.KmsKeyId"


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        (job(ecr(OWN, HERE)), []),
        (job(ecr(OWN, "us-east-1")), [("other-region", "error", IMAGE)]),
        (job(ecr(OTHER, "us-east-1")), [("other-region", "error", IMAGE), ("other-account", "warning", IMAGE)]),
        (job("public.ecr.aws/x/y:1"), []),
        (job(get("Parameters.Image")), []),
        (job(ecr(OWN, "${Token[AWS.Region.4]}")), []),
        (job({"Std:Join": {"On": "", "Values": [ecr(OWN, "us-east-1", "own:"), get("Parameters.Tag")]}}),
         [("other-region", "error", IMAGE)]),
        (job(ecr("683313688378", "us-east-1", SKLEARN)), [("other-region", "error", IMAGE)]),
        (job(ecr("141502667606", HERE, SKLEARN)), []),
        (job(ecr("683313688378", HERE, SKLEARN)), [("other-account", "warning", IMAGE)]),
        (job(ecr("683313688378", HERE, "a-new-one:1")), []),
        (job(ecr(OTHER, HERE, SKLEARN)), [("other-account", "warning", IMAGE)]),  # a copy of somebody's
        (job("imported"), [("other-account", "warning", IMAGE)]),
        (job("of-aws"), []),
        (output(key(HERE)), []),
        (output(key("us-east-1")), [("other-region", "warning", KEY)]),
        (output(key(HERE, OTHER)), [("other-account", "warning", KEY)]),
        (output(key("us-east-1", OTHER)), [("other-region", "warning", KEY), ("other-account", "warning", KEY)]),
        (output(f"arn:aws:kms:{HERE}:{OTHER}:alias/theirs"), [("other-account", "warning", KEY)]),
        (output("alias/mine"), []),
        (output("${Token[Key.Arn]}"), []),
        (step("S", "Lambda", {}, FunctionArn=f"arn:aws:lambda:us-east-1:{OWN}:function:f"),
         [("other-region", "warning", "FunctionArn")]),
        (step("S", "Lambda", {}, FunctionArn=FUNCTION), [("other-account", "warning", "FunctionArn")]),
        (step("S", "Lambda", {}, FunctionArn="${Token[Function.Arn]}"), []),
        (step("S", "Callback", {}, SqsQueueUrl=URL), [("other-account", "warning", "SqsQueueUrl")]),
        (step("S", "Callback", {}, SqsQueueUrl=URL.replace(OTHER, OWN)), []),
        (registering(GROUP), [("other-account", "warning", "Arguments.ModelPackageGroupName")]),
        (registering(GROUP.replace(OTHER, OWN)), []),
        (registering("Central"), []),
        (registering(GROUP.replace(HERE, "us-east-1")),
         [("other-region", "warning", "Arguments.ModelPackageGroupName"),
          ("other-account", "warning", "Arguments.ModelPackageGroupName")]),
        (made_of(VERSION), [("other-account", "warning", "Arguments.PrimaryContainer.ModelPackageName")]),
        (made_of(f"arn:aws:sagemaker:{HERE}:{OTHER}:model-package/of-a-seller"), []),
        (telling(TOPIC), [("other-account", "warning", TOLD)]),
        (telling(TOPIC.replace(HERE, "us-east-1").replace(OTHER, OWN)), []),
        (reading("s3://data/x"), []),
        (training(sagemaker_region='"us-east-1"'), [("other-region", "warning", REGION_OF_CODE)]),
        (training(sagemaker_region="us-east-1"), [("other-region", "warning", REGION_OF_CODE)]),
        (training(sagemaker_region=f'"{HERE}"', region='"us-east-1"'), []),
        (training(sagemaker_region='"${Token[AWS.Region.4]}"'), []),
        (training(sagemaker_region=get("Parameters.Region")), []),
        (served(SAGEMAKER_REGION="us-east-1"),
         [("other-region", "warning", "Arguments.PrimaryContainer.Environment.SAGEMAKER_REGION")]),
    ],
)  # fmt: skip
def test_what_is_elsewhere(case: dict[str, Any], expected: list[Any]) -> None:
    assert (
        found(case, environment=replace(PLACE, image_repositories={**PLACE.image_repositories, "of-aws": None}))
        == expected
    )


def test_a_repository_of_another_account_is_told_of_once() -> None:
    both = [{**job(ecr(OTHER, HERE, f"own:{tag}")), "Name": tag} for tag in ("a", "b")]
    (finding,) = found_elsewhere(definition(*both), PLACE)
    assert (finding.step, finding.where) == ("a", IMAGE)
    assert (
        f"the repository arn:aws:ecr:{HERE}:{OTHER}:repository/own is in account {OTHER}, the roles are in {OWN}: "
        in (finding.text)
    )


def test_the_messages() -> None:
    (region,) = found_elsewhere(definition(job(ecr("683313688378", "us-east-1", SKLEARN))), PLACE)
    assert region.text == (
        f"the image 683313688378.dkr.ecr.us-east-1.amazonaws.com/{SKLEARN} is in us-east-1, and the pipeline runs in "
        "eu-west-1: SageMaker pulls no image from another region; AWS has it there in "
        "141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-scikit-learn"
    )
    (account,) = found_elsewhere(definition(job(ecr("683313688378", HERE, SKLEARN))), PLACE)
    assert account.text == (
        "AWS has sagemaker-scikit-learn in eu-west-1 in the account '141502667606', not in '683313688378'"
    )


ELSEWHERE = replace(
    PLACE,
    elsewhere={
        "far": Elsewhere(OWN, "us-east-1"),
        "theirs": Elsewhere(OTHER, HERE),
        "open": Elsewhere(OTHER, HERE, (ROLE,)),
        "${Token[Key.Arn]}": Elsewhere(OTHER, HERE),
    },
    bucket_keys={"far": key("us-east-1")},
)
INPUT = "Arguments.ProcessingInputs[0]"


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        (reading("s3://far/x"), [("other-region", "warning", INPUT)]),  # and its key is where it is
        (reading("s3://theirs/x"), [("other-account", "warning", INPUT)]),
        (reading("s3://open/x"), []),
        ({**reading("s3://open/x"), "Arguments": {**reading("s3://open/x")["Arguments"], "RoleArn": f"{ROLE}/2"}},
         [("other-account", "warning", INPUT)]),
        ({**reading("s3://open/x"),
          "Arguments": {**reading("s3://open/x")["Arguments"], "RoleArn": get("Parameters.Role")}}, []),
        (reading("s3://${Token[Bucket]}/x"), []),
        (output("${Token[Key.Arn]}"), [("other-account", "warning", KEY)]),
    ],
)  # fmt: skip
def test_what_constructs_know(case: dict[str, Any], expected: list[Any]) -> None:
    assert found(case, environment=ELSEWHERE) == expected


def test_jobs_on_emr_read_buckets_of_any_region() -> None:
    jar = {"StepConfig": {"HadoopJarStep": {"Jar": "s3://far/app.jar"}}, "ClusterId": "j-1", "ExecutionRoleArn": ROLE}
    emr = {**step("S", "EMR", jar), "Name": "First"}
    assert found(emr, environment=ELSEWHERE) == []
    # and others after them do not
    assert found(emr, reading("s3://far/x"), environment=ELSEWHERE) == [("other-region", "warning", INPUT)]


@pytest.mark.parametrize("kind", ["Lambda", "Processing", "Callback"])
def test_code_reads_buckets_of_any_region(kind: str) -> None:
    both = {"S": [DataAccess(ROLE, ("s3://far/x", "s3://theirs/x"), ("s3://far/y",))]}
    environment = replace(ELSEWHERE, accesses=both)
    code = step("S", kind, {"RoleArn": ROLE})
    assert found(code, environment=environment) == [("other-account", "warning", "reads[1]")]
    other = {**reading("s3://far/x"), "Name": "After"}
    assert found(code, other, environment=environment)[1:] == [("other-region", "warning", INPUT)]


def test_a_bucket_of_another_account_is_told_of_once() -> None:
    away = replace(ELSEWHERE, elsewhere={"far": Elsewhere(OTHER, "us-east-1")})
    code = replace(away, accesses={"S": [DataAccess(ROLE, ("s3://far/x",), ())]})
    other = {**reading("s3://far/x"), "Name": "After"}
    steps = (step("S", "Lambda", {}), other)
    assert found(*steps, environment=code) == [
        ("other-account", "warning", "reads[0]"),
        ("other-region", "warning", INPUT),
    ]


@pytest.mark.parametrize("token", ["${Token[AWS.Region.4]}", "${Token[AWS::Region]}"])
def test_nothing_is_guessed_of_a_stack_for_any_place(token: str) -> None:
    environment = replace(PLACE, region=token, account="${Token[AWS::AccountId]}")
    case = step("S", "Processing", {"AppSpecification": {"ImageUri": ecr(OWN, "us-east-1")}})
    assert found(case, environment=environment) == []
    assert found(output(key("us-east-1")), environment=environment) == []


def test_a_definition_alone_names_things_of_one_region() -> None:
    both = {**output(key("us-east-1")), "Name": "T"}
    (finding,) = found_elsewhere(definition(job(ecr(OWN, HERE)), both), NOWHERE)
    assert (finding.code, finding.step) == ("other-region", "T")
    assert "is in us-east-1, and it also names what is in eu-west-1: " in finding.text


def test_the_account_of_a_definition_alone_is_that_of_its_roles() -> None:
    assert found(output(key(HERE, OTHER)), environment=NOWHERE) == [("other-account", "warning", KEY)]
    assert found(output(key(HERE)), environment=NOWHERE) == []
    no_role = step("S", "Processing", {"ProcessingOutputConfig": {"KmsKeyId": key(HERE, OTHER)}})
    assert found(no_role, environment=NOWHERE) == []


def test_the_policies_that_owners_have_to_write() -> None:
    raw, written = reading("s3://theirs/raw/"), {**output(key(HERE, OTHER)), "Name": "T"}
    policies = list(owners_policies(definition(raw, {**raw, "Name": "Again"}, written), ELSEWHERE))
    root = {"AWS": f"arn:aws:iam::{OWN}:root"}
    asks = {"ArnEquals": {"aws:PrincipalArn": ROLE}}
    assert [(one.kind, one.name, one.account) for one in policies] == [
        ("bucket", "theirs", OTHER),
        ("key", key(HERE, OTHER), OTHER),
    ]
    bucket, of_key = (one.statements for one in policies)
    allow: dict[str, Any] = {"Effect": "Allow", "Principal": root}
    assert list(bucket) == [
        {**allow, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::theirs/raw/*", "Condition": asks},
        {
            **allow,
            "Action": "s3:ListBucket",
            "Resource": "arn:aws:s3:::theirs",
            "Condition": {"StringLike": {"s3:prefix": ["raw/*"]}, **asks},
        },
    ]
    assert list(of_key) == [
        {
            **allow,
            "Action": ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
            "Resource": "*",
            "Condition": asks,
        }
    ]
    assert list(owners_policies(definition(reading("s3://open/raw/"), output(key(HERE))), ELSEWHERE)) == []


def test_the_policies_of_what_is_neither_bucket_nor_key() -> None:
    role = "arn:aws:iam::123456789012:role/Pipeline"
    steps = (
        job(ecr(OTHER, HERE)),
        {**step("F", "Lambda", {}, FunctionArn=FUNCTION)},
        {**step("Q", "Callback", {}, SqsQueueUrl=URL)},
        {**registering(GROUP), "Name": "R"},
        {**telling(TOPIC), "Name": "T"},
    )
    policies = {one.kind: one for one in owners_policies(definition(*steps), replace(PLACE, role=role))}
    assert {kind: (one.name, one.account) for kind, one in policies.items()} == {
        "function": (FUNCTION, OTHER),
        "queue": (f"arn:aws:sqs:{HERE}:{OTHER}:reviews", OTHER),
        "model package group": (GROUP, OTHER),
        "repository": (f"arn:aws:ecr:{HERE}:{OTHER}:repository/own", OTHER),
        "topic": (TOPIC, OTHER),
    }
    allow = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{OWN}:root"}}
    asks = {"Condition": {"ArnEquals": {"aws:PrincipalArn": role}}}
    of_job = {"Condition": {"ArnEquals": {"aws:PrincipalArn": ROLE}}}
    versions = GROUP.replace("model-package-group", "model-package")
    pull = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    register = ["sagemaker:AddTags", "sagemaker:CreateModelPackage", "sagemaker:DescribeModelPackage"]
    assert {kind: list(one.statements) for kind, one in policies.items()} == {
        "function": [{**allow, "Action": "lambda:InvokeFunction", "Resource": FUNCTION}],
        "queue": [{**allow, **asks, "Action": "sqs:SendMessage", "Resource": policies["queue"].name}],
        "model package group": [
            {**allow, **asks, "Action": register, "Resource": [f"{versions}/*", f"{versions.replace('C', 'c')}/*"]}
        ],
        "repository": [{**allow, **of_job, "Action": pull}],
        "topic": [{**allow, **of_job, "Action": "sns:Publish", "Resource": TOPIC}],
    }


def test_types_that_a_region_lacks() -> None:
    types = {"Group": "AWS::SageMaker::ModelPackageGroup", "P": "AWS::SageMaker::Pipeline", "X": "Somebody::Else::X"}
    assert [key for key, _ in not_in_region(types, "cn-north-1")] == ["Group"]
    assert not list(not_in_region(types, "eu-west-1"))
    assert not list(not_in_region(types, "${Token[AWS::Region]}"))
    (finding,) = (finding for _, finding in not_in_region(types, "cn-north-1"))
    assert finding.level == "warning"
    assert "has no AWS::SageMaker::ModelPackageGroup in cn-north-1 (cfn-lint " in finding.text
    assert finding.text.endswith("; a RegisterModel step makes the group that it names")
