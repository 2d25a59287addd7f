"""Notebook jobs: training jobs whose container starts SageMaker Distribution's notebook driver.

The driver's contract (sagemaker-headless-execution-driver 0.0.13, scripts/headless_execution.sh) is kept, except for
what runs the notebook: the driver uses papermill with a Jupyter kernel, here its code cells run as plain Python.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import Path

from ...container import notebook, toolkit
from ...container.directory import JobDirectory
from ...endings import StepFailed

SCHEDULER = "amazon_sagemaker_scheduler"
"""The entrypoint of a notebook job."""

AS_PLAIN_PYTHON = "local notebook: its code cells ran as plain Python, without Jupyter and IPython"

_RUNNER = str(Path(notebook.__file__).resolve())


def command(directory: JobDirectory, environment: Mapping[str, str]) -> tuple[list[str], str]:
    """The command for the notebook that the environment names, and the working directory. Raises ``StepFailed``."""
    folder = environment.get("SM_EXECUTION_INPUT_PATH", f"{toolkit.INPUT_DIR}/data/sagemaker_headless_execution")
    name, script = environment.get("SM_INPUT_NOTEBOOK_NAME", ""), environment.get("SM_INIT_SCRIPT", "")
    for file in (name, script) if script else (name,):
        if not file or not directory.host(f"{folder}/{file}").is_file():
            raise StepFailed(f"AlgorithmError: there is no {file!r} in {folder}, the folder of the notebook")
    data = f"{toolkit.OUTPUT_DIR}/data"
    words = [
        directory.python,
        _RUNNER,
        f"{folder}/{name}",
        f"{data}/{_output_name(environment.get('SM_OUTPUT_NOTEBOOK_NAME', name))}",
        f"{toolkit.INPUT_DIR}/config/hyperparameters.json",
        f"{toolkit.OUTPUT_DIR}/failure",
    ]
    # what the script exports is available to the notebook
    return (["bash", "-c", f"set -e; . ./{shlex.quote(script)}; exec {shlex.join(words)}"] if script else words), folder


def _output_name(given: str) -> str:
    """The name as the driver writes it: without dots and colons except in the extension."""
    return re.sub(r"-*ipynb$", ".ipynb", given.replace(".", "-").replace(":", "-"))
