"""Training steps: a script in script mode, or a container entrypoint.

Container contract: https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo.html
One instance runs, whatever InstanceCount says. Of the algorithms that only exist inside their image, XGBoost runs here
as the package of that name.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ....language import StepView
from ....language.distributions import DISTRIBUTIONS, switched_on
from ...container import toolkit
from ...container.directory import JobDirectory
from ...container.isolation import DOCKER, ISOLATION_VARIABLE
from ...container.log import REASON_LENGTH, JobLog
from ...container.storage import (
    extract_archive,
    fetch_object,
    fetch_source,
    join_uri,
    list_prefix,
    put_archive,
    put_directory,
)
from ...container.xgboost import training
from ...endings import StepFailed, StepResult
from ...engine.runner import StepContext
from ..base.job import Job, script_failure
from . import notebook_job, xgboost
from .metrics import Metrics


class TrainingRunner:
    """Runs the script of a training job as a process."""

    def run(self, context: StepContext, step: StepView, arguments: dict[str, Any]) -> StepResult:
        return train(context, arguments)


def train(context: StepContext, arguments: dict[str, Any], **members: Any) -> StepResult:
    """Runs one training job; ``members`` extend its Describe response. Raises ``StepFailed`` or ``StepStopped``."""
    job = Job(context, "Training", arguments)
    job.description.update(members)
    return job.run(lambda directory, log: _Training(job, job.request, directory, log).run(), in_image=True)


class _Training:
    def __init__(self, job: Job, request: dict[str, Any], directory: JobDirectory, log: JobLog) -> None:
        self.job = job
        self.request = request
        self.directory = directory
        self.log = log
        self.s3 = job.client("s3")
        self.algorithm: dict[str, Any] = request.get("AlgorithmSpecification", {})
        self.hyperparameters = toolkit.decode_hyperparameters(request.get("HyperParameters", {}))
        self.entrypoint: list[str] = self.algorithm.get("ContainerEntrypoint", [])
        self.program = self.hyperparameters.get("sagemaker_program")
        self.built_in = not (self.entrypoint or self.program) and xgboost.has_xgboost(
            self.algorithm.get("TrainingImage")
        )
        known = xgboost.metric_definitions() if self.built_in else []
        definitions = [*self.algorithm.get("MetricDefinitions", []), *known]
        self.metrics = Metrics(definitions, self.job.context.clock.now)

    def run(self) -> None:
        output = self.request.get("OutputDataConfig")
        if output is None:
            raise StepFailed("the training job has no OutputDataConfig; local runs have no other place for the model")
        if not (self.entrypoint or self.program or self.built_in or self.directory.isolation == DOCKER):
            raise StepFailed(_no_script(self.algorithm))
        if self.program and not self.entrypoint:
            _refuse_distribution(self.hyperparameters)
        for path in (toolkit.MODEL_DIR, f"{toolkit.OUTPUT_DIR}/data", toolkit.CODE_DIR):
            self.directory.make(path)
        self._fetch_channels()
        self._fetch_checkpoints()
        self.log.listen(self.metrics.read)
        try:
            self._train(output)
        finally:
            self.metrics.publish(self.job.services.client("cloudwatch"), self.job.name, self.log)
        self._upload(output)
        self.job.update(SecondaryStatus="Completed", FinalMetricDataList=self.metrics.final())

    def _train(self, output: dict[str, Any]) -> None:
        if self.directory.isolation == DOCKER:
            self._image()
        elif self.entrypoint == [notebook_job.SCHEDULER]:
            self._notebook(output)
        elif self.entrypoint:
            command = [*self.entrypoint, *self.algorithm.get("ContainerArguments", [])]
            self._process(command, {}, str(self.directory.scratch))
        elif self.built_in:
            self._xgboost()
        else:
            self._script(str(self.program))

    def _fetch_channels(self) -> None:
        self.channels: dict[str, Any] = {}
        for channel in self.request.get("InputDataConfig", []):
            name = channel["ChannelName"]
            what = f"channel {name!r}"
            source = channel["DataSource"].get("S3DataSource")
            mode = channel.get("InputMode", self.algorithm.get("TrainingInputMode", "File"))
            if source is None:
                raise StepFailed(f"{what} has no S3DataSource; local runs have no other file system")
            if mode not in ("File", "FastFile"):
                raise StepFailed(f"{what} has input mode {mode!r}; local runs support 'File' and 'FastFile'")
            if channel.get("CompressionType", "None") != "None":
                raise StepFailed(f"{what} has CompressionType {channel['CompressionType']!r}; local runs need 'None'")
            target = self.directory.make(f"{toolkit.INPUT_DIR}/data/{name}")
            fetch_source(self.s3, source["S3Uri"], source["S3DataType"], target, what)
            self.channels[name] = {
                **({"ContentType": channel["ContentType"]} if "ContentType" in channel else {}),
                "TrainingInputMode": mode,
                "S3DistributionType": source.get("S3DataDistributionType", "FullyReplicated"),
                "RecordWrapperType": channel.get("RecordWrapperType", "None"),
            }
            self.job.context.stopping.check()
        cluster = self.request.get("ResourceConfig", {})
        if cluster.get("InstanceCount", 1) > 1:
            self.log.note(f"the job asks for {cluster['InstanceCount']} instances; one process runs, as algo-1")
        self.resources = toolkit.resource_config(cluster.get("InstanceType", "local"))
        config = f"{toolkit.INPUT_DIR}/config"
        self.directory.write_json(f"{config}/hyperparameters.json", self.request.get("HyperParameters", {}))
        self.directory.write_json(f"{config}/inputdataconfig.json", self.channels)
        self.directory.write_json(f"{config}/resourceconfig.json", self.resources)

    def _checkpoints(self) -> tuple[str, str] | None:
        """Where they are in S3, and where the job sees them."""
        config = self.request.get("CheckpointConfig")
        if config is None:
            return None
        return config["S3Uri"], config.get("LocalPath", toolkit.CHECKPOINT_DIR)

    def _fetch_checkpoints(self) -> None:
        place = self._checkpoints()
        if place is None:
            return
        uri, path = place
        target = self.directory.make(path)
        try:
            list_prefix(self.s3, uri, "CheckpointConfig")
        except StepFailed:
            return  # no checkpoint yet
        fetch_source(self.s3, uri, "S3Prefix", target, "CheckpointConfig")

    def _script(self, program: str) -> None:
        code = self._fetch_code(str(self.hyperparameters.get("sagemaker_submit_directory", toolkit.CODE_DIR)))
        environment = toolkit.environment(self.hyperparameters, self.channels, self.resources, self.job.name)
        environment["PYTHONPATH"] = toolkit.CODE_DIR
        xgboost.offer(self.job, self.directory, self.log, self.algorithm.get("TrainingImage"), toolkit.CODE_DIR)
        arguments = toolkit.command_arguments(toolkit.user_hyperparameters(self.hyperparameters))
        command = toolkit.command(program, code, self.directory.python, arguments)
        if toolkit.installs_requirements(program, code):
            variables, limit = self.request.get("Environment", {}), self.job.time_limit(self.request)
            self._judge(self.job.install(self.directory, self.log, toolkit.CODE_DIR, variables, limit))
        installation = toolkit.installation(program, code, self.directory.python)
        if installation is not None:
            self._process(installation, environment, toolkit.CODE_DIR)
        self._process(command, environment, toolkit.CODE_DIR)

    def _image(self) -> None:
        """Runs the job's image: its entrypoint, or what the service starts; the source is where the toolkit has it."""
        image = self.algorithm.get("TrainingImage")
        if image is None:
            raise StepFailed("the training job names an algorithm and no image; local runs only have images")
        if self.program and not self.entrypoint:
            self._fetch_code(str(self.hyperparameters.get("sagemaker_submit_directory", toolkit.CODE_DIR)))
        arguments = self.algorithm.get("ContainerArguments", [] if self.entrypoint else ["train"])
        isolated, limit = self.request.get("EnableNetworkIsolation", False), self.job.time_limit(self.request)
        code = self.job.image(
            self.directory,
            self.log,
            image,
            self.entrypoint,
            arguments,
            self._variables({}),
            isolated=isolated,
            seconds=limit,
        )
        self._judge(code)

    def _xgboost(self) -> None:
        algorithm = {**self.algorithm, "MetricDefinitions": self.metrics.definitions}
        self.job.update(AlgorithmSpecification=algorithm)  # as the service describes its own algorithms
        self.job.context.note(xgboost.note(self.algorithm["TrainingImage"]))
        try:
            job = xgboost.training_job(self.request.get("HyperParameters", {}), self.channels)
        except StepFailed as error:
            self.log.line(error.reason)
            raise
        checkpoints = self._checkpoints()
        channels = {name: f"{toolkit.INPUT_DIR}/data/{name}" for name in self.channels}
        described = {
            **job,
            "train": channels["train"],
            "validation": channels.get("validation"),
            "model": toolkit.MODEL_DIR,
            "checkpoints": checkpoints[1] if checkpoints else None,
            "failure": f"{toolkit.OUTPUT_DIR}/failure",
            "scratch": str(self.directory.scratch),
        }
        file = self.directory.scratch / "xgboost.json"
        file.write_text(self.directory.inside(json.dumps(described)), encoding="utf-8")
        packages = xgboost.installed(self.job, self.directory, self.log)
        command = [self.directory.python, "-I", "-S", training.__file__, str(packages), str(file)]
        self._process(command, {}, str(self.directory.scratch))

    def _notebook(self, output: dict[str, Any]) -> None:
        self.job.context.note(notebook_job.AS_PLAIN_PYTHON)
        command, cwd = notebook_job.command(self.directory, self.request.get("Environment", {}))
        try:
            self._process(command, {}, cwd)
        finally:
            self._upload_data(output)  # also for a failed job, to show at which cell

    def _fetch_code(self, uri: str) -> Path:
        """Puts the source into its directory, unless something is there, as the toolkit does; returns it."""
        code = self.directory.host(toolkit.CODE_DIR)
        if any(code.iterdir()):
            return code
        if uri.startswith("s3://"):
            archive = self.directory.scratch / "sourcedir.tar.gz"
            fetch_object(self.s3, uri, archive, "hyperparameter sagemaker_submit_directory")
            extract_archive(archive, code, uri)
            return code
        source = self.directory.host(uri)
        if source.is_file():
            extract_archive(source, code, uri)
        elif source.is_dir():
            shutil.copytree(source, code, dirs_exist_ok=True)
        else:
            raise StepFailed(f"AlgorithmError: sagemaker_submit_directory is {uri!r}, but there is nothing")
        return code

    def _process(self, command: list[str], environment: Mapping[str, str], cwd: str) -> None:
        limit = self.job.time_limit(self.request)
        self._judge(self.job.process(self.directory, self.log, command, self._variables(environment), cwd, limit))

    def _variables(self, environment: Mapping[str, str]) -> dict[str, str]:
        own = {"TRAINING_JOB_NAME": self.job.name, "TRAINING_JOB_ARN": self.job.arn}
        return {**environment, **own, **self.request.get("Environment", {})}

    def _judge(self, code: int) -> None:
        """Fails the job for an exit code."""
        if code == 0:
            return
        self.job.update(SecondaryStatus="Failed", FinalMetricDataList=self.metrics.final())
        failure = self.directory.text(f"{toolkit.OUTPUT_DIR}/failure")
        if failure is not None:
            end = f", exit code: {code}"
            raise StepFailed(f"AlgorithmError: {failure.strip()}"[: REASON_LENGTH - len(end)] + end)
        raise script_failure(code, self.log)

    def _upload(self, output: dict[str, Any]) -> None:
        place = join_uri(output["S3OutputPath"], self.job.name, "output")
        model = self.directory.host(toolkit.MODEL_DIR)
        if output.get("CompressionType", "GZIP") == "NONE":
            artifacts = join_uri(place, "model/")
            put_directory(self.s3, model, artifacts, "the model", self.directory.root)
        else:
            artifacts = join_uri(place, "model.tar.gz")
            self._put_archive(model, artifacts)
        self._upload_data(output)
        checkpoints = self._checkpoints()
        if checkpoints is not None:
            uri, path = checkpoints
            put_directory(self.s3, self.directory.host(path), uri, "the checkpoints", self.directory.root)
        self.job.update(ModelArtifacts={"S3ModelArtifacts": artifacts})

    def _upload_data(self, output: dict[str, Any]) -> None:
        data = self.directory.host(f"{toolkit.OUTPUT_DIR}/data")
        if data.is_dir() and any(data.iterdir()):
            self._put_archive(data, join_uri(output["S3OutputPath"], self.job.name, "output", "output.tar.gz"))

    def _put_archive(self, directory: Path, uri: str) -> None:
        put_archive(self.s3, directory, uri, uri.rpartition("/")[2], self.directory.root)


def _refuse_distribution(hyperparameters: Mapping[str, Any]) -> None:
    for name in switched_on(hyperparameters):
        raise StepFailed(
            f"{DISTRIBUTIONS[name]} would launch the script (hyperparameter {name}), which only the toolkit in the "
            "image does; local runs start one process: leave the distribution out, or say in a file of outcomes how "
            "the step ends"
        )


def _no_script(algorithm: dict[str, Any]) -> str:
    what = algorithm.get("TrainingImage") or algorithm.get("AlgorithmName") or "of the job"
    return (
        f"the algorithm {what} is inside its image and only runs in a container engine; local runs start a script "
        "as a process: give the step a script (source=, or hyperparameters sagemaker_program and "
        "sagemaker_submit_directory) or a ContainerEntrypoint, say in a file of outcomes how it ends, or set "
        f"{ISOLATION_VARIABLE}={DOCKER} where there is Docker"
    )
