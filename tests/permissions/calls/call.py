"""A call that AWS makes on a role, as a page of AWS says it. Nothing in this room is taken from the library's code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

HERE: Mapping[str, str] = {
    "p": "aws",
    "r": "eu-west-1",
    "a": "111122223333",
    "prefix": "pipelines",
    "execution": "l040kjgtiq4n",
    "token": "eQlNAJKWnc",
    "version": "7",
    "stream": "algo-1-1700000000",
    "record": "part-00000.csv",
}
"""Values of the variables that are not of a step; the names have forms that were seen in ARNs of the service."""

_ONLY_THEN = "the service makes it up when the pipeline runs"
CHOSEN: Mapping[str, str] = dict.fromkeys(("execution", "token", "version", "stream", "record"), _ONLY_THEN) | {
    "step": "models stand in lower case in ARNs and a job's own prefix leaves the step out, so no step is named in ARNs"
}
"""What no policy can narrow, wherever it stands, and why."""


@dataclass(frozen=True)
class Call:
    """One call, on the role of the pipeline, of the job, or of another that the step brings along.

    ``resource``: an ARN with ``{variables}``, of ``HERE``, of ``given``, or of a step. ``context``: what IAM is told
    beside it, with variables too. ``when``: what the step must have, beside all the variables. ``free``: the variables
    and context keys that cannot be narrowed, each with the reason. ``unlisted``: where it was seen that the service
    checks this resource, though the service authorization reference lists none like it.
    """

    role: str
    action: str
    resource: str
    source: str
    context: Mapping[str, str] = field(default_factory=dict)
    when: str = ""
    given: Mapping[str, str] = field(default_factory=dict)
    free: Mapping[str, str] = field(default_factory=dict)
    unlisted: str = ""

    @property
    def in_doubt(self) -> bool:
        """Whether no page says so."""
        return self.source.startswith(DOUBT)

    @property
    def variables(self) -> tuple[str, ...]:
        """The names in braces, each once."""
        texts = [self.resource, *self.context.values()]
        return tuple(dict.fromkeys(name for text in texts for name in re.findall(r"\{(\w+)\}", text)))


SAGEMAKER = "arn:{p}:sagemaker:{r}:{a}:"
LOG = "arn:{p}:logs:{r}:{a}:log-group:"

# -- sources. In doubt is what no page says: it was read out of the pages beside it, and is marked so.

_GUIDE = "SageMaker AI developer guide, "
ACCESS = _GUIDE + '"IAM access management" of pipelines'
ROLES = _GUIDE + '"How to use SageMaker AI execution roles"'
STEPS = _GUIDE + '"Add a step" of pipelines'
API = _GUIDE + '"API permissions: actions, permissions, and resources reference"'
REGISTRY = _GUIDE + '"Model registry: model groups and versions"'
REFERENCE = "service authorization reference"
CLOUDTRAIL = "a third party's CloudTrail while it narrowed a pipeline's role, 2026"
INTEGRATIONS = "AWS managed policy AmazonSageMakerPipelinesIntegrations, version 3"
SDK = "SageMaker Python SDK 3, sagemaker.core.helper.iam_policies"
DOUBT = "in doubt, no page says so: "
