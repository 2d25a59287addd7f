"""A long-lived EMR Serverless application for the steps of pipelines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, get_args

import aws_cdk as cdk
from aws_cdk import Duration
from constructs import Construct

from ...language import PipelineError
from ...language.keyword_options import GivenOnce, by_name
from ...language.no_value import NoValue
from ...undo import Whole, removing
from ..base.field_checks import literal, of_type, one_of, whole
from ..base.network import vpc_config

if TYPE_CHECKING:
    from aws_cdk import aws_ec2 as ec2

Engine = Literal["SPARK", "HIVE"]
Architecture = Literal["ARM64", "X86_64"]


class EmrServerlessApplication(GivenOnce, NoValue, Construct, metaclass=Whole):
    """An EMR Serverless application that starts with a job and stops when idle, so that it only costs while jobs run.

    ```python
    spark = EmrServerlessApplication(
        self, "Spark", release_label="emr-7.10.0", maximum_cpu="64 vCPU", maximum_memory="256 GB"
    )
    EMRServerlessStep(pipeline, "Count", application=spark, driver=SparkSubmit(Script("jobs/count.py")))
    ```

    ``node.default_child`` is the resource.

    Args:
        scope: The construct in which it is declared, such as a stack.
        construct_id: The construct's id, unique in its scope.
        release_label: The release of EMR, such as "emr-7.10.0".
        engine: The engine: "SPARK" or "HIVE". A change replaces the application.
        name: The name of the application. Default: the construct's path.
        maximum_cpu: How much CPU all its jobs may use, and so cost, at once, such as "64 vCPU"; only with
            ``maximum_memory``. Default: the account's quota.
        maximum_memory: How much memory all its jobs may use at once, such as "256 GB"; only with ``maximum_cpu``.
            Default: the account's quota.
        maximum_disk: How much disk all its jobs may use at once, such as "1000 GB". Default: the account's quota.
        idle_timeout: When to stop an idle application, 1 minute to 7 days. Default: 15 minutes.
        max_concurrent_runs: How many jobs run at once, 1 to 1000; others wait. From release 7.0 on. Default: jobs start
            until the maximum is reached, then they fail.
        queue_timeout: How long a job waits for others, 15 minutes to 12 hours; only with ``max_concurrent_runs``.
        architecture: The architecture of the processors: "X86_64" or "ARM64". Default: X86_64.
        vpc: The VPC for jobs that need access to a network. Default: none of yours; S3 can be reached anyway.
        vpc_subnets: The subnets to use. Default: the private ones of ``vpc``.
        security_groups: The security groups of the jobs. Default: a new one, if there is a VPC.

    Raises:
        PipelineError: An option that EMR Serverless or the library does not take.

    CloudFormation: [AWS::EMRServerless::Application](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-emrserverless-application.html).
    """

    @by_name
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        release_label: str,
        engine: Engine = "SPARK",
        name: str | None = None,
        maximum_cpu: str | None = None,
        maximum_memory: str | None = None,
        maximum_disk: str | None = None,
        idle_timeout: Duration | None = None,
        max_concurrent_runs: int | None = None,
        queue_timeout: Duration | None = None,
        architecture: Architecture | None = None,
        vpc: ec2.IVpc | None = None,
        vpc_subnets: ec2.SubnetSelection | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        removing(self)
        try:
            literal(release_label, "release_label")
            if name is not None:
                literal(name, "name")
            one_of(engine, get_args(Engine), "engine")
            if architecture is not None:
                one_of(architecture, get_args(Architecture), "architecture")
            capacity = _capacity(maximum_cpu, maximum_memory, maximum_disk)
            idle = _minutes(Duration.minutes(15) if idle_timeout is None else idle_timeout, 1, 10_080, "idle_timeout")
            scheduler = _scheduler(max_concurrent_runs, queue_timeout)
            network = vpc_config(self, vpc, vpc_subnets, security_groups)
        except PipelineError as error:
            raise PipelineError(f"EmrServerlessApplication '{self.node.path}': {error}") from None
        application = cdk.aws_emrserverless.CfnApplication
        self._resource = application(
            self,
            "Resource",
            release_label=release_label,
            type=engine,
            name=name or cdk.Names.unique_resource_name(self, max_length=64, separator="-"),
            architecture=architecture,
            auto_start_configuration=application.AutoStartConfigurationProperty(enabled=True),
            auto_stop_configuration=application.AutoStopConfigurationProperty(enabled=True, idle_timeout_minutes=idle),
            maximum_capacity=capacity and application.MaximumAllowedResourcesProperty(**capacity),
            scheduler_configuration=scheduler and application.SchedulerConfigurationProperty(**scheduler),
            network_configuration=network
            and application.NetworkConfigurationProperty(
                security_group_ids=network["SecurityGroupIds"], subnet_ids=network["Subnets"]
            ),
        )

    @property
    def application_id(self) -> str:
        """The id of the application, as a token."""
        return self._resource.attr_application_id

    @property
    def application_arn(self) -> str:
        """The ARN of the application, as a token."""
        return self._resource.attr_arn


def _capacity(cpu: str | None, memory: str | None, disk: str | None) -> dict[str, Any] | None:
    if (cpu is None) != (memory is None):
        raise PipelineError("maximum_cpu and maximum_memory must be given together")
    if cpu is None and disk is not None:
        raise PipelineError("maximum_disk needs maximum_cpu and maximum_memory too")
    given = {"cpu": cpu, "memory": memory, "disk": disk}
    found = {what: literal(value, f"maximum_{what}") for what, value in given.items() if value is not None}
    return found or None


def _scheduler(runs: int | None, timeout: Duration | None) -> dict[str, Any] | None:
    if runs is None:
        if timeout is not None:
            raise PipelineError("queue_timeout needs max_concurrent_runs, since there is no queue without it")
        return None
    whole(runs, 1, 1000, "max_concurrent_runs")
    queue = None if timeout is None else _minutes(timeout, 15, 720, "queue_timeout")
    return {"max_concurrent_runs": runs, **({"queue_timeout_minutes": queue} if queue is not None else {})}


def _minutes(timeout: Any, least: int, most: int, what: str) -> int:
    of_type(timeout, Duration, what, "a Duration such as Duration.minutes(30)")
    found = timeout.to_minutes(integral=False)
    if found != int(found) or not least <= found <= most:
        raise PipelineError(f"{what} is {timeout.to_human_string()}; allowed are {least} to {most} whole minutes")
    return int(found)
