"""Why an execution cannot start or go on, and why a state cannot be kept."""

from __future__ import annotations


class StartError(ValueError):
    """The execution cannot start; StartPipelineExecution answers with a ValidationException, on AWS or here."""


class ParameterError(StartError):
    """A start value is missing, unknown, of the wrong type or not among the allowed ones."""


class UnsupportedDefinitionError(StartError):
    """The definition uses something for which this engine would give a wrong answer."""


class RetryRefusedError(ValueError):
    """The execution cannot be retried; RetryPipelineExecution answers with a ValidationException."""


class StateError(ValueError):
    """The folder of a state cannot be used."""
