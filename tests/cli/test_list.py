"""``smpipe list``, ``versions``, ``show`` and ``definition``."""

from __future__ import annotations

from datetime import timedelta

import pytest

from .abalone import DESCRIBED, FIRST, answers
from .conftest import Command
from .service import PIPELINE, START, Refusal, in_pages, record, values

EXECUTIONS = [
    record("newestexec01", "Failed", 1, PipelineVersionId=2, PipelineParameters=values(Depth="7"),
           PipelineExecutionDisplayName="try-7"),
    record("middleexec02", "Succeeded", 2, PipelineVersionId=2, PipelineParameters=values(Rows="100")),
    record("oldestexec03", "Executing", 3, PipelineVersionId=1, PipelineParameters=[]),
]  # fmt: skip


def found(*executions: dict[str, object]) -> object:
    return in_pages("Results", [{"PipelineExecution": each} for each in executions], 2)


def test_pipelines_with_their_latest_execution(smpipe: Command) -> None:
    def answer(asked: dict[str, object]) -> dict[str, object]:
        if asked["Resource"] == "Pipeline":
            records = [
                {"PipelineArn": PIPELINE, "PipelineName": "Abalone", "LastModifiedTime": START},
                {"PipelineArn": f"{PIPELINE}-2", "PipelineName": "Abalone-2", "LastModifiedTime": START},
            ]
            return {"Results": [{"Pipeline": each} for each in records]}
        mine = PIPELINE in str(asked["SearchExpression"]) and f"{PIPELINE}-2" not in str(asked["SearchExpression"])
        return {"Results": [{"PipelineExecution": EXECUTIONS[0]}] if mine else []}

    service = smpipe.answers(Search=answer)
    assert smpipe("list", "--search", "Aba", "--tag", "team=ml", "--tag", "owner").splitlines() == [
        "Pipeline   Latest    Started           Changed",
        "Abalone    ✗ Failed  2030-01-01 11:00  2030-01-01 12:00",
        "Abalone-2                              2030-01-01 12:00",
    ]
    assert service.asked["Search"][0] == {
        "Resource": "Pipeline",
        "SortBy": "LastModifiedTime",
        "SortOrder": "Descending",
        "SearchExpression": {
            "Filters": [
                {"Name": "PipelineName", "Operator": "Contains", "Value": "Aba"},
                {"Name": "Tags.team", "Operator": "Equals", "Value": "ml"},
                {"Name": "Tags.owner", "Operator": "Exists"},
            ]
        },
    }
    listed = smpipe.json("list", "--state", "failed")["pipelines"]
    assert [(each["PipelineName"], each["LatestExecution"]["CreationTime"]) for each in listed] == [
        ("Abalone", "2030-01-01T11:00:00+00:00")
    ]
    assert smpipe("list", "--state", "Stopped") == "no matching pipelines\n"


def test_executions_show_the_parameters_that_differ(smpipe: Command) -> None:
    smpipe.answers(**answers(Search=found(*EXECUTIONS)))
    assert smpipe("list", "Abalone").splitlines()[0].split() == [
        "Execution", "State", "Started", "Time", "Version", "Depth", "Name",
    ]  # fmt: skip
    assert smpipe("list", "Abalone").splitlines()[1:3] == [
        "newestexec01  ✗ Failed     2030-01-01 11:00  1 min 15 s        2  7      try-7",
        "middleexec02  ✓ Succeeded  2030-01-01 10:00  1 min 15 s        2  5",
    ]


def test_executions_are_filtered_by_the_service_and_by_defaults(smpipe: Command) -> None:
    service = smpipe.answers(**answers(Search=found(*EXECUTIONS)))
    listed = smpipe.json("list", "Abalone", "-p", "Depth=5", "-p", "Rows=100", "--state", "SUCCEEDED",
                         "--since", "2029-12-31T10:00Z", "--until", "2030-01-02T00:00+01:00")["executions"]  # fmt: skip
    assert [each["PipelineExecutionArn"].rpartition("/")[2] for each in listed] == ["middleexec02", "oldestexec03"]
    assert listed[0]["Parameters"] == {"Instance": "ml.m5.large", "Rows": "100", "Depth": "5", "MaxMse": "6.0"}
    assert service.asked["Search"][0]["SearchExpression"]["Filters"] == [
        {"Name": "PipelineArn", "Operator": "Equals", "Value": PIPELINE},
        {"Name": "PipelineExecutionStatus", "Operator": "Equals", "Value": "Succeeded"},
        {"Name": "CreationTime", "Operator": "GreaterThanOrEqualTo", "Value": "2029-12-31T10:00:00"},
        {"Name": "CreationTime", "Operator": "LessThan", "Value": "2030-01-01T23:00:00"},
    ]
    versions = [asked.get("PipelineVersionId") for asked in service.asked["DescribePipeline"]]
    assert sorted(set(versions), key=str) == [1, 2, None]
    assert len(versions) == 5  # each version is read once to filter and once to list


