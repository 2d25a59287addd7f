"""The envelope that every step has: name, dependencies, cache, retries, and its place in a pipeline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from aws_cdk import Duration
from constructs import Construct

from ...language import PipelineError, Reference, Rendering, StepReference, an, choices, did_you_mean, parse_path
from ...language.definition import COMPLETED
from ...language.expressions import has_placeholder, readable
from ...language.keyword_options import by_name
from ...language.later import later_pattern
from ...language.paths import StepName, format_path
from ...language.references import references
from ...language.rules.steps import STEP_NAME
from ...language.step_types import STEP_TYPES
from ...language.tokens import is_token
from ...monitoring.metrics import MeasuredStep
from ...properties.service_model import request_shape, resolve, wrong_numbers
from ...undo import Whole, removing
from .field_checks import items, shown
from .fields import Fields, FieldsClass, field
from .help import documentation
from .scope import DeclaredStep, Dependable, StepScope, TagsOf, entering, loop_around

if TYPE_CHECKING:
    from ...iam.trust import Given


_OF_SOME_TYPES = {"cache": "reuses what came of", "retry_policies": "retries"}
"""Fields that not every type has, and what the service does for them."""


_READ = ("output", "property_file", "result", "selected")
"""Methods by which others read what came of a step."""


_CODE = {"script": 'Script("job.py")', "source": 'SourceDir("folder", entry_point="main.py")'}
"""How the types call the code that a container runs; each knows one of the two."""


_OURS = __name__.partition(".")[0] + "."


class StepClass(FieldsClass, Whole):
    """The class of the classes of steps: with fields, and made whole or not at all."""

    __doc__ = property(documentation)  # the text above would stand before the base's


class Step(Construct, Fields, Dependable, MeasuredStep, metaclass=StepClass):
    """A step of a pipeline: the base of all classes of steps.

    ```python
    def follow(step: Step, others: list[Step]) -> None:
        for other in others:
            other.add_dependency(step)

    follow(prepare, [train])
    ```

    After an error of a constructor, also of a subclass's, nothing is left of the step but files and images that were
    staged for it: those that CDK has taken into the assembly stay there.
    """

    # for each object, jsii looks up every attribute of every class in these interfaces; those of Construct are enough
    __jsii_ifaces__: ClassVar[list[Any]] = []

    type: ClassVar[str]
    """The step's ``Type`` in the definition, such as "Training"."""
    _runs: ClassVar[str] = ""
    """The type whose job the step runs, where that is another one."""

    scope: StepScope = field(kw_only=False)
    """The pipeline, group, branch of a condition or body of a for-each in which it is declared."""
    construct_id: str = field(kw_only=False)
    """The construct's id, unique in its scope; the step's name unless there is ``step_name``."""
    step_name: str | None = None
    """The name in the pipeline: 1 to 64 letters, digits, '-' and '_', unique in the pipeline."""
    display_name: str | None = None
    """The name shown in Studio, at most 256 characters."""
    description: str | None = None
    """The description shown in Studio, at most 3072 characters."""
    depends_on: Sequence[Dependable] = ()
    """Steps and groups of steps to wait for; those that it reads data of need no entry."""

    outer: StepScope = field(init=False)
    """The scope in which the step was declared."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.__module__.startswith(_OURS):
            # for each object, jsii looks in its classes for overridden members of Construct; ours override none
            cls.__jsii_declared_type__ = "constructs.Construct"

    @by_name
    def __init__(self, scope: StepScope, construct_id: str, **given: Any) -> None:
        self.outer = scope
        self._own_id = construct_id
        if not isinstance(scope, StepScope):
            raise PipelineError(
                f"{type(self).__name__} '{construct_id}': the scope must be a Pipeline, a StepGroup or a branch such "
                f"as check.if_steps, not {shown(scope)}"
            )
        self._take_fields(given)
        given_name = self.__dict__["step_name"]
        what, name = ("construct_id", construct_id) if given_name is None else ("step_name", given_name)
        if not isinstance(name, str):
            raise PipelineError(f"{type(self).__name__}: {what} must be a literal text, not {shown(name)}")
        self._full_name = StepName(scope._name_prefix + name, scope._scopes()[-1].path)
        self.host = scope.host
        with self.naming():
            self._check_name()
            scope.host.refuse_when_sealed("it cannot be added")
            scope._remember()
            with entering(scope, construct_id, "step_name= for the name"):
                super().__init__(scope, construct_id)
            removing(self)
            scope.take(self)
            self.host.register(self)
            for other in items(self.depends_on, "depends_on"):
                self._check_wait(other)
                self.waits().append((other, COMPLETED))
            self._data_beside: list[tuple[str, Any]] = []
            self.bind()
            self._arguments = without_none(self.arguments())
            self._check_numbers()
            self._finish()

    # -- what a type writes

    def bind(self) -> None:
        """Makes what the step needs around itself; called once, when the step is constructed."""

    def _finish(self) -> None:
        """Changes what belongs to others and cannot be changed back; called last, when the step is sure to be."""

    def _check_numbers(self) -> None:
        """Refuses literals that cannot be where the request has whole numbers, while the line is known."""
        shape = request_shape(self._runs or self.type)
        for found in wrong_numbers(shape, self._arguments) if shape is not None else ():
            value = self._arguments
            for part in found.path:
                value = value[part]
            annotations = {name: text for kind in type(self).__mro__ for name, text in _annotated(kind)}
            numbers = [name for name in self._declared_fields if _NUMBERS.search(annotations.get(name, ""))]
            fields = [name for name in numbers if _is_written_as(self.__dict__[name], value)]
            what = fields[0] if len(fields) == 1 else format_path(found.path).lstrip(".")
            raise PipelineError(f"{what} {found.text}")

    def arguments(self) -> dict[str, Any]:
        """The ``Arguments``: literals, expressions and value objects; entries that are None are left out."""
        raise NotImplementedError

    def _more_keys(self) -> dict[str, Any]:
        """What is written besidess the arguments for this type only."""
        return {}

    def given(self) -> Given | None:
        """What of the rendered step was written as the service takes it, and is trusted or not; None for nothing."""
        return None

    # -- for users

    def on_failure(self, *others: Dependable) -> None:
        """The others run when this step has failed, and only then; the execution ends as ``CompletedWithFailures``.

        ```python
        train.on_failure(tell)
        ```

        What they read of the failed step, such as ``train.properties.failure_reason``, may have no value: no source
        says what the service gives then. The synthesis warns of it.

        Args:
            *others: The steps and groups of steps that follow.

        Raises:
            PipelineError: Something that cannot follow the step.
        """
        self._trigger("Failed", others)

    def on_stop(self, *others: Dependable) -> None:
        """The others run when this step was stopped, and only then.

        Args:
            *others: The steps and groups of steps that follow.

        Raises:
            PipelineError: Something that cannot follow the step.
        """
        self._trigger("Stopped", others)

    def on_end(self, *others: Dependable) -> None:
        """The others run when this step has ended: has succeeded, has failed or was stopped.

        Args:
            *others: The steps and groups of steps that follow.

        Raises:
            PipelineError: Something that cannot follow the step.
        """
        self._trigger("Any", others)

    def _trigger(self, trigger: str, others: Sequence[Dependable]) -> None:
        for other in others:
            if not isinstance(other, Dependable):
                raise PipelineError(f"{self.owner()}: steps and groups of steps can follow it, not {shown(other)}")
            other.wait_for(self, trigger)

    def reference(self, path: str) -> StepReference[Any]:
        """Any property of what the step makes, as an expression.

        Args:
            path: Where the property is in the service's description, such as ``"ModelArtifacts.S3ModelArtifacts"`` or
                ``"Outputs['x']"``.

        Raises:
            PipelineError: A path that the service's model does not have; the message has the closest match.
        """
        with self.naming():
            if not isinstance(path, str) or not path:
                raise PipelineError(f"reference takes a path such as 'A.B[0]', not {path!r}")
            parts = parse_path(path)
            resolve(self.type, parts)
        return StepReference(self.name, parts)

    def owner(self) -> str:
        return f"{type(self).__name__} '{self.path}'"

    @property
    def _is_repeated(self) -> bool:
        return loop_around(self) is not None

    def _why_not(self, name: str) -> str:
        for code, example in _CODE.items():
            if name in _CODE and code != name and code in self._declared_fields:
                return f"; its code is given as {code}={example}"
        facts = STEP_TYPES.get(getattr(self, "type", ""))
        if name not in _OF_SOME_TYPES or facts is None:
            return super()._why_not(name)
        sure = "it is not settled that the service" if facts.disputed else "the service never"
        return f"; {sure} {_OF_SOME_TYPES[name]} {an(self.type)} step"

    if not TYPE_CHECKING:  # a type checker must see the declared members only

        def __getattr__(self, name: str) -> NoReturn:
            if name.startswith("_") or "_full_name" not in self.__dict__:  # what Python asks for, or too early
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            # with a name and no object, Python adds no hint of its own
            raise AttributeError(f"{self.owner()} has no {name!r}{self._what_it_has(name)}", name=name)

    def _what_it_has(self, name: str = "") -> str:
        """What to say of a result that there is not: the closest one, or all."""
        own = [vars(kind) for kind in type(self).__mro__ if issubclass(kind, Step) and kind is not Step]
        members = {key: value for each in own for key, value in each.items() if not key.startswith("_")}
        results = sorted(key for key, value in members.items() if isinstance(value, property) or key in _READ)
        hint = did_you_mean(name, [*results, *self._declared_fields]) if name else ""
        return hint or (f"; what can be read of it is {choices(results)}" if results else "; nothing of it can be read")

    @property
    def path(self) -> str:
        """The path of the construct in the app, such as ``Dev/Pipeline/Train``."""
        return f"{self.outer.node.path}/{readable(str(self._own_id))}"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} '{self.name}'>"

    # -- for the pipeline

    def _last_steps(self) -> list[DeclaredStep]:
        return [self]

    def dependencies(self) -> list[tuple[DeclaredStep, str]]:
        """The written dependencies with their triggers, each once: the step's own and those of the groups around it."""
        waits = [*self.waits(), *self.outer._waits_of_all()]
        return list(dict.fromkeys((step, trigger) for other, trigger in waits for step in other._last_steps()))

    def inner_steps(self) -> Iterator[DeclaredStep]:
        """The steps inside this one, such as those of its branches."""
        return iter(())

    def render(self, rendering: Rendering, tags: TagsOf) -> dict[str, Any]:
        """The step as it appears in the definition; the synthesis calls this.

        Args:
            rendering: What turns values into JSON and collects findings.
            tags: A function that returns CDK's tags for the job of a step.
        """
        rendering.step = self.name
        document: dict[str, Any] = {"Name": self.name, "Type": self.type}
        for key, value in (("DisplayName", self.display_name), ("Description", self.description)):
            if value is not None:
                document[key] = value
        for other, _ in self.waits():
            if not other._last_steps():
                rendering.find("DependsOn", "empty-group", f"it depends on group '{other.name}', which has no step")
        rest = rendering.render(self._more_keys())
        rest["Arguments"] = self._render_arguments(rendering, tags)
        for where, uri in self._data_beside:
            rendering.render(uri, where)
        dependencies = self.dependencies()
        waits: list[Any] = [
            step.name if trigger == COMPLETED else {"Step": step.name, "Trigger": trigger}
            for step, trigger in dependencies
        ]
        data = [(access.reads, access.writes) for access in self.host.workplace.accesses.get(self.name, ())]
        if data:  # of which the service sees no edge where the arguments do not tell of it
            told = {step.name for step, _ in dependencies}.union(_steps_in(rest))
            waits += [name for name in _steps_in(data) if name not in told]
        if waits:
            document["DependsOn"] = waits
        return {**document, **rest}

    def _render_arguments(self, rendering: Rendering, tags: TagsOf) -> dict[str, Any]:
        """The arguments as JSON."""
        rendered: dict[str, Any] = rendering.render(self._arguments, "Arguments")
        return rendered

    def _check_name(self) -> None:
        if has_placeholder(self.name) or is_token(self.name):
            raise PipelineError("a step's name must be literal, the service substitutes no value there")
        if not STEP_NAME.fullmatch(self.name):
            is_id = self.__dict__["step_name"] is None
            advice = "; give step_name= when the construct's id must differ" if is_id else ""
            raise PipelineError(f"the name {self.name!r} must have 1 to 64 letters, digits, '-' or '_'{advice}")
        for what in ("display_name", "description"):
            value = self.__dict__.get(what)
            if value is not None and (not isinstance(value, str) or has_placeholder(value)):
                raise PipelineError(f"{what} must be a literal text, the service substitutes no value there")


