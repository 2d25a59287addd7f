"""``smpipe why`` and ``logs``."""

from __future__ import annotations

import io
import json
import time
from datetime import timedelta
from typing import Any

import pytest
from botocore.response import StreamingBody

from cdk_sagemaker_pipelines import cli
from cdk_sagemaker_pipelines.executions.refusals import Refusal as Refused
from cdk_sagemaker_pipelines.executions.refusals import refusals
from cdk_sagemaker_pipelines.local.endings import ABSENT

from .abalone import DEFINITION, FIRST, OUTPUT, PREPARED, answers, job, step
from .conftest import Command
from .service import PIPELINE, ROLE, START, Refusal, in_pages

JOB = {"TrainingJob": {"Arn": job("training-job", "train-1")}}
MILLISECONDS = int(START.timestamp() * 1000)
# errors of the service as public reports quote them, with the names of this test
DENIED = (
    "ClientError: Failed to invoke sagemaker:CreateTrainingJob. Error Details: User: "
    "arn:aws:sts::111122223333:assumed-role/pipeline/sagemaker-pipeline-abc-Train is not authorized to perform: "
    "sagemaker:AddTags on resource: arn:aws:sagemaker:eu-west-1:111122223333:training-job/pipelines-abc-train-x "
    "because no identity-based policy allows the sagemaker:AddTags action\n"
    "Retry not appropriate on execution of step with PipelineExecutionArn x and StepId Train. No retry policy "
    "configured for the exception type SAGEMAKER_CLIENT."
)
QUOTA = (
    "ClientError: Failed to invoke sagemaker:CreateTrainingJob. Error Details: The account-level service limit "
    "'ml.p4d.24xlarge for training job usage' is 0 Instances, with current utilization of 0 Instances."
)
BUCKET = (
    "ClientError: Failed to invoke sagemaker:CreateProcessingJob. Error Details: "
    "Access denied for bucket: b, object key: k/x"
)


def test_refused_calls_are_read_from_texts() -> None:
    training_job = "arn:aws:sagemaker:eu-west-1:111122223333:training-job/pipelines-abc-train-x"
    no_policy = "no identity-based policy allows it"
    assert refusals([DENIED, DENIED]) == [
        Refused("sagemaker:CreateTrainingJob", "sagemaker:AddTags", training_job, "pipeline", no_policy)
    ]
    assert refusals([QUOTA]) == [Refused("sagemaker:CreateTrainingJob")]
    assert refusals([BUCKET]) == [Refused("sagemaker:CreateProcessingJob", "s3:GetObject", "arn:aws:s3:::b/k/x")]
    logged = 'not authorized\nis not authorized to perform: kms:Decrypt on resource: "arn:aws:kms:x:y:key/z".'
    assert refusals(logged.splitlines()) == [Refused(None, "kms:Decrypt", "arn:aws:kms:x:y:key/z")]
    assert refusals(["AlgorithmError: exit code 1"]) == []


UNLISTED = (
    "AccessDenied: User: arn:aws:sts::111122223333:assumed-role/pipeline/x is not authorized to perform: s3:ListBucket "
    'on resource: "arn:aws:s3:::b" because no identity-based policy allows the s3:ListBucket action'
)


@pytest.mark.parametrize(
    ("text", "absent"),
    [
        (f"ClientError: {UNLISTED}: s3://b/r.json (Std:JsonGet of Report); {ABSENT}", True),
        (f"An error occurred (AccessDenied) when calling the GetObject operation: {UNLISTED}", True),
        (f"An error occurred (AccessDenied) when calling the ListObjectsV2 operation: {UNLISTED}", False),
        (
            "An error occurred when calling the GetObject operation: " + UNLISTED.replace("ListBucket", "GetObject"),
            False,
        ),
    ],
    ids=["engine", "script", "listing", "unreadable"],
)
def test_an_object_that_does_not_exist_is_told_from_one_that_may_not_be_read(text: str, absent: bool) -> None:
    (found,) = refusals([text])
    assert found.is_absent is absent
    assert ("there is no such object" in str(found.instead)) is absent


