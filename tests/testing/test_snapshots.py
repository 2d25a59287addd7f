"""Snapshots of pipelines: what is in them, how many lines an edit changes, and what a failure says."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from difflib import unified_diff
from pathlib import Path
from types import ModuleType
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Match, Template
from pytest_snapshot.plugin import Snapshot

from cdk_sagemaker_pipelines import DefinitionError, FailStep, Image, Pipeline, TrainingStep
from cdk_sagemaker_pipelines.synthesis.body import INLINE_LIMIT
from cdk_sagemaker_pipelines.testing import assert_pipeline, with_definitions

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "stacks" / "diabetes"
PLACES = {"Dev": ("111122223333", "eu-west-1"), "Prod": ("444455556666", "us-east-1")}

Files = dict[str, str]


def taken(folder: Path) -> Snapshot:
    """The fixture of a test that runs with ``--snapshot-update``."""
    return Snapshot(True, True, folder)


def compared(folder: Path) -> Snapshot:
    """The fixture of a test that runs without options."""
    return Snapshot(False, False, folder)


def failure(*arguments: Any, **options: Any) -> str:
    """The message of a comparison that fails."""
    with pytest.raises(pytest.fail.Exception) as raised:
        assert_pipeline(*arguments, **options)
    assert raised.value.pytrace is False  # the message is all that pytest prints
    return str(raised.value)


def edited(folder: Path, *edits: tuple[str, str, str]) -> ModuleType:
    """The first example with edits: a file, what is in it, what shall be."""
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file, old, new in edits:
        text = (folder / file).read_text("utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, new), encoding="utf-8")
    spec = importlib.util.spec_from_file_location("edited_diabetes", folder / "stack.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def stages(module: ModuleType) -> cdk.App:
    """Both stages of the example."""
    app = cdk.App(analytics_reporting=False)
    for name, (account, region) in PLACES.items():
        stage = cdk.Stage(app, name, env=cdk.Environment(account=account, region=region))
        module.DiabetesStack(stage, "Diabetes")
        cdk.Tags.of(stage).add("environment", name.lower())
    return app


def snapshots(module: ModuleType, folder: Path, *, files: bool = False) -> Files:
    """The files of both stages."""
    app, snapshot = stages(module), taken(folder)
    for stage in PLACES:
        placeholders = {stage.lower(): "<environment>"}
        assert_pipeline(snapshot, app, f"{stage}/Diabetes/Pipeline", placeholders=placeholders, files=files)
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in folder.glob("*/*.*")}


def changed_lines(before: Files, after: Files) -> list[str]:
    return [
        line
        for name in sorted({*before, *after})
        for line in unified_diff(before.get(name, "").splitlines(), after.get(name, "").splitlines(), n=0, lineterm="")
        if not line.startswith(("---", "+++", "@@"))
    ]


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("before")
    return snapshots(edited(folder / "code"), folder / "snapshots")


BUCKET = 's3.Bucket.from_bucket_name(self, "Other", "other-data")'
EDITS = {
    "hyperparameter": (2, ("stack.py", '"n-estimators": 120', '"n-estimators": 150')),
    "comment in a script": (0, ("jobs/prepare.py", "import", "# a comment\nimport")),
    "image": (10, ("stack.py", 'Image.sklearn("1.2-1")', 'Image.sklearn("1.0-1")')),
    "parallelism": (3, ("stack.py", 'pipeline_name="Diabetes",', 'pipeline_name="Diabetes", parallelism=4,')),
    "rename": (56, ("stack.py", '"Train",', '"Fit",')),
    "input on another bucket": (
        17,
        (
            "stack.py",
            'inputs={"train": prepare.output("train")}',
            f'inputs={{"train": S3Location({BUCKET}, "train/")}}',
        ),
        ("stack.py", "    ProcessingStep,\n", "    ProcessingStep,\n    S3Location,\n"),
    ),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_changes_few_lines_for_both_stages(edit: str, before: Files, tmp_path: Path) -> None:
    most, *edits = EDITS[edit]
    after = snapshots(edited(tmp_path / "code", *edits), tmp_path / "snapshots")  # type: ignore[arg-type]
    lines = changed_lines(before, after)
    assert len(lines) <= most, "\n".join(lines)  # type: ignore[operator]
    assert bool(lines) is bool(most)


def test_both_stages_share_a_folder_without_tokens_and_places(before: Files) -> None:
    names = ("definition.json", "graph.md", "permissions.txt", "pipeline.json")
    assert set(before) == {f"Diabetes.Pipeline/{name}" for name in names}
    text = "".join(before.values())
    assert not re.search(r"Token\[|111122223333|eu-west-1|[0-9a-f]{64}|[0-9A-F]{8}", text)
    assert "s3://cdk-hnb659fds-assets-<account>-<region>/<prepare.py>" in text
    assert json.loads(before["Diabetes.Pipeline/definition.json"])["Steps"][0]["Name"] == "Prepare"
    assert before["Diabetes.Pipeline/graph.md"].startswith("```mermaid\nflowchart TD\n")


def training(stack: cdk.Stack, **given: Any) -> Pipeline:
    pipeline = Pipeline(stack, "Pipeline", pipeline_name=f"{stack.node.path.replace('/', '-')}-Pipeline")
    image = Image.from_uri("111122223333.dkr.ecr.eu-west-1.amazonaws.com/train:1")
    TrainingStep(pipeline, "Train", image=image, instance_type="ml.m5.large", **given)
    return pipeline


def test_a_stack_for_any_place_has_the_same_placeholders(tmp_path: Path) -> None:
    assert_pipeline(taken(tmp_path), training(cdk.Stack()), folder="p")
    permissions = (tmp_path / "p" / "permissions.txt").read_text("utf-8")
    assert ":sagemaker:<region>:<account>:training-job/" in permissions
    assert "${AWS::Region}" not in permissions
    assert "${AWS::AccountId}" not in permissions


def test_a_failure_is_the_difference_and_nothing_else(tmp_path: Path) -> None:
    assert_pipeline(taken(tmp_path), training(cdk.Stack(), hyperparameters={"depth": 5}))
    assert_pipeline(compared(tmp_path), training(cdk.Stack(), hyperparameters={"depth": 5}))
    told = failure(compared(tmp_path), training(cdk.Stack(), hyperparameters={"depth": 7}))
    assert [line.strip() for line in told.splitlines()] == [
        "Default/Pipeline",
        "steps",
        '~ Train: HyperParameters.depth: "5" → "7"',
    ]


def test_a_permission_alone_fails(tmp_path: Path) -> None:
    def pipeline(*actions: str) -> Pipeline:
        found = training(cdk.Stack())
        found.role.add_to_principal_policy(
            cdk.aws_iam.PolicyStatement(actions=["s3:ListAllMyBuckets", *actions], resources=["*"])
        )
        return found

    assert_pipeline(taken(tmp_path), pipeline())
    told = failure(compared(tmp_path), pipeline("s3:*"))
    assert "+ Pipeline/Role: s3:* on *, granted in code" in told
    assert "ListAllMyBuckets" not in told


def started(rate: str = "1 day", parallelism: int = 4, team: str = "ml") -> Pipeline:
    """A pipeline that a rule and a schedule start."""
    stack = cdk.Stack(cdk.App(), "S")
    pipeline = Pipeline(stack, "Pipeline", pipeline_name="p", parallelism=parallelism)
    FailStep(pipeline, "Stop", message="no")
    assert pipeline.node.default_child is not None
    cdk.Tags.of(pipeline.node.default_child).add("team", team)
    target = {"Arn": pipeline.pipeline_arn, "Id": "P", "RoleArn": "arn:aws:iam::111122223333:role/starts"}
    cdk.CfnResource(
        stack, "Rule", type="AWS::Events::Rule", properties={"ScheduleExpression": f"rate({rate})", "Targets": [target]}
    )
    cdk.CfnResource(
        stack, "OfAnother", type="AWS::Events::Rule", properties={"ScheduleExpression": f"rate({rate})", "Targets": []}
    )
    return pipeline


def test_options_tags_and_what_starts_it(tmp_path: Path) -> None:
    assert_pipeline(taken(tmp_path), started(), folder="p")
    kept = json.loads((tmp_path / "p" / "pipeline.json").read_text("utf-8"))
    assert kept["ParallelismConfiguration"] == {"MaxParallelExecutionSteps": 4}
    assert kept["Tags"] == [{"Key": "team", "Value": "ml"}]
    assert [*kept["StartedBy"]] == ["Rule"]
    for changed, line in (
        (started(rate="2 days"), '~ Rule: ScheduleExpression: "rate(1 day)" → "rate(2 days)"'),
        (started(parallelism=5), "~ ParallelismConfiguration.MaxParallelExecutionSteps: 4 → 5"),
        (started(team="data"), '~ Tags[\'team\'].Value: "ml" → "data"'),
    ):
        told = failure(compared(tmp_path), changed, folder="p")
        assert [each.strip() for each in told.splitlines()][2:] == [line]
    (tmp_path / "p" / "pipeline.json").unlink()
    told = failure(compared(tmp_path), started(), folder="p")
    assert told.splitlines()[1:] == ["+ pipeline.json"], "of before there was such a file"
    for text in ("[]", '{"StartedBy": []}', '{"StartedBy": {"A": {}}}'):
        (tmp_path / "p" / "pipeline.json").write_text(text)
        told = failure(compared(tmp_path), started(), folder="p")
        assert told.startswith(
            "the snapshot cannot be read: pipeline.json: it is not an object in which 'StartedBy' names"
        )


def test_what_is_in_the_snapshot_but_not_in_the_meaning(tmp_path: Path) -> None:
    pipeline = training(cdk.Stack())
    assert_pipeline(taken(tmp_path), pipeline, folder="p")
    graph = tmp_path / "p" / "graph.md"
    graph.write_text(graph.read_text("utf-8").replace("Training", "Other"), encoding="utf-8")
    told = failure(compared(tmp_path), pipeline, folder="p")
    assert told.startswith("the snapshot is written otherwise, with the same meaning")
    assert '+  s_Train["Train<br/>Training"]' in told
    for file, reason in (
        ("definition.json", "definition.json: the definition is not JSON"),
        ("pipeline.json", "pipeline.json: it is not JSON"),
        ("permissions.txt", "permissions.txt: line 1 is not understood: it is not below a role"),
    ):
        assert_pipeline(taken(tmp_path), pipeline, folder="p")
        (tmp_path / "p" / file).write_text("  <<<<<<< mine\n", encoding="utf-8")
        assert failure(compared(tmp_path), pipeline, folder="p").startswith(f"the snapshot cannot be read: {reason}")
    shutil.rmtree(tmp_path / "p")
    assert failure(compared(tmp_path), pipeline, folder="p").endswith(
        "has no snapshot yet; 'pytest --snapshot-update' writes it"
    )


def test_other_line_ends_are_no_difference(tmp_path: Path) -> None:
    pipeline = training(cdk.Stack())
    assert_pipeline(taken(tmp_path), pipeline, folder="p")
    for file in (tmp_path / "p").iterdir():
        assert b"\r" not in file.read_bytes()
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert_pipeline(compared(tmp_path), pipeline, folder="p")


def test_a_script_alone_fails_where_files_are_asked_for(tmp_path: Path) -> None:
    comment = ("jobs/prepare.py", "import", "# a comment\nimport")
    for number, edits in enumerate(([], [comment])):
        app = stages(edited(tmp_path / str(number), *edits))
        snapshot = compared(tmp_path / "s") if number else taken(tmp_path / "s")
        if not number:
            assert_pipeline(snapshot, app, "Dev/Diabetes/Pipeline", files=True)
            listed = (tmp_path / "s" / "Diabetes.Pipeline" / "files.txt").read_text("utf-8").splitlines()
            assert [line.split("  ")[1] for line in listed] == ["evaluate.py", "inference.py", "prepare.py", "train.py"]
        else:
            assert "~ prepare.py: " in failure(snapshot, app, "Dev/Diabetes/Pipeline", files=True)


def test_stages_that_differ_need_folders_of_their_own(tmp_path: Path) -> None:
    app = cdk.App()
    for stage in PLACES:
        stack = cdk.Stack(cdk.Stage(app, stage), "S")
        image = Image.from_uri("111122223333.dkr.ecr.eu-west-1.amazonaws.com/train:1")
        pipeline = Pipeline(stack, "Pipeline", pipeline_name=f"P-{stage}")
        given = {"stage": stage}
        TrainingStep(pipeline, "Train", image=image, instance_type="ml.m5.large", hyperparameters=given)
    snapshot = taken(tmp_path)
    assert_pipeline(snapshot, app, "Dev/S/Pipeline")
    told = failure(snapshot, app, "Prod/S/Pipeline")
    assert "Dev/S/Pipeline and Prod/S/Pipeline share the snapshot 'S.Pipeline' but differ" in told
    assert 'HyperParameters.stage: "Dev" → "Prod"' in told


def test_what_is_no_pipeline_is_refused(tmp_path: Path) -> None:
    app = cdk.App()
    for name in ("One", "Two"):
        training(cdk.Stack(app, name))
    empty = cdk.Stack(app, "Empty")
    with pytest.raises(DefinitionError, match=r"the app holds .*; choose one with pipeline="):
        assert_pipeline(compared(tmp_path), app)
    with pytest.raises(DefinitionError, match="'Empty' holds no pipeline"):
        assert_pipeline(compared(tmp_path), empty)
    with pytest.raises(DefinitionError, match="5 cannot be synthesized"):
        assert_pipeline(compared(tmp_path), 5)


def test_the_page_about_snapshots(tmp_path: Path) -> None:
    """Its test writes a snapshot, passes, and after an edit fails with the words that the page shows."""
    section = (ROOT / "docs" / "testing.md").read_text("utf-8").partition("## Snapshots")[2]
    (code, *_), (message, *_) = (re.findall(rf"^```{of}\n(.*?)^```", section, re.M | re.S) for of in ("python", "text"))
    file = tmp_path / "test_page.py"
    file.write_text(code, encoding="utf-8")

    def run(*options: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "constructs")}
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, file.name]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)

    written = run("--snapshot-update")
    assert written.returncode == 1
    assert "Created snapshots:\n    Abalone.Pipeline/definition.json" in written.stdout.replace(os.sep, "/")
    assert run().returncode == 0
    file.write_text(code.replace("50", "80"), encoding="utf-8")
    failed = run()
    assert failed.returncode == 1
    told = re.search(r"^_+ test_the_pipeline _+\n(.*?)^=+ short test", failed.stdout, re.M | re.S)
    assert told, failed.stdout
    assert told[1] == message


PROCESS = """
import os, sys
from pathlib import Path
from pytest_snapshot.plugin import Snapshot
import aws_cdk as cdk
from cdk_sagemaker_pipelines.testing import assert_pipeline
from stacks.diabetes import DiabetesStack
account, region, *noise = sys.argv[2:]
for number in range(len(noise) * 11):
    cdk.Token.as_string({"Ref": f"X{number}"})
