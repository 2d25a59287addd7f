#!/usr/bin/env python3
"""The app: one stage for each environment of cdk.json. ``cdk ls`` lists them, ``cdk deploy 'Dev/*'`` deploys one."""

import json
from pathlib import Path

import aws_cdk as cdk

from stacks.breast_cancer import BreastCancerStack
from stacks.diabetes import DiabetesStack


def build() -> cdk.App:
    """The app with a stage for each of ``context.environments``. What the CDK CLI is told with ``-c`` goes first."""
    settings = json.loads(Path(__file__).with_name("cdk.json").read_text(encoding="utf-8"))
    app = cdk.App(context=settings["context"], analytics_reporting=False)
    for name, place in app.node.get_context("environments").items():
        stage = cdk.Stage(app, name, env=cdk.Environment(account=place["account"], region=place["region"]))
        # of the environment for development nothing is to be left when its stacks are destroyed
        models = cdk.RemovalPolicy.DESTROY if name == "Dev" else cdk.RemovalPolicy.RETAIN
        DiabetesStack(
            stage,
            "Diabetes",
            models_removal_policy=models,
            description="An example of cdk-sagemaker-pipelines: train, judge, register",
        )
        BreastCancerStack(
            stage,
            "BreastCancer",
            models_removal_policy=models,
            description="An example of cdk-sagemaker-pipelines: every classic step",
        )
        cdk.Tags.of(stage).add("environment", name.lower())
    return app


if __name__ == "__main__":
    build().synth()