def events(*messages: str, stream: str = "train-1/algo-1") -> dict[str, Any]:
    return {
        "events": [{"timestamp": MILLISECONDS + i, "message": text} for i, text in enumerate(messages)],
        "nextForwardToken": f"f/{len(messages)}",
    }


def failed(smpipe: Command, reason: str, *, lines: tuple[str, ...] = (), definition: Any = None) -> None:
    """An execution whose training failed."""
    smpipe.answers(
        **answers(
            DescribePipelineExecution={"PipelineArn": PIPELINE, "PipelineExecutionStatus": "Failed"},
            ListPipelineExecutionSteps={
                "PipelineExecutionSteps": [PREPARED, step("Train", "Failed", FailureReason=reason, Metadata=JOB)]
            },
            DescribePipelineDefinitionForExecution={"PipelineDefinition": json.dumps(definition or DEFINITION)},
        )
    )
    smpipe.answers(
        "logs",
        DescribeLogStreams={"logStreams": [{"logStreamName": "train-1/algo-1"}] if lines else []},
        GetLogEvents=events(*lines),
    )


def test_a_log_that_is_written_to_be_slow_to_read_is_read_at_once() -> None:
    began = time.monotonic()
    assert refusals(["assumed-role/a/" * 20_000]) == []
    assert time.monotonic() - began < 3  # it took twenty


def test_lines_that_the_reason_quotes_are_not_repeated(smpipe: Command) -> None:
    reason = "AlgorithmError: exit code 1\nTraceback\n  raise ValueError"
    failed(smpipe, reason, lines=("reading", "Traceback", "  raise ValueError"))
    text = smpipe("why", FIRST, code=1)
    assert text.count("raise ValueError") == 1
    assert "without those quoted above: reading all of it" in " ".join(text.split())


def test_a_log_that_the_reason_quotes_whole_is_only_named(smpipe: Command) -> None:
    failed(smpipe, "exit code 1\nTraceback", lines=("Traceback",))
    text = smpipe("why", FIRST, code=1)
    assert text.count("Traceback") == 1
    assert "ends with the lines quoted above" in " ".join(text.split())


def test_the_missing_permission_and_its_field(smpipe: Command) -> None:
    tagged = json.loads(json.dumps(DEFINITION))
    tagged["Steps"][1]["Arguments"]["Tags"] = [{"Key": "team", "Value": "ml"}]
    failed(smpipe, DENIED, definition=tagged)
    printed = smpipe("why", FIRST, code=1)
    assert "the role pipeline may not sagemaker:AddTags on" in printed
    told = smpipe.json("why", FIRST, code=1)
    (refused,) = told["causes"][0]["refused"]
    assert (refused["call"], refused["role"]) == ("sagemaker:CreateTrainingJob", "pipeline")
    assert {each["step"] for each in refused["derived"]} == {"Train"}
    assert {tuple(each["actions"]) for each in refused["derived"]} == {("sagemaker:AddTags",)}
    assert told["notRun"] == ["Check", "Register", "Inaccurate"]


def test_data_that_the_role_of_a_job_may_not_read(smpipe: Command) -> None:
    reads = json.loads(json.dumps(DEFINITION).replace(json.dumps(OUTPUT), '"s3://b/data/"'))
    reads["Steps"][1]["Arguments"]["RoleArn"] = ROLE
    line = 'User: x is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::b/data/1.csv"'
    failed(smpipe, "AlgorithmError: exit code 1", lines=("fitting", line), definition=reads)
    told = smpipe.json("why", FIRST, code=1)["causes"][0]
    assert told["lines"] == ["fitting", line]
    assert told["log"] == "/aws/sagemaker/TrainingJobs train-1/*"
    (derived,) = told["refused"][0]["derived"]
    assert derived["field"] == "InputDataConfig[0]"
    assert derived["actions"] == ["s3:GetObject"]


