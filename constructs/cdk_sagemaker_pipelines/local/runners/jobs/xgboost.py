"""The built-in XGBoost algorithm: which images have it, and the packages with which it runs without them."""

from __future__ import annotations

import functools
import gzip
import importlib.util
import re
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

from ....language import xgboost as algorithm
from ...container import packages
from ...container.directory import JobDirectory
from ...container.log import JobLog, failure_reason
from ...container.process import TimeLimitExceededError
from ...container.xgboost import training
from ...endings import StepFailed
from ..base.job import Job

REQUIREMENTS = Path(training.__file__).with_name("requirements.txt")

_IMAGE = re.compile(r"(?:^|/)sagemaker-xgboost(?::(?P<tag>[\w.-]+)|@.*)?$")
_NUMBER = r"[-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?"
_INSTALL_SECONDS = 1800
_PACKED = (".gz", ".tgz")
_CODE = (*_PACKED, ".py", ".sh", ".ipynb")
_LONGEST_CODE = 50_000_000  # bytes
_CSV = ("csv", "text/csv")
_LIBSVM = ("libsvm", "text/libsvm", "text/x-libsvm")
_ELSEWHERE = ("parquet", "application/x-parquet", "recordio-protobuf", "application/x-recordio-protobuf")


def has_xgboost(image: str | None) -> bool:
    """Whether an image is one of the algorithm's."""
    return image is not None and _IMAGE.search(image) is not None


@functools.cache
def version() -> str:
    """The package and its version, such as ``xgboost-cpu 3.2.0``."""
    found = re.search(r"^(xgboost-cpu)==([\w.]+)", REQUIREMENTS.read_text("utf-8"), re.M)
    assert found
    return f"{found[1]} {found[2]}"


def installed(job: Job, directory: JobDirectory, log: JobLog) -> Path:
    """The folder of the packages, installed if they are not yet. Raises ``StepFailed``, with a way out."""

    def install(folder: Path) -> None:
        stopping = job.context.stopping
        try:
            code = directory.install_into(folder, REQUIREMENTS, log=log, stopping=stopping, seconds=_INSTALL_SECONDS)
        except TimeLimitExceededError:
            code = -1
        if code:
            reason = (
                f"ClientError: the algorithm runs here with {version()}, which pip cannot install: let it reach an "
                "index or a folder of wheels (PIP_INDEX_URL, PIP_FIND_LINKS), or say in a file of outcomes how the "
                "step ends"
            )
            raise StepFailed(failure_reason(reason, log.tail()))

    def waiting() -> None:
        log.note("waits for another job that installs the same packages")

    return packages.installed("xgboost", REQUIREMENTS, install, job.context.stopping, waiting)


def offer(job: Job, directory: JobDirectory, log: JobLog, image: str | None, *folders: str) -> None:
    """Lets a script in an image of the algorithm import xgboost, if it names it.

    The script is in one of the ``folders``, as files or packed. Where xgboost cannot be installed, the log says so, and
    the script runs anyway.
    """
    if not has_xgboost(image) or importlib.util.find_spec("xgboost") is not None:
        return
    if any(_names_xgboost(directory.host(folder)) for folder in folders):
        try:
            directory.offer(installed(job, directory, log))
        except StepFailed as error:
            log.note(error.reason)


def _names_xgboost(folder: Path) -> bool:
    for path in folder.rglob("*") if folder.is_dir() else ():
        if path.suffix in _CODE and not path.is_symlink() and path.is_file():
            with (
                suppress(OSError, EOFError, zlib.error),
                gzip.open(path) if path.suffix in _PACKED else path.open("rb") as file,
            ):
                if b"xgboost" in file.read(_LONGEST_CODE):
                    return True
    return False


def note(image: str) -> str:
    """What is different from a run on AWS."""
    found = _IMAGE.search(image)
    tag = found["tag"] if found else None
    return f"XGBoost {tag or 'of the image'} runs as {version()} of PyPI, on the CPU"


def training_job(given: dict[str, str], channels: dict[str, Any]) -> dict[str, Any]:
    """What the training script has to know of hyperparameters and channels. Raises ``StepFailed`` as the container."""
    try:
        checked = algorithm.checked(given)
        algorithm.check_channels(channels)
        form = _format(channels["train"].get("ContentType"))
    except algorithm.UserError as error:
        raise StepFailed(f"AlgorithmError: UserError: {error}, exit code: 1") from error
    for name, wrong, why in (
        ("_kfold", None, "they do not cross-validate"),
        ("use_dask_gpu_training", "true", "they have no GPU"),
        ("tree_method", "gpu_hist", "they have no GPU"),
        ("predictor", "gpu_predictor", "they have no GPU"),
        ("save_model_on_termination", "true", "a job that is stopped leaves no model"),
    ):
        if name in checked and wrong in (None, checked[name]):
            raise StepFailed(f"local runs of XGBoost do not take the hyperparameter {name} {given[name]!r}: {why}")
    return {"hyperparameters": checked, "format": form, "maximized": list(algorithm.MAXIMIZED)}


def metric_definitions() -> list[dict[str, str]]:
    """What the service finds in the log of the algorithm."""
    return [
        {"Name": f"{data}:{metric}", "Regex": rf".*\[[0-9]+\].*#011{data}-{re.escape(metric)}:({_NUMBER}).*"}
        for data in ("train", "validation")
        for metric in algorithm.METRICS
    ]


def _format(content_type: str | None) -> str:
    """The format of both channels, as the container reads it from the content type of the first."""
    given, _, options = (content_type or "libsvm").lower().partition(";")
    given = given.strip()
    if given in _LIBSVM:
        return "libsvm"
    if given in _ELSEWHERE:
        raise StepFailed(f"local runs of XGBoost read CSV and libsvm; the channel 'train' has ContentType {given!r}")
    if given not in _CSV:
        raise algorithm.UserError(f"{content_type} is not an accepted ContentType")
    for option in options.split(";"):
        name, _, value = option.partition("=")
        if name.strip() == "label_size" and value.strip() != "1":
            raise algorithm.UserError(
                f"{content_type} is not an accepted csv ContentType. Optional parameter label_size must be equal to 1"
            )
    return "csv"
