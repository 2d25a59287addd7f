"""What each step type of the service takes beside its arguments.

Source: the SDK's own output and the developer guide.
"""

from __future__ import annotations

from dataclasses import dataclass

COMMON_KEYS = frozenset({"Name", "Type", "Arguments", "DisplayName", "Description", "DependsOn"})
CHECK_KEYS = frozenset(
    {
        "CheckType",
        "FailOnViolation",
        "ModelName",
        "ModelPackageGroupName",
        "RegisterNewBaseline",
        "SkipCheck",
        "SuppliedBaselineConstraints",
        "SuppliedBaselineStatistics",
    }
)
"""The options of check steps, which stand beside the arguments and take expressions."""


@dataclass(frozen=True)
class StepTypeFacts:
    """``cache``, ``retries``: whether the type takes them. ``job_retries``: whether also for 'SageMaker.' exceptions.

    ``disputed``: sources differ on cache and retries, so they only cause a warning. ``own_keys``: what else stands
    beside the arguments; ``required_keys``: which of these the type cannot do without.
    """

    cache: bool = False
    retries: bool = False
    job_retries: bool = False
    disputed: bool = False
    own_keys: frozenset[str] = frozenset()
    required_keys: frozenset[str] = frozenset()

    @property
    def keys(self) -> frozenset[str]:
        """Every key that a step of the type may have."""
        keys = COMMON_KEYS | self.own_keys
        if self.cache:
            keys |= {"CacheConfig"}
        if self.retries:
            keys |= {"RetryPolicies"}
        return keys


_JOB = StepTypeFacts(cache=True, retries=True, job_retries=True)
_CALL = frozenset({"OutputParameters"})

STEP_TYPES: dict[str, StepTypeFacts] = {
    "Processing": StepTypeFacts(cache=True, retries=True, job_retries=True, own_keys=frozenset({"PropertyFiles"})),
    "Training": _JOB,
    "Tuning": _JOB,
    "AutoML": _JOB,
    "Transform": _JOB,
    "Model": StepTypeFacts(retries=True),
    "RegisterModel": StepTypeFacts(retries=True),
    "ClarifyCheck": StepTypeFacts(
        cache=True,
        disputed=True,
        own_keys=CHECK_KEYS - {"SuppliedBaselineStatistics"},
        required_keys=frozenset({"CheckType"}),
    ),
    "QualityCheck": StepTypeFacts(
        cache=True, disputed=True, own_keys=CHECK_KEYS - {"ModelName"}, required_keys=frozenset({"CheckType"})
    ),
    "Condition": StepTypeFacts(),
    "Fail": StepTypeFacts(),
    "Callback": StepTypeFacts(cache=True, own_keys=_CALL | {"SqsQueueUrl"}, required_keys=frozenset({"SqsQueueUrl"})),
    "Lambda": StepTypeFacts(cache=True, own_keys=_CALL | {"FunctionArn"}, required_keys=frozenset({"FunctionArn"})),
    "EMR": StepTypeFacts(cache=True, retries=True),
    "EMRServerless": StepTypeFacts(cache=True, retries=True),
    "EndpointConfig": StepTypeFacts(cache=True, retries=True, job_retries=True),
    "Endpoint": StepTypeFacts(cache=True),
    "InferenceComponent": StepTypeFacts(disputed=True),
    "Lineage": StepTypeFacts(disputed=True),
    "Job": _JOB,
    "Cleanup": StepTypeFacts(disputed=True),
    "ForEach": StepTypeFacts(disputed=True),
}

JOB_NAMES = {
    "TrainingJobName": ("Training",),
    "ProcessingJobName": ("Processing", "ClarifyCheck", "QualityCheck"),
}
"""Variables that hold the name of a step's own job, and the types of such steps."""
