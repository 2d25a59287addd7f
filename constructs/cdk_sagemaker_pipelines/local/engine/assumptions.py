"""What an execution does where nothing public says what the service does.

Each choice has a name, so that a user who knows better can change it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Literal, get_args, get_type_hints

from ...language import choices, did_you_mean
from ...language.documentation import documented
from ..errors import StartError


class AssumptionError(StartError):
    """No assumption has the name, or it has no such value."""


@documented
@dataclass(frozen=True)
class Assumptions:
    """What a run assumes where no source says what the service does; docs/local.md lists the choices.

    ```python
    run(definition, assumptions=Assumptions(after_failure="finish"))
    run(definition, assumptions=["after_failure=finish"])
    ```
    """

    after_failure: Literal["continue", "finish"] = "continue"
    """What happens after a failure that nothing handles.

    "continue": steps that do not wait for it start nevertheless. "finish": running steps finish and no further step
    starts.
    """
    after_failed_item: Literal["continue", "finish"] = "finish"
    """What happens among the steps of a for-each's items after a failure; the same choices."""
    reused_steps: Literal["direct", "all"] = "direct"
    """What a selective execution lists: the steps that the selected ones wait for directly ("direct"), or all before
    them ("all")."""
    selected_condition: Literal["alone", "with-branches"] = "alone"
    """Whether a selected condition runs alone, or with the steps of its branches, which are then selected as well."""
    retry_after_handled_failures: Literal["no", "yes"] = "no"
    """Whether RetryPipelineExecution takes an execution that is CompletedWithFailures: "no" or "yes"."""

    def assume(self, given: Iterable[str]) -> Assumptions:
        """These choices, changed by texts such as ``after_failure=finish``.

        Args:
            given: The changes, each as ``name=value``.

        Raises:
            AssumptionError: There is no such choice, or it has no such value.
        """
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
