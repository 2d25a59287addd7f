"""Each part that is left out of a derived policy makes an execution fail that names the action, or is listed below.

Steps are scripted, so that all of an execution's questions are asked and nothing takes its time. The questions of one
execution are put again to policies that lack one part; those that are then refused are what a run would fail of, and
some of these runs are made.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import aws_cdk as cdk
import pytest
from moto.iam.models import iam_backends

from cdk_sagemaker_pipelines.language.step_types import row_of
from cdk_sagemaker_pipelines.local.aws.judge.judge import Judge
from cdk_sagemaker_pipelines.local.aws.judge.question import Question
from cdk_sagemaker_pipelines.local.aws.principals import Asking
from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from tests.executions import Run
from tests.gallery.catalog import EXHIBITS, Exhibit
from tests.gallery.deployment import ROOT, Gallery, flags
from tests.gallery.place import ACCOUNT, REGION

SHORT = ("Models",)
"""The stacks that are tried with every run of the tests, and of them this many runs."""
RUNS = 10

UNSCRIPTED = ("Condition",)
"""The stacks whose steps run, as their conditions read what they write."""

NOTICED_BY_NOTHING: tuple[tuple[str, str], ...] = (
    (".*: s3:AbortMultipartUpload .*", "it is only called when an upload has failed half-way"),
    (".*: [a-z-]+:(Stop|Cancel)[A-Z].*", "it is only called when a step is stopped"),
    (
        ".*: (logs:[A-Za-z]+|cloudwatch:PutMetricData) on .*",
        "a job and a function run on without their log and metrics, and the step only notes it",
    ),
    (
        "(Condition|DataSources|Distributed|Triggers): (iam:PassRole|lambda:InvokeFunction|sagemaker:[A-Za-z]+) .*",
        "the step is in a branch that the execution does not take",
    ),
    (".*: kms:DescribeKey .*", "no page says that it is called, so a refusal is only noted"),
    (
        ".*: sagemaker:(AccessModelPackage|CreateModel|(Describe|List)ModelPackages?) on [^ ]+:model-package.*",
        "no page says that it is asked for there, so a refusal is only noted",
    ),
    (
        "AutoML: sagemaker:[A-Za-z]+ on [^ ]+:(endpoint|endpoint-config|model)/[*]",
        "one statement has all kinds of things that a search makes, and no action is about each of them",
    ),
    (
        "(Endpoint|InferenceComponent|Served): sagemaker:[A-Za-z]+ on [^ ]+/[a-z-]+[*]",
        "no page says whether the service asks for the name as it is written or in lower case",
    ),
    ("InferenceComponent: s3:GetObject on .*", "no page says that it is asked for, so a refusal is only noted"),
    ("ClarifyCheck: s3:(GetObject|ListBucket) .*baseline.*", "only the configuration of Clarify, a file, names it"),
    ("EMR: elasticmapreduce:[A-Za-z]+ on [^ ]+:cluster/j-.*", "what is granted for a step's own cluster covers it"),
    (
        "EMRServerless: emr-serverless:[A-Za-z]+ on [^ ]+:/applications/.*",
        "what is granted for a step's own application covers it; that it is deleted, no page says",
    ),
    ("EMRServerless: events:[A-Za-z]+ on .*", "no page names the rule, so a refusal is only noted"),
    ("EMR(Serverless)?: s3:[A-Za-z]+ on .*", "the code, which reads and writes it, does not run here"),
    ("BatchInference: s3:(GetObject|ListBucket) .*", "what `reads=` says of the bucket as a whole covers it"),
)
"""The parts that a run here cannot notice, each with the reason; they begin with the stack."""


class Part(NamedTuple):
    """One action on one resource, in a statement of a policy of a role."""

    role: str
    policy: str
    statement: int
    action: str
    resource: str
    condition: str

    def __str__(self) -> str:
        return f"{self.action} on {self.resource} {self.condition}".strip()


@dataclass(frozen=True)
class Asked:
    """A question as the judge got it."""

    who: Asking
    question: Question
    policy: str | None


class Trial:
    """A stack of the gallery, deployed, with the questions of an execution in which every step is scripted."""

    def __init__(self, gallery: Gallery, name: str) -> None:
        self._gallery, self.name = gallery, name
        gallery.pipeline(name)
        self._outcomes: dict[str, Any] = {
            step["Name"]: {"properties": {"OutputParameters": {one["OutputName"]: "1" for one in given}}}
            if given
            else {}
            for step in _steps(gallery.definition(name)["Steps"])
            for given in [step.get("OutputParameters")]
            if row_of(step["Type"]).family == "jobs" or step["Type"] == "Callback"
        }
        if name in UNSCRIPTED:
            self._outcomes = {}
        asked: list[Asked] = []
        with mock.patch.object(Judge, "refusal", _recording(asked, Judge.refusal)):
            self.whole = self.run()
        self.asked = asked
        self._judge = gallery.aws._world.judge

    def run(self) -> Run:
        return self._gallery.run(self.name, outcomes=self._outcomes)

    def roles(self) -> dict[str, Any]:
        """moto's roles that were asked, by their ARNs."""
        arns = {one.who.principal.entity for one in self.asked}
        return {role.arn: role for role in iam_backends[ACCOUNT]["aws"].get_roles() if role.arn in arns}

    def parts(self) -> Iterator[Part]:
        for arn, role in self.roles().items():
            for policy, document in role.policies.items():
                for number, statement in enumerate(json.loads(document)["Statement"]):
                    condition = json.dumps(statement["Condition"]) if "Condition" in statement else ""
                    for action in _list(statement["Action"]):
                        for resource in _list(statement["Resource"]):
                            yield Part(arn, policy, number, action, resource, condition)

    @contextmanager
    def without(self, part: Part) -> Iterator[None]:
        """The policy without one part."""
        role = self.roles()[part.role]
        before = role.policies[part.policy]
        document = json.loads(before)
        statement = document["Statement"].pop(part.statement)
        actions, resources = _list(statement["Action"]), _list(statement["Resource"])
        for left, on in (
            ([one for one in actions if one != part.action], resources),
            ([part.action], [one for one in resources if one != part.resource]),
        ):
            if left and on:
                document["Statement"].append({**statement, "Action": left, "Resource": on})
        role.policies[part.policy] = json.dumps(document)
        try:
            yield
        finally:
            role.policies[part.policy] = before

    def refused(self, part: Part) -> list[str]:
        """The actions that are refused without a part."""
        with self.without(part):
            mine = [one for one in self.asked if one.who.principal.entity == part.role]
            return [
                one.question.action
                for one in mine
                if one.question.action == part.action
                and self._judge.refusal(one.who, one.question, None, one.policy) is not None
            ]


