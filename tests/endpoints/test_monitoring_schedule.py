"""The template of a MonitoringSchedule, and what it refuses."""

# mypy: disable-error-code="arg-type"

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Template

from cdk_sagemaker_pipelines import (
    ClarifyCheckStep,
    ClarifyFacet,
    ClarifyModel,
    ComputePolicy,
    DataBiasCheck,
    DataCapture,
    DataQualityCheck,
    DataQualityMonitor,
    DatasetFormat,
    ExplainabilityMonitor,
    Image,
    ModelBiasCheck,
    ModelBiasMonitor,
    ModelEndpoint,
    ModelQualityMonitor,
    MonitoringSchedule,
    Pipeline,
    PipelineError,
    QualityCheckStep,
)

ENV = cdk.Environment(account="111122223333", region="eu-west-1")
HOURLY = events.Schedule.rate(cdk.Duration.hours(1))
IMAGE = "468650794304.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-model-monitor-analyzer"
CLARIFY = "131013547314.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-clarify-processing:1.0"
"""Of eu-west-1, https://docs.aws.amazon.com/sagemaker/latest/dg-ecr-paths/ecr-eu-west-1.html"""
FACET = ClarifyFacet("sex", ["F"])
CONFIG, TRUTH = "s3://monitor/analysis_config.json", "s3://monitor/truth/"


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk.App(analytics_reporting=False), "Stack", env=ENV)


def made(stack: cdk.Stack, **more: Any) -> MonitoringSchedule:
    given = {
        "endpoint": "line", "captured": "s3://captured/line/", "monitor": DataQualityMonitor(), "schedule": HOURLY,
        "output": "s3://reports/line/", "instance_type": "ml.m5.xlarge", **more,
    }  # fmt: skip
    return MonitoringSchedule(stack, "Monitor", **given)


def definition(stack: cdk.Stack, kind: str) -> dict[str, Any]:
    (found,) = Template.from_stack(stack).find_resources(f"AWS::SageMaker::{kind}JobDefinition").values()
    return dict(found["Properties"])


def served(stack: cdk.Stack, **more: Any) -> ModelEndpoint:
    given = {"group": "line", "endpoint_name": "line", "reads": ["s3://models/"], "instance_type": "ml.m5.large"}
    return ModelEndpoint(stack, "Endpoint", **{**given, **more})


def test_a_compute_policy_binds_its_instances(stack: cdk.Stack) -> None:
    ComputePolicy(instance_types=["ml.m5.large"]).apply(stack)
    made(stack)
    told = r"MonitoringSchedule 'Stack/Monitor': instance_type: 'ml.m5.xlarge' is not allowed; .*\[compute-policy\]"
    with pytest.raises(RuntimeError, match=told):
        Template.from_stack(stack)


def test_the_least_that_is_said(stack: cdk.Stack) -> None:
    schedule = made(stack)
    found = definition(stack, "DataQuality")
    name = found.pop("JobDefinitionName")
    found.pop("RoleArn")
    assert found == {
        "DataQualityAppSpecification": {
            "ImageUri": IMAGE, "Environment": {"publish_cloudwatch_metrics": "Enabled"},
        },
        "DataQualityJobInput": {
            "EndpointInput": {"EndpointName": "line", "LocalPath": "/opt/ml/processing/input/endpoint"}
        },
        "DataQualityJobOutputConfig": {
            "MonitoringOutputs": [
                {
                    "S3Output": {
                        "S3Uri": "s3://reports/line/", "LocalPath": "/opt/ml/processing/output",
                        "S3UploadMode": "EndOfJob",
                    }
                }
            ]
        },
        "JobResources": {"ClusterConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 20}},
    }  # fmt: skip
    (resource,) = Template.from_stack(stack).find_resources("AWS::SageMaker::MonitoringSchedule").values()
    assert resource["Properties"] == {
        "MonitoringScheduleName": schedule.monitoring_schedule_name,
        "MonitoringScheduleConfig": {
            "MonitoringJobDefinitionName": name,
            "MonitoringType": "DataQuality",
            "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"},
        },
    }
    assert name.startswith(f"{schedule.monitoring_schedule_name}-")


