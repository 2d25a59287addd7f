"""docs/steps.md: its table lists every step class, and agrees with the code."""

from __future__ import annotations

import builtins
import inspect
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

import cdk_sagemaker_pipelines as library
from cdk_sagemaker_pipelines.language.step_types import STEP_TYPES
from cdk_sagemaker_pipelines.local.runners import RUNNERS
from cdk_sagemaker_pipelines.local.runners.base.simulation import Simulated
from cdk_sagemaker_pipelines.steps.base.step import Step
from tests.steps.around import Made, around
from tests.steps.full import CODE

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "steps.md"
LINK = re.compile(r"\[`?(\w+)`?\]\(([^)]+)\)")

ROLE = "AWS::IAM::Role"
FUNCTION = ("AWS::Lambda::Function", ROLE, "AWS::Logs::LogGroup")
MAKES: Mapping[str, Sequence[str]] = {
    "job role": (ROLE,),
    "model role": (ROLE,),
    "a role where components bring containers": (ROLE,),
    "job role and code for each definition": (ROLE, ROLE, "code", "code"),
    "code": ("code",),
    "inference code": ("code",),
    "your code": ("code",),
    "the library's script": ("code",),
    "scripts": ("code",),
    "`analysis_config.json`": ("code",),
    "the notebook and its files in the bucket": ("code", "Custom::CDKBucketDeployment"),
    "security group in a VPC": ("AWS::EC2::SecurityGroup",),
    "queue with dead letters": ("AWS::SQS::Queue", "AWS::SQS::Queue"),
    "with `add_worker` a function with role and log": FUNCTION,
    "function with role and log": FUNCTION,
    "for a cluster of its own: two roles": (ROLE, ROLE),
    "instance profile": ("AWS::IAM::InstanceProfile",),
    "three security groups": ("AWS::EC2::SecurityGroup",) * 3,
}
"""What each phrase of the third column stands for: types of resources, and code that goes up to S3."""

_TUNING = "HyperParameterTuningJob"
PIPELINE_MAY: Mapping[str, Sequence[str]] = {
    "run the job": ("sagemaker:Create*Job", "sagemaker:Describe*Job", "sagemaker:Stop*Job"),
    "pass the role": ("iam:PassRole",),
    "pass the roles": ("iam:PassRole",),
    "run the tuning": tuple(f"sagemaker:{verb}{_TUNING}" for verb in ("Create", "Describe", "Stop")),
    "see its jobs": (f"sagemaker:ListTrainingJobsFor{_TUNING}",),
    "create the model": ("sagemaker:CreateModel", "sagemaker:DescribeModel"),
    "create the group and versions in it": (
        "sagemaker:CreateModelPackage", "sagemaker:CreateModelPackageGroup", "sagemaker:DescribeModelPackage",
    ),
    "read what it registers": ("s3:GetObject",),
    "join a VPC": ("ec2:CreateNetworkInterface",),
    "read baselines": ("sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"),
    "send to the queue": ("sqs:SendMessage",),
    "invoke the function": ("lambda:InvokeFunction",),
    "add and follow steps": (
        "elasticmapreduce:AddJobFlowSteps", "elasticmapreduce:CancelSteps", "elasticmapreduce:Describe*",
        "elasticmapreduce:ListSteps",
    ),
    "create and end clusters": (
        "elasticmapreduce:RunJobFlow", "elasticmapreduce:TerminateJobFlows", "iam:CreateServiceLinkedRole",
    ),
    "start and follow job runs": (
        "emr-serverless:StartJobRun", "emr-serverless:GetJobRun", "emr-serverless:CancelJobRun",
    ),
    "create and end applications": (
        *(f"emr-serverless:{verb}Application" for verb in ("Create", "Delete", "Get", "Start", "Stop")),
        "iam:CreateServiceLinkedRole",
    ),
    "write the rule of their events": ("events:DescribeRule", "events:PutRule", "events:PutTargets"),
    "create the configuration": ("sagemaker:CreateEndpointConfig", "sagemaker:DescribeEndpointConfig"),
    "create and update the endpoint": tuple(f"sagemaker:{verb}Endpoint" for verb in ("Create", "Describe", "Update")),
    "create and update the component": tuple(
        f"sagemaker:{verb}InferenceComponent" for verb in ("Create", "Describe", "Update")
    ),
    "create entities and associations": (
        *(f"sagemaker:{verb}{what}" for verb in ("Create", "Describe") for what in ("Action", "Artifact", "Context")),
        "sagemaker:AddAssociation",
    ),
    "find and delete the objects": ("s3:DeleteObject", "s3:ListBucket"),
    "read the JSON files that are compared": ("s3:GetObject",),
    # a training step in the test
    "what its body's steps need": ("sagemaker:*TrainingJob", "iam:PassRole"),
}  # fmt: skip
"""The actions that each phrase of the fourth column stands for."""

