"""The rooms of docs/architecture.md: who may import whom, read from the sources."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from cdk_sagemaker_pipelines.language.step_types import FAMILIES

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "cdk_sagemaker_pipelines"
LIBRARY = ROOT / "constructs" / PACKAGE

MAY_IMPORT: dict[str, set[str]] = {
    "language": set(),
    "properties": {"language"},
    "iam": {"language", "properties"},
    "assets": {"language", "properties", "iam", "text", "upload", "undo"},
    "steps": {"language", "properties", "iam", "assets", "lazy", "text", "undo", "monitoring"},
    "text": {"language", "review"},
    "upload": {"text"},
    "triggers": {"language", "undo", "warning"},
    "monitoring": {"language", "undo", "triggers"},
    "imported": {"language", "undo", "iam", "triggers", "monitoring"},
    "warning": {"language", "text"},
    "lazy": set(),
    "undo": set(),
    "uncollected": set(),
    "synthesis": {
        *("language", "properties", "iam", "assets", "steps", "review", "templates", "text", "upload", "warning"),
        *("lazy", "undo", "uncollected", "triggers", "imported"),
    },
    "endpoints": {
        *("language", "undo", "lazy", "properties", "iam", "assets", "steps", "synthesis", "triggers", "text"),
        "warning",
    },
    "notation": {"language", "undo", "templates", "assets", "iam", "steps"},
    "environments": {"language", "properties", "steps", "notation", "team"},
    "pipeline": {
        *("language", "iam", "assets", "steps", "upload", "imported", "synthesis", "undo", "notation", "triggers"),
        *("monitoring", "environments", "team"),
    },
    "team": {"language", "iam", "capacity", "steps", "synthesis"},
    "capacity": {"language", "iam"},
    "migration": {"language", "undo", "properties", "iam", "assets", "steps", "notation", "pipeline"},
    "templates": {"language"},
    "review": {"language", "properties", "iam", "capacity", "templates"},
    "local": {"language", "properties", "iam", "templates"},
    "executions": {"language", "properties", "iam", "capacity", "review", "local"},
    "testing": {"language", "properties", "review", "local"},
    "studio": {"language", "properties", "iam", "capacity", "review", "local", "executions"},
    "cli": {
        *("language", "review", "local", "templates", "executions", "testing", "notation", "pipeline", "migration"),
        *("environments", "properties", "studio"),
    },
    "__init__": {
        *("language", "properties", "iam", "assets", "steps", "pipeline", "imported", "team", "review", "local"),
        *("uncollected", "triggers", "monitoring", "environments", "endpoints"),
    },
}
"""Which of our rooms a room may know."""

CDK = {
    *(
        "steps",
        "assets",
        "iam/app_resources",
        "iam/nag",
        "iam/resource_policies",
        "iam/roles",
        "pipeline",
        "text",
        "upload",
        "imported",
    ),
    *(
        "warning",
        "team/applied",
        "team/compute_policy",
        "team/given",
        "team/plugin",
        "synthesis",
        "lazy",
        "undo",
        "migration",
        "notation",
        "triggers",
    ),
    *("monitoring", "endpoints", "environments/staging"),
}

HEAVY: dict[str, set[str]] = {
    "aws_cdk": CDK,
    "constructs": CDK,
    "jsii": CDK,
    "moto": {"local/aws"},
    # the callback worker and the scripts run in Lambda, nothing here imports them
    "flask": {"studio", "local/aws"},
    "jinja2": {"studio"},
    "markupsafe": {"studio"},
    "werkzeug": {"studio", "local"},
    "boto3": {"cli", "local", "studio", "assets/callback_worker", "assets/scripts"},
    "botocore": {"cli", "local", "studio", "assets/callback_worker", "assets/scripts"},
    "rich": {"cli"},
    "yaml": {"templates/yaml_text"},
    "sagemaker": set(),
}
"""Where libraries that cost time or need an extra may be imported."""

PURE_ROOMS = (
    "language",
    "properties",
    "templates",
    "review",
    "capacity",
    "team.rules",
    "team.compute",
    "executions.starting",
    "cli",
    "environments",
)
PURE_SUITES = ("language", "iam", "review", "capacity", "team", "templates")
LONGEST = 600
"""Lines of a file that was written by hand."""


@dataclass(frozen=True)
class Import:
    """One import statement."""

    file: Path
    line: int
    module: str
    inside_function: bool
    for_types: bool = False
    """Whether it stands where type checkers alone look."""

    def __str__(self) -> str:
        return f"{self.file.relative_to(ROOT)}:{self.line} imports {self.module}"


def sources() -> list[Path]:
    return sorted(LIBRARY.rglob("*.py"))


def room(file: Path) -> str:
    relative = file.relative_to(LIBRARY)
    return relative.parts[0] if len(relative.parts) > 1 else relative.stem


def is_generated(file: Path) -> bool:
    return "generated" in "\n".join(file.read_text(encoding="utf-8").splitlines()[:5]).lower()


def imports(file: Path) -> Iterator[Import]:
    """The imports of a file, relative ones made absolute; one for each name, which may be that of a module."""
    tree = ast.parse(file.read_text(encoding="utf-8"), str(file))
    yield from _imports(tree, file, False, False)


def at_run_time(file: Path) -> Iterator[Import]:
    """The imports of a file that happen, whoever checks its types."""
    return (found for found in imports(file) if not found.for_types)


def _imports(node: ast.AST, file: Path, inside: bool, for_types: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield Import(file, child.lineno, alias.name, inside, for_types)
        elif isinstance(child, ast.ImportFrom):
            for alias in child.names:
                yield Import(file, child.lineno, f"{_absolute(file, child)}.{alias.name}", inside, for_types)
        function = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        types = isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING")
        yield from _imports(child, file, inside or function, for_types or types)


def _absolute(file: Path, statement: ast.ImportFrom) -> str:
    if not statement.level or not file.is_relative_to(LIBRARY):
        return statement.module or ""
    package = [PACKAGE, *file.relative_to(LIBRARY).parts[:-1]]
    parents = package[: len(package) - statement.level + 1]
    return ".".join([*parents, *([statement.module] if statement.module else [])])


def test_constructs_is_a_source_root_and_not_a_package() -> None:
    assert not (ROOT / "constructs" / "__init__.py").exists(), "it would shadow the library 'constructs'"
    assert {path.name for path in (ROOT / "constructs").iterdir() if path.name[0] not in "._"} == {PACKAGE}


def test_every_room_is_known() -> None:
    assert {room(file) for file in sources()} <= MAY_IMPORT.keys()


def test_rooms_only_import_what_they_may_know() -> None:
    wrong = []
    for file in sources():
        for found in imports(file):
            if found.module.startswith(PACKAGE + "."):
                other = found.module.split(".")[1]
                if other in MAY_IMPORT and other != room(file) and other not in MAY_IMPORT[room(file)]:
                    wrong.append(str(found))
    assert not wrong, "\n".join(wrong)


def blocks() -> list[str]:
    """The pictures of docs/architecture.md: the rooms, and who may know whom."""
    return re.findall(r"```text\n(.*?)```", (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8"), re.S)


def pictured(picture: str) -> set[str]:
    """The folders and files below the package in a picture of it, each below what stands above it with less indent."""
    found, above = set(), {0: ""}
    for line in picture.splitlines():
        names = re.match(r" *((?:\w+(?:/|\.py)(?:\s+|$))+)", line)
        if names is None:
            continue
        indent = len(line) - len(line.lstrip())
        parent = above[max(other for other in above if other < indent)] if indent else ""
        above = {other: folder for other, folder in above.items() if other < indent or not other}
        for name in names[1].split():
            found.add(parent + name)
            above[indent] = parent + name
    inside = f"constructs/{PACKAGE}/"
    return {name.removeprefix(inside) for name in found if name.startswith(inside) and name != inside}


def test_the_picture_has_every_room() -> None:
    """All folders but those of families, which are the same in several rooms, and no file that does not exist."""
    shown = pictured(blocks()[0])
    folders = {f"{file.parent.relative_to(LIBRARY).as_posix()}/" for file in sources()} - {"./"}
    by_family = ("iam/types/", "language/rules/types/", "local/runners/")
    repeated = {f"{room}{family}/" for room in by_family for family in FAMILIES}
    assert {name for name in shown if name.endswith("/")} == folders - repeated
    assert [name for name in sorted(shown) if not (LIBRARY / name).exists()] == []


def test_a_picture_is_read_by_its_indent() -> None:
    text = (
        f"app.py  x\nconstructs/  y\n  {PACKAGE}/\n    a/  z of b/\n      `c`: d\n      e/  f.py  g\n    h/\ntests/  i"
    )
    assert pictured(text) == {"a/", "a/e/", "a/f.py", "h/"}


def test_where_to_look_names_files_that_exist() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = text.partition("| to find |")[2].partition("\n## ")[0]
    named = re.findall(r"`(\w[\w/]*/[\w.]*)`", table)
    assert len(named) > 20
    assert [name for name in named if not (LIBRARY / name).exists()] == []


def test_the_picture_says_who_may_know_whom() -> None:
    lines = [line.partition(" ") for line in blocks()[1].splitlines()]
    told = {room: {*re.findall(r"\w+", others)} for room, _, others in lines}
    assert told == {room: others for room, others in MAY_IMPORT.items() if room != "__init__"}
    order = [room for room, _, _ in lines]
    assert all(order.index(other) < order.index(room) for room in told for other in told[room])


def modules() -> dict[str, Path]:
    """The modules of the library by their names; a package is its ``__init__``."""
    found = {}
    for file in sources():
        parts = (PACKAGE, *file.relative_to(LIBRARY).with_suffix("").parts)
        found[".".join(parts[:-1] if file.stem == "__init__" else parts)] = file
    return found


@cache
def known_modules() -> Mapping[str, set[str]]:
    """Each module with those that it imports, be it for types only."""
    known = modules()
    return {
        name: {
            found.module if found.module in known else found.module.rpartition(".")[0]
            for found in imports(file)
            if found.module.startswith(f"{PACKAGE}.")
        }
        for name, file in known.items()
    }


def circle(known: Mapping[str, set[str]]) -> list[str]:
    """Who knows whom, the last one the first; empty where nobody knows himself by way of others."""
    try:
        TopologicalSorter(known).prepare()
    except CycleError as error:
        return list(reversed(error.args[1]))
    return []


def test_no_module_imports_itself_through_others() -> None:
    assert circle(known_modules()) == []


def test_no_room_knows_one_that_knows_it() -> None:
    assert circle(MAY_IMPORT) == []


@pytest.mark.parametrize("package", sorted(name for name, file in modules().items() if file.stem == "__init__"))
def test_no_room_inside_a_room_knows_one_that_knows_it(package: str) -> None:
    known: dict[str, set[str]] = {}
    for module, others in known_modules().items():
        room = _room_in(package, module)
        for other in {_room_in(package, one) for one in others} - {room, ""} if room else ():
            known.setdefault(room, set()).add(other)
    assert circle(known) == []


def _room_in(package: str, module: str) -> str:
    """The folder in the package in which the module lies; empty for one that lies in none."""
    inside = module.removeprefix(f"{package}.").split(".")
    room = f"{package}.{inside[0]}"
    return room if module.startswith(f"{package}.") and (LIBRARY.parent / room.replace(".", "/")).is_dir() else ""


def test_a_cycle_is_found() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": set()}) == []
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}})[0] in "abc"


def test_imports_for_types_are_seen(tmp_path: Path) -> None:
    file = tmp_path / "file.py"
    file.write_text("from a import b\nif TYPE_CHECKING:\n    from c import d\n", encoding="utf-8")
    assert [found.module for found in imports(file)] == ["a.b", "c.d"]
    assert [found.module for found in at_run_time(file)] == ["a.b"]


def test_the_front_of_the_local_aws_knows_nothing_behind_it() -> None:
    """It judges what came over the wire, before anything that could read it otherwise."""
    front = [found for file in sources() if "aws/front" in file.as_posix() for found in imports(file)]
    own = f"{PACKAGE}.local.aws.front"
    assert [str(one) for one in front if one.module.startswith(("moto", "flask"))] == []
    assert [str(one) for one in front if one.module.startswith(PACKAGE) and not one.module.startswith(own)] == []


def test_decisions_of_iam_know_nothing_of_the_local_aws() -> None:
    """Whoever asks them says what a request is; nothing is looked up."""
    room = [found for file in sources() if "local/authorization" in file.as_posix() for found in imports(file)]
    others = [one for one in room if one.module.startswith(f"{PACKAGE}.local.")]
    own = (f"{PACKAGE}.local.authorization.", f"{PACKAGE}.local.json_text.")
    assert [str(one) for one in others if not one.module.startswith(own)] == []
    assert [str(one) for one in room if one.module.startswith(("moto", "boto", "time"))] == []


def test_heavy_libraries_stay_in_their_rooms() -> None:
    wrong = []
    for file in sources():
        place = file.relative_to(LIBRARY).as_posix()
        for found in at_run_time(file):
            library = found.module.partition(".")[0]
            allowed = HEAVY.get(library)
            if allowed is not None and not any(place == f"{a}.py" or place.startswith(f"{a}/") for a in allowed):
                wrong.append(str(found))
    assert not wrong, "\n".join(wrong)


def test_every_console_is_a_terminal_that_escapes() -> None:
    used = {
        file.relative_to(LIBRARY).as_posix()
        for file in sources()
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and "Console" in {alias.name for alias in node.names}
    }
    assert used == {"cli/terminal.py"}


def test_imports_are_at_the_top() -> None:
    wrong = [
        str(found)
        for file in sources()
        if room(file) not in ("cli", "local")
        for found in imports(file)
        if found.inside_function
    ]
    assert not wrong, "\n".join(wrong)


def test_files_are_short_enough_to_be_read() -> None:
    long = {
        str(file.relative_to(ROOT)): lines
        for file in [*sources(), *ROOT.glob("stacks/**/*.py"), *ROOT.glob("tests/**/*.py")]
        if not is_generated(file) and (lines := len(file.read_text(encoding="utf-8").splitlines())) > LONGEST
    }
    assert not long


@pytest.mark.filterwarnings("ignore:.* was renamed to .*:DeprecationWarning")
def test_what_a_package_exports_exists() -> None:
    for file in sorted(LIBRARY.rglob("__init__.py")):
        name = ".".join([PACKAGE, *file.relative_to(LIBRARY).parts[:-1]])
        module = importlib.import_module(name)
        missing = [exported for exported in getattr(module, "__all__", ()) if not hasattr(module, exported)]
        assert not missing, f"{name} exports what it does not have: {missing}"


def test_public_modules_classes_and_functions_have_a_docstring() -> None:
    bare = []
    for file in sources():
        tree = ast.parse(file.read_text(encoding="utf-8"))
        if is_generated(file) or not tree.body:
            continue
        if ast.get_docstring(tree) is None:
            bare.append(str(file.relative_to(ROOT)))
        for node in tree.body:
            if not isinstance(node, (ast.ClassDef, ast.FunctionDef)) or node.name.startswith("_"):
                continue
            if ast.get_docstring(node) is None:
                bare.append(f"{file.relative_to(ROOT)}:{node.lineno} {node.name}")
    assert not bare, "\n".join(bare)


@pytest.mark.parametrize("name", PURE_ROOMS)
def test_the_tools_load_no_cdk(name: str) -> None:
    heavy = "{'aws_cdk', 'jsii', 'constructs', 'boto3', 'moto', 'sagemaker', 'cfnlint', 'yaml'}"
    program = f"import sys, {PACKAGE}.{name}; print(sorted({heavy} & set(sys.modules)))"
    result = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(ROOT / "constructs")},
        cwd=ROOT,
    )
    assert result.stdout.strip() == "[]", result.stderr


@pytest.mark.parametrize("suite", PURE_SUITES)
def test_pure_suites_import_no_cdk(suite: str) -> None:
    wrong = [
        str(found)
        for file in sorted((ROOT / "tests" / suite).rglob("*.py"))
        for found in at_run_time(file)
        if found.module.partition(".")[0] in ("aws_cdk", "jsii", "constructs")
    ]
    assert not wrong, "\n".join(wrong)


def test_nothing_names_the_machine_it_was_written_on() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, cwd=ROOT)
    if listed.returncode:
        pytest.skip("not a git checkout")
    private = ("/" + "root/", "/" + "home/", "/" + "Users/")
    wrong = [
        name
        for name in listed.stdout.split("\0")
        if name and (ROOT / name).is_file() and Path(name).suffix not in {".png", ".gz"}
        if any(word in (ROOT / name).read_text(encoding="utf-8", errors="replace") for word in private)
    ]
    assert not wrong
