"""What can be wrong with models, checks, calls, clusters, endpoints, lineage and cleanups."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .changes import CALLS, CHECKS, INPUT, OTHER_PLACE, Changes, all_changed, has, holders, rule, stands, twice
from .faults import GONE, Document, Places, changed, fault, near, steps

# -- models ------------------------------------------------------------------------------------------------------------

CONTAINER = {"Image": "image", "ModelDataUrl": "s3://b/model.tar.gz"}
(
    rule("model-containers", "Model", "Arguments")
    .fault("no_container", "", PrimaryContainer=GONE, Containers=GONE)
    .fault("a_container_and_containers", "", PrimaryContainer=CONTAINER, Containers=[CONTAINER])
    .near(
        "several_containers",
        PrimaryContainer=GONE,
        Containers=[CONTAINER, CONTAINER],
        InferenceExecutionConfig={"Mode": "Serial"},
    )
)
rule("model-containers", "Model", "Arguments", "warning").fault(
    "one_container_in_a_row",
    "InferenceExecutionConfig",
    PrimaryContainer=CONTAINER,
    Containers=GONE,
    InferenceExecutionConfig={"Mode": "Serial"},
)
(
    rule("model-source", "Model", "Arguments.PrimaryContainer|Arguments.Containers.*")
    .fault("a_container_without_an_image", "", Image=GONE, ModelPackageName=GONE)
    .near("a_container_of_a_package", Image=GONE, ModelDataUrl=GONE, ModelDataSource=GONE, ModelPackageName="package")
    .near("a_container_without_data", ModelDataUrl=GONE, ModelDataSource=GONE)
)
rule("model-source", "Model", "Arguments.PrimaryContainer|Arguments.Containers.*", "warning").fault(
    "data_from_two_places", "", ModelDataUrl="s3://b/model.tar.gz", ModelDataSource={"S3DataSource": {}}
)
_REGISTRY = "arn:aws:sagemaker:eu-west-1:111122223333"
_OF_A_VERSION = {"Image": GONE, "ModelDataUrl": GONE, "ModelDataSource": GONE}
(
    rule("model-source", "Model", "Arguments.PrimaryContainer|Arguments.Containers.*")
    .fault(
        "a_group_for_a_version",
        "ModelPackageName",
        **_OF_A_VERSION,
        ModelPackageName=f"{_REGISTRY}:model-package-group/churn",
    )
    .near("a_version_of_a_group", **_OF_A_VERSION, ModelPackageName=f"{_REGISTRY}:model-package/churn/7")
)
rule("model-source", "Model", "Arguments.PrimaryContainer|Arguments.Containers.*", "warning").fault(
    "a_version_with_an_image", "", Image="image", ModelPackageName=f"{_REGISTRY}:model-package/churn/7"
)
NAMED = {**CONTAINER, "ContainerHostname": "first"}
(
    rule("model-hostname", "Model", "Arguments")
    .fault("a_name_for_one_of_two", "Containers[1]", PrimaryContainer=GONE, Containers=[NAMED, CONTAINER])
    .near("a_name_for_each", PrimaryContainer=GONE, Containers=[NAMED, {**NAMED, "ContainerHostname": "second"}])
    .near("a_name_for_none", PrimaryContainer=GONE, Containers=[CONTAINER, CONTAINER])
)
(
    rule("model-package", "RegisterModel", "Arguments")
    .fault("no_group", "", ModelPackageGroupName=GONE, ModelPackageName=GONE)
    .fault("a_group_and_a_package", "ModelPackageName", ModelPackageName="package")
    .near("another_group", ModelPackageGroupName="group")
)
rule("model-package", "RegisterModel", "Arguments", "warning").fault(
    "a_package_without_versions", "ModelPackageName", ModelPackageGroupName=GONE, ModelPackageName="package"
)
(
    rule("model-package-tags", "RegisterModel", "Arguments")
    .fault("tags_of_a_version", "Tags", Tags=[{"Key": "a", "Value": "b"}])
    .near("no_tags", Tags=[])
)
(
    rule("model-package-source", "RegisterModel", "Arguments", "warning")
    .fault("a_package_of_nothing", "", InferenceSpecification=GONE, SourceUri=GONE, SourceAlgorithmSpecification=GONE)
    .near(
        "a_package_of_a_model",
        InferenceSpecification=GONE,
        SourceUri="arn:aws:sagemaker:eu-west-1:111122223333:model/m",
    )
)


# -- checks ------------------------------------------------------------------------------------------------------------

rule("check-type", "ClarifyCheck", "").fault("a_type_of_quality", "CheckType", CheckType="DATA_QUALITY").near(
    "a_type_of_bias", CheckType="DATA_BIAS", ModelName=GONE
)
rule("check-type", "QualityCheck", "").fault("a_type_of_bias", "CheckType", CheckType="DATA_BIAS").near(
    "a_type_of_quality", CheckType="MODEL_QUALITY"
)
(
    rule("check-model", "ClarifyCheck", "", "warning")
    .fault("no_model_to_ask", "ModelName", CheckType="MODEL_BIAS", ModelName=GONE)
    .fault("no_model_to_explain", "ModelName", CheckType="MODEL_EXPLAINABILITY", ModelName=GONE)
    .fault("a_model_that_is_not_asked", "ModelName", CheckType="DATA_BIAS", ModelName="m")
    .near("a_model_to_explain", CheckType="MODEL_EXPLAINABILITY", ModelName="m")
)
for option in ("SkipCheck", "FailOnViolation", "RegisterNewBaseline"):
    (
        rule("check-option", " ".join(CHECKS), "")
        .fault(f"a_text_as_{option}", option, **{option: "true"})
        .near(f"a_variable_as_{option}", **{option: {"Get": "Execution.PipelineName"}})
    )
for option in ("ModelPackageGroupName", "SuppliedBaselineConstraints"):
    (
        rule("check-option", " ".join(CHECKS), "")
        .fault(f"a_number_as_{option}", option, **{option: 5})
        .near(f"a_text_as_{option}", **{option: "s3://b/k"})
    )
COMPARED = {"SkipCheck": False, "RegisterNewBaseline": False}
NOTHING = {"ModelPackageGroupName": None, "SuppliedBaselineConstraints": None, "SuppliedBaselineStatistics": GONE}


@fault("check-baseline", "warning")
def a_check_against_nothing(document: Document) -> Places:
    for step in steps(document, *CHECKS):
        if step["RegisterNewBaseline"] is not False or step.get("ModelPackageGroupName"):
            with all_changed(step, {**COMPARED, **NOTHING}):
                yield step["Name"], "SkipCheck"


@near("check-baseline")
def a_check_against_something(document: Document) -> Iterator[None]:
    for step in steps(document, *CHECKS):
        for more in ({"RegisterNewBaseline": True}, {"SkipCheck": True}, {"ModelPackageGroupName": "group"}):
            with all_changed(step, {**COMPARED, **NOTHING, **more}):
                yield


(rule("clarify-inputs", "ClarifyCheck", INPUT).near("a_configuration_in_another_place", S3Input=OTHER_PLACE))


@fault("clarify-inputs")
def an_input_of_another_name(document: Document) -> Places:
    for step, item, where in holders(document, ("ClarifyCheck",), INPUT):
        with changed(item, "InputName", "other"):
            yield step["Name"], where.rpartition("[")[0]


@fault("clarify-config", "warning")
def a_configuration_that_is_not_known(document: Document) -> Places:
    for step, item, where in holders(document, ("ClarifyCheck",), INPUT):
        if item["InputName"] == "analysis_config":
            with changed(item["S3Input"], "S3Uri", {"Get": "Execution.PipelineName"}):
                yield step["Name"], f"{where}.S3Input.S3Uri"


@near("clarify-config")
def data_that_is_not_known(document: Document) -> Iterator[None]:
    for _, item, _ in holders(document, ("ClarifyCheck",), INPUT):
        if item["InputName"] == "dataset":
            with changed(item["S3Input"], "S3Uri", {"Get": "Execution.PipelineName"}):
                yield


# -- calls -------------------------------------------------------------------------------------------------------------

for types, key in (("Callback", "SqsQueueUrl"), ("Lambda", "FunctionArn"), (" ".join(CHECKS), "CheckType")):
    (
        rule("missing-key", types, "")
        .fault(f"no_{key}", key, **{key: GONE})
        .fault(f"a_number_as_{key}", key, **{key: 5})
        .fault(f"an_empty_{key}", key, **{key: ""})
    )
rule("missing-key", "Callback Lambda", "").near("a_token", only=has("FunctionArn"), FunctionArn="${Token[TOKEN.1]}")
STRING = {"OutputName": "a", "OutputType": "String"}
(
    rule("call-outputs", " ".join(CALLS), "")
    .fault("outputs_that_are_no_list", "OutputParameters", OutputParameters={})
    .fault(
        "too_many_outputs", "OutputParameters", OutputParameters=[{**STRING, "OutputName": f"o{i}"} for i in range(51)]
    )
    .fault("an_output_that_is_no_object", "OutputParameters[0]", OutputParameters=["a"])
    .fault("an_output_without_a_name", "OutputParameters[0].OutputName", OutputParameters=[{"OutputType": "String"}])
    .fault(
        "an_output_of_an_empty_name", "OutputParameters[0].OutputName", OutputParameters=[{**STRING, "OutputName": ""}]
    )
    .fault(
        "an_output_of_a_long_name",
        "OutputParameters[0].OutputName",
        OutputParameters=[{**STRING, "OutputName": "x" * 257}],
    )
    .fault("an_output_without_a_type", "OutputParameters[0].OutputType", OutputParameters=[{"OutputName": "a"}])
    .fault(
        "an_output_of_another_type",
        "OutputParameters[0].OutputType",
        OutputParameters=[{**STRING, "OutputType": "Strin"}],
    )
    .fault("an_output_with_more", "OutputParameters[0].Default", OutputParameters=[{**STRING, "Default": 1}])
)
rule("call-outputs", " ".join(CALLS), "", "warning").fault(
    "two_outputs_of_one_name", "OutputParameters[1].OutputName", OutputParameters=[STRING, STRING]
)
for name, outputs in {
    "outputs_of_every_type": [
        {"OutputName": kind, "OutputType": kind} for kind in ("String", "Integer", "Boolean", "Float")
    ],
    "as_many_outputs_as_can_be": [{**STRING, "OutputName": f"o{i}"} for i in range(50)],
    "an_output_of_a_name_as_long_as_can_be": [{**STRING, "OutputName": "x" * 256}],
}.items():
    stands(
        "call-outputs",
        name,
        {
            "Type": "Lambda",
            "FunctionArn": "arn:aws:lambda:eu-west-1:111122223333:function:f",
            "Arguments": {},
            "OutputParameters": outputs,
        },
    )


# -- EMR ---------------------------------------------------------------------------------------------------------------

CLUSTER = {
    "Instances": {"InstanceGroups": [{"InstanceRole": "MASTER", "InstanceType": "m5.xlarge", "InstanceCount": 1}]}
}
FLEETS = [{"InstanceFleetType": "MASTER", "TargetOnDemandCapacity": 1}]
(
    rule("emr-cluster", "EMR", "Arguments")
    .fault("no_cluster", "", ClusterId=GONE, ClusterConfig=GONE, ExecutionRoleArn=GONE)
    .fault("two_clusters", "", ClusterId="j-1", ClusterConfig=CLUSTER)
    .near("a_cluster_that_is_there", ClusterId="j-1", ClusterConfig=GONE)
    .near("a_cluster_of_the_step", ClusterId=GONE, ClusterConfig=CLUSTER, ExecutionRoleArn=GONE)
)
(
    rule("emr-runtime-role", "EMR", "Arguments")
    .fault(
        "a_role_on_a_cluster_of_the_step",
        "ExecutionRoleArn",
        ClusterId=GONE,
        ClusterConfig=CLUSTER,
        ExecutionRoleArn="r",
    )
    .near("a_role_on_a_cluster_that_is_there", ClusterId="j-1", ClusterConfig=GONE, ExecutionRoleArn="r")
)
(
    rule("emr-instances", "EMR", "Arguments.ClusterConfig.Instances")
    .fault("groups_and_fleets", "", **CLUSTER["Instances"], InstanceFleets=FLEETS)
    .fault("neither_groups_nor_fleets", "", InstanceGroups=GONE, InstanceFleets=GONE)
    .near("fleets", InstanceGroups=GONE, InstanceFleets=FLEETS)
)
APPLICATION = {"name": "a", "releaseLabel": "emr-7.0.0", "type": "SPARK"}
(
    rule("serverless-application", "EMRServerless", "Arguments")
    .fault("no_application", "", ApplicationId=GONE, ApplicationConfig=GONE)
    .fault("two_applications", "", ApplicationId="00f1abc", ApplicationConfig=APPLICATION)
)


@near("serverless-application")
def an_application_of_the_step(document: Document) -> Iterator[None]:
    for _, arguments, _ in holders(document, ("EMRServerless",), "Arguments"):
        changes = {"ApplicationId": GONE, "ApplicationConfig": APPLICATION}
        with all_changed(arguments, changes), all_changed(arguments["JobConfig"], {"applicationId": GONE}):
            yield


(
    rule("serverless-repetition", "EMRServerless", "Arguments.JobConfig", "warning")
    .fault("another_role", "executionRoleArn", executionRoleArn="arn:aws:iam::111122223333:role/Another")
    .fault("another_application", "applicationId", applicationId="00fother")
    .near("no_application_of_the_job", applicationId=GONE)
)


@fault("serverless-repetition", "warning")
def an_application_that_is_not_the_steps(document: Document) -> Places:
    for step, arguments, where in holders(document, ("EMRServerless",), "Arguments"):
        changes = {"ApplicationId": GONE, "ApplicationConfig": APPLICATION}
        with all_changed(arguments, changes), all_changed(arguments["JobConfig"], {"applicationId": "00f1abc"}):
            yield step["Name"], f"{where}.JobConfig.applicationId"


# -- hosting -----------------------------------------------------------------------------------------------------------

VARIANTS = "Arguments.ProductionVariants"
SERVERLESS = {"MemorySizeInMB": 2048, "MaxConcurrency": 5}
VARIANT = {"VariantName": "another", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
twice("variant", "EndpointConfig", VARIANTS, "VariantName", "warning")
(
    rule("variant", "EndpointConfig", f"{VARIANTS}.*")
    .fault("instances_of_a_serverless_variant", "InstanceType", InstanceType="ml.m5.large", ServerlessConfig=SERVERLESS)
    .fault(
        "a_count_of_a_serverless_variant", "InitialInstanceCount", InitialInstanceCount=1, ServerlessConfig=SERVERLESS
    )
    .near("a_serverless_variant", InstanceType=GONE, InitialInstanceCount=GONE, ServerlessConfig=SERVERLESS)
)
rule("variant", "EndpointConfig", f"{VARIANTS}.*", "warning").fault(
    "a_variant_of_nothing", "", InstanceType=GONE, InitialInstanceCount=GONE, ServerlessConfig=GONE
)
(
    rule("variant", "EndpointConfig", "Arguments")
    .fault(
        "two_variants_and_a_shadow",
        "ProductionVariants",
        ProductionVariants=[VARIANT, {**VARIANT, "VariantName": "more"}],
        ShadowProductionVariants=[{**VARIANT, "VariantName": "shadow"}],
    )
    .fault(
        "two_shadows",
        "ShadowProductionVariants",
        ProductionVariants=[VARIANT],
        ShadowProductionVariants=[VARIANT, VARIANT],
    )
    .near(
        "a_variant_and_a_shadow",
        ProductionVariants=[VARIANT],
        ShadowProductionVariants=[{**VARIANT, "VariantName": "shadow"}],
    )
)
SPECIFICATION = {"ModelName": "m", "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 128}}
(
    rule("component-specification", "InferenceComponent", "Arguments")
    .fault("no_specification", "", Specification=GONE, Specifications=GONE)
    .fault("two_specifications", "", Specification=SPECIFICATION, Specifications=[SPECIFICATION])
    .near("a_list_of_specifications", Specification=GONE, Specifications=[SPECIFICATION])
)
(
    rule("component-specification", "InferenceComponent", "Arguments.Specification", "warning")
    .fault("a_component_without_resources", "", ComputeResourceRequirements=GONE, BaseInferenceComponentName=GONE)
    .near("a_component_on_another", ComputeResourceRequirements=GONE, BaseInferenceComponentName="base")
)


# -- lineage, jobs, cleanups, names ------------------------------------------------------------------------------------

ACTION = {"ActionName": "run", "ActionType": "t", "Source": {"SourceUri": "u"}}
ARTIFACT = {"ArtifactName": "file", "ArtifactType": "t", "Source": {"SourceUri": "u"}}
RUN, FILE = {"Name": "run", "Type": "Action"}, {"Name": "file", "Type": "Artifact"}
ARN = "arn:aws:sagemaker:eu-west-1:111122223333:artifact/a"


def linked(source: Any, *actions: Any) -> Changes:
    associations = [{"Source": source, "Destination": FILE}]
    return {"Actions": [*actions, ACTION], "Artifacts": [ARTIFACT], "Contexts": GONE, "Associations": associations}


(
    rule("lineage-end", "Lineage", "Arguments")
    .fault("an_end_that_is_not_recorded", "Associations[0].Source.Name", **linked({**RUN, "Name": "another"}))
    .fault("an_end_of_another_kind", "Associations[0].Source.Name", **linked({**RUN, "Type": "Context"}))
    .fault("an_end_without_a_kind", "Associations[0].Source", **linked({"Name": "run"}))
    .fault("an_end_without_a_name", "Associations[0].Source", **linked({"Type": "Action"}))
    .fault("an_end_by_name_and_arn", "Associations[0].Source", **linked({"Name": "run", "Arn": ARN}))
    .fault("an_end_by_type_and_arn", "Associations[0].Source", **linked({"Type": "Action", "Arn": ARN}))
)
for name, changes in {
    "an_end_that_is_recorded": linked(RUN),
    "an_end_elsewhere": linked({"Arn": ARN}),
    "an_end_that_is_not_known": linked({**RUN, "Name": {"Get": "Execution.PipelineName"}}),
    "a_name_that_is_not_known": linked(
        {**RUN, "Name": "other"}, {**ACTION, "ActionName": {"Get": "Execution.PipelineName"}}
    ),
}.items():
    arguments = {key: value for key, value in changes.items() if value is not GONE}
    stands("lineage-end", name, {"Type": "Lineage", "Arguments": arguments})
stands("lineage-empty", "one_thing_to_record", {"Type": "Lineage", "Arguments": {"Artifacts": [ARTIFACT]}})
NO_LINEAGE = {"Actions": GONE, "Artifacts": GONE, "Contexts": GONE, "Associations": GONE}
(
    rule("lineage-empty", "Lineage", "Arguments")
    .fault("nothing_to_record", "", **NO_LINEAGE)
    .fault("empty_lists_to_record", "", **{**NO_LINEAGE, "Actions": [], "Associations": []})
)
rule("duplicate-name", "Lineage", "Arguments", "warning").fault(
    "two_actions_of_one_name", "Actions[1].ActionName", **linked(RUN, ACTION)
)
(
    rule("job-document", "Job", "Arguments")
    .fault("a_document_that_is_no_json", "JobConfigDocument", JobConfigDocument="{'a': 1}")
    .fault("an_empty_document", "JobConfigDocument", JobConfigDocument="")
    .near("a_document_in_json", JobConfigDocument='{"a": [1, null]}')
    .near("a_document_with_an_expression", JobConfigDocument={"Std:Join": {"On": "", "Values": ["{'a"]}})
)


def to_clean(document: Document, *types: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """A cleanup after each step of the types, at the top: the cleanup's source, and the step."""
    cleanup: dict[str, Any] = {"Name": "Cleaner", "Type": "Cleanup", "Arguments": {"Resources": {"S3": [{}]}}}
    document["Steps"].append(cleanup)
    for step in [*document["Steps"]]:
        if step["Type"] in types:
            source = {"StepName": step["Name"], "S3Uris": ["s3://b/k"]}
            with (
                changed(cleanup["Arguments"]["Resources"]["S3"], 0, source),
                changed(cleanup, "DependsOn", [step["Name"]]),
            ):
                yield source, step


