"""Where steps are declared, who waits for whom, and what a step asks of the pipeline that it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from constructs import Construct, IConstruct, Node

from ...language import CacheConfig, Parameter, PipelineError, Rendering, RetryPolicy
from ...language.definition import COMPLETED
from ...language.keyword_options import GivenOnce
from ...language.no_value import NoValue
from ...undo import Whole, remembering
from .field_checks import shown

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam

    from ...assets import Workplace
    from ...iam.permissions import GrantPermissions, Permission
    from ...iam.trust import Given
    from .compute_defaults import ComputeDefaults
    from .job_defaults import JobDefaults

_TO = {COMPLETED: "succeed", "Failed": "fail", "Stopped": "be stopped", "Any": "end"}


class DeclaredStep(Protocol):
    """A step as its scope and the synthesis know it."""

    type: ClassVar[str]

    @property
    def name(self) -> str:
        """The name in the pipeline."""
        ...

    @property
    def node(self) -> Node:
        """The construct's node."""
        ...

    @property
    def outer(self) -> StepScope:
        """The scope in which it is declared."""
        ...

    def given(self) -> Given | None:
        """What of the rendered step was written as the service takes it; None for nothing."""
        ...

    def render(self, rendering: Rendering, tags: TagsOf) -> dict[str, Any]:
        """The step as it is in the definition. ``tags`` are CDK's, for the job of each step."""
        ...


TagsOf = Callable[[DeclaredStep], Mapping[str, str]]
"""CDK's tags for the job of a step."""


class Dependable(NoValue):
    """What waits for others and is waited for: a step, or a group of steps."""

    _instead = "write a property of it, such as step.properties.creation_time, or its name, step.name"

    _full_name: str
    host: PipelineHost
    """What the pipeline does for its steps; apps do not need it."""
    outer: StepScope | None
    """The scope in which it was declared; None for the scope of a whole pipeline."""

    @property
    def name(self) -> str:
        """The name in the pipeline, with the prefix of the groups around it."""
        return self._full_name

    def waits(self) -> list[tuple[Dependable, str]]:
        """What it waits for, each with its trigger, in the order of writing."""
        waits: list[tuple[Dependable, str]] = self.__dict__.setdefault("_waits", [])
        return waits

    def _last_steps(self) -> list[DeclaredStep]:
        """The steps that are meant when something waits for this."""
        raise NotImplementedError

    def holds(self, other: Dependable) -> bool:
        """Whether another step or group is inside this one.

        Args:
            other: The step or group that may be inside.
        """
        scope: Any = other.outer
        while scope is not None and scope is not self:
            scope = scope.outer
        return scope is not None

    def owner(self) -> str:
        """The class and the path of the construct, for messages."""
        raise NotImplementedError

    def naming(self) -> Naming:
        """A context in which a ``PipelineError`` gets the class and the path in front."""
        return Naming(self)

    def add_dependency(self, *others: Dependable) -> None:
        """Waits for the success of steps, and of all steps of groups, too.

        Args:
            *others: The steps and groups of steps to wait for.

        Raises:
            PipelineError: Something that cannot be waited for, such as a step of another pipeline.
        """
        with self.naming():
            self.host.refuse_when_sealed("it cannot get a dependency")
            for other in others:
                self._check_wait(other)
        remembering(self)
        self.waits().extend((other, COMPLETED) for other in others)

    def wait_for(self, other: Dependable, trigger: str) -> None:
        """Waits for an end of another step or group; ``add_dependency``, ``on_failure`` and others call this.

        Args:
            other: The step or group to wait for.
            trigger: The end: "Completed" (success), "Failed", "Stopped" or "Any".

        Raises:
            PipelineError: Something that cannot be waited for.
        """
        with self.naming():
            self.host.refuse_when_sealed("it cannot get a dependency")
            self._check_wait(other, trigger)
        remembering(self)
        self.waits().append((other, trigger))

    def _check_wait(self, other: Any, trigger: str = COMPLETED) -> None:
        """Raises ``PipelineError`` for what cannot be waited for."""
        if not isinstance(other, Dependable):
            raise PipelineError(f"depends_on takes steps and groups of steps, not {shown(other)}")
        if other is self:
            raise PipelineError("it cannot depend on itself")
        if other.host is not self.host:
            raise PipelineError(f"it cannot depend on '{other.name}' of another pipeline")
        if other.holds(self):
            raise PipelineError(f"it cannot depend on '{other.name}', which contains it")
        if self.holds(other):
            raise PipelineError(f"it cannot depend on '{other.name}', which is inside it")
        if getattr(other, "type", None) == "Fail":
            raise PipelineError(f"it cannot depend on '{other.name}', the execution ends at a FailStep")
        for known, before in self.waits():
            if known is other and before != trigger:
                raise PipelineError(
                    f"it waits for '{other.name}' to {_TO[before]} already and cannot wait for it to {_TO[trigger]}, "
                    "too; for every end write on_end"
                )


class Naming:
    """Tells a ``PipelineError`` with who it is about."""

    def __init__(self, what: Dependable) -> None:
        self._what = what

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, PipelineError):
            raise PipelineError(f"{self._what.owner()}: {error}") from None


