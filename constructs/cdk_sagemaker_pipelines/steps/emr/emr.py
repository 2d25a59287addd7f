"""A step that runs on an EMR cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...assets import S3Location, Script
from ...language import Expression, PipelineError, Rendering, StringLike
from ...language.keyword_options import GivenOnce, by_name
from ...language.no_value import NoValue
from ...properties.emr import EMRProperties
from ..base.data_access import declare_data_access, place_text
from ..base.field_checks import TextLike, TextOrPlace, entries, items, member, of_type, shown, text
from ..base.overriding import merged, shape_at
from ..base.request import RunsJobStep
from ..base.scope import TagsOf
from ..base.step import without_none
from .cluster import EmrCluster, script_uri
from .instances import Instances, Nodes
from .network_and_roles import TAG, TAGGED, EmrNetwork, EmrRoles

if TYPE_CHECKING:
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_iam as iam

    from ...iam.trust import Trust
    from ...language import CacheConfig, RetryPolicy
    from ..base.scope import Dependable, StepScope

OF_THE_SERVICE = ("Name", "Steps", "AutoTerminationPolicy")
"""Members that the service sets itself when it creates a cluster, or rejects."""
INSTANCES_OF_THE_SERVICE = ("KeepJobFlowAliveWhenNoSteps", "TerminationProtected")
COMMAND_RUNNER = "command-runner.jar"
"""EMR's program that runs its arguments as a command."""


class ClusterConfig(GivenOnce, NoValue):
    """An EMR cluster that is created for a step and terminated after it; steps never share it.

    ```python
    ClusterConfig(
        release_label="emr-7.10.0", vpc=vpc, primary=EmrInstanceGroup(instance_type="m5.xlarge"),
        core=EmrInstanceGroup(instance_type="m5.xlarge", instance_count=2), logs=S3Location(bucket, "emr/"),
    )
    ```

    Args:
        release_label: The release of EMR, such as "emr-7.10.0".
        primary: The primary node or nodes, an ``EmrInstanceGroup`` or an ``EmrInstanceFleet``, like the others.
        core: The core nodes, which run tasks and store data. Default: none.
        tasks: More nodes, which only run tasks. Default: none.
        applications: The applications to install, such as "Spark" and "Hive".
        configurations: The properties of applications by classification, such as
            ``{"spark": {"maximizeResourceAllocation": "true"}}``.
        bootstrap_actions: Scripts that run on every node, by name: a ``Script`` (run by what its first line says), an
            ``S3Location`` or a URI.
        vpc: The VPC of the nodes. Default: the account's default VPC.
        vpc_subnets: The subnets of the nodes. Default: the private ones with egress.
        service_role: The role that EMR assumes, or its name; only with ``instance_profile``. Default: a new one, with
            exactly the permissions needed.
        instance_profile: The instance profile of the nodes, or its name; only with ``service_role``. Default: a new
            one, with exactly the permissions needed.
        auto_scaling_role: A role or its name, for automatic scaling with policies of your own.
        logs: Where the logs go. Default: no logs are kept.
        security_configuration: The name of an existing security configuration, which says what is encrypted. Default:
            none.
        key_pair: The name of an EC2 key pair, for logins. Default: nobody can log in.
        tags: The tags of the cluster by name, in addition to CDK's tags on the pipeline.
        members: More members of the API's request, in its own PascalCase names, merged in.

    Raises:
        PipelineError: An option that EMR or the library does not take.

    API: [RunJobFlow](https://docs.aws.amazon.com/emr/latest/APIReference/API_RunJobFlow.html).
    """

    @by_name
    def __init__(
        self,
        *,
        release_label: StringLike,
        primary: Instances,
        core: Instances | None = None,
        tasks: Sequence[Instances] = (),
        applications: Sequence[str] = ("Spark",),
        configurations: Mapping[str, Mapping[str, TextOrPlace]] | None = None,
        bootstrap_actions: Mapping[str, Script | S3Location | str] | None = None,
        vpc: ec2.IVpc | None = None,
        vpc_subnets: ec2.SubnetSelection | None = None,
        service_role: iam.IRole | str | None = None,
        instance_profile: iam.IInstanceProfile | str | None = None,
        auto_scaling_role: iam.IRole | str | None = None,
        logs: S3Location | StringLike | None = None,
        security_configuration: StringLike | None = None,
        key_pair: str | None = None,
        tags: Mapping[str, str] | None = None,
        members: Mapping[str, Any] | None = None,
    ) -> None:
        self.nodes = Nodes.checked(primary, core, tasks)
        """The checked nodes of the cluster: all groups, or all fleets."""
        self.release_label = release_label
        what = "ClusterConfig: applications"
        self.applications = [text(one, f"{what}[{index}]") for index, one in enumerate(items(applications, what))]
        self.configurations = dict(entries(configurations, "ClusterConfig: configurations"))
        self.bootstrap_actions = dict(entries(bootstrap_actions, "ClusterConfig: bootstrap_actions"))
        self.vpc, self.vpc_subnets = vpc, vpc_subnets
        self.service_role = service_role
        self.instance_profile = instance_profile
        self.auto_scaling_role = auto_scaling_role
        self.logs = logs
        self.security_configuration = security_configuration
        self.key_pair = key_pair
        given = entries(tags, "ClusterConfig: tags")
        self.tags = {name: text(value, f"ClusterConfig: tags[{name!r}]") for name, value in given.items()}
        self.members = dict(entries(members, "ClusterConfig: members"))
        if (service_role is None) != (instance_profile is None):
            raise PipelineError("ClusterConfig: service_role and instance_profile must be given together")
        if vpc is None and vpc_subnets is not None:
            raise PipelineError("ClusterConfig: vpc_subnets needs vpc too")