CLEANED = "Arguments.Resources.S3[0]"
VPC = {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}


@fault("cleanup-objects")
def objects_that_nobody_knows(document: Document) -> Places:
    for source, _ in to_clean(document, "Processing", "Transform"):
        with changed(source, "S3Uris"):
            yield "Cleaner", CLEANED


@fault("cleanup-objects")
def objects_of_a_step_in_a_vpc(document: Document) -> Places:
    for _, step in to_clean(document, "Processing", "Training"):
        key, value = ("VpcConfig", VPC) if step["Type"] == "Training" else ("NetworkConfig", {"VpcConfig": VPC})
        if key not in step["Arguments"]:
            with changed(step["Arguments"], key, value):
                yield "Cleaner", f"{CLEANED}.StepName"


@fault("cleanup-objects", "warning")
def objects_of_a_step_that_writes_none(document: Document) -> Places:
    for _ in to_clean(document, "Lambda", "Model", "Tuning"):
        yield "Cleaner", f"{CLEANED}.StepName"


@near("cleanup-objects")
def objects_that_the_service_finds(document: Document) -> Iterator[None]:
    for source, step in to_clean(document, "Training"):
        if "VpcConfig" not in step["Arguments"]:
            with changed(source, "S3Uris"):
                yield


@near("cleanup-objects")
def objects_that_are_listed(document: Document) -> Iterator[None]:
    for _, step in to_clean(document, "Processing", "Transform"):
        if "NetworkConfig" not in step["Arguments"]:
            yield


