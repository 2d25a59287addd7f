"""Every command that asks an AWS: where a call is refused, whichever it is, and where answers come in many pages."""

from __future__ import annotations

import argparse
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from botocore.response import StreamingBody

from cdk_sagemaker_pipelines import cli
from cdk_sagemaker_pipelines.cli.arguments import parser

from .abalone import FIRST, PREPARED, SECOND, SUCCEEDED, TRAINED, answers, job, step
from .conftest import Command
from .service import ACCOUNT, PIPELINE, REGION, START, Answer, Refusal, Service, in_pages, record, values

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "executions.md"
OFFLINE = {"environments", "init", "run", "schema", "local", "seed", "fire", "demo", "studio"}
"""The commands that read files, serve pages, or serve, fill and drive a local AWS and ask no other."""
RULE = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/nightly"
SCHEDULE = f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/default/weekly"
WAITING = step("Ask", "Executing", Metadata={"Callback": {"CallbackToken": "t" * 10, "SqsQueueUrl": "https://q"}})
REASON = f"AlgorithmError: the object s3://{'a' * 60}/{'data/' * 30}1.csv is empty"
FAILED = step("Train", "Failed", FailureReason=REASON, Metadata=TRAINED["Metadata"])


ABOUT_WHOEVER_ASKS = (
    ("ThrottlingException", "Rate exceeded", "the service asks for fewer requests, try again in a moment"),
    ("ExpiredTokenException", "The token is expired", "the credentials have expired: log in"),
    ("UnrecognizedClientException", "The token is invalid", "the credentials are not known there: log in"),
)


@dataclass(frozen=True)
class Case:
    """A command, with what the service answers where it is not the pipeline that succeeded."""

    arguments: tuple[str, ...]
    other: Mapping[str, Answer] = field(default_factory=dict)
    code: int = 0


def state(status: str, *steps: Mapping[str, Any]) -> dict[str, Answer]:
    """An execution in this state, with these steps."""
    described = {"PipelineExecutionArn": FIRST, "PipelineExecutionStatus": status, "PipelineArn": PIPELINE}
    return {
        "DescribePipelineExecution": described,
        "ListPipelineExecutionSteps": in_pages("PipelineExecutionSteps", list(steps), 1),
    }


FAILING = state("Failed", PREPARED, FAILED)
CASES: dict[str, list[Case]] = {
    "approve": [Case(("group/7",)), Case(("group",))],
    "callback": [Case(("Abalone", "Ask", "-o", "answer=yes"), state("Executing", WAITING))],
    "compare": [Case((FIRST, SECOND))],
    "check": [Case(("Abalone",), code=1)],
    "diff": [Case(("Abalone", "aws:Abalone"))],
    "explain": [Case(("Abalone",))],
    "definition": [Case(("Abalone",)), Case(("Abalone/nightly",)), Case(("Abalone/", "--resolved", "Train"))],
    "draw": [Case(("Abalone",)), Case(("Abalone", "--execution"))],
    "import": [Case(("Abalone",)), Case(("aws:Abalone", "--json"))],
    "list": [Case(()), Case(("Abalone",)), Case(("Abalone", "-p", "Depth=5"))],
    "logs": [Case(("Abalone", "Train")), Case(("Abalone", "Train", "-n", "3"))],
    "pool": [Case(("gpus",))],
    "prices": [Case(("pull", "--region", REGION))],
    "quotas": [Case(("pull",))],
    "rename": [Case(("Abalone/nightly", "weekly"))],
    "resume": [Case(("Abalone",), FAILING)],
    "show": [Case(("Abalone",)), Case(("Abalone/",))],
    "start": [
        Case(("Abalone", "-p", "Depth=9")),
        Case(("Abalone", "--dry-run")),
        Case(("Abalone", "--only", "Train", "--from", FIRST)),
        Case(("Abalone", "--watch", "--interval", "0.01")),
    ],
    "stop": [Case(("Abalone",), state("Executing", WAITING))],
    "versions": [Case(("Abalone",))],
    "watch": [Case(("Abalone", "--interval", "0.01"))],
    "why": [Case(("Abalone",), FAILING, 1)],
}
QUOTAS = [{"QuotaName": f"ml.g5.{n}xlarge for training job usage", "Value": 2.0} for n in (2, 4, 8)]
PRODUCTS = [
    {
        "product": {"attributes": {"instanceName": name, "component": "Training"}},
        "terms": {"OnDemand": {"1": {"priceDimensions": {"1": {"unit": "Hrs", "pricePerUnit": {"USD": "0.2"}}}}}},
    }
    for name in ("ml.m5.large", "ml.g5.xlarge")
]
ALL = [
    pytest.param(name, case, id=f"{name}-{number}")
    for name, cases in CASES.items()
    for number, case in enumerate(cases)
]