app = cdk.App(analytics_reporting=False)
env = cdk.Environment(account=account, region=region) if account else None
assert_pipeline(Snapshot(True, True, Path(sys.argv[1])), DiabetesStack(app, "Diabetes", env=env))
"""


def test_other_processes_accounts_and_regions_give_the_same_bytes(tmp_path: Path) -> None:
    found = []
    for seed, (account, region) in enumerate([("111122223333", "eu-west-1"), ("444455556666", "us-east-1")]):
        folder = tmp_path / str(seed)
        paths = os.pathsep.join([str(ROOT / "constructs"), str(ROOT)])
        machine = {"CDK_DEFAULT_ACCOUNT": account, "CDK_DEFAULT_REGION": region, "PYTHONHASHSEED": str(seed)}
        command = [sys.executable, "-c", PROCESS, str(folder), account, region, *["x"] * seed]
        subprocess.run(command, cwd=tmp_path, env={**os.environ, **machine, "PYTHONPATH": paths}, check=True)
        found.append({path.name: path.read_bytes() for path in folder.rglob("*.*") if path.is_file()})
    assert len(found[0]) == 4
    assert found[0] == found[1]


def test_definitions_for_the_assertions_of_cdk() -> None:
    stack = cdk.Stack()
    training(stack, hyperparameters={"depth": 5})
    template = Template.from_json(with_definitions(Template.from_stack(stack).to_json()))
    train = {"Name": "Train", "Arguments": {"HyperParameters": {"depth": "5"}}}
    body = {"Steps": Match.array_with([Match.object_like(train)])}
    template.has_resource_properties(
        "AWS::SageMaker::Pipeline", {"PipelineDefinition": {"PipelineDefinitionBody": Match.object_like(body)}}
    )
    role = Match.string_like_regexp(r"^\$\{Token\[PipelineTrainJobRole\.Arn\]\}$")
    wrong = {"Steps": [Match.object_like({"Arguments": {"RoleArn": role, "HyperParameters": {"depth": "6"}}})]}
    with pytest.raises(RuntimeError, match="Expected 6 but received 5"):
        template.has_resource_properties(
            "AWS::SageMaker::Pipeline", {"PipelineDefinition": {"PipelineDefinitionBody": Match.object_like(wrong)}}
        )


def test_a_definition_that_is_uploaded_is_not_in_the_template(tmp_path: Path) -> None:
    stack = cdk.Stack()
    pipeline = Pipeline(stack, "Pipeline")
    for number in range(INLINE_LIMIT // 2000):
        FailStep(pipeline, f"Stop{number}", message="x" * 2000)
    with pytest.raises(DefinitionError, match="is not in the template but uploaded; assert_pipeline"):
        with_definitions(Template.from_stack(stack).to_json())
    assert_pipeline(taken(tmp_path), stack, folder="p")
    assert len(json.loads((tmp_path / "p" / "definition.json").read_text("utf-8"))["Steps"]) == INLINE_LIMIT // 2000
