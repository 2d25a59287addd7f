"""The table of rules in the documents and the findings in the source are the same."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

import cdk_sagemaker_pipelines
from cdk_sagemaker_pipelines.iam.covering import NOT_GRANTED
from cdk_sagemaker_pipelines.iam.undecided import SAYS_KEY, UNDECIDED
from cdk_sagemaker_pipelines.iam.wildcards import LITERAL, UNEXPLAINED
from cdk_sagemaker_pipelines.language.misplaced import LIST
from cdk_sagemaker_pipelines.properties.service_model import FIT
from cdk_sagemaker_pipelines.review.explain.taken import ROLE_TRUST

from .support import table_of_rules

LIBRARY = Path(cdk_sagemaker_pipelines.__file__).parent
SOURCES = [*LIBRARY.glob("language/rules/**/[!_]*.py"), LIBRARY / "language/loops.py", LIBRARY / "iam/elsewhere.py"]
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


def test_each_code_is_in_the_table_with_its_levels() -> None:
    assert table_of_rules() == findings()