def test_what_no_field_leads_to_is_said_so(smpipe: Command) -> None:
    line = "User: x is not authorized to perform: dynamodb:GetItem on resource: arn:aws:dynamodb:eu-west-1:1:table/t"
    failed(smpipe, "AlgorithmError: exit code 1", lines=(line,))
    printed = smpipe("why", FIRST, code=1)
    assert "no field of this step leads to it; if its own code needs it, grant it:" in printed
    assert "      table.grant_read_data(step.job_role)\n" in printed


def test_what_a_statement_denies_is_not_to_be_granted(smpipe: Command) -> None:
    denied = "User: x is not authorized to perform: s3:PutObject on resource: arn:aws:s3:::b/k with an explicit deny in"
    failed(smpipe, f"ClientError: {denied} a permissions boundary: arn:aws:iam::111122223333:policy/limit.")
    printed = smpipe("why", FIRST, code=1)
    assert "    an explicit deny in a permissions boundary:\n      arn:aws:iam::111122223333:policy/limit\n" in printed
    assert "    a grant does not change that: the statement that denies it has to go\n" in printed
    (refused,) = smpipe.json("why", FIRST, code=1)["causes"][0]["refused"]
    assert (refused["grant"], refused["statement"]) == (None, None)


@pytest.mark.parametrize(
    ("missing", "instead"),
    [
        ("permissions boundary", "the permissions boundary of the role has to allow it, too"),
        ("session policy", "the policy of the session has to allow it, too"),
        ("resource-based policy", "the policy of the resource has to allow it"),
        ("VPC endpoint policy", "the policy of the VPC endpoint has to allow it, too"),
    ],
    ids=["boundary", "session", "resource", "endpoint"],
)
def test_what_another_policy_has_to_allow_is_not_to_be_granted(smpipe: Command, missing: str, instead: str) -> None:
    refused = f"User: x is not authorized to perform: s3:PutObject on resource: arn:aws:s3:::b/k because no {missing}"
    failed(smpipe, f"ClientError: {refused} allows the s3:PutObject action")
    printed = smpipe("why", FIRST, code=1)
    assert f" a grant does not change that: {instead} " in " ".join(printed.split())
    assert "smpipe explain cdk.out" not in printed


@pytest.mark.parametrize(
    ("role", "of"),
    [(ROLE, "of the pipeline"), (f"{ROLE}2", "of the step, or the default_job_role= of the pipeline")],
    ids=["pipeline", "job"],
)
def test_a_role_that_does_not_trust_the_service(smpipe: Command, role: str, of: str) -> None:
    service = "sagemaker.amazonaws.com"
    failed(
        smpipe,
        f"ClientError: Failed to invoke sagemaker:CreateTrainingJob. Error Details: Could not assume role {role}. "
        f"Please ensure that the role exists and allows principal '{service}' to assume the role.",
    )
    assumed_by = f'assumed_by=iam.ServicePrincipal("{service}")'
    instead = f"the trust policy of that role has to let it in: {assumed_by}; it is the role= {of}"
    printed = smpipe("why", FIRST, code=1)
    assert f" {service} may not sts:AssumeRole on {role}, in the call sagemaker:CreateTrainingJob" in _unfolded(printed)
    assert f" a grant does not change that: {instead} " in _unfolded(printed)
    (refused,) = smpipe.json("why", FIRST, code=1)["causes"][0]["refused"]
    assert (refused["service"], refused["resource"], refused["instead"]) == (service, role, instead)


def _unfolded(printed: str) -> str:
    return " ".join(printed.split())


def test_the_policy_that_denies_is_named_where_aws_names_it() -> None:
    arn = "arn:aws:organizations::111122223333:policy/o-1/service_control_policy/p-1"
    denied = "User: x is not authorized to perform: s3:PutObject on resource: arn:aws:s3:::b/k with an explicit deny in"
    (found,) = refusals([f"{denied} a service control policy: {arn}."])
    assert (found.policy, found.instead) == (arn, "the statement that denies it has to go")
    (found,) = refusals([f"{denied} the role trust policy"])
    assert (found.policy, found.because) == (None, "an explicit deny in the role trust policy")


