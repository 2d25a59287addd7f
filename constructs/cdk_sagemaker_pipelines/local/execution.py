"""One run of a pipeline definition. (Signatures first; the engine follows.)"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..language import Definition
from .errors import ParameterError, StartError, UnsupportedDefinitionError
from .runner import Runners
from .services import Services

__all__ = ["ParameterError", "PipelineExecution", "StartError", "UnsupportedDefinitionError"]


class PipelineExecution:
    """One run of a definition in threads of this process."""

    status: str
    failure_reason: str | None
    start_time: datetime
    last_modified_time: datetime

    def __init__(
        self,
        definition: Definition,
        *,
        pipeline_name: str,
        pipeline_arn: str,
        execution_id: str,
        execution_arn: str,
        parameters: Mapping[str, str],
        max_parallel_steps: int | None,
        services: Services,
        runners: Runners | None = None,
    ) -> None:
        """Raises StartError (a ValueError): ParameterError for start values that StartPipelineExecution would refuse,
        UnsupportedDefinitionError for what this engine cannot do."""
        raise NotImplementedError

    def start(self) -> None:
        raise NotImplementedError

    def stop(self) -> None:
        raise NotImplementedError

    def wait(self, timeout: float | None = None) -> str:
        raise NotImplementedError

    def steps(self) -> list[dict[str, Any]]:
        raise NotImplementedError
