"""Code of one's own that a pipeline calls: a function, and somebody who answers later."""

from __future__ import annotations

from typing import Any

from aws_cdk import Duration, Stack
from constructs import Construct

from cdk_sagemaker_pipelines import CallbackStep, LambdaHandler, LambdaStep, Parameter, Pipeline
from tests.gallery.reasons import acknowledge_no_access_logs


class CallbackStack(Stack):
    """Waits until a worker has judged somebody."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        pipeline = Pipeline(self, "Pipeline")
        review = CallbackStep(
            pipeline,
            "Review",
            inputs={"who": Parameter.string("Who", default="me")},
            outputs={"score": "Float", "name": "String"},
        )
        review.add_worker(LambdaHandler("code/review.py", timeout=Duration.seconds(30)))
        LambdaStep(
            pipeline,
            "Tell",
            handler=LambdaHandler("code/tell.py"),
            inputs={"name": review.output("name"), "score": review.output("score")},
            outputs={"told": "String"},
        )
        pipeline.acknowledge_wildcards()
        acknowledge_no_access_logs(self)


class QueueStack(Stack):
    """Waits until anybody who takes messages from the queue has answered."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        pipeline = Pipeline(self, "Pipeline")
        CallbackStep(pipeline, "Ask", inputs={"question": "how many?"}, outputs={"count": "Integer"})
        pipeline.acknowledge_wildcards()
        acknowledge_no_access_logs(self)


class LambdaStack(Stack):
    """Counts the letters of a name."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        pipeline = Pipeline(self, "Pipeline")
        LambdaStep(
            pipeline,
            "Count",
            handler=LambdaHandler("code/count.py"),
            inputs={"name": f"x-{Parameter.string('Name', default='me')}"},
            outputs={"letters": "Integer", "version": "String"},
        )
        pipeline.acknowledge_wildcards()
        acknowledge_no_access_logs(self)