def test_everything_that_can_be_said(stack: cdk.Stack) -> None:
    key = kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:eu-west-1:111122223333:key/1a2b")
    schedule = made(
        stack,
        monitor=ModelQualityMonitor(
            "BinaryClassification", ground_truth=TRUTH, constraints="s3://monitor/constraints.json",
            inference_attribute="label", probability_attribute="p", probability_threshold=0.5,
            start_offset=cdk.Duration.days(1), end_offset=cdk.Duration.hours(6),
        ),
        instance_count=2, volume_size_in_gb=50, max_runtime=cdk.Duration.minutes(50), publish_metrics=False,
        captured_kms_key=key, output_kms_key=key, volume_kms_key=key, vpc=ec2.Vpc(stack, "Vpc", max_azs=2),
        encrypt_inter_container_traffic=True, image=Image.from_uri("111122223333.dkr.ecr.eu-west-1.amazonaws.com/m:1"),
    )  # fmt: skip
    cdk.Tags.of(schedule).add("team", "ml")
    found = definition(stack, "ModelQuality")
    assert found["ModelQualityAppSpecification"] == {
        "ImageUri": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/m:1",
        "Environment": {"publish_cloudwatch_metrics": "Disabled"},
        "ProblemType": "BinaryClassification",
    }
    assert found["ModelQualityBaselineConfig"] == {"ConstraintsResource": {"S3Uri": "s3://monitor/constraints.json"}}
    assert found["ModelQualityJobInput"] == {
        "EndpointInput": {
            "EndpointName": "line",
            "LocalPath": "/opt/ml/processing/input/endpoint",
            "InferenceAttribute": "label",
            "ProbabilityAttribute": "p",
            "ProbabilityThresholdAttribute": 0.5,
            "StartTimeOffset": "-P1D",
            "EndTimeOffset": "-PT6H",
        },
        "GroundTruthS3Input": {"S3Uri": TRUTH},
    }
    arn = "arn:aws:kms:eu-west-1:111122223333:key/1a2b"
    assert found["ModelQualityJobOutputConfig"]["KmsKeyId"] == arn
    assert found["JobResources"]["ClusterConfig"] == {
        "InstanceType": "ml.m5.xlarge", "InstanceCount": 2, "VolumeSizeInGB": 50, "VolumeKmsKeyId": arn,
    }  # fmt: skip
    assert found["StoppingCondition"] == {"MaxRuntimeInSeconds": 3000}
    network = found["NetworkConfig"]
    assert (network["EnableInterContainerTrafficEncryption"], len(network["VpcConfig"]["Subnets"])) == (True, 2)
    assert found["Tags"] == [{"Key": "team", "Value": "ml"}]


@pytest.mark.parametrize(
    ("monitor", "kind"),
    [
        (ModelBiasMonitor(CONFIG, ground_truth=TRUTH, features_attribute="f"), "ModelBias"),
        (ExplainabilityMonitor(CONFIG, model_name="line", features_attribute="f"), "ModelExplainability"),
    ],
    ids=["bias", "explainability"],
)
def test_what_clarify_does(stack: cdk.Stack, monitor: Any, kind: str) -> None:
    made(stack, monitor=monitor)
    found = definition(stack, kind)
    assert found[f"{kind}AppSpecification"]["ImageUri"] == CLARIFY
    assert found[f"{kind}AppSpecification"]["ConfigUri"] == CONFIG
    assert found[f"{kind}JobInput"]["EndpointInput"]["FeaturesAttribute"] == "f"
    assert ("GroundTruthS3Input" in found[f"{kind}JobInput"]) == (kind == "ModelBias")


def test_a_model_endpoint_says_where_it_captures_and_is_deleted_later(stack: cdk.Stack) -> None:
    made(stack, endpoint=served(stack, capture=DataCapture("s3://own/line/")), captured=None)
    template = Template.from_stack(stack)
    assert definition(stack, "DataQuality")["DataQualityJobInput"]["EndpointInput"]["EndpointName"] == "line"
    (endpoint,) = template.find_resources("Custom::SageMakerModelEndpoint")
    (schedule,) = template.find_resources("AWS::SageMaker::MonitoringSchedule").values()
    assert endpoint in schedule["DependsOn"]
    policies = template.find_resources("AWS::IAM::Policy")
    (policy,) = (one for name, one in policies.items() if name.startswith("Monitor"))
    assert ":s3:::own/line/*" in str(policy)


