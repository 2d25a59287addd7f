"""What decides on the way of a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aws_cdk import Stack
from constructs import Construct

from cdk_sagemaker_pipelines import (
    ConditionStep,
    Expression,
    FailStep,
    ForEachStep,
    Image,
    LambdaHandler,
    LambdaStep,
    Parameter,
    Pipeline,
    ProcessingStep,
    RawStep,
    Script,
    StepGroup,
    StepScope,
)
from tests.gallery.reasons import acknowledge_no_access_logs


class ConditionStack(Stack):
    """Fails when a report does not tell enough."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        pipeline = Pipeline(self, "Pipeline")
        least = Parameter.float("Least", default=0.5)
        report = ProcessingStep(
            pipeline,
            "Report",
            image=Image.sklearn("1.2-1"),
            script=Script("code/report.py"),
            instance_type="ml.m5.large",
            container_arguments=[Parameter.string("Metric", default="accuracy")],
            outputs=["report"],
        )
        accuracy = report.property_file("report", "report.json").number("metrics.accuracy")
        check = ConditionStep(pipeline, "Check", condition=accuracy >= least)
        LambdaStep(check.if_steps, "Tell", handler=LambdaHandler("code/tell.py"), inputs={"accuracy": accuracy})
        FailStep(check.else_steps, "TooLow", message=f"the accuracy {accuracy} is below {least}")
        pipeline.acknowledge_wildcards()
        acknowledge_no_access_logs(self)


class Search(StepGroup):
    """Tries depths, two at a time, and tells which is the best."""

    def __init__(
        self, scope: StepScope, construct_id: str, *, items: Sequence[dict[str, int]] | Expression[str], **options: Any
    ) -> None:
        super().__init__(scope, construct_id, **options)
        each = ForEachStep(self, "Each", items=items, max_concurrency=2)
        score = LambdaStep(
            each.body,
            "Score",
            handler=LambdaHandler("code/score.py"),
            inputs={"depth": each.item["depth"], "name": f"depth-{each.item['depth']}"},
            outputs={"score": "Integer", "name": "String"},
        )
        each.select_min_by(score.output("score"))
        found = {
            "best": each.selected(score).output_parameters["name"],
            "first": each.result(score, 0).output_parameters["name"],
            "count": each.properties.succeeded_step_count,
        }
        self.tell = LambdaStep(
            self, "Tell", handler=LambdaHandler("code/tell.py"), inputs=found, outputs={"told": "String"}
        )


class ForEachStack(Stack):
    """The same search twice, over items that are known and over those of a parameter."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        pipeline = Pipeline(self, "Pipeline")
        known = Search(pipeline, "Known", items=[{"depth": depth} for depth in (6, 2, 9, 7, 8)])
        Search(
            pipeline,
            "Given",
            items=Parameter.string("Items", default='[{"depth": 1}, {"depth": 3}]'),
            depends_on=[known],
        )
        pipeline.acknowledge_wildcards()
        acknowledge_no_access_logs(self)


class Prepare(StepGroup):
    """Writes rows and counts them."""

    def __init__(self, scope: StepScope, construct_id: str, *, rows: Expression[int], **options: Any) -> None:
        super().__init__(scope, construct_id, **options)
        job: dict[str, Any] = {"image": Image.sklearn("1.2-1"), "instance_type": "ml.m5.large"}
        write = ProcessingStep(
            self,
            "Write",
            **job,
            script=Script("code/write.py"),
            container_arguments=["--rows", f"{rows}"],
            outputs=["rows"],
        )
        self.count = ProcessingStep(
            self,
            "Count",
            **job,
            script=Script("code/count_rows.py"),
            inputs={"rows": write.output("rows")},
            outputs=["counts"],
        )


class ForEachChainStack(Stack):
    """A chain of jobs for each item, whose outputs lie apart without a word about it."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        pipeline = Pipeline(self, "Pipeline")
        items = Parameter.string("Items", default='[{"rows": 2}, {"rows": 5}]')
        each = ForEachStep(pipeline, "Each", items=items, max_concurrency=2)
        prepare = Prepare(each.body, "Prepare", rows=each.item["rows"])
        counts = [
            each.result(prepare.count, index).processing_output_config.outputs["counts"].s3_output.s3_uri
            for index in (0, 1)
        ]
        LambdaStep(
            pipeline,
            "Tell",
            handler=LambdaHandler("code/tell.py"),
            inputs={"first": counts[0], "second": counts[1]},
            outputs={"told": "String"},
        )
        pipeline.acknowledge_wildcards()
        acknowledge_no_access_logs(self)


class TriggersStack(Stack):
    """What follows a step that fails, that is stopped, that has ended in any way."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        pipeline = Pipeline(self, "Pipeline")
        tell = LambdaHandler("code/tell.py")
        risky = ProcessingStep(
            pipeline,
            "Risky",
            image=Image.sklearn("1.2-1"),
            script=Script("code/write.py"),
            instance_type="ml.m5.large",
            container_arguments=["--rows", f"{Parameter.integer('Rows', default=3)}"],
            outputs=["rows"],
        )
        for name, follow in (("Failed", risky.on_failure), ("Stopped", risky.on_stop), ("Ended", risky.on_end)):
            follow(LambdaStep(pipeline, name, handler=tell))
        LambdaStep(pipeline, "Next", handler=tell, inputs={"rows": risky.output("rows")})
        pipeline.acknowledge_wildcards()
        acknowledge_no_access_logs(self)


class RawStack(Stack):
    """A step as the service takes it."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        pipeline = Pipeline(self, "Pipeline")
        first = LambdaStep(pipeline, "First", handler=LambdaHandler("code/tell.py"), outputs={"told": "String"})
        RawStep(
            pipeline,
            "Tell",
            step_type="Lambda",
            keys={
                "FunctionArn": first.lambda_function.function_arn,
                "OutputParameters": [{"OutputName": "told", "OutputType": "String"}],
            },
            step_arguments={"error": Parameter.string("Error", default=""), "who": "raw"},
        )
        pipeline.acknowledge_wildcards()
        acknowledge_no_access_logs(self)