class PipelineHost(Protocol):
    """What a step asks of the pipeline that it belongs to: the ``Synthesis``."""

    @property
    def workplace(self) -> Workplace:
        """The pipeline's stack, bucket, images and keys, for assets to bind to."""
        ...

    def register(self, step: DeclaredStep) -> None:
        """Registers a new step."""
        ...

    def uses_role(self, role: iam.IRole, *, own: bool, step: str) -> None:
        """Registers the role of a step's job; ``own`` when it is made for the step."""
        ...

    def has_granted(self, holder: IConstruct, permissions: Sequence[Permission]) -> None:
        """Registers what a step granted by itself, so that its wildcards can be acknowledged."""
        ...

    def works_off(self, role: iam.IRole, permissions: Sequence[Permission]) -> None:
        """Registers a role of the user's own that answers a step, and what it needs for it."""

    def lets_in(self, role: iam.IRole, permissions: Sequence[Permission]) -> None:
        """Has the policies of other accounts allow what a step granted to a role by itself."""
        ...

    def deploy_after(self, construct: Construct) -> None:
        """Makes the pipeline wait, in a deployment, for what its steps need."""
        ...

    def memory(self) -> Sequence[object]:
        """The objects that record what steps register, to be restored when the constructor of a step fails."""
        ...

    def refuse_when_sealed(self, what: str) -> None:
        """Raises ``PipelineError`` when the pipeline has been synthesized. ``what``: what cannot be done then."""
        ...

    @property
    def default_cache(self) -> CacheConfig | None: ...

    @property
    def default_retry_policies(self) -> Sequence[RetryPolicy]: ...

    @property
    def default_job_role(self) -> iam.IRole | None: ...

    @property
    def job_defaults(self) -> JobDefaults | None: ...

    @property
    def compute_defaults(self) -> ComputeDefaults: ...

    def registers_for(self, step: str, accounts: Sequence[str], endpoints: Sequence[GrantPermissions]) -> None: ...

    def default_of(self, parameter: Parameter[Any]) -> Any: ...


class StepScope(GivenOnce, NoValue, Construct, metaclass=Whole):
    """A scope in which steps are declared: a pipeline, a group, a branch of a condition or the body of a for-each.

    ```python
    def add_training(scope: StepScope) -> TrainingStep:
        return TrainingStep(scope, "Fit", image=Image.xgboost("1.7-1"), instance_type="ml.m5.large")

    add_training(pipeline)
    add_training(StepGroup(pipeline, "Again"))
    ```

    The steps run in the order that their data gives. It is a base class; apps use the scopes that derive from it.
    """

    _instead = "declare steps in it"

    host: PipelineHost
    """What the pipeline does for its steps; apps do not need it."""
    outer: StepScope | None = None
    """The scope in which this one was declared; None for a pipeline."""
    _name_prefix: str = ""
    _own_ids: ClassVar[frozenset[str]] = frozenset()
    """Ids of constructs that the scope makes for itself, maybe later."""
    _loop: DeclaredStep | None = None
    """The for-each whose body this scope is."""

    def step_list(self) -> list[DeclaredStep]:
        """The steps declared here, in the order of their declaration."""
        steps: list[DeclaredStep] = self.__dict__.setdefault("_steps", [])
        return steps

    def take(self, step: DeclaredStep) -> None:
        """Adds a step that is declared here; the constructors of steps call this.

        Args:
            step: The step that is being constructed.

        Raises:
            PipelineError: A step that cannot be in this scope.
        """
        self.step_list().append(step)

    def _remember(self) -> None:
        """Keeps what is known here and around, for the case that what is being made here fails."""
        remembering(*self._scopes(), *self.host.memory())

    def _scopes(self) -> list[StepScope]:
        """This scope and those around it; the last one is the pipeline."""
        scopes: list[StepScope] = [self]
        while scopes[-1].outer is not None:
            scopes.append(scopes[-1].outer)
        return scopes

    @property
    def path(self) -> str:
        """The construct's path in the app; CDK is asked for it once."""
        if "_path" not in self.__dict__:
            self._path = str(self.node.path)
        return self._path

    def _waits_of_all(self) -> list[tuple[Dependable, str]]:
        """What every step that is declared here waits for."""
        return []


@contextmanager
def entering(scope: StepScope, construct_id: str, naming: str) -> Iterator[None]:
    """Around the construction below ``scope``: tells of an id that is taken, and of the field for ``naming``."""
    clash = f"its scope has a construct '{construct_id}' already; give another id, and {naming}"
    if construct_id in scope._own_ids:
        raise PipelineError(clash)
    try:
        yield
    except RuntimeError as error:  # jsii's, of which only the clash of ids is the user's
        if "already a Construct" not in str(error):
            raise
        raise PipelineError(clash) from None


def loop_around(step: Dependable) -> DeclaredStep | None:
    """The for-each whose body contains a step, also by way of groups."""
    scope = step.outer
    while scope is not None and scope._loop is None:
        scope = scope.outer
    return None if scope is None else scope._loop


def refuse_shared(step: Dependable, field: str, shared: str, example: str) -> None:
    """Raises in a body, where the default of a field would be the same in all runs.

    ``shared``: what they would do with it; ``example``: a value with something of the item.
    """
    loop = loop_around(step)
    if loop is not None:
        raise PipelineError(
            f"{field}: it runs once for each item of '{loop.name}', and without {field}= all runs would {shared}; "
            f"give one with something of the item, such as {example}"
        )
