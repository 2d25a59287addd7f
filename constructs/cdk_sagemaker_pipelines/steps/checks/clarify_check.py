"""A step that compares the bias of data or a model, or the explanations of its predictions, with a baseline."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from constructs import Construct

from ...assets import Image, S3Location
from ...assets.named_file import deploy_file, stage_file
from ...iam.environment import DataAccess
from ...language import Expression, PipelineError, StringLike
from ...language.expressions import has_placeholder
from ...language.tokens import is_list_token
from ...properties.clarify_check import ClarifyCheckProperties
from ...text import TokenText
from ..base.field_checks import of_type, s3_uri, shown
from ..jobs.processing_job import INPUT, ProcessingInput
from ..models.model import model_name
from .baseline_check import CheckStep
from .clarify_analysis import ClarifyDataset, DataBiasCheck, ExplainabilityCheck, ModelBiasCheck

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


CONFIG = "analysis_config.json"
_REPORT = {"name": "report", "title": "Analysis Report"}


class ClarifyCheckStep(CheckStep):
    """Checks data or a model with Clarify's container.

    ```python
    check = ClarifyCheckStep(
        pipeline, "CheckBias",
        check=DataBiasCheck(label_values_or_threshold=[1], facet=[ClarifyFacet("sex", ["F"])]),
        dataset=ClarifyDataset(prepare.output("train"), headers=["age", "sex", "length"], label="age"),
        instance_type="ml.c5.xlarge", model_package_group="abalone",
    )
    ```

    The analysis is configured in a file that is written when the app is synthesized, or deployed if it has CDK tokens,
    so in ``check`` and ``dataset`` only the model and the data can be expressions. To analyze a model the job serves it
    on an endpoint of its own, which the job's role may create, invoke and delete. Clarify is closed to new customers.

    API: [CreateProcessingJob](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateProcessingJob.html).
    Source: [ClarifyCheck step](https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-clarify-check).
    """

    type = "ClarifyCheck"

    check: DataBiasCheck | ModelBiasCheck | ExplainabilityCheck
    """What is checked: a ``DataBiasCheck``, a ``ModelBiasCheck`` or an ``ExplainabilityCheck``."""
    dataset: ClarifyDataset | S3Location | StringLike
    """The data that the new baseline is calculated from."""
    image: Image = Image.framework("clarify", "1.0")
    """The image of the job. Default: AWS's own, from its account in the pipeline's region."""

    if TYPE_CHECKING:  # `make generate` writes this from the fields

        def __init__(
            self,
            scope: StepScope,
            construct_id: str,
            *,
            check: DataBiasCheck | ModelBiasCheck | ExplainabilityCheck,
            dataset: ClarifyDataset | S3Location | StringLike,
            instance_type: StringLike,
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
            """Checks data or a model with Clarify's container.

            :param scope: The pipeline, group, branch of a condition or body of a for-each in which it is declared.
            :param construct_id: The construct's id, unique in its scope; the step's name unless there is ``step_name``.
            :param check: What is checked: a ``DataBiasCheck``, a ``ModelBiasCheck`` or an ``ExplainabilityCheck``.
            :param dataset: The data that the new baseline is calculated from.
            :param instance_type: The type of the instances, such as "ml.m5.xlarge".
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
        kinds = (DataBiasCheck, ModelBiasCheck, ExplainabilityCheck)
        of_type(self.check, kinds, "check", "DataBiasCheck(...), ModelBiasCheck(...) or ExplainabilityCheck(...)")
        super().bind()
        check = self.check
        self._model = None
        if not isinstance(check, DataBiasCheck):
            if self.enable_network_isolation is True:
                raise PipelineError("enable_network_isolation: the job must reach the endpoint that it creates")
            config = check._config()
            self._model = model_name(self, check.predictor.model, "check: predictor: model")
        else:
            config = check._config()
        given = self.dataset
        self._dataset = given if isinstance(given, ClarifyDataset) else ClarifyDataset(given)
        config = {**self._dataset._config(), **config}
        config["methods"] = {**config["methods"], "report": _REPORT}
        self._named: list[str] = []
        self._deploy: Callable[[], Construct] | None = None
        self._config = self._write(self._plain(config, "analysis_config"))

    def _finish(self) -> None:
        super()._finish()
        if self._deploy is not None:
            self.host.deploy_after(self._deploy())

    @property
    def properties(self) -> ClarifyCheckProperties:
        """The new baseline, and the one to register for the next check."""
        return ClarifyCheckProperties(self.name, ())

    def _check_type(self) -> str:
        return self.check._check_type

    def _more_keys(self) -> dict[str, Any]:
        model = {} if self._model is None else {"ModelName": self._model}
        return {**super()._more_keys(), **model}

    def arguments(self) -> dict[str, Any]:
        data = self._dataset
        source = s3_uri(data.source, "dataset", self.host.workplace)
        compression = data.s3_compression_type
        inputs = {
            "analysis_config": ProcessingInput(self._config, f"{INPUT}/config"),
            "dataset": ProcessingInput(source, f"{INPUT}/data", s3_compression_type=compression),
        }
        # for images there are many results, one file each
        images = data.dataset_type == "application/x-image"
        return self._request(inputs, "analysis_result", "Continuous" if images else "EndOfJob")

    def _write(self, config: Any) -> S3Location | str:
        """The location of the file; the job's role may read what it names."""
        work = self.host.workplace
        text = TokenText(json.dumps(config, indent=2, ensure_ascii=False).split("\n"), work.stack)
        if self._named:
            named = tuple(dict.fromkeys(self._named))
            work.keep_access(self.name, DataAccess(work.role_arn(self.job_role), named, told=CONFIG))
        staged = stage_file(self, CONFIG, text)
        if staged is not None:
            return work.staged(self.name, staged).uri
        below = work.artifacts.below(f"{work.pipeline_name}/{self.name}")
        deployed, self._deploy = deploy_file(self, CONFIG, text, below, work.deployment_log_group)
        work.keeps(self.name, below.below(f"*/{CONFIG}"))
        return deployed.bind(work)

    def _plain(self, value: Any, where: str) -> Any:
        """The value as JSON; collects the URIs in it."""
        if isinstance(value, S3Location):
            value = s3_uri(value, where, self.host.workplace)
        if isinstance(value, Expression) or (isinstance(value, str) and has_placeholder(value)):
            raise PipelineError(
                f"{where}: {shown(value)} must be literal, since the file is written before the pipeline runs"
            )
        if is_list_token(value):
            raise PipelineError(
                f"{where}: a list that is only known at deployment (a CDK list token) is not allowed here"
            )
        if isinstance(value, str) and value.startswith("s3://"):
            self._named.append(value)
        if isinstance(value, Mapping):
            return {key: self._plain(item, f"{where}.{key}") for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._plain(item, f"{where}[{index}]") for index, item in enumerate(value)]
        if value is None or isinstance(value, (str, int, float)):
            return value
        raise PipelineError(f"{where}: {shown(value)} cannot be written as JSON")
