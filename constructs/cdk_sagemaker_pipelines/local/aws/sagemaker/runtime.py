"""The calls of endpoints: nothing serves here, and moto would make up an answer."""

from __future__ import annotations

from typing import Any, NoReturn

from moto.sagemakerruntime.responses import SageMakerRuntimeResponse

from ..front.refusal import Refused
from ..validation.checking import judged


class SageMakerRuntimeApi(SageMakerRuntimeResponse):
    """Refuses every request."""

    def _dispatch(self, request: Any, full_url: str | None = None, headers: Any = None) -> NoReturn:
        found = judged(request.environ)
        named = f": sagemaker-runtime {found.operation}" if found else ""
        text = "the local AWS serves no endpoint; a Transform step of a pipeline asks a model for predictions"
        raise Refused(501, "NotImplemented", f"{text}{named}")
