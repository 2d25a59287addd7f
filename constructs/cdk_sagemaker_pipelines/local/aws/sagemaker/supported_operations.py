"""Which operations are carried out, and which are refused because nothing here could run what they start.

moto answers many of them as if the job had run. A new operation of moto or of the API is refused until it has a row.
"""

from __future__ import annotations

from ..front.refusal import Refused

READS = ("Delete", "Describe", "Get", "List", "Query", "Render", "Search", "Stop")
"""The first words of operations that only read, or end what there is."""

DONE = frozenset(
    {
        "AddAssociation", "AddTags", "BatchDescribeModelPackage", "CreateAction", "CreateArtifact", "CreateContext",
        "CreateModel", "CreateModelPackage", "CreateModelPackageGroup", "CreatePipeline",
        "PutModelPackageGroupPolicy", "RetryPipelineExecution", "SendPipelineExecutionStepFailure",
        "SendPipelineExecutionStepSuccess", "StartPipelineExecution", "UpdateModelPackage", "UpdatePipeline",
        "UpdatePipelineExecution", "UpdatePipelineVersion",
    }
)  # fmt: skip
"""What is done as the service does it."""

RECORDED = frozenset(
    {
        "AssociateTrialComponent", "CreateDataQualityJobDefinition", "CreateDomain", "CreateEndpoint",
        "CreateEndpointConfig", "CreateExperiment", "CreateFeatureGroup", "CreateModelBiasJobDefinition",
        "CreateModelCard", "CreateModelExplainabilityJobDefinition", "CreateModelQualityJobDefinition",
        "CreateMonitoringSchedule", "CreateNotebookInstanceLifecycleConfig", "CreateTrial",
        "CreateTrialComponent", "DisassociateTrialComponent", "UpdateEndpoint", "UpdateModelCard",
        "UpdateMonitoringSchedule", "UpdateTrialComponent",
    }
)  # fmt: skip
"""What is kept and can be described, and has no effect: nothing is started, and no endpoint serves."""

HOSTED = frozenset({"CreateInferenceComponent", "UpdateInferenceComponent"})
"""What steps record, with a note that nothing serves. Refused to everybody else."""

STEPS = {
    "CreateAutoMLJob": "AutoML", "CreateHyperParameterTuningJob": "Tuning",
    "CreateInferenceComponent": "InferenceComponent", "CreateJob": "Job", "CreateProcessingJob": "Processing",
    "CreateTrainingJob": "Training", "CreateTransformJob": "Transform",
    "UpdateInferenceComponent": "InferenceComponent",
}  # fmt: skip
"""The type of the step that makes this call."""


def refusal(operation: str, *, by_step: bool = False) -> Refused | None:
    """Why a call is not carried out, if it is not; ``by_step``: it is a step of a pipeline that makes it."""
    if operation.startswith(READS) or operation in DONE or operation in RECORDED:
        return None
    if by_step and operation in HOSTED:
        return None
    if operation in STEPS:
        what = "records this only" if operation in HOSTED else "runs this only"
        text = f"{what} as a step of a pipeline; use a step of type {STEPS[operation]}"
    else:
        text = "does not offer this"
    return Refused(501, "NotImplemented", f"the local AWS {text}: sagemaker {operation}")
