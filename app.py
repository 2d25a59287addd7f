#!/usr/bin/env python3
"""The app: one stage for each environment of cdk.json. ``cdk ls`` lists them, ``cdk deploy 'Dev/*'`` deploys one."""

import json
from pathlib import Path

import aws_cdk as cdk

from cdk_sagemaker_pipelines import Environments
from stacks.breast_cancer import BreastCancerStack
from stacks.diabetes import DiabetesStack

FILE = Path(__file__).with_name("cdk.json")


def build() -> cdk.App:
    """The app with a stage for each environment. What the CDK CLI is given with ``-c`` goes before cdk.json."""
    context = json.loads(FILE.read_text(encoding="utf-8"))["context"]
    app = cdk.App(context=context, analytics_reporting=False)
    for environment in Environments.load(FILE).values():
        stage = environment.stage(app)
        # of the environment for development nothing is to be left when its stacks are destroyed
        models = cdk.RemovalPolicy.DESTROY if environment.name == "Dev" else cdk.RemovalPolicy.RETAIN
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
    return app


if __name__ == "__main__":
    build().synth()
