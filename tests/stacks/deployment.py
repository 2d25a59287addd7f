"""An example of the app, deployed by the real CDK CLI to a local AWS."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from tests.bootstrapping import bootstrap
from tests.executions import Account, Run, Served

ROOT = Path(__file__).resolve().parent.parent.parent
REGION, ACCOUNT = "eu-west-1", "111122223333"  # of Dev in cdk.json


class Deployment(Account):
    """A copy of the app, a local AWS, and the CDK CLI between them; and a pipeline of the app."""

    def __init__(self, app: Path, served: Served, pipeline: str) -> None:
        super().__init__(served)
        for name in ("app.py", "cdk.json"):
            shutil.copy(ROOT / name, app / name)
        shutil.copytree(ROOT / "stacks", app / "stacks", ignore=shutil.ignore_patterns("__pycache__"))
        self.app = app
        self.pipeline = pipeline
        cdk = shutil.which("cdk", path=os.pathsep.join([str(ROOT / "node_modules/.bin"), os.environ["PATH"]]))
        if cdk is None:
            pytest.fail("there is no CDK CLI; `make test` installs it")
        self._cdk = cdk
        self._environment = {
            **os.environ,
            **served.environment(),
            "PYTHONPATH": str(ROOT / "constructs"),
            "CDK_VALIDATION": "false",
            "CDK_DISABLE_CLI_TELEMETRY": "true",
            "NO_COLOR": "1",
        }

    def cdk(self, *arguments: str, exit_codes: tuple[int, ...] = (0,)) -> str:
        """What the CLI prints."""
        done = subprocess.run(
            [self._cdk, *arguments],
            cwd=self.app,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode in exit_codes, done.stdout + done.stderr
        return done.stdout + done.stderr

    def cdk_as_synthesized(self, *arguments: str) -> str:
        """What the CLI prints about the assembly that its last call made, without running the app again."""
        return self.cdk(*arguments, "--app", "cdk.out")

    def aws(self, *arguments: str) -> Any:
        """What the AWS CLI answers."""
        done = subprocess.run(
            [sys.executable, "-m", "awscli", *arguments, "--output", "json"],
            env=self._environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return json.loads(done.stdout)

    def run(self, **parameters: str) -> Run:
        """One execution, to its end."""
        return self.end(self.start(self.pipeline, parameters))


@contextmanager
def deployed(app: Path, stack: str, pipeline: str) -> Iterator[Deployment]:
    """A stack in a bootstrapped Dev environment; the copy of the app is made in the folder."""
    with EmbeddedAws(REGION, ACCOUNT) as served:
        made = Deployment(app, served, pipeline)
        bootstrap(made.client("cloudformation"))
        made.cdk("deploy", f"Dev/{stack}", "--require-approval", "never")
        yield made
