"""What happens to a trained model: it is created, registered and applied."""

from __future__ import annotations

from functools import partial
from typing import Any

from aws_cdk import DefaultStackSynthesizer, RemovalPolicy, Stack
from aws_cdk.aws_s3 import Bucket
from constructs import Construct

from cdk_sagemaker_pipelines import (
    ApprovalBus,
    DataQualityCheck,
    DatasetFormat,
    Image,
    LatestModelPackageStep,
    ModelPackageGroup,
    ModelStep,
    MonitoredTransform,
    Parameter,
    Pipeline,
    QualityCheckStep,
    RegisterModelStep,
    S3Location,
    SourceDir,
    StepScope,
    TrainingStep,
    TransformInput,
    TransformStep,
    UncompressedModel,
)
from tests.gallery.data import table
from tests.gallery.reasons import acknowledge, acknowledge_no_access_logs


def trained(scope: StepScope) -> TrainingStep:
    """A small model."""
    return TrainingStep(
        scope,
        "Train",
        image=Image.sklearn("1.2-1"),
        source=SourceDir("code/train", entry_point="train.py"),
        instance_type="ml.m5.large",
        hyperparameters={"depth": 3},
    )


def created(scope: StepScope, train: TrainingStep) -> ModelStep:
    """The model with its inference code."""
    return ModelStep(
        scope,
        "Create",
        image=Image.sklearn("1.2-1"),
        model_data=train.model_artifacts,
        source=SourceDir("code/inference", entry_point="inference.py"),
    )


class ModelsStack(Stack):
    """Trains a model, registers it, creates it and lets it answer a table."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        pipeline = Pipeline(self, "Pipeline")
        group = ModelPackageGroup(
            self,
            "Models",
            model_package_group_name="gallery",
            removal_policy=RemovalPolicy.DESTROY,
            delete_approved_versions=True,
        )
        train = trained(pipeline)
        RegisterModelStep(
            pipeline,
            "Register",
            image=Image.sklearn("1.2-1"),
            model_data=train.model_artifacts,
            source=SourceDir("code/inference", entry_point="inference.py"),
            model_package_group=group,
            approval_status=Parameter.string("Approval", default="Approved"),
        )
        TransformStep(
            pipeline,
            "Apply",
            model=created(pipeline, train),
            input=TransformInput(table(self, "numbers.csv"), content_type="text/csv", split_type="Line"),
            accept="text/csv",
            assemble_with="Line",
            instance_type="ml.m5.large",
            environment={"MOST": Parameter.string("Most", default="100")},
        )
        pipeline.publish("/gallery/models")
        approvals = ApprovalBus(self, "Approvals", producers=[self.account])
        acknowledge(group.forward_approvals(approvals), "nothing takes from a queue of dead letters", "SQS3")
        pipeline.acknowledge_wildcards()
        acknowledge_no_access_logs(self)


class UncompressedStack(Stack):
    """Trains a model that stays a folder of files, and lets it answer a table."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        pipeline = Pipeline(self, "Pipeline")
        train = TrainingStep(
            pipeline,
            "Train",
            image=Image.sklearn("1.2-1"),
            source=SourceDir("code/train", entry_point="train.py"),
            instance_type="ml.m5.large",
            hyperparameters={"depth": 3},
            output_compression="NONE",
        )
        model = ModelStep(
            pipeline,
            "Create",
            image=Image.sklearn("1.2-1"),
            model_data=UncompressedModel(train.model_artifacts),
            source=SourceDir("code/inference", entry_point="inference.py"),
        )
        TransformStep(
            pipeline,
            "Apply",
            model=model,
            input=TransformInput(table(self, "numbers.csv"), content_type="text/csv", split_type="Line"),
            accept="text/csv",
            assemble_with="Line",
            join_source="Input",
            output_filter="$[-1]",
            instance_type="ml.m5.large",
            environment={"MOST": Parameter.string("Most", default="100")},
        )
        pipeline.acknowledge_wildcards()
        acknowledge_no_access_logs(self)


class BatchInferenceStack(Stack):
    """Registers a model and lets the newest approved version of its group answer a table."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        artifacts = Bucket(self, "Artifacts", enforce_ssl=True, removal_policy=RemovalPolicy.RETAIN)
        pipeline = Pipeline(self, "Pipeline", artifacts=artifacts)
        group = ModelPackageGroup(
            self,
            "Models",
            model_package_group_name="batch",
            removal_policy=RemovalPolicy.DESTROY,
            delete_approved_versions=True,
        )
        register = RegisterModelStep(
            pipeline,
            "Register",
            image=Image.sklearn("1.2-1"),
            model_data=trained(pipeline).model_artifacts,
            source=SourceDir("code/inference", entry_point="inference.py"),
            model_package_group=group,
            approval_status="Approved",
        )
        latest = LatestModelPackageStep(pipeline, "Latest", model_package_group=group, depends_on=[register])
        # where the versions have their code
        assets = f"s3://cdk-{DefaultStackSynthesizer.DEFAULT_QUALIFIER}-assets-{self.account}-{self.region}/"
        TransformStep(
            pipeline,
            "Apply",
            model=ModelStep(pipeline, "Create", model_package=latest, reads=[S3Location(artifacts), assets]),
            input=TransformInput(table(self, "numbers.csv"), content_type="text/csv", split_type="Line"),
            accept="text/csv",
            instance_type="ml.m5.large",
        )
        pipeline.acknowledge_wildcards()
        acknowledge_no_access_logs(self)


class MonitoredTransformStack(Stack):
    """Checks a table before a model answers it."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        pipeline = Pipeline(self, "Pipeline")
        first_run = Parameter.boolean("FirstRun", default=True)
        MonitoredTransform(
            pipeline,
            "Score",
            check_first=True,
            transform=partial(
                TransformStep,
                model=created(pipeline, trained(pipeline)),
                input=TransformInput(table(self, "numbers.csv"), content_type="text/csv", split_type="Line"),
                accept="text/csv",
                instance_type="ml.m5.large",
            ),
            check=partial(
                QualityCheckStep,
                check=DataQualityCheck(),
                dataset_format=DatasetFormat.csv(header=False),
                instance_type="ml.c5.xlarge",
                model_package_group=ModelPackageGroup(self, "Models", model_package_group_name="monitored"),
                skip_check=first_run,
                register_new_baseline=first_run,
            ),
        )
        pipeline.acknowledge_wildcards()
        acknowledge_no_access_logs(self)
