"""The table of rules in the documents and the findings in the source are the same."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path

import cdk_sagemaker_pipelines
from cdk_sagemaker_pipelines.iam.evaluation import NOT_GRANTED
from cdk_sagemaker_pipelines.iam.permissions import IMPORTED
from cdk_sagemaker_pipelines.iam.undecided import SAYS_KEY, UNDECIDED
from cdk_sagemaker_pipelines.iam.wildcards import LITERAL, UNEXPLAINED
from cdk_sagemaker_pipelines.language.misplaced import LIST
from cdk_sagemaker_pipelines.properties.service_model import FIT
from cdk_sagemaker_pipelines.review.explain.role_trust import ROLE_TRUST

from .support import table_of_rules

LIBRARY = Path(cdk_sagemaker_pipelines.__file__).parent
SOURCES = [
    *LIBRARY.glob("language/rules/**/[!_]*.py"),
    LIBRARY / "language/loops.py",
    LIBRARY / "iam/cross_environment.py",
]
MAKERS = ("Finding", "finding", "exactly_one", "at_most_one", "repeated")
EITHER = {"error", "warning"}


def findings() -> dict[str, set[str]]:
    """The levels of each code in the calls that make findings; where a level is computed, both."""
    found: dict[str, set[str]] = defaultdict(set)
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            name = getattr(node.func, "id", getattr(node.func, "attr", "")) if isinstance(node, ast.Call) else ""
            if name not in MAKERS or not isinstance(node, ast.Call) or not isinstance(node.args[0], ast.Constant):
                continue
            given = [keyword.value for keyword in node.keywords if keyword.arg == "level"]
            given += [value for value in node.args[1:] if ast.unparse(value) in ("level", "'warning'")]
            constant = {str(value.value) for value in given if isinstance(value, ast.Constant)} or {"error"}
            known = all(isinstance(value, ast.Constant) for value in given)
            found[str(node.args[0].value)] |= constant if known else EITHER
    # those that are told by way of constants
    errors = {code: {"error"} for code in (LIST[0], "broken-placeholder", "printed-object", LITERAL, UNEXPLAINED)}
    warnings = {code: {"warning"} for code in (NOT_GRANTED, ROLE_TRUST, UNDECIDED, *SAYS_KEY)}
    return {**found, "argument": EITHER, FIT: EITHER, **errors, **warnings}


FIRST = ("Finding", "Untrusted", "finding", "exactly_one", "at_most_one", "repeated")
"""What makes findings, and takes the code first; ``find`` of a rendering takes it second."""
HANDED_ON = {"code", "found.code", "finding.code", "self.code", "*found", "*LIST"}
"""How a code is handed on that is said elsewhere, those of ``misplaced`` among them."""
OF_IMPORTS = {f"{kind}-key" for kind in IMPORTED}


def codes() -> dict[str, str]:
    """Every code that the library gives to a finding, but for those of a team's own rules, and where it does.

    Local runs hand on what the rules find.
    """
    elsewhere, policies = {"team", "local", "studio"}, ("team/applied.py", "team/compute.py")
    files = {source: source.relative_to(LIBRARY) for source in LIBRARY.rglob("*.py")}
    sources = [source for source, file in files.items() if file.as_posix() in policies or not elsewhere & {*file.parts}]
    trees = {str(source.relative_to(LIBRARY)): ast.parse(source.read_text(encoding="utf-8")) for source in sources}
    constants: dict[str, set[str]] = defaultdict(set)
    for tree in trees.values():
        for node in tree.body:
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    constants[ast.unparse(target)] |= _texts(node.value)
    found: dict[str, str] = {}
    for file, tree in trees.items():
        for each in ast.walk(tree):
            for code in _given(each):
                if ast.unparse(code) == "f'{imported}-key'":
                    continue
                if isinstance(code, ast.Subscript):  # by a table
                    code = code.value
                said = {code.value} if isinstance(code, ast.Constant) else constants.get(ast.unparse(code), set())
                assert said or ast.unparse(code) in HANDED_ON, (file, ast.unparse(code))
                found |= dict.fromkeys(map(str, said), file)
    problems = ast.parse((LIBRARY / "language/misplaced.py").read_text(encoding="utf-8"))
    for each in ast.walk(problems):
        value = each.value if isinstance(each, (ast.Return, ast.Assign)) else None
        if isinstance(value, ast.Tuple) and isinstance(value.elts[0], ast.Constant):
            found[str(value.elts[0].value)] = "language/misplaced.py"
    return found


def _given(node: ast.AST) -> list[ast.expr]:
    """The code of a finding that is made here."""
    if isinstance(node, ast.Call):
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name in FIRST and node.args:
            return [node.args[0]]
        if name == "find" and len(node.args) > 1 and isinstance(node.func, ast.Attribute):
            owner = ast.unparse(node.func.value)
            return [node.args[1]] if owner in ("self", "rendering") else []
    # a doubt about a permission is made a finding later
    if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).strip("()") == "code, of":
        return list(node.value.elts[:1]) if isinstance(node.value, ast.Tuple) else []
    return []


def _texts(value: ast.expr) -> set[str]:
    """The texts that a constant is or has: the first of a tuple, the values of a table."""
    if isinstance(value, ast.Dict):
        return {str(each.value) for each in value.values if isinstance(each, ast.Constant)}
    first = value.elts[0] if isinstance(value, ast.Tuple) and value.elts else value
    return {first.value} if isinstance(first, ast.Constant) and isinstance(first.value, str) else set()


def test_the_documents_tell_every_code() -> None:
    text = (LIBRARY.parents[1] / "docs/checks.md").read_text(encoding="utf-8")
    rules = text[text.index("\n## Rules\n") :]
    rows = re.findall(r"^\| `([a-z\-]+)` \|", rules, re.MULTILINE)
    assert len(rows) == len(set(rows)), "a code has one row"
    found = codes()
    # what is told of all rules stands before the tables
    assert {"undecided-permission", "handed-over", "no-json", "lost-tag", "argument", "list-token"} <= set(found)
    before = {"many-findings", "rule-failed"}
    assert all(f"`{code}`" in text for code in before)
    assert set(rows) == set(found) - before | OF_IMPORTS | {FIT, LITERAL, UNEXPLAINED}


def test_each_code_is_in_the_table_with_its_levels() -> None:
    assert table_of_rules() == findings()
