"""What an execution does where nothing public says what the service does.

Each choice has a name, so that a user who knows better can change it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Literal, get_args, get_type_hints

from ...language import choices, did_you_mean
from ..errors import StartError


class AssumptionError(StartError):
    """No assumption has the name, or it has no such value."""


@dataclass(frozen=True)
class Assumptions:
    """The choices of one execution; docs/local.md lists them."""

    after_failure: Literal["continue", "finish"] = "continue"
    """After a failure that nothing handles, steps that do not wait for it start nevertheless, or running steps finish
    and no further step starts."""
    after_failed_item: Literal["continue", "finish"] = "finish"
    """The same among the steps of a for-each's items."""
    reused_steps: Literal["direct", "all"] = "direct"
    """A selective execution lists the steps that the selected ones wait for directly, or all steps before them."""
    selected_condition: Literal["alone", "with-branches"] = "alone"
    """A selected condition runs alone, or with the steps of its branches, which are then selected as well."""
    retry_after_handled_failures: Literal["no", "yes"] = "no"
    """Whether RetryPipelineExecution takes an execution that is CompletedWithFailures."""

    def assume(self, given: Iterable[str]) -> Assumptions:
        """These choices changed by texts such as ``after_failure=finish``. Raises ``AssumptionError``."""
        allowed = {name: get_args(kind) for name, kind in get_type_hints(Assumptions).items()}
        changed = {}
        for text in given:
            name, equals, value = (part.strip() for part in text.partition("="))
            if not equals:
                raise AssumptionError(f"{text!r} is not an assumption; write name=value, such as after_failure=finish")
            if name not in allowed:
                known = did_you_mean(name, allowed) or f"; allowed are {choices(field.name for field in fields(self))}"
                raise AssumptionError(f"there is no assumption {name!r}{known}")
            if value not in allowed[name]:
                close = did_you_mean(value, allowed[name]) or f"; allowed are {choices(allowed[name])}"
                raise AssumptionError(f"the assumption {name} is {value!r}{close}")
            changed[name] = value
        return replace(self, **changed)  # type: ignore[arg-type]  # checked above


DEFAULT = Assumptions()
