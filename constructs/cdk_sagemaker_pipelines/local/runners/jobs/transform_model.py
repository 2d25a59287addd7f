"""The model that a transform applies: its container, its files and the code that serves it."""

from __future__ import annotations

import re
from typing import Any

from ....language import choices
from ...container.directory import JobDirectory
from ...container.storage import extract_archive, fetch_object, fetch_prefix
from ...endings import StepFailed
from ..base.request import invoke

DIRECTORY = "/opt/ml/model"
CODE = "/opt/ml/code"


def container_of(sagemaker: Any, name: str, model: dict[str, Any]) -> dict[str, Any]:
    """The container of the model ``name``, given its description. Raises ``StepFailed``."""
    containers = model.get("Containers") or [model.get("PrimaryContainer") or {}]
    if len(containers) > 1:
        raise StepFailed(
            f"the model {name!r} has {len(containers)} containers; local runs serve models with one container"
        )
    container: dict[str, Any] = containers[0]
    package = container.get("ModelPackageName")
    return container if package is None else _packaged(sagemaker, package, container)


def _packaged(sagemaker: Any, name: str, container: dict[str, Any]) -> dict[str, Any]:
    """The container of a model package, with the variables of the model that was made from it."""
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
    containers = specification.get("Containers", [])
    if len(containers) != 1:
        raise StepFailed(
            f"the model package {name} has {len(containers)} containers; local runs serve models with one container"
        )
    environment = {**containers[0].get("Environment", {}), **container.get("Environment", {})}
    return {**containers[0], "Environment": environment}


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
    archive = directory.scratch / "model.tar.gz"
    fetch_object(s3, url, archive, "ModelDataUrl")
    extract_archive(archive, model, url)


def script_of(s3: Any, directory: JobDirectory, environment: dict[str, str]) -> tuple[str, str] | None:
    """The directory of the inference script as the process sees it, and the script's module; None without a script.

    Raises ``StepFailed`` for a script that is not there.
    """
    submitted = environment.get("SAGEMAKER_SUBMIT_DIRECTORY", f"{DIRECTORY}/code")
    if submitted.startswith("s3://"):
        archive = directory.scratch / "sourcedir.tar.gz"
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
