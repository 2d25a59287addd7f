"""Pipelines in files: what is read, and how a mistake is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml as pyyaml

from cdk_sagemaker_pipelines import FailStep, Pipeline, PipelineError
from cdk_sagemaker_pipelines.notation.declaring import step_classes
from tests.pipeline.support import Bench

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "files.md"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the files are; their scripts are below."""
    found = tmp_path_factory.mktemp("files")
    (found / "jobs").mkdir()
    for name in ("prepare", "evaluate"):
        (found / "jobs" / f"{name}.py").write_text("print('hello')\n", encoding="utf-8")
    return found


def declared(folder: Path, tmp_path: Path, text: str, name: str = "pipeline.yaml", **options: Any) -> Pipeline:
    (folder / name).write_text(text, encoding="utf-8")
    return Pipeline.from_file(Bench(tmp_path).stack, "P", folder / name, **options)


def refused(folder: Path, tmp_path: Path, text: str, name: str = "pipeline.yaml") -> str:
    with pytest.raises(PipelineError) as error:
        declared(folder, tmp_path, text, name)
    return str(error.value).replace(f"{folder}/", "")


def test_the_page_shows_a_file_that_is_read(folder: Path, tmp_path: Path) -> None:
    found = re.search(r"```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.S)
    assert found
    pipeline = declared(folder, tmp_path, found[1])
    document = pipeline.host.current
    assert [step.name for step in document.steps] == ["Prepare", "Train", "Evaluate", "CheckMse", "Register"]
    assert document.step("Register").json["DependsOn"] == ["CheckMse"]
    (condition,) = document.step("CheckMse").arguments["Conditions"]
    file = {"Get": "Steps.Evaluate.PropertyFiles.report"}
    assert condition == {
        "Type": "GreaterThan",
        "LeftValue": {"Std:JsonGet": {"PropertyFile": file, "Path": "regression_metrics.mse.value"}},
        "RightValue": {"Get": "Parameters.MaxMse"},
    }
    assert document.step("TooInaccurate").arguments == {
        "ErrorMessage": {
            "Std:Join": {"On": "", "Values": ["the mean squared error is above ", {"Get": "Parameters.MaxMse"}]}
        }
    }
    assert document.step("Train").json["CacheConfig"] == {"Enabled": True, "ExpireAfter": "P30D"}
    assert document.parameters["MaxMse"].type == "Float"


def test_a_file_in_toml_means_the_same(folder: Path, tmp_path: Path) -> None:
    text = '[parameters]\nN = 3\n[steps.Stop]\ntype = "Fail"\nmessage = "after ${N}"\n'
    if find_spec("tomllib") is None:
        assert "needs Python 3.11" in refused(folder, tmp_path, text, "pipeline.toml")
        return
    same = "parameters: {N: 3}\nsteps:\n  Stop: {type: Fail, message: 'after ${N}'}\n"
    first = declared(folder, tmp_path / "a", text, "pipeline.toml").host.current.json
    assert first == declared(folder, tmp_path / "b", same).host.current.json


def test_options_in_code_come_first_and_steps_can_be_added(folder: Path, tmp_path: Path) -> None:
    text = "name: Nightly\nparallelism: 3\nsteps: {Stop: {type: Fail}}\n"
    pipeline = declared(folder, tmp_path, text, parallelism=5)
    FailStep(pipeline, "Too")
    assert (pipeline.parallelism, [step.name for step in pipeline.host.current.steps]) == (5, ["Stop", "Too"])


def test_loops_ends_and_selections(folder: Path, tmp_path: Path) -> None:
    text = """
    steps:
      After: {type: Callback, inputs: {best: "${Fan.Selected.OutputParameters['score']}"}}
      Fan:
        type: ForEach
        items: [{depth: 3}, {depth: 6}]
        max_concurrency: 2
        select_max_by: ${Ask.score}
        on_failure: [Tell]
        body:
          Ask: {type: Callback, inputs: {depth: "${item.depth}"}, outputs: {score: Float}}
      Tell: {type: Callback}
    """
    document = declared(folder, tmp_path, text).host.current
    fan = document.step("Fan").arguments
    assert fan["Selector"] == {"Pick": "MaxBy", "Field": {"Get": "IterationOutput.Ask.OutputParameters['score']"}}
    assert document.step("Ask").arguments == {"depth": {"Get": "ForEach.CurrentItem.depth"}}
    assert document.step("Tell").json["DependsOn"] == [{"Step": "Fan", "Trigger": "Failed"}]


CONDITIONS = {
    "${N} > 3": [{"Type": "GreaterThan", "LeftValue": {"Get": "Parameters.N"}, "RightValue": 3}],
    '${S} == "a \\"b"': [{"Type": "Equals", "LeftValue": {"Get": "Parameters.S"}, "RightValue": 'a "b'}],
    "1 <= ${N} and ${S} in ['x', -1.5]": [
        {"Type": "LessThanOrEqualTo", "LeftValue": 1, "RightValue": {"Get": "Parameters.N"}},
        {"Type": "In", "QueryValue": {"Get": "Parameters.S"}, "Values": ["x", -1.5]},
    ],
    "not (${N} < 1 or ${S} == true)": [
        {
            "Type": "Not",
            "Condition": {
                "Type": "Or",
                "Conditions": [
                    {"Type": "LessThan", "LeftValue": {"Get": "Parameters.N"}, "RightValue": 1},
                    {"Type": "Equals", "LeftValue": {"Get": "Parameters.S"}, "RightValue": True},
                ],
            },
        }
    ],
}


@pytest.mark.parametrize(("text", "json"), CONDITIONS.items(), ids=map(str, range(len(CONDITIONS))))
def test_conditions(text: str, json: Any, folder: Path, tmp_path: Path) -> None:
    file = f"parameters: {{N: 1, S: x}}\nsteps:\n  C:\n    type: Condition\n    condition: >-\n      {text}\n"
    assert declared(folder, tmp_path, file).host.current.step("C").arguments["Conditions"] == json


def test_every_class_of_steps_has_a_word() -> None:
    assert {"Training", "EMR", "Raw", "NotebookJob", "RepackModel", "ClarifyCheck"} <= step_classes().keys()


JOB = "type: Training, image: {xgboost: '1.7-1'}, instance_type: ml.m5.large"
SCRIPT = "type: Processing, image: {sklearn: '1.2-1'}, instance_type: ml.m5.large, script: nope.py"
BAD: dict[str, tuple[str, str]] = {
    "no-steps": ("a: 1", "pipeline.yaml:1: there is no key 'a'; did you mean 'artifacts'?"),
    "no-such-key": ("pipeline: 1", "there is no key 'pipeline'; there are 'artifacts', 'cache',"),
    "not-a-mapping": ("- a", "pipeline.yaml: it must be a mapping with 'steps'"),
    "yaml": ("steps:\n  A: [", "not YAML: "),
    "twice": ("steps: {}\nsteps: {}", "the key 'steps' occurs twice at line 2"),
    "no-type": ("steps:\n  A: {}", "pipeline.yaml:2: step 'A': no class has the type None; it is one of 'AutoML'"),
    "type": (
        "steps:\n  A:\n    type: Trainig",
        "pipeline.yaml:3: step 'A': no class has the type 'Trainig'; did you mean 'Training'?",
    ),
    "field": (
        f"steps:\n  A: {{{JOB},\n    inptus: {{}}}}",
        "pipeline.yaml:3: TrainingStep has no field 'inptus'; did you mean 'inputs'?",
    ),
    "missing": (
        "steps:\n  A: {type: Processing}",
        "pipeline.yaml:2: ProcessingStep 'Stack/P/A' needs 'image', 'instance_type'",
    ),
    "parameter": ("steps:\n  A:\n    type: Fail\n    message: ${X}", "pipeline.yaml:4: ${X} is not a parameter"),
    "step": ("steps:\n  A:\n    type: Fail\n    message: ${Train.x}", "pipeline.yaml:4: there is no step 'Train'"),
    "property": (
        f"steps:\n  A: {{{JOB}}}\n  B:\n    type: Fail\n    message: ${{A.model_artifact}}",
        "pipeline.yaml:5: TrainingStep 'Stack/P/A': ",
    ),
    "condition": ("steps:\n  A:\n    type: Condition\n    condition: 1 +", "pipeline.yaml:4: '1 +' is not a condition"),
    "call": (
        "steps:\n  A:\n    type: Condition\n    condition: f(1) > 2",
        "pipeline.yaml:4: 'f(1) > 2' is not a condition",
    ),
    "circle": (
        "steps:\n  A: {type: Callback, depends_on: [B]}\n  B: {type: Callback, depends_on: [A]}",
        "pipeline.yaml:2: the steps 'A', 'B' wait for one another",
    ),
    "script": (f"steps:\n  A: {{{SCRIPT}}}", "pipeline.yaml:2: ProcessingStep 'Stack/P/A': Script: there is no file"),
    "class": (
        f"steps:\n  A: {{{JOB},\n    inputs: {{train: {{sorce: s3://b/x}}}}}}",
        "pipeline.yaml:3: ",
    ),
    "network": (
        f"steps:\n  A: {{{JOB},\n    vpc: vpc-1}}",
        "pipeline.yaml:3: 'vpc-1' is not what is taken here: IVpc, which no file can say",
    ),
    "role": (f"steps:\n  A: {{{JOB},\n    role: jobs}}", "pipeline.yaml:3: role 'jobs': "),
    "version": ("parameters:\n  A: {tpye: Float}\nsteps: {}", "pipeline.yaml:2: a parameter has no 'tpye'"),
    "default": (
        "parameters:\n  A: {type: Float, default: x}\nsteps: {}",
        "pipeline.yaml:2: parameter 'A': the default 'x'",
    ),
    "option": (
        "parallelism: x\nsteps: {}",
        "pipeline.yaml:1: 'x' is not what is taken here: a number or ParallelismConfig",
    ),
    "end": ("steps:\n  A:\n    type: Callback\n    on_failure: [B]", "pipeline.yaml:4: there is no step 'B'"),
}


@pytest.mark.parametrize(("text", "told"), BAD.values(), ids=BAD)
def test_a_mistake_is_told_with_its_line(text: str, told: str, folder: Path, tmp_path: Path) -> None:
    assert told in refused(folder, tmp_path, text)


def test_files_that_are_none(folder: Path, tmp_path: Path) -> None:
    assert "must be a YAML or TOML file" in refused(folder, tmp_path, "", "pipeline.json")
    with pytest.raises(PipelineError, match="cannot be read: No such file"):
        Pipeline.from_file(Bench(tmp_path).stack, "P", folder / "nope.yaml")


def test_nothing_remains_of_a_pipeline_that_is_refused(folder: Path, tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    (folder / "bad.yaml").write_text("steps: {A: {type: Fail}, B: {type: Fail, message: '${X}'}}", encoding="utf-8")
    with pytest.raises(PipelineError):
        Pipeline.from_file(bench.stack, "P", folder / "bad.yaml")
    assert bench.stack.node.try_find_child("P") is None


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(item, (*path, key))


def test_a_damaged_file_is_read_or_refused_in_words(folder: Path, tmp_path: Path) -> None:
    """Each value of the page's file in turn is another."""
    found = re.search(r"```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.S)
    assert found
    others: list[Any] = [
        None,
        True,
        -1,
        1.5,
        "",
        "${",
        "${x}",
        "P1Y",
        [],
        {},
        ["a"],
        {"a": 1},
        {"Get": 3},
        {"Std:Join": {}},
        [[1]],
    ]
    bench, refusals = Bench(tmp_path), list[str]()
    for number, path in enumerate(places(pyyaml.safe_load(found[1]))):
        document = pyyaml.safe_load(found[1])
        holder = document
        for key in path[:-1]:
            holder = holder[key]
        holder[path[-1]] = others[number % len(others)]
        (folder / "damaged.yaml").write_text(pyyaml.safe_dump(document), encoding="utf-8")
        try:
            Pipeline.from_file(bench.stack, f"P{number}", folder / "damaged.yaml")
        except PipelineError as error:
            refusals.append(str(error))
    assert len(refusals) > 20
    assert [told for told in refusals if "damaged.yaml" not in told] == []
