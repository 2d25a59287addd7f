"""What a step's own code is granted by: a pattern that stays when the code changes, and nothing wider than that."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as s3_assets
from aws_cdk.assertions import Template

from cdk_sagemaker_pipelines import (
    ClarifyCheckStep,
    ClarifyDataset,
    ClarifyFacet,
    ClusterConfig,
    DataBiasCheck,
    DataQualityCheck,
    DatasetFormat,
    EmrCluster,
    EmrInstanceGroup,
    EMRStep,
    Image,
    LambdaStep,
    Pipeline,
    ProcessingStep,
    QualityCheckStep,
    RawStep,
    Script,
    SourceDir,
)
from tests.steps.support import ACCOUNT, ASSETS, JOB, REGION, SKLEARN, network

BUCKET = ASSETS.removeprefix("s3://")
HERE = cdk.Environment(account=ACCOUNT, region=REGION)
NODE = EmrInstanceGroup(instance_type="m5.xlarge")


def stack_with(synthesizer: Any = None, env: cdk.Environment | None = HERE) -> cdk.Stack:
    return cdk.Stack(cdk.App(analytics_reporting=False), "Stack", env=env, synthesizer=synthesizer)


def resources(stack: cdk.Stack) -> dict[str, Any]:
    found: dict[str, Any] = Template.from_stack(stack).to_json()["Resources"]
    return found


def statements(stack: cdk.Stack) -> Iterator[Mapping[str, Any]]:
    """All that the roles of the stack may do."""
    for resource in resources(stack).values():
        given = resource.get("Properties", {})
        for policy in (*given.get("Policies", ()), *([given] if "PolicyDocument" in given else ())):
            yield from policy["PolicyDocument"]["Statement"]


def text(value: Any) -> str:
    """An ARN with ``aws`` for the partition, and nothing for other references."""
    if isinstance(value, str):
        return value
    if value == {"Ref": "AWS::Partition"}:
        return "aws"
    return "".join(map(text, value["Fn::Join"][1])) if "Fn::Join" in value else ""


def allowed(stack: cdk.Stack, start: str) -> list[str]:
    """What the roles may do in the bucket of the assets: the objects, and what is looked for with ``?`` before it."""
    found: list[str] = []
    for statement in statements(stack):
        arns = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
        for arn in [text(arn) for arn in arns if text(arn).startswith(start)]:
            listed = statement.get("Condition", {}).get("StringLike", {}).get("s3:prefix", ())
            found += [f"?{prefix}" for prefix in listed] or [arn.removeprefix(f"{start}/")]
    return found


# -- a change of any file leaves all permissions as they are


def quality(stack: cdk.Stack, code: Path) -> None:
    QualityCheckStep(
        Pipeline(stack, "P"), "Check",
        check=DataQualityCheck(record_preprocessor_script=Script(code)), post_analytics_processor_script=Script(code),
        dataset="s3://b/x", dataset_format=DatasetFormat.csv(), instance_type="ml.m5.large",
        model_package_group="g",
    )  # fmt: skip


def clarify(stack: cdk.Stack, code: Path, label: str | None = None) -> None:
    ClarifyCheckStep(
        Pipeline(stack, "P"), "Check",
        check=DataBiasCheck(label_values_or_threshold=[1], facet=[ClarifyFacet("sex")]),
        dataset=ClarifyDataset("s3://b/x", label=label or code.read_text()), instance_type="ml.m5.large",
        model_package_group="g",
    )  # fmt: skip


def clarify_at_deployment(stack: cdk.Stack, code: Path) -> None:
    clarify(stack, code, f"{s3.Bucket(stack, 'Data').bucket_name} {code.read_text()}")


def cluster_of_the_step(stack: cdk.Stack, code: Path) -> None:
    config = ClusterConfig(release_label="emr-7.10.0", primary=NODE, bootstrap_actions={"tools": Script(code)})
    EMRStep(Pipeline(stack, "P"), "Count", cluster_config=config, args=["spark-submit"])


def cluster_of_the_stack(stack: cdk.Stack, code: Path) -> None:
    vpc = network(stack)["vpc"]
    actions = {"tools": Script(code)}
    EmrCluster(stack, "C", release_label="emr-7.10.0", vpc=vpc, primary=NODE, bootstrap_actions=actions)


def own_version(stack: cdk.Stack, code: Path) -> None:
    function = lambda_.Function(
        stack, "F", code=lambda_.Code.from_inline(code.read_text()), handler="index.f",
        runtime=lambda_.Runtime.PYTHON_3_13,
    )  # fmt: skip
    LambdaStep(Pipeline(stack, "P"), "Call", function=function.current_version)


MADE = [quality, clarify, clarify_at_deployment, cluster_of_the_step, cluster_of_the_stack, own_version]


@pytest.mark.parametrize("make", MADE, ids=lambda one: one.__name__)
def test_new_code_asks_for_no_new_permission(make: Callable[[cdk.Stack, Path], None], tmp_path: Path) -> None:
    found = []
    for word in ("old", "new"):
        (tmp_path / "code.py").write_text(word)
        stack = stack_with()
        make(stack, tmp_path / "code.py")
        found.append((list(statements(stack)), json.dumps(resources(stack))))
    (old, before), (new, after) = found
    assert old == new
    assert old
    assert before != after


# -- and is no wider than that


@pytest.fixture
def code(tmp_path: Path) -> Path:
    for name in ("run.py", "run.sh", "run", "run.json", "run.zip", "lib/run.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("1")
    return tmp_path


def job(stack: cdk.Stack, script: Script | SourceDir) -> None:
    ProcessingStep(Pipeline(stack, "P"), "Run", script=script, **{**JOB, "image": Image.sklearn("1.2-1")})


@pytest.mark.parametrize(
    ("synthesizer", "start"),
    [
        (None, ""),
        (cdk.DefaultStackSynthesizer(), ""),
        (cdk.DefaultStackSynthesizer(bucket_prefix="team/"), "team/"),
        (cdk.DefaultStackSynthesizer(bucket_prefix="team-a-"), "team-a-"),
        (cdk.CliCredentialsStackSynthesizer(bucket_prefix="team/"), "team/"),
    ],
)
@pytest.mark.parametrize("name", ["run.py", "run.sh", "lib"])
def test_only_files_of_the_same_kind_below_the_prefix(synthesizer: Any, start: str, name: str, code: Path) -> None:
    stack = stack_with(synthesizer)
    job(stack, SourceDir(code / name, entry_point="run.py") if name == "lib" else Script(code / name))
    pattern = f"{start}*{'.gz' if name == 'lib' else (code / name).suffix}"
    assert allowed(stack, f"arn:aws:s3:::{BUCKET}") == [pattern, f"?{pattern}"]


@pytest.mark.parametrize("name", ["run", "run.json", "run.zip"])
def test_what_others_have_there_too_is_granted_as_it_is(name: str, code: Path) -> None:
    """Templates end in .json, functions in .zip."""
    stack = stack_with()
    job(stack, Script(code / name))
    found = allowed(stack, f"arn:aws:s3:::{BUCKET}")
    assert len(found) == 2
    assert not [one for one in found if one.partition(".")[0].endswith("*")]


def test_a_synthesizer_that_does_not_tell_where_grants_what_is_there(code: Path) -> None:
    """The one of CDK 1 has bucket and key in parameters."""
    stack = stack_with(cdk.LegacyStackSynthesizer())
    job(stack, Script(code / "run.py"))
    found = [one["Resource"] for one in statements(stack) if one["Action"] == "s3:GetObject"]
    assert len(found) == 1
    assert "AssetParameters" in json.dumps(found)


class Elsewhere(cdk.DefaultStackSynthesizer):
    """A synthesizer of the user's own, with another bucket for the files of the app."""

    def add_file_asset(self, *, source_hash: str, **_: Any) -> cdk.FileAssetLocation:
        key = f"staged/{source_hash}.py"
        uri = f"s3://staging/{key}"
        return cdk.FileAssetLocation(bucket_name="staging", object_key=key, http_url=uri, s3_object_url=uri)