def check(stack: cdk.Stack, **more: Any) -> QualityCheckStep:
    return QualityCheckStep(
        Pipeline(stack, "Pipeline"), "Check", check=DataQualityCheck(), dataset="s3://line/train/",
        dataset_format=DatasetFormat.csv(), instance_type="ml.m5.large", model_package_group="line", **more,
    )  # fmt: skip


def test_the_baseline_is_where_the_step_writes_it(stack: cdk.Stack) -> None:
    made(stack, monitor=DataQualityMonitor(baseline=check(stack, output="s3://line/baseline")))
    assert definition(stack, "DataQuality")["DataQualityBaselineConfig"] == {
        "ConstraintsResource": {"S3Uri": "s3://line/baseline/constraints.json"},
        "StatisticsResource": {"S3Uri": "s3://line/baseline/statistics.json"},
    }


def test_other_settings_make_another_definition(stack: cdk.Stack) -> None:
    names = set()
    for count, team in ((1, "ml"), (2, "ml"), (1, "ml"), (1, "web")):  # CloudFormation cannot change its tags either
        one = cdk.Stack(cdk.App(analytics_reporting=False), "Stack", env=ENV)
        cdk.Tags.of(made(one, instance_count=count)).add("team", team)
        names.add(definition(one, "DataQuality")["JobDefinitionName"])
    assert len(names) == 3


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (HOURLY, "cron(0 * ? * * *)"),
        (events.Schedule.rate(cdk.Duration.days(1)), "cron(0 0 ? * * *)"),
        (events.Schedule.rate(cdk.Duration.hours(6)), "cron(0 0/6 ? * * *)"),
        (events.Schedule.cron(minute="0"), "cron(0 * ? * * *)"),
        (events.Schedule.cron(minute="0", hour="17"), "cron(0 17 ? * * *)"),
        (events.Schedule.cron(minute="0", hour="17/12"), "cron(0 17/12 ? * * *)"),
        (events.Schedule.expression("cron(0 5 ? * * *)"), "cron(0 5 ? * * *)"),
    ],
    ids=["rate_hour", "rate_day", "rate_6", "hour", "17", "17_12", "text"],
)
def test_when_it_runs(stack: cdk.Stack, schedule: events.Schedule, expected: str) -> None:
    made(stack, schedule=schedule)
    (found,) = Template.from_stack(stack).find_resources("AWS::SageMaker::MonitoringSchedule").values()
    config = found["Properties"]["MonitoringScheduleConfig"]["ScheduleConfig"]
    assert config == {"ScheduleExpression": expected}


