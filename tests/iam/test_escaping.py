"""What a definition says is text: no star, question mark or variable in it widens a policy, wherever it stands."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from cdk_sagemaker_pipelines.iam import job_roles, pipeline_role
from cdk_sagemaker_pipelines.iam.environment import Code, Environment
from cdk_sagemaker_pipelines.iam.environment_json import from_json
from cdk_sagemaker_pipelines.iam.escaping import ESCAPE, derived, marked, unmarked, written
from cdk_sagemaker_pipelines.iam.permissions import Permission, Reason
from cdk_sagemaker_pipelines.iam.wildcards import judge, rule, wild
from cdk_sagemaker_pipelines.language import Definition, check
from cdk_sagemaker_pipelines.language.tokens import STRING_TOKEN
from tests.language.support import definition, step

from .definitions import every_definition, leaves
from .support import KEY, PLACE, ROLE
from .test_data_sources import ATHENA, REDSHIFT, reading
from .test_environment_json import FULL

HERE = from_json(None, "Pipe", ROLE)
HOSTILE: dict[str, Callable[[str], str]] = {
    "*": lambda text: "*",
    "behind *": lambda text: f"{text}*",
    "middle *": lambda text: f"{text[: len(text) // 2]}*{text[len(text) // 2 + 1 :]}",
    "name *": lambda text: f"{text.rpartition('/')[0]}/*",
    "?": lambda text: f"{text[: len(text) // 2]}?{text[len(text) // 2 + 1 :]}",
    "all ?": lambda text: "?" * len(text),
    "variable": lambda text: f"{text[: len(text) // 2]}${{aws:username}}{text[len(text) // 2 :]}",
    "escape": lambda text: f"{text}${{*}}",
}


def texts(document: Any) -> set[str]:
    """All that the policies of a definition say of resources, and in conditions."""
    given = Definition(document)
    found = [*pipeline_role.needs(given, HERE), *(need for _, need in job_roles.needs(given, HERE))]
    in_conditions = (
        text
        for permission in found
        for keys in permission.conditions.values()
        for value in keys.values()
        for text in (value if isinstance(value, list) else [value])
    )
    return {*(arn for permission in found for arn in permission.resources), *in_conditions}


def plain(text: str) -> str:
    """A text of a policy, in which nothing that the definition says is a pattern."""
    return text.replace("${$}{", "x").replace("${*}", "x").replace("${?}", "x")


def harmless(text: str) -> str:
    return text.replace("${", "x").replace("*", "x").replace("?", "x")


@pytest.mark.parametrize("samples", [900, pytest.param(None, marks=pytest.mark.long)], ids=["some", "all"])
def test_no_literal_widens_a_policy(samples: int | None) -> None:
    """Each hostile text leads to no pattern that a harmless one in its place does not lead to."""
    documents = dict(every_definition())
    places = [
        (name, number, how)
        for name, document in documents.items()
        for number, _ in enumerate(leaves(document))
        for how in HOSTILE
    ]
    chosen = places if samples is None else random.Random(7).sample(places, samples)
    reached = 0
    for name, number, how in chosen:
        document = documents[name]
        holder, key = list(leaves(document))[number]
        before = holder[key]
        holder[key] = HOSTILE[how](before)
        hostile, errors = texts(document), [one.code for one in judge(Definition(document), HERE)]
        holder[key] = harmless(holder[key])
        benign = texts(document)
        holder[key] = before
        assert {plain(text) for text in hostile if wild(text)} <= benign, (name, before, how)
        if any(ESCAPE.search(text) for text in hostile):
            reached += 1
            assert "wildcard-in-literal" in errors, (name, before, how)
        assert set(errors) <= {"wildcard-in-literal"}, (name, before, how)
    assert reached > len(chosen) / 20


# -- what is said of it


def job(**members: Any) -> dict[str, Any]:
    return step("S", "Processing", {"RoleArn": ROLE, **members})


def training(**members: Any) -> dict[str, Any]:
    return step("S", "Training", {"RoleArn": ROLE, **members})


def reads(uri: Any) -> dict[str, Any]:
    return job(ProcessingInputs=[{"S3Input": {"S3Uri": uri}}])


def emr(**members: Any) -> dict[str, Any]:
    return step("S", "EMR", members)


def joined(*values: Any) -> dict[str, Any]:
    return {"Std:Join": {"On": "", "Values": list(values)}}


LAMBDA = "arn:aws:lambda:eu-west-1:123456789012:function:"
PARAMETER = {"Get": "Parameters.P"}
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"Name": "S", "Type": "Lambda", "FunctionArn": "*", "Arguments": {}}, "FunctionArn"),
    ({"Name": "S", "Type": "Lambda", "FunctionArn": f"{LAMBDA}*", "Arguments": {}}, "FunctionArn"),
    ({"Name": "S", "Type": "Lambda", "FunctionArn": f"{LAMBDA}f?", "Arguments": {}}, "FunctionArn"),
    (job(RoleArn="arn:aws:iam::123456789012:role/*"), "Arguments.RoleArn"),
    (job(RoleArn="*"), "Arguments.RoleArn"),
    (job(RoleArn="arn:aws:iam::123456789012:role/${aws:username}"), "Arguments.RoleArn"),
    (emr(ClusterId="*"), "Arguments.ClusterId"),
    (emr(ClusterId="j-*"), "Arguments.ClusterId"),
    (emr(ClusterId="j-1", ExecutionRoleArn="*"), "Arguments.ExecutionRoleArn"),
    (emr(ClusterId="j-*", ExecutionRoleArn=ROLE), "Arguments.ClusterId"),
    (emr(ClusterConfig={"ServiceRole": "*"}), "Arguments.ClusterConfig.ServiceRole"),
    (emr(ClusterConfig={"JobFlowRole": "*"}), "Arguments.ClusterConfig.JobFlowRole"),
    (emr(ClusterConfig={"ServiceRole": "arn:aws:iam::1:role/*"}), "Arguments.ClusterConfig.ServiceRole"),
    (step("S", "EMRServerless", {"ApplicationId": "*", "ExecutionRoleArn": ROLE}), "Arguments.ApplicationId"),
    (step("S", "EMRServerless", {"ApplicationId": "a", "ExecutionRoleArn": "*"}), "Arguments.ExecutionRoleArn"),
    (reads("s3://*/x"), "Arguments.ProcessingInputs[0]"),
    (reads("s3://????/x"), "Arguments.ProcessingInputs[0]"),
    (reads("s3://b*/x"), "Arguments.ProcessingInputs[0]"),
    (reads("s3://b/*"), "Arguments.ProcessingInputs[0]"),
    (reads("s3://b/a?"), "Arguments.ProcessingInputs[0]"),
    (reads("s3://${aws:userid}/x"), "Arguments.ProcessingInputs[0]"),
    (reads(joined("s3://b/", PARAMETER, "/*.csv")), "Arguments.ProcessingInputs[0]"),
    (reads({"Std:Join": {"On": "*", "Values": ["s3://b/", "c"]}}), "Arguments.ProcessingInputs[0]"),
    (reads("s3://${Token[TOKEN.1]}/${Token[TOKEN.2]}*"), "Arguments.ProcessingInputs[0]"),
    (training(OutputDataConfig={"KmsKeyId": "*"}), "Arguments.OutputDataConfig.KmsKeyId"),
    (training(OutputDataConfig={"KmsKeyId": "alias/*"}), "Arguments.OutputDataConfig.KmsKeyId"),
    (training(ResourceConfig={"VolumeKmsKeyId": "*"}), "Arguments.ResourceConfig.VolumeKmsKeyId"),
    (training(ResourceConfig={"TrainingPlanArn": "*"}), "Arguments.ResourceConfig.TrainingPlanArn"),
    (training(AlgorithmSpecification={"AlgorithmName": "*"}), "Arguments.AlgorithmSpecification.AlgorithmName"),
    (
        job(AppSpecification={"ImageUri": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/*:1"}),
        "Arguments.AppSpecification.ImageUri",
    ),
    (
        job(AppSpecification={"ImageUri": "123456789012.dkr.ecr.*.amazonaws.com/x"}),
        "Arguments.AppSpecification.ImageUri",
    ),
    (step("S", "RegisterModel", {"ModelPackageGroupName": "*"}), "Arguments.ModelPackageGroupName"),
    (job(ProcessingJobName="*"), ""),
    (
        step("S", "Cleanup", {"Resources": {"S3": [{"S3Uris": ["s3://prod-data/*"]}]}}),
        "Arguments.Resources.S3[0].S3Uris",
    ),
    (step("S", "Endpoint", {"EndpointName": "*", "EndpointConfigName": "c"}), ""),
    (step("S", "EndpointConfig", {"EndpointConfigName": "c", "ExecutionRoleArn": "*"}), "Arguments.ExecutionRoleArn"),
    (
        step("S", "Processing", reading({"AthenaDatasetDefinition": {**ATHENA, "WorkGroup": "*"}})),
        "Arguments.ProcessingInputs[0].DatasetDefinition.AthenaDatasetDefinition",
    ),
    (
        step("S", "Processing", reading({"RedshiftDatasetDefinition": {**REDSHIFT, "DbUser": "*"}})),
        "Arguments.ProcessingInputs[0].DatasetDefinition.RedshiftDatasetDefinition",
    ),
    (
        job(ProcessingOutputConfig={"Outputs": [{"FeatureStoreOutput": {"FeatureGroupName": "*"}}]}),
        "Arguments.ProcessingOutputConfig.Outputs[0].FeatureStoreOutput",
    ),
    (step("S", "Lineage", {"Actions": [{"ActionName": "*"}]}), "Arguments.Actions[0]"),
    (
        step("S", "Lineage", {"Associations": [{"Source": {"Arn": "*"}, "Destination": {"Arn": "arn:a"}}]}),
        "Arguments.Associations",
    ),
]

DOLLAR_BRACE: list[Any] = [
    joined("s3://mine/$", "{aws:username}/x"),
    joined("s3://mine/a$", "", "{aws:username}/x"),
    joined("s3://mine/", joined("$"), "{aws:username}/x"),
    {"Std:Join": {"On": "$", "Values": ["s3://mine/a", "{aws:username}/x"]}},
    {"Std:Join": {"On": "{", "Values": ["s3://mine/a$", "aws:username}/x"]}},
    joined("s3://mine/$${aws:username}/x"),
]
REFUSED += [(reads(uri), "Arguments.ProcessingInputs[0]") for uri in DOLLAR_BRACE]


@pytest.mark.parametrize(("given", "where"), REFUSED, ids=range(len(REFUSED)))
def test_a_wildcard_that_would_reach_a_policy_is_an_error(given: dict[str, Any], where: str) -> None:
    found = list(judge(definition(given), PLACE))
    assert [(one.code, one.step, one.level) for one in found] == [("wildcard-in-literal", "S", "error")] * len(found)
    assert where in [one.where for one in found]


def test_a_condition_is_told_at_its_own_field() -> None:
    found = judge(definition(emr(ClusterId="j-1", ExecutionRoleArn="arn:aws:iam::1:role/*")), PLACE)
    assert [one.where for one in found] == ["Arguments.ExecutionRoleArn"]


def test_the_message() -> None:
    (found,) = judge(definition(emr(ClusterConfig={"ServiceRole": "team-?"})), PLACE)
    assert str(found) == (
        "step 'S': Arguments.ClusterConfig.ServiceRole: '?' in 'arn:aws:iam::123456789012:role/team-?', on which "
        "iam:PassRole is granted: a policy matches any text with it, the service takes it literally; write the name "
        "itself [wildcard-in-literal]"
    )


FINE = [
    job(AppSpecification={"ContainerArguments": ["*.csv", "what?"], "ContainerEntrypoint": ["ls", "${HOME}/*"]}),
    job(Environment={"PATTERN": "s3://b/*"}),
    training(HyperParameters={"glob": "*"}, AlgorithmSpecification={"MetricDefinitions": [{"Regex": "a=(.*?);"}]}),
    reads(joined("s3://b/", PARAMETER, "/x")),
    reads("s3://${Token[TOKEN.1]}/x"),
    reads({"Get": "Steps.T.OutputDataConfig.S3OutputPath"}),
    {"Name": "S", "Type": "Fail", "Arguments": {"ErrorMessage": "why?*"}},
    {"Name": "S", "Type": "Lambda", "FunctionArn": f"{LAMBDA}f", "Arguments": {"pattern": "*"}},
]


@pytest.mark.parametrize("given", FINE, ids=range(len(FINE)))
def test_text_that_reaches_no_policy_may_hold_anything(given: dict[str, Any]) -> None:
    written_by = step("T", "Training", {"RoleArn": ROLE, "OutputDataConfig": {"S3OutputPath": "s3://b/o"}})
    assert list(judge(definition(given, written_by), PLACE)) == []


@pytest.mark.parametrize(
    "place",
    [
        replace(FULL, bucket_keys={"secret": "arn:aws:kms:eu-west-1:123456789012:key/*"}),
        replace(FULL, bucket_keys={"secret": KEY}, code={"S": [Code("secret", "x*/*.py")]}),
    ],
)
def test_what_constructs_say_is_text_too(place: Any) -> None:
    uri = f"s3://secret/x*/{'0' * 64}.py"
    assert {one.code for one in judge(definition(reads(uri)), place)} == {"wildcard-in-literal"}
    fine = list(judge(definition(reads("s3://secret/a")), replace(FULL, bucket_keys={"secret": KEY})))
    assert fine == []


@pytest.mark.parametrize(
    ("said", "codes"),
    [(["data-*"], ["wildcard-in-literal"]), (["a", "b?"], ["wildcard-in-literal"]), (["data"], []), ([], [])],
)
def test_a_token_is_judged_by_what_is_known_of_it(said: list[str], codes: list[str]) -> None:
    given = definition(reads("s3://${Token[TOKEN.1]}/x"))
    values = {"${Token[TOKEN.1]}": said}.__getitem__
    assert [one.code for one in judge(given, PLACE, values)] == codes


TOKENS = {1: "${Token[TOKEN.1]}", 2: "${Token[TOKEN.2]}"}


@pytest.mark.parametrize(
    ("key", "said", "codes"),
    [
        (f"{TOKENS[1]}{{aws:username}}/", {1: ["a$"]}, ["wildcard-in-literal"]),
        (f"a${TOKENS[1]}", {1: ["{aws:username}/"]}, ["wildcard-in-literal"]),
        (f"{TOKENS[1]}{TOKENS[2]}", {1: ["a$"], 2: ["{aws:username}/"]}, ["wildcard-in-literal"]),
        (f"a${TOKENS[1]}{{b}}", {1: ["", "c"]}, ["wildcard-in-literal"]),
        (TOKENS[1], {1: ["$", "a", "{aws:username}"]}, ["wildcard-in-literal"]),
        (f"a${TOKENS[1]}", {1: ["b"]}, []),
        (f"a${TOKENS[1]}", {}, []),
        (f"a$/{TOKENS[1]}{{b}}$", {1: ["c"]}, []),
    ],
)
def test_a_dollar_and_a_brace_that_meet_at_a_token_are_a_variable(
    key: str, said: dict[int, list[str]], codes: list[str]
) -> None:
    given = definition(reads(f"s3://mine/{key}"))
    values = {TOKENS[number]: texts for number, texts in said.items()}
    assert [one.code for one in judge(given, PLACE, lambda token: values.get(token, ()))] == codes


def test_a_dollar_alone_is_a_dollar() -> None:
    given = definition(reads(joined("s3://mine/cost$", "/a$$b", PARAMETER, "/")))
    (objects, *_) = job_roles.permissions(given, PLACE)[ROLE]
    assert objects.resources == ("arn:aws:s3:::mine/cost$/a$$b*/*",)
    assert list(judge(given, PLACE)) == []


def ordered(document: Any) -> dict[str, Any]:
    return step("S", "Job", {"RoleArn": ROLE, "JobCategory": "AgentRFT", "JobConfigDocument": document})


ESCAPED = [
    (r'{"S3Uri": "s3://mine/da\u002axyz/data"}', "S3Uri"),
    (r'{"S3OutputPath": "s3://mine/out\u003f/x"}', "S3OutputPath"),
    (r'{"S3Uri": "s3://mine/\u0024{aws:username}/"}', "S3Uri"),
    (r'{"S3Uri": "s3://mine/$\u007baws:username}/"}', "S3Uri"),
    (r'{"S3Uri": "s3://mine/\u0024\u007baws:username}/"}', "S3Uri"),
    (r'{"KmsKeyId": "alias/\u002A"}', "KmsKeyId"),
    (r'{"A": {"LambdaArn": "arn:aws:lambda:eu-west-1:123456789012:function:\u002a"}}', "A.LambdaArn"),
    (r'{"S3Uri": "s3://mine/\u0024{Token[TOKEN.1]}/"}', "S3Uri"),
    (r'{"S3Uri": "s3://${Token[TOKEN\u002e1]}/"}', "S3Uri"),
]
"""Documents in which a wildcard, or a token of CDK, stands only when the JSON is read."""


@pytest.mark.parametrize(("document", "where"), ESCAPED, ids=range(len(ESCAPED)))
def test_what_escapes_of_json_stand_for_is_text(document: str, where: str) -> None:
    for told in (document, joined(document[:12], document[12:])):
        found = {(one.code, one.where) for one in judge(definition(ordered(told)), PLACE)}
        assert found == {("wildcard-in-literal", f"Arguments.JobConfigDocument.{where}")}
        assert not any(
            "TOKEN" in token for text in texts(definition(ordered(told)).json) for token in STRING_TOKEN.findall(text)
        )


def test_other_escapes_of_json_are_nobodys_business() -> None:
    told = joined(r'{"S3Uri": "s3://mine/\u0061\\u002a/', PARAMETER, r'", "Prompt": "what\u003f", "Cost": "\u0024"}')
    given = definition(ordered(told))
    assert list(judge(given, PLACE)) == []
    assert r"a\u002a/*" in texts(given.json)


def test_the_rule_runs_with_the_others() -> None:
    call = {"FunctionArn": f"{LAMBDA}*", "OutputParameters": [], "Arguments": {}}
    given = definition({"Name": "S", "Type": "Lambda", **call})
    assert [one.code for one in check(given)] == []
    assert [one.code for one in check(given, None, [rule(PLACE)])] == ["wildcard-in-literal"]


# -- the form


@pytest.mark.parametrize("text", ["", "a", "*", "a*?b${c}${*}", "${Token[TOKEN.1]}*", "${Token[a", "${"])
def test_marks_come_and_go(text: str) -> None:
    marks = marked(text)
    assert unmarked(marks) == text
    rest = marks.replace("${Token[TOKEN.1]}", "")
    assert not any(wildcard in rest for wildcard in ("*", "?", "${"))


def test_what_a_policy_says_is_what_was_written() -> None:
    uri = "s3://b/a*b?${c}${*}/"
    (objects, *_) = job_roles.permissions(definition(reads(uri)), PLACE)[ROLE]
    assert objects.resources == ("arn:aws:s3:::b/a${*}b${?}${$}{c}${$}{${*}}/*",)
    assert written(objects.resources[0]) == "arn:aws:s3:::b/a*b?${c}${*}/*"


def test_permissions_without_wildcards_are_as_they_were() -> None:
    found = pipeline_role.permissions(definition(job()), PLACE)
    assert found == [
        Permission(
            (
                "sagemaker:AddTags",
                "sagemaker:CreateProcessingJob",
                "sagemaker:DescribeProcessingJob",
                "sagemaker:StopProcessingJob",
            ),
            ("arn:aws:sagemaker:eu-west-1:123456789012:processing-job/pipelines-*",),
            because=(Reason("S"),),
        ),
        Permission(
            ("iam:PassRole",),
            (ROLE,),
            {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
            (Reason("S", "Arguments.RoleArn"),),
        ),
    ]


def test_what_a_definition_leads_to_is_derived_once_for_each_place() -> None:
    derivations = 0

    def derive(definition: Definition, environment: Environment) -> Iterator[tuple[Any, Permission]]:
        nonlocal derivations
        derivations += 1
        key = environment.bucket_keys.get("b", environment.told("none"))
        yield environment.role, Permission(("kms:Decrypt",), (key,))

    def asked(environment: Environment) -> list[tuple[Any, str]]:
        return [(role, permission.resources[0]) for role, permission in derived(derive, document, environment)]

    document = definition(step("A"))
    keys: dict[str, str] = {}
    place = replace(HERE, bucket_keys=keys)
    assert asked(place) == asked(replace(place)) == [(ROLE, "none")]
    assert derivations == 1
    assert asked(replace(place, role=None)) == [(None, "none")]
    assert asked(replace(place, told=lambda text: f"told {text}")) == [(ROLE, "told none")]
    keys["b"] = KEY  # what is known of the place grows
    assert asked(place) == asked(place) == [(ROLE, KEY)]
    assert derivations == 4
