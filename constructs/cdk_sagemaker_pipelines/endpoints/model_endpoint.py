"""An endpoint that serves the newest approved version of a model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from ..assets import S3Location, Workplace
from ..iam import hosted
from ..iam.permissions import Permission
from ..language import PipelineError
from ..language.keyword_options import GivenOnce, by_name
from ..language.no_value import NoValue
from ..language.tokens import has_string_token
from ..steps.base.field_checks import items, kms_key, literal, of_type, s3_uri, shown
from ..steps.base.network import vpc_config
from ..synthesis.cdk_hooks import Validation
from ..team.applied import refused_type
from ..undo import Whole, removing
from .container_role import ContainerRole
from .data_capture import DataCapture
from .deploying import Deploying
from .deployment import EndpointDeployment
from .grants import EndpointGrants
from .served_group import ServedGroup
from .settings import VARIANT, alarms_of, given, refuse, refuse_beside_serverless, variant
from .wildcards import Wildcards

if TYPE_CHECKING:
    from aws_cdk import aws_cloudwatch as cloudwatch
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_events as events
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_sagemaker as sagemaker
    from aws_cdk import aws_sqs as sqs

    from ..steps.hosting.endpoint_config import ServerlessInference
    from ..steps.models.approvals import ApprovalBus
    from ..steps.models.model_package_group import ModelPackageGroup

LONGEST_NAME = 44
"""What is left of the 63 characters of a configuration's name, which also has the version and a digest."""
_UNKNOWN_DATA = (
    "no pipeline of this app is known to register versions in the group, and so where their models are; give "
    "reads=[S3Location(bucket, 'models/')]"
)
_NAME = re.compile(rf"[a-zA-Z0-9](-*[a-zA-Z0-9]){{0,{LONGEST_NAME - 1}}}")


