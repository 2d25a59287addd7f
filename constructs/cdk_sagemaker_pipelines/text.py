"""The definition's text between JSON and CloudFormation: what is only known at deployment is in it as tokens."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from aws_cdk import CfnParameter, Stack, Token

from .language import Finding, lines
from .language.later import Later, later_pattern
from .language.tokens import LIST_TOKEN, STRING_TOKEN, has_string_token
from .review.reading.literals import literals, of_parameter
from .review.reading.stacks import Stack as Template
from .review.reading.templates import joined
from .review.words import with_names

if TYPE_CHECKING:
    import hashlib
    import re
else:
    hashlib = Later("hashlib")

_NUMBER = later_pattern(r"-1\.8881545897087\d*e\+289")


class TokenText:
    """The lines of a JSON text with CDK tokens inside."""

    def __init__(self, lines: list[str], stack: Stack) -> None:
        text = _NUMBER.sub(_as_text, "\n".join(lines))
        self._lines = text.split("\n")  # the lines themselves hold none: JSON escapes it
        self._stack = stack
        self._tokens = list(dict.fromkeys(STRING_TOKEN.findall(text)))

    def marked(self) -> tuple[str, dict[str, str]]:
        """The text with a marker for each token that is only known at deployment, and the tokens by marker."""
        text = "\n".join(self.resolved_lines())
        left = dict.fromkeys(STRING_TOKEN.findall(text))
        markers = {token: f"<<marker:{number}>>" for number, token in enumerate(left)}
        return _replaced(text, markers), {marker: token for token, marker in markers.items()}

    def hash(self) -> str:
        """The SHA-256 of the text, each token replaced with what it resolves to: the tokens' own numbers vary."""
        values = dict(zip(self._tokens, self._stack.resolve(self._tokens), strict=False))
        stable = _replaced("\n".join(self._lines), {token: json.dumps(value) for token, value in values.items()})
        return hashlib.sha256(stable.encode()).hexdigest()

    def resolved_lines(self) -> list[str]:
        """The lines, with tokens for literals replaced with those, escaped for JSON.

        Other tokens are kept: CDK must see them for references between stacks.
        """
        values = self._stack.resolve(self._tokens) if self._tokens else []
        literals = {
            token: _inside_of_json(value)
            for token, value in zip(self._tokens, values, strict=False)
            if not isinstance(value, (dict, list))
        }
        return [_replaced(line, literals) for line in self._lines] if literals else self._lines


def named(value: Any, stack: Stack) -> Any:
    """A JSON value with logical names in place of the numbers of CDK's tokens, which differ from process to process.

    ``smpipe`` reads the same names from the template: ``${Token[PipelineRole.Arn]}``. What is known at synth is written
    as it is.
    """
    # CDK does not take lists inside a text
    text = LIST_TOKEN.sub("#{Token}", "".join(lines(value)))
    (line,) = TokenText([text], stack).resolved_lines()
    template = Template(0, "", {})
    resolved = stack.resolve(line) if has_string_token(line) else line
    return json.loads(joined(template.pieces(resolved), template.called))


def for_people(finding: Finding, stack: Stack) -> str:
    """A finding in words, with what is only known at deployment as ``${Name}``."""
    text = LIST_TOKEN.sub("#{Token}", _NUMBER.sub(_as_text, str(finding)))
    tokens = list(dict.fromkeys(STRING_TOKEN.findall(text)))
    values = stack.resolve(tokens) if tokens else []
    return with_names(
        _replaced(text, {token: intrinsics_named(value) for token, value in zip(tokens, values, strict=True)})
    )


def intrinsics_named(value: Any) -> str:
    """A resolved text of a template, with names in place of its intrinsic functions as in ``named``."""
    template = Template(0, "", {})
    return template.text(value, template.called)


class Said(NamedTuple):
    """The literal texts in the value of each token. ``filled``: of those that the deployment replaces with it."""

    texts: dict[str, list[str]]
    filled: dict[str, list[str]]


def said(texts: Iterable[str], stack: Stack) -> Said:
    """The literal texts in the value of each token in some texts, as far as CDK knows at synth."""
    tokens = dict.fromkeys(token for text in texts for token in STRING_TOKEN.findall(text))
    values = stack.resolve(list(tokens)) if tokens else []
    defaults = _Defaults(stack)
    known = {token: list(literals(value, defaults.of)) for token, value in zip(tokens, values, strict=True)}
    filled = {token: known[token] for token, value in zip(tokens, values, strict=True) if isinstance(value, dict)}
    return Said(known, filled)


class _Defaults:
    """What the parameters of a stack may be without anybody's word. CDK is asked when the first is asked for."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._known: dict[str, list[Any]] | None = None

    def of(self, function: str, inner: Any) -> list[Any]:
        """The default and the allowed values of a parameter that a function refers to."""
        if function != "Ref" or str(inner).startswith("AWS::"):
            return []
        if self._known is None:
            found = [one for one in self._stack.node.find_all() if isinstance(one, CfnParameter)]
            ids = self._stack.resolve([one.logical_id for one in found])
            self._known = {
                str(logical_id): of_parameter(one.type, one.default, one.allowed_values)
                for logical_id, one in zip(ids, found, strict=True)
            }
        return self._known.get(str(inner), [])


def _as_text(number: re.Match[str]) -> str:
    """The token of a number as that of a text."""
    return Token.as_string(float(number[0]))


def _replaced(text: str, values: dict[str, str]) -> str:
    return STRING_TOKEN.sub(lambda match: values.get(match.group(0), match.group(0)), text)


def _inside_of_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)[1:-1] if isinstance(value, str) else json.dumps(value)
