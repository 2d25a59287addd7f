"""Differences of all that belongs to a pipeline: options, roles, trust, resources, code, and what it can take."""

from __future__ import annotations

import copy
import io
import json
import os
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines.iam.environment_json import FILES, KEY
from cdk_sagemaker_pipelines.language import Definition
from cdk_sagemaker_pipelines.review.diff.as_json import pipeline_json
from cdk_sagemaker_pipelines.review.diff.blocks import blocks, title
from cdk_sagemaker_pipelines.review.diff.markdown import markdown
from cdk_sagemaker_pipelines.review.diff.pairs import differences
from cdk_sagemaker_pipelines.review.diff.text import lines
from cdk_sagemaker_pipelines.review.reading.files import Found
from cdk_sagemaker_pipelines.review.reading.stacks import Template
from cdk_sagemaker_pipelines.review.reviewed.app import of_definition, reviewed
from cdk_sagemaker_pipelines.review.reviewed.values import Reviewed

from .stacks import GET_RAW, arn, pipeline, role, training

TRUST = {
    "Statement": [{"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}}]
}
OLD, NEW = "a" * 64, "b" * 64


def app(*templates: dict[str, Any], stage: str = "Dev", assets: Path | None = None) -> list[Reviewed]:
    """What is reviewed of stacks."""
    found = reviewed(
        Template(
            f"{number}.template.json",
            document,
            () if assets is None else (assets,),
            f"{stage}-Stack{number}",
            "aws://111122223333/eu-west-1" if stage == "Dev" else "aws://444455556666/us-east-1",
            path=f"{stage}/Stack{number}",
        )
        for number, document in enumerate(templates)
    )
    return [each for each in found if isinstance(each, Reviewed)]


def template(stage: str = "Dev", /, **resources: Any) -> dict[str, Any]:
    """A stack with a pipeline and its roles."""
    own = role(path=f"{stage}/Stack0/Nightly/Role", AssumeRolePolicyDocument=TRUST)
    job = role(GET_RAW, path=f"{stage}/Stack0/Nightly/Train/JobRole", AssumeRolePolicyDocument=TRUST)
    place = {} if stage == "Dev" else {"Account": "444455556666", "Region": "us-east-1"}
    made = pipeline(training(), **place)
    made["Metadata"]["aws:cdk:path"] = f"{stage}/Stack0/Nightly/Resource"
    made["Properties"]["Tags"] = [{"Key": "team", "Value": "ml"}]
    return {"Resources": {"Pipeline": made, "Own": own, "Job": job, **resources}}


def told(old: list[Reviewed], new: list[Reviewed]) -> list[str]:
    """The lines of the difference without their headings; each must be in the JSON as well if it has a value."""
    found = differences(old, new)
    shown = list(lines(blocks(found), titled=False))
    assert bool(shown) == any(map(bool, found))
    json.dumps([pipeline_json(each) for each in found])
    return [line.strip() for line in shown if line.startswith("  ")]


def changed(change: Callable[[dict[str, Any]], None]) -> list[str]:
    """What is told of a change in the template's resources."""
    old = template()
    new = copy.deepcopy(old)
    change(new["Resources"])
    return told(app(old), app(new))


def test_nothing_differs_from_itself() -> None:
    assert told(app(template()), app(template())) == []


def properties(name: str, **values: Any) -> Callable[[dict[str, Any]], None]:
    return lambda resources: resources[name]["Properties"].update(values)


REPLACES = "another pipeline: the service renames none, so the old one is deleted with its executions"
OF_AWS = "arn:aws:iam::aws:policy"
ADMIN = {"Action": ["s3:*", "iam:PassRole"], "Effect": "Allow", "Resource": "*"}
EVERYBODY = {"Statement": [{"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": "*"}]}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (properties("Pipeline", PipelineName="Daily"), [f'~ PipelineName: "Nightly" → "Daily", {REPLACES}']),
        (
            properties("Pipeline", ParallelismConfiguration={"MaxParallelExecutionSteps": 50}),
            ['+ ParallelismConfiguration: {"MaxParallelExecutionSteps": 50}'],
        ),
        (properties("Pipeline", Tags=[{"Key": "team", "Value": "hr"}]), ["~ Tags['team'].Value: \"ml\" → \"hr\""]),
        (
            properties("Own", Policies=[{"PolicyName": "More", "PolicyDocument": {"Statement": [ADMIN]}}]),
            [
                "~ Nightly/Role",
                "+ s3:* on *, granted in code, in Nightly/Role, inline policy More",
                "+ iam:PassRole on *, granted in code, in Nightly/Role, inline policy More, more than fields need",
            ],
        ),
        (
            properties("Job", Policies=[]),
            ["- Nightly/Train/JobRole: s3:GetObject on arn:aws:s3:::data/raw*, for Train: InputDataConfig[0]"],
        ),
        (
            properties("Own", AssumeRolePolicyDocument=EVERYBODY),
            [
                "~ Nightly/Role",
                "+ trust: sts:AssumeRole by *",
                "- trust: sts:AssumeRole by sagemaker.amazonaws.com",
            ],
        ),
        (
            properties("Own", PermissionsBoundary=f"{OF_AWS}/A", ManagedPolicyArns=[f"{OF_AWS}/B"]),
            [
                "~ Nightly/Role",
                '+ managed policy: "arn:aws:iam::aws:policy/B"',
                '+ boundary: "arn:aws:iam::aws:policy/A"',
            ],
        ),
        (properties("Own", MaxSessionDuration=43200), ["+ Nightly/Role: MaxSessionDuration: 43200"]),
    ],
    ids=["name", "parallelism", "tags", "grant", "loss", "trust", "managed", "session"],
)  # fmt: skip
def test_what_belongs_to_the_pipeline(change: Callable[[dict[str, Any]], None], expected: list[str]) -> None:
    assert changed(change) == expected


