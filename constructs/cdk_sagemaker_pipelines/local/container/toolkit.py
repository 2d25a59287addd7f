"""Script mode, as sagemaker-training 5.1.4, the toolkit in the framework images, implements it.

Source: environment.py, mapping.py, entry_point.py and process.py of that release.
"""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...language.distributions import switched_on
from ..endings import StepFailed
from ..json_text import parsed

CODE_DIR = "/opt/ml/code"
MODEL_DIR = "/opt/ml/model"
INPUT_DIR = "/opt/ml/input"
OUTPUT_DIR = "/opt/ml/output"
CHECKPOINT_DIR = "/opt/ml/checkpoints"

_HOST = "algo-1"
_INSTANCE_GROUP = "homogeneousCluster"
_LOG_LEVEL = 20  # logging.INFO

# Hyperparameters of the toolkit itself that its environment knows by other names.
_OWN = frozenset(
    {
        "sagemaker_program",
        "sagemaker_submit_directory",
        "sagemaker_enable_cloudwatch_metrics",
        "sagemaker_region",
        "sagemaker_container_log_level",
        "sagemaker_job_name",
        "default_user_module_name",
        "_tuning_objective_metric",
        "sagemaker_s3_output",
    }
)

_ENTRY_POINT = re.compile(r"[A-Za-z0-9._][A-Za-z0-9._+-]*(/[A-Za-z0-9._+-]+)*")


def decode_hyperparameters(encoded: Mapping[str, str]) -> dict[str, Any]:
    """Every value parsed as JSON if possible, else as text."""
    decoded = {}
    for key, text in encoded.items():
        try:
            decoded[key] = parsed(text)
        except (ValueError, TypeError):
            decoded[key] = text
    return decoded


def user_hyperparameters(decoded: Mapping[str, Any]) -> dict[str, Any]:
    """The hyperparameters that reach the script."""
    return {key: value for key, value in decoded.items() if not _of_the_toolkit(key)}


def resource_config(instance_type: str) -> dict[str, Any]:
    """/opt/ml/input/config/resourceconfig.json of a job on one instance."""
    return {
        "current_host": _HOST,
        "current_instance_type": instance_type,
        "current_group_name": _INSTANCE_GROUP,
        "hosts": [_HOST],
        "instance_groups": [
            {"instance_group_name": _INSTANCE_GROUP, "instance_type": instance_type, "hosts": [_HOST]},
        ],
        "network_interface_name": "eth0",
    }


def command_arguments(hyperparameters: Mapping[str, Any]) -> list[str]:
    """--key value, sorted by key; -k value where the key is one letter."""
    words = []
    for key in sorted(hyperparameters):
        value = hyperparameters[key]
        words.append(f"--{key}" if len(key) > 1 else f"-{key}")
        if isinstance(value, dict):
            words.append(",".join(f"{name}={item}" for name, item in sorted(value.items())))
        else:
            words.append("" if value is None else str(value))
    return words


def command(program: str, code: Path, python: str, arguments: list[str]) -> list[str]:
    """The toolkit's command for the entry point ``program``, whose source is in ``code``. Raises ``StepFailed``."""
    segments = program.split("/")
    if not _ENTRY_POINT.fullmatch(program) or "." in segments or ".." in segments:
        raise StepFailed(
            f"AlgorithmError: the entry point {program!r} (hyperparameter sagemaker_program) is not a path within the "
            "source directory; use letters, digits, '.', '_', '+', '-' and '/', such as 'train.py'"
        )
    if not program.endswith(".sh") and (code / "setup.py").is_file():
        return [python, "-m", re.sub(r"\.py$", "", program), *arguments]
    if not (code / program).is_file():
        found = ", ".join(sorted(path.name for path in code.iterdir())) or "nothing"
        raise StepFailed(
            f"AlgorithmError: the source directory does not contain the entry point {program!r}, but {found}"
        )
    if program.endswith(".py"):
        return [python, "--", program, *arguments]
    (code / program).chmod(0o777)
    return ["/bin/sh", "-c", f"./{shlex.quote(program)} {shlex.join(arguments)}"]


