"""A lineage step: entities and the associations between them."""

from __future__ import annotations

from collections.abc import Iterator

from ....language import Definition, StepView
from ...environment import Environment
from ...needs import Needs, elements, member
from ...patterns import UNKNOWN, pattern
from ...permissions import Permission

_KINDS = ("Action", "Artifact", "Context")


def pipeline(definition: Definition, step: StepView, environment: Environment) -> Iterator[Permission]:
    """What the pipeline's role needs. An association is checked on both of its ends."""
    need = Needs(definition, step, environment)
    ends: list[str] = []
    for kind in _KINDS:
        for index, entity in enumerate(elements(step.arguments, f"{kind}s")):
            # the service names artifacts by a hash of their source
            name = UNKNOWN if kind == "Artifact" else pattern(definition, member(entity, f"{kind}Name"))
            arn = environment.sagemaker(f"{kind.lower()}/{name}")
            actions = ("sagemaker:AddTags", f"sagemaker:Create{kind}", f"sagemaker:Describe{kind}")
            yield Permission(actions, (arn,), because=need.because(f"{kind}s[{index}]"))
            ends.append(arn)
    associations = elements(step.arguments, "Associations")
    # what is recorded elsewhere and known at run time only can be an entity of any kind
    anything = [environment.sagemaker(f"{kind.lower()}/*") for kind in _KINDS]
    for association in associations:
        for end in ("Source", "Destination"):
            known = member(association, end, "Arn")
            ends.extend([known] if isinstance(known, str) else [] if known is None else anything)
    if associations:
        yield Permission(
            ("sagemaker:AddAssociation",), tuple(dict.fromkeys(ends)), because=need.because("Associations")
        )
