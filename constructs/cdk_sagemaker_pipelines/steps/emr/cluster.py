"""A long-running EMR cluster for the steps of pipelines."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import aws_cdk as cdk
import jsii
from aws_cdk import Duration, Names, Tags
from constructs import Construct

from ...assets import S3Location, Script, Workplace
from ...iam.escaping import marked
from ...iam.needs import Needs
from ...iam.permissions import Permission
from ...language import Definition, PipelineError, StepView
from ...language.definition import VERSION
from ...language.field import Field
from ...language.keyword_options import GivenOnce, by_name
from ...language.no_value import NoValue
from ...undo import Whole, removing
from ..base.field_checks import entries, items, kms_key, literal, member, of_type, whole
from ..base.own_grants import own_grants
from ..base.step import without_none
from .instances import Instances, Nodes
from .network_and_roles import TAG, TAGGED, EmrNetwork, EmrRoles, allow

if TYPE_CHECKING:
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_s3 as s3

_USE_KEY = (
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)
_STEPS = (
    "elasticmapreduce:CancelSteps",
    "elasticmapreduce:DescribeCluster",
    "elasticmapreduce:DescribeStep",
    "elasticmapreduce:ListSteps",
)


@jsii.implements(cdk.aws_iam.IGrantable)
class EmrCluster(GivenOnce, NoValue, Construct, metaclass=Whole):
    """An EMR cluster that runs, and costs, until the stack is deleted, in private subnets, encrypted, with logs.

    ```python
    cluster = EmrCluster(
        self, "Cluster", release_label="emr-7.10.0", vpc=vpc, primary=EmrInstanceGroup(instance_type="m5.xlarge"),
        core=EmrInstanceGroup(instance_type="m5.xlarge", instance_count=2),
    )
    data.grant_read_write(cluster)
    EMRStep(pipeline, "Count", cluster=cluster, args=["spark-submit", Script("jobs/count.py")])
    ```

    Grants to the cluster go to its instances, and so to every step without a role of its own. The subnets must reach
    S3, through a gateway endpoint or NAT. Almost every change replaces the cluster; pipelines then get the new id.
    ``node.default_child`` is the resource.

    Args:
        scope: The construct in which it is declared, such as a stack.
        construct_id: The construct's id, unique in its scope.
        release_label: The release of EMR, such as "emr-7.10.0".
        primary: The primary node or nodes, an ``EmrInstanceGroup`` or an ``EmrInstanceFleet``, like the others.
        core: The core nodes, which run tasks and store data. Default: none.
        tasks: More nodes, which only run tasks. Default: none.
        applications: The applications to install, such as "Spark" and "Hive".
        configurations: The properties of applications by classification, such as
            ``{"spark": {"maximizeResourceAllocation": "true"}}``.
        bootstrap_actions: Scripts that run on every node, by name: a ``Script`` (run by what its first line says), an
            ``S3Location`` or a URI.
        vpc: The VPC of the nodes. Groups are in one subnet, fleets in whichever has room.
        vpc_subnets: The subnets of the nodes. Default: the private ones with egress. Those that the app creates are
            tagged for EMR.
        cluster_name: The name of the cluster. Default: the construct's path.
        logs: Where the logs go. Default: a new bucket, encrypted, private and retained.
        encryption_key: The KMS key of the nodes' disks. Default: a new one. Objects in S3 are encrypted with S3's own
            keys.
        certificates: The zip with PEM files for encryption in transit: one object, which the nodes may read. Default:
            no encryption between nodes.
        runtime_roles: Whether steps may have roles of their own (``execution_role``); only for Spark and Hive, from
            release 6.7 on, with one primary node.
        step_concurrency: How many steps run at once, 1 to 256.
        idle_timeout: When to terminate an idle cluster, 1 minute to 7 days. Pipelines that run later fail, since their
            cluster is gone. Default: never.
        key_pair: The name of an EC2 key pair, for logins. Default: nobody can log in.

    Raises:
        PipelineError: An option that EMR or the library does not take.

    CloudFormation: [AWS::EMR::Cluster](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-emr-cluster.html).
    Source: [Amazon EMR Management Guide](https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-what-is-emr.html).
    """

    roles: EmrRoles
    """The roles of the cluster: that of its instances, and the service role."""

    encryption_key: kms.IKey
    """The KMS key of the nodes' disks, given or created."""

    @by_name
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        release_label: str,
        vpc: ec2.IVpc,
        primary: Instances,
        core: Instances | None = None,
        tasks: Sequence[Instances] = (),
        applications: Sequence[str] = ("Spark",),
        vpc_subnets: ec2.SubnetSelection | None = None,
        cluster_name: str | None = None,
        configurations: Mapping[str, Mapping[str, str]] | None = None,
        bootstrap_actions: Mapping[str, Script | S3Location | str] | None = None,
        logs: S3Location | s3.IBucket | None = None,
        encryption_key: kms.IKey | None = None,
        certificates: S3Location | None = None,
        runtime_roles: bool = False,
        step_concurrency: int = 1,
        idle_timeout: Duration | None = None,
        key_pair: str | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        removing(self)
        try:
            nodes = Nodes.checked(primary, core, tasks)
            nodes.refuse_expressions()
            settings = _configurations(configurations)
            literal(release_label, "release_label")
            names = [literal(one, "applications: the name") for one in items(applications, "applications")]
            for what, text in (("cluster_name", cluster_name), ("key_pair", key_pair)):
                if text is not None:
                    literal(text, what)
            of_type(runtime_roles, bool, "runtime_roles", "True or False", optional=False)
            idle = _idle_seconds(idle_timeout)
            if runtime_roles:
                _check_runtime_roles(release_label, nodes)
            whole(step_concurrency, 1, 256, "step_concurrency")
            of_type(certificates, S3Location, "certificates", "S3Location(bucket, 'certificates.zip')")
            self._network = EmrNetwork(self, "Network", vpc, vpc_subnets)
            self._workplace = Workplace(self, construct_id, _no_artifacts)
            self.roles = EmrRoles(self, "Roles", self._workplace.where, self._network.foreign_subnet_ids)
            actions = self._bootstrap_actions(bootstrap_actions)
            log_uri = self._log_uri(logs)
            kms_key(encryption_key, "encryption_key")
            self.encryption_key = (
                cdk.aws_kms.Key(self, "Key", enable_key_rotation=True) if encryption_key is None else encryption_key
            )
            self._grant_key()
            self._runtime_roles = runtime_roles
            security = self._security_configuration(certificates)
            name = cluster_name or Names.unique_resource_name(self, max_length=256, separator="-")
        except PipelineError as error:
            raise PipelineError(f"EmrCluster '{self.node.path}': {error}") from None
        subnet_ids = self._network.subnet_ids
        instances = {
            **nodes.resource(),
            **self._network.security_groups,
            "Ec2SubnetId": None if nodes.fleets else subnet_ids[0],
            "Ec2SubnetIds": subnet_ids if nodes.fleets else None,
            "Ec2KeyName": key_pair,
            # otherwise it would terminate at once for lack of work
            "KeepJobFlowAliveWhenNoSteps": True,
        }
        self._resource = cdk.aws_emr.CfnCluster(
            self,
            "Resource",
            name=name,
            release_label=release_label,
            applications=_camel([{"Name": one} for one in names]),
            instances=_camel(without_none(instances)),
            job_flow_role=self.roles.instance_profile.instance_profile_name,
            service_role=self.roles.service_role.role_name,
            configurations=_camel(settings) or None,
            bootstrap_actions=_camel(actions) or None,
            log_uri=log_uri,
            security_configuration=security.ref,
            step_concurrency_level=step_concurrency,
            auto_termination_policy=None if idle is None else {"idleTimeout": idle},
            # unlike in the API, it would not be visible to others in the account by default
            visible_to_all_users=True,
        )
        Tags.of(self._resource).add(TAG, TAGGED)
        self._network.tag_subnets()
        # their policies as well, since EMR uses both at once
        self._resource.node.add_dependency(self.roles)

    @property
    def cluster_id(self) -> str:
        """The id of the cluster, such as j-1ABCDEFGHIJKL, as a token."""
        return self._resource.ref

    @property
    def cluster_arn(self) -> str:
        """The ARN of the cluster, as a token."""
        return self._workplace.where.arn("elasticmapreduce", f"cluster/{self.cluster_id}")

    @property
    def instance_role(self) -> iam.Role:
        """The role of the instances, and of every step without a role of its own."""
        return self.roles.instance_role

    @property
    @jsii.member(jsii_name="grantPrincipal")
    def grant_principal(self) -> iam.IPrincipal:
        """The role of the instances, for CDK's ``grant_`` methods."""
        return self.roles.instance_role

    def add_runtime_role(self, role: iam.IRole) -> None:
        """Allows steps to run with a role of their own; an ``EMRStep`` with an ``execution_role`` calls this itself.

        A role that CDK must not change must trust ``instance_role`` for ``sts:AssumeRole`` and ``sts:TagSession``.

        Args:
            role: The runtime role, which steps then assume.

        Raises:
            PipelineError: The cluster has no ``runtime_roles``.
        """
        self._check_runtime_roles()
        actions = ["sts:AssumeRole", "sts:TagSession"]
        allow(self.instance_role, [Permission(tuple(actions), (role.role_arn,))])
        trust = getattr(role, "assume_role_policy", None)
        if trust is not None:
            trust.add_statements(
                cdk.aws_iam.PolicyStatement(actions=actions, principals=[self.instance_role.grant_principal])
            )

    def _check_runtime_roles(self) -> None:
        """Raises ``PipelineError`` if steps cannot run with roles of their own."""
        if not self._runtime_roles:
            raise PipelineError(
                f"the steps of the cluster '{self.node.path}' share its role; give it runtime_roles=True"
            )

    def grant_add_steps(self, grantee: iam.IGrantable, *, execution_role: iam.IRole | None = None) -> iam.Grant:
        """Allows the grantee to add steps, to follow them, and to cancel them.

        Args:
            grantee: The principal: a role, a user, a function or anything else of CDK that has permissions.
            execution_role: The only runtime role that those steps may have. Default: any that the cluster's instances
                may assume.
        """
        grant = cdk.aws_iam.Grant
        only = (
            None
            if execution_role is None
            else {"StringEquals": {"elasticmapreduce:ExecutionRoleArn": execution_role.role_arn}}
        )
        adding = grant.add_to_principal(
            grantee=grantee,
            actions=["elasticmapreduce:AddJobFlowSteps"],
            resource_arns=[self.cluster_arn],
            conditions=only,
        )
        following = grant.add_to_principal(grantee=grantee, actions=list(_STEPS), resource_arns=[self.cluster_arn])
        return adding.combine(following)

    # -- what stands around it

    def _bootstrap_actions(self, given: Mapping[str, Any] | None) -> list[dict[str, Any]]:
        actions = []
        for number, (name, script) in enumerate(entries(given, "bootstrap_actions").items()):
            what = f"bootstrap_actions[{name!r}]"
            uri = script_uri(script, self.node.id, self, f"Bootstrap{number}", self._workplace, what)
            self._let_instances("read_object", uri, what)
            actions.append({"Name": name, "ScriptBootstrapAction": {"Path": uri}})
        return actions

    def _let_instances(self, do: Literal["read_object", "write"], uri: str, what: str) -> None:
        """Grants the instances access to a URI, in which wildcards are refused as in a definition."""
        # a definition without references, since what a cluster needs in S3 is known now
        nothing, step = Definition({"Version": VERSION, "Steps": []}), {"Name": self.node.id, "Type": "EMR"}
        need = Needs(nothing, StepView(step), marked(self._workplace.environment()))
        found = getattr(need, do)(Field(need.step, what, marked(uri)))
        allow(self.instance_role, own_grants(found, uri, what, cdk.Stack.of(self)))

    def _log_uri(self, given: S3Location | s3.IBucket | None) -> str:
        if given is not None and not isinstance(given, S3Location):
            member(given, "bucket_name", "logs", "an S3Location or a CDK bucket")
        bucket = (
            given
            if given is not None
            else cdk.aws_s3.Bucket(
                self,
                "Logs",
                block_public_access=cdk.aws_s3.BlockPublicAccess.BLOCK_ALL,
                encryption=cdk.aws_s3.BucketEncryption.S3_MANAGED,
                enforce_ssl=True,
            )
        )
        uri = (bucket if isinstance(bucket, S3Location) else S3Location(bucket)).bind(self._workplace)
        self._let_instances("write", literal(uri, "logs"), "logs")
        return uri if uri.endswith("/") else f"{uri}/"

    def _grant_key(self) -> None:
        key = self.encryption_key.key_arn
        own = Permission(_USE_KEY, (key,))
        # the disks are EC2's, which uses the key through a grant
        granted = Permission(("kms:CreateGrant",), (key,), {"Bool": {"kms:GrantIsForAWSResource": "true"}})
        allow(self.roles.instance_role, [own])
        allow(self.roles.service_role, [own, granted])

    def _security_configuration(self, certificates: S3Location | None) -> Any:
        encryption: dict[str, Any] = {
            "EnableAtRestEncryption": True,
            "AtRestEncryptionConfiguration": {
                "S3EncryptionConfiguration": {"EncryptionMode": "SSE-S3"},
                "LocalDiskEncryptionConfiguration": {
                    "EncryptionKeyProviderType": "AwsKms",
                    "AwsKmsKey": self.encryption_key.key_arn,
                    "EnableEbsEncryption": True,
                },
            },
            "EnableInTransitEncryption": certificates is not None,
        }
        if certificates is not None:
            uri = literal(certificates.bind(self._workplace), "certificates")
            self._let_instances("read_object", uri, "certificates")
            found = {"CertificateProviderType": "PEM", "S3Object": uri}
            encryption["InTransitEncryptionConfiguration"] = {"TLSCertificateConfiguration": found}
        settings: dict[str, Any] = {"EncryptionConfiguration": encryption}
        if self._runtime_roles:
            settings["AuthorizationConfiguration"] = {"IAMConfiguration": {"EnableApplicationScopedIAMRole": True}}
        return cdk.aws_emr.CfnSecurityConfiguration(self, "SecurityConfiguration", security_configuration=settings)


