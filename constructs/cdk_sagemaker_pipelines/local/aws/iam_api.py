"""The operations of the IAM API that moto lacks.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.iam.responses import IamResponse

from ..authorization import PolicyError
from . import simulation
from .front.refusal import Refused
from .identities import account_of
from .principals import identity


class IamApi(IamResponse):
    """Answers one request; each public method is an operation."""

    def simulate_principal_policy(self) -> ActionResult:
        """What the policies of a role or user allow in requests with the condition keys that are given."""
        request: dict[str, Any] = self.params
        simulation.check(request)
        arn = request["PolicySourceArn"]
        try:
            who = identity(arn) if account_of(arn) == self.current_account else None
        except PolicyError as error:
            raise Refused(501, "NotImplemented", f"the local AWS cannot simulate it: {error}") from None
        if who is None:
            raise Refused(404, "NoSuchEntity", f"no role or user of this account has the ARN {arn}")
        found = list(simulation.results(who, self.current_account, request))
        marker = str(request.get("Marker") or 0)
        if not marker.isdecimal():
            raise Refused(400, "InvalidInput", f"Invalid Marker: {marker}")
        start = int(marker)
        end = start + int(request.get("MaxItems") or 100)
        more = {"Marker": str(end)} if end < len(found) else {}
        return ActionResult({"EvaluationResults": found[start:end], "IsTruncated": bool(more), **more})
