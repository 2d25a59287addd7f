"""Why an execution cannot start or go on, and why a state cannot be kept."""

from __future__ import annotations


class StartError(ValueError):
    """The execution cannot start; StartPipelineExecution answers with a ValidationException, on AWS or here."""


class ParameterError(StartError):
    """A start value is missing, unknown, of the wrong type or not among the allowed ones.

    ```python
    try:
        run(definition, parameters={"MaxMse": 1.0})
    except ParameterError as error:
        print(error)
    ```
    """


class UnsupportedDefinitionError(StartError):
    """The definition uses something for which this engine would give a wrong answer."""


class RetryRefusedError(ValueError):
    """A run cannot go on; RetryPipelineExecution would answer with a ValidationException.

    ```python
    try:
        run(definition, resume=run(definition))  # it succeeded
    except RetryRefusedError as error:
        print(error)
    ```
    """


class StateError(ValueError):
    """The folder of a state cannot be used."""
