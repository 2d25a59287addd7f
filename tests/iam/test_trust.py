"""What a definition names that is trusted, and what is not; the words in which it is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from cdk_sagemaker_pipelines.iam.names import Name
from cdk_sagemaker_pipelines.iam.trust import Given, Trust
from cdk_sagemaker_pipelines.iam.untrusted import untrusted
from cdk_sagemaker_pipelines.language import Definition, PipelineError
from tests.language.support import definition, step

from .support import AWS_IMAGE, OWN_IMAGE, PLACE, ROLE

NOBODY = Trust()
LAMBDA = "arn:aws:lambda:eu-west-1:123456789012:function:"
PARAMETER = {"Get": "Parameters.P"}
OTHER = "999999999999"
PLAN = f"arn:aws:sagemaker:eu-west-1:{OTHER}:training-plan/autumn"
GROUP = f"arn:aws:sagemaker:eu-west-1:{OTHER}:model-package-group"
REGISTRY = f"{OTHER}.dkr.ecr.eu-west-1.amazonaws.com"
QUEUE = f"https://sqs.eu-west-1.amazonaws.com/{OTHER}/ask"


def nothing(name: Name) -> bool:
    return False


def named(given: Definition, trust: Trust = NOBODY, place: Any = PLACE, known: Any = nothing) -> list[str]:
    """The lines of the error: what is named and where, and what to write."""
    finding = untrusted(given, place, {one.name: Given(trust) for one in given.all_steps()}, known)
    if finding is None:
        return []
    assert (finding.code, finding.level, finding.step) == ("untrusted", "error", None)
    first, *lines = finding.text.split("\n")
    assert first == "it names what belongs neither to this app nor to AWS:"
    return [line.strip() for line in lines]


def job(**members: Any) -> dict[str, Any]:
    return step("S", "Processing", members)


def reads(uri: Any) -> dict[str, Any]:
    return job(ProcessingInputs=[{"S3Input": {"S3Uri": uri}}])


def writes(uri: Any) -> dict[str, Any]:
    return job(ProcessingOutputConfig={"Outputs": [{"OutputName": "o", "S3Output": {"S3Uri": uri}}]})


def emr(**members: Any) -> dict[str, Any]:
    return step("S", "EMR", {"StepConfig": {"HadoopJarStep": {"Jar": "command-runner.jar"}}, **members})


def lambda_step(arn: Any) -> dict[str, Any]:
    return {"Name": "S", "Type": "Lambda", "FunctionArn": arn, "Arguments": {}}


ASK = {"Name": "S", "Type": "Callback", "SqsQueueUrl": QUEUE, "Arguments": {}}


@pytest.mark.parametrize(
    ("given", "line", "trust"),
    [
        (job(RoleArn=ROLE), f"role {ROLE} (S: RoleArn)", f'Trust(roles=["{ROLE}"])'),
        (
            step("S", "EMR", {"ClusterConfig": {"ServiceRole": "Emr"}}),
            "role arn:aws:iam::123456789012:role/Emr (S: ClusterConfig.ServiceRole)",
            'Trust(roles=["arn:aws:iam::123456789012:role/Emr"])',
        ),
        (reads("s3://theirs/x"), "bucket theirs (S: ProcessingInputs[0])", 'Trust(buckets=["theirs"])'),
        (
            lambda_step(f"{LAMBDA}f:7"),
            f"function {LAMBDA}f:7 (S: FunctionArn)",
            'Trust(accounts=["123456789012"])',
        ),
        (lambda_step("f"), f"function {LAMBDA}f (S: FunctionArn)", 'Trust(accounts=["123456789012"])'),
        (ASK, f"queue arn:aws:sqs:eu-west-1:{OTHER}:ask (S: SqsQueueUrl)", f'Trust(accounts=["{OTHER}"])'),
        (
            job(AppSpecification={"ImageUri": OWN_IMAGE}),
            f"image {OWN_IMAGE} (S: AppSpecification.ImageUri)",
            'Trust(accounts=["123456789012"])',
        ),
        (
            job(AppSpecification={"ImageUri": "ghcr.io/them/it:1"}),
            "image ghcr.io/them/it:1 (S: AppSpecification.ImageUri)",
            'Trust(accounts=["ghcr.io"])',
        ),
        (
            step("S", "Training", {"OutputDataConfig": {"KmsKeyId": f"arn:aws:kms:eu-west-1:{OTHER}:key/k"}}),
            f"key arn:aws:kms:eu-west-1:{OTHER}:key/k (S: OutputDataConfig.KmsKeyId)",
            f'Trust(accounts=["{OTHER}"])',
        ),
        (
            step("S", "Training", {"OutputDataConfig": {"KmsKeyId": "alias/team"}}),
            "key alias/team (S: OutputDataConfig.KmsKeyId)",
            'Trust(accounts=["123456789012"])',
        ),
        (
            step("S", "Training", {"ResourceConfig": {"TrainingPlanArn": PLAN}}),
            f"training plan {PLAN} (S: ResourceConfig.TrainingPlanArn)",
            f'Trust(accounts=["{OTHER}"])',
        ),
        (
            writes("s3://fast--euw1-az1--x-s3/x"),
            "bucket fast--euw1-az1--x-s3 (S: ProcessingOutputConfig.Outputs[0])",
            'Trust(buckets=["fast--euw1-az1--x-s3"])',
        ),
        *(
            (
                writes(f"s3://{point}/x"),
                f"access point {point} (S: ProcessingOutputConfig.Outputs[0])",
                f'Trust(accounts=["{account}"])',
            )
            for account in ("123456789012", OTHER)
            for point in (f"arn:aws:s3:eu-west-1:{account}:accesspoint/theirs",)
        ),
        # what is granted on ends with a pattern
        (
            step("S", "RegisterModel", {"ModelPackageGroupName": f"{GROUP}/theirs"}),
            f"model package {GROUP.removesuffix('-group')}/theirs (S: ModelPackageGroupName)",
            f'Trust(accounts=["{OTHER}"])',
        ),
        *(
            (
                job(AppSpecification={"ImageUri": {"Std:Join": {"On": "", "Values": [f"{REGISTRY}{name}", told]}}}),
                f"image {REGISTRY}{name}* (S: AppSpecification.ImageUri)",
                f'Trust(accounts=["{OTHER}"])',
            )
            for name in ("/theirs:", "/")
            for told in ({"Get": "Execution.PipelineExecutionId"}, PARAMETER)
        ),
        # no permission passes these roles
        (
            emr(ExecutionRoleArn=ROLE, ClusterId="j-1"),
            f"role {ROLE} (S: ExecutionRoleArn)",
            f'Trust(roles=["{ROLE}"])',
        ),
        (
            emr(ClusterConfig={"StepExecutionRoleArn": ROLE}),
            f"role {ROLE} (S: ClusterConfig.StepExecutionRoleArn)",
            f'Trust(roles=["{ROLE}"])',
        ),
        (
            step("S", "EMRServerless", {"ApplicationId": "a", "JobConfig": {"executionRoleArn": ROLE}}),
            f"role {ROLE} (S: JobConfig.executionRoleArn)",
            f'Trust(roles=["{ROLE}"])',
        ),
        (
            job(ProcessingInputs=[{"DatasetDefinition": {"RedshiftDatasetDefinition": {"ClusterRoleArn": ROLE}}}]),
            f"role {ROLE} (S: ProcessingInputs[0].DatasetDefinition.RedshiftDatasetDefinition.ClusterRoleArn)",
            f'Trust(roles=["{ROLE}"])',
        ),
        # hosts that begin as AWS's do
        *(
            (
                job(AppSpecification={"ImageUri": f"{host}/x:1"}),
                f"image {host}/x:1 (S: AppSpecification.ImageUri)",
                f'Trust(accounts=["{host}"])',
            )
            for host in (
                f"{OTHER}.dkr.ecr.eu-west-1.theirs.com",
                f"{OTHER}.dkr.ecr.eu-west-1.amazonaws.com.theirs.com",
                f"{OTHER}.dkr.ecr.amazonaws.com",
                f"{OTHER}.dkr.ecr.eu-west-1.xamazonaws.com",
                f"{OTHER}.dkr.ecr.eu-west-1.amazonaws.com:443",
            )
        ),
    ],
)
def test_what_is_named_and_how_it_is_trusted(given: dict[str, Any], line: str, trust: str) -> None:
    found = named(definition(given), place=replace(PLACE, role="arn:aws:iam::123456789012:role/Pipeline"))
    assert found[0] == line
    assert found[-2:] == ["if it is yours, say so:", f"trust={trust}"]
    assert named(definition(given), eval(trust)) == []
    assert named(definition(given), Trust.everything()) == []


@pytest.mark.parametrize(
    "given",
    [
        job(AppSpecification={"ImageUri": "${Token[Id.1]}.dkr.ecr.eu-west-1.amazonaws.com/${Token[Own.2]}:1"}),
        job(AppSpecification={"ImageUri": "${Token[Asset.2]}"}),
        job(AppSpecification={"ImageUri": "${Token[Repository.Uri.2]}:1"}),
        job(AppSpecification={"ImageUri": "${Token[Id.1]}.dkr.ecr.${Token[R.2]}.${Token[Suffix.3]}/${Token[Own.4]}:1"}),
        job(RoleArn="${Token[Role.Arn.3]}"),
        reads("s3://${Token[Bucket.4]}/x"),
        lambda_step("${Token[Function.Arn.5]}"),
        step("S", "Training", {"OutputDataConfig": {"KmsKeyId": "alias/aws/s3"}}),
        step("S", "EMR", {"ClusterId": "j-1"}),
        step("S", "RegisterModel", {"ModelPackageGroupName": "own"}),
        job(Environment={"PLACE": "s3://theirs/x", "ROLE": ROLE}),
        {"Name": "S", "Type": "Fail", "Arguments": {"ErrorMessage": ROLE}},
        reads(PARAMETER),
        {"Name": "S", "Type": "Condition", "Arguments": {"Conditions": [], "IfSteps": [], "ElseSteps": []}},
    ],
)
def test_what_is_a_construct_or_aws_or_leads_to_no_permission_is_fine(given: dict[str, Any]) -> None:
    assert named(definition(given)) == []


def test_a_role_of_which_only_the_account_is_a_token_is_no_construct() -> None:
    arn = "arn:aws:iam::${Token[AWS.AccountId.1]}:role/Admin"
    place = replace(PLACE, account="${Token[AWS.AccountId.1]}")
    given = definition(job(RoleArn=arn), lambda_step("f"))
    found = named(given, place=place)
    assert found[-1] == 'trust=Trust(roles=["Admin"], accounts=[Aws.ACCOUNT_ID])'
    assert named(given, Trust(roles=["Admin"], accounts=["${Token[AWS.AccountId.1]}"]), place) == []


def test_defaults_of_parameters_count() -> None:
    document = {
        "Version": "2020-12-01",
        "Parameters": [
            {"Name": "Role", "Type": "String", "DefaultValue": ROLE},
            {"Name": "Bucket", "Type": "String", "DefaultValue": "theirs"},
            {"Name": "None", "Type": "String"},
        ],
        "Steps": [
            job(
                RoleArn={"Get": "Parameters.Role"},
                ProcessingInputs=[
                    {"S3Input": {"S3Uri": {"Std:Join": {"On": "/", "Values": ["s3:/", {"Get": "Parameters.Bucket"}]}}}},
                    {"S3Input": {"S3Uri": {"Get": "Parameters.None"}}},
                ],
            )
        ],
    }
    found = named(Definition(document))
    assert found[:2] == [f"role {ROLE} (S: RoleArn)", "bucket theirs (S: ProcessingInputs[0])"]


def test_each_name_stands_once_with_all_fields_in_the_order_of_the_document() -> None:
    steps = [step(name, "Processing", {"RoleArn": ROLE, "ProcessingInputs": [
        {"S3Input": {"S3Uri": uri}} for uri in ("s3://b/x", "s3://a/y", "s3://b/z")
    ]}) for name in ("One", "Two")]  # fmt: skip
    assert named(definition(*steps)) == [
        f"role {ROLE} (One: RoleArn; Two: RoleArn)",
        f"bucket b ({'; '.join(f'{name}: ProcessingInputs[{at}]' for name in ('One', 'Two') for at in (0, 2))})",
        "bucket a (One: ProcessingInputs[1]; Two: ProcessingInputs[1])",
        "if it is yours, say so:",
        f'trust=Trust(roles=["{ROLE}"], buckets=["b", "a"])',
    ]


def test_what_is_known_needs_no_word() -> None:
    given = definition(job(RoleArn=ROLE, AppSpecification={"ImageUri": AWS_IMAGE}), reads("s3://theirs/x"))
    asked: list[Name] = []

    def known(name: Name) -> bool:
        asked.append(name)
        return True

    assert named(given, known=known) == []
    assert {(one.kind, one.last) for one in asked} == {("role", "Job"), ("bucket", "theirs")}


@pytest.mark.parametrize(("uri", "written"), [("ProcessingInputs", False), ("ProcessingOutputConfig", True)])
def test_known_is_asked_whether_a_bucket_is_written_to(uri: str, written: bool) -> None:
    source = [{"S3Input": {"S3Uri": "s3://b/x"}}]
    target = {"Outputs": [{"OutputName": "o", "S3Output": {"S3Uri": "s3://b/x"}}]}
    given = definition(job(RoleArn=ROLE, **{uri: target if written else source}))
    asked: list[Name] = []
    named(given, Trust(roles=[ROLE]), known=asked.append)
    assert {one.written for one in asked} == {written}


@pytest.mark.parametrize(
    "name",
    [
        *('sales"],accounts=["999999999999', "it's", "mine\\x", "größe"),
        *("a\nb", "a\u2028b", "a\u202eb", "a\x1b[2Jb", "a'\"\n"),
    ],
)
def test_what_to_write_is_a_text_of_python_in_one_line(name: str) -> None:
    line, _, word = named(definition(reads(f"s3://{name}/x")))
    assert line.startswith("bucket ")
    assert (line + word).isprintable()
    assert eval(word.removeprefix("trust=")) == Trust(buckets=[name])


def test_what_no_word_can_name_is_told_without_one() -> None:
    uri = "${Token[A.1]}.theirs.com/x:1"
    assert named(definition(job(AppSpecification={"ImageUri": uri}))) == [f"image {uri} (S: AppSpecification.ImageUri)"]


def joined(*values: Any) -> dict[str, Any]:
    return {"Std:Join": {"On": "", "Values": list(values)}}


RUN, GIVEN = {"Get": "Execution.PipelineExecutionId"}, {"Get": "Parameters.P"}


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        pytest.param(joined("x", RUN, ".evil.example/img:1"), "x*.evil.example/img:1", id="a-name-of-a-domain"),
        pytest.param(joined("evil", RUN, "/img:1"), "evil*/img:1", id="a-domain-that-begins"),
        pytest.param("evil*.example/img:1", "evil*.example/img:1", id="a-literal-star"),
        pytest.param(joined(GIVEN, ".evil.example/img"), "*.evil.example/img", id="a-parameter"),
        pytest.param(joined(GIVEN, ".dkr.ecr.x.example.com/img"), "*.dkr.ecr.x.example.com/img", id="not-of-aws"),
    ],
)
def test_a_registry_that_the_run_tells_in_part_is_somebodys(uri: Any, told: str) -> None:
    found = named(definition(job(AppSpecification={"ImageUri": uri})))
    assert found[0] == f"image {told} (S: AppSpecification.ImageUri)"


@pytest.mark.parametrize(
    "uri",
    [
        pytest.param(GIVEN, id="all-of-it"),
        pytest.param(joined(GIVEN, ".dkr.ecr.eu-west-1.amazonaws.com/img"), id="the-account"),
        pytest.param(joined("1111", GIVEN, ".dkr.ecr.eu-west-1.amazonaws.com/img"), id="a-part-of-the-account"),
        pytest.param(joined(GIVEN, ".dkr.ecr.", RUN, ".amazonaws.com/img"), id="the-region"),
        pytest.param(joined(GIVEN, ".dkr.ecr.cn-north-1.amazonaws", RUN, "/img"), id="the-suffix"),
    ],
)
def test_a_registry_of_aws_may_be_told_by_the_run(uri: Any) -> None:
    assert named(definition(job(AppSpecification={"ImageUri": uri}))) == []


@pytest.mark.parametrize("number", [4, 5, 7])
def test_an_image_behind_many_references_is_not_trusted(number: int) -> None:
    texts = ["x.evil.example/img:1", *({"Get": f"Steps.S{step}.Environment['X']"} for step in range(number))]
    steps = [{**job(Environment={"X": text}), "Name": f"S{step}"} for step, text in enumerate(texts[:-1])]
    found = named(definition(*steps, {**job(AppSpecification={"ImageUri": texts[-1]}), "Name": "Last"}))
    assert found[0].startswith("image ")
    assert found[0].endswith(" (Last: AppSpecification.ImageUri)")


# -- a part of a step


def of_overrides(
    given: Definition, in_code: dict[str, Any], trust: Trust = NOBODY, own: str | None = "${Token[Own.Arn.7]}"
) -> Any:
    roles = frozenset[str]() if own is None else frozenset({own})
    return untrusted(given, PLACE, {"S": Given(trust, in_code["Arguments"], roles)}, lambda name: name.kind == "role")


def test_overrides_answer_for_what_they_bring_alone() -> None:
    given = definition(reads("s3://typed/x"))
    assert of_overrides(given, reads("s3://typed/y")) is None
    assert "bucket typed (S: ProcessingInputs[0])" in of_overrides(given, reads("s3://typed-too/x")).text


@pytest.mark.parametrize(
    ("uri", "bucket"),
    [
        ({"Std:Join": {"On": "-", "Values": ["s3://the", "irs/x"]}}, "the-irs"),
        ({"Std:Join": {"On": "", "Values": ["s3://theirs", 7, "/x"]}}, "theirs7"),
        ({"Std:Join": {"On": "", "Values": ["s3:", {"Std:Join": {"On": "-", "Values": ["//a", "b/x"]}}]}}, "a-b"),
    ],
)
def test_a_name_that_overrides_split_is_recognized(uri: Any, bucket: str) -> None:
    assert f"bucket {bucket} (" in of_overrides(definition(reads(uri)), job()).text


def test_overrides_name_the_role_of_the_step_or_none() -> None:
    """A role of the app, too, may be that of another step."""
    given, before = definition(job(RoleArn=ROLE)), job(RoleArn="${Token[Own.Arn.7]}")
    assert "role" in of_overrides(given, before).text
    assert of_overrides(given, before, own=ROLE) is None
    assert of_overrides(given, before, trust=Trust(roles=[ROLE])) is None
    assert of_overrides(given, before, trust=Trust(roles=["Job"])) is None
    token = definition(job(RoleArn="${Token[Other.Arn.1]}"))
    assert "Other" in of_overrides(token, before).text
    beside = definition(job(RoleArn=ROLE), {**job(RoleArn=ROLE), "Name": "InCode"})
    assert "role" in of_overrides(beside, before).text


def test_a_step_without_a_role_of_its_own_may_name_one_of_the_app() -> None:
    """Such as the role of a validation, for which there is no field."""
    assert of_overrides(definition(job(RoleArn="${Token[Other.Arn.1]}")), job(), own=None) is None


def test_names_in_code_are_trusted() -> None:
    steps = [reads("s3://data/x"), {**reads("s3://data/y"), "Name": "Raw"}]
    assert untrusted(definition(*steps), PLACE, {"Raw": Given(NOBODY)}, nothing) is None
    assert untrusted(definition(*steps[1:]), PLACE, {"Raw": Given(NOBODY)}, nothing) is not None


def test_reading_a_bucket_in_code_does_not_trust_writes_to_it() -> None:
    """So it is with the bucket of CDK's assets, which every step with a script reads."""
    raw = {"Raw": Given(NOBODY)}
    read, write = {**reads("s3://data/x"), "Name": "InCode"}, {**writes("s3://data/x"), "Name": "InCode"}
    given = definition(read, {**writes("s3://data/y"), "Name": "Raw"})
    told = untrusted(given, PLACE, raw, lambda name: not name.written)
    assert told is not None
    assert "bucket data (Raw: ProcessingOutputConfig.Outputs[0])" in told.text
    for one in (reads, writes):
        assert untrusted(definition(write, {**one("s3://data/y"), "Name": "Raw"}), PLACE, raw, nothing) is None


