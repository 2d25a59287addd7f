"""The pipeline resource: its name, what it renders, and when it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3

from cdk_sagemaker_pipelines import (
    CacheConfig,
    ConditionStep,
    ExecutionVariables,
    ExperimentConfig,
    FailStep,
    ForEachStep,
    MlflowConfig,
    ParallelismConfig,
    Parameter,
    Pipeline,
    PipelineError,
    RawStep,
    RetryPolicy,
    S3Location,
    Trust,
)
from cdk_sagemaker_pipelines.synthesis.roles import PipelineRoles
from tests.pipeline.support import ENVIRONMENT, Bench, body, body_lines, pipeline, processing

ROLE = "arn:aws:iam::111122223333:role/Jobs"

SERVER = "arn:aws:sagemaker:eu-west-1:111122223333:mlflow-tracking-server/ts"


@jsii.implements(cdk.IStableStringProducer)
class _Text:
    """A token that stands for a text."""

    def produce(self) -> str:
        return 'a "quoted" \\ text'


@jsii.implements(cdk.IStableAnyProducer)
class _Number:
    """A token that stands for a number."""

    def produce(self) -> int:
        return 7


def test_the_resource_has_all_options(bench: Bench) -> None:
    made = pipeline(
        bench,
        pipeline_name="Nightly-1",
        display_name="The nightly one",
        description="Retrains",
        parallelism=ParallelismConfig(4),
        metadata={"owner": "team"},
        experiment_config=ExperimentConfig(ExecutionVariables.PIPELINE_NAME, "trial"),
        mlflow_config=MlflowConfig(SERVER, "trial"),
        parameters=[Parameter.integer("Unused", default=3)],
    )
    FailStep(made, "Stop", message="no")
    properties = bench.resource()
    assert body(properties) == {
        "Version": "2020-12-01",
        "Metadata": {"owner": "team"},
        "Parameters": [{"Name": "Unused", "Type": "Integer", "DefaultValue": 3}],
        "PipelineExperimentConfig": {"ExperimentName": {"Get": "Execution.PipelineName"}, "TrialName": "trial"},
        "MlflowConfig": {"MlflowResourceArn": SERVER, "MlflowExperimentName": "trial"},
        "Steps": [{"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": "no"}}],
    }
    del properties["PipelineDefinition"]
    assert properties == {
        "PipelineName": "Nightly-1",
        "PipelineDisplayName": "The nightly one",
        "PipelineDescription": "Retrains",
        "ParallelismConfiguration": {"MaxParallelExecutionSteps": 4},
        "RoleArn": {"Fn::GetAtt": [next(iter(bench.resources("AWS::IAM::Role"))), "Arn"]},
    }


def test_the_default_name_is_from_the_stack_and_the_construct(bench: Bench) -> None:
    FailStep(pipeline(bench, "Abalone_2"), "Stop")
    assert bench.resource()["PipelineName"] == "Stack-Abalone-2"


@pytest.mark.parametrize("name", ["a_b", "-a", "a-", "", "x" * 257, "ä"])
def test_a_name_that_the_service_refuses(bench: Bench, name: str) -> None:
    with pytest.raises(PipelineError, match="must have letters, digits and '-' between them, at most 256"):
        pipeline(bench, pipeline_name=name)


def test_a_name_must_be_literal(bench: Bench) -> None:
    for name in (cdk.Aws.STACK_NAME, f"{Parameter.string('Name')}"):
        with pytest.raises(PipelineError, match="pipeline_name must be literal"):
            pipeline(bench, f"P{len(name)}", pipeline_name=name)


def test_two_pipelines_with_one_name_in_one_environment(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    elsewhere = cdk.Stack(bench.app, "Elsewhere", env=cdk.Environment(account="444455556666", region="eu-west-1"))
    for scope, construct_id in ((bench.stack, "One"), (bench.stack, "Two"), (elsewhere, "Far")):
        # the service compares names without case
        name = "Same" if construct_id == "One" else "same"
        FailStep(Pipeline(scope, construct_id, pipeline_name=name), "Stop")
    assert bench.errors() == [
        "[Stack/Two] the pipeline's name 'same' is also that of Stack/One in the same account and region; "
        "give one of them another pipeline_name"
    ]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"cache": "P30D"}, r"Pipeline 'Stack/Pipeline': cache takes CacheConfig\(...\), not 'P30D'"),
        ({"retry_policies": {}}, "Pipeline 'Stack/Pipeline': retry_policies takes a list of RetryPolicy, not {}"),
        ({"parameters": ["a"]}, r"Pipeline 'Stack/Pipeline': parameters takes a list of Parameter, not \['a'\]"),
        ({"parallelism": 0}, r"parallelism takes a whole number of at least 1 or ParallelismConfig\(\.\.\.\), not 0"),
        ({"description": "x" * 3073}, "Pipeline 'Stack/Pipeline': description has 3073 characters; at most 3072"),
        ({"description": f"{Parameter.string('A')}"}, "description must be a literal text"),
    ],
)
def test_options_of_the_wrong_kind(bench: Bench, options: dict[str, Any], text: str) -> None:
    with pytest.raises(PipelineError, match=text):
        pipeline(bench, **options)


def test_defaults_reach_the_steps_that_support_them(bench: Bench) -> None:
    made = pipeline(
        bench,
        cache=CacheConfig(cdk.Duration.days(30)),
        retry_policies=[RetryPolicy(["Step.THROTTLING"], max_attempts=3)],
    )
    processing(made, "Takes")
    processing(made, "Differs", cache=CacheConfig(enabled=False), retry_policies=[])
    FailStep(made, "Not")
    takes, differs, not_ = body(bench.resource())["Steps"]
    assert takes["CacheConfig"] == {"Enabled": True, "ExpireAfter": "P30D"}
    assert takes["RetryPolicies"] == [
        {"ExceptionType": ["Step.THROTTLING"], "IntervalSeconds": 1, "BackoffRate": 2.0, "MaxAttempts": 3}
    ]
    assert differs["CacheConfig"] == {"Enabled": False}
    assert "RetryPolicies" not in differs
    assert set(not_) == {"Name", "Type", "Arguments"}


def test_tags_reach_the_resource_and_the_jobs(bench: Bench) -> None:
    processing(pipeline(bench), "Job")
    cdk.Tags.of(bench.stack).add("team", "a")
    cdk.Tags.of(bench.stack).add("cost", "b", priority=10)
    properties = bench.resource()
    tags = [{"Key": "cost", "Value": "b"}, {"Key": "team", "Value": "a"}]
    assert properties["Tags"] == tags
    assert body(properties)["Steps"][0]["Arguments"]["Tags"] == tags


def test_every_element_of_the_body_has_its_own_line(bench: Bench) -> None:
    processing(pipeline(bench), "Job", environment={"A": "1", "B": "2"}, outputs=["x"])
    lines = body_lines(bench.resource())
    assert '          "InstanceType": "ml.m5.large",' not in lines  # it shares no line with its neighbours:
    assert any(line.strip() == '"Name": "Job",' for line in lines if isinstance(line, str))
    joined = [line for line in lines if not isinstance(line, str)]
    assert all(set(line) == {"Fn::Join"} and line["Fn::Join"][0] == "" for line in joined)
    assert {json.dumps(line["Fn::Join"][1][0]) for line in joined} >= {json.dumps('        "RoleArn": "')}


def test_a_change_of_one_value_is_a_change_of_one_line(tmp_path: Path) -> None:
    texts = []
    for size in ("ml.m5.large", "ml.m5.4xlarge"):
        bench = Bench(tmp_path / size)
        made = pipeline(bench)
        for name in ("A", "B"):
            processing(made, name, instance_type=size if name == "B" else "ml.c5.large")
        texts.append([json.dumps(line) for line in body_lines(bench.resource())])
    before, after = texts
    assert len(before) == len(after)
    changed = [(one, two) for one, two in zip(before, after, strict=True) if one != two]
    assert len(changed) == 1
    assert "ml.m5.4xlarge" in changed[0][1]


def test_a_bucket_of_another_stack_is_imported(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    other = cdk.Stack(bench.app, "Data", env=ENVIRONMENT)
    bucket = s3.Bucket(other, "Bucket")
    processing(pipeline(bench), "Job", inputs={"raw": S3Location(bucket, "raw/")})
    uri = body(bench.resource())["Steps"][0]["Arguments"]["ProcessingInputs"][0]["S3Input"]["S3Uri"]
    assert uri.startswith("s3://<ImportValue Data:ExportsOutputRefBucket")
    assert uri.endswith("/raw/")


def test_tokens_for_literals_are_resolved_and_escaped(bench: Bench) -> None:
    step = RawStep(
        pipeline(bench),
        "Odd",
        step_type="Lambda",
        keys={"FunctionArn": "arn:aws:lambda:eu-west-1:111122223333:function:f", "OutputParameters": []},
        step_arguments={
            "text": cdk.Lazy.string(_Text()),
            "number": cdk.Token.as_number(cdk.Lazy.any(_Number())),
            "account": cdk.Aws.ACCOUNT_ID,
            "stack": f"<{cdk.Aws.STACK_ID}>",
        },
        trust=Trust(accounts=["111122223333"]),
    )
    assert step.name == "Odd"
    arguments = body(bench.resource())["Steps"][0]["Arguments"]
    assert arguments == {
        "text": 'a "quoted" \\ text',
        "number": 7,
        "account": "<Ref AWS::AccountId>",
        "stack": "<<Ref AWS::StackId>>",
    }


def test_a_long_definition_goes_to_s3_under_a_key_of_its_content(tmp_path: Path) -> None:
    keys: list[str] = []
    for message in ("x", "x", "y"):
        bench = Bench(tmp_path / f"{len(keys)}")
        bucket = s3.Bucket(bench.stack, "Data")
        made = pipeline(bench, artifacts=bucket, default_job_role=iam.Role.from_role_arn(bench.stack, "Role", ROLE))
        for number in range(320):
            processing(made, f"Step{number}", inputs={"raw": S3Location(bucket, "raw/")}, outputs=["out"])
        FailStep(made, "Stop", message=message)
        location = bench.resource()["PipelineDefinition"]["PipelineDefinitionS3Location"]
        keys.append(location["Key"])
        assert location["Key"].startswith("definitions/Stack-Pipeline/")
        assert len(bench.resources("AWS::S3::Bucket")) == 1
        deployment = bench.resource("Custom::CDKBucketDeployment")
        assert len(deployment["SourceMarkers"][0]) == 1  # one marker for the bucket, however often it occurs
    assert keys[0] == keys[1] != keys[2]


def test_a_long_definition_needs_artifacts_that_cdk_knows(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cdk_sagemaker_pipelines.synthesis.body.INLINE_LIMIT", 10)
    processing(pipeline(bench, artifacts=S3Location.from_uri("s3://data/runs/")), "Job")
    assert bench.errors() == [
        "[Stack/Pipeline] a definition of this length is put into the pipeline's artifacts when the stack is "
        "deployed; S3Location('s3://data/runs/definitions/Stack-Pipeline/') must be a CDK bucket with a prefix "
        "that is known at synth [artifacts]"
    ]


def test_the_log_group_of_the_function_that_uploads_files(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cdk_sagemaker_pipelines.synthesis.body.INLINE_LIMIT", 10)
    log = logs.LogGroup(bench.stack, "Log", retention=logs.RetentionDays.ONE_YEAR)
    place = S3Location(s3.Bucket(bench.stack, "Data"), "runs")
    processing(pipeline(bench, artifacts=place, deployment_log_group=log), "Job")
    function = bench.resource("AWS::Lambda::Function")
    assert function["LoggingConfig"] == {"LogGroup": bench.stack.resolve(log.log_group_name)}
    location = bench.resource()["PipelineDefinition"]["PipelineDefinitionS3Location"]
    assert location["Key"].startswith("runs/definitions/Stack-Pipeline/")


def test_a_pipeline_without_steps_is_refused(bench: Bench) -> None:
    pipeline(bench)
    assert bench.errors() == ["[Stack/Pipeline] Steps: the pipeline has no step [no-steps]"]


def test_all_findings_of_a_synth_are_reported_together_with_their_paths(bench: Bench) -> None:
    made = pipeline(bench)
    first = processing(made, "First", outputs=["out"], overrides={"AppSpecification": {"ImageUrl": "x"}})
    check = ConditionStep(made, "Check", condition=Parameter.float("Limit", default=1.0) < 2)
    processing(check.if_steps, "First", enable_network_isolation="yes")
    processing(made, "Listed", container_arguments=cdk.Token.as_list({"Ref": "List"}))
    RawStep(made, "Raw", step_type="Fail", step_arguments={"ErrorMessage": {"Get": "Steps.Frist.ProcessingJobArn"}})
    processing(made, "Twice", environment={"A": f"{Parameter.string('Limit', default='x')}"})
    assert first.name == "First"
    assert bench.errors() == [
        "[Stack/Pipeline] step 'Listed': Arguments.AppSpecification.ContainerArguments: a list "
        "that is only known at deployment (a CDK list token) cannot be in a definition; use Fn.select for "
        "single values or Fn.join for a text [list-token] (at Stack/Pipeline/Listed)",
        "[Stack/Pipeline] step 'Twice': Arguments.Environment.A: parameter 'Limit' is declared as "
        '{"Name": "Limit", "Type": "String", "DefaultValue": "x"} and as '
        '{"Name": "Limit", "Type": "Float", "DefaultValue": 1.0}; declare it once and pass it on '
        "[parameter-declared-twice] (at Stack/Pipeline/Twice)",
        "[Stack/Pipeline] step 'First': several steps have the name: Stack/Pipeline/First, "
        "Stack/Pipeline/Check/If/First; "
        "names are unique in the whole pipeline, give one of them step_name= [duplicate-step] (at "
        "Stack/Pipeline/First)",
        "[Stack/Pipeline] step 'Raw': Arguments.ErrorMessage: it reads 'Steps.Frist.ProcessingJobArn', but "
        "the pipeline has "
        "no step 'Frist'; did you mean 'First'? [unknown-step] (at Stack/Pipeline/Raw)",
        "[Stack/Pipeline] step 'First': Arguments.AppSpecification.ImageUrl: 'ImageUrl' is not a member here; "
        "did you mean 'ImageUri'? [argument] (at Stack/Pipeline/First)",
        "[Stack/Pipeline] step 'First': Arguments.NetworkConfig.EnableNetworkIsolation: is \"yes\"; "
        "needs true or false [argument] (at Stack/Pipeline/First)",
    ]


def test_reading_from_another_pipeline_is_refused_whatever_the_step_names(bench: Bench) -> None:
    theirs, made = pipeline(bench, "Other"), pipeline(bench)
    far = processing(theirs, "Far", outputs=["out"])
    same = processing(theirs, "Near", outputs=["out"])
    each = ForEachStep(theirs, "Each", items=["a"], max_concurrency=1)
    processing(each.body, "Inner")
    near = processing(made, "Near", outputs=["out"], inputs={"in": same.output("out"), "own": far.output("out")})
    number = same.property_file("out", "n.json").number("n")
    FailStep(made, "Text", message=f"{same.properties.exit_message} {number}, {near.properties.exit_message}")
    check = ConditionStep(made, "Check", condition=number > 1)
    FailStep(check.if_steps, "Item", message=f"{each.item}")
    told = bench.errors()
    assert told[0] == (
        "[Stack/Pipeline] step 'Near': Arguments.ProcessingInputs[0].S3Input.S3Uri: it reads "
        "\"Steps.Near.ProcessingOutputConfig.Outputs['out'].S3Output.S3Uri\" of another pipeline, 'Stack/Other'; a "
        "pipeline can only read its own steps: pass the value on as a parameter or through S3 [other-pipeline] (at "
        "Stack/Pipeline/Near)"
    )
    assert [line.removeprefix("[Stack/Pipeline] step ").split(": it reads")[0] for line in told] == [
        "'Near': Arguments.ProcessingInputs[0].S3Input.S3Uri",
        "'Near': Arguments.ProcessingInputs[1].S3Input.S3Uri",
        "'Text': Arguments.ErrorMessage",
        "'Text': Arguments.ErrorMessage",
        "'Check': Arguments.Conditions[0]",
        "'Item': Arguments.ErrorMessage",
    ]
    with pytest.raises(PipelineError, match=r"reads\[0\]: it reads .* of another pipeline, 'Stack/Other'"):
        processing(pipeline(bench, "Third"), "Near", reads=[same.output("out")])


def test_a_cycle_is_reported_with_its_edges(bench: Bench) -> None:
    made = pipeline(bench)
    one = processing(made, "One", outputs=["out"])
    two = processing(made, "Two", inputs={"in": one.output("out")})
    one.add_dependency(two)
    assert bench.errors() == [
        "[Stack/Pipeline] step 'One': the steps wait for one another: 'Two' waits for 'One' "
        "(Arguments.ProcessingInputs[0].S3Input.S3Uri), 'One' waits for 'Two' (DependsOn) [cycle] (at "
        "Stack/Pipeline/One)"
    ]


def test_nothing_changes_after_synthesis(bench: Bench) -> None:
    made = pipeline(bench)
    step = processing(made, "One", outputs=["out"])
    other = processing(made, "Other")
    bench.template()
    refusals: dict[str, Callable[[], object]] = {
        "ProcessingStep 'Stack/Pipeline/Late': it cannot be added": lambda: processing(made, "Late"),
        "ProcessingStep 'Stack/Pipeline/One': it cannot get a dependency": lambda: step.add_dependency(other),
        "ProcessingStep 'Stack/Pipeline/One': it cannot get a property file": lambda: step.property_file(
            "out", "a.json"
        ),
    }
    for text, change in refusals.items():
        with pytest.raises(PipelineError, match=f"{text}.*'Stack-Pipeline' has been synthesized and cannot be changed"):
            change()
    with pytest.raises(PipelineError, match="'instance_type' is given when the step is constructed"):
        step.instance_type = "ml.c5.large"


def test_a_failure_inside_a_callback_keeps_its_message(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    made = pipeline(bench)
    processing(made, "One")

    def broken(*_: object) -> None:
        raise ZeroDivisionError("nothing to divide by")

    monkeypatch.setattr(PipelineRoles, "grant", broken)
    assert bench.errors() == [
        "[Stack/Pipeline] the pipeline cannot be rendered: ZeroDivisionError: nothing to divide by [internal]"
    ]


def test_a_doubt_is_a_warning_on_the_step(bench: Bench) -> None:
    made = pipeline(bench)
    outer = ConditionStep(made, "Outer", condition=Parameter.float("Limit", default=1.0) < 2)
    inner = ConditionStep(outer.if_steps, "Inner", condition=Parameter.float("Limit", default=1.0) < 1)
    FailStep(inner.if_steps, "Stop")
    assert bench.errors() == []
    warnings = cdk.assertions.Annotations.from_stack(bench.stack).find_warning(
        "*", cdk.assertions.Match.string_like_regexp("'Inner' is nested in it: sources disagree")
    )
    assert [warning.id for warning in warnings] == ["/Stack/Pipeline/Outer"]
