"""Members of requests that the local AWS does not do: refused, since they would protect or undo something."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .errors import ValidationError

_STANDING = (
    "NotificationARNs", "ResourceTypes", "RollbackConfiguration", "StackPolicyBody", "StackPolicyURL",
    "StackPolicyDuringUpdateBody", "StackPolicyDuringUpdateURL", "RetainExceptOnCreate", "TimeoutInMinutes",
)  # fmt: skip
NOT_DONE: Mapping[str, tuple[str, ...]] = {
    "CreateStack": _STANDING,
    "UpdateStack": _STANDING,
    "CreateChangeSet": (
        *_STANDING, "ResourcesToImport", "DeploymentMode",
    ),
    "ExecuteChangeSet": ("RetainExceptOnCreate",),
    "DeleteStack": (),
}  # fmt: skip
_CAPABILITIES = ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND")


def check_request(operation: str, given: Callable[[str], Any]) -> None:
    """Raises ``ValidationError`` for what the operation does not do, and for what it does not take."""
    for member in NOT_DONE.get(operation, ()):
        if given(member):
            raise ValidationError(f"the local AWS does not do {member} of {operation}")
    if operation not in NOT_DONE:
        return
    for capability in given("Capabilities") or []:
        if capability not in _CAPABILITIES:
            raise ValidationError(
                f"1 validation error detected: Value '[{capability}]' at 'capabilities' failed to satisfy constraint: "
                f"Member must satisfy enum value set: [{', '.join(_CAPABILITIES)}]"
            )
    if given("OnFailure") and given("DisableRollback") is not None:
        raise ValidationError("You can specify either DisableRollback or OnFailure, but not both.")
    if given("OnFailure") not in (None, "DO_NOTHING", "ROLLBACK", "DELETE"):
        raise ValidationError(f"OnFailure must be DO_NOTHING, ROLLBACK or DELETE, not {given('OnFailure')}")
    if given("OnStackFailure") not in (None, "ROLLBACK"):
        raise ValidationError("the local AWS does not do OnStackFailure of CreateChangeSet, except ROLLBACK")
    if given("DeletionMode") not in (None, "STANDARD"):
        raise ValidationError("the local AWS does not do DeletionMode of DeleteStack, except STANDARD")
