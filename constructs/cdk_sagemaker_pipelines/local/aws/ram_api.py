"""The operation of AWS RAM that shares pipelines, which moto does not; every other operation is moto's.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-xaccount.html
No invitation is waited for: a share is there at once for those whom it names.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from moto.ram.exceptions import InvalidParameterException
from moto.ram.models import ram_backends
from moto.ram.responses import ResourceAccessManagerResponse

READING = (
    "DescribePipeline", "DescribePipelineDefinitionForExecution", "DescribePipelineExecution",
    "ListPipelineExecutions", "ListPipelineExecutionSteps", "ListPipelineParametersForExecution", "Search",
)  # fmt: skip
RUNNING = ("RetryPipelineExecution", "StartPipelineExecution", "StopPipelineExecution")
_DEFAULT = "AWSRAMDefaultPermissionSageMakerPipeline"
_PERMISSIONS = {_DEFAULT: READING, "AWSRAMPermissionSageMakerPipelineAllowExecution": (*READING, *RUNNING)}
_GIVEN = "smpipe_permissions"
"""The attribute of a share of moto's that has the names of its permissions."""


class RamApi(ResourceAccessManagerResponse):
    """Answers one request; each public method is an operation."""

    def create_resource_share(self) -> str:
        given = [arn.rpartition("/")[2] for arn in self.request_params.get("permissionArns") or []]
        if any(":pipeline/" in arn for arn in self.request_params.get("resourceArns") or []):
            unknown = next((name for name in given if name not in _PERMISSIONS), None)
            if unknown is not None:
                known = ", ".join(_PERMISSIONS)
                raise InvalidParameterException(f"{unknown} is not a permission for pipelines; there are {known}")
        answer = super().create_resource_share()
        setattr(self.ram_backend.resource_shares[-1], _GIVEN, given)
        return answer


def policy_of_pipeline(arn: str, account: str, region: str) -> str:
    """What the shares of its account allow of a pipeline and its executions, as a policy."""
    shares = ram_backends[account][region].resource_shares
    found = [share for share in shares if share.status == "ACTIVE" and _has(share, arn)]
    return json.dumps({"Statement": [statement for share in found for statement in _statements(share, arn)]})


def _has(share: Any, arn: str) -> bool:
    return any(one.lower() == arn.lower() for one in share.resource_arns)


def _statements(share: Any, arn: str) -> Iterator[dict[str, Any]]:
    actions = [action for name in getattr(share, _GIVEN, ()) or (_DEFAULT,) for action in _PERMISSIONS.get(name, ())]
    allow = {"Effect": "Allow", "Action": [f"sagemaker:{one}" for one in actions], "Resource": [arn, f"{arn}/*"]}
    for principal in share.principals:
        _, _, organization = principal.partition(":organization/")
        if organization:
            yield {**allow, "Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": organization}}}
        else:
            yield {**allow, "Principal": {"AWS": principal}}
