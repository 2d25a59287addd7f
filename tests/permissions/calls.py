"""The calls that AWS makes on roles, from the library's table. Nothing that derives permissions reads that table."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cdk_sagemaker_pipelines.iam

FILE = Path(cdk_sagemaker_pipelines.iam.__file__).with_name("calls.json")

HERE: Mapping[str, str] = {
    "p": "aws",
    "r": "eu-west-1",
    "a": "111122223333",
    "prefix": "pipelines",
    "execution": "l040kjgtiq4n",
    "token": "eQlNAJKWnc",
    "version": "7",
    "stream": "algo-1-1700000000",
    "record": "part-00000.csv",
}
"""Values of the variables that are not of a step; the names have forms that were seen in ARNs of the service."""
SAGEMAKER = f"arn:aws:sagemaker:{HERE['r']}:{HERE['a']}:"

_ONLY_THEN = "the service makes it up when the pipeline runs"
CHOSEN: Mapping[str, str] = dict.fromkeys(("execution", "token", "version", "stream", "record"), _ONLY_THEN) | {
    "step": "models stand in lower case in ARNs and a job's own prefix leaves the step out, so no step is named in ARNs"
}
"""What no policy can narrow, wherever it stands, and why."""

DOUBTFUL = ("inferred", "unknown")
"""How certain a call is that no page and no log tells."""


@dataclass(frozen=True)
class Call:
    """One call, on the role of the pipeline, of the job, or of another that the step brings along.

    ``resource``: an ARN with ``{variables}``, of ``HERE``, of ``given``, or of a step. ``context``: what IAM is told
    beside it, with variables too. ``when``: what the step must have, beside all the variables. ``free``: the variables
    and context keys that cannot be narrowed, each with the reason. ``unlisted``: where it was seen that the service
    checks this resource, though the service authorization reference lists none like it.
    """

    role: str
    action: str
    resource: str
    source: tuple[str, ...]
    certainty: str
    context: Mapping[str, str] = field(default_factory=dict)
    when: str = ""
    given: Mapping[str, str] = field(default_factory=dict)
    free: Mapping[str, str] = field(default_factory=dict)
    unlisted: str = ""

    @property
    def in_doubt(self) -> bool:
        """Whether no page says so."""
        return self.certainty in DOUBTFUL

    @property
    def variables(self) -> tuple[str, ...]:
        """The names in braces, each once."""
        texts = [self.resource, *self.context.values()]
        return tuple(dict.fromkeys(name for text in texts for name in re.findall(r"\{(\w+)\}", text)))


def _calls(table: Mapping[str, Any]) -> Iterator[tuple[str, Call]]:
    for row in table["calls"]:
        more = {key: value for key, value in row.items() if key not in ("types", "actions", "source")}
        for kind in row["types"]:
            for action in row["actions"]:
                yield kind, Call(action=action, source=tuple(row["source"]), **more)


TABLE: Mapping[str, Any] = json.loads(FILE.read_text("utf-8"))
SILENT = ("Fail", "ForEach")
"""Of steps that fail and of loops no page tells a call: a loop makes those of its body."""
CALLS: Mapping[str, tuple[Call, ...]] = {
    kind: tuple(call for of, call in _calls(TABLE) if of == kind)
    for kind in dict.fromkeys((*SILENT, *(of for of, _ in _calls(TABLE))))
}
"""All calls, by the type of the step."""