def installs_requirements(program: str, code: Path) -> bool:
    """Whether the toolkit installs a requirements.txt in ``code`` before the program runs."""
    return program.endswith(".py") or (not program.endswith(".sh") and (code / "setup.py").is_file())


def installation(program: str, code: Path, python: str) -> list[str] | None:
    """The command with which the toolkit installs ``code`` before the program runs, if it is a package."""
    if program.endswith(".sh") or not (code / "setup.py").is_file():
        return None
    return [python, "-m", "pip", "install", "."]


def environment(
    decoded: Mapping[str, Any], channels: Mapping[str, Any], resources: Mapping[str, Any], job_name: str
) -> dict[str, str]:
    """The SM_* variables; ``channels`` is inputdataconfig.json, ``resources`` resourceconfig.json."""
    hyperparameters = user_hyperparameters(decoded)
    framework = {key: value for key, value in decoded.items() if _of_the_toolkit(key) and key not in _OWN}
    program = decoded.get("sagemaker_program")
    module_dir = str(decoded.get("sagemaker_submit_directory", CODE_DIR))
    instance_groups = [group["instance_group_name"] for group in resources["instance_groups"]]
    distributed = bool(switched_on(framework))
    distribution = decoded.get("sagemaker_distribution_instance_groups", instance_groups if distributed else [])
    channel_dirs = {name: f"{INPUT_DIR}/data/{name}" for name in channels}
    shared: dict[str, Any] = {
        "hosts": resources["hosts"],
        "network_interface_name": resources["network_interface_name"],
        "user_entry_point": program,
        "resource_config": resources,
        "input_data_config": channels,
        "output_data_dir": f"{OUTPUT_DIR}/data",
        "current_host": resources["current_host"],
        "current_instance_type": resources["current_instance_type"],
        "current_instance_group": resources["current_group_name"],
        "current_instance_group_hosts": resources["hosts"],
        "instance_groups": instance_groups,
        "instance_groups_dict": {group["instance_group_name"]: group for group in resources["instance_groups"]},
        "distribution_instance_groups": distribution,
        "is_hetero": False,
        "module_name": re.sub(r"\.py$", "", str(program)),
        "log_level": decoded.get("sagemaker_container_log_level", _LOG_LEVEL),
        "framework_module": None,
        "input_dir": INPUT_DIR,
        "input_config_dir": f"{INPUT_DIR}/config",
        "output_dir": OUTPUT_DIR,
        "num_cpus": os.cpu_count() or 1,
        "num_gpus": 0,
        "num_neurons": 0,
        "model_dir": MODEL_DIR,
        "module_dir": module_dir,
        "output_intermediate_dir": f"{OUTPUT_DIR}/intermediate",
    }
    training_env = {
        **shared,
        "additional_framework_parameters": framework,
        "channel_input_dirs": channel_dirs,
        "distribution_hosts": resources["hosts"] if distribution else [],
        "hyperparameters": hyperparameters,
        "is_master": True,
        "is_modelparallel_enabled": None,
        "is_smddpmprun_installed": False,
        "is_smddprun_installed": False,
        "job_name": job_name,
        "master_hostname": _HOST,
        "topology": [],
    }
    variables: dict[str, Any] = {
        **shared,
        "hps": hyperparameters,
        "framework_params": framework,
        "channels": sorted(channels),
        "training_env": training_env,
        "user_args": command_arguments(hyperparameters),
        **{f"channel_{name}": path for name, path in channel_dirs.items()},
        **{f"hp_{key}": value for key, value in hyperparameters.items()},
    }
    return {f"SM_{name.upper()}": _variable(value) for name, value in variables.items()}


def _of_the_toolkit(key: str) -> bool:
    return key.startswith("sagemaker_") or key in _OWN


def _variable(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