SCHEDULE = {
    "Type": "AWS::Scheduler::Schedule",
    "Properties": {"ScheduleExpression": "rate(1 day)", "Target": {"Arn": "arn:pipeline", "RoleArn": arn("Own")}},
    "Metadata": {"aws:cdk:path": "Dev/Stack0/Daily/Resource"},
}


def test_resources() -> None:
    def add(resources: dict[str, Any]) -> None:
        resources["Daily"] = SCHEDULE

    (line,) = changed(add)
    assert line.startswith('+ Daily (AWS::Scheduler::Schedule): {"ScheduleExpression": "rate(1 day)", "Target": {')
    assert "${Nightly/Role.Arn}" in line
    with_it = template(Daily=SCHEDULE)
    hourly = copy.deepcopy(with_it)
    hourly["Resources"]["Daily"]["Properties"]["ScheduleExpression"] = "rate(1 hour)"
    hourly["Resources"]["Daily"]["DeletionPolicy"] = "Retain"
    assert told(app(with_it), app(hourly)) == [
        "~ Daily",
        '~ ScheduleExpression: "rate(1 day)" → "rate(1 hour)"',
        '+ DeletionPolicy: "Retain"',
    ]
    assert told(app(with_it), app(template())) == ["- Daily (AWS::Scheduler::Schedule)"]
    parameters = {**template(), "Parameters": {"Rate": {"Type": "String", "Default": "x"}}}
    line = '+ Parameter Rate (Parameter): {"Type": "String", "Default": "x"}'
    assert told(app(template()), app(parameters)) == [line]


@pytest.mark.parametrize("member", ["AWS::CloudFormation::Init", "AWS::CloudFormation::Authentication"])
def test_metadata_that_is_carried_out(member: str) -> None:
    def machine(command: str, note: str = "") -> list[Reviewed]:
        metadata = {"note": note, member: {"config": {"commands": {"x": {"command": command}}}}}
        return app(template(Machine={"Type": "AWS::EC2::Instance", "Metadata": metadata}))

    assert told(machine("a"), machine("b")) == [f'~ Machine: Metadata.{member}.config.commands.x.command: "a" → "b"']
    assert told(machine("a"), machine("a", "other")) == []


def test_a_new_role_and_one_that_is_gone() -> None:
    other = {"Other": role(ADMIN, path="Dev/Stack0/Other", AssumeRolePolicyDocument=TRUST)}
    old, new = app(template()), app(template(**other))
    assert told(old, new) == [
        "+ Other: a role that is new",
        "+ trust: sts:AssumeRole by sagemaker.amazonaws.com",
        "+ s3:*, iam:PassRole on *",
    ]
    assert told(new, old) == ["- Other: the role is gone"]


