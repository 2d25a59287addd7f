"""The app: ``cdk --app 'python3 -m stacks.promotion.app' deploy 'Dev/*'``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aws_cdk as cdk
from constructs import Construct

from cdk_sagemaker_pipelines import Environments

from .registry import Registry
from .serving import ServingStack
from .training import TrainingStack

ENVIRONMENTS = Environments.load(Path(__file__).with_name("environments.json"))


def stages(scope: Construct) -> tuple[cdk.Stage, cdk.Stage]:
    """A stage for each account, in the order in which they are deployed."""
    dev, prod = ENVIRONMENTS["Dev"], ENVIRONMENTS["Prod"]
    trains, serves = dev.stage(scope), prod.stage(scope)
    serving = ServingStack(
        serves, "Serving", registry=Registry(dev), description="An example of cdk-sagemaker-pipelines: serve"
    )
    TrainingStack(
        trains,
        "Training",
        consumer=prod.account,
        approvals=serving.approvals,
        description="An example of cdk-sagemaker-pipelines: train and register",
    )
    return trains, serves


def build(**options: Any) -> cdk.App:
    """The app. ``options``: of CDK's ``App``."""
    app = cdk.App(**{"analytics_reporting": False, **options})
    stages(app)
    return app


if __name__ == "__main__":
    build().synth()
