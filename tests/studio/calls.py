"""What the console asks of AWS, as IAM sees it: the action and the resource of each call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import boto3
from botocore.config import Config

from cdk_sagemaker_pipelines.studio.account import Account
from tests.docs.abalone import ACCOUNT, REGION

_ACTIONS = {
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "events:ListRuleNamesByTarget": "events:ListRuleNamesByTarget",
}
"""Operations whose permission has another name."""
FREE = frozenset({"sts:GetCallerIdentity"})
"""What needs no permission."""


class Call(NamedTuple):
    """What is asked of IAM."""

    action: str
    resource: str


class Recorded:
    """An account of a local AWS that remembers the calls."""

    def __init__(self, aws: Any) -> None:
        self.calls: set[Call] = set()
        self._aws = aws
        self._variables = aws.environment(among={})
        self.account = Account(self._connect, renew="log in again")

    def _connect(self, service: str, config: Config) -> Any:
        session: Any = boto3.Session(
            self._variables["AWS_ACCESS_KEY_ID"], self._variables["AWS_SECRET_ACCESS_KEY"], region_name=REGION
        )
        client = session.client(service, endpoint_url=self._aws.url, config=config)
        client.meta.events.register_first("provide-client-params.*.*", self._hear)
        return client

    def _hear(self, params: Mapping[str, Any], model: Any, **_: Any) -> None:
        called = f"{model.service_model.signing_name}:{model.name}"
        if called not in FREE:
            self.calls.add(Call(_ACTIONS.get(called, called), _resource(model.service_model.signing_name, params)))


def _resource(service: str, given: Mapping[str, Any]) -> str:
    """The ARN of what a call is about; ``*`` for one about everything."""
    arn = next((str(value) for name, value in given.items() if name.endswith("Arn")), None)
    if service == "s3":
        return f"arn:aws:s3:::{given['Bucket']}" + (f"/{given['Key']}" if "Key" in given else "")
    if service == "logs":
        return f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{given['logGroupName']}:log-stream:any"
    if service == "scheduler" and "Name" in given:
        return f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/{given['GroupName']}/{given['Name']}"
    if service == "events":
        return f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{given.get('Name', 'any')}"
    if "PipelineName" in given:
        return f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/{given['PipelineName'].lower()}"
    return arn or "*"
