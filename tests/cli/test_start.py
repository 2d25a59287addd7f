"""``smpipe start`` and its dry run; ``stop``, ``resume``, ``rename``, ``callback`` and ``approve``."""

from __future__ import annotations

import copy
import json
from datetime import timedelta
from typing import Any

import pytest

from cdk_sagemaker_pipelines.executions.forecast_steps import forecast_steps
from cdk_sagemaker_pipelines.executions.rows import moment
from cdk_sagemaker_pipelines.executions.selection import select
from cdk_sagemaker_pipelines.executions.starting import faults
from cdk_sagemaker_pipelines.language import Definition

from .abalone import (
    DEFINITION,
    DESCRIBED,
    FIRST,
    PREPARED,
    SECOND,
    SUCCEEDED,
    answers,
    step,
)
from .conftest import Command
from .service import PIPELINE, START, Refusal, Service, in_pages, values

STARTED = {"PipelineExecutionArn": SECOND}
DAY = timedelta(days=1)


def outcomes(told: Any) -> dict[str, str]:
    return {each["name"]: each["outcome"] for each in told["steps"]}


def why(told: Any, name: str) -> str:
    return str(next(each["why"] for each in told["steps"] if each["name"] == name))


@pytest.mark.parametrize(
    ("given", "hint"),
    [("bad name", ", such as 'bad-name'"), ("-x-", ", such as 'x'"), ("", ""), ("a" * 83, f", such as '{'a' * 82}'")],
)
def test_a_display_name_that_is_none_is_refused(smpipe: Command, given: str, hint: str) -> None:
    smpipe.answers(**answers())
    told = (
        f"smpipe: {given!r} is not a display name: write letters, digits and hyphens between them, at most 82{hint}\n"
    )
    assert smpipe("start", "Abalone", f"--name={given}", code=2) == told
    assert given.startswith("-") or smpipe("rename", "Abalone/nightly", given, code=2) == told


def test_start_with_everything(smpipe: Command) -> None:
    service = smpipe.answers(**answers(StartPipelineExecution=STARTED))
    told = smpipe.json("start", "Abalone", "-p", "Depth=9", "--from", "Abalone/first", "--only", "Train", "Check",
                       "--parallel", "2", "--name", "try-9")  # fmt: skip
    assert told["PipelineExecutionArn"] == SECOND
    assert service.asked["StartPipelineExecution"] == [
        {
            "PipelineName": "Abalone",
            "PipelineParameters": values(Depth="9", Rows="100"),
            "PipelineExecutionDisplayName": "try-9",
            "ParallelismConfiguration": {"MaxParallelExecutionSteps": 2},
            "SelectiveExecutionConfig": {
                "SourcePipelineExecutionArn": FIRST,
                "SelectedSteps": [{"StepName": "Train"}, {"StepName": "Check"}],
            },
        }
    ]


def test_the_source_of_a_part_is_the_latest_that_has_ended(smpipe: Command) -> None:
    summaries = [
        {"PipelineExecutionArn": SECOND, "PipelineExecutionStatus": "Executing", "StartTime": START},
        {"PipelineExecutionArn": FIRST, "PipelineExecutionStatus": "Failed", "StartTime": START},
    ]
    listed = in_pages("PipelineExecutionSummaries", summaries, 1)
    service = smpipe.answers(**answers(StartPipelineExecution=STARTED, ListPipelineExecutions=listed))
    smpipe("start", "Abalone", "--only", "Train")
    config = service.asked["StartPipelineExecution"][0]["SelectiveExecutionConfig"]
    assert config["SourcePipelineExecutionArn"] == FIRST
    smpipe("start", "Abalone", "--only", "Prepare")
    assert "SourcePipelineExecutionArn" not in service.asked["StartPipelineExecution"][1]["SelectiveExecutionConfig"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["-p", "Dept=1"], "the pipeline has no parameter 'Dept'; did you mean 'Depth'?"),
        (["-p", "Depth=deep"], "parameter 'Depth' is of type Integer, but its value is 'deep'; write a value such"),
        (["--only", "Trian"], "the pipeline has no step 'Trian'; did you mean 'Train'?"),
        (["--only", "Prepare", "Check"], "the selected steps have 'Train' between them, which must be selected"),
        (["--from", "Abalone/zzz"], "pipeline 'Abalone' has no execution 'zzz'"),
        (["--version", "99"], "pipeline 'Abalone' has no version 99"),
    ],
    ids=["parameter", "type", "step", "hole", "source", "version"],
)  # fmt: skip
def test_what_is_refused_before_it_is_sent(smpipe: Command, arguments: list[str], told: str) -> None:
    def described(asked: dict[str, Any]) -> Any:
        return Refusal("ResourceNotFound", "no version 99") if "PipelineVersionId" in asked else DESCRIBED

    service = smpipe.answers(**answers(StartPipelineExecution=STARTED, DescribePipeline=described))
    assert smpipe("start", "Abalone", *arguments, code=2).startswith(f"smpipe: {told}")
    assert "StartPipelineExecution" not in service.asked


