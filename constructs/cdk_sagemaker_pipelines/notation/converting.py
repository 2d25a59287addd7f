"""From the values in a file to what the fields of classes take, by their annotations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path as File
from typing import Any, get_args, get_origin

from aws_cdk import Duration
from aws_cdk import aws_ec2 as ec2

from ..assets import Image, LambdaHandler, S3Location, Script, SourceDir
from ..language import (
    CacheConfig,
    Condition,
    PipelineError,
    choices,
    did_you_mean,
    is_expression_json,
)
from ..language.options import ISO_DURATION
from ..steps.base.scope import Dependable
from ..steps.base.step import Step
from ..steps.records.lineage import LineageEntity
from ..templates.documents import Path
from .conditions import EXPRESSION, condition
from .document import Document
from .expressions import ESCAPED, MARK, Expressions
from .hints import EXISTING, Taken, classes, is_text, methods, of_class, of_function, options
from .making import Maker
from .nodes import Existing


class Converting(Expressions):
    """Converts the values of one file. ``maker`` knows its parameters and the steps so far."""

    def __init__(self, document: Document, maker: Maker) -> None:
        super().__init__(maker)
        self._document = document
        self.entities: dict[str, LineageEntity] = {}
        """What the step that is being made records, by name as it stands in the file."""

    def call(self, function: Callable[..., Any], taken: Taken, given: Any, path: Path, what: str) -> Any:
        """Calls a class or function with what stands in the file: by name, as a list, or one value alone."""
        fields = list(taken.fields)
        named: dict[str, Any] = {}
        if isinstance(given, Mapping) and not is_expression_json(given):
            for name in given:
                if name not in taken.fields:
                    self._document.fail((*path, name), f"{what} has no field {name!r}{did_you_mean(name, fields)}")
            named = {name: self.value(item, taken.fields[name], (*path, name)) for name, item in given.items()}
        elif isinstance(given, list):
            if len(given) > len(fields):
                self._document.fail(path, f"{what} takes {choices(fields)}, not {len(given)} values")
            named = {
                name: self.value(item, taken.fields[name], (*path, index))
                for index, (name, item) in enumerate(zip(fields, given, strict=False))
            }
        elif given is not None:
            if not fields:
                self._document.fail(path, f"{what} takes nothing")
            named = {fields[0]: self.value(given, taken.fields[fields[0]], path)}
        try:
            return function(**named)
        except (PipelineError, TypeError, RuntimeError) as error:
            return self._document.fail(path, str(error))

    def value(self, given: Any, hint: Any, path: Path) -> Any:
        """What a field of this annotation takes for a value."""
        try:
            if isinstance(given, str):
                return self._text(given, hint, path)
            if isinstance(given, list):
                return self._list(given, hint, path)
            return self._mapping(given, hint, path) if isinstance(given, Mapping) else given
        except (PipelineError, RuntimeError, TypeError, ValueError) as error:
            if str(error).startswith(str(self._document.file)):
                raise
            return self._document.fail(path, str(error))

    # -- texts

    def _text(self, given: str, hint: Any, path: Path) -> Any:
        kinds = options(hint)
        if Condition in kinds:
            return condition(given, self.expression)
        if LineageEntity in kinds and given in self.entities:
            return self.entities[given]
        if EXPRESSION.search(given.replace(ESCAPED, MARK)):
            whole = EXPRESSION.fullmatch(given)
            takes_steps = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, (Step, Dependable))]
            if whole and whole[1] in self._maker.steps and takes_steps:
                return self._maker.steps[whole[1]]
            found = self.text(given)
            return Image.from_uri(found) if Image in kinds else found
        plain = given.replace(ESCAPED, "${")
        for kind in kinds:
            if kind in EXISTING:
                return self._maker.existing(Existing(EXISTING[kind], plain))
        if File in kinds:
            return str(self._file(plain))
        if Script in kinds and not any(is_text(kind) for kind in kinds):
            return Script(self._file(plain))
        if LambdaHandler in kinds:
            return LambdaHandler(self._file(plain))
        if Duration in kinds and ISO_DURATION.fullmatch(plain):
            return Duration.parse(plain)
        if CacheConfig in kinds:
            return CacheConfig(plain)
        if Image in kinds:
            return Image.from_uri(plain)
        if any(is_text(kind) for kind in kinds):
            return plain
        if any(isinstance(kind, type) and issubclass(kind, Dependable) for kind in kinds):
            return self.step(plain)
        if S3Location in kinds:
            return S3Location.from_uri(plain)
        return self._wrong(given, hint, path)

    def _file(self, path: str) -> File:
        return self._document.folder / path

    # -- lists and mappings

    def _list(self, given: Sequence[Any], hint: Any, path: Path) -> Any:
        kinds = options(hint)
        if ec2.SubnetSelection in kinds:
            subnets = [self._maker.existing(Existing("subnet", str(one))) for one in given]
            return ec2.SubnetSelection(subnets=subnets)
        for kind in kinds:
            if kind is not str and get_origin(kind) is Sequence:
                inner = get_args(kind)[0]
                return [self.value(item, inner, (*path, index)) for index, item in enumerate(given)]
        if Any in kinds:
            return [self.value(item, Any, (*path, index)) for index, item in enumerate(given)]
        return self._wrong(given, hint, path)

    def _mapping(self, given: Mapping[str, Any], hint: Any, path: Path) -> Any:
        kinds = options(hint)
        if is_expression_json(given):
            return self._maker.expression(given)
        if Condition in kinds:
            return self._maker.condition(given)
        candidates = list(classes(hint))
        made = self._tagged(given, candidates, path)
        if made is not None:
            return made[0]
        candidates = [kind for kind in candidates if kind not in (S3Location, Image)]  # which are texts in a file
        for kind in candidates:
            taken = of_class(kind)
            if set(given) <= set(taken.fields) and taken.needed <= set(given):
                return self._made(kind, given, path)
        for one in kinds:
            if get_origin(one) is Mapping:
                inner = get_args(one)[1]
                return {name: self.value(item, inner, (*path, name)) for name, item in given.items()}
        if Any in kinds:
            return {name: self.value(item, Any, (*path, name)) for name, item in given.items()}
        if len(candidates) == 1:
            return self._made(candidates[0], given, path)
        return self._wrong(given, hint, path)

    def _tagged(self, given: Mapping[str, Any], candidates: Sequence[type], path: Path) -> tuple[Any] | None:
        """The object of a mapping whose only key names a class or a method that makes one."""
        if len(given) != 1:
            return None
        ((word, inner),) = given.items()
        for kind in candidates:
            function = methods(kind).get(word)
            if function is not None and word not in of_class(kind).fields:
                taken = of_function(function)
                return (self.call(function, taken, inner, (*path, word), f"{kind.__name__}.{word}"),)
            if kind.__name__ == word:
                return (self._made(kind, inner, (*path, word)),)
        return None

    def _made(self, kind: type, given: Any, path: Path) -> Any:
        if issubclass(kind, (Script, SourceDir, LambdaHandler)):
            given = {"path": given} if isinstance(given, str) else given
            if isinstance(given, Mapping) and "path" in given:
                given = {**given, "path": str(self._file(str(given["path"])))}
        made = self.call(kind, of_class(kind), given, path, kind.__name__)
        if isinstance(made, LineageEntity):
            name = given.get("name") if isinstance(given, Mapping) else given[0] if isinstance(given, list) else None
            self.entities[str(name)] = made
        return made

    def _wrong(self, given: Any, hint: Any, path: Path) -> Any:
        words = " or ".join(dict.fromkeys(_word(kind) for kind in options(hint)))
        hint = (
            "" if any(_can_be_said(kind) for kind in options(hint)) else ", which no file can say: declare it in code"
        )
        return self._document.fail(path, f"{given!r} is not what is taken here: {words}{hint}")


def _can_be_said(kind: Any) -> bool:
    """Whether a file can say a value of a kind, which is no construct of CDK."""
    return kind in EXISTING or not str(getattr(kind, "__module__", "")).startswith("aws_cdk")


def _word(kind: Any) -> str:
    words = {Sequence: "a list", Mapping: "a mapping", str: "a text", int: "a number", float: "a number", bool: "true"}
    if kind in EXISTING:
        return "an ARN, a URL or a name"
    return words.get(get_origin(kind) or kind) or str(getattr(kind, "__name__", kind))
