"""A schedule on which an endpoint is monitored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from aws_cdk import Duration
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from ..assets import Image, S3Location, Workplace
from ..iam import monitored
from ..language import PipelineError
from ..language.keyword_options import GivenOnce, by_name
from ..language.no_value import NoValue
from ..properties.service_model import Model
from ..steps.base.field_checks import kms_key, literal, of_type, s3_uri, whole
from ..steps.base.network import vpc_config
from ..synthesis.cdk_hooks import Validation
from ..team.applied import refused_type
from ..undo import Whole, removing
from .captured import what_is_captured
from .container_role import ContainerRole
from .cron import expression
from .job_definition import LONGEST_NAME, job_definition
from .model_endpoint import ModelEndpoint
from .monitors import Monitor
from .settings import given
from .wildcards import Wildcards

if TYPE_CHECKING:
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_events as events
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_kms as kms

_INPUT, _OUTPUT = "/opt/ml/processing/input/endpoint", "/opt/ml/processing/output"


class MonitoringSchedule(GivenOnce, NoValue, Construct, metaclass=Whole):
    """Monitors an endpoint on a schedule: a job of Model Monitor or of Clarify looks at what the endpoint captured.

    ```python
    MonitoringSchedule(
        self, "DataQuality", endpoint="age", captured=S3Location(data, "captured/"),
        monitor=DataQualityMonitor(constraints=S3Location(data, "baseline/constraints.json")),
        schedule=cdk.aws_events.Schedule.rate(Duration.hours(1)), output=S3Location(data, "reports/"),
        instance_type="ml.m5.xlarge",
    )
    ```

    SageMaker looks for the endpoint, and whether it captures, when the schedule is created: deploy the schedule of a
    ``ModelEndpoint`` once that is in service. Model Monitor and Clarify are closed to new customers.

    Args:
        scope: The construct in which it is declared, such as a stack.
        construct_id: The construct's id, unique in its scope.
        endpoint: The endpoint: a ``ModelEndpoint`` with ``capture``, or the name of another one.
        monitor: What is looked at: a ``DataQualityMonitor``, ``ModelQualityMonitor``, ``ModelBiasMonitor`` or
            ``ExplainabilityMonitor``.
        schedule: When: CDK's ``events.Schedule``, which SageMaker limits to full hours of UTC, each hour, each day, or
            every so many hours. A run may begin 20 minutes later.
        output: Where the reports go in S3.
        instance_type: The type of the instances, such as "ml.m5.xlarge".
        instance_count: The number of instances, 1 to 100.
        volume_size_in_gb: The size of the storage of each instance, in GB, 1 to 16384.
        max_runtime: How long a job may run, up to 1 day; of an hourly schedule it is best below an hour. Default: the
            service's.
        captured: Where the endpoint captures, with an endpoint that is given by name.
        captured_kms_key: The key of what is captured, with an endpoint that is given by name. Default: the bucket's.
        publish_metrics: Whether the jobs publish metrics to CloudWatch.
        image: The image of the jobs. Default: AWS's own, from its account in the region.
        role: The role of the jobs. Default: a new one with exactly what they need.
        vpc: The VPC that the instances join. Default: none of yours.
        vpc_subnets: The subnets of ``vpc`` to use. Default: the private ones.
        security_groups: The security groups. Default: a new one that allows all outbound and no inbound traffic.
        encrypt_inter_container_traffic: Whether traffic between the instances is encrypted.
        output_kms_key: The KMS key of the reports. Default: what the bucket says.
        volume_kms_key: The KMS key of the instances' storage. Default: the service's own.

    Raises:
        PipelineError: What SageMaker does not take, a ``ModelEndpoint`` that captures nothing, or a baseline without a
            place of its own.

    CloudFormation: [AWS::SageMaker::MonitoringSchedule](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-monitoringschedule.html).
    Source: [Schedule monitoring jobs](https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-scheduling.html).
    """

    @by_name
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        endpoint: ModelEndpoint | str,
        monitor: Monitor,
        schedule: events.Schedule,
        output: S3Location | str,
        instance_type: str,
        instance_count: int = 1,
        volume_size_in_gb: int = 20,
        max_runtime: Duration | None = None,
        captured: S3Location | str | None = None,
        captured_kms_key: kms.IKey | None = None,
        publish_metrics: bool = True,
        image: Image | None = None,
        role: iam.IRole | None = None,
        vpc: ec2.IVpc | None = None,
        vpc_subnets: ec2.SubnetSelection | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] | None = None,
        encrypt_inter_container_traffic: bool = False,
        output_kms_key: kms.IKey | None = None,
        volume_kms_key: kms.IKey | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        removing(self)
        self._name = cdk.Names.unique_resource_name(self, max_length=LONGEST_NAME, separator="-").lower()
        try:
            work = Workplace(self, self._name, lambda: S3Location.from_uri("s3://"))
            of_type(monitor, Monitor, "monitor", "a DataQualityMonitor(...) or another monitor", optional=False)
            of_type(image, Image, "image", "an Image such as Image.from_uri('...')")
            cron = expression(schedule)
            name, place, key_of_captured = what_is_captured(endpoint, monitor, captured, captured_kms_key, work)
            for finding in Model().check_scalar("ProcessingInstanceType", literal(instance_type, "instance_type")):
                raise PipelineError(f"instance_type: {finding.text}")
            whole(instance_count, 1, 100, "instance_count")
            whole(volume_size_in_gb, 1, 16_384, "volume_size_in_gb")
            places, baseline = monitor._places(work), monitor._baseline(work)
            reports = literal(s3_uri(output, "output", work), "output")
            keys = {
                "output": kms_key(output_kms_key, "output_kms_key"),
                "volume": kms_key(volume_kms_key, "volume_kms_key"),
            }
            network = vpc_config(self, vpc, vpc_subnets, security_groups, several=instance_count > 1)
            uri = str((image or Image.framework(*monitor._image)).bind(self, work, "processing", instance_type))
            environment = {"publish_cloudwatch_metrics": "Enabled" if publish_metrics else "Disabled"}
            cluster = {
                "InstanceType": instance_type,
                "InstanceCount": instance_count,
                "VolumeSizeInGB": volume_size_in_gb,
                "VolumeKmsKeyId": keys["volume"],
            }
            truth = places.get("ground_truth")
            source = {"EndpointName": name, "LocalPath": _INPUT, **monitor._input()}
            files = {f"{what.title()}Resource": {"S3Uri": file} for what, file in baseline.items()}
            report = {"S3Uri": reports, "LocalPath": _OUTPUT, "S3UploadMode": "EndOfJob"}
            isolation = {
                "VpcConfig": network,
                "EnableInterContainerTrafficEncryption": True if encrypt_inter_container_traffic else None,
            }
            seconds = None if max_runtime is None else _runtime(max_runtime)
            self._wildcards = Wildcards()
            self._jobs = ContainerRole(self, role, work, self._wildcards, whose="monitoring jobs")
            kind = monitor._kind
            definition = {
                f"{kind}AppSpecification": {"ImageUri": uri, "Environment": environment, **monitor._app(places)},
                f"{kind}BaselineConfig": files or None,
                f"{kind}JobInput": given(
                    {"EndpointInput": source, "GroundTruthS3Input": None if truth is None else {"S3Uri": truth}}
                ),
                f"{kind}JobOutputConfig": given(
                    {"MonitoringOutputs": [{"S3Output": report}], "KmsKeyId": keys["output"]}
                ),
                "JobResources": {"ClusterConfig": given(cluster)},
                "NetworkConfig": given(isolation) or None,
                "StoppingCondition": None if seconds is None else {"MaxRuntimeInSeconds": seconds},
            }
            own = {
                "Captured": place,
                "CaptureKmsKeyId": key_of_captured,
                "Reads": [*places.values(), *baseline.values()],
                "Output": reports,
                "KmsKeyId": keys["output"],
                "VolumeKmsKeyId": keys["volume"],
                "ImageUri": uri,
                "VpcConfig": network,
                "ModelName": getattr(monitor, "model_name", None),
            }
            self._jobs.grant(monitored.of_jobs(self._name, given(own), work.environment()))
        except PipelineError as error:
            raise PipelineError(f"MonitoringSchedule '{self.node.path}': {error}") from None
        made = job_definition(self, kind, self._name, {**given(definition), "RoleArn": self.role.role_arn})
        made.node.add_dependency(self.role)
        self._schedule = sagemaker.CfnMonitoringSchedule(
            self,
            "Resource",
            monitoring_schedule_name=self._name,
            monitoring_schedule_config=sagemaker.CfnMonitoringSchedule.MonitoringScheduleConfigProperty(
                monitoring_job_definition_name=made.job_definition_name,
                monitoring_type=kind,
                schedule_config=sagemaker.CfnMonitoringSchedule.ScheduleConfigProperty(schedule_expression=cron),
            ),
        )
        self._schedule.node.add_dependency(made)
        self._instance_type = instance_type
        if isinstance(endpoint, ModelEndpoint):
            self._schedule.node.add_dependency(endpoint)  # SageMaker keeps an endpoint that is monitored
        self.node.add_validation(Validation(self._validate))

    @property
    def monitoring_schedule_name(self) -> str:
        """The name of the schedule, after the construct's path."""
        return self._name

    @property
    def monitoring_schedule_arn(self) -> str:
        """The ARN of the schedule, as a token."""
        return self._schedule.ref

    @property
    def role(self) -> iam.IRole:
        """The role of the jobs, given or created."""
        return self._jobs.role

    def acknowledge_wildcards(self) -> None:
        """Acknowledges, for cdk-nag, each wildcard in the policies of the role, with its reason.

        It needs aws-cdk-lib 2.269.

        Raises:
            PipelineError: An older aws-cdk-lib.
        """
        self._wildcards.explain()

    def _validate(self) -> list[str]:
        self._wildcards.once_more()
        refused = refused_type(self._instance_type, self.node.path, self.node.root)
        return [f"MonitoringSchedule '{self.node.path}': {one}" for one in refused]


def _runtime(given: Any) -> int:
    of_type(given, Duration, "max_runtime", "a Duration such as Duration.minutes(50)")
    seconds = given.to_milliseconds() / 1000
    if seconds != int(seconds) or not 1 <= seconds <= 86_400:
        raise PipelineError(f"max_runtime is {given.to_human_string()}; allowed are 1 second to 1 day")
    return int(seconds)
