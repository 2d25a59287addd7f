"""A pipeline that registers into a group of the stack, which is destroyed with it; see ``app.py`` for the variants."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from constructs import Construct

from cdk_sagemaker_pipelines import Image, ModelPackageGroup, Pipeline, RegisterModelStep


class RegistryStack(cdk.Stack):
    """``renamed``: the group has another name; ``moved``: another id in the app, too."""

    def __init__(self, scope: Construct, construct_id: str, *, variant: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        pipeline = Pipeline(self, "Pipeline", pipeline_name="Register")
        named = {"renamed": ("Models", "forests"), "moved": ("Versions", "trees")}
        own_id, name = named.get(variant, ("Models", "abalone"))
        group = ModelPackageGroup(self, own_id, model_package_group_name=name, removal_policy=cdk.RemovalPolicy.DESTROY)
        cdk.Tags.of(group).add("state", variant or "first")
        image = Image.sklearn("1.2-1")
        RegisterModelStep(
            pipeline, "Register", image=image, model_data="s3://m/model.tar.gz", model_package_group=group
        )


app = cdk.App()
RegistryStack(
    app, "Registry",
    variant=str(app.node.try_get_context("variant")).removeprefix("registry").lstrip("-"),
    env=cdk.Environment(account=app.node.get_context("account"), region=app.node.get_context("region")),
)  # fmt: skip
app.synth()
