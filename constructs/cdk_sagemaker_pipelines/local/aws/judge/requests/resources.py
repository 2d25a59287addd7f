"""The ARNs of the resources that a request names, by their kinds.

What a request does not say, such as the id that a service is about to assign, is ``*`` in an ARN, as in AWS's refusals.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from .call import Call
from .named import RESOLVED
from .reference import ANY, template

_MEMBERS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("batch", "JobQueueName"): ("jobQueue", "jobQueueName"),
    ("cloudformation", "ChangeSetName"): ("ChangeSetName",),
    ("elasticmapreduce", "ClusterId"): ("ClusterId", "JobFlowId", "JobFlowIds", "ResourceId"),
    ("emr-serverless", "ApplicationId"): ("applicationId",),
    ("events", "ArchiveName"): ("ArchiveName",),
    ("glue", "DatabaseName"): ("DatabaseName", "Name"),
    ("glue", "TableName"): ("TableName", "Name"),
    ("sagemaker", "AutoMLJobJobName"): ("AutoMLJobName",),
    ("sagemaker", "ClusterId"): ("ClusterName",),
    ("sagemaker", "InferenceExperimentName"): ("Name",),
    ("sagemaker", "InferenceRecommendationsJobName"): ("JobName",),
    ("sagemaker", "MlflowTrackingServerName"): ("TrackingServerName",),
    ("sagemaker", "MonitoringScheduleAlertName"): ("MonitoringAlertName",),
}
"""The members that hold a variable of an ARN, where they are called otherwise."""
_PLACE = ("Partition", "Region", "Account")
_VARIABLE = re.compile(r"\$\{(\w+)\}")


def arns(call: Call, kind: str) -> list[str]:
    """The ARNs of the resources of a kind that a request names; empty if it names none."""
    if kind == ANY:
        return [arn for arn in _arns_in(call) if arn.split(":")[2] == call.service]
    own = RESOLVED.get((call.service, kind))
    if own is not None:
        return own(call)
    given = [arn for arn in _arns_in(call) if _pattern(call.service, kind).fullmatch(arn)]
    if given:
        return given
    return _filled(call, kind, partly=False)


def unnamed(call: Call, kind: str) -> list[str]:
    """The ARNs of a kind of which a request does not say all, with ``*`` for the rest."""
    return _filled(call, kind, partly=True)


def _filled(call: Call, kind: str, *, partly: bool) -> list[str]:
    text = template(call.service, kind)
    rows = [{"Partition": call.partition, "Region": call.region, "Account": call.account}]
    for variable in _VARIABLE.findall(text):
        if variable in _PLACE:
            continue
        values = [value.rpartition("/")[2] if value.startswith("arn:") else value for value in _values(call, variable)]
        if not values and not partly:
            return []
        rows = [{**row, variable: value} for row in rows for value in values or ["*"]]
    return [_VARIABLE.sub(lambda found, row=row: str(row[found[1]]), text) for row in rows]  # type: ignore[misc]


def _values(call: Call, variable: str) -> list[str]:
    """What a request has for a variable: in a member of its name, of several of them, or in that of its own name."""
    base = variable.removesuffix("Name")
    own = ("Name",) if base != variable and call.operation.endswith(base) else ()
    if call.service == "sagemaker" and variable.endswith("JobDefinitionName"):
        own = ("JobDefinitionName",)
    members = _MEMBERS.get((call.service, variable)) or (variable, f"{variable}s", *own, base)
    return call.texts(*members)


def _arns_in(call: Call) -> Iterator[str]:
    for value in call.values.values():
        for text in value if isinstance(value, (list, tuple)) else (value,):
            if isinstance(text, str) and text.startswith("arn:") and text.count(":") >= 5:
                yield text


@cache
def _pattern(service: str, kind: str) -> re.Pattern[str]:
    """What the ARNs of a kind look like."""
    pieces = [
        re.escape(piece) if number % 2 == 0 else "[^:]*" if piece in _PLACE else ".+"
        for number, piece in enumerate(_VARIABLE.split(template(service, kind)))
    ]
    return re.compile("".join(pieces))
