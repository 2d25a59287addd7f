"""Which permissions executions used, as the local AWS has decided it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from cdk_sagemaker_pipelines import cli
from cdk_sagemaker_pipelines.local.aws.judge.question import Question
from cdk_sagemaker_pipelines.local.aws.principals import asking
from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from cdk_sagemaker_pipelines.local.origin import Origin

REGION, ACCOUNT = "eu-west-1", "111122223333"
OWN, JOB, NONE = (f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("own", "team/job", "none"))
OBJECT = "arn:aws:s3:::data/a"
REFUSED = (
    f"User: arn:aws:sts::{ACCOUNT}:assumed-role/job/SageMaker is not authorized to perform: s3:DeleteObject on "
    f"resource: {OBJECT} with an explicit deny in an identity-based policy"
)
NEVER = {"Type": "Equals", "LeftValue": "a", "RightValue": "b"}
FIT = {
    "Name": "Fit", "Type": "Model",
    "Arguments": {"ExecutionRoleArn": JOB, "PrimaryContainer": {"Image": "i", "ModelDataUrl": "s3://data/m"}},
}  # fmt: skip
NO = {"Name": "No", "Type": "Fail", "Arguments": {"ErrorMessage": REFUSED}}
STEPS: list[dict[str, Any]] = [
    {"Name": "Or", "Type": "Condition", "Arguments": {"Conditions": [NEVER], "IfSteps": [FIT], "ElseSteps": [NO]}},
]
"""Nothing asks by itself: ``Fit`` does not run, and the test asks for it."""


TEXT = f"""
role {OWN}
  the pipeline's own; it has no policies

