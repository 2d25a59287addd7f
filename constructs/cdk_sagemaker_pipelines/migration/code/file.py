"""A program as a YAML file that ``Pipeline.from_file`` reads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ...language import Reference, is_expression_json
from ...language.paths import format_path
from ...notation.classes import CLASSES
from ...notation.fragments import fragments
from ...notation.hints import of_class, of_function
from ...notation.nodes import NOTHING, Comparison, Existing, Made, OfStep
from ..importing import selection
from ..program import Planned, Program
from .accessors import reads, shortest
from .notes import of_pipeline
from .texts import quoted

_SIGNS = {"Equals": "==", "GreaterThan": ">", "GreaterThanOrEqualTo": ">=", "LessThan": "<", "LessThanOrEqualTo": "<="}
_UNITS = {"days": "P{}D", "hours": "PT{}H", "minutes": "PT{}M", "seconds": "PT{}S"}
_AMBIGUOUS = frozenset(
    {
        *("AthenaDataset", "CategoricalRange", "ContinuousRange", "DataQualityCheck", "EfsSource", "FsxLustreSource"),
        *("HiveQuery", "IntegerRange", "ModelQualityCheck", "RedshiftDataset", "SparkSubmit", "CleanupSource"),
    }
)
"""Classes whose names are written, since others have the same fields or take their place."""
_ENDS = {"Failed": "on_failure", "Stopped": "on_stop", "Any": "on_end"}


def yaml(program: Program) -> str:
    """The program as a YAML file."""
    notes = [f"# {line}" for line in of_pipeline(program)]
    return "".join(f"{line}\n" for line in (*notes, *_lines(_File(program).document(), "")))


class _File:
    def __init__(self, program: Program) -> None:
        self._program = program
        self._loop = ""

    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            key: self.value(node) for key, node in self._program.options.items() if key != "parameters"
        }
        found["parameters"] = {name: self._parameter(name) for name in self._program.parameters}
        found["steps"] = {step.name: self._step(step) for step in self._program.steps if step.scope is None}
        return {key: value for key, value in found.items() if value or key == "steps"}

    def _parameter(self, name: str) -> Any:
        declared = self._program.parameters[name]
        guessed = {str: "String", bool: "Boolean", int: "Integer", float: "Float"}.get(type(declared.default))
        said = {} if declared.has_default and guessed == declared.type else {"type": declared.type}
        if declared.enum_values is not None:
            said["enum_values"] = list(declared.enum_values)  # type: ignore[assignment]
        if not declared.has_default:
            return said
        return {**said, "default": declared.default} if said else declared.default

    def _step(self, step: Planned) -> dict[str, Any]:
        inside = [each for each in self._program.steps if each.scope is not None and each.scope[0] == step.name]
        self._loop = step.scope[0] if step.scope is not None and step.scope[1] == "body" else ""
        found: dict[str, Any] = {"type": step.class_name.removesuffix("Step")}
        found |= {name: self.value(node) for name, node in step.fields.items()}
        if step.waits:
            found["depends_on"] = step.waits
        for other in self._program.steps:
            for name, trigger in other.triggers:
                if name == step.name:
                    found.setdefault(_ENDS[trigger], []).append(other.name)
        chosen = selection(step)
        if chosen is not None:
            pick, inner, path = chosen
            key = "select_max_by" if pick == "MaxBy" else "select_min_by"
            found[key] = self.expression({"Get": f"Steps.{inner}{'' if path.startswith('[') else '.'}{path}"})
        for each in inside:
            assert each.scope is not None
            found.setdefault(each.scope[1], {})[each.name] = self._step(each)
        return found

    # -- values

    def value(self, node: Any) -> Any:
        """A value as the file has it: texts, numbers, lists and mappings."""
        if node is NOTHING:
            return None
        if isinstance(node, Made):
            return self._made(node)
        if isinstance(node, Existing):
            return node.identity
        if isinstance(node, OfStep):
            step = self._program.step(node.step)
            if step is not None and isinstance(step.made, CLASSES[node.class_name]):
                return node.step if node.class_name == "Step" else f"${{{node.step}}}"
            return self.value(node.read)
        if isinstance(node, Comparison):
            text = self._condition(node.json)
            return dict(node.json) if text is None else text
        if is_expression_json(node):
            return self.expression(node)
        if isinstance(node, Mapping):
            return {key: self.value(item) for key, item in node.items()}
        if isinstance(node, (list, tuple)):
            return [self.value(item) for item in node]
        return node.replace("${", "$${") if isinstance(node, str) else node

    def _made(self, node: Made) -> Any:
        word, _, method = node.function.partition(".")
        if word == "Duration":
            return _UNITS[method].format(node.positional[0])
        if node.function == "ec2.SubnetSelection":
            return [self.value(subnet) for subnet in node.fields["subnets"]]
        if word == "S3Location":
            bucket, *prefix = node.positional
            parts = [f"s3://{bucket.identity}/", *(fragments(prefix[0]) if prefix else [])]
            if all(isinstance(part, str) for part in parts):
                return self.value("".join(parts))
            return self.expression({"Std:Join": {"On": "", "Values": parts}})
        if node.function == "Image.from_uri":
            return self.value(node.positional[0])
        if node.function == "LineageAssociation":
            ends = [self.value(end.positional[0] if isinstance(end, Made) else end) for end in node.positional[:2]]
            return dict(zip(("source", "destination", "type"), [*ends, *node.positional[2:]], strict=False))
        kind = CLASSES[word]
        taken = of_function(getattr(kind, method)) if method else of_class(kind)
        names = list(taken.fields)
        fields = {**dict(zip(names, node.positional, strict=False)), **node.fields}
        said = {name: self.value(field) for name, field in fields.items()}
        if word == "CacheConfig" and set(said) == {"expire_after"}:
            return said["expire_after"]
        if method:
            alone = len(said) == 1 and names[0] in said and not isinstance(said[names[0]], (dict, list))
            return {method: said[names[0]] if alone else said}
        return {word: said} if word in _AMBIGUOUS else said

    # -- expressions

    def expression(self, json: Any) -> Any:
        """An expression as ``${...}``, or a text with such in it; as the service writes it where there is none."""
        parts = fragments(json)
        if "Std:Join" in json and (len(parts) < 2 or not all(isinstance(part, (str, Mapping)) for part in parts)):
            return dict(json)
        found = ""
        for part in parts:
            inner = part.replace("${", "$${") if isinstance(part, str) else self._inside(part)
            if inner is None:
                return dict(json)
            found += inner if isinstance(part, str) else f"${{{inner}}}"
        return found

    def _inside(self, json: Any) -> str | None:
        """What is between ``${`` and ``}``."""
        ((word, inner),) = json.items()
        if word == "Std:JsonGet" and isinstance(inner, Mapping) and inner.get("PropertyFile"):
            reference = Reference.of(inner["PropertyFile"].get("Get"))
            step = None if reference is None else self._program.step(reference.name)
            if step is None or reference is None or step.class_name != "ProcessingStep":
                return None
            return _bare(f"{step.name}.{reference.path[-1]}:{inner.get('Path')}")
        reference = Reference.of(inner) if word == "Get" else None
        if reference is None:
            return None
        if reference.kind == "Parameters" and reference.name in self._program.parameters and not reference.path:
            return reference.name if self._program.step(reference.name) is None else f"Parameters.{reference.name}"
        if reference.kind == "Execution":
            return inner if inner == f"Execution.{reference.name}" else None
        if reference.kind == "ForEach" and self._loop:
            return _bare(f"item{inner.removeprefix('ForEach.CurrentItem')}")
        step = self._program.step(reference.name) if reference.kind == "Steps" else None
        if step is None:
            return None
        short = shortest(step.made, inner)
        path = short or format_path(reference.path).removeprefix(".")
        return _bare(f"{step.name}.{path}") if short or reads(step.made, path, inner) else None

    def _condition(self, json: Any) -> str | None:
        """A condition as a text; None where it has no such form."""
        kind = json.get("Type") if isinstance(json, Mapping) else None
        if kind in _SIGNS:
            sides = [self._operand(json.get(side)) for side in ("LeftValue", "RightValue")]
            return None if None in sides else f"{sides[0]} {_SIGNS[kind]} {sides[1]}"
        if kind == "In":
            query = self._operand(json.get("QueryValue"))
            values = [self._operand(value) for value in json.get("Values") or ()]
            return None if query is None or None in values else f"{query} in [{', '.join(map(str, values))}]"
        if kind == "Not":
            inner = self._condition(json.get("Condition"))
            return None if inner is None else f"not ({inner})"
        inner_texts = [self._condition(one) for one in json.get("Conditions") or ()] if kind == "Or" else []
        if len(inner_texts) < 2 or None in inner_texts:
            return None
        return " or ".join(f"({one})" for one in inner_texts)

    def _operand(self, value: Any) -> str | None:
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, (int, float)):
            return repr(value)
        if isinstance(value, str):
            return None if "${" in value else quoted(value)
        found = self._inside(value) if is_expression_json(value) and "Std:Join" not in value else None
        return None if found is None else f"${{{found}}}"


def _bare(text: str) -> str | None:
    return None if re.search(r"[{}\n]", text) else text


# -- YAML

_PLAIN = re.compile(
    r"[A-Za-z_/][A-Za-z0-9_./\-]*|\$\{[A-Za-z0-9_.\-:\[\]']+\}|(?:s3|https)://[A-Za-z0-9_./\-:${}]*|"
    r"arn:[A-Za-z0-9_./\-:]*[A-Za-z0-9]"
)
"""Texts that are written in YAML as they are."""
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "none"})


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        text = repr(value)
        return text.replace("e", ".0e") if "e" in text and "." not in text else text
    if isinstance(value, int):
        return str(value)
    plain = _PLAIN.fullmatch(value) and value.lower() not in _WORDS and not value.endswith(":")
    return value if plain else quoted(value)


def _lines(value: Any, indent: str) -> Iterator[str]:
    """The lines of a mapping or list that is not empty."""
    entries = (
        [(f"{_scalar(key)}:", item) for key, item in value.items()]
        if isinstance(value, Mapping)
        else [("-", item) for item in value]
    )
    for head, item in entries:
        if isinstance(item, (Mapping, list)) and item:
            inner = list(_lines(item, f"{indent}  "))
            if head == "-":
                yield f"{indent}- {inner[0][len(indent) + 2 :]}"
                yield from inner[1:]
            else:
                yield f"{indent}{head}"
                yield from inner
        else:
            text = "[]" if isinstance(item, list) else "{}" if isinstance(item, Mapping) else _scalar(item)
            yield f"{indent}{head} {text}"
