"""The model that a transform applies: its container, its files and the code that serves it."""

from __future__ import annotations

import os
import re
from typing import Any

from ....language import choices
from ...container.directory import JobDirectory
from ...container.storage import extract_archive, fetch_object, fetch_prefix
from ...endings import StepFailed
from ..base.request import invoke

DIRECTORY = "/opt/ml/model"
CODE = "/opt/ml/code"


def containers_of(sagemaker: Any, model: dict[str, Any]) -> list[dict[str, Any]]:
    """The containers of a model, given its description, in their order. Raises ``StepFailed``."""
    given = model.get("Containers") or [model.get("PrimaryContainer") or {}]
    if len(given) > 1 and model.get("InferenceExecutionConfig", {}).get("Mode") == "Direct":
        raise StepFailed("the model's containers are invoked directly, one at a time, which a transform cannot choose")
    return [container for each in given for container in _containers(sagemaker, each)]


def _containers(sagemaker: Any, container: dict[str, Any]) -> list[dict[str, Any]]:
    """The container itself or, with the variables of the model, those of the model package that it names."""
    name = container.get("ModelPackageName")
    if name is None:
        return [container]
    package = invoke(sagemaker, "DescribeModelPackage", {"ModelPackageName": name})
    specification = package.get("InferenceSpecification", {})
    chosen = container.get("InferenceSpecificationName")
    if chosen is not None:
        others = {each["Name"]: each for each in package.get("AdditionalInferenceSpecifications", [])}
        if chosen not in others:
            raise StepFailed(
                f"ClientError: the model package {name} has no additional inference specification {chosen!r}; "
                f"it has {choices(others)}"
            )
        specification = others[chosen]
    own = container.get("Environment", {})
    found = specification.get("Containers", [])
    if not found:
        raise StepFailed(f"the model package {name} has no containers; local runs do not know its algorithm")
    return [{**each, "Environment": {**each.get("Environment", {}), **own}} for each in found]


def clear(directory: JobDirectory, number: int) -> None:
    """Puts the model and code of the container before away, without following what that may have left there."""
    for path in (DIRECTORY, CODE):
        place = directory.host(path)
        if os.path.lexists(place):
            os.rename(place, directory.root / f"{place.name}-{number}")


def fetch(s3: Any, directory: JobDirectory, container: dict[str, Any]) -> None:
    """Puts the model's files into its directory. Raises ``StepFailed``."""
    model = directory.make(DIRECTORY)
    source = container.get("ModelDataSource", {}).get("S3DataSource")
    url = container.get("ModelDataUrl") or (source or {}).get("S3Uri")
    if not url:
        return
    if source and source.get("CompressionType") == "None":
        fetch_prefix(s3, url, model, "ModelDataSource")
        return
    archive = directory.root / "model.tar.gz"
    fetch_object(s3, url, archive, "ModelDataUrl")
    extract_archive(archive, model, url)


def script_of(s3: Any, directory: JobDirectory, environment: dict[str, str]) -> tuple[str, str] | None:
    """The directory of the inference script as the process sees it, and the script's module; None without a script.

    Raises ``StepFailed`` for a script that is not there.
    """
    submitted = environment.get("SAGEMAKER_SUBMIT_DIRECTORY", f"{DIRECTORY}/code")
    if submitted.startswith("s3://"):
        archive = directory.root / "sourcedir.tar.gz"
        fetch_object(s3, submitted, archive, "SAGEMAKER_SUBMIT_DIRECTORY")
        extract_archive(archive, directory.make(CODE), submitted)
        submitted = CODE
    program = environment.get("SAGEMAKER_PROGRAM")
    host = directory.host(submitted)
    if program is None and (host / "inference.py").is_file():
        program = "inference.py"
    if program is None:
        return None
    if not (host / program).is_file():
        raise StepFailed(f"AlgorithmError: there is no {program!r} (SAGEMAKER_PROGRAM) in {submitted}")
    return submitted, re.sub(r"\.py$", "", program).replace("/", ".")
