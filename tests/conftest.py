"""The environment of every test: no AWS account, the tools of this environment, CDK without its slow validation."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.browsers import BROWSER, NO_BROWSER
from tests.ids import id_of

ROOT = Path(__file__).resolve().parent.parent


def pytest_configure(config: pytest.Config) -> None:
    # the Node and the cdk that `make` installed, also where pytest is called without it
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    # validating the first template of a process takes many seconds; the one test that wants it switches it on
    os.environ.setdefault("CDK_VALIDATION", "false")
    os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "1")
    # neither an account of the developer's, nor the width of a terminal, which workers of pytest are given
    for name in [name for name in os.environ if name.startswith("AWS_") or name == "COLUMNS"]:
        del os.environ[name]
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    # hundreds of processes start here, each of which would compile again what it imports
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    # how long an example takes says how busy the machine is
    settings.register_profile("tests", deadline=None)
    settings.load_profile("tests")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Keeps a million objects, which stay until the end, from being looked at by each collection of garbage."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for marker in ("long", "pictures"):
        if marker not in config.option.markexpr:
            marked = [item for item in items if item.get_closest_marker(marker)]
            config.hook.pytest_deselected(items=marked)
            items[:] = [item for item in items if not item.get_closest_marker(marker)]
    if BROWSER is None:
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.skip(reason=NO_BROWSER))
    # what takes long comes first, so that no process is left alone with it at the end
    slow = {item.path for item in items if item.get_closest_marker("slow") or item.get_closest_marker("deploy")}
    items.sort(key=lambda item: item.path not in slow)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    return id_of(val, argname)


@pytest.fixture
def root() -> Path:
    """The repository."""
    return ROOT
