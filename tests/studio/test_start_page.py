"""The form that starts a pipeline."""

from __future__ import annotations

import copy
import html
import json
import re
from typing import Any

import pytest

from tests.cli.abalone import DEFINITION, DESCRIBED, FIRST, SECOND, answers
from tests.cli.service import PIPELINE, Answer, Refusal, values
from tests.studio.console import Console, Scripted, words

START = "/p/Abalone/start"
HOSTILE = "<script>window.pwned=1</script>\"'>\u202e\x07"
DECLARED: list[dict[str, Any]] = [
    {"Name": "Depth", "Type": "Integer", "DefaultValue": 5},
    {"Name": "Owner", "Type": "String"},
    {"Name": "Mode", "Type": "String", "DefaultValue": "fast", "EnumValues": ["fast", "slow"]},
    {"Name": "Deep", "Type": "Boolean", "DefaultValue": True},
    {"Name": "Note", "Type": "String", "DefaultValue": "one\ntwo"},
    {"Name": "Evil", "Type": "String", "DefaultValue": HOSTILE},
]


def account(parameters: list[dict[str, Any]] | None = None, *, real: bool = False, **other: Answer) -> Scripted:
    document = copy.deepcopy(DEFINITION)
    for each in parameters or ():
        document["Parameters"] = [one for one in document["Parameters"] if one["Name"] != each["Name"]] + [each]
    described = {**DESCRIBED, "PipelineDefinition": json.dumps(document)}
    names = ("Abalone", PIPELINE)
    known = answers(
        DescribePipeline=lambda asked: described if asked["PipelineName"] in names else Refusal("ResourceNotFound")
    )
    return Scripted(real=real, **{**known, "StartPipelineExecution": {"PipelineExecutionArn": SECOND}, **other})


