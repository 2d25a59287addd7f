"""What a compute policy does not allow, and what of it is only known later."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cdk_sagemaker_pipelines.team.compute import POLICY, UNDECIDED, Allowed, judge
from tests.team.support import PLACE, branch, definition, get, parameter, told, training, tuning

WHO = "(the policy)"


def judged(*steps: dict[str, Any], parameters: Any = (), parallelism: int | None = None, **limits: Any) -> Any:
    found = list(
        judge([Allowed("the policy", **limits)], definition(*steps, parameters=parameters), PLACE, parallelism)
    )
    assert all((finding.code == POLICY) == (finding.level == "error") for finding in found)
    assert {finding.code for finding in found} <= {POLICY, UNDECIDED}
    return [(step, where, text.removesuffix(f" {WHO}")) for step, where, text in told(found)]


def queued(name: str, count: int, kind: Any) -> dict[str, Any]:
    """A callback that queues a training job; the type is an argument of its own."""
    request = training("", None, count)["Arguments"]
    arguments = {"serviceJobType": "SAGEMAKER_TRAINING", "serviceRequestPayload": json.dumps(request)}
    return {"Name": name, "Type": "Callback", "Arguments": {**arguments, "/ResourceConfig/InstanceType": kind}}


# -- instance types


def test_types_are_those_allowed() -> None:
    allowed = ("ml.m5.*", "ml.g5.xlarge")
    steps = (training("A", "ml.m5.4xlarge"), training("B", "ml.g5.xlarge"), training("C", "ml.p4d.24xlarge"))
    (found,) = judged(*steps, instance_types=allowed)
    text = "'ml.p4d.24xlarge' is not allowed; allowed are 'ml.m5.*', 'ml.g5.xlarge'"
    assert found == ("C", "ResourceConfig.InstanceType", text)


def test_each_choice_of_a_parameter_is_compared() -> None:
    kinds = parameter("Type", EnumValues=["ml.m5.large", "ml.p5.48xlarge"], DefaultValue="ml.m5.large")
    (found,) = judged(training("A", get("Type")), parameters=(kinds,), instance_types=("ml.m5.*",))
    assert found[2] == "'ml.p5.48xlarge' is not allowed; allowed are 'ml.m5.*'"


def test_the_default_of_an_open_parameter_is_compared_and_the_rest_is_left_to_iam() -> None:
    limits: Any = {"instance_types": ("ml.m5.*",)}
    wrong = parameter("Type", DefaultValue="ml.p5.48xlarge")
    (found,) = judged(training("A", get("Type")), parameters=(wrong,), **limits)
    assert found[2].startswith("'ml.p5.48xlarge' is not allowed")
    fine = parameter("Type", DefaultValue="ml.m5.large")
    (left,) = judge(
        [Allowed("the policy", **limits)], definition(training("A", get("Type")), parameters=(fine,)), PLACE, None
    )
    assert (left.code, left.level, left.step) == (UNDECIDED, "warning", "A")
    assert left.text == (
        "the type is parameter 'Type', for which a start may give any value; give it enum_values; IAM refuses other "
        "types when the job is created (the policy)"
    )


def test_what_iam_does_not_refuse_must_be_known() -> None:
    """The service-linked role of Batch creates the jobs of a pool, not the role of the pipeline."""
    fine = parameter("Type", DefaultValue="ml.m5.large")
    ((step, _, text),) = judged(queued("Q", 1, get("Type")), parameters=(fine,), instance_types=("ml.m5.*",))
    assert step == "Q"
    assert "nothing refuses other types when the job is created: write a literal instead of a parameter" in text
    assert judged(queued("Q", 1, "ml.m5.large"), instance_types=("ml.m5.*",)) == []


def _hidden() -> dict[str, dict[str, Any]]:
    """Requests of queued jobs that the function of a pool would submit, though nobody can read them before."""
    plain = {"serviceJobType": "SAGEMAKER_TRAINING"}
    text = json.dumps(training("", "ml.p4d.24xlarge")["Arguments"])
    join = {"Std:Join": {"On": "", "Values": [text]}}
    small = json.dumps(training("", "ml.m5.large")["Arguments"])
    return {
        "parameter": {**plain, "serviceRequestPayload": get("Payload")},
        "join": {**plain, "serviceRequestPayload": join},
        "kind": {"serviceJobType": get("Kind"), "serviceRequestPayload": text},
        "replaced": {**plain, "serviceRequestPayload": small, "/ResourceConfig/InstanceType": "ml.p4d.24xlarge"},
        "escaped": {**plain, "serviceRequestPayload": text.replace("p4d", "\\u00704d")},
    }


@pytest.mark.parametrize("arguments", _hidden().values(), ids=_hidden())
def test_a_queued_job_that_cannot_be_read_is_refused(arguments: dict[str, Any]) -> None:
    step = {"Name": "Q", "Type": "Callback", "Arguments": arguments}
    text = "the request of the queued job cannot be read, and nothing refuses it later: write it as literal JSON"
    assert judged(step, instance_types=("ml.m5.*",)) == [("Q", "serviceRequestPayload", text)]
    assert judged(step, max_gpus=8)
    assert judged(step, parallelism=8) == []


def test_instances_that_the_service_chooses() -> None:
    serverless = {"Name": "S", "Type": "Training", "Arguments": {"ServerlessJobConfig": {"JobType": "FineTuning"}}}
    auto = {"Name": "A", "Type": "AutoML", "Arguments": {}}
    limits: Any = {"instance_types": ("ml.m5.*",)}
    assert judged(serverless, auto, **limits) == [
        ("S", "ServerlessJobConfig", "the service chooses its instances, so that IAM refuses the job"),
        ("A", "Arguments", "the service chooses its instances, and IAM has no condition on them"),
    ]


def test_endpoints_are_compared_and_emr_is_not() -> None:
    variants = [{"VariantName": "v", "ModelName": "m", "InstanceType": "ml.p3.2xlarge"}]
    endpoint = {"Name": "E", "Type": "EndpointConfig", "Arguments": {"ProductionVariants": variants}}
    cluster = {"ClusterConfig": {"Instances": {"MasterInstanceType": "m5.xlarge"}}}
    emr = {"Name": "M", "Type": "EMR", "Arguments": cluster}
    assert [step for step, _, _ in judged(endpoint, emr, instance_types=("ml.m5.*",))] == ["E"]


@pytest.mark.parametrize("variants", ["ProductionVariants", "ShadowProductionVariants"])
def test_each_type_that_a_variant_may_take_is_compared(variants: str) -> None:
    pools = [{"InstanceType": "ml.m5.large", "Priority": 1}, {"InstanceType": "ml.p4d.24xlarge", "Priority": 2}]
    endpoint = {"Name": "E", "Type": "EndpointConfig", "Arguments": {variants: [{"InstancePools": pools}]}}
    (found,) = judged(endpoint, instance_types=("ml.m5.*",))
    assert found[:2] == ("E", f"{variants}[0].InstancePools[1].InstanceType")


def test_a_configuration_that_exists_already_is_a_doubt() -> None:
    config = {"Name": "C", "Type": "EndpointConfig", "Arguments": {"EndpointConfigName": "own"}}
    steps = [
        {"Name": name, "Type": "Endpoint", "Arguments": {"EndpointName": "e", "EndpointConfigName": name}}
        for name in ("own", "other")
    ]
    assert judged(config, *steps, instance_types=("ml.m5.*",)) == [
        (
            "other",
            "EndpointConfigName",
            "no step of the pipeline makes the configuration, so its instance types are not known",
        )
    ]


# -- times


def test_a_time_limit_is_needed_and_within_the_policy() -> None:
    steps = (training("A", seconds=3600), training("B", seconds=3601), training("C", seconds=None))
    assert judged(*steps, max_runtime=3600) == [
        ("B", "StoppingCondition.MaxRuntimeInSeconds", "is 3601 seconds; at most 3600 are allowed"),
        ("C", "StoppingCondition.MaxRuntimeInSeconds", "it has no time limit; at most 3600 seconds"),
    ]


def test_each_definition_of_a_tuning_has_its_time_limit() -> None:
    (found,) = judged(tuning("T", training("", seconds=10), training("", seconds=20)), max_runtime=10)
    assert found[:2] == ("T", "TrainingJobDefinitions[1].StoppingCondition.MaxRuntimeInSeconds")


def test_a_time_that_a_parameter_gives() -> None:
    open_to = parameter("Seconds", "Integer", DefaultValue=60)
    (found,) = judged(training("A", seconds=get("Seconds")), parameters=(open_to,), max_runtime=3600)
    assert found[2].endswith("IAM refuses more than 3600 seconds when the job is created")


def test_instances_are_kept_as_long_as_allowed() -> None:
    warm = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "KeepAlivePeriodInSeconds": 601}
    steps = (training("A"), training("B", arguments={"ResourceConfig": warm}))
    (found,) = judged(*steps, keep_alive=600)
    assert found == ("B", "ResourceConfig.KeepAlivePeriodInSeconds", "is 601 seconds; at most 600 are allowed")


# -- at once


def test_steps_and_gpus_at_once() -> None:
    steps = [training(name, "ml.g5.12xlarge") for name in "ABC"]
    assert judged(*steps, parallelism=3, max_gpus=8) == [
        (None, "", "12 GPUs can run at once, at most 8 are allowed: 'A' 4, 'B' 4, 'C' 4")
    ]
    assert judged(*steps, parallelism=2, max_gpus=8) == []
    policy = Allowed("the policy", parallelism=2)
    (found,) = judge([policy], definition(*steps), PLACE, 3)
    assert found.text == "parallelism is 3; at most 2 steps run at once (the policy)"


def test_executions_share_the_quotas() -> None:
    steps = (training("A", count=2), training("B", count=2, after=("A",)))
    quotas = {"ml.m5.large for training job usage": 5}
    assert judged(*steps, quotas=quotas, executions=2) == []
    ((_, _, text),) = judged(*steps, quotas=quotas, executions=3)
    assert text.startswith("6 instances can run at once in 3 executions, the quota")


def test_quotas_that_are_not_declared_are_one_warning() -> None:
    found = judged(training("A"), training("B", "ml.g5.xlarge"), quotas={"ml.p3.2xlarge for training job usage": 1})
    names = "'ml.g5.xlarge for training job usage', 'ml.m5.large for training job usage'"
    assert found == [(None, "", f"no quota is declared for {names}; 'smpipe quotas pull' reads them")]


def test_instance_hours() -> None:
    ((_, _, text),) = judged(training("A", count=3), max_instance_hours=2)
    assert text == "an execution can take 3.0 instance-hours, at most 2 are allowed: 'A' 3"


def test_a_cycle_is_not_judged_again() -> None:
    steps = (training("A", "ml.p4d.24xlarge", after=("B",)), training("B", after=("A",)))
    assert judged(*steps, max_gpus=0, quotas={}, max_instance_hours=0) == []


# -- several


def test_each_of_several_policies_must_hold() -> None:
    policies = [Allowed("outer", max_gpus=8), Allowed("inner", max_gpus=4)]
    (found,) = judge(policies, definition(training("A", "ml.g5.48xlarge")), PLACE, None)
    assert found.text.endswith("(inner)")
    (found,) = judge(policies[::-1], definition(training("A", "ml.g5.48xlarge")), PLACE, None)
    assert found.text.endswith("(inner)")


def test_the_innermost_policy_says_how_many_executions_there_are() -> None:
    outer = Allowed("outer", quotas={"ml.m5.large for training job usage": 2}, executions=2)
    assert list(judge([outer], definition(training("A")), PLACE, None)) == []
    (found,) = judge([outer, Allowed("inner", executions=3)], definition(training("A")), PLACE, None)
    assert found.text.startswith("3 instances can run at once in 3 executions")


def test_branches_do_not_run_together() -> None:
    steps = branch("If", [training("A", "ml.g5.12xlarge")], [training("B", "ml.g5.12xlarge")])
    assert judged(steps, max_gpus=4) == []


@pytest.mark.parametrize("limit", ["max_gpus", "max_instance_hours"])
def test_a_doubt_of_two_policies_is_reported_once(limit: str) -> None:
    most: Any = {limit: 1000}
    policies = [Allowed("outer", **most), Allowed("inner", **most)]
    counted = parameter("Count", "Integer", DefaultValue=1)
    step = training("A", "ml.g5.xlarge", get("Count"))
    assert len(list(judge(policies, definition(step, parameters=(counted,)), PLACE, None))) == 1
