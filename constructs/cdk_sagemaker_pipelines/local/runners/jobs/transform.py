"""Transform steps: a model's own inference script over every object of an input.

https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform.html
One process answers one payload after another, whatever MaxConcurrentTransforms and InstanceCount say. A model from a
model package is served by the package's container.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from ....language import StepView
from ...container import serving
from ...container.answering import Answering
from ...container.directory import JobDirectory
from ...container.isolation import DOCKER, ISOLATION_VARIABLE
from ...container.left import LeadsOutError, open_file
from ...container.log import JobLog
from ...container.storage import (
    join_uri,
    put_file,
)
from ...container.xgboost import serving as algorithm
from ...endings import StepFailed, StepResult
from ...engine.runner import StepContext
from ..base.job import IN_DOCKER, SERVICE_DEFAULT_SECONDS, Job, script_failure
from ..base.request import invoke
from . import transform_input, transform_model, xgboost
from .transform_input import TransformObject
from .transform_records import Records

_INVOCATION_SECONDS = 600


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
        if self.directory.isolation == DOCKER:
            self._image(str(image), model, script is not None)
        elif script is not None:
            xgboost.offer(self.job, self.directory, self.log, image, script[0])
            self._script(*script)
        elif xgboost.has_xgboost(image):
            self._xgboost(str(image))
        else:
            raise StepFailed(
                f"the model's image {image} serves by itself, which needs a container engine; "
                "local runs start the model's inference script: give the model a script (environment variables "
                "SAGEMAKER_PROGRAM and SAGEMAKER_SUBMIT_DIRECTORY, or code/inference.py within model.tar.gz), say in a "
                f"file of outcomes how the step ends, or set {ISOLATION_VARIABLE}={DOCKER} where there is Docker"
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

    def _image(self, image: str, model: dict[str, Any], has_script: bool) -> None:
        """Lets the model's container answer."""
        if model.get("EnableNetworkIsolation"):
            raise StepFailed("the model is isolated from the network, and so local runs cannot reach its container")
        submitted = self.variables.get("SAGEMAKER_SUBMIT_DIRECTORY", "")
        if has_script and submitted.startswith("s3://"):
            self.variables["SAGEMAKER_SUBMIT_DIRECTORY"] = transform_model.CODE
        self.job.context.note(IN_DOCKER)
        self.records = Records(self.request, self.output.get("Accept", ""))
        self.objects = transform_input.objects(self.s3, self.request, self.directory.scratch, self.job.context.stopping)
        described = self._batches(self.objects)
        joint = described["joint"].encode()
        seconds = self.request.get("ModelClientConfig", {}).get("InvocationsTimeoutInSeconds", _INVOCATION_SECONDS)
        region = {"AWS_REGION": self.job.services.region, "AWS_DEFAULT_REGION": self.job.services.region}
        with Answering(
            image,
            environment={**region, **self.variables},
            root=self.directory.root,
            name=self.job.name,
            log=self.log,
            stopping=self.job.context.stopping,
        ) as model_server:
            for batch in described["batches"]:
                with open(batch["output"], "xb") as output:
                    for name in batch["inputs"]:
                        body = Path(name).read_bytes()
                        answer = model_server.ask(
                            body, self.input.get("ContentType"), self.output.get("Accept"), seconds
                        )
                        output.write(answer.removesuffix(joint) + joint)

    def _described(self, default_accept: str, content_type: str | None, **members: str) -> str:
        """Writes what the process has to do; returns the file's path."""
        default = self.variables.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT") or default_accept
        accept = self.output.get("Accept") or default
        self.records = Records(self.request, accept)
        self.objects = transform_input.objects(self.s3, self.request, self.directory.scratch, self.job.context.stopping)
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

    def _batches(self, objects: list[TransformObject]) -> dict[str, Any]:
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

    def _put(self, each: TransformObject) -> None:
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

    def _process(self, command: list[str]) -> None:
        scratch, limit = str(self.directory.scratch), SERVICE_DEFAULT_SECONDS
        self._judge(self.job.process(self.directory, self.log, command, self.variables, scratch, limit))

    def _judge(self, code: int) -> None:
        """Fails the job for an exit code."""
        if code:
            raise script_failure(code, self.log)


def _answer(payload: Path) -> Path:
    return payload.with_name(f"{payload.name}-answer")
