"""Kinds of instances that a training job can have, and how long it waits for them.

Source: API shapes ``InstancePreference``, ``ResourceConfig`` and ``StoppingCondition``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ....field import Field
from ....findings import Finding
from ...over import over
from ..base.training_jobs import TYPES, jobs

_ACCELERATED = re.compile(r"ml\.(?:p|g|gr|trn|inf|dl)\d")


@over(*TYPES)
def instance_preferences(arguments: Field) -> Iterator[Finding]:
    """The number of instances is said once: in each preference, or of the job; so is the training plan."""
    for job in jobs(arguments):
        resources = job.at("ResourceConfig")
        listed = resources.at("InstancePreferences").items()
        if not listed:
            continue
        counted = [each for each in listed if each.at("InstanceCount").given]
        of_job = resources.at("InstanceCount")
        if counted and of_job.given:
            yield of_job.finding("training-instances", "is also said in InstancePreferences; say it there or here")
        elif not counted and not of_job.given:
            yield resources.at("InstancePreferences").finding(
                "training-instances", "needs an InstanceCount, in each or beside them"
            )
        elif counted and len(counted) < len(listed):
            missing = next(each for each in listed if not each.at("InstanceCount").given)
            yield missing.finding(
                "training-instances", "needs the member 'InstanceCount', which other preferences have"
            )
        if resources.at("TrainingPlanArn").given and any(each.at("TrainingPlanArns").given for each in listed):
            text = "cannot be combined with the TrainingPlanArns of InstancePreferences"
            yield resources.at("TrainingPlanArn").finding("training-instances", text)


@over(*TYPES)
def pending_times(arguments: Field) -> Iterator[Finding]:
    """A limit of the wait is for instances with accelerators."""
    for job in jobs(arguments):
        waits = job.at("StoppingCondition", "MaxPendingTimeInSeconds")
        types = [
            *job.every("ResourceConfig", "InstanceType"),
            *job.every("ResourceConfig", "InstanceGroups[]", "InstanceType"),
            *job.every("ResourceConfig", "InstancePreferences[]", "InstanceType"),
            *job.every("HyperParameterTuningResourceConfig", "InstanceType"),
            *job.every("HyperParameterTuningResourceConfig", "InstanceConfigs[]", "InstanceType"),
        ]
        plain = all(each.text is not None and not _ACCELERATED.match(each.text) for each in types)
        if waits.given and types and plain:
            text = f"has no effect on {types[0].text!r}, which has no accelerator; leave it out"
            yield waits.finding("pending-time", text, "warning")
