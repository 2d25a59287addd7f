"""The pipeline that a file says: its options, its parameters and its steps, in any order."""

from __future__ import annotations

import heapq
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path as File
from typing import Any

from constructs import Construct

from ..language import Parameter, PipelineError, choices, did_you_mean
from ..language.expressions import PARAMETER_TYPES
from ..steps.base.scope import StepScope
from ..steps.base.step import Step
from ..steps.control.for_each import ForEachStep
from ..templates.documents import Path
from .classes import CLASSES
from .converting import Converting
from .document import Document
from .hints import of_class, of_function
from .making import Maker

SCOPES = ("if_steps", "else_steps", "body")
"""Keys of a step below which others stand."""
ENDS = ("on_failure", "on_stop", "on_end")
"""Keys of a step that name those that follow an end of it."""
SELECTORS = ("select_max_by", "select_min_by")
OWN = ("type", *SCOPES, *ENDS, *SELECTORS)
"""Keys of a step that are no fields."""
HEAD = ("parameters", "steps")
"""Keys of a file that are no options of the pipeline."""
NAME = "name"
"""The key for the ``pipeline_name``."""
_BETTER_IN_CODE = ("deployment_log_group", "parameters", "pipeline_name")


def step_classes() -> dict[str, type[Step]]:
    """The classes of steps by the word for their type."""
    found = {name: kind for name, kind in CLASSES.items() if isinstance(kind, type) and issubclass(kind, Step)}
    return {name.removesuffix("Step"): kind for name, kind in found.items() if kind is not Step}


def allowed_options(pipeline: Callable[..., Any]) -> dict[str, Any]:
    """The options of a pipeline that a file may have at its head, with what each takes."""
    fields = of_function(pipeline.__init__).fields
    apart = ("scope", "construct_id", *_BETTER_IN_CODE)
    return {NAME: fields["pipeline_name"], **{name: hint for name, hint in fields.items() if name not in apart}}


@dataclass(frozen=True)
class _Said:
    """A step as the file has it."""

    name: str
    given: Mapping[str, Any]
    path: Path
    scope: tuple[str, str] | None


def declared(
    file: str | File, scope: Construct, construct_id: str, pipeline: Callable[..., Any], options: Mapping[str, Any]
) -> Any:
    """Makes the pipeline of a file. ``pipeline``: its class. ``options``: those given in code, which come first."""
    document = Document(file)
    maker = Maker(scope, dict(_parameters(document)), prefix=f"{construct_id}Existing")
    converting = Converting(document, maker)
    allowed = allowed_options(pipeline)
    known = [*HEAD, *allowed]
    for key in document.value:
        if key not in known:
            hint = did_you_mean(key, known) or f"; there are {choices(sorted(known), len(known))}"
            document.fail((key,), f"there is no key {key!r}{hint}")
    said = {
        key: converting.value(value, allowed[key], (key,)) for key, value in document.value.items() if key in allowed
    }
    if NAME in said:
        said["pipeline_name"] = said.pop(NAME)
    steps = {each.name: each for each in _said(document, document.value.get("steps"), ("steps",), None)}
    unused = [parameter for name, parameter in maker.parameters.items() if not _reads(document, name)]
    try:
        made = pipeline(scope, construct_id, **{"parameters": unused, **said, **options})
    except (PipelineError, TypeError) as error:
        return document.fail((), str(error))
    scopes: dict[tuple[str, str] | None, StepScope] = {None: made}
    for each in _in_order(document, steps):
        maker.loop = each.scope[0] if each.scope is not None and each.scope[1] == "body" else ""
        step = _step(document, converting, each, scopes[each.scope])
        maker.steps[each.name] = step
        for key in SCOPES:
            if hasattr(step, key):
                scopes[each.name, key] = getattr(step, key)
        for inside in _finished(steps, maker.steps, each):
            _select(document, converting, maker, inside)
    for each in steps.values():
        for end in ENDS:
            for index, other in enumerate(_names(document, each, end)):
                path = (*each.path, end, index)
                getattr(maker.steps[each.name], end)(converting.value(other, Step, path))
    return made


def _step(document: Document, converting: Converting, said: _Said, scope: StepScope) -> Step:
    classes = step_classes()
    word = said.given.get("type")
    if not isinstance(word, str) or word not in classes:
        hint = did_you_mean(str(word), classes) if word else f"; it is one of {choices(sorted(classes), len(classes))}"
        document.fail(
            (*said.path, "type") if word else said.path, f"step {said.name!r}: no class has the type {word!r}{hint}"
        )
    kind = classes[word]
    converting.entities = {}
    fields = {name: value for name, value in said.given.items() if name not in OWN}
    taken = of_class(kind)

    def made(**given: Any) -> Step:
        name = said.name
        # a pipeline makes constructs of its own below itself, whose ids are taken
        own = {"step_name": name} if name in ("Artifacts", "Definition", "Resource", "Role") else {}
        return kind(scope, f"{name}Step" if own else name, **{**own, **given})

    step: Step = converting.call(made, taken, fields, said.path, kind.__name__)
    return step


