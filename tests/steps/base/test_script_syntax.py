"""A syntax error in a script is a warning of the synth, at the step that runs it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Annotations, Match

from cdk_sagemaker_pipelines import (
    CallbackStep,
    DataQualityCheck,
    DatasetFormat,
    EMRStep,
    Image,
    LambdaHandler,
    LambdaStep,
    ModelStep,
    Pipeline,
    ProcessingStep,
    QualityCheckStep,
    RepackModelStep,
    Script,
    SourceDir,
    TrainingStep,
)
from tests.steps.support import IMAGE, JOB

WRONG = "def handler(event:\n"


@pytest.fixture
def code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("jobs", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.py").write_text(WRONG if name == "jobs" else "x = 1\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)


def declare(pipeline: Pipeline) -> None:
    script, source = Script("jobs/run.py"), SourceDir("jobs", entry_point="run.py")
    served: dict[str, Any] = {"image": Image.sklearn("1.2-1"), "model_data": "s3://b/m.tar.gz"}
    ProcessingStep(pipeline, "Script", **JOB, script=script)
    ProcessingStep(pipeline, "Folder", **JOB, script=source)
    TrainingStep(pipeline, "Train", **JOB, source=source)
    ModelStep(pipeline, "Model", **served, source=source)
    RepackModelStep(pipeline, "Repack", model_data="s3://b/m.tar.gz", source=source)
    EMRStep(pipeline, "Spark", cluster_id="j-1ABCDEFGHIJKL", args=["spark-submit", script])
    check = DataQualityCheck(record_preprocessor_script=script)
    QualityCheckStep(
        pipeline, "Check", check=check, dataset="s3://b/d", dataset_format=DatasetFormat.csv(),
        instance_type="ml.m5.large", model_package_group="g",
    )  # fmt: skip
    LambdaStep(pipeline, "Function", handler=LambdaHandler("jobs/run.py"))
    CallbackStep(pipeline, "Worker").add_worker(LambdaHandler("jobs/run.py"))
    fine = ProcessingStep(pipeline, "Fine", **JOB, script=Script("other/run.py"))
    quiet = ProcessingStep(pipeline, "Quiet", **JOB, script=script)
    ProcessingStep(pipeline, "Uri", image=Image.from_uri(IMAGE), instance_type="ml.m5.large", depends_on=[fine, quiet])
    if hasattr(cdk, "Validations"):
        reason = cdk.Acknowledgment(
            id="Annotation::cdk-sagemaker-pipelines:script-syntax", reason="its image has a newer Python"
        )
        cdk.Validations.of(quiet).acknowledge(reason)


def test_each_step_that_runs_it_warns(code: None, pipeline: Pipeline, stack: cdk.Stack) -> None:
    declare(pipeline)
    warned = Annotations.from_stack(stack).find_warning("*", Match.string_like_regexp(".*script-syntax.*"))
    named = ["Check", "Folder", "Function", "Model", "Repack", "Script", "Spark", "Train", "Worker"]
    assert sorted(warning.id for warning in warned) == [f"/Stack/P/{name}" for name in named]
    for warning in warned:
        name = warning.id.rpartition("/")[2]
        assert str(warning.entry.data).startswith(f"step '{name}': jobs/run.py, line 1: Python 3.")


@pytest.mark.parametrize(
    ("name", "judged"), [("query.sql", False), ("query.hql", False), ("run.sh", True), ("run.py", True)]
)
def test_what_python_would_run_is_judged(tmp_path: Path, name: str, judged: bool) -> None:
    (tmp_path / name).write_text("select a from b", "utf-8")
    assert bool(Script(tmp_path / name).faults()) is judged
