"""What the generated property classes are made of: members that lead from a step to a typed reference.

``train.properties.model_artifacts.s3_model_artifacts`` is an ``Expression[str]`` with the path that the service takes,
``Steps.Train.ModelArtifacts.S3ModelArtifacts``. Structures, lists and maps are expressions too, for the few places
where the service takes a whole one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar, overload

from cdk_sagemaker_pipelines.language import Expression, Key, PipelineError, StepReference, choices, did_you_mean
from cdk_sagemaker_pipelines.language.expressions import has_placeholder

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Path = tuple[str | int, ...]
Factory = Callable[[str, Path], T]
"""Makes a reference from a step's name and a path below it."""


class Structure(StepReference[Any]):
    """A structure; its members are attributes."""

    if not TYPE_CHECKING:  # a type checker must only see the declared members

        def __getattr__(self, name: str) -> NoReturn:
            members = [key for key, value in vars(type(self)).items() if isinstance(value, Member)]
            hint = "" if name.startswith("_") else did_you_mean(name, members) or f"; allowed are {choices(members)}"
            # with a name and no object, Python adds no hint of its own
            raise AttributeError(f"{self.describe()} has no property {name!r}{hint}", name=name)


class Member(Generic[T_co]):
    """A member of a structure: its name in the API, and the factory for its value."""

    __slots__ = ("_of", "name")

    def __init__(self, name: str, of: Factory[T_co]) -> None:
        self.name = name
        self._of = of

    @overload
    def __get__(self, owner: None, owner_type: type[Structure]) -> Member[T_co]: ...

    @overload
    def __get__(self, owner: Structure, owner_type: type[Structure]) -> T_co: ...

    def __get__(self, owner: Structure | None, owner_type: type[Structure]) -> Member[T_co] | T_co:
        return self if owner is None else self._of(owner.step_name, (*owner.path, self.name))


class ListOf(StepReference[Any], Generic[T]):
    """A list: ``[0]`` is its first element, ``['name']`` the element of that name if the service names them."""

    def __init__(self, step_name: str, path: Sequence[str | int], of: Factory[T]) -> None:
        super().__init__(step_name, path)
        self._of = of

    def __getitem__(self, key: int | str) -> T:
        return self._of(self.step_name, (*self.path, _part(self, key)))


class MapOf(StepReference[Any], Generic[T]):
    """A map: ``['key']`` is the value for that key."""

    def __init__(self, step_name: str, path: Sequence[str | int], of: Factory[T]) -> None:
        super().__init__(step_name, path)
        self._of = of

    def __getitem__(self, key: str) -> T:
        if not isinstance(key, str):
            raise TypeError(f"{self.describe()} is a map; its key must be a literal text, not {key!r}")
        return self._of(self.step_name, (*self.path, _part(self, key)))


class Untyped(StepReference[Any]):
    """A value that the API does not describe: ``['Name']`` is a member of it, ``[0]`` an element."""

    def __getitem__(self, key: int | str) -> Untyped:
        part = _part(self, key)
        return Untyped(self.step_name, (*self.path, str(part) if isinstance(part, str) else part))


def string(step_name: str, path: Path) -> Expression[str]:
    """A text, or a point in time."""
    return StepReference(step_name, path)


def integer(step_name: str, path: Path) -> Expression[int]:
    """A whole number."""
    return StepReference(step_name, path)


def number(step_name: str, path: Path) -> Expression[float]:
    """A number."""
    return StepReference(step_name, path)


def boolean(step_name: str, path: Path) -> Expression[bool]:
    """True or false."""
    return StepReference(step_name, path)


def list_of(of: Factory[T]) -> Factory[ListOf[T]]:
    """A list of what ``of`` makes."""
    return lambda step_name, path: ListOf(step_name, path, of)


def map_of(of: Factory[T]) -> Factory[MapOf[T]]:
    """A map to what ``of`` makes."""
    return lambda step_name, path: MapOf(step_name, path, of)


def _part(owner: StepReference[Any], key: int | str) -> int | Key:
    owner.refuse_slice(key)
    if isinstance(key, int) and not isinstance(key, bool):
        if key < 0:
            raise PipelineError(
                f"{owner.describe()}[{key}]: the service counts from 0 and does not take negative positions"
            )
        return key
    if not isinstance(key, str):
        raise TypeError(f"{owner.describe()}: a position or name must be a literal, not {key!r}")
    if not key or "'" in key or has_placeholder(key):
        raise PipelineError(f"{owner.describe()}[{key!r}]: a name must be a literal text without quotes")
    return Key(key)