def test_stages_that_differ_alike_are_told_once() -> None:
    def both(change: Callable[[dict[str, Any]], None], *stages: str) -> list[Reviewed]:
        found = []
        for stage in ("Dev", "Prod"):
            document = template(stage)
            bucket = "arn:aws:s3:::data-444455556666" if stage == "Prod" else "arn:aws:s3:::data-111122223333"
            if stage in stages:
                change(document["Resources"])
                document["Resources"]["Job"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"].append(
                    {"Action": "s3:PutObject", "Effect": "Allow", "Resource": f"{bucket}/*"}
                )
            found += app(document, stage=stage)
        return found

    def shown(old: list[Reviewed], new: list[Reviewed]) -> list[str]:
        return [line.strip() for line in lines(blocks(differences(old, new)))]

    name = properties("Pipeline", PipelineDisplayName="N")
    old = both(name)
    granted = "granted in code, in Nightly/Train/JobRole, inline policy Given"
    assert shown(old, both(name, "Dev", "Prod")) == [
        "Stack0/Nightly (Dev, Prod)",
        "pipeline",
        '+ PipelineDisplayName: "N"',
        "permissions",
        f"+ Nightly/Train/JobRole: s3:PutObject on arn:aws:s3:::data-<account>/*, {granted}",
    ]
    assert shown(old, both(name, "Prod"))[0] == "Prod/Stack0/Nightly"
    assert shown(old, both(name, "Prod"))[-1] == (
        f"+ Nightly/Train/JobRole: s3:PutObject on arn:aws:s3:::data-444455556666/*, {granted}"
    )
    assert title(["Dev/A", "Prod/A"]) == "A (Dev, Prod)"
    assert title(["Dev/A", "Prod/B"]) == "Dev/A, Prod/B"
    assert title(["A"]) == "A"


def test_another_account_is_one_line() -> None:
    moved = template()
    moved["Resources"]["Pipeline"]["Metadata"]["cdk-sagemaker-pipelines:place"]["Account"] = "444455556666"
    assert told(app(template()), app(moved)) == ['~ Account: "111122223333" → "444455556666"']


def test_pipelines_that_are_new_or_gone_and_such_with_another_path() -> None:
    one, two = template(), template()
    two["Resources"]["Pipeline"]["Properties"]["PipelineName"] = "Second"
    two = json.loads(json.dumps(two).replace("Dev/Stack0", "Dev/Stack1"))
    both = list(lines(blocks(differences(app(one), app(one, two)))))
    assert both[0] == "+ Dev/Stack1/Nightly is new"
    assert any("s3:GetObject on arn:aws:s3:::data/raw*" in line for line in both)
    assert any("+ Train (Training), at the top" in line for line in both)
    assert list(lines(blocks(differences(app(one, two), app(one))))) == ["- Dev/Stack1/Nightly"]
    other = json.loads(json.dumps(template()).replace("Stack0/Nightly", "Stack0/Renamed"))
    assert told(app(template()), app(other))[0] == '~ Path: "Dev/Stack0/Nightly" → "Dev/Stack0/Renamed"'


def code(folder: Path, hashed: str, content: str) -> dict[str, Any]:
    """A template whose step runs a script, which is in the folder."""
    (folder / f"asset.{hashed}.py").write_text(content)
    found = template()
    body = found["Resources"]["Pipeline"]["Properties"]["PipelineDefinition"]["PipelineDefinitionBody"]
    body["Fn::Sub"] = body["Fn::Sub"].replace("s3://data/raw", f"s3://cdk-assets/{hashed}.py")
    found["Resources"]["Pipeline"]["Metadata"][KEY][FILES] = {f"{hashed}.py": "train.py"}
    return found