def _recording(asked: list[Asked], judged: Any) -> Any:
    def refusal(
        self: Judge, who: Asking, question: Question, origin: Any = None, policy: str | None = None
    ) -> str | None:
        asked.append(Asked(who._replace(settled=None), question, policy))
        found: str | None = judged(self, who, question, origin, policy)
        return found

    return refusal


def _list(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def _steps(steps: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for step in steps:
        inner = step.get("Arguments") or {}
        for branch in ("IfSteps", "ElseSteps", "Steps"):
            yield from _steps(inner.get(branch, []))
        yield step


def _trial(exhibit: Exhibit, folder: Path) -> Iterator[Trial]:
    before = Path.cwd()
    os.chdir(ROOT / "tests" / "gallery")  # where its code is
    try:
        app = cdk.App(outdir=str(folder / "cdk.out"), analytics_reporting=False, context=flags())
        exhibit.stack(app, exhibit.name, env=cdk.Environment(account=ACCOUNT, region=REGION))
        app.synth()
    finally:
        os.chdir(before)
    outcomes = folder / "outcomes.json"
    outcomes.write_text("{}", encoding="utf-8")
    with EmbeddedAws(REGION, ACCOUNT, outcomes=outcomes) as aws:
        yield Trial(Gallery(aws, folder / "cdk.out", outcomes), exhibit.name)


def _explained(trial: Trial, part: Part) -> bool:
    return any(re.fullmatch(pattern, f"{trial.name}: {part}") for pattern, _ in NOTICED_BY_NOTHING)


STACKS = [pytest.param(one.name, marks=[] if one.name in SHORT else [pytest.mark.long]) for one in EXHIBITS]


@pytest.fixture(scope="module", params=STACKS)
def trial(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    exhibit = next(one for one in EXHIBITS if one.name == request.param)
    yield from _trial(exhibit, tmp_path_factory.mktemp("left-out"))


def test_with_all_parts_it_succeeds(trial: Trial) -> None:
    failed = {name: step["FailureReason"] for name, step in trial.whole.steps.items() if "FailureReason" in step}
    assert (trial.whole.status, failed) == ("Succeeded", {})
    assert trial.asked


def test_each_part_is_noticed_or_listed(trial: Trial) -> None:
    silent = [part for part in trial.parts() if not trial.refused(part)]
    unexplained = [str(part) for part in silent if not _explained(trial, part)]
    assert not unexplained, "\n".join(unexplained)


def test_a_run_fails_and_names_the_action(trial: Trial) -> None:
    noticed = [part for part in trial.parts() if trial.refused(part) and not _explained(trial, part)]
    for part in noticed[:: max(1, len(noticed) // RUNS)][:RUNS]:
        with trial.without(part):
            run = trial.run()
        assert run.status in ("Failed", "CompletedWithFailures"), part
        reasons = [step.get("FailureReason", "") for step in run.steps.values()]
        assert any(part.action in reason for reason in reasons), (part, reasons)
