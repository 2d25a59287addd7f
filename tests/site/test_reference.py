"""The pages that are generated: each exported name is on one, each code of a finding has an example and a mend."""

from __future__ import annotations

import ast
import enum
import inspect
import json
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

import cdk_sagemaker_pipelines as library
from cdk_sagemaker_pipelines import testing
from cdk_sagemaker_pipelines.language.step_types import STEP_TYPES
from scripts.site import api, commands, findings, mends, messages, permissions
from tests.commands import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
OTHERS = {
    *("Any", "Callable", "False", "Iterable", "Literal", "Mapping", "NoReturn", "None", "Path", "Sequence", "partial"),
    *("bool", "class", "float", "int", "list", "str", "tuple", "Construct", "Duration", "RemovalPolicy"),
}
"""Names in signatures that are Python's or CDK's; those with a dot are modules of CDK."""
CODES = {found.code: found for found in findings.codes()}
LIBRARY = Path(library.__file__).parent


# -- the API


def test_every_exported_name_is_on_one_page() -> None:
    shown = re.findall(r"^::: ([\w.]+)$", "\n".join(api.pages().values()), re.M)
    exported = [f"{library.__name__}.{name}" for name in library._HOME]
    tested = [f"{testing.__name__}.{name}" for name in testing.__all__]
    types = [path for path in shown if path not in exported + tested]
    assert [name for name, count in Counter(shown).items() if count > 1] == []
    assert set(exported + tested) - set(shown) == set(), "name the page in scripts/site/api.py"
    assert len(types) == sum(map(len, api.TYPES.values()))


def test_what_a_signature_names_is_on_a_page() -> None:
    known = {*library._HOME, *OTHERS, *(name for names in api.TYPES.values() for name in names)}
    unknown: dict[str, set[str]] = {}
    for name in library._HOME:
        value = getattr(library, name)
        if not isinstance(value, type) or issubclass(value, (Exception, enum.Enum)):
            continue
        for parameter in inspect.signature(value).parameters.values():
            annotation = re.sub(r"\"[^\"]*\"|'[^']*'|\b\w+\.\w+", "", str(parameter.annotation))
            for word in set(re.findall(r"[A-Za-z_]\w*", annotation)) - known:
                unknown.setdefault(word, set()).add(name)
    assert unknown == {}, "name it in TYPES of scripts/site/api.py"


def test_types_have_a_text() -> None:
    for module, names in api.TYPES.items():
        tree = ast.parse((LIBRARY / f"{module.replace('.', '/')}.py").read_text("utf-8"))
        told = {node.name for node in tree.body if isinstance(node, ast.ClassDef) and ast.get_docstring(node)}
        for node, below in pairwise(tree.body):
            if isinstance(node, ast.Assign) and isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
                told.update(_names(node))
        assert set(names) - told == set(), module


# -- the reference


def test_every_code_has_a_mend() -> None:
    assert len(CODES) > 170
    assert set(CODES) == set(mends.MENDS), "write the mend into scripts/site/mends.py"


@pytest.mark.parametrize(
    ("name", "example"),
    [
        ("two-triggers", "step 'AbaloneProcess': DependsOn: it depends on 'OurJob' with the triggers 'Completed' and"),
        ("step-name", "Name: the name '' must have 1 to 64 letters, digits, '-' or '_' [step-name] "),
        ("tag", 'add("team", str(Parameter.string("Team"))) ``` ```text step \'Prepare\': Tags: the tag'),
    ],
    ids=["chosen", "given", "synth"],
)
def test_a_code_is_shown_with_what_the_rule_says(name: str, example: str) -> None:
    section = "\n".join(findings.section(CODES[name]))
    assert section.startswith(f"### `{name}` {{#{name}}}\n\n*error*: ")
    assert example in " ".join(section.split())


def test_messages_are_found_by_their_texts() -> None:
    made = messages.made_in([LIBRARY / "language/expressions.py", LIBRARY / "language/rules/structure.py"])
    refused = dict(messages.refusals(made, ("PipelineError",)))
    assert refused["parameter '…': enum_values must be a list of at least one text"] == "language/expressions"
    assert dict(messages.findings(made))["it names '…' … times; name it once"] == "duplicate-dependency"


def test_every_command_has_a_section() -> None:
    text = commands.page()
    sections = set(re.findall(r"^## `smpipe ([a-z]+)`$", text, re.M))
    assert sections == set(COMMANDS)
    assert "| `--state FOLDER` | keep everything in this folder" in text
    assert "| `{pull}`" in text or "| `action` | pull: ask for them now |" in text


def test_every_step_type_with_calls_has_a_section() -> None:
    sections = re.findall(r"^## (\w+)$", permissions.page(), re.M)
    assert sections[-1] == "Sources"
    assert set(STEP_TYPES) - set(sections) <= {"Fail", "ForEach", "AutoMLV2"}


def test_what_the_pages_leave_out_exists() -> None:
    tree = ast.parse((ROOT / "scripts" / "site" / "fields.py").read_text("utf-8"))
    (named,) = (node.value for node in tree.body if isinstance(node, ast.Assign) and _names(node) == ["INTERNAL"])
    hidden = {str(node.value) for node in ast.walk(named) if isinstance(node, ast.Constant)}
    members = json.loads((ROOT / "tests" / "public_members.json").read_text("utf-8"))
    assert len(hidden) > 40
    assert hidden - {f"{name}.{member}" for name, listed in members.items() for member in listed} == set()


def _names(node: ast.Assign) -> list[str]:
    return [target.id for target in node.targets if isinstance(target, ast.Name)]
