"""What imported code is made of, by name: the classes of steps and of the values of their fields."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk

from ..assets import Image, LambdaHandler, S3Location, Script, SourceDir
from ..iam.trust import Trust
from ..language import CacheConfig, ExperimentConfig, MlflowConfig, ParallelismConfig, PropertyFile, RetryPolicy
from ..steps.base.job_defaults import JobDefaults
from ..steps.base.network import Network
from ..steps.base.step import Step
from ..steps.calls.callback import CallbackStep
from ..steps.calls.lambda_ import LambdaStep
from ..steps.checks.clarify_analysis import (
    ClarifyDataset,
    ClarifyFacet,
    ClarifyModel,
    ClarifyShap,
    DataBiasCheck,
    ExplainabilityCheck,
    ModelBiasCheck,
)
from ..steps.checks.clarify_check import ClarifyCheckStep
from ..steps.checks.quality_check import DataQualityCheck, DatasetFormat, ModelQualityCheck, QualityCheckStep
from ..steps.control.condition import ConditionStep
from ..steps.control.fail import FailStep
from ..steps.control.for_each import ForEachStep
from ..steps.emr.emr import ClusterConfig, EMRStep
from ..steps.emr.emr_serverless import EMRServerlessStep, HiveQuery, SparkSubmit
from ..steps.emr.instances import EmrInstanceFleet, EmrInstanceGroup
from ..steps.hosting.endpoint import EndpointStep
from ..steps.hosting.endpoint_config import AsyncInference, EndpointConfigStep, ProductionVariant, ServerlessInference
from ..steps.hosting.inference_component import InferenceComponentStep
from ..steps.jobs.auto_ml import AutoMLInput, AutoMLStep
from ..steps.jobs.datasets import AthenaDataset, FeatureGroupOutput, RedshiftDataset
from ..steps.jobs.distribution import MPI, MultiWorkerMirrored, ParameterServer, SMDataParallel, Torchrun
from ..steps.jobs.file_system import EfsSource, FsxLustreSource
from ..steps.jobs.instance_preference import InstancePreference
from ..steps.jobs.job import JobStep
from ..steps.jobs.notebook_job import NotebookJobStep
from ..steps.jobs.processing import ProcessingStep
from ..steps.jobs.processing_job import ProcessingInput, ProcessingOutput
from ..steps.jobs.queued_training import QueuedTrainingStep
from ..steps.jobs.repack_model import RepackModelStep
from ..steps.jobs.training import TrainingStep
from ..steps.jobs.training_job import Channel, Checkpoints
from ..steps.jobs.transform import TransformInput, TransformStep
from ..steps.jobs.tuning import Objective, TrainingDefinition, TuningStep, WarmStart
from ..steps.jobs.tuning_ranges import CategoricalRange, ContinuousRange, IntegerRange
from ..steps.models.model import ModelStep
from ..steps.models.model_container import ModelContainer, UncompressedModel
from ..steps.models.register_model import DriftCheckBaselines, ModelMetrics, RegisterModelStep
from ..steps.raw import RawStep
from ..steps.records.cleanup import CleanupSource, CleanupStep
from ..steps.records.lineage import LineageAction, LineageArtifact, LineageAssociation, LineageContext, LineageStep

STEPS: tuple[type[Step], ...] = (
    *(AutoMLStep, CallbackStep, CleanupStep, ConditionStep, EMRServerlessStep, EMRStep, EndpointConfigStep),
    *(EndpointStep, FailStep, ForEachStep, InferenceComponentStep, JobStep, LambdaStep, LineageStep, ModelStep),
    *(ClarifyCheckStep, NotebookJobStep, RepackModelStep),
    *(
        ProcessingStep,
        QualityCheckStep,
        QueuedTrainingStep,
        RawStep,
        RegisterModelStep,
        TrainingStep,
        TransformStep,
        TuningStep,
    ),
)
VALUES: tuple[type, ...] = (
    *(AsyncInference, AthenaDataset, AutoMLInput, CacheConfig, CategoricalRange, Channel, Checkpoints, CleanupSource),
    *(ContinuousRange, DataQualityCheck, DatasetFormat, DriftCheckBaselines, EfsSource, ExperimentConfig),
    *(FeatureGroupOutput, FsxLustreSource, HiveQuery, Image, IntegerRange, LineageAction, LineageArtifact),
    *(ClarifyDataset, ClarifyFacet, ClarifyModel, ClarifyShap, ClusterConfig, DataBiasCheck, EmrInstanceFleet),
    *(EmrInstanceGroup, ExplainabilityCheck, JobDefaults, LambdaHandler, MPI, MlflowConfig, ModelBiasCheck, Network),
    *(MultiWorkerMirrored, ParallelismConfig, ParameterServer, SMDataParallel, Script, SourceDir, Torchrun),
    *(LineageAssociation, LineageContext, ModelContainer, ModelMetrics, ModelQualityCheck, Objective, ProcessingInput),
    *(ProcessingOutput, ProductionVariant, PropertyFile, RedshiftDataset, RetryPolicy, S3Location, ServerlessInference),
    *(InstancePreference, SparkSubmit, TrainingDefinition, TransformInput, Trust, UncompressedModel, WarmStart),
)
CLASSES: dict[str, Any] = {
    **{kind.__name__: kind for kind in (*STEPS, *VALUES, Step)},
    "Duration": cdk.Duration,
    "ec2": cdk.aws_ec2,
}
"""All of them, by the names that code calls them."""
