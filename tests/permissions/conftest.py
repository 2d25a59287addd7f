"""The synthesized pipelines of this room, made once a process."""

from __future__ import annotations

from dataclasses import dataclass

import aws_cdk as cdk
import pytest

from tests.permissions.calls.call import HERE
from tests.permissions.cases.case import Synthesized, Use
from tests.permissions.cases.table import CASES
from tests.permissions.questions import Needed, needed
from tests.permissions.template import Document


@dataclass(frozen=True)
class Pipeline:
    """A case after synth."""

    name: str
    synthesized: Synthesized
    uses: tuple[Use, ...]
    needed: tuple[Needed, ...]

    def policies(self, role: str) -> list[Document]:
        """What a role may do. ``role``: its ARN."""
        template = self.synthesized.template
        return template.policies(template.roles()[role])

    def on(self, resource: str) -> Document | None:
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
    made = {case.name: (stack := cdk.Stack(app, case.name, env=place), case.make(stack)) for case in CASES}
    assembly = app.synth()
    found = {}
    for name, (stack, uses) in made.items():
        synthesized = Synthesized(stack, assembly.get_stack_by_name(stack.stack_name).template)
        used = tuple(uses(synthesized))
        found[name] = Pipeline(name, synthesized, used, tuple(needed(synthesized, used)))
    return found
