"""Values that the service computes when a pipeline runs.

An ``Expression`` is allowed wherever the service substitutes values at run time: pass it as it is, put it into an
f-string (which becomes ``Std:Join``), compare it with ``<``, ``<=``, ``>``, ``>=``, ``.equals(x)`` or
``.is_in([...])`` (which makes a ``Condition``). It has no value while Python runs, so truth, arithmetic, slices,
iteration and use as a key are refused with advice. Python itself refuses ``", ".join([a])`` without asking ``a``; see
``python_errors``.

Source: "Pipeline variables", "Parameters" and "Pipeline functions" of the SageMaker developer guide.
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, Final, Generic, TypeVar

from .conditions import Condition, Equals, GreaterThan, GreaterThanOrEqualTo, In, LessThan, LessThanOrEqualTo
from .errors import PipelineError, choices
from .paths import StepName, format_path
from .tokens import has_string_token, is_number_token
from .unsupported_operations import Unknown

T_co = TypeVar("T_co", covariant=True)

MISSING: Final[Any] = type("Missing", (), {"__repr__": lambda self: "MISSING", "__bool__": lambda self: False})()

PARAMETER_NAME = re.compile(r"[A-Za-z0-9\-_]{1,64}")


class Expression(Unknown, Generic[T_co]):
    """A value of type ``T_co`` that is known when the pipeline runs, not before."""

    def to_json(self) -> Any:
        """The expression as it appears in the definition."""
        raise NotImplementedError

    def payload(self) -> Any:
        """What a placeholder carries: like ``to_json``, but with each parameter's declaration."""
        return self.to_json()

    def operands(self) -> Sequence[Any]:
        """The values that this expression is made of."""
        return ()

    def describe(self) -> str:
        """A short description of the expression, for messages."""
        return json.dumps(self.to_json())

    def equals(self, other: T_co | Expression[T_co]) -> Condition:
        """The condition that this value equals ``other``."""
        return Equals(self, other)

    def is_in(self, values: Sequence[Any]) -> Condition:
        """The condition that this value is one of ``values``."""
        return In(self, values)

    def __lt__(self, other: Any) -> Condition:
        return LessThan(self, other)

    def __le__(self, other: Any) -> Condition:
        return LessThanOrEqualTo(self, other)

    def __gt__(self, other: Any) -> Condition:
        return GreaterThan(self, other)

    def __ge__(self, other: Any) -> Condition:
        return GreaterThanOrEqualTo(self, other)

    def __str__(self) -> str:
        return encode(self)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.describe()}>"

    def __format__(self, spec: str) -> str:
        if spec:
            self.refuse(f"the format {spec!r} cannot be applied now", 'write it without one, as f"{value}"')
        return encode(self)


StringLike = str | Expression[str]
IntegerLike = int | Expression[int]
FloatLike = float | Expression[float] | Expression[int]
BooleanLike = bool | Expression[bool]


class Get(Expression[T_co]):
    """``{"Get": path}``: a value by its path; the subclasses say what it is a value of."""

    def __init__(self, get: str) -> None:
        self._get = get

    def to_json(self) -> Any:
        return {"Get": self._get}

    def describe(self) -> str:
        return f"'{self._get}'"


