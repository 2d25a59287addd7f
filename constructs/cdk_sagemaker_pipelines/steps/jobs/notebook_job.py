"""A step that runs a notebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_cdk import Duration

from ...assets import S3Location, deploy_files
from ...assets.code import near, path_of
from ...language import BooleanLike, IntegerLike, PipelineError, StringLike
from ...properties.training import TrainingProperties
from ..base.field_checks import TextOrPlace, entries, items, literal
from ..base.request import ContainerFields, ContainerJobStep
from .training_job import TrainingJob, TrainingSettings

if TYPE_CHECKING:
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_kms as kms

    from ...assets import Image
    from ...iam.trust import Trust
    from ...language import CacheConfig, RetryPolicy
    from ..base.job_defaults import JobDefaults
    from ..base.scope import Dependable, StepScope


_CHANNEL = "sagemaker_headless_execution_pipelinestep"
_TWO_DAYS = 172_800


class NotebookJobStep(ContainerJobStep):
    """Runs a Jupyter notebook from its first cell to its last, as a training job.

    ```python
    NotebookJobStep(
        pipeline, "Report", notebook="notebooks/report.ipynb", parameters={"data": prepare.output("test")},
        image=Image.from_uri(
            "819792524951.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-distribution-prod:3.2.0-cpu"
        ),
        instance_type="ml.m5.large",
    )
    ```

    The image must be a SageMaker Distribution image, or have its ``amazon_sagemaker_scheduler``. The executed notebook
    is in the ``output.tar.gz`` below the output. Deploying the stack uploads the notebook and files to the pipeline's
    artifacts, below a hash of their content.

    API: [CreateTrainingJob](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html).
    Source: [Notebook Job step](https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-notebook-job).
    """

    type = "Training"
    _image_use = "training"

    notebook: str | Path
    """The ``.ipynb`` file, relative to the working directory of the app, or absolute."""
    kernel_name: str = "python3"
    """The name of the image's kernel that runs the notebook."""
    parameters: Mapping[str, TextOrPlace] | None = None
    """Values for the cell tagged ``parameters``, passed as texts; at most 100."""
    initialization_script: str | Path | None = None
    """The path of a shell script to run before the notebook. Default: none."""
    additional_files: Sequence[str | Path] = ()
    """The paths of files to put next to the notebook, under their own names."""
    notebook_job_name: str | None = None
    """The job's name in Studio and the prefix of its API name: letters, digits and single '-' between them.

    Default: the step's name in Studio; the service chooses the API name.
    """
    output: S3Location | StringLike | None = None
    """Where the executed notebook goes. Default: ``<artifacts>/<pipeline>/<execution id>/<step>``."""
    max_runtime: Duration | IntegerLike | None = None
    """The time limit of the notebook, a Duration or seconds. Default: that of ``job_defaults``, else 2 days."""
    max_retry_attempts: IntegerLike = 1
    """How often the job is restarted after an error of the service, 1 to 30."""
    encrypt_inter_container_traffic: BooleanLike | None = None
    """Whether traffic between the instances is encrypted. Default: that of ``job_defaults``, else true."""

    if TYPE_CHECKING:  # `make generate` writes this from the fields

        def __init__(
            self,
            scope: StepScope,
            construct_id: str,
            *,
            notebook: str | Path,
            image: Image,
            instance_type: StringLike,
            kernel_name: str = "python3",
            parameters: Mapping[str, TextOrPlace] | None = None,
            initialization_script: str | Path | None = None,
            additional_files: Sequence[str | Path] = (),
            notebook_job_name: str | None = None,
            output: S3Location | StringLike | None = None,
            max_runtime: Duration | IntegerLike | None = None,
            max_retry_attempts: IntegerLike = 1,
            encrypt_inter_container_traffic: BooleanLike | None = None,
            instance_count: IntegerLike = 1,
            volume_size_in_gb: IntegerLike = 30,
            role: iam.IRole | None = None,
            environment: Mapping[str, TextOrPlace] | None = None,
            vpc: ec2.IVpc | None = None,
            vpc_subnets: ec2.SubnetSelection | None = None,
            security_groups: Sequence[ec2.ISecurityGroup] | None = None,
            enable_network_isolation: BooleanLike | None = None,
            output_kms_key: kms.IKey | None = None,
            volume_kms_key: kms.IKey | None = None,
            job_defaults: JobDefaults | None = None,
            reads: Sequence[S3Location | StringLike] = (),
            writes: Sequence[S3Location | StringLike] = (),
            cache: CacheConfig | None = None,
            retry_policies: Sequence[RetryPolicy] | None = None,
            overrides: Mapping[str, Any] | None = None,
            trust: Trust | None = None,
            step_name: str | None = None,
            display_name: str | None = None,
            description: str | None = None,
            depends_on: Sequence[Dependable] = (),
        ) -> None:
            """Runs a Jupyter notebook from its first cell to its last, as a training job.

            :param scope: The pipeline, group, branch of a condition or body of a for-each in which it is declared.
            :param construct_id: The construct's id, unique in its scope; the step's name unless there is ``step_name``.
            :param notebook: The ``.ipynb`` file, relative to the working directory of the app, or absolute.
            :param image: The container image that the job runs, such as ``Image.xgboost("1.7-1")``.
            :param instance_type: The type of the instances, such as "ml.m5.xlarge".
            :param kernel_name: The name of the image's kernel that runs the notebook.
            :param parameters: Values for the cell tagged ``parameters``, passed as texts; at most 100.
            :param initialization_script: The path of a shell script to run before the notebook. Default: none.
            :param additional_files: The paths of files to put next to the notebook, under their own names.
            :param notebook_job_name: The job's name in Studio and the prefix of its API name: letters, digits and
                single '-' between them.
            :param output: Where the executed notebook goes. Default: ``<artifacts>/<pipeline>/<execution id>/<step>``.
            :param max_runtime: The time limit of the notebook, a Duration or seconds. Default: that of
                ``job_defaults``, else 2 days.
            :param max_retry_attempts: How often the job is restarted after an error of the service, 1 to 30.
            :param encrypt_inter_container_traffic: Whether traffic between the instances is encrypted. Default: that of
                ``job_defaults``, else true.
            :param instance_count: The number of instances that run the job.
            :param volume_size_in_gb: The size of the storage of each instance, in GB.
            :param role: The role that the job assumes. Default: the pipeline's ``default_job_role``, else a new one
                with exactly what the step needs.
            :param environment: The environment variables of the container, as texts by name. An ``S3Location`` is
                passed as its URI; see ``reads``.
            :param vpc: The VPC that the instances join. Default: none of yours.
            :param vpc_subnets: The subnets to use. Default: the private ones of ``vpc``. Subnets that are given by id
                need no ``vpc``.
            :param security_groups: The security groups of the instances. Default: a new one, in which only they reach
                one another.
            :param enable_network_isolation: Whether the container is cut off from every network. Default: the
                service's, false.
            :param output_kms_key: The KMS key of the outputs. Default: the bucket's or AWS's own; AWS's pages
                contradict one another.
            :param volume_kms_key: The KMS key of the instances' storage. Default: a key of the service's own.
            :param job_defaults: The settings that apply where the step's own fields are not given. Default: the
                pipeline's.
            :param reads: What else the code reads: each an ``S3Location``, another step's output or an S3 URI. Default:
                nothing.
            :param writes: Where else the code writes: each an ``S3Location``, another step's output or an S3 URI.
                Default: nowhere.
            :param cache: How old the results of the same arguments may be to be reused. Default: the pipeline's
                ``cache``.
            :param retry_policies: When a failed request is sent again, and how often. Default: those of the pipeline
                that the step supports.
            :param overrides: More members of the API's request, in its own names, merged into the arguments; None
                removes an entry.
            :param trust: The roles, buckets and accounts of others that ``overrides`` may name. Default: none.
            :param step_name: The name in the pipeline: 1 to 64 letters, digits, '-' and '_', unique in the pipeline.
            :param display_name: The name shown in Studio, at most 256 characters.
            :param description: The description shown in Studio, at most 3072 characters.
            :param depends_on: Steps and groups of steps to wait for; those that it reads data of need no entry.
            """

    def bind(self) -> None:
        super().bind()
        encrypted = self.encrypt_inter_container_traffic
        self.__dict__["encrypt_inter_container_traffic"] = True if encrypted is None else encrypted
        if self.notebook_job_name is not None:
            literal(self.notebook_job_name, "notebook_job_name")
        files = self._files()
        work = self.host.workplace
        below = work.artifacts.below(f"{work.pipeline_name}/{self.name}")
        place, self._deploy = deploy_files(self, "Files", files, below, work.deployment_log_group)
        work.keeps(self.name, below.below("*/"))
        fields = {name: getattr(self, name) for name in ContainerFields._declared_fields}
        settings = TrainingSettings(
            **{**fields, "environment": {**entries(self.environment, "environment"), **self._environment()}},
            inputs={_CHANNEL: place},
            hyperparameters=self._text_map(self.parameters, "parameters"),
            output=self.output,
        )
        self._job = TrainingJob(self, settings, self._container, scope=self, output=self._run_prefix)

    def _finish(self) -> None:
        super()._finish()
        self.host.deploy_after(self._deploy())

    def _files(self) -> dict[str, Path]:
        """All files, by the names that they have next to the notebook."""
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
                raise PipelineError(
                    f"additional_files: two files have the name {path.name!r}, but all are in one folder"
                )
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
            raise PipelineError(f"environment: {taken[0]!r} is set by the step itself")
        return own

    @property
    def properties(self) -> TrainingProperties:
        """The job's description, as expressions.

        API: [DescribeTrainingJob](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeTrainingJob.html).
        """
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