def test_a_script_is_one_line(tmp_path: Path) -> None:
    old, new = (
        app(code(tmp_path, hashed, content), assets=tmp_path)
        for hashed, content in ((OLD, "a\nb\nc\n"), (NEW, "a\nB\nc\nd\n"))
    )
    assert told(old, new) == ["~ train.py: +2 -1 lines"]
    (found,) = [pipeline_json(each)["difference"]["code"] for each in differences(old, new)]
    assert found[0]["files"][0]["lines"][1:] == [" a", "-b", "+B", " c", "+d"]
    assert "\n a\n-b\n+B\n c\n+d\n```\n" in markdown(differences(old, new))
    new = app(code(tmp_path / "", NEW, "x"), assets=tmp_path)
    (tmp_path / f"asset.{NEW}.py").unlink()
    new = [replace(each, assets={n: replace(a, path=None) for n, a in (each.assets or {}).items()}) for each in new]
    assert told(old, new) == [f"~ train.py: {OLD} → {NEW}, one side is not here"]


def test_folders_and_archives(tmp_path: Path) -> None:
    def stack(hashed: str) -> dict[str, Any]:
        function = {
            "Type": "AWS::Lambda::Function",
            "Properties": {"Code": {"S3Key": f"{hashed}.zip"}},
            "Metadata": {"aws:cdk:path": "Dev/Stack0/Announce/Resource"},
        }
        return template(Announce=function)

    for hashed, content in ((OLD, "1"), (NEW, "2")):
        folder = tmp_path / f"asset.{hashed}"
        folder.mkdir()
        (folder / "announce.py").write_text(content)
        (folder / "same.py").write_text("same")
        (folder / "logo.png").write_bytes(content.encode() + b"\xff")
    manifest = {"files": {h: {"displayName": "Announce/Code", "source": {"path": f"asset.{h}"}} for h in (OLD, NEW)}}

    def seen(hashed: str) -> list[Reviewed]:
        listed = {"files": {hashed: manifest["files"][hashed]}}
        (tmp_path / "0.assets.json").write_text(json.dumps(listed))
        return app(stack(hashed), assets=tmp_path)

    assert told(seen(OLD), seen(NEW)) == ["~ Announce/Code: announce.py +1 -1 lines, logo.png differs"]


def archives(tmp_path: Path) -> Iterator[tuple[str, bytes]]:
    for name, content in (("train.py", b"1\n"), ("../evil.py", b"2\n")):
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w:gz") as archive:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        yield name, stream.getvalue()


def test_what_leads_out_of_the_assembly_is_not_read(tmp_path: Path) -> None:
    assembly = tmp_path / "cdk.out"
    assembly.mkdir()
    (tmp_path / "asset.secret").write_text("secret")
    for hashed, path in ((OLD, "../asset.secret"), (NEW, "asset.link")):
        (assembly / "0.assets.json").write_text(json.dumps({"files": {hashed: {"source": {"path": path}}}}))
        (assembly / "asset.link").unlink(missing_ok=True)
        (assembly / "asset.link").symlink_to(tmp_path / "asset.secret")
        (found,) = app(code(assembly, hashed, "x"), assets=assembly)
        assert found.assets is not None
        assert found.assets["train.py"].files is None
    for hashed, (name, content) in zip((OLD, NEW), archives(tmp_path), strict=True):
        listed = {"files": {hashed: {"source": {"path": f"asset.{hashed}.gz"}}}}
        (assembly / "0.assets.json").write_text(json.dumps(listed))
        (assembly / f"asset.{hashed}.gz").write_bytes(content)
        (found,) = app(code(assembly, hashed, "x"), assets=assembly)
        assert found.assets is not None
        assert list(found.assets["train.py"].files or ()) == [name]


def test_a_pipe_in_place_of_a_file_is_not_waited_for(tmp_path: Path) -> None:
    old, new = (code(tmp_path, hashed, "x") for hashed in (OLD, NEW))
    (tmp_path / f"asset.{NEW}.py").unlink()
    os.mkfifo(tmp_path / f"asset.{NEW}.py")
    stacks = [app(each, assets=tmp_path) for each in (old, new)]
    assert told(*stacks) == [f"~ train.py: {OLD} → {NEW}, one side is not here"]