class EMRStep(RunsJobStep):
    """Runs a step on an EMR cluster: an existing one, one of the stack, or one created for the step.

    ```python
    count = EMRStep(
        pipeline, "Count", cluster=cluster,
        args=["spark-submit", "--deploy-mode", "cluster", Script("jobs/count.py"), S3Location(data, "raw/")],
    )
    ```

    Give exactly one of ``cluster_id``, ``cluster`` and ``cluster_config``. A step that the service retries is a new
    step on the same cluster; retries are for 'Step.' exceptions only.

    API: [AddJobFlowSteps](https://docs.aws.amazon.com/emr/latest/APIReference/API_AddJobFlowSteps.html),
    [RunJobFlow](https://docs.aws.amazon.com/emr/latest/APIReference/API_RunJobFlow.html).
    Source: [EMR step](https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-emr).
    """

    type = "EMR"
    _taggable = False

    cluster_id: StringLike | None = None
    """The id of an existing cluster, such as "j-1ABCDEFGHIJKL".

    For one that is only given by an expression, no permissions can be derived: grant them to ``pipeline.role``.
    """
    cluster: EmrCluster | None = None
    """A cluster that the app creates, an ``EmrCluster``."""
    cluster_config: ClusterConfig | Mapping[str, Any] | None = None
    """A cluster to create: a ``ClusterConfig``, or the request of ``RunJobFlow`` in its own PascalCase names."""
    jar: StringLike | S3Location = COMMAND_RUNNER
    """The program. Default: EMR's own, which runs ``args`` as a command. One in S3 is read with the step's role."""
    args: Sequence[TextLike | S3Location | Script] = ()
    """The program's arguments. A ``Script`` is uploaded to S3; it and an ``S3Location`` are passed as URIs."""
    main_class: StringLike | None = None
    """The class in the jar to run. Default: the jar's main class."""
    java_properties: Mapping[str, TextOrPlace] | None = None
    """Java properties to set when the step runs."""
    execution_role: iam.IRole | None = None
    """The runtime role of this step, for Spark and Hive. Default: the role of the cluster's instances.

    The cluster must have ``runtime_roles``, and the role must trust its instances, which ``cluster`` takes care of.
    """
    reads: Sequence[S3Location | StringLike] = ()
    """What the step's role may read, which is ``execution_role`` or else that of the instances: each a location or a
    URI in S3."""
    writes: Sequence[S3Location | StringLike] = ()
    """Where the step's role may list, read, write and delete: each a location or a URI in S3."""

    if TYPE_CHECKING:  # `make generate` writes this from the fields

        def __init__(
            self,
            scope: StepScope,
            construct_id: str,
            *,
            cluster_id: StringLike | None = None,
            cluster: EmrCluster | None = None,
            cluster_config: ClusterConfig | Mapping[str, Any] | None = None,
            jar: StringLike | S3Location = "command-runner.jar",
            args: Sequence[TextLike | S3Location | Script] = (),
            main_class: StringLike | None = None,
            java_properties: Mapping[str, TextOrPlace] | None = None,
            execution_role: iam.IRole | None = None,
            reads: Sequence[S3Location | StringLike] = (),
            writes: Sequence[S3Location | StringLike] = (),
            cache: CacheConfig | None = None,
            retry_policies: Sequence[RetryPolicy] | None = None,
            overrides: Mapping[str, Any] | None = None,
            trust: Trust | None = None,
            step_name: str | None = None,
            display_name: str | None = None,
            description: str | None = None,
            depends_on: Sequence[Dependable] = (),
        ) -> None:
            """Runs a step on an EMR cluster: an existing one, one of the stack, or one created for the step.

            :param scope: The pipeline, group, branch of a condition or body of a for-each in which it is declared.
            :param construct_id: The construct's id, unique in its scope; the step's name unless there is ``step_name``.
            :param cluster_id: The id of an existing cluster, such as "j-1ABCDEFGHIJKL".
            :param cluster: A cluster that the app creates, an ``EmrCluster``.
            :param cluster_config: A cluster to create: a ``ClusterConfig``, or the request of ``RunJobFlow`` in its own
                PascalCase names.
            :param jar: The program. Default: EMR's own, which runs ``args`` as a command. One in S3 is read with the
                step's role.
            :param args: The program's arguments. A ``Script`` is uploaded to S3; it and an ``S3Location`` are passed as
                URIs.
            :param main_class: The class in the jar to run. Default: the jar's main class.
            :param java_properties: Java properties to set when the step runs.
            :param execution_role: The runtime role of this step, for Spark and Hive. Default: the role of the cluster's
                instances.
            :param reads: What the step's role may read, which is ``execution_role`` or else that of the instances: each
                a location or a URI in S3.
            :param writes: Where the step's role may list, read, write and delete: each a location or a URI in S3.
            :param cache: How old the results of the same arguments may be to be reused. Default: the pipeline's
                ``cache``.
            :param retry_policies: When a failed request is sent again, and how often. Default: those of the pipeline
                that the step supports.
            :param overrides: More members of the API's request, in its own names, merged into the arguments; None
                removes an entry.
            :param trust: The roles, buckets and accounts of others that ``overrides`` may name. Default: none.
            :param step_name: The name in the pipeline: 1 to 64 letters, digits, '-' and '_', unique in the pipeline.
            :param display_name: The name shown in Studio, at most 256 characters.
            :param description: The description shown in Studio, at most 3072 characters.
            :param depends_on: Steps and groups of steps to wait for; those that it reads data of need no entry.
            """

    def bind(self) -> None:
        super().bind()
        ways = [way for way in (self.cluster_id, self.cluster, self.cluster_config) if way is not None]
        if len(ways) != 1:
            raise PipelineError("give exactly one of cluster_id, cluster and cluster_config")
        of_type(self.cluster, EmrCluster, "cluster", "an EmrCluster")
        if self.cluster_id is not None:
            text(self.cluster_id, "cluster_id")
        self._config: dict[str, Any] | None = None
        self._instance_role: iam.IRole | None = self.cluster.instance_role if self.cluster else None
        self._owns_role = False
        self._network: EmrNetwork | None = None
        if self.cluster_config is not None:
            if self.execution_role is not None:
                raise PipelineError(
                    "execution_role: a cluster that the step creates has no runtime roles; give its instances what the "
                    "step needs, or use cluster or cluster_id"
                )
            self._config = self._request(self.cluster_config)
        if self.execution_role is not None:
            member(self.execution_role, "role_arn", "execution_role", "a role such as iam.Role.from_role_arn(...)")
            if self.cluster is not None:
                self.cluster._check_runtime_roles()
        self._step = self._hadoop_step()

    def _finish(self) -> None:
        super()._finish()
        if self._network is not None:
            self._network.tag_subnets()
        if self.cluster is not None and self.execution_role is not None:
            self.cluster.add_runtime_role(self.execution_role)

    @property
    def properties(self) -> EMRProperties:
        """EMR's description of the step, as expressions."""
        return EMRProperties(self.name, ())

    def arguments(self) -> dict[str, Any]:
        cluster = self.cluster.cluster_id if self.cluster else self.cluster_id
        return {
            "StepConfig": {"HadoopJarStep": self._step},
            "ClusterId": None if cluster is None else text(cluster, "cluster_id"),
            "ExecutionRoleArn": self.execution_role and self.host.workplace.role_arn(self.execution_role),
            "ClusterConfig": self._config,
        }

    def _render_arguments(self, rendering: Rendering, tags: TagsOf) -> dict[str, Any]:
        rendered = super()._render_arguments(rendering, tags)
        config = rendered.get("ClusterConfig")
        if isinstance(config, dict) and (given := tags(self)):
            own = config.get("Tags") or []
            said = {tag.get("Key") for tag in own}
            more = [{"Key": key, "Value": value} for key, value in given.items() if key not in said]
            rendered["ClusterConfig"] = {**config, "Tags": [*own, *more]}
        return rendered

    def _hadoop_step(self) -> dict[str, Any]:
        work = self.host.workplace
        scripts: list[str] = []
        args = [
            place_text(value, f"args[{index}]", self, f"Script{index}", scripts)
            for index, value in enumerate(items(self.args, "args"))
        ]
        role = self.execution_role or self._instance_role
        declare_data_access(
            self,
            role,
            reads=self.reads,
            writes=self.writes,
            scripts=scripts,
            own=self._owns_role,
            whose="execution_role or cluster",
        )
        properties = self._text_map(self.java_properties, "java_properties")
        return {
            "Jar": self.jar.bind(work) if isinstance(self.jar, S3Location) else text(self.jar, "jar"),
            "Args": args or None,
            "MainClass": None if self.main_class is None else text(self.main_class, "main_class"),
            "Properties": properties and [{"Key": key, "Value": value} for key, value in properties.items()],
        }

    # -- a cluster of its own

    def _request(self, given: Any) -> dict[str, Any]:
        of_type(given, (ClusterConfig, Mapping), "cluster_config", "ClusterConfig(...) or the request of RunJobFlow")
        request = self._own_cluster(given) if isinstance(given, ClusterConfig) else dict(given)
        for name in OF_THE_SERVICE:
            if name in request:
                raise PipelineError(f"cluster_config: {name!r} cannot be set for a cluster that the step creates")
        instances = request.get("Instances")
        if not isinstance(instances, Mapping):
            raise PipelineError(f"cluster_config: 'Instances' must be a dict, not {shown(instances)}")
        for name in INSTANCES_OF_THE_SERVICE:
            if name in instances:
                raise PipelineError(
                    f"cluster_config: 'Instances.{name}' cannot be set for a cluster that the step creates"
                )
        if ("InstanceGroups" in instances) == ("InstanceFleets" in instances):
            raise PipelineError("cluster_config: give exactly one of 'Instances.InstanceGroups' and 'InstanceFleets'")
        return request

    def _own_cluster(self, given: ClusterConfig) -> dict[str, Any]:
        work = self.host.workplace
        instances: dict[str, Any] = {**given.nodes.request(), "Ec2KeyName": given.key_pair}
        foreign: list[str] = []
        if given.vpc is not None:
            network = self._network = EmrNetwork(self, "Network", given.vpc, given.vpc_subnets)
            foreign = network.foreign_subnet_ids
            one = None if given.nodes.fleets else network.subnet_ids[0]
            several = network.subnet_ids if given.nodes.fleets else None
            instances |= {**network.security_groups, "Ec2SubnetId": one, "Ec2SubnetIds": several}
        tags = dict(given.tags)
        service_role, profile = _name(given.service_role, "role_name", "service_role"), given.instance_profile
        if service_role is None:
            roles = EmrRoles(self, "Roles", work.where, foreign)
            service_role, profile = roles.service_role.role_name, roles.instance_profile
            self._instance_role, self._owns_role = roles.instance_role, True
            self.host.deploy_after(roles)
            tags[TAG] = TAGGED
        elif not isinstance(profile, str):
            self._instance_role = member(profile, "role", "ClusterConfig: instance_profile", "a profile or its name")
        actions = []
        for number, (name, script) in enumerate(given.bootstrap_actions.items()):
            uri = script_uri(script, self.name, self, f"Bootstrap{number}", work, f"bootstrap_actions[{name!r}]")
            actions.append({"Name": name, "ScriptBootstrapAction": {"Path": uri}})
        request: dict[str, Any] = {
            "ReleaseLabel": given.release_label,
            "Applications": [{"Name": name} for name in given.applications],
            "Configurations": [
                {"Classification": name, "Properties": self._text_map(found, f"configurations[{name!r}]") or {}}
                for name, found in given.configurations.items()
            ],
            "BootstrapActions": actions,
            "Instances": without_none(instances),
            "ServiceRole": service_role,
            "JobFlowRole": _name(profile, "instance_profile_name", "instance_profile"),
            "AutoScalingRole": _name(given.auto_scaling_role, "role_name", "auto_scaling_role"),
            "LogUri": given.logs.bind(work) if isinstance(given.logs, S3Location) else given.logs,
            "SecurityConfiguration": given.security_configuration,
            "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
        }
        said = {key: value for key, value in request.items() if not isinstance(value, list) or value}
        shape = shape_at(self.type, "ClusterConfig")
        return merged(without_none(said), given.members, shape, "cluster_config: members")


def _name(given: Any, attribute: str, what: str) -> Any:
    """The name of a role or profile, which is given as a construct or by name. ``what``: the field, for messages."""
    if given is None or isinstance(given, (str, Expression)):
        return given
    return member(given, attribute, f"ClusterConfig: {what}", "a role or instance profile, or its name")