def test_what_the_local_aws_notes_on_permissions(smpipe: Command) -> None:
    noted = {**PREPARED, "StepDescription": "Cleans. [permission: AWS may refuse s3:PutObject] [permission: b\x1b]"}
    smpipe.answers(
        **answers(
            DescribePipelineExecution={"PipelineArn": PIPELINE, "PipelineExecutionStatus": "Succeeded"},
            ListPipelineExecutionSteps={"PipelineExecutionSteps": [noted]},
        )
    )
    printed = smpipe("why", FIRST)
    assert printed.endswith(
        "\n\npermissions that AWS may judge otherwise than this local AWS:\n"
        "  Prepare: AWS may refuse s3:PutObject\n  Prepare: b\\x1b\n"
    )
    assert smpipe.json("why", FIRST)["permissions"][0] == {"step": "Prepare", "note": "AWS may refuse s3:PutObject"}
    steps = smpipe.json("show", FIRST)["steps"]
    assert steps[0]["permissions"] == ["AWS may refuse s3:PutObject", "b\x1b"]
    assert "\nPermissions\nPrepare: AWS may refuse s3:PutObject\nPrepare: b\\x1b\n" in smpipe("show", FIRST)


def test_a_refusal_whose_text_is_cut_is_the_same() -> None:
    whole = "User: x is not authorized to perform: s3:PutObject on resource: arn:aws:s3:::b/k because no session policy"
    whole += " allows the s3:PutObject action"
    cut = whole.partition(" because")[0]
    expected = Refused(None, "s3:PutObject", "arn:aws:s3:::b/k", None, "no session policy allows it")
    assert refusals([cut, whole]) == refusals([whole, cut]) == [expected]


def test_why_at_80_columns(smpipe: Command) -> None:
    failed(smpipe, QUOTA, lines=("a \x1b[31mred\x1b[0m line",))
    printed = smpipe("why", FIRST, code=1)
    assert printed.splitlines() == [
        "abalone/firstexec001: Failed",
        "",
        "Train (Training) failed",
        "  ClientError: Failed to invoke sagemaker:CreateTrainingJob. Error Details: The",
        "    account-level service limit 'ml.p4d.24xlarge for training job usage' is 0",
        "    Instances, with current utilization of 0 Instances.",
        "  the call that was refused: sagemaker:CreateTrainingJob",
        "  the last lines of /aws/sagemaker/TrainingJobs train-1/*:",
        "    a \\x1b[31mred\\x1b[0m line",
        f"  all of it: smpipe logs {FIRST} Train",
        "",
        "not run: 'Check', 'Register', 'Inaccurate'",
    ]


def fails_by_report(smpipe: Command, written: timedelta) -> None:
    """A Fail step after a condition on a property file, written some time after the start."""
    definition = json.loads(json.dumps(DEFINITION))
    definition["Steps"][0]["PropertyFiles"] = [
        {"PropertyFileName": "report", "OutputName": "train", "FilePath": "report.json"}
    ]
    condition = definition["Steps"][2]["Arguments"]["Conditions"][0]
    file = {"PropertyFile": {"Get": "Steps.Prepare.PropertyFiles.report"}, "Path": "mse"}
    condition["LeftValue"] = {"Std:JsonGet": file}
    steps = [
        PREPARED,
        step("Check", Metadata={"Condition": {"Outcome": "False"}}),
        step("Inaccurate", "Failed", FailureReason="too inaccurate", Metadata={"Fail": {"ErrorMessage": "too"}}),
    ]
    described = {
        "PipelineArn": PIPELINE, "PipelineExecutionStatus": "Failed", "LastModifiedTime": START + timedelta(minutes=5),
    }  # fmt: skip
    smpipe.answers(
        **answers(
            DescribePipelineExecution=described,
            ListPipelineExecutionSteps={"PipelineExecutionSteps": steps},
            DescribePipelineDefinitionForExecution={"PipelineDefinition": json.dumps(definition)},
        )
    )
    body = b'{"mse": 9.5}'
    smpipe.answers(
        "s3", GetObject=lambda _: {"Body": StreamingBody(io.BytesIO(body), len(body)), "LastModified": START + written}
    )