@pytest.mark.parametrize(
    "arguments",
    [
        ["show", "Abalone/try"], ["compare", "Abalone/firstexec001", "Abalone/try"],
        ["start", "Abalone", "--from", "Abalone/try"], ["stop", "Abalone/try"], ["resume", "Abalone/try"],
        ["rename", "Abalone/try", "other"], ["callback", "Abalone/try", "Ask"], ["logs", "Abalone/try", "Train"],
        ["why", "Abalone/try"], ["watch", "Abalone/try"], ["definition", "Abalone/try"],
        ["draw", "Abalone", "--execution", "try"],
    ],
    ids=lambda arguments: arguments[0],
)  # fmt: skip
def test_a_name_of_two_executions_is_refused(smpipe: Command, arguments: list[str]) -> None:
    summaries = [
        {
            "PipelineExecutionArn": arn, "PipelineExecutionStatus": "Failed", "PipelineExecutionDisplayName": "try",
            "StartTime": when,
        }
        for arn, when in ((SECOND, START + DAY), (FIRST, START))
    ]  # fmt: skip
    smpipe.answers(**answers(ListPipelineExecutions=in_pages("PipelineExecutionSummaries", summaries, 1)))
    both = f"Abalone/secondexec02 ({moment(START + DAY)}), Abalone/firstexec001 ({moment(START)})"
    told = smpipe(*arguments, code=2)
    assert told == f"smpipe: 2 executions of 'Abalone' are named 'try'; write one of {both}\n"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("99", "pipeline 'Abalone' has no version 99; the newest are '3', '2', 'production'"),
        ("prodction", "pipeline 'Abalone' has no version prodction; did you mean 'production'?"),
    ],
)
def test_an_unknown_version_gets_those_that_exist(smpipe: Command, given: str, told: str) -> None:
    def described(asked: dict[str, Any]) -> Any:
        return DESCRIBED if len(asked) == 1 else Refusal("ResourceNotFound", "no version")

    listed = [
        {"PipelineArn": PIPELINE, "PipelineVersionId": number, "PipelineVersionAliases": aliases, "CreationTime": START}
        for number, aliases in ((3, []), (2, ["production"]))
    ]
    pages = in_pages("PipelineVersionSummaries", listed, 1)
    smpipe.answers(**answers(DescribePipeline=described, ListPipelineVersions=pages))
    for command in ("start", "definition"):
        assert smpipe(command, "Abalone", "--version", given, code=2) == f"smpipe: {told}\n"


def test_each_fault_is_found_at_its_parameter() -> None:
    declared = [
        {"Name": "Depth", "Type": "Integer"},
        {"Name": "Kind", "Type": "String", "EnumValues": ["a", "b"]},
        {"Name": "Rows", "Type": "Integer", "DefaultValue": 1},
    ]
    definition = Definition({"Version": "2020-12-01", "Parameters": declared, "Steps": []})
    assert faults(definition, {"Depth": "5", "Kind": "a"}) == {}
    found = faults(definition, {"Kind": "c", "Rows": "many"})
    assert list(found) == ["Depth", "Kind", "Rows"]
    assert "no value is given for 'Depth'" in found["Depth"]
    assert "allowed are 'a', 'b'" in found["Kind"]
    assert "is of type Integer" in found["Rows"]


def test_a_part_whose_source_lacks_a_result(smpipe: Command) -> None:
    lacking = {"PipelineExecutionSteps": [step("Prepare", "Failed")]}
    smpipe.answers(**answers(ListPipelineExecutionSteps=lacking))
    told = smpipe("start", "Abalone", "--only", "Train", "--from", "Abalone", code=2)
    assert "'Train' need the results of 'Prepare', which did not succeed in abalone/firstexec001" in told