FOLLOWS = {"Get": "Steps.S.ProcessingOutputConfig.Outputs['o'].S3Output.S3Uri"}
KEY = f"arn:aws:kms:eu-west-1:{OTHER}:key/k"


@pytest.mark.parametrize("in_code", [None, {}], ids=["raw-step", "overrides"])
def test_a_reference_to_an_untrusted_name_stays_untrusted(in_code: Any) -> None:
    target = writes("s3://theirs/x")
    target["Arguments"]["ProcessingOutputConfig"]["KmsKeyId"] = KEY
    given = definition(target, {**reads(FOLLOWS), "Name": "InCode"})
    told = untrusted(given, PLACE, {"S": Given(NOBODY, in_code)}, nothing)
    assert told is not None
    assert told.text.split("\n")[1:3] == [
        "    bucket theirs (S: ProcessingOutputConfig.Outputs[0]; InCode: ProcessingInputs[0])",
        f"    key {KEY} (S: ProcessingOutputConfig.KmsKeyId; InCode: ProcessingInputs[0])",
    ]
    word = Trust(buckets=["theirs"], accounts=[OTHER])
    assert untrusted(given, PLACE, {"S": Given(word, in_code)}, nothing) is None


def test_a_reference_to_a_name_is_no_trusted_write() -> None:
    """What leads to it is text of somebody else, whatever is done there."""
    source = {"Get": "Steps.S.ProcessingInputs[0].S3Input.S3Uri"}
    given = definition(reads("s3://assets/x"), {**writes(source), "Name": "InCode"})
    told = untrusted(given, PLACE, {"S": Given(NOBODY)}, lambda name: not name.written)
    assert told is not None
    assert "bucket assets (InCode: ProcessingOutputConfig.Outputs[0])" in told.text


