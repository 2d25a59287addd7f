"""What steps that compare data and models with a baseline share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aws_cdk import aws_sagemaker as sagemaker

from ...assets import S3Location
from ...language import BooleanLike, Expression, Parameter, PipelineError, StepReference, StringLike
from ..base.field_checks import s3_uri, shown
from ..base.fields import field
from ..base.request import CachedStep, Container, ContainerFields, DefaultedStep
from ..jobs.processing_job import OUTPUT, ProcessingInput, ProcessingOutput, job_prefix, processing_job
from ..models.model_package_group import ModelPackageGroup, group_name

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam


class CheckStep(ContainerFields, DefaultedStep, CachedStep):
    """A step whose processing job calculates a new baseline, which the service compares with an earlier one.

    The earlier baseline is the one supplied, else that of the group's latest approved version. Register a model package
    with ``baseline_used_for_drift_check_...`` for the next check: the earlier baseline, or the new one with
    ``register_new_baseline``. For a first run, without a baseline, set both that and ``skip_check``. The step is not
    retried.

    Source: [Baseline calculation, drift detection and lifecycle](https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-quality-clarify-baseline-lifecycle.html).
    """

    output: S3Location | StringLike | None = None
    """Where the reports and the new baseline go. Default: ``<artifacts>/<pipeline>/<execution id>/<step>``.

    In the body of a for-each the job's name follows, so that each run has its own place.
    """
    model_package_group: ModelPackageGroup | sagemaker.CfnModelPackageGroup | StringLike | None = None
    """The group whose latest approved version has the baseline, as a construct, a name or an ARN.

    A construct in another account's stack is used by its ARN; one in another region is refused.
    """
    supplied_baseline_constraints: S3Location | StringLike | None = None
    """A file of constraints in S3 to compare with, instead of the group's."""
    skip_check: BooleanLike = False
    """Whether the comparison is skipped; the new baseline is calculated anyway."""
    fail_on_violation: BooleanLike = True
    """Whether the step fails when the comparison finds violations."""
    register_new_baseline: BooleanLike = False
    """Whether ``baseline_used_for_drift_check_...`` is the new baseline."""

    job_role: iam.IRole = field(init=False)
    """The role that the job assumes, given or created; grant it what cannot be derived."""

    def bind(self) -> None:
        super().bind()
        for name in ("skip_check", "fail_on_violation", "register_new_baseline"):
            _check_boolean(getattr(self, name), name)
        group = self.model_package_group
        self._group = group if group is None else group_name(group, self.host.workplace)
        self._baselines = {
            key: None if value is None else s3_uri(value, name, self.host.workplace)
            for name, (key, value) in self._supplied().items()
        }
        self._check_source()
        self._container = Container(self, self, "processing", self)
        self.job_role = self._container.role

    # -- what a type says

    def _check_type(self) -> str:
        """The kind of check, as the service calls it."""
        raise NotImplementedError

    def _supplied(self) -> dict[str, tuple[str, Any]]:
        """The supplied baselines by field: their keys in the definition, and their values."""
        return {"supplied_baseline_constraints": ("SuppliedBaselineConstraints", self.supplied_baseline_constraints)}

    # -- what others read

    @property
    def calculated_baseline_constraints(self) -> Expression[str]:
        """The S3 URI of the constraints that the job calculated."""
        return StepReference(self.name, ("CalculatedBaselineConstraints",))

    @property
    def baseline_used_for_drift_check_constraints(self) -> Expression[str]:
        """The S3 URI of the constraints to register for the next check."""
        return StepReference(self.name, ("BaselineUsedForDriftCheckConstraints",))

    # -- what is written

    def _more_keys(self) -> dict[str, Any]:
        return {
            **super()._more_keys(),
            "CheckType": self._check_type(),
            # null, as the SDK writes fields that are not given
            "ModelPackageGroupName": self._group,
            "SkipCheck": self.skip_check,
            "FailOnViolation": self.fail_on_violation,
            "RegisterNewBaseline": self.register_new_baseline,
            **self._baselines,
        }

    def _output_place(self) -> S3Location:
        return job_prefix(self)

    def _request(
        self, inputs: Mapping[str, ProcessingInput], output_name: str, upload_mode: str = "EndOfJob"
    ) -> dict[str, Any]:
        """The job, with the only output that the containers know."""
        destination = self._output_place() if self.output is None else self.output
        uri = s3_uri(destination, "output", self.host.workplace)
        output = ProcessingOutput(uri, OUTPUT, upload_mode)
        return processing_job(self, self, self._container, inputs=inputs, outputs={output_name: output})

    def _check_source(self) -> None:
        """Raises ``PipelineError`` if there is no earlier baseline, unless it is a first run."""
        first = self.skip_check is not False and self.register_new_baseline is not False
        if self._group is None and not any(self._baselines.values()) and not first:
            raise PipelineError(
                "there is no earlier baseline: give model_package_group or supplied_baseline_constraints, or make "
                "skip_check and register_new_baseline true for a first run"
            )


def _check_boolean(value: Any, what: str) -> None:
    expression = isinstance(value, Expression) and not (isinstance(value, Parameter) and value.type != "Boolean")
    if not isinstance(value, bool) and not expression:
        raise PipelineError(f"{what} takes a boolean, a parameter or another expression for one, not {shown(value)}")
