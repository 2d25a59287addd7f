"""Existing buckets whose key is not known, and access points that CDK takes for buckets."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from cdk_sagemaker_pipelines import (
    Image,
    Pipeline,
    PipelineError,
    RegisterModelStep,
    S3Location,
    Script,
    TrainingStep,
    cli,
)
from tests.pipeline.support import ENVIRONMENT, REGION, Bench, pipeline, processing

POINT = "arn:aws:s3:eu-west-1:111122223333:accesspoint/orders"


def warnings(bench: Bench) -> list[str]:
    found = cdk.assertions.Annotations.from_stack(bench.stack).find_warning(
        "*", cdk.assertions.Match.string_like_regexp("bucket-key")
    )
    return [f"{warning.id}: {warning.entry.data}" for warning in found]


def used(bench: Bench, *buckets: s3.IBucket) -> Any:
    """A pipeline of two steps that read from all buckets and write to them."""
    made = pipeline(bench)
    for name in ("One", "Two"):
        inputs = {f"i{number}": S3Location(bucket, "raw/") for number, bucket in enumerate(buckets)}
        outputs = {f"o{number}": S3Location(bucket, f"{name}/") for number, bucket in enumerate(buckets)}
        processing(made, name, inputs=inputs, outputs=outputs)
    return made


def test_one_warning_for_each_bucket(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    named = s3.Bucket.from_bucket_name(bench.stack, "Named", "data")
    by_arn = s3.Bucket.from_bucket_arn(bench.stack, "ByArn", "arn:aws:s3:::more")
    known = s3.Bucket.from_cfn_bucket(s3.CfnBucket(bench.stack, "Known"))
    used(bench, named, by_arn, known, s3.Bucket(bench.stack, "Own"))
    assert bench.errors() == []
    first, second = warnings(bench)
    assert first.startswith("/Stack/Pipeline/One: ")
    assert "the key of the bucket 'data' is not given anywhere in the app" in first
    assert "grant kms:Decrypt, kms:GenerateDataKey to the roles of the jobs of steps 'One', 'Two' [" in first
    assert "the bucket 'more'" in second
    cli.main(["check", bench.app.synth().directory])  # which says the same
    told = [line.partition(": bucket-key: warning: ")[2] for line in capsys.readouterr().out.splitlines()]
    assert [f"step 'One': {line} [bucket-key]" for line in told if line] == [
        warning.partition(": ")[2].partition(" [ack: ")[0] for warning in (first, second)
    ]


def test_a_bucket_that_a_text_alone_names(bench: Bench) -> None:
    s3.Bucket(bench.stack, "Own", bucket_name="own")
    key = kms.Key(bench.stack, "Key")
    made = pipeline(bench)
    places = ["s3://data/raw/", "s3://data/more/", "s3://own/raw/", "s3://jumpstart-cache-prod-eu-west-1/model/"]
    processing(
        made,
        "One",
        script=Script("tests/gallery/code/report.py"),
        inputs={f"i{n}": uri for n, uri in enumerate(places)},
    )
    processing(made, "Two", outputs={"o": "s3://answers/"}, output_kms_key=key)
    assert bench.errors() == []
    (warning,) = warnings(bench)
    assert warning.startswith(
        "/Stack/Pipeline/One: step 'One': Arguments.ProcessingInputs[0]: the key of the bucket 'data' is not given "
        "anywhere in the app, so no permission for it can be derived; if it has one, give encryption_key= to "
        "Bucket.from_bucket_attributes(...) and that bucket to a step, or grant kms:Decrypt to the role of the "
        "step's job"
    )


def test_who_registers_a_model_of_it(bench: Bench) -> None:
    bucket = s3.Bucket.from_bucket_name(bench.stack, "Named", "data")
    made = pipeline(bench)
    train = TrainingStep(
        made,
        "Train",
        image=Image.xgboost("1.7-1"),
        instance_type="ml.m5.large",
        inputs={"train": S3Location(bucket, "raw/")},
        output=S3Location(bucket, "models/"),
    )
    RegisterModelStep(
        made, "Register", image=Image.xgboost("1.7-1"), model_data=train.model_artifacts, model_package_group="g"
    )
    bench.app.synth()
    (warning,) = warnings(bench)
    assert (
        "grant kms:Decrypt to the pipeline's role, and kms:Decrypt, kms:GenerateDataKey to the role of the job of step "
        "'Train' ["
    ) in warning


def test_encryption_key_silences_it(bench: Bench) -> None:
    key = kms.Key.from_key_arn(bench.stack, "Key", "arn:aws:kms:eu-west-1:111122223333:key/1a2b")
    told = s3.Bucket.from_bucket_attributes(bench.stack, "Told", bucket_name="data", encryption_key=key)
    # the same bucket, imported a second time without
    used(bench, s3.Bucket.from_bucket_name(bench.stack, "Named", "data"), told)
    assert bench.errors() == []
    assert warnings(bench) == []


def test_it_is_acknowledged_like_others(bench: Bench) -> None:
    made = used(bench, s3.Bucket.from_bucket_name(bench.stack, "Named", "data"))
    rule = cdk.Acknowledgment(id="cdk-sagemaker-pipelines:bucket-key", reason="AWS's own key")
    cdk.Validations.of(made).acknowledge(rule)
    assert bench.errors() == []
    assert warnings(bench) == []


def test_the_alias_of_another_account(bench: Bench) -> None:
    alias = kms.Key.from_key_arn(bench.stack, "Alias", "arn:aws:kms:us-east-1:999988887777:alias/data")
    used(bench, s3.Bucket.from_bucket_attributes(bench.stack, "Data", bucket_name="data", encryption_key=alias))
    assert bench.errors() == []
    statements = [
        statement
        for policy in bench.resources("AWS::IAM::Role").values()
        for inline in policy["Properties"].get("Policies", [])
        for statement in inline["PolicyDocument"]["Statement"]
        if "kms:" in str(statement["Action"])
    ]
    assert {statement["Resource"] for statement in statements} == {"arn:aws:kms:us-east-1:999988887777:key/*"}
    assert all("alias/data" in str(statement["Condition"]) for statement in statements)


@pytest.mark.parametrize("arn", [POINT, POINT.replace("accesspoint/", "accesspoint:")])
def test_an_access_point_that_is_imported_as_a_bucket(bench: Bench, arn: str) -> None:
    made = used(bench, s3.Bucket.from_bucket_arn(bench.stack, "Point", arn))
    (found,) = made.definition.step("One").arguments["ProcessingInputs"]
    assert found["S3Input"]["S3Uri"] == f"s3://{POINT}/raw/"
    assert f"{POINT}/object/raw/*" in str(bench.resources("AWS::IAM::Role"))


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:s3express:eu-west-1:111122223333:bucket/data--euw1-az1--x-s3",
        "arn:aws:s3-outposts:eu-west-1:111122223333:outpost/op-1/accesspoint/data",
    ],
)
def test_what_is_neither_a_bucket_nor_an_access_point_is_refused(bench: Bench, arn: str) -> None:
    bucket = s3.Bucket.from_bucket_arn(bench.stack, "Other", arn)
    with pytest.raises(PipelineError) as error:
        used(bench, bucket)
    assert f"{arn!r} is the ARN of neither a bucket nor an access point" in str(error.value)


@pytest.mark.parametrize("named", [None, "data"])
@pytest.mark.parametrize("literally", [False, True])
def test_the_key_of_a_bucket_that_only_a_text_names(bench: Bench, named: str | None, literally: bool) -> None:
    data = s3.Bucket(bench.stack, "Data", bucket_name=named, encryption=s3.BucketEncryption.KMS)
    name = "data" if literally else data.bucket_name
    processing(pipeline(bench), "Read", inputs={"raw": f"s3://{name}/raw/"}, outputs={"o": f"s3://{name}/o/"})
    used = [
        statement["Action"]
        for role in bench.resources("AWS::IAM::Role").values()
        for policy in role["Properties"].get("Policies", ())
        for statement in policy["PolicyDocument"]["Statement"]
        if "kms:" in str(statement["Action"])
    ]
    is_of_the_app = named is not None or not literally
    assert used == ([["kms:Decrypt", "kms:GenerateDataKey"]] if is_of_the_app else [])


@pytest.mark.parametrize("imported", [True, False])
def test_an_access_point_is_reported_once(bench: Bench, imported: bool) -> None:
    point = s3.Bucket.from_bucket_arn(bench.stack, "Point", POINT) if imported else None
    raw, out = (S3Location(point, name) if point else f"s3://{POINT}/{name}" for name in ("raw/", "out/"))
    other = f"s3://{POINT}s/raw/"
    inputs = {"raw": raw, "more": raw, "other": other}
    processing(pipeline(bench), "One", inputs=inputs, outputs={"o": out}, reads=[raw], writes=[out])
    bench.app.synth()
    any_of = cdk.assertions.Match.string_like_regexp(r".*\[(undecided-permission|bucket-key|not-granted)\].*")
    found = cdk.assertions.Annotations.from_stack(bench.stack).find_warning("*", any_of)
    first, second = sorted(str(warning.entry.data).partition(" [")[0] for warning in found)
    actions = "s3:GetObject, s3:ListBucket"
    key, written = (["kms:Decrypt"], ["kms:GenerateDataKey"]) if imported else ([], [])
    granted = ", ".join(["s3:GetObject", "s3:ListBucket", *key, "s3:AbortMultipartUpload", "s3:PutObject", *written])
    head = "step 'One': Arguments.ProcessingInputs"
    told = "the bucket behind the access point '{}' is described elsewhere, so no permission for it can be derived"
    assert first == f"{head}[0]: {told.format(POINT)}; grant {granted} to the role of the step's job"
    assert second == f"{head}[2]: {told.format(POINT + 's')}; grant {actions} to the role of the step's job"


def test_a_bucket_of_the_app_is_known_however_it_is_named() -> None:
    """By a text, or by an import of its name: whose it is, its key, and the policy that it needs."""
    app = cdk.App()
    data = cdk.Stack(app, "Data", env=cdk.Environment(account="444455556666", region=REGION))
    key = kms.Key(data, "Key", alias="data")
    s3.Bucket(data, "Sales", bucket_name="sales", encryption_key=key)
    stack = cdk.Stack(app, "Jobs", env=ENVIRONMENT)
    pipeline = Pipeline(stack, "Pipeline")
    imported = S3Location(s3.Bucket.from_bucket_name(stack, "Imported", "sales"), "raw/")
    processing(pipeline, "Imported", inputs={"raw": imported})
    processing(pipeline, "Written", inputs={"raw": "s3://sales/raw/"})
    assembly = app.synth()
    warnings = [message.entry.data for stack in assembly.stacks for message in stack.messages]
    assert [told for told in warnings if "sales" in str(told)] == []
    template = assembly.get_stack_by_name("Data").template
    policies = [each for each in template["Resources"].values() if each["Type"] == "AWS::S3::BucketPolicy"]
    assert ":iam::111122223333:role/" in json.dumps(policies)
    assert "Data" in [each.id for each in assembly.get_stack_by_name("Jobs").dependencies]


def test_the_key_of_an_import_where_another_stage_makes_the_bucket() -> None:
    """The key itself, which only the other stage knows, cannot be named here."""
    app = cdk.App()
    there = cdk.Stage(app, "There", env=cdk.Environment(account="444455556666", region=REGION))
    data = cdk.Stack(there, "Data")
    s3.Bucket(data, "Sales", bucket_name="sales", encryption_key=kms.Key(data, "Key", alias="data"))
    stack = cdk.Stack(cdk.Stage(app, "Here", env=ENVIRONMENT), "Jobs")
    alias = kms.Key.from_key_arn(stack, "Alias", f"arn:aws:kms:{REGION}:444455556666:alias/data")
    sales = s3.Bucket.from_bucket_attributes(stack, "Sales", bucket_name="sales", encryption_key=alias)
    processing(Pipeline(stack, "Pipeline"), "Read", inputs={"raw": S3Location(sales, "raw/")})
    template = app.synth().get_nested_assembly("assembly-Here").stacks[0].template
    text = json.dumps([each for each in template["Resources"].values() if each["Type"] == "AWS::IAM::Role"])
    assert f'"arn:aws:kms:{REGION}:444455556666:key/*"' in text
    assert '"kms:ResourceAliases": "alias/data"' in text