def test_steps_in_a_branch_are_told_apart() -> None:
    inner = [{**reads("s3://data/x"), "Name": "InCode"}, {**reads("s3://theirs/x"), "Name": "Raw"}]
    outer = step("Check", "Condition", {"Conditions": [], "IfSteps": inner, "ElseSteps": []})
    raw = {name: Given(NOBODY) for name in ("Raw", "Other")}
    told = untrusted(definition(outer, {**reads("s3://data/y"), "Name": "Other"}), PLACE, raw, nothing)
    assert told is not None
    assert told.text.split("\n")[1:2] == ["    bucket theirs (Raw: ProcessingInputs[0])"]


def test_steps_inside_of_a_raw_step_are_raw() -> None:
    outer = step("Raw", "Condition", {"Conditions": [], "IfSteps": [reads("s3://theirs/x")], "ElseSteps": []})
    said = untrusted(definition(outer), PLACE, {"Raw": Given(NOBODY)}, nothing)
    assert said is not None
    assert "bucket theirs (S: ProcessingInputs[0])" in said.text


# -- the word


class Role:
    role_arn = ROLE


class Bucket:
    bucket_name = "data"


def test_constructs_are_trusted_by_their_names() -> None:
    trust: Any = Trust(roles=[Role()], buckets=[Bucket()])  # type: ignore[list-item]
    assert named(definition({**reads("s3://data/x")}, {**job(RoleArn=ROLE), "Name": "T"}), trust) == []