def script_uri(script: Any, step: str, scope: Construct, construct_id: str, workplace: Workplace, what: str) -> str:
    """The URI of a script for the nodes: staged for the step, or already in S3."""
    if isinstance(script, Script):
        return workplace.staged(step, script.stage(scope, construct_id)).uri
    if isinstance(script, S3Location):
        return literal(script.bind(workplace), what)
    return literal(script, what)


def _no_artifacts() -> S3Location:
    raise PipelineError("a cluster has no location for the outputs of steps")


def _idle_seconds(timeout: Any) -> int | None:
    of_type(timeout, Duration, "idle_timeout", "a Duration such as Duration.hours(1)")
    if timeout is None:
        return None
    found = int(timeout.to_seconds())
    if not 60 <= found <= 604_800:
        raise PipelineError(f"idle_timeout is {timeout.to_human_string()}; allowed are 1 minute to 7 days")
    return found


def _check_runtime_roles(release_label: str, nodes: Nodes) -> None:
    found = re.fullmatch(r"emr-(\d+)\.(\d+)\..*", release_label)
    if found is not None and (int(found[1]), int(found[2])) < (6, 7):
        raise PipelineError(f"runtime_roles need release emr-6.7.0 or newer, not {release_label!r}")
    if not nodes.fleets and nodes.primary.to_json()["InstanceCount"] == 3:
        raise PipelineError("runtime_roles cannot be used with three primary nodes")


def _configurations(given: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    settings = []
    for name, found in entries(given, "configurations").items():
        what = f"configurations[{name!r}]"
        properties = {key: literal(value, f"{what}[{key!r}]") for key, value in entries(found, what).items()}
        settings.append({"Classification": name, "ConfigurationProperties": properties})
    return settings


def _camel(value: Any) -> Any:
    """The names as CDK's L1 constructs expect them in plain dicts; names of the user's own properties stay."""
    if isinstance(value, list):
        return [_camel(item) for item in value]
    if isinstance(value, dict):
        return {
            name[0].lower() + name[1:].replace("GB", "Gb"): item if name == "ConfigurationProperties" else _camel(item)
            for name, item in value.items()
        }
    return value
