"""Each member of a request that names something of AWS has a verdict in docs/permissions-by-field.md, which holds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines.iam import job_roles, pipeline_role
from cdk_sagemaker_pipelines.iam.environment import Environment
from cdk_sagemaker_pipelines.iam.permissions import Permission, Reason
from cdk_sagemaker_pipelines.iam.types.jobs.training import chained
from cdk_sagemaker_pipelines.iam.undecided import undecided
from cdk_sagemaker_pipelines.iam.wildcards import LITERAL, judge
from cdk_sagemaker_pipelines.language import Definition, check
from cdk_sagemaker_pipelines.language.step_types import STEP_TYPES
from cdk_sagemaker_pipelines.properties.service_model import Model
from tests.ids import short
from tests.permissions.calls import TABLE
from tests.permissions.members import ALIKE, members

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "permissions-by-field.md"
ROW = re.compile(r"\| ([\w, ]+) \| `([^`]+)` \| (derived|undecided|refused|nothing) \| (.+?) \| (\S+) \|")
ACCOUNT, REGION = "111122223333", "eu-west-1"
PLACE = Environment("aws", REGION, ACCOUNT, "pipe", role=f"arn:aws:iam::{ACCOUNT}:role/Pipeline")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/Job"
PARAMETER = {"Get": "Parameters.P"}
MARK = "markmark"


@dataclass(frozen=True)
class Verdict:
    """A row of the table, for one step type. ``what``: of a derived one the role and the action, and words."""

    kind: str
    member: str
    verdict: str
    what: str
    source: str

    @property
    def role(self) -> str:
        return self.what.partition(":")[0]

    @property
    def action(self) -> str:
        return self.what.split("`")[1]


@cache
def table() -> tuple[Verdict, ...]:
    """The rows of the page."""
    lines = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("|") and "`" in line]
    rows = [ROW.fullmatch(line) for line in lines]
    assert all(rows), [line for line, row in zip(lines, rows, strict=True) if row is None]
    return tuple(
        Verdict(kind, row[2], row[3], row[4], row[5]) for row in rows if row is not None for kind in row[1].split(", ")
    )


def _id(row: Verdict) -> str:
    return short(f"{row.kind}-{row.member}", 56)


def test_the_table_has_every_member_once() -> None:
    told = Counter((row.kind, row.member) for row in table())
    kinds = [kind for kind, row in STEP_TYPES.items() if row.family != "control"]  # those name nothing of AWS
    wanted = {(kind, member) for kind in kinds for member, _ in members(kind)}
    assert len(wanted) > 300
    assert not [member for member, count in told.items() if count > 1]
    assert told.keys() - wanted == set()
    assert wanted - told.keys() == set()


def test_each_has_a_source() -> None:
    """A page of the guide, a managed policy, or one of those that the table of calls explains."""
    own = {source for row in table() if not re.match("(DG|MP):", source := row.source)}
    assert own <= TABLE["sources"].keys()


# -- the verdicts hold


def _put(path: str, value: Any) -> Any:
    """A document with a value at a path, in which ``[]`` stands for the one element of a list."""
    for part in reversed(path.split(".")):
        name, item = part.removesuffix("[]"), part.endswith("[]")
        value = {name: [value] if item else value}
    return value


def _merged(one: Any, other: Any) -> Any:
    """Both, the first where both say something."""
    if isinstance(one, dict) and isinstance(other, dict):
        return {key: _merged(one.get(key), other.get(key)) for key in dict.fromkeys((*one, *other))}
    if isinstance(one, list) and isinstance(other, list) and one and other:
        return [_merged(one[0], other[0]), *one[1:]]
    return other if one is None else one


_BESIDE = ("FunctionArn", "SqsQueueUrl", "ModelPackageGroupName", "SuppliedBaseline", "ModelName")
_ROLES: Mapping[str, Any] = {
    **{kind: {"RoleArn": ROLE} for kind in ("Processing", "ClarifyCheck", "QualityCheck", "Training", "AutoML", "Job")},
    "Model": {"ExecutionRoleArn": ROLE},
    "Tuning": {"TrainingJobDefinition": {"RoleArn": ROLE}, "TrainingJobDefinitions": [{"RoleArn": ROLE}]},
    "EndpointConfig": {"ExecutionRoleArn": ROLE, "ProductionVariants": [{"VariantName": "v"}]},
    "EMR": {"ExecutionRoleArn": ROLE},
    "EMRServerless": {"ExecutionRoleArn": ROLE},
    "Transform": {"ModelName": {"Get": "Steps.M.ModelName"}},
    "Endpoint": {"EndpointConfigName": {"Get": "Steps.C.EndpointConfigName"}},
    "InferenceComponent": {"EndpointName": {"Get": "Steps.E.EndpointName"}},
}
_SETTINGS = "monitoringConfiguration.cloudWatchLoggingConfiguration"
_BESIDE_IT: tuple[tuple[str, str, str, Any], ...] = (
    ("EMR", "ExecutionRoleArn", "ClusterId", "j-1"),
    ("EMRServerless", "ApplicationConfig", f"ApplicationConfig.{_SETTINGS}.enabled", True),
    ("EMRServerless", "JobConfig", f"JobConfig.configurationOverrides.{_SETTINGS}.enabled", True),
    ("RegisterModel", "ValidationSpecification", "ValidationSpecification.ValidationRole", ROLE),
)
"""Of a type and members that begin so: what must stand beside the member for it to count."""
_OTHERS = [
    {"Name": "M", "Type": "Model", "Arguments": {"ExecutionRoleArn": ROLE}},
    {
        "Name": "C",
        "Type": "EndpointConfig",
        "Arguments": {"EndpointConfigName": "c", "ExecutionRoleArn": ROLE, "ProductionVariants": [{}]},
    },
    {
        "Name": "E",
        "Type": "Endpoint",
        "Arguments": {"EndpointName": "e", "EndpointConfigName": {"Get": "Steps.C.EndpointConfigName"}},
    },
]


_OF_THE_STEP = ("Callback", "ClarifyCheck", "Lambda", "QualityCheck")


def _definition(kind: str, path: str, value: Any) -> Definition:
    """A step of the type with the value at a path, or with what holds it only, beside steps that make what it needs."""
    arguments: Any = _ROLES.get(kind, {})
    for of, start, beside, given in _BESIDE_IT:
        if kind == of and path.startswith(start) and path != beside:
            arguments = _merged(_put(beside, given), arguments)
    step: dict[str, Any] = {"Name": "S", "Type": kind}
    if path.startswith(_BESIDE) and kind in _OF_THE_STEP:
        step.update({} if value is None else {path: value})
    elif value is not None:
        arguments = _merged(_put(path, value), arguments)
    elif "." in path:
        arguments = _merged(_put(path.rpartition(".")[0], {}), arguments)
    step["Arguments"] = arguments
    document = {"Version": "2020-12-01", "Metadata": {}, "Parameters": [{"Name": "P", "Type": "String"}]}
    return Definition({**document, "Steps": [step, *_OTHERS]})


def _needs(definition: Definition) -> Iterator[tuple[str, Permission]]:
    for permission in pipeline_role.needs(definition, PLACE):
        yield "pipeline", permission
    for _, permission in job_roles.needs(definition, PLACE):
        yield "job", permission
    for step, _ in chained(definition, PLACE):
        yield (
            "trust",
            Permission(("sts:TagSession",), (ROLE,), because=(Reason(step, "Arguments.SessionChainingConfig"),)),
        )


def _new(kind: str, path: str, value: Any) -> list[tuple[str, Permission]]:
    """What is needed with the value and not without it."""
    before = list(_needs(_definition(kind, path, None)))
    return [need for need in _needs(_definition(kind, path, value)) if need not in before]


def _paths(row: Verdict) -> Iterator[str]:
    """Where the member stands: of members that are told once, everywhere."""
    yield_own = True
    for alike, told in ALIKE.get(row.kind, ()):
        if told and row.member.startswith(told):
            yield alike + row.member.removeprefix(told)
        elif not told and row.member not in _OF_A_TUNING:
            yield_own = False
            yield alike + row.member
    if yield_own:
        yield row.member


_OF_A_TUNING = (
    "HyperParameterTuningJobName",
    "WarmStartConfig.ParentHyperParameterTuningJobs[].HyperParameterTuningJobName",
)
_HUB = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:hub-content/{MARK}/Model/x/1.0.0"
_SAMPLES: tuple[tuple[str, Any], ...] = (
    (r"\.Enable\w+$|^Enable", True),
    (r"(^|\.)(Static)?HyperParameters$", {"sagemaker_submit_directory": f"s3://{MARK}/x.tar.gz"}),
    (r"RuleParameters$", {"source_s3_uri": f"s3://{MARK}/x"}),
    (r"Environment$", {"SAGEMAKER_SUBMIT_DIRECTORY": f"s3://{MARK}/x.tar.gz"}),
    (r"workerTypeSpecifications$", {"DRIVER": {"imageConfiguration": {"imageUri": MARK}}}),
    (r"JobConfigDocument$", f'{{"S3Uri": "s3://{MARK}/x/"}}'),
    (r"(HubContent|BaseModel|Dataset)Arn$", _HUB),
    (r"CredentialsProviderArn$|EvaluatorArn$|FunctionArn$", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{MARK}"),
    (r"ModelPackageGroupArn$", f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package-group/{MARK}"),
    (r"SourceModelPackageArn$|^SourceUri$", f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package/{MARK}/1"),
    (r"Associations\[\]", f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:experiment/{MARK}"),
    (r"Topic$", f"arn:aws:sns:{REGION}:{ACCOUNT}:{MARK}"),
    (r"KmsKeyId$|[eE]ncryptionKeyArn$", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{MARK}"),
    (r"SqsQueueUrl$", f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{MARK}"),
    (r"Image(Uri)?$|\.imageUri$", f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{MARK}:1"),
    (r"Role(Arn)?$|RoleArn$|ValidationRole$", f"arn:aws:iam::{ACCOUNT}:role/{MARK}"),
    (r"(Uri|Uris\[\]|Url|Path|logUri|initQueryFile|query|entryPoint|Parameters|Jar)$|Supplied", f"s3://{MARK}/x"),
)
"""What a member can hold, by its path; else just a name."""


def _sample(member: str) -> Any:
    return next((value for path, value in _SAMPLES if re.search(path, member)), MARK)


@pytest.mark.parametrize("row", table(), ids=_id)
def test_the_verdict_is_right(row: Verdict) -> None:
    for path in _paths(row):
        value = _sample(path)
        if row.verdict == "refused":
            found = check(_definition(row.kind, path, value), Model())
            top = f"Arguments.{path.partition('.')[0].removesuffix('[]')}"
            assert [one for one in found if one.step == "S" and one.level == "error" and one.where.startswith(top)]
            continue
        new = _new(row.kind, path, value)
        told = [(whose, need.actions, need.resources, need.unknown) for whose, need in new]
        if row.verdict == "nothing":
            assert not told
        elif row.verdict == "undecided":
            warned = undecided(_definition(row.kind, path, value), PLACE)
            assert [one for one in warned if one.step == "S" and one.where.split("[")[0] in _dotted(path)], told
        else:
            granted = [need for whose, need in new if whose == row.role and row.action in need.actions]
            assert [need for need in granted if need.resources], told


@pytest.mark.parametrize("row", [row for row in table() if row.verdict == "derived"], ids=_id)
def test_an_expression_is_derived_as_a_pattern_or_undecided(row: Verdict) -> None:
    """Never silence: a permission that the expression is a wildcard in, or a note."""
    for path in _paths(row):
        if isinstance(_sample(path), Mapping):
            continue  # a map of texts, which the service substitutes one by one
        given = _definition(row.kind, path, PARAMETER)
        wild = [need for _, need in _needs(given) if row.action in need.actions and "*" in str(need.resources)]
        assert wild or _new(row.kind, path, PARAMETER), path


def _with(value: Any, mark: str) -> Any:
    """A sample with another text for the mark."""
    if isinstance(value, Mapping):
        return {key: _with(item, mark) for key, item in value.items()}
    return value.replace(MARK, mark) if isinstance(value, str) else value


def _said(kind: str, path: str, value: Any) -> tuple[Definition, set[str]]:
    """The definition with the value, and all that policies say of resources and in conditions."""
    definition = _definition(kind, path, value)
    found = [need for _, need in _needs(definition)]
    values = [str(value) for need in found for keys in need.conditions.values() for value in keys.values()]
    return definition, {*(arn for need in found for arn in need.resources), *values}


@pytest.mark.parametrize("row", [row for row in table() if row.verdict == "derived"], ids=_id)
def test_a_wildcard_in_a_member_widens_nothing(row: Verdict) -> None:
    """It leads to no pattern that another character in its place does not lead to, and is refused."""
    for path in _paths(row):
        for mark in ("mark*mark", "mark?mark", "mark${aws:username}", "*"):
            harmless = re.sub(r"\$\{|[*?]", "x", mark)
            definition, said = _said(row.kind, path, _with(_sample(path), mark))
            _, other = _said(row.kind, path, _with(_sample(path), harmless))
            plain = {re.sub(r"\$\{\$\}\{|\$\{[*?]\}", "x", text) for text in said}
            assert {text for text in plain if "*" in text or "?" in text or "${" in text} <= other, (path, mark)
            if said != plain:
                assert {one.code for one in judge(definition, PLACE)} == {LITERAL}, (path, mark)


_ODD: tuple[Any, ...] = (
    *(None, 5, 1.5, False, "", "*", "s3://", "arn:", "${Token[T.1]}", [], {}, [1], [[]], {"a": 1}),
    *({"Get": "Steps.S.X"}, {"Get": "Steps.M.ModelName"}, {"Get": 5}, {"Std:Join": 5}),
)


@pytest.mark.parametrize("kind", sorted({row.kind for row in table()}))
def test_invalid_values_anywhere_raise_nothing(kind: str) -> None:
    """At every member and at all that stands above it."""
    for row in table():
        if row.kind == kind:
            for path in _paths(row):
                parts = path.split(".")
                for above in (".".join(parts[: place + 1]) for place in range(len(parts))):
                    for value in _ODD:
                        odd = _definition(kind, above, value)
                        assert all(permission.because for _, permission in _needs(odd))
                        assert all(finding.level == "warning" for finding in undecided(odd, PLACE))


def _dotted(path: str) -> str:
    return f"Arguments.{path}".replace("[]", "[0]")