def test_two_words_are_both_heard() -> None:
    one, other = Trust(roles=["a"], buckets=["b"]), Trust(roles=["c"], accounts=["1"])
    assert one.and_also(other) == Trust(roles=["a", "c"], buckets=["b"], accounts=["1"])
    assert one.and_also(None) is one
    assert one.and_also(Trust.everything()).is_everything
    assert Trust.everything().and_also(one).is_everything
    assert not one.is_everything


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"roles": "arn"}, "Trust: roles takes a list, not 'arn'"),
        ({"roles": [7]}, "Trust: roles takes ARNs, names or roles of CDK, not 7"),
        ({"buckets": [None]}, "Trust: buckets takes names or buckets of CDK, not None"),
        ({"accounts": [111122223333]}, "Trust: accounts takes account numbers, not 111122223333"),
        ({"accounts": [""]}, "Trust: accounts takes account numbers, not ''"),
        ({"buckets": ["data-*"]}, "Trust: buckets takes no patterns such as 'data-*'; write Trust.everything()"),
        ({"roles": ["${a:b}"]}, "Trust: roles takes no patterns such as '${a:b}'; write Trust.everything()"),
    ],
)
def test_what_is_no_trust(given: Mapping[str, Any], text: str) -> None:
    with pytest.raises(PipelineError) as error:
        Trust(**given)
    assert str(error.value) == text


