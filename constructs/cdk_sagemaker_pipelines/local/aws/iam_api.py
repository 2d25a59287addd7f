"""The operations of the IAM API that moto lacks.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
"""

from __future__ import annotations

import re
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.iam.responses import IamResponse

from ..authorization import PolicyError
from ..json_text import parsed
from . import simulation
from .front.refusal import Refused
from .identities import account_of
from .principals import identity, policy

_POLICY = re.compile(r"arn:[a-z-]+:iam::[^:]*:policy/")


class IamApi(IamResponse):
    """Answers one request; each public method is an operation."""

    def create_role(self) -> ActionResult:
        self._check_boundary("Scope ARN: ")
        return super().create_role()

    def update_assume_role_policy(self) -> ActionResult:
        """moto refuses what it takes of a new role: no Version, and actions such as ``sts:TagSession``."""
        document = self._get_param("PolicyDocument")
        try:
            parsed(document)
            policy(document, "the trust policy", of_resource=True)
        except ValueError as error:
            text = str(error) if isinstance(error, PolicyError) else f"This policy contains invalid Json: {error}"
            raise Refused(400, "MalformedPolicyDocument", text) from error
        self.backend.get_role(self._get_param("RoleName")).assume_role_policy_document = document
        return EmptyResult()

    def put_role_permissions_boundary(self) -> ActionResult:
        self._check_boundary("Policy ")
        return super().put_role_permissions_boundary()

    def _check_boundary(self, called: str) -> None:
        """Refuses a policy that does not exist, which moto takes. ``called``: how IAM begins to say so."""
        boundary = self._get_param("PermissionsBoundary")
        if boundary and _POLICY.match(boundary) and boundary not in self.backend.managed_policies:
            raise Refused(404, "NoSuchEntity", f"{called}{boundary} does not exist or is not attachable.")

    def simulate_principal_policy(self) -> ActionResult:
        """What the policies of a role or user allow in requests with the condition keys that are given."""
        request: dict[str, Any] = self.params
        simulation.check(request)
        arn = request["PolicySourceArn"]
        who = identity(arn) if account_of(arn) == self.current_account else None
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
