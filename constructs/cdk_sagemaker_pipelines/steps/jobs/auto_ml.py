"""A step that has the service search for a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from aws_cdk import Duration

from ...assets import Image, S3Location
from ...language import BooleanLike, Expression, IntegerLike, PipelineError, StringLike
from ...language.documentation import documented
from ...language.no_value import NoValue
from ...properties.auto_ml import AutoMLProperties
from ..base.field_checks import kms_key, one_of, s3_uri, seconds
from ..base.network import vpc_config
from ..base.request import DefaultedStep, JobRoleStep
from ..models.model_container import ModelContainer

if TYPE_CHECKING:
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_kms as kms

    from ...iam.trust import Trust
    from ...language import CacheConfig, RetryPolicy
    from ..base.job_defaults import JobDefaults
    from ..base.scope import Dependable, StepScope


_PROBLEMS = ("BinaryClassification", "MulticlassClassification", "Regression")
_ENVIRONMENT = (
    "MODEL_NAME",
    "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT",
    "SAGEMAKER_INFERENCE_OUTPUT",
    "SAGEMAKER_INFERENCE_SUPPORTED",
    "SAGEMAKER_PROGRAM",
    "SAGEMAKER_SUBMIT_DIRECTORY",
)
"""The environment variables of the containers in the mode ENSEMBLING."""


@documented
@dataclass(frozen=True)
class AutoMLInput(NoValue):
    """A table of an AutoML job, with more settings than its location.

    ```python
    AutoMLInput(prepare.output("train"), content_type="text/csv;header=present", sample_weight_attribute="weight")
    ```

    API: [AutoMLChannel](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AutoMLChannel.html).
    """

    source: S3Location | StringLike
    """Where the table is: an ``S3Location``, another step's output or an S3 URI."""
    content_type: StringLike | None = None
    """The content type, the same for training and validation. Default: the service's, "text/csv;header=present"."""
    compression_type: str | None = None
    """``None`` or ``Gzip``, as a text. Default: not compressed."""
    s3_data_type: str = "S3Prefix"
    """``S3Prefix`` for all objects below the location, ``ManifestFile`` for a list of them, or another type of the API.
    """
    sample_weight_attribute: StringLike | None = None
    """The column of the weights of the rows. Default: all have the same."""


