"""Comments in imported code: what a person could do better, and why something is not better."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping

from ..program import Planned, Program
from ..request import at, dicts
from .texts import comment

_CODE = "/opt/ml/processing/input/code/"


def of_pipeline(program: Program) -> list[str]:
    """The lines of the comment above the pipeline."""
    return [line for note in program.notes for line in textwrap.wrap(comment(note), 78)]


def notes(step: Planned) -> list[str]:
    """The lines of the comment above a step."""
    if step.class_name == "ProcessingStep":
        return _script(step)
    if step.class_name == "TrainingStep":
        return _source(step)
    if step.class_name == "RawStep" and step.reason:
        return textwrap.wrap(f"A RawStep: {comment(step.reason)}", 78)
    return []


def _script(step: Planned) -> list[str]:
    arguments = step.view.arguments
    code = [one for one in dicts(arguments.get("ProcessingInputs")) if one.get("InputName") == "code"]
    command = at(arguments, "AppSpecification.ContainerEntrypoint")
    uri = at(code[0], "S3Input.S3Uri") if code else None
    if not isinstance(uri, str) or not isinstance(command, list) or not command or not isinstance(command[-1], str):
        return []
    if not command[-1].startswith(_CODE):
        return []
    return [
        f"With {_file(command[-1])} in your repository, script=Script(...) replaces",
        "the input 'code' and its command.",
    ]


def _source(step: Planned) -> list[str]:
    given = step.view.arguments.get("HyperParameters")
    program = given.get("sagemaker_program") if isinstance(given, Mapping) else None
    if not isinstance(program, str):
        return []
    return [
        f"With the folder of {_file(program)} in your repository, source=SourceDir(...)",
        "replaces the hyperparameters that begin with 'sagemaker_'.",
    ]


def _file(path: str) -> str:
    """What a file of code is called, unless that is a hash."""
    name = comment(path.strip('"').rpartition("/")[2])[:40]
    return "the code" if re.match(r"[0-9a-f]{40}", name) else name
