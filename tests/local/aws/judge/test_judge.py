"""What the judge answers in each mode, and what it keeps and notes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.aws.judge.decisions import Decisions
from cdk_sagemaker_pipelines.local.aws.judge.judge import Judge
from cdk_sagemaker_pipelines.local.aws.judge.question import Question
from cdk_sagemaker_pipelines.local.aws.principals import Asking, asking, holding, service
from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from cdk_sagemaker_pipelines.local.decided import Answer, Decision, written
from cdk_sagemaker_pipelines.local.enforcement import Mode
from cdk_sagemaker_pipelines.local.engine.step_run import MORE_PERMISSIONS, MOST_PERMISSIONS, StepRun
from cdk_sagemaker_pipelines.local.origin import Origin

REGION, ACCOUNT = "eu-central-1", "111122223333"
ROLE, NO_ROLE = (f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("job", "none"))
EXECUTION = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/p/execution/abcdefghijkl"

READ = Question("s3:GetObject", "arn:aws:s3:::data/a", {"s3:ResourceAccount": ACCOUNT}, ACCOUNT)
WRITE = READ._replace(action="s3:PutObject")
DENIED = READ._replace(action="s3:DeleteObject")
UNKNOWN = READ._replace(action="s3:GetObjectTagging")
NO_WRITE = (
    f"User: arn:aws:sts::{ACCOUNT}:assumed-role/job/SageMaker is not authorized to perform: s3:PutObject on resource: "
    "arn:aws:s3:::data/a because no identity-based policy allows the s3:PutObject action"
)


def statement(action: str, **members: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": "*", **members}


def document(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAws]:
    """With a role that may read; one statement of it denies, one depends on a key of which nothing is known."""
    with EmbeddedAws(REGION, ACCOUNT) as served:
        iam = served.services().client("iam")
        trust = document({"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "*"})
        iam.create_role(RoleName="job", AssumeRolePolicyDocument=trust)
        policy = document(
            statement("s3:GetObject"),
            statement("s3:DeleteObject", Effect="Deny", Sid="Keep"),
            statement("s3:GetObjectTagging", Condition={"StringEquals": {"s3:ExistingObjectTag/a": "b"}}),
        )
        iam.put_role_policy(RoleName="job", PolicyName="own", PolicyDocument=policy)
        yield served


def who(aws: EmbeddedAws, role: str = ROLE) -> Asking:
    key = aws.services().environment(role, "SageMaker")["AWS_ACCESS_KEY_ID"]
    return asking(key, ACCOUNT, REGION)


@pytest.fixture
def notes() -> list[str]:
    return []


@pytest.fixture
def origin(notes: list[str]) -> Origin:
    return Origin(EXECUTION, "Train", notes.append)


def kept(judge: Judge) -> list[tuple[str, str, Answer]]:
    found = judge.used(EXECUTION)
    return [] if found is None else [(one.role, one.action, one.answer) for one in found.decisions]


def test_what_a_role_may_not_do_is_refused_in_the_words_of_aws(aws: EmbeddedAws, origin: Origin) -> None:
    judge = Judge()
    assert judge.refusal(who(aws), READ, origin) is None
    assert judge.refusal(who(aws), WRITE, origin) == NO_WRITE
    assert judge.refusal(who(aws), DENIED, origin) == NO_WRITE.partition(": s3:PutObject")[0] + (
        ": s3:DeleteObject on resource: arn:aws:s3:::data/a with an explicit deny in an identity-based policy"
    )


@pytest.mark.parametrize(
    ("mode", "refused"),
    [
        (None, {"write", "deny"}),
        (Mode.OFF, set()),
        (Mode.TELL, set()),
        (Mode.ENFORCE, {"write", "deny", "missing"}),
        (Mode.STRICT, {"write", "deny", "missing", "doubt", "unknown", "unjudged"}),
    ],
    ids=["none", "off", "tell", "enforce", "strict"],
)
def test_what_each_mode_refuses(aws: EmbeddedAws, origin: Origin, mode: Mode | None, refused: set[str]) -> None:
    judge = Judge(mode)
    answers = {
        "read": judge.refusal(who(aws), READ, origin),
        "write": judge.refusal(who(aws), WRITE, origin),
        "deny": judge.refusal(who(aws), DENIED, origin),
        "missing": judge.refusal(who(aws, NO_ROLE), READ, origin),
        "doubt": judge.refusal(who(aws), WRITE._replace(in_doubt=True), origin),
        "unknown": judge.refusal(who(aws), UNKNOWN, origin),
        "unjudged": judge.unjudged(who(aws), "glue:GetTables", origin),
    }
    assert {name for name, words in answers.items() if words} == refused


def test_what_passes_without_being_allowed_is_noted(aws: EmbeddedAws, origin: Origin, notes: list[str]) -> None:
    judge = Judge(Mode.TELL)
    for question in (READ, WRITE, WRITE, DENIED, UNKNOWN):
        judge.refusal(who(aws), question, origin)
    judge.refusal(who(aws, NO_ROLE), READ, origin)
    judge.unjudged(who(aws), "glue:GetTables", origin)
    assert list(dict.fromkeys(notes)) == [
        "AWS would refuse s3:PutObject on arn:aws:s3:::data/a by job: no statement allows it (identity-based policy)",
        "AWS would refuse s3:DeleteObject on arn:aws:s3:::data/a by job: "
        "statement 2 (Keep) of own denies it (identity-based policy)",
        "not decided: s3:GetObjectTagging on arn:aws:s3:::data/a by job: statement 3 of own depends on "
        "s3:ExistingObjectTag/a, of which nothing is known",
        "not judged: the role none does not exist here",
        "not judged: glue:GetTables by job",
    ]


def test_the_condition_that_is_not_met_is_named(aws: EmbeddedAws, origin: Origin, notes: list[str]) -> None:
    tagged = {"s3:ExistingObjectTag/a": "c"}
    Judge(Mode.TELL).refusal(who(aws), UNKNOWN._replace(context={**UNKNOWN.context, **tagged}), origin)
    (note,) = notes
    assert note.endswith(
        "no statement allows it (identity-based policy); "
        "not met: StringEquals of s3:ExistingObjectTag/a in statement 3 of own"
    )


def test_a_refusal_in_doubt_is_noted(aws: EmbeddedAws, origin: Origin, notes: list[str]) -> None:
    assert Judge().refusal(who(aws), WRITE._replace(in_doubt=True), origin) is None
    assert [note.partition(":")[0] for note in notes] == ["AWS may refuse s3"]


def test_roles_that_do_not_exist_are_noted_only_if_a_mode_was_chosen(
    aws: EmbeddedAws, origin: Origin, notes: list[str]
) -> None:
    judge = Judge()
    assert judge.refusal(who(aws, NO_ROLE), READ, origin) is None
    assert notes == []
    assert kept(judge) == [(NO_ROLE, "s3:GetObject", Answer.NOTED)]


def test_the_policy_of_the_resource_counts_too(aws: EmbeddedAws) -> None:
    session = {"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/job/SageMaker"}
    allows, denies = (
        document({**statement("s3:*", Effect=effect), "Principal": session}) for effect in ("Allow", "Deny")
    )
    assert Judge().refusal(who(aws), WRITE, None, allows) is None
    assert str(Judge().refusal(who(aws), READ, None, denies)).endswith("an explicit deny in a resource-based policy")


def test_a_policy_of_a_resource_that_cannot_be_read_is_not_decided(
    aws: EmbeddedAws, origin: Origin, notes: list[str]
) -> None:
    assert Judge().refusal(who(aws), READ, origin, "{") is None
    assert [note.partition(" by ")[0] for note in notes] == ["not decided: s3:GetObject on arn:aws:s3:::data/a"]
    assert Judge(Mode.STRICT).refusal(who(aws), READ, origin, "{") is not None


def test_keys_of_accounts_and_services_are_not_judged(aws: EmbeddedAws) -> None:
    judge = Judge(Mode.STRICT)
    for one in (asking(ACCOUNT, ACCOUNT, REGION), holding(f"arn:aws:iam::{ACCOUNT}:root")):
        assert judge.refusal(one, WRITE) is None
        assert judge.unjudged(one, "glue:GetTables") is None
    assert judge.refusal(service("events", ACCOUNT, ROLE), WRITE) is None


def test_users_are_judged_by_their_policies(aws: EmbeddedAws) -> None:
    iam = aws.services().client("iam")
    iam.create_user(UserName="ann")
    key = iam.create_access_key(UserName="ann")["AccessKey"]["AccessKeyId"]
    assert str(Judge().refusal(asking(key, ACCOUNT, REGION), READ)).startswith(f"User: arn:aws:iam::{ACCOUNT}:user/ann")
    iam.put_user_policy(UserName="ann", PolicyName="own", PolicyDocument=document(statement("s3:GetObject")))
    assert Judge().refusal(asking(key, ACCOUNT, REGION), READ) is None


def test_decisions_are_counted(aws: EmbeddedAws, origin: Origin) -> None:
    judge = Judge()
    for question in (READ, READ, WRITE):
        judge.refusal(who(aws), question, origin)
    found = judge.used(EXECUTION)
    assert found is not None
    assert found.decisions == (
        Decision("Train", ROLE, "s3:GetObject", "arn:aws:s3:::data/a", Answer.ALLOWED, "", 2),
        Decision(
            "Train", ROLE, "s3:PutObject", "arn:aws:s3:::data/a", Answer.REFUSED,
            "no statement allows it (identity-based policy)", 1, "identity-based policy",
        ),
    )  # fmt: skip
    assert judge.used(EXECUTION + "x") is None


def test_what_is_for_no_step_is_logged_once(aws: EmbeddedAws, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "cdk_sagemaker_pipelines.local")
    judge = Judge()
    for role in (ROLE, NO_ROLE):
        for _ in range(2):
            judge.unjudged(who(aws, role), "glue:GetTables")
    assert [record.message for record in caplog.records] == ["not judged: glue:GetTables by job"]


def test_long_texts_are_kept_in_part(aws: EmbeddedAws, origin: Origin) -> None:
    judge = Judge()
    judge.refusal(who(aws), WRITE._replace(resource=f"{WRITE.resource}{'x' * 100_000}"), origin)
    decided = judge.used(EXECUTION)
    assert decided is not None
    (decision,) = decided.decisions
    assert (len(decision.resource), decision.resource[-4:]) == (2048, "x...")
    assert len(written(decided, None, 0)) < 65_536  # as long as a header may be


def test_a_step_has_so_many_notes_and_no_more() -> None:
    record = SimpleNamespace(permissions=[])
    host = SimpleNamespace(update=lambda record, permissions: setattr(record, "permissions", permissions))
    step: Any = SimpleNamespace(record=record, _host=host)
    for number in (*range(300), *range(300)):
        StepRun._note_permission(step, str(number))
    assert record.permissions == [*map(str, range(MOST_PERMISSIONS)), MORE_PERMISSIONS]


def test_decisions_are_kept_within_bounds() -> None:
    decisions = Decisions(most_executions=2, most_decisions=2)
    for execution in "abc":
        for action in ("s3:A", "s3:B", "s3:C", "s3:C", "s3:A"):
            decisions.keep(execution, Decision("Train", ROLE, action, "*", Answer.ALLOWED))
    assert decisions.of("a") is None
    found = decisions.of("c")
    assert found is not None
    assert [(one.action, one.times) for one in found.decisions] == [("s3:A", 2), ("s3:B", 1)]
    assert found.left_out == 2


def test_a_step_has_a_session_of_its_own_under_the_name_of_the_service(aws: EmbeddedAws, origin: Origin) -> None:
    sessions = aws._world.sessions
    own, again, other, shared = (
        sessions.environment(ACCOUNT, REGION, ROLE, "SageMaker", each)["AWS_ACCESS_KEY_ID"]
        for each in (origin, origin, origin._replace(step="Other"), None)
    )
    assert own == again
    assert len({own, other, shared}) == 3
    assert sessions.origin(own) is origin
    assert sessions.origin(shared) is None
    assert {asking(key, ACCOUNT, REGION).principal.arn for key in (own, other, shared)} == {
        f"arn:aws:sts::{ACCOUNT}:assumed-role/job/SageMaker"
    }
