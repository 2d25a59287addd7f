"""Queues and topics that exist already, and whose key is not said."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs

from cdk_sagemaker_pipelines import (
    AsyncInference,
    CallbackStep,
    EndpointConfigStep,
    Image,
    ModelStep,
    Pipeline,
    ProductionVariant,
)
from cdk_sagemaker_pipelines.iam.environment_json import KEY
from tests.pipeline.support import Bench, pipeline

QUEUE, TOPIC = "arn:aws:sqs:eu-west-1:111122223333:reviews", "arn:aws:sns:eu-west-1:111122223333:done"
KEY_ARN = "arn:aws:kms:eu-west-1:111122223333:key/1a2b"


def warnings(bench: Bench) -> list[str]:
    found = cdk.assertions.Annotations.from_stack(bench.stack).find_warning(
        "*", cdk.assertions.Match.string_like_regexp("(queue|topic)-key")
    )
    return [f"{warning.id}: {warning.entry.data}" for warning in found]


def asking(bench: Bench, *queues: sqs.IQueue) -> Pipeline:
    """A pipeline with two steps for each queue."""
    made = pipeline(bench)
    for number, queue in enumerate([*queues, *queues]):
        CallbackStep(made, f"Ask{number}", queue=queue)
    return made


def telling(bench: Bench, topic: sns.ITopic, errors: sns.ITopic | None = None) -> Pipeline:
    """A pipeline with an asynchronous endpoint that tells topics of its answers."""
    made = pipeline(bench)
    model = ModelStep(made, "Model", image=Image.sklearn("1.2-1"))
    answers = AsyncInference("s3://artifacts/answers/", success_topic=topic, error_topic=errors)
    variants = [ProductionVariant(model, instance_type="ml.m5.large")]
    EndpointConfigStep(made, "Config", variants=variants, async_inference=answers)
    return made


def used(bench: Bench) -> list[Any]:
    """The keys that roles may use."""
    return [
        statement["Resource"]
        for role in bench.resources("AWS::IAM::Role").values()
        for policy in role["Properties"].get("Policies", ())
        for statement in policy["PolicyDocument"]["Statement"]
        if "kms:" in str(statement["Action"])
    ]


def test_one_warning_for_each_queue(bench: Bench) -> None:
    by_arn = sqs.Queue.from_queue_arn(bench.stack, "Queue", QUEUE)
    fifo = sqs.Queue.from_queue_attributes(bench.stack, "Fifo", queue_arn=f"{QUEUE}.fifo", fifo=True)
    asking(bench, by_arn, fifo, sqs.Queue(bench.stack, "Own"))
    assert bench.errors() == []
    first, second = warnings(bench)
    assert first.startswith("/Stack/Pipeline/Ask0: ")
    assert f"the key of the queue '{QUEUE}' is not said where the queue is imported" in first
    assert "if it has one, say key_arn= in Queue.from_queue_attributes(...), or grant kms:Decrypt, " in first
    assert "kms:GenerateDataKey to the pipeline's role" in first
    assert "[queue-key]" in first
    assert second.startswith("/Stack/Pipeline/Ask1: ")


def test_one_warning_for_each_topic(bench: Bench) -> None:
    topic = sns.Topic.from_topic_arn(bench.stack, "Topic", TOPIC)
    telling(bench, topic, sns.Topic.from_topic_arn(bench.stack, "Again", TOPIC))
    assert bench.errors() == []
    (warning,) = warnings(bench)
    assert warning.startswith("/Stack/Pipeline/Config: ")
    assert f"the key of the topic '{TOPIC}' is not said where the topic is imported" in warning
    assert "say key_arn= in Topic.from_topic_attributes(...), or grant kms:Decrypt, kms:GenerateDataKey to " in warning
    assert "[topic-key]" in warning


@pytest.mark.parametrize("fifo", [None, True])
def test_the_key_of_a_queue_silences_it(bench: Bench, fifo: bool | None) -> None:
    arn = f"{QUEUE}.fifo" if fifo else QUEUE
    told = sqs.Queue.from_queue_attributes(bench.stack, "Told", queue_arn=arn, fifo=fifo, key_arn=KEY_ARN)
    # the same queue, imported before without
    asking(bench, sqs.Queue.from_queue_arn(bench.stack, "Queue", arn), told)
    assert bench.errors() == []
    assert warnings(bench) == []
    assert used(bench) == [KEY_ARN]


def test_the_key_of_a_topic_silences_it(bench: Bench) -> None:
    told = sns.Topic.from_topic_attributes(bench.stack, "Told", topic_arn=TOPIC, key_arn=KEY_ARN)
    telling(bench, sns.Topic.from_topic_arn(bench.stack, "Topic", TOPIC), told)
    assert bench.errors() == []
    assert warnings(bench) == []
    assert used(bench) == [KEY_ARN]


@pytest.mark.parametrize("keyed", [False, True])
def test_what_is_imported_of_the_app_has_the_key_that_the_app_knows(bench: Bench, keyed: bool) -> None:
    key = kms.Key(bench.stack, "Key") if keyed else None
    queue = sqs.Queue(bench.stack, "Own", encryption_master_key=key)
    topic = sns.Topic(bench.stack, "Topic", master_key=key)
    made = telling(bench, sns.Topic.from_topic_arn(bench.stack, "Told", topic.topic_arn))
    CallbackStep(made, "Ask", queue=sqs.Queue.from_queue_arn(bench.stack, "Queue", queue.queue_arn))
    assert bench.errors() == []
    assert warnings(bench) == []
    assert len(used(bench)) == 2 * keyed


def test_of_a_resource_without_a_construct_it_is_not_known(bench: Bench) -> None:
    bare = sqs.CfnQueue(bench.stack, "Bare")
    asking(bench, sqs.Queue.from_queue_arn(bench.stack, "Queue", bare.attr_arn))
    (warning,) = warnings(bench)
    assert "the key of the queue '${Bare.Arn}' is not said" in warning


def test_it_is_acknowledged_as_others_are(bench: Bench) -> None:
    made = asking(bench, sqs.Queue.from_queue_arn(bench.stack, "Queue", QUEUE))
    rule = cdk.Acknowledgment(id="cdk-sagemaker-pipelines:queue-key", reason="SQS's own encryption")
    cdk.Validations.of(made).acknowledge(rule)
    assert bench.errors() == []
    assert warnings(bench) == []


def test_the_template_keeps_it(bench: Bench) -> None:
    asking(bench, sqs.Queue.from_queue_arn(bench.stack, "Queue", QUEUE))
    (resource,) = bench.resources("AWS::SageMaker::Pipeline").values()
    assert resource["Metadata"][KEY]["Keyless"] == [QUEUE]