READ, WRITE = ("s3:GetObject",), ("s3:PutObject",)
ROLE_MAY: Mapping[str, Sequence[str]] = {
    **dict.fromkeys(
        ("read inputs", "read channels", "read the model", "read the notebook", "read data", "read data and baselines",
         "read what the document names", "read scripts and `reads`", "read model and image"), READ,
    ),
    **dict.fromkeys(
        ("write outputs", "write the model", "write the new one", "write the result", "write models", "write answers",
         "write reports"), WRITE,
    ),
    "write `writes` and logs": (*WRITE, "s3:DeleteObject"),
    "write logs and answers": ("logs:PutLogEvents", *WRITE),
    "write its log": ("logs:PutLogEvents",),
    "try them out on endpoints": ("sagemaker:*Endpoint*", "sagemaker:*Model", "sagemaker:*Tags"),
    "serve the model": ("sagemaker:*Endpoint*", "sagemaker:DescribeModel", "sagemaker:AddTags"),
    "pass itself on": ("iam:PassRole",),
    "take messages": ("sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueue*", "sqs:ReceiveMessage"),
    "answer": ("sagemaker:SendPipelineExecutionStep*",),
    "start instances": ("ec2:CreateFleet", "ec2:CreateLaunchTemplate*", "ec2:RunInstances"),
    "pass the role": ("iam:PassRole",),
}  # fmt: skip
"""The actions that each phrase of the fifth column stands for."""

OF_OTHERS = ("the model's role", "the endpoint's role")
USUAL = ("ecr:*", "logs:*", "cloudwatch:PutMetricData", "s3:ListBucket", "s3:AbortMultipartUpload", "ec2:*Network*",
         "ec2:Describe*")  # fmt: skip
TOLD_OF_USUAL = (
    "Every job role may also pull its image, write logs and metrics, list the prefixes that it reads, abort multipart "
    "uploads and, in a VPC, use network interfaces; the pipeline tags what it creates"
)


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    type: str
    name: str
    home: Path
    makes: str
    pipeline: str
    role: str
    locally: str

    @property
    def step(self) -> builtins.type[Step]:
        found = getattr(library, self.name)
        assert isinstance(found, type)
        assert issubclass(found, Step)
        return found


def rows() -> list[Row]:
    found = []
    for line in DOCUMENT.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        link = LINK.fullmatch(cells[1]) if line.startswith("| ") and len(cells) == 6 else None
        if link is not None:
            home = (DOCUMENT.parent / link[2]).resolve()
            found.append(Row(cells[0].strip("`"), link[1], home, *cells[2:]))
    return found


ROWS = rows()
TYPED = [pytest.param(row, id=row.name) for row in ROWS if row.name != "RawStep"]


def test_every_step_class_is_in_it_once() -> None:
    exported = [getattr(library, name) for name in library._HOME]
    classes = {each.__name__ for each in exported if isinstance(each, type) and issubclass(each, Step)}
    assert sorted(row.name for row in ROWS) == sorted(classes - {"Step"})