class Parameter(Get[T_co]):
    """A value that is given when an execution starts, made with ``string``, ``integer``, ``float`` or ``boolean``.

    A pipeline declares the parameters that its steps use. Two parameters with the same name must be declared alike.
    Without a default the value must be given at every start. Names: letters, digits, '-' and '_', at most 64.
    Source: "Pipeline parameters" of the developer guide; API shape ``Parameter``.
    """

    def __init__(self, name: str, type: str, default: Any = MISSING, enum_values: Sequence[str] | None = None) -> None:
        if not isinstance(name, str) or not PARAMETER_NAME.fullmatch(name):
            raise PipelineError(f"parameter {name!r}: a name has 1 to 64 letters, digits, '-' or '_'")
        self.name = name
        self.type = type
        self.default = default.value if isinstance(default, Enum) else default
        self.enum_values = enum_values if enum_values is None else self._texts(enum_values)
        super().__init__(f"Parameters.{name}")
        self._check()

    @staticmethod
    def string(name: str, *, default: str = MISSING, enum_values: Sequence[str] | None = None) -> Parameter[str]:
        """A text; ``enum_values`` are the only values allowed, and the default must be one of them."""
        return Parameter(name, "String", default, enum_values)

    @staticmethod
    def integer(name: str, *, default: int = MISSING) -> Parameter[int]:
        """A whole number."""
        return Parameter(name, "Integer", default)

    @staticmethod
    def float(name: str, *, default: float = MISSING) -> Parameter[float]:
        """A number."""
        return Parameter(name, "Float", default)

    @staticmethod
    def boolean(name: str, *, default: bool = MISSING) -> Parameter[bool]:
        """True or false."""
        return Parameter(name, "Boolean", default)

    @property
    def has_default(self) -> bool:
        """Whether an execution may start without a value."""
        return self.default is not MISSING

    def declaration(self) -> dict[str, Any]:
        """The parameter as it appears in the definition's ``Parameters``."""
        declared: dict[str, Any] = {"Name": self.name, "Type": self.type}
        if self.has_default:
            declared["DefaultValue"] = self.default
        if self.enum_values is not None:
            declared["EnumValues"] = list(self.enum_values)
        return declared

    def payload(self) -> Any:
        return {"Parameter": self.declaration()}

    def _texts(self, values: Sequence[str]) -> tuple[str, ...]:
        if not isinstance(values, (list, tuple)) or not values or not all(isinstance(value, str) for value in values):
            raise PipelineError(f"parameter '{self.name}': enum_values must be a list of at least one text")
        texts = tuple(value.value if isinstance(value, Enum) else value for value in values)
        for text in texts:
            if has_placeholder(text):
                raise PipelineError(f"parameter '{self.name}': enum_values must be literals, not {readable(text)!r}")
        return texts

    def _check(self) -> None:
        allowed = PARAMETER_TYPES.get(self.type) if isinstance(self.type, str) else None
        if allowed is None:
            raise PipelineError(f"parameter '{self.name}': type {self.type!r}; allowed are {choices(PARAMETER_TYPES)}")
        if self.enum_values is not None and self.type != "String":
            raise PipelineError(f"parameter '{self.name}': enum_values are for String parameters, not {self.type}")
        if not self.has_default or (is_number_token(self.default) and self.type in ("Integer", "Float")):
            return
        if isinstance(self.default, Expression):
            raise PipelineError(
                f"parameter '{self.name}': the default must be a literal, not {self.default.describe()}"
            )
        right = isinstance(self.default, allowed) and (self.type == "Boolean" or not isinstance(self.default, bool))
        if not right or (isinstance(self.default, float) and not math.isfinite(self.default)):
            raise PipelineError(f"parameter '{self.name}': the default {self.default!r} is not of type {self.type}")
        if not isinstance(self.default, str) or has_string_token(self.default):
            return
        if has_placeholder(self.default):
            raise PipelineError(
                f"parameter '{self.name}': the default must be a literal, not {readable(self.default)!r}"
            )
        if self.enum_values is not None and self.default not in self.enum_values:
            raise PipelineError(
                f"parameter '{self.name}': the default {self.default!r} is not one of its enum values, "
                + choices(self.enum_values)
            )

    __hash__ = object.__hash__  # parameters are the keys of the values at a start, each by identity


PARAMETER_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "String": (str,),
    "Integer": (int,),
    "Float": (float, int),
    "Boolean": (bool,),
}


class ExecutionVariable(Get[T_co]):
    """A value of the running execution; ``ExecutionVariables`` has them all as constants."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"Execution.{name}")


class ExecutionVariables:
    """What the service knows of a running execution. Source: "Execution variables" of the developer guide."""

    START_DATETIME: Final = ExecutionVariable[str]("StartDateTime")
    CURRENT_DATETIME: Final = ExecutionVariable[str]("CurrentDateTime")
    PIPELINE_NAME: Final = ExecutionVariable[str]("PipelineName")
    PIPELINE_ARN: Final = ExecutionVariable[str]("PipelineArn")
    PIPELINE_EXECUTION_ID: Final = ExecutionVariable[str]("PipelineExecutionId")
    PIPELINE_EXECUTION_ARN: Final = ExecutionVariable[str]("PipelineExecutionArn")
    TRAINING_JOB_NAME: Final = ExecutionVariable[str]("TrainingJobName")
    """Only inside a training step's own arguments."""
    PROCESSING_JOB_NAME: Final = ExecutionVariable[str]("ProcessingJobName")
    """Only inside a processing step's own arguments."""


