"""Amazon SageMaker pipelines as typed CDK constructs.

The names are loaded on first use, so that tools that do not need CDK do not load it.
"""

from __future__ import annotations

import warnings
from importlib import import_module
from typing import TYPE_CHECKING, Any

from .uncollected import uncollected

if TYPE_CHECKING:
    from .assets import Image as Image
    from .assets import LambdaHandler as LambdaHandler
    from .assets import S3Location as S3Location
    from .assets import Script as Script
    from .assets import SourceDir as SourceDir
    from .endpoints.data_capture import DataCapture as DataCapture
    from .endpoints.deployment import EndpointDeployment as EndpointDeployment
    from .endpoints.grants import EndpointGrants as EndpointGrants
    from .endpoints.model_endpoint import ModelEndpoint as ModelEndpoint
    from .endpoints.monitoring_schedule import MonitoringSchedule as MonitoringSchedule
    from .endpoints.monitors import DataQualityMonitor as DataQualityMonitor
    from .endpoints.monitors import ExplainabilityMonitor as ExplainabilityMonitor
    from .endpoints.monitors import ModelBiasMonitor as ModelBiasMonitor
    from .endpoints.monitors import ModelQualityMonitor as ModelQualityMonitor
    from .environments.environment import Environment as Environment
    from .environments.environments import Environments as Environments
    from .iam.trust import Trust as Trust
    from .imported import ImportedPipeline as ImportedPipeline
    from .imported import PipelineGrants as PipelineGrants
    from .imported import PublishedPipeline as PublishedPipeline
    from .language import And as And
    from .language import CacheConfig as CacheConfig
    from .language import Condition as Condition
    from .language import CycleError as CycleError
    from .language import Definition as Definition
    from .language import DefinitionError as DefinitionError
    from .language import ExceptionType as ExceptionType
    from .language import ExecutionVariables as ExecutionVariables
    from .language import ExperimentConfig as ExperimentConfig
    from .language import Expression as Expression
    from .language import Finding as Finding
    from .language import Join as Join
    from .language import JsonGet as JsonGet
    from .language import MlflowConfig as MlflowConfig
    from .language import Not as Not
    from .language import Or as Or
    from .language import ParallelismConfig as ParallelismConfig
    from .language import Parameter as Parameter
    from .language import PipelineError as PipelineError
    from .language import PropertyFile as PropertyFile
    from .language import RetryPolicy as RetryPolicy
    from .language import StepGraph as StepGraph
    from .monitoring.dashboard import PipelineDashboard as PipelineDashboard
    from .pipeline import Pipeline as Pipeline
    from .steps.base.group import StepGroup as StepGroup
    from .steps.base.job_defaults import JobDefaults as JobDefaults
    from .steps.base.network import Network as Network
    from .steps.base.scope import StepScope as StepScope
    from .steps.base.step import Step as Step
    from .steps.calls.callback import CallbackStep as CallbackStep
    from .steps.calls.lambda_ import LambdaStep as LambdaStep
    from .steps.checks.clarify_analysis import ClarifyDataset as ClarifyDataset
    from .steps.checks.clarify_analysis import ClarifyFacet as ClarifyFacet
    from .steps.checks.clarify_analysis import ClarifyModel as ClarifyModel
    from .steps.checks.clarify_analysis import ClarifyShap as ClarifyShap
    from .steps.checks.clarify_analysis import DataBiasCheck as DataBiasCheck
    from .steps.checks.clarify_analysis import ExplainabilityCheck as ExplainabilityCheck
    from .steps.checks.clarify_analysis import ModelBiasCheck as ModelBiasCheck
    from .steps.checks.clarify_check import ClarifyCheckStep as ClarifyCheckStep
    from .steps.checks.monitored_transform import MonitoredTransform as MonitoredTransform
    from .steps.checks.quality_check import DataQualityCheck as DataQualityCheck
    from .steps.checks.quality_check import DatasetFormat as DatasetFormat
    from .steps.checks.quality_check import ModelQualityCheck as ModelQualityCheck
    from .steps.checks.quality_check import QualityCheckStep as QualityCheckStep
    from .steps.control.condition import Branch as Branch
    from .steps.control.condition import ConditionStep as ConditionStep
    from .steps.control.fail import FailStep as FailStep
    from .steps.control.for_each import ForEachStep as ForEachStep
    from .steps.emr.cluster import EmrCluster as EmrCluster
    from .steps.emr.emr import ClusterConfig as ClusterConfig
    from .steps.emr.emr import EMRStep as EMRStep
    from .steps.emr.emr_serverless import EMRServerlessStep as EMRServerlessStep
    from .steps.emr.emr_serverless import HiveQuery as HiveQuery
    from .steps.emr.emr_serverless import SparkSubmit as SparkSubmit
    from .steps.emr.instances import EmrInstanceFleet as EmrInstanceFleet
    from .steps.emr.instances import EmrInstanceGroup as EmrInstanceGroup
    from .steps.emr.serverless_application import EmrServerlessApplication as EmrServerlessApplication
    from .steps.hosting.endpoint import EndpointStep as EndpointStep
    from .steps.hosting.endpoint_config import AsyncInference as AsyncInference
    from .steps.hosting.endpoint_config import EndpointConfigStep as EndpointConfigStep
    from .steps.hosting.endpoint_config import ProductionVariant as ProductionVariant
    from .steps.hosting.endpoint_config import ServerlessInference as ServerlessInference
    from .steps.hosting.inference_component import InferenceComponentStep as InferenceComponentStep
    from .steps.jobs.auto_ml import AutoMLInput as AutoMLInput
    from .steps.jobs.auto_ml import AutoMLStep as AutoMLStep
    from .steps.jobs.datasets import AthenaDataset as AthenaDataset
    from .steps.jobs.datasets import Dataset as Dataset
    from .steps.jobs.datasets import FeatureGroupOutput as FeatureGroupOutput
    from .steps.jobs.datasets import RedshiftDataset as RedshiftDataset
    from .steps.jobs.distribution import MPI as MPI
    from .steps.jobs.distribution import Distribution as Distribution
    from .steps.jobs.distribution import MultiWorkerMirrored as MultiWorkerMirrored
    from .steps.jobs.distribution import ParameterServer as ParameterServer
    from .steps.jobs.distribution import SMDataParallel as SMDataParallel
    from .steps.jobs.distribution import Torchrun as Torchrun
    from .steps.jobs.file_system import EfsSource as EfsSource
    from .steps.jobs.file_system import FileSystemSource as FileSystemSource
    from .steps.jobs.file_system import FsxLustreSource as FsxLustreSource
    from .steps.jobs.instance_preference import InstancePreference as InstancePreference
    from .steps.jobs.job import JobStep as JobStep
    from .steps.jobs.notebook_job import NotebookJobStep as NotebookJobStep
    from .steps.jobs.pool_dashboard import PoolDashboard as PoolDashboard
    from .steps.jobs.processing import ProcessingStep as ProcessingStep
    from .steps.jobs.processing import PropertyFileReference as PropertyFileReference
    from .steps.jobs.processing_job import ProcessingInput as ProcessingInput
    from .steps.jobs.processing_job import ProcessingOutput as ProcessingOutput
    from .steps.jobs.queued_training import QueuedTrainingStep as QueuedTrainingStep
    from .steps.jobs.repack_model import RepackModelStep as RepackModelStep
    from .steps.jobs.training import TrainingStep as TrainingStep
    from .steps.jobs.training_job import Channel as Channel
    from .steps.jobs.training_job import Checkpoints as Checkpoints
    from .steps.jobs.training_pool import TrainingPool as TrainingPool
    from .steps.jobs.transform import TransformInput as TransformInput
    from .steps.jobs.transform import TransformStep as TransformStep
    from .steps.jobs.tuning import Objective as Objective
    from .steps.jobs.tuning import TrainingDefinition as TrainingDefinition
    from .steps.jobs.tuning import TuningStep as TuningStep
    from .steps.jobs.tuning import WarmStart as WarmStart
    from .steps.jobs.tuning_ranges import CategoricalRange as CategoricalRange
    from .steps.jobs.tuning_ranges import ContinuousRange as ContinuousRange
    from .steps.jobs.tuning_ranges import IntegerRange as IntegerRange
    from .steps.jobs.warm_pool import WarmPool as WarmPool
    from .steps.models.approvals import ApprovalBus as ApprovalBus
    from .steps.models.latest_model_package import LatestModelPackageStep as LatestModelPackageStep
    from .steps.models.model import ModelStep as ModelStep
    from .steps.models.model_container import ModelContainer as ModelContainer
    from .steps.models.model_container import UncompressedModel as UncompressedModel
    from .steps.models.model_package_group import ModelPackageGroup as ModelPackageGroup
    from .steps.models.register_model import DriftCheckBaselines as DriftCheckBaselines
    from .steps.models.register_model import ModelMetrics as ModelMetrics
    from .steps.models.register_model import RegisterModelStep as RegisterModelStep
    from .steps.raw import RawStep as RawStep
    from .steps.records.cleanup import CleanupSource as CleanupSource
    from .steps.records.cleanup import CleanupStep as CleanupStep
    from .steps.records.lineage import LineageAction as LineageAction
    from .steps.records.lineage import LineageArtifact as LineageArtifact
    from .steps.records.lineage import LineageAssociation as LineageAssociation
    from .steps.records.lineage import LineageContext as LineageContext
    from .steps.records.lineage import LineageStep as LineageStep
    from .team.compute_policy import ComputePolicy as ComputePolicy
    from .team.plugin import TeamRules as TeamRules
    from .triggers.run_pipeline import RunPipeline as RunPipeline
    from .triggers.target import StartPipelineExecution as StartPipelineExecution
    from .triggers.values import from_event as from_event

    Facet = ClarifyFacet
    Handler = LambdaHandler
    InstanceFleet = EmrInstanceFleet
    InstanceGroup = EmrInstanceGroup
    Predictor = ClarifyModel
    S3Prefix = S3Location
    Shap = ClarifyShap

