"""What starts a pipeline, and what is noticed of it."""

from __future__ import annotations

from typing import Any

from aws_cdk import Duration, RemovalPolicy, Stack, TimeZone
from aws_cdk import aws_events as events
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from cdk_sagemaker_pipelines import (
    ConditionStep,
    FailStep,
    LambdaHandler,
    LambdaStep,
    ModelPackageGroup,
    Parameter,
    Pipeline,
    PipelineDashboard,
    RunPipeline,
    from_event,
)
from tests.gallery.reasons import (
    acknowledge,
    acknowledge_bucket_notifications,
    acknowledge_no_access_logs,
    acknowledge_state_machine,
)


class StartsStack(Stack):
    """Started by files, approvals, schedules, events and a state machine; tells of failures."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        pipeline = Pipeline(self, "Pipeline")
        why = Parameter.string("Why", default="by-hand")
        rows = Parameter.integer("Rows", default=1)
        check = ConditionStep(pipeline, "Check", condition=rows >= 0)
        LambdaStep(check.if_steps, "Tell", handler=LambdaHandler("code/tell.py"), inputs={"why": why})
        FailStep(check.else_steps, "TooFew", message=f"{rows} rows")

        raw = s3.Bucket(self, "Raw", enforce_ssl=True, removal_policy=RemovalPolicy.DESTROY)
        given: dict[str, Any] = {"Why": from_event("$.detail.object.key")}
        pipeline.start_on_object_created("NewData", bucket=raw, prefix="raw/", suffix=".csv", parameters=given)
        group = ModelPackageGroup(self, "Models", model_package_group_name="starts")
        given = {"Why": from_event("$.detail.ModelPackageArn")}
        pipeline.start_on_model_approved("Approved", group=group, parameters=given)
        counted = events.EventPattern(source=["shop"], detail_type=["Counted"])
        pipeline.start_on_event("Counted", event_pattern=counted, parameters={rows: from_event("$.detail.rows")})
        weekly = scheduler.ScheduleExpression.cron(
            week_day="MON", hour="6", minute="30", time_zone=TimeZone.of("Europe/Berlin")
        )
        time = scheduler.ContextAttribute.scheduled_time
        pipeline.start_on_schedule("Weekly", schedule=weekly, parameters={"Why": time, "Rows": 7})
        daily = scheduler.ScheduleExpression.rate(Duration.days(1))
        pipeline.start_on_schedule("Daily", schedule=daily, parameters={"Why": "daily"}, enabled=False)

        topic = sns.Topic(self, "Failures", enforce_ssl=True)
        queue = sqs.Queue(self, "Told", encryption=sqs.QueueEncryption.SQS_MANAGED, enforce_ssl=True)
        topic.add_subscription(subscriptions.SqsSubscription(queue, raw_message_delivery=True))
        pipeline.notify(topic)
        pipeline.on_step_status_change("Steps", step="Tell")
        pipeline.metric_failed().create_alarm(self, "Alarm", threshold=1, evaluation_periods=1)
        PipelineDashboard(self, "Dashboard", pipeline=pipeline)

        run = RunPipeline(self, "Run", pipeline=pipeline, parameters={"Why": sfn.JsonPath.string_at("$.why")})
        machine = sfn.StateMachine(self, "Machine", definition_body=sfn.DefinitionBody.from_chainable(run))
        pipeline.acknowledge_wildcards()
        acknowledge_no_access_logs(self)
        acknowledge_bucket_notifications(self)
        acknowledge(self, "what is in it are dead letters and notices, which nobody takes again", "SQS3")
        acknowledge_state_machine(machine, "Starts-Pipeline")
