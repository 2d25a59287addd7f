"""Existing pipelines, and grants on pipelines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import aws_cdk as cdk
import jsii
from aws_cdk import Arn, Resource, Stack, Token
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from .iam.roles import grant_to
from .language import PipelineError
from .language.errors import shown
from .language.keyword_options import GivenOnce, by_name
from .language.no_value import NoValue
from .monitoring.monitored import Monitored
from .triggers.startable import Startable
from .undo import Whole

if TYPE_CHECKING:
    from aws_cdk.interfaces import aws_sagemaker as references


class PipelineGrants(NoValue):
    """Grants others permissions on a pipeline; found as ``pipeline.grants``.

    ```python
    grants: PipelineGrants = pipeline.grants
    grants.start_execution(function)
    grants.read_executions(function)
    ```

    Args:
        pipeline_arn: The ARN of the pipeline on which permissions are granted.
    """

    def __init__(self, pipeline_arn: str) -> None:
        self._arn = pipeline_arn

    @by_name
    def start_execution(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allows the grantee to start executions of the pipeline.

        Args:
            grantee: The principal: a role, a user, a function or anything else of CDK that has permissions.

        Raises:
            PipelineError: Not a grantee.
        """
        return grant_to(grantee, ["sagemaker:StartPipelineExecution"], [self._arn])

    @by_name
    def read_executions(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allows the grantee to see the pipeline, its executions and their steps.

        Args:
            grantee: The principal: a role, a user, a function or anything else of CDK that has permissions.

        Raises:
            PipelineError: Not a grantee.
        """
        listed = grant_to(grantee, ["sagemaker:DescribePipeline", "sagemaker:ListPipelineExecutions"], [self._arn])
        actions = [
            "sagemaker:DescribePipelineDefinitionForExecution",
            "sagemaker:DescribePipelineExecution",
            "sagemaker:ListPipelineExecutionSteps",
            "sagemaker:ListPipelineParametersForExecution",
        ]
        return listed.combine(grant_to(grantee, actions, [f"{self._arn}/execution/*"]))

    @by_name
    def control_executions(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allows the grantee to stop and retry executions of the pipeline.

        Args:
            grantee: The principal: a role, a user, a function or anything else of CDK that has permissions.

        Raises:
            PipelineError: Not a grantee.
        """
        actions = ["sagemaker:RetryPipelineExecution", "sagemaker:StopPipelineExecution"]
        return grant_to(grantee, actions, [f"{self._arn}/execution/*"])

    @by_name
    def operate(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allows the grantee, people or another pipeline, to start, see, stop and retry executions of this pipeline.

        That is ``start_execution``, ``read_executions`` and ``control_executions`` together; the jobs and logs of the
        executions are not among it.

        Args:
            grantee: The principal: a role, a user, a function or anything else of CDK that has permissions.

        Raises:
            PipelineError: Not a grantee.
        """
        started = self.start_execution(grantee)
        return started.combine(self.read_executions(grantee)).combine(self.control_executions(grantee))


@jsii.implements(sagemaker.IPipeline)
class ImportedPipeline(GivenOnce, NoValue, Startable, Monitored, Resource, metaclass=Whole):
    """A pipeline that this app does not create, made by ``Pipeline.from_pipeline_name`` and ``from_pipeline_arn``.

    ```python
    nightly: ImportedPipeline = Pipeline.from_pipeline_name(stack, "Nightly", "nightly")
    nightly.grant_start_pipeline_execution(function)
    ```

    Args:
        scope: The construct below which it is declared.
        construct_id: The construct's id, unique in its scope.
        pipeline_arn: The ARN of the pipeline, which may be a token but not a pattern.
        pipeline_name: The name of the pipeline. Default: the one in the ARN, which is in lower case.

    Raises:
        PipelineError: Not the ARN of one pipeline.
    """

    @by_name
    def __init__(
        self, scope: Construct, construct_id: str, pipeline_arn: str, pipeline_name: str | None = None
    ) -> None:
        if not isinstance(pipeline_arn, str):
            raise PipelineError(f"the ARN of a pipeline is needed, not {shown(pipeline_arn)}")
        if not Token.is_unresolved(pipeline_arn) and ":pipeline/" not in pipeline_arn:
            raise PipelineError(f"{pipeline_arn!r} is not the ARN of a pipeline")
        if re.search(r"[*?]|\$\{(?!Token\[)", pipeline_arn):
            raise PipelineError(f"{pipeline_arn!r} is a pattern; grants on it would apply to more than one pipeline")
        super().__init__(scope, construct_id, environment_from_arn=pipeline_arn)
        self._arn = pipeline_arn
        self._name = pipeline_name or str(Arn.extract_resource_name(pipeline_arn, "pipeline"))

    @property
    @jsii.member(jsii_name="pipelineName")
    def pipeline_name(self) -> str:
        """The name of the pipeline; in lower case, as in the ARN, if imported by ARN."""
        return self._name

    @property
    @jsii.member(jsii_name="pipelineArn")
    def pipeline_arn(self) -> str:
        """The ARN of the pipeline, as it was given."""
        return self._arn

    @property
    @jsii.member(jsii_name="pipelineRef")
    def pipeline_ref(self) -> references.PipelineReference:
        """The reference that CDK's generated interfaces take, in versions that have them."""
        module = getattr(cdk, "interfaces", cdk).aws_sagemaker  # the first versions had them next to the constructs
        reference: references.PipelineReference = module.PipelineReference(pipeline_name=self._name)
        return reference

    @property
    def grants(self) -> PipelineGrants:
        """Grants others permissions on this pipeline."""
        return PipelineGrants(self._arn)

    @jsii.member(jsii_name="grantStartPipelineExecution")
    @by_name
    def grant_start_pipeline_execution(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allows the grantee to start executions; the same as ``grants.start_execution``.

        Args:
            grantee: The principal: a role, a user, a function or anything else of CDK that has permissions.

        Raises:
            PipelineError: Not a grantee.
        """
        return self.grants.start_execution(grantee)


class _Ends(NamedTuple):
    """The ends of the names of parameters that ``Pipeline.publish`` writes."""

    name: str = "name"
    arn: str = "arn"
    role: str = "role"
    bucket: str = "bucket"
    group: str = "group"
    job_roles: str = "job-roles"


PUBLISHED = _Ends()


class PublishedPipeline(ImportedPipeline):
    """A pipeline that another stack of this account and region has published: ``Pipeline.from_ssm`` imports it.

    ```python
    line: PublishedPipeline = Pipeline.from_ssm(stack, "Line", "/ml/line")
    line.grants.start_execution(iam.User(stack, "Operator"))
    ```

    Each value is read from Systems Manager when the stack is deployed, which fails where nobody has published it.

    Args:
        scope: The construct in which it is declared, such as a stack.
        construct_id: The construct's id, unique in its scope.
        prefix: The prefix that was given to ``Pipeline.publish``.
    """

    @by_name
    def __init__(self, scope: Construct, construct_id: str, prefix: str) -> None:
        self._prefix = prefix
        self._stack = Stack.of(scope)
        super().__init__(scope, construct_id, self._told(PUBLISHED.arn), self._told(PUBLISHED.name))

    @property
    def role_arn(self) -> str:
        """The ARN of the role of the executions."""
        return self._told(PUBLISHED.role)

    @property
    def bucket_name(self) -> str:
        """The name of the bucket of the artifacts."""
        return self._told(PUBLISHED.bucket)

    @property
    def model_package_group_name(self) -> str:
        """The group that its steps register in, by its name, or by its ARN if it is of another account."""
        return self._told(PUBLISHED.group)

    @by_name
    def job_role_arn(self, step: str) -> str:
        """The ARN of the role of a step's job.

        Args:
            step: The name of the step in the pipeline.

        Raises:
            PipelineError: What no step can be called.
        """
        if not isinstance(step, str) or not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", step):
            raise PipelineError(f"job_role_arn takes the name of a step, not {shown(step)}")
        return self._told(f"{PUBLISHED.job_roles}/{step}")

    def _told(self, end: str) -> str:
        return cdk.aws_ssm.StringParameter.value_for_string_parameter(self._stack, f"{self._prefix}/{end}")
