"""Transform steps: a model's own inference script over every object of an input.

https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform.html
One process answers one payload after another, whatever MaxConcurrentTransforms and InstanceCount say. A model from a
model package is served by the package's container.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ....language import StepView
from ...container import serving
from ...container.directory import JobDirectory
from ...container.left import LeadsOutError, open_file
from ...container.log import JobLog
from ...container.storage import (
    fetch_object,
    join_uri,
    list_manifest,
    list_prefix,
    put_file,
    split_uri,
)
from ...container.xgboost import serving as algorithm
from ...endings import StepFailed, StepResult
from ...engine.runner import StepContext
from ..base.job import SERVICE_DEFAULT_SECONDS, Job, script_failure
from ..base.request import invoke
from . import transform_model, xgboost
from .transform_records import Records

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
        sagemaker, name = self.job.services.client("sagemaker"), self.request["ModelName"]
        model = invoke(sagemaker, "DescribeModel", {"ModelName": name})
        self.job.role = model.get("ExecutionRoleArn") or ""
        container = transform_model.container_of(sagemaker, name, model)
        self.variables = {
            "SAGEMAKER_BATCH": "true",
            **container.get("Environment", {}),
            **self.request.get("Environment", {}),
        }
        transform_model.fetch(self.s3, self.directory, container)
        script = transform_model.script_of(self.s3, self.directory, self.variables)
        image = container.get("Image")
        if script is not None:
            xgboost.offer(self.job, self.directory, self.log, image, script[0])
            self._script(*script)
        elif xgboost.has_xgboost(image):
            self._xgboost(str(image))
        else:
            raise StepFailed(
                f"the model's image {image} serves by itself, which needs a container engine; "
                "local runs start the model's inference script: give the model a script (environment variables "
                "SAGEMAKER_PROGRAM and SAGEMAKER_SUBMIT_DIRECTORY, or code/inference.py within model.tar.gz)"
            )
        for each in self.objects:
            self._put(each)

    def _script(self, code: str, module: str) -> None:
        """Answers with the model's inference script."""
        content_type = self.input.get("ContentType", "application/json")
        file = self._described("application/json", content_type, code=code, module=module)
        self._judge(self.job.install(self.directory, self.log, code, self.variables, SERVICE_DEFAULT_SECONDS))
        self._process([self.directory.python, serving.__file__, file])

    def _xgboost(self, image: str) -> None:
        """Answers as the container of the algorithm does."""
        self.job.context.note(xgboost.note(image))
        file = self._described("text/csv", self.input.get("ContentType"))
        packages = xgboost.installed(self.job, self.directory, self.log)
        self._process([self.directory.python, "-I", "-S", algorithm.__file__, str(packages), file])

    def _described(self, default_accept: str, content_type: str | None, **members: str) -> str:
        """Writes what the process has to do; returns the file's path."""
        default = self.variables.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT") or default_accept
        accept = self.output.get("Accept") or default
        self.records = Records(self.request, accept)
        self.objects = self._objects()
        description = {
            "model_dir": transform_model.DIRECTORY,
            "content_type": content_type,
            "accept": accept,
            **members,
            **self._batches(self.objects),
        }
        file = self.directory.scratch / "transform.json"
        file.write_text(self.directory.inside(json.dumps(description)), encoding="utf-8")
        return str(file)

    def _refuse(self) -> None:
        if self.input.get("CompressionType", "None") != "None":
            raise StepFailed(
                f"TransformInput.CompressionType is {self.input['CompressionType']!r}; local runs support 'None'"
            )
        if self.input.get("SplitType", "None") not in ("None", "Line"):
            raise StepFailed(
                f"TransformInput.SplitType is {self.input['SplitType']!r}; local runs support 'None' and 'Line'"
            )

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

    def _process(self, command: list[str]) -> None:
        scratch, limit = str(self.directory.scratch), SERVICE_DEFAULT_SECONDS
        self._judge(self.job.process(self.directory, self.log, command, self.variables, scratch, limit))

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
