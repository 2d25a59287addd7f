"""The page of permissions: every call that AWS is known to make with a role, from ``iam/calls.json``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cdk_sagemaker_pipelines
from cdk_sagemaker_pipelines.language.step_types import STEP_TYPES

from .markdown import code, plain, table

HEAD = """\
# Permissions by step type

Every call that AWS is known to make with the roles of a pipeline, with the source that says so.
[Permissions](../permissions.md) explains what is derived; [permissions by field](../permissions-by-field.md) lists it
by member of a request.

`{p}`, `{r}` and `{a}` are the partition, the region and the account; other names in braces are values of the pipeline
or of the step.
"""


def page() -> str:
    """The Markdown of the page."""
    known = json.loads(
        Path(cdk_sagemaker_pipelines.__file__).with_name("iam").joinpath("calls.json").read_text("utf-8")
    )
    lines = [HEAD, *table(("how certain", "meaning"), ((plain(k), plain(v)) for k, v in known["certainty"].items()))]
    for name in STEP_TYPES:
        found = [call for call in known["calls"] if name in call["types"]]
        if found:
            lines += [f"## {name}", ""]
            lines += table(("role", "what, and on what", "source"), map(_row, found))
    lines += [
        "## Sources",
        "",
        *table(("name", "source"), ((plain(k), plain(v)) for k, v in sorted(known["sources"].items()))),
    ]
    return "\n".join(lines)


def _row(call: Mapping[str, Any]) -> tuple[str, ...]:
    when = f", {plain(call['when'])}" if "when" in call else ""
    calls = f"{', '.join(map(code, call['actions']))}<br>{code(call['resource'])}"
    return plain(call["role"]) + when, calls, f"{call['certainty']}: {', '.join(map(plain, call['source']))}"
