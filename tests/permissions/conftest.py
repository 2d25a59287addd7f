"""The synthesized pipelines of this room, made once a process."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

import aws_cdk as cdk
import pytest
from moto.iam.aws_managed_policies import aws_managed_policies_data

from tests.permissions.calls import HERE
from tests.permissions.cases.case import Synthesized, Use
from tests.permissions.cases.table import CASES
from tests.permissions.evaluator import Request
from tests.permissions.questions import Needed, Question, needed
from tests.permissions.template import Document

APART = ("training", "model-and-transform", "emr-cluster-of-the-step", "emr-serverless")
"""Cases whose files lie below a prefix of their own in the bucket of the assets, and not among all of the account's."""


@cache
def _of_aws() -> dict[str, Any]:
    """The policies that AWS manages, by name."""
    found: dict[str, Any] = json.loads(aws_managed_policies_data)
    return found


@dataclass(frozen=True)
class Pipeline:
    """A case after synth."""

    name: str
    synthesized: Synthesized
    uses: tuple[Use, ...]
    needed: tuple[Needed, ...]

    @property
    def roles(self) -> dict[str, str]:
        """The logical ids of the roles by their ARNs."""
        return self.synthesized.template.roles()

    def policies(self, role: str) -> list[Document]:
        """What a role may do by policies of the stack. ``role``: its ARN."""
        return self.synthesized.template.policies(self.roles[role])

    def all_policies(self, role: str) -> list[Document]:
        """What a role may do, also by policies of AWS's own."""
        names = self.synthesized.template.managed_by_aws(self.roles[role])
        return [*self.policies(role), *(_of_aws()[name]["Document"] for name in names)]

    def questions(self) -> list[Question]:
        """What its roles need, each question once."""
        return list({question.key: question for question in (one.question() for one in self.needed)}.values())

    def neighbours(self) -> list[Question]:
        """What none of its roles needs, but is near to what one needs."""
        known = {one.question().key for one in self.needed}
        near = {question.key: question for one in self.needed for question in one.neighbours()}
        return [question for key, question in near.items() if key not in known]

    def asks(self, question: Question, *policies: Document) -> Request:
        """The request with all that the role may do; or, as it was asked before, with these policies instead."""
        on = self._on(question.resource)
        return question.request(policies or self.all_policies(question.role), on, unchecked=bool(policies))

    def _on(self, resource: str) -> Document | None:
        """The policy of the resource itself. A key that is not of the stack trusts its account, as keys do."""
        bucket = resource.partition("/")[0]
        found = self.synthesized.template.policy_on(resource) or self.synthesized.template.policy_on(bucket)
        return _TRUSTS_ITS_ACCOUNT if found is None and ":kms:" in resource else found


_ROOT = {"AWS": f"arn:aws:iam::{HERE['a']}:root"}
_TRUSTS_ITS_ACCOUNT = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": _ROOT, "Action": "kms:*", "Resource": "*"}],
}


@pytest.fixture(scope="session")
def pipelines(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Pipeline]:
    """The cases by their names."""
    app = cdk.App(outdir=str(tmp_path_factory.mktemp("permissions") / "cdk.out"), analytics_reporting=False)
    place = cdk.Environment(account=HERE["a"], region=HERE["r"])
    made = {}
    for case in CASES:
        assets = cdk.DefaultStackSynthesizer(bucket_prefix="team-a/") if case.name in APART else None
        stack = cdk.Stack(app, case.name, env=place, synthesizer=assets)
        made[case.name] = (stack, case.make(stack))
    assembly = app.synth()
    found = {}
    for name, (stack, uses) in made.items():
        synthesized = Synthesized(stack, assembly.get_stack_by_name(stack.stack_name).template)
        used = tuple(uses(synthesized))
        found[name] = Pipeline(name, synthesized, used, tuple(needed(used)))
    return found
