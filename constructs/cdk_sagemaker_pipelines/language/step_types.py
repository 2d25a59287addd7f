"""The step types: one row for each, read by every room.

Each fact about a type is here once: what a step of the type takes, which API it calls, what its job runs with, what
its name is. Behavior that is special to a type is code, in each room's file for the type.
Source: the SDK's own output, the developer guide and the API reference.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

Family = Literal["jobs", "models", "hosting", "checks", "calls", "emr", "records", "control"]
"""The folder of a type, the same in every room."""
FAMILIES: tuple[Family, ...] = ("jobs", "models", "hosting", "checks", "calls", "emr", "records", "control")

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
"""The options of check steps, which are outside the arguments and take expressions."""
SAGEMAKER = "sagemaker.amazonaws.com"
MAX_NAME = 63
"""The length of the name of a job or a model."""


class Output(NamedTuple):
    """A place in S3 that a job writes to.

    ``holder``: the path of the member that holds the place and its key. ``uri``: the path of the place in it. ``key``:
    the member of it that is the KMS key.
    """

    holder: str
    uri: str
    key: str = "KmsKeyId"


class JobRequest(NamedTuple):
    """Where the request of a job says what the job runs with: dotted paths, None where its API has no such member."""

    inputs: str | None = None
    """The ``S3DataSource`` members; ``[]`` stands for each element of a list."""
    image: str | None = None
    cluster: str | None = None
    """What holds the instances' type, count and volume key."""
    vpc: str | None = None
    isolation: str | None = None
    """Whether the container may not reach any network."""
    encryption: str | None = None
    """Whether traffic between the instances is encrypted."""
    output_key: str | None = None
    """The KMS key of what the job writes."""
    volume_key: str | None = None
    """The KMS key of the volumes of the instances."""
    runtime: str | None = None
    """The seconds that the job may take."""