class AutoMLStep(DefaultedStep, JobRoleStep):
    """Tries models of many kinds on a table and combines the best.

    ```python
    search = AutoMLStep(
        pipeline, "Search", training=prepare.output("train"), target_attribute="age",
        problem_type="Regression", objective="MSE", max_runtime=Duration.hours(2),
    )
    ModelStep(pipeline, "Model", containers=[search.best_model])
    ```

    Pipelines only support the mode ENSEMBLING.

    API: [CreateAutoMLJob](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateAutoMLJob.html).
    Source: [AutoML step](https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-automl).
    """

    type = "AutoML"

    training: AutoMLInput | S3Location | StringLike
    """The table to learn from: a location in S3, or an ``AutoMLInput``."""
    target_attribute: StringLike
    """The name of the column to predict."""
    validation: AutoMLInput | S3Location | StringLike | None = None
    """The table to evaluate models on. Default: a fifth of the training data."""
    problem_type: Literal["BinaryClassification", "MulticlassClassification", "Regression"] | None = None
    """The kind of problem; requires ``objective``. Default: the service detects it from the data."""
    objective: StringLike | None = None
    """The metric to optimize, such as "MSE" or "F1"; requires ``problem_type``. Default: by the kind of problem."""
    output: S3Location | StringLike | None = None
    """Where models and reports go. Default: ``<artifacts>/<pipeline>/<execution id>/<step>``.

    There is no default in the body of a for-each.
    """
    max_candidates: IntegerLike | None = None
    """The maximum number of models to try, 1 to 750."""
    max_runtime_per_training_job: Duration | IntegerLike | None = None
    """The time limit for one model, a Duration or seconds. Default: the service's."""
    max_runtime: Duration | IntegerLike | None = None
    """The time limit for the whole job, a Duration or seconds. Default: the service's."""
    vpc: ec2.IVpc | None = None
    """The VPC that the instances join. Default: none of yours."""
    vpc_subnets: ec2.SubnetSelection | None = None
    """The subnets of ``vpc`` to use. Default: the private ones."""
    security_groups: Sequence[ec2.ISecurityGroup] | None = None
    """The security groups. Default: a new one that allows all outbound and no inbound traffic."""
    encrypt_inter_container_traffic: BooleanLike | None = None
    """Whether traffic between the instances is encrypted. Default: the service's, false."""
    output_kms_key: kms.IKey | None = None
    """The KMS key of the outputs. Default: the bucket's or AWS's own; AWS's pages contradict one another."""
    volume_kms_key: kms.IKey | None = None
    """The KMS key of the instances' storage. Default: a key of the service's own."""

    if TYPE_CHECKING:  # `make generate` writes this from the fields

        def __init__(
            self,
            scope: StepScope,
            construct_id: str,
            *,
            training: AutoMLInput | S3Location | StringLike,
            target_attribute: StringLike,
            validation: AutoMLInput | S3Location | StringLike | None = None,
            problem_type: Literal["BinaryClassification", "MulticlassClassification", "Regression"] | None = None,
            objective: StringLike | None = None,
            output: S3Location | StringLike | None = None,
            max_candidates: IntegerLike | None = None,
            max_runtime_per_training_job: Duration | IntegerLike | None = None,
            max_runtime: Duration | IntegerLike | None = None,
            vpc: ec2.IVpc | None = None,
            vpc_subnets: ec2.SubnetSelection | None = None,
            security_groups: Sequence[ec2.ISecurityGroup] | None = None,
            encrypt_inter_container_traffic: BooleanLike | None = None,
            output_kms_key: kms.IKey | None = None,
            volume_kms_key: kms.IKey | None = None,
            job_defaults: JobDefaults | None = None,
            role: iam.IRole | None = None,
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
            """Tries models of many kinds on a table and combines the best.

            :param scope: The pipeline, group, branch of a condition or body of a for-each in which it is declared.
            :param construct_id: The construct's id, unique in its scope; the step's name unless there is ``step_name``.
            :param training: The table to learn from: a location in S3, or an ``AutoMLInput``.
            :param target_attribute: The name of the column to predict.
            :param validation: The table to evaluate models on. Default: a fifth of the training data.
            :param problem_type: The kind of problem; requires ``objective``. Default: the service detects it from the
                data.
            :param objective: The metric to optimize, such as "MSE" or "F1"; requires ``problem_type``. Default: by the
                kind of problem.
            :param output: Where models and reports go. Default: ``<artifacts>/<pipeline>/<execution id>/<step>``.
            :param max_candidates: The maximum number of models to try, 1 to 750.
            :param max_runtime_per_training_job: The time limit for one model, a Duration or seconds. Default: the
                service's.
            :param max_runtime: The time limit for the whole job, a Duration or seconds. Default: the service's.
            :param vpc: The VPC that the instances join. Default: none of yours.
            :param vpc_subnets: The subnets of ``vpc`` to use. Default: the private ones.
            :param security_groups: The security groups. Default: a new one that allows all outbound and no inbound
                traffic.
            :param encrypt_inter_container_traffic: Whether traffic between the instances is encrypted. Default: the
                service's, false.
            :param output_kms_key: The KMS key of the outputs. Default: the bucket's or AWS's own; AWS's pages
                contradict one another.
            :param volume_kms_key: The KMS key of the instances' storage. Default: a key of the service's own.
            :param job_defaults: The settings that apply where the step's own fields are not given. Default: the
                pipeline's.
            :param role: The role that the job assumes. Default: the pipeline's ``default_job_role``, else a new one
                with exactly what the step needs.
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
        if (self.problem_type is None) != (self.objective is None):
            raise PipelineError("problem_type and objective must be given together")
        if self.problem_type is not None:
            one_of(self.problem_type, _PROBLEMS, "problem_type")
        self._check_mode()
        self._vpc_config = vpc_config(self, self.vpc, self.vpc_subnets, self.security_groups)

    def _check_mode(self) -> None:
        config = (self.overrides or {}).get("AutoMLJobConfig")
        if isinstance(config, Mapping) and config.get("Mode", "ENSEMBLING") != "ENSEMBLING":
            raise PipelineError("overrides: a pipeline only accepts the Mode 'ENSEMBLING' of AutoMLJobConfig")

    # -- what others read

    @property
    def properties(self) -> AutoMLProperties:
        """The job's description, as expressions.

        API: [DescribeAutoMLJob](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeAutoMLJob.html).
        """
        return AutoMLProperties(self.name, ())

    @property
    def best_candidate_name(self) -> Expression[str]:
        """The name of the best model that the job found."""
        return self.properties.best_candidate.candidate_name

    @property
    def best_model(self) -> ModelContainer:
        """The container of the best model, to create or register it."""
        container = self.properties.best_candidate.inference_containers[0]
        return ModelContainer(
            Image.from_uri(container.image),
            container.model_data_url,
            environment={name: container.environment[name] for name in _ENVIRONMENT},
        )

    @property
    def model_insights_report(self) -> Expression[str]:
        """The S3 URI of the JSON report on the best model's quality."""
        return self.properties.best_candidate_properties.model_insights_json_report_path

    @property
    def explainability_report(self) -> Expression[str]:
        """The S3 URI of the JSON report that explains the best model's predictions."""
        return self.properties.best_candidate_properties.explainability_json_report_path

    # -- what is written

    def arguments(self) -> dict[str, Any]:
        work = self.host.workplace
        channels = {"training": self.training, "validation": self.validation}
        security = {
            "VolumeKmsKeyId": kms_key(self.volume_kms_key, "volume_kms_key"),
            "EnableInterContainerTrafficEncryption": self.encrypt_inter_container_traffic,
            "VpcConfig": self._vpc_config,
        }
        criteria = {
            "MaxCandidates": self.max_candidates,
            "MaxRuntimePerTrainingJobInSeconds": _seconds(
                self.max_runtime_per_training_job, "max_runtime_per_training_job"
            ),
            "MaxAutoMLJobRuntimeInSeconds": _seconds(self.max_runtime, "max_runtime"),
        }
        return {
            "InputDataConfig": [self._channel(kind, given) for kind, given in channels.items() if given is not None],
            "OutputDataConfig": {
                "S3OutputPath": s3_uri(self._only_run_prefix() if self.output is None else self.output, "output", work),
                "KmsKeyId": kms_key(self.output_kms_key, "output_kms_key"),
            },
            "ProblemType": self.problem_type,
            "AutoMLJobObjective": None if self.objective is None else {"MetricName": self.objective},
            "AutoMLJobConfig": {
                "Mode": "ENSEMBLING",
                "CompletionCriteria": _given(criteria),
                "SecurityConfig": _given(security),
            },
            "RoleArn": work.role_arn(self.job_role),
        }

    def _channel(self, kind: str, given: AutoMLInput | S3Location | StringLike) -> dict[str, Any]:
        value = given if isinstance(given, AutoMLInput) else AutoMLInput(given)
        uri = s3_uri(value.source, kind, self.host.workplace)
        return {
            "ChannelType": kind,
            "DataSource": {"S3DataSource": {"S3DataType": value.s3_data_type, "S3Uri": uri}},
            "TargetAttributeName": self.target_attribute,
            "ContentType": value.content_type,
            "CompressionType": value.compression_type,
            "SampleWeightAttributeName": value.sample_weight_attribute,
        }


def _seconds(value: Duration | IntegerLike | None, what: str) -> Any:
    return None if value is None else seconds(value, what)


def _given(values: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The object; None if it is empty."""
    return values if any(value is not None for value in values.values()) else None
