"""The scope below a pipeline for constructs that are not steps."""

from __future__ import annotations

from typing import Any

from constructs import Construct

from ..language import PipelineError
from ..language.errors import shown


def scope_for(pipeline: Any, room: str, construct_id: Any, what: str) -> Construct:
    """The construct named ``room`` below the pipeline, which has no construct of this id yet.

    ``what``: what is made there, for messages, such as ``a rule for``. Raises ``PipelineError`` where a step has the
    name, or the id is taken.
    """
    node = pipeline.node
    if not isinstance(construct_id, str) or not construct_id:
        raise PipelineError(f"{what} '{node.path}' needs an id, a text, not {shown(construct_id)}")
    scope = node.try_find_child(room)
    if scope is None:
        return Construct(pipeline, room)
    if type(scope) is not Construct:
        raise PipelineError(
            f"'{node.path}' has a construct '{room}', where {what} it would be made; give that construct another id"
        )
    if scope.node.try_find_child(construct_id) is not None:
        raise PipelineError(f"'{scope.node.path}' already has a '{construct_id}'; give another id")
    return scope