def test_whoever_may_only_start_leaves_the_checks_to_the_service(smpipe: Command) -> None:
    denied = Refusal("AccessDeniedException", "no")
    service = smpipe.answers(StartPipelineExecution=STARTED, DescribePipeline=denied)
    assert smpipe("start", "Abalone", "-p", "Any=1") == f"{SECOND}\n"
    assert service.asked["StartPipelineExecution"][0]["PipelineParameters"] == values(Any="1")
    assert "DescribePipeline: no" in smpipe("start", "Abalone", "--only", "X", code=2)


# -- the dry run


def test_dry_run_starts_nothing_and_says_what_would_be_reused(smpipe: Command) -> None:
    service = smpipe.answers(**answers())
    told = smpipe.json("start", "Abalone", "-p", "Depth=7", "--dry-run")
    assert "StartPipelineExecution" not in service.asked
    assert outcomes(told) == {
        "Prepare": "reused",
        "Train": "reused",
        "Check": "will run",
        "Register": "will run",  # the mean squared error of the reused job is known
        "Inaccurate": "not run",
    }
    assert why(told, "Prepare") == "ran with the same arguments in firstexec001"
    assert why(told, "Inaccurate") == "Check is true"


def test_dry_run_says_why_not(smpipe: Command) -> None:
    smpipe.answers(**answers())
    told = smpipe.json("start", "Abalone", "-p", "Depth=9", "--dry-run")
    assert outcomes(told)["Train"] == "will run"
    assert why(told, "Train") == 'HyperParameters.depth: "7" before, now "9"'
    assert outcomes(told)["Register"] == "may run"
    assert why(told, "Register") == "if Check: the result of Train decides"
    (touch,) = told["parameters"]
    assert touch["fields"] == [{"step": "Train", "field": "HyperParameters.depth"}]
    assert touch["after"] == ["Check", "Register", "Inaccurate"]


def test_dry_run_of_a_version_with_an_argument_more(smpipe: Command) -> None:
    changed = copy.deepcopy(DEFINITION)
    changed["Steps"][1]["Arguments"]["HyperParameters"]["seed"] = "1"
    smpipe.answers(**answers(DescribePipeline={**DESCRIBED, "PipelineDefinition": json.dumps(changed)}))
    told = smpipe.json("start", "Abalone", "-p", "Depth=7", "--dry-run")
    assert why(told, "Train") == 'HyperParameters.seed: nothing before, now "1"'


def test_dry_run_at_80_columns(smpipe: Command) -> None:
    smpipe.answers(**answers())
    printed = [line.rstrip() for line in smpipe("start", "Abalone", "-p", "Depth=9", "--dry-run").splitlines()]
    assert printed == [
        "Step          Type           Outcome     Why",
        "Prepare       Processing     ✓ reused    ran with the same arguments in",
        "                                         firstexec001",
        'Train         Training       ● will run  HyperParameters.depth: "7" before, now',
        '                                         "9"',
        "Check         Condition      ● will run  Train.mse <= MaxMse",
        "  Register    RegisterModel  ? may run   if Check: the result of Train decides",
        "  Inaccurate  Fail           ? may run   unless Check: the result of Train",
        "                                         decides",
        "",
        "will run: 2, reused: 1, may run: 2",
        "without a limit: 'Train'",
        "  Train: Arguments.StoppingCondition.MaxRuntimeInSeconds is missing: the job",
        "itself has no time limit",
        "",
        "Depth = 9 (default 5)",
        "  Train: HyperParameters.depth",
        "  and what comes after: Check, Register, Inaccurate",
        "",
        "nothing was started",
    ]


def planned(
    change: Any = None, *, days: float = 0, given: dict[str, Any] | None = None, **other: Any
) -> dict[str, Any]:
    """The outcome of each step, and why, for a changed definition some days after the last run."""
    definition = copy.deepcopy(DEFINITION)
    if change:
        change({each["Name"]: each for each in definition["Steps"]})
    parameters = {"Instance": "ml.m5.large", "Rows": 100, "Depth": 7, "MaxMse": 6.0, **(given or {})}
    client = Service(answers(**other)).client
    told = forecast_steps(
        client, "Abalone", Definition(definition), parameters, START + timedelta(seconds=60) + days * DAY
    )
    return {each.step.name: (each.outcome, each.why) for each in told}


