"""Synthesizes apps while CDK's counter of tokens crosses a number of more digits.

``python -m tests.determinism.numbered FOLDER APP:NUMBER...``: the counter reaches the number before the app is built.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

import app as examples_app
from cdk_sagemaker_pipelines import CallbackStep, FailStep, Image, Pipeline, ProcessingStep, S3Location
from cdk_sagemaker_pipelines.synthesis import body
from cdk_sagemaker_pipelines.synthesis.synthesis import syntheses
from tests.gallery.catalog import EXHIBITS
from tests.gallery.place import ACCOUNT, REGION
from tests.permissions.cases.table import CASES

ROOT = Path(__file__).resolve().parent.parent.parent


def counter() -> int:
    """The number of a token that is made now."""
    found = re.search(r"\.(\d+)\]", cdk.Token.as_string({"Ref": "Anything"}))
    assert found is not None
    return int(found[1])


def gallery() -> cdk.App:
    os.chdir(ROOT / "tests" / "gallery")
    built = cdk.App(analytics_reporting=False)
    for exhibit in EXHIBITS:
        exhibit.stack(built, exhibit.name, env=cdk.Environment(account=ACCOUNT, region=REGION))
    return built


def cases() -> cdk.App:
    """The pipelines whose permissions are judged."""
    os.chdir(ROOT)
    built = cdk.App(analytics_reporting=False)
    for case in CASES:
        case.make(cdk.Stack(built, case.name, env=cdk.Environment(account=ACCOUNT, region=REGION)))
    return built


def anywhere() -> cdk.App:
    """Resources that differ in a token alone, each named by several steps, in a stack that goes to any account."""
    built = cdk.App(analytics_reporting=False)
    stack = cdk.Stack(built, "Anywhere")
    role = iam.Role(stack, "Shared", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    buckets = [s3.Bucket(stack, f"Data{number}", encryption=s3.BucketEncryption.KMS) for number in range(6)]
    made = Pipeline(stack, "Pipeline", default_job_role=role)
    for number in range(6):
        ProcessingStep(
            made,
            f"Job{number}",
            image=Image.sklearn("1.2-1"),
            instance_type="ml.m5.large",
            inputs={f"in{one}": S3Location(buckets[(number + one) % 6], "raw/") for one in range(3)},
        )
        CallbackStep(made, f"Ask{number}")
        FailStep(made, f"Fail{number}", message=f"{stack.stack_id}: {buckets[number].bucket_arn}")
    return built


APPS: Mapping[str, Callable[[], cdk.App]] = {
    "examples": examples_app.build,
    "gallery": gallery,
    "cases": cases,
    "anywhere": anywhere,
    "uploaded": anywhere,
}


def main(folder: Path, *apps: str) -> None:
    for name, _, number in (one.partition(":") for one in apps):
        while counter() < int(number):
            pass
        # so that a definition of any length goes to S3
        body.INLINE_LIMIT = 1 if name == "uploaded" else 400_000
        built = APPS[name]()
        definitions = {one.pipeline.node.path: one.definition.json for one in syntheses(built)}
        shutil.copytree(built.synth().directory, folder / name)
        (folder / name / "definitions.json").write_text(json.dumps(definitions, indent=1), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
