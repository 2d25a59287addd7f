"""What permissions follow from besides the definition: collected while steps bind, and a value once asked for."""

from __future__ import annotations

from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from cdk_sagemaker_pipelines import S3Location
from tests.pipeline.support import ACCOUNT, REGION, Bench, pipeline, processing

KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"


def test_later_bindings_do_not_change_an_environment(bench: Bench) -> None:
    made, key = pipeline(bench), kms.Key.from_key_arn(bench.stack, "Key", KEY)
    before = made.host.environment
    bucket = s3.Bucket.from_bucket_attributes(bench.stack, "Data", bucket_name="data", encryption_key=key)
    processing(made, "Job", inputs={"raw": S3Location(bucket, "raw/")})
    assert before.bucket_keys == {}
    assert made.host.environment.bucket_keys == {"data": KEY}


def test_once_sealed_there_is_one_environment(bench: Bench) -> None:
    made = pipeline(bench)
    processing(made, "Job")
    bench.app.synth()
    assert made.host.environment is made.host.environment
    assert made.host.environment.role == made.role.role_arn


def test_the_account_and_region_of_a_pipeline_are_known_at_once(bench: Bench) -> None:
    where = pipeline(bench).host.workplace.where
    assert (where.account, where.region) == (ACCOUNT, REGION)
    assert where.sagemaker("model/*").endswith(f":sagemaker:{REGION}:{ACCOUNT}:model/*")


def test_looking_up_an_owner_has_no_side_effects(bench: Bench) -> None:
    workplace = pipeline(bench).host.workplace
    elsewhere = s3.Bucket.from_bucket_attributes(bench.stack, "Far", bucket_name="far", region="us-east-1")
    name = workplace.use_bucket(elsewhere)
    assert workplace.owners.of(name) is elsewhere
    assert workplace.owners.elsewhere == {}
    workplace.owners.locate(name)
    assert workplace.owners.elsewhere[name].region == "us-east-1"