def commands() -> dict[str, argparse.ArgumentParser]:
    """The commands of the command line."""
    for action in parser(str)._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    raise AssertionError


def sagemaker(size: int) -> dict[str, Answer]:
    """What SageMaker answers, in pages of this size."""
    executions = [record("firstexec001"), record("secondexec02", PipelineParameters=values(Depth="7"))]
    records = {
        "Pipeline": [{"Pipeline": {"PipelineArn": PIPELINE, "PipelineName": name}} for name in ("Abalone", "Other")],
        "PipelineExecution": [{"PipelineExecution": each} for each in executions],
    }
    versions = [{"PipelineArn": PIPELINE, "PipelineVersionId": number, "CreationTime": START} for number in (3, 2, 1)]
    packages = [
        {
            "ModelPackageGroupName": "group", "ModelPackageVersion": number, "CreationTime": START,
            "ModelPackageArn": job("model-package", f"group/{number}"), "ModelPackageStatus": "Completed",
        }
        for number in (8, 7)
    ]  # fmt: skip
    summaries = [
        {"PipelineExecutionArn": arn, "PipelineExecutionStatus": "Succeeded", "PipelineExecutionDisplayName": name}
        for arn, name in ((SECOND, "other"), (FIRST, "nightly"))
    ]
    return answers(
        Search=lambda asked: in_pages("Results", records[asked["Resource"]], size)(asked),
        ListPipelineExecutions=in_pages("PipelineExecutionSummaries", summaries, size),
        ListPipelineExecutionSteps=lambda asked: in_pages(
            "PipelineExecutionSteps", SUCCEEDED[::-1] if asked.get("SortOrder") == "Ascending" else SUCCEEDED, size
        )(asked),
        ListPipelineParametersForExecution=in_pages("PipelineParameters", values(Depth="7", Rows="100"), size),
        ListPipelineVersions=in_pages("PipelineVersionSummaries", versions, size),
        ListTags=in_pages("Tags", [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}], size),
        ListModelPackages=in_pages("ModelPackageSummaryList", packages, size),
        UpdateModelPackage={"ModelPackageArn": job("model-package", "group/7")},
        StartPipelineExecution={"PipelineExecutionArn": FIRST},
        StopPipelineExecution={"PipelineExecutionArn": FIRST},
        RetryPipelineExecution={"PipelineExecutionArn": FIRST},
        UpdatePipelineExecution={"PipelineExecutionArn": FIRST},
        SendPipelineExecutionStepSuccess={"PipelineExecutionArn": FIRST},
    )


def log_events(size: int) -> Answer:
    """A log, in pages of this size, with one without an event among them."""
    lines = [{"timestamp": int(START.timestamp() * 1000) + n, "message": f"line {n}"} for n in range(5)]
    parts: list[list[dict[str, Any]]] = [[], *(lines[i : i + size] for i in range(0, len(lines), size))]
    parts.insert(2, [])

    def answer(asked: Mapping[str, Any]) -> dict[str, Any]:
        if asked.get("startFromHead"):
            at = 0
        elif "nextToken" in asked:
            at = int(asked["nextToken"][2:])
        else:
            at = len(parts) - 1
        events = parts[at] if 0 <= at < len(parts) else []
        forward, backward = min(at + 1, len(parts)), max(at - 1, -1)
        return {"events": events, "nextForwardToken": f"f/{forward}", "nextBackwardToken": f"b/{backward}"}

    return answer


def others(size: int) -> dict[str, dict[str, Answer]]:
    """What the other services answer."""
    streams = [{"logStreamName": f"train-1/algo-{number}"} for number in (1, 2)]
    schedules = [{"Name": name, "GroupName": "default", "Target": {"Arn": PIPELINE}} for name in ("weekly", "daily")]

    def body(_: Any) -> dict[str, Any]:
        return {"Body": StreamingBody(io.BytesIO(b"{}"), 2), "LastModified": START - timedelta(days=1)}

    return {
        "logs": {"DescribeLogStreams": _paged("logStreams", streams, size), "GetLogEvents": log_events(size)},
        "batch": pool_of(size),
        "s3": {"GetObject": body},
        "events": {
            "ListRuleNamesByTarget": in_pages("RuleNames", ["nightly", "hourly"], size),
            "DescribeRule": {"Name": "nightly", "ScheduleExpression": "rate(1 day)", "State": "ENABLED"},
        },
        "pricing": {"GetProducts": in_pages("PriceList", [json.dumps(each) for each in PRODUCTS], size)},
        "service-quotas": {"ListServiceQuotas": in_pages("Quotas", QUOTAS, size)},
        "scheduler": {
            "ListSchedules": in_pages("Schedules", schedules, size),
            "GetSchedule": {"Name": "weekly", "ScheduleExpression": "rate(7 days)", "State": "ENABLED"},
        },
    }