def test_the_image_of_a_candidate_is_not_taken_for_a_place() -> None:
    container = {"Get": "Steps.Auto.BestCandidate.InferenceContainers[0].Image"}
    data = {"Get": "Steps.Auto.BestCandidate.InferenceContainers[0].ModelDataUrl"}
    search = step("Auto", "AutoML", {"OutputDataConfig": {"S3OutputPath": "s3://theirs/automl"}})
    model = step("M", "Model", {"PrimaryContainer": {"Image": container, "ModelDataUrl": data}})
    assert named(definition(search, model))[0].startswith("bucket theirs (Auto: OutputDataConfig; ")
    assert named(definition(search, model), Trust(buckets=["theirs"])) == []


def ask(url: Any) -> dict[str, Any]:
    return {"Name": "S", "Type": "Callback", "SqsQueueUrl": url, "Arguments": {}, "OutputParameters": []}


@pytest.mark.parametrize(
    ("url", "owner"),
    [
        ("https://evil.example.com/123456789012/q", "evil.example.com"),
        ("http://evil.example.com/123456789012/q", "evil.example.com"),
        ("https://sqs.eu-west-1.example.com/123456789012/q", "sqs.eu-west-1.example.com"),
        ("https://evil.example.com/123456789012/${Token[TOKEN.1]}", "evil.example.com"),
        (f"https://sqs.eu-west-1.amazonaws.com/{OTHER}/a b", OTHER),
    ],
    ids=["host", "http", "like-sqs", "token", "name"],
)
def test_a_queue_at_a_host_of_nobody_knows_whom(url: str, owner: str) -> None:
    assert named(definition(ask(url))) == [
        f"queue {url} (S: SqsQueueUrl)",
        "if it is yours, say so:",
        f'trust=Trust(accounts=["{owner}"])',
    ]
    assert named(definition(ask(url)), Trust(accounts=[owner])) == []


