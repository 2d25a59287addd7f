"""Rules over sizes: documented limits are errors, disputed ones are warnings that name their source."""

from __future__ import annotations

import json
from collections.abc import Iterator

from ..errors import shown_json
from ..findings import Finding
from ..references import is_expression_json
from ..tokens import is_token
from .subject import Subject

DEFINITION_LENGTH = 1_048_576
"""API shape ``PipelineDefinition``."""

PARAMETERS = 200
"""API shape ``ParameterList``, of a start."""

STEPS = 50
TEXTS = {"DisplayName": 256, "Description": 3072}
"""API shapes ``StepDisplayName`` and ``StepDescription``."""

PARAMETER_VALUE = 1024
"""API shape ``String1024``, of a value at a start."""


def definition_length(subject: Subject) -> Iterator[Finding]:
    """The definition fits in a request."""
    text = json.dumps(subject.definition.json, ensure_ascii=False, separators=(",", ":"), default=str)
    if len(text) > DEFINITION_LENGTH:
        told = (
            f"the definition has {len(text)} characters, even without whitespace; the service takes {DEFINITION_LENGTH}"
        )
        yield Finding("too-long", told)


def counts(subject: Subject) -> Iterator[Finding]:
    """There are no more steps and parameters than the service takes."""
    count = sum(1 for _ in subject.definition.all_steps())
    if count > STEPS:
        text = (
            f"the pipeline has {count} steps; many guides name a limit of {STEPS}, while the SageMaker SDK's own tests "
            "create pipelines of 500 and 2000; ask for the quota of your account"
        )
        yield Finding("many-steps", text, where="Steps", level="warning")
    parameters = subject.definition.parameters.values()
    needed = [parameter for parameter in parameters if not parameter.has_default]
    if len(needed) > PARAMETERS:
        text = f"{len(needed)} parameters have no default, but a start takes {PARAMETERS} values"
        yield Finding("too-many-parameters", text, where="Parameters")
    elif len(parameters) > PARAMETERS:
        text = f"there are {len(parameters)} parameters; a start takes {PARAMETERS} values, so some only have defaults"
        yield Finding("many-parameters", text, where="Parameters", level="warning")


def text_lengths(subject: Subject) -> Iterator[Finding]:
    """Display names and descriptions are texts; these and values of parameters are not too long."""
    for step in subject.definition.all_steps():
        for key, most in TEXTS.items():
            value = step.json.get(key, "")
            if not isinstance(value, str) and not is_expression_json(value):
                yield Finding("shape", f"it must be a text, not {shown_json(value)}", step=step.name, where=key)
            elif isinstance(value, str) and not is_token(value) and len(value) > most:
                yield Finding("length", f"{len(value)} characters; at most {most}", step=step.name, where=key)
    for index, parameter in enumerate(subject.definition.parameters.values()):
        values = (parameter.default, *(parameter.enum_values or ()))
        longest = max((len(value) for value in values if isinstance(value, str) and not is_token(value)), default=0)
        if longest > PARAMETER_VALUE:
            text = f"parameter '{parameter.name}' has a value of {longest} characters; a start takes {PARAMETER_VALUE}"
            yield Finding("long-value", text, where=f"Parameters[{index}]", level="warning")
