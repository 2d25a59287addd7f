"""Policies and requests, shortly written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cdk_sagemaker_pipelines.local.authorization import ApplicablePolicies, Policy, Principal, Request, Verdict, decide

HERE, THERE = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{HERE}:role/Job"
USER = f"arn:aws:iam::{HERE}:user/Ann"
JOB = Principal.session(ROLE, "job-1")
ANN = Principal.user(USER)
SERVICE = Principal.service("sagemaker.amazonaws.com")
OBJECT = "arn:aws:s3:::data/raw/a"


def statement(effect: str = "Allow", **elements: Any) -> dict[str, Any]:
    """One that allows all, but for what is given."""
    left_out = {"Action": "*"} if "NotAction" not in elements else {}
    return {"Effect": effect, **left_out, **elements}


def policy(*statements: Mapping[str, Any], name: str = "P", version: str = "2012-10-17") -> Policy:
    """Of an identity: about all resources where none are given."""
    told = [one if "NotResource" in one else {"Resource": "*", **one} for one in statements or (statement(),)]
    return Policy.parse({"Version": version, "Statement": told}, name)


def of_resource(*statements: Mapping[str, Any], name: str = "R") -> Policy:
    """Of a resource."""
    return Policy.parse({"Version": "2012-10-17", "Statement": list(statements)}, name, of_resource=True)


def grants(principal: Any, effect: str = "Allow", **elements: Any) -> Policy:
    """A resource's, which names somebody."""
    return of_resource(statement(effect, Principal=principal, **elements))


def ask(
    *identity: Policy,
    principal: Principal = JOB,
    action: str = "s3:GetObject",
    resource: str = OBJECT,
    owner: str = HERE,
    context: Mapping[str, str | Sequence[str]] | None = None,
    complete: Sequence[str] = ("s3:",),
    on: Policy | None = None,
    boundary: Policy | None = None,
    session: Sequence[Policy] | None = None,
) -> Verdict:
    """The verdict on a job's request for an object of its account, but for what is given."""
    asked = Request(principal, action, resource, owner=owner, context=context, complete=complete)
    return decide(asked, ApplicablePolicies(identity, boundary, session, on))
