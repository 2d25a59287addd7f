"""Whatever a definition leaves to the run, no permission is wider than a reason in the code allows."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Any

import pytest

from cdk_sagemaker_pipelines.iam import job_roles, pipeline_role
from cdk_sagemaker_pipelines.iam.environment_json import from_json
from cdk_sagemaker_pipelines.iam.wildcards import judge, reason
from cdk_sagemaker_pipelines.language import Definition
from tests.language.support import definition, step

from .definitions import every_definition, leaves
from .support import ROLE
from .test_data_sources import ATHENA, reading

HERE = from_json(None, "Pipe", ROLE)
PARAMETER = {"Get": "Parameters.Unknown"}


def joined(*values: Any) -> dict[str, Any]:
    return {"Std:Join": {"On": "", "Values": list(values)}}


TOLD_BY_THE_RUN: dict[str, Callable[[str], Any]] = {
    "whole": lambda text: PARAMETER,
    "begin": lambda text: joined(PARAMETER, text[len(text) // 2 :]),
    "middle": lambda text: joined(text[: len(text) // 3], PARAMETER, text[2 * len(text) // 3 :]),
    "end": lambda text: joined(text[: len(text) // 2], PARAMETER),
    "name": lambda text: joined(f"{text.rpartition('/')[0]}/", PARAMETER),
    "name of two": lambda text: joined(f"{text.rpartition('/')[0]}/", PARAMETER, "-", PARAMETER),
}


@pytest.mark.parametrize("samples", [900, pytest.param(None, marks=pytest.mark.long)], ids=["some", "all"])
def test_no_expression_leads_to_a_wildcard_without_a_reason(samples: int | None) -> None:
    documents = dict(every_definition())
    places = [
        (name, number, how)
        for name, document in documents.items()
        for number, _ in enumerate(leaves(document))
        for how in TOLD_BY_THE_RUN
    ]
    for name, number, how in places if samples is None else random.Random(8).sample(places, samples):
        document = documents[name]
        holder, key = list(leaves(document))[number]
        before = holder[key]
        holder[key] = TOLD_BY_THE_RUN[how](before)
        found = list(judge(Definition(document), HERE))
        holder[key] = before
        assert found == [], (name, before, how)


SEVERAL = [joined(PARAMETER, PARAMETER), joined(PARAMETER, "-", PARAMETER), joined(joined(PARAMETER), "/", PARAMETER)]
"""What tells a name as little as one expression does."""


def needs(document: Any) -> set[tuple[Any, ...]]:
    given = Definition(document)
    found = [*pipeline_role.needs(given, HERE), *(need for _, need in job_roles.needs(given, HERE))]
    return {(need.actions, need.unknown, *(re.sub(r"\*[*/-]*", "*", arn) for arn in need.resources)) for need in found}


@pytest.mark.parametrize("samples", [300, pytest.param(None, marks=pytest.mark.long)], ids=["some", "all"])
def test_several_expressions_are_granted_no_more_than_one(samples: int | None) -> None:
    documents = dict(every_definition())
    places = [(name, number) for name, document in documents.items() for number, _ in enumerate(leaves(document))]
    for name, number in places if samples is None else random.Random(9).sample(places, samples):
        document = documents[name]
        holder, key = list(leaves(document))[number]
        before, found = holder[key], []
        for told in (PARAMETER, *SEVERAL):
            holder[key] = told
            found.append(needs(document))
        holder[key] = before
        for several in found[1:]:
            assert several == found[0], (name, key, before)


ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/"


@pytest.mark.parametrize("told", SEVERAL, ids=["two", "apart", "nested"])
def test_a_name_of_expressions_alone_is_undecided(told: Any) -> None:
    image = {"ImageUri": joined(ECR, told, ":1")}
    query = {"AthenaDatasetDefinition": {**ATHENA, "WorkGroup": told, "Database": told}}
    made = reading(query)
    given = definition(step("S", "Processing", {**made, "RoleArn": ROLE, "AppSpecification": image}))
    wide = [arn for need in job_roles.permissions(given, HERE)[ROLE] for arn in need.resources if "*" in arn]
    assert not [arn for arn in wide if re.search(":(athena|ecr|glue):", arn) and "sagemaker_tmp_" not in arn]
    assert {"image", "workgroup", "database"} <= {need.unknown for _, need in job_roles.needs(given, HERE)}


@pytest.mark.parametrize(
    "resource",
    ["ecr:a:1:repository/**", "athena:a:1:workgroup/*-*", "glue:a:1:table/**/*", "redshift:a:1:dbuser:**/*"],
)
def test_such_a_name_has_no_reason(resource: str) -> None:
    assert reason("x:Do", f"arn:aws:{resource}") is None
