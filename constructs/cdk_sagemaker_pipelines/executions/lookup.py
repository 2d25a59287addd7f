"""Pipelines and executions by what a user calls them; of a name that does not exist, the closest one that does."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..language import PipelineError, choices, did_you_mean
from .answers import MISSING, code, execution_arn, pages
from .rows import moment

COMPARED = 1000
"""How many pipelines, or executions of a pipeline, are looked through for a name."""
SHOWN = 10
"""How many executions of the same name are listed."""
_ID = re.compile(r"[a-z0-9]{12}")
_NAME = re.compile(r"[A-Za-z0-9](?:-*[A-Za-z0-9]){0,255}")
_PIPELINE_ARN = re.compile(r"arn:[^:]+:sagemaker:[^:]+:[^:]*:pipeline/([^/]+)")


class NotFound(PipelineError):
    """No pipeline, execution, step or parameter has the name that was given."""


def describe_pipeline(client: Any, given: str, **version: Any) -> Mapping[str, Any]:
    """The answer of ``DescribePipeline`` for a name or an ARN; raises ``NotFound`` with the closest name."""
    if not is_name(given) and not given.startswith("arn:"):
        raise NotFound(f"{given!r} is not the name of a pipeline, which has letters, digits and hyphens between them")
    try:
        answer: Mapping[str, Any] = client.describe_pipeline(PipelineName=given, **version)
    except client.exceptions.ClientError as error:
        if code(error) not in MISSING:
            raise
        text = (
            _no_version(client, given, version) if version and _exists(client, given) else _no_pipeline(client, given)
        )
        raise NotFound(text) from error
    return answer


def is_name(given: str) -> bool:
    """Whether a pipeline can have the name."""
    return _NAME.fullmatch(given) is not None


def is_pipeline_arn(given: str) -> bool:
    """Whether a name is the ARN of a pipeline."""
    return _PIPELINE_ARN.fullmatch(given) is not None


def is_execution(given: str) -> bool:
    """Whether a name is that of an execution, and not that of a pipeline."""
    return "/" in given and not is_pipeline_arn(given)


def find_execution(client: Any, given: str) -> str:
    """The ARN of an execution.

    ``given``: its ARN; ``<pipeline>/<id>``, where the beginning of the ID is enough if only one begins so, and the
    display name of the execution does as well, if only one has it; or the name or ARN of a pipeline, with or without
    ``/``, which means its latest execution.
    """
    if execution_arn(given):
        return given
    pipeline, _, of = given.partition("/") if is_execution(given) else (given, "", "")
    of = of.removeprefix("execution/")
    described = describe_pipeline(client, pipeline)
    name = str(described["PipelineName"])
    if not of:
        return latest_execution(client, name)
    if _ID.fullmatch(of):
        arn = f"{described['PipelineArn']}/execution/{of}"
        try:
            return str(client.describe_pipeline_execution(PipelineExecutionArn=arn)["PipelineExecutionArn"])
        except client.exceptions.ClientError as error:
            if code(error) not in {*MISSING, "ValidationException"}:
                raise
    return _among(client, name, of)


def latest_execution(client: Any, pipeline: str) -> str:
    """The ARN of the latest execution of a pipeline."""
    try:
        answer = client.list_pipeline_executions(
            PipelineName=pipeline, SortBy="CreationTime", SortOrder="Descending", MaxResults=1
        )
    except client.exceptions.ClientError as error:
        if code(error) not in MISSING:
            raise
        raise NotFound(_no_pipeline(client, pipeline)) from error
    found = answer["PipelineExecutionSummaries"]
    if not found:
        raise NotFound(f"pipeline '{pipeline}' has no execution; start one with: smpipe start {pipeline} --watch")
    return str(found[0]["PipelineExecutionArn"])


def _among(client: Any, pipeline: str, of: str) -> str:
    listed = pages(
        client, "list_pipeline_executions", "PipelineExecutionSummaries", limit=COMPARED,
        PipelineName=pipeline, SortBy="CreationTime", SortOrder="Descending",
    )  # fmt: skip
    ids: dict[str, str] = {}
    named: dict[str, str] = {}
    for summary in listed:
        arn = str(summary["PipelineExecutionArn"])
        id = arn.rpartition("/")[2]
        ids[id] = arn
        if summary.get("PipelineExecutionDisplayName") == of:
            named[id] = moment(summary.get("StartTime"))
    if len(named) == 1:
        return ids[next(iter(named))]
    if named:
        told = [f"{pipeline}/{id} ({when})" if when else f"{pipeline}/{id}" for id, when in named.items()]
        more = f", and {len(told) - SHOWN} more" if len(told) > SHOWN else ""
        raise NotFound(
            f"{len(told)} executions of '{pipeline}' are named {of!r}; write one of {', '.join(told[:SHOWN])}{more}"
        )
    begun = [id for id in ids if id.startswith(of)]
    if len(begun) == 1:
        return ids[begun[0]]
    if begun:
        raise NotFound(f"several executions of '{pipeline}' begin with {of!r}: {choices(begun)}")
    hint = did_you_mean(of, ids) or f"; the latest are {choices(list(ids)[:5])}" if ids else "; it has none"
    raise NotFound(f"pipeline '{pipeline}' has no execution {of!r}{hint}")


def _no_pipeline(client: Any, given: str) -> str:
    arn = _PIPELINE_ARN.fullmatch(given)
    name = arn[1] if arn else given
    try:
        listed = pages(client, "list_pipelines", "PipelineSummaries", limit=COMPARED)
        names = [str(summary["PipelineName"]) for summary in listed]
    except client.exceptions.ClientError:  # whoever may start a pipeline may not be allowed to list all
        names = None
    where = f" in {client.meta.region_name}"
    if names is None:
        return f"there is no pipeline {name!r}{where}"
    hint = did_you_mean(name, names) or (f"; there are {choices(names)}" if names else "; there is none at all")
    return f"there is no pipeline {name!r}{where}{hint}"


def _no_version(client: Any, given: str, version: Mapping[str, Any]) -> str:
    wanted = next(iter(version.values()))
    told = f"pipeline {given!r} has no version {wanted}"
    try:
        listed = pages(
            client, "list_pipeline_versions", "PipelineVersionSummaries", limit=COMPARED,
            PipelineName=given, SortOrder="Descending",
        )  # fmt: skip
        found = list(listed)
    except client.exceptions.ClientError:  # whoever may start a version may not be allowed to list all
        return told
    aliases = [str(alias) for each in found for alias in each.get("PipelineVersionAliases") or []]
    numbers = [str(each["PipelineVersionId"]) for each in found]
    hint = did_you_mean(str(wanted), aliases) if isinstance(wanted, str) else ""
    return f"{told}{hint or f'; the newest are {choices([*numbers[:5], *aliases[:5]])}'}"


def _exists(client: Any, given: str) -> bool:
    """Whether only the version was not found."""
    try:
        client.describe_pipeline(PipelineName=given)
    except client.exceptions.ClientError:
        return False
    return True