@fault("cleanup-order")
def a_cleanup_that_does_not_wait(document: Document) -> Places:
    for _ in to_clean(document, "Processing", "Transform", "Training"):
        with changed(document["Steps"][-1], "DependsOn"):
            yield "Cleaner", f"{CLEANED}.StepName"


@near("cleanup-order")
def a_cleanup_after_any_end(document: Document) -> Iterator[None]:
    for source, step in to_clean(document, "Transform"):
        with changed(document["Steps"][-1], "DependsOn", [{"Step": source["StepName"], "Trigger": "Any"}]):
            assert step
            yield


@fault("unknown-step")
def a_cleanup_after_nothing(document: Document) -> Places:
    for source, _ in to_clean(document, "Training"):
        with changed(source, "StepName", "Nowhere"):
            yield "Cleaner", f"{CLEANED}.StepName"


NAMES = {
    "Processing": "ProcessingJobName",
    "Training": "TrainingJobName",
    "Transform": "TransformJobName",
    "Model": "ModelName",
}
for types, key in NAMES.items():
    (
        rule("name-prefix", types, "Arguments", "warning")
        .fault(f"a_{key}_that_is_not_known", key, **{key: {"Get": "Execution.PipelineName"}})
        .near(f"a_{key}_as_a_prefix", **{key: "prefix"})
    )
