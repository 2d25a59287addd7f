"""Each rule for teams: what it finds, where, and what satisfies it."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdk_sagemaker_pipelines.language import Definition, DefinitionError, Finding, PipelineError
from cdk_sagemaker_pipelines.team.quotas import read_quotas
from cdk_sagemaker_pipelines.team.rules import RULES, Subject, check
from tests.language.support import STEADY, corpus, corpus_document, document, json_values, mutated, places
from tests.team.support import IMAGE, PLACE, definition, found, get, parameter, told, training, tuning

NETWORK = {"VpcConfig": {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}}
KEY = "arn:aws:kms:eu-west-1:111122223333:key/1"


def processing(name: str = "P", **arguments: Any) -> dict[str, Any]:
    cluster = {"InstanceType": "ml.m5.large", "InstanceCount": 1, **arguments.pop("cluster", {})}
    request = {"ProcessingResources": {"ClusterConfig": cluster}, "RoleArn": "arn:aws:iam::1:role/r", **arguments}
    return {"Name": name, "Type": arguments.pop("Type", "Processing"), "Arguments": request}


def step(kind: str, **arguments: Any) -> dict[str, Any]:
    return {"Name": "S", "Type": kind, "Arguments": arguments}


# -- vpc


@pytest.mark.parametrize(
    ("outside", "where", "inside"),
    [
        (training("S"), "VpcConfig", training("S", arguments=NETWORK)),
        (processing("S"), "NetworkConfig.VpcConfig", processing("S", NetworkConfig=NETWORK)),
        (step("Model"), "VpcConfig", step("Model", **NETWORK)),
        (
            step("AutoML"),
            "AutoMLJobConfig.SecurityConfig.VpcConfig",
            step("AutoML", AutoMLJobConfig={"SecurityConfig": NETWORK}),
        ),
        (
            tuning("S", training("")),
            "TrainingJobDefinition.VpcConfig",
            tuning("S", training("", arguments=NETWORK)),
        ),
    ],
    ids=["training", "processing", "model", "auto-ml", "tuning"],
)
def test_a_job_without_a_vpc(outside: dict[str, Any], where: str, inside: dict[str, Any]) -> None:
    assert told(found("vpc", outside)) == [("S", where, "it does not run in a VPC")]
    assert found("vpc", inside) == []


def test_an_empty_network_does_not_count() -> None:
    assert len(found("vpc", training("S", arguments={"VpcConfig": {}}))) == 1


def test_each_definition_of_a_tuning_counts() -> None:
    several = tuning("S", training("", arguments=NETWORK), training(""))
    assert [finding.where for finding in found("vpc", several)] == ["Arguments.TrainingJobDefinitions[1].VpcConfig"]


def test_what_runs_no_job_needs_nothing() -> None:
    quiet = (step("Transform"), step("Lambda"), step("Fail"), step("Condition"))
    for code in ("vpc", "network-isolation", "inter-container-encryption", "latest-images", "max-runtime"):
        assert found(code, *quiet) == []


# -- keys


def test_a_job_without_keys() -> None:
    assert told(found("keys", training("S"))) == [
        ("S", "OutputDataConfig.KmsKeyId", "its outputs are not encrypted with a key of yours"),
        ("S", "ResourceConfig.VolumeKmsKeyId", "its volumes are not encrypted with a key of yours"),
    ]
    keyed = {
        "OutputDataConfig": {"S3OutputPath": "s3://b/p/", "KmsKeyId": KEY},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeKmsKeyId": KEY},
    }
    assert found("keys", training("S", arguments=keyed)) == []


def test_a_job_without_outputs_needs_no_key_for_them() -> None:
    assert [finding.where for finding in found("keys", processing())] == [
        "Arguments.ProcessingResources.ClusterConfig.VolumeKmsKeyId"
    ]


def test_disks_that_encrypt_themselves_take_no_key() -> None:
    assert [finding.where for finding in found("keys", training("S", "ml.g5.xlarge"))] == [
        "Arguments.OutputDataConfig.KmsKeyId"
    ]


# -- isolation and encryption


@pytest.mark.parametrize(
    ("code", "field", "off"),
    [
        ("network-isolation", "EnableNetworkIsolation", "its containers can reach networks"),
        (
            "inter-container-encryption",
            "EnableInterContainerTrafficEncryption",
            "the traffic between its instances is not encrypted",
        ),
    ],
    ids=["isolation", "encryption"],
)
def test_switches_that_must_be_on(code: str, field: str, off: str) -> None:
    later = "whether it is on is only known at run time"
    for value, text in ((False, off), (None, off), ("true", off), (get("On"), later)):
        step = training("S", count=2, arguments={field: value})
        assert told(found(code, step, parameters=[parameter("On", "Boolean")])) == [("S", field, text)]
    assert told(found(code, training("S", count=2))) == [("S", field, off)]
    assert found(code, training("S", count=2, arguments={field: True})) == []
    assert found(code, processing(cluster={"InstanceCount": 2}, NetworkConfig={field: True})) == []


def test_a_single_instance_has_no_traffic() -> None:
    groups = [{"InstanceType": "ml.m5.large", "InstanceCount": 1}] * 2
    one, several = training("S"), training("S", arguments={"ResourceConfig": {"InstanceGroups": groups}})
    assert found("inter-container-encryption", one) == []
    assert len(found("inter-container-encryption", several)) == 1
    assert len(found("inter-container-encryption", step("AutoML"))) == 1  # which chooses for itself
    counted = training("S", count=get("Count"))
    assert len(found("inter-container-encryption", counted, parameters=[parameter("Count", "Integer")])) == 1


# -- images


@pytest.mark.parametrize(
    ("uri", "moves"),
    [
        ("1.dkr.ecr.eu-west-1.amazonaws.com/train", True),
        ("1.dkr.ecr.eu-west-1.amazonaws.com/train:latest", True),
        ("1.dkr.ecr.${Token[AWS.Region.3]}.amazonaws.com/train:latest", True),
        ("registry:5000/train", True),
        ("1.dkr.ecr.eu-west-1.amazonaws.com/train:3", False),
        ("1.dkr.ecr.eu-west-1.amazonaws.com/train:latest-3", False),
        ("1.dkr.ecr.eu-west-1.amazonaws.com/train@sha256:0123", False),
        ("${Token[TOKEN.7]}", False),
    ],
    ids=["bare", "latest", "token-before", "port", "tag", "other-tag", "digest", "token"],
)
def test_images_without_a_pinned_version(uri: str, moves: bool) -> None:
    image = training("S", arguments={"AlgorithmSpecification": {"TrainingImage": uri}})
    text = f"the image {uri!r} has no pinned version: it is whatever was pushed last"
    expected = [("S", "AlgorithmSpecification.TrainingImage", text)] if moves else []
    assert told(found("latest-images", image)) == expected


@pytest.mark.parametrize(
    ("on", "values", "told_as"),
    [
        ("", ["x.com/i:latest"], "x.com/i:latest"),
        ("/", ["x.com", "i"], "x.com/i"),
        ("/", [get("P"), "i:latest"], "*/i:latest"),
        ("", [get("P"), "/i"], "*/i"),
        (":", [get("P"), "latest"], "*:latest"),
        ("/", [get("P"), "i:3"], ""),
        (":", ["x.com/i", get("P")], ""),
        ("", ["x.com/i", get("P")], ""),
        ("", [get("P"), "i"], ""),
    ],
    ids=["one", "bare", "latest", "bare-end", "tag", "version", "any-tag", "any-end", "any-start"],
)
def test_images_that_are_joined(on: str, values: list[Any], told_as: str) -> None:
    joined = {"Std:Join": {"On": on, "Values": values}}
    image = training("S", arguments={"AlgorithmSpecification": {"TrainingImage": joined}})
    text = f"the image {told_as!r} has no pinned version: it is whatever was pushed last"
    expected = [("S", "AlgorithmSpecification.TrainingImage", text)] if told_as else []
    assert told(found("latest-images", image, parameters=[parameter("P")])) == expected


def test_images_of_the_rules_of_debugger() -> None:
    of_aws = "929884845733.dkr.ecr.us-east-1.amazonaws.com/sagemaker-debugger-rules:latest"  # which has no other tag
    for name in ("DebugRuleConfigurations", "ProfilerRuleConfigurations"):
        rules = [{"RuleEvaluatorImage": of_aws}, {"RuleEvaluatorImage": "x.com/rules:latest"}]
        assert told(found("latest-images", training("S", arguments={name: rules}))) == [
            (
                "S",
                f"{name}[1].RuleEvaluatorImage",
                "the image 'x.com/rules:latest' has no pinned version: it is whatever was pushed last",
            )
        ]


def test_images_of_every_kind_of_container() -> None:
    containers = [{"Image": IMAGE}, {"Image": "x.com/a"}]
    places = [
        (processing("S", AppSpecification={"ImageUri": "x.com/a"}), "AppSpecification.ImageUri"),
        (step("Model", PrimaryContainer={"Image": "x.com/a"}), "PrimaryContainer.Image"),
        (step("Model", Containers=containers), "Containers[1].Image"),
        (
            step("RegisterModel", InferenceSpecification={"Containers": containers}),
            "InferenceSpecification.Containers[1].Image",
        ),
    ]
    for written, where in places:
        assert [finding.where for finding in found("latest-images", written)] == [f"Arguments.{where}"]


def test_an_image_that_is_a_parameter() -> None:
    image = training("S", arguments={"AlgorithmSpecification": {"TrainingImage": get("Image")}})
    assert len(found("latest-images", image, parameters=[parameter("Image", DefaultValue="x.com/a")])) == 1
    assert found("latest-images", image, parameters=[parameter("Image", DefaultValue="x.com/a:1")]) == []


def test_aws_images_without_versions_are_accepted() -> None:
    monitor = "468650794304.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-model-monitor-analyzer"
    checked = processing("S", AppSpecification={"ImageUri": monitor})
    assert found("latest-images", checked, place=replace(PLACE, image_repositories={monitor: None})) == []
    assert len(found("latest-images", checked)) == 1


# -- time


def test_a_job_without_a_time_limit() -> None:
    assert told(found("max-runtime", training("S", seconds=None))) == [
        ("S", "StoppingCondition.MaxRuntimeInSeconds", "it has no time limit")
    ]
    assert found("max-runtime", training("S")) == []
    assert found("max-runtime", training("S", seconds=get("Limit"))) == []
    assert [finding.where for finding in found("max-runtime", step("AutoML"))] == [
        "Arguments.AutoMLJobConfig.CompletionCriteria.MaxAutoMLJobRuntimeInSeconds"
    ]
    assert found("max-runtime", step("Transform")) == []  # its API takes none


# -- data


def reads(uri: Any) -> dict[str, Any]:
    source = {"DataSource": {"S3DataSource": {"S3Uri": uri, "S3DataType": "S3Prefix"}}, "ChannelName": "train"}
    return training("S", arguments={"InputDataConfig": [source]})


@pytest.mark.parametrize("uri", ["s3://lake", "s3://lake/"], ids=["bucket", "slash"])
def test_access_to_a_whole_bucket(uri: str) -> None:
    assert told(found("wildcard-data-access", reads(uri))) == [
        ("S", "InputDataConfig[0]", "its role gets s3:GetObject on all of bucket 'lake'")
    ]


def test_a_key_that_a_parameter_decides_whole() -> None:
    uri = {"Std:Join": {"On": "/", "Values": ["s3://${Token[TOKEN.3]}", get("Prefix")]}}
    assert told(found("wildcard-data-access", reads(uri))) == [
        ("S", "InputDataConfig[0]", "its role gets s3:GetObject on all of the bucket")
    ]


def test_access_below_a_prefix() -> None:
    below = {"Std:Join": {"On": "/", "Values": ["s3://lake/raw", get("Prefix")]}}
    for uri in ("s3://lake/raw/", "s3://lake/raw", below):
        assert found("wildcard-data-access", reads(uri)) == []


def test_writing_into_a_whole_bucket() -> None:
    written = training("S", arguments={"OutputDataConfig": {"S3OutputPath": "s3://models"}})
    (finding,) = found("wildcard-data-access", written)
    assert finding.text == "its role gets s3:AbortMultipartUpload, s3:PutObject on all of bucket 'models'"


# -- retries


def test_a_step_without_a_retry_on_throttling() -> None:
    policy = {"ExceptionType": ["Step.SERVICE_FAULT"], "MaxAttempts": 2}
    text = "no retry policy covers 'Step.THROTTLING'"
    for written in (training("S"), training("S", RetryPolicies=[policy])):
        assert told(found("throttling-retries", written)) == [("S", "RetryPolicies", text)]
    throttled = {"ExceptionType": ["Step.THROTTLING"], "MaxAttempts": 2}
    assert found("throttling-retries", training("S", RetryPolicies=[policy, throttled])) == []


def test_what_takes_no_retries_needs_none() -> None:
    for kind in ("Lambda", "Callback", "Condition", "Fail", "QualityCheck"):
        assert found("throttling-retries", step(kind)) == []


# -- instance types


ALLOWED = ("ml.m5.*", "ml.g5.xlarge")


def test_a_type_that_is_not_in_the_list() -> None:
    assert told(found("instance-types", training("S", "ml.p4d.24xlarge"), instance_types=ALLOWED)) == [
        (
            "S",
            "ResourceConfig.InstanceType",
            "'ml.p4d.24xlarge' is not allowed; allowed are 'ml.m5.*', 'ml.g5.xlarge'",
        )
    ]
    for name in ("ml.m5.large", "ml.m5.24xlarge", "ml.g5.xlarge"):
        assert found("instance-types", training("S", name), instance_types=ALLOWED) == []


def test_a_type_that_a_start_may_choose() -> None:
    written = training("S", get("Type"))
    free = parameter("Type", DefaultValue="ml.m5.large")
    assert told(found("instance-types", written, parameters=[free], instance_types=ALLOWED)) == [
        (
            "S",
            "ResourceConfig.InstanceType",
            "the type is parameter 'Type', for which a start may give any value; give it enum_values",
        )
    ]
    listed = {**free, "EnumValues": ["ml.m5.large", "ml.p3.2xlarge"]}
    (finding,) = found("instance-types", written, parameters=[listed], instance_types=ALLOWED)
    assert finding.text.startswith("'ml.p3.2xlarge' is not allowed")
    good = {**free, "EnumValues": ["ml.m5.large", "ml.g5.xlarge"]}
    assert found("instance-types", written, parameters=[good], instance_types=ALLOWED) == []


def test_types_of_groups_and_of_endpoints() -> None:
    groups = [{"InstanceType": name, "InstanceCount": 1} for name in ("ml.m5.large", "ml.p3.2xlarge")]
    grouped = training("S", arguments={"ResourceConfig": {"InstanceGroups": groups}})
    hosted = step("EndpointConfig", ProductionVariants=[{"InstanceType": "ml.p3.2xlarge"}, {"ServerlessConfig": {}}])
    for written, where in (
        (grouped, "ResourceConfig.InstanceGroups[1].InstanceType"),
        (hosted, "ProductionVariants[0].InstanceType"),
    ):
        (finding,) = found("instance-types", written, instance_types=ALLOWED)
        assert finding.where == f"Arguments.{where}"


def test_types_of_everything_else_that_runs() -> None:
    bad, good = {"InstanceType": "ml.p3.2xlarge"}, {"InstanceType": "ml.m5.large"}
    places = {
        "DebugRuleConfigurations[1].InstanceType": training("S", arguments={"DebugRuleConfigurations": [good, bad]}),
        "ProfilerRuleConfigurations[0].InstanceType": training("S", arguments={"ProfilerRuleConfigurations": [bad]}),
        "ShadowProductionVariants[0].InstanceType": step(
            "EndpointConfig", ProductionVariants=[good], ShadowProductionVariants=[bad]
        ),
    }
    clusters = {
        "InstanceGroups[1].InstanceType": {"InstanceGroups": [good, bad]},
        "InstanceFleets[0].InstanceTypeConfigs[1].InstanceType": {
            "InstanceFleets": [{"InstanceTypeConfigs": [good, bad]}]
        },
        "MasterInstanceType": {"MasterInstanceType": "ml.p3.2xlarge", "SlaveInstanceType": "ml.m5.large"},
    }
    for where, instances in clusters.items():
        places[f"ClusterConfig.Instances.{where}"] = step("EMR", ClusterConfig={"Instances": instances})
    for where, written in places.items():
        (finding,) = found("instance-types", written, instance_types=ALLOWED)
        assert finding.where == f"Arguments.{where}"


# -- limits


def test_more_gpus_than_allowed() -> None:
    steps = training("A", "ml.p4d.24xlarge"), training("B", "ml.g5.12xlarge"), training("C")
    assert told(found("max-gpus", *steps, max_gpus=8)) == [
        (None, "", "12 GPUs can run at once, at most 8 are allowed: 'A' 8, 'B' 4")
    ]
    assert found("max-gpus", *steps, max_gpus=12) == []
    assert found("max-gpus", *steps, max_gpus=8, parallelism=1) == []


def test_gpus_that_cannot_be_counted_are_a_warning() -> None:
    (finding,) = found("uncounted-gpus", training("A", "ml.g9.xlarge"), max_gpus=8)
    assert finding.level == "warning"
    assert str(finding).startswith("step 'A': Arguments.ResourceConfig.InstanceType: how many GPUs")


G5 = "ml.g5.xlarge for training job usage"


def test_more_instances_than_the_quota_allows() -> None:
    """Of the steps that can run at once; processing and spot have quotas of their own."""
    spot = {"EnableManagedSpotTraining": True}
    steps = (
        training("A", "ml.g5.xlarge", 2),
        training("B", "ml.g5.xlarge", 1),
        training("Later", "ml.g5.xlarge", 1, after=["A"]),
        training("Spot", "ml.g5.xlarge", 9, arguments=spot),
        processing("Look", cluster={"InstanceType": "ml.g5.xlarge", "InstanceCount": 9}),
        tuning("Tune", training("", "ml.g5.2xlarge", 2), MaxParallelTrainingJobs=3),
    )
    declared = {
        G5: 3,
        "ml.g5.xlarge for spot training job usage": 8,
        "ml.g5.xlarge for processing job usage": 9,
        "ml.g5.2xlarge for training job usage": 5,
    }
    assert [finding.text for finding in found("quotas", *steps, quotas=declared)] == [
        "6 instances can run at once, the quota 'ml.g5.2xlarge for training job usage' is 5: 'Tune' 6",
        "9 instances can run at once, the quota 'ml.g5.xlarge for spot training job usage' is 8: 'Spot' 9",
    ]
    assert [finding.text for finding in found("quotas", *steps[:3], quotas=declared, executions=2)] == [
        f"6 instances can run at once in 2 executions, the quota '{G5}' is 3: 'A' 2, 'B' 1"
    ]
    assert found("quotas", *steps[:3], quotas=declared, executions=2, parallelism=1)[0].text.startswith("4 instances")
    assert found("quotas", *steps, quotas={}) == []


def test_a_quota_that_is_not_declared_is_a_warning() -> None:
    type = parameter("Type", DefaultValue="ml.g5.xlarge")
    undeclared, uncounted = found("undeclared-quotas", training("A", get("Type")), parameters=[type], quotas={})
    assert (undeclared.level, undeclared.text) == ("warning", f"the quota '{G5}' is not declared")
    assert (uncounted.level, uncounted.step) == ("warning", "A")
    assert uncounted.text.startswith("is parameter 'Type', for which a start may give any value")


def test_a_job_that_waits_in_a_pool_counts() -> None:
    payload = json.dumps({"ResourceConfig": {"InstanceType": "ml.g5.xlarge", "InstanceCount": None}})
    told = {"serviceJobType": "SAGEMAKER_TRAINING", "serviceRequestPayload": payload}
    queued = step("Callback", **told, **{"/ResourceConfig/InstanceCount": 4})
    (finding,) = found("quotas", queued, quotas={G5: 3})
    assert finding.text == f"4 instances can run at once, the quota '{G5}' is 3: 'S' 4"


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ([], 'TeamRules: quotas must be by name, such as {"ml.g5.xlarge for training job usage": 4}'),
        ({G5: 1.5}, f"TeamRules: quotas: '{G5}' must be a number of instances, not 1.5"),
        (
            {"ml.g5.xlarge": 1},
            "TeamRules: quotas: 'ml.g5.xlarge' is not a name such as 'ml.g5.xlarge for training job usage'",
        ),
        ("none.json", "TeamRules: quotas: none.json cannot be read: No such file or directory"),
        ("bad.json", "TeamRules: quotas: bad.json is not JSON: Expecting value: line 1 column 1 (char 0)"),
    ],
    ids=["list", "half", "type", "missing", "no-json"],
)
def test_quotas_that_are_none(given: Any, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bad.json").write_text("none")
    with pytest.raises(PipelineError) as error:
        read_quotas("TeamRules", given)
    assert str(error.value) == text


def test_quotas_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "quotas.json"
    file.write_text(json.dumps({G5: 2}))
    assert (
        read_quotas("TeamRules", file)
        == read_quotas("TeamRules", str(file))
        == read_quotas("TeamRules", {G5: 2})
        == {G5: 2}
    )


def test_more_hours_than_allowed() -> None:
    steps = training("A", count=3), training("B", seconds=1800)
    assert told(found("max-instance-hours", *steps, max_instance_hours=2)) == [
        (None, "", "an execution can take 3.5 instance-hours, at most 2 are allowed: 'A' 3, 'B' 0.5")
    ]
    assert found("max-instance-hours", *steps, max_instance_hours=3.5) == []


def test_hours_without_a_bound_are_an_error_and_with_a_default_a_warning() -> None:
    (finding,) = found("unbounded-hours", training("A", seconds=None), max_instance_hours=2)
    assert (finding.level, finding.step) == ("error", "A")
    limit = parameter("Limit", "Integer", DefaultValue=60)
    (finding,) = found("unbounded-hours", training("A", seconds=get("Limit")), parameters=[limit], max_instance_hours=2)
    assert finding.level == "warning"


def test_a_cycle_is_reported_and_not_raised() -> None:
    steps = training("A", after=["B"]), training("B", after=["A"])
    (finding,) = found("max-gpus", *steps, max_gpus=1)
    assert finding.text.startswith("it cannot be judged: the steps wait for one another")


# -- all


def test_only_the_selected_rules_are_checked() -> None:
    subject = Subject(definition(training("A", seconds=None)), PLACE)
    assert check(subject, []) == []
    assert {finding.code for finding in check(subject, ["vpc", "max-runtime"])} == {"vpc", "max-runtime"}


@pytest.mark.parametrize("name", corpus())
def test_every_rule_reads_what_the_sdk_writes(name: str) -> None:
    limits: dict[str, Any] = {"instance_types": [], "max_gpus": 0, "max_instance_hours": 0, "quotas": {}}
    subject = Subject(Definition(corpus_document(name)), PLACE, **limits)
    assert [finding for finding in check(subject, list(RULES)) if "cannot be judged" in finding.text] == []


@pytest.mark.parametrize("value", [{}, [], [[1]], 1, True, None, "x", {"Get": 5}])
def test_no_rule_raises_for_odd_values(value: Any) -> None:
    base = tuning("T", training("", count=2, RetryPolicies=[{"ExceptionType": ["Step.X"], "MaxAttempts": 1}]))
    base = document(base, training("A", get("P")), parameters=[parameter("P", EnumValues=["ml.m5.large"])])
    for place in range(len(list(places(base)))):
        changed = copy.deepcopy(base)
        holder, key = list(places(changed))[place]
        holder[key] = value
        subject = Subject(Definition(changed), PLACE, 1, ["ml.m5.*"], 0, 0)
        assert all(finding.code in RULES for finding in check(subject, list(RULES)))


@given(st.sampled_from(corpus()), json_values, st.integers(0, 2**32))
@settings(STEADY, max_examples=300)
def test_no_rule_ends_in_a_traceback(name: str, value: Any, seed: int) -> None:
    try:
        subject = Subject(Definition(mutated(name, value, seed)), PLACE, 1, ["ml.m5.*"], 0, 0)
    except DefinitionError:
        return
    assert all(finding.code in RULES for finding in check(subject, list(RULES)))


def test_a_mend_names_the_field_of_the_step() -> None:
    class Step:
        vpc = output_kms_key = volume_kms_key = None

    def mend(code: str, where: str, step: object = Step()) -> str:
        return RULES[code].mend(Finding(code, "", "One", where), step)

    outputs, volumes = "Arguments.OutputDataConfig.KmsKeyId", "Arguments.ResourceConfig.VolumeKmsKeyId"
    assert mend("keys", outputs) == "give the step output_kms_key=..."
    assert mend("keys", volumes) == "give the step volume_kms_key=..."
    assert mend("keys", volumes, object()) == f"give the step {volumes}"  # as a RawStep takes it
    assert mend("vpc", "Arguments.VpcConfig") == "give the step vpc=..."
    assert mend("latest-images", "Arguments.ImageUri", object()) == "name the image by a version or a digest"
