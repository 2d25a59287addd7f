"""What requests of steps are made of, by botocore's models: the members that can name something of AWS."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import botocore.session
from botocore.model import Shape

_REQUESTS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    **{
        kind: (("sagemaker", operation, ""),)
        for kind, operation in {
            "AutoML": "CreateAutoMLJob",
            "ClarifyCheck": "CreateProcessingJob",
            "Endpoint": "CreateEndpoint",
            "EndpointConfig": "CreateEndpointConfig",
            "InferenceComponent": "CreateInferenceComponent",
            "Job": "CreateJob",
            "Model": "CreateModel",
            "Processing": "CreateProcessingJob",
            "QualityCheck": "CreateProcessingJob",
            "RegisterModel": "CreateModelPackage",
            "Training": "CreateTrainingJob",
            "Transform": "CreateTransformJob",
            "Tuning": "CreateHyperParameterTuningJob",
        }.items()
    },
    "EMR": (("emr", "RunJobFlow", "ClusterConfig."),),
    "EMRServerless": (
        ("emr-serverless", "StartJobRun", "JobConfig."),
        ("emr-serverless", "CreateApplication", "ApplicationConfig."),
    ),
    "Lineage": tuple(("sagemaker", f"Create{kind}", f"{kind}s[].") for kind in ("Action", "Artifact", "Context")),
}
"""By the step's type: the requests that its arguments are, and where in them: service, operation, start of the path."""

OWN: Mapping[str, tuple[str, ...]] = {
    "Callback": ("SqsQueueUrl",),
    "ClarifyCheck": ("ModelName", "ModelPackageGroupName", "SuppliedBaselineConstraints"),
    "Cleanup": ("Resources.S3[].StepName", "Resources.S3[].S3Uris[]"),
    "EMR": (
        "ClusterId",
        "ExecutionRoleArn",
        "StepConfig.HadoopJarStep.Args[]",
        "StepConfig.HadoopJarStep.Jar",
        "StepConfig.StepMonitoringConfiguration.S3MonitoringConfiguration.EncryptionKeyArn",
        "StepConfig.StepMonitoringConfiguration.S3MonitoringConfiguration.LogUri",
    ),
    "EMRServerless": ("ApplicationId", "ExecutionRoleArn"),
    "Lambda": ("FunctionArn",),
    "Lineage": ("Associations[].Source.Arn", "Associations[].Destination.Arn"),
    "QualityCheck": ("ModelPackageGroupName", "SuppliedBaselineConstraints", "SuppliedBaselineStatistics"),
}
"""What the pipeline service itself takes beside the requests, in the arguments or beside them."""

ALIKE: Mapping[str, tuple[tuple[str, str], ...]] = {
    "EndpointConfig": (("ShadowProductionVariants[].", "ProductionVariants[]."),),
    "InferenceComponent": (("Specifications[].", "Specification."),),
    "Model": (("PrimaryContainer.", "Containers[]."),),
    "RegisterModel": (("AdditionalInferenceSpecifications[].Containers[].", "InferenceSpecification.Containers[]."),),
    "Tuning": (("TrainingJobDefinitions[].", ""), ("TrainingJobDefinition.", "")),
}
"""By the step's type: where members stand that are told once for both, and where they are told."""

