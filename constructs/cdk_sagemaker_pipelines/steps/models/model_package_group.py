"""The group of a model's versions: a construct for it, and how steps take one, which may be in another account."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from ... import assets
from ...assets import LambdaHandler, Workplace
from ...assets.owners import whereabouts
from ...iam.arns import is_group
from ...iam.environment import Where
from ...iam.escaping import marked
from ...iam.permissions import GrantPermissions, Permission, Reason
from ...iam.resource_policies import outermost
from ...language import Expression, PipelineError
from ...language.expressions import has_placeholder
from ...language.keyword_options import GivenOnce, by_name
from ...language.no_value import NoValue
from ...language.tokens import has_string_token
from ...lazy import Producer
from ...undo import Whole, removing, undoing
from ..base.field_checks import literal, of_type, shown
from ..base.own_grants import own_grants
from .approvals import ApprovalBus, forward

if TYPE_CHECKING:
    from aws_cdk import aws_events as events
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_sqs as sqs

    from ..base.step import Step

_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")
_ARN = re.compile(rf"arn:aws[a-z-]*:sagemaker:[a-z0-9-]+:[0-9]{{12}}:model-package-group/{_NAME.pattern}")
_ACCOUNT = re.compile(r"[0-9]{12}")
_EMPTYING = Path(assets.__file__).parent / "scripts" / "delete_model_packages.py"
_POLICIES = (RemovalPolicy.RETAIN, RemovalPolicy.DESTROY)
_POLICY_TEXTS = {
    None: "Delete",
    cdk.CfnDeletionPolicy.DELETE: "Delete",
    cdk.CfnDeletionPolicy.RETAIN: "Retain",
    cdk.CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE: "RetainExceptOnCreate",
    cdk.CfnDeletionPolicy.SNAPSHOT: "Snapshot",
}


class ModelPackageGroup(GivenOnce, NoValue, Construct, metaclass=Whole):
    """A group of the versions of a model, which ``RegisterModelStep`` adds.

    ```python
    group = ModelPackageGroup(self, "Models", model_package_group_name="abalone")
    RegisterModelStep(
        pipeline, "Register",
        image=Image.xgboost("1.7-1"), model_data=train.model_artifacts, model_package_group=group,
    )
    ```

    A change of the name or of the description replaces the group; the service takes no second group of the same name,
    so change both. The old group stays, with its versions. Tags are CDK's: ``Tags.of(group)``. ``node.default_child``
    is the resource.

    Args:
        scope: The construct in which it is declared, such as a stack.
        construct_id: The construct's id, unique in its scope.
        model_package_group_name: The name: at most 63 letters, digits and '-' between them, unique in the account and
            region. Default: the construct's path, in lower case.
        description: The description of the group, at most 1024 characters. Default: none.
        removal_policy: What becomes of the group when it is removed from the stack, or the stack is deleted.
            ``RemovalPolicy.RETAIN``: it stays, with its versions; take it up again with ``cdk import``, or by its name
            alone. ``RemovalPolicy.DESTROY``: the group is deleted. The service deletes only empty groups, so when the
            stack is deleted (a nested one with its root), and only then, a Lambda function that may touch this group
            alone deletes its versions before. The models in S3 stay. Where the policy of the resource is changed later,
            such as by ``RemovalPolicies``, the versions stay with the group; not by an ``add_override``.
        delete_approved_versions: Whether that function deletes approved versions, too. Otherwise, where there is one,
            nothing is deleted, and the deletion of the stack fails with that reason.
        resource_policy: What other accounts may do with the group and its versions besides that. Default: nothing.
        consumers: The numbers of other accounts that may see the versions and make models of them. The policies of the
            buckets, keys and repositories that hold what steps register in the group let them read and decrypt it;
            where the app does not create one of these, a warning has the statement for its policy. A key of AWS's is
            refused. Roles in those accounts need permissions of their own, too. Default: none.

    Raises:
        PipelineError: A name, description or policy that the service does not take.

    CloudFormation: [AWS::SageMaker::ModelPackageGroup](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-modelpackagegroup.html).
    """

    @by_name
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        model_package_group_name: str | None = None,
        description: str | None = None,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
        delete_approved_versions: bool = False,
        resource_policy: iam.PolicyDocument | None = None,
        consumers: Sequence[str] = (),
    ) -> None:
        super().__init__(scope, construct_id)
        removing(self)
        destroyed = removal_policy == RemovalPolicy.DESTROY
        try:
            if removal_policy not in _POLICIES:
                allowed = "RemovalPolicy.RETAIN or RemovalPolicy.DESTROY"
                raise PipelineError(f"removal_policy must be {allowed}, not {shown(removal_policy)}")
            of_type(delete_approved_versions, bool, "delete_approved_versions", "True or False", optional=False)
            if delete_approved_versions and not destroyed:
                raise PipelineError("delete_approved_versions needs removal_policy=RemovalPolicy.DESTROY")
            if description is not None:
                literal(description, "description")
            self._name = self._named(model_package_group_name)
            if model_package_group_name is not None:
                self._take_name(self._name)
            self._consumers = self._checked_consumers(consumers)
        except PipelineError as error:
            raise PipelineError(f"ModelPackageGroup '{self.node.path}': {error}") from None
        self._endpoints: list[GrantPermissions] = []
        self._resource = sagemaker.CfnModelPackageGroup(
            self,
            "Resource",
            model_package_group_name=self._name,
            model_package_group_description=description,
            model_package_group_policy=self._with_consumers(resource_policy),
        )
        options = self._resource.cfn_options
        # with DESTROY, too, a group that is replaced stays: its versions are not the new one's
        options.update_replace_policy = cdk.CfnDeletionPolicy.RETAIN
        options.deletion_policy = cdk.CfnDeletionPolicy.DELETE if destroyed else cdk.CfnDeletionPolicy.RETAIN
        try:
            self._emptying = self._empty_at_the_end(delete_approved_versions) if destroyed else None
        except PipelineError as error:
            raise PipelineError(f"ModelPackageGroup '{self.node.path}': {error}") from None

    @property
    def model_package_group_name(self) -> str:
        """The name of the group, as a token."""
        return self._name

    @property
    def model_package_group_arn(self) -> str:
        """The ARN of the group, as a token."""
        return self._resource.attr_model_package_group_arn

    @by_name
    def forward_approvals(
        self, bus: ApprovalBus | events.IEventBus | str, *, dead_letter_queue: sqs.IQueue | None = None
    ) -> events.Rule:
        """Sends each approval of a version to another account, or to another bus; returns the rule.

        Args:
            bus: The ``ApprovalBus``, an event bus of CDK, or the ARN of one.
            dead_letter_queue: The queue for events that the bus does not take. Default: a new one, which keeps them 14
                days.

        Raises:
            PipelineError: What is not an event bus.
        """
        try:
            name = f"Approvals{len([one for one in self.node.children if one.node.id.startswith('Approvals')]) or ''}"
            return forward(self, name, self._name, bus, dead_letter_queue)
        except PipelineError as error:
            raise PipelineError(f"ModelPackageGroup '{self.node.path}': forward_approvals: {error}") from None

    def _take_name(self, name: str) -> None:
        """Keeps the name from other groups of the app in this account and region, also where these are not known."""
        stack = cdk.Stack.of(self)
        key = (*("" if has_string_token(one) else one for one in (stack.account, stack.region)), name)
        taken: dict[tuple[str, ...], ModelPackageGroup] = self.node.root.__dict__.setdefault("_sagemaker_groups", {})
        other = taken.get(key)
        if other is not None:
            raise PipelineError(
                f"the name {name!r} is also that of {other.node.path} in the same account and region; let both stacks "
                "use that group, or give one of them another model_package_group_name"
            )
        taken[key] = self
        undoing(lambda: taken.pop(key))

    def _is_served_by(self, grant: GrantPermissions) -> None:
        """Has the containers of an endpoint granted what steps register here, once that is known."""
        self._endpoints.append(grant)

    def _named(self, given: Any) -> str:
        if given is None:
            return cdk.Names.unique_resource_name(self, max_length=63, separator="-").lower()
        name = literal(given, "model_package_group_name")
        if not has_string_token(name) and not _NAME.fullmatch(name):
            allowed = "must have letters, digits and '-' between them, at most 63"
            raise PipelineError(f"model_package_group_name: the name {shown(name)} {allowed}")
        return name

    def _checked_consumers(self, given: Any) -> tuple[str, ...]:
        if not isinstance(given, (list, tuple)):
            raise PipelineError(f"consumers takes a list of the numbers of accounts, not {shown(given)}")
        for account in given:
            if not isinstance(account, str) or not _ACCOUNT.fullmatch(account):
                raise PipelineError(f"consumers: the number of an account has 12 digits, found {shown(account)}")
            if account == cdk.Stack.of(self).account:
                raise PipelineError(f"consumers: {account} is the account of the group itself; its roles need no entry")
        return tuple(dict.fromkeys(given))

    def _with_consumers(self, given: iam.PolicyDocument | None) -> iam.PolicyDocument | None:
        """The group's policy.

        Source: [Deploy from a different account](https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-deploy-xaccount.html).
        """
        if not self._consumers:
            return given
        groups, versions = self._arns(self._name)
        policy = given or cdk.aws_iam.PolicyDocument()
        for actions, resources in (
            (["sagemaker:DescribeModelPackageGroup"], groups),
            (["sagemaker:CreateModel", "sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"], versions),
        ):
            policy.add_statements(
                cdk.aws_iam.PolicyStatement(
                    actions=actions,
                    resources=list(resources),
                    principals=[cdk.aws_iam.AccountPrincipal(account) for account in self._consumers],
                )
            )
        return policy

    def _arns(self, name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The ARNs of the group and of its versions: the service has written groups in lower case into ARNs.

        IAM compares with case. ``name``: as it is to be in them.
        """
        stack = cdk.Stack.of(self)
        where = Where(stack.partition, stack.region, stack.account)
        names = [name] if has_string_token(name) else dict.fromkeys([name, name.lower()])
        groups = tuple(where.sagemaker(f"model-package-group/{each}") for each in names)
        return groups, tuple(where.sagemaker(f"model-package/{each}/*") for each in names)

    def _empty_at_the_end(self, approved: bool) -> lambda_.Function:
        """Has the versions deleted before the group."""
        function = LambdaHandler(_EMPTYING, timeout=Duration.minutes(15)).bind(self, "Emptying")
        for permission in self._deleting((Reason(self.node.id, "model_package_group_name"),)):
            function.add_to_role_policy(cdk.aws_iam.PolicyStatement.from_json(permission.statement()))
        versions = cdk.CustomResource(
            self,
            "Versions",
            service_token=function.function_arn,
            resource_type="Custom::SageMakerModelPackages",
            properties={
                "ModelPackageGroupName": self._name,
                "DeleteApprovedVersions": "true" if approved else "false",
            },
        )
        versions.node.add_dependency(self._resource)  # which is deleted after it
        self._keep_with_the_group(versions)
        return function

    def _keep_with_the_group(self, versions: cdk.CustomResource) -> None:
        """Has the versions kept if the group is, which others may decide until the template is written."""
        resource: Any = versions.node.default_child
        policy = Producer(lambda: _POLICY_TEXTS[self._resource.cfn_options.deletion_policy])
        resource.add_override("DeletionPolicy", cdk.Lazy.any(policy))

    def _deleting(self, because: tuple[Reason, ...]) -> list[Permission]:
        """What the function may do: delete versions of this group, and see whether the stack is being deleted.

        A nested stack is deleted, too, when its root goes on without it.
        """
        stack = cdk.Stack.of(self)
        stacks = tuple(dict.fromkeys([stack.stack_id, outermost(stack).stack_id]))
        groups, versions = self._arns(marked(self._name))
        found = [
            Permission(("sagemaker:DeleteModelPackage", "sagemaker:DescribeModelPackage"), versions, because=because),
            # the guide speaks of the group, the service authorization reference of its versions
            Permission(("sagemaker:ListModelPackages",), (*groups, *versions), because=because),
            Permission(("cloudformation:DescribeStacks",), stacks, because=because),
        ]
        return own_grants(found, self._name, "model_package_group_name", stack)