_HOMES = {
    "assets": ("LambdaHandler", "Image", "S3Location", "Script", "SourceDir"),
    "environments.environment": ("Environment",),
    "environments.environments": ("Environments",),
    "iam.trust": ("Trust",),
    "imported": ("ImportedPipeline", "PipelineGrants", "PublishedPipeline"),
    "language": (
        "And",
        "CacheConfig",
        "Condition",
        "CycleError",
        "Definition",
        "DefinitionError",
        "ExceptionType",
        "ExecutionVariables",
        "ExperimentConfig",
        "Expression",
        "Finding",
        "Join",
        "JsonGet",
        "MlflowConfig",
        "Not",
        "Or",
        "ParallelismConfig",
        "Parameter",
        "PipelineError",
        "PropertyFile",
        "RetryPolicy",
        "StepGraph",
    ),
    "endpoints.data_capture": ("DataCapture",),
    "endpoints.deployment": ("EndpointDeployment",),
    "endpoints.grants": ("EndpointGrants",),
    "endpoints.model_endpoint": ("ModelEndpoint",),
    "endpoints.monitoring_schedule": ("MonitoringSchedule",),
    "endpoints.monitors": ("DataQualityMonitor", "ExplainabilityMonitor", "ModelBiasMonitor", "ModelQualityMonitor"),
    "monitoring.dashboard": ("PipelineDashboard",),
    "pipeline": ("Pipeline",),
    "steps.base.group": ("StepGroup",),
    "steps.base.job_defaults": ("JobDefaults",),
    "steps.base.network": ("Network",),
    "steps.base.scope": ("StepScope",),
    "steps.base.step": ("Step",),
    "steps.calls.callback": ("CallbackStep",),
    "steps.calls.lambda_": ("LambdaStep",),
    "steps.checks.clarify_analysis": (
        "ClarifyDataset",
        "DataBiasCheck",
        "ExplainabilityCheck",
        "ClarifyFacet",
        "ModelBiasCheck",
        "ClarifyModel",
        "ClarifyShap",
    ),
    "steps.checks.clarify_check": ("ClarifyCheckStep",),
    "steps.checks.monitored_transform": ("MonitoredTransform",),
    "steps.checks.quality_check": ("DataQualityCheck", "DatasetFormat", "ModelQualityCheck", "QualityCheckStep"),
    "steps.control.condition": ("Branch", "ConditionStep"),
    "steps.control.fail": ("FailStep",),
    "steps.control.for_each": ("ForEachStep",),
    "steps.emr.cluster": ("EmrCluster",),
    "steps.emr.emr": ("ClusterConfig", "EMRStep"),
    "steps.emr.emr_serverless": ("EMRServerlessStep", "HiveQuery", "SparkSubmit"),
    "steps.emr.instances": ("EmrInstanceFleet", "EmrInstanceGroup"),
    "steps.emr.serverless_application": ("EmrServerlessApplication",),
    "steps.hosting.endpoint": ("EndpointStep",),
    "steps.hosting.endpoint_config": (
        "AsyncInference",
        "EndpointConfigStep",
        "ProductionVariant",
        "ServerlessInference",
    ),
    "steps.hosting.inference_component": ("InferenceComponentStep",),
    "steps.jobs.auto_ml": ("AutoMLInput", "AutoMLStep"),
    "steps.jobs.datasets": ("AthenaDataset", "Dataset", "FeatureGroupOutput", "RedshiftDataset"),
    "steps.jobs.distribution": (
        "MPI",
        "Distribution",
        "MultiWorkerMirrored",
        "ParameterServer",
        "SMDataParallel",
        "Torchrun",
    ),
    "steps.jobs.file_system": ("EfsSource", "FileSystemSource", "FsxLustreSource"),
    "steps.jobs.instance_preference": ("InstancePreference",),
    "steps.jobs.job": ("JobStep",),
    "steps.jobs.notebook_job": ("NotebookJobStep",),
    "steps.jobs.processing": ("ProcessingStep", "PropertyFileReference"),
    "steps.jobs.processing_job": ("ProcessingInput", "ProcessingOutput"),
    "steps.jobs.queued_training": ("QueuedTrainingStep",),
    "steps.jobs.repack_model": ("RepackModelStep",),
    "steps.jobs.training": ("TrainingStep",),
    "steps.jobs.training_job": ("Channel", "Checkpoints"),
    "steps.jobs.pool_dashboard": ("PoolDashboard",),
    "steps.jobs.training_pool": ("TrainingPool",),
    "steps.jobs.transform": ("TransformInput", "TransformStep"),
    "steps.jobs.tuning": ("Objective", "TrainingDefinition", "TuningStep", "WarmStart"),
    "steps.jobs.tuning_ranges": ("CategoricalRange", "ContinuousRange", "IntegerRange"),
    "steps.jobs.warm_pool": ("WarmPool",),
    "steps.models.approvals": ("ApprovalBus",),
    "steps.models.latest_model_package": ("LatestModelPackageStep",),
    "steps.models.model": ("ModelStep",),
    "steps.models.model_container": ("ModelContainer", "UncompressedModel"),
    "steps.models.model_package_group": ("ModelPackageGroup",),
    "steps.models.register_model": ("DriftCheckBaselines", "ModelMetrics", "RegisterModelStep"),
    "steps.raw": ("RawStep",),
    "steps.records.cleanup": ("CleanupSource", "CleanupStep"),
    "steps.records.lineage": (
        "LineageAction",
        "LineageArtifact",
        "LineageAssociation",
        "LineageContext",
        "LineageStep",
    ),
    "team.compute_policy": ("ComputePolicy",),
    "team.plugin": ("TeamRules",),
    "triggers.run_pipeline": ("RunPipeline",),
    "triggers.target": ("StartPipelineExecution",),
    "triggers.values": ("from_event",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}
_RENAMED = {  # until 0.2
    "Facet": "ClarifyFacet",
    "Handler": "LambdaHandler",
    "InstanceFleet": "EmrInstanceFleet",
    "InstanceGroup": "EmrInstanceGroup",
    "Predictor": "ClarifyModel",
    "S3Prefix": "S3Location",
    "Shap": "ClarifyShap",
}
"""New names by the old ones."""

__all__ = [  # literal, for type checkers to read
    "And",
    "ApprovalBus",
    "AsyncInference",
    "AthenaDataset",
    "AutoMLInput",
    "AutoMLStep",
    "Branch",
    "CacheConfig",
    "CallbackStep",
    "CategoricalRange",
    "Channel",
    "Checkpoints",
    "ClarifyCheckStep",
    "ClarifyDataset",
    "ClarifyFacet",
    "ClarifyModel",
    "ClarifyShap",
    "CleanupSource",
    "CleanupStep",
    "ClusterConfig",
    "ComputePolicy",
    "Condition",
    "ConditionStep",
    "ContinuousRange",
    "CycleError",
    "DataBiasCheck",
    "DataCapture",
    "DataQualityCheck",
    "DataQualityMonitor",
    "Dataset",
    "DatasetFormat",
    "Definition",
    "DefinitionError",
    "Distribution",
    "DriftCheckBaselines",
    "EMRServerlessStep",
    "EMRStep",
    "EfsSource",
    "EmrCluster",
    "EmrInstanceFleet",
    "EmrInstanceGroup",
    "EmrServerlessApplication",
    "EndpointConfigStep",
    "EndpointDeployment",
    "EndpointGrants",
    "EndpointStep",
    "Environment",
    "Environments",
    "ExceptionType",
    "ExecutionVariables",
    "ExperimentConfig",
    "ExplainabilityCheck",
    "ExplainabilityMonitor",
    "Expression",
    "FailStep",
    "FeatureGroupOutput",
    "FileSystemSource",
    "Finding",
    "ForEachStep",
    "FsxLustreSource",
    "HiveQuery",
    "Image",
    "ImportedPipeline",
    "InferenceComponentStep",
    "InstancePreference",
    "IntegerRange",
    "JobDefaults",
    "JobStep",
    "Join",
    "JsonGet",
    "LambdaHandler",
    "LambdaStep",
    "LatestModelPackageStep",
    "LineageAction",
    "LineageArtifact",
    "LineageAssociation",
    "LineageContext",
    "LineageStep",
    "MPI",
    "MlflowConfig",
    "ModelBiasCheck",
    "ModelBiasMonitor",
    "ModelContainer",
    "ModelEndpoint",
    "ModelMetrics",
    "ModelPackageGroup",
    "ModelQualityCheck",
    "ModelQualityMonitor",
    "ModelStep",
    "MonitoredTransform",
    "MonitoringSchedule",
    "MultiWorkerMirrored",
    "Network",
    "Not",
    "NotebookJobStep",
    "Objective",
    "Or",
    "ParallelismConfig",
    "Parameter",
    "ParameterServer",
    "Pipeline",
    "PipelineDashboard",
    "PipelineError",
    "PipelineGrants",
    "PoolDashboard",
    "ProcessingInput",
    "ProcessingOutput",
    "ProcessingStep",
    "ProductionVariant",
    "PropertyFile",
    "PropertyFileReference",
    "PublishedPipeline",
    "QualityCheckStep",
    "QueuedTrainingStep",
    "RawStep",
    "RedshiftDataset",
    "RegisterModelStep",
    "RepackModelStep",
    "RetryPolicy",
    "RunPipeline",
    "S3Location",
    "SMDataParallel",
    "Script",
    "ServerlessInference",
    "SourceDir",
    "SparkSubmit",
    "StartPipelineExecution",
    "Step",
    "StepGraph",
    "StepGroup",
    "StepScope",
    "TeamRules",
    "Torchrun",
    "TrainingDefinition",
    "TrainingPool",
    "TrainingStep",
    "TransformInput",
    "TransformStep",
    "Trust",
    "TuningStep",
    "UncompressedModel",
    "WarmPool",
    "WarmStart",
    "from_event",
]


class _OldName(str):
    """An old name as an import of everything asks for it, where nobody wrote it, so that no warning is due."""


if not TYPE_CHECKING:  # which reads the literal list above
    __all__ += map(_OldName, _RENAMED)


def __getattr__(name: str) -> Any:
    if name in _RENAMED:
        new = _RENAMED[name]
        if isinstance(name, _OldName):
            return globals().get(new) or __getattr__(new)
        text = f"{name} was renamed to {new} in cdk-sagemaker-pipelines 0.1; the old name will be removed in 0.2"
        warnings.warn(text, DeprecationWarning, stacklevel=2)
        return globals().get(new) or __getattr__(new)
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    with uncollected():
        value = globals()[name] = getattr(import_module(f".{_HOME[name]}", __name__), name)
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
