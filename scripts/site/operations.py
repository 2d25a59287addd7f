"""The page of what the local AWS does: each operation of SageMaker's API, and each type of resource that it deploys."""

from __future__ import annotations

from collections.abc import Iterator

import botocore.session
from botocore import xform_name

from cdk_sagemaker_pipelines.language.step_types import STEP_TYPES
from cdk_sagemaker_pipelines.local.aws import resources
from cdk_sagemaker_pipelines.local.aws.resources.provider import Recorded
from cdk_sagemaker_pipelines.local.aws.sagemaker import supported_operations as supported
from cdk_sagemaker_pipelines.local.aws.sagemaker.api import SageMakerApi
from cdk_sagemaker_pipelines.local.runners import RUNNERS
from cdk_sagemaker_pipelines.local.runners.base.simulation import Simulated

from .markdown import code, table

HEAD = """\
# The local AWS: done, simulated, refused

What [`smpipe local`](../local.md) answers. Anything else is refused with 501 and the name of the operation. The other
services are [moto's](https://docs.getmoto.org/en/latest/docs/services/index.html), as far as
[the local AWS](../local.md) does not say otherwise.

## Steps

A simulated step checks what it gets, leaves placeholders and says so in its description. A recorded one makes what can
be described, and nothing serves. [Steps](../steps.md) has the details.
"""
OPERATIONS = """\
## SageMaker's operations

| answer | meaning |
|---|---|
| done | answered as the service does |
| moto | answered by moto, as far as it goes |
| recorded | kept and described, without any effect; on AWS it starts nothing either |
| step | refused, except as a step of a pipeline; [steps](../steps.md) says which steps run and which are simulated |
| step, recorded | refused, except as a step of a pipeline, which records it; nothing serves |
| refused | 501 |
"""


def page() -> str:
    """The Markdown of the page."""
    lines = [HEAD, *table(("step type", "here"), _steps())]
    lines += [OPERATIONS, *table(("operation", "answer", "step type"), _operations())]
    lines += ["## CloudFormation's resources", "", "Types that the server deploys itself:", ""]
    return "\n".join([*lines, *table(("type", "answer"), _types()), MORE])


MORE = """\
moto deploys further types, as far as it models them. A type that neither knows fails the resource with its name.
"""


def _steps() -> Iterator[tuple[str, str]]:
    hosted = {supported.STEPS[operation] for operation in supported.HOSTED}
    for name in STEP_TYPES:
        runner = RUNNERS.get(name)
        if isinstance(runner, Simulated):
            yield name, "simulated"
        else:
            yield name, "recorded" if name in hosted or f"Create{name}" in supported.RECORDED else "done"


def _operations() -> Iterator[tuple[str, str, str]]:
    model = botocore.session.get_session().get_service_model("sagemaker")
    for operation in model.operation_names:
        kind = verdict(operation)
        step = supported.STEPS.get(operation, "") if kind.startswith("step") else ""
        yield code(operation), kind, step


def verdict(operation: str) -> str:
    """What becomes of a call of the operation."""
    if supported.refusal(operation) is not None:
        if operation in supported.HOSTED:
            return "step, recorded"
        return "step" if operation in supported.STEPS else "refused"
    answers = [cls for cls in SageMakerApi.__mro__ if xform_name(operation) in vars(cls)]
    if not answers:
        return "refused"
    if operation in supported.RECORDED:
        return "recorded"
    return "moto" if answers[0].__module__.startswith("moto.") else "done"


def _types() -> Iterator[tuple[str, str]]:
    for name, provider in sorted(resources._PROVIDERS.items()):
        yield code(name), "recorded" if isinstance(provider, Recorded) else "deployed"