EXECUTION_VARIABLES: Final = tuple(
    value.name for value in vars(ExecutionVariables).values() if isinstance(value, ExecutionVariable)
)


class StepReference(Get[T_co]):
    """A property of what a step made, ``Steps.<name>.<path>``; reading it means waiting for that step.

    ``path`` holds member names and keys (str) and list positions (int); other keys are quoted.
    """

    def __init__(self, step_name: str, path: Sequence[str | int] = (), *, get: str | None = None) -> None:
        self.step_name = step_name
        self.path = tuple(path)
        super().__init__(get if get is not None else f"Steps.{step_name}{format_path(self.path)}")

    def payload(self) -> Any:
        pipeline = pipeline_of(self)
        return {"Step": {"Pipeline": pipeline, "Get": self._get}} if pipeline else super().payload()


class ItemReference(Get[T_co]):
    """``ForEach.CurrentItem<path>``: a value of the item that the body of the for-each ``loop`` runs for.

    The service only knows one current item; the name of the for-each is kept to tell items of different loops apart.
    """

    def __init__(self, loop: str, path: Sequence[str | int] = (), *, get: str | None = None) -> None:
        self._loop = loop
        super().__init__(get if get is not None else f"ForEach.CurrentItem{format_path(path)}")

    def payload(self) -> Any:
        pipeline = pipeline_of(self)
        whose = {"Pipeline": pipeline} if pipeline else {}
        return {"ForEach": {"Name": self._loop, "Get": self._get, **whose}}


def loop_of_item(expression: Expression[Any]) -> str | None:
    """The for-each that an item belongs to; None for anything else."""
    # not an attribute of the item, whose attributes are its members
    return expression._loop if isinstance(expression, ItemReference) else None


def pipeline_of(expression: Expression[Any]) -> str:
    """The pipeline whose step or item this reads, according to its ``StepName``; empty where that is not known."""
    name = expression.step_name if isinstance(expression, StepReference) else loop_of_item(expression)
    return name.pipeline if isinstance(name, StepName) else ""


class Join(Expression[str]):
    """``Std:Join``: the values as text, joined with ``on`` between them.

    ``on`` is a literal; the values are literals and expressions. An f-string makes one with an empty ``on``.
    """

    def __init__(self, on: str, values: Sequence[Any]) -> None:
        if not isinstance(on, str) or has_placeholder(on):
            raise PipelineError("Join: 'on' must be a literal text, the service substitutes no value there")
        if isinstance(values, (str, Mapping)) or not isinstance(values, Sequence):
            raise PipelineError(f"Join: the values must be a list, not {values!r}")
        for value in values:
            if not _is_operand(value):
                raise PipelineError(f"Join: texts, numbers, booleans and expressions can be joined, not {value!r}")
        self.on = on
        self.values = tuple(values)

    def to_json(self) -> Any:
        return {"Std:Join": {"On": self.on, "Values": [_operand(value) for value in self.values]}}

    def payload(self) -> Any:
        return {"Std:Join": {"On": self.on, "Values": [_payload(value) for value in self.values]}}

    def operands(self) -> Sequence[Any]:
        return self.values


class JsonGet(Expression[T_co]):
    """``Std:JsonGet``: a value out of a JSON file, at ``path``, such as ``metrics.mse`` or ``folds[0]['auc']``.

    The file is a property file of a processing step (``property_file`` is its reference,
    ``Steps.<step>.PropertyFiles.<name>``) or an object in S3 (``s3_uri``); exactly one of the two.
    ``path`` is a literal: the service substitutes no value there.
    """

    def __init__(self, path: str, *, property_file: StepReference[Any] | None = None, s3_uri: Any = None) -> None:
        if (property_file is None) == (s3_uri is None):
            raise PipelineError("JsonGet: give exactly one of property_file and s3_uri")
        if not isinstance(path, str) or not path or has_placeholder(path):
            raise PipelineError(f"JsonGet: path must be a literal text such as 'metrics.mse', not {path!r}")
        if property_file is not None and not isinstance(property_file, StepReference):
            raise PipelineError(f"JsonGet: property_file must be the reference of a step's file, not {property_file!r}")
        if s3_uri is not None and not isinstance(s3_uri, (str, Expression)):
            raise PipelineError(f"JsonGet: s3_uri must be a text or an expression, not {s3_uri!r}")
        self.path = path
        self.property_file = property_file
        self.s3_uri = s3_uri

    @property
    def _file(self) -> tuple[str, Any]:
        if self.property_file is not None:
            return "PropertyFile", self.property_file
        return "S3Uri", self.s3_uri

    def to_json(self) -> Any:
        kind, value = self._file
        return {"Std:JsonGet": {kind: _operand(value), "Path": self.path}}

    def payload(self) -> Any:
        kind, value = self._file
        return {"Std:JsonGet": {kind: _payload(value), "Path": self.path}}

    def operands(self) -> Sequence[Any]:
        return (self._file[1],)

    def describe(self) -> str:
        reference = self.property_file
        file = readable(str(self.s3_uri)) if reference is None else reference.describe().strip("'")
        return f"'{self.path} of {file}'"