def pool_of(size: int) -> dict[str, Answer]:
    """What Batch answers about a pool, in pages of this size."""
    arn = f"arn:aws:batch:{REGION}:{ACCOUNT}:job-queue/gpus"
    queue = {"jobQueueName": "gpus", "jobQueueArn": arn, "state": "ENABLED", "priority": 1}
    order = [{"order": 1, "serviceEnvironment": "gpus"}]
    limits = [{"capacityUnit": "ml.g5.xlarge", "maxCapacity": 8}]
    shares = [
        {"quotaShareName": name, "capacityLimits": [{"capacityUnit": "ml.g5.xlarge", "maxCapacity": count}]}
        for name, count in (("vision", 5), ("nlp", 3))
    ]
    jobs = [
        {"jobId": f"{n}", "jobName": "n", "serviceJobType": "SAGEMAKER_TRAINING", "quotaShareName": "nlp"}
        for n in range(3)
    ]
    environment = {"serviceEnvironmentName": "gpus", "serviceEnvironmentArn": "a", "capacityLimits": limits}
    kind = {"serviceEnvironmentType": "SAGEMAKER_TRAINING"}
    usage = [{"capacityUnit": "ml.g5.xlarge", "quantity": 7.0}]
    top = {"topCapacityUtilization": [{"quotaShareName": "vision", "capacityUsage": usage}]}
    return {
        "DescribeJobQueues": {
            "jobQueues": [{**queue, "computeEnvironmentOrder": [], "serviceEnvironmentOrder": order}]
        },
        "DescribeServiceEnvironments": {"serviceEnvironments": [{**environment, **kind}]},
        "GetJobQueueSnapshot": {"queueUtilization": {"quotaShareUtilization": top}},
        "ListServiceJobs": _paged("jobSummaryList", jobs, size),
        "ListQuotaShares": _paged("quotaShares", shares, size),
    }


def _paged(member: str, items: list[Any], size: int) -> Answer:
    """An answer of CloudWatch Logs in pages, which spells the token in its own way."""

    def answer(asked: Mapping[str, Any]) -> dict[str, Any]:
        told = in_pages(member, items, size)({"NextToken": asked.get("nextToken", "0")})
        return {("nextToken" if name == "NextToken" else name): value for name, value in told.items()}

    return answer


@cache
def _service(name: str) -> Service:
    """One for all tests: making a client takes longer than a command."""
    return Service({}, name)


def prepare(smpipe: Command, case: Case, size: int = 100, refused: Mapping[str, Refusal] | None = None) -> None:
    """The services of a case; ``refused``: the operations that are refused, as ``service:Operation``."""
    fresh = {"sagemaker": {**sagemaker(size), **case.other}, **others(size)}
    for name, told in fresh.items():
        service = smpipe.services[name] = _service(name)
        no = {full.partition(":")[2]: why for full, why in (refused or {}).items() if full.startswith(f"{name}:")}
        service.answers = {**told, **no}
        service.asked.clear()


def test_every_command_is_here() -> None:
    assert CASES.keys() | OFFLINE == commands().keys()


def test_every_command_prints_json_and_documents_it() -> None:
    table = DOCUMENT.read_text("utf-8").partition("## Documents")[2]
    for name, command in commands().items():
        assert any("--json" in action.option_strings for action in command._actions), name
        assert f"`{name}" in table, name


