"""Cleanup steps: delete what earlier steps left in S3.

Documented (SageMaker SDK, 3.27): without S3Uris, the outputs of a training step; with S3Uris, these objects of a
processing or transform step, each below an output of the step; a step whose output properties are unavailable is
skipped. Our interpretation: the outputs of a training step are everything below <S3OutputPath>/<job name>/; a step
whose objects cannot be deleted fails the cleanup after the others were tried; an object that is already gone counts as
deleted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ....language import StepView
from ...container.storage import join_uri, split_uri
from ...endings import StepFailed, StepResult
from ...engine.runner import StepContext

MAX_SOURCES = 100


class CleanupRunner:
    """Deletes the objects."""

    def run(self, context: StepContext, step: StepView, arguments: dict[str, Any]) -> StepResult:
        sources = (arguments.get("Resources") or {}).get("S3") or []
        if not 1 <= len(sources) <= MAX_SOURCES:
            raise StepFailed(f"the step has {len(sources)} sources in Resources.S3; 1 to {MAX_SOURCES} are allowed")
        s3 = context.s3
        cleaned: list[str] = []
        skipped: list[str] = []
        failed: list[dict[str, str]] = []
        for source in sources:
            name = source["StepName"]
            properties = context.properties.get(name)
            if properties is None:
                skipped.append(name)
                continue
            try:
                for bucket, key in list(_objects(s3, source, properties)):
                    s3.delete_object(Bucket=bucket, Key=key)
                cleaned.append(name)
            except StepFailed as error:
                failed.append({"StepName": name, "ErrorCode": "ClientError", "ErrorMessage": error.reason})
            except s3.exceptions.ClientError as error:
                failed.append({"StepName": name, "ErrorCode": "ClientError", "ErrorMessage": str(error)})
        told = {"CleanedSteps": cleaned, "FailedSteps": failed, "SkippedSteps": skipped}
        result = StepResult({}, {"Cleanup": {key: value for key, value in told.items() if value}})
        if failed:
            reasons = "; ".join(f"{failure['StepName']}: {failure['ErrorMessage']}" for failure in failed)
            raise StepFailed(f"ClientError: not all outputs were deleted: {reasons}"[:1024], None, result)
        return result


def _objects(s3: Any, source: Mapping[str, Any], properties: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    name, uris = source["StepName"], source.get("S3Uris")
    if uris is not None:
        places = list(_outputs(properties))
        for uri in uris:
            if not any(str(uri).startswith(place.rstrip("/") + "/") for place in places):
                found = ", ".join(places) or "none"
                raise StepFailed(f"{uri!r} is not below an output of the step {name!r}; it has {found}")
            yield split_uri(uri)
        return
    if "TrainingJobName" not in properties:
        raise StepFailed(f"the step {name!r} is not a training step; give the S3Uris to delete")
    place = join_uri(properties["OutputDataConfig"]["S3OutputPath"], properties["TrainingJobName"]) + "/"
    bucket, prefix = split_uri(place)
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        yield from ((bucket, entry["Key"]) for entry in page.get("Contents", []))


def _outputs(properties: Mapping[str, Any]) -> Iterator[str]:
    for output in properties.get("ProcessingOutputConfig", {}).get("Outputs", []):
        if "S3Output" in output:
            yield output["S3Output"]["S3Uri"]
    for member in ("OutputDataConfig", "TransformOutput"):
        if "S3OutputPath" in properties.get(member, {}):
            yield properties[member]["S3OutputPath"]