def test_the_condition_that_led_to_a_failure(smpipe: Command) -> None:
    fails_by_report(smpipe, timedelta(minutes=1))
    branch = smpipe.json("why", FIRST, code=1)["causes"][0]["branch"]
    assert branch == {
        "condition": "Check",
        "outcome": "false",
        "text": "Prepare.report:mse <= MaxMse",
        "values": {"Prepare.report:mse": "9.5", "MaxMse": "6.0"},
    }
    assert "it ran because Check was false" in smpipe("why", FIRST, code=1)


def test_a_file_that_was_written_again_tells_nothing(smpipe: Command) -> None:
    fails_by_report(smpipe, timedelta(minutes=9))
    assert smpipe.json("why", FIRST, code=1)["causes"][0]["branch"]["values"] == {"MaxMse": "6.0"}


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("Succeeded", "it succeeded"),
        ("Executing", "it is still running, and nothing has failed so far"),
        ("Stopped", "it was stopped, and nothing has failed; 'smpipe resume' runs the rest"),
    ],
)
def test_nothing_failed(smpipe: Command, status: str, told: str) -> None:
    described = {"PipelineArn": PIPELINE, "PipelineExecutionStatus": status}
    smpipe.answers(**answers(DescribePipelineExecution=described))
    assert smpipe("why", FIRST) == f"abalone/firstexec001: {status}\n{told}\n"


def test_whoever_may_not_read_logs_learns_the_rest(smpipe: Command) -> None:
    failed(smpipe, QUOTA)
    smpipe.answers("logs", DescribeLogStreams=Refusal("AccessDeniedException", "no logs for you"))
    told = smpipe.json("why", FIRST, code=1)["causes"][0]
    assert (told["log"], told["unread"]) == ("/aws/sagemaker/TrainingJobs train-1/*", "no logs for you")
    said = " ".join(smpipe("why", FIRST, code=1).split())
    assert "the log /aws/sagemaker/TrainingJobs train-1/* could not be read: no logs for you" in said
    assert told["reason"] == QUOTA


# -- logs


def two_streams(asked: dict[str, Any]) -> dict[str, Any]:
    """Two instances whose lines are interleaved, each in pages of two."""
    of = int(asked["logStreamName"][-1])
    times = [MILLISECONDS + 10 * i + of for i in range(5)]
    if not asked.get("startFromHead") and "nextToken" not in asked:
        times = times[-asked["limit"] :]
        start = 0
    else:
        start = int(asked.get("nextToken", "f/0")[2:])
        times = times[start : start + 2]
    listed = [{"timestamp": at, "message": f"{of} at {at - MILLISECONDS}"} for at in times]
    return {"events": listed, "nextForwardToken": f"f/{start + len(listed)}"}


STREAMS = [{"logStreamName": "train-1/algo-1"}, {"logStreamName": "train-1/algo-2"}]


def test_logs_of_all_instances_in_the_order_of_time(smpipe: Command) -> None:
    smpipe.answers(**answers())
    service = smpipe.answers("logs", DescribeLogStreams=in_pages("logStreams", STREAMS, 2), GetLogEvents=two_streams)
    expected = [f"{of} at {10 * i + of}" for i in range(5) for of in (1, 2)]
    assert smpipe("logs", FIRST, "Train").splitlines() == expected
    assert smpipe("logs", FIRST, "Train", "-n", "3").splitlines() == expected[-3:]
    assert service.asked["DescribeLogStreams"][0] == {
        "logGroupName": "/aws/sagemaker/TrainingJobs", "logStreamNamePrefix": "train-1/",
    }  # fmt: skip


