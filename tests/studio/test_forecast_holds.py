"""What the form says that a start would do is what the start does, for both examples, deployed to the local AWS.

Their jobs end at once as ``OUTCOMES`` says, but unlike those of scripted executions their results are reused.
"""

from __future__ import annotations

import html
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from cdk_sagemaker_pipelines.language import StepView
from cdk_sagemaker_pipelines.language.step_types import STEP_TYPES
from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from cdk_sagemaker_pipelines.local.endings import StepResult
from cdk_sagemaker_pipelines.local.engine.execution import PipelineExecution
from cdk_sagemaker_pipelines.local.engine.outcomes import Outcome
from cdk_sagemaker_pipelines.local.engine.runner import StepContext
from cdk_sagemaker_pipelines.local.engine.scripted import ScriptedRunner
from tests.examples import ROOT, assembly, synthesized
from tests.executions import Run
from tests.gallery.deployment import Gallery
from tests.studio.console import Console, of_embedded

REPORT = {
    "regression_metrics": {"mse": {"value": 3000.0}},
    "tuned": {"auc": {"value": 0.97}},
    "baseline": {"auc": {"value": 0.96}},
}
OUTCOMES = {
    "Evaluate": Outcome(files={"report/evaluation.json": REPORT}),
    "Review": Outcome(properties={"OutputParameters": {"approval": "Approved", "reviewer": "me"}}),
    "Announce": Outcome(properties={"OutputParameters": {"message": "done"}}),
}
ROW = re.compile(
    r'<tr><th scope="row">([^<]*)</th><td><span[^>]*><span[^>]*>[^<]*</span> ([^<]*)</span></td>\s*<td[^>]*>(.*?)</td>',
    re.S,
)
DECIDING = re.compile(r"(if|unless) (\w+): the results? of (\w+(?:, \w+)*) decides?\b")

pytestmark = pytest.mark.slow


class Quick:
    """Runs the steps of every type without their code."""

    def run(self, context: StepContext, step: StepView, arguments: dict[str, Any]) -> StepResult:
        """As ``StepRunner.run``."""
        outcome = Outcome(properties=_tuned(context)) if step.type == "Tuning" else OUTCOMES.get(step.name)
        return ScriptedRunner().run(replace(context, outcome=outcome), step, arguments)


def _tuned(context: StepContext) -> dict[str, Any]:
    """The results of a tuning with one job, which has another name each time."""
    name = f"trial-{context.execution_id}"
    metric = {"MetricName": "validation:auc", "Value": 0.97}
    best = {
        "TrainingJobName": name,
        "TrainingJobArn": f"arn:aws:sagemaker:eu-west-1:111122223333:training-job/{name}",
        "CreationTime": context.clock.now(),
        "TrainingJobStatus": "Completed",
        "TunedHyperParameters": {},
        "FinalHyperParameterTuningJobObjectiveMetric": metric,
    }
    return {"BestTrainingJob": best, "TrainingJobSummaries": [best]}


class Told(NamedTuple):
    """What the form says of a step."""

    outcome: str
    why: str
    source: str
    """The ID of the execution whose result it would take; empty for none."""


class Example:
    """A deployed example behind the console."""

    def __init__(self, gallery: Gallery, console: Console, stack: str) -> None:
        self.gallery, self.console = gallery, console
        (template,) = gallery.assembly.glob(f"Dev{stack}*.template.json")
        self.stack = template.name.partition(".")[0]
        self.name = gallery.pipeline(self.stack)

    def start(self, **parameters: str) -> tuple[dict[str, Told], Run]:
        """What the form says, and what then happens."""
        form = self.console.get(f"/p/{self.name}/start")
        hidden = dict(re.findall(r'<input type="hidden" name="(nonce|seen|show)" value="([^"]*)"', form))
        fields = hidden | {f"p.{name}": value for name, value in parameters.items()}
        shown = self.console.post(f"/p/{self.name}/start", **fields, do="show").text
        answer = self.console.post(f"/p/{self.name}/start", **fields, do="start")
        assert answer.status_code == 303, answer.text
        id = answer.headers["Location"].rpartition("/")[2]
        arn = f"{self.gallery.sagemaker.describe_pipeline(PipelineName=self.name)['PipelineArn']}/execution/{id}"
        return {name: Told(outcome, why, _source(why)) for name, outcome, why in ROW.findall(shown)}, self.gallery.end(
            arn
        )

    def deploy(self, assembly: Path) -> None:
        """Deploys the pipeline as it is in another assembly."""
        self.gallery.deploy(self.stack, assembly)