(
    rule("step-experiment", "Processing Training Transform", "Arguments", "warning")
    .fault("an_experiment_of_its_own", "ExperimentConfig.ExperimentName", ExperimentConfig={"ExperimentName": "e"})
    .fault("a_trial_of_its_own", "ExperimentConfig.TrialName", ExperimentConfig={"TrialName": "t"})
    .near("a_name_for_people", ExperimentConfig={"TrialComponentDisplayName": "t"})
)

FUNCTION = "arn:aws:lambda:eu-west-1:111122223333:function:"
rule("call-target", "Callback", "").fault(
    "the_arn_of_a_queue", "SqsQueueUrl", SqsQueueUrl="arn:aws:sqs:eu-west-1:111122223333:q"
).near("a_queue_that_is_filled_in", SqsQueueUrl="${Queue}")
(
    rule("call-target", "Lambda", "", "warning")
    .fault("the_name_of_a_function", "FunctionArn", FunctionArn="double")
    .fault("the_arn_of_a_role", "FunctionArn", FunctionArn="arn:aws:iam::111122223333:role/double")
    .fault("the_arn_of_a_layer", "FunctionArn", FunctionArn="arn:aws:lambda:eu-west-1:111122223333:layer:double")
    .fault("an_arn_that_is_too_long", "FunctionArn", FunctionArn=FUNCTION + "x" * 257)
    .near("a_version_of_a_function", FunctionArn=f"{FUNCTION}double:$LATEST")
    .near("an_arn_as_long_as_can_be", FunctionArn=(FUNCTION + "x" * 256)[:256])
    .near("a_function_that_is_filled_in", FunctionArn="${Token[TOKEN.1]}")
    .near("a_function_of_a_template", FunctionArn="${Double.Arn}")
)
