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
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, Final, Generic, TypeVar

from .conditions import Condition, Equals, GreaterThan, GreaterThanOrEqualTo, In, LessThan, LessThanOrEqualTo
from .errors import PipelineError, choices
from .later import later_pattern
from .paths import StepName, format_path
from .tokens import has_string_token, is_number_token
from .unsupported_operations import Unknown

T_co = TypeVar("T_co", covariant=True)

MISSING: Final[Any] = type("Missing", (), {"__repr__": lambda self: "MISSING", "__bool__": lambda self: False})()

PARAMETER_NAME = later_pattern(r"[A-Za-z0-9\-_]{1,64}")


class Expression(Unknown, Generic[T_co]):
    """A value of type ``T_co`` that is known when the pipeline runs, not before.

    ```python
    name: Expression[str] = ExecutionVariables.PIPELINE_NAME
    folder = f"s3://sales/{name}/"
    condition = name.equals("nightly")
    ```

    Parameters, properties of steps and execution variables are expressions. Pass one wherever the service substitutes
    values, put it into an f-string (which becomes ``Std:Join``), or compare it, which makes a ``Condition``. It has no
    value while Python runs, so truth, arithmetic, slices, iteration and use as a key are refused with advice.

    Source: [Pipeline parameters](https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-parameters.html).
    """

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
        """The condition that this value equals another.

        Args:
            other: The other value: a literal or an expression.
        """
        return Equals(self, other)

    def is_in(self, values: Sequence[Any]) -> Condition:
        """The condition that this value is one of several.

        Args:
            values: The values, at least one: literals and expressions.
        """
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
"""A text, or an expression of one."""
IntegerLike = int | Expression[int]
"""A whole number, or an expression of one."""
FloatLike = float | Expression[float] | Expression[int]
"""A number, or an expression of one."""
BooleanLike = bool | Expression[bool]
"""True, False, or an expression of one."""


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

    ```python
    rate = Parameter.float("LearningRate", default=0.1)
    size = Parameter.string("Instances", default="ml.m5.large", enum_values=["ml.m5.large", "ml.m5.xlarge"])
    TrainingStep(
        pipeline, "Tree", image=Image.xgboost("1.7-1"), instance_type=size, hyperparameters={"eta": rate},
    )
    ```

    A pipeline declares the parameters that its steps use. Two parameters with the same name must be declared alike.

    Args:
        name: The name: 1 to 64 letters, digits, '-' and '_'.
        type: The type: "String", "Integer", "Float" or "Boolean".
        default: The value if a start gives none. Without one, each start must give a value.
        enum_values: The only values allowed, for a String; the default must be one of them.

    Raises:
        PipelineError: A name, type or default that the service does not take.

    Source: [Pipeline parameters](https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-parameters.html).
    """

    def __init__(self, name: str, type: str, default: Any = MISSING, enum_values: Sequence[str] | None = None) -> None:
        if not isinstance(name, str) or not PARAMETER_NAME.fullmatch(name):
            raise PipelineError(f"parameter {name!r}: a name has 1 to 64 letters, digits, '-' or '_'")
        self.name = name
        """The name of the parameter, as a start gives it."""
        self.type = type
        """The type: "String", "Integer", "Float" or "Boolean"."""
        self.default = default.value if isinstance(default, Enum) else default
        """The value if a start gives none; ``has_default`` says whether there is one."""
        self.enum_values = enum_values if enum_values is None else self._texts(enum_values)
        """The only values allowed; None for no such limit."""
        super().__init__(f"Parameters.{name}")
        self._check()

    @staticmethod
    def string(name: str, *, default: str = MISSING, enum_values: Sequence[str] | None = None) -> Parameter[str]:
        """A parameter whose value is a text.

        Args:
            name: The name: 1 to 64 letters, digits, '-' and '_'.
            default: The value if a start gives none. Without one, each start must give a value.
            enum_values: The only values allowed; the default must be one of them.
        """
        return Parameter(name, "String", default, enum_values)

    @staticmethod
    def integer(name: str, *, default: int = MISSING) -> Parameter[int]:
        """A parameter whose value is a whole number.

        Args:
            name: The name: 1 to 64 letters, digits, '-' and '_'.
            default: The value if a start gives none. Without one, each start must give a value.
        """
        return Parameter(name, "Integer", default)

    @staticmethod
    def float(name: str, *, default: float = MISSING) -> Parameter[float]:
        """A parameter whose value is a number.

        Args:
            name: The name: 1 to 64 letters, digits, '-' and '_'.
            default: The value if a start gives none. Without one, each start must give a value.
        """
        return Parameter(name, "Float", default)

    @staticmethod
    def boolean(name: str, *, default: bool = MISSING) -> Parameter[bool]:
        """A parameter whose value is true or false.

        Args:
            name: The name: 1 to 64 letters, digits, '-' and '_'.
            default: The value if a start gives none. Without one, each start must give a value.
        """
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
    """What the service knows of a running execution, as expressions.

    ```python
    S3Location(bucket, f"runs/{ExecutionVariables.PIPELINE_EXECUTION_ID}/")
    ```

    Source: [ExecutionVariables](https://sagemaker.readthedocs.io/en/stable/workflows/pipelines/sagemaker.workflow.pipelines.html#sagemaker.workflow.execution_variables.ExecutionVariables).
    """

    START_DATETIME: Final = ExecutionVariable[str]("StartDateTime")
    """The date and time at which the execution started, as a text."""
    CURRENT_DATETIME: Final = ExecutionVariable[str]("CurrentDateTime")
    """The current date and time, as a text."""
    PIPELINE_NAME: Final = ExecutionVariable[str]("PipelineName")
    """The name of the pipeline that runs."""
    PIPELINE_ARN: Final = ExecutionVariable[str]("PipelineArn")
    """The ARN of the pipeline that runs."""
    PIPELINE_EXECUTION_ID: Final = ExecutionVariable[str]("PipelineExecutionId")
    """The id of the execution: 12 lower-case letters and digits, different for each."""
    PIPELINE_EXECUTION_ARN: Final = ExecutionVariable[str]("PipelineExecutionArn")
    """The ARN of the execution, which ends in its id."""
    TRAINING_JOB_NAME: Final = ExecutionVariable[str]("TrainingJobName")
    """The name of the job; only inside a training step's own arguments."""
    PROCESSING_JOB_NAME: Final = ExecutionVariable[str]("ProcessingJobName")
    """The name of the job; only inside a processing step's own arguments."""


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
    """Joins values as text when the pipeline runs: ``Std:Join``.

    ```python
    Join("/", ["s3://sales", ExecutionVariables.PIPELINE_NAME, "raw"])
    f"s3://sales/{ExecutionVariables.PIPELINE_NAME}/raw"  # the same, with an empty text between the values
    ```

    Args:
        on: The text between the values, which must be literal.
        values: The values: texts, numbers, booleans and expressions.

    Raises:
        PipelineError: A separator that is not literal, or a value that cannot be joined.
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
        """The literal text between the values."""
        self.values = tuple(values)
        """The joined values, in their order."""

    def to_json(self) -> Any:
        return {"Std:Join": {"On": self.on, "Values": [_operand(value) for value in self.values]}}

    def payload(self) -> Any:
        return {"Std:Join": {"On": self.on, "Values": [_payload(value) for value in self.values]}}

    def operands(self) -> Sequence[Any]:
        return self.values


class JsonGet(Expression[T_co]):
    """Reads a value out of a JSON file when the pipeline runs: ``Std:JsonGet``.

    ```python
    JsonGet[float]("metrics.mse", s3_uri="s3://sales/report.json")
    evaluate.property_file("report", "evaluation.json").number("metrics.mse")  # the usual way, for a step's own file
    ```

    Args:
        path: Where the value is, such as ``metrics.mse`` or ``folds[0]['auc']``. It must be literal.
        property_file: The reference of a processing step's property file, ``Steps.<step>.PropertyFiles.<name>``.
        s3_uri: The URI of an object in S3, as a text or an expression. Give exactly one of the two.

    Raises:
        PipelineError: Neither or both of the files, or a path that is not literal.
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
        """Where the value is in the file, as a literal path."""
        self.property_file = property_file
        """The reference of a step's property file; None for an object in S3."""
        self.s3_uri = s3_uri
        """The URI of an object in S3; None for a property file."""

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
_PLACEHOLDER = later_pattern(r"\$\{SageMaker:([A-Za-z0-9_\-]*=*)\}")


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
