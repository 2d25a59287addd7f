"""What crosses the border is allowed on both sides, and nothing beside it, by an IAM evaluator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.permissions.evaluator import Request, allowed
from tests.permissions.template import Template

from .conftest import DEV, PROD, REGION, Apps

GROUP = f"arn:aws:sagemaker:{REGION}:{DEV}:model-package/line"
VERSION = f"{GROUP}/3"
BUCKET = f"arn:aws:s3:::line-models-{DEV}-{REGION}"
MODEL = f"{BUCKET}/LineTraining/l040kjgtiq4n/Train/pipelines-l040kjgtiq4n-Train-x/output/model.tar.gz"
DATA = f"{BUCKET}/LineTraining/l040kjgtiq4n/Prepare/output/train/points.csv"
TLS = {"aws:SecureTransport": "true"}
ALIAS = {"kms:ResourceAliases": "alias/line-models"}
ALL: dict[str, Any] = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


class Border:
    """Both accounts, and requests of roles of the one for resources of the other."""

    def __init__(self, templates: Mapping[str, Any]) -> None:
        self.dev = Template(templates["Dev-Training"], DEV, REGION)
        self.prod = Template(templates["Prod-Serving"], PROD, REGION)
        (self.key,) = (self.dev.arn(name) for name, _ in self.dev.of_type("AWS::KMS::Key"))
        ((_, group),) = self.dev.of_type("AWS::SageMaker::ModelPackageGroup")
        self._group = group["ModelPackageGroupPolicy"]

    def asks(
        self, role: str, action: str, resource: str, context: Mapping[str, str] | None = None, **other: Any
    ) -> Request:
        """``role``: how its logical id begins. ``other``: of the request."""
        (name,) = (each for each in self.prod.roles().values() if each.startswith(role))
        given = {"identity": self.prod.policies(name), "on": self._on(resource), "account": DEV, **other}
        # the guide grants it on versions, of which the service authorization reference does not know
        given["unchecked"] = action == "sagemaker:CreateModel"
        return Request(self.prod.arn(name), action, resource, context or {}, **given)

    def _on(self, resource: str) -> Any:
        if ":sagemaker:" in resource:
            return self._group
        return self.dev.policy_on(resource)


FUNCTION, PIPELINE, SERVES = "PipelineLatest", "PipelineRole", "PipelineCreateJobRole"


@pytest.fixture(scope="module")
def border(apps: Apps) -> Border:
    return Border(apps.templates("app"))


def test_what_the_pipeline_calls_is_allowed_by_both_accounts(border: Border) -> None:
    requests = [
        border.asks(FUNCTION, "sagemaker:ListModelPackages", VERSION),
        border.asks(FUNCTION, "sagemaker:DescribeModelPackage", VERSION),
        border.asks(PIPELINE, "sagemaker:DescribeModelPackage", VERSION),
        border.asks(PIPELINE, "sagemaker:CreateModel", VERSION),
        border.asks(SERVES, "s3:GetObject", MODEL, TLS),
        border.asks(SERVES, "kms:Decrypt", border.key, ALIAS),
    ]
    assert allowed(requests) == [True] * len(requests)


def test_it_is_not_where_either_account_is_silent(border: Border) -> None:
    silent: tuple[dict[str, Any], ...] = ({"identity": ()}, {"on": None})
    requests = [
        border.asks(role, action, resource, context, **other)
        for role, action, resource, context in (
            (FUNCTION, "sagemaker:DescribeModelPackage", VERSION, {}),
            (PIPELINE, "sagemaker:CreateModel", VERSION, {}),
            (SERVES, "s3:GetObject", MODEL, TLS),
            (SERVES, "kms:Decrypt", border.key, ALIAS),
        )
        for other in silent
    ]
    assert allowed(requests) == [False] * len(requests)


def test_whatever_roles_of_the_other_account_may_no_more_is_opened(border: Border) -> None:
    everything: dict[str, Any] = {"identity": (ALL,)}
    requests = [
        border.asks(PIPELINE, "sagemaker:UpdateModelPackage", VERSION, **everything),
        border.asks(PIPELINE, "sagemaker:DeleteModelPackage", VERSION, **everything),
        border.asks(PIPELINE, "sagemaker:CreateModel", f"{GROUP}-2/3", **everything),
        border.asks(SERVES, "s3:GetObject", DATA, TLS, **everything),
        border.asks(SERVES, "s3:GetObject", MODEL, {"aws:SecureTransport": "false"}, **everything),
        border.asks(SERVES, "s3:PutObject", MODEL, TLS, **everything),
        border.asks(SERVES, "kms:Encrypt", border.key, ALIAS, **everything),
    ]
    assert allowed(requests) == [False] * len(requests)


def test_the_roles_may_use_no_more_whatever_is_opened(border: Border) -> None:
    opened = {"Version": "2012-10-17", "Statement": [{**ALL["Statement"][0], "Principal": "*"}]}
    requests = [
        border.asks(FUNCTION, "sagemaker:CreateModel", VERSION, on=opened),
        border.asks(PIPELINE, "s3:GetObject", MODEL, TLS, on=opened),
        border.asks(SERVES, "s3:GetObject", MODEL.replace("LineTraining", "Other"), TLS, on=opened),
        border.asks(SERVES, "kms:Decrypt", border.key, {"kms:ResourceAliases": "alias/other"}, on=opened),
    ]
    assert allowed(requests) == [False] * len(requests)


def test_only_the_account_that_trains_announces(border: Border) -> None:
    ((_, policy),) = border.prod.of_type("AWS::Events::EventBusPolicy")
    bus = f"arn:aws:events:{REGION}:{PROD}:event-bus/line-approvals"
    statement = {**policy["Statement"], "Resource": bus}
    on = {"Version": "2012-10-17", "Statement": [statement]}
    ((sender, _),) = ((name, arn) for arn, name in border.dev.roles().items() if "ApprovalsEventsRole" in name)

    def puts(account: str) -> Request:
        role = border.dev.arn(sender).replace(DEV, account)
        return Request(role, "events:PutEvents", bus, identity=border.dev.policies(sender), on=on, account=PROD)

    assert allowed([puts(DEV), puts("222233334444")]) == [True, False]