class ModelEndpoint(GivenOnce, NoValue, Construct, metaclass=Whole):
    """An endpoint that serves the newest approved version of a model package group, and changes with each approval.

    ```python
    endpoint = ModelEndpoint(
        self, "Endpoint", group=group, instance_type="ml.m5.large", reads=[S3Location(data, "models/")]
    )
    endpoint.grant_invoke(iam.User(self, "Caller"))
    ```

    A Lambda function creates the endpoint with the first approval, or with the stack if there is an approved version
    by then, and updates it with each further one. It does not wait: the stack is deployed before the endpoint is in
    service, and a version that cannot be served does not fail it. The endpoint then goes on serving the version of
    before, and the event goes to ``dead_letter_queue`` after two more tries. What an endpoint costs begins with the
    first approval.

    A version that is rejected later stays in service until another one is approved; no change of the stack deploys an
    older one. After a rejection, the approval of an older version deploys that. The tags of CDK, ``Tags.of(endpoint)``,
    reach the endpoint, its configuration and model. All three are deleted with the stack.

    Args:
        scope: The construct in which it is declared, such as a stack.
        construct_id: The construct's id, unique in its scope.
        group: The group of the versions: a ``ModelPackageGroup``, its name, or the ARN of one in another account, which
            lists this account among its ``consumers``.
        instance_type: The type of the instances, such as "ml.m5.large"; or give ``serverless``.
        instance_count: The number of instances, at least 1. Default: 1.
        serverless: Capacity that scales with the requests, instead of instances.
        endpoint_name: The name: at most 44 letters, digits and '-', unique in the account and region. A change creates
            a new endpoint before the old one is deleted. Default: the construct's path.
        capture: What is kept of requests and answers. Default: nothing.
        deployment: How a new version takes over. Default: the service's, all requests at once.
        reads: Where the models are, each a place in S3 or its URI. What pipelines of this app register in the group is
            known, and needs no entry. The pull of a private image is granted with
            ``repository.grant_pull(endpoint.role)``.
        role: The role of the models' containers. Default: a new one with exactly what they need.
        vpc: The VPC that the containers join. Default: none of yours.
        vpc_subnets: The subnets of ``vpc`` to use. Default: the private ones.
        security_groups: The security groups. Default: a new one that allows all outbound and no inbound traffic.
        enable_network_isolation: Whether the containers are cut off from every network.
        volume_kms_key: The KMS key of the instances' volumes. Default: the service's own.
        approvals: The event bus that has the approvals, for a group of another account: the ``ApprovalBus`` to which it
            forwards them. Default: the bus that this account has.
        dead_letter_queue: The queue for events that could not be dealt with. Default: a new standard queue, which keeps
            them for 14 days.

    Raises:
        PipelineError: What the service does not take, or a group that cannot be served here.

    API: [CreateEndpoint](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpoint.html),
    [UpdateEndpoint](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateEndpoint.html).
    Source: [Deploy a model from the registry](https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-deploy.html).
    """

    @by_name
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        group: ModelPackageGroup | sagemaker.CfnModelPackageGroup | str,
        instance_type: str | None = None,
        instance_count: int | None = None,
        serverless: ServerlessInference | None = None,
        endpoint_name: str | None = None,
        capture: DataCapture | None = None,
        deployment: EndpointDeployment | None = None,
        reads: Sequence[S3Location | str] = (),
        role: iam.IRole | None = None,
        vpc: ec2.IVpc | None = None,
        vpc_subnets: ec2.SubnetSelection | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] | None = None,
        enable_network_isolation: bool = False,
        volume_kms_key: kms.IKey | None = None,
        approvals: ApprovalBus | events.IEventBus | None = None,
        dead_letter_queue: sqs.IQueue | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        removing(self)
        try:
            self._name = self._named(endpoint_name)
            work = Workplace(self, self._name, lambda: S3Location.from_uri("s3://"))
            served = ServedGroup(group, approvals, work)
            of_type(enable_network_isolation, bool, "enable_network_isolation", "True or False", optional=False)
            of_type(capture, DataCapture, "capture", "DataCapture(...)")
            of_type(deployment, EndpointDeployment, "deployment", "EndpointDeployment.canary(...) or the like")
            runs_on = variant(instance_type, instance_count, serverless)
            places = _places(reads, work)
            if served.made_here is None and not places:
                raise PipelineError(f"reads is needed: {_UNKNOWN_DATA}")
            network = vpc_config(self, vpc, vpc_subnets, security_groups)
            captured = None if capture is None else capture.to_json(work)
            volume_key = kms_key(volume_kms_key, "volume_kms_key")
            rollback = {} if deployment is None else deployment.to_json()
            if serverless is not None:
                refuse_beside_serverless(
                    capture=captured, vpc=network, enable_network_isolation=enable_network_isolation,
                    volume_kms_key=volume_key, deployment=rollback,
                )  # fmt: skip
            self._wildcards = Wildcards()
            self._containers = ContainerRole(self, role, work, self._wildcards)
            model = {
                "ExecutionRoleArn": self.role.role_arn,
                "VpcConfig": network,
                "EnableNetworkIsolation": True if enable_network_isolation else None,
            }
            settings = {
                "EndpointName": self._name,
                "ModelPackageGroupName": served.name,
                "Model": given(model),
                "Variant": runs_on,
                "Config": given({"KmsKeyId": volume_key, "DataCaptureConfig": captured}),
                "Deployment": rollback,
            }
            refuse(settings)
            own = {"Reads": places, "VpcConfig": network, "DataCaptureConfig": captured, "Alarms": alarms_of(rollback)}
            self._containers.grant(hosted.of_models(self._name, given(own), work.environment()))
            self._deploying = Deploying(self, settings, served, self.role, volume_key, work, dead_letter_queue)
        except PipelineError as error:
            raise PipelineError(f"ModelEndpoint '{self.node.path}': {error}") from None
        role_of_function = self._deploying.function.role or self._deploying.function
        self._wildcards.granted(role_of_function, self._deploying.permissions, work.environment())
        self._capture = capture
        self._instance_type = instance_type
        self._data_is_known = bool(places)
        if served.made_here is not None:
            served.made_here._is_served_by(self._take)
        self.node.add_validation(Validation(self._validate))

    @property
    def endpoint_name(self) -> str:
        """The name of the endpoint, which callers give to ``InvokeEndpoint``."""
        return self._name

    @property
    def endpoint_arn(self) -> str:
        """The ARN of the endpoint, by its name."""
        return self._arns()[0]

    @property
    def role(self) -> iam.IRole:
        """The role of the models' containers, given or created."""
        return self._containers.role

    @property
    def dead_letter_queue(self) -> sqs.IQueue:
        """The queue for events that could not be dealt with, given or created; put an alarm on it."""
        return self._deploying.queue

    @property
    def grants(self) -> EndpointGrants:
        """Grants others permissions on this endpoint."""
        return EndpointGrants(self._arns())

    @by_name
    def grant_invoke(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allows the grantee to send requests to the endpoint; the same as ``grants.invoke``.

        Args:
            grantee: The principal: a role, a user, a function or anything else of CDK that has permissions.

        Raises:
            PipelineError: Not a grantee.
        """
        return self.grants.invoke(grantee)

    def metric(self, metric_name: str, **options: Any) -> cloudwatch.Metric:
        """A metric of the endpoint, by the name that SageMaker publishes it under, such as for alarms that roll back.

        Args:
            metric_name: The service's name of the metric, such as ``Invocation5XXErrors`` or ``ModelLatency``.
            **options: CDK's ``MetricOptions``, such as ``period``, ``statistic`` and ``label``.

        Source: [Endpoint invocation metrics](https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html#cloudwatch-metrics-endpoint-invocation).
        """
        dimensions = {"EndpointName": self._name, "VariantName": VARIANT}
        given = {"namespace": "AWS/SageMaker", "dimensions_map": dimensions, **options}
        return cdk.aws_cloudwatch.Metric(metric_name=metric_name, **given).attach_to(self)

    def acknowledge_wildcards(self) -> None:
        """Acknowledges, for cdk-nag, each wildcard in the policies of the endpoint's roles, with its reason.

        It needs aws-cdk-lib 2.269.

        Raises:
            PipelineError: An older aws-cdk-lib.
        """
        self._wildcards.explain()

    # -- parts

    def _named(self, given: Any) -> str:
        if given is None:
            return cdk.Names.unique_resource_name(self, max_length=LONGEST_NAME, separator="-")
        name = literal(given, "endpoint_name")
        if not has_string_token(name) and not _NAME.fullmatch(name):
            allowed = f"letters, digits and '-' between them, at most {LONGEST_NAME}"
            raise PipelineError(f"endpoint_name: the name {shown(name)} must have {allowed}")
        return name

    def _arns(self) -> list[str]:
        names = [self._name] if has_string_token(self._name) else dict.fromkeys([self._name, self._name.lower()])
        stack = Stack.of(self)
        return [stack.format_arn(service="sagemaker", resource="endpoint", resource_name=name) for name in names]

    def _take(self, permissions: Sequence[Permission]) -> None:
        """Lets the containers use what a step of the app registers in the group; called at synth."""
        self._data_is_known = True
        self._containers.grant(permissions)

    def _validate(self) -> list[str]:
        self._wildcards.once_more()
        faults = [] if self._data_is_known else [f"reads is needed: {_UNKNOWN_DATA}"]
        if self._instance_type is not None:
            faults += refused_type(self._instance_type, self.node.path, self.node.root)
        return [f"ModelEndpoint '{self.node.path}': {fault}" for fault in [*faults, *self._deploying.faults()]]


def _places(reads: Any, work: Workplace) -> list[str]:
    """The URIs of the places."""
    return [
        literal(s3_uri(one, f"reads[{number}]", work), f"reads[{number}]")
        for number, one in enumerate(items(reads, "reads"))
    ]