ALLOWED = "; SageMaker starts monitoring only each hour, each day at a full hour of UTC"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda stack: {"schedule": events.Schedule.rate(cdk.Duration.minutes(30))}, "schedule is rate(30 minutes)"),
        (lambda stack: {"schedule": events.Schedule.rate(cdk.Duration.days(2))}, f"schedule is rate(2 days){ALLOWED}"),
        (lambda stack: {"schedule": events.Schedule.cron(minute="5")}, f"schedule is cron(5 * * * ? *){ALLOWED}"),
        (lambda stack: {"schedule": events.Schedule.cron(minute="0", hour="8-17")}, "schedule is cron(0 8-17 "),
        (lambda stack: {"schedule": events.Schedule.cron(minute="0", week_day="MON")}, "schedule is cron(0 * ? * MON"),
        (lambda stack: {"schedule": "hourly"}, "schedule takes events.Schedule.cron(minute='0', hour='2'), not"),
        (lambda stack: {"endpoint": 3}, "endpoint takes a ModelEndpoint or the name of an endpoint, not 3"),
        (lambda stack: {"captured": None}, "captured is needed with an endpoint that is given by name"),
        (lambda stack: {"monitor": "data"}, "monitor takes a DataQualityMonitor(...) or another monitor, not 'data'"),
        (lambda stack: {"instance_type": "ml.m5.xlrge"}, "instance_type: "),
        (lambda stack: {"instance_count": 0}, "instance_count takes 1 to 100, not 0"),
        (lambda stack: {"max_runtime": cdk.Duration.days(2)}, "max_runtime is 2 days; allowed are 1 to 86400"),
        (lambda stack: {"publish_metrics": "no"}, "publish_metrics takes True or False, not 'no'"),
        (lambda stack: {"encrypt_inter_container_traffic": 1}, "encrypt_inter_container_traffic takes True or False"),
        (lambda stack: {"endpoint": served(stack)}, "captured and captured_kms_key are for an endpoint that is given"),
        (
            lambda stack: {"endpoint": served(stack), "captured": None},
            "the endpoint 'Stack/Endpoint' captures nothing; give it capture=DataCapture(...)",
        ),
        (
            lambda stack: {
                "endpoint": served(stack, capture=DataCapture("s3://own/", captured=["Input"])), "captured": None,
            },
            "the endpoint 'Stack/Endpoint' must capture both 'Input' and 'Output'",
        ),
        (
            lambda stack: {
                "endpoint": served(stack, capture=DataCapture("s3://own/")), "captured": None,
                "monitor": ExplainabilityMonitor(CONFIG, model_name="line"),
            },
            "an ExplainabilityMonitor names a model, but the model of a ModelEndpoint has another name with each",
        ),
        (
            lambda stack: {"monitor": DataQualityMonitor(baseline=check(stack))},
            "baseline: the step 'Check' writes into another place in each execution; give it output=",
        ),
        (
            lambda stack: {"monitor": ModelQualityMonitor("Regression", TRUTH, baseline=check(stack))},
            "baseline: the step 'Check' makes a check of type DATA_QUALITY, not MODEL_QUALITY",
        ),
        (
            lambda stack: {"monitor": DataQualityMonitor(check(stack, output="s3://b/"), constraints="s3://c.json")},
            "give either baseline, or constraints and statistics",
        ),
        (lambda stack: {"monitor": DataQualityMonitor("s3://b/")}, "baseline takes the step that calculates it"),
        (lambda stack: {"monitor": ModelQualityMonitor("Regresion", TRUTH)}, "monitor: problem_type is 'Regresion'"),
        (
            lambda stack: {"monitor": ModelBiasMonitor(CONFIG, TRUTH, start_offset="1h")},
            "monitor: start_offset takes a Duration such as Duration.hours(6), not '1h'",
        ),
    ],
    ids=[
        "half_hour", "two_days", "minute", "range", "week", "text", "endpoint", "captured", "monitor", "type", "count",
        "runtime", "metrics", "encrypted", "both", "nothing", "input", "shap", "varying", "other_kind", "two",
        "no_step", "problem", "offset",
    ],
)  # fmt: skip
def test_what_is_refused(stack: cdk.Stack, change: Any, told: str) -> None:
    with pytest.raises(PipelineError) as error:
        made(stack, **change(stack))
    assert str(error.value).startswith(f"MonitoringSchedule 'Stack/Monitor': {told}")
    assert stack.node.try_find_child("Monitor") is None


def test_a_baseline_of_clarify_is_one_file(stack: cdk.Stack) -> None:
    pipeline, bias = Pipeline(stack, "Pipeline"), {"label_values_or_threshold": [1], "facet": [FACET]}
    given = {"dataset": "s3://line/train/", "instance_type": "ml.m5.large", "model_package_group": "line"}
    step = ClarifyCheckStep(pipeline, "Data", check=DataBiasCheck(**bias), output="s3://line/data/", **given)
    with pytest.raises(PipelineError, match="makes a check of type DATA_BIAS, not MODEL_BIAS"):
        made(stack, monitor=ModelBiasMonitor(CONFIG, TRUTH, baseline=step))
    predictor = ClarifyModel("line", "ml.m5.large")
    step = ClarifyCheckStep(
        pipeline, "Predictions", check=ModelBiasCheck(predictor=predictor, **bias), output="s3://line/bias/", **given
    )
    made(stack, monitor=ModelBiasMonitor(CONFIG, TRUTH, baseline=step))
    found = definition(stack, "ModelBias")["ModelBiasBaselineConfig"]
    assert found == {"ConstraintsResource": {"S3Uri": "s3://line/bias/analysis.json"}}
