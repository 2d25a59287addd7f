"""One container of a model that a transform applies: as a script, as the built-in algorithm, or as its image."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...container import serving
from ...container.answering import Answering
from ...container.directory import JobDirectory
from ...container.isolation import DOCKER, ISOLATION_VARIABLE
from ...container.log import JobLog
from ...container.xgboost import serving as algorithm
from ...endings import StepFailed
from ..base.job import IN_DOCKER, SERVICE_DEFAULT_SECONDS, Job, script_failure
from . import transform_model, xgboost

_INVOCATION_SECONDS = 600


@dataclass(frozen=True)
class Batch:
    """Payloads, and the file that gets the answers to them."""

    inputs: list[Path]
    output: Path


class Stage:
    """A container with its model and code in place. Raises ``StepFailed`` for one that cannot run here.

    ``number`` is its position among the model's containers, from 0.
    """

    def __init__(
        self, job: Job, directory: JobDirectory, log: JobLog, container: dict[str, Any], number: int, isolated: bool
    ) -> None:
        self._job, self._directory, self._log, self._number = job, directory, log, number
        self._image = str(container.get("Image"))
        self._in_image = directory.isolation == DOCKER
        own = container.get("Environment", {})
        self._variables = {"SAGEMAKER_BATCH": "true", **own, **job.request.get("Environment", {})}
        if self._in_image and isolated:
            raise StepFailed("the model is isolated from the network, and so local runs cannot reach its container")
        s3 = job.client("s3")
        transform_model.fetch(s3, directory, container)
        self._script = transform_model.script_of(s3, directory, self._variables)
        if not (self._in_image or self._script or xgboost.has_xgboost(self._image)):
            raise StepFailed(
                f"the model's image {self._image} serves by itself, which needs a container engine; "
                "local runs start the model's inference script: give the model a script (environment variables "
                "SAGEMAKER_PROGRAM and SAGEMAKER_SUBMIT_DIRECTORY, or code/inference.py within model.tar.gz), say in a "
                f"file of outcomes how the step ends, or set {ISOLATION_VARIABLE}={DOCKER} where there is Docker"
            )

    def accept(self, given: str | None, *, last: bool) -> str | None:
        """The type of the answers: of the last container the one that the transform asks for, if it does."""
        own = self._variables.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT")
        usual = None if self._in_image else "application/json" if self._script else "text/csv"
        return (given or own or usual) if last else (own or given or usual)

    def answer(self, batches: list[Batch], joint: str, content_type: str | None, accept: str | None) -> None:
        """Writes the answers to all payloads, each with ``joint`` behind it. Raises ``StepFailed``, ``StepStopped``."""
        if self._in_image:
            self._ask(batches, joint.encode(), content_type, accept)
            return
        work = {
            "model_dir": transform_model.DIRECTORY,
            "content_type": content_type,
            "accept": accept,
            "joint": joint,
            "batches": [{"inputs": list(map(str, each.inputs)), "output": str(each.output)} for each in batches],
        }
        if self._script is None:
            self._job.context.note(xgboost.note(self._image))
            packages = xgboost.installed(self._job, self._directory, self._log)
            self._process("-I", "-S", algorithm.__file__, str(packages), self._described(work))
            return
        code, module = self._script
        work.update(code=code, module=module, content_type=content_type or "application/json")
        xgboost.offer(self._job, self._directory, self._log, self._image, code)
        installs = self._job.install(self._directory, self._log, code, self._variables, SERVICE_DEFAULT_SECONDS)
        self._judge(installs)
        self._process(serving.__file__, self._described(work))

    def _described(self, work: dict[str, Any]) -> str:
        """Writes what the process has to do; returns the file's path."""
        file = self._directory.scratch / f"transform-{self._number}.json"
        with open(file, "x", encoding="utf-8") as opened:
            opened.write(self._directory.inside(json.dumps(work)))
        return str(file)

    def _process(self, *arguments: str) -> None:
        command, scratch = [self._directory.python, *arguments], str(self._directory.scratch)
        seconds = SERVICE_DEFAULT_SECONDS
        self._judge(self._job.process(self._directory, self._log, command, self._variables, scratch, seconds))

    def _judge(self, code: int) -> None:
        """Fails the job for an exit code."""
        if code:
            raise script_failure(code, self._log)

    def _ask(self, batches: list[Batch], joint: bytes, content_type: str | None, accept: str | None) -> None:
        """Lets the image's container answer."""
        self._job.context.note(IN_DOCKER)
        if self._script and self._variables.get("SAGEMAKER_SUBMIT_DIRECTORY", "").startswith("s3://"):
            self._variables["SAGEMAKER_SUBMIT_DIRECTORY"] = transform_model.CODE
        region = self._job.services.region
        client = self._job.request.get("ModelClientConfig", {})
        seconds = client.get("InvocationsTimeoutInSeconds", _INVOCATION_SECONDS)
        with Answering(
            self._image,
            environment={"AWS_REGION": region, "AWS_DEFAULT_REGION": region, **self._variables},
            root=self._directory.root,
            name=f"{self._job.name}-{self._number}",
            log=self._log,
            stopping=self._job.context.stopping,
        ) as container:
            for batch in batches:
                with open(batch.output, "xb") as output:
                    for payload in batch.inputs:
                        answer = container.ask(payload.read_bytes(), content_type, accept, seconds)
                        output.write(answer.removesuffix(joint) + joint)
