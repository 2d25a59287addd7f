"""Lineage: artifacts, actions, contexts and the associations between them."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from typing import Any

from .errors import ResourceNotFound, ValidationException
from .moments import now

KINDS = ("Action", "Artifact", "Context")


class Lineage:
    """The entities of one account and region, by ARN, each as the members of its Describe response."""

    def __init__(self, account: str, region: str, partition: str) -> None:
        self._prefix = f"arn:{partition}:sagemaker:{region}:{account}"
        self.entities: dict[str, dict[str, Any]] = {}
        self.associations: list[dict[str, Any]] = []
        self._lock = threading.Lock()

    def create(self, kind: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Creates an entity; ``kind`` is one of KINDS. An artifact is identified by its source, the others by name."""
        moment = now()
        if kind == "Artifact":
            identity = f"{request['Source']['SourceUri']} {request['ArtifactType']}"
            arn = f"{self._prefix}:artifact/{hashlib.sha256(identity.encode()).hexdigest()[:32]}"
        else:
            arn = f"{self._prefix}:{kind.lower()}/{request[f'{kind}Name'].lower()}"
        with self._lock:
            if arn in self.entities:
                raise ValidationException(f"{kind} {arn} already exists.")
            own = {f"{kind}Arn": arn, "CreationTime": moment, "LastModifiedTime": moment}
            self.entities[arn] = {**request, **own}
        return self.entities[arn]

    def find(self, kind: str, name_or_arn: str) -> dict[str, Any]:
        """Raises ``ResourceNotFound``."""
        arn = name_or_arn if name_or_arn.startswith("arn:") else f"{self._prefix}:{kind.lower()}/{name_or_arn.lower()}"
        if arn not in self.entities:
            raise ResourceNotFound(f"{kind} {arn} does not exist.")
        return self.entities[arn]

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        return [entity for entity in self.entities.values() if f"{kind}Arn" in entity]

    def associate(self, request: Mapping[str, Any]) -> dict[str, Any]:
        with self._lock:
            same = [a for a in self.associations if all(a[m] == request[m] for m in ("SourceArn", "DestinationArn"))]
            if same:
                raise ValidationException(
                    f"The association from {request['SourceArn']} to {request['DestinationArn']} already exists."
                )
            association = {**request, "CreationTime": now()}
            for end in ("Source", "Destination"):
                entity = self.entities.get(request[f"{end}Arn"], {})
                for kind in KINDS:
                    if f"{kind}Arn" in entity:
                        named = {f"{end}Type": entity.get(f"{kind}Type"), f"{end}Name": entity.get(f"{kind}Name")}
                        association.update({key: value for key, value in named.items() if value is not None})
            self.associations.append(association)
        return association
