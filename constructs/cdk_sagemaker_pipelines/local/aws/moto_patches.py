"""Patches for moto, in effect as long as a local AWS runs."""

from __future__ import annotations

import json
import logging
import os
import string
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qs

from flask import has_request_context, request
from moto.cloudwatch.models import Dimension
from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from moto.core.responses import BaseResponse
from moto.iam import models as iam
from moto.iam.access_control import PermissionResult
from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.ram.models import ResourceShare
from moto.s3 import notifications
from moto.s3.models import FakeBucket

from .repeating import drawn_text
from .validation.checking import judged


@contextmanager
def repaired() -> Iterator[None]:
    """Sets moto up; afterwards moto is unpatched again, and empty.

    - AWS's own managed policies can be attached. They are parsed once: each account has them.
    - Bucket policies are kept, and judged before moto sees a request (``judge.admission``): moto does not read their
      conditions, so that the usual "deny without TLS" would deny everything.
    - The operation that was checked is the one that runs: moto also accepts any text in the body that calls itself
      ``Action``.
    - What looks like a form within a JSON body is none.
    - The account is that of the signing key, whatever the user's environment tells moto.
    - The regions that moto knows are botocore's: it does not look for a profile of the user, which may not exist.
    - Secret keys come from the system's random source: moto's own could be predicted from earlier ones.
    - S3 tells of new tags only where tags were put, and not of every new object.
    - Pipelines can be shared by AWS RAM.
    - The dimensions of a metric may be asked for in any order.
    - The log of the development server is silent.
    """
    log = logging.getLogger("werkzeug")
    level, permission = log.level, FakeBucket.get_permission
    variables = {name: os.environ.pop(name, None) for name in (*_CHANGED, *_UNREAD)}
    log.setLevel(logging.ERROR)
    os.environ.update(_CHANGED)
    action, alphanumeric = BaseResponse._get_action, iam.random_alphanumeric  # type: ignore[attr-defined]
    BaseResponse._get_action = _judged(action)  # type: ignore[method-assign]
    setup, BaseResponse.setup_class = BaseResponse.setup_class, _without_forms  # type: ignore[method-assign]
    iam.random_alphanumeric = _secret  # type: ignore[attr-defined]
    managed = iam.IAMBackend._init_aws_policies
    iam.IAMBackend._init_aws_policies = _managed_policies  # type: ignore[method-assign]
    send_event, notifications.send_event = notifications.send_event, _of_what_was_asked
    before, Dimension.__lt__ = Dimension.__lt__, _comes_before  # type: ignore[method-assign]
    ResourceShare.SHAREABLE_RESOURCES.append(_SHARED)
    FakeBucket.get_permission = lambda self, action, resource: PermissionResult.NEUTRAL  # type: ignore[method-assign]
    try:
        yield
    finally:
        ResourceShare.SHAREABLE_RESOURCES.remove(_SHARED)
        notifications.send_event = send_event
        Dimension.__lt__ = before  # type: ignore[method-assign]
        iam.IAMBackend._init_aws_policies = managed  # type: ignore[method-assign]
        iam.random_alphanumeric = alphanumeric  # type: ignore[attr-defined]
        BaseResponse.setup_class = setup  # type: ignore[method-assign]
        BaseResponse._get_action = action  # type: ignore[method-assign]
        FakeBucket.get_permission = permission  # type: ignore[method-assign]
        log.setLevel(level)
        for name in _CHANGED:
            os.environ.pop(name, None)
        os.environ.update({name: value for name, value in variables.items() if value is not None})
        with _without_images():
            held = list(BackendDict._instances)  # type: ignore[misc]
            BackendDict.reset()
            for backends in held:
                backends.clear()  # some are made again while others are reset
            reset_model_data()  # moto keeps a list of all that was ever made


@contextmanager
def _without_images() -> Iterator[None]:
    """EC2 knows no images meanwhile: moto makes its own anew when it is reset, more than a thousand."""
    before = os.environ.get(_IMAGES)
    os.environ[_IMAGES] = "false"
    try:
        yield
    finally:
        os.environ.pop(_IMAGES)
        if before is not None:
            os.environ[_IMAGES] = before


def _judged(otherwise: Callable[[BaseResponse], str]) -> Any:
    def action(self: BaseResponse) -> str:
        found = judged(self.normalized_request.environ)
        if found is None:
            return otherwise(self)
        if found.labels:
            self.uri_match = dict(found.labels)
        return found.operation

    return action


_SETUP = BaseResponse.setup_class


def _without_forms(self: BaseResponse, *arguments: Any, **named: Any) -> None:
    _SETUP(self, *arguments, **named)
    found = judged(self.normalized_request.environ)
    if found is not None and found.protocol in ("json", "rest-json"):
        query = self.parsed_url.query if found.protocol == "rest-json" else ""
        self.querystring = self.data = parse_qs(query, keep_blank_values=True)


_SEND_EVENT = notifications.send_event


def _of_what_was_asked(account_id: str, event_name: notifications.S3NotificationEvent, bucket: Any, key: Any) -> None:
    put_tags = notifications.S3NotificationEvent.OBJECT_TAGGING_PUT_EVENT
    if event_name is put_tags and has_request_context() and "tagging" not in request.args:
        return
    _SEND_EVENT(account_id, event_name, bucket, key)


def _comes_before(self: Dimension, other: Dimension) -> bool:
    return (str(self.name), str(self.value)) < (str(other.name), str(other.value))


def _secret(length: int) -> str:
    return drawn_text(length, _ALPHANUMERIC)


def _managed_policies(self: iam.IAMBackend) -> list[iam.ManagedPolicy]:
    return [
        iam.AWSManagedPolicy(account_id=self.account_id, region=self.region_name, **told)  # type: ignore[abstract]
        for told in _of_every_account()
    ]


@cache
def _of_every_account() -> list[dict[str, Any]]:
    """What moto's ``AWSManagedPolicy.from_data`` makes of its text, but for the account and the region."""
    return [
        {
            "name": name,
            "default_version_id": data.get("DefaultVersionId"),
            "path": data.get("Path"),
            "document": json.dumps(data.get("Document")),
            "create_date": datetime.fromisoformat(data["CreateDate"]),
            "update_date": datetime.fromisoformat(data["UpdateDate"]),
        }
        for name, data in json.loads(aws_managed_policies_data).items()
    ]


_ALPHANUMERIC = string.ascii_letters + string.digits


_SHARED = "pipeline"
_IMAGES = "MOTO_EC2_LOAD_DEFAULT_AMIS"
_CHANGED = {
    "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}
_UNREAD = ("MOTO_ACCOUNT_ID", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_DATA_PATH")
