"""Short ways to write definitions, the corpus, and random JSON."""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from cdk_sagemaker_pipelines.language import Definition, Finding, ServiceModel, check

CORPUS = Path(__file__).resolve().parent.parent / "corpus"
GOLDENS = CORPUS.with_name("goldens")
STEADY = settings(deadline=None, derandomize=True, max_examples=60)

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
json_values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=20
)


def corpus() -> list[str]:
    """The names of the definitions that the SDK emitted."""
    return sorted(path.stem for path in CORPUS.glob("*.json"))


def corpus_document(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((CORPUS / f"{name}.json").read_text(encoding="utf-8"))
    return document


def get(path: str) -> dict[str, Any]:
    return {"Get": path}


def step(name: str, type: str = "Training", arguments: Any = None, **more: Any) -> dict[str, Any]:
    return {"Name": name, "Type": type, "Arguments": arguments or {}, **more}


def reads(name: str, *paths: str) -> dict[str, Any]:
    """A step that reads other steps' properties."""
    return step(name, arguments={"Environment": {f"v{index}": get(path) for index, path in enumerate(paths)}})


def condition(name: str, *conditions: Any, if_steps: Any = (), else_steps: Any = ()) -> dict[str, Any]:
    arguments = {"Conditions": list(conditions), "IfSteps": list(if_steps), "ElseSteps": list(else_steps)}
    return step(name, "Condition", arguments)


def document(*steps: dict[str, Any], parameters: Any = (), **more: Any) -> dict[str, Any]:
    return {"Version": "2020-12-01", "Metadata": {}, "Parameters": list(parameters), **more, "Steps": list(steps)}


def definition(*steps: dict[str, Any], **more: Any) -> Definition:
    return Definition(document(*steps, **more))


def texts(found: list[Finding], level: str = "error") -> list[str]:
    return [str(finding) for finding in found if finding.level == level]


def errors(*steps: dict[str, Any], model: ServiceModel | None = None, **more: Any) -> list[str]:
    """The errors of a definition of these steps, as the user reads them."""
    return texts(check(definition(*steps, **more), model))


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a document: the dict or list and the key or index."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in entries:
        yield value, key
        yield from places(item)


def mutated(name: str, value: Any, seed: int) -> dict[str, Any]:
    """A corpus file in which some places are replaced by the value, taken out or, in lists, doubled."""
    chance = random.Random(seed)
    changed = corpus_document(name)
    for _ in range(chance.randint(1, 4)):
        found = list(places(changed))
        if not found:
            break
        holder, key = chance.choice(found)
        change = chance.choice(["replace", "delete", "double"])
        if change == "replace":
            holder[key] = copy.deepcopy(value)
        elif change == "delete":
            del holder[key]
        elif isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
    return changed


def table_of_rules() -> dict[str, set[str]]:
    """The codes of findings and their levels, as the documents tell them."""
    text = (CORPUS.parents[1] / "docs/checks.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z\-]+)` \| ((?:error|warning)(?:, warning)?) \|", text, re.MULTILINE)
    assert len(rows) == len({code for code, _ in rows}), "a code has one row"
    return {code: set(levels.split(", ")) for code, levels in rows}