class StepType(NamedTuple):
    """The facts of one step type."""

    name: str
    """The ``Type`` of its steps."""
    family: Family | None
    """Its folder in every room; None for an unknown type."""

    # -- the step

    cache: bool = False
    """Whether it takes ``CacheConfig``."""
    retries: bool = False
    """Whether it takes ``RetryPolicies``."""
    job_retries: bool = False
    """Whether these may name exceptions of jobs, which begin with ``SageMaker.``."""
    never_retried: str | None = None
    """The one job exception for which it is never retried."""
    disputed: bool = False
    """Whether sources differ on cache and retries, so that they only cause a warning."""
    own_keys: frozenset[str] = frozenset()
    """Its other keys besides the arguments."""
    required_keys: frozenset[str] = frozenset()
    """Which of these are required."""
    cache_keys: tuple[str, ...] = ()
    """What must be equal for a result to be reused: dotted paths in the arguments, or in the step itself for checks.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-caching.html. Local runs do not reuse results of
    types that it leaves out.
    """
    in_a_body: bool = True
    """Whether it can be in the body of a for-each."""
    apart: str | None = None
    """What the runs of a body must not share: the dotted path of a place that they write to, or of a name."""
    can_stop: bool = True
    """Whether a step can end as stopped."""

    # -- its request

    api: str | None = None
    """What the pipeline creates, in the API's words: its arguments are the request of ``Create<api>``."""
    optional: tuple[str, ...] = ()
    """Members that the API requires and the pipeline service fills in when they are left out.

    ``role`` is then the pipeline's own.
    """
    refused: tuple[str, ...] = ()
    """Members of the API that a step must not have."""
    taggable: bool = True
    """Whether the request takes tags."""

    # -- what it creates

    resource: str | None = None
    """The kind of resource in the ARN, such as ``training-job``; None where other resources are checked."""
    above: str | None = None
    """The member of the request whose value is between the kind and the name in the ARN."""
    lasts: bool = False
    """Whether it outlives the execution: then it cannot be stopped, and its name can be read from its step."""
    max_name: int = MAX_NAME
    """The length of the name; short ones leave no room for the service's ``pipelines-``."""
    keeps_name: bool = True
    """Whether the names that the service generates begin with the one in the request."""
    variable: str | None = None
    """The execution variable that has the job's name, in the step's own arguments."""
    actions: tuple[str, ...] = ()
    """The SageMaker actions that the pipeline calls besides ``Create``, ``Describe`` and ``Stop``."""
    times: str = ""
    """The prefix of ``StartTime`` and ``EndTime`` in the description."""

    # -- whom it runs with, and where

    role: str | None = None
    """The member of the request that is the role of the job."""
    other_roles: tuple[str, ...] = ()
    """Paths of roles that something runs with although no permission to pass them is needed."""
    service: str = SAGEMAKER
    """The service that assumes the role."""
    trusted_for: str = "*"
    """The end of the jobs' ARNs, for the trust of a role.

    ``*`` where the guide names no ARN that narrows it, or where what the job starts assumes the role too; the service
    checks a model's role against every resource of the account.
    """
    logs: str | None = None
    """The log group of the job, below ``/aws/sagemaker/``; None where jobs of the type do not share one."""
    job: JobRequest | None = None
    """Where the request says what the job runs with."""
    chooses_instances: bool = False
    """Whether the service chooses the instances, so that they are not in the definition."""
    outputs: tuple[Output, ...] = ()
    """Where the request says which places in S3 the job writes to."""
    below_output: tuple[str, ...] = ()
    """Properties that are or contain URIs somewhere below the first of the outputs."""
    cleaned: Literal["all", "named"] | None = None
    """Which of its outputs a cleanup deletes: all, or the objects that it names; None for none."""
    texts: tuple[str, ...] = ()
    """Paths of texts that are passed to code; ``*`` is each value of a map."""

    @property
    def keys(self) -> frozenset[str]:
        """Every key that a step of the type may have."""
        keys = COMMON_KEYS | self.own_keys
        if self.cache:
            keys |= {"CacheConfig"}
        if self.retries:
            keys |= {"RetryPolicies"}
        return keys

    @property
    def name_prefix(self) -> str | None:
        """The member of the request that is a prefix for the generated name; None where it is the name itself."""
        member = f"{self.api}Name"
        return member if member in self.optional else None

    @property
    def has_default_role(self) -> bool:
        """Whether a job that names no role runs with the pipeline's."""
        return self.role in self.optional

    @property
    def has_short_name(self) -> bool:
        """Whether the names are so short that the service generates them differently."""
        return self.max_name < MAX_NAME

    @property
    def module(self) -> str:
        """The name of the type's file in every room that has one: the type in snake case."""
        name = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", self.name).lower()
        return f"{name}_" if keyword.iskeyword(name) else name


# -- what several types share


def _settings(above: str, inner: str, properties: str) -> tuple[str, ...]:
    """The paths of the settings of applications on a cluster; classifications can be nested."""
    return f"{above}.{properties}.*", f"{above}.{inner}.{properties}.*"


_CONTAINER = ("AppSpecification.ContainerEntrypoint[]", "AppSpecification.ContainerArguments[]", "Environment.*")
_ALGORITHM = ("AlgorithmSpecification.ContainerEntrypoint[]", "AlgorithmSpecification.ContainerArguments[]")
_TUNED = (
    "AlgorithmSpecification", "HyperParameterRanges", "InputDataConfig", "StaticHyperParameters", "TuningObjective",
)  # fmt: skip
_DEFINITIONS = ("TrainingJobDefinition", "TrainingJobDefinitions[]")
_JOB_CACHE = ("AppSpecification", "Environment", "ProcessingInputs")
_CHECK_CACHE = (
    *_JOB_CACHE, "ModelPackageGroupName", "SkipCheck", "RegisterNewBaseline", "SuppliedBaselineConstraints",
    "CheckType",
)  # fmt: skip
_DATASET = "ProcessingInputs[].DatasetDefinition.{}DatasetDefinition"
_TRAINING_OUTPUT = Output("OutputDataConfig", "S3OutputPath")
"""The output of a training job, also one of a tuning."""

