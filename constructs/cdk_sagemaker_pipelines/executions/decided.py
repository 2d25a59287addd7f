"""What a local AWS has decided about the permissions that an execution asked for."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..local.decided import ASKED, Decision, read
from ..local.proxies import is_here


class Known(NamedTuple):
    """What is known of an execution."""

    mode: str | None
    """How IAM is enforced there; None by default."""
    decisions: tuple[Decision, ...] | None
    """None if nothing is known of it: it asked for nothing, ran before the last start, or was forgotten."""
    left_out: int = 0
    """Questions whose decisions are not kept."""


def decided(client: Any, arn: str) -> Known | None:
    """What was decided in an execution; None on another AWS than a local one, which is not asked.

    ``client``: of SageMaker.
    """
    if not is_here(client.meta.endpoint_url):
        return None
    found: list[Decision] = []
    while True:
        page = read(_asked(client, arn, len(found)))
        if page is None:
            return None
        if page.decided is None:
            return Known(page.mode, None)
        found += page.decided.decisions
        if page.more is None:
            return Known(page.mode, tuple(found), page.decided.left_out)


def _asked(client: Any, arn: str, known: int) -> dict[str, str]:
    def mark(params: dict[str, Any], **_: Any) -> None:
        params["headers"][ASKED] = str(known)

    event = "before-call.sagemaker.DescribePipelineExecution"
    client.meta.events.register(event, mark)
    try:
        answer = client.describe_pipeline_execution(PipelineExecutionArn=arn)
    finally:
        client.meta.events.unregister(event, mark)
    headers: dict[str, str] = answer["ResponseMetadata"].get("HTTPHeaders", {})
    return headers
