"""``smpipe local --state`` in a process of its own, which a test can kill."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

import boto3
from botocore.config import Config

from cdk_sagemaker_pipelines.local.aws.server import environment

from .conftest import ACCOUNT, REGION

_ROOT = Path(__file__).resolve().parents[3]
_PROGRAM = "import sys; from cdk_sagemaker_pipelines.cli import main; sys.exit(main(sys.argv[1:]))"
_SECRET = "a secret that only this test knows"


class Server:
    """A server with a state below a folder, on a port that it keeps."""

    def __init__(self, folder: Path, outcomes: Path | None = None, region: str = REGION) -> None:
        self._folder, self._port, self._region = folder, 0, region
        self._secret = folder / "secret"
        self._secret.touch(0o600)
        self._secret.write_text(_SECRET)
        self._more = [] if outcomes is None else ["--outcomes", str(outcomes)]
        self.said = ""
        """What it printed before it could be asked."""
        self._process: subprocess.Popen[str] | None = None
        self._clients: dict[str, Any] = {}

    def start(self) -> None:
        told = [
            "--account", ACCOUNT, "--region", self._region, "--state", str(self._folder / "state"),
            "--secret", str(self._secret), "--port", str(self._port), *self._more,
        ]  # fmt: skip
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, "local", *told],
            cwd=self._folder,
            env={
                **os.environ, "PYTHONPATH": str(_ROOT / "constructs"), "PYTHONUNBUFFERED": "1",
                "XDG_RUNTIME_DIR": str(self._folder), "TMPDIR": str(self._folder),
            },
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        self.said = ""
        for line in self._process.stdout:
            self.said += line
            if line.startswith("http://localhost:"):
                self._port = int(line.rpartition(":")[2])
            if "smpipe start" in line:
                return
        raise AssertionError(self.said)

    def client(self, service: str) -> Any:
        """The client of a service, which outlives a restart: port and secret stay."""
        if service not in self._clients:
            self._clients[service] = self._new_client(service)
        return self._clients[service]

    def _new_client(self, service: str) -> Any:
        told = self.environment()
        key = told["AWS_ACCESS_KEY_ID"], told["AWS_SECRET_ACCESS_KEY"]
        session: Any = boto3.Session(*key, region_name=self._region)
        return session.client(
            service, endpoint_url=told["AWS_ENDPOINT_URL"], config=Config(retries={"max_attempts": 0}, proxies={})
        )

    def environment(self) -> dict[str, str]:
        """The variables with which another process uses it."""
        return environment(f"http://localhost:{self._port}", _SECRET, self._region, ACCOUNT, {})

    def services(self) -> Server:
        """Itself, which has the clients."""
        return self

    def kill(self) -> None:
        """Ends it at once, whatever it does."""
        assert self._process is not None
        self._process.kill()
        self._process.communicate()

    def stop(self) -> None:
        """Ends it as Ctrl-C does."""
        assert self._process is not None
        self._process.terminate()
        self._process.communicate(timeout=60)

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.kill()
