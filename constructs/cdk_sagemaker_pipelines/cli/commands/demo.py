"""``smpipe demo``: from nothing to a finished execution, with the real CDK CLI and a local AWS."""

from __future__ import annotations

import argparse
import logging
import os
import shlex
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.text import Text

from ... import review
from ...executions import rows
from ...executions.report import as_json, report
from ...language import Definition
from ...local.aws.server import EmbeddedAws
from ...local.enforcement import Mode, in_words
from .. import app, aws, processes, watching
from ..errors import CommandError
from ..output import write_json
from ..terminal import Terminal, terminal
from .start import start

LOGS = Path(".smpipe")

OWN = """\
Change the training script and run it again:

  [cyan]$EDITOR stacks/diabetes/jobs/train/train.py[/]
  [cyan]make demo[/]

Run the other example, which has steps of all classic types:

  [cyan].venv/bin/smpipe demo --stack BreastCancer[/]

"""
"""What to type next in the repository of the examples."""
NEXT = """\
[bold]What to type next[/]

{own}Keep a local AWS running and look around in it from a second terminal:

{tools}  [cyan]smpipe local[/]                  in the first terminal
  [cyan]eval "$(smpipe local --env)"[/]  in the second
  [cyan]cdk bootstrap {place}[/]
  [cyan]cdk deploy {stacks}[/]
  [cyan]cdk diff {stacks}[/]        after a change: the lines that changed
  [cyan]smpipe start {pipeline} --watch[/]
  [cyan]smpipe draw {pipeline} --format mermaid[/]

For a real account: write its number and region into cdk.json, log in, and

  [cyan]cdk bootstrap aws://ACCOUNT/REGION[/]
  [cyan]cdk deploy {stacks}[/]
"""
TOOLS = "  [cyan]source .venv/bin/activate[/]     smpipe, cdk and python of this repository\n"


def run(options: argparse.Namespace) -> int:
    """Runs the demo; 0 when the execution succeeded, else 1."""
    console = Terminal(stderr=True) if options.json else terminal()
    place = app.environment(Path.cwd(), options.environment)
    stacks = f"{place.name}/{options.stack or app.demo_stack(Path.cwd())}"
    cdk = _cdk()
    # what has no effect here stands in the events of its stack
    logging.getLogger("cdk_sagemaker_pipelines.local.aws.cloudformation").setLevel(logging.ERROR)
    mode = Mode(options.iam) if options.iam else None
    with processes.until_terminated(), EmbeddedAws(place.region, place.account, iam=mode) as served:
        variables = {**_surroundings(), **served.environment()}
        _heading(console, "A local AWS", f"account {place.account}, region {place.region}, at {served.url}")
        console.print(f"IAM: {in_words(served.iam)}", soft_wrap=True)
        for command in (
            ["bootstrap", f"aws://{place.account}/{place.region}"],
            ["deploy", stacks, "--require-approval", "never"],
        ):
            with _step(console, f"cdk {command[0]} {command[1]}"):
                log = LOGS / f"{command[0]}.log"
                processes.run([cdk, *command], environment=variables, log=log)
        client = served.services(place.region).client("sagemaker")
        pipeline, arn = _started(client)
        if options.json:
            return _tell_in_json(client, arn)
        return _show(client, console, stacks, f"aws://{place.account}/{place.region}", pipeline, arn)


def _started(client: Any) -> tuple[str, str]:
    """The pipeline that was deployed, and the execution of it that was started."""
    with aws.errors():
        pipelines = client.list_pipelines(SortBy="CreationTime")["PipelineSummaries"]
    if not pipelines:
        raise CommandError("the stacks are deployed, but contain no pipeline")
    name = str(pipelines[0]["PipelineName"])
    return name, start(client, {"PipelineName": name})


def _tell_in_json(client: Any, arn: str) -> int:
    found = watching.wait(client, arn, interval=0.5)
    with aws.errors():
        told = as_json(report(client, arn, datetime.now(timezone.utc)))
        write_json({**told, "modelPackages": [str(package["ModelPackageArn"]) for package in _registered(client)]})
    return 0 if found.status == "Succeeded" else 1


def _show(client: Any, console: Terminal, stacks: str, place: str, name: str, arn: str) -> int:
    _heading(console, f"smpipe start {name} --watch", "")
    exit_code = watching.watch(client, arn, interval=0.5, console=console)
    with aws.errors():
        _packages(client, console)
        description = client.describe_pipeline(PipelineName=name)
    _heading(console, f"smpipe draw {name}", "")
    picture = review.text(
        review.folded(review.graph(Definition.parse(description["PipelineDefinition"]))),
        width=min(console.width, 100),
        unicode=console.encoding.lower().startswith("utf"),
    )
    console.print(Text(picture))
    console.print(Text.from_markup(_next(Path.cwd(), name, stacks, place)))
    return exit_code


def _next(directory: Path, pipeline: str, stacks: str, place: str) -> str:
    """What to type next; for other apps than the examples, only what exists there."""
    own = OWN if (directory / "stacks" / "diabetes").is_dir() else ""
    tools = TOOLS if (directory / ".venv" / "bin" / "activate").is_file() else ""
    return NEXT.format(own=own, tools=tools, pipeline=escape(pipeline), stacks=escape(shlex.quote(stacks)), place=place)


def _registered(client: Any) -> list[dict[str, Any]]:
    """The model packages of all groups, as the service describes them."""
    groups = client.list_model_package_groups()["ModelPackageGroupSummaryList"]
    names = [group["ModelPackageGroupName"] for group in groups]
    return [
        client.describe_model_package(ModelPackageName=package["ModelPackageArn"])
        for name in names
        for package in client.list_model_packages(ModelPackageGroupName=name)["ModelPackageSummaryList"]
    ]


def _packages(client: Any, console: Terminal) -> None:
    found = _registered(client)
    if not found:
        return
    _heading(console, "The model package it registered", "")
    for package in found:
        version = f"{package['ModelPackageGroupName']} version {package['ModelPackageVersion']}"
        console.print(f"{version}, {package.get('ModelApprovalStatus', 'without an approval status')}")
        for container in package.get("InferenceSpecification", {}).get("Containers", []):
            console.print(Text(container.get("ModelDataUrl", ""), style="dim"), soft_wrap=True)


@contextmanager
def _step(console: Terminal, title: str) -> Iterator[None]:
    """Shows that something is running, and how long it took."""
    begin = time.monotonic()
    if console.is_terminal:
        with console.status(Text(title)):
            yield
    else:
        console.print(f"{title} ...")
        yield
    _heading(console, title, rows.duration(time.monotonic() - begin), mark="✓ ")


def _heading(console: Terminal, title: str, detail: str, mark: str = "") -> None:
    space = "  " if detail else ""
    console.print(Text.assemble("" if mark else "\n", (mark, "green"), (title, "bold"), space, (detail, "dim")))


def _cdk() -> str:
    places = [Path("node_modules/.bin").absolute(), Path(sys.executable).parent, *os.get_exec_path()]
    found = shutil.which("cdk", path=os.pathsep.join(map(str, places)))
    if found is None:
        raise CommandError("the CDK CLI is not installed; 'make demo' installs it and runs the demo")
    return found


def _surroundings() -> Mapping[str, str]:
    """The user's environment without its AWS settings, and with the tools of this Python first."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    path = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", os.defpath)])
    return {**kept, "PATH": path, "CDK_DISABLE_CLI_TELEMETRY": "true", "NO_COLOR": "1"}
