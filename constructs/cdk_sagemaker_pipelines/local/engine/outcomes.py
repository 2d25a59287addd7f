"""Scripted step results: for tests of a graph, and for steps whose containers cannot run here.

A file of outcomes is a JSON object by step name; each value has members of ``Outcome``:

    {"Train": {"fail": "AlgorithmError: no data", "failures": 1, "exception": "SageMaker.CAPACITY_ERROR"},
     "CheckData": {"violation": true}, "Tune": {"properties": {"BestTrainingJob": {"TrainingJobName": "t-1"}}}}

The name of a for-each's body step applies to every item, with "-<index>" only to that item.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from ...language import ExceptionType, choices, did_you_mean
from ...language.documentation import documented
from ...language.files import read_text
from ..errors import StartError
from ..json_text import parsed

LONGEST = 31_536_000
"""Seconds that an attempt may take: a year."""
_EXCEPTIONS = [each.value for each in ExceptionType]
OUTCOMES_VARIABLE = "SMPIPE_OUTCOMES"
"""The path of a file of outcomes, read at the start of every execution."""


class OutcomesError(StartError):
    """Outcomes that cannot be used: of steps that there are not, or with values that have no meaning.

    ```python
    try:
        run(definition, {"Trian": {"fail": "no data"}})
    except OutcomesError as error:
        print(error)
    ```
    """


@documented
@dataclass(frozen=True)
class Outcome:
    """How a scripted step ends; in ``run`` and in files of outcomes.

    ```python
    run(definition, {"T": Outcome(fail="AlgorithmError: no data", seconds=60)})
    ```

    Raises:
        OutcomesError: Values that have no meaning, such as ``failures`` without ``fail``.
    """

    properties: Mapping[str, Any] = field(default_factory=dict)
    """Members of the step's Describe response, in addition to those of its arguments and its names."""
    fail: str | None = None
    """The reason with which the step fails. Default: it succeeds."""
    exception: str | None = None
    """With ``fail``: the exception type for retry policies, such as "SageMaker.CAPACITY_ERROR" (``ExceptionType``)."""
    failures: int | None = None
    """With ``fail``: how many attempts fail before one succeeds, at least 0. Default: all of them."""
    stop: bool = False
    """Whether the step ends as Stopped, as if only its job had been stopped."""
    seconds: float = 0.0
    """How long each attempt takes, in seconds; at most a year."""
    files: Mapping[str, Any] = field(default_factory=dict)
    """What the step writes: content (text, or any JSON value) by "<output name>/<path>".

    A training or tuning writes "model.tar.gz", an object of the files in it, and "output.tar.gz"; a transform any path
    below its output. Where a step writes nothing, it leaves a file that says so.
    """
    violation: Any = None
    """For a check: it finds violations; the content of constraint_violations.json, or true for a generated one."""

    def __post_init__(self) -> None:
        if not 0 <= self.seconds <= LONGEST:  # nor is this true of NaN
            raise OutcomesError(f"seconds is {str(self.seconds)[:20]}; allowed is 0 to {LONGEST}, a year")
        if self.failures is not None and self.failures < 0:
            raise OutcomesError(f"failures is {self.failures}; it must be at least 0")
        for name in ("exception", "failures"):
            if self.fail is None and getattr(self, name) is not None:
                raise OutcomesError(f"{name} says nothing without fail, the reason of the failure")
        if self.exception is not None and self.exception not in _EXCEPTIONS:
            hint = did_you_mean(self.exception, _EXCEPTIONS) or f"; there are {choices(_EXCEPTIONS)}"
            raise OutcomesError(f"there is no exception {self.exception!r}{hint}")
        if self.stop and self.fail is not None and self.failures is None:
            raise OutcomesError("a step that fails each time does not stop: leave fail or stop out, or give failures")


def read_outcomes(file: Path) -> dict[str, Outcome]:
    """The outcomes of a file, by step name. Raises ``OutcomesError``."""
    try:
        document = parsed(read_text(file))
    except OSError as error:
        raise OutcomesError(f"the outcomes {file} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise OutcomesError(f"the outcomes {file} are not JSON: {error}") from error
    if not isinstance(document, dict):
        raise OutcomesError(f'the outcomes {file} must be an object by step name, such as {{"Train": {{"fail": "x"}}}}')
    return {name: read_outcome(f"the outcome of {name!r} in {file}", value) for name, value in document.items()}


def read_outcome(what: str, value: Any) -> Outcome:
    """The outcome with these members; ``what`` names it in errors. Raises ``OutcomesError``."""
    if not isinstance(value, dict):
        raise OutcomesError(f'{what} must be an object such as {{"fail": "why"}}, not {json.dumps(value)}')
    kinds: dict[str, tuple[type, ...]] = {
        "properties": (dict,), "fail": (str,), "exception": (str,), "failures": (int,), "stop": (bool,),
        "seconds": (int, float), "files": (dict,), "violation": (object,),
    }  # fmt: skip
    known = [member.name for member in fields(Outcome)]
    for name, member in value.items():
        if name not in known:
            close = did_you_mean(name, known) or f"; allowed are {choices(known)}"
            raise OutcomesError(f"{what} has no member {name!r}{close}")
        numeric = bool not in kinds[name] and object not in kinds[name]
        if not isinstance(member, kinds[name]) or (numeric and isinstance(member, bool)):
            raise OutcomesError(f"{what} has {name} {json.dumps(member)}; it must be a {kinds[name][-1].__name__}")
    try:
        return Outcome(**value)
    except OutcomesError as error:
        raise OutcomesError(f"{what} has values that do not fit: {error}") from None
