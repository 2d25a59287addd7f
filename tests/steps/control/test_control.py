"""Steps that run no job: conditions with their branches, failures, and raw steps."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam

from cdk_sagemaker_pipelines import (
    ConditionStep,
    ExecutionVariables,
    FailStep,
    Parameter,
    Pipeline,
    PipelineError,
    RawStep,
    StepGraph,
    Trust,
)
from tests.steps.support import IMAGE, arguments, errors, findings, get, join, processing, rendered

# -- ConditionStep -----------------------------------------------------------------------------------------------------


def test_every_field_of_a_condition(pipeline: Pipeline) -> None:
    limit = Parameter.float("Limit", default=6.0)
    first = processing(pipeline, "First", outputs=["report"])
    error = first.property_file("report", "report.json").number("error")
    check = ConditionStep(
        pipeline,
        "Check",
        step_name="Check-It",
        condition=[error <= limit, ExecutionVariables.PIPELINE_NAME.equals("P") | (limit > 1)],
    )
    processing(check.if_steps, "Yes", environment={"E": error})
    FailStep(check.else_steps, "No", message=f"{error} is above {limit}")
    json_get = {"Std:JsonGet": {"PropertyFile": get("Steps.First.PropertyFiles.report"), "Path": "error"}}
    found = rendered(check)
    (yes,) = found["Arguments"].pop("IfSteps")
    assert (yes["Name"], yes["Arguments"]["Environment"]) == ("Yes", {"E": join(json_get)})
    assert found == {
        "Name": "Check-It",
        "Type": "Condition",
        "Arguments": {
            "Conditions": [
                {"Type": "LessThanOrEqualTo", "LeftValue": json_get, "RightValue": get("Parameters.Limit")},
                {
                    "Type": "Or",
                    "Conditions": [
                        {"Type": "Equals", "LeftValue": get("Execution.PipelineName"), "RightValue": "P"},
                        {"Type": "GreaterThan", "LeftValue": get("Parameters.Limit"), "RightValue": 1},
                    ],
                },
            ],
            "ElseSteps": [
                {
                    "Name": "No",
                    "Type": "Fail",
                    "Arguments": {"ErrorMessage": join(json_get, " is above ", get("Parameters.Limit"))},
                }
            ],
        },
    }
    assert findings(check) == []
    assert check.properties.outcome.to_json() == get("Steps.Check-It.Outcome")


def test_the_fewest_fields_of_a_condition(pipeline: Pipeline) -> None:
    check = ConditionStep(pipeline, "Check", condition=Parameter.boolean("On", default=True).equals(True))
    assert rendered(check) == {
        "Name": "Check",
        "Type": "Condition",
        "Arguments": {
            "Conditions": [{"Type": "Equals", "LeftValue": get("Parameters.On"), "RightValue": True}],
            "IfSteps": [],
            "ElseSteps": [],
        },
    }


def test_a_step_lives_where_it_is_declared(pipeline: Pipeline) -> None:
    flag = Parameter.boolean("On", default=True).equals(True)
    check = ConditionStep(pipeline, "Check", condition=flag)
    yes = processing(check.if_steps, "Yes", outputs=["o"])
    inner = ConditionStep(check.else_steps, "Inner", condition=flag)
    deep = processing(inner.if_steps, "Deep", inputs={"o": yes.output("o")})
    after = processing(pipeline, "After", depends_on=[deep])

    assert [step.name for step in pipeline.step_list()] == ["Check", "After"]
    assert [step.name for step in check.inner_steps()] == ["Yes", "Inner"]
    assert (deep.path, deep.node.path) == (f"{pipeline.node.path}/Check/Else/Inner/If/Deep",) * 2
    assert deep.host is yes.host is pipeline.host
    graph = StepGraph(pipeline.definition)
    assert set(graph.predecessors("Deep")) == {"Inner", "Yes"}
    assert set(graph.predecessors("After")) == {"Deep"}
    assert [str(finding) for finding in pipeline.host.warnings()] == []
    assert rendered(after)["DependsOn"] == ["Deep"]
    assert errors(pipeline) == []
    found = [finding.code for finding in pipeline.host.warnings()]
    assert found == ["untaken-branch", "may-not-run", "nested-condition"]


def test_names_are_unique_in_the_whole_tree(pipeline: Pipeline) -> None:
    check = ConditionStep(pipeline, "Check", condition=Parameter.float("X", default=1.0) < 2)
    processing(pipeline, "Same")
    processing(check.if_steps, "Same")
    path = pipeline.node.path
    (error,) = errors(pipeline)
    assert error == (
        f"step 'Same': several steps have the name: {path}/Same, {path}/Check/If/Same; names are unique in the whole "
        f"pipeline, give one of them step_name= [duplicate-step] (at {path}/Same)"
    )


# -- FailStep ----------------------------------------------------------------------------------------------------------


def test_every_field_of_a_failure(pipeline: Pipeline) -> None:
    step = FailStep(
        pipeline,
        "Stop",
        step_name="Stop-It",
        message=f"run {ExecutionVariables.PIPELINE_EXECUTION_ID}",
    )
    assert rendered(step) == {
        "Name": "Stop-It",
        "Type": "Fail",
        "Arguments": {"ErrorMessage": join("run ", get("Execution.PipelineExecutionId"))},
    }


def test_the_fewest_fields_of_a_failure(pipeline: Pipeline) -> None:
    step = FailStep(pipeline, "Stop")
    assert rendered(step) == {"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": ""}}
    with pytest.raises(PipelineError, match="'FailureReason' is not a property of a Fail step"):
        step.reference("FailureReason")


# -- RawStep -----------------------------------------------------------------------------------------------------------


def test_every_field_of_a_raw_step(pipeline: Pipeline, role: iam.IRole) -> None:
    first = processing(pipeline, "First", outputs=["o"])
    step = RawStep(
        pipeline,
        "Tune",
        step_name="Tune-It",
        display_name="Tune",
        description="searches",
        depends_on=[first],
        step_type="Tuning",
        step_arguments={
            "HyperParameterTuningJobConfig": {
                "Strategy": "Bayesian",
                "ResourceLimits": {"MaxParallelTrainingJobs": Parameter.integer("Parallel", default=2)},
            },
            "TrainingJobDefinition": {"RoleArn": role.role_arn, "InputDataConfig": [], "Nothing": None},
            "Text": f"{first.output('o')}/x",
        },
        keys={"CacheConfig": {"Enabled": True, "ExpireAfter": "P1D"}},
    )
    assert rendered(step) == {
        "Name": "Tune-It",
        "Type": "Tuning",
        "DisplayName": "Tune",
        "Description": "searches",
        "DependsOn": ["First"],
        "CacheConfig": {"Enabled": True, "ExpireAfter": "P1D"},
        "Arguments": {
            "HyperParameterTuningJobConfig": {
                "Strategy": "Bayesian",
                "ResourceLimits": {"MaxParallelTrainingJobs": get("Parameters.Parallel")},
            },
            "TrainingJobDefinition": {"RoleArn": "arn:aws:iam::111122223333:role/Jobs", "InputDataConfig": []},
            "Text": join(get("Steps.First.ProcessingOutputConfig.Outputs['o'].S3Output.S3Uri"), "/x"),
        },
    }
    # what was written stands there, null too
    definition = pipeline.definition.step("Tune-It").arguments["TrainingJobDefinition"]
    assert "Nothing" in definition
    assert definition["Nothing"] is None
    assert step.reference("BestTrainingJob.TrainingJobName").to_json() == get(
        "Steps.Tune-It.BestTrainingJob.TrainingJobName"
    )
    with pytest.raises(PipelineError, match="did you mean 'BestTrainingJob'"):
        step.reference("BestTrainingJobs.X")


def test_the_fewest_fields_of_a_raw_step(pipeline: Pipeline) -> None:
    step = RawStep(pipeline, "Wait", step_type="Callback")
    assert rendered(step) == {"Name": "Wait", "Type": "Callback", "Arguments": {}}


def test_a_raw_step_of_a_type_that_is_not_known_is_a_doubt(pipeline: Pipeline) -> None:
    step = RawStep(pipeline, "New", step_type="Trainings", step_arguments={"Any": {"Thing": 1}})
    processing(pipeline, environment={"A": step.reference("What.Ever[0]['x']")})
    assert errors(pipeline) == []
    (warning,) = pipeline.host.warnings()
    assert (warning.code, warning.step) == ("step-type", "New")


def test_a_raw_step_is_checked_like_any_other(pipeline: Pipeline) -> None:
    RawStep(
        pipeline,
        "Wrong",
        step_type="Training",
        step_arguments={"RoleArn": "arn:aws:iam::111122223333:role/x", "StoppingConditon": {}},
        keys={"RetryPolicie": []},
    )
    told = errors(pipeline)
    assert [error.split("; did you mean")[0].removeprefix("step 'Wrong': ") for error in told if "mean" in error] == [
        "RetryPolicie: a Training step takes no RetryPolicie",
        "Arguments.StoppingConditon: 'StoppingConditon' is not a member here",
    ]
    assert any("needs the member 'OutputDataConfig'" in error for error in told)


def test_a_list_that_only_the_deployment_knows_is_refused(pipeline: Pipeline) -> None:
    names: Any = cdk.Token.as_list({"Ref": "Names"})
    RawStep(
        pipeline,
        "Raw",
        step_type="Processing",
        step_arguments={
            "RoleArn": "arn:aws:iam::111122223333:role/x",
            "AppSpecification": {"ImageUri": IMAGE, "ContainerArguments": names},
            "ProcessingResources": {
                "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
            },
        },
        trust=Trust.everything(),
    )
    processing(pipeline, "Typed", container_arguments=names)
    told = errors(pipeline)
    assert [error.partition(": a list")[0] for error in told] == [
        "step 'Raw': Arguments.AppSpecification.ContainerArguments",
        "step 'Typed': Arguments.AppSpecification.ContainerArguments",
    ]
    assert all("use Fn.select for single values or Fn.join for a text" in error for error in told)


def test_an_argument_of_a_branch_is_found_once(pipeline: Pipeline) -> None:
    check = ConditionStep(pipeline, "Check", condition=Parameter.float("X", default=1.0) < 2)
    processing(check.if_steps, "Yes", instance_type="m5.large!")
    found = [error for error in errors(pipeline) if "m5.large!" in error]
    assert len(found) <= 1
    assert arguments(check)["IfSteps"][0]["Name"] == "Yes"