role {JOB}
  of Fit
  statement 1 (Read) of data
    on arn:aws:s3:::data
      never used: s3:Get*, s3:ListBucket
    on arn:aws:s3:::data/*
      used: s3:Get* as s3:GetObject, s3:GetObjectTagging (3 times)
      never used: s3:ListBucket
  statement 1 of arn:aws:iam::{ACCOUNT}:policy/rest
    on all but arn:aws:sqs:*:*:secret
      used: all but s3:*, iam:* as sqs:SendMessage

role {NONE}
  it does not exist here

asked, and not allowed for sure:
  refused: s3:DeleteObject on {OBJECT}
    by {JOB} in Fit: statement 2 (Keep) of
        data denies it (identity-based policy)
  refused: sqs:SendMessage on arn:aws:sqs:{REGION}:{ACCOUNT}:secret
    by {JOB} in Fit: no statement allows it
        (identity-based policy)
  AWS would refuse it: s3:GetObject on {OBJECT}
    by {NONE} in Fit: the role does not exist here
"""


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions: Any, resources: Any, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAws]:
    """With an execution of P, for which a job asked; its role has an inline and a managed policy."""
    with EmbeddedAws(REGION, ACCOUNT) as served:
        iam, sagemaker = served.services().client("iam"), served.services().client("sagemaker")
        trust = document({"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "*"})
        iam.create_role(RoleName="own", AssumeRolePolicyDocument=trust)
        iam.create_role(RoleName="job", Path="/team/", AssumeRolePolicyDocument=trust)
        data = allow(["s3:Get*", "s3:ListBucket"], ["arn:aws:s3:::data", "arn:aws:s3:::data/*"], Sid="Read")
        denies = {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*", "Sid": "Keep"}
        iam.put_role_policy(RoleName="job", PolicyName="data", PolicyDocument=document(data, denies))
        rest = document(
            {"Effect": "Allow", "NotAction": ["s3:*", "iam:*"], "NotResource": "arn:aws:sqs:*:*:secret"},
        )
        arn = iam.create_policy(PolicyName="rest", PolicyDocument=rest)["Policy"]["Arn"]
        iam.attach_role_policy(RoleName="job", PolicyArn=arn)
        definition = json.dumps({"Version": "2020-12-01", "Steps": STEPS})
        sagemaker.create_pipeline(
            PipelineName="P", PipelineDefinition=definition, RoleArn=OWN, ClientRequestToken="t" * 32
        )
        started = sagemaker.start_pipeline_execution(PipelineName="P", ClientRequestToken="t" * 32)
        ask(served, started["PipelineExecutionArn"])
        yield served


def ask(aws: EmbeddedAws, execution: str) -> None:
    origin = Origin(execution, "Fit", lambda text: None)
    for role, questions in {
        JOB: [
            ("s3:GetObject", OBJECT), ("s3:GetObject", OBJECT), ("s3:GetObjectTagging", OBJECT),
            ("s3:DeleteObject", OBJECT), ("sqs:SendMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:open"),
            ("sqs:SendMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:secret"),
        ],
        NONE: [("s3:GetObject", OBJECT)],
    }.items():  # fmt: skip
        key = aws.services().environment(role, "SageMaker")["AWS_ACCESS_KEY_ID"]
        for action, resource in questions:
            who = asking(key, ACCOUNT, REGION)
            aws._world.judge.refusal(who, Question(action, resource, owner=ACCOUNT), origin)


@pytest.fixture
def smpipe(aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    monkeypatch.setenv("COLUMNS", "80")
    for name, value in aws.environment(among={}).items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str, code: int = 0) -> str:
        assert cli.main(arguments) == code
        return capsys.readouterr().out

    return run


def test_each_statement_with_what_was_used(smpipe: Any) -> None:
    printed = smpipe("explain", "--used", "P")
    assert all(len(line) <= 80 for line in printed.splitlines())
    text = printed.partition("\n")[2]
    assert text == TEXT


def test_as_json(smpipe: Any) -> None:
    told = json.loads(smpipe("explain", "--used", "P", "--json"))
    assert (told["used"], told["granted"]) == (2, 5)
    assert [(each["iam"], each["known"], each["leftOut"]) for each in told["executions"]] == [(None, True, 0)]
    own, job, none = told["roles"]
    assert (own["ofPipeline"], own["steps"], own["statements"]) == (True, [], [])
    assert (job["exists"], none["exists"], job["steps"]) == (True, False, ["Fit"])
    assert [(each["policy"], each["statement"]) for each in job["statements"]] == [
        ("data", "statement 1 (Read)"),
        (f"arn:aws:iam::{ACCOUNT}:policy/rest", "statement 1"),
    ]
    permissions = [each for one in job["statements"] for each in one["permissions"]]
    assert [(each["action"], each["resource"], each["times"]) for each in permissions] == [
        ("s3:Get*", "arn:aws:s3:::data", 0),
        ("s3:ListBucket", "arn:aws:s3:::data", 0),
        ("s3:Get*", "arn:aws:s3:::data/*", 3),
        ("s3:ListBucket", "arn:aws:s3:::data/*", 0),
        ("all but s3:*, iam:*", "all but arn:aws:sqs:*:*:secret", 1),
    ]
    assert (permissions[2]["as"], permissions[2]["steps"]) == (["s3:GetObject", "s3:GetObjectTagging"], ["Fit"])
    assert [(each["answer"], each["action"]) for each in told["notAllowed"]] == [
        ("refused", "s3:DeleteObject"),
        ("refused", "sqs:SendMessage"),
        ("noted", "s3:GetObject"),
    ]


def test_as_markdown(smpipe: Any) -> None:
    printed = smpipe("explain", "--used", "P", "--markdown")
    assert (
        "| `statement 1 (Read) of data` | `arn:aws:s3:::data/*` | `s3:Get*` (3 times) |  | `s3:ListBucket` |\n"
        in printed
    )
    assert "\n\n| asked, and not allowed for sure | action |" in printed
    assert f"\n| refused | `s3:DeleteObject` | `{OBJECT}` | `{JOB}` | `Fit` |" in printed


def test_an_execution_of_which_nothing_is_known(aws: EmbeddedAws, smpipe: Any) -> None:
    client = aws.services().client("sagemaker")
    definition = json.dumps({"Version": "2020-12-01", "Steps": STEPS})
    client.create_pipeline(PipelineName="Q", PipelineDefinition=definition, RoleArn=JOB, ClientRequestToken="q" * 32)
    started = client.start_pipeline_execution(PipelineName="Q", ClientRequestToken="u" * 32)["PipelineExecutionArn"]
    printed = smpipe("explain", "--used", started)
    assert ": 0 of 5 permissions were used\nq/" in printed
    assert ": nothing is known: it asked for nothing, ran before" in " ".join(printed.split())
    assert json.loads(smpipe("explain", "--used", started, "--json"))["executions"][0]["known"] is False


def test_why_names_the_statement_that_denies(smpipe: Any) -> None:
    printed = smpipe("why", "P", code=1)
    assert "    statement 2 (Keep) of data denies it (identity-based policy)\n" in printed


BOUNDARY, LIMITED = f"arn:aws:iam::{ACCOUNT}:policy/limit", f"arn:aws:iam::{ACCOUNT}:role/limited"


@pytest.fixture(scope="module")
def limited(aws: EmbeddedAws) -> str:
    """An execution that failed since the role's boundary does not allow what its policies do."""
    iam, sagemaker = aws.services().client("iam"), aws.services().client("sagemaker")
    keep = {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"}
    limit = document(allow("s3:GetObject", "*"), allow("sqs:*", "*"), keep)
    iam.create_policy(PolicyName="limit", PolicyDocument=limit)
    trust = document({"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "*"})
    iam.create_role(RoleName="limited", AssumeRolePolicyDocument=trust, PermissionsBoundary=BOUNDARY)
    only = {"StringEquals": {"aws:PrincipalTag/team": "ml"}}
    own = document(
        allow(["s3:PutObject", "s3:DeleteObject", "s3:GetObject"], "arn:aws:s3:::data/*"),
        allow(["sqs:SendMessage", "sqs:ReceiveMessage"], "*", Condition=only),
    )
    iam.put_role_policy(RoleName="limited", PolicyName="own", PolicyDocument=own)
    words = (
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/limited/SageMaker is not authorized to perform: s3:PutObject on "
        f"resource: {OBJECT} because no permissions boundary allows the s3:PutObject action"
    )
    steps = [{"Name": "No", "Type": "Fail", "Arguments": {"ErrorMessage": words}}]
    definition = json.dumps({"Version": "2020-12-01", "Steps": steps})
    sagemaker.create_pipeline(PipelineName="L", PipelineDefinition=definition, RoleArn=OWN, ClientRequestToken="l" * 32)
    started = sagemaker.start_pipeline_execution(PipelineName="L", ClientRequestToken="l" * 32)
    origin = Origin(started["PipelineExecutionArn"], "No", lambda text: None)
    key = aws.services().environment(LIMITED, "SageMaker")["AWS_ACCESS_KEY_ID"]
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:open"
    for action, resource in (("s3:PutObject", OBJECT), ("s3:DeleteObject", OBJECT), ("sqs:SendMessage", queue)):
        who = asking(key, ACCOUNT, REGION)
        aws._world.judge.refusal(who, Question(action, resource, owner=ACCOUNT), origin)
    return str(started["PipelineExecutionArn"])


def test_what_something_else_refused_is_not_called_unused(limited: str, smpipe: Any) -> None:
    printed = smpipe("explain", "--used", limited, "--width", "200")
    assert printed.partition(f"\nrole {LIMITED}\n")[2].partition("\n\n")[0] == (
        "  of no step; code of the execution has it\n"
        "  statement 1 of own\n"
        "    on arn:aws:s3:::data/*\n"
        f"      asked for, but refused by the permissions boundary {BOUNDARY}: s3:PutObject, s3:DeleteObject\n"
        "      never used: s3:GetObject\n"
        "  statement 2 of own, whose conditions are not compared\n"
        "    on *\n"
        "      asked for, but refused by its conditions: sqs:SendMessage\n"
        "      never used: sqs:ReceiveMessage"
    )
    (role,) = [
        each
        for each in json.loads(smpipe("explain", "--used", limited, "--json"))["roles"]
        if "limited" in each["role"]
    ]
    first, second = role["statements"]
    assert (first["conditional"], second["conditional"]) == (False, True)
    refused = {"answer": "refused", "policy": f"the permissions boundary {BOUNDARY}"}
    assert [each["refusedBy"] for each in first["permissions"]] == [[refused], [refused], []]
    assert (
        f"| `arn:aws:s3:::data/*` |  | `s3:PutObject` `s3:DeleteObject` by `the permissions boundary {BOUNDARY}` "
        "| `s3:GetObject` |"
    ) in smpipe("explain", "--used", limited, "--markdown")


def test_why_names_the_boundary_that_does_not_allow_it(limited: str, smpipe: Any) -> None:
    printed = smpipe("why", limited, "--width", "200", code=1)
    assert (
        f"    no statement allows it (permissions boundary {BOUNDARY})\n"
        "    a grant does not change that: the permissions boundary of the role has to allow it, too\n"
    ) in printed
    (refused,) = json.loads(smpipe("why", limited, "--json", code=1))["causes"][0]["refused"]
    assert (refused["policy"], refused["grant"]) == (BOUNDARY, None)
    assert refused["instead"] == "the permissions boundary of the role has to allow it, too"


def test_another_aws_is_not_asked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://example.com")
    monkeypatch.setenv("AWS_REGION", REGION)
    assert cli.main(["explain", "--used", "P"]) == 2
    assert capsys.readouterr().err.startswith(
        "smpipe: only the local AWS keeps which permissions an execution used. On"
    )


def main(arguments: str) -> object:
    try:
        return cli.main(arguments.split())
    except SystemExit as error:
        return error.code


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("explain", "one of the arguments FILE --used is required"),
        ("explain cdk.out --markdown", "--markdown only goes with --used: roles are explained as text or JSON"),
        ("explain --used P --pipeline Q", "--pipeline cannot be used with --used: the executions say which pipeline"),
        ("explain --used P --markdown --json", "--markdown cannot be used with --json: it is one or the other"),
    ],
)
def test_what_does_not_go_together(capsys: pytest.CaptureFixture[str], arguments: str, told: str) -> None:
    assert main(arguments) == 2
    assert told in capsys.readouterr().err
