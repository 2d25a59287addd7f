"""The page of a step, on a local AWS and against services that answer by script."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.cli.abalone import DESCRIBED, PREPARED, REGISTERED, answers, job, step
from tests.cli.service import Refusal, Service, execution_arn
from tests.cli.test_why import events
from tests.studio.console import OWN, Console, Scripted, of_embedded, words
from tests.studio.runs import Runs, line, runs
from tests.studio.test_execution_page import section
from tests.studio.test_state import moment

ADDRESS = "/p/Abalone/e/firstexec001/s"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    with runs(tmp_path_factory.mktemp("runs")) as found:
        found.pipeline("Line", line())
        yield found


@pytest.fixture(scope="module")
def id(served: Runs) -> str:
    """An execution in which only Train ran."""
    return served.run("Line", {name: {} for name in ("Prepare", "Clean", "Tune")})


@pytest.fixture
def console(served: Runs) -> Console:
    return Console(of_embedded(served.aws))


def test_the_log_is_shown_found_in_and_followed(served: Runs, id: str, console: Console) -> None:
    page = console.get(f"/p/Line/e/{id}/s/Train")
    lines = re.search(r'<pre id="lines".*?</pre>', page, re.DOTALL)
    assert lines
    assert "  line 0 &lt;b&gt;of&lt;/b&gt; \\u202e\n" in lines[0]
    assert " data-running" not in lines[0]
    found = section(console.get(f"/p/Line/e/{id}/s/Train?find=LINE+1"), "log")
    assert "1 of 3 lines have LINE 1" in found
    assert "line 0" not in found.partition("lines have")[2]
    whole = console.browser.get(f"/p/Line/e/{id}/s/Train/log.txt", base_url=OWN)
    assert whole.headers["Content-Disposition"] == f"attachment; filename={id}-Train.log"
    assert whole.mimetype == "text/plain"
    assert whole.text.splitlines()[1:] == ["line 0 <b>of</b> \\u202e", "line 1 <b>of</b> \\u202e"]
    first = json.loads(console.get(f"/p/Line/e/{id}/s/Train/log"))
    assert [each[10:] for each in first["lines"]][1:] == ["line 0 <b>of</b> \\u202e", "line 1 <b>of</b> \\u202e"]
    after = json.loads(console.get(f"/p/Line/e/{id}/s/Train/log?after={first['next']}"))
    assert after == {"lines": [], "next": first["next"], "missed": 0, "running": False}


def test_what_it_wrote_is_looked_into_as_text(id: str, console: Console) -> None:
    address = f"/p/Line/e/{id}/s/Evaluate"
    place = "s3://raw-data/report"
    assert f'href="{address}?in={quote(place, safe="")}#look"' in console.get(address)
    listed = section(console.get(f"{address}?in={place}"), "look")
    assert "/evaluation.json" in listed
    assert "/rows.csv" in listed
    assert '{ "mse": 1.5 }' in section(console.get(f"{address}?in={place}&object=/evaluation.json"), "look")
    table = console.get(f"{address}?in={place}&object=/rows.csv")
    assert "<td>&lt;b&gt;a&lt;/b&gt;</td><td>3</td>" in table
    assert "is not below s3://raw-data/report" in words(console.get(f"{address}?in={place}&object=er/x"))


def test_no_other_place_is_looked_into(served: Runs, id: str, console: Console) -> None:
    served.account.put("s3://raw-data/secret.txt", b"secret")
    page = console.get(f"/p/Line/e/{id}/s/Evaluate?in=s3://raw-data/secret.txt&object=")
    assert 'id="look"' not in page
    assert "secret" not in page


def test_a_condition_says_what_it_compared(id: str, console: Console) -> None:
    page = console.get(f"/p/Line/e/{id}/s/CheckMse")
    assert section(page, "decision").endswith(
        "Evaluate.report:mse <= MaxMse was true What it compared Expression Value Evaluate.report:mse 1.5 MaxMse 2.0"
    )
    assert "Conditions[0].LeftValue Evaluate.report:mse 1.5 step Evaluate" in section(page, "arguments")
    assert "Conditions[0].RightValue MaxMse 2.0 parameter MaxMse" in section(page, "arguments")


def test_a_job_has_a_role_with_what_the_definition_leads_to(id: str, console: Console) -> None:
    role = section(console.get(f"/p/Line/e/{id}/s/Train"), "role")
    assert role.startswith("Role arn:aws:iam::111122223333:role/pipeline")
    assert "s3:GetObject arn:aws:s3:::raw-data/code/* Train: ProcessingInputs[0]" in role


def test_a_model_package_is_approved_and_rejected(served: Runs, id: str, console: Console) -> None:
    address = f"/p/Line/e/{id}/s/Register"
    assert "Approval PendingManualApproval" in section(console.get(address), "package")
    assert console.post(f"{address}/approve", status="Approved", because="good & new").location == f"{address}#package"
    assert "Approval Approved: good & new" in section(console.get(address), "package")
    assert console.post(f"{address}/approve", status="Rejected", because="").status_code == 303
    arn = served.account.steps(served.arn("Line", id))["Register"]["Metadata"]["RegisterModel"]["Arn"]
    told = served.sagemaker.describe_model_package(ModelPackageName=arn)
    assert told["ModelApprovalStatus"] == "Rejected"
    refused = console.post(f"{address}/approve", status="Maybe")
    assert refused.status_code == 409
    assert "a model package can be 'Approved', 'Rejected', not 'Maybe'" in words(refused.text)
    other = console.post(f"/p/Line/e/{id}/s/Train/approve", status="Approved")
    assert "step 'Train' has made no model package" in words(other.text)


def test_who_may_only_read_approves_nothing(served: Runs, id: str) -> None:
    console = Console(of_embedded(served.aws), read_only=True)
    assert '<form method="post"' not in console.get(f"/p/Line/e/{id}/s/Register")


def test_an_unknown_step_is_compared_with_those_there_are(id: str, console: Console) -> None:
    assert "did you mean &#39;Train&#39;?" in console.get(f"/p/Line/e/{id}/s/Trian", 404)
    assert "the step is not run, so there is no log yet" in console.get(f"/p/Line/e/{id}/s/TooInaccurate/log", 409)


def scripted(*steps: dict[str, Any], real: bool = False, **more: Any) -> Scripted:
    """An account with an execution that has these steps."""
    given = answers(ListPipelineExecutionSteps={"PipelineExecutionSteps": list(steps)}, **more)
    return Scripted(real=real, **given)


TRAINED = step("Train", "Executing", Metadata={"TrainingJob": {"Arn": job("training-job", "train-1")}})


def test_metrics_attempts_and_links_to_the_console_of_a_real_account() -> None:
    account = scripted(PREPARED, {**TRAINED, "StepStatus": "Succeeded", "AttemptCount": 3}, real=True)
    account.services["logs"] = _log("hello")
    page = Console(account.account).get(f"{ADDRESS}/Train")
    assert "Metrics Metric Value mse 4.5" in words(page)
    assert "Attempts 3" in section(page, "head")
    assert 'href="https://eu-west-1.console.aws.amazon.com/sagemaker/home?region=eu-west-1#/jobs/train-1"' in page
    assert "#logsV2:log-groups/log-group/$252Faws$252Fsagemaker$252FTrainingJobs" in page
    local = scripted(PREPARED, TRAINED)
    local.services["logs"] = _log("hello")
    assert "console.aws" not in Console(local.account).get(f"{ADDRESS}/Train")


def _log(*messages: str) -> Service:
    told = {
        "DescribeLogStreams": {"logStreams": [{"logStreamName": "train-1/algo-1"}]},
        "GetLogEvents": events(*messages),
    }
    return Service(told, "logs")


def test_a_result_that_was_taken_over_leads_to_its_source() -> None:
    source = {"SourcePipelineExecutionArn": execution_arn("secondexec02")}
    page = Console(scripted({**PREPARED, "CacheHitResult": source}).account).get(f"{ADDRESS}/Prepare")
    assert 'href="/p/abalone/e/secondexec02/s/Prepare"' in page
    assert "(cached)" in section(page, "head")


def test_what_may_not_be_read_empties_one_part() -> None:
    known = [DESCRIBED, DESCRIBED, Refusal("AccessDeniedException", "no")]  # it is looked up at first
    page = Console(scripted(PREPARED, TRAINED, DescribePipeline=known).account).get(f"{ADDRESS}/Train")
    assert "Not allowed: logs:DescribeLogStreams" in section(page, "log")
    assert "Not allowed: sagemaker:DescribePipeline" in section(page, "role")
    assert "HyperParameters.depth" in section(page, "arguments")
    assert "● Executing" in section(page, "head")


def test_a_step_without_a_job_yet_is_asked_for_again_soon() -> None:
    running: dict[str, Any] = {"DescribePipelineExecution": moment("Executing")}
    page = Console(scripted(PREPARED, step("Train", "Executing"), **running).account).get(f"{ADDRESS}/Train")
    assert '<section id="log" data-live data-soon>' in page
    ended = Console(scripted(PREPARED, step("Train", "Failed"), **running).account).get(f"{ADDRESS}/Train")
    assert "data-soon" not in ended


def test_a_real_account_asks_before_it_stops() -> None:
    account = scripted(PREPARED, TRAINED, real=True, DescribePipelineExecution=moment("Executing"))
    page = Console(account.account).get("/p/Abalone/e/firstexec001")
    assert "Stop the execution firstexec001 in the AWS account 111122223333, eu-west-1?" in words(page)


def test_hostile_texts_of_a_step_are_text() -> None:
    hostile = "<img src=x onerror=alert(1)>\"'\u202e"
    failed = {**TRAINED, "StepStatus": "Failed", "FailureReason": hostile}
    account = scripted(PREPARED, failed, REGISTERED, DescribeTrainingJob=Refusal("ResourceNotFound", hostile))
    account.services["logs"] = _log(hostile)
    page = Console(account.account).get(f"{ADDRESS}/Train?find={quote('<img')}&in={quote(hostile)}")
    assert "<img" not in page
    assert "\u202e" not in page
