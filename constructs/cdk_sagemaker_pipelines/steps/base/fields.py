"""Fields of a step, declared once and seen by type checkers as the exact signature.

A step is a construct, and jsii passes dataclass instances by value, so a step must not be a dataclass: this base reads
the annotations itself. ``scope`` and ``construct_id`` come first, as everywhere in CDK; every other field is
keyword-only.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Generic, TypeVar, get_origin

from typing_extensions import dataclass_transform

from ...language import PipelineError, did_you_mean
from ...language.expressions import MISSING
from ...language.no_value import NoValue
from .help import documentation, signature

T = TypeVar("T")

if sys.version_info >= (3, 14):  # where annotations are evaluated when they are asked for, maybe before all names exist
    from annotationlib import Format, get_annotations

    def _annotations(cls: type) -> Mapping[str, Any]:
        return get_annotations(cls, format=Format.FORWARDREF)
else:
    from inspect import get_annotations as _annotations


def field(*, kw_only: bool = True, init: bool = True, default: Any = MISSING) -> Any:
    """Says more of a field than its annotation does; ``init=False`` is no field but an attribute."""
    return _Field(default, init and kw_only)


class _Field:
    def __init__(self, default: Any, declared: bool) -> None:
        self.default = default
        self.declared = declared


class _ForTypeCheckers(Generic[T]):
    """Keeps a decorator from jedi, which ignores a class that an object of another class decorates.

    Of ``dataclass_transform`` jedi knows neither keyword-only fields nor Python's order of base classes, so that it
    shows the attributes of ``object`` as fields. Without, it shows the ``__init__`` of each step.
    """

    def __new__(cls, given: T) -> T:  # type: ignore[misc]
        return given


class FieldsClass(type):
    """The class of classes with fields, for ``help()`` and ``inspect`` to show these; worked out when they ask."""

    __signature__ = property(signature)
    __doc__ = property(documentation)

    def __setattr__(cls, name: str, value: Any) -> None:
        if name == "__dataclass_params__":  # the first that ``@dataclass`` sets
            raise TypeError(
                f"{cls.__name__} needs no @dataclass, which jsii could not use: its annotations are its fields"
            )
        super().__setattr__(name, value)


@_ForTypeCheckers
@dataclass_transform(kw_only_default=True, field_specifiers=(field,))
class Fields(NoValue, metaclass=FieldsClass):
    """Base of classes whose annotations are their keyword arguments, read-only once given.

    Lists are kept as tuples and dicts as read-only views, so that nothing given later is silently lost.
    """

    _declared_fields: ClassVar[Mapping[str, Any]] = {}
    """The default of each field, ``MISSING`` for one that must be given."""
    _field_annotations: ClassVar[Mapping[str, Any]] = {}
    """The annotation of each field that the class declares itself."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        declared = {}
        annotations = {}
        for base in reversed(cls.__mro__):
            declared.update(vars(base).get("_declared_fields", {}))
        for name, annotation in _annotations(cls).items():
            if _is_class_var(annotation, cls):
                continue
            default = vars(cls).get(name, MISSING)
            if isinstance(default, _Field):
                if not default.declared:
                    delattr(cls, name)
                    continue
                default = default.default
            declared[name] = default
            annotations[name] = annotation
            if name in vars(cls):
                delattr(cls, name)
        cls._declared_fields = declared
        cls._field_annotations = annotations

    def owner(self) -> str:
        """Whose fields they are, for messages."""
        return type(self).__name__

    def _take_fields(self, given: Mapping[str, Any]) -> None:
        """Stores the given values; refuses unknown and missing ones in the words of the caller."""
        for name in given:
            if name not in self._declared_fields:
                raise TypeError(f"{self.owner()} has no field '{name}'{self._why_not(name)}")
        values = {**self._declared_fields, **given}
        needed = [name for name, default in self._declared_fields.items() if default is MISSING]
        missing = [f"'{name}'" for name in needed if values[name] is MISSING or values[name] is None]
        if missing:
            self._lacks(", ".join(missing))
        self.__dict__.update({name: _frozen(value) for name, value in values.items()})

    def _why_not(self, name: str) -> str:
        """What to say of a field that there is not."""
        return did_you_mean(name, self._declared_fields)

    def _lacks(self, missing: str) -> None:
        """Refuses what lacks these fields."""
        raise TypeError(f"{self.owner()} needs {missing}")

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self._declared_fields:
            raise PipelineError(
                f"{self.owner()}: '{name}' is given when the step is constructed and cannot be changed later"
            )
        super().__setattr__(name, value)


def _is_class_var(annotation: Any, cls: type) -> bool:
    """Whether an annotation says ``ClassVar``: the thing itself, or a text where the module postpones annotations."""
    if isinstance(annotation, str):
        name = re.match(r"[\w.]*", annotation.strip())[0]  # type: ignore[index]  # it matches every text
        if name.rpartition(".")[2] == "ClassVar":
            return True
        annotation = vars(sys.modules[cls.__module__]).get(name)  # imported under another name
    return annotation is ClassVar or get_origin(annotation) is ClassVar


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    if isinstance(value, dict):
        return MappingProxyType({key: _frozen(item) for key, item in value.items()})
    return value
