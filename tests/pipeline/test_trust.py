"""Imported definitions, raw steps and overrides may only name what is the app's or trusted."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as s3_assets
from aws_cdk import aws_s3express as s3express
from aws_cdk import aws_sqs as sqs

from cdk_sagemaker_pipelines import Image, Pipeline, PipelineError, RawStep, S3Location, Script, Trust
from tests.pipeline.support import ACCOUNT, REGION, Bench, body, pipeline, processing

CORPUS = sorted((Path(__file__).parent.parent / "corpus").glob("*.json"))
ROLE = f"arn:aws:iam::{ACCOUNT}:role/Jobs"
IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/own:1"
SKLEARN = "141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
CLUSTER = {"ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}}


def source(uri: Any, name: str = "a") -> dict[str, Any]:
    place = {"S3Uri": uri, "LocalPath": f"/opt/ml/processing/{name}", "S3DataType": "S3Prefix", "S3InputMode": "File"}
    return {"InputName": name, "S3Input": place}


def job(**members: Any) -> dict[str, Any]:
    return {"ProcessingResources": CLUSTER, "AppSpecification": {"ImageUri": SKLEARN}, **members}


def document(*steps: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"Version": "2020-12-01", "Metadata": {}, "Parameters": [], "Steps": list(steps), **members}


def processing_json(**members: Any) -> dict[str, Any]:
    return {"Name": "S", "Type": "Processing", "Arguments": job(**members)}


def given(bench: Bench, definition: Any, **options: Any) -> Pipeline:
    return Pipeline.from_definition(bench.stack, "Pipeline", definition=definition, pipeline_name="P", **options)


def named(errors: list[str]) -> list[str]:
    """The resources that an error lists."""
    start = next(number for number, line in enumerate(errors) if line.endswith("nor to AWS:"))
    advice = ("if it is yours, say so:", "CDK keeps the templates and the code")
    end = next(number for number, line in enumerate(errors) if line.startswith(advice))
    return [line.partition(" (")[0] for line in errors[start + 1 : end]]


def paste(errors: list[str]) -> Trust:
    """The code that an error suggests."""
    (line,) = (line for line in errors if line.startswith("trust=Trust("))
    trust: Trust = eval(line.removeprefix("trust=").removesuffix(" [untrusted]"), {"Trust": Trust, "Aws": cdk.Aws})
    return trust


# -- a definition


@pytest.mark.parametrize("path", [path for path in CORPUS if "uploads" not in path.name], ids=lambda path: path.stem)
def test_the_suggested_trust_is_enough(path: Path, tmp_path: Path) -> None:
    there = cdk.Environment(account=ACCOUNT, region="us-east-1")  # that the corpus was written for
    bench = Bench(tmp_path / "before", environment=there)
    given(bench, path)
    errors = bench.errors()
    assert all("[untrusted]" in error for error in errors if error.endswith("]"))
    bench = Bench(tmp_path / "after", environment=there)
    given(bench, path, trust=paste(errors) if errors else None)
    assert bench.errors() == []
    assert body(bench.resource()) == json.loads(path.read_text())


def test_most_definitions_name_a_resource() -> None:
    """Makes sure that the test above can fail."""
    texts = [path.read_text() for path in CORPUS]
    assert sum("arn:aws:iam" in text or "s3://" in text for text in texts) > 20


def test_an_untrusted_definition_gets_nothing(bench: Bench) -> None:
    stranger = document(
        {
            "Name": "Clean",
            "Type": "Cleanup",
            "Arguments": {"Resources": {"S3": [{"StepName": "T", "S3Uris": ["s3://prod-data/model.bin"]}]}},
            "DependsOn": ["T"],
        },
        {
            "Name": "Call",
            "Type": "Lambda",
            "FunctionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:DeleteEverything",
            "OutputParameters": [],
            "Arguments": {},
        },
        {
            "Name": "T",
            "Type": "Training",
            "Arguments": {
                "RoleArn": {"Get": "Parameters.Role"},
                "AlgorithmSpecification": {
                    "TrainingImage": "999999999999.dkr.ecr.eu-west-1.amazonaws.com/evil:1",
                    "TrainingInputMode": "File",
                },
                "OutputDataConfig": {"S3OutputPath": "s3://evil-bucket/x"},
                "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
                "StoppingCondition": {"MaxRuntimeInSeconds": 60},
            },
        },
        Parameters=[{"Name": "Role", "Type": "String", "DefaultValue": f"arn:aws:iam::{ACCOUNT}:role/Admin"}],
    )
    given(bench, stranger)
    errors = bench.errors()
    assert len([error for error in errors if error.endswith("]")]) == 1
    assert sorted(named(errors)) == [
        "bucket evil-bucket",
        "bucket prod-data",
        f"function arn:aws:lambda:{REGION}:{ACCOUNT}:function:DeleteEverything",
        "image 999999999999.dkr.ecr.eu-west-1.amazonaws.com/evil:1",
        f"role arn:aws:iam::{ACCOUNT}:role/Admin",
    ]
    assert paste(errors) == Trust(
        [f"arn:aws:iam::{ACCOUNT}:role/Admin"], ["prod-data", "evil-bucket"], [ACCOUNT, "999999999999"]
    )


# -- what the app has


def test_named_constructs_and_imports_are_trusted(bench: Bench) -> None:
    stack = bench.stack
    s3.Bucket(stack, "Own", bucket_name="own-data")
    s3.Bucket.from_bucket_name(stack, "Theirs", "their-data")
    iam.Role(stack, "Role", role_name="Jobs", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    lambda_.Function.from_function_name(stack, "Function", "tell")
    sqs.Queue.from_queue_arn(stack, "Queue", f"arn:aws:sqs:{REGION}:{ACCOUNT}:ask")
    kms.Key.from_key_arn(stack, "Key", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/k")
    uris = [source("s3://own-data/x"), source("s3://their-data/y", "b")]
    target = {"S3Uri": "s3://own-data/o", "LocalPath": "/o", "S3UploadMode": "EndOfJob"}
    output = {"OutputName": "o", "S3Output": target}
    given(
        bench,
        document(
            processing_json(
                RoleArn=ROLE,
                ProcessingInputs=uris,
                ProcessingOutputConfig={"Outputs": [output], "KmsKeyId": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/k"},
            ),
            {
                "Name": "Tell",
                "Type": "Lambda",
                "FunctionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:tell:3",
                "OutputParameters": [],
                "Arguments": {},
            },
            {
                "Name": "Ask",
                "Type": "Callback",
                "SqsQueueUrl": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/ask",
                "OutputParameters": [],
                "Arguments": {},
            },
        ),
    )
    assert bench.errors() == []


def test_a_role_of_the_app_that_a_definition_names_gets_its_permissions(bench: Bench) -> None:
    service = iam.ServicePrincipal("sagemaker.amazonaws.com")
    by_name = iam.Role(bench.stack, "Named", role_name="Jobs", assumed_by=service)
    by_token = iam.Role(bench.stack, "Token", assumed_by=service)
    s3.Bucket.from_bucket_name(bench.stack, "Data", "data")
    steps = [
        {**processing_json(RoleArn=ROLE, ProcessingInputs=[source("s3://data/one/")]), "Name": "One"},
        {**processing_json(RoleArn=by_token.role_arn, ProcessingInputs=[source("s3://data/two/")]), "Name": "Two"},
    ]
    given(bench, document(*steps))
    assert bench.errors() == []
    policies = bench.resources("AWS::IAM::Policy").values()
    given_to = [one["Properties"] for one in policies]
    found = {json.dumps(one["Roles"]): json.dumps(one["PolicyDocument"]) for one in given_to}
    for role, what in ((by_name, "data/one/*"), (by_token, "data/two/*")):
        name = bench.stack.resolve(role.role_name)
        assert what in found[json.dumps([name])]


def test_the_bucket_of_the_assets_may_be_read_and_not_written(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("1")
    asset = s3_assets.Asset(bench.stack, "Code", path=str(tmp_path / "a.py"))
    made = pipeline(bench)
    RawStep(made, "Read", step_type="Processing", step_arguments=job(ProcessingInputs=[source(asset.s3_object_url)]))
    assert bench.errors() == []
    target = {"S3Uri": f"s3://{asset.s3_bucket_name}/", "LocalPath": "/o", "S3UploadMode": "EndOfJob"}
    output = {"OutputName": "o", "S3Output": target}
    other = Bench(tmp_path / "out")
    s3_assets.Asset(other.stack, "Code", path=str(tmp_path / "a.py"))
    arguments = job(ProcessingOutputConfig={"Outputs": [output]})
    RawStep(pipeline(other), "Write", step_type="Processing", step_arguments=arguments)
    assert named(other.errors()) == [f"bucket {asset.s3_bucket_name}"]


@pytest.mark.parametrize("qualifier", [None, "mine"], ids=["default", "own"])
def test_the_bucket_of_the_assets_is_known_by_its_name(qualifier: str | None, tmp_path: Path) -> None:
    for account, region in ((ACCOUNT, REGION), ("999988887777", REGION), (ACCOUNT, "eu-west-2")):
        bench = Bench(tmp_path / f"{account}{region}")
        if qualifier is not None:
            context = {"@aws-cdk/core:bootstrapQualifier": qualifier}
            bench.app = cdk.App(outdir=str(tmp_path / region), analytics_reporting=False, context=context)
            bench.stack = cdk.Stack(bench.app, "Stack", env=cdk.Environment(account=ACCOUNT, region=REGION))
        bucket = f"cdk-{qualifier or 'hnb659fds'}-assets-{account}-{region}"
        given(
            bench,
            document(processing_json(RoleArn=ROLE, ProcessingInputs=[source(f"s3://{bucket}/x")])),
            trust=Trust(roles=[ROLE]),
        )
        errors = bench.errors()
        assert (named(errors) if errors else []) == (
            [] if (account, region) == (ACCOUNT, REGION) else [f"bucket {bucket}"]
        )


def test_steps_with_scripts_do_not_allow_writing_to_the_bucket_of_the_assets(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("1")
    made = pipeline(bench)
    processing(made, "Typed", script=Script(tmp_path / "a.py"))
    bucket = f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}"
    target = {"S3Uri": f"s3://{bucket}/", "LocalPath": "/o", "S3UploadMode": "EndOfJob"}
    outputs = {"Outputs": [{"OutputName": "e", "S3Output": target}]}
    RawStep(made, "Raw", step_type="Processing", step_arguments=job(ProcessingOutputConfig=outputs))
    processing(made, "Over", script=Script(tmp_path / "a.py"), overrides={"ProcessingOutputConfig": outputs})
    errors = bench.errors()
    assert named(errors) == [f"bucket {bucket}"]
    assert "(Raw: ProcessingOutputConfig.Outputs[0]; Over: ProcessingOutputConfig.Outputs[0])" in str(errors)


def test_the_advice_never_lets_jobs_write_deployed_code(bench: Bench) -> None:
    def output(number: int, bucket: str) -> dict[str, Any]:
        target = {"S3Uri": f"s3://{bucket}/x", "LocalPath": f"/o{number}", "S3UploadMode": "EndOfJob"}
        return {"OutputName": f"o{number}", "S3Output": target}

    buckets = ["cdk-mine-assets-999988887777-us-gov-west-1", "sales"]
    outputs = [output(number, bucket) for number, bucket in enumerate(buckets)]
    read = [source("s3://cdk-hnb659fds-assets-999988887777-eu-west-1/a")]
    arguments = job(ProcessingOutputConfig={"Outputs": outputs}, ProcessingInputs=read)
    RawStep(pipeline(bench), "Write", step_type="Processing", step_arguments=arguments)
    text = " ".join(bench.errors())
    assert 'trust=Trust(buckets=["cdk-hnb659fds-assets-999988887777-eu-west-1", "sales"])' in text
    assert "bucket cdk-mine-assets-999988887777-us-gov-west-1 (Write: ProcessingOutputConfig.Outputs[0])" in text
    assert text.count("who writes there decides what is deployed, so write to another") == 1


def test_access_points_and_directory_buckets_of_the_app_are_trusted(bench: Bench) -> None:
    points = f"arn:aws:s3:{REGION}:{ACCOUNT}:accesspoint/"
    s3.CfnAccessPoint(bench.stack, "Point", bucket="data", name="own-point")
    s3.Bucket.from_bucket_arn(bench.stack, "Imported", f"{points}their-point")
    fast = "fast--euw1-az1--x-s3"
    s3express.CfnDirectoryBucket(
        bench.stack, "Fast", data_redundancy="SingleAvailabilityZone", location_name="euw1-az1", bucket_name=fast
    )
    names = [f"{points}own-point", f"{points}their-point", fast, f"{points}other", f"other-{fast}"]
    uris = [source(f"s3://{name}/x", f"a{number}") for number, name in enumerate(names)]
    given(bench, document(processing_json(ProcessingInputs=uris)))
    assert named(bench.errors()) == [f"access point {points}other", f"bucket other-{fast}"]


def test_images_of_repositories_of_the_app_are_trusted(bench: Bench) -> None:
    made = ecr.Repository(bench.stack, "Made")
    named_so = ecr.Repository(bench.stack, "Named", repository_name="team/own")
    imported = ecr.Repository.from_repository_name(bench.stack, "Imported", "team/theirs")
    registry = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
    uris = [one.repository_uri_for_tag("1") for one in (made, named_so, imported)]
    uris += [f"{registry}/team/own:2", f"{registry}/team/theirs@sha256:0", f"{registry}/own:1"]
    uris.append(f"999999999999.dkr.ecr.{cdk.Aws.REGION}.{cdk.Aws.URL_SUFFIX}/team/own:1")
    steps = [processing_json(AppSpecification={"ImageUri": uri}) for uri in uris]
    given(bench, document(*({**step, "Name": f"S{number}"} for number, step in enumerate(steps))))
    errors = [error for error in bench.errors() if error.startswith("image ")]
    assert [error.partition(" (")[2].partition(":")[0] for error in errors] == ["S5", "S6"]


def test_the_pipelines_own_artifacts_are_trusted(bench: Bench) -> None:
    artifacts = s3.Bucket.from_bucket_name(bench.stack, "Artifacts", "artifacts")
    given(bench, document(processing_json(ProcessingInputs=[source("s3://artifacts/x")])), artifacts=artifacts)
    assert bench.errors() == []


# -- raw steps and overrides


def raw(made: Pipeline, **options: Any) -> None:
    arguments = job(RoleArn=ROLE, ProcessingInputs=[source("s3://theirs/x")])
    RawStep(made, "Raw", step_type="Processing", step_arguments=arguments, **options)


def test_raw_steps_trust_nobody(bench: Bench) -> None:
    raw(pipeline(bench))
    assert named(bench.errors()) == [f"role {ROLE}", "bucket theirs"]


@pytest.mark.parametrize("trust", [Trust([ROLE], ["theirs"]), Trust(["Jobs"], ["theirs"]), Trust.everything()])
@pytest.mark.parametrize("whose", ["step", "pipeline"])
def test_trust_can_be_given_to_the_step_or_the_pipeline(bench: Bench, trust: Trust, whose: str) -> None:
    raw(pipeline(bench, trust=trust if whose == "pipeline" else None), trust=trust if whose == "step" else None)
    assert bench.errors() == []


def test_the_trust_of_a_step_adds_to_the_pipelines(bench: Bench) -> None:
    raw(pipeline(bench, trust=Trust(roles=[ROLE])), trust=Trust(buckets=["theirs"]))
    assert bench.errors() == []


def test_overrides_trust_nobody(bench: Bench) -> None:
    made = pipeline(bench)
    processing(made, "Typed", inputs={"a": "s3://typed/x"}, overrides={"Environment": {"A": "s3://no-matter/x"}})
    processing(made, "Other", overrides={"ProcessingInputs": [source("s3://theirs/x")]})
    assert named(bench.errors()) == ["bucket theirs"]


def test_a_step_that_reads_an_output_does_not_vouch_for_overrides(bench: Bench) -> None:
    made = pipeline(bench)
    target = {"Outputs": [{"OutputName": "o", "S3Output": {"S3Uri": "s3://theirs/x"}}]}
    first = processing(made, "First", outputs=["o"], overrides={"ProcessingOutputConfig": target})
    processing(made, "Second", inputs={"a": first.output("o")})
    errors = bench.errors()
    assert named(errors) == ["bucket theirs"]
    assert "(First: ProcessingOutputConfig.Outputs[0]; Second: ProcessingInputs[0])" in str(errors)


def test_overrides_can_be_trusted(bench: Bench) -> None:
    overrides = {"ProcessingInputs": [source("s3://theirs/x")], "RoleArn": ROLE}
    processing(pipeline(bench), "Job", overrides=overrides, trust=Trust(["Jobs"], ["theirs"]))
    assert bench.errors() == []


def test_overrides_name_no_other_role(bench: Bench) -> None:
    """Not even one of the app, which may have been created for something else."""
    service = iam.ServicePrincipal("sagemaker.amazonaws.com")
    own, other = (iam.Role(bench.stack, name, assumed_by=service) for name in ("Own", "Other"))
    elsewhere = "arn:aws:iam::999999999999:role/Jobs"
    made = pipeline(bench)
    processing(made, "Own", role=own, overrides={"RoleArn": own.role_arn})
    processing(made, "Other", role=own, overrides={"RoleArn": other.role_arn})
    processing(made, "Elsewhere", overrides={"RoleArn": elsewhere})
    errors = bench.errors()
    assert named(errors) == ["role ${Other.Arn}", f"role {elsewhere}"]
    assert paste(errors) == Trust(roles=[elsewhere])


def test_overrides_may_name_another_role_if_trusted(bench: Bench) -> None:
    other = iam.Role(bench.stack, "Other", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    processing(pipeline(bench), "Job", overrides={"RoleArn": other.role_arn}, trust=Trust(roles=[other]))
    assert bench.errors() == []


@pytest.mark.parametrize("trust", [True, "all", {"roles": []}])
def test_invalid_trust(bench: Bench, trust: Any) -> None:
    with pytest.raises(PipelineError, match=r"trust takes Trust\(\.\.\.\), not"):
        pipeline(bench, trust=trust)
    with pytest.raises(PipelineError, match=r"trust takes Trust\(\.\.\.\), not"):
        processing(pipeline(bench, "Other"), "Job", trust=trust)


# -- wildcards


@jsii.implements(cdk.IStableStringProducer)
class _Producer:
    def __init__(self, text: str) -> None:
        self._text = text

    def produce(self) -> str:
        return self._text


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (lambda: cdk.Lazy.string(_Producer("data-*")), True),
        (lambda: cdk.Fn.join("", ["data-?", cdk.Aws.REGION]), True),
        (lambda: cdk.Fn.sub("data-${AWS::Region}-*"), True),
        (lambda: cdk.Token.as_string(cdk.Fn.condition_if("A", "*", "data")), True),
        (lambda: cdk.Fn.sub("data-${AWS::Region}"), False),
        (lambda: cdk.Token.as_string({"Ref": "Given"}), False),
        (lambda: cdk.Lazy.string(_Producer("data")), False),
    ],
)
def test_tokens_are_checked_by_what_is_known_of_them(bench: Bench, value: Any, told: bool) -> None:
    processing(pipeline(bench), "Job", inputs={"a": f"s3://{value()}/x"})
    errors = bench.errors()
    assert ["[wildcard-in-literal]" in error for error in errors] == [True] * told


def test_a_prefix_is_not_a_pattern(bench: Bench) -> None:
    bucket = s3.Bucket(bench.stack, "Data")
    processing(pipeline(bench), "Job", inputs={"a": S3Location(bucket, "raw/*.csv")})
    (error,) = bench.errors()
    assert error.startswith("[Stack/Pipeline] step 'Job': Arguments.ProcessingInputs[0]: '*' in ")


# -- constructs in place of names


def test_constructs_replace_roles_places_and_images(bench: Bench) -> None:
    role = iam.Role(bench.stack, "Role", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    key = kms.Key(bench.stack, "Key")
    data = s3.Bucket(bench.stack, "Data", encryption_key=key)
    repository = ecr.Repository(bench.stack, "Repository")
    day = {"Get": "Parameters.Day"}
    again = processing_json(RoleArn={"Get": "Parameters.Role"}, AppSpecification={"ImageUri": IMAGE})
    definition = document(
        {
            **processing_json(
                RoleArn=ROLE,
                AppSpecification={"ImageUri": IMAGE, "ContainerArguments": ["--from", "s3://sales/raw/", "Jobs"]},
                ProcessingInputs=[
                    source("s3://sales/raw/x"),
                    source({"Std:Join": {"On": "/", "Values": ["s3:/", "sales", "raw", day]}}, "b"),
                    source({"Std:Join": {"On": "", "Values": ["s3://sales/other/", day]}}, "c"),
                    source("s3://salesroom/x", "d"),
                ],
            )
        },
        {**again, "Name": "Again"},
        Parameters=[
            {"Name": "Role", "Type": "String", "DefaultValue": ROLE},
            {"Name": "Day", "Type": "String", "DefaultValue": "today"},
        ],
    )
    before = json.dumps(definition)
    given(
        bench,
        definition,
        roles={"Jobs": role},
        places={"s3://sales/raw/": S3Location(data, "in/"), "sales": data},
        images={IMAGE: Image.from_ecr_repository(repository, "1")},
        trust=Trust(buckets=["salesroom"]),
    )
    assert json.dumps(definition) == before
    assert bench.errors() == []
    found = body(bench.resource())
    first, other = found["Steps"]
    assert found["Parameters"][0]["DefaultValue"].startswith("<GetAtt Role")
    assert first["Arguments"]["RoleArn"] == found["Parameters"][0]["DefaultValue"]
    uris = [item["S3Input"]["S3Uri"] for item in first["Arguments"]["ProcessingInputs"]]
    bucket = re.match(r"s3://(<Ref Data\w+>)/in/x$", uris[0])
    assert bucket is not None
    assert uris == [
        f"s3://{bucket[1]}/in/x",
        {"Std:Join": {"On": "/", "Values": [f"s3://{bucket[1]}/in", day]}},
        {"Std:Join": {"On": "", "Values": [f"s3://{bucket[1]}/other/", day]}},
        "s3://salesroom/x",
    ]
    application = first["Arguments"]["AppSpecification"]
    assert application["ContainerArguments"] == ["--from", f"s3://{bucket[1]}/in/", "Jobs"]
    assert "Repository" in application["ImageUri"]
    assert application["ImageUri"] == other["Arguments"]["AppSpecification"]["ImageUri"]
    (policy,) = bench.resources("AWS::IAM::Policy").values()
    allowed = json.dumps(policy["Properties"])
    for what in ("/in/x*", "/other/", "ecr:BatchGetImage", "kms:Decrypt", "salesroom/x*"):
        assert what in allowed


def _join(*values: Any, on: str = "") -> dict[str, Any]:
    return {"Std:Join": {"On": on, "Values": list(values)}}


DAY = {"Get": "Execution.PipelineExecutionId"}
PLACES: list[tuple[Any, Any]] = [
    ("s3://sales/a,s3://other/b;s3://sales/raw/c", "s3://<sales>/a,s3://<other>/b;s3://<other>/in/c"),
    (_join("s3://sales/a", "s3://other/b", on=","), _join("s3://<sales>/a", "s3://<other>/b", on=",")),
    (_join("s3://sales", DAY, on="/"), _join("s3://<sales>", DAY, on="/")),
    (_join("s3://sales/", DAY), _join("s3://<sales>/", DAY)),
    (_join(DAY, " s3://sales", on=""), _join(DAY, " s3://<sales>", on="")),
    (_join("s3://sales", DAY, on=" "), _join("s3://<sales>", DAY, on=" ")),
    (_join(_join("s3://sales"), "/x"), _join(_join("s3://<sales>"), "/x")),
    (_join("s3://sales", ",s3://sales/raw", DAY), _join("s3://<sales>,s3://<sales>/raw", DAY)),
    (_join("s3://sales/raw", DAY, on="-"), _join("s3://<sales>/raw", DAY, on="-")),
    (_join("--role", ROLE, on=" "), _join("--role", "<role>", on=" ")),
    *(
        (same, same)
        for same in (
            _join("s3://sales", DAY, on="-"),
            _join("s3://sales", DAY),
            _join("s3://sales", 7, "/x"),
            _join("s3://sales", "room/x"),
            _join(_join("s3://sales"), "room/x"),
            _join(_join("s3://sales"), _join("", DAY)),
            _join(ROLE, DAY),
            _join(IMAGE, DAY, on="-"),
        )
    ),
]
"""What code is passed, before and after the replacement: a name ends where a text ends, and where the URI continues."""


def test_each_place_of_a_text_is_replaced_and_no_longer_name(bench: Bench) -> None:
    role = iam.Role(bench.stack, "Role", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    sales, other = s3.Bucket(bench.stack, "Sales"), s3.Bucket(bench.stack, "Other")
    application = {"ImageUri": IMAGE, "ContainerArguments": [told for told, _ in PLACES]}
    given(
        bench,
        document(processing_json(RoleArn=ROLE, AppSpecification=application)),
        roles={"Jobs": role},
        places={"sales": sales, "s3://other/": other, "s3://sales/raw": S3Location(other, "in/")},
        images={IMAGE: Image.from_ecr_repository(ecr.Repository(bench.stack, "Repository"), "1")},
    )
    text = json.dumps(body(bench.resource())["Steps"][0]["Arguments"]["AppSpecification"]["ContainerArguments"])
    for name in ("Sales", "Other"):
        text = re.sub(rf"<Ref {name}\w*>", f"<{name.lower()}>", text)
    found = json.loads(re.sub(r"<GetAtt Role[^<>]*>", "<role>", text))
    for (told, expected), argument in zip(PLACES, found, strict=True):
        assert argument == expected, told


def test_a_role_may_be_given_by_name(bench: Bench) -> None:
    service = iam.ServicePrincipal("elasticmapreduce.amazonaws.com")
    role = iam.Role(bench.stack, "Emr", assumed_by=service)
    groups = [{"InstanceRole": "MASTER", "InstanceCount": 1, "InstanceType": "m5.xlarge"}]
    config = {"Instances": {"InstanceGroups": groups}, "ServiceRole": "EMR_DefaultRole", "JobFlowRole": "Nodes"}
    step = {"HadoopJarStep": {"Jar": "command-runner.jar", "Args": ["EMR_DefaultRole"]}}
    emr = {"Name": "E", "Type": "EMR", "Arguments": {"StepConfig": step, "ClusterConfig": config}}
    given(bench, document(emr), roles={"EMR_DefaultRole": role}, trust=Trust(roles=["Nodes"]))
    assert bench.errors() == []
    arguments = body(bench.resource())["Steps"][0]["Arguments"]
    assert arguments["ClusterConfig"]["ServiceRole"].startswith("<Ref Emr")
    assert arguments["StepConfig"]["HadoopJarStep"]["Args"] == ["EMR_DefaultRole"]


def test_the_bucket_in_a_default_is_replaced(bench: Bench) -> None:
    data = s3.Bucket(bench.stack, "Data")
    uri = {"Std:Join": {"On": "/", "Values": ["s3:/", {"Get": "Parameters.Bucket"}, "x"]}}
    declared = [{"Name": "Bucket", "Type": "String", "DefaultValue": "sales"}]
    given(bench, document(processing_json(ProcessingInputs=[source(uri)]), Parameters=declared), places={"sales": data})
    assert bench.errors() == []
    assert body(bench.resource())["Parameters"][0]["DefaultValue"].startswith("<Ref Data")


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"roles": {"Jobz": 1}}, "roles: the definition does not name 'Jobz'"),
        (
            {"roles": {"nope": 1}},
            f"roles: the definition does not name 'nope'; the roles that it names: '{ROLE}', 'Jobs'",
        ),
        (
            {"places": {"None": 1}},
            "places: the definition does not name 'None'; the places that it names: 'sales', 's3://sales/raw/x'",
        ),
        ({"images": {"nope": 1}}, "images: the definition does not name 'nope'; the images that it names: '1"),
        ({"places": {"s3://sale": 1}}, "places: the definition does not name 's3://sale'"),
        ({"places": {"s3://sales/raw/x/y": 1}}, "places: the definition does not name 's3://sales/raw/x/y'"),
        ({"images": {"own:1": 1}}, "images: the definition does not name 'own:1'"),
        ({"places": {"s3://": 1}}, "places: 's3://' is neither a bucket nor an S3 URI"),
    ],
)
def test_names_that_the_definition_does_not_have(bench: Bench, options: dict[str, dict[str, Any]], text: str) -> None:
    definition = document(processing_json(RoleArn=ROLE, ProcessingInputs=[source("s3://sales/raw/x")]))
    values = {
        "roles": iam.Role.from_role_arn(bench.stack, "Role", ROLE),
        "places": s3.Bucket(bench.stack, "Data"),
        "images": Image.from_uri(IMAGE),
    }
    made = {what: dict.fromkeys(names, values[what]) for what, names in options.items()}
    with pytest.raises(PipelineError) as error:
        given(bench, definition, **made)
    assert text in str(error.value)
