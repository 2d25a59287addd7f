"""A step that puts inference code into a model archive."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from constructs import Construct

from ... import assets
from ...assets import Image, S3Location, SourceDir, StagedCode
from ...language import Expression, StepReference, StringLike
from ...properties.training import TrainingProperties
from ..base.field_checks import s3_uri, served_code
from ..base.request import ContainerFields, ContainerJobStep
from .training_job import TrainingJob, TrainingSettings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_cdk import Duration
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_kms as kms

    from ...iam.trust import Trust
    from ...language import BooleanLike, CacheConfig, IntegerLike, RetryPolicy
    from ..base.field_checks import TextOrPlace
    from ..base.job_defaults import JobDefaults
    from ..base.scope import Dependable, StepScope


_SCRIPT = Path(assets.__file__).parent / "scripts" / "repack.py"


class RepackModelStep(ContainerJobStep):
    """Puts inference code into the ``model.tar.gz`` of a trained model, under ``code/``, with a training job.

    The PyTorch, TensorFlow and Hugging Face images expect it there, as does every image in an isolated model.

    ```python
    repack = RepackModelStep(
        pipeline, "Repack", model_data=train.model_artifacts,
        source=SourceDir("jobs/inference", entry_point="inference.py"),
    )
    ModelStep(
        pipeline, "Model", image=Image.pytorch("2.1"), instance_type="ml.m5.large",
        model_data=repack.model_artifacts, environment=repack.environment_of_model,
    )
    ```

    It is not needed after a training script that writes its inference code to ``$SM_MODEL_DIR/code``.

    API: [CreateTrainingJob](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html).
    Source: [PyTorch model server](https://sagemaker.readthedocs.io/en/stable/frameworks/pytorch/using_pytorch.html#deploy-pytorch-models).
    """

    type = "Training"
    _image_use = "training"

    model_data: S3Location | StringLike
    """Where the ``model.tar.gz`` is: an ``S3Location``, a step's output or an S3 URI."""
    source: SourceDir
    """The inference code, with its requirements.txt. It replaces what the archive has under ``code/``."""
    output: S3Location | StringLike | None = None
    """Where the new archive goes. Default: ``<artifacts>/<pipeline>/<execution id>/<step>``."""
    image: Image = Image.sklearn("1.2-1")
    """Any image with Python and the training toolkit."""
    instance_type: StringLike = "ml.m5.large"
    """The type of the instance, such as "ml.m5.large"; its storage must have room for the model three times."""

    if TYPE_CHECKING:  # `make generate` writes this from the fields

        def __init__(
            self,
            scope: StepScope,
            construct_id: str,
            *,
            model_data: S3Location | StringLike,
            source: SourceDir,
            output: S3Location | StringLike | None = None,
            image: Image = ...,
            instance_type: StringLike = "ml.m5.large",
            instance_count: IntegerLike = 1,
            volume_size_in_gb: IntegerLike = 30,
            role: iam.IRole | None = None,
            environment: Mapping[str, TextOrPlace] | None = None,
            max_runtime: Duration | IntegerLike | None = None,
            vpc: ec2.IVpc | None = None,
            vpc_subnets: ec2.SubnetSelection | None = None,
            security_groups: Sequence[ec2.ISecurityGroup] | None = None,
            enable_network_isolation: BooleanLike | None = None,
            encrypt_inter_container_traffic: BooleanLike | None = None,
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
            """Puts inference code into the ``model.tar.gz`` of a trained model, under ``code/``, with a training job.

            :param scope: The pipeline, group, branch of a condition or body of a for-each in which it is declared.
            :param construct_id: The construct's id, unique in its scope; the step's name unless there is ``step_name``.
            :param model_data: Where the ``model.tar.gz`` is: an ``S3Location``, a step's output or an S3 URI.
            :param source: The inference code, with its requirements.txt. It replaces what the archive has under
                ``code/``.
            :param output: Where the new archive goes. Default: ``<artifacts>/<pipeline>/<execution id>/<step>``.
            :param image: Any image with Python and the training toolkit.
            :param instance_type: The type of the instance, such as "ml.m5.large"; its storage must have room for the
                model three times.
            :param instance_count: The number of instances that run the job.
            :param volume_size_in_gb: The size of the storage of each instance, in GB.
            :param role: The role that the job assumes. Default: the pipeline's ``default_job_role``, else a new one
                with exactly what the step needs.
            :param environment: The environment variables of the container, as texts by name. An ``S3Location`` is
                passed as its URI; see ``reads``.
            :param max_runtime: How long the job may run, a ``Duration`` or seconds. Default: the service's.
            :param vpc: The VPC that the instances join. Default: none of yours.
            :param vpc_subnets: The subnets to use. Default: the private ones of ``vpc``. Subnets that are given by id
                need no ``vpc``.
            :param security_groups: The security groups of the instances. Default: a new one, in which only they reach
                one another.
            :param enable_network_isolation: Whether the container is cut off from every network. Default: the
                service's, false.
            :param encrypt_inter_container_traffic: Whether traffic between the instances is encrypted. Default: the
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
        served_code(self.source, "source", optional=False)
        s3_uri(self.model_data, "model_data", self.host.workplace)
        settings = TrainingSettings(
            **{name: getattr(self, name) for name in ContainerFields._declared_fields},
            source=_Repacking(self.source),
            inputs={"model": self.model_data},
            output=self.output,
        )
        self._job = TrainingJob(self, settings, self._container, scope=self, output=self._run_prefix)

    @property
    def properties(self) -> TrainingProperties:
        """The job's description, as expressions.

        API: [DescribeTrainingJob](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeTrainingJob.html).
        """
        return TrainingProperties(self.name, ())

    @property
    def model_artifacts(self) -> Expression[str]:
        """The S3 URI of the new ``model.tar.gz`` with the code."""
        return StepReference(self.name, ("ModelArtifacts", "S3ModelArtifacts"))

    @property
    def environment_of_model(self) -> dict[str, Any]:
        """The environment variables with which a model's container finds the code."""
        return {
            "SAGEMAKER_PROGRAM": self.source.entry_point,
            "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
            "SAGEMAKER_CONTAINER_LOG_LEVEL": "20",
            "SAGEMAKER_REGION": self.host.workplace.where.region,
        }

    def arguments(self) -> dict[str, Any]:
        return self._job.request()


class _Repacking(SourceDir):
    """Inference code below ``inference/``, and next to it the script that puts it into the archive."""

    def __init__(self, inference: SourceDir) -> None:
        super().__init__(inference.path, entry_point=_SCRIPT.name)
        self._inference = inference

    def stage(self, scope: Construct, construct_id: str) -> StagedCode:
        """Packs both and creates the asset."""
        with tempfile.TemporaryDirectory() as folder:
            shutil.copy(_SCRIPT, folder)
            for path in self._inference.files():
                target = Path(folder, "inference", path.relative_to(self._inference.path))
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, target)
            staged = SourceDir(folder, entry_point=_SCRIPT.name).stage(scope, construct_id)
        return staged._replace(faults=self._inference.faults())