@pytest.mark.parametrize(
    "host",
    [
        "sqs.eu-west-1.amazonaws.com",
        "sqs-fips.us-east-1.amazonaws.com",
        "vpce-1-2.sqs.eu-west-1.vpce.amazonaws.com",
        "sqs.eu-west-1.api.aws",
        "eu-west-1.queue.amazonaws.com",
        "queue.amazonaws.com",
    ],
    ids=["plain", "fips", "vpc-endpoint", "dual-stack", "old", "oldest"],
)
def test_the_hosts_of_sqs(host: str) -> None:
    (line, *_) = named(definition(ask(f"https://{host}/{OTHER}/q")))
    assert line.startswith("queue arn:aws:sqs:")
    assert f":{OTHER}:q (S: " in line
    assert named(definition(ask(f"https://{host}/{OTHER}/q")), Trust(accounts=[OTHER])) == []


def test_a_queue_of_which_the_run_tells_a_part() -> None:
    def at(*parts: Any) -> dict[str, Any]:
        return ask({"Std:Join": {"On": "", "Values": list(parts)}})

    sqs = "https://sqs.eu-west-1.amazonaws.com"
    assert named(definition(at(f"{sqs}/{OTHER}/", PARAMETER)))[0] == f"queue {sqs}/{OTHER}/* (S: SqsQueueUrl)"
    assert named(definition(at("https://evil.", PARAMETER)))[0] == "queue https://evil.* (S: SqsQueueUrl)"
    for told in (at(f"{sqs}/", PARAMETER), at("https://", PARAMETER, "/q"), ask(PARAMETER)):
        assert named(definition(told)) == []


