"""What ``cdk bootstrap`` creates, without a process of the CDK CLI."""

from __future__ import annotations

from pathlib import Path
from typing import Any

_TEMPLATE = "node_modules/aws-cdk/lib/api/bootstrap/bootstrap-template.yaml"


def bootstrap(cloudformation: Any) -> None:
    """Deploys the template of the CDK CLI."""
    cloudformation.create_stack(
        StackName="CDKToolkit",
        TemplateBody=Path(__file__).parents[1].joinpath(_TEMPLATE).read_text("utf-8"),
        Parameters=[{"ParameterKey": "FileAssetsBucketKmsKeyId", "ParameterValue": "AWS_MANAGED_KEY"}],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    cloudformation.get_waiter("stack_create_complete").wait(StackName="CDKToolkit", WaiterConfig={"Delay": 1})