_NUMBERS = later_pattern(r"\b(IntegerLike|int|Duration)\b")
"""What annotations say of fields that become whole numbers."""


def _annotated(kind: type) -> Iterator[tuple[str, str]]:
    """The fields that a class declares, with their annotations as texts."""
    for name, annotation in vars(kind).get("_field_annotations", {}).items():
        yield name, str(annotation)


def _is_written_as(given: Any, value: Any) -> bool:
    """Whether a field was given this value, or a duration of so many seconds."""
    if isinstance(given, Duration) and not given.is_unresolved():
        given = given.to_seconds(integral=False)
    return given is value or (type(given) is type(value) and bool(given == value))


def _steps_in(value: Any) -> dict[str, None]:
    """The names of the steps that a JSON value reads, each once."""
    found: dict[str, None] = {}
    for _, get in references(value):
        try:
            reference = Reference.parse(get)
        except PipelineError:
            continue  # a rule finds it
        if reference.kind == "Steps":
            found[reference.name] = None
    return found


def without_none(value: Any) -> Any:
    """A copy of nested dicts and lists without the entries that are None."""
    if isinstance(value, (str, int)):  # as most are; to ask whether something is a mapping takes long
        return value
    if isinstance(value, Mapping):
        return {key: without_none(item) for key, item in value.items() if item is not None}
    if isinstance(value, (list, tuple)):
        return [without_none(item) for item in value if item is not None]
    return value
