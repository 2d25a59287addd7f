"""Whatever a definition leaves to the run, no permission is wider than a reason in the code allows."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from cdk_sagemaker_pipelines.iam.place_json import from_json
from cdk_sagemaker_pipelines.iam.wildcards import judge
from cdk_sagemaker_pipelines.language import Definition

from .definitions import every_definition, leaves
from .support import ROLE

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
