"""What can be wrong with the shape of any request, and with the kinds of value that expressions give."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from .changes import holders, rule
from .faults import GONE, Document, Places, changed, fault, near

# -- the shape of requests ---------------------------------------------------------------------------------------------

API = (
    "Processing Training Tuning AutoML Transform Model RegisterModel ClarifyCheck QualityCheck EMR EMRServerless "
    "EndpointConfig Endpoint InferenceComponent Lineage Job Cleanup ForEach Fail"
)
(
    rule("argument", API, "Arguments")
    .fault("a_member_that_the_request_has_not", "Nowhere", Nowhere=1)
    .near("no_change_of_the_request")
)
(
    rule("argument", "Processing", "Arguments")
    .fault("a_job_without_an_image", "", AppSpecification=GONE)
    .fault("an_image_as_a_list", "AppSpecification", AppSpecification=[])
    .fault("an_environment_that_is_null", "Environment", Environment=None)
    .fault("a_number_as_a_variable", "Environment['A']", Environment={"A": 1})
    .fault("a_variable_that_is_too_long", "Environment['A']", Environment={"A": "x" * 257})
    .near("a_variable_that_is_as_long_as_can_be", Environment={"A": "x" * 256})
)
(
    rule("argument", "Processing", "Arguments.AppSpecification")
    .fault("an_argument_that_is_too_long", "ContainerArguments[0]", ContainerArguments=["x" * 257])
    .fault("too_many_arguments", "ContainerArguments", ContainerArguments=["x"] * 101)
    .near("as_many_arguments_as_can_be", ContainerArguments=["x" * 256] * 100)
)
(
    rule("argument", "Processing", "Arguments.ProcessingResources.ClusterConfig")
    .fault("no_instance", "InstanceCount", InstanceCount=0)
    .fault("a_count_as_a_text", "InstanceCount", InstanceCount="1")
    .near("as_many_instances_as_can_be", InstanceCount=100)
)
(
    rule("argument", "Processing", "Arguments.ProcessingResources.ClusterConfig", "warning")
    .fault("an_instance_type_that_is_new", "InstanceType", InstanceType="ml.m99.large")
    .near("an_instance_type_that_is_known", InstanceType="ml.m5.large")
)
(
    rule("argument", "Processing", "Arguments.NetworkConfig.VpcConfig")
    .fault("a_network_without_groups", "", SecurityGroupIds=GONE)
    .fault("a_network_without_subnets", "", Subnets=GONE)
)
(
    rule("argument", "Training", "Arguments", "error")
    .fault("a_job_without_an_algorithm", "", AlgorithmSpecification=GONE)
    .fault("a_job_without_instances", "", ResourceConfig=GONE)
    .fault("a_number_as_a_hyperparameter", "HyperParameters['a']", HyperParameters={"a": 1})
    .near("hyperparameters_as_texts", HyperParameters={"a": "1", "sagemaker_program": "a.py"})
    .near("a_prefix_of_its_names", TrainingJobName="prefix")
)
(
    rule("argument", "Training", "Arguments")
    .fault("an_input_mode_that_is_none", "AlgorithmSpecification", AlgorithmSpecification={"TrainingImage": "i"})
    .near(
        "a_serverless_job",
        AlgorithmSpecification=GONE,
        ResourceConfig=GONE,
        ServerlessJobConfig={
            "BaseModelArn": "arn:aws:sagemaker:eu-west-1:111122223333:hub-content/h/Model/m",
            "JobType": "FineTuning",
        },
    )
)
(
    rule("argument", "Callback Lambda", "Arguments")
    .fault("a_list_as_an_argument", "['x']", x=[1])
    .fault("null_as_an_argument", "['x']", x=None)
    .near("plain_values_as_arguments", x=1, y="a", z=True, w=0.5)
)


def _queued(mode: str) -> str:
    """The request of a training job, as AWS Batch gets it."""
    return json.dumps(
        {
            "AlgorithmSpecification": {"TrainingImage": "image", "TrainingInputMode": mode},
            "RoleArn": "arn:aws:iam::111122223333:role/job",
            "OutputDataConfig": {"S3OutputPath": "s3://b/models/"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30},
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        }
    )


(
    rule("argument", "Callback", "Arguments")
    .fault(
        "a_queued_job_with_an_unknown_mode", "AlgorithmSpecification.TrainingInputMode",
        serviceJobType="SAGEMAKER_TRAINING", serviceRequestPayload=_queued("Fil"),
    )
    .near("a_queued_job", serviceJobType="SAGEMAKER_TRAINING", serviceRequestPayload=_queued("File"))
)  # fmt: skip
(
    rule("argument", "Fail", "Arguments")
    .fault("a_message_that_is_too_long", "ErrorMessage", ErrorMessage="x" * 3073)
    .near("a_message_that_is_as_long_as_can_be", ErrorMessage="x" * 3072)
)
rule("argument", "EndpointConfig", "Arguments").fault("a_capture_of_data", "DataCaptureConfig", DataCaptureConfig={})
rule("argument", "Endpoint", "Arguments").fault("a_deployment_in_steps", "DeploymentConfig", DeploymentConfig={})
rule("argument", "AutoML", "Arguments").fault("an_endpoint_of_its_own", "ModelDeployConfig", ModelDeployConfig={})
rule("argument", "RegisterModel", "Arguments").fault(
    "an_offer_on_the_market", "CertifyForMarketplace", CertifyForMarketplace=True
)
rule("argument", "EMR", "Arguments.StepConfig").fault(
    "an_action_on_failure", "ActionOnFailure", ActionOnFailure="CONTINUE"
)
rule("argument", "EMR", "Arguments.ClusterConfig").fault("a_cluster_with_steps", "Steps", Steps=[])
rule("argument", "EMR", "Arguments.ClusterConfig.Instances").fault(
    "a_cluster_that_stays", "KeepJobFlowAliveWhenNoSteps", KeepJobFlowAliveWhenNoSteps=True
)
rule("argument", "EMRServerless", "Arguments.JobConfig").fault(
    "two_drivers", "jobDriver", jobDriver={"sparkSubmit": {"entryPoint": "s3://b/a"}, "hive": {"query": "s3://b/q"}}
)
rule("argument", "ForEach", "Arguments").fault("too_many_at_once", "MaxConcurrency", MaxConcurrency=51)
rule("argument", "ForEach", "Arguments").fault("too_many_items", "IterableItems", IterableItems=["x"] * 101)
rule("argument", "Lineage", "Arguments").fault(
    "too_many_actions", "Actions", Actions=[{"ActionName": "a", "ActionType": "t", "Source": {"SourceUri": "u"}}] * 6
)
rule("argument", "Cleanup", "Arguments.Resources").fault("nothing_to_clean_up", "S3", S3=[])


# -- the kinds of value that expressions give --------------------------------------------------------------------------

PARAMETERS = [{"Name": f"A{kind}", "Type": kind} for kind in ("String", "Integer", "Float", "Boolean")]
TEXT, WHOLE, NUMBER, SWITCH = ({"Get": f"Parameters.{declared['Name']}"} for declared in PARAMETERS)
JOINED = {"Std:Join": {"On": "", "Values": [WHOLE]}}


def expression(name: str, types: str, path: str, member: str, value: Any, level: str | None) -> None:
    """An expression at a member, which is a fault of the level, or a near miss where there is none."""

    def told(document: Document) -> Places:
        document["Parameters"] = [*(document.get("Parameters") or []), *PARAMETERS]
        for step, holder, where in holders(document, tuple(types.split()), path):
            with changed(holder, member, value):
                yield step["Name"], f"{where}.{member}"

    def silent(document: Document) -> Iterator[None]:
        for _ in told(document):
            yield

    told.__name__ = silent.__name__ = name
    fault("expression-type", level)(told) if level else near("expression-type")(silent)


RESOURCES = "Arguments.ProcessingResources.ClusterConfig"
expression("a_text_for_a_list", "Processing", "Arguments", "ProcessingInputs", TEXT, "error")
expression("a_number_for_an_object", "Training", "Arguments", "VpcConfig", WHOLE, "error")
expression("a_join_for_an_object", "Training", "Arguments", "HyperParameters", JOINED, "error")
expression("a_number_for_a_text", "Processing", "Arguments", "RoleArn", WHOLE, "error")
expression("a_switch_for_a_text", "Model", "Arguments", "ExecutionRoleArn", SWITCH, "error")
expression("a_number_for_items", "ForEach", "Arguments", "IterableItems", WHOLE, "error")
expression("a_join_for_a_number", "Processing", RESOURCES, "InstanceCount", JOINED, "warning")
expression("a_text_for_a_number", "Processing", RESOURCES, "VolumeSizeInGB", TEXT, "warning")
expression("a_fraction_for_a_whole_number", "Processing", RESOURCES, "VolumeSizeInGB", NUMBER, "warning")
expression("a_number_for_a_switch", "Training", "Arguments", "EnableNetworkIsolation", WHOLE, "warning")
expression("a_text_for_items", "ForEach", "Arguments", "IterableItems", TEXT, None)
expression("a_join_for_a_text", "Processing", "Arguments", "RoleArn", JOINED, None)
expression("a_whole_number_for_one", "Processing", RESOURCES, "InstanceCount", WHOLE, None)
expression("a_switch_for_one", "Training", "Arguments", "EnableNetworkIsolation", SWITCH, None)
expression("a_variable_for_a_text", "Training", "Arguments", "RoleArn", {"Get": "Execution.PipelineArn"}, None)
expression("any_for_a_plain_value", "Lambda", "Arguments", "x", WHOLE, None)


# -- the values that a definition gives its own parameters -------------------------------------------------------------


def given(name: str, member: str, path: str, declared: dict[str, Any], right: bool = False) -> None:
    """A parameter of a declaration at a member of training jobs, told at the first: a fault, or a near miss."""

    def told(document: Document) -> Places:
        document["Parameters"] = [*(document.get("Parameters") or []), {"Name": "Given", **declared}]
        for step, holder, where in holders(document, ("Training",), path):
            with changed(holder, member, {"Get": "Parameters.Given"}):
                yield step["Name"], f"{where}.{member}"

    def silent(document: Document) -> Iterator[None]:
        for _ in told(document):
            yield

    told.__name__ = silent.__name__ = name
    near("parameter-value")(silent) if right else fault("parameter-value", "warning")(told)


TRAINED_ON = "Arguments.ResourceConfig"
OF_TEXT, OF_WHOLE = {"Type": "String"}, {"Type": "Integer"}
given("a_default_type_misspelt", "InstanceType", TRAINED_ON, {**OF_TEXT, "DefaultValue": "ml.m5.xlrge"})
given("an_enum_of_fruits", "InstanceType", TRAINED_ON, {**OF_TEXT, "EnumValues": ["ml.m5.large", "banana"]})
given("a_default_below_nothing", "InstanceCount", TRAINED_ON, {**OF_WHOLE, "DefaultValue": -3})
given("a_default_that_is_no_mode", "TrainingInputMode", "Arguments.AlgorithmSpecification",
      {**OF_TEXT, "DefaultValue": "Filee"})  # fmt: skip
given("a_default_on_a_disk", "S3OutputPath", "Arguments.OutputDataConfig", {**OF_TEXT, "DefaultValue": "/tmp/x"})
given("a_default_that_is_no_role", "RoleArn", "Arguments", {**OF_TEXT, "DefaultValue": "admin"})
given("a_default_type", "InstanceType", TRAINED_ON, {**OF_TEXT, "DefaultValue": "ml.m5.xlarge"}, right=True)
given("an_enum_of_types", "InstanceType", TRAINED_ON, {**OF_TEXT, "EnumValues": ["ml.m5.large"]}, right=True)
given("a_default_count", "InstanceCount", TRAINED_ON, {**OF_WHOLE, "DefaultValue": 3}, right=True)
given("no_default", "RoleArn", "Arguments", OF_TEXT, right=True)
given("a_default_token", "RoleArn", "Arguments", {**OF_TEXT, "DefaultValue": "${Token[TOKEN.1]}"}, right=True)


def place(*values: Any) -> dict[str, Any]:
    return {"S3OutputPath": {"Std:Join": {"On": "/", "Values": list(values)}}}


(
    rule("argument", "Training", "Arguments.OutputDataConfig")
    .fault("literals_joined_to_a_place_on_a_disk", "S3OutputPath", **place("/tmp", 1))
    .fault("literals_joined_twice", "S3OutputPath", **place("/tmp", {"Std:Join": {"On": "", "Values": ["a", "b"]}}))
    .near("literals_joined_to_a_place", **place("s3:", "", "b", 1))
    .near("a_join_with_a_variable", **place("/tmp", {"Get": "Execution.PipelineName"}))
)
