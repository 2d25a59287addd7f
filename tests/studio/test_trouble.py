"""What is in the way of an answer: pages say it within seconds, and recover."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError, NoCredentialsError, SSOTokenLoadError
from flask import render_template

from cdk_sagemaker_pipelines.executions.lookup import NotFound
from cdk_sagemaker_pipelines.language import PipelineError
from cdk_sagemaker_pipelines.studio.account import PAUSE, Account
from cdk_sagemaker_pipelines.studio.trouble import Trouble, Troubled
from tests.cli.service import Refusal, Service
from tests.studio.console import RENEW, Console, Scripted

NONE: dict[str, Any] = {"Results": []}
NOT_ALLOWED = (
    "User: arn:aws:sts::111122223333:assumed-role/reader/me is not authorized to perform: sagemaker:ListPipelines on "
    "resource: arn:aws:sagemaker:eu-west-1:111122223333:pipeline/* because no identity-based policy allows it"
)


class Clock:
    """A clock that is set."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("refusal", "told"),
    [
        (
            Refusal("AccessDeniedException", NOT_ALLOWED),
            ["<code>sagemaker:ListPipelines</code> on <code>arn:aws:", ":pipeline/*</code>"],
        ),
        (Refusal("AccessDenied", "no"), ["<code>sagemaker:ListPipelines</code></p>", "<p>no</p>"]),
        (Refusal("ExpiredTokenException", "expired"), ["not valid any more", "expired", RENEW]),
        (Refusal("UnrecognizedClientException", "unknown"), ["not valid any more", RENEW]),
        (Refusal("ThrottlingException", "Rate exceeded"), ["fewer requests", "sagemaker:ListPipelines: Rate exceeded"]),
        (Refusal("ValidationException", "<b>no"), ["sagemaker:ListPipelines: &lt;b&gt;no"]),
    ],
)
def test_a_panel_says_what_was_refused(refusal: Refusal, told: list[str]) -> None:
    denied = Refusal("AccessDeniedException", "no")
    page = Console(Scripted(Search=denied, ListPipelines=refusal).account).get("/")
    for text in told:
        assert text in page
    assert "<h1>Pipelines</h1>" in page
    assert 'name="q"' in page


def test_who_asks_may_be_unknown() -> None:
    scripted = Scripted(real=True, Search=NONE)
    scripted.services["sts"].answers["GetCallerIdentity"] = Refusal("AccessDenied", "no")
    assert "AWS account unknown" in Console(scripted.account).get("/")


def test_a_real_account_is_named_in_the_head() -> None:
    page = Console(Scripted(real=True, Search=NONE).account).get("/")
    assert '<header class="real">' in page
    assert "<strong>AWS account 111122223333</strong>, eu-west-1" in page
    assert "<header>" in Console(Scripted(Search=NONE).account).get("/")


def test_new_credentials_are_looked_for_when_the_old_have_expired() -> None:
    made: list[str] = []
    services = [Service({"Search": Refusal("ExpiredToken", "old")}), Service({"Search": NONE})]

    def connect(name: str, config: Config) -> Any:
        made.append(name)
        if name == "sts":
            return Service({"GetCallerIdentity": Refusal("ExpiredToken", "old")}, "sts").client
        return services[min(made.count("sagemaker"), 2) - 1].client

    console = Console(Account(connect, renew=RENEW))
    assert RENEW in console.get("/")
    assert "There are no pipelines" in console.get("/")


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as server:
        yield server.getsockname()[1]


def at(*ports: int) -> Account:
    """An account at a port of this machine; at the next one when a client is made anew."""
    left = list(ports)

    def connect(name: str, config: Config) -> Any:
        session: Any = boto3.Session("a", "a very secret key", region_name="eu-west-1")
        return session.client(name, endpoint_url=f"http://127.0.0.1:{left[0]}", config=config)

    return Account(connect, renew=RENEW)


def test_silence_is_noticed_within_five_seconds(silent: int) -> None:
    console = Console(at(silent))
    began = time.monotonic()
    page = console.get("/?runs=1")
    assert time.monotonic() - began < 5
    assert "AWS does not answer" in page
    assert "a very secret key" not in page
    began = time.monotonic()
    assert json.loads(console.get("/runs?p=A")) == {"runs": {}}
    assert time.monotonic() - began < 0.9, "nobody is asked again at once"


def test_nobody_at_the_port_is_noticed() -> None:
    console = Console(at(9))
    began = time.monotonic()
    assert "AWS does not answer" in console.get("/")
    assert time.monotonic() - began < 5


def failing(error: Exception) -> Any:
    raise error


def test_others_are_not_asked_for_a_moment_after_nobody_answered() -> None:
    clock, scripted = Clock(), Scripted(Search=NONE)
    account = Account(scripted._connect, renew=RENEW, clock=clock)
    gone = EndpointConnectionError(endpoint_url="http://x")
    assert isinstance(account.panel(lambda: failing(gone)), Trouble)
    assert isinstance(account.panel(lambda: account.sagemaker.search(Resource="Pipeline")), Trouble)
    assert "Search" not in scripted.asked
    clock.now += PAUSE
    assert not isinstance(account.panel(lambda: account.sagemaker.search(Resource="Pipeline")), Trouble)


def test_credentials_that_are_absent_are_not_said_to_have_expired() -> None:
    account = Scripted().account
    expired = SSOTokenLoadError(error_msg="x")
    for error, told in ((NoCredentialsError(), "There are no credentials."), (expired, "not valid any more")):
        with pytest.raises(Troubled) as raised:
            account.ask(lambda error=error: failing(error))  # type: ignore[misc]
        with Console(account).application.test_request_context():
            page = render_template("trouble.html", title="Pipelines", trouble=raised.value.trouble)
        assert told in page
        assert RENEW in page


def test_what_functions_refuse_is_trouble_with_a_status() -> None:
    account = Scripted().account
    for error, kind, status in (
        (NotFound("there is no pipeline 'A'"), "missing", 404),
        (PipelineError("it has ended"), "refused", 409),
        (NoCredentialsError(), "expired", 503),
    ):
        with pytest.raises(Troubled) as raised:
            account.ask(lambda error=error: failing(error))  # type: ignore[misc]
        assert (raised.value.trouble.kind, raised.value.trouble.status) == (kind, status)
        assert raised.value.trouble.text == str(error)


def test_a_mistake_of_ours_is_not_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cdk_sagemaker_pipelines.studio.addresses.number", lambda *_: failing(ValueError("secret")))
    page = Console(Scripted().account).get("/", 500)
    assert "this is a bug in smpipe, please report it: ValueError at /studio/" in page
    assert "secret" not in page
    assert str(Path(__file__).parents[2]) not in page


def test_a_mistake_of_ours_in_one_part_leaves_the_others() -> None:
    def read() -> str:
        raise KeyError("secret")

    found = Scripted().account.panel(read)
    assert isinstance(found, Trouble)
    assert found.kind == "broken"
    assert "this is a bug in smpipe, please report it: KeyError at" in found.text
    assert "secret" not in found.text


def test_a_session_token_in_what_aws_says_is_not_shown() -> None:
    said = (
        "It does not match.\n\nThe Canonical String for this request should have been\n'POST\nx-amz-security-token:IQ1'"
    )
    console = Console(Scripted(DescribePipeline=Refusal("InvalidSignatureException", said)).account)
    page = console.get("/p/A", status=409)
    assert "It does not match." in page
    assert "IQ1" not in page