def _select(document: Document, converting: Converting, maker: Maker, loop: _Said) -> None:
    step = maker.steps[loop.name]
    for key in SELECTORS:
        if key in loop.given and isinstance(step, ForEachStep):
            path = (*loop.path, key)
            try:
                getattr(step, key)(converting.value(loop.given[key], Any, path))
            except PipelineError as error:
                document.fail(path, str(error))


def _finished(steps: Mapping[str, _Said], made: Mapping[str, Step], last: _Said) -> Iterator[_Said]:
    """The for-each of which the last step of its body has been made."""
    if last.scope is not None and last.scope[1] == "body":
        inside = [each.name for each in steps.values() if each.scope == last.scope]
        if all(name in made for name in inside):
            yield steps[last.scope[0]]


def _parameters(document: Document) -> Iterator[tuple[str, Parameter[Any]]]:
    given = document.value.get("parameters") or {}
    if not isinstance(given, Mapping):
        document.fail(("parameters",), "parameters are a mapping by name")
    for name, said in given.items():
        path: Path = ("parameters", name)
        whole = said if isinstance(said, Mapping) else {"default": said}
        for key in whole:
            if key not in ("type", "default", "enum_values"):
                document.fail((*path, key), f"a parameter has no {key!r}; it has type, default and enum_values")
        default = whole.get("default")
        guessed = {str: "String", bool: "Boolean", int: "Integer", float: "Float"}.get(type(default))
        kind = whole.get("type", guessed)
        if kind not in PARAMETER_TYPES:
            document.fail(path, f"parameter {name!r}: give its type, one of {choices(PARAMETER_TYPES)}")
        more = {} if default is None else {"default": default}
        try:
            yield name, Parameter(name, kind, enum_values=whole.get("enum_values"), **more)
        except PipelineError as error:
            document.fail(path, str(error))


def _said(document: Document, given: Any, path: Path, scope: tuple[str, str] | None) -> Iterator[_Said]:
    if not isinstance(given, Mapping):
        document.fail(path, "steps are a mapping by name")
    for name, step in given.items():
        here: Path = (*path, name)
        if not isinstance(step, Mapping):
            document.fail(here, f"step {name!r} must be a mapping with its type and fields")
        yield _Said(name, step, here, scope)
        for key in SCOPES:
            if key in step:
                yield from _said(document, step[key], (*here, key), (name, key))


def _names(document: Document, said: _Said, key: str) -> list[Any]:
    given = said.given.get(key, [])
    if not isinstance(given, list):
        document.fail((*said.path, key), f"{key} is a list of steps")
    return given


def _reads(document: Document, name: str) -> bool:
    """Whether a parameter is read anywhere."""
    text = json.dumps(document.value.get("steps"))
    return f"${{{name}}}" in text or f"Parameters.{name}" in text


def _in_order(document: Document, steps: Mapping[str, _Said]) -> Iterator[_Said]:
    """The steps, each after those that it names and the one in which it stands; else in the order of the file."""
    index = {name: number for number, name in enumerate(steps)}
    before = {name: set(_before(each, steps)) for name, each in steps.items()}
    ready = [index[name] for name, others in before.items() if not others]
    heapq.heapify(ready)
    names, done = list(steps), set()
    while ready:
        name = names[heapq.heappop(ready)]
        done.add(name)
        yield steps[name]
        for other, others in before.items():
            if name in others:
                others.remove(name)
                if not others:
                    heapq.heappush(ready, index[other])
    left = [name for name in steps if name not in done]
    if left:
        document.fail(steps[left[0]].path, f"the steps {choices(left, len(left))} wait for one another")


def _before(said: _Said, steps: Mapping[str, _Said]) -> Iterator[str]:
    apart = {*SCOPES, *ENDS, *SELECTORS}
    text = json.dumps({key: value for key, value in said.given.items() if key not in apart}, ensure_ascii=False)
    found = {name for name in re.findall(r"(?:\$\{|\"Steps\.)\s*([A-Za-z0-9_\-]+)", text) if name in steps}
    for key in ("depends_on", "sources"):
        text = json.dumps(said.given.get(key), ensure_ascii=False)
        found |= {name for name in steps if json.dumps(name) in text}
    found.discard(said.name)
    inside = {each.name for each in steps.values() if each.scope is not None and each.scope[0] == said.name}
    yield from found - inside
    if said.scope is not None:
        yield said.scope[0]
    for name in found:  # what is read of a for-each may be of the item that is selected at its end
        yield from (each.name for each in steps.values() if each.scope == (name, "body") and said.scope != each.scope)
