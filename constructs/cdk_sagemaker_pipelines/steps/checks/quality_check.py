"""A step that compares the statistics of data, or of a model's predictions, with a baseline."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ...assets import Image, S3Location, Script
from ...language import Expression, PipelineError, StepReference, StringLike
from ...language.documentation import documented
from ...language.no_value import NoValue
from ...properties.quality_check import QualityCheckProperties
from ..base.field_checks import TextLike, literal, of_type, one_of, text
from ..jobs.processing_job import INPUT, OUTPUT, ProcessingInput
from .baseline_check import CheckStep

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import Duration
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_sagemaker as sagemaker

    from ...iam.trust import Trust
    from ...language import BooleanLike, CacheConfig, IntegerLike
    from ..base.field_checks import TextOrPlace
    from ..base.job_defaults import JobDefaults
    from ..base.scope import Dependable, StepScope
    from ..models.model_package_group import ModelPackageGroup


_DATASET = "baseline_dataset_input"
PROBLEM_TYPES = ("Regression", "BinaryClassification", "MulticlassClassification")


@documented
@dataclass(frozen=True)
class DatasetFormat(NoValue):
    """How Model Monitor reads a dataset; create one with the static methods.

    ```python
    DatasetFormat.csv(header=False)
    DatasetFormat.json()
    ```
    """

    options: Mapping[str, Any]
    """The format as Model Monitor's container reads it; the static methods write it."""

    @staticmethod
    def csv(*, header: bool = True, output_columns_position: str = "START") -> DatasetFormat:
        """Comma-separated values, one record per line.

        Args:
            header: Whether the first line has the names of the columns.
            output_columns_position: Where the predictions are in captured data: "START" or "END".
        """
        one_of(output_columns_position, ("START", "END"), "DatasetFormat: output_columns_position")
        return DatasetFormat({"csv": {"header": header, "output_columns_position": output_columns_position}})

    @staticmethod
    def json(*, lines: bool = True) -> DatasetFormat:
        """JSON documents, one record per line or a list of them.

        Args:
            lines: Whether each line is an object of its own; otherwise the file is a single document.
        """
        return DatasetFormat({"json": {"lines": lines}})

    @staticmethod
    def parquet() -> DatasetFormat:
        """Parquet files, whose columns have names and types."""
        return DatasetFormat({"parquet": {}})

    @staticmethod
    def sagemaker_capture_json() -> DatasetFormat:
        """The format in which endpoints capture requests and answers."""
        return DatasetFormat({"sagemakerCaptureJson": {}})


@documented
@dataclass(frozen=True)
class DataQualityCheck(NoValue):
    """Checks whether the data has drifted: types, completeness, distributions of the columns.

    ```python
    QualityCheckStep(
        pipeline, "CheckData", check=DataQualityCheck(), dataset=prepare.output("train"),
        dataset_format=DatasetFormat.csv(), instance_type="ml.c5.xlarge", model_package_group="abalone",
    )
    ```
    """

    _check_type: ClassVar[str] = "DATA_QUALITY"

    record_preprocessor_script: Script | str | None = None
    """A script, or its S3 URI, that processes each record before it is checked. Default: none."""

    def _environment(self) -> Mapping[str, Any]:
        """The environment variables for the kind of check."""
        return {}


@documented
@dataclass(frozen=True)
class ModelQualityCheck(NoValue):
    """Checks whether predictions have become worse; predictions and true values are in one dataset.

    ```python
    QualityCheckStep(
        pipeline, "CheckModel", dataset=prepare.output("test"), dataset_format=DatasetFormat.csv(),
        check=ModelQualityCheck("Regression", inference_attribute="_c1", ground_truth_attribute="_c0"),
        instance_type="ml.c5.xlarge", model_package_group="abalone",
    )
    ```
    """

    _check_type: ClassVar[str] = "MODEL_QUALITY"

    problem_type: StringLike
    """The kind of problem: ``Regression``, ``BinaryClassification`` or ``MulticlassClassification``."""
    inference_attribute: TextLike | None = None
    """The index or JSON path of the prediction in a record."""
    probability_attribute: TextLike | None = None
    """The index or JSON path of the predicted probability in a record."""
    ground_truth_attribute: TextLike | None = None
    """The index or JSON path of the true value in a record."""
    probability_threshold_attribute: TextLike | None = None
    """The threshold above which a probability is the positive label."""

    def _environment(self) -> Mapping[str, Any]:
        """The environment variables for the kind of check."""
        if isinstance(self.problem_type, Expression):
            problem_type: Any = self.problem_type
        else:
            one_of(self.problem_type, PROBLEM_TYPES, "check: problem_type")
            problem_type = str(self.problem_type)
        attributes = {name: value for name, value in vars(self).items() if name != "problem_type" and value is not None}
        return {
            "analysis_type": self._check_type,
            "problem_type": problem_type,
            **{name: text(value, f"check: {name}") for name, value in attributes.items()},
        }


