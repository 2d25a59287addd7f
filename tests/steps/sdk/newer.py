"""The pipelines of tests/goldens/newer.py, written with this library, and where they differ on purpose."""

from __future__ import annotations

from typing import Any

from cdk_sagemaker_pipelines import (
    CallbackStep,
    Channel,
    CleanupSource,
    CleanupStep,
    ExecutionVariables,
    ForEachStep,
    Image,
    JobStep,
    Parameter,
    Pipeline,
    ProcessingStep,
    S3Location,
    TrainingStep,
)
from tests.steps.sdk.calls import approvals
from tests.steps.sdk.hosting import DAY, RETRIES, TAGS
from tests.steps.sdk.pipelines import Place, scenario, train_on_xgboost

EXECUTION = ExecutionVariables.PIPELINE_EXECUTION_ID


def train(scope: Any, name: str, **hyperparameters: Any) -> TrainingStep:
    return train_on_xgboost(
        scope,
        name,
        inputs={"train": Channel("s3://my-bucket/train", content_type="text/csv", input_mode="File")},
        hyperparameters=hyperparameters,
        max_runtime=3600,
        overrides={"OutputDataConfig": {"CompressionType": "GZIP"}},
    )


@scenario
def for_each(place: Place) -> Pipeline:
    pipeline = place.pipeline("ForEach")
    queue = approvals(pipeline)

    def tell(scope: Any, name: str, /, **inputs: Any) -> CallbackStep:
        return CallbackStep(scope, name, queue=queue, inputs=inputs)

    prefix = Parameter.string("Prefix", default="p")
    literal = ForEachStep(
        pipeline,
        "Literal",
        items=["x", 1, 2.5, True, prefix],
        max_concurrency=2,
        display_name="Each of these",
        description="five items",
    )
    tell(literal.body, "TellOne", item=literal.item)
    listed = ForEachStep(
        pipeline,
        "Listed",
        items=Parameter.string("Items", default='["a", "b"]'),
        max_concurrency=50,
        depends_on=[literal],
    )
    item = listed.item
    first = tell(listed.body, "First", name=item.name, deep=item.a.b["c"], joined=f"{prefix}-{item.name}")
    tell(listed.body, "Then", item=item).add_dependency(first)
    ask = CallbackStep(pipeline, "Ask", queue=queue, outputs={"depths": "String"}, depends_on=[listed])
    search = ForEachStep(pipeline, "Search", items=ask.output("depths"), max_concurrency=5)
    one = train(search.body, "TrainOne", max_depth=search.item.depth, num_round=50)
    search.select_min_by(one.properties.final_metric_data_list["validation:rmse"].value)
    tell(
        pipeline,
        "After",
        model=search.selected(one).model_artifacts.s3_model_artifacts,
        first=search.result(one, 0).model_artifacts.s3_model_artifacts,
        status=search.properties.status,
        items=search.properties.input_item_count,
        steps=search.properties.total_step_count,
        succeeded=search.properties.succeeded_step_count,
        failed=search.properties.failed_step_count,
        stopped=search.properties.stopped_step_count,
    )
    return pipeline


@scenario
def cleanup(place: Place) -> Pipeline:
    pipeline = place.pipeline("Cleanup")
    first = train(pipeline, "Train", num_round=50)
    prepare = ProcessingStep(
        pipeline,
        "Prepare",
        image=Image.from_uri("111122223333.dkr.ecr.us-east-1.amazonaws.com/tools:2"),
        instance_type="ml.m5.xlarge",
        outputs={"out": S3Location.from_uri("s3://my-bucket/out")},
    )
    clean = CleanupStep(
        pipeline, "Clean", sources=[first], display_name="Remove the model", description="it was a trial"
    )
    first.on_end(clean)
    uris = ["s3://my-bucket/out/a.csv", f"s3://my-bucket/out/{EXECUTION}/b.csv"]
    CleanupStep(pipeline, "CleanBoth", sources=[CleanupSource(prepare, uris), first], depends_on=[clean])
    return pipeline


@scenario
def job(place: Place) -> Pipeline:
    pipeline = place.pipeline("Job")
    data = Parameter.string("Data", default="s3://my-bucket/evaluation")
    source = {"S3DataSource": {"S3Uri": data, "S3DataType": "S3Prefix"}}
    evaluate = JobStep(
        pipeline,
        "Evaluate",
        category="AgentRFTEvaluation",
        schema_version="1.0.0",
        document={
            "InputDataConfig": [{"ChannelName": "evaluation", "DataSource": source}],
            "OutputDataConfig": {"S3OutputPath": f"s3://my-bucket/evaluated/{EXECUTION}/"},
            "EvaluationConfig": {"HyperParameters": {"top_p": "1.0"}},
        },
        display_name="Evaluate the agent",
        description="with a parameter",
        cache=DAY,
        retry_policies=RETRIES,
    )
    JobStep(
        pipeline,
        "Plain",
        category="DataTransformation",
        schema_version="1.0.0",
        document='{"InputDataConfig": []}',
        overrides=TAGS,
        depends_on=[evaluate],
    )
    CallbackStep(
        pipeline,
        "After",
        queue=approvals(pipeline),
        inputs={
            "arn": evaluate.properties.job_arn,
            "package": evaluate.properties.job_config_document["OutputModelPackageArn"],
        },
    )
    return pipeline
