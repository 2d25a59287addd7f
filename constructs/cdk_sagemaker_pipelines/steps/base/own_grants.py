"""What constructs grant by themselves, beside what follows from a definition, in which rules see the wildcards."""

from __future__ import annotations

from collections.abc import Iterable

import aws_cdk as cdk

from ...iam.escaping import escaped
from ...iam.permissions import Permission
from ...iam.wildcards import literals
from ...language import PipelineError
from ...language.tokens import unnumbered
from ...text import said


def own_grants(found: Iterable[Permission], text: str, what: str, stack: cdk.Stack) -> list[Permission]:
    """Permissions that follow from a text of the user that is ``marked``, as IAM is to read them.

    Raises ``PipelineError`` for a wildcard in it, or in what a token in it stands for. ``what``: its name.
    """
    permissions = [escaped(permission) for permission in found]
    values = said([text], stack).texts
    for permission in permissions:
        for problem, _ in literals(permission, lambda token: values.get(token, ())):
            raise PipelineError(f"{what}: {unnumbered(problem)}")
    return permissions
