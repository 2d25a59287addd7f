"""Prints the Python that has the SageMaker Python SDK; makes its environment when there is none.

Arguments: the SDK's major version, 2 or 3. SDK_PYTHON=<python> (SDK3_PYTHON for 3) takes one that has the SDK already;
otherwise it is one of the version of the Python that runs this, with the packages of sdk-2.txt or sdk-3.txt.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
FOLDERS = {"2": "sagemaker-sdk", "3": "sagemaker-sdk-3"}
GIVEN = {"2": "SDK_PYTHON", "3": "SDK3_PYTHON"}


def python_with_sdk(version: str) -> str:
    """The path of the Python; only one process at a time makes its environment, and the others wait for it."""
    requirements = HERE / f"sdk-{version}.txt"
    folder = HERE.parents[1] / "build" / FOLDERS[version]
    python, ready = folder / "bin" / "python", folder / "ready"
    wanted = hashlib.sha256(requirements.read_bytes()).hexdigest() + " " + sys.version
    folder.parent.mkdir(exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (ready.exists() and ready.read_text("utf-8") == wanted):
            venv.EnvBuilder(clear=True, symlinks=True).create(folder)
            install(python, "--require-hashes", "--only-binary", ":all:", "-r", requirements)
            ready.write_text(wanted, "utf-8")
    return str(python)


def install(python: Path, *arguments: str | Path) -> None:
    """Installs packages for another Python: with uv, which takes a tenth of pip's time, or else with pip.

    Only pip knows the package index that a pip.conf names. Neither compiles: most modules are never imported.
    """
    pip = ["pip", "--python", python, "install", "--quiet", "--quiet", "--no-compile", *arguments]
    if importlib.util.find_spec("uv"):
        uv = ["uv", "pip", "install", "--quiet", "--python", python, *arguments]
        if subprocess.run([sys.executable, "-m", *uv], stdout=sys.stderr, check=False).returncode == 0:
            return
    subprocess.run([sys.executable, "-m", *pip], check=True, stdout=sys.stderr)


if __name__ == "__main__":
    if sys.argv[1:] not in (["2"], ["3"]):
        sys.exit(f"environment.py: {' '.join(sys.argv[1:])!r} is no version of the SDK; allowed are 2 and 3")
    version = sys.argv[1]
    try:
        print(os.environ.get(GIVEN[version]) or python_with_sdk(version))
    except subprocess.CalledProcessError:
        sys.exit(f"environment.py: the SDK {version} cannot be installed; pip or venv says why above")
    except OSError as error:
        sys.exit(f"environment.py: the SDK {version} cannot be installed: {error}")