def test_logs_as_json(smpipe: Command, capsys: pytest.CaptureFixture[str]) -> None:
    smpipe.answers(**answers())
    smpipe.answers("logs", DescribeLogStreams={"logStreams": STREAMS[:1]}, GetLogEvents=two_streams)
    first = json.loads(smpipe("logs", FIRST, "Train", "--json", "-n", "1"))
    assert first == {"time": "2030-01-01T12:00:00.041000+00:00", "stream": "train-1/algo-1", "message": "1 at 41"}


def test_follow_until_the_step_has_ended(smpipe: Command) -> None:
    running = step("Train", "Executing", Metadata=JOB)
    moments = [running, running, step("Train", Metadata=JOB)]
    smpipe.answers(**answers(ListPipelineExecutionSteps=[{"PipelineExecutionSteps": [each]} for each in moments]))
    news = [events("one"), events(), events("two"), events("three")]
    tokens = {"nextForwardToken": "f/1"}
    smpipe.answers(
        "logs", DescribeLogStreams={"logStreams": STREAMS[:1]}, GetLogEvents=[{**each, **tokens} for each in news]
    )
    assert smpipe("logs", FIRST, "Train", "--follow", "--interval", "0.01").splitlines() == ["one", "two", "three"]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Check", "step 'Check' (Condition) has no log in CloudWatch Logs"),
        ("Trian", "step 'Trian' has not started in abalone/firstexec001; did you mean 'Train'?"),
        ("Inaccurate", "step 'Inaccurate' has not started in abalone/firstexec001: it is not run"),
    ],
)
def test_steps_without_a_log(smpipe: Command, name: str, told: str) -> None:
    smpipe.answers(**answers())
    assert smpipe("logs", FIRST, name, code=2) == f"smpipe: {told}\n"


def test_the_log_of_a_function_is_that_of_its_time(smpipe: Command) -> None:
    function = {"Lambda": {"Arn": "arn:aws:lambda:eu-west-1:111122223333:function:notify:3"}}
    smpipe.answers(**answers(ListPipelineExecutionSteps={"PipelineExecutionSteps": [step("Train", Metadata=function)]}))
    service = smpipe.answers(
        "logs", DescribeLogStreams={"logStreams": [{"logStreamName": "2030/x"}]}, GetLogEvents=events("hello")
    )
    assert "hello\n" in smpipe("logs", FIRST, "Train", "-n", "5")
    (asked,) = service.asked["GetLogEvents"]
    assert asked["logGroupName"] == "/aws/lambda/notify"
    assert (asked["startTime"], asked["endTime"]) == (MILLISECONDS - 5000, MILLISECONDS + 65000)


def test_a_group_that_does_not_exist_yet_is_an_empty_log(smpipe: Command) -> None:
    smpipe.answers(**answers())
    smpipe.answers("logs", DescribeLogStreams=Refusal("ResourceNotFoundException", "no group"))
    assert smpipe("logs", FIRST, "Train") == ""


def test_an_empty_log_is_said_to_be_empty(smpipe: Command, capsys: pytest.CaptureFixture[str]) -> None:
    failed(smpipe, "AlgorithmError: no")
    assert cli.main(["logs", FIRST, "Train"]) == 0
    told = "the log /aws/sagemaker/TrainingJobs train-1/* is empty or does not exist\n"
    assert capsys.readouterr() == ("", told)


def test_what_has_not_run_may_still_run(smpipe: Command) -> None:
    failed(smpipe, "AlgorithmError: no")
    smpipe.answers(DescribePipelineExecution={"PipelineArn": PIPELINE, "PipelineExecutionStatus": "Executing"})
    assert "not run yet: 'Check'" in smpipe("why", FIRST, code=1)