def test_a_synthesizer_of_ones_own(code: Path) -> None:
    stack = stack_with(Elsewhere())
    job(stack, Script(code / "run.py"))
    assert allowed(stack, "arn:aws:s3:::staging") == ["staged/*.py", "?staged/*.py"]


def test_a_shared_role_has_the_pattern_once(code: Path) -> None:
    """Also where CDK makes a token for the bucket of each asset."""
    stack = stack_with(env=None)
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    pipeline = Pipeline(stack, "P", default_job_role=role)
    for name in ("run.py", "run.sh", "lib/run.py"):
        ProcessingStep(pipeline, name.replace("/", "-").replace(".", "-"), script=Script(code / name), **JOB)
    patterns = [json.dumps(one["Resource"]) for one in statements(stack) if one["Action"] == "s3:GetObject"]
    assert len(patterns) == 1
    assert (patterns[0].count("/*.py"), patterns[0].count("/*.sh")) == (1, 1)


def test_a_raw_step_gets_what_it_names_and_no_more(code: Path) -> None:
    """As an imported definition does: whoever wrote it knows one file of the app, and reads that."""
    stack = stack_with()
    pipeline = Pipeline(stack, "P")
    ProcessingStep(pipeline, "Run", script=Script(code / "run.py"), **JOB)
    asset = s3_assets.Asset(stack, "Asset", path=str(code / "run.py"))
    source = {"S3Uri": asset.s3_object_url, "S3DataType": "S3Prefix", "S3InputMode": "File"}
    source["LocalPath"] = "/opt/ml/processing/a"
    RawStep(
        pipeline, "Raw", step_type="Processing",
        step_arguments={
            "ProcessingInputs": [{"InputName": "a", "S3Input": source}], "AppSpecification": {"ImageUri": SKLEARN},
            "ProcessingResources": {
                "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
            },
        },
    )  # fmt: skip
    found = allowed(stack, f"arn:aws:s3:::{BUCKET}")
    assert sorted(found) == sorted([asset.s3_object_key, f"?{asset.s3_object_key}", "*.py", "?*.py"])