NAMES_NOTHING = frozenset(
    """
    AcceleratorPartitionType Accept AcceptEula AdditionalModelChannelName AppManaged ArtifactProperties
    AttributeName AutoGenerateEndpointName Boolean BooleanObject CertifyForMarketplace ChannelName
    ClarifyContentTemplate ClarifyEnableExplanations ClarifyFeaturesAttribute ClarifyHeader
    ClarifyLabelAttribute ClarifyMimeType ClarifyProbabilityAttribute ClarifyShapBaseline ClarifyShapUseLogit
    ClientToken CollectionName CollectionParameters ContainerArgument ContainerEntrypointString
    ContainerHostname ContentDigest ContentType CpuSize CsvContentType CustomerMetadataMap DataInputConfig
    DirectoryPath DisableProfiler DiskSize EnableCaching EnableCapture EnableDetailedObservability
    EnableEnhancedMetrics EnableInfraCheck EncryptionContext EngineType EntityDescription EntryPointArgument
    ExperimentDescription GenerateCandidateDefinitionsOnly HookParameters HubContentVersion
    HyperParameterTrainingJobDefinitionName HyperParameterTrainingJobEnvironmentMap ImageDigest
    InferenceSpecificationName InitialCapacityConfigMap InstanceGroupName InstanceType JobSchemaVersion
    JsonContentType JsonPath LineageEntityParameters LogStreamNamePrefix LogTypeMap LogTypesMap MemorySize
    MetadataPropertyValue MetricName MetricRegex MetricsEndpointPath ModelCardContent
    ModelPackageFrameworkVersion ParameterKey ParameterValue ProcessingEnvironmentMap ProcessingLocalPath
    ProductId ProfilingParameters RecipeName RedshiftQueryString ReleaseLabel ResponseMIMEType
    RuleConfigurationName SampleWeightAttributeName SensitivePropertiesMap SequenceLength StageDescription
    StringMap TagKey TagMap TagValue TargetAttributeName TrainingContainerArgument
    TrainingContainerEntrypointString TrainingEnvironmentMap TransformAmiVersion TransformEnvironmentMap
    VariantName
    """.split()  # noqa: SIM905
)
"""The shapes of texts, flags and maps that are for people, for the container or for the service's own settings."""

_PLAIN = re.compile(
    r"(^|\.)(Domain|ETag|Framework|InputName|OutputName|ManifestEtag|ModelDataETag|NearestModelName|Task|Description"
    r"|BidPrice|Name|AmiVersion|HadoopVersion|OSReleaseLabel|Version|Classification|VolumeType|MetricName|Namespace"
    r"|Key|Value|Context|classification|name|SourceType|SourceId|ActionType|ArtifactType|ContextType|MainClass"
    r"|AdditionalInfo|Realm|KdcAdminPassword|CrossRealmTrustPrincipalPassword|ADDomainJoinUser|ADDomainJoinPassword"
    r"|LogStreamNamePrefix|AvailabilityZone|AvailabilityZones\[\]|SupportedProducts\[\]|Args\[\])$"
)
"""Members that name nothing, of the shapes that are just texts."""
_TEXTS = ("EntityName", "String", "String256", "String1024", "XmlString", "XmlStringMaxLen256")


def members(kind: str) -> Iterator[tuple[str, Shape | None]]:
    """The members of a step type's requests that can name something, each once; those alike are told once."""
    if kind not in _REQUESTS and kind not in OWN:
        raise LookupError(f"{kind}: neither _REQUESTS nor OWN says what its arguments are")
    found: dict[str, Shape | None] = dict.fromkeys(OWN.get(kind, ()))
    for service, operation, start in _REQUESTS.get(kind, ()):
        model = botocore.session.get_session().get_service_model(service)
        for path, shape in _leaves(model.operation_model(operation).input_shape, start, ()):
            for alike, told in ALIKE.get(kind, ()):
                path = told + path.removeprefix(alike) if path.startswith(alike) else path
            # steps of a cluster are the pipeline's own
            if not path.startswith("ClusterConfig.Steps[]"):
                found.setdefault(path, shape)
    for path, of in found.items():
        plain = of is not None and of.name in _TEXTS and _PLAIN.search(path)
        if of is None or not (plain or of.name in NAMES_NOTHING):
            yield path, of


def _leaves(shape: Any, path: str, above: tuple[str, ...]) -> Iterator[tuple[str, Shape]]:
    if shape.name in above:
        return
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            yield from _leaves(member, f"{path}{name}.", (*above, shape.name))
    elif shape.type_name == "list":
        yield from _leaves(shape.member, f"{path.removesuffix('.')}[].", above)
    elif shape.type_name in ("boolean", "map", "string") and not getattr(shape, "enum", None):
        yield path.removesuffix("."), shape