class QualityCheckStep(CheckStep):
    """Checks the quality of data or of a model with Model Monitor's container.

    ```python
    check = QualityCheckStep(
        pipeline, "CheckData",
        check=DataQualityCheck(), dataset=prepare.output("train"), dataset_format=DatasetFormat.csv(),
        instance_type="ml.c5.xlarge", model_package_group="abalone",
    )
    ```

    Model Monitor is closed to new customers.

    API: [CreateProcessingJob](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateProcessingJob.html).
    Source: [QualityCheck step](https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-quality-check).
    """

    type = "QualityCheck"

    check: DataQualityCheck | ModelQualityCheck
    """What is checked: a ``DataQualityCheck`` or a ``ModelQualityCheck``."""
    dataset: S3Location | StringLike
    """The data that the new baseline is calculated from."""
    dataset_format: DatasetFormat
    """The format of the data, such as ``DatasetFormat.csv()``."""
    post_analytics_processor_script: Script | str | None = None
    """A script, or its S3 URI, that processes the results. Default: none."""
    supplied_baseline_statistics: S3Location | StringLike | None = None
    """The file of statistics in S3 that belongs to the supplied constraints."""
    image: Image = Image.framework("model-monitor", "")
    """The image of the job. Default: AWS's own, from its account in the pipeline's region."""

    if TYPE_CHECKING:  # `make generate` writes this from the fields

        def __init__(
            self,
            scope: StepScope,
            construct_id: str,
            *,
            check: DataQualityCheck | ModelQualityCheck,
            dataset: S3Location | StringLike,
            dataset_format: DatasetFormat,
            instance_type: StringLike,
            post_analytics_processor_script: Script | str | None = None,
            supplied_baseline_statistics: S3Location | StringLike | None = None,
            image: Image = ...,
            output: S3Location | StringLike | None = None,
            model_package_group: ModelPackageGroup | sagemaker.CfnModelPackageGroup | StringLike | None = None,
            supplied_baseline_constraints: S3Location | StringLike | None = None,
            skip_check: BooleanLike = False,
            fail_on_violation: BooleanLike = True,
            register_new_baseline: BooleanLike = False,
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
            overrides: Mapping[str, Any] | None = None,
            trust: Trust | None = None,
            cache: CacheConfig | None = None,
            step_name: str | None = None,
            display_name: str | None = None,
            description: str | None = None,
            depends_on: Sequence[Dependable] = (),
        ) -> None:
            """Checks the quality of data or of a model with Model Monitor's container.

            :param scope: The pipeline, group, branch of a condition or body of a for-each in which it is declared.
            :param construct_id: The construct's id, unique in its scope; the step's name unless there is ``step_name``.
            :param check: What is checked: a ``DataQualityCheck`` or a ``ModelQualityCheck``.
            :param dataset: The data that the new baseline is calculated from.
            :param dataset_format: The format of the data, such as ``DatasetFormat.csv()``.
            :param instance_type: The type of the instances, such as "ml.m5.xlarge".
            :param post_analytics_processor_script: A script, or its S3 URI, that processes the results. Default: none.
            :param supplied_baseline_statistics: The file of statistics in S3 that belongs to the supplied constraints.
            :param image: The image of the job. Default: AWS's own, from its account in the pipeline's region.
            :param output: Where the reports and the new baseline go. Default: ``<artifacts>/<pipeline>/<execution
                id>/<step>``.
            :param model_package_group: The group whose latest approved version has the baseline, as a construct, a name
                or an ARN.
            :param supplied_baseline_constraints: A file of constraints in S3 to compare with, instead of the group's.
            :param skip_check: Whether the comparison is skipped; the new baseline is calculated anyway.
            :param fail_on_violation: Whether the step fails when the comparison finds violations.
            :param register_new_baseline: Whether ``baseline_used_for_drift_check_...`` is the new baseline.
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
            :param overrides: More members of the API's request, in its own names, merged into the arguments; None
                removes an entry.
            :param trust: The roles, buckets and accounts of others that ``overrides`` may name. Default: none.
            :param cache: How old the results of the same arguments may be to be reused. Default: the pipeline's
                ``cache``.
            :param step_name: The name in the pipeline: 1 to 64 letters, digits, '-' and '_', unique in the pipeline.
            :param display_name: The name shown in Studio, at most 256 characters.
            :param description: The description shown in Studio, at most 3072 characters.
            :param depends_on: Steps and groups of steps to wait for; those that it reads data of need no entry.
            """

    def bind(self) -> None:
        of_type(
            self.check,
            (DataQualityCheck, ModelQualityCheck),
            "check",
            "DataQualityCheck(...) or ModelQualityCheck(...)",
        )
        of_type(self.dataset_format, DatasetFormat, "dataset_format", "DatasetFormat.csv() or another of its formats")
        if (self.supplied_baseline_constraints is None) != (self.supplied_baseline_statistics is None):
            raise PipelineError(
                "a baseline is two files: give both supplied_baseline_constraints and supplied_baseline_statistics"
            )
        super().bind()
        self._scripts = dict(self._staged())

    @property
    def properties(self) -> QualityCheckProperties:
        """The new baseline, and the one to register for the next check."""
        return QualityCheckProperties(self.name, ())

    @property
    def calculated_baseline_statistics(self) -> Expression[str]:
        """The S3 URI of the statistics that the job calculated."""
        return StepReference(self.name, ("CalculatedBaselineStatistics",))

    @property
    def baseline_used_for_drift_check_statistics(self) -> Expression[str]:
        """The S3 URI of the statistics to register for the next check."""
        return StepReference(self.name, ("BaselineUsedForDriftCheckStatistics",))

    def _check_type(self) -> str:
        return self.check._check_type

    def _supplied(self) -> dict[str, tuple[str, Any]]:
        statistics = ("SuppliedBaselineStatistics", self.supplied_baseline_statistics)
        return {"supplied_baseline_statistics": statistics, **super()._supplied()}

    def arguments(self) -> dict[str, Any]:
        dataset = self.dataset
        of_type(dataset, (S3Location, str, Expression), "dataset", "an S3Location, another step's output or an S3 URI")
        scripts = {f"{name}_input": ProcessingInput(uri) for name, (uri, _) in self._scripts.items()}
        request = self._request({_DATASET: ProcessingInput(dataset), **scripts}, "quality_check_output")
        request["Environment"] = self._environment(request["Environment"] or {})
        return request

    def _environment(self, given: Mapping[str, Any]) -> dict[str, Any]:
        own = {
            "output_path": OUTPUT,
            "publish_cloudwatch_metrics": "Disabled",  # only for jobs of a schedule
            "dataset_format": json.dumps(dict(self.dataset_format.options)),
            "dataset_source": f"{INPUT}/{_DATASET}",
            **{name: f"{INPUT}/{name}_input/{file}" for name, (_, file) in self._scripts.items()},
            **self.check._environment(),
        }
        for name in given:
            if name in own:
                raise PipelineError(f"environment: {name!r} is set by the step itself")
        return {**given, **own}

    def _staged(self) -> Iterator[tuple[str, tuple[str, str]]]:
        """The scripts, by the names of their variables: the URI, and the name of the file in the container."""
        check = self.check
        before = check.record_preprocessor_script if isinstance(check, DataQualityCheck) else None
        name, after = "post_analytics_processor_script", self.post_analytics_processor_script
        yield from _script(self, "RecordPreprocessor", "record_preprocessor_script", before)
        yield from _script(self, "PostAnalyticsProcessor", name, after)


def _script(
    step: QualityCheckStep, construct_id: str, name: str, script: Script | str | None
) -> Iterator[tuple[str, tuple[str, str]]]:
    if script is None:
        return
    if isinstance(script, Script):
        staged = step.host.workplace.staged(step.name, script.stage(step, construct_id))
        yield name, (staged.uri, staged.file_name)
        return
    of_type(script, (str, Expression), name, "a Script or the S3 URI of one")
    uri = literal(script, name)
    match = re.fullmatch(r"s3://.+/([^/]+)", uri)
    if match is None:
        raise PipelineError(f"{name}: {uri!r} is not the S3 URI of a file; for a local file write Script({uri!r})")
    yield name, (uri, match.group(1))