TRAINING_REQUEST = JobRequest(
    inputs="InputDataConfig[].DataSource.S3DataSource",
    image="AlgorithmSpecification.TrainingImage",
    cluster="ResourceConfig",
    vpc="VpcConfig",
    isolation="EnableNetworkIsolation",
    encryption="EnableInterContainerTrafficEncryption",
    output_key="OutputDataConfig.KmsKeyId",
    volume_key="ResourceConfig.VolumeKmsKeyId",
    runtime="StoppingCondition.MaxRuntimeInSeconds",
)
TUNED_REQUEST = TRAINING_REQUEST._replace(
    cluster="HyperParameterTuningResourceConfig",
    volume_key="HyperParameterTuningResourceConfig.VolumeKmsKeyId",
)
"""The request of a tuning's training job that specifies its instances in the tuning's own way."""

_PROCESSING = StepType(
    "Processing",
    "jobs",
    cache=True,
    retries=True,
    job_retries=True,
    own_keys=frozenset({"PropertyFiles"}),
    cache_keys=_JOB_CACHE,
    apart="ProcessingOutputConfig.Outputs[].S3Output.S3Uri",
    api="ProcessingJob",
    optional=("ProcessingJobName", "RoleArn"),
    resource="processing-job",
    variable="ProcessingJobName",
    times="Processing",
    role="RoleArn",
    other_roles=(f"{_DATASET.format('Redshift')}.ClusterRoleArn",),
    trusted_for="processing-job/*",
    logs="ProcessingJobs",
    job=JobRequest(
        inputs="ProcessingInputs[].S3Input",
        image="AppSpecification.ImageUri",
        cluster="ProcessingResources.ClusterConfig",
        vpc="NetworkConfig.VpcConfig",
        isolation="NetworkConfig.EnableNetworkIsolation",
        encryption="NetworkConfig.EnableInterContainerTrafficEncryption",
        output_key="ProcessingOutputConfig.KmsKeyId",
        volume_key="ProcessingResources.ClusterConfig.VolumeKmsKeyId",
        runtime="StoppingCondition.MaxRuntimeInSeconds",
    ),
    outputs=(
        Output("ProcessingOutputConfig", "Outputs[].S3Output.S3Uri"),
        Output(_DATASET.format("Athena"), "OutputS3Uri"),
        Output(_DATASET.format("Redshift"), "OutputS3Uri"),
    ),
    cleaned="named",
    texts=_CONTAINER,
)
_CHECK = _PROCESSING._replace(
    family="checks",
    retries=False,
    job_retries=False,
    disputed=True,
    required_keys=frozenset({"CheckType"}),
    cleaned=None,
    below_output=("CalculatedBaselineConstraints", "CalculatedBaselineStatistics"),
)
"""A check is a processing job that runs AWS's code."""

