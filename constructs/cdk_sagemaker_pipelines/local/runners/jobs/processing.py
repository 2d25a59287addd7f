"""Processing steps: a command over files.

Container contract: https://docs.aws.amazon.com/sagemaker/latest/dg/build-your-own-processing-container.html
Outputs are uploaded at the end, even with S3UploadMode Continuous. One instance runs, whatever InstanceCount says.
"""

from __future__ import annotations

from typing import Any

from ....language import StepView
from ...container.directory import REQUIREMENTS, JobDirectory
from ...container.isolation import DOCKER, ISOLATION_VARIABLE
from ...container.log import JobLog
from ...container.storage import extract_archive, fetch_source, put_directory
from ...endings import StepFailed, StepResult
from ...engine.runner import StepContext
from ..base.job import Job, script_failure
from . import xgboost

_ROOT = "/opt/ml/processing"
_CODE = f"{_ROOT}/input/code"
"""Where the SageMaker SDK and ``ProcessingStep`` put a source directory."""


class ProcessingRunner:
    """Runs the entrypoint of a processing job as a process."""

    def run(self, context: StepContext, step: StepView, arguments: dict[str, Any]) -> StepResult:
        job = Job(context, "Processing", arguments)
        return job.run(lambda directory, log: _process(job, job.request, directory, log), in_image=True)


def _process(job: Job, request: dict[str, Any], directory: JobDirectory, log: JobLog) -> None:
    s3 = job.client("s3")
    inputs = request.get("ProcessingInputs", [])
    outputs = request.get("ProcessingOutputConfig", {}).get("Outputs", [])
    application = request["AppSpecification"]
    entrypoint = application.get("ContainerEntrypoint", [])
    in_image = directory.isolation == DOCKER
    if not entrypoint and not in_image:
        image = application["ImageUri"]
        raise StepFailed(
            f"the image {image} only runs in a container engine: the step has no AppSpecification.ContainerEntrypoint, "
            "and local runs start the step's own script as a process; give the step a script or an entrypoint, say in "
            f"a file of outcomes how it ends, or set {ISOLATION_VARIABLE}={DOCKER} where there is Docker"
        )
    for output in outputs:
        if output.get("FeatureStoreOutput"):
            raise StepFailed(f"output {output['OutputName']!r} goes to a feature group, which local runs do not have")
        directory.make(_local_path(output["S3Output"], f"output {output['OutputName']!r}"))
    for item in inputs:
        _fetch(s3, item, directory)
        job.context.stopping.check()
    directory.write_json("/opt/ml/config/processingjobconfig.json", _job_config(job, request))
    resources = request["ProcessingResources"]["ClusterConfig"]
    directory.write_json("/opt/ml/config/resourceconfig.json", _resource_config(resources, log))

    environment, limit = request.get("Environment", {}), job.time_limit(request)
    arguments = application.get("ContainerArguments", [])
    if in_image:
        isolated = request.get("NetworkConfig", {}).get("EnableNetworkIsolation", False)
        image = application["ImageUri"]
        code = job.image(directory, log, image, entrypoint, arguments, environment, isolated=isolated, seconds=limit)
    else:
        code = _start(job, directory, log, application["ImageUri"], [*entrypoint, *arguments], environment, limit)
    message = directory.text("/opt/ml/output/message")
    if message is not None:
        job.description["ExitMessage"] = message[:1024]
    if code:
        raise script_failure(code, log)
    for output in outputs:
        if not output.get("AppManaged"):
            target, what = output["S3Output"], f"output {output['OutputName']!r}"
            put_directory(s3, directory.host(target["LocalPath"]), target["S3Uri"], what, directory.root)


def _fetch(s3: Any, item: dict[str, Any], directory: JobDirectory) -> None:
    what = f"input {item['InputName']!r}"
    source = item.get("S3Input")
    if source is None:
        raise StepFailed(f"{what} has no S3Input; local runs cannot fetch a DatasetDefinition")
    if item.get("AppManaged"):
        return
    if source.get("S3InputMode", "File") != "File":
        raise StepFailed(f"{what} has S3InputMode {source['S3InputMode']!r}; local runs support 'File'")
    if source.get("S3CompressionType", "None") != "None":
        raise StepFailed(f"{what} has S3CompressionType {source['S3CompressionType']!r}; local runs support 'None'")
    target = directory.make(_local_path(source, what))
    fetch_source(s3, source["S3Uri"], source["S3DataType"], target, what)


def _start(
    job: Job,
    directory: JobDirectory,
    log: JobLog,
    image: str,
    command: list[str],
    environment: dict[str, str],
    limit: int,
) -> int:
    """Runs the command as a process; returns its exit code."""
    folders = {_CODE, *(word.rpartition("/")[0] for word in command if word.startswith(f"{_ROOT}/"))}
    xgboost.offer(job, directory, log, image, *sorted(folders))
    code = _install(job, directory, log, command, environment, limit)
    return code or job.process(directory, log, command, environment, str(directory.scratch), limit)


def _install(
    job: Job, directory: JobDirectory, log: JobLog, command: list[str], environment: dict[str, str], limit: int
) -> int:
    """Installs what a start command would install from its source directory; returns pip's exit code.

    The command then finds everything installed. It could not install from sources that require the user's credentials
    itself, since it runs code of the job and must not see the user's configuration of pip.
    """
    if not any(_installs(word, directory) for word in command):
        return 0
    source = directory.make(_CODE)
    if not (source / REQUIREMENTS).is_file():
        packed, source = sorted(source.glob("*.gz")), directory.scratch / "source"
        if len(packed) == 1:
            extract_archive(packed[0], source, packed[0].name)
    return job.install(directory, log, str(source), environment, limit)


def _installs(word: str, directory: JobDirectory) -> bool:
    """Whether a word of the start command names a requirements.txt, or a script that does."""
    script = directory.text(word) if word.startswith(f"{_ROOT}/") else None
    return REQUIREMENTS in (script or word)


def _local_path(place: dict[str, Any], what: str) -> str:
    path = str(place.get("LocalPath") or "")
    if path.rstrip("/") != _ROOT and not path.startswith(_ROOT + "/"):
        raise StepFailed(f"ClientError: LocalPath of {what} is {path!r}; it must begin with {_ROOT}/")
    return path


def _job_config(job: Job, request: dict[str, Any]) -> dict[str, Any]:
    # The members of the request as the container sees them; nothing about permissions.
    config = {key: value for key, value in request.items() if key not in ("Tags", "ExperimentConfig")}
    return {"ProcessingJobArn": job.arn, **config}


def _resource_config(cluster: dict[str, Any], log: JobLog) -> dict[str, Any]:
    if cluster["InstanceCount"] > 1:
        log.note(f"the job asks for {cluster['InstanceCount']} instances; one process runs, as algo-1")
    return {"current_host": "algo-1", "hosts": ["algo-1"]}
