"""Transform steps: a model's own inference script over every object of an input.

https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform.html
One process answers one payload after another, whatever MaxConcurrentTransforms and InstanceCount say. A model from a
model package is served by the package's container.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ....language import StepView, choices
from ...container import serving
from ...container.directory import JobDirectory
from ...container.left import LeadsOutError, open_file
from ...container.log import JobLog
from ...container.storage import (
    extract_archive,
    fetch_object,
    fetch_prefix,
    join_uri,
    list_manifest,
    list_prefix,
    put_file,
    split_uri,
)
from ...endings import StepFailed, StepResult
from ...engine.runner import StepContext
from ..base.job import SERVICE_DEFAULT_SECONDS, Job, script_failure
from ..base.request import invoke
from .transform_records import Records

_MODEL = "/opt/ml/model"
_CODE = "/opt/ml/code"
_DEFAULT_PAYLOAD = 6  # MB
_MEGABYTE = 1 << 20


class TransformRunner:
    """Runs a batch transform as a process that loads the model once."""

    def run(self, context: StepContext, step: StepView, arguments: dict[str, Any]) -> StepResult:
        job = Job(context, "Transform", arguments)
        return job.run(lambda directory, log: _Transform(job, job.request, directory, log).run())


@dataclass(frozen=True)
class _Object:
    """An object to transform: its path below the input, the files of its payloads, and the file of their answers."""

    name: str
    payloads: list[Path]
    output: Path


class _Transform:
    def __init__(self, job: Job, request: dict[str, Any], directory: JobDirectory, log: JobLog) -> None:
        self.job = job
        self.request = request
        self.input: dict[str, Any] = request["TransformInput"]
        self.output: dict[str, Any] = request["TransformOutput"]
        self.directory = directory
        self.log = log
        self.s3 = job.services.client("s3")

    def run(self) -> None:
        self._refuse()
        container = self._container()
        environment = {**container.get("Environment", {}), **self.request.get("Environment", {})}
        self._fetch_model(container)
        code, module = self._fetch_code(container, environment)
        accept = (
            self.output.get("Accept") or environment.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT") or "application/json"
        )
        self.records = Records(self.request, accept)
        objects = self._objects()
        description = {
            "code": code,
            "module": module,
            "model_dir": _MODEL,
            "content_type": self.input.get("ContentType", "application/json"),
            "accept": accept,
            **self._batches(objects),
        }
        file = self.directory.scratch / "transform.json"
        file.write_text(self.directory.inside(json.dumps(description)), encoding="utf-8")
        variables = {"SAGEMAKER_BATCH": "true", **environment}
        self._judge(self.job.install(self.directory, self.log, code, variables, SERVICE_DEFAULT_SECONDS))
        self._process([self.directory.python, serving.__file__, str(file)], variables)
        for each in objects:
            self._put(each)

    def _refuse(self) -> None:
        if self.input.get("CompressionType", "None") != "None":
            raise StepFailed(
                f"TransformInput.CompressionType is {self.input['CompressionType']!r}; local runs support 'None'"
            )
        if self.input.get("SplitType", "None") not in ("None", "Line"):
            raise StepFailed(
                f"TransformInput.SplitType is {self.input['SplitType']!r}; local runs support 'None' and 'Line'"
            )

    def _container(self) -> dict[str, Any]:
        name = self.request["ModelName"]
        model = invoke(self.job.services.client("sagemaker"), "DescribeModel", {"ModelName": name})
        self.job.role = model.get("ExecutionRoleArn") or ""
        containers = model.get("Containers") or [model.get("PrimaryContainer") or {}]
        if len(containers) > 1:
            raise StepFailed(
                f"the model {name!r} has {len(containers)} containers; local runs serve models with one container"
            )
        container: dict[str, Any] = containers[0]
        package = container.get("ModelPackageName")
        return container if package is None else self._packaged(package, container)

    def _packaged(self, name: str, container: dict[str, Any]) -> dict[str, Any]:
        """The container of a model package, with the variables of the model that was made from it."""
        package = invoke(self.job.services.client("sagemaker"), "DescribeModelPackage", {"ModelPackageName": name})
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

    def _fetch_model(self, container: dict[str, Any]) -> None:
        model = self.directory.make(_MODEL)
        source = container.get("ModelDataSource", {}).get("S3DataSource")
        url = container.get("ModelDataUrl") or (source or {}).get("S3Uri")
        if not url:
            return
        if source and source.get("CompressionType") == "None":
            fetch_prefix(self.s3, url, model, "ModelDataSource")
            return
        archive = self.directory.scratch / "model.tar.gz"
        fetch_object(self.s3, url, archive, "ModelDataUrl")
        extract_archive(archive, model, url)

    def _fetch_code(self, container: dict[str, Any], environment: dict[str, str]) -> tuple[str, str]:
        """The directory of the inference script as the process sees it, and the script's module."""
        submitted = environment.get("SAGEMAKER_SUBMIT_DIRECTORY", f"{_MODEL}/code")
        if submitted.startswith("s3://"):
            archive = self.directory.scratch / "sourcedir.tar.gz"
            fetch_object(self.s3, submitted, archive, "SAGEMAKER_SUBMIT_DIRECTORY")
            extract_archive(archive, self.directory.make(_CODE), submitted)
            submitted = _CODE
        program = environment.get("SAGEMAKER_PROGRAM")
        host = self.directory.host(submitted)
        if program is None and (host / "inference.py").is_file():
            program = "inference.py"
        if program is None:
            raise StepFailed(
                f"the model's image {container.get('Image')} serves by itself, which needs a container engine; "
                "local runs start the model's inference script: give the model a script (environment variables "
                "SAGEMAKER_PROGRAM and SAGEMAKER_SUBMIT_DIRECTORY, or code/inference.py within model.tar.gz)"
            )
        if not (host / program).is_file():
            raise StepFailed(f"AlgorithmError: there is no {program!r} (SAGEMAKER_PROGRAM) in {submitted}")
        return submitted, re.sub(r"\.py$", "", program).replace("/", ".")

    def _objects(self) -> list[_Object]:
        source = self.input["DataSource"]["S3DataSource"]
        uri, what = source["S3Uri"], "TransformInput"
        if source["S3DataType"] == "ManifestFile":
            found = list_manifest(self.s3, uri, what)
        else:
            bucket, _ = split_uri(uri)
            found = [(f"s3://{bucket}/{key}", relative) for key, relative in list_prefix(self.s3, uri, what)]
        objects = []
        for index, (object_uri, relative) in enumerate(entry for entry in found if not entry[0].endswith("/")):
            whole = self.directory.scratch / f"input-{index}"
            fetch_object(self.s3, object_uri, whole, what)
            self.job.context.stopping.check()
            payloads = list(self._split(whole, relative))
            objects.append(_Object(relative, payloads, self.directory.scratch / f"output-{index}"))
        return objects

    def _batches(self, objects: list[_Object]) -> dict[str, Any]:
        """The payloads that the process answers: joint, unless the answers are joined with their payloads later."""
        if self.records.untouched:
            joint = "\n" if self.output.get("AssembleWith", "None") == "Line" else ""
            batches = [{"inputs": list(map(str, each.payloads)), "output": str(each.output)} for each in objects]
            return {"joint": joint, "batches": batches}
        batches = []
        for payload in (payload for each in objects for payload in each.payloads):
            sent = payload.with_name(f"{payload.name}-sent")
            sent.write_bytes(self.records.sent(payload.read_bytes()))
            batches.append({"inputs": [str(sent)], "output": str(_answer(payload))})
        return {"joint": "", "batches": batches}

    def _put(self, each: _Object) -> None:
        uri, what = join_uri(self.output["S3OutputPath"], f"{each.name}.out"), "the transform's output"
        if self.records.untouched:
            put_file(self.s3, each.output, uri, what, self.directory.root)
            return
        with tempfile.NamedTemporaryFile(dir=self.directory.root) as joined:
            for payload in each.payloads:
                joined.write(self.records.joined(self._left(payload), self._left(_answer(payload))))
            joined.flush()
            put_file(self.s3, Path(joined.name), uri, what, self.directory.root, each.name)

    def _left(self, file: Path) -> bytes:
        """The bytes of a file to which the process had access."""
        try:
            body = open_file(self.directory.root, file)
        except LeadsOutError as error:
            raise StepFailed(f"ClientError: {file.name} {error}") from error
        if body is None:
            raise StepFailed(f"ClientError: the model's process removed {file.name}")
        with body:
            return body.read()

    def _split(self, whole: Path, name: str) -> Iterator[Path]:
        limit = self.request.get("MaxPayloadInMB", _DEFAULT_PAYLOAD) * _MEGABYTE or None
        if self.input.get("SplitType", "None") == "None":
            if limit is not None and whole.stat().st_size > limit:
                raise StepFailed(
                    f"ClientError: {name} is larger than MaxPayloadInMB; raise it, or set SplitType to 'Line'"
                )
            yield whole
            return
        single = self.request.get("BatchStrategy", "MultiRecord") == "SingleRecord"
        for number, payload in enumerate(_payloads_of_lines(whole, limit, single, name)):
            part = whole.with_name(f"{whole.name}-{number}")
            part.write_bytes(payload)
            yield part

    def _process(self, command: list[str], environment: dict[str, str]) -> None:
        scratch = str(self.directory.scratch)
        limit = SERVICE_DEFAULT_SECONDS
        self._judge(self.job.process(self.directory, self.log, command, environment, scratch, limit))

    def _judge(self, code: int) -> None:
        """Fails the job for an exit code."""
        if code:
            raise script_failure(code, self.log)


def _answer(payload: Path) -> Path:
    return payload.with_name(f"{payload.name}-answer")


def _payloads_of_lines(file: Path, limit: int | None, single: bool, name: str) -> Iterator[bytes]:
    payload = b""
    with file.open("rb") as lines:
        for line in lines:
            if limit is not None and len(line) > limit:
                raise StepFailed(f"ClientError: a line of {name} is longer than MaxPayloadInMB; raise it")
            if payload and (single or (limit is not None and len(payload) + len(line) > limit)):
                yield payload.rstrip(b"\r\n")
                payload = b""
            payload += line
    if payload:
        yield payload.rstrip(b"\r\n")
