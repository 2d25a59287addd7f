"""The policies in the guide to the console: for reading, and what changes need more; nothing is granted in vain."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines.executions.jobs import _OF_KIND
from cdk_sagemaker_pipelines.local.authorization import ApplicablePolicies, Policy, Principal, Request, decide
from tests.docs.abalone import ACCOUNT
from tests.docs.pages import blocks
from tests.studio.calls import Call, Recorded
from tests.studio.console import Console
from tests.studio.world import World, world

PERSON = Principal.user(f"arn:aws:iam::{ACCOUNT}:user/Ann")
OF_JOBS = {f"sagemaker:Describe{api}" for api in _OF_KIND.values()}
"""The page of a step describes what it created, of each kind."""
OF_LOGS = {"lambda:GetFunctionConfiguration"}
"""For the log of a function, which no step of the world calls."""
OF_TUNING = {"sagemaker:ListTrainingJobsForHyperParameterTuningJob", "sagemaker:ListCandidatesForAutoMLJob"}
"""For the log of a tuning, and for the hours of both, which need longer than a test."""
BOTH = {"sagemaker:SendPipelineExecutionStepFailure"}
"""The other button of a form."""


def documents(root: Path) -> Mapping[str, Any]:
    """The policies as the guide has them, of the bucket of the world."""
    (block,) = (each for each in blocks(root / "docs/guide/console.md") if each.language == "python")
    text = block.text.replace("amzn-s3-demo-bucket", "artifacts")
    assigned = (node for node in ast.parse(text).body if isinstance(node, ast.Assign))
    return {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in assigned
        if isinstance(node.targets[0], ast.Name) and isinstance(node.value, ast.Dict)
    }


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[set[Call], set[Call]]]:
    """What reading asks for, and what changes ask for besides."""
    with world(tmp_path_factory.mktemp("world")) as there:
        recorded = Recorded(there.aws)
        console = Console(recorded.account)
        read(console, there)
        asked = set(recorded.calls)
        change(console, there)
        yield asked, recorded.calls - asked


def read(console: Console, there: World) -> None:
    """Opens every page, and what their scripts ask for."""
    train = f"/p/Abalone/e/{there.runs['first']}/s/Train"
    more = [train.partition("/s/")[0] + "/state", f"{train}/log", f"{train}/log.txt", "/runs?p=Abalone"]
    forecast = "/p/Abalone/start/forecast?show=1&p.Depth=5&p.MaxMse=6.0"
    for address in [*there.addresses().values(), *more, forecast]:
        console.browser.get(address, base_url="http://localhost:5567")
    (place,) = re.findall(r'href="(/p/[^"]*/s/Train\?in=[^"]*model.tar.gz[^"]*)"', console.get(train))
    console.get(unescape(place))


def change(console: Console, there: World) -> None:
    """Presses every button but one."""
    start = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', console.get("/p/Abalone/start")))
    start.pop("token")
    asking, stopped = (f"/p/Line/e/{there.runs[name]}" for name in ("asking", "given-up"))
    told = [
        console.post("/p/Abalone/start", **start, **{"do": "start", "p.Depth": "5", "p.MaxMse": "6.0"}),
        console.post(f"{asking}/rename", name="renamed"),
        console.post(f"{asking}/answer", step="Ask", succeed="1", **{"output-verdict": "good"}),
        console.post(f"/p/Line/e/{there.runs['running']}/stop"),
        console.post(f"{stopped}/resume"),
        console.post(f"/p/Abalone/e/{there.runs['first']}/s/Register/approve", status="Approved"),
    ]
    assert [answer.status_code for answer in told] == [303] * len(told), [answer.text[-500:] for answer in told]


def refused(calls: set[Call], *policies: Mapping[str, Any]) -> set[str]:
    """The actions that the policies do not allow."""
    given = ApplicablePolicies(identity=[Policy.parse(document, "P") for document in policies])
    return {
        call.action
        for call in calls
        if not decide(
            Request(PERSON, call.action, call.resource, owner=ACCOUNT, complete=[call.action.partition(":")[0] + ":"]),
            given,
        ).allowed
    }


def test_reading_is_allowed_by_the_policy_for_reading(root: Path, calls: tuple[set[Call], set[Call]]) -> None:
    reading, _ = calls
    assert {call.action for call in reading} >= {"s3:GetObject", "logs:GetLogEvents", "scheduler:GetSchedule"}
    assert refused(reading, documents(root)["READ"]) == set()


def test_changes_need_the_other_policy(root: Path, calls: tuple[set[Call], set[Call]]) -> None:
    _, changes = calls
    read, changing = documents(root)["READ"], documents(root)["CHANGE"]
    assert refused(changes, read) == {call.action for call in changes}
    assert refused(changes, read, changing) == set()


def test_no_action_is_granted_for_nothing(root: Path, calls: tuple[set[Call], set[Call]]) -> None:
    reading, changes = ({call.action for call in each} for each in calls)
    actions = {
        name: {action for each in document["Statement"] for action in each["Action"]}
        for name, document in documents(root).items()
    }
    assert actions["READ"] == reading | OF_JOBS | OF_LOGS | OF_TUNING
    assert actions["CHANGE"] == changes | BOTH