def test_no_option_is_dropped_when_it_is_given_twice(capsys: pytest.CaptureFixture[str]) -> None:
    for name, command in commands().items():
        for action in command._actions:
            if not action.option_strings or action.nargs == 0:
                continue
            value = str(next(iter(action.choices or ["Failed" if action.dest == "state" else "1"])))
            given = [f"{option}={value}" for option in (action.option_strings[0], action.option_strings[-1])]
            needed = [each.metavar for each in command._actions if not each.option_strings and each.nargs != "?"]
            for group in command._mutually_exclusive_groups:
                if group.required and action not in group._group_actions:
                    needed.append("x")
            positional = ["pull"] if name in ("prices", "quotas") else [str(each) for each in needed]
            arguments = [name, *positional, *given]
            if isinstance(action.default, list) or action.dest == "only":
                assert getattr(parser(str).parse_args(arguments), action.dest) == [value, value], arguments
                continue
            with pytest.raises(SystemExit):
                parser(str).parse_args(arguments)
            told = capsys.readouterr().err
            assert "is given twice, and takes one value" in told, (arguments, told)


@pytest.mark.parametrize(("name", "case"), ALL)
def test_each_call_that_is_refused_is_told(
    smpipe: Command, capsys: pytest.CaptureFixture[str], name: str, case: Case
) -> None:
    """A refusal of whoever asks must not look like an answer; only what may not be read is left out of one."""

    def refused(operation: str, code: str, message: str) -> tuple[int, str, str]:
        prepare(smpipe, case, refused={operation: Refusal(code, message)})
        exit_code = cli.main([name, *case.arguments])
        out, err = capsys.readouterr()
        assert "this is a bug" not in err, (operation, err)
        return exit_code, " ".join(out.split()), err

    for number, operation in enumerate(calls(smpipe, capsys, name, case)):
        called = operation.partition(":")[2]
        # by turns, since each takes a run of the command
        for code, message, advice in ABOUT_WHOEVER_ASKS if number == 0 else [ABOUT_WHOEVER_ASKS[number % 3]]:
            exit_code, out, err = refused(operation, code, message)
            if exit_code == 2:
                *before, last = err.splitlines()
                assert last.startswith(f"smpipe: {called}: {message}; {advice}"), (operation, err)
                assert all("watch it again with: smpipe watch" in line for line in before), err
            else:
                assert message in out, (operation, code, out, err)
        exit_code, out, err = refused(operation, "AccessDeniedException", "no")
        if exit_code == 2:
            assert f"{called}: no; whoever you are logged in as may not call {called}" in err, (operation, err)
        else:
            assert exit_code == case.code, (operation, out, err)


@pytest.mark.parametrize(("name", "case"), ALL)
def test_a_pipe_gets_what_an_endless_terminal_shows(
    smpipe: Command, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str, case: Case
) -> None:
    """Where nobody looks at it, no ARN, ID or URI may be folded or cut."""
    printed = []
    for columns in ("4000", None):
        monkeypatch.delenv("COLUMNS") if columns is None else monkeypatch.setenv("COLUMNS", columns)
        prepare(smpipe, case)
        assert cli.main([name, *case.arguments]) == case.code
        printed.append(re.sub(r"^\d\d:\d\d:\d\d", "TIME", capsys.readouterr().out, flags=re.M))
    assert printed[0] == printed[1]


@pytest.mark.parametrize(("name", "case"), ALL)
def test_the_size_of_pages_does_not_matter(
    smpipe: Command, capsys: pytest.CaptureFixture[str], name: str, case: Case
) -> None:
    printed = []
    for size in (100, 1):
        prepare(smpipe, case, size)
        assert cli.main([name, *case.arguments]) == case.code
        printed.append(re.sub(r"^\d\d:\d\d:\d\d", "TIME", capsys.readouterr().out, flags=re.M))
    assert printed[0] or name == "diff"  # which says nothing of what is the same
    assert printed[0] == printed[1]


@pytest.mark.parametrize(
    "name", [name for name, cases in CASES.items() if any("Abalone" in each.arguments for each in cases)]
)
def test_a_misspelled_pipeline_gets_the_closest_name(
    smpipe: Command, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (case, *_) = (each for each in CASES[name] if "Abalone" in each.arguments)
    prepare(smpipe, case)
    assert cli.main([name, *("Abalon" if each == "Abalone" else each for each in case.arguments)]) == 2
    told = capsys.readouterr().err
    assert told == "smpipe: there is no pipeline 'Abalon' in eu-west-1; did you mean 'Abalone'?\n"


def calls(smpipe: Command, capsys: pytest.CaptureFixture[str], name: str, case: Case) -> list[str]:
    """The operations that a command calls where all of them are answered, as ``service:Operation``."""
    prepare(smpipe, case)
    assert cli.main([name, *case.arguments]) == case.code, capsys.readouterr()
    capsys.readouterr()
    found = [f"{name}:{operation}" for name, service in smpipe.services.items() for operation in service.asked]
    assert found
    return found
