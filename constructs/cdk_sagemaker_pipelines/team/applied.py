"""Which compute policies apply to a pipeline: its own and those of all that it is in; each of them must hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from constructs import IConstruct

from ..iam import globs
from ..iam.environment import Environment
from ..iam.globs import Share
from ..iam.limits import Limits
from ..language import Definition, Finding, PipelineError, choices
from ..language.later import Later
from ..steps.base.compute_defaults import ComputeDefaults
from ..synthesis.instances import other_instances
from ..synthesis.options import Compute

if TYPE_CHECKING:
    from . import compute
    from .compute import Allowed
else:  # which pipelines without a policy do not need
    compute = Later(f"{__package__}.compute")

_applied: WeakKeyDictionary[IConstruct, dict[str, list[Allowed]]] = WeakKeyDictionary()
"""The policies by the paths of the constructs that they are applied to, by the app."""


class AppliedPolicies(Compute):
    """What all policies together let a pipeline use. ``policies``: the outermost first."""

    def __init__(self, policies: Sequence[Allowed]) -> None:
        self._policies = policies
        self.limits = Limits(
            _common_types(policies),
            _least(policy.max_runtime for policy in policies),
            _least(policy.keep_alive for policy in policies),
        )
        spot_wait = compute.nearest(policy.spot_wait for policy in policies)
        self.defaults = ComputeDefaults(self.limits.max_runtime, spot_wait or None)
        self.parallelism = _least(policy.parallelism for policy in policies)

    def judge(
        self, definition: Definition, environment: Environment, parallelism: int | None, *, own_role: bool
    ) -> Iterator[Finding]:
        yield from compute.judge(self._policies, definition, environment, parallelism)
        if self.limits.to_json() and not own_role:
            yield compute.unbound_role()


def compute_of(pipeline: IConstruct) -> Compute:
    """What a pipeline may use."""
    known = _applied.get(pipeline.node.root) if _applied else None  # to ask CDK takes its time
    policies = _around(str(pipeline.node.path), known) if known else ()
    return AppliedPolicies(policies) if policies else Compute()


def apply(policy: Allowed, path: str, root: IConstruct) -> None:
    """Applies a policy to what is at a path and below; raises ``PipelineError`` where it contradicts another."""
    known = _applied.setdefault(root, {})
    known.setdefault(path, []).append(policy)
    try:
        for other in known:
            _common_types(_around(other, known))
    except PipelineError:
        known[path].remove(policy)
        raise


def faults_beside_pipelines(policy: Allowed, path: str, root: IConstruct) -> Iterator[str]:
    """What a policy that is applied at a path does not allow to the constructs there that are not pipelines."""
    for one in other_instances(root):
        wrong = compute.wrong_type(policy, one.type) if _is_in(str(one.construct.node.path), path) else None
        if wrong:
            yield one.told(wrong)


def _around(path: str, known: dict[str, list[Allowed]]) -> list[Allowed]:
    """The policies of a construct and of all that it is in, the outermost first."""
    above = (other for other in sorted(known, key=len) if _is_in(path, other))
    return [policy for other in above for policy in known[other]]


def _is_in(path: str, above: str) -> bool:
    """Whether a construct is another one or in it."""
    return not above or f"{path}/".startswith(f"{above}/")


def _least(values: Iterable[int | None]) -> int | None:
    return min((value for value in values if value is not None), default=None)


def _common_types(policies: Sequence[Allowed]) -> tuple[str, ...] | None:
    """The patterns of what all policies allow; None where none says anything."""
    common: tuple[str, ...] | None = None
    for policy in policies:
        if policy.instance_types is None:
            continue
        common = policy.instance_types if common is None else tuple(_both(common, policy))
        if not common:
            outer = " and ".join(other.whose for other in policies if other is not policy and other.instance_types)
            raise PipelineError(f"instance_types: none is allowed by both {outer} and {policy.whose}")
    return common


def _both(common: Sequence[str], policy: Allowed) -> Iterator[str]:
    """The narrower one of each two patterns that have types in common."""
    found: dict[str, None] = {}
    for one in common:
        for other in policy.instance_types or ():
            relations = [globs.share(*map(globs.symbols, pair)) for pair in ((one, other), (other, one))]
            if Share.ALL in relations:
                found[other if relations[0] is Share.ALL else one] = None
            elif Share.SOME in relations:
                raise PipelineError(
                    f"instance_types: {other!r} of {policy.whose} and {one!r} of an outer policy overlap in part; "
                    f"an inner policy takes a part of {choices(common)}"
                )
    yield from found