def test_numbers_are_compared_by_their_value(smpipe: Command) -> None:
    as_started = record("floatingexec", PipelineVersionId=2, PipelineParameters=values(MaxMse="10.0", Instance="10.0"))
    smpipe.answers(**answers(Search=found(as_started)))
    assert smpipe("list", "Abalone", "-p", "MaxMse=10").splitlines()[-1].startswith("floatingexec")
    assert smpipe("list", "Abalone", "-p", "MaxMse=1e1").splitlines()[-1].startswith("floatingexec")
    assert smpipe("list", "Abalone", "-p", "Instance=10") == "no matching executions of 'Abalone'\n"
    assert smpipe("list", "Abalone", "-p", "MaxMse=ten") == "no matching executions of 'Abalone'\n"


@pytest.mark.parametrize("executions", [EXECUTIONS, []], ids=["some", "none"])
def test_an_unknown_parameter_gets_the_closest(smpipe: Command, executions: list[dict[str, object]]) -> None:
    smpipe.answers(**answers(Search=found(*executions)))
    told = smpipe("list", "Abalone", "-p", "MaxMsee=10", code=2)
    assert told == "smpipe: the pipeline has no parameter 'MaxMsee'; did you mean 'MaxMse'?\n"


def test_a_parameter_of_an_older_version_is_known(smpipe: Command) -> None:
    smpipe.answers(**answers(Search=found(record("oldestexec03", PipelineParameters=values(Old="1")))))
    assert smpipe("list", "Abalone", "-p", "Old=1").splitlines()[-1].startswith("oldestexec03")
    assert smpipe("list", "Abalone", "-p", "Old=2") == "no matching executions of 'Abalone'\n"


def test_the_limit_is_told(smpipe: Command) -> None:
    smpipe.answers(**answers(Search=found(*EXECUTIONS)))
    assert smpipe("list", "Abalone", "--limit", "2").splitlines()[-1] == "only the first 2; --limit 0 lists all"
    assert "only" not in smpipe("list", "Abalone", "--limit", "3")
    assert smpipe.json("list", "Abalone", "--limit", "1")["more"] is True


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["Abalon"], "there is no pipeline 'Abalon' in eu-west-1; did you mean 'Abalone'?"),
        (["Zebra"], "there is no pipeline 'Zebra' in eu-west-1; there are 'Other', 'Abalone', 'Diabetes'"),
        (["Abalone", "--since", "yesterday"], "'yesterday' is not a time; write 2026-11-30, 2026-11-30T08:00, or how"),
        (["Abalone", "--search", "x"], "--search cannot be used with a pipeline name: it filters pipelines"),
        (["--since", "1d"], "--since cannot be used without a pipeline name: it filters executions"),
        (["Abalone", "-p", "x"], "--parameter 'x': write it as NAME=VALUE"),
    ],
)
def test_refused(smpipe: Command, arguments: list[str], told: str) -> None:
    smpipe.answers(**answers())
    assert smpipe("list", *arguments, code=2).startswith(f"smpipe: {told}")


@pytest.mark.parametrize(
    ("code", "message", "told"),
    [
        ("ThrottlingException", "Rate exceeded", "Search: Rate exceeded; the service asks for fewer requests"),
        ("ExpiredTokenException", "The token is expired", "Search: The token is expired; the credentials have expired"),
        ("UnrecognizedClientException", "invalid", "Search: invalid; the credentials are not known there: log in"),
        ("AccessDeniedException", "no", "Search: no; whoever you are logged in as may not call Search"),
        (
            "AccessDeniedException",
            "User: x is not authorized to perform: sagemaker:Search",
            "Search: User: x is not authorized to perform: sagemaker:Search\n",
        ),
    ],
    ids=["throttled", "expired", "unknown", "denied", "denied-in-full"],
)
def test_refusals_of_the_service(smpipe: Command, code: str, message: str, told: str) -> None:
    smpipe.answers(Search=Refusal(code, message))
    assert smpipe("list", code=2).startswith(f"smpipe: {told}")


