"""Lineage steps: actions, artifacts, contexts and associations in the local SageMaker.

Our interpretation: an existing entity or association is used as it is, so that a pipeline can run again.
"""

from __future__ import annotations

from typing import Any

from ....language import StepView, choices
from ...endings import StepFailed, StepResult
from ...engine.runner import StepContext
from ..base.request import checked_request, invoke

_KINDS = ("Action", "Artifact", "Context")
MAX_ENTITIES = 5  # of each kind
MAX_ASSOCIATIONS = 10


class LineageRunner:
    """Creates what the step names."""

    def run(self, context: StepContext, step: StepView, arguments: dict[str, Any]) -> StepResult:
        sagemaker = context.services.client("sagemaker")
        arns: dict[str, dict[str, str]] = {}
        for kind in _KINDS:
            entities = arguments.get(f"{kind}s") or []
            if len(entities) > MAX_ENTITIES:
                raise StepFailed(f"the step has {len(entities)} {kind}s; at most {MAX_ENTITIES} are allowed")
            arns[kind] = {entity.get(f"{kind}Name", ""): _create(sagemaker, kind, entity) for entity in entities}
        associations = arguments.get("Associations") or []
        if len(associations) > MAX_ASSOCIATIONS:
            raise StepFailed(f"the step has {len(associations)} Associations; at most {MAX_ASSOCIATIONS} are allowed")
        made = []
        for association in associations:
            request = {
                "SourceArn": _arn(association["Source"], arns),
                "DestinationArn": _arn(association["Destination"], arns),
            }
            if association.get("AssociationType"):
                request["AssociationType"] = association["AssociationType"]
            _associate(sagemaker, request)
            made.append({key: request[key] for key in ("SourceArn", "DestinationArn")})
        result = {**{f"{kind}Arns": arns[kind] for kind in _KINDS}, "Associations": made}
        return StepResult(result, {"Lineage": {key: value for key, value in result.items() if value}})


def _create(sagemaker: Any, kind: str, entity: dict[str, Any]) -> str:
    request = checked_request(sagemaker, f"Create{kind}", entity)
    listed = {"Action": "list_actions", "Artifact": "list_artifacts", "Context": "list_contexts"}[kind]
    pages = sagemaker.get_paginator(listed).paginate(SourceUri=request["Source"]["SourceUri"])
    for found in (summary for page in pages for summary in page[f"{kind}Summaries"]):
        named = found.get(f"{kind}Name") == request.get(f"{kind}Name")
        if named or (kind == "Artifact" and found.get("ArtifactType") == request["ArtifactType"]):
            return str(found[f"{kind}Arn"])
    return str(invoke(sagemaker, f"Create{kind}", request)[f"{kind}Arn"])


def _associate(sagemaker: Any, request: dict[str, Any]) -> None:
    ends = {key: request[key] for key in ("SourceArn", "DestinationArn")}
    if not invoke(sagemaker, "ListAssociations", ends)["AssociationSummaries"]:
        invoke(sagemaker, "AddAssociation", checked_request(sagemaker, "AddAssociation", request))


def _arn(end: dict[str, Any], arns: dict[str, dict[str, str]]) -> str:
    if end.get("Arn"):
        return str(end["Arn"])
    kind, name = end.get("Type"), end.get("Name")
    if kind not in arns:
        raise StepFailed(f"an association names the Type {kind!r}; allowed are {choices(_KINDS)}")
    if name not in arns[kind]:
        raise StepFailed(f"an association names the {kind} {name!r}, which the step does not create")
    return arns[kind][str(name)]
