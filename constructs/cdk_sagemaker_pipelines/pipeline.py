"""The pipeline: a scope for steps, and the CloudFormation resource that they become."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsii
from aws_cdk import Names, Resource, Stack
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from .assets import Image, S3Location, Workplace
from .assets.shown import shown
from .environments.staging import default_job_defaults
from .iam.roles import executions, new_role
from .iam.trust import Trust
from .imported import ImportedPipeline, PipelineGrants, PublishedPipeline
from .language import (
    CacheConfig,
    Definition,
    ExperimentConfig,
    Expression,
    MlflowConfig,
    ParallelismConfig,
    Parameter,
    PipelineError,
    RetryPolicy,
    choices,
    did_you_mean,
)
from .language.expressions import has_placeholder
from .language.keyword_options import by_name
from .language.later import Later, later_pattern
from .language.tokens import is_token
from .monitoring.monitored import Monitored
from .steps.base.job_defaults import JobDefaults
from .steps.base.scope import StepScope
from .synthesis.options import Options, check_options, check_roles
from .synthesis.synthesis import Synthesis
from .team.applied import compute_of
from .triggers.startable import Startable
from .undo import removing, whole
from .upload import private_bucket

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_logs as logs
    from aws_cdk import aws_s3 as s3
    from aws_cdk.interfaces import aws_sagemaker as references

    from .iam import nag
    from .notation import declaring
    from .synthesis import from_definition, publishing
else:
    nag = Later(f"{__package__}.iam.nag")
    from_definition = Later(f"{__package__}.synthesis.from_definition")
    publishing = Later(f"{__package__}.synthesis.publishing")
    declaring = Later(f"{__package__}.notation.declaring")  # it knows the classes of all steps

PIPELINE_NAME = later_pattern(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,255}")


@jsii.implements(sagemaker.IPipeline)
class Pipeline(Startable, Monitored, Resource, StepScope):
    """A SageMaker pipeline: the scope of its steps, from which everything else follows.

    ```python
    pipeline = Pipeline(self, "Abalone", cache=CacheConfig(Duration.days(30)))
    prepare = ProcessingStep(
        pipeline, "Prepare", image=Image.sklearn("1.2-1"), script=Script("jobs/prepare.py"),
        instance_type="ml.m5.large", outputs=["train", "test"],
    )
    ```

    Parameters, dependencies, roles and policies are derived when the app is synthesized, and all errors are reported
    together. Tags on the pipeline, a group or a step reach the jobs.

    Args:
        scope: The construct in which the pipeline is declared, such as a stack.
        construct_id: The construct's id, unique in its scope.
        pipeline_name: The name: letters, digits and single '-' between them, at most 256; unique in the account and
            region. Default: the stack's name and the construct's path in it. A change replaces the pipeline.
        display_name: The name of the pipeline for people. Default: none.
        description: The description of the pipeline for people, at most 3072 characters. Default: none.
        artifacts: Where outputs without a location of their own go, and a definition that is too long for its template.
            Default: a new bucket, private, encrypted with the key of ``job_defaults``, else S3's own. It is kept when
            the stack is deleted, and when its creation fails; nothing in it expires. For other rules give a bucket of
            yours with ``lifecycle_rules`` and a ``removal_policy``; docs/regulated-accounts.md says what must not
            expire.
        deployment_log_group: The log group of the CDK function that puts such a definition, and files of steps, into
            the artifacts. A stack has one such function, which uses the log group of the stack's first pipeline.
            Default: a group that Lambda creates and nobody deletes.
        parallelism: How many steps run at once, a number or a ``ParallelismConfig``. Default: that of a
            ``ComputePolicy``, else the service's.
        cache: The cache of every step that supports one and has none of its own. Default: none.
        retry_policies: The retry policies of every step that supports them and has none of its own.
        parameters: Parameters to declare in addition to those that steps use.
        role: The role of the executions. Default: a new role with exactly the permissions that the steps need.
        default_job_role: One role for all jobs. Default: a role for each step, with exactly the permissions it needs.
        job_defaults: The network, key, isolation, encrypted traffic and time limit of all jobs whose steps do not say
            otherwise. Default: the network and the key of the ``Environment`` in whose stage the pipeline is.
        experiment_config: The experiment and trial under which executions appear. Default: none.
        mlflow_config: Where executions are recorded with MLflow. Default: nowhere.
        metadata: More entries of the definition's ``Metadata``, as texts by name. Default: none.
        trust: What raw steps, overrides and imported definitions may name besides what is the app's or AWS's own.
            Default: nothing.

    Raises:
        PipelineError: An option that the service or the library does not take.

    API: [CreatePipeline](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreatePipeline.html).
    CloudFormation: [AWS::SageMaker::Pipeline](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-pipeline.html).
    """

    _instead = "write its pipeline_name or pipeline_arn"
    _own_ids = frozenset({"Artifacts", "Definition", "PoolFunctions", "Resource", "Role"})

    host: Synthesis
    """What steps and the synthesis use of the pipeline; apps do not need it."""

    @by_name
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        pipeline_name: str | None = None,
        display_name: str | None = None,
        description: str | None = None,
        artifacts: S3Location | s3.IBucket | None = None,
        deployment_log_group: logs.ILogGroup | None = None,
        parallelism: int | ParallelismConfig | None = None,
        cache: CacheConfig | None = None,
        retry_policies: Sequence[RetryPolicy] = (),
        parameters: Sequence[Parameter[Any]] = (),
        role: iam.IRole | None = None,
        default_job_role: iam.IRole | None = None,
        job_defaults: JobDefaults | None = None,
        experiment_config: ExperimentConfig | None = None,
        mlflow_config: MlflowConfig | None = None,
        metadata: Mapping[str, str] | None = None,
        trust: Trust | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        removing(self)
        self._path = str(self.node.path)
        check_options(
            self._path,
            pipeline_name=pipeline_name,
            display_name=display_name,
            description=description,
            artifacts=artifacts,
            deployment_log_group=deployment_log_group,
            parallelism=parallelism,
            cache=cache,
            retry_policies=retry_policies,
            job_defaults=job_defaults,
            parameters=parameters,
            experiment_config=experiment_config,
            mlflow_config=mlflow_config,
            metadata=metadata,
            trust=trust,
        )
        if job_defaults is None:
            job_defaults = default_job_defaults(self)
        name = self._checked_name(pipeline_name)
        check_roles(self, {"role": role, "default_job_role": default_job_role})
        config = ParallelismConfig(parallelism) if isinstance(parallelism, int) else parallelism
        workplace = Workplace(self, name, lambda: _artifacts(self, artifacts, job_defaults), deployment_log_group)
        self._role = role or new_role(self, "Role", executions(workplace.where, name))
        options = Options(
            cache=cache,
            retry_policies=tuple(retry_policies),
            job_role=default_job_role,
            job_defaults=job_defaults,
            parameters=tuple(parameters),
            experiment_config=experiment_config,
            mlflow_config=mlflow_config,
            metadata=dict(metadata or {}),
            parallelism=config.max_parallel_execution_steps if config else None,
            trust=trust or Trust(),
            compute=lambda: compute_of(self),
        )
        self.host = Synthesis(self, workplace, self._role, options, own_role=role is None)
        self._resource = sagemaker.CfnPipeline(
            self,
            "Resource",
            pipeline_name=name,
            pipeline_display_name=display_name,
            pipeline_description=description,
            pipeline_definition=self.host.produced(),
            parallelism_configuration=config.to_json() if config else None,
            role_arn=workplace.role_arn(self._role),
        )
        self.host.seal_with(self._resource)

    # -- for CDK and users

    @staticmethod
    @by_name
    def from_pipeline_arn(scope: Construct, construct_id: str, pipeline_arn: str) -> ImportedPipeline:
        """Imports an existing pipeline by its ARN.

        Args:
            scope: The construct in which it is declared, such as a stack.
            construct_id: The construct's id, unique in its scope.
            pipeline_arn: The ARN of the pipeline, which may be a token.

        Raises:
            PipelineError: Not the ARN of one pipeline.
        """
        return ImportedPipeline(scope, construct_id, pipeline_arn)

    @staticmethod
    @by_name
    def from_pipeline_name(scope: Construct, construct_id: str, pipeline_name: str) -> ImportedPipeline:
        """Imports an existing pipeline in this account and region by its name.

        Args:
            scope: The construct in which it is declared, such as a stack.
            construct_id: The construct's id, unique in its scope.
            pipeline_name: The name of the pipeline, with its own upper and lower case.

        Raises:
            PipelineError: Not the name of a pipeline.
        """
        is_pattern = isinstance(pipeline_name, str) and re.search(r"[*?]|\$\{", pipeline_name)  # told of below
        if not is_pattern and not _is_name(pipeline_name):
            raise PipelineError(f"from_pipeline_name: the name {shown(pipeline_name)} {_NAMES}")
        return ImportedPipeline(scope, construct_id, _arn(Stack.of(scope), pipeline_name), pipeline_name)

    @staticmethod
    @by_name
    def from_definition(
        scope: Construct,
        construct_id: str,
        *,
        definition: Mapping[str, Any] | str | Path,
        roles: Mapping[str, iam.IRole] | None = None,
        places: Mapping[str, S3Location | s3.IBucket] | None = None,
        images: Mapping[str, Image] | None = None,
        **options: Any,
    ) -> Pipeline:
        """Creates a pipeline from an existing definition.

        The synthesized definition is the same JSON, apart from what constructs replace. The permissions of the roles
        are derived from it, and granted to roles that are constructs of the app. So whatever it names must be the app's
        or AWS's own, or trusted; everything that is not is one error, which says what to write. Steps cannot be added.

        Args:
            scope: The construct in which it is declared, such as a stack.
            construct_id: The construct's id, unique in its scope.
            definition: The definition as a dict, or the path of a JSON file.
            roles: Constructs that replace roles, by their ARNs or names in the JSON.
            places: Locations or buckets that replace buckets, or S3 URIs and everything below them.
            images: Images that replace URIs of images in the JSON.
            **options: Those of ``Pipeline``; ``trust`` says what else the definition may name.

        Raises:
            DefinitionError: The file or the dict is not a definition.
            PipelineError: Names that the definition does not have, or that nobody trusts.
        """
        known = [*_options_of(Pipeline.from_definition), *_options_of(Pipeline.__init__)]
        for name in options:
            if name not in known:
                hint = did_you_mean(name, known) or f"; it has {choices(known, len(known))}"
                raise TypeError(f"Pipeline.from_definition has no option {name!r}{hint}")
        if options.get("job_defaults") is not None:
            raise PipelineError(
                f"Pipeline '{scope.node.path}/{construct_id}': job_defaults is for steps, but the definition was given "
                "whole; say in it what its jobs need"
            )
        given = from_definition.read(construct_id, definition)
        with whole():
            pipeline = Pipeline(scope, construct_id, **options)
            pipeline.host.take_definition(given, roles or {}, places or {}, images or {})
        return pipeline

    @staticmethod
    @by_name
    def from_file(scope: Construct, construct_id: str, file: str | Path, **options: Any) -> Pipeline:
        """Creates a pipeline from a YAML or TOML file, whose keys are the fields of the classes of steps.

        ```yaml
        parameters: {MaxMse: 6.0}
        steps:
          Train:
            type: Training
            image: {xgboost: 1.7-1}
            instance_type: ml.m5.xlarge
            inputs: {train: s3://sales/train/}
        ```

        Further steps can be added. docs/files.md describes the file.

        Args:
            scope: The construct in which it is declared, such as a stack.
            construct_id: The construct's id, unique in its scope.
            file: The path of the file; paths in the file are relative to it.
            **options: Those of ``Pipeline``, which come before those in the file.

        Raises:
            PipelineError: Something in the file is wrong; the message has the file and the line.
        """
        with whole():
            made: Pipeline = declaring.declared(file, scope, construct_id, Pipeline, options)
        return made

    @staticmethod
    @by_name
    def from_ssm(scope: Construct, construct_id: str, prefix: str) -> PublishedPipeline:
        """Imports a pipeline that a stack of this account and region publishes.

        Grants apply to what the parameters name when the app is deployed: who may write them decides it.

        Args:
            scope: The construct in which it is declared, such as a stack.
            construct_id: The construct's id, unique in its scope.
            prefix: The prefix that was given to ``publish``, such as ``/ml/line``.

        Raises:
            PipelineError: A prefix that no parameter can have.
        """
        publishing.check_prefix(prefix)
        return PublishedPipeline(scope, construct_id, prefix)

    @property
    @jsii.member(jsii_name="pipelineName")
    def pipeline_name(self) -> str:
        """The name of the pipeline, as a token."""
        return self._resource.ref

    @property
    @jsii.member(jsii_name="pipelineArn")
    def pipeline_arn(self) -> str:
        """The ARN of the pipeline, in which the service writes the name in lower case."""
        return self.host.use_arn()

    @property
    @jsii.member(jsii_name="pipelineRef")
    def pipeline_ref(self) -> references.PipelineReference:
        """The reference that CDK's generated interfaces take, in versions that have them."""
        return self._resource.pipeline_ref

    @property
    def role(self) -> iam.IRole:
        """The role of the executions, given or created."""
        return self._role

    @property
    def parallelism(self) -> int | None:
        """How many steps run at once, unless the execution is started with another number; None for no limit."""
        return self.host.parallelism

    @property
    def grants(self) -> PipelineGrants:
        """Grants others permissions on this pipeline."""
        return PipelineGrants(self.pipeline_arn)

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

    @property
    def definition(self) -> Definition:
        """The definition of the steps declared so far, as ``smpipe`` reads it from the template.

        A value that is only known at deployment appears as its logical name, such as ``${Token[PipelineRole.Arn]}``;
        ``smpipe`` adds the stack if that is another one, ``${Token[Dev-Base:Data.Arn]}``.
        """
        return self.host.definition

    @by_name
    def defaults(self, values: Mapping[str, Any]) -> None:
        """Gives parameters other defaults, such as ``environment.parameters``, by their names.

        Each must be declared by a step or in ``parameters``, and the value be of its type and among its
        ``enum_values``; what is not is an error at synth. The default of a later call wins.

        Args:
            values: The new defaults, by the names of the parameters.

        Raises:
            PipelineError: A definition that was given whole, or a pipeline that has been synthesized.
        """
        self.host.set_defaults(values)

    @by_name
    def publish(self, prefix: str) -> None:
        """Writes parameters of Systems Manager by which other stacks find the pipeline: ``Pipeline.from_ssm``.

        Below ``prefix``, such as ``/ml/line``: ``name``, ``arn``, ``role`` (of the executions), ``job-roles/<step>``,
        ``bucket`` (of the artifacts, where there is one) and ``group`` (where its steps register in one group, by its
        name or ARN). Stacks of the same account and region can read them.

        Args:
            prefix: The beginning of the parameters' names: letters, digits, '.', '-' and '_' after each slash.

        Raises:
            PipelineError: A prefix that no parameter can have, or that is not literal.

        CloudFormation: [AWS::SSM::Parameter](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ssm-parameter.html).
        """
        self.host.publish(prefix)

    def acknowledge_wildcards(self) -> None:
        """Tells cdk-nag why each wildcard in the derived policies is there, one acknowledgment for each.

        The rule is ``AwsSolutions-IAM5``. In a role that you passed in, your own wildcard on the same resource is
        acknowledged too. A resource in another stack only gets its name, and so its acknowledgment, when CDK validates,
        so not with ``skip_validation``.

        Raises:
            PipelineError: aws-cdk-lib is older than 2.269.
        """
        nag.refuse_old_cdk()
        self.host.explain_wildcards()

    def _checked_name(self, given: Any) -> str:
        if given is None:
            stack = Stack.of(self)
            inside = self.node.path.removeprefix(stack.node.path)
            parts = (stack.stack_name, inside) if not is_token(stack.stack_name) else (Names.unique_id(self),)
            given = re.sub(r"[^a-zA-Z0-9]+", "-", "-".join(parts)).strip("-")
        if isinstance(given, Expression) or is_token(given) or has_placeholder(given):
            raise PipelineError(
                f"Pipeline '{self.node.path}': pipeline_name must be literal, since the trust policy of the pipeline's "
                f"role names it"
            )
        if not _is_name(given):
            raise PipelineError(f"Pipeline '{self.node.path}': the name {given!r} {_NAMES}")
        return str(given)

    def _who(self) -> str:
        return f"Pipeline '{self._path}'"


_NAMES = "must have letters, digits and '-' between them, at most 256"


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and len(name) <= 256 and PIPELINE_NAME.fullmatch(name) is not None


def _options_of(function: Callable[..., Any]) -> list[str]:
    """The names of the options that are given by name alone."""
    parameters = inspect.signature(function).parameters.values()
    return [each.name for each in parameters if each.kind is inspect.Parameter.KEYWORD_ONLY]


def _artifacts(
    pipeline: Pipeline, given: S3Location | s3.IBucket | None, job_defaults: JobDefaults | None
) -> S3Location:
    if isinstance(given, S3Location):
        return given
    if given is not None:
        return S3Location(given)
    made = private_bucket(pipeline, "Artifacts", job_defaults.key if job_defaults else None)
    removing(made)
    return S3Location(made)


def _arn(stack: Stack, name: str) -> str:
    return stack.format_arn(service="sagemaker", resource="pipeline", resource_name=name.lower())
