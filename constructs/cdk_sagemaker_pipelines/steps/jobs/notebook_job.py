"""A step that runs a notebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from aws_cdk import Duration

from ...assets import S3Prefix, deploy_files
from ...assets.code import near, path_of
from ...language import BooleanLike, IntegerLike, PipelineError, StringLike
from ...properties.training import TrainingProperties
from ..base.given import TextOrPlace, entries, items, literal
from ..base.request import ContainerFields, ContainerJobStep
from .training_job import TrainingJob, TrainingSettings

_CHANNEL = "sagemaker_headless_execution_pipelinestep"
_TWO_DAYS = 172_800


class NotebookJobStep(ContainerJobStep):
    """Runs a Jupyter notebook from its first cell to its last, as a training job. API: ``CreateTrainingJob``.

    ::

        NotebookJobStep(
            pipeline, "Report", notebook="notebooks/report.ipynb", parameters={"data": prepare.output("test")},
            image=Image.from_uri(
                "819792524951.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-distribution-prod:3.2.0-cpu"
            ),
            instance_type="ml.m5.large",
        )

    The image must be one of SageMaker Distribution, or have its ``amazon_sagemaker_scheduler``. The executed notebook
    is in the ``output.tar.gz`` below the output. Notebook and files are uploaded with the stack into the pipeline's
    artifacts, below a hash of their content. Source: "Notebook Job step" of the developer guide.
    """

    type = "Training"
    image_use = "training"
    job_arns = "training-job/*"

    notebook: str | Path
    """The ``.ipynb`` file, relative to the working directory of the app, or absolute."""
    kernel_name: str = "python3"
    """The kernel, as the image knows it."""
    parameters: Mapping[str, TextOrPlace] | None = None
    """Values for the cell with the tag ``parameters``, as texts; at most 100."""
    initialization_script: str | Path | None = None
    """A shell script to run before the notebook."""
    additional_files: Sequence[str | Path] = ()
    """Files that lie beside the notebook when it runs, by their own names."""
    notebook_job_name: str | None = None
    """What the job is called in Studio, and what its name begins with: letters, digits and single '-' between them.

    Default: the step's name in Studio; the job's name is the service's.
    """
    output: S3Prefix | StringLike | None = None
    """Where the executed notebook goes. Default: ``<artifacts>/<pipeline>/<execution id>/<step>``."""
    max_runtime: Duration | IntegerLike | None = None
    """How long the notebook may run, a Duration or seconds. Default: 2 days."""
    max_retry_attempts: IntegerLike = 1
    """How often the job is started again after an error of the service, 1 to 30."""
    encrypt_inter_container_traffic: BooleanLike | None = True
    """Whether traffic between the instances is encrypted."""

    def bind(self) -> None:
        super().bind()
        if self.notebook_job_name is not None:
            literal(self.notebook_job_name, "notebook_job_name")
        files = self._files()
        work = self.host.workplace
        below = work.artifacts.below(f"{work.pipeline_name}/{self.name}")
        place, self._deploy = deploy_files(self, "Files", files, below, work.deployment_log_group)
        work.keeps(self.name, below.below("*/"))
        fields = {name: getattr(self, name) for name in ContainerFields.declared_fields}
        settings = TrainingSettings(
            **{**fields, "environment": {**entries(self.environment, "environment"), **self._environment()}},
            inputs={_CHANNEL: place},
            hyperparameters=self.texts(self.parameters, "parameters"),
            output=self.output,
        )
        self._job = TrainingJob(self, settings, self.container, scope=self, output=self.run_prefix)

    def finish(self) -> None:
        super().finish()
        self.host.deploy_after(self._deploy())

    def _files(self) -> dict[str, Path]:
        """All files by the names that they have beside the notebook."""
        self._notebook = _file(self.notebook, "notebook")
        script = self.initialization_script
        self._script = None if script is None else _file(script, "initialization_script")
        given = [
            _file(path, f"additional_files[{index}]")
            for index, path in enumerate(items(self.additional_files, "additional_files"))
        ]
        found: dict[str, Path] = {}
        for path in (self._notebook, *([self._script] if self._script else []), *given):
            if found.setdefault(path.name, path) != path:
                raise PipelineError(f"additional_files: two files have the name {path.name!r}: they lie in one folder")
        return found

    def _environment(self) -> dict[str, Any]:
        script = {} if self._script is None else {"SM_INIT_SCRIPT": self._script.name}
        own = {
            "AWS_DEFAULT_REGION": self.host.workplace.where.region,
            "SM_JOB_DEF_VERSION": "1.0",
            "SM_ENV_NAME": "sagemaker-default-env",
            "SM_SKIP_EFS_SIMULATION": "true",
            "SM_EXECUTION_INPUT_PATH": f"/opt/ml/input/data/{_CHANNEL}",
            "SM_KERNEL_NAME": literal(self.kernel_name, "kernel_name"),
            "SM_INPUT_NOTEBOOK_NAME": self._notebook.name,
            "SM_OUTPUT_NOTEBOOK_NAME": f"{self.notebook_job_name or self.name}.ipynb",
            **script,
        }
        taken = [name for name in entries(self.environment, "environment") if name in own]
        if taken:
            raise PipelineError(f"environment: {taken[0]!r} is written by the step itself")
        return own

    @property
    def properties(self) -> TrainingProperties:
        """Everything that the job describes. API: ``DescribeTrainingJob``."""
        return TrainingProperties(self.name, ())

    def arguments(self) -> dict[str, Any]:
        request = self._job.request()
        if self.max_runtime is None:
            request["StoppingCondition"] = {"MaxRuntimeInSeconds": _TWO_DAYS}
        request["AlgorithmSpecification"]["ContainerEntrypoint"] = ["amazon_sagemaker_scheduler"]
        tags = {
            "sagemaker:name": self.notebook_job_name or self.name,
            "sagemaker:notebook-name": self._notebook.name,
            "sagemaker:notebook-job-origin": "PIPELINE_STEP",
            "sagemaker:is-studio-archived": "false",
        }
        return {
            "TrainingJobName": self.notebook_job_name,
            **request,
            "RetryStrategy": {"MaximumRetryAttempts": self.max_retry_attempts},
            "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
        }


def _file(given: Any, what: str) -> Path:
    path = path_of(what, given)
    if path.is_dir():
        raise PipelineError(f"{what}: {str(path)!r} is a folder; a file is needed")
    if not path.is_file():
        raise PipelineError(f"{what}: there is no file {str(path)!r}{near(path)}")
    return path
