"""The console as a browser that holds the key asks it, in process."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from cdk_sagemaker_pipelines.studio.account import Account
from cdk_sagemaker_pipelines.studio.application import application
from cdk_sagemaker_pipelines.studio.gate import TOKEN, Options
from tests.cli.service import Answer, Service

PORT = 5567
OWN = f"http://localhost:{PORT}"
RENEW = "log in again"


class Console:
    """Pages of an account."""

    def __init__(self, account: Account, *, read_only: bool = False) -> None:
        self.account = account
        self.options = Options(PORT, "k" * 32, read_only)
        self.application = application(account, self.options)
        self.browser = self.application.test_client()
        self.browser.set_cookie(self.options.cookie, self.options.session, domain="localhost")

    def get(self, address: str, status: int = 200, **headers: str) -> str:
        """The text of a page, whose status is asserted."""
        answer = self.browser.get(address, base_url=OWN, headers={"Sec-Fetch-Site": "same-origin", **headers})
        assert answer.status_code == status, answer.text
        assert status == 500 or "this is a bug in smpipe" not in answer.text
        return answer.text

    def post(self, address: str, **fields: str) -> Any:
        """The response to a form, with its token."""
        headers = {"Origin": OWN, "Sec-Fetch-Site": "same-origin"}
        form = {TOKEN: self.options.token, **fields}
        return self.browser.post(address, base_url=OWN, headers=headers, data=form)


class Scripted:
    """An account whose services answer by script; what they do not know they refuse."""

    def __init__(self, *, real: bool = False, **answers: Answer) -> None:
        identity = {"Account": "111122223333", "Arn": "arn:aws:iam::111122223333:user/me", "UserId": "me"}
        self.services = {"sagemaker": Service(answers), "sts": Service({"GetCallerIdentity": identity}, "sts")}
        self._real = real
        self.account = Account(self._connect, renew=RENEW)

    def _connect(self, name: str, config: Config) -> Any:
        client = self.services.setdefault(name, Service({}, name)).client
        if not self._real:
            client.meta._endpoint_url = "http://localhost:5566"
        return client

    @property
    def asked(self) -> Mapping[str, int]:
        """How often each operation was called."""
        return {name: len(asked) for service in self.services.values() for name, asked in service.asked.items()}


def of_embedded(aws: EmbeddedAws) -> Account:
    """The account of a local AWS."""
    variables = aws.environment(among={})

    def connect(service: str, config: Config) -> Any:
        session: Any = boto3.Session(
            variables["AWS_ACCESS_KEY_ID"], variables["AWS_SECRET_ACCESS_KEY"], region_name=aws.region
        )
        return session.client(service, endpoint_url=aws.url, config=config)

    return Account(connect, renew=RENEW)


def words(page: str) -> str:
    """What a page says, without its markup."""
    body = re.sub(r"<(script|style|svg).*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())
