"""Overrides merge by a list's own key, and lose nothing that the step wrote."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import aws_ec2 as ec2

from cdk_sagemaker_pipelines import (
    AutoMLStep,
    ClusterConfig,
    EmrInstanceGroup,
    EMRStep,
    EndpointConfigStep,
    Image,
    Parameter,
    Pipeline,
    PipelineError,
    ProcessingStep,
    ProductionVariant,
    RegisterModelStep,
    TrainingStep,
    Trust,
)
from cdk_sagemaker_pipelines.iam import job_roles
from cdk_sagemaker_pipelines.language.step_types import STEP_TYPES
from cdk_sagemaker_pipelines.properties.service_model import Shape, request_shape
from cdk_sagemaker_pipelines.steps.base.overriding import merged
from tests.steps.support import IMAGE, JOB, arguments, errors, get, processing, script

QUERY = {
    "Catalog": "lake",
    "Database": "sales",
    "QueryString": "select 1",
    "OutputS3Uri": "s3://results/q/",
    "OutputFormat": "PARQUET",
}
ASKED = {
    "InputName": "q",
    "DatasetDefinition": {"LocalPath": "/opt/ml/processing/q", "AthenaDatasetDefinition": QUERY},
}
FEATURES = {"OutputName": "fg", "AppManaged": True, "FeatureStoreOutput": {"FeatureGroupName": "customers"}}


def scripted(pipeline: Pipeline, tmp_path: Path, **fields: Any) -> ProcessingStep:
    return ProcessingStep(
        pipeline, "Ask", image=Image.sklearn("1.2-1"), script=script(tmp_path), instance_type="ml.m5.large", **fields
    )


def test_a_query_leaves_the_script_where_it_is(pipeline: Pipeline, tmp_path: Path) -> None:
    step = scripted(pipeline, tmp_path, overrides={"ProcessingInputs": [ASKED]}, trust=Trust(buckets=["results"]))
    code, query = arguments(step)["ProcessingInputs"]
    assert code["InputName"] == "code"
    assert code["S3Input"]["S3Uri"].startswith("s3://cdk-hnb659fds-assets-")
    assert query == ASKED
    (granted,) = job_roles.permissions(pipeline.host.current, pipeline.host.environment).values()
    actions = {action for permission in granted for action in permission.actions}
    assert {"s3:GetObject", "athena:StartQueryExecution"} <= actions
    assert errors(pipeline) == []


def test_a_feature_group_leaves_the_outputs_where_they_are(pipeline: Pipeline, tmp_path: Path) -> None:
    step = scripted(
        pipeline, tmp_path, outputs=["train"], overrides={"ProcessingOutputConfig": {"Outputs": [FEATURES]}}
    )
    processing(pipeline, "Use", inputs={"x": step.output("train")})
    outputs = arguments(step)["ProcessingOutputConfig"]["Outputs"]
    assert [output["OutputName"] for output in outputs] == ["train", "fg"]
    assert errors(pipeline) == []


def test_an_element_merges_member_by_member(pipeline: Pipeline) -> None:
    step = TrainingStep(
        pipeline,
        "Train",
        **JOB,
        inputs={"a": "s3://bucket/a", "b": "s3://bucket/b"},
        overrides={
            "InputDataConfig": [
                {"ChannelName": "b", "InputMode": "FastFile", "DataSource": {"S3DataSource": {"S3DataType": None}}},
                {"ChannelName": "c", "ContentType": None, "DataSource": {"S3DataSource": {"S3Uri": "s3://bucket/c"}}},
            ]
        },
    )
    a, b, c = arguments(step)["InputDataConfig"]
    assert a["ChannelName"] == "a"
    assert b["InputMode"] == "FastFile"
    assert b["DataSource"]["S3DataSource"] == {"S3DataDistributionType": "FullyReplicated", "S3Uri": "s3://bucket/b"}
    assert c == {"ChannelName": "c", "DataSource": {"S3DataSource": {"S3Uri": "s3://bucket/c"}}}


def test_an_override_of_none_removes_a_member(pipeline: Pipeline) -> None:
    step = processing(pipeline, outputs=["train"], overrides={"ProcessingOutputConfig": None})
    processing(pipeline, "Use", inputs={"x": step.output("train")})
    (error,) = errors(pipeline)
    assert "step 'Prepare' has no output 'train'; it has none [unknown-property]" in error


def test_containers_merge_by_their_positions(pipeline: Pipeline) -> None:
    more = {"Containers": [{"Framework": "XGBOOST"}, {"Image": IMAGE, "ModelDataUrl": "s3://models/b.tar.gz"}]}
    step = RegisterModelStep(
        pipeline,
        "Register",
        image=Image.from_uri(IMAGE),
        model_data="s3://models/a.tar.gz",
        model_package_group="forests",
        overrides={"InferenceSpecification": more},
    )
    first, second = arguments(step)["InferenceSpecification"]["Containers"]
    assert first == {"Image": IMAGE, "ModelDataUrl": "s3://models/a.tar.gz", "Framework": "XGBOOST"}
    assert second == more["Containers"][1]


def test_names_may_be_known_at_run_time(pipeline: Pipeline) -> None:
    name = Parameter.string("Variant", default="a")
    step = EndpointConfigStep(
        pipeline,
        "Config",
        variants=[ProductionVariant("m", instance_type="ml.m5.large", name=name)],
        overrides={"ProductionVariants": [{"VariantName": name, "EnableSSMAccess": True}]},
    )
    (variant,) = arguments(step)["ProductionVariants"]
    assert (variant["VariantName"], variant["ModelName"]) == (get("Parameters.Variant"), "m")
    assert variant["EnableSSMAccess"] is True


def test_a_command_of_ones_own_takes_the_place_of_the_steps(pipeline: Pipeline, tmp_path: Path) -> None:
    command = ["torchrun", "/opt/ml/processing/input/code/prepare.py"]
    step = scripted(pipeline, tmp_path, overrides={"AppSpecification": {"ContainerEntrypoint": command}})
    assert arguments(step)["AppSpecification"]["ContainerEntrypoint"] == command
    assert [source["InputName"] for source in arguments(step)["ProcessingInputs"]] == ["code"]


def _network(pipeline: Pipeline) -> None:
    vpc = ec2.Vpc(pipeline.node.scope, "Vpc", max_azs=1)  # type: ignore[arg-type]
    processing(pipeline, vpc=vpc, overrides={"NetworkConfig": {"VpcConfig": {"SecurityGroupIds": ["sg-1"]}}})


def _search(pipeline: Pipeline) -> None:
    lacks = [{"TargetAttributeName": "age"}]
    AutoMLStep(pipeline, "Search", training="s3://raw/a/", target_attribute="age", overrides={"InputDataConfig": lacks})


def _channel_twice(pipeline: Pipeline) -> None:
    said = [{"ChannelName": "train", "ContentType": "text/csv"}, {"ChannelName": "train", "InputMode": "FastFile"}]
    TrainingStep(pipeline, "Train", **JOB, inputs={"train": "s3://b/t"}, overrides={"InputDataConfig": said})


LOST: list[tuple[Callable[[Pipeline], Any], str]] = [
    (
        lambda p: processing(p, inputs={"a": "s3://b/a"}, overrides={"ProcessingInputs": [{"AppManaged": True}]}),
        "overrides.ProcessingInputs[0]: it has no InputName, by which it merges, and what the step writes there would "
        "be lost; say it with the step's own fields",
    ),
    (
        _channel_twice,
        "overrides.InputDataConfig[1]: it changes the same element as overrides.InputDataConfig[0]; write both as one",
    ),
    (_search, "overrides.InputDataConfig[0]: it has no ChannelType, by which it merges"),
    (_network, "overrides.NetworkConfig.VpcConfig.SecurityGroupIds: the list takes the place of the step's own, and "),
    (
        lambda p: processing(
            p,
            container_arguments=["--at", "s3://b/a"],
            overrides={"AppSpecification": {"ContainerArguments": ["--at", "x"]}},
        ),
        "overrides.AppSpecification.ContainerArguments: the list takes the place of the step's own, and s3://b/a would "
        "be lost; say it with the step's own fields, or write the whole list",
    ),
    (
        lambda p: processing(
            p,
            container_arguments=[Parameter.string("A", default="a")],
            overrides={"AppSpecification": {"ContainerArguments": ["x"]}},
        ),
        'the list takes the place of the step\'s own, and {"Get": "Parameters.A"} would be lost',
    ),
]


@pytest.mark.parametrize(("make", "text"), LOST, ids=range(len(LOST)))
def test_what_would_be_lost_is_refused(make: Callable[[Pipeline], Any], text: str, pipeline: Pipeline) -> None:
    make(pipeline)
    (error,) = errors(pipeline)
    assert text in error
    assert "[overrides]" in error


def test_a_container_is_not_met_by_its_name_and_its_position() -> None:
    written = {"Containers": [{"Image": "a"}, {"ContainerHostname": "second", "Image": "b"}]}
    said = {"Containers": [{"ContainerHostname": "second", "Environment": {"A": "1"}}, {"Environment": {"B": "2"}}]}
    with pytest.raises(PipelineError, match=re.escape("overrides.Containers[1]: it changes the same element as")):
        merged(written, said, request_shape("Model"))


def test_the_whole_list_again_loses_nothing(pipeline: Pipeline) -> None:
    said = ["--at", "s3://b/a", "--more"]
    whole = {"AppSpecification": {"ContainerArguments": said}}
    step = processing(pipeline, container_arguments=said[:2], overrides=whole)
    assert arguments(step)["AppSpecification"]["ContainerArguments"] == said


def test_the_members_of_a_cluster_merge_alike(pipeline: Pipeline) -> None:
    def step(name: str, **members: Any) -> EMRStep:
        primary = EmrInstanceGroup(instance_type="m5.xlarge")
        cluster = ClusterConfig(release_label="emr-7.0.0", primary=primary, members=members)
        return EMRStep(pipeline, name, jar="s3://b/a.jar", cluster_config=cluster)

    found = arguments(step("A", Applications=[{"Name": "Spark", "Version": "3"}, {"Name": "Hive"}]))
    assert found["ClusterConfig"]["Applications"] == [{"Name": "Spark", "Version": "3"}, {"Name": "Hive"}]
    with pytest.raises(PipelineError) as error:
        step("B", Instances={"InstanceGroups": [{"InstanceRole": "TASK"}]})
    assert "cluster_config: members.Instances.InstanceGroups[0]: it has no Name, by which it mer" in str(error.value)


def test_the_document_names_the_key_of_each_list() -> None:
    found: dict[str, set[str]] = defaultdict(set)

    def look(shape: Shape, name: str, above: tuple[str, ...]) -> None:
        if shape.name in above:
            return
        if shape.kind == "structure":
            for member, inner in shape.members.items():
                look(inner, member, (*above, shape.name))
        elif shape.kind == "list":
            if shape.member.kind == "structure":
                found[shape.member.key_member or "none"].add(name)
            look(shape.member, name, (*above, shape.name))
        elif shape.kind == "map":
            look(shape.value, name, (*above, shape.name))

    for step_type in STEP_TYPES:
        shape = request_shape(step_type)
        if shape is not None:
            look(shape, step_type, ())
    text = (Path(__file__).parents[3] / "docs" / "steps.md").read_text("utf-8").partition("\n## Overrides\n")[2]
    rows = re.findall(r"^\| `?(\w+)`? \| (`.*`) \|$", text, re.M)
    assert {key: set(re.findall(r"`(\w+)`", lists)) for key, lists in rows} == found
