"""A lineage step: entities and the associations between them."""

from __future__ import annotations

from collections.abc import Iterator

from ...needs import Needs
from ...patterns import UNKNOWN, pattern
from ...permissions import Permission

_KINDS = ("Action", "Artifact", "Context")


def pipeline(need: Needs) -> Iterator[Permission]:
    """What the pipeline's role needs. An association is checked on both of its ends."""
    ends: list[str] = []
    for kind in _KINDS:
        for entity in need.arguments.at(f"{kind}s").items():
            # the service names artifacts by a hash of their source
            name = UNKNOWN if kind == "Artifact" else pattern(need.definition, entity.at(f"{kind}Name").value)
            arn = need.environment.sagemaker(f"{kind.lower()}/{name}")
            actions = ("sagemaker:AddTags", f"sagemaker:Create{kind}", f"sagemaker:Describe{kind}")
            yield Permission(actions, (arn,), because=need.because(entity))
            ends.append(arn)
    associations = need.arguments.at("Associations")
    # what is recorded elsewhere and only known at run time can be an entity of any kind
    anything = [need.environment.sagemaker(f"{kind.lower()}/*") for kind in _KINDS]
    for association in associations.items():
        for end in ("Source", "Destination"):
            for known in association.every(end, "Arn"):
                ends.extend([known.value] if isinstance(known.value, str) else anything)
    if associations.items():
        resources = tuple(dict.fromkeys(ends))
        yield Permission(("sagemaker:AddAssociation",), resources, because=need.because(associations))