def test_whoever_may_not_list_gets_no_suggestion(smpipe: Command) -> None:
    smpipe.answers(**answers(ListPipelines=Refusal("AccessDeniedException")))
    assert smpipe("list", "Abalon", code=2) == "smpipe: there is no pipeline 'Abalon' in eu-west-1\n"


def test_names_of_others_cannot_affect_the_terminal(smpipe: Command) -> None:
    evil = record("evilexec0001", PipelineExecutionDisplayName="a\x1b[2J[red]b\nc")
    smpipe.answers(**answers(Search=found(evil)))
    told = smpipe("list", "Abalone")
    assert "\x1b" not in told
    assert r"a\x1b[2J[red]b" in told


def test_versions(smpipe: Command) -> None:
    newest = {
        "PipelineArn": PIPELINE, "PipelineVersionId": 2, "CreationTime": START,
        "PipelineVersionAliases": ["prod", "live"],
        "LastExecutionPipelineExecutionArn": FIRST,
    }  # fmt: skip
    first = {"PipelineArn": PIPELINE, "PipelineVersionId": 1, "CreationTime": START - timedelta(days=1)}
    smpipe.answers(**answers(ListPipelineVersions=in_pages("PipelineVersionSummaries", [newest, first], 1)))
    assert smpipe("versions", "Abalone").splitlines() == [
        "Version  Created           Aliases     Last execution",
        "      2  2030-01-01 12:00  prod, live  firstexec001",
        "      1  2029-12-31 12:00",
    ]
    assert [each["PipelineVersionId"] for each in smpipe.json("versions", "Abalone")["versions"]] == [2, 1]


def test_an_execution(smpipe: Command) -> None:
    smpipe.answers(**answers())
    assert smpipe("show", "Abalone/first").splitlines()[:13] == [
        "abalone/firstexec001",
        "✓ Succeeded in 1 h 01 min, started 2030-01-01 12:00",
        "display name nightly",
        "version 3",
        "2.02 instance-hours, 8.00 GPU-hours",
        "",
        "Steps",
        "Step          Type           State              Time  Instances            Note",
        "Prepare       Processing     ✓ Succeeded  1 min 00 s  ml.m5.large",
        "Train         Training       ✓ Succeeded  1 h 00 min  2 of ml.g5.12xlarge",
        "Check         Condition      ✓ Succeeded       1.0 s                       true",
        "  Register    RegisterModel  ✓ Succeeded       1.0 s",
        "  Inaccurate  Fail             not run",
    ]


def test_an_execution_as_json(smpipe: Command) -> None:
    smpipe.answers(**answers())
    told = smpipe.json("show", FIRST)
    assert told["parameters"] == [
        {"name": "Instance", "value": "ml.m5.large", "default": "ml.m5.large"},
        {"name": "Rows", "value": "100", "default": "100"},
        {"name": "Depth", "value": "7", "default": "5"},
        {"name": "MaxMse", "value": "6.0", "default": "6.0"},
    ]
    train = told["steps"][1]
    assert (train["gpuHours"], train["instanceHours"]) == (8.0, 2.0)  # 2 instances of 4 GPUs for an hour
    assert train["metrics"] == {"mse": 4.5}
    assert train["outputs"] == {"ModelArtifacts": "s3://b/models/train-1/output/model.tar.gz"}
    assert told["steps"][4]["state"] == "not run"


def test_a_pipeline(smpipe: Command) -> None:
    smpipe.answers(
        **answers(
            ListTags={"Tags": [{"Key": "team", "Value": "ml"}]},
            ListPipelineVersions=Refusal("AccessDeniedException", "no versions"),
            Search=found(EXECUTIONS[0]),
        )
    )
    smpipe.answers(
        "events",
        ListRuleNamesByTarget={"RuleNames": ["nightly"]},
        DescribeRule={"Name": "nightly", "ScheduleExpression": "rate(1 day)", "State": "ENABLED"},
    )
    smpipe.answers("scheduler", ListSchedules={"Schedules": [{"Name": "x", "Target": {"Arn": "other"}}]})
    told = smpipe("show", "Abalone")
    for text in ("Tag team  ml", "rule  nightly  ENABLED", "newestexec01  ✗ Failed"):
        assert text in told
    assert "versions: not known (ListPipelineVersions: no versions)" in told
    assert smpipe.json("show", "Abalone")["startedBy"] == [
        {"kind": "rule", "name": "nightly", "when": "rate(1 day)", "state": "ENABLED"}
    ]


