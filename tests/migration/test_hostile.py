"""No text of a definition becomes code: it stays a text, whatever it holds."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdk_sagemaker_pipelines import Definition, DefinitionError, PipelineError
from cdk_sagemaker_pipelines.language.meaning import differences, meaning
from cdk_sagemaker_pipelines.migration.code.names import Names
from cdk_sagemaker_pipelines.migration.code.texts import comment, formatted, literal
from tests.migration.support import NAMES, definition, run, written

HOSTILE = [
    "'",
    '"',
    "''' + x + '''",
    '"""\nimport os\n"""',
    "a\nimport os",
    "a\r\n# b",
    "\\",
    "\\'",
    '\\" + x + "',
    "{x}",
    "{{",
    "}",
    "{",
    "{__import__('os')}",
    "%s \x00 \x1b[31m \u2028 \u202e \ufeff",
    "naïve 日本語 🎉",
    "class",
    "${Steps.Train.x}",
    "a" * 200,
    "'" * 20 + '"' * 21,
]
ALLOWED = {
    *("Get", "Join", "JsonGet", "RawStep", "S3Location", "StepReference", "join", "output_parameters", "properties"),
    *("Trust", "reference", "s3"),
}
"""What code names for some texts only."""


@settings(deadline=None)
@given(st.text())
def test_a_text_is_the_same_text_in_code(text: str) -> None:
    code = literal(text)
    assert ast.literal_eval(code) == text
    assert "\n" not in code


@settings(deadline=None)
@given(st.lists(st.one_of(st.text(), st.just(("x",)), st.just(('y["k"]',))), min_size=1))
def test_an_f_string_is_the_same_text(parts: list[Any]) -> None:
    code = formatted(parts)
    if code is not None:
        assert isinstance(ast.parse(code, mode="eval").body, ast.JoinedStr)
        values = {"x": "1{2}'3", "y": {"k": '4"5'}}
        wanted = "".join(part if isinstance(part, str) else str(eval(part[0], {}, values)) for part in parts)
        assert eval(code, {}, values) == wanted


@settings(deadline=None)
@given(st.text())
def test_a_comment_stays_one(text: str) -> None:
    assert ast.dump(ast.parse(f"# {comment(text)}")) == ast.dump(ast.parse(""))
    assert len(ast.parse(f'"""{comment(text)}."""').body) == 1


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(max_size=40), max_size=8))
def test_variables_are_names_of_their_own(texts: list[str]) -> None:
    names = Names({"iam"})
    found = [names.take(text, "step") for text in texts]
    assert len(set(found)) == len(found)
    assert all(name.isidentifier() and name not in ("class", "match", "self", "iam", "print", "l") for name in found)
    for name in found:
        ast.parse(f"{name} = 1")


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where the texts of a definition are that may be any text."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key not in ("Get", "Type", "Version"):
                yield from paths(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from paths(item, (*path, index))
    elif isinstance(value, str):
        yield path


def replaced(value: Any, path: tuple[Any, ...], text: str) -> Any:
    if not path:
        return text
    copy = dict(value) if isinstance(value, Mapping) else list(value)
    copy[path[0]] = replaced(value[path[0]], path[1:], text)
    return copy


FREE = {
    "parameters": ("DefaultValue", "Description", "ErrorMessage"),
    "property_files_and_functions": ("FilePath", "On", "Values", "Path", "RightValue"),
    "callback_and_lambda": ("DisplayName", "Description", "OutputName", "Values"),
    "training_builtin": ("ContentType", "Value", "Regex", "objective", "S3Uri"),
}
"""By definition: members whose texts are the user's own."""


def samples() -> list[tuple[str, tuple[Any, ...], str]]:
    """Each text at each place."""
    return [
        (name, path, text)
        for name, members in FREE.items()
        for path in paths(definition(name).json)
        if {*members} & {*path[-2:]}
        for text in HOSTILE
    ]


def names_of(tree: ast.AST) -> set[str]:
    """All that code calls or reads, by name."""
    loaded = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return loaded | {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def test_hostile_texts_stay_texts(tmp_path: Path) -> None:
    every = samples()
    check(every[:: len(every) // 40 | 1], tmp_path)


def damaged(seed: int) -> Any:
    """A definition of the corpus in which one value is another, or is not there."""
    random = Random(seed)
    document = definition(random.choice(NAMES)).json
    path = random.choice([path for path in everywhere(document) if path])
    return replaced(document, path, random.choice(VALUES))


def everywhere(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    for key, item in (
        value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield from everywhere(item, (*path, key))


VALUES: tuple[Any, ...] = (
    *(None, True, -1, 1.5, "", "x", [], {}, ["a"], {"a": 1}, {"Get": "Steps.Nope.A"}, {"Get": 3}, {"Get": []}),
    *({"Std:Join": {}}, {"Std:Join": {"On": ",", "Values": 3}}, {"Std:JsonGet": {"Path": "a"}}, "s3://", 10**30),
)


@pytest.mark.parametrize("seed", range(25))
def test_a_damaged_definition_is_written_or_refused_in_words(seed: int) -> None:
    with suppress(PipelineError, DefinitionError):
        ast.parse(written(Definition(damaged(seed))))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1000, 3000))
def test_damaged_definitions_are_written_or_refused_in_words(seed: int) -> None:
    test_a_damaged_definition_is_written_or_refused_in_words(seed)


@pytest.mark.long
def test_all_hostile_texts_stay_texts(tmp_path: Path) -> None:
    check(samples(), tmp_path)


def check(made: list[tuple[str, tuple[Any, ...], str]], tmp_path: Path) -> None:
    """The code runs, means the same, names nothing new, and a formatter leaves it as it is."""
    refused = 0
    known = {name: names_of(ast.parse(written(definition(name)))) for name in FREE}
    for number, (name, path, text) in enumerate(made):
        document = replaced(definition(name).json, path, text)
        try:
            code = written(Definition(document))
        except PipelineError:
            refused += 1  # such as a name that the service does not take
            continue
        tree = ast.parse(code)
        new = names_of(tree) - known[name] - ALLOWED
        stores = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        stores |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
        assert not new - stores, (path, text, new)
        assert [type(node) for node in tree.body if not isinstance(node, ast.ImportFrom)] == [ast.Expr, ast.ClassDef]
        _, pipeline = run(code, Definition(document))
        assert list(differences(meaning(document), meaning(pipeline.host.current.json))) == [], (path, text)
        (tmp_path / f"s{number}.py").write_text(code, encoding="utf-8")
    assert refused < len(made) / 2, f"{refused} of {len(made)}"
    ruff = Path(sys.executable).parent / "ruff"
    command = [str(ruff), "format", "--diff", "--isolated", "--no-cache", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[:3000]
