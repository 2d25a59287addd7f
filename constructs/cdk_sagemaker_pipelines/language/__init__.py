"""What a pipeline definition means: expressions, conditions, options, the document, the order of its steps, the rules.

Pure Python: no CDK, no AWS, no network.
"""

from . import python_errors as python_errors
from .conditions import (
    And,
    Condition,
    Equals,
    GreaterThan,
    GreaterThanOrEqualTo,
    In,
    LessThan,
    LessThanOrEqualTo,
    Not,
    Or,
    all_of,
)
from .definition import Definition, Dependency, ParameterDeclaration, PropertyFileView, StepView
from .errors import CycleError, DefinitionError, PipelineError, an, choices, did_you_mean
from .expressions import (
    BooleanLike,
    ExecutionVariable,
    ExecutionVariables,
    Expression,
    FloatLike,
    Get,
    IntegerLike,
    Join,
    JsonGet,
    Parameter,
    StepReference,
    StringLike,
    as_text,
)
from .findings import Finding
from .graph import Edge, StepGraph
from .options import (
    CacheConfig,
    DurationLike,
    ExceptionType,
    ExperimentConfig,
    MlflowConfig,
    ParallelismConfig,
    PropertyFile,
    RetryPolicy,
)
from .paths import Key, parse_path
from .references import Reference, is_expression_json, references
from .rendering import Rendering, lines
from .rules import ServiceModel, check

__all__ = [
    "And",
    "BooleanLike",
    "CacheConfig",
    "Condition",
    "CycleError",
    "Definition",
    "DefinitionError",
    "Dependency",
    "DurationLike",
    "Edge",
    "Equals",
    "ExceptionType",
    "ExecutionVariable",
    "ExecutionVariables",
    "ExperimentConfig",
    "Expression",
    "Finding",
    "FloatLike",
    "Get",
    "GreaterThan",
    "GreaterThanOrEqualTo",
    "In",
    "IntegerLike",
    "Join",
    "JsonGet",
    "Key",
    "LessThan",
    "LessThanOrEqualTo",
    "MlflowConfig",
    "Not",
    "Or",
    "Parameter",
    "ParameterDeclaration",
    "ParallelismConfig",
    "PipelineError",
    "PropertyFile",
    "PropertyFileView",
    "Reference",
    "Rendering",
    "RetryPolicy",
    "ServiceModel",
    "StepView",
    "StepGraph",
    "StepReference",
    "StringLike",
    "all_of",
    "an",
    "as_text",
    "check",
    "choices",
    "did_you_mean",
    "is_expression_json",
    "lines",
    "parse_path",
    "references",
]
