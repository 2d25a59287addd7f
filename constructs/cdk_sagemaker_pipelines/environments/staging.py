"""Environments as CDK has them: a stage, and the network and key of its pipelines."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast
from weakref import WeakKeyDictionary

import aws_cdk as cdk
from constructs import Construct, IConstruct

from ..language import PipelineError
from ..language.later import Later
from ..steps.base.job_defaults import JobDefaults

if TYPE_CHECKING:
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_kms as kms

    from ..team import compute_policy
    from .environment import Environment
else:
    compute_policy = Later(f"{__package__.partition('.')[0]}.team.compute_policy")

_QUALIFIER = "@aws-cdk/core:bootstrapQualifier"
"""The context that CDK's synthesizers read."""
_NO_ROUTE_TABLE = "@aws-cdk/aws-ec2:noSubnetRouteTableId"
_staged: WeakKeyDictionary[IConstruct, dict[str, Environment]] = WeakKeyDictionary()
"""The environments by the paths of their stages, by the app."""


def stage(environment: Environment, scope: Construct, construct_id: str | None) -> cdk.Stage:
    """The stage of an environment."""
    boundary = environment.permissions_boundary_arn
    made = cdk.Stage(
        scope,
        construct_id or environment.name,
        env=cdk.Environment(account=environment.account, region=environment.region),
        permissions_boundary=cdk.PermissionsBoundary.from_arn(boundary) if boundary else None,
    )
    if environment.qualifier is not None:
        made.node.set_context(_QUALIFIER, environment.qualifier)
    for key, value in environment.tags.items():
        cdk.Tags.of(made).add(key, value)
    _limit(environment, made)
    _staged.setdefault(made.node.root, {})[made.node.path] = environment
    return made


def _limit(environment: Environment, made: cdk.Stage) -> None:
    """Holds the pipelines of a stage to what is said of the compute of its environment."""
    types = [*dict.fromkeys(environment.instance_types.values())]
    hours, quotas = environment.max_instance_hours, {**environment.quotas}
    if types or quotas or hours is not None:
        policy = compute_policy.ComputePolicy(
            instance_types=types or None,
            max_instance_hours=hours,
            quotas=quotas or None,
            executions=environment.executions,
        )
        policy._apply(made, f"environment {environment.name!r}{environment._file and f', {environment._file}'}")


def environment_of(scope: IConstruct) -> Environment:
    """The environment in whose stage a construct is."""
    found = _found(scope)
    if found is None:
        raise PipelineError(
            f"Environment.of: '{scope.node.path}' is not in the stage of an environment; make one with "
            "environment.stage(app), and the stack in it"
        )
    return found


def job_defaults(environment: Environment, scope: Construct) -> JobDefaults | None:
    """The network and the key of an environment, imported into the stack of a construct."""
    if environment.vpc is None and environment.key is None:
        return None
    stack = cdk.Stack.of(scope)
    return JobDefaults(network=_vpc(environment, stack), key=_key(environment, stack))


def default_job_defaults(scope: Construct) -> JobDefaults | None:
    """Those of the environment in whose stage a construct is; None outside of such stages."""
    found = _found(scope)
    return None if found is None else job_defaults(found, scope)


def _found(scope: IConstruct) -> Environment | None:
    known = _staged.get(scope.node.root) if _staged else None  # to ask CDK takes its time
    path = scope.node.path if known else ""
    while known and path and path not in known:
        path = path.rpartition("/")[0]
    return known.get(path) if known else None


def _vpc(environment: Environment, stack: cdk.Stack) -> ec2.IVpc | None:
    """The VPC with the subnets as its private ones, which jobs join."""
    if environment.vpc is None:
        return None
    known = stack.node.try_find_child("EnvironmentVpc")
    if known is not None:
        return cast("ec2.IVpc", known)
    made = cdk.aws_ec2.Vpc.from_vpc_attributes(
        stack,
        "EnvironmentVpc",
        vpc_id=environment.vpc,
        availability_zones=["unknown"] * len(environment.subnets),  # nothing here reads them
        private_subnet_ids=[*environment.subnets],
    )
    cdk.Annotations.of(made).acknowledge_warning(_NO_ROUTE_TABLE, "nothing here reads the route tables")
    return made


def _key(environment: Environment, stack: cdk.Stack) -> kms.IKey | None:
    if environment.key is None:
        return None
    known = stack.node.try_find_child("EnvironmentKey")
    if known is not None:
        return cast("kms.IKey", known)
    return cdk.aws_kms.Key.from_key_arn(stack, "EnvironmentKey", environment.key)