def test_a_result_expires() -> None:
    assert planned(days=30)["Prepare"][0] == "reused"
    assert planned(days=30.1)["Prepare"] == ("will run", "its last run is older than P30D")


def test_what_is_read_of_a_step_that_runs_is_not_known_but_what_it_was_asked_for_is() -> None:
    def read_artifacts(steps: dict[str, Any]) -> None:
        source = {"Get": "Steps.Prepare.ProcessingJobArn"}
        steps["Train"]["Arguments"]["HyperParameters"]["of"] = source

    # Prepare runs, but where it writes to is in its arguments, and the same as before
    assert planned(given={"Rows": 5})["Train"][0] == "reused"
    assert planned(read_artifacts, given={"Rows": 5})["Train"] == (
        "will run",
        "it reads Steps.Prepare.ProcessingJobArn, which is only known when it runs",
    )


def test_the_id_of_the_execution_is_new_each_time() -> None:
    def by_id(steps: dict[str, Any]) -> None:
        place = {"Std:Join": {"On": "/", "Values": ["s3://b", {"Get": "Execution.PipelineExecutionId"}]}}
        steps["Prepare"]["Arguments"]["Environment"] = {"OUT": place}

    assert planned(by_id)["Prepare"] == ("will run", "it contains PipelineExecutionId, which is new each time")


def test_what_is_not_compared_may_change() -> None:
    """Source: the guide's table of cache keys, which has no instances."""
    assert planned(given={"Instance": "ml.m5.24xlarge"})["Prepare"][0] == "reused"


def test_steps_without_caching_run() -> None:
    def uncached(steps: dict[str, Any]) -> None:
        del steps["Prepare"]["CacheConfig"]
        steps["Train"]["CacheConfig"]["Enabled"] = False

    assert planned(uncached)["Prepare"] == ("will run", "it has no CacheConfig")
    assert planned(uncached)["Train"] == ("will run", "its CacheConfig is off")


@pytest.mark.parametrize(
    "steps",
    [
        [step("Prepare", "Failed")],
        [{**PREPARED, "CacheHitResult": {"SourcePipelineExecutionArn": SECOND}}],
        [{**PREPARED, "SelectiveExecutionResult": {"SourcePipelineExecutionArn": SECOND}}],
    ],
    ids=["failed", "cached", "reused"],
)
def test_only_runs_that_succeeded_count(steps: list[dict[str, Any]]) -> None:
    told = planned(ListPipelineExecutionSteps={"PipelineExecutionSteps": steps})
    assert told["Prepare"] == ("will run", "it has not succeeded in the last 1 executions")


def test_a_condition_on_parameters_is_decided_in_advance() -> None:
    def by_parameter(steps: dict[str, Any]) -> None:
        steps["Check"]["Arguments"]["Conditions"][0]["LeftValue"] = {"Get": "Parameters.Rows"}

    told = planned(by_parameter, given={"Rows": 100})
    assert (told["Register"][0], told["Inaccurate"][0]) == ("not run", "will run")


def test_the_plan_of_a_part() -> None:
    definition = Definition(DEFINITION)
    selection = select(definition, ["Check"])
    parameters = {"Instance": "x", "Rows": 1, "Depth": 1, "MaxMse": 1.0}
    told = forecast_steps(Service(answers()).client, "Abalone", definition, parameters, START, selection, FIRST)
    assert [each.outcome for each in told] == ["left out", "reused", "will run", "left out", "left out"]


# -- what changes executions


def test_stop(smpipe: Command) -> None:
    running = {"PipelineArn": PIPELINE, "PipelineExecutionStatus": "Executing"}
    waits = step("Ask", "Executing", Metadata={"Callback": {"CallbackToken": "abcdefghij"}})
    service = smpipe.answers(
        **answers(
            DescribePipelineExecution=running,
            StopPipelineExecution={"PipelineExecutionArn": FIRST},
            ListPipelineExecutionSteps={"PipelineExecutionSteps": [waits, PREPARED]},
        )
    )
    told = smpipe("stop", FIRST)
    assert told == (
        f"stopping {FIRST}\nAsk waits for an answer; end it with: smpipe callback {FIRST} Ask --fail stopped\n"
    )
    assert service.asked["StopPipelineExecution"] == [{"PipelineExecutionArn": FIRST}]