def group_of(group: Any, step: Step) -> Any:
    """As ``group_name``; has the pipeline deployed after a group of ours, and so deleted before its versions are."""
    host = step.host
    if isinstance(group, ModelPackageGroup):
        if cdk.Stack.of(group) == host.workplace.stack:
            host.deploy_after(group)
        function = group._emptying
        if step.type == "RegisterModel":
            host.registers_for(step.name, group._consumers, group._endpoints)
        if function is not None and function.role is not None:
            host.has_granted(function.role, group._deleting((Reason(step.name, "model_package_group"),)))
    return group_name(group, host.workplace)


def group_name(given: Any, workplace: Workplace, what: str = "model_package_group") -> Any:
    """The name of a group, or the ARN of one in another account; raises for one in another region.

    ``what``: the field, for messages.
    """
    if isinstance(given, (str, Expression)):
        if isinstance(given, str) and given and not has_placeholder(given):
            refuse_no_group(given, what)
        return given
    group = given._resource if isinstance(given, ModelPackageGroup) else given
    if not isinstance(group, sagemaker.CfnModelPackageGroup):
        raise PipelineError(f"{what} takes a ModelPackageGroup, a name or an ARN, not {shown(group)}")
    name, (account, region) = group.model_package_group_name, whereabouts(group)
    refuse_other_region(group, f"{what}: the group {name!r}", workplace)
    if not workplace.is_of_another_account(group):
        return name
    literal(name, f"{what}: the name")
    return f"arn:{workplace.where.partition}:sagemaker:{region}:{account}:model-package-group/{name}"


def refuse_no_group(given: str, what: str = "model_package_group") -> None:
    """Raises ``PipelineError`` for what is neither a name nor an ARN of a group, as far as its tokens show."""
    is_whole = not has_string_token(given)
    fits = _NAME.fullmatch(given) or _ARN.fullmatch(given) if is_whole else is_group(given) or given[:4] != "arn:"
    if not fits:
        raise PipelineError(
            f"{what}: {shown(given)} is neither a name (letters, digits and '-' between them, at most 63) nor the ARN "
            "of a model package group"
        )


def refuse_other_region(construct: Any, what: str, workplace: Workplace) -> None:
    """Raises ``PipelineError`` for a group or version in another region. ``what``: what it is, for the message."""
    if workplace.is_of_another_region(construct):
        raise PipelineError(
            f"{what} is in {whereabouts(construct)[1]}, but the pipeline runs in {workplace.where.region}: SageMaker "
            "only knows groups in its own region"
        )
