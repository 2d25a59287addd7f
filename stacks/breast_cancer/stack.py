"""The pipeline of the second example: steps of all thirteen classic types."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aws_cdk import CfnOutput, Duration, RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk_sagemaker_pipelines import (
    CacheConfig,
    CallbackStep,
    ClarifyCheckStep,
    ClarifyDataset,
    ClarifyModel,
    ClarifyShap,
    ClusterConfig,
    ConditionStep,
    ContinuousRange,
    DataQualityCheck,
    DatasetFormat,
    DriftCheckBaselines,
    EmrInstanceGroup,
    EMRStep,
    ExecutionVariables,
    ExplainabilityCheck,
    FailStep,
    Image,
    IntegerRange,
    LambdaHandler,
    LambdaStep,
    ModelPackageGroup,
    ModelStep,
    Objective,
    Parameter,
    Pipeline,
    ProcessingStep,
    QualityCheckStep,
    RegisterModelStep,
    S3Location,
    Script,
    SourceDir,
    TrainingDefinition,
    TrainingStep,
    TransformInput,
    TransformStep,
    TuningStep,
)

from .surroundings import OneZoneStack, acknowledge_service_role, network, private

JOBS = Path(__file__).parent / "jobs"
FUNCTIONS = Path(__file__).parent / "functions"

FEATURES = ["radius", "texture", "perimeter", "area", "smoothness", "compactness"]
FEATURES += ["concavity", "concave_points", "symmetry", "fractal_dimension"]
"""The columns after the first, which is 1 for a malignant tumour."""


class BreastCancerStack(OneZoneStack):
    """Trains a model that distinguishes malignant from benign tumours.

    The data is split and its quality is checked. A first model, which asks a single question, is the baseline; a real
    one is tuned. If the tuned model is good enough and better than the baseline, the reasons for its predictions are
    checked and a reviewer approves it; it is registered, together with the baselines for the checks of the next run,
    and applied; its answers are added to the history, and the result is announced. Otherwise the execution fails and
    says why.

    The first run has nothing to compare with, so the parameter ``NewBaseline`` is true by default; later runs with
    ``NewBaseline=false`` compare with the latest approved version.

    Costs on AWS: the jobs while they run, and nothing between executions. The Spark job gets a cluster of its own (two
    m5.xlarge for some ten minutes) that ends with it, in a network that is free of charge.

    ``models_removal_policy``: whether the registered versions are deleted with the stack, approved ones, too.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        models_removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, construct_id, **kwargs)

        instance_type = Parameter.string("InstanceType", default="ml.m5.large")
        min_auc = Parameter.float("MinAuc", default=0.95)
        new_baseline = Parameter.boolean("NewBaseline", default=True)
        sklearn = Image.sklearn("1.2-1")

        logs = s3.Bucket(self, "AccessLogs", **private())
        artifacts = s3.Bucket(self, "Artifacts", server_access_logs_bucket=logs, **private())
        group = ModelPackageGroup(
            self,
            "Models",
            model_package_group_name="breast-cancer",
            removal_policy=models_removal_policy,
            delete_approved_versions=models_removal_policy == RemovalPolicy.DESTROY,
        )

        pipeline = Pipeline(
            self,
            "Pipeline",
            pipeline_name="BreastCancer",
            description="Tunes the breast cancer model; registers, applies and announces it when it is good enough",
            artifacts=artifacts,
            cache=CacheConfig(Duration.days(30)),
        )
        # for both checks
        against: dict[str, Any] = {
            "model_package_group": group,
            "skip_check": new_baseline,
            "register_new_baseline": new_baseline,
            "instance_type": "ml.c5.xlarge",
        }

        # -- the data

        prepare = ProcessingStep(
            pipeline,
            "Prepare",
            image=sklearn,
            script=Script(JOBS / "prepare.py"),
            instance_type=instance_type,
            outputs=["train", "validation", "test", "batch"],
        )
        quality = QualityCheckStep(
            pipeline,
            "CheckData",
            check=DataQualityCheck(),
            dataset=prepare.output("train"),
            dataset_format=DatasetFormat.csv(header=False),
            **against,
        )

        # -- two models, and which is better

        training: dict[str, Any] = {
            "image": sklearn,
            "source": SourceDir(JOBS / "train", entry_point="train.py"),
            "instance_type": instance_type,
            "inputs": {name: prepare.output(name) for name in ("train", "validation")},
            "metric_definitions": {"validation:auc": "validation:auc=([0-9.]+)"},
        }
        baseline = TrainingStep(
            pipeline, "Baseline", hyperparameters={"trees": 1, "depth": 1}, depends_on=[quality], **training
        )
        tune = TuningStep(
            pipeline,
            "Tune",
            training=TrainingDefinition(
                objective=Objective.maximize("validation:auc"),
                ranges={
                    "trees": IntegerRange(20, 200),
                    "learning-rate": ContinuousRange(0.02, 0.5, scaling="Logarithmic"),
                },
                **training,
            ),
            max_jobs=4,
            max_parallel_jobs=2,
            random_seed=7,
            depends_on=[quality],
        )
        evaluate = ProcessingStep(
            pipeline,
            "Evaluate",
            image=sklearn,
            script=Script(JOBS / "evaluate.py"),
            instance_type=instance_type,
            inputs={"baseline": baseline.model_artifacts, "tuned": tune.best_model(), "test": prepare.output("test")},
            outputs=["report"],
        )
        report = evaluate.property_file("report", "evaluation.json")
        auc, to_beat = report.number("tuned.auc.value"), report.number("baseline.auc.value")

        check = ConditionStep(pipeline, "CheckAuc", condition=(auc >= min_auc) & (auc > to_beat))
        FailStep(
            check.else_steps,
            "TooInaccurate",
            message=f"the AUC is {auc}; it must be at least {min_auc} and above the baseline's {to_beat}",
        )

        # -- the better one: its reasons, its approval, its version

        good = check.if_steps
        served: dict[str, Any] = {
            "image": sklearn,
            "model_data": tune.best_model(),
            "source": SourceDir(JOBS / "inference", entry_point="inference.py"),
        }
        model = ModelStep(good, "CreateModel", **served)
        explain = ClarifyCheckStep(
            good,
            "CheckReasons",
            check=ExplainabilityCheck(
                ClarifyModel(model, instance_type="ml.m5.large", content_type="text/csv", accept_type="text/csv"),
                ClarifyShap(num_clusters=1, num_samples=100, seed=7),
            ),
            dataset=ClarifyDataset(prepare.output("validation"), headers=["malignant", *FEATURES], label="malignant"),
            **against,
        )
        review = CallbackStep(
            good,
            "Review",
            inputs={"auc": auc, "report": evaluate.output("report")},
            outputs={"approval": "String", "reviewer": "String"},
            depends_on=[explain],
        )
        review.add_worker(LambdaHandler(FUNCTIONS / "review.py"))
        register = RegisterModelStep(
            good,
            "Register",
            model_package_group=group,
            approval_status=review.output("approval"),
            drift_check_baselines=DriftCheckBaselines(
                model_data_statistics=quality.baseline_used_for_drift_check_statistics,
                model_data_constraints=quality.baseline_used_for_drift_check_constraints,
                explainability_constraints=explain.baseline_used_for_drift_check_constraints,
            ),
            **served,
        )

        # -- its use

        predict = TransformStep(
            good,
            "Predict",
            model=model,
            input=TransformInput(prepare.output("batch"), content_type="text/csv", split_type="Line"),
            instance_type=instance_type,
            accept="text/csv",
            assemble_with="Line",
            depends_on=[register],
        )
        history = S3Location(artifacts, "BreastCancer/history/")
        archive = EMRStep(
            good,
            "Archive",
            cluster_config=ClusterConfig(
                release_label="emr-7.10.0",
                primary=EmrInstanceGroup(instance_type="m5.xlarge"),
                core=EmrInstanceGroup(instance_type="m5.xlarge"),
                vpc=network(self, logs),
                vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
                logs=S3Location(artifacts, "BreastCancer/spark/"),
            ),
            args=[
                "spark-submit",
                Script(JOBS / "archive.py"),
                predict.output_path,
                history,
                ExecutionVariables.PIPELINE_EXECUTION_ID,
            ],
            reads=[predict.output_path],
            writes=[history],
        )
        LambdaStep(
            good,
            "Announce",
            handler=LambdaHandler(FUNCTIONS / "announce.py"),
            inputs={
                "version": register.model_package_arn,
                "auc": auc,
                "approval": review.output("approval"),
                "reviewer": review.output("reviewer"),
            },
            outputs={"message": "String"},
            depends_on=[archive],
        )

        pipeline.acknowledge_wildcards()
        acknowledge_service_role(self)

        CfnOutput(self, "PipelineName", value=pipeline.pipeline_name)
        CfnOutput(self, "ArtifactsBucket", value=artifacts.bucket_name)