def test_what_starts_a_pipeline_is_readable_with_long_names(smpipe: Command) -> None:
    pattern = '{"detail":{"bucket":{"name":["dev-churn-raw72517081"]}},"source":["aws.s3"]}'
    name = "Dev-Churn-PipelineTriggersNewData3FE1198A-LFLTVO7SE577"
    night = {"ScheduleExpression": "cron(0 2 * * ? *)", "State": "ENABLED"}
    smpipe.answers(**answers())
    smpipe.answers(
        "events",
        ListRuleNamesByTarget={"RuleNames": [name]},
        DescribeRule={"Name": name, "EventPattern": pattern, "State": "ENABLED"},
    )
    smpipe.answers(
        "scheduler",
        ListSchedules={"Schedules": [{"Name": "night", "Target": {"Arn": DESCRIBED["PipelineArn"]}}]},
        GetSchedule={**night, "ScheduleExpressionTimezone": "Europe/Berlin"},
    )
    told = smpipe("show", "Abalone").splitlines()
    assert f"rule      {name}  ENABLED" in told
    assert "schedule  night  ENABLED\n          cron(0 2 * * ? *), Europe/Berlin" in "\n".join(told)
    assert pattern in "".join(line.strip() for line in told)


@pytest.mark.parametrize(
    ("request_", "mine"),
    [
        (f'{{"PipelineName": "{PIPELINE}"}}', True),
        ('{"PipelineName": "Abalone", "PipelineParameters": []}', True),
        (f'{{"PipelineName": "{PIPELINE}-2"}}', False),
        ('["Abalone"]', False),
        ("{", False),
    ],
    ids=["arn", "name", "other", "list", "broken"],
)
def test_a_schedule_with_a_universal_target(smpipe: Command, request_: str, mine: bool) -> None:
    arn = "arn:aws:scheduler:::aws-sdk:sagemaker:startPipelineExecution"
    smpipe.answers(**answers())
    smpipe.answers("events", ListRuleNamesByTarget={"RuleNames": []})
    smpipe.answers(
        "scheduler",
        ListSchedules={"Schedules": [{"Name": "night", "Target": {"Arn": arn}}]},
        GetSchedule={
            "ScheduleExpression": "rate(1 day)", "State": "ENABLED",
            "Target": {"Arn": arn, "Input": request_, "RoleArn": "arn:aws:iam::111122223333:role/starts"},
        },
    )  # fmt: skip
    found = {"kind": "schedule", "name": "night", "when": "rate(1 day)", "state": "ENABLED"}
    assert smpipe.json("show", "Abalone")["startedBy"] == ([found] if mine else [])


def test_a_definition(smpipe: Command) -> None:
    service = smpipe.answers(**answers(DescribePipeline=DESCRIBED))
    assert smpipe("definition", "Abalone", "--version", "2").count("\n") > 20
    assert service.asked["DescribePipeline"] == [{"PipelineName": "Abalone", "PipelineVersionId": 2}]
    smpipe("definition", "Abalone", "--version", "prod")
    assert service.asked["DescribePipeline"][1]["PipelineVersionAlias"] == "prod"
    assert smpipe("definition", "Abalone/firstexec001") == smpipe("definition", "Abalone")
    assert "--version goes with a pipeline" in smpipe("definition", FIRST, "--version", "1", code=2)


def test_resolved_arguments(smpipe: Command) -> None:
    smpipe.answers(**answers())
    told = smpipe("definition", "Abalone", "--resolved", "Train")
    assert '"depth": "7"' in told
    assert '"S3Uri": "s3://b/train"' in told
    assert "did you mean 'Train'?" in smpipe("definition", "Abalone", "--resolved", "Trian", code=2)
    assert smpipe("definition", "Abalone", "--resolved", "Check").count("4.5") == 1


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("Abalone/sekond", "pipeline 'Abalone' has no execution 'sekond'; the latest are 'firstexec001'"),
        ("Abalone/firstexec002", "pipeline 'Abalone' has no execution 'firstexec002'; did you mean 'firstexec001'?"),
        ("Abolone/first", "there is no pipeline 'Abolone' in eu-west-1; did you mean 'Abalone'?"),
    ],
)
def test_unknown_executions(smpipe: Command, given: str, told: str) -> None:
    smpipe.answers(**answers())
    assert smpipe("show", given, code=2) == f"smpipe: {told}\n"


@pytest.mark.parametrize(
    "given", ["Abalone/firstexec001", "Abalone/fir", "Abalone/nightly", FIRST, f"{PIPELINE}/execution/firstexec001"]
)
def test_names_of_an_execution(smpipe: Command, given: str) -> None:
    smpipe.answers(**answers())
    assert smpipe.json("show", given)["execution"]["PipelineExecutionArn"] == FIRST
