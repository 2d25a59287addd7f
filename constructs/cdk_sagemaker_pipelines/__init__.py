"""Amazon SageMaker pipelines as typed CDK constructs.

The names are loaded when they are first used: the tools that need no CDK do not load it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .assets import Handler as Handler
    from .assets import Image as Image
    from .assets import S3Prefix as S3Prefix
    from .assets import Script as Script
    from .assets import SourceDir as SourceDir
    from .iam.trust import Trust as Trust
    from .imported import ImportedPipeline as ImportedPipeline
    from .imported import PipelineGrants as PipelineGrants
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
    from .language import Not as Not
    from .language import Or as Or
    from .language import ParallelismConfig as ParallelismConfig
    from .language import Parameter as Parameter
    from .language import PipelineError as PipelineError
    from .language import PropertyFile as PropertyFile
    from .language import RetryPolicy as RetryPolicy
    from .language import StepGraph as StepGraph
    from .pipeline import Pipeline as Pipeline
    from .steps.auto_ml import AutoMLInput as AutoMLInput
    from .steps.auto_ml import AutoMLStep as AutoMLStep
    from .steps.callback import CallbackStep as CallbackStep
    from .steps.clarify_analysis import ClarifyDataset as ClarifyDataset
    from .steps.clarify_analysis import DataBiasCheck as DataBiasCheck
    from .steps.clarify_analysis import ExplainabilityCheck as ExplainabilityCheck
    from .steps.clarify_analysis import Facet as Facet
    from .steps.clarify_analysis import ModelBiasCheck as ModelBiasCheck
    from .steps.clarify_analysis import Predictor as Predictor
    from .steps.clarify_analysis import Shap as Shap
    from .steps.clarify_check import ClarifyCheckStep as ClarifyCheckStep
    from .steps.cleanup import CleanupSource as CleanupSource
    from .steps.cleanup import CleanupStep as CleanupStep
    from .steps.condition import Branch as Branch
    from .steps.condition import ConditionStep as ConditionStep
    from .steps.containers import ModelContainer as ModelContainer
    from .steps.emr import ClusterConfig as ClusterConfig
    from .steps.emr import EMRStep as EMRStep
    from .steps.emr_cluster import EmrCluster as EmrCluster
    from .steps.emr_instances import InstanceFleet as InstanceFleet
    from .steps.emr_instances import InstanceGroup as InstanceGroup
    from .steps.emr_serverless import EMRServerlessStep as EMRServerlessStep
    from .steps.emr_serverless import HiveQuery as HiveQuery
    from .steps.emr_serverless import SparkSubmit as SparkSubmit
    from .steps.emr_serverless_application import EmrServerlessApplication as EmrServerlessApplication
    from .steps.endpoint import EndpointStep as EndpointStep
    from .steps.endpoint_config import AsyncInference as AsyncInference
    from .steps.endpoint_config import EndpointConfigStep as EndpointConfigStep
    from .steps.endpoint_config import ProductionVariant as ProductionVariant
    from .steps.endpoint_config import ServerlessInference as ServerlessInference
    from .steps.fail import FailStep as FailStep
    from .steps.for_each import ForEachStep as ForEachStep
    from .steps.group import StepGroup as StepGroup
    from .steps.inference_component import InferenceComponentStep as InferenceComponentStep
    from .steps.lambda_ import LambdaStep as LambdaStep
    from .steps.lineage import LineageAction as LineageAction
    from .steps.lineage import LineageArtifact as LineageArtifact
    from .steps.lineage import LineageAssociation as LineageAssociation
    from .steps.lineage import LineageContext as LineageContext
    from .steps.lineage import LineageStep as LineageStep
    from .steps.model import ModelStep as ModelStep
    from .steps.monitored_transform import MonitoredTransform as MonitoredTransform
    from .steps.notebook_job import NotebookJobStep as NotebookJobStep
    from .steps.processing import ProcessingStep as ProcessingStep
    from .steps.processing import PropertyFileReference as PropertyFileReference
    from .steps.processing_job import ProcessingInput as ProcessingInput
    from .steps.processing_job import ProcessingOutput as ProcessingOutput
    from .steps.quality_check import DataQualityCheck as DataQualityCheck
    from .steps.quality_check import DatasetFormat as DatasetFormat
    from .steps.quality_check import ModelQualityCheck as ModelQualityCheck
    from .steps.quality_check import QualityCheckStep as QualityCheckStep
    from .steps.raw import RawStep as RawStep
    from .steps.register_model import DriftCheckBaselines as DriftCheckBaselines
    from .steps.register_model import ModelMetrics as ModelMetrics
    from .steps.register_model import RegisterModelStep as RegisterModelStep
    from .steps.repack_model import RepackModelStep as RepackModelStep
    from .steps.service_job import JobStep as JobStep
    from .steps.step import Step as Step
    from .steps.step import StepScope as StepScope
    from .steps.training import TrainingStep as TrainingStep
    from .steps.training_job import Channel as Channel
    from .steps.training_job import Checkpoints as Checkpoints
    from .steps.transform import TransformInput as TransformInput
    from .steps.transform import TransformStep as TransformStep
    from .steps.tuning import Objective as Objective
    from .steps.tuning import TrainingDefinition as TrainingDefinition
    from .steps.tuning import TuningStep as TuningStep
    from .steps.tuning import WarmStart as WarmStart
    from .steps.tuning_ranges import CategoricalRange as CategoricalRange
    from .steps.tuning_ranges import ContinuousRange as ContinuousRange
    from .steps.tuning_ranges import IntegerRange as IntegerRange
    from .team.plugin import TeamRules as TeamRules

_HOMES = {
    "assets": ("Handler", "Image", "S3Prefix", "Script", "SourceDir"),
    "iam.trust": ("Trust",),
    "imported": ("ImportedPipeline", "PipelineGrants"),
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
        "Not",
        "Or",
        "ParallelismConfig",
        "Parameter",
        "PipelineError",
        "PropertyFile",
        "RetryPolicy",
        "StepGraph",
    ),
    "pipeline": ("Pipeline",),
    "steps.auto_ml": ("AutoMLInput", "AutoMLStep"),
    "steps.callback": ("CallbackStep",),
    "steps.clarify_analysis": (
        "ClarifyDataset",
        "DataBiasCheck",
        "ExplainabilityCheck",
        "Facet",
        "ModelBiasCheck",
        "Predictor",
        "Shap",
    ),
    "steps.clarify_check": ("ClarifyCheckStep",),
    "steps.cleanup": ("CleanupSource", "CleanupStep"),
    "steps.condition": ("Branch", "ConditionStep"),
    "steps.containers": ("ModelContainer",),
    "steps.emr": ("ClusterConfig", "EMRStep"),
    "steps.emr_cluster": ("EmrCluster",),
    "steps.emr_instances": ("InstanceFleet", "InstanceGroup"),
    "steps.emr_serverless": ("EMRServerlessStep", "HiveQuery", "SparkSubmit"),
    "steps.emr_serverless_application": ("EmrServerlessApplication",),
    "steps.endpoint": ("EndpointStep",),
    "steps.endpoint_config": ("AsyncInference", "EndpointConfigStep", "ProductionVariant", "ServerlessInference"),
    "steps.fail": ("FailStep",),
    "steps.for_each": ("ForEachStep",),
    "steps.group": ("StepGroup",),
    "steps.inference_component": ("InferenceComponentStep",),
    "steps.lambda_": ("LambdaStep",),
    "steps.lineage": ("LineageAction", "LineageArtifact", "LineageAssociation", "LineageContext", "LineageStep"),
    "steps.model": ("ModelStep",),
    "steps.monitored_transform": ("MonitoredTransform",),
    "steps.notebook_job": ("NotebookJobStep",),
    "steps.processing": ("ProcessingStep", "PropertyFileReference"),
    "steps.processing_job": ("ProcessingInput", "ProcessingOutput"),
    "steps.quality_check": ("DataQualityCheck", "DatasetFormat", "ModelQualityCheck", "QualityCheckStep"),
    "steps.raw": ("RawStep",),
    "steps.register_model": ("DriftCheckBaselines", "ModelMetrics", "RegisterModelStep"),
    "steps.repack_model": ("RepackModelStep",),
    "steps.service_job": ("JobStep",),
    "steps.step": ("Step", "StepScope"),
    "steps.training": ("TrainingStep",),
    "steps.training_job": ("Channel", "Checkpoints"),
    "steps.transform": ("TransformInput", "TransformStep"),
    "steps.tuning": ("Objective", "TrainingDefinition", "TuningStep", "WarmStart"),
    "steps.tuning_ranges": ("CategoricalRange", "ContinuousRange", "IntegerRange"),
    "team.plugin": ("TeamRules",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f".{_HOME[name]}", __name__), name)
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
