"""Callback steps that queue a training job: its request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ....findings import Finding
from ....queued_training import queued_request
from ...arguments import kind_of
from ...subject import Subject


def queued_requests(subject: Subject) -> Iterator[Finding]:
    """The request has the form of ``CreateTrainingJob``, which AWS Batch does not look at."""
    for step in subject.by_type.get("Callback", ()) if subject.model is not None else ():
        request = queued_request(step)
        if request is None or subject.model is None:
            continue
        for found in subject.model.check_request("Training", request, lambda value: kind_of(subject, value)):
            yield replace(found, step=step.name, where=f"Arguments.{found.where}")
