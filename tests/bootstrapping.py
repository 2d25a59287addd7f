"""What ``cdk bootstrap`` creates, without a process of the CDK CLI."""

from __future__ import annotations

from pathlib import Path
from typing import Any

_TEMPLATE = "node_modules/aws-cdk/lib/api/bootstrap/bootstrap-template.yaml"


def bootstrap(cloudformation: Any, trust: str = "") -> None:
    """Deploys the template of the CDK CLI. ``trust``: the account whose users may deploy, too."""
    options = {"FileAssetsBucketKmsKeyId": "AWS_MANAGED_KEY", "TrustedAccounts": trust}
    cloudformation.create_stack(
        StackName="CDKToolkit",
        TemplateBody=Path(__file__).parents[1].joinpath(_TEMPLATE).read_text("utf-8"),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in options.items()],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    cloudformation.get_waiter("stack_create_complete").wait(StackName="CDKToolkit", WaiterConfig={"Delay": 1})
