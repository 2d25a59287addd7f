"""Grants on an endpoint."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_iam as iam

from ..iam.roles import grant_to
from ..language.keyword_options import by_name
from ..language.no_value import NoValue


class EndpointGrants(NoValue):
    """Grants others permissions on an endpoint; found as ``endpoint.grants``.

    ```python
    grants: EndpointGrants = endpoint.grants
    grants.invoke(function)
    ```

    Args:
        endpoint_arns: The ARNs of the endpoint: with its name as it is given and, since the service has written names
            in lower case, in lower case.
    """

    def __init__(self, endpoint_arns: Sequence[str]) -> None:
        self._arns = list(endpoint_arns)

    @by_name
    def invoke(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allows the grantee to send requests to the endpoint.

        Args:
            grantee: The principal: a role, a user, a function or anything else of CDK that has permissions.

        Raises:
            PipelineError: Not a grantee.
        """
        actions = ["sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointWithResponseStream"]
        return grant_to(grantee, actions, self._arns)