def hidden(text: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(nonce|seen|show|version)" value="([^"]*)"', text))


def started(here: Scripted) -> list[dict[str, Any]]:
    return here.services["sagemaker"].asked.get("StartPipelineExecution", [])


def errors(text: str) -> dict[str, str]:
    """What is wrong by the name of the field, as the summary above the form lists it."""
    return {name: html.unescape(told) for name, told in re.findall(r'<li><a href="#f-([^"]*)">(.*?)</a>', text)}


def test_a_field_for_each_parameter_by_its_type() -> None:
    text = Console(account(DECLARED).account).get(START)
    assert re.search(r'<input id="f-p.Depth" name="p.Depth" value="5" inputmode="numeric"', text)
    assert re.search(r'<input id="f-p.Owner" name="p.Owner" value="" [^>]*required>', text)
    assert re.search(
        r'<select id="f-p.Mode"[^>]*><option value="fast" selected>fast</option><option value="slow">', text
    )
    assert re.search(
        r'<select id="f-p.Deep"[^>]*><option value="true" selected>true</option><option value="false">', text
    )
    assert re.search(r'<textarea id="f-p.Note"[^>]*>\none\ntwo</textarea>', text)
    assert "Read by Train." in text
    assert "String (required)" in text


def test_what_is_not_changed_is_not_given() -> None:
    """Not even a text that a form cannot give back: it sends line ends of its own, and shows no control characters."""
    here = account(DECLARED)
    console = Console(here.account)
    text = console.get(START)
    assert "\u202e" not in text
    fields = {"p.Depth": "5", "p.Owner": "me", "p.Mode": "fast", "p.Deep": "true", "p.Note": "one\r\ntwo", "p.Evil": ""}
    answer = console.post(START, **hidden(text), **fields, do="start")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/p/Abalone/e/secondexec02")
    assert started(here) == [{"PipelineName": "Abalone", "PipelineParameters": values(Owner="me")}]


def test_everything_that_a_start_can_have() -> None:
    here = account()
    console = Console(here.account)
    fields = {
        "p.Depth": "9", "name": "try-9", "description": "a\r\nb", "parallel": "2", "only": "Train",
        "from": "firstexec001",
    }  # fmt: skip
    answer = console.post(START, **hidden(console.get(START)), **fields, do="start")
    assert answer.status_code == 303
    assert started(here) == [
        {
            "PipelineName": "Abalone",
            "PipelineParameters": values(Depth="9"),
            "PipelineExecutionDisplayName": "try-9",
            "PipelineExecutionDescription": "a\nb",
            "ParallelismConfiguration": {"MaxParallelExecutionSteps": 2},
            "SelectiveExecutionConfig": {"SourcePipelineExecutionArn": FIRST, "SelectedSteps": [{"StepName": "Train"}]},
        }
    ]


def test_from_an_execution_its_values_are_in_the_form() -> None:
    here = account()
    console = Console(here.account)
    text = console.get(f"{START}?from=firstexec001")
    assert 'name="p.Depth" value="7"' in text
    assert "With the values of the execution firstexec001" in text
    assert (
        console.post(START, **hidden(text), **{"p.Depth": "7", "from": "firstexec001"}, do="start").status_code == 303
    )
    assert started(here)[0]["PipelineParameters"] == values(Depth="7")
    assert "has no execution" in html.unescape(errors(console.get(f"{START}?from=zzz"))["from"])
    other = FIRST.replace("abalone", "other")
    assert "is an execution of another pipeline" in errors(console.get(f"{START}?from={other}"))["from"]


def test_the_same_form_starts_once_a_changed_one_again() -> None:
    tokens: list[str] = []
    here = account()

    def keep(params: dict[str, Any], **_: Any) -> None:
        tokens.append(params["ClientRequestToken"])

    events = here.services["sagemaker"].client.meta.events
    events.register_first("before-parameter-build.sagemaker.StartPipelineExecution", keep)
    console = Console(here.account)
    first, second = (hidden(console.get(START)) for _ in range(2))
    for fields in ({"p.Depth": "9"}, {"p.Depth": "9"}, {"p.Depth": "8"}):
        assert console.post(START, **first, **fields, do="start").status_code == 303
    assert console.post(START, **second, **{"p.Depth": "9"}, do="start").status_code == 303
    assert tokens[0] == tokens[1]
    assert len(set(tokens)) == 3
    assert all(re.fullmatch("[A-Za-z0-9-]{32,128}", token) for token in tokens)


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("p.Depth", "deep", "parameter 'Depth' is of type Integer, but its value is 'deep'"),
        ("p.Owner", "", "no value is given for 'Owner'"),
        ("p.Mode", "other", "allowed are 'fast', 'slow'"),
        ("name", "bad name", "'bad name' is not a display name"),
        ("description", "x" * 3073, "it has 3073 characters"),
        ("parallel", "0", "'0' is not a number of steps"),
        ("parallel", "٣", "is not a number of steps"),
        ("only", ["Prepare", "Check"], "have 'Train' between them"),
    ],
    ids=["type", "missing", "not-allowed", "name", "long", "zero", "other-digits", "gap"],
)
def test_an_error_is_at_its_field_and_the_rest_is_kept(field: str, value: Any, told: str) -> None:
    here = account(DECLARED)
    console = Console(here.account)
    fields = {"p.Owner": "me", "p.Note": "kept\n<b>", "name": "kept", **hidden(console.get(START)), field: value}
    answer = console.post(START, **fields, do="start")
    assert answer.status_code == 422
    assert not started(here)
    assert "<title>Error: Start Abalone · smpipe studio</title>" in answer.text
    assert told in errors(answer.text)[field]
    assert re.search(rf'<[^>]*aria-describedby="[^"]*(f-{field}-error|h-{field})', answer.text)
    assert '<div id="errors" class="trouble" role="alert" tabindex="-1" autofocus>' in answer.text
    assert "kept\n&lt;b&gt;</textarea>" in answer.text
    assert hidden(answer.text)["nonce"] == fields["nonce"]
    assert isinstance(value, list) or html.escape(value, quote=False) in answer.text
    assert words(answer.text).count(told) == 2  # in the summary and at the field


def test_no_option_of_the_command_line_is_in_the_form() -> None:
    assert not re.search(r"--[a-z]", words(Console(account(DECLARED).account).get(START)))


def test_what_would_run_is_next_to_the_form_and_nothing_is_started() -> None:
    here = account()
    console = Console(here.account)
    answer = console.post(START, **hidden(console.get(START)), **{"p.Depth": "9"}, do="show")
    assert answer.status_code == 200
    assert not started(here)
    text = html.unescape(answer.text)
    assert '<a href="/p/Abalone/e/firstexec001">look at it</a>' in text
    assert 'HyperParameters.depth: "7" before, now "9"' in text
    assert "without a limit: 'Train'" in text
    assert re.search(
        "<h3>Depth = 9</h3>.*Comes before Check, Register, Inaccurate.*Train: <code>HyperParameters.depth", text, re.S
    )
    assert 'name="p.Depth" value="9"' in text


def test_the_forecast_alone_for_the_script() -> None:
    console = Console(account(DECLARED).account)
    told = console.post(f"{START}/forecast", **{"p.Owner": "me", "p.Depth": "9"}).text
    assert "will run" in told
    assert "<html" not in told
    assert "no value is given for" in console.post(f"{START}/forecast", show="1").text
    assert console.browser.post(f"{START}/forecast", base_url="http://localhost:5567").status_code == 403


def test_succeeded_executions_are_read_once() -> None:
    here = account()
    console = Console(here.account)
    for depth in range(3):
        console.post(f"{START}/forecast", **{"p.Depth": str(depth)})
    assert here.asked["DescribePipelineExecution"] == 1
    assert here.asked["ListPipelineExecutions"] == 3


def test_a_refused_start_keeps_the_form() -> None:
    told = (
        "User: arn:aws:iam::1:user/me is not authorized to perform: sagemaker:StartPipelineExecution on resource: arn:x"
    )
    console = Console(account(StartPipelineExecution=Refusal("AccessDeniedException", told)).account)
    answer = console.post(START, **hidden(console.get(START)), **{"p.Depth": "9"}, do="start")
    assert answer.status_code == 403
    assert "It was not started." in answer.text
    assert "<code>sagemaker:StartPipelineExecution</code> on <code>arn:x</code>" in answer.text
    assert 'name="p.Depth" value="9"' in answer.text


def test_a_pipeline_that_changed_meanwhile_is_not_started() -> None:
    here = account()
    console = Console(here.account)
    answer = console.post(START, **{**hidden(console.get(START)), "seen": "0" * 16}, do="start")
    assert (answer.status_code, started(here)) == (409, [])
    assert "has changed since this form was loaded" in answer.text
    assert console.post(START, **hidden(answer.text), do="start").status_code == 303


def test_a_parameter_that_is_gone_is_not_ignored() -> None:
    here = account()
    console = Console(here.account)
    answer = console.post(START, **hidden(console.get(START)), **{"p.Old": "1"}, do="start")
    assert (answer.status_code, started(here)) == (422, [])
    assert "has no parameter &#39;Old&#39;" in answer.text


def test_a_console_for_reading_only_shows_and_never_starts() -> None:
    here = account()
    console = Console(here.account, read_only=True)
    text = console.get(f"{START}?show=1&p.Depth=9")
    assert "will run" in text
    assert '<form method="get"' in text
    assert 'value="start"' not in text
    assert 'name="token"' not in text
    before = dict(here.asked)
    assert console.post(START, do="start").status_code == 403
    assert here.asked == before


def test_the_button_names_a_real_account() -> None:
    assert "Start in the AWS account 111122223333</button>" in Console(account(real=True).account).get(START)
    assert "in the AWS account" not in Console(account().account).get(START)
