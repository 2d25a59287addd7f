"""The GPUs that can run at once and the instance-hours of an execution, against literals and a search of all runs."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdk_sagemaker_pipelines.capacity.counts import gpus_at_once, shares
from cdk_sagemaker_pipelines.capacity.hours import instance_hours
from cdk_sagemaker_pipelines.language import CycleError, Definition
from tests.team.support import branch, definition, for_each, get, parameter, training, tuning

EIGHT, FOUR, ONE = "ml.p4d.24xlarge", "ml.g5.12xlarge", "ml.g5.xlarge"
STEADY = settings(deadline=None, derandomize=True, max_examples=150)


def gpus(*steps: dict[str, Any], parallelism: int | None = None, parameters: Any = ()) -> int:
    return gpus_at_once(definition(*steps, parameters=tuple(parameters)), parallelism)[0]


def doubts(*steps: dict[str, Any], parameters: Any = ()) -> list[tuple[str, str, str]]:
    _, _, told = gpus_at_once(definition(*steps, parameters=tuple(parameters)), None)
    return [(doubt.step.name, doubt.where.removeprefix("Arguments."), doubt.text) for doubt in told]


def hours(*steps: dict[str, Any], parameters: Any = ()) -> dict[str, float]:
    found = instance_hours(definition(*steps, parameters=tuple(parameters)))[0]
    return {name: amount for name, amount in found.items() if amount}


def unbounded(*steps: dict[str, Any], parameters: Any = ()) -> list[tuple[str, str, str, bool]]:
    _, told = instance_hours(definition(*steps, parameters=tuple(parameters)))
    return [(doubt.step.name, doubt.where.removeprefix("Arguments."), doubt.text, doubt.bounded) for doubt in told]


# -- GPUs


def test_steps_that_do_not_wait_run_together() -> None:
    assert gpus(training("A", EIGHT, 2), training("B", FOUR), training("C")) == 20


def test_steps_that_wait_do_not() -> None:
    steps = training("A", EIGHT), training("B", FOUR, after=["A"]), training("C", EIGHT, after=["B"])
    assert gpus(*steps) == 8
    assert gpus(*steps, training("D", ONE)) == 9


def test_the_data_that_a_step_reads_makes_it_wait() -> None:
    model = {"Get": "Steps.A.ModelArtifacts.S3ModelArtifacts"}
    assert gpus(training("A", EIGHT), training("B", EIGHT, arguments={"CheckpointConfig": {"S3Uri": model}})) == 8


def test_the_parallelism_bounds_the_steps() -> None:
    steps = [training(name, FOUR) for name in "ABCDE"]
    assert [gpus(*steps, parallelism=most) for most in (None, 9, 2, 1)] == [20, 20, 8, 4]


def test_branches_of_a_condition_exclude_each_other() -> None:
    condition = branch("Check", [training("A", FOUR), training("B", FOUR)], [training("C", EIGHT, 2)])
    assert gpus(condition, training("D", ONE)) == 17


def test_what_waits_for_opposite_branches_excludes_each_other() -> None:
    condition = branch("Check", [training("A")], [training("B")])
    yes, no = training("C", FOUR, after=["A"]), training("D", FOUR, after=["B"])
    assert gpus(condition, yes, no) == 4
    assert gpus(condition, yes, no, training("E", ONE, after=["C"])) == 4
    assert gpus(condition, yes, training("E", ONE, after=["A"])) == 5


def test_what_waits_for_both_branches_never_runs() -> None:
    condition = branch("Check", [training("A", ONE)], [training("B", ONE)])
    never = training("C", EIGHT, after=["A", "B"]), training("D", EIGHT, after=["C"])
    assert gpus(condition, *never) == 1


def test_a_step_that_runs_beside_a_condition_adds_to_either_branch() -> None:
    # D feeds the one branch and runs beside the other
    yes, no = training("A", EIGHT, after=["D"]), training("B", FOUR)
    assert gpus(branch("Check", [yes], [no]), training("D", EIGHT)) == 12


def test_branches_inside_a_branch() -> None:
    inner = branch("Inner", [training("A", EIGHT)], [training("B", FOUR, 3)])
    assert gpus(branch("Outer", [inner, training("C", ONE)], [training("D", EIGHT)])) == 13


def test_a_for_each_runs_its_body_for_several_items() -> None:
    body = training("A", FOUR), training("B", EIGHT, after=["A"])
    assert gpus(for_each("Each", ["x", "y", "z"], 2, *body)) == 16
    assert gpus(for_each("Each", ["x"], 2, *body)) == 8
    assert gpus(for_each("Each", get("Items"), 3, *body), parameters=[parameter("Items")]) == 24


def test_a_for_each_without_a_limit_runs_as_many_as_the_service_allows() -> None:
    each = for_each("Each", get("Items"), 1, training("A", ONE))
    each["Arguments"]["MaxConcurrency"] = {"Get": "Execution.PipelineName"}
    assert gpus(each, parameters=[parameter("Items")]) == 50


def test_the_steps_that_run_at_the_peak_are_named() -> None:
    steps = training("A", EIGHT), training("B", FOUR, after=["A"]), training("C", ONE)
    assert gpus_at_once(definition(*steps), None)[1] == {"A": 8, "C": 1}


def test_what_waits_for_a_for_each_waits_for_its_body() -> None:
    assert gpus(for_each("Each", ["x", "y"], 2, training("A", EIGHT)), training("B", EIGHT, after=["Each"])) == 16


def test_a_tuning_runs_jobs_at_once() -> None:
    limits = {"MaxNumberOfTrainingJobs": 20, "MaxParallelTrainingJobs": 3}
    assert gpus(tuning("T", training("", FOUR, 2), **limits)) == 24
    assert gpus(tuning("T", training("", ONE), training("", EIGHT), **limits)) == 24


def test_a_cluster_of_several_groups_and_one_of_several_choices() -> None:
    both = [{"InstanceType": EIGHT, "InstanceCount": 2}, {"InstanceType": FOUR, "InstanceCount": 1}]
    for key, expected in (("InstanceGroups", 20), ("InstancePreferences", 16)):
        assert gpus(training("A", arguments={"ResourceConfig": {key: both}})) == expected
    beside = {"InstanceCount": 3, "InstancePreferences": [{"InstanceType": EIGHT}, {"InstanceType": FOUR}]}
    assert gpus(training("A", arguments={"ResourceConfig": beside})) == 24
    tuned = {"HyperParameterTuningResourceConfig": {"InstanceConfigs": both}}
    assert gpus(tuning("T", training("", arguments=tuned), MaxParallelTrainingJobs=2)) == 32


def test_a_processing_and_a_transform_job() -> None:
    processing = {"ProcessingResources": {"ClusterConfig": {"InstanceType": FOUR, "InstanceCount": 1}}}
    transform = {"TransformResources": {"InstanceType": ONE, "InstanceCount": 3}}
    for kind in ("Processing", "ClarifyCheck", "QualityCheck"):
        assert gpus({"Name": "P", "Type": kind, "Arguments": processing}) == 4
    assert gpus({"Name": "T", "Type": "Transform", "Arguments": transform}) == 3


def test_a_parameter_counts_with_the_worst_of_its_enum() -> None:
    types = parameter("Type", DefaultValue=ONE, EnumValues=[ONE, FOUR, "ml.m5.large"])
    assert gpus(training("A", get("Type"), 2), parameters=[types]) == 8
    assert doubts(training("A", get("Type"), 2), parameters=[types]) == []


def test_a_parameter_without_an_enum_counts_with_its_default_and_is_reported() -> None:
    types, count = parameter("Type", DefaultValue=FOUR), parameter("Count", "Integer", DefaultValue=2)
    step = training("A", get("Type"), get("Count"))
    assert gpus(step, parameters=[types, count]) == 8
    assert doubts(step, parameters=[types, count]) == [
        (
            "A",
            "ResourceConfig.InstanceType",
            "is parameter 'Type', for which a start may give any value; give it enum_values; counted with 4 GPUs",
        ),
        (
            "A",
            "ResourceConfig.InstanceCount",
            "is parameter 'Count', for which a start may give any value; counted as 2",
        ),
    ]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("ml.g9.xlarge", "how many GPUs 'ml.g9.xlarge' has is not known here"),
        ("${Token[TOKEN.7]}", "is only known at deployment"),
        ({"Get": "Execution.PipelineName"}, "is only known at run time"),
        ({"Std:Join": {"On": "", "Values": ["ml.", get("Bare")]}}, "is only known at run time"),
        ({"Std:Join": {"On": ".", "Values": ["ml", "g9.large"]}}, "how many GPUs 'ml.g9.large' has is not known here"),
        (
            get("Bare"),
            "is parameter 'Bare', for which a start may give any value; give it enum_values",
        ),
    ],
    ids=["new", "token", "property", "join", "literals", "parameter"],
)
def test_an_unknown_type_is_reported(kind: Any, text: str) -> None:
    assert doubts(training("A", kind), parameters=[parameter("Bare")]) == [("A", "ResourceConfig.InstanceType", text)]


@pytest.mark.parametrize("kind", ["AutoML", "Job"])
def test_jobs_that_choose_their_instances_are_reported(kind: str) -> None:
    step = {"Name": "A", "Type": kind, "Arguments": {}}
    assert doubts(step) == [("A", "Arguments", "the definition does not say which instances it uses")]
    assert unbounded(step) == [("A", "Arguments", "the definition does not say which instances it uses", False)]


def test_a_training_without_instances_of_its_own_is_reported() -> None:
    step = {"Name": "A", "Type": "Training", "Arguments": {"ServerlessJobConfig": {"JobType": "FineTuning"}}}
    assert doubts(step) == [("A", "Arguments", "the definition does not say which instances it uses")]
    assert ("A", "Arguments", "the definition does not say which instances it uses", False) in unbounded(step)


RULES_OF_DEBUGGER = {
    "DebugRuleConfigurations": [{"InstanceType": FOUR, "VolumeSizeInGB": 9}, {"RuleParameters": {"rule": "Loss"}}],
    "ProfilerRuleConfigurations": [{"InstanceType": "ml.m5.large"}],
}


def test_the_rules_of_debugger_run_along_with_their_training() -> None:
    assert gpus(training("A", EIGHT, 2, arguments=RULES_OF_DEBUGGER)) == 20
    assert gpus(for_each("Each", ["x", "y"], 2, training("A", ONE, arguments=RULES_OF_DEBUGGER))) == 10
    assert hours(training("A", count=3, seconds=7200, arguments=RULES_OF_DEBUGGER)) == {"A": 10}


def test_a_cycle_is_an_error_of_its_own() -> None:
    with pytest.raises(CycleError, match="the steps wait for one another"):
        gpus(training("A", after=["B"]), training("B", after=["A"]))


names = [f"S{index}" for index in range(6)]
kinds = st.sampled_from([ONE, FOUR, EIGHT, "ml.m5.large"])


@st.composite
def pipelines(draw: st.DrawFn) -> Definition:
    """Up to six jobs, some in the branches of up to two conditions; all wait for earlier ones, in whatever place."""
    places: list[list[dict[str, Any]]] = [[]]
    steps = places[0]
    for name in names[: draw(st.integers(2, 6))]:
        place = draw(st.sampled_from(places))
        before = names[: names.index(name)]
        after = draw(st.lists(st.sampled_from(before), max_size=2, unique=True)) if before else []
        place.append(training(name, draw(kinds), after=after))
        if len(places) < 5 and draw(st.booleans()):
            yes: list[dict[str, Any]] = []
            no: list[dict[str, Any]] = []
            steps.append(branch(f"C{len(places)}", yes, no, (name,) if place is steps else ()))
            arguments = steps[-1]["Arguments"]
            arguments["IfSteps"], arguments["ElseSteps"] = yes, no
            places += [yes, no]
    return definition(*steps)


@given(pipelines(), st.none() | st.integers(1, 3))
@STEADY
def test_it_is_what_the_worst_run_needs(made: Definition, parallelism: int | None) -> None:
    assert gpus_at_once(made, parallelism)[0] == max(running(made, parallelism))


def running(made: Definition, parallelism: int | None) -> Iterator[int]:
    """The GPUs of each moment of each run: everything that is ready runs, as far as the parallelism goes."""
    weights = {
        step.name: gpus_at_once(Definition({"Steps": [dict(step.json, DependsOn=[])]}), None)[0]
        for step in made.all_steps()
        if step.type != "Condition"
    }
    pending: list[frozenset[str]] = [frozenset()]
    seen = set(pending)
    while pending:
        ended = pending.pop()  # with the branches that were taken, as 'C1.IfSteps'
        ready = [
            step
            for step in made.all_steps()
            if step.name not in ended
            and all(dependency.step in ended for dependency in step.depends_on)
            and (step.parent is None or f"{step.parent.name}.{step.branch}" in ended)
        ]
        yield sum(sorted((weights.get(step.name, 0) for step in ready), reverse=True)[:parallelism])
        for step in ready:
            ways = [f"{step.name}.IfSteps", f"{step.name}.ElseSteps"] if step.type == "Condition" else [step.name]
            for way in ways:
                after = ended | {step.name, way}
                if after not in seen:
                    seen.add(after)
                    pending.append(after)


@given(pipelines())
@STEADY
def test_the_hours_are_never_fewer_than_those_of_a_run(made: Definition) -> None:
    conditions = [step.name for step in made.all_steps() if step.type == "Condition"]
    worst = max(ran(made, taken) for taken in itertools.product(("IfSteps", "ElseSteps"), repeat=len(conditions)))
    total = sum(instance_hours(made)[0].values())
    assert total == worst if len(conditions) < 2 else total >= worst


def ran(made: Definition, taken: tuple[str, ...]) -> int:
    """The jobs that run, each for an hour, when the conditions take these branches."""
    conditions = [step.name for step in made.all_steps() if step.type == "Condition"]
    branches = dict(zip(conditions, taken, strict=True))
    ended: set[str] = set()
    for _ in made.step_names:
        for step in made.all_steps():
            stands = step.parent is None or (step.parent.name in ended and branches[step.parent.name] == step.branch)
            if stands and all(dependency.step in ended for dependency in step.depends_on):
                ended.add(step.name)
    return len(ended.difference(conditions))


# -- instance-hours


def test_instances_times_their_limit() -> None:
    assert hours(training("A", count=3, seconds=7200), training("B", seconds=1800)) == {"A": 6, "B": 0.5}


def test_retries_run_the_job_again() -> None:
    retried = {"ExceptionType": ["SageMaker.JOB_INTERNAL_ERROR"], "IntervalSeconds": 1, "BackoffRate": 2.0}
    throttled = {"ExceptionType": ["Step.THROTTLING"], "MaxAttempts": 9}
    assert hours(training("A", RetryPolicies=[{**retried, "MaxAttempts": 2}, throttled])) == {"A": 3}
    assert hours(training("A", RetryPolicies=[{**retried, "ExpireAfterMin": 90}])) == {"A": 2.5}
    assert hours(training("A", RetryPolicies=[retried])) == {"A": 6}  # the service's default: five times
    assert hours(training("A", RetryPolicies=[{**retried, "MaxAttempts": 0}])) == {"A": 1}


def test_instances_that_are_kept_warm_count() -> None:
    cluster = {"InstanceType": ONE, "InstanceCount": 2, "KeepAlivePeriodInSeconds": 1800}
    assert hours(training("A", arguments={"ResourceConfig": cluster})) == {"A": 3}


def test_a_for_each_counts_each_item() -> None:
    items = parameter("Items", DefaultValue='["a", "b", "c"]', EnumValues=['["a", "b", "c"]', '["a"]'])
    assert hours(for_each("E", ["a", "b"], 1, training("A"))) == {"A": 2}
    assert hours(for_each("E", ["a", "b"], 1, branch("C", [training("A")]))) == {"A": 2}
    assert hours(branch("C", [for_each("E", ["a", "b"], 1, training("A"))], [training("B")])) == {"A": 2}
    assert hours(for_each("E", get("Items"), 1, training("A")), parameters=[items]) == {"A": 3}


def test_a_condition_counts_the_branch_that_takes_more() -> None:
    steps = training("A"), branch("C", [training("B", count=2)], [training("D"), training("F", seconds=1800)])
    assert hours(*steps) == {"A": 1, "B": 2}


def test_what_runs_only_after_a_branch_counts_with_it() -> None:
    check = branch("C", [training("A")], [training("B")])
    after = training("D", seconds=7200, after=["A"]), training("E", after=["B"]), training("F", after=["A", "B"])
    assert hours(*after, check) == {"A": 1, "D": 2}
    again = branch("C2", [training("G", count=9)], after=("B",))
    assert hours(*after, check, again) == {"B": 1, "E": 1, "G": 9}


def test_what_comes_after_a_step_by_a_trigger_counts_with_either_branch() -> None:
    triggered = training("D", DependsOn=[{"Step": "A", "Trigger": "Any"}])
    assert hours(branch("C", [training("A")], [training("B", count=2)]), triggered) == {"B": 2, "D": 1}


def test_a_tuning_counts_its_jobs_or_its_own_limit() -> None:
    job = training("", count=2)
    assert hours(tuning("T", job, MaxNumberOfTrainingJobs=10, MaxParallelTrainingJobs=3)) == {"T": 20}
    limit = {"MaxParallelTrainingJobs": 3, "MaxRuntimeInSeconds": 7200}
    assert hours(tuning("T", job, MaxNumberOfTrainingJobs=10, **limit)) == {"T": 12}
    assert hours(tuning("T", training("", count=2, seconds=None), MaxNumberOfTrainingJobs=10, **limit)) == {"T": 12}
    assert hours(tuning("T", job, training("", count=4), MaxNumberOfTrainingJobs=10)) == {"T": 40}


def test_a_tuning_that_is_tried_again_counts_again() -> None:
    limits = {"MaxParallelTrainingJobs": 2, "MaxRuntimeInSeconds": 3600}
    again = {"ExceptionType": ["SageMaker.CAPACITY_ERROR"], "MaxAttempts": 1}
    until = {"ExceptionType": ["SageMaker.CAPACITY_ERROR"], "ExpireAfterMin": 30}
    assert hours({**tuning("T", training(""), **limits), "RetryPolicies": [again, until]}) == {"T": 5}


def test_what_has_no_bound_counts_nothing() -> None:
    transform = {"TransformResources": {"InstanceType": ONE, "InstanceCount": 3}}
    assert hours(training("A", seconds=None), {"Name": "T", "Type": "Transform", "Arguments": transform}) == {}
    assert hours(training("A", count={"Get": "Execution.PipelineName"})) == {}
    assert hours(tuning("T", training("", seconds=None), MaxNumberOfTrainingJobs=2)) == {}


def test_missing_limits_are_reported() -> None:
    assert unbounded(training("A", seconds=None)) == [
        ("A", "StoppingCondition.MaxRuntimeInSeconds", "is missing: the job itself has no time limit", False)
    ]
    transform = {"TransformResources": {"InstanceType": ONE, "InstanceCount": 3}}
    assert unbounded({"Name": "T", "Type": "Transform", "Arguments": transform}) == [
        ("T", "Arguments", "a Transform job has no time limit", False)
    ]
    assert unbounded(tuning("T", training("", seconds=None), MaxNumberOfTrainingJobs=2)) == [
        (
            "T",
            "HyperParameterTuningJobConfig.ResourceLimits.MaxRuntimeInSeconds",
            "is missing, and the number and time of its jobs are not limited",
            False,
        )
    ]


def test_a_parameter_as_a_limit_is_reported() -> None:
    limit, count = parameter("Limit", "Integer", DefaultValue=7200), parameter("Count", "Integer")
    step = training("A", count=get("Count"), seconds=get("Limit"))
    assert unbounded(step, parameters=[limit, count]) == [
        (
            "A",
            "StoppingCondition.MaxRuntimeInSeconds",
            "is parameter 'Limit', for which a start may give any value; counted as 7200",
            True,
        ),
        ("A", "ResourceConfig.InstanceCount", "is parameter 'Count', for which a start may give any value", False),
    ]


@pytest.mark.parametrize(
    ("items", "text", "bounded"),
    [
        ({"Get": "Steps.B.X"}, "is only known at run time", False),
        (get("Items"), "is parameter 'Items', for which a start may give any value; give it enum_values", True),
        ("no list", "is not a number", False),
    ],
    ids=["property", "parameter", "text"],
)
def test_items_that_cannot_be_counted_are_reported(items: Any, text: str, bounded: bool) -> None:
    listed = parameter("Items", DefaultValue='["a", "b"]')
    told = unbounded(for_each("E", items, 1, training("A")), parameters=[listed])
    assert told == [("E", "IterableItems", text + ("; counted as 2" if bounded else ""), bounded)]


@pytest.mark.parametrize(
    "value", [True, "x", [], {}, None, float("nan"), 10**400], ids=lambda value: type(value).__name__
)
def test_invalid_numbers_are_a_warning(value: Any) -> None:
    assert unbounded(training("A", count=value)) == [("A", "ResourceConfig.InstanceCount", "is not a number", False)]


def test_the_shares_are_cut_to_a_readable_number() -> None:
    assert shares({"A": 1.5, "B": 0, "C": 12345}) == "'C' 12,345, 'A' 1.5"
    assert shares(dict.fromkeys("ABCDEFG", 1)) == "'A' 1, 'B' 1, 'C' 1, 'D' 1, 'E' 1 and 2 more"
