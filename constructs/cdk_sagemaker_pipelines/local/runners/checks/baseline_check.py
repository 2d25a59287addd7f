"""What ClarifyCheck and QualityCheck steps share: a simulated job, and its baselines.

https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-quality-clarify-baseline-lifecycle.html
Documented: the baseline of a drift check is the supplied one, else that of the latest approved package of the group;
there must be one unless the check is skipped and a new baseline is registered; BaselineUsedForDriftCheck is the newly
calculated one with RegisterNewBaseline, else that of the check. The step's outcome says whether a check finds
violations; by default it finds none.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from ....language import StepView, choices
from ...endings import StepFailed, StepResult
from ...engine.runner import StepContext
from ..base.job import Job
from ..base.request import invoke
from ..base.simulation import Simulated, leave, look_at, look_at_inputs

Baseline = dict[str, str]
"""URIs of a baseline: Constraints and, for quality checks, Statistics."""


class CheckRunner(Simulated):
    """Simulates the checks of one step type."""

    type: ClassVar[str]
    registered: ClassVar[Mapping[str, Mapping[str, tuple[str, str]]]]
    """Where a package's DriftCheckBaselines has each part of the baseline, by CheckType."""

    @abstractmethod
    def leave_baseline(self, context: StepContext, check: str, place: str) -> Baseline:
        """Writes what the job would calculate below ``place``."""

    def look_further(self, context: StepContext, step: StepView) -> None:
        """Checks what the check needs besides its job's inputs. Raises ``StepFailed``."""

    def simulate(self, context: StepContext, step: StepView, arguments: dict[str, Any]) -> StepResult:
        check = str(step.json.get("CheckType"))
        if check not in self.registered:
            raise StepFailed(f"the step's CheckType is {check!r}; allowed are {choices(self.registered)}")
        job = Job(context, "Processing", arguments)
        self.look_further(context, step)
        look_at_inputs(context, job.request)
        group = context.evaluate(step.json.get("ModelPackageGroupName"))
        skip, register = (_flag(context, step, name, False) for name in ("SkipCheck", "RegisterNewBaseline"))
        previous = self._previous(context, step, check, group)
        if not (skip and register) and set(previous) != set(self.registered[check]):
            where = f"the group {group!r}" if group else "a group, which its ModelPackageGroupName names,"
            raise StepFailed(
                f"ClientError: there is no previous baseline for the {check} check: give the step a supplied baseline, "
                f"register a model with DriftCheckBaselines in {where} and approve it, or, on a first run, "
                "set both SkipCheck and RegisterNewBaseline to true"
            )
        outputs = job.request.get("ProcessingOutputConfig", {}).get("Outputs", [])
        if not outputs or "S3Output" not in outputs[0]:
            raise StepFailed("the step writes nothing to S3; give ProcessingOutputConfig.Outputs with an S3Output")
        place = outputs[0]["S3Output"]["S3Uri"]
        calculated = self.leave_baseline(context, check, place)
        job.pretend()
        properties = {
            **{f"CalculatedBaseline{part}": uri for part, uri in calculated.items()},
            **{f"BaselineUsedForDriftCheck{part}": uri for part, uri in (calculated if register else previous).items()},
        }
        told = {
            "CheckType": check, "CheckJobArn": job.arn, "SkipCheck": skip, "RegisterNewBaseline": register,
            **({"ModelPackageGroupName": group} if group else {}), **properties,
        }  # fmt: skip
        if not skip and context.outcome is not None and context.outcome.violation:
            told["ViolationReport"] = leave(context, place, "constraint_violations.json", _violations(context.outcome))
        result = StepResult(properties, {self.type: told})
        if "ViolationReport" in told and _flag(context, step, "FailOnViolation", True):
            raise StepFailed(f"ClientError: the check found violations: {told['ViolationReport']}", None, result)
        return result

    def _previous(self, context: StepContext, step: StepView, check: str, group: Any) -> Baseline:
        found: Baseline = {}
        registered: Mapping[str, Any] = self._of_package(context, group) if group else {}
        for part, (member, name) in self.registered[check].items():
            supplied = context.evaluate(step.json.get(f"SuppliedBaseline{part}"))
            if supplied:
                look_at(context, supplied, f"SuppliedBaseline{part}")
                found[part] = supplied
                continue
            uri = registered.get(member, {}).get(name, {}).get("S3Uri")
            if uri:
                found[part] = uri
        return found

    def _of_package(self, context: StepContext, group: str) -> Mapping[str, Any]:
        """The DriftCheckBaselines of the latest approved package."""
        sagemaker = context.services.client("sagemaker")
        request = {
            "ModelPackageGroupName": group, "ModelApprovalStatus": "Approved", "SortBy": "CreationTime",
            "SortOrder": "Descending",
        }  # fmt: skip
        try:
            listed = sagemaker.list_model_packages(**request)["ModelPackageSummaryList"]
        except sagemaker.exceptions.ClientError:
            return {}  # the first registration creates the group
        if not listed:
            return {}
        package = invoke(sagemaker, "DescribeModelPackage", {"ModelPackageName": listed[0]["ModelPackageArn"]})
        baselines: Mapping[str, Any] = package.get("DriftCheckBaselines", {})
        return baselines


def _flag(context: StepContext, step: StepView, name: str, default: bool) -> bool:
    value = context.evaluate(step.json.get(name))
    return default if value is None else str(value).lower() == "true"


def _violations(outcome: Any) -> Any:
    if outcome.violation is not True:
        return outcome.violation
    told = {"feature_name": "simulated", "constraint_check_type": "simulated", "description": "from the outcome"}
    return {"violations": [told]}
