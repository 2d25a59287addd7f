"""What can be wrong with the arguments of jobs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .changes import INPUT, JOBS, LOOKED_UP, OTHER_PLACE, all_changed, has, holders, rule, twice
from .faults import GONE, Document, Places, added, changed, fault, near

# -- processing --------------------------------------------------------------------------------------------------------

OUTPUT = "Arguments.ProcessingOutputConfig.Outputs.*"
FEATURES = {"FeatureGroupName": "group"}
(
    rule("processing-source", " ".join(JOBS), INPUT)
    .fault("an_input_from_nowhere", "", S3Input=GONE, DatasetDefinition=GONE)
    .fault("an_input_from_two_places", "", has("S3Input"), DatasetDefinition={})
)
(
    rule("processing-source", " ".join(JOBS), OUTPUT)
    .fault("an_output_to_nowhere", "", S3Output=GONE, FeatureStoreOutput=GONE)
    .fault("an_output_to_two_places", "", has("S3Output"), FeatureStoreOutput=FEATURES, AppManaged=True)
    .near("an_output_to_the_feature_store", S3Output=GONE, FeatureStoreOutput=FEATURES, AppManaged=True)
)
(
    rule("feature-store-output", " ".join(JOBS), OUTPUT)
    .fault("features_that_nobody_writes", "", S3Output=GONE, FeatureStoreOutput=FEATURES, AppManaged=GONE)
    .fault("features_that_the_service_writes", "", S3Output=GONE, FeatureStoreOutput=FEATURES, AppManaged=False)
    .near("features_that_the_job_writes", S3Output=GONE, FeatureStoreOutput=FEATURES, AppManaged=True)
    .near("features_and_a_parameter", S3Output=GONE, FeatureStoreOutput=FEATURES, AppManaged=LOOKED_UP)
)
(
    rule("local-path", " ".join(JOBS), f"{INPUT}.S3Input")
    .fault("a_path_elsewhere", "LocalPath", LocalPath="/tmp/x")
    .fault("no_path", "", LocalPath=GONE)
    .near("a_path_of_its_own", LocalPath="/opt/ml/processing/of/its/own")
    .near("a_path_that_is_not_known", LocalPath={"Get": "Execution.PipelineName"})
)


rule("local-path", " ".join(JOBS), "Arguments.ProcessingOutputConfig.Outputs.*.S3Output", "warning").fault(
    "an_output_at_a_relative_path", "LocalPath", LocalPath="output"
).near("an_output_at_another_path", LocalPath="/opt/ml/processing/another").near(
    "an_output_at_a_token", LocalPath="${Token[TOKEN.1]}"
)


@near("local-path")
def what_the_job_copies_needs_no_path(document: Document) -> Iterator[None]:
    for _, item, _ in holders(document, JOBS, INPUT):
        if "S3Input" in item:
            with changed(item, "AppManaged", True), changed(item["S3Input"], "LocalPath"):
                yield


@fault("local-path")
def two_inputs_in_one_place(document: Document) -> Places:
    for step, inputs, where in holders(document, JOBS, "Arguments.ProcessingInputs"):
        kind = "S3Input" if "S3Input" in inputs[0] else "DatasetDefinition"
        with added(inputs, {**inputs[0], "InputName": "other"}):
            yield step["Name"], f"{where}[{len(inputs) - 1}].{kind}.LocalPath"


(
    rule("gzip-input", "Processing", f"{INPUT}.S3Input")
    .fault("decompression_of_files", "S3CompressionType", S3CompressionType="Gzip", S3InputMode="File")
    .fault("decompression_by_default", "S3CompressionType", S3CompressionType="Gzip", S3InputMode=GONE)
    .near("decompression_of_a_stream", S3CompressionType="Gzip", S3InputMode="Pipe")
    .near("no_decompression_of_files", S3CompressionType="None", S3InputMode="File")
)
twice(
    "duplicate-name",
    "Processing QualityCheck",
    "Arguments.ProcessingInputs",
    "InputName",
    "warning",
    S3Input=OTHER_PLACE,
    DatasetDefinition=GONE,
)
twice("duplicate-name", " ".join(JOBS), "Arguments.ProcessingOutputConfig.Outputs", "OutputName", "warning")


# -- training and tuning -----------------------------------------------------------------------------------------------

SINGLE = "Arguments.TrainingJobDefinition"
SEVERAL = "Arguments.TrainingJobDefinitions.*"
CHECKPOINTS = {"S3Uri": {"Std:Join": {"On": "/", "Values": ["s3://b", {"Get": "Execution.CurrentDateTime"}]}}}
JOB_PLACES = (("Training", "Arguments"), ("Tuning", SINGLE), ("Tuning", SEVERAL))


def below(name: str) -> str:
    """A member of whatever describes a training job."""
    return "|".join(f"{place}.{name}" for _, place in JOB_PLACES)


(
    rule("training-algorithm", "Training Tuning", below("AlgorithmSpecification"))
    .fault("an_image_and_an_algorithm", "", TrainingImage="i", AlgorithmName="a")
    .fault("neither_image_nor_algorithm", "", TrainingImage=GONE, AlgorithmName=GONE)
    .near("an_algorithm_instead_of_an_image", TrainingImage=GONE, AlgorithmName="a", MetricDefinitions=GONE)
)
(
    rule("training-instances", "Training Tuning", below("ResourceConfig"))
    .fault("no_instance_type", "", InstanceType=GONE)
    .fault("a_type_and_groups", "", InstanceType="ml.m5.large", InstanceGroups=[])
    .fault("what_was_selected", "SelectedInstanceCount", SelectedInstanceCount=1)
    .near(
        "groups_of_instances",
        InstanceType=GONE,
        InstanceCount=GONE,
        InstanceGroups=[{"InstanceType": "ml.m5.large", "InstanceCount": 1, "InstanceGroupName": "g"}],
    )
)
for types, place in JOB_PLACES:
    (
        rule("spot-wait", types, place)
        .fault(
            "a_wait_that_is_too_short",
            "StoppingCondition.MaxWaitTimeInSeconds",
            StoppingCondition={"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 59},
            EnableManagedSpotTraining=True,
        )
        .fault(
            "a_wait_for_nothing",
            "StoppingCondition.MaxWaitTimeInSeconds",
            StoppingCondition={"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 61},
            EnableManagedSpotTraining=GONE,
        )
        .fault(
            "a_wait_without_spot",
            "StoppingCondition.MaxWaitTimeInSeconds",
            StoppingCondition={"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 61},
            EnableManagedSpotTraining=False,
        )
        .near(
            "a_wait_that_is_just_long_enough",
            StoppingCondition={"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 60},
            EnableManagedSpotTraining=True,
            CheckpointConfig=CHECKPOINTS,
        )
        .near(
            "spot_where_a_parameter_says_so",
            StoppingCondition={"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 60},
            EnableManagedSpotTraining=LOOKED_UP,
        )
    )
    twice("duplicate-name", types, f"{place}.InputDataConfig", "ChannelName", "warning")


KEPT = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "KeepAlivePeriodInSeconds": 60}
GROUPED = {"InstanceGroups": [{"InstanceType": "ml.m5.large", "InstanceCount": 1, "InstanceGroupName": "g"}]}
COUNTED = {"InstanceType": "ml.m5.large", "InstanceCount": 1}
PREFERRED: dict[str, list[Any]] = {"InstancePreferences": [COUNTED]}
PLAN = "arn:aws:sagemaker:eu-west-1:123456789012:training-plan/autumn"
(
    rule("warm-pool", "Training", "Arguments")
    .fault(
        "kept_spot_instances",
        "ResourceConfig.KeepAlivePeriodInSeconds",
        ResourceConfig=KEPT,
        EnableManagedSpotTraining=True,
    )
    .fault(
        "kept_groups",
        "ResourceConfig.KeepAlivePeriodInSeconds",
        ResourceConfig={**GROUPED, "KeepAlivePeriodInSeconds": 60},
    )
    .near("kept_instances", ResourceConfig=KEPT, EnableManagedSpotTraining=False, StoppingCondition=GONE)
    .near(
        "spot_instances_that_are_not_kept",
        ResourceConfig={**KEPT, "KeepAlivePeriodInSeconds": 0},
        EnableManagedSpotTraining=True,
        CheckpointConfig=CHECKPOINTS,
    )
)
(
    rule("training-instances", "Training", "Arguments")
    .fault(
        "preferred_spot_instances",
        "ResourceConfig.InstancePreferences",
        ResourceConfig=PREFERRED,
        EnableManagedSpotTraining=True,
    )
    .fault(
        "preferred_and_placed",
        "ResourceConfig.InstancePreferences",
        ResourceConfig={**PREFERRED, "InstancePlacementConfig": {"EnableMultipleJobs": True}},
        EnableManagedSpotTraining=GONE,
    )
    .near("preferred_instances", ResourceConfig=PREFERRED, EnableManagedSpotTraining=False, StoppingCondition=GONE)
    .fault(
        "counted_twice",
        "ResourceConfig.InstanceCount",
        ResourceConfig={**PREFERRED, "InstanceCount": 2},
        EnableManagedSpotTraining=GONE,
        StoppingCondition=GONE,
    )
    .fault(
        "counted_in_one_of_two",
        "ResourceConfig.InstancePreferences[1]",
        ResourceConfig={"InstancePreferences": [*PREFERRED["InstancePreferences"], {"InstanceType": "ml.m5.xlarge"}]},
        EnableManagedSpotTraining=GONE,
        StoppingCondition=GONE,
    )
    .fault(
        "counted_nowhere",
        "ResourceConfig.InstancePreferences",
        ResourceConfig={"InstancePreferences": [{"InstanceType": "ml.m5.xlarge"}]},
        EnableManagedSpotTraining=GONE,
        StoppingCondition=GONE,
    )
    .fault(
        "planned_twice",
        "ResourceConfig.TrainingPlanArn",
        ResourceConfig={"InstancePreferences": [{**COUNTED, "TrainingPlanArns": [PLAN]}], "TrainingPlanArn": PLAN},
        EnableManagedSpotTraining=GONE,
        StoppingCondition=GONE,
    )
    .near(
        "counted_beside",
        ResourceConfig={"InstancePreferences": [{"InstanceType": "ml.m5.xlarge"}], "InstanceCount": 2},
        EnableManagedSpotTraining=GONE,
        StoppingCondition=GONE,
    )
    .near(
        "planned_once",
        ResourceConfig={"InstancePreferences": [{**COUNTED, "TrainingPlanArns": [PLAN]}]},
        EnableManagedSpotTraining=GONE,
        StoppingCondition=GONE,
    )
    .near("preferred_alone", ResourceConfig=PREFERRED, EnableManagedSpotTraining=GONE, StoppingCondition=GONE)
)
WAITS = {"MaxRuntimeInSeconds": 60, "MaxPendingTimeInSeconds": 3600}
(
    rule("pending-time", "Training", "Arguments", "warning")
    .fault(
        "waits_for_plain_instances",
        "StoppingCondition.MaxPendingTimeInSeconds",
        StoppingCondition=WAITS,
        ResourceConfig=COUNTED,
        EnableManagedSpotTraining=GONE,
    )
    .near(
        "waits_for_gpus",
        StoppingCondition=WAITS,
        ResourceConfig={"InstancePreferences": [COUNTED, {"InstanceType": "ml.g5.xlarge", "InstanceCount": 1}]},
        EnableManagedSpotTraining=GONE,
    )
)
OBJECTIVE = {"Type": "Minimize", "MetricName": "loss"}
RANGE = {"Name": "eta", "MinValue": "0.1", "MaxValue": "0.5"}
RANGES = {"ContinuousParameterRanges": [RANGE]}
CONFIG = "Arguments.HyperParameterTuningJobConfig"


def bounds(least: str, most: str, whole: bool = False, **more: Any) -> dict[str, Any]:
    kind = "IntegerParameterRanges" if whole else "ContinuousParameterRanges"
    return {kind: [{**RANGE, "MinValue": least, "MaxValue": most, **more}]}


for place, key in ((CONFIG, "ParameterRanges"), (SINGLE, "HyperParameterRanges"), (SEVERAL, "HyperParameterRanges")):
    real, whole = f"{key}.ContinuousParameterRanges[0]", f"{key}.IntegerParameterRanges[0]"
    (
        rule("tuning-range", "Tuning", place)
        .fault("a_range_that_goes_down", real, **{key: bounds("0.5", "0.1")})
        .fault("a_bound_that_is_no_number", f"{real}.MinValue", **{key: bounds("low", "0.1")})
        .fault("a_bound_that_is_endless", f"{real}.MaxValue", **{key: bounds("0.1", "inf")})
        .fault("a_fraction_as_a_whole_bound", f"{whole}.MaxValue", **{key: bounds("1", "1.5", True)})
        .fault("logarithms_of_nothing", f"{real}.ScalingType", **{key: bounds("0", "1", ScalingType="Logarithmic")})
        .fault(
            "reverse_logarithms_of_one",
            f"{real}.ScalingType",
            **{key: bounds("0", "1", ScalingType="ReverseLogarithmic")},
        )
        .fault(
            "reverse_logarithms_below_nothing",
            f"{real}.ScalingType",
            **{key: bounds("-0.1", "0.9", ScalingType="ReverseLogarithmic")},
        )
        .near("a_range_of_one_value", **{key: bounds("0.5", "0.5")})
        .near("a_range_of_whole_numbers", **{key: bounds("1", "2", True)})
        .near("logarithms", **{key: bounds("0.001", "1", ScalingType="Logarithmic")})
        .near("reverse_logarithms", **{key: bounds("0", "0.99", ScalingType="ReverseLogarithmic")})
        .near(
            "a_bound_that_is_not_known",
            **{key: {"ContinuousParameterRanges": [{**RANGE, "MinValue": {"Std:Join": {"On": "", "Values": ["9"]}}}]}},
        )
    )
    rule("tuned-twice", "Tuning", place, "warning").fault(
        "two_ranges_of_one_name",
        f"{key}.ContinuousParameterRanges[0].Name",
        **{key: {**RANGES, "IntegerParameterRanges": [{**RANGE, "MinValue": "1", "MaxValue": "2"}]}},
    )
for place in (SINGLE, SEVERAL):
    (
        rule("tuned-twice", "Tuning", place, "warning")
        .fault(
            "a_fixed_value_and_a_range",
            "StaticHyperParameters",
            HyperParameterRanges=RANGES,
            StaticHyperParameters={"eta": "0.2"},
        )
        .near("a_fixed_value_of_another", HyperParameterRanges=RANGES, StaticHyperParameters={"beta": "0.2"})
    )
    (
        rule("tuning-resources", "Tuning", place)
        .fault("no_instances", "", ResourceConfig=GONE, HyperParameterTuningResourceConfig=GONE)
        .fault(
            "instances_twice",
            "",
            ResourceConfig=KEPT,
            HyperParameterTuningResourceConfig={"InstanceType": "ml.m5.large"},
        )
        .fault(
            "a_type_beside_types",
            "HyperParameterTuningResourceConfig.InstanceType",
            ResourceConfig=GONE,
            HyperParameterTuningResourceConfig={"InstanceType": "ml.m5.large", "InstanceConfigs": [{}]},
        )
        .near(
            "instances_of_a_training_job",
            HyperParameterTuningResourceConfig=GONE,
            ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        )
        .near(
            "instances_of_tuning",
            ResourceConfig=GONE,
            HyperParameterTuningResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1},
        )
    )
(
    rule("tuning-definitions", "Tuning", "Arguments")
    .fault("a_definition_and_definitions", "", TrainingJobDefinition={}, TrainingJobDefinitions=[])
    .fault("no_definition", "", TrainingJobDefinition=GONE, TrainingJobDefinitions=GONE)
)
(
    rule("tuning-definitions", "Tuning", SEVERAL, "warning")
    .fault("a_definition_without_a_name", "", DefinitionName=GONE)
    .fault("a_definition_without_ranges", "", HyperParameterRanges=GONE)
)
twice("tuning-definitions", "Tuning", "Arguments.TrainingJobDefinitions", "DefinitionName", "warning")
rule("tuning-objective", "Tuning", SEVERAL).fault("a_definition_without_an_objective", "", TuningObjective=GONE)
for level, strategies in (("error", ("Bayesian", "Hyperband")), ("warning", ("Random", "Grid"))):
    for strategy in strategies:

        def without_objective(document: Document, strategy: str = strategy) -> Places:
            for step, config, where in holders(document, ("Tuning",), CONFIG):
                single = step["Arguments"].get("TrainingJobDefinition")
                if single is not None and "TuningObjective" not in single:
                    with all_changed(config, {"Strategy": strategy, "HyperParameterTuningJobObjective": GONE}):
                        yield step["Name"], where

        without_objective.__name__ = f"{strategy}_without_an_objective"
        fault("tuning-objective", level)(without_objective)


@fault("tuning-objective", "warning")
def a_random_definition_without_an_objective(document: Document) -> Places:
    for step, config, _ in holders(document, ("Tuning",), CONFIG):
        for index, job in enumerate(step["Arguments"].get("TrainingJobDefinitions", [])):
            with all_changed(config, {"Strategy": "Random", "StrategyConfig": GONE}), changed(job, "TuningObjective"):
                yield step["Name"], f"Arguments.TrainingJobDefinitions[{index}]"


@near("tuning-objective")
def an_objective_in_the_definition(document: Document) -> Iterator[None]:
    for step, config, _ in holders(document, ("Tuning",), CONFIG):
        single = step["Arguments"].get("TrainingJobDefinition")
        if single is not None:
            changes = {"HyperParameterTuningJobObjective": GONE}
            with all_changed(config, changes), changed(single, "TuningObjective", OBJECTIVE):
                yield


HYPERBAND = {"HyperbandStrategyConfig": {"MinResource": 1, "MaxResource": 9}}
(
    rule("tuning-strategy", "Tuning", CONFIG)
    .fault("resources_of_another_strategy", "StrategyConfig", Strategy="Random", StrategyConfig=HYPERBAND)
    .fault(
        "early_stopping_twice",
        "TrainingJobEarlyStoppingType",
        Strategy="Hyperband",
        TrainingJobEarlyStoppingType="Auto",
    )
    .fault(
        "a_grid_over_numbers",
        "ParameterRanges.ContinuousParameterRanges",
        Strategy="Grid",
        ParameterRanges=RANGES,
        TrainingJobEarlyStoppingType=GONE,
    )
    .near("resources_of_hyperband", Strategy="Hyperband", StrategyConfig=HYPERBAND, TrainingJobEarlyStoppingType="Off")
    .near("early_stopping", Strategy="Random", TrainingJobEarlyStoppingType="Auto", StrategyConfig=GONE)
)


@near("tuning-strategy")
def a_grid_over_words(document: Document) -> Iterator[None]:
    words = {"CategoricalParameterRanges": [{"Name": "eta", "Values": ["1", "2"]}]}
    for step, config, _ in holders(document, ("Tuning",), CONFIG):
        changes = {"Strategy": "Grid", "ParameterRanges": words, "StrategyConfig": GONE}
        if "TrainingJobDefinition" in step["Arguments"]:
            with all_changed(config, changes):
                yield


# -- AutoML, transform -------------------------------------------------------------------------------------------------


def algorithms(*names: str) -> dict[str, Any]:
    return {"AlgorithmsConfig": [{"AutoMLAlgorithms": list(names)}]}


(
    rule("auto-ml-mode", "AutoML", "Arguments.AutoMLJobConfig")
    .fault("another_mode", "Mode", Mode="HYPERPARAMETER_TUNING")
    .fault("no_mode", "Mode", Mode=GONE)
    .fault(
        "an_algorithm_of_another_mode",
        "CandidateGenerationConfig.AlgorithmsConfig[0].AutoMLAlgorithms[1]",
        CandidateGenerationConfig=algorithms("xgboost", "mlp"),
    )
    .near("algorithms_of_ensembles", CandidateGenerationConfig=algorithms("xgboost", "nn-torch"))
    .near("a_mode_that_is_not_known", Mode={"Get": "Execution.PipelineName"})
)
rule("auto-ml-mode", "AutoML", "Arguments").fault("no_mode_at_all", "AutoMLJobConfig.Mode", AutoMLJobConfig=GONE)
(
    rule("auto-ml-objective", "AutoML", "Arguments")
    .fault("a_problem_without_a_metric", "", ProblemType="Regression", AutoMLJobObjective=GONE)
    .fault("a_metric_without_a_problem", "", ProblemType=GONE, AutoMLJobObjective={"MetricName": "F1"})
    .near("a_problem_and_a_metric", ProblemType="BinaryClassification", AutoMLJobObjective={"MetricName": "F1"})
    .near("neither_problem_nor_metric", ProblemType=GONE, AutoMLJobObjective=GONE)
)


@fault("auto-ml-channels")
def two_targets(document: Document) -> Places:
    for step, channels, where in holders(document, ("AutoML",), "Arguments.InputDataConfig"):
        with added(channels, {**channels[0], "TargetAttributeName": "another"}):
            yield step["Name"], f"{where}[{len(channels) - 1}].TargetAttributeName"


@near("auto-ml-channels")
def two_channels(document: Document) -> Iterator[None]:
    for _, channels, _ in holders(document, ("AutoML",), "Arguments.InputDataConfig"):
        if len(channels) < 2:
            with added(channels, {**channels[0], "ChannelType": "validation"}):
                yield


(
    rule("transform-payload", "Transform", "Arguments")
    .fault("too_much_at_once", "MaxPayloadInMB", MaxPayloadInMB=51, MaxConcurrentTransforms=2)
    .fault("too_much", "MaxPayloadInMB", MaxPayloadInMB=101, MaxConcurrentTransforms=GONE)
    .near("as_much_as_can_be", MaxPayloadInMB=50, MaxConcurrentTransforms=2)
    .near("as_much_as_can_be_of_one", MaxPayloadInMB=100, MaxConcurrentTransforms=0)
    .near("many_small_ones", MaxPayloadInMB=GONE, MaxConcurrentTransforms=200)
)


(
    rule("transform-filter", "Transform", "Arguments")
    .fault("input_without_root", "DataProcessing.InputFilter", DataProcessing={"InputFilter": "features"})
    .fault("output_without_root", "DataProcessing.OutputFilter", DataProcessing={"OutputFilter": "[0,-1]"})
    .near("filters", DataProcessing={"InputFilter": "$[1:]", "OutputFilter": "$", "JoinSource": "Input"})
    .near("a_filter_of_the_start", DataProcessing={"InputFilter": LOOKED_UP})
)


@fault("transform-batches", "warning")
def batches_of_whole_files(document: Document) -> Places:
    for step, arguments, where in holders(document, ("Transform",), "Arguments"):
        for split in ("None", GONE):
            strategy = changed(arguments, "BatchStrategy", "MultiRecord")
            with strategy, all_changed(arguments["TransformInput"], {"SplitType": split}):
                yield step["Name"], f"{where}.BatchStrategy"


@near("transform-batches")
def batches_of_lines(document: Document) -> Iterator[None]:
    for _, arguments, _ in holders(document, ("Transform",), "Arguments"):
        for strategy, split in (("MultiRecord", "Line"), ("SingleRecord", "None")):
            batches = changed(arguments, "BatchStrategy", strategy)
            with batches, changed(arguments["TransformInput"], "SplitType", split):
                yield
