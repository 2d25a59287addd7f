"""CDK tokens, recognized by their form alone: this room knows no CDK.

A token is a value that CloudFormation fills in when the stack is deployed. In a definition a string may have some and a
number may be one; a list may not, since the definition is a single text by then.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from .later import later_pattern

# the form that aws_cdk.Token writes: core/lib/private/encoding.ts
STRING_TOKEN = later_pattern(r"\$\{Token\[[^\[\]]*\]\}")


def any_of(characters: str) -> str:
    """The regular expression of one of these characters, or of a token as a whole, in one way only: a repetition of it
    takes no longer for many tokens than for one text.
    """
    return rf"(?:{STRING_TOKEN.pattern}|(?!\$\{{Token\[){characters})"


_NUMBERED = later_pattern(r"(\$\{Token\[[^\[\]]*?)\.\d+\]\}")
DYNAMIC_REFERENCE = later_pattern(r"\{\{resolve:(ssm|ssm-secure|secretsmanager):([^{}]+)\}\}")
"""What CloudFormation replaces with a parameter of Systems Manager or a secret, anywhere in a text."""
LIST_TOKEN = later_pattern(r"#\{Token\[[^\[\]]*\]\}")
_NUMBER_TOKEN_START = b"\xfb\xff"


def has_string_token(value: Any) -> bool:
    """True for a string that holds at least one token."""
    return isinstance(value, str) and "${Token[" in value


def is_filled_in(text: str) -> bool:
    """True for a text of which CloudFormation fills in a part: a token, or what it replaces wherever it stands."""
    return has_string_token(text) or DYNAMIC_REFERENCE.search(text) is not None


def begins_at_deployment(value: Any) -> bool:
    """True for a text that CloudFormation fills in from its start, where a URI says what it is a place of."""
    return isinstance(value, str) and any(form.match(value) for form in (STRING_TOKEN, DYNAMIC_REFERENCE))


@lru_cache(4096)
def unnumbered(text: str) -> str:
    """The text without the numbers of its tokens, which vary between processes, so that nothing is sorted by them."""
    return _NUMBERED.sub(r"\1]}", text) if has_string_token(text) else text


def is_number_token(value: Any) -> bool:
    """True for a number that stands for a token."""
    return isinstance(value, float) and struct.pack(">d", value).startswith(_NUMBER_TOKEN_START)


def is_list_token(value: Any) -> bool:
    """True for a list that stands for a token, or for the string inside it."""
    if isinstance(value, str):
        return "#{Token[" in value and LIST_TOKEN.search(value) is not None
    return isinstance(value, (list, tuple)) and len(value) == 1 and is_list_token(value[0])


def is_token(value: Any) -> bool:
    """True for a string, number or list whose value is only known at deployment."""
    if isinstance(value, str):
        return "{Token[" in value and (has_string_token(value) or is_list_token(value))
    return is_number_token(value) or is_list_token(value)


def holds_token(value: Any) -> bool:
    """True for a document that contains a token, even in a part of a key."""
    if isinstance(value, Mapping):
        return any(holds_token(key) or holds_token(item) for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return any(map(holds_token, value))
    return is_token(value)