# -- placeholders: an expression inside a text

# URL-safe base64 survives json.dumps and CDK's own token syntax untouched
_PLACEHOLDER = re.compile(r"\$\{SageMaker:([A-Za-z0-9_\-]*=*)\}")


def encode(expression: Expression[Any]) -> str:
    """A text that stands for the expression and contains all of it, so that no lookup table is needed."""
    payload = json.dumps(expression.payload(), separators=(",", ":"))
    return "${SageMaker:" + base64.urlsafe_b64encode(payload.encode()).decode() + "}"


def has_placeholder(text: str) -> bool:
    """Whether an expression was formatted into the text."""
    return "${SageMaker:" in text


def split(text: str) -> list[str | Expression[Any]]:
    """The literal and the expression parts of a text, in order, without empty literals.

    A placeholder that was truncated or changed stays in a literal, where ``has_placeholder`` finds it.
    """
    parts: list[str | Expression[Any]] = []
    position = 0
    for match in _PLACEHOLDER.finditer(text):
        try:
            payload = json.loads(base64.urlsafe_b64decode(match.group(1)))
            expression = _from_payload(payload)
        except (ValueError, KeyError, TypeError):
            continue
        if match.start() > position:
            parts.append(text[position : match.start()])
        parts.append(expression)
        position = match.end()
    if position < len(text):
        parts.append(text[position:])
    return parts


def readable(text: str) -> str:
    """The text with each placeholder replaced by its expression's description, for messages."""
    return "".join(part if isinstance(part, str) else "{" + part.describe().strip("'") + "}" for part in split(text))


def expression_of(text: str) -> Expression[Any] | str:
    """The text itself, or the expression that its placeholders make up."""
    if not has_placeholder(text):
        return text
    parts = split(text)
    if len(parts) == 1:
        return as_text(parts[0]) if isinstance(parts[0], Expression) else text
    return Join("", parts)


def as_text(expression: Expression[Any]) -> Expression[Any]:
    """The expression as a string, for a field that only takes strings: other kinds are wrapped in a ``Std:Join``."""
    number = isinstance(expression, Parameter) and expression.type != "String"
    return Join("", [expression]) if number or isinstance(expression, JsonGet) else expression


def _is_operand(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, (str, int, Expression))


def _operand(value: Any) -> Any:
    """A value inside an expression, as JSON."""
    if isinstance(value, str):
        value = expression_of(value)
    return value.to_json() if isinstance(value, Expression) else value


def _payload(value: Any) -> Any:
    if isinstance(value, str):
        value = expression_of(value)
    return value.payload() if isinstance(value, Expression) else value


def _from_payload(payload: Any) -> Any:
    if not isinstance(payload, Mapping):
        return payload
    ((kind, content),) = payload.items()
    if kind == "Parameter":
        return Parameter(
            content["Name"], content["Type"], content.get("DefaultValue", MISSING), content.get("EnumValues")
        )
    if kind == "Step":
        return StepReference[Any](StepName("", content["Pipeline"]), get=content["Get"])
    if kind == "ForEach":
        return ItemReference[Any](StepName(content["Name"], content.get("Pipeline", "")), get=content["Get"])
    if kind == "Std:Join":
        return Join(content["On"], [_from_payload(value) for value in content["Values"]])
    if kind == "Std:JsonGet":
        if "PropertyFile" in content:
            file = content["PropertyFile"]
            reference = _from_payload(file) if "Step" in file else StepReference[Any]("", get=file["Get"])
            return JsonGet[Any](content["Path"], property_file=reference)
        return JsonGet[Any](content["Path"], s3_uri=_from_payload(content["S3Uri"]))
    return Get[Any](content)
