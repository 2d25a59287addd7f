"""Transform steps: a model's own inference script over every object of an input.

https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform.html
One process answers one payload after another, whatever MaxConcurrentTransforms and InstanceCount say. A model from a
model package is served by the package's containers; of several, each gets the answers of the one before.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from ....language import StepView
from ...container.directory import JobDirectory
from ...container.log import JobLog
from ...container.safe_open import LeadsOutError, open_file
from ...container.storage import join_uri, put_file
from ...endings import StepFailed, StepResult
from ...engine.runner import StepContext
from ..base.job import Job
from ..base.request import invoke
from . import transform_input, transform_model
from .transform_input import TransformObject
from .transform_records import Records
from .transform_stage import Batch, Stage


class TransformRunner:
    """Runs a batch transform as a process that loads the model once."""

    def run(self, context: StepContext, step: StepView, arguments: dict[str, Any]) -> StepResult:
        job = Job(context, "Transform", arguments)
        return job.run(lambda directory, log: _Transform(job, job.request, directory, log).run(), in_image=True)


class _Transform:
    def __init__(self, job: Job, request: dict[str, Any], directory: JobDirectory, log: JobLog) -> None:
        self.job = job
        self.request = request
        self.input: dict[str, Any] = request["TransformInput"]
        self.output: dict[str, Any] = request["TransformOutput"]
        self.directory = directory
        self.log = log
        self.records = Records(request)

    def run(self) -> None:
        self._refuse()
        sagemaker = self.job.services.client("sagemaker")
        model = invoke(sagemaker, "DescribeModel", {"ModelName": self.request["ModelName"]})
        self.job.role = model.get("ExecutionRoleArn") or ""
        self.s3 = self.job.client("s3")
        containers = transform_model.containers_of(sagemaker, model)
        isolated = model.get("EnableNetworkIsolation", False)
        scratch, stopping = self.directory.scratch, self.job.context.stopping
        self.objects = transform_input.objects(self.s3, self.request, scratch, stopping)
        self.files = {payload: self._sent(payload) for each in self.objects for payload in each.payloads}
        content_type = self.input.get("ContentType")
        for number, container in enumerate(containers):
            if number:
                transform_model.clear(self.directory, number)
            stage = Stage(self.job, self.directory, self.log, container, number, isolated)
            last = number == len(containers) - 1
            accept = stage.accept(self.output.get("Accept"), last=last)
            if last:
                self.records.check(accept)
                self._finish(stage, number, content_type, accept)
            else:
                self._pass_on(stage, number, content_type, accept)
            content_type = accept
        for each in self.objects:
            self._put(each)

    def _sent(self, payload: Path) -> Path:
        """The file with what the first container gets of a payload."""
        if self.records.untouched:
            return payload
        sent = payload.with_name(f"{payload.name}-sent")
        sent.write_bytes(self.records.sent(payload.read_bytes()))
        return sent

    def _pass_on(self, stage: Stage, number: int, content_type: str | None, accept: str | None) -> None:
        """Makes a container's answers the payloads of the next one."""
        answers = {payload: payload.with_name(f"{payload.name}-answer-{number}") for payload in self.files}
        batches = [Batch([file], answers[payload]) for payload, file in self.files.items()]
        stage.answer(batches, "", content_type, accept)
        self.files = answers

    def _finish(self, stage: Stage, number: int, content_type: str | None, accept: str | None) -> None:
        """Lets the last container answer: for each object, unless its answers are joined with their payloads."""
        if not self.records.untouched:
            self._pass_on(stage, number, content_type, accept)
            return
        joint = "\n" if self.output.get("AssembleWith", "None") == "Line" else ""
        batches = [Batch([self.files[payload] for payload in each.payloads], each.output) for each in self.objects]
        stage.answer(batches, joint, content_type, accept)

    def _refuse(self) -> None:
        if self.input.get("CompressionType", "None") != "None":
            raise StepFailed(
                f"TransformInput.CompressionType is {self.input['CompressionType']!r}; local runs support 'None'"
            )
        if self.input.get("SplitType", "None") not in ("None", "Line"):
            raise StepFailed(
                f"TransformInput.SplitType is {self.input['SplitType']!r}; local runs support 'None' and 'Line'"
            )

    def _put(self, each: TransformObject) -> None:
        uri, what = join_uri(self.output["S3OutputPath"], f"{each.name}.out"), "the transform's output"
        if self.records.untouched:
            put_file(self.s3, each.output, uri, what, self.directory.root)
            return
        with tempfile.NamedTemporaryFile(dir=self.directory.root) as joined:
            for payload in each.payloads:
                joined.write(self.records.joined(self._left(payload), self._left(self.files[payload])))
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