def test_a_join_of_texts_is_a_text() -> None:
    role = {"Std:Join": {"On": "/", "Values": ["arn:aws:iam::123456789012:role", "Evil"]}}
    assert named(definition(job(RoleArn=role)))[0] == "role arn:aws:iam::123456789012:role/Evil (S: RoleArn)"


def test_the_advice_keeps_what_is_trusted_already() -> None:
    class Bucket:
        bucket_name = "${Token[Data.1]}"

    trust = Trust(roles=[ROLE], buckets=["mine", Bucket()])  # type: ignore[list-item]
    lines = named(definition(job(RoleArn=ROLE), reads("s3://theirs/x")), trust)
    assert lines == [
        "bucket theirs (S: ProcessingInputs[0])",
        "if it is yours, say so:",
        f'trust=Trust(roles=["{ROLE}"], buckets=["mine", ..., "theirs"])',
    ]


def test_a_role_in_overrides_is_told_where_to_go() -> None:
    role = "arn:aws:iam::123456789012:role/${Token[Other.1]}"
    given = Given(NOBODY, {}, frozenset({ROLE}))
    finding = untrusted(definition(job(RoleArn=role)), PLACE, {"S": given}, lambda name: True)
    assert finding is not None
    assert finding.text.split("\n")[1:] == [
        f"    role {role} (S: RoleArn)",
        "  a role of this app is given to a step by role=, not by overrides",
    ]
