"""Breaks the checker's rules, one small change at a time, and reports the changes that no test notices.

Run ``python -m scripts.mutate_rules [MODULE ...]`` in the repository's folder; ``make mutants`` covers all modules.
A change is: a condition negated, a comparison shifted, ``and`` for ``or``, a number increased by one, a finding not
reported, a warning as an error or an error as a warning. Each is tried in a separate process with the tests of the
rules; a change that survives them is printed with its line. Needs a system with ``fork``.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib.abc
import importlib.machinery
import importlib.util
import os
import signal
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

PACKAGE = "cdk_sagemaker_pipelines.language"
ROOT = Path("constructs/cdk_sagemaker_pipelines/language")
MODULES = (
    "loops",
    *(
        ".".join(file.relative_to(ROOT).with_suffix("").parts)
        for file in sorted((ROOT / "rules").rglob("[!_]*.py"))
        if file.stem != "subject"
    ),
)
TESTS = tuple(
    f"tests/language/test_{name}.py" for name in ("rules", "rules_of_conditions", "rules_of_types", "loops", "parsing")
)
FAULTS = "tests/language/test_faults.py"
SAMPLES = 10
"""The samples of each fault to try before the full tests, which is enough to notice most changes."""
SECONDS = 300
"""Seconds after which the tests of a change are considered endless."""

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}


def mutants(tree: ast.Module) -> Iterator[tuple[str, ast.Module]]:
    """Every change: its line and description, and the module with it."""
    places = [node for node in ast.walk(tree) if _changes(node)]
    for number, place in enumerate(places):
        for choice, words in enumerate(_changes(place)):
            changed = copy.deepcopy(tree)
            node = [node for node in ast.walk(changed) if _changes(node)][number]
            _apply(node, choice)
            yield f"{getattr(place, 'lineno', 0)}: {words}", ast.fix_missing_locations(changed)


def _changes(node: ast.AST) -> list[str]:
    if isinstance(node, (ast.If, ast.IfExp)):
        return [f"condition negated: {ast.unparse(node.test)[:80]}"]
    if isinstance(node, ast.comprehension):
        return [f"condition negated: {ast.unparse(test)[:80]}" for test in node.ifs]
    if isinstance(node, ast.BoolOp):
        return [f"and <-> or: {ast.unparse(node)[:80]}"]
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _COMPARISONS:
        changes = [f"comparison shifted: {ast.unparse(node)[:80]}"]
        right = node.comparators[0]
        if isinstance(right, ast.Constant) and type(right.value) is int:
            changes.append(f"number increased: {ast.unparse(node)[:80]}")
        return changes
    if isinstance(node, ast.Expr) and isinstance(node.value, (ast.Yield, ast.YieldFrom)):
        return [f"not reported: {ast.unparse(node.value)[:80]}"]
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "Finding":
        return [f"level swapped: {ast.unparse(node)[:80]}"]
    return []


def _apply(node: ast.AST, choice: int) -> None:
    if isinstance(node, (ast.If, ast.IfExp)):
        node.test = ast.UnaryOp(ast.Not(), node.test)
    elif isinstance(node, ast.comprehension):
        node.ifs[choice] = ast.UnaryOp(ast.Not(), node.ifs[choice])
    elif isinstance(node, ast.BoolOp):
        node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    elif isinstance(node, ast.Compare):
        right = node.comparators[0]
        if choice and isinstance(right, ast.Constant):
            right.value = int(str(right.value)) + 1
        else:
            node.ops[0] = _COMPARISONS[type(node.ops[0])]()
    elif isinstance(node, ast.Expr):
        node.value = ast.YieldFrom(ast.Tuple([], ast.Load()))
    elif isinstance(node, ast.Call):
        levels = [keyword for keyword in node.keywords if keyword.arg == "level"]
        if levels:
            node.keywords.remove(levels[0])
        elif len(node.args) == 5:
            node.args.pop()
        else:
            node.keywords.append(ast.keyword("level", ast.Constant("warning")))


class _Loader(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Loads one module from a syntax tree instead of its file."""

    def __init__(self, name: str, tree: ast.Module) -> None:
        self._name, self._tree = name, tree

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        return importlib.util.spec_from_loader(fullname, self) if fullname == self._name else None

    def get_source(self, fullname: str) -> str | None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self._tree, self._name, "exec"), module.__dict__)


def answer(module: str, changed: ast.Module, texts: frozenset[str]) -> str:
    """The tests' verdict on the changed module, which contains ``texts``: noticed, survived or endless.

    They run in a separate process.
    """
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = _test(module, changed, texts)
        finally:
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return "survived" if code == 0 else "endless" if code == -signal.SIGALRM else "noticed"


def _test(module: str, changed: ast.Module, texts: frozenset[str]) -> int:
    signal.alarm(SECONDS)
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    sys.dont_write_bytecode = True
    sys.meta_path.insert(0, _Loader(f"{PACKAGE}.{module}", changed))
    import pytest

    from tests.language import faults, test_faults

    codes = sorted(texts & {fault.code for fault in faults.FAULTS})
    for fault in test_faults.PLAIN:
        if fault.code in codes:
            test_faults.test_every_sample_of_a_fault_is_found(fault, SAMPLES)
    for miss in faults.NEAR_MISSES:
        if miss.code in codes:
            test_faults.test_a_near_miss_is_not_a_fault(miss, SAMPLES)
    quickly = ["-x", "-q", "-p", "no:cacheprovider", "-m", "not slow"]
    narrow = ["-k", " or ".join(["valid", *codes])]
    return next((1 for chosen in (TESTS, (FAULTS, *narrow), (FAULTS,)) if pytest.main([*quickly, *chosen])), 0)


def run(modules: Sequence[str]) -> int:
    """Tries every change of the modules; returns 1 if one was not noticed."""
    total: Counter[str] = Counter()
    for module in modules:
        counts: Counter[str] = Counter()
        tree = ast.parse((ROOT / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8"))
        texts = frozenset(
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        )
        if answer(module, tree, texts) != "survived":
            raise SystemExit(f"{module}: the tests fail without any change")
        for words, changed in mutants(tree):
            said = answer(module, changed, texts)
            counts[said] += 1
            if said != "noticed":
                print(f"{module}.py:{words}: {said}", flush=True)
        print(f"{module}: {_told(counts)}", flush=True)
        total += counts
    print(_told(total))
    return 1 if total["survived"] else 0


def _told(counts: Counter[str]) -> str:
    return f"{counts.total()} changes: " + ", ".join(f"{count} {said}" for said, count in counts.items())


if __name__ == "__main__":
    import pytest  # noqa: F401  # loaded once, before the processes

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="such as rules.structure; default: all")
    sys.exit(run(parser.parse_args().modules or MODULES))
