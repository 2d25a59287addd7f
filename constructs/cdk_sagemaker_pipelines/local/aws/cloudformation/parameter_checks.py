"""What a template demands of the values of its parameters: their types and constraints, and its rules.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .errors import TemplateError
from .templates import Evaluation


def check_parameters(template: Mapping[str, Any], given: Mapping[str, str]) -> None:
    """Raises ``TemplateError`` if a parameter's value, given or by default, is none for it.

    Of a parameter of Systems Manager that is its name, as it is for the service.
    """
    for name, declaration in template.get("Parameters", {}).items():
        value = given.get(name, declaration.get("Default"))
        if value is not None:
            _check_value(name, declaration, str(value))


def _check_value(name: str, declaration: Mapping[str, Any], text: str) -> None:
    """Raises ``TemplateError`` if ``text`` is no value of the parameter."""
    kind = str(declaration.get("Type", "String"))
    values = [part.strip() for part in text.split(",")] if "List" in kind else [text]
    for value in values:
        wrong = _wrong(declaration, kind, value)
        if wrong is not None:
            told = declaration.get("ConstraintDescription")
            said = f"failed to satisfy constraint: {told}" if told else wrong
            raise TemplateError(f"Parameter '{name}' {said}")


def _wrong(declaration: Mapping[str, Any], kind: str, value: str) -> str | None:
    if kind in ("Number", "List<Number>"):
        try:
            number = float(value)
        except ValueError:
            return "must be a number"
        if "MinValue" in declaration and number < float(declaration["MinValue"]):
            return f"must be a number not less than {declaration['MinValue']}"
        if "MaxValue" in declaration and number > float(declaration["MaxValue"]):
            return f"must be a number not greater than {declaration['MaxValue']}"
        return None
    if "MinLength" in declaration and len(value) < int(declaration["MinLength"]):
        return f"must contain at least {declaration['MinLength']} characters"
    if "MaxLength" in declaration and len(value) > int(declaration["MaxLength"]):
        return f"must contain at most {declaration['MaxLength']} characters"
    pattern = declaration.get("AllowedPattern")
    if pattern is None:
        return None
    try:
        matches = re.fullmatch(str(pattern), value) is not None
    except re.error as error:
        return f"has an AllowedPattern that the local AWS cannot read: {error}"
    return None if matches else f"must match pattern {pattern}"


def check_rules(template: Mapping[str, Any], evaluation: Evaluation) -> None:
    """Raises ``TemplateError`` if an assertion of the template's ``Rules`` does not hold."""
    for name, rule in template.get("Rules", {}).items():
        if "RuleCondition" in rule and not evaluation.value(rule["RuleCondition"]):
            continue
        for assertion in rule.get("Assertions", []):
            if not evaluation.value(assertion["Assert"]):
                told = assertion.get("AssertDescription", "its assertion does not hold")
                raise TemplateError(f"Template validation error: Rule {name} failed: {told}")
