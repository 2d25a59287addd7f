"""What IAM is asked for a request: its actions, on which resources, with what is known of it.

Source: the Service Authorization Reference (``reference``), but for what ``special`` and ``named`` know better.
"""

from __future__ import annotations

from ..question import Question
from .call import Call
from .conditions import conditions
from .named import other_names
from .reference import needed
from .resources import arns, unnamed
from .roles import passed
from .special import special
from .tagging import tagging

__all__ = ["Call", "questions"]


def questions(call: Call) -> list[Question] | None:
    """The questions of a request, all of which must be answered with yes; None if it is not known what it needs."""
    asked = special(call)
    if asked is None:
        asked = _listed(call)
    if asked is None:
        return None
    known = conditions(call)
    found = [
        Question(action, arn, known.context, complete=known.complete, also=other_names(arn))
        for action, arn in dict.fromkeys(asked)
    ]
    tag = tagging(call)
    if tag is not None:
        action, in_doubt = tag
        context = (
            {**known.context, "sagemaker:TaggingAction": call.operation}
            if action == "sagemaker:AddTags"
            else known.context
        )
        found += [one._replace(action=action, context=context, in_doubt=in_doubt) for one in found[:1]]
    return [*found, *passed(call)]


def _listed(call: Call) -> list[tuple[str, str]] | None:
    """The action of an operation and the resources that it is about, as the reference lists them."""
    row = needed(call.service, call.operation)
    if row is None:
        return None
    found = [arn for kind in row.required or row.possible for arn in arns(call, kind)]
    # one that is given by its ARN is of one of these kinds, which then are alternatives
    if row.required and not any(arn in call.values.values() for arn in found):
        found = [arn for kind in row.required for arn in arns(call, kind) or unnamed(call, kind)]
    return [(row.action, arn) for arn in found or ["*"]]