def test_what_has_ended_cannot_be_stopped(smpipe: Command) -> None:
    smpipe.answers(**answers())
    assert "the execution is Succeeded; only one that is Executing can be stopped" in smpipe("stop", FIRST, code=2)


@pytest.mark.parametrize(
    ("status", "steps", "told"),
    [
        ("Succeeded", SUCCEEDED, "the execution has succeeded; there is nothing to resume"),
        ("Executing", SUCCEEDED, "the execution is Executing; only one that failed or was stopped can be resumed"),
        ("Failed", [step("Inaccurate", "Failed")], "was ended by its Fail step 'Inaccurate', so it cannot be resumed"),
        ("Failed", [step("Train", "Failed")], ""),
        ("Stopped", [step("Train", "Stopped")], ""),
    ],
    ids=["succeeded", "executing", "fail-step", "failed", "stopped"],
)
def test_resume(smpipe: Command, status: str, steps: list[dict[str, Any]], told: str) -> None:
    service = smpipe.answers(
        **answers(
            DescribePipelineExecution={"PipelineArn": PIPELINE, "PipelineExecutionStatus": status},
            ListPipelineExecutionSteps={"PipelineExecutionSteps": steps},
            RetryPipelineExecution={"PipelineExecutionArn": FIRST},
        )
    )
    printed = smpipe("resume", FIRST, "--parallel", "3", code=2 if told else 0)
    assert told in printed
    sent = {"PipelineExecutionArn": FIRST, "ParallelismConfiguration": {"MaxParallelExecutionSteps": 3}}
    assert service.asked.get("RetryPipelineExecution", []) == ([] if told else [sent])


@pytest.mark.parametrize(
    ("newest", "told"),
    [
        (4, "it runs version 3; the newest is 4: 'smpipe start abalone' runs that\n"),
        (3, ""),
        (None, ""),
    ],
    ids=["older", "newest", "denied"],
)
def test_resume_says_that_a_newer_version_does_not_run(smpipe: Command, newest: int | None, told: str) -> None:
    described = {"PipelineArn": PIPELINE, "PipelineExecutionStatus": "Failed", "PipelineVersionId": 3}
    listed = {"PipelineVersionSummaries": [{"PipelineArn": PIPELINE, "PipelineVersionId": newest}]}
    service = smpipe.answers(
        **answers(
            DescribePipelineExecution=described,
            ListPipelineExecutionSteps={"PipelineExecutionSteps": [step("Train", "Failed")]},
            RetryPipelineExecution={"PipelineExecutionArn": FIRST},
            ListPipelineVersions=listed if newest else Refusal("AccessDeniedException"),
        )
    )
    assert smpipe("resume", FIRST) == f"{FIRST}\n"
    assert smpipe.errors == told
    assert service.asked["ListPipelineVersions"][0]["PipelineName"] == PIPELINE
    assert smpipe.json("resume", FIRST) == {"PipelineExecutionArn": FIRST}


def test_rename(smpipe: Command) -> None:
    service = smpipe.answers(**answers(UpdatePipelineExecution={"PipelineExecutionArn": FIRST}))
    smpipe("rename", "Abalone/nightly", "weekly", "--description", "x", "--parallel", "4")
    assert service.asked["UpdatePipelineExecution"] == [
        {
            "PipelineExecutionArn": FIRST,
            "PipelineExecutionDisplayName": "weekly",
            "PipelineExecutionDescription": "x",
            "ParallelismConfiguration": {"MaxParallelExecutionSteps": 4},
        }
    ]
    assert "give the new NAME, --description or --parallel" in smpipe("rename", FIRST, code=2)


ASKS = {
    "Version": "2020-12-01",
    "Steps": [
        {
            "Name": "Ask", "Type": "Callback", "SqsQueueUrl": "url", "Arguments": {},
            "OutputParameters": [{"OutputName": "answer", "OutputType": "String"}],
        }
    ],
}  # fmt: skip
WAITS = {
    "PipelineExecutionSteps": [
        step("Ask", "Executing", Metadata={"Callback": {"CallbackToken": "abcdefghij"}}),
        step("Asked", Metadata={"Callback": {"CallbackToken": "0123456789"}}),
    ]
}


