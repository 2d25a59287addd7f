"""Compute policies on pipelines, stacks and stages: defaults, errors at synth, and which of several apply."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import aws_cdk as cdk
import pytest
from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam

from cdk_sagemaker_pipelines import (
    Checkpoints,
    ComputePolicy,
    ContinuousRange,
    DataQualityMonitor,
    Environment,
    Image,
    JobDefaults,
    ModelEndpoint,
    MonitoringSchedule,
    Objective,
    ParallelismConfig,
    Parameter,
    Pipeline,
    PipelineError,
    QueuedTrainingStep,
    StepGroup,
    TrainingDefinition,
    TrainingPool,
    TrainingStep,
    TransformInput,
    TransformStep,
    TuningStep,
    WarmPool,
)
from tests.ids import short
from tests.pipeline.support import Bench, pipeline, processing

JOB: dict[str, Any] = {"image": Image.xgboost("1.7-1"), "instance_type": "ml.m5.large"}
KEPT = Checkpoints("s3://flowers-checkpoints/fit/")


def arguments(made: Pipeline, name: str) -> Any:
    return next(step for step in made.definition.json["Steps"] if step["Name"] == name)["Arguments"]


def stack() -> cdk.Stack:
    return cdk.Stack(cdk.App(analytics_reporting=False), "Stack", env=cdk.Environment(region="eu-west-1"))


# -- what it gives to steps


def test_the_time_limit_of_jobs_that_have_none() -> None:
    scope = stack()
    ComputePolicy(max_runtime=Duration.hours(2)).apply(scope)
    made = Pipeline(scope, "Pipeline", job_defaults=JobDefaults(max_runtime=60))
    other = Pipeline(scope, "Other")
    TrainingStep(made, "Defaulted", **JOB)
    TrainingStep(other, "Open", **JOB)
    TrainingStep(other, "Own", max_runtime=30, **JOB)
    processing(other, "Prepare")
    TransformStep(other, "Apply", model="m", instance_type="ml.m5.large", input=TransformInput("s3://b/in/"))
    definition = TrainingDefinition(
        objective=Objective.minimize("validation:rmse"), ranges={"eta": ContinuousRange(0.1, 0.5)}, **JOB
    )
    TuningStep(other, "Tune", training=definition, max_jobs=2)
    limits = [arguments(made, "Defaulted"), *(arguments(other, name) for name in ("Open", "Own", "Prepare"))]
    limits.append(arguments(other, "Tune")["TrainingJobDefinition"])
    assert [each["StoppingCondition"] for each in limits] == [
        {"MaxRuntimeInSeconds": seconds} for seconds in (60, 7200, 30, 7200, 7200)
    ]
    assert "StoppingCondition" not in arguments(other, "Apply")


def test_spot_capacity_where_nothing_excludes_it() -> None:
    scope = stack()
    ComputePolicy(max_runtime=3600, spot=Duration.minutes(30)).apply(scope)
    made = Pipeline(scope, "Pipeline")
    run = Parameter.integer("Run", default=60)
    TrainingStep(made, "Spot", checkpoints=KEPT, **JOB)
    TrainingStep(made, "Short", checkpoints=KEPT, max_runtime=60, **JOB)
    TrainingStep(made, "Own", checkpoints=KEPT, max_wait=7200, **JOB)
    TrainingStep(made, "Lost", **JOB)
    TrainingStep(made, "Warm", checkpoints=KEPT, keep_alive_period=60, **JOB)
    warm = WarmPool(made, "Pool", keep_alive_period=60)
    TrainingStep(made, "Pooled", checkpoints=KEPT, warm_pool=warm, **JOB)
    TrainingStep(made, "Later", checkpoints=KEPT, max_runtime=run, **JOB)
    TrainingStep(made, "Refused", checkpoints=KEPT, overrides={"EnableManagedSpotTraining": False}, **JOB)
    on_spot = {}
    for step in made.definition.json["Steps"]:
        waits = step["Arguments"]["StoppingCondition"].get("MaxWaitTimeInSeconds")
        assert (waits is not None) == (step["Arguments"].get("EnableManagedSpotTraining") is True)
        if waits is not None:
            on_spot[step["Name"]] = waits
    assert on_spot == {"Spot": 5400, "Short": 1860, "Own": 7200}


def test_a_job_of_a_pool_is_not_on_spot() -> None:
    scope = stack()
    ComputePolicy(max_runtime=3600, spot=600).apply(scope)
    pool = TrainingPool(scope, "Pool", capacity={"ml.m5.large": 2})
    pool.add_team("a", guaranteed={"ml.m5.large": 1})
    made = Pipeline(scope, "Pipeline")
    QueuedTrainingStep(made, "Train", pool=pool, team="a", checkpoints=KEPT, **JOB)
    payload = arguments(made, "Train")["serviceRequestPayload"]
    assert '"MaxRuntimeInSeconds": 3600' in str(payload) or '"MaxRuntimeInSeconds":3600' in str(payload)
    assert "MaxWaitTimeInSeconds" not in str(payload)


def test_an_inner_policy_says_on_demand() -> None:
    scope = stack()
    ComputePolicy(max_runtime=3600, spot=600).apply(scope)
    made = Pipeline(scope, "Pipeline")
    ComputePolicy(spot=False).apply(made)
    TrainingStep(made, "Train", checkpoints=KEPT, **JOB)
    assert "EnableManagedSpotTraining" not in arguments(made, "Train")


def test_how_many_steps_run_at_once(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    ComputePolicy(parallelism=3).apply(bench.stack)
    open_to, own = pipeline(bench, "Open"), pipeline(bench, "Own", parallelism=ParallelismConfig(2))
    ComputePolicy(parallelism=5).apply(open_to)
    for scope in (open_to, own):
        processing(scope, f"Of{scope.node.id}")
    assert (open_to.parallelism, own.parallelism) == (3, 2)
    found = [
        each["Properties"]["ParallelismConfiguration"] for each in bench.resources("AWS::SageMaker::Pipeline").values()
    ]
    assert found == [{"MaxParallelExecutionSteps": 3}, {"MaxParallelExecutionSteps": 2}]


# -- what is refused at synth


def test_the_policies_of_an_app_a_stage_a_stack_and_a_pipeline_hold_together(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    ComputePolicy(max_gpus=0).apply(bench.app)
    ComputePolicy(instance_types=["ml.m5.*", "ml.g5.*"]).apply(bench.stack)
    made = pipeline(bench)
    ComputePolicy(instance_types=["ml.m5.*"], max_runtime=60).apply(made)
    TrainingStep(made, "Train", **{**JOB, "instance_type": "ml.g5.xlarge"})
    TrainingStep(made, "Long", max_runtime=61, **JOB)
    TrainingStep(pipeline(bench, "Beside"), "Fit", **{**JOB, "instance_type": "ml.p3.2xlarge"})
    told = "Arguments.ResourceConfig.InstanceType"
    assert sorted(bench.errors()) == sorted(
        [
            f"[Stack/Beside] step 'Fit': {told}: 'ml.p3.2xlarge' is not allowed; allowed are 'ml.m5.*', 'ml.g5.*' (the "
            "compute policy of 'Stack') [compute-policy] (at Stack/Beside/Fit)",
            "[Stack/Beside] 1 GPUs can run at once, at most 0 are allowed: 'Fit' 1 (the compute policy of the app) "
            "[compute-policy]",
            f"[Stack/Pipeline] step 'Train': {told}: 'ml.g5.xlarge' is not allowed; allowed are 'ml.m5.*' (the compute "
            "policy of 'Stack/Pipeline') [compute-policy] (at Stack/Pipeline/Train)",
            "[Stack/Pipeline] step 'Long': Arguments.StoppingCondition.MaxRuntimeInSeconds: is 61 seconds; at most 60 "
            "are allowed (the compute policy of 'Stack/Pipeline') [compute-policy] (at Stack/Pipeline/Long)",
            "[Stack/Pipeline] 1 GPUs can run at once, at most 0 are allowed: 'Train' 1 (the compute policy of the app) "
            "[compute-policy]",
        ]
    )


def test_an_override_does_not_get_around_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    made = pipeline(bench)
    ComputePolicy(instance_types=["ml.m5.*"], max_runtime=60).apply(made)
    TrainingStep(made, "Type", overrides={"ResourceConfig": {"InstanceType": "ml.m4.xlarge"}}, **JOB)
    TrainingStep(made, "Time", overrides={"StoppingCondition": {"MaxRuntimeInSeconds": 90}}, **JOB)
    assert [error.partition(": ")[0] for error in bench.errors()] == [
        "[Stack/Pipeline] step 'Type'",
        "[Stack/Pipeline] step 'Time'",
    ]


def test_an_imported_definition_is_judged_too(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    image = "141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-xgboost:1.7-1"
    request = {
        "AlgorithmSpecification": {"TrainingImage": image, "TrainingInputMode": "File"},
        "OutputDataConfig": {"S3OutputPath": "s3://sagemaker-eu-west-1-111122223333/x"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30},
    }
    document = {"Version": "2020-12-01", "Steps": [{"Name": "S", "Type": "Training", "Arguments": request}]}
    made = Pipeline.from_definition(bench.stack, "Pipeline", definition=document)
    ComputePolicy(max_runtime=60).apply(made)
    assert any("it has no time limit; at most 60 seconds" in error for error in bench.errors())


def test_a_role_of_the_users_own_is_doubted(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    role = iam.Role(bench.stack, "Role", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    made = pipeline(bench, role=role)
    ComputePolicy(max_runtime=60).apply(made)
    processing(made, "Prepare")
    messages = bench.app.synth().get_stack_by_name("Stack").messages
    (told,) = (each.entry.data for each in messages if "compute" in str(each.entry.data))
    assert str(told).startswith(
        "its role was passed in: what else lets that role create jobs is not bound by the compute policy"
    )


# -- what it refuses itself


def test_a_policy_comes_before_the_steps() -> None:
    scope = stack()
    made = Pipeline(scope, "Pipeline")
    ComputePolicy(max_gpus=1).apply(made)
    TrainingStep(made, "Train", **JOB)
    text = r"the steps of pipeline 'Stack/Pipeline' have taken their defaults already; apply the policy before"
    for place in (made, scope, cast("cdk.App", scope.node.root)):
        with pytest.raises(PipelineError, match=text):
            ComputePolicy(max_gpus=2).apply(place)


def test_where_it_cannot_be_applied() -> None:
    made = Pipeline(stack(), "Pipeline")
    with pytest.raises(PipelineError, match="'Stack/Pipeline/Group' is a part of a pipeline; apply it to the pipeline"):
        ComputePolicy(max_gpus=1).apply(StepGroup(made, "Group"))
    with pytest.raises(PipelineError, match="takes an app, a stage, a stack or a pipeline, not 'Stack'"):
        ComputePolicy(max_gpus=1).apply("Stack")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("inner", "told"),
    [
        (["ml.p3.*"], "none is allowed by both the compute policy of the app and the compute policy of 'Stack'"),
        (["ml.*.xlarge"], r"'ml.\*.xlarge' of the compute policy of 'Stack' and 'ml.m5.\*' of an outer policy overlap"),
    ],
    ids=["apart", "in-part"],
)
@pytest.mark.parametrize("outer_first", [True, False])
def test_policies_that_contradict_one_another(inner: list[str], told: str, outer_first: bool) -> None:
    scope = stack()
    both = [(ComputePolicy(instance_types=["ml.m5.*"]), scope.node.root), (ComputePolicy(instance_types=inner), scope)]
    first, second = both if outer_first else both[::-1]
    first[0].apply(first[1])  # type: ignore[arg-type]
    with pytest.raises(PipelineError, match=told):
        second[0].apply(second[1])  # type: ignore[arg-type]
    assert Pipeline(scope, "Pipeline").host.options.compute().limits.instance_types == tuple(
        first[0]._limits["instance_types"]
    )


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "give a limit, such as max_gpus=8"),
        ({"instance_types": ["ml.M5.large"]}, "did you mean 'ml.m5.large'?"),
        ({"instance_types": ["ml.m[45].large"]}, r"is not a pattern here; only '\*' matches any text"),
        ({"instance_types": []}, "takes a list such as"),
        ({"max_runtime": 0}, "max_runtime takes 1 to 2419200 seconds, not 0"),
        ({"max_runtime": Parameter.integer("Seconds")}, "max_runtime must be literal: it is also a condition in IAM"),
        ({"max_runtime": "1h"}, "max_runtime takes a Duration or whole seconds, not '1h'"),
        ({"spot": True}, "spot takes a Duration or whole seconds, not True"),
        ({"keep_alive": Duration.hours(7)}, "keep_alive takes 0 to 21600 seconds, not 25200"),
        ({"parallelism": 0}, "parallelism takes a number from 1 on, not 0"),
        ({"max_gpus": -1}, "max_gpus takes a number that is not negative, not -1"),
        ({"executions": 0}, "executions takes a number from 1 on, not 0"),
        ({"quotas": {"gpus": 1}}, "'gpus' is not a name such as 'ml.g5.xlarge for training job usage'"),
    ],
    ids=lambda value: short(value if isinstance(value, str) else next(iter(value), "nothing"), 40),
)
def test_limits_that_are_none(given: dict[str, Any], told: str) -> None:
    with pytest.raises(PipelineError, match=f"^ComputePolicy: .*{told}"):
        ComputePolicy(**given)


def test_a_policy_of_a_stage_reaches_its_pipelines_only() -> None:
    app = cdk.App(analytics_reporting=False)
    environment = Environment(name="Prod", account="111122223333", region="eu-west-1")
    stage, beside = environment.stage(app), environment.stage(app, "Prod2")
    ComputePolicy(max_runtime=60).apply(stage)
    limits = [Pipeline(cdk.Stack(scope, "Stack"), "P").host.options.compute().limits for scope in (stage, beside)]
    assert [each.max_runtime for each in limits] == [60, None]


# -- what is not a pipeline


def served(scope: cdk.Stack, instance_type: str) -> ModelEndpoint:
    return ModelEndpoint(scope, "Served", group="line", reads=["s3://models/"], instance_type=instance_type)


def test_the_instances_of_endpoints_and_monitoring() -> None:
    scope = stack()
    ComputePolicy(instance_types=["ml.m5.*"]).apply(scope)
    served(scope, "ml.p4d.24xlarge")
    MonitoringSchedule(
        scope, "Monitored", endpoint="line", captured="s3://captured/line/", monitor=DataQualityMonitor(),
        schedule=events.Schedule.rate(Duration.hours(1)), output="s3://reports/line/", instance_type="ml.c5.xlarge",
    )  # fmt: skip
    by = "is not allowed; allowed are 'ml.m5.*' (the compute policy of 'Stack') [compute-policy]"
    with pytest.raises(RuntimeError) as raised:
        scope.node.root.synth()  # type: ignore[attr-defined]
    found = str(raised.value)
    assert f"ModelEndpoint 'Stack/Served': instance_type: 'ml.p4d.24xlarge' {by}" in found
    assert f"MonitoringSchedule 'Stack/Monitored': instance_type: 'ml.c5.xlarge' {by}" in found


def test_an_endpoint_whose_type_the_deployment_gives() -> None:
    scope = stack()
    ComputePolicy(instance_types=["ml.m5.*"]).apply(scope)
    served(scope, cdk.CfnParameter(scope, "Type").value_as_string)
    with pytest.raises(RuntimeError, match="instance_type: known at the deployment only, when nothing refuses"):
        scope.node.root.synth()  # type: ignore[attr-defined]


def test_an_endpoint_that_is_allowed() -> None:
    scope = stack()
    ComputePolicy(instance_types=["ml.m5.*"], max_gpus=1).apply(scope)
    served(scope, "ml.m5.large")
    served(cdk.Stack(cast(cdk.App, scope.node.root), "Free"), "ml.p4d.24xlarge")
    scope.node.root.synth()  # type: ignore[attr-defined]
