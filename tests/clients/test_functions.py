"""Functions decorated with ``@step`` of the SageMaker SDK 2, in jobs that find the SDK where the local AWS runs.

There pip only looks whether it is the right one; elsewhere each job installs it, which the long test lets it do.
"""

from __future__ import annotations

import json
import site
import subprocess
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from .conftest import ACCOUNT, REGION, Client, client_of, python_with_sdk

pytestmark = pytest.mark.slow
HERE = Path(__file__).parent
SMALL = dict.fromkeys(["Double", "Small", "Keep"], "Succeeded")


def packages_of(python: str) -> list[str]:
    """The folders of another Python's packages."""
    code = "import json, site; print(json.dumps(site.getsitepackages()))"
    found: list[str] = json.loads(subprocess.check_output([python, "-c", code]))
    return found


@contextmanager
def served_with(python: str, folder: Path) -> Iterator[dict[str, str]]:
    """A local AWS in an environment with the packages of another and, behind them, those of this one."""
    venv.EnvBuilder(symlinks=True).create(folder)
    both = str(folder / "bin" / "python")
    own = [path for path in site.getsitepackages() if Path(path).is_dir()]
    lines = [f"import site; site.addsitedir({path!r})\n" for path in (*packages_of(python), *own)]
    Path(packages_of(both)[0], "both.pth").write_text("".join(lines))
    command = [both, str(HERE / "serve_aws.py"), REGION, ACCOUNT]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as served:
        assert served.stdout is not None
        yield json.loads(served.stdout.readline())


def run(client: Client, *runs: str) -> dict[str, Any]:
    """What the SDK was told, by the name of the run."""
    return {line.pop("moment"): line for line in client.run(HERE / "functions.py", *runs)}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    python = python_with_sdk(2)
    with served_with(python, tmp_path_factory.mktemp("both")) as variables:
        yield client_of(python, variables, tmp_path_factory.mktemp("functions"))


def test_functions_are_steps(client: Client) -> None:
    (small,) = run(client, "small").values()
    assert small == {"states": SMALL, "status": "Succeeded", "reason": None, "kept": "kept 6"}


@pytest.mark.long
def test_their_results_decide(client: Client) -> None:
    states = {"Double": "Succeeded", "Small": "Succeeded", "Large": "Failed"}
    (large,) = run(client, "large").values()
    assert large == {"states": states, "status": "Failed", "reason": "the number is large", "kept": None}


@pytest.mark.long
def test_a_job_installs_the_sdk(sdk2: Client) -> None:
    assert run(sdk2, "small")["small"]["states"] == SMALL