@pytest.mark.parametrize(
    ("kind", "value", "other"), [("Boolean", "true", "maybe"), ("Integer", "5", "5.5"), ("Float", "0.5", "much")]
)
def test_an_answer_of_another_type_is_not_sent(smpipe: Command, kind: str, value: str, other: str) -> None:
    asks: dict[str, Any] = copy.deepcopy(dict(ASKS))
    asks["Steps"][0]["OutputParameters"][0]["OutputType"] = kind
    service = smpipe.answers(
        **answers(
            ListPipelineExecutionSteps=WAITS,
            DescribePipelineDefinitionForExecution={"PipelineDefinition": json.dumps(asks)},
            SendPipelineExecutionStepSuccess={"PipelineExecutionArn": FIRST},
        )
    )
    told = smpipe("callback", FIRST, "Ask", "-o", f"answer={other}", code=2)
    assert told == (
        f"smpipe: the answer to 'Ask' gave \"{other}\" for the output parameter 'answer', which is declared as {kind}\n"
    )
    assert "SendPipelineExecutionStepSuccess" not in service.asked
    assert smpipe("callback", FIRST, "Ask", "-o", f"answer={value}") == "succeeded\n"


def test_callback(smpipe: Command) -> None:
    service = smpipe.answers(
        **answers(
            ListPipelineExecutionSteps=WAITS,
            DescribePipelineDefinitionForExecution={"PipelineDefinition": json.dumps(ASKS)},
            SendPipelineExecutionStepSuccess={"PipelineExecutionArn": FIRST},
            SendPipelineExecutionStepFailure={"PipelineExecutionArn": FIRST},
        )
    )
    assert smpipe("callback", FIRST, "Ask", "-o", "answer=yes=no") == "succeeded\n"
    assert service.asked["SendPipelineExecutionStepSuccess"] == [
        {"CallbackToken": "abcdefghij", "OutputParameters": values(answer="yes=no")}
    ]
    assert smpipe("callback", FIRST, "Ask", "--fail", "no") == "failed\n"
    assert service.asked["SendPipelineExecutionStepFailure"][0]["FailureReason"] == "no"
    for arguments, told in (
        (["Asc"], "no callback step 'Asc' of this execution waits for an answer: it is not among its steps"),
        (
            ["Asked"],
            "of this execution waits for an answer: it is Succeeded; did you mean 'Ask'",
        ),
        (["Ask", "-o", "anser=1"], "step 'Ask' declares no output 'anser'; did you mean 'answer'?"),
        (["Ask"], "step 'Ask' needs a value for 'answer': --output answer=..."),
        (["Ask", "--fail", "x", "-o", "a=b"], "--fail goes without --output"),
    ):
        assert told in smpipe("callback", FIRST, *arguments, code=2)


PACKAGES = [
    {
        "ModelPackageArn": f"arn:aws:sagemaker:eu-west-1:111122223333:model-package/group/{version}",
        "ModelPackageVersion": version, "CreationTime": START, "ModelPackageStatus": "Completed",
    }
    for version in (12, 11, 2)
]  # fmt: skip


def test_approve(smpipe: Command) -> None:
    def listed(asked: dict[str, Any]) -> Any:
        if asked["ModelPackageGroupName"] != "group":
            return Refusal("ValidationException", "ModelPackageGroup does not exist")
        return in_pages("ModelPackageSummaryList", PACKAGES, 1)(asked)

    groups = [
        {"ModelPackageGroupName": name, "ModelPackageGroupArn": PACKAGES[0]["ModelPackageArn"],
         "CreationTime": START, "ModelPackageGroupStatus": "Completed"}
        for name in ("group", "other")
    ]  # fmt: skip
    service = smpipe.answers(
        ListModelPackages=listed,
        ListModelPackageGroups=in_pages("ModelPackageGroupSummaryList", groups, 1),
        UpdateModelPackage={"ModelPackageArn": PACKAGES[0]["ModelPackageArn"]},
    )
    smpipe("approve", "group")
    smpipe("approve", "group/2", "--reject", "--because", "old")
    assert service.asked["UpdateModelPackage"] == [
        {"ModelPackageArn": PACKAGES[0]["ModelPackageArn"], "ModelApprovalStatus": "Approved"},
        {
            "ModelPackageArn": PACKAGES[2]["ModelPackageArn"],
            "ModelApprovalStatus": "Rejected",
            "ApprovalDescription": "old",
        },
    ]
    assert "the group 'group' has no version 3; it has '12', '11', '2'" in smpipe("approve", "group/3", code=2)
    assert "there is no model package group 'grop'; did you mean 'group'?" in smpipe("approve", "grop", code=2)
