"""The page of an execution, and what it changes, on a local AWS."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.studio.console import Console, of_embedded, words
from tests.studio.runs import DENIED, Runs, line, runs, until

QUICK: dict[str, Any] = {name: {} for name in ("Prepare", "Clean", "Train", "Tune")}
WAITS = {**QUICK, "Train": {"seconds": 60}}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    with runs(tmp_path_factory.mktemp("runs")) as found:
        found.pipeline("Line", line())
        found.pipeline("Broken", line(("2", "0", DENIED)))
        url = found.account.client("sqs").create_queue(QueueName="questions")["QueueUrl"]
        outputs = [{"OutputName": "verdict", "OutputType": "String"}]
        ask = {"Name": "Ask", "Type": "Callback", "SqsQueueUrl": url, "Arguments": {}, "OutputParameters": outputs}
        found.pipeline("Asking", {"Version": "2020-12-01", "Steps": [ask]})
        yield found


@pytest.fixture(scope="module")
def succeeded(served: Runs) -> str:
    """The ID of an execution that nothing changes but its name."""
    return served.run("Line", QUICK)


@pytest.fixture
def console(served: Runs) -> Console:
    return Console(of_embedded(served.aws))


def section(page: str, id: str) -> str:
    found = re.search(rf'<section id="{id}".*?</section>', page, re.DOTALL)
    assert found, id
    return words(found[0])


def test_what_an_execution_came_to(succeeded: str, console: Console) -> None:
    page = console.get(f"/p/Line/e/{succeeded}?hours=1")
    assert re.search(r"✓ Succeeded in [\d.]+ s Started \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", section(page, "head"))
    assert section(page, "parameters") == "Parameters Parameters Parameter Value From Default MaxMse 2.0 default"
    assert "instance-hours so far" in section(page, "hours")
    steps = section(page, "steps")
    for name in ("Prepare", "Clean", "Train", "Tune", "Evaluate"):
        assert f"{name} ✓ Succeeded (scripted)" in steps
    assert "CheckMse ✓ Succeeded (true)" in steps
    assert "TooInaccurate - not run" in steps
    assert page.count(f'<a href="/p/Line/e/{succeeded}/s/Train">') == 2  # in the table and in the graph
    assert 'action="/p/Line/e/' + succeeded + '/stop"' not in page
    assert "No resume: the execution has succeeded" in section(page, "do")
    assert f'href="/p/Line/start?from={succeeded}"' in page
    assert " style=" not in page


def test_the_step_the_reason_and_the_last_line_come_first(served: Runs, console: Console) -> None:
    id = served.run("Broken", {"Prepare": {}, "Clean": {}, "Tune": {}})
    page = console.get(f"/p/Broken/e/{id}")
    why = section(page, "why")
    assert why.startswith("Why it failed Train (Processing) failed AlgorithmError: See job logs")
    assert r"line 1 <b>of</b> \u202e" in why
    assert "the role pipeline may not s3:GetObject on arn:aws:s3:::raw-data/code/run.py" in why
    assert "The definition needs this grant" in why
    assert "s3:GetObject arn:aws:s3:::raw-data/code/* Train: ProcessingInputs[0]" in why
    assert page.index('id="why"') < page.index('id="graph"')


def test_a_fail_step_says_why_it_ran_and_is_not_resumed(served: Runs, console: Console) -> None:
    id = served.run("Line", QUICK, MaxMse="1")
    page = console.get(f"/p/Line/e/{id}")
    assert "the error 1.5 is above 1.0" in section(page, "why")
    assert "It ran because CheckMse was false: Evaluate.report:mse <= MaxMse" in section(page, "why")
    assert "MaxMse 1.0 given 2.0" in section(page, "parameters").replace("MaxMse 1 ", "MaxMse 1.0 ")
    assert "No resume: the execution was ended by its Fail step 'TooInaccurate'" in section(page, "do")
    assert f"/p/Line/e/{id}/resume" not in page
    answer = console.post(f"/p/Line/e/{id}/resume")
    assert answer.status_code == 409
    assert "ended by its Fail step" in words(answer.text)


def test_stop_and_resume(served: Runs, console: Console) -> None:
    id = served.start("Line", WAITS)
    address, arn = f"/p/Line/e/{id}", served.arn("Line", id)
    until(lambda: served.account.steps(arn).get("Train", {}).get("StepStatus") == "Executing")
    page = console.get(address)
    assert "Train ● Executing" in section(page, "steps")
    assert f'action="{address}/stop"' in page
    stopped = console.post(f"{address}/stop")
    assert (stopped.status_code, stopped.location) == (303, f"{address}?done=stopped")
    assert served.account.end(arn).status == "Stopped"
    console.account.forget()
    assert "The execution is being stopped." not in (page := console.get(stopped.location))
    assert f'action="{address}/resume"' in page
    served.start("Line", QUICK)  # the outcomes are read again at a start
    assert console.post(f"{address}/resume", parallel="two").status_code == 409
    resumed = console.post(f"{address}/resume", parallel="2")
    assert resumed.location == f"{address}?done=resumed"


def test_stopping_what_has_just_ended_is_reported(succeeded: str, console: Console) -> None:
    answer = console.post(f"/p/Line/e/{succeeded}/stop")
    assert answer.status_code == 409
    told = words(answer.text)
    assert "the execution is Succeeded; only one that is Executing can be stopped" in told
    assert "✓ Succeeded in" in told  # the whole page is there


def test_rename_keeps_what_was_written(succeeded: str, console: Console) -> None:
    address = f"/p/Line/e/{succeeded}"
    refused = console.post(f"{address}/rename", name="not <b> valid", description="kept")
    assert refused.status_code == 409
    assert "such as 'not-b-valid'" in words(refused.text)
    assert 'value="not &lt;b&gt; valid"' in refused.text
    assert 'value="kept"' in refused.text
    assert console.post(f"{address}/rename", name="nightly", description="a & b").status_code == 303
    page = console.get(address)
    assert "<h1>nightly</h1>" in page
    assert "Description a & b" in section(page, "head")


def test_a_callback_is_answered(served: Runs, console: Console) -> None:
    def asks() -> tuple[str, str]:
        id = served.start("Asking")
        arn = served.arn("Asking", id)
        until(lambda: (served.account.steps(arn).get("Ask", {}).get("Metadata") or {}).get("Callback", {}))
        return f"/p/Asking/e/{id}", arn

    address, arn = asks()
    page = console.get(address)
    assert "Waiting for an answer Ask verdict" in section(page, "do")
    assert 'name="output-verdict"' in console.get(f"{address}/s/Ask")
    assert console.post(f"{address}/answer", step="Ask", fail="1", reason=" ").status_code == 409
    answered = console.post(f"{address}/answer", step="Ask", succeed="1", **{"output-verdict": "yes"})
    assert answered.location == f"{address}?done=answered"
    assert served.account.end(arn).outputs("Ask") == {"verdict": "yes"}
    again = console.post(f"{address}/answer", step="Ask", succeed="1", **{"output-verdict": "no"})
    assert again.status_code == 409
    assert "no callback step 'Ask' of this execution waits for an answer: it is Succeeded" in words(again.text)
    address, arn = asks()
    assert console.post(f"{address}/answer", step="Ask", fail="1", reason="too late").status_code == 303
    assert "too late" in served.account.end(arn).steps["Ask"]["FailureReason"]


def test_who_may_only_read_is_shown_no_forms(served: Runs, succeeded: str) -> None:
    console = Console(of_embedded(served.aws), read_only=True)
    assert 'method="post"' not in console.get(f"/p/Line/e/{succeeded}")
    assert console.post(f"/p/Line/e/{succeeded}/stop").status_code == 403


def test_what_is_not_there(served: Runs, console: Console) -> None:
    assert "pipeline &#39;Line&#39; has no execution &#39;abcdefghijkl&#39;" in console.get(
        "/p/Line/e/abcdefghijkl", 404
    )
    assert "did you mean &#39;Line&#39;?" in console.get("/p/Lime/e/abcdefghijkl", 404)


def test_the_picture_shows_the_chosen_step_and_pictures_have_a_style(succeeded: str, console: Console) -> None:
    alone = console.get(f"/p/Line/e/{succeeded}/graph?step=Train")
    assert alone.startswith('<div id="graph"')
    assert "<style" not in alone
    assert ".smpipe .name{font-size:13px" in console.get("/graph.css")