def _source(why: str) -> str:
    found = re.search(r'href="[^"]*/e/([^"]*)"', html.unescape(why))
    return found[1] if found else ""


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The app's assemblies after each edit of scripts, each with those before."""
    root, found = tmp_path_factory.mktemp("app"), list[Path]()
    for name in ("app.py", "cdk.json", "stacks"):
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, root / name)
    paths = {"PYTHONPATH": os.pathsep.join([str(ROOT / "constructs"), str(root)])}
    for number, edited in enumerate(zip_longest(*EDITS.values())):
        for edit in filter(None, edited):
            with (root / "stacks" / edit.script).open("a", encoding="utf-8") as script:
                script.write("# changed\n")
        synthesized(root, root / f"{number}.out", **paths)
        found.append(root / f"{number}.out" / "assembly-Dev")
    return found


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Gallery, Console]]:
    make = partial(PipelineExecution, runners={name: Quick() for name in STEP_TYPES})
    folder: Path = tmp_path_factory.mktemp("outcomes")
    with EmbeddedAws("eu-west-1", "111122223333", executions=make) as aws:
        yield Gallery(aws, assembly() / "assembly-Dev", folder / "outcomes.json"), Console(of_embedded(aws))


def holds(told: dict[str, Told], run: Run) -> dict[str, str]:
    """The outcome of each step, after all that was said of them is compared with what happened."""
    for name, each in told.items():
        ran = run.steps.get(name)
        reused = ((ran or {}).get("CacheHitResult") or {}).get("SourcePipelineExecutionArn", "").rpartition("/")[2]
        if each.outcome == "may run":
            assert (ran is not None) == decided(each.why, run), (name, each)
        else:
            assert (ran is None) == (each.outcome == "not run"), (name, each)
        if ran is not None:
            assert each.source == reused, (name, each, ran)
            assert bool(reused) == (each.outcome == "reused"), name
    assert set(run.steps) <= set(told)
    return {name: each.outcome for name, each in told.items()}


def decided(why: str, run: Run) -> bool:
    """Whether a step that may run had to, by what the form says that it depends on."""
    found = DECIDING.match(why)
    assert found, why
    word, condition, steps = found.groups()
    assert set(steps.split(", ")) <= set(run.steps)
    return bool(run.metadata(condition)["Outcome"] == ("True" if word == "if" else "False"))


class Change(NamedTuple):
    """A start, and what is known of it before."""

    parameters: dict[str, str]
    reused: str
    """The steps whose results it takes."""
    may_run: str = ""
    """The steps of which the form does not know whether they run, since what the condition reads is not there yet."""


class Edit(NamedTuple):
    """A script that changes, and what is still reused then."""

    script: str
    reused: str


AFTER_CHECK = {
    "Diabetes": "Register CreateModel Predict TooInaccurate",
    "BreastCancer": "CreateModel CheckReasons Review Register Predict Archive Announce TooInaccurate",
}
"""The steps in the branches of the condition on what was evaluated."""
ALL_OF_DIABETES, ALL_OF_CANCER = "Prepare Train Evaluate", "Prepare CheckData Baseline Tune Evaluate"
CHANGES = {
    "Diabetes": [
        Change({}, ALL_OF_DIABETES),
        Change({"InstanceType": "ml.m5.xlarge"}, ALL_OF_DIABETES),
        Change({"TestSize": "0.3"}, "", AFTER_CHECK["Diabetes"]),
        Change({"MaxMse": "10"}, ALL_OF_DIABETES),
        Change({"TestSize": "0.2", "MaxMse": "4000"}, ALL_OF_DIABETES),
    ],
    "BreastCancer": [
        Change({}, ALL_OF_CANCER),
        Change({"InstanceType": "ml.m5.xlarge"}, ALL_OF_CANCER),
        Change({"NewBaseline": "false"}, "Prepare Baseline Tune Evaluate"),
        Change({"MinAuc": "1"}, ALL_OF_CANCER),
    ],
}
EDITS = {
    "Diabetes": [
        Edit("diabetes/jobs/evaluate.py", "Prepare Train"),
        Edit("diabetes/jobs/train/train.py", "Prepare"),
        Edit("diabetes/jobs/prepare.py", ""),
    ],
    "BreastCancer": [
        Edit("breast_cancer/jobs/evaluate.py", "Prepare CheckData Baseline Tune"),
        Edit("breast_cancer/jobs/prepare.py", ""),
    ],
}
"""Scripts that change and are deployed, one after the other."""


@pytest.mark.parametrize("stack", CHANGES)
def test_the_forecast_holds(served: tuple[Gallery, Console], changed: list[Path], stack: str) -> None:
    example = Example(*served, stack)
    check(holds(*example.start()), Change({}, "", AFTER_CHECK[stack]))
    for change in CHANGES[stack]:
        check(holds(*example.start(**change.parameters)), change)
    for edit, after in zip(EDITS[stack], changed, strict=False):
        example.deploy(after)
        check(holds(*example.start()), Change({}, edit.reused, AFTER_CHECK[stack]))


def check(outcomes: dict[str, str], expected: Change) -> None:
    assert [name for name, outcome in outcomes.items() if outcome == "reused"] == expected.reused.split()
    assert [name for name, outcome in outcomes.items() if outcome == "may run"] == expected.may_run.split()
