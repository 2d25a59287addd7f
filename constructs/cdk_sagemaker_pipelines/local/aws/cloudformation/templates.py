"""Templates: parsing, parameters, and intrinsic functions.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from ....templates import yaml_text
from ...json_text import parsed
from .errors import TemplateError

LATER = "{{changeSet:KNOWN_AFTER_APPLY}}"
"""The value, in a change set, of what is only known after its execution; as the service writes it."""

_ABSENT = object()
"""What ``{"Ref": "AWS::NoValue"}`` becomes until the member or element that holds it is dropped."""

_OF_AN_OUTPUT = {"StackName", "OutputName", "Region", "RoleArn"}
_VARIABLE = re.compile(r"\$\{(!?)([^}]*)\}")


def parse_template(text: str) -> dict[str, Any]:
    """The template in ``text``, JSON or YAML. Raises ``TemplateError``."""
    try:
        template = parsed(text) if text.lstrip().startswith("{") else yaml_text.parse(text).value
    except ValueError as error:
        raise TemplateError(f"Template format error: {error}") from error
    if not isinstance(template, dict) or not template.get("Resources"):
        raise TemplateError("Template format error: At least one Resources member must be defined.")
    for logical_id, resource in template["Resources"].items():
        if not isinstance(resource, dict) or "Type" not in resource:
            raise TemplateError(f"Template format error: [/Resources/{logical_id}] Every Resource must have a Type")
    return template


def parameter_values(
    template: Mapping[str, Any],
    given: Mapping[str, str],
    stored_parameter: Callable[[str], str],
) -> dict[str, Any]:
    """The value of every parameter of the template: the given one, else its default.

    ``stored_parameter`` returns the value of an SSM parameter. Raises ``TemplateError``.
    """
    values: dict[str, Any] = {}
    missing = []
    for name, declaration in template.get("Parameters", {}).items():
        raw = given.get(name, declaration.get("Default"))
        if raw is None:
            missing.append(name)
            continue
        kind = declaration.get("Type", "String")
        if kind.startswith("AWS::SSM::Parameter::Value"):
            raw = stored_parameter(str(raw))
        allowed = declaration.get("AllowedValues")
        if allowed and str(raw) not in map(str, allowed):
            raise TemplateError(f"Parameter {name} must be one of AllowedValues [{', '.join(map(str, allowed))}]")
        values[name] = str(raw).split(",") if "List" in kind else str(raw)
    if missing:
        raise TemplateError(f"Parameters: [{', '.join(missing)}] must have values")
    unknown = [name for name in given if name not in template.get("Parameters", {})]
    if unknown:
        raise TemplateError(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    return values


class Values(Protocol):
    """What an evaluation knows of resources and of other stacks."""

    def reference(self, logical_id: str) -> Any: ...

    def attribute(self, logical_id: str, name: str) -> Any: ...

    def imported(self, name: str) -> str: ...

    def output(self, stack: str, name: str, region: str | None, role: str | None) -> str: ...


class Evaluation:
    """Evaluates a template's intrinsic functions.

    ``variables`` holds the parameters and the pseudo parameters (``AWS::Region`` and so on).
    """

    def __init__(self, template: Mapping[str, Any], variables: Mapping[str, Any], values: Values) -> None:
        self._template = template
        self._variables = variables
        self._values = values
        self._conditions: dict[str, bool] = {}
        self._functions: dict[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Fn::GetAtt": self._get_att,
            "Fn::Join": self._join,
            "Fn::Sub": self._sub,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::If": self._if,
            "Fn::FindInMap": self._find_in_map,
            "Fn::ImportValue": lambda argument: self._values.imported(self.value(argument)),
            "Fn::GetStackOutput": self._get_stack_output,
            "Fn::GetAZs": lambda argument: [
                f"{self.value(argument) or self._variables['AWS::Region']}{z}" for z in "abc"
            ],
            "Fn::Base64": lambda argument: base64.b64encode(self.value(argument).encode()).decode(),
            "Fn::ToJsonString": lambda argument: json.dumps(self.value(argument)),
            "Fn::Length": lambda argument: len(self.value(argument)),
            "Fn::Equals": self._equals,
            "Fn::Not": lambda argument: not self._truth(argument[0]),
            "Fn::And": lambda argument: all(map(self._truth, argument)),
            "Fn::Or": lambda argument: any(map(self._truth, argument)),
            "Fn::Contains": lambda argument: self._texts(argument[1])[0] in self._texts(argument[0]),
            "Fn::EachMemberEquals": lambda argument: {*self._texts(argument[0])} <= {*self._texts(argument[1])},
            "Fn::EachMemberIn": lambda argument: {*self._texts(argument[0])} <= {*self._texts(argument[1])},
        }

    def value(self, node: Any) -> Any:
        """The value of ``node`` with every function in it evaluated. Raises ``TemplateError``."""
        if isinstance(node, dict):
            if len(node) == 1:
                name, argument = next(iter(node.items()))
                if name in self._functions:
                    return self._functions[name](argument)
                if name.startswith("Fn::"):
                    raise TemplateError(f"Template format error: Unrecognized function {name}")
            pairs = ((key, self.value(member)) for key, member in node.items())
            return {key: member for key, member in pairs if member is not _ABSENT}
        if isinstance(node, list):
            return [element for element in map(self.value, node) if element is not _ABSENT]
        return node

    def properties(self, resource: Mapping[str, Any]) -> dict[str, Any]:
        """The properties of a resource of the template."""
        properties = self.value(resource.get("Properties", {}))
        return {} if properties is _ABSENT else dict(properties)

    def holds(self, condition: str | None) -> bool:
        """Whether a condition of the template holds; the absence of a condition always does."""
        if condition is None:
            return True
        if condition not in self._conditions:
            conditions = self._template.get("Conditions", {})
            if condition not in conditions:
                raise TemplateError(f"Template format error: Unresolved condition {condition}")
            self._conditions[condition] = bool(self.value(conditions[condition]))
        return self._conditions[condition]

    def _truth(self, node: Any) -> bool:
        if isinstance(node, dict) and set(node) == {"Condition"}:
            return self.holds(node["Condition"])
        return bool(self.value(node))

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return _ABSENT
        if name in self._variables:
            return self._variables[name]
        return self._values.reference(name)

    def _get_att(self, argument: Any) -> Any:
        logical_id, name = argument.split(".", 1) if isinstance(argument, str) else argument
        return self._values.attribute(logical_id, self.value(name))

    def _get_stack_output(self, argument: Any) -> str:
        given = self.value(argument)
        if not isinstance(given, dict) or not {"StackName", "OutputName"} <= given.keys() <= _OF_AN_OUTPUT:
            raise TemplateError(
                "Template error: every Fn::GetStackOutput object must have StackName and OutputName, and "
                "may have Region and RoleArn"
            )
        return self._values.output(given["StackName"], given["OutputName"], given.get("Region"), given.get("RoleArn"))

    def _join(self, argument: Any) -> str:
        delimiter, elements = argument
        return str(delimiter).join(map(_text, self.value(elements)))

    def _sub(self, argument: Any) -> str:
        text, given = argument if isinstance(argument, list) else (argument, {})
        variables = self.value(given)

        def substitute(match: re.Match[str]) -> str:
            literal, name = match.group(1), match.group(2).strip()
            if literal:
                return "${" + match.group(2) + "}"
            if name in variables:
                return _text(variables[name])
            return _text(self._get_att(name) if "." in name else self._ref(name))

        return _VARIABLE.sub(substitute, text)

    def _select(self, argument: Any) -> Any:
        index, elements = int(self.value(argument[0])), self.value(argument[1])
        if not 0 <= index < len(elements):
            if elements == [LATER]:
                return LATER
            raise TemplateError(f"Template error: Fn::Select cannot select nonexistent value at index {index}")
        return elements[index]

    def _split(self, argument: Any) -> list[str]:
        text = str(self.value(argument[1]))
        return [LATER] if LATER in text else text.split(argument[0])

    def _if(self, argument: Any) -> Any:
        condition, then, otherwise = argument
        return self.value(then if self.holds(condition) else otherwise)

    def _equals(self, argument: Any) -> bool:
        left, right = map(self.value, argument)
        return _text(left) == _text(right)

    def _texts(self, node: Any) -> list[str]:
        value = self.value(node)
        return [_text(element) for element in (value if isinstance(value, list) else [value])]

    def _find_in_map(self, argument: Any) -> Any:
        name, first, second = map(self.value, argument[:3])
        try:
            return self._template.get("Mappings", {})[name][first][second]
        except KeyError:
            if len(argument) > 3 and "DefaultValue" in argument[3]:
                return self.value(argument[3]["DefaultValue"])
            raise TemplateError(f"Template error: Unable to get mapping for {name}::{first}::{second}") from None


def _text(value: Any) -> str:
    """A value within a string: booleans as CloudFormation writes them."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def creation_order(template: Mapping[str, Any]) -> list[str]:
    """The logical ids, each after what it refers to or depends on. Raises ``TemplateError`` on a cycle."""
    resources = template["Resources"]
    order: list[str] = []
    path: list[str] = []

    def visit(logical_id: str) -> None:
        if logical_id in order:
            return
        if logical_id in path:
            circle = path[path.index(logical_id) :]
            raise TemplateError(f"Circular dependency between resources: [{', '.join(circle)}]")
        path.append(logical_id)
        for dependency in dependencies(resources[logical_id]):
            if dependency in resources:
                visit(dependency)
        path.pop()
        order.append(logical_id)

    for logical_id in resources:
        visit(logical_id)
    return order


def dependencies(resource: Mapping[str, Any]) -> list[str]:
    """What a resource names in ``DependsOn``, ``Ref``, ``Fn::GetAtt`` and ``Fn::Sub``, including parameters."""
    explicit = resource.get("DependsOn", [])
    return [*([explicit] if isinstance(explicit, str) else explicit), *_named(resource.get("Properties", {}))]


def _named(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for element in node:
            yield from _named(element)
    elif isinstance(node, dict):
        for key, member in node.items():
            if key == "Ref" and isinstance(member, str):
                yield member
            elif key == "Fn::GetAtt":
                yield member.split(".")[0] if isinstance(member, str) else member[0]
            elif key == "Fn::Sub":
                text = member[0] if isinstance(member, list) else member
                yield from (name.strip().split(".")[0] for bang, name in _VARIABLE.findall(text) if not bang)
                yield from _named(member)
            else:
                yield from _named(member)
