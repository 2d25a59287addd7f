"""A pipeline that reads a bucket of another region: by parameters, and in the variant ``regions-weak`` by outputs."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from cdk_sagemaker_pipelines import FailStep, Pipeline

app = cdk.App()
variant, account = app.node.get_context("variant"), app.node.get_context("account")
weak = variant == "regions-weak"
app.node.set_context("@aws-cdk/core:defaultCrossStackReferences", "weak" if weak else "strong")
there = cdk.Environment(account=account, region="us-east-1")
here = cdk.Environment(account=account, region=app.node.get_context("region"))
base = cdk.Stack(app, "Base", env=there, cross_region_references=True)
buckets = [s3.Bucket(base, name, removal_policy=cdk.RemovalPolicy.DESTROY) for name in ("Raw", "Clean")]
used = buckets[1 if variant == "regions-changed" else 0]
user = cdk.Stack(app, "User", env=here, cross_region_references=True)
FailStep(Pipeline(user, "Pipeline", pipeline_name="User"), "Stop", message=f"of {used.bucket_name}")
app.synth()
