"""The variables of a job's process: those about the machine, and none of the user's.

Only the installation of a requirements.txt, which runs no code of the job, sees the user's configuration of pip.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

_INHERITED = frozenset(
    {
        "LANG", "LANGUAGE", "LC_ADDRESS", "LC_ALL", "LC_COLLATE", "LC_CTYPE", "LC_IDENTIFICATION", "LC_MEASUREMENT",
        "LC_MESSAGES", "LC_MONETARY", "LC_NAME", "LC_NUMERIC", "LC_PAPER", "LC_TELEPHONE", "LC_TIME", "TZ",
        "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH",
        "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE",
        "CUDA_HOME", "CUDA_PATH", "CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER", "CUDA_LAUNCH_BLOCKING",
        "CUDA_CACHE_DISABLE", "CUDA_MODULE_LOADING", "NVIDIA_VISIBLE_DEVICES", "NVIDIA_DRIVER_CAPABILITIES",
        "NVIDIA_TF32_OVERRIDE",
        "OMP_NUM_THREADS", "OMP_THREAD_LIMIT", "OMP_DYNAMIC", "OMP_PLACES", "OMP_PROC_BIND", "OMP_SCHEDULE",
        "OMP_STACKSIZE", "OMP_WAIT_POLICY", "OPENBLAS_NUM_THREADS", "OPENBLAS_CORETYPE",
        "MKL_NUM_THREADS", "MKL_DYNAMIC", "MKL_THREADING_LAYER", "MKL_SERVICE_FORCE_INTEL", "MKL_ENABLE_INSTRUCTIONS",
    }
)  # fmt: skip
"""Complete names: a name with the same prefix may be a token, such as NVIDIA_API_KEY, and ssh forwards any LC_*."""

_OF_PIP = ("HOME", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS", "NETRC", "PIP_CONFIG_FILE")
_PROXIES = ("http_proxy", "https_proxy", "no_proxy", "all_proxy")
_INDEXES = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX", "PIP_TRUSTED_HOST")
"""What a job may say about where its requirements come from; other options of pip can make it run programs."""


def machine_environment(bin_: Path, home: Path) -> dict[str, str]:
    """The variables of this process that a job or function inherits; programs are found in ``bin_`` first.

    ``home`` is an empty folder of its own, also for temporary files.
    """
    inherited = {name: value for name, value in os.environ.items() if name in _INHERITED}
    path = os.pathsep.join([str(bin_), str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    # The folders of macOS have such long names that no socket could be created in one of ours.
    temporary = os.environ.get("TMPDIR", "/tmp") if sys.platform == "darwin" else str(home)
    # Without the user's AWS profile, nothing can reach a real account by mistake.
    nowhere = {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    return {
        **inherited,
        "PATH": path,
        "HOME": str(home),
        "TMPDIR": temporary,
        "PYTHONUNBUFFERED": "1",
        **nowhere,
    }


def installer_environment(machine: Mapping[str, str], job: Mapping[str, str]) -> dict[str, str]:
    """The variables for installing a requirements.txt: the user's configuration of pip, including proxies.

    ``machine`` is a ``machine_environment``, ``job`` what the job sets itself. pip replaces ${NAME} in a
    requirements.txt by any uppercase variable; those of the user, which may contain passwords, are passed in lowercase,
    which pip reads too.
    """
    user: dict[str, str] = {}
    for name, value in os.environ.items():
        if name in _OF_PIP:
            user[name] = value
        elif name.startswith("PIP_"):
            user[f"PIP_{name[4:].lower()}"] = value
        elif name.lower() in _PROXIES:
            user.setdefault(name.lower(), value)
    own = {f"PIP_{name[4:].lower()}": job[name] for name in _INDEXES if name in job}
    return {**machine, **user, **own}
