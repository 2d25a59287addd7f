"""A tuning whose best model gets its inference code; a notebook; a search by AutoML."""

import os
from pathlib import Path

import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks

from cdk_sagemaker_pipelines import (
    AutoMLStep,
    CategoricalRange,
    ContinuousRange,
    FailStep,
    Image,
    IntegerRange,
    ModelStep,
    NotebookJobStep,
    Objective,
    Parameter,
    Pipeline,
    RepackModelStep,
    SourceDir,
    TrainingDefinition,
    TuningStep,
)

HERE = Path(__file__).parent

app = cdk.App(analytics_reporting=False)
stack = cdk.Stack(app, "Searches", env=cdk.Environment(account="111122223333", region="eu-west-1"))
tuned = Pipeline(stack, "Tuned", pipeline_name="Tune-And-Repack")
tune = TuningStep(
    tuned,
    "Tune",
    training=TrainingDefinition(
        image=Image.sklearn("1.2-1"),
        source=SourceDir(HERE / "train", entry_point="train.py"),
        instance_type="ml.m5.large",
        hyperparameters={"far": Parameter.integer("Far", default=3)},
        metric_definitions={"loss": "loss=([0-9.]+)"},
        objective=Objective.minimize("loss"),
        ranges={
            "near": ContinuousRange(0, 6),
            "count": IntegerRange(1, Parameter.integer("Most", default=3)),
            "kind": CategoricalRange(["plain"]),
        },
    ),
    strategy="Random",
    max_jobs=3,
    max_parallel_jobs=2,
    random_seed=7,
)
repack = RepackModelStep(
    tuned,
    "Repack",
    model_data=tune.best_model(),
    source=SourceDir(HERE / "inference", entry_point="inference.py"),
)
ModelStep(
    tuned,
    "Model",
    image=Image.sklearn("1.2-1"),
    model_data=repack.model_artifacts,
    environment=repack.environment_of_model,
)

studied = Pipeline(stack, "Studied", pipeline_name="Search-And-Report")
search = AutoMLStep(studied, "Search", training="s3://data/train.csv", target_attribute="age")
ModelStep(studied, "Best", containers=[search.best_model])
report = NotebookJobStep(
    studied,
    "Report",
    notebook=HERE / "notebooks" / "report.ipynb",
    additional_files=[HERE / "notebooks" / "tools.py"],
    parameters={"best": search.best_candidate_name},
    image=Image.from_uri("819792524951.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-distribution-prod:3.2.0-cpu"),
    instance_type="ml.m5.large",
)
FailStep(studied, "Told", message=f"reported by {report.properties.training_job_name}")

if "acknowledged" in os.environ.get("NAG", ""):
    tuned.acknowledge_wildcards()
    studied.acknowledge_wildcards()
if "NAG" in os.environ:
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
app.synth()
