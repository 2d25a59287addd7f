"""The synthesis of a pipeline: what its steps ask for, and how they become a definition, permissions and findings."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from aws_cdk import Aspects, IResolvable, Lazy
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct, IConstruct

from ..assets import Image, S3Location, Workplace
from ..iam import environment_json
from ..iam.cross_environment import found_elsewhere
from ..iam.environment import Environment, Where
from ..iam.keys import without_key
from ..iam.permissions import GrantPermissions, Permission
from ..iam.trust import Given
from ..iam.undecided import undecided
from ..language import (
    CacheConfig,
    Definition,
    Finding,
    ParallelismConfig,
    Parameter,
    PipelineError,
    Rendering,
    RetryPolicy,
    check,
)
from ..language.definition import VERSION
from ..language.errors import escaped, shown
from ..language.later import Later
from ..language.tokens import is_token
from ..lazy import Producer
from ..properties.service_model import Model
from ..steps.base.compute_defaults import ComputeDefaults
from ..steps.base.job_defaults import JobDefaults
from ..steps.base.scope import DeclaredStep, StepScope, TagsOf
from ..steps.base.tags import JobTags
from ..text import for_people, named
from ..undo import undoing
from ..warning import warn
from .body import Body
from .cdk_hooks import Sealer, Validation
from .defaults import with_defaults
from .findings import lacking, not_rendered, not_yet_reported, rules, started
from .inventory import Inventory
from .leaked_expressions import watch
from .options import Options
from .roles import PipelineRoles

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_s3 as s3

    from . import consumers, from_definition, publishing
else:  # which few pipelines need
    consumers = Later(f"{__package__}.consumers")
    from_definition = Later(f"{__package__}.from_definition")
    publishing = Later(f"{__package__}.publishing")

# after the tags have been applied (200) and the user's own aspects (500), before those that only read (1000)
_SEAL_PRIORITY = 900


class Synthesis:
    """The machine behind a pipeline: the host of its steps, which is sealed once, when the app is synthesized.

    ``pipeline``: the construct. ``own_role``: whether ``role``, that of the executions, is made for the pipeline.
    """

    def __init__(
        self, pipeline: StepScope, workplace: Workplace, role: iam.IRole, options: Options, *, own_role: bool
    ) -> None:
        self.pipeline = pipeline
        self.options = options
        self._workplace = workplace
        self._name = workplace.pipeline_name
        self._stack = workplace.stack
        self._app = Inventory(pipeline, self._stack)
        self._own_role = own_role
        self._roles = PipelineRoles(pipeline, workplace, role, self._app, own=own_role)
        self._body = Body(pipeline, workplace)
        self._resource: sagemaker.CfnPipeline
        self._given: Definition | None = None
        self._registered: dict[str, tuple[DeclaredStep, ...]] = {}
        self._defaults: dict[str, Any] = {}
        self._published: dict[str, None] = {}
        self._consumers: dict[str, Sequence[str]] = {}
        self._endpoints: dict[str, Sequence[GrantPermissions]] = {}
        self._deployed_after: list[Construct] = []
        self._is_referred_to = False
        self._definition: Definition | None = None
        self._findings: list[Finding] = []
        self._node = pipeline.node
        self._root = self._node.root
        known = syntheses(self._root)
        known.append(self)
        undoing(lambda: known.remove(self))

    # -- what steps ask for

    @property
    def workplace(self) -> Workplace:
        """What values bind to: the stack, buckets, images and keys of the pipeline."""
        return self._workplace

    @property
    def default_cache(self) -> CacheConfig | None:
        """The cache of steps that are given none."""
        return self.options.cache

    @property
    def default_retry_policies(self) -> Sequence[RetryPolicy]:
        """The retries of steps that are given none."""
        return self.options.retry_policies

    @property
    def default_job_role(self) -> iam.IRole | None:
        """The role of all jobs, if they share one."""
        return self.options.job_role

    @property
    def job_defaults(self) -> JobDefaults | None:
        """What holds for jobs whose steps say nothing."""
        return self.options.job_defaults

    @property
    def compute_defaults(self) -> ComputeDefaults:
        """What a compute policy gives to jobs whose steps and job defaults say nothing."""
        return self.options.compute().defaults

    @property
    def parallelism(self) -> int | None:
        """How many steps run at once; None for no limit."""
        return self.options.parallelism or self.options.compute().parallelism

    @property
    def has_steps(self) -> bool:
        """Whether steps are declared, which have taken their defaults."""
        return bool(self._registered)

    def default_of(self, parameter: Parameter[Any]) -> Any:
        """The default that a parameter has in this pipeline, as far as it has been set."""
        return self._defaults.get(parameter.name, parameter.default)

    def register(self, step: DeclaredStep) -> None:
        """Registers a new step; raises ``PipelineError`` where the definition was given whole."""
        if self._given is not None:
            raise PipelineError(
                f"step '{step.name}': the definition of pipeline '{self._name}' was given whole, so no step can be "
                "added; write it into that definition, or declare all steps in a Pipeline(...) of your own, those of "
                "the definition as RawStep"
            )
        self._registered[step.name] = (*self._registered.get(step.name, ()), step)

    def uses_role(self, role: iam.IRole, *, own: bool, step: str) -> None:
        """Registers the role of a step's job; ``own`` when it is made for the step."""
        self._roles.use(role, own=own, step=step)

    def has_granted(self, holder: IConstruct, permissions: Sequence[Permission]) -> None:
        """Registers what a step granted by itself, so that its wildcards can be acknowledged."""
        self._roles.has_granted(holder, permissions)

    def lets_in(self, role: iam.IRole, permissions: Sequence[Permission]) -> None:
        """Has the policies of other accounts allow what a step granted to a role by itself."""
        self._roles.lets_in(role, permissions)

    def registers_for(self, step: str, accounts: Sequence[str], endpoints: Sequence[GrantPermissions]) -> None:
        """Has other accounts, and endpoints, let in to what the versions of a step are made of."""
        if accounts:
            self._consumers[step] = accounts
        self._endpoints[step] = endpoints  # which may get more until the synthesis

    def works_off(self, role: iam.IRole, permissions: Sequence[Permission]) -> None:
        """Registers a role of the user's own that answers a step, and what it needs for it."""
        self._roles.works_off(role, permissions)

    def deploy_after(self, construct: Construct) -> None:
        """Makes the pipeline wait, in a deployment, for what its steps need."""
        self._deployed_after.append(construct)

    def memory(self) -> Sequence[object]:
        """The objects that record what steps register, to be restored when the constructor of a step fails."""
        return self, self._workplace, self._roles

    def refuse_when_sealed(self, what: str) -> None:
        """Raises ``PipelineError`` when the pipeline has been synthesized. ``what``: what cannot be done then."""
        if self._definition is not None:
            raise PipelineError(f"{what}: pipeline '{self._name}' has been synthesized and cannot be changed any more")

    # -- what the pipeline asks for

    def produced(self) -> IResolvable:
        """The resource's ``PipelineDefinition``, made when CDK resolves it."""
        return Lazy.any(Producer(self._body.produce))

    def seal_with(self, resource: sagemaker.CfnPipeline) -> None:
        """Lets CDK seal the pipeline before it renders this resource, and validate it."""
        self._resource = resource
        Aspects.of(resource).add(Sealer(self.seal, self._cannot_render), priority=_SEAL_PRIORITY)
        self._node.add_validation(Validation(self.validate))

    def take_definition(
        self,
        given: Definition,
        roles: Mapping[str, iam.IRole],
        places: Mapping[str, S3Location | s3.IBucket],
        images: Mapping[str, Image],
    ) -> None:
        """Uses a definition instead of steps, with constructs in place of names; see ``Replaced``."""
        replaced = from_definition.Replaced(given, self.pipeline, self._workplace, roles, places, images)
        for role in replaced.roles.values():
            self.uses_role(role, own=False, step="")
        self._given = replaced.definition

    def set_defaults(self, values: Mapping[str, Any]) -> None:
        """Sets the defaults of parameters, by their names; see ``Pipeline.defaults``."""
        who = f"Pipeline '{self._node.path}': defaults"
        self.refuse_when_sealed(who)
        if not isinstance(values, Mapping):
            raise PipelineError(f"{who} takes values by the names of parameters, not {shown(values)}")
        if self._given is not None:
            raise PipelineError(f"{who} is for steps, but the definition was given whole; say them in it")
        self._defaults.update(values)

    def publish(self, prefix: str) -> None:
        """Has parameters written by which others find the pipeline; see ``Pipeline.publish``."""
        publishing.check_prefix(prefix)
        self.refuse_when_sealed("publish")
        self._published[prefix] = None

    def use_arn(self) -> str:
        """The pipeline's ARN, in which the service writes the name in lower case.

        The seal looks for what starts the pipeline only if somebody has asked: to look at a whole app takes long.
        """
        self._is_referred_to = True
        return self._arn()

    def explain_wildcards(self) -> None:
        """Acknowledges each wildcard in the derived policies, with its reason, for cdk-nag."""
        self.refuse_when_sealed("its wildcards cannot be acknowledged")
        self._roles.explain_wildcards()

    # -- what is known of it

    @property
    def current(self) -> Definition:
        """The definition as far as the steps are declared now, with tokens of CDK."""
        return self._definition or self._render([], lambda step: {})

    @property
    def definition(self) -> Definition:
        """The current definition with names in place of tokens, as ``smpipe`` reads it from the template."""
        return Definition(named(self.current.json, self._stack))

    @property
    def environment(self) -> Environment:
        """What permissions follow from besides the definition: complete once sealed, before that as far as known."""
        return self._roles.environment

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What has been found so far: all of the definition's once it is sealed."""
        return tuple(self._findings)

    def warnings(self) -> list[Finding]:
        """The warnings found so far."""
        return [finding for finding in self._findings if finding.level == "warning"]

    def construct_of(self, step: str | None) -> Construct:
        """The step of that name, or the pipeline where there is none, as for a definition that was given whole."""
        return cast("Construct", self._registered.get(step or "", (self.pipeline,))[0])

    # -- when the app is synthesized

    def seal(self) -> None:
        """Renders the definition, freezes it, judges it and fills the roles; errors are kept for the validation."""
        if self._definition is not None:
            return
        watch(self._root)
        self._workplace.limits = self.options.compute().limits
        if self.options.parallelism is None and self.parallelism is not None:
            self._resource.parallelism_configuration = ParallelismConfig(self.parallelism).to_json()
        tags = JobTags(self._node, self._stack, self._resource, self._findings)
        definition = self._render(self._findings, tags)
        self._findings += tags.lost(step for steps in self._registered.values() for step in steps)
        self._definition = definition
        if self._deployed_after:
            self._resource.node.add_dependency(*self._deployed_after)
        self._judge(definition)
        if any(finding.code == "list-token" for finding in self._findings):
            return  # CDK resolves before it validates, and the list inside of a text would be all that it tells of
        self._grant(definition)
        self._judge_permissions(definition)
        for prefix in self._published:
            self._write_published(prefix, definition)
        for resource, finding in lacking(self._stack, self._workplace.where.region):
            warn(resource, finding, self._stack)
        self._findings += self._body.write(definition)

    def validate(self) -> list[str]:
        """All errors, each with the path of the construct that it is about."""
        self._roles.explain_between_stacks()
        self._roles.wait_for_owners()
        for finding in self._workplace.late_keys():
            self._warn(finding)
        errors = [self._told(finding) for finding in self._findings if finding.level == "error"]
        clash = self._clash()
        return errors + ([escaped(clash)] if clash else [])

    def _cannot_render(self, error: Exception) -> None:
        """Keeps an exception for the validation."""
        self._findings += not_rendered(error, self._definition, self._stack)

    def _render(self, findings: list[Finding], tags: TagsOf) -> Definition:
        if self._given is not None:
            return self._given
        rendering = Rendering(findings=findings)
        for parameter in self.options.parameters:
            rendering.declare(parameter)
        steps = [step.render(rendering, tags) for step in self.pipeline.step_list()]
        rendering.step = None
        document: dict[str, Any] = {"Version": VERSION, "Metadata": dict(self.options.metadata)}
        experiment = self.options.experiment_config
        rendered = None if experiment is None else rendering.render(experiment.to_json(), "PipelineExperimentConfig")
        given = self.options.mlflow_config
        mlflow = None if given is None else rendering.render(given.to_json(), "MlflowConfig")
        parameters = with_defaults(rendering.parameters, self._defaults, findings)
        document["Parameters"] = [parameter.declaration() for parameter in parameters]
        if experiment is not None:
            document["PipelineExperimentConfig"] = rendered
        if mlflow is not None:
            document["MlflowConfig"] = mlflow
        document["Steps"] = steps
        return Definition(document)

    def _judge(self, definition: Definition) -> None:
        """Keeps what the rules find in the definition and in the names that it uses."""
        self._findings += self._duplicates()
        mine = {*self._roles.arns, *self._workplace.names()}
        text = json.dumps(definition.json, ensure_ascii=False)
        self._roles.expect(text)
        environment = self.environment
        more = rules(text, environment, self._written(definition), mine, self._app)
        found = check(definition, Model(), more, beside=environment.data, names=self._roles.names)
        self._findings += not_yet_reported(found, self._findings)
        compute = self.options.compute()
        self._findings += compute.judge(definition, environment, self.parallelism, own_role=self._own_role)
        if self._is_referred_to:
            self._findings += started(self.pipeline, self._arn(), definition)
        for finding in dict.fromkeys([*self._workplace.doubts, *self.warnings()]):
            self._warn(finding)

    def _written(self, definition: Definition) -> dict[str, Given]:
        """What was written as the service takes it, by the step's name."""
        trust = self.options.trust
        if self._given is not None:
            return {step.name: Given(trust) for step in definition.all_steps()}
        found = {}
        for name, steps in self._registered.items():
            given = steps[0].given()
            if given is not None:
                found[name] = replace(given, trust=trust.and_also(given.trust), roles=self._roles.of(name))
        return found

    def _duplicates(self) -> list[Finding]:
        return [
            Finding(
                "duplicate-step",
                f"several steps have the name: {', '.join(step.node.path for step in steps)}; names are unique in the "
                "whole pipeline, give one of them step_name=",
                step=name,
            )
            for name, steps in self._registered.items()
            if len(steps) > 1
        ]

    def _grant(self, definition: Definition) -> None:
        """Fills the roles, and writes into the template what their permissions follow from besides the definition."""
        try:
            for finding in self._roles.grant(definition):
                self._warn(finding)
        except PipelineError as error:
            self._findings.append(Finding("permissions", error.args[0]))
        known = environment_json.to_json(self.environment)
        files = {environment_json.FILES: self._workplace.files} if self._workplace.files else {}
        self._resource.add_metadata(environment_json.KEY, {**known, **files})

    def _judge_permissions(self, definition: Definition) -> None:
        """Warns of doubts about the permissions, and keeps their errors."""
        environment = self.environment
        doubts = (*undecided(definition, environment), *without_key(definition, environment))
        raw = {name for name, given in self._written(definition).items() if given.in_code is None}
        for finding in (*doubts, *self._roles.handed_over(definition, raw), *self._roles.not_assumable(definition)):
            self._warn(finding)
        found = list(found_elsewhere(definition, environment))
        if self._consumers:
            found += consumers.let_in(definition, environment, self._consumers, self._workplace, self._app)
        if any(self._endpoints.values()):
            consumers.grant_endpoints(definition, environment, self._endpoints)
        for finding in found:
            if finding.level == "error":
                self._findings.append(finding)
            else:
                self._warn(finding)

    def _write_published(self, prefix: str, definition: Definition) -> None:
        values = publishing.values(
            name=self._resource.ref,
            arn=self._arn(),
            role=self._resource.role_arn,
            bucket=self._workplace.bucket_of_artifacts,
            of_steps=self._roles.by_step(),
            definition=definition,
        )
        scope = Construct(self.pipeline, f"Published{prefix.replace('/', '-')}")
        publishing.write(scope, prefix, values)
        scope.node.add_dependency(self._resource)

    def _clash(self) -> str | None:
        for other in syntheses(self._root):
            if other is self:
                return None
            # the service compares names without case
            if other._name.lower() == self._name.lower() and _may_be_one(other.workplace.where, self.workplace.where):
                return (
                    f"the pipeline's name '{self._name}' is also that of {other.pipeline.node.path} in the same "
                    "account and region; give one of them another pipeline_name"
                )
        return None

    def _arn(self) -> str:
        return self._stack.format_arn(service="sagemaker", resource="pipeline", resource_name=self._name.lower())

    def _warn(self, finding: Finding) -> None:
        warn(self.construct_of(finding.step), finding, self._stack)

    def _told(self, finding: Finding) -> str:
        """A finding with the path of the construct that it is about."""
        about, told = self.construct_of(finding.step), for_people(finding, self._stack)
        return told if about is self.pipeline else f"{told} (at {escaped(about.node.path)})"


def syntheses(root: IConstruct) -> list[Synthesis]:
    """The syntheses of all pipelines of an app, in the order of their construction; kept on its root construct."""
    found: list[Synthesis] = root.__dict__.setdefault("_sagemaker_pipelines", [])
    return found


def _may_be_one(one: Where, other: Where) -> bool:
    """Whether accounts and regions may be equal; those that only the deployment knows count as equal."""
    pairs = ((one.account, other.account), (one.region, other.region))
    return all(a == b or (is_token(a) and is_token(b)) for a, b in pairs)
