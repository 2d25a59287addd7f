"""What Python cannot do with a value that it does not know: each use is refused, with advice."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Final, NoReturn

KNOWN_LATER: Final = "is known when the pipeline runs"
"""What each refusal says."""


class Unknown:
    """A value that is known when the pipeline runs, not before."""

    def describe(self) -> str:
        """A short description of the value, for messages."""
        raise NotImplementedError

    def refuse(self, use: str, advice: str) -> NoReturn:
        """Raises ``TypeError``, since this use needs the value now.

        Args:
            use: What cannot be done, for the message.
            advice: What to write instead, for the message.
        """
        raise TypeError(f"{self.describe()} {KNOWN_LATER}, so {use}; {advice}")

    def refuse_slice(self, key: object) -> None:
        """Raises ``TypeError`` for a slice of a value that has elements.

        Args:
            key: What is written in the brackets; a slice is refused.
        """
        if isinstance(key, slice):
            self.refuse("it cannot be sliced now", "take single elements of it, or do so in a job")

    def __eq__(self, other: object) -> bool:
        self.refuse("'==' cannot compare it now", "use .equals(x) in a ConditionStep")

    def __ne__(self, other: object) -> bool:
        self.refuse("'!=' cannot compare it now", "use ~expression.equals(x) in a ConditionStep")

    def __hash__(self) -> int:
        self.refuse("it cannot be a dictionary key or a member of a set", "use its name as the key")

    def __bool__(self) -> bool:
        self.refuse("it is neither true nor false now", "use a ConditionStep")

    def __int__(self) -> int:
        self.refuse("int() cannot convert it now", "pass it as it is")

    def __float__(self) -> float:
        self.refuse("float() cannot convert it now", "pass it as it is")

    def __iter__(self) -> Iterator[NoReturn]:
        self.refuse("it cannot be iterated now", "use a ForEachStep, or Join(', ', [...]) to join texts")

    def __len__(self) -> int:
        self.refuse("it has no length now", "pass it as it is")

    def __contains__(self, item: object) -> bool:
        self.refuse("'in' cannot look into it now", "use .is_in([...]) in a ConditionStep")


_JOIN: Final = 'write f"{a}{b}" to join texts; the service does no arithmetic'
_COMPUTE: Final = "the service does no arithmetic; compute it in a job, or make it a separate parameter"
_CONDITION: Final = "only conditions can be combined; compare it first, as in .equals(True)"

# binary operators; each has its reflected form
_OPERATORS: Final = [
    ("add", "'+' cannot be computed", _JOIN),
    ("sub", "'-' cannot be computed", _COMPUTE),
    ("mul", "'*' cannot be computed", _COMPUTE),
    ("matmul", "'@' cannot be computed", _COMPUTE),
    ("truediv", "'/' cannot be computed", _COMPUTE),
    ("floordiv", "'//' cannot be computed", _COMPUTE),
    ("mod", "'%' cannot be computed", _COMPUTE),
    ("divmod", "divmod() cannot be computed", _COMPUTE),
    ("pow", "'**' cannot be computed", _COMPUTE),
    ("lshift", "'<<' cannot be computed", _COMPUTE),
    ("rshift", "'>>' cannot be computed", _COMPUTE),
    ("and", "'&' does not take it", _CONDITION),
    ("or", "'|' does not take it", _CONDITION),
    ("xor", "'^' does not take it", _CONDITION),
]
_OTHERS: Final = [
    ("neg", "'-' cannot be computed", _COMPUTE),
    ("pos", "'+' cannot be computed", _COMPUTE),
    ("abs", "abs() cannot be computed", _COMPUTE),
    ("round", "round() cannot be computed", _COMPUTE),
    ("trunc", "math.trunc() cannot be computed", _COMPUTE),
    ("floor", "math.floor() cannot be computed", _COMPUTE),
    ("ceil", "math.ceil() cannot be computed", _COMPUTE),
    ("invert", "'~' does not take it", _CONDITION),
    ("complex", "complex() cannot convert it now", "pass it as it is"),
    ("index", "it cannot be used as a count or a position now", "use a ForEachStep to repeat steps"),
    ("getitem", "'[...]' cannot cut it or look into it now", "do so in a job, or make the part a separate parameter"),
]


def _refusing(use: str, advice: str) -> Callable[..., NoReturn]:
    return lambda self, *_: self.refuse(use, advice)


def _refuse_division(self: Unknown, other: object) -> NoReturn:
    if isinstance(other, (str, os.PathLike)):
        self.refuse("'/' cannot make a path of it", 'write f"{a}/{b}"')
    self.refuse("'/' cannot be computed", _COMPUTE)


# set, not written out, so that type checkers report their use like that of any missing operator
for _name, _use, _advice in _OPERATORS:
    _method = _refuse_division if _name == "truediv" else _refusing(_use, _advice)
    setattr(Unknown, f"__{_name}__", _method)
    setattr(Unknown, f"__r{_name}__", _method)
for _name, _use, _advice in _OTHERS:
    setattr(Unknown, f"__{_name}__", _refusing(_use, _advice))
