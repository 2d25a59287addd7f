"""Commands run against services that answer as told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cdk_sagemaker_pipelines import cli
from cdk_sagemaker_pipelines.cli import aws

from .service import Answer, Service


class Command:
    """``smpipe`` where the service answers as told, at 80 columns."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys = capsys
        self.services: dict[str, Service] = {}
        self.errors = ""
        monkeypatch.setattr(aws, "client", self._client)
        monkeypatch.setenv("COLUMNS", "80")
        monkeypatch.setenv("TZ", "UTC")

    def _client(self, service: str, **_: Any) -> Any:
        return self.services.setdefault(service, Service({}, service)).client

    def answers(self, service: str = "sagemaker", **answers: Answer) -> Service:
        """What a service answers, by operation, beside what it answered before."""
        known = self.services.get(service)
        self.services[service] = Service({**(known.answers if known else {}), **answers}, service)
        return self.services[service]

    def __call__(self, *arguments: str, code: int = 0) -> str:
        """What a command prints; its errors, if it could not be done."""
        assert cli.main(arguments) == code
        captured = self._capsys.readouterr()
        self.errors = captured.err
        if code == 2:
            assert "this is a bug" not in captured.err
            return captured.err
        if not captured.out.startswith(("{", "digraph", "flowchart", "<svg", "<!doctype")):
            assert all(len(line) <= 80 for line in captured.out.splitlines() if "arn:" not in line)
        return captured.out

    def json(self, *arguments: str, code: int = 0) -> Any:
        """The document that a command prints."""
        assert cli.main([*arguments, "--json"]) == code
        return json.loads(self._capsys.readouterr().out)


@pytest.fixture
def smpipe(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command line."""
    return Command(capsys, monkeypatch)