def test_every_type_is_in_it() -> None:
    assert {row.type for row in ROWS} - {"any"} == set(STEP_TYPES)


@pytest.mark.parametrize("row", TYPED)
def test_type_and_file_are_those_of_the_class(row: Row) -> None:
    assert row.step.type == row.type
    assert Path(inspect.getfile(row.step)) == row.home


@pytest.mark.parametrize("row", TYPED)
def test_how_it_runs_locally_is_that_of_its_runner(row: Row) -> None:
    link = LINK.match(row.locally)
    assert link is not None
    home = (DOCUMENT.parent / link[2]).resolve()
    assert home.is_file()
    runner = RUNNERS.get(row.type)
    if runner is None:  # the engine's own
        assert (row.type in ("Condition", "Fail", "ForEach"), link[1]) == (True, "runs")
        return
    assert home == Path(inspect.getfile(type(runner)))
    assert (link[1] == "simulated") == isinstance(runner, Simulated)


def needed(cell: str, vocabulary: Mapping[str, Sequence[str]]) -> list[str]:
    """What the phrases of a cell stand for; each must be known."""
    phrases = [] if cell == "nothing" else re.split("[,;] ", cell)
    assert [phrase for phrase in phrases if phrase not in vocabulary] == []
    return [one for phrase in phrases for one in vocabulary[phrase]]


def meant(action: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(action, pattern) for pattern in patterns)


def agree(patterns: Sequence[str], actions: set[str]) -> None:
    """Each action is told of, and each that is told of is there."""
    assert [action for action in sorted(actions) if not meant(action, patterns)] == []
    assert [pattern for pattern in patterns if not any(meant(action, [pattern]) for action in actions)] == []


@pytest.fixture
def made(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Made:
    row: Row = request.param
    (tmp_path / "code").mkdir()
    for name in ("answer.py", "train.py"):
        (tmp_path / "code" / name).write_text(CODE, "utf-8")
    monkeypatch.chdir(tmp_path)
    return around(row.step)


BUILT = [pytest.param(row, row, id=row.name) for row in ROWS if row.name != "RawStep"]


@pytest.mark.parametrize(("row", "made"), BUILT, indirect=["made"])
def test_what_it_creates_is_what_the_class_creates(row: Row, made: Made) -> None:
    told = Counter(needed(row.makes, MAKES))
    assert min(told.pop("code", 0), 1) == made.has_code
    assert told == made.resources


@pytest.mark.parametrize(("row", "made"), BUILT, indirect=["made"])
def test_what_the_pipeline_may_is_what_its_role_may(row: Row, made: Made) -> None:
    agree(needed(row.pipeline, PIPELINE_MAY), made.pipeline - {"sagemaker:AddTags", "elasticmapreduce:AddTags"})


@pytest.mark.parametrize(("row", "made"), BUILT, indirect=["made"])
def test_what_the_role_may_is_what_roles_may(row: Row, made: Made) -> None:
    whose, _, cell = row.role.rpartition(": ")
    assert whose in ("", "the worker's", "the function's", *OF_OTHERS)
    told, (roles, none) = needed(cell, ROLE_MAY), (made.own, made.others)
    if whose in OF_OTHERS:
        roles, none = none, roles
    agree(told, {action for action in roles if meant(action, told) or not meant(action, USUAL)})
    assert not none


def test_the_usual_is_described_before_the_table() -> None:
    assert TOLD_OF_USUAL in " ".join(DOCUMENT.read_text("utf-8").split())


def test_the_example_of_all_classic_types_has_those_of_the_table() -> None:
    source = (ROOT / "stacks/breast_cancer/stack.py").read_text("utf-8")
    used = set(re.findall(r"\b(\w+Step)\(", source))
    assert {row.type for row in ROWS if row.name in used} == {
        "Callback", "ClarifyCheck", "Condition", "EMR", "Fail", "Lambda", "Model", "Processing", "QualityCheck",
        "RegisterModel", "Training", "Transform", "Tuning",
    }  # fmt: skip
