"""A step that finds the newest version of a model in the registry."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, get_args

import aws_cdk as cdk
from aws_cdk import Duration
from aws_cdk import aws_sagemaker as sagemaker

from ... import assets
from ...assets import LambdaHandler
from ...iam.arns import is_elsewhere, model_package_group_arns, version_arns
from ...iam.escaping import marked
from ...iam.permissions import Permission, Reason
from ...language import CacheConfig, Expression, PipelineError
from ...language.keyword_options import by_name
from ..base.field_checks import literal, one_of
from ..base.group import StepGroup
from ..base.own_grants import own_grants
from ..base.scope import Dependable, StepScope
from ..calls.lambda_ import LambdaStep
from .model_package_group import ModelPackageGroup, group_name, refuse_no_group

ApprovalStatus = Literal["Approved", "Rejected", "PendingManualApproval"]

_FINDING = Path(assets.__file__).parent / "scripts" / "latest_model_package.py"


class LatestModelPackageStep(StepGroup):
    """Finds the newest version in a model package group that has an approval status, for batch inference and the like.

    ```python
    latest = LatestModelPackageStep(pipeline, "Latest", model_package_group="abalone")
    model = ModelStep(pipeline, "Create", model_package=latest, reads=["s3://models/abalone/"])
    TransformStep(pipeline, "Score", model=model, input=S3Location(data, "batch/"), instance_type="ml.m5.xlarge")
    ```

    It is a group with one ``LambdaStep`` of the same name, whose function may list and describe the versions of this
    group and nothing else. It fails where no version has the status, and is never taken from a cache.

    Args:
        scope: The pipeline, group, branch of a condition or body of a for-each in which it is declared.
        construct_id: The construct's id, unique in its scope.
        model_package_group: The group, as a construct, a name, or the ARN of one in another account, whose policy must
            allow the function both calls.
        approval_status: The status of the version: "Approved", "Rejected" or "PendingManualApproval".
        depends_on: Steps and groups of steps to wait for, such as the step that registers a version.

    Raises:
        PipelineError: Not a group, or not a status.

    API: [ListModelPackages](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListModelPackages.html),
    [DescribeModelPackage](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeModelPackage.html).
    """

    step: LambdaStep
    """The step that runs the function; it has the same name."""

    @by_name
    def __init__(
        self,
        scope: StepScope,
        construct_id: str,
        *,
        model_package_group: ModelPackageGroup | sagemaker.CfnModelPackageGroup | str,
        approval_status: ApprovalStatus = "Approved",
        depends_on: list[Dependable] | tuple[Dependable, ...] = (),
    ) -> None:
        super().__init__(scope, construct_id, prefix="", depends_on=depends_on)
        with self.naming():
            group = group_name(model_package_group, self.host.workplace)
            literal(group, "model_package_group")
            if not group:
                raise PipelineError("model_package_group is empty; give a ModelPackageGroup, a name or an ARN")
            refuse_no_group(group)
            one_of(approval_status, get_args(ApprovalStatus), "approval_status")
        self.step = LambdaStep(
            self,
            construct_id,
            step_name=self.name,
            handler=LambdaHandler(_FINDING, timeout=Duration.minutes(1)),
            inputs={"ModelPackageGroupName": group, "ModelApprovalStatus": approval_status},
            outputs={"ModelPackageArn": "String", "Image": "String", "ModelDataUrl": "String"},
            cache=CacheConfig(enabled=False),
        )
        self.host.workplace.model_packages[self.name] = group
        with self.naming():
            self._let_find(group)

    @property
    def model_package_arn(self) -> Expression[str]:
        """The ARN of the version that was found."""
        return self.step.output("ModelPackageArn", str)

    @property
    def image(self) -> Expression[str]:
        """The URI of the image of its first container."""
        return self.step.output("Image", str)

    @property
    def model_data(self) -> Expression[str]:
        """The S3 URI of the data of its first container; empty where that has none."""
        return self.step.output("ModelDataUrl", str)

    def _let_find(self, group: str) -> None:
        role: Any = self.step.lambda_function.role
        environment = self.host.workplace.environment()
        groups = model_package_group_arns(marked(group), marked(environment))
        versions, because = version_arns(groups), (Reason(self.name, "model_package_group"),)
        found = [
            # the guide speaks of the group, the service authorization reference of its versions
            Permission(("sagemaker:ListModelPackages",), (*groups, *versions), because=because),
            Permission(("sagemaker:DescribeModelPackage",), versions, because=because),
        ]
        permissions = own_grants(found, group, "model_package_group", self.host.workplace.stack)
        for permission in permissions:
            role.add_to_principal_policy(cdk.aws_iam.PolicyStatement.from_json(permission.statement()))
        self.host.has_granted(role, permissions)
        if is_elsewhere(groups[0], environment):
            self.host.lets_in(role, permissions)