_ROWS = (
    # -- jobs
    _PROCESSING,
    StepType(
        "Training",
        "jobs",
        cache=True,
        retries=True,
        job_retries=True,
        cache_keys=(
            "AlgorithmSpecification", "CheckpointConfig", "DebugHookConfig", "DebugRuleConfigurations", "Environment",
            "HyperParameters", "InputDataConfig",
        ),
        # the key of the model archive has the job's name in it, those of checkpoints do not
        apart="CheckpointConfig.S3Uri",
        api="TrainingJob",
        optional=("TrainingJobName", "RoleArn"),
        resource="training-job",
        variable="TrainingJobName",
        times="Training",
        role="RoleArn",
        trusted_for="training-job/*",
        logs="TrainingJobs",
        job=TRAINING_REQUEST,
        outputs=(_TRAINING_OUTPUT,),
        cleaned="all",
        texts=(*_ALGORITHM, "Environment.*", "HyperParameters.*"),
    ),
    StepType(
        "Tuning",
        "jobs",
        cache=True,
        retries=True,
        job_retries=True,
        never_retried="SageMaker.JOB_INTERNAL_ERROR",
        cache_keys=(
            "HyperParameterTuningJobConfig",
            *(f"{each}.{name}" for each in ("TrainingJobDefinition", "TrainingJobDefinitions") for name in _TUNED),
        ),
        api="HyperParameterTuningJob",
        optional=("HyperParameterTuningJobName",),
        resource="hyper-parameter-tuning-job",
        max_name=32,
        # the properties come from the list of its jobs
        actions=("ListTrainingJobsForHyperParameterTuningJob",),
        outputs=tuple(_TRAINING_OUTPUT._replace(holder=f"{each}.OutputDataConfig") for each in _DEFINITIONS),
        texts=tuple(f"{each}.{path}" for each in _DEFINITIONS for path in ("StaticHyperParameters.*", "Environment.*")),
    ),
    StepType(
        "AutoML",
        "jobs",
        cache=True,
        retries=True,
        job_retries=True,
        never_retried="SageMaker.JOB_INTERNAL_ERROR",
        cache_keys=(
            *(f"AutoMLJobConfig.{name}" for name in (
                "CompletionCriteria", "CandidateGenerationConfig", "DataSplitConfig", "Mode",
            )),
            "AutoMLJobObjective", "InputDataConfig", "ProblemType",
        ),
        apart="OutputDataConfig.S3OutputPath",
        api="AutoMLJob",
        optional=("AutoMLJobName", "RoleArn"),
        refused=("GenerateCandidateDefinitionsOnly", "ModelDeployConfig"),
        resource="automl-job",
        max_name=32,
        role="RoleArn",
        job=JobRequest(
            inputs="InputDataConfig[].DataSource.S3DataSource",
            vpc="AutoMLJobConfig.SecurityConfig.VpcConfig",
            encryption="AutoMLJobConfig.SecurityConfig.EnableInterContainerTrafficEncryption",
            output_key="OutputDataConfig.KmsKeyId",
            volume_key="AutoMLJobConfig.SecurityConfig.VolumeKmsKeyId",
            runtime="AutoMLJobConfig.CompletionCriteria.MaxAutoMLJobRuntimeInSeconds",
        ),
        chooses_instances=True,
        outputs=(_TRAINING_OUTPUT,),
        below_output=("BestCandidate", "BestCandidateProperties"),
    ),
    StepType(
        "Transform",
        "jobs",
        cache=True,
        retries=True,
        job_retries=True,
        cache_keys=("DataProcessing", "Environment", "ModelName", "TransformInput"),
        apart="TransformOutput.S3OutputPath",
        api="TransformJob",
        optional=("TransformJobName",),
        resource="transform-job",
        times="Transform",
        logs="TransformJobs",
        job=JobRequest(
            inputs="TransformInput.DataSource.S3DataSource",
            cluster="TransformResources",
            output_key="TransformOutput.KmsKeyId",
            volume_key="TransformResources.VolumeKmsKeyId",
        ),
        outputs=(Output("TransformOutput", "S3OutputPath"), Output("DataCaptureConfig", "DestinationS3Uri")),
        cleaned="named",
        texts=("Environment.*",),
    ),
    StepType(
        "Job",
        "jobs",
        cache=True,
        retries=True,
        job_retries=True,
        api="Job",
        optional=("JobName", "RoleArn"),
        resource="job",
        above="JobCategory",
        keeps_name=False,
        role="RoleArn",
        service="job.sagemaker.amazonaws.com",
        chooses_instances=True,
    ),
    # -- models
    StepType(
        "Model",
        "models",
        retries=True,
        api="Model",
        optional=("ModelName", "ExecutionRoleArn"),
        resource="model",
        lasts=True,
        role="ExecutionRoleArn",
        # not a job, but transform jobs and endpoints run in its network
        job=JobRequest(vpc="VpcConfig", isolation="EnableNetworkIsolation"),
        texts=("PrimaryContainer.Environment.*", "Containers[].Environment.*"),
    ),
    StepType(
        "RegisterModel",
        "models",
        retries=True,
        api="ModelPackage",
        refused=("Description", "CertifyForMarketplace"),
        taggable=False,  # a version has the tags of its group
    ),
    # -- hosting
    StepType(
        "EndpointConfig",
        "hosting",
        cache=True,
        retries=True,
        job_retries=True,
        apart="EndpointConfigName",
        api="EndpointConfig",
        refused=("DataCaptureConfig", "ExplainerConfig"),
        resource="endpoint-config",
        lasts=True,
        role="ExecutionRoleArn",
        outputs=(
            Output("AsyncInferenceConfig.OutputConfig", "S3OutputPath"),
            Output("AsyncInferenceConfig.OutputConfig", "S3FailurePath"),
            Output("ProductionVariants[].CoreDumpConfig", "DestinationS3Uri"),
            Output("ShadowProductionVariants[].CoreDumpConfig", "DestinationS3Uri"),
        ),
    ),
    StepType(
        "Endpoint",
        "hosting",
        cache=True,
        apart="EndpointName",
        api="Endpoint",
        refused=("DeploymentConfig",),
        lasts=True,
    ),
    StepType(
        "InferenceComponent",
        "hosting",
        disputed=True,
        apart="InferenceComponentName",
        api="InferenceComponent",
        lasts=True,
    ),
    # -- checks
    _CHECK._replace(
        name="ClarifyCheck",
        own_keys=CHECK_KEYS - {"SuppliedBaselineStatistics"},
        cache_keys=(*_CHECK_CACHE, "ModelName"),
        trusted_for="*",
        below_output=("CalculatedBaselineConstraints",),
    ),
    _CHECK._replace(
        name="QualityCheck",
        own_keys=CHECK_KEYS - {"ModelName"},
        cache_keys=(*_CHECK_CACHE, "SuppliedBaselineStatistics"),
    ),
    # -- calls
    StepType(
        "Callback",
        "calls",
        cache=True,
        own_keys=frozenset({"OutputParameters", "SqsQueueUrl"}),
        required_keys=frozenset({"SqsQueueUrl"}),
        can_stop=False,
    ),
    StepType(
        "Lambda",
        "calls",
        cache=True,
        own_keys=frozenset({"OutputParameters", "FunctionArn"}),
        required_keys=frozenset({"FunctionArn"}),
        can_stop=False,
        texts=("*",),
    ),
    # -- emr
    StepType(
        "EMR",
        "emr",
        cache=True,
        retries=True,
        cache_keys=("ClusterId", "ClusterConfig", "StepConfig"),
        taggable=False,
        role="ExecutionRoleArn",
        other_roles=("ExecutionRoleArn", "ClusterConfig.StepExecutionRoleArn"),
        outputs=(Output("ClusterConfig", "LogUri", "LogEncryptionKmsKeyId"),),
        texts=(
            "StepConfig.HadoopJarStep.Args[]",
            "StepConfig.HadoopJarStep.Properties[].Value",
            "ClusterConfig.BootstrapActions[].ScriptBootstrapAction.Args[]",
            *_settings("ClusterConfig.Configurations[]", "Configurations[]", "Properties"),
        ),
    ),
    StepType(
        "EMRServerless",
        "emr",
        cache=True,
        retries=True,
        taggable=False,
        role="ExecutionRoleArn",
        other_roles=("JobConfig.executionRoleArn",),
        service="emr-serverless.amazonaws.com",
        outputs=(
            Output(
                "JobConfig.configurationOverrides.monitoringConfiguration.s3MonitoringConfiguration",
                "logUri",
                "encryptionKeyArn",
            ),
        ),
        texts=(
            "JobConfig.jobDriver.sparkSubmit.entryPointArguments[]",
            "JobConfig.jobDriver.sparkSubmit.sparkSubmitParameters",
            "JobConfig.jobDriver.hive.parameters",
            *_settings("JobConfig.configurationOverrides.applicationConfiguration[]", "configurations[]", "properties"),
            *_settings("ApplicationConfig.runtimeConfiguration[]", "configurations[]", "properties"),
        ),
    ),
    # -- records
    StepType("Lineage", "records", disputed=True),
    StepType("Cleanup", "records", disputed=True),
    # -- control
    StepType("Condition", "control", in_a_body=False),
    StepType("ForEach", "control", disputed=True, in_a_body=False),
    StepType("Fail", "control", in_a_body=False),
)  # fmt: skip

_UNKNOWN = StepType("", None)

STEP_TYPES: dict[str, StepType] = {row.name: row for row in _ROWS}
"""The rows by the ``Type`` of a step, in the order of the families."""

_VARIABLES = dict.fromkeys(row.variable for row in _ROWS if row.variable)
JOB_NAMES: Mapping[str, tuple[str, ...]] = {
    variable: tuple(row.name for row in _ROWS if row.variable == variable) for variable in _VARIABLES
}
"""Variables that hold the name of a step's own job, and the types of such steps."""


def row_of(step_type: str) -> StepType:
    """The row of a type; a row without facts for an unknown type."""
    return STEP_TYPES.get(step_type) or _UNKNOWN