def test_what_the_pipeline_can_take() -> None:
    def with_type(kind: str) -> list[Reviewed]:
        found = template()
        body = found["Resources"]["Pipeline"]["Properties"]["PipelineDefinition"]["PipelineDefinitionBody"]
        cluster = {"ResourceConfig": {"InstanceType": kind, "InstanceCount": 2}}
        stop = {"StoppingCondition": {"MaxRuntimeInSeconds": 7200}}
        document = json.loads(body["Fn::Sub"])
        document["Steps"][0]["Arguments"].update({**cluster, **stop})
        body["Fn::Sub"] = json.dumps(document)
        return app(found)

    cpu, gpu = with_type("ml.m5.large"), with_type("ml.g5.12xlarge")
    kind = '~ Train: ResourceConfig.InstanceType: "ml.m5.large" → "ml.g5.12xlarge"'
    assert told(cpu, gpu) == ["~ GPUs at once: 0 → 8, 'Train' 8", kind]
    found = differences(cpu, gpu, {"ml.m5.large": 0.1, "ml.g5.12xlarge": 7})
    assert [line.strip() for line in lines(blocks(found), titled=False)] == [
        "capacity", "~ GPUs at once: 0 → 8, 'Train' 8", "~ US dollars at most: 0.4 → 28, 'Train' 28", "steps", kind,
    ]  # fmt: skip
    assert pipeline_json(found[0])["difference"]["capacity"]["new"]["cost"] == {"Train": 28.0}


def test_what_is_deployed_against_a_template(tmp_path: Path) -> None:
    template = code(tmp_path, OLD, "a")
    body = template["Resources"]["Pipeline"]["Properties"]["PipelineDefinition"]["PipelineDefinitionBody"]
    text = body["Fn::Sub"].replace("s3://cdk-assets", "s3://${AWS::AccountId}-assets")
    literal = text.replace("${AWS::AccountId}", "111122223333").replace(
        "${Job.Arn}", "arn:aws:iam::111122223333:role/x"
    )
    body["Fn::Sub"] = text
    made = app(template, assets=tmp_path)

    def deployed(text: str) -> list[Reviewed]:
        return [of_definition(Found("aws:Nightly", "Nightly", None, Definition(json.loads(text))))]

    assert told(deployed(literal), made) == told(made, deployed(literal)) == []
    (found,) = differences(deployed(literal), made)
    assert found.not_compared == [
        "options", "roles", "code", "resources", "2 values that the deployment fills in",
    ]  # fmt: skip
    # what is written in both is compared
    assert told(deployed(literal.replace("S3Prefix", "ManifestFile")), made) == [
        '~ Train: InputDataConfig[0].DataSource.S3DataSource.S3DataType: "ManifestFile" → "S3Prefix"'
    ]
    assert told(deployed(literal.replace("-assets/", "-other/")), made)[0].startswith("~ Train: InputDataConfig[0]")
    assert told(deployed(literal.replace(OLD, NEW)), made) == [f"~ train.py: {NEW} → {OLD}, one side is not here"]
    assert told(made, deployed(literal.replace(OLD, NEW))) == [f"~ train.py: {OLD} → {NEW}, one side is not here"]


def test_images_of_the_app(tmp_path: Path) -> None:
    def seen(hashed: str, line: str) -> list[Reviewed]:
        found = template()
        body = found["Resources"]["Pipeline"]["Properties"]["PipelineDefinition"]["PipelineDefinitionBody"]
        document = json.loads(body["Fn::Sub"])
        image = f"111122223333.dkr.ecr.eu-west-1.amazonaws.com/assets:{hashed}"
        document["Steps"][0]["Arguments"]["AlgorithmSpecification"] = {"TrainingImage": image}
        body["Fn::Sub"] = json.dumps(document)
        found["Resources"]["Pipeline"]["Metadata"][KEY][FILES] = {hashed: "Dockerfile"}
        listed = {"dockerImages": {hashed: {"source": {"directory": f"asset.{hashed}"}}}}
        (tmp_path / "0.assets.json").write_text(json.dumps(listed))
        (tmp_path / f"asset.{hashed}").mkdir()
        (tmp_path / f"asset.{hashed}" / "Dockerfile").write_text(line)
        return app(found, assets=tmp_path)

    assert told(seen(OLD, "FROM a\n"), seen(NEW, "FROM b\n")) == ["~ Dockerfile: +1 -1 lines"]
