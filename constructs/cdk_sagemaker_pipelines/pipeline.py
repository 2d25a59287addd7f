"""The pipeline: a scope for steps, and the CloudFormation resource that they become."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsii
from aws_cdk import (
    Aspects,
    IAspect,
    IStableAnyProducer,
    Lazy,
    Names,
    Resource,
    Stack,
)
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct, IConstruct, IValidation

from .assets import Image, S3Prefix, Workplace
from .iam import environment_json, nag
from .iam.elsewhere import found_elsewhere
from .iam.keys import without_key
from .iam.permissions import Permission
from .iam.roles import executions, new_role
from .iam.trust import Given, Trust
from .iam.undecided import undecided
from .imported import ImportedPipeline, PipelineGrants
from .language import (
    CacheConfig,
    Definition,
    ExperimentConfig,
    Expression,
    Finding,
    ParallelismConfig,
    Parameter,
    PipelineError,
    Rendering,
    RetryPolicy,
    check,
    lines,
)
from .language.definition import VERSION
from .language.errors import escaped
from .language.expressions import has_placeholder
from .language.rules import Rule
from .language.tokens import is_token
from .properties.service_model import Model
from .steps.base.step import Step, StepScope
from .synthesis.given import Replaced, read
from .synthesis.inventory import Inventory
from .synthesis.judged import lacking, news, not_rendered, rules, started
from .synthesis.options import check_options, check_roles, check_texts
from .synthesis.roles import PipelineRoles
from .text import TokenText, named
from .upload import private_bucket, upload
from .warning import warn
from .whole import removing, undoing, whole

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_logs as logs
    from aws_cdk import aws_s3 as s3
    from aws_cdk.interfaces import aws_sagemaker as references

PIPELINE_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,255}")
INLINE_LIMIT = 400_000
"""A definition with more characters goes to S3: inside of a template, which takes 1 MB, its quotes are escaped."""
SERVICE_LIMIT = 1_048_576
"""The characters that the service takes for a definition."""
# after the tags have been applied (200) and the user's own aspects (500), before those that only read (1000)
_SEAL_PRIORITY = 900


@jsii.implements(sagemaker.IPipeline)
class Pipeline(Resource, StepScope):
    """A SageMaker pipeline. Steps are declared with it as their scope; all else follows from what they say.

    ::

        pipeline = Pipeline(self, "Abalone", cache=CacheConfig(Duration.days(30)))
        prepare = ProcessingStep(
            pipeline, "Prepare", image=Image.sklearn("1.2-1"), script=Script("jobs/prepare.py"),
            instance_type="ml.m5.large", outputs=["train", "test"],
        )

    Parameters, dependencies, roles and policies are derived when the app is synthesized; all that is wrong is told
    then, at once. Tags that CDK puts on the pipeline reach the jobs. API: ``CreatePipeline``; CloudFormation:
    ``AWS::SageMaker::Pipeline``.

    - ``pipeline_name``: letters, digits and single '-' between them, at most 256; unique in the account and region.
      Default: the stack's name and the construct's path in it. A change replaces the pipeline.
    - ``display_name``, ``description``: for people; the description has at most 3072 characters.
    - ``artifacts``: where outputs go that are given no place, and a definition that is too long for its template.
      Default: a new bucket, encrypted with S3's own key, private and kept.
    - ``deployment_log_group``: for the log of CDK's function that puts such a definition, and files of steps, into the
      artifacts; a stack has one function, which logs where its first pipeline says. Default: a group that Lambda makes
      and nobody deletes.
    - ``parallelism``: how many steps run at once, a number or a ``ParallelismConfig``. Default: the service's.
    - ``cache``, ``retry_policies``: for every step that takes them and says nothing of its own. Default: none.
    - ``parameters``: to declare beside those that steps use.
    - ``role``: what the executions may do. Default: a new role with just what the steps need.
    - ``default_job_role``: one role for all jobs. Default: one for each step, with just what it needs.
    - ``experiment_config``, ``metadata``: as of the definition. Default: none.
    - ``trust``: what raw steps, overrides and a definition that is handed in may name beside what the app and AWS have.
      Default: nothing.
    """

    instead = "write its pipeline_name or pipeline_arn"
    own_ids = frozenset({"Artifacts", "Definition", "Resource", "Role"})

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        pipeline_name: str | None = None,
        display_name: str | None = None,
        description: str | None = None,
        artifacts: S3Prefix | s3.IBucket | None = None,
        deployment_log_group: logs.ILogGroup | None = None,
        parallelism: int | ParallelismConfig | None = None,
        cache: CacheConfig | None = None,
        retry_policies: Sequence[RetryPolicy] = (),
        parameters: Sequence[Parameter[Any]] = (),
        role: iam.IRole | None = None,
        default_job_role: iam.IRole | None = None,
        experiment_config: ExperimentConfig | None = None,
        metadata: Mapping[str, str] | None = None,
        trust: Trust | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        self._path = str(self.node.path)
        removing(self)
        self.host = self
        self._trust = trust or Trust()
        check_options(self._path, cache, retry_policies, parameters, parallelism, trust)
        self._name = self._checked_name(pipeline_name)
        check_texts(self._path, display_name, description)
        check_roles(self, {"role": role, "default_job_role": default_job_role})
        self._parameters = tuple(parameters)
        self._experiment_config = experiment_config
        self._metadata = dict(metadata or {})
        self._default_cache = cache
        self._default_retry_policies = tuple(retry_policies)
        self._default_job_role = default_job_role
        self._given_artifacts = artifacts
        self._given: Definition | None = None
        self._registered: dict[str, tuple[Step, ...]] = {}
        self._deployed_after: list[Construct] = []
        self._definition: Definition | None = None
        self._is_referred_to = False  # only then can the app hold what starts it
        self._findings: list[Finding] = []
        self._body: TokenText | None = None
        self._location: dict[str, Any] | None = None

        self._workplace = Workplace(self, self._name, self._make_artifacts, deployment_log_group)
        self._role = role or new_role(self, "Role", executions(self._workplace.environment))
        self._app = Inventory(self)
        self._roles = PipelineRoles(self, self._workplace, self._role, self._app, own=role is None)
        config = ParallelismConfig(parallelism) if isinstance(parallelism, int) else parallelism
        self.parallelism = config.max_parallel_execution_steps if config else None
        """How many steps run at once, unless a start says otherwise; None for as many as can."""
        self._resource = sagemaker.CfnPipeline(
            self,
            "Resource",
            pipeline_name=self._name,
            pipeline_display_name=display_name,
            pipeline_description=description,
            pipeline_definition=Lazy.any(_Producer(self)),
            parallelism_configuration=config.to_json() if config else None,
            role_arn=self._role.role_arn,
        )
        Aspects.of(self._resource).add(_Sealer(self), priority=_SEAL_PRIORITY)
        self.node.add_validation(_Validation(self))
        self._account = (self._workplace.environment.account, self._workplace.environment.region)
        known = pipelines(self.node.root)
        known.append(self)
        undoing(lambda: known.remove(self))

    # -- what CDK and users ask for

    @staticmethod
    def from_pipeline_arn(scope: Construct, construct_id: str, pipeline_arn: str) -> ImportedPipeline:
        """A pipeline that exists, by its ARN."""
        return ImportedPipeline(scope, construct_id, pipeline_arn)

    @staticmethod
    def from_pipeline_name(scope: Construct, construct_id: str, pipeline_name: str) -> ImportedPipeline:
        """A pipeline that exists in this account and region, by its name."""
        return ImportedPipeline(scope, construct_id, _arn(Stack.of(scope), pipeline_name), pipeline_name)

    @staticmethod
    def from_definition(
        scope: Construct,
        construct_id: str,
        *,
        definition: Mapping[str, Any] | str | Path,
        roles: Mapping[str, iam.IRole] | None = None,
        places: Mapping[str, S3Prefix | s3.IBucket] | None = None,
        images: Mapping[str, Image] | None = None,
        **options: Any,
    ) -> Pipeline:
        """A pipeline whose definition was written elsewhere: a dict, or the path of a JSON file.

        The synthesized definition is the same JSON, but for what constructs stand for. What the roles need is derived
        from it, and granted to those that are constructs of the app. So what it names must be of the app or of AWS:

        - ``roles``: constructs in place of roles, by their ARNs or names as the JSON has them.
        - ``places``: prefixes or buckets in place of buckets, or of S3 URIs and all below them.
        - ``images``: images in place of URIs.
        - ``trust``: what else it may name. All that is not trusted is one error, with what to write.

        ``options`` are those of ``Pipeline``; steps cannot be added. Raises ``DefinitionError`` for a file that holds
        no definition, ``PipelineError`` for names that the definition does not have.
        """
        given = read(construct_id, definition)
        with whole():
            pipeline = Pipeline(scope, construct_id, **options)
            replaced = Replaced(given, pipeline, pipeline._workplace, roles or {}, places or {}, images or {})
        for role in replaced.roles.values():
            pipeline.uses_role(role, own=False, step="")
        pipeline._given = replaced.definition
        return pipeline

    @property
    @jsii.member(jsii_name="pipelineName")
    def pipeline_name(self) -> str:
        """The name."""
        return self._resource.ref

    @property
    @jsii.member(jsii_name="pipelineArn")
    def pipeline_arn(self) -> str:
        """The ARN, in which the service writes the name in lower case."""
        self._is_referred_to = True
        return _arn(Stack.of(self), self._name)

    @property
    @jsii.member(jsii_name="pipelineRef")
    def pipeline_ref(self) -> references.PipelineReference:
        """What CDK's generated interfaces take, in the versions that have them."""
        return self._resource.pipeline_ref

    @property
    def role(self) -> iam.IRole:
        """What the executions may do."""
        return self._role

    @property
    def grants(self) -> PipelineGrants:
        """Permissions of others on this pipeline."""
        return PipelineGrants(self.pipeline_arn)

    @jsii.member(jsii_name="grantStartPipelineExecution")
    def grant_start_pipeline_execution(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets the grantee start executions."""
        return self.grants.start_execution(grantee)

    @property
    def definition(self) -> Definition:
        """The definition as far as the steps are declared now, as ``smpipe`` reads it from the template.

        Where a value is known at deployment only stands its logical name, such as ``${Token[PipelineRole.Arn]}``;
        ``smpipe`` names the stack as well where that is another, ``${Token[Dev-Base:Data.Arn]}``.
        """
        return Definition(named(self._current().json, Stack.of(self)))

    def _current(self) -> Definition:
        """The definition as far as the steps are declared now, with tokens of CDK."""
        return self._definition or self._render([], {})

    # -- what steps ask for

    def acknowledge_wildcards(self) -> None:
        """Tells cdk-nag why each wildcard in the derived policies is there, one acknowledgment for each.

        Rule ``AwsSolutions-IAM5``. In a role that you handed in, a wildcard of yours on the same resource counts as
        explained too. What stands in another stack has its name, and so its acknowledgment, when CDK validates: not
        with ``skip_validation``. Raises ``PipelineError`` when aws-cdk-lib is older than 2.269.
        """
        nag.refuse_old_cdk()
        self.refuse_when_sealed("its wildcards cannot be acknowledged")
        self._roles.explain_wildcards()

    @property
    def workplace(self) -> Workplace:
        """Where values bind."""
        return self._workplace

    @property
    def default_cache(self) -> CacheConfig | None:
        """The cache of steps that say nothing of their own."""
        return self._default_cache

    @property
    def default_retry_policies(self) -> Sequence[RetryPolicy]:
        """The retries of steps that say nothing of their own."""
        return self._default_retry_policies

    @property
    def default_job_role(self) -> iam.IRole | None:
        """The one role of all jobs, if there is one."""
        return self._default_job_role

    def register(self, step: Step) -> None:
        """Takes a new step up."""
        if self._given is not None:
            raise PipelineError(f"step '{step.name}': the definition of pipeline '{self._name}' was given whole")
        self._registered[step.name] = (*self._registered.get(step.name, ()), step)

    def uses_role(self, role: iam.IRole, *, own: bool, step: str) -> None:
        """Takes up the role of a step's job."""
        self._roles.use(role, own=own, step=step)

    def has_granted(self, holder: IConstruct, permissions: Sequence[Permission]) -> None:
        """Takes up what a step granted by itself."""
        self._roles.has_granted(holder, permissions)

    def lets_in(self, role: iam.IRole, permissions: Sequence[Permission]) -> None:
        """Has the policies of other accounts allow what a step granted to a role by itself."""
        self._roles.lets_in(role, permissions)

    def deploy_after(self, construct: Construct) -> None:
        """Makes the pipeline wait, in a deployment, for what its steps need."""
        self._deployed_after.append(construct)

    def memory(self) -> Sequence[object]:
        """What keeps what steps tell, for a step that fails to be forgotten."""
        return self._workplace, self._roles

    def refuse_when_sealed(self, what: str) -> None:
        """Raises when the pipeline has been synthesized."""
        if self._definition is not None:
            raise PipelineError(f"{what}: pipeline '{self._name}' has been synthesized and cannot be changed any more")

    # -- the life of a pipeline

    def seal(self) -> None:
        """Renders, freezes, derives permissions and fills the roles; what is wrong is kept for the validation."""
        if self._definition is not None:
            return
        definition = self._render(self._findings, self._tags())
        self._definition = definition
        self._resource.node.add_dependency(*self._deployed_after)
        self._findings += self._duplicates()
        self._findings += news(check(definition, Model(), self._rules(definition)), self._findings)
        if self._is_referred_to:
            self._findings += started(self, _arn(self._workplace.stack, self._name), definition)
        for finding in dict.fromkeys([*self._workplace.doubts, *self.warnings()]):
            warn(self.construct_of(finding.step), finding)
        if any(finding.code == "list-token" for finding in self._findings):
            return  # CDK resolves before it validates, and the list inside of a text would be all that it tells of
        try:
            for finding in self._roles.fill(definition):
                warn(self.construct_of(finding.step), finding)
        except PipelineError as error:
            self._findings.append(Finding("permissions", str(error)))
        self._resource.add_metadata(environment_json.KEY, environment_json.to_json(self._workplace.environment))
        place = self._roles.environment
        doubts = (*undecided(definition, place), *without_key(definition, place), *self._roles.handed_over(definition))
        for finding in doubts:
            warn(self.construct_of(finding.step), finding)
        for finding in found_elsewhere(definition, self._roles.environment):
            if finding.level == "error":
                self._findings.append(finding)
            else:
                warn(self.construct_of(finding.step), finding)
        for resource, finding in lacking(self._workplace.stack):
            warn(resource, finding)
        text = lines(definition.json)
        large = _length(text) > INLINE_LIMIT
        if large:  # no reader of a template gains from the indents then, and the service counts them
            text = [line.lstrip() for line in text]
        if _length(text) > SERVICE_LIMIT:
            self._findings.append(
                Finding("too-long", f"the definition has {_length(text)} characters; the service takes {SERVICE_LIMIT}")
            )
        self._body = TokenText(text, self._workplace.stack)
        if large:
            work = self._workplace
            folder, log = work.artifacts.below(f"definitions/{self._name}/"), work.deployment_log_group
            try:
                self._location = upload(self, self._body, *folder.known("a definition of this length is", self), log)
            except PipelineError as error:
                self._findings.append(Finding("artifacts", str(error)))

    def _rules(self, definition: Definition) -> list[Rule]:
        """What is judged beside the definition itself: the permissions that it leads to, and what it names."""
        mine = {*self._roles.arns, *self._workplace.names()}
        return rules(definition, self._roles.environment, self._written(definition), mine, self._app)

    def _written(self, definition: Definition) -> dict[str, Given]:
        """What was written as the service takes it, by the step's name."""
        if self._given is not None:
            return {step.name: Given(self._trust) for step in definition.all_steps()}
        found = {}
        for name, steps in self._registered.items():
            given = steps[0].given()
            if given is not None:
                found[name] = replace(given, trust=self._trust.and_also(given.trust), roles=self._roles.of(name))
        return found

    def cannot_render(self, error: Exception) -> None:
        """Keeps what came in between for the validation."""
        self._findings += not_rendered(error, self._definition, Stack.of(self))

    def produce(self) -> dict[str, Any]:
        """The resource's ``PipelineDefinition``; never raises."""
        if self._location is not None:
            return {"PipelineDefinitionS3Location": self._location}
        body = self._body.resolved_lines() if self._body is not None else []
        return {"PipelineDefinitionBody": {"Fn::Join": ["\n", body]}}

    def validate(self) -> list[str]:
        """What is wrong, all of it."""
        self._roles.explain_between_stacks()
        errors = [self._told(finding) for finding in self._findings if finding.level == "error"]
        clash = self._clash()
        return errors + ([escaped(clash)] if clash else [])

    def warnings(self) -> list[Finding]:
        """What is in doubt."""
        return [finding for finding in self._findings if finding.level == "warning"]

    def _render(self, findings: list[Finding], tags: Mapping[str, str]) -> Definition:
        if self._given is not None:
            return self._given
        rendering = Rendering(findings=findings)
        for parameter in self._parameters:
            rendering.declare(parameter)
        steps = []
        for step in self.step_list():
            steps.append(step.render(rendering, tags))
        rendering.step = None
        document: dict[str, Any] = {"Version": VERSION, "Metadata": self._metadata}
        if self._experiment_config is not None:
            experiment = rendering.render(self._experiment_config.to_json(), "PipelineExperimentConfig")
        document["Parameters"] = [parameter.declaration() for parameter in rendering.parameters.values()]
        if self._experiment_config is not None:
            document["PipelineExperimentConfig"] = experiment
        document["Steps"] = steps
        return Definition(document)

    def _tags(self) -> dict[str, str]:
        """CDK's tags on the pipeline, for the jobs."""
        values = self._resource.tags.tag_values()
        self._findings += [
            Finding("tag", f"the tag {key!r} must be a text, the service substitutes no value there", where="Tags")
            for key, value in values.items()
            if has_placeholder(key) or has_placeholder(value)
        ]
        names = dict(zip(values, named(list(values), self._workplace.stack), strict=True))
        return {key: values[key] for key in sorted(values, key=names.__getitem__)}

    def _make_artifacts(self) -> S3Prefix:
        given = self._given_artifacts
        if isinstance(given, S3Prefix):
            return given
        if given is not None:
            return S3Prefix(given)
        made = private_bucket(self, "Artifacts")
        removing(made)
        return S3Prefix(made)

    # -- findings

    def _duplicates(self) -> list[Finding]:
        return [
            Finding(
                "duplicate-step",
                "several steps have the name: "
                + ", ".join(step.node.path for step in steps)
                + "; names are unique in the "
                "whole pipeline, give one of them step_name=",
                step=name,
            )
            for name, steps in self._registered.items()
            if len(steps) > 1
        ]

    def _told(self, finding: Finding) -> str:
        """A finding with the path of the construct that it is about."""
        about, told = self.construct_of(finding.step), named(str(finding), self._workplace.stack)
        return str(told) if about is self else f"{told} (at {escaped(about.node.path)})"

    def construct_of(self, step: str | None) -> Construct:
        """The step of that name; the pipeline itself where there is none, as in a definition that was given whole."""
        return self._registered.get(step or "", (self,))[0]

    def _clash(self) -> str | None:
        for other in pipelines(self.node.root):
            if other is self:
                return None
            # the service compares names without case
            if other._name.lower() == self._name.lower() and _same_environment(other._account, self._account):
                return (
                    f"the pipeline's name '{self._name}' is also that of {other.node.path} in the same account "
                    f"and region; "
                    "give one of them another pipeline_name"
                )
        return None

    def _checked_name(self, given: Any) -> str:
        if given is None:
            stack = Stack.of(self)
            inside = self.node.path.removeprefix(stack.node.path)
            parts = (stack.stack_name, inside) if not is_token(stack.stack_name) else (Names.unique_id(self),)
            given = re.sub(r"[^a-zA-Z0-9]+", "-", "-".join(parts)).strip("-")
        if isinstance(given, Expression) or is_token(given) or has_placeholder(given):
            raise PipelineError(
                f"Pipeline '{self.node.path}': pipeline_name must be literal, since the trust of the pipeline's "
                f"role names it"
            )
        if not PIPELINE_NAME.fullmatch(given) or len(given) > 256:
            raise PipelineError(
                f"Pipeline '{self.node.path}': the name {given!r} must have letters, digits and '-' between them, "
                f"at most 256"
            )
        return str(given)


def pipelines(root: IConstruct) -> list[Pipeline]:
    """All pipelines of an app, in the order in which they were made; kept on its root construct."""
    found: list[Pipeline] = root.__dict__.setdefault("_sagemaker_pipelines", [])
    return found


def _same_environment(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Equal accounts and regions; those that only the deployment knows count as equal to one another."""
    return all(a == b or (is_token(a) and is_token(b)) for a, b in zip(one, other, strict=False))


def _length(text: Sequence[str]) -> int:
    """The characters of the lines with their line breaks."""
    return sum(map(len, text)) + len(text) - 1


def _arn(stack: Stack, name: str) -> str:
    return stack.format_arn(service="sagemaker", resource="pipeline", resource_name=name.lower())


@jsii.implements(IAspect)
class _Sealer:
    """Visits the resource once, when all aspects that change things have been there."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    def visit(self, node: IConstruct) -> None:
        try:
            self._pipeline.seal()
        except Exception as error:  # from a callback it would reach the user as jsii's, without a word of why
            self._pipeline.cannot_render(error)


@jsii.implements(IStableAnyProducer)
class _Producer:
    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    def produce(self) -> Any:
        return self._pipeline.produce()


@jsii.implements(IValidation)
class _Validation:
    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    def validate(self) -> list[str]:
        return self._pipeline.validate()
