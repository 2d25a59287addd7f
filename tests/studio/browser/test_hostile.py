"""Texts that others write, in every field that takes them: nothing of them runs, and no page is wider than a phone."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from cdk_sagemaker_pipelines.executions.logs import LogClients
from cdk_sagemaker_pipelines.executions.lookup import find_execution
from cdk_sagemaker_pipelines.executions.report import report
from cdk_sagemaker_pipelines.executions.why import why_of
from cdk_sagemaker_pipelines.studio.document import document

from .conftest import PHONE, Browsing, Served

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TEXT = (
    "\"'><script>window.pwned = 1; alert(1)</script><img src=x onerror='window.pwned = 2'></td></pre>\u202eevil\x1b[31m"
)
LONG = (TEXT + "W" * 3072)[:3000]


def hostile() -> dict[str, Any]:
    """A definition of such texts."""
    check = {"Type": "Equals", "LeftValue": {"Get": "Parameters.Text"}, "RightValue": "x" + TEXT}
    message = {"ErrorMessage": {"Get": "Parameters.Text"}}
    fail = {"Name": "Fail", "Type": "Fail", "DisplayName": TEXT, "Arguments": message}
    choices = [TEXT, "other"]
    return {
        "Version": "2020-12-01",
        "Metadata": {"note": LONG},
        "Parameters": [
            {"Name": "Text", "Type": "String", "DefaultValue": LONG},
            {"Name": "Choice", "Type": "String", "DefaultValue": TEXT, "EnumValues": choices},
        ],
        "Steps": [
            {
                "Name": "Check", "Type": "Condition", "Description": LONG,
                "Arguments": {"Conditions": [check], "IfSteps": [], "ElseSteps": [fail]},
            },
        ],
    }  # fmt: skip


def test_nothing_of_what_others_wrote_runs(browsing: Browsing, served: Served) -> None:
    world = served.world
    tags = [{"Key": "t" * 128, "Value": "v" * 256}]
    world.pipeline("Hostile", hostile(), PipelineDescription=LONG, Tags=tags)
    world.run("Hostile", "hostile", {})
    world.run("Hostile", "other", {}, Text=LONG[:1000])
    arn = world.sagemaker.list_pipeline_executions(PipelineName="Hostile")["PipelineExecutionSummaries"][0]
    world.sagemaker.update_pipeline_execution(
        PipelineExecutionArn=arn["PipelineExecutionArn"], PipelineExecutionDescription=LONG
    )
    first, second = (f"/p/Hostile/e/{world.runs[name]}" for name in ("hostile", "other"))
    tabs = ("executions", "graph", "parameters", "definition", "versions", "roles", "about")
    compared = f"/p/Hostile/compare?e={world.runs['hostile']}&e={world.runs['other']}"
    page = browsing.context(size=PHONE).new_page()
    page.goto(served.options.link)
    for address in [
        *("/", "/?q=%3Cscript%3Ewindow.pwned%3D3%3C/script%3E", "/p/%3Cscript%3E", compared, f"{compared}&all=1"),
        *(f"/p/Hostile?tab={tab}" for tab in tabs),
        *("/p/Hostile/start", f"/p/Hostile/start?from={world.runs['other']}"),
        *(first, second, f"{first}/s/Check", f"{second}/s/Fail"),
    ]:
        page.goto(served.at(address))
        page.wait_for_load_state("networkidle") if "/start" in address else None
        assert page.evaluate("window.pwned") is None, address
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], address
        assert page.evaluate("document.querySelectorAll('main script, main [onerror]').length") == 0, address
        assert "\u202e" not in page.locator("body").inner_text(), address
    browsing.problems = [each for each in browsing.problems if "%3Cscript%3E" not in each]


def test_a_page_for_an_artifact_asks_for_nothing(browsing: Browsing, served: Served, tmp_path: Any) -> None:
    world = served.world
    world.pipeline("Hostile", hostile())
    world.run("Hostile", "kept", {})
    file = tmp_path / "run.html"
    file.write_text(written(world.sagemaker, world, "kept"), encoding="utf-8")
    page = browsing.context(size=PHONE).new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    assert asked == [file.as_uri()]
    assert page.evaluate("window.pwned") is None
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.evaluate("document.scripts.length") == 0


def written(client: Any, world: Any, name: str) -> str:
    """The page as ``smpipe show --format html`` writes it."""
    now = datetime.now(timezone.utc)
    found = report(client, find_execution(client, f"Hostile/{world.runs[name]}"), now)
    clients = LogClients(world.account.client("logs"), world.account.client("lambda"))
    return document(found, why_of(client, clients, world.account.client("s3"), found.execution, 10), now)
