"""The pipelines of tests/goldens/newer.py, written with this library, and where they differ on purpose."""

from __future__ import annotations

from typing import Any

from cdk_sagemaker_pipelines import CallbackStep, Channel, ForEachStep, Parameter, Pipeline, TrainingStep
from tests.steps.sdk_calls import approvals
from tests.steps.sdk_pipelines import Place, scenario, train_on_xgboost


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
