"""Callback and Lambda: what they call, and the outputs that they declare.

Source: "Callback step" and "Lambda step" of the developer guide; API shapes ``OutputParameterList`` and
``OutputParameter``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ....errors import choices, did_you_mean, shown
from ....field import Field, repeated
from ....findings import Finding
from ...over import over

OUTPUT_TYPES = ("String", "Integer", "Boolean", "Float")
MOST_OUTPUTS = 50
LONGEST_NAME = 256
LONGEST_ARN = 256
"""API shape ``String256``, in which an execution describes the function."""
FUNCTION = re.compile(r"arn:[^:]+:lambda:[^:]+:\d{12}:function:[^:]+(:[^:]+)?")


@over("Callback", "Lambda")
def call_targets(arguments: Field) -> Iterator[Finding]:
    """A message goes to the URL of a queue, a call to the ARN of a function; what is filled in later is not judged."""
    name = {"Callback": "SqsQueueUrl", "Lambda": "FunctionArn"}[arguments.step.type]
    target = Field(arguments.step, name, arguments.step.json.get(name))
    if not target.text or "${" in target.text:
        return
    if name == "SqsQueueUrl" and target.text.startswith("arn:"):
        yield target.finding("call-target", "is an ARN; needs the URL of the queue, which begins with 'https://'")
    elif name == "FunctionArn" and len(target.text) > LONGEST_ARN:
        text = f"has {len(target.text)} characters; an execution describes a function with at most {LONGEST_ARN}"
        yield target.finding("call-target", text, "warning")
    elif name == "FunctionArn" and not FUNCTION.fullmatch(target.text):
        text = f"is {shown(target.text)}, which is not the ARN of a Lambda function"
        yield target.finding("call-target", text, "warning")


@over("Callback", "Lambda")
def call_outputs(arguments: Field) -> Iterator[Finding]:
    """An output has a unique name and a type."""
    listed = Field(arguments.step, "OutputParameters", arguments.step.json.get("OutputParameters"))
    if "OutputParameters" in arguments.step.json and not isinstance(listed.value, list):
        yield listed.finding("call-outputs", "must be a list of objects with OutputName and OutputType")
    outputs = listed.items()
    if len(outputs) > MOST_OUTPUTS:
        yield listed.finding("call-outputs", f"has {len(outputs)} outputs; at most {MOST_OUTPUTS} are allowed")
    for output in outputs:
        yield from _output(output)
    yield from repeated("call-outputs", [output.at("OutputName") for output in outputs], "output", "warning")


def _output(output: Field) -> Iterator[Finding]:
    if not output.is_object:
        yield output.finding("call-outputs", "must be an object with OutputName and OutputType")
        return
    for key in output.value:
        if key not in ("OutputName", "OutputType"):
            hint = did_you_mean(str(key), ("OutputName", "OutputType"))
            text = f"unknown key; allowed are OutputName and OutputType{hint}"
            yield output.at(str(key)).finding("call-outputs", text)
    name, kind = output.at("OutputName"), output.at("OutputType")
    if not isinstance(name.value, str) or not 1 <= len(name.value) <= LONGEST_NAME:
        yield name.finding("call-outputs", f"needs a name of 1 to {LONGEST_NAME} characters")
    if kind.value not in OUTPUT_TYPES:
        hint = did_you_mean(kind.text, OUTPUT_TYPES) if kind.text else ""
        found = f"is {kind.value!r}" if kind.given else "is missing"
        yield kind.finding("call-outputs", f"{found}; allowed are {choices(OUTPUT_TYPES)}{hint}")
