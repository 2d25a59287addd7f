"""JSON texts: what is read, what is refused, and what is told of that readers of JSON pass over."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cdk_sagemaker_pipelines.language import Definition, DefinitionError, check
from cdk_sagemaker_pipelines.language.parsing import parse

from .support import condition, corpus, corpus_document, document, step, texts


def twice(text: str, key: str, other: Any = 0) -> str:
    """A JSON text in which an object has the key once more, in front and with another value."""
    return text.replace(f'"{key}":', f'"{key}": {json.dumps(other)}, "{key}":', 1)


def test_the_last_value_is_read_and_the_key_is_reported() -> None:
    parsed = parse('{"a": [{"b": 1, "c": 2, "b": 3, "b": 4}]}')
    assert parsed.document == {"a": [{"b": 4, "c": 2}]}
    (repetition,) = parsed.repetitions
    assert repetition.key == "b"
    assert repetition.holder is parsed.document["a"][0]


@pytest.mark.parametrize(
    ("key", "place"),
    [
        ("Version", "Version"),
        ("Steps", "Steps"),
        ("IfSteps", "step 'Check': Arguments.IfSteps"),
        ("Image", "step 'Inner': Arguments.Containers[0].Image"),
        ("Type", "step 'Check': Type"),
    ],
)
def test_a_duplicate_key_is_an_error(key: str, place: str) -> None:
    inner = step("Inner", arguments={"Containers": [{"Image": "a"}]})
    text = json.dumps(document(condition("Check", if_steps=[inner])))
    assert texts(check(Definition.parse(text))) == []
    assert texts(check(Definition.parse(twice(text, key)))) == [
        f"{place}: the key {key!r} occurs more than once, and all but the last would be lost; keep one [repeated-key]"
    ]


@pytest.mark.parametrize("name", corpus())
def test_the_corpus_repeats_no_key(name: str) -> None:
    assert parse(json.dumps(corpus_document(name))).repetitions == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "not JSON: Expecting value at line 1, column 1"),
        ("[1,\n 2", "not JSON: Expecting ',' delimiter at line 2, column 3"),
        ("[Infinity]", "not JSON: Infinity is not a JSON number"),
        (f"[{'9' * 4301}]", "not JSON: a whole number has more than 4300 digits"),
        (b"\xff", "not UTF-8 text: invalid start byte at byte 0"),
        (b'["\xed\xa0\x80"]', "not UTF-8 text: invalid continuation byte at byte 2"),
        (b"\xff\xfe[", "not UTF-16-LE text: truncated data at byte 2"),
        pytest.param(
            "[" * 100_000, "nested too deeply: at most 330 objects and lists inside one another", id="brackets"
        ),
    ],
)
def test_what_is_not_json(text: str | bytes, told: str) -> None:
    with pytest.raises(DefinitionError) as refusal:
        parse(text)
    assert str(refusal.value) == told
