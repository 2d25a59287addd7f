"""Policies that are attached to no role of the review, or that limit one, stand in the first lines of a difference."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_sagemaker_pipelines.review.diff.markdown import markdown
from cdk_sagemaker_pipelines.review.diff.pairs import differences

from .stacks import GET_RAW, policy, role
from .test_pipelines import TRUST, app, template, told

EVERYTHING = {"Action": "*", "Effect": "Allow", "Resource": "*"}
MANAGED = "AWS::IAM::ManagedPolicy"
ELSEWHERE: dict[str, tuple[dict[str, Any], str]] = {
    "a-name": ({"Roles": ["existing"]}, "role/existing"),
    "the-name-alone": ({"RoleName": "existing", "type": "AWS::IAM::RolePolicy"}, "role/existing"),
    "a-managed-policy": ({"Roles": ["existing"], "type": MANAGED}, "role/existing"),
    "a-parameter": ({"Roles": [{"Ref": "Who"}]}, "role/${Who}"),
    "an-import": ({"Roles": [{"Fn::ImportValue": "x"}]}, "role/${ImportValue:x}"),
    "a-list-of-the-deployment": ({"Roles": {"Fn::Split": [",", {"Ref": "Who"}]}}, "role/${Split:"),
}


@pytest.mark.parametrize("case", ELSEWHERE)
def test_a_policy_of_a_role_that_is_made_elsewhere(case: str) -> None:
    given, name = ELSEWHERE[case]
    narrow, wide = (app(template(Extra=policy(each, **given))) for each in (GET_RAW, EVERYTHING))
    assert [line.replace("~ role/", "role/")[:5] for line in told(narrow, wide)] == ["role/", "+ * o", "- s3:"]
    above = markdown(differences(narrow, wide)).partition("###")[0]
    assert f"- `{name}" in above
    assert "` `* on *`" in above
    (line,) = told(app(template()), wide)
    assert line.startswith(f"+ {name}")
    assert line.endswith(": * on *")
    assert told(wide, wide) == []


def test_a_role_here_and_one_elsewhere_have_a_policy_each() -> None:
    def both(statement: Any) -> Any:
        other = role(path="Dev/Stack0/Other", AssumeRolePolicyDocument=TRUST)
        return app(template(Other=other, Extra=policy(statement, Roles=["existing", {"Ref": "Other"}])))

    lines = told(both(GET_RAW), both(EVERYTHING))
    assert [line for line in lines if line.startswith("~ ")] == ["~ role/existing", "~ Other"]
    assert lines.count("+ * on *") == 2


WIDENED = '~ Extra: PolicyDocument.Statement[0].Action: "s3:GetObject" → "*"'


@pytest.mark.parametrize("limited", [False, True], ids=["nobody", "a-boundary"])
def test_a_managed_policy_that_no_role_shows(limited: bool) -> None:
    def stack(statement: Any) -> Any:
        found = template(Extra=policy(statement, type=MANAGED))
        if limited:
            found["Resources"]["Job"]["Properties"]["PermissionsBoundary"] = {"Ref": "Extra"}
        return app(found)

    narrow, wide = stack({**GET_RAW, "Resource": "*"}), stack(EVERYTHING)
    assert told(narrow, wide) == [WIDENED]
    assert "- changed: `Extra`" in markdown(differences(narrow, wide)).partition("###")[0]


def test_a_managed_policy_that_a_role_shows_is_not_told_twice() -> None:
    def stack(statement: Any) -> Any:
        found = template(Extra=policy(statement, type=MANAGED))
        found["Resources"]["Job"]["Properties"]["ManagedPolicyArns"] = [{"Ref": "Extra"}]
        return app(found)

    lines = told(stack(GET_RAW), stack({**GET_RAW, "Action": "s3:*"}))
    assert lines[0].startswith("+ Nightly/Train/JobRole: s3:* on ")
    assert len(lines) == 1


@pytest.mark.parametrize("given", ["_", "/", "?", "x*"])
def test_what_the_deployment_chooses_is_told_apart_by_every_sign(given: str) -> None:
    def stack(text: str) -> Any:
        chosen = {"Fn::If": ["Open", text, "arn:aws:s3:::narrow"]}
        queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": chosen}}
        return app(template(Extra=policy({**GET_RAW, "Resource": chosen}, Roles=["existing"]), Queue=queue))

    lines = told(stack(given), stack("**" if given == "x*" else "*"))
    assert [line.partition(" on ")[0].partition(":")[0] for line in lines] == [
        "~ role/existing", "+ s3", "- s3", "~ Queue",
    ]  # fmt: skip
