"""Instances that teams share for training: guaranteed to each, lent while idle, taken back when needed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
from constructs import Construct

from ...language import PipelineError, choices, did_you_mean
from ...language.keyword_options import GivenOnce, by_name
from ...language.no_value import NoValue
from ...language.queued_training import ANY_TYPE, KIND
from ...undo import Whole, removing
from ..base.field_checks import shown
from .team_share import Share, capacity_of, name_of, share, weights_of


class TrainingPool(GivenOnce, NoValue, Construct, metaclass=Whole):
    """Instances that teams share for training jobs: a queue of AWS Batch, to which ``QueuedTrainingStep`` submits.

    ```python
    pool = TrainingPool(self, "Gpus", capacity={"ml.g5.xlarge": 8})
    pool.add_team("vision", guaranteed={"ml.g5.xlarge": 5})
    pool.add_team("nlp", guaranteed={"ml.g5.xlarge": 3}, borrow=50)
    ```

    A team always gets back what is guaranteed to it: Batch stops jobs that run on borrowed instances, and queues them
    again. With ``fair_share``, a pool is of another kind: nothing is guaranteed, and no job is stopped. The kind of a
    pool cannot be changed.

    The capacity is a limit, not a reservation: the account needs a quota of SageMaker for it, and Batch a
    service-linked role, which it creates itself. CDK's tags reach its jobs, not these resources.

    Args:
        scope: The construct in which it is declared, such as a stack.
        construct_id: The construct's id, unique in its scope.
        capacity: The instances at once by instance type, at most 5 types; each team is added with ``add_team``. With
            ``fair_share``, a number of instances of any type.
        fair_share: The weight of each team, at most 500 of them. A team of weight 3 gets three times what one of weight
            1 gets while both wait. Default: none, so that teams have guarantees.
        pool_name: The name of the queue, the service environment and the scheduling policy: at most 128 letters,
            digits, '-' and '_'. Default: the construct's path. A change replaces the pool.

    Raises:
        PipelineError: A number or a name that Batch does not take.

    CloudFormation: [AWS::Batch::JobQueue](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-batch-jobqueue.html).
    CloudFormation: [AWS::Batch::ServiceEnvironment](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-batch-serviceenvironment.html).
    CloudFormation: [AWS::Batch::SchedulingPolicy](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-batch-schedulingpolicy.html).
    CloudFormation: [AWS::Batch::QuotaShare](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-batch-quotashare.html).
    Source: [Quota management](https://docs.aws.amazon.com/batch/latest/userguide/quota-management.html).
    """

    @by_name
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        capacity: Mapping[str, int] | int,
        fair_share: Mapping[str, float] | None = None,
        pool_name: str | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        removing(self)
        try:
            self._name = (
                cdk.Names.unique_resource_name(self, max_length=128, separator="-")
                if pool_name is None
                else name_of(pool_name, "pool_name")
            )
            self._weights = None if fair_share is None else weights_of(fair_share)
            self._capacity = capacity_of(capacity, by_type=fair_share is None)
        except PipelineError as error:
            raise PipelineError(f"{self._who()}: {error}") from None
        self._teams: dict[str, Share] = {}
        policy = self._resource("Policy", "SchedulingPolicy", Name=self._name, **self._scheduling())
        environment = self._resource(
            "Environment",
            "ServiceEnvironment",
            ServiceEnvironmentName=self._name,
            ServiceEnvironmentType=KIND,
            CapacityLimits=_limits(self._counted),
        )
        self._queue = self._resource(
            "Resource",
            "JobQueue",
            JobQueueName=self._name,
            JobQueueType=KIND,
            Priority=1,
            SchedulingPolicyArn=policy.ref,
            ServiceEnvironmentOrder=[{"Order": 1, "ServiceEnvironment": environment.ref}],
        )

    @by_name
    def add_team(
        self,
        name: str,
        *,
        guaranteed: Mapping[str, int],
        borrow: int | None = 100,
        lend: bool = True,
        preempt_lower_priority: bool = False,
    ) -> None:
        """Gives a team a share of the pool's instances.

        Args:
            name: The name of the team: at most 128 letters, digits, '-' and '_'. A pool has at most 20 teams.
            guaranteed: The instances by type that the team gets whenever it has jobs for them. The teams together
                cannot have more than the pool.
            borrow: What it may use beyond that while others leave it idle, in per cent of ``guaranteed``. 0: nothing;
                None: all that is idle. Its jobs may be stopped, so they need checkpoints.
            lend: Whether others may use what the team leaves idle. A team that does not lend cannot borrow either.
            preempt_lower_priority: Whether a job of the team stops running ones of the team with a lower priority.

        Raises:
            PipelineError: What Batch refuses, more than the pool has, or a pool with ``fair_share``.

        CloudFormation: [AWS::Batch::QuotaShare](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-batch-quotashare.html).
        Source: [Quota shares](https://docs.aws.amazon.com/batch/latest/userguide/quota-shares.html).
        """
        try:
            if self._weights is not None:
                raise PipelineError(
                    "the teams of a pool with fair_share are those that it names; there is no guarantee"
                )
            name_of(name, "the team's name")
            assert isinstance(self._capacity, Mapping)
            team = share(name, self._teams, self._capacity, guaranteed, borrow, lend, preempt_lower_priority)
        except PipelineError as error:
            raise PipelineError(f"{self._who()}: {error}") from None
        strategy = "RESERVE" if not lend else "LEND" if borrow == 0 else "LEND_AND_BORROW"
        limit = {"BorrowLimit": -1 if borrow is None else borrow} if strategy == "LEND_AND_BORROW" else {}
        self._resource(
            name,
            "QuotaShare",
            QuotaShareName=name,
            JobQueue=self._queue.ref,
            CapacityLimits=_limits(team.guaranteed),
            ResourceSharingConfiguration={"Strategy": strategy, **limit},
            PreemptionConfiguration={"InSharePreemption": "ENABLED" if preempt_lower_priority else "DISABLED"},
        )
        self._teams[name] = team

    @property
    def pool_name(self) -> str:
        """The name of the queue, by which ``smpipe pool`` finds it."""
        return self._name

    @property
    def job_queue_arn(self) -> str:
        """The ARN of the queue, as a token."""
        return self._queue.ref

    # -- what the step and the dashboard ask

    @property
    def _counted(self) -> Mapping[str, int]:
        """The capacity by unit."""
        return {ANY_TYPE: self._capacity} if isinstance(self._capacity, int) else self._capacity

    def _share_of(self, team: Any) -> Share | None:
        """What a team has; None where the pool guarantees nothing. Raises ``PipelineError`` for an unknown team."""
        known = self._teams if self._weights is None else self._weights
        if not isinstance(team, str) or team not in known:
            hint = did_you_mean(team, known) if isinstance(team, str) else ""
            has = f"it has {choices(known)}" if known else "add_team(...) adds one before the step"
            raise PipelineError(f"team: the pool {self.node.path} has no team {shown(team)}{hint or f'; {has}'}")
        return self._teams.get(team)

    def _most(self, instance_type: str, team: str) -> int:
        """The instances of a type that a team can have of the whole pool: all but what others do not lend."""
        if isinstance(self._capacity, int):
            return self._capacity
        kept = (
            share.guaranteed.get(instance_type, 0)
            for name, share in self._teams.items()
            if name != team and not share.lend
        )
        return self._capacity.get(instance_type, 0) - sum(kept)

    # -- parts

    def _resource(self, construct_id: str, kind: str, **properties: Any) -> cdk.CfnResource:
        # by name, since the oldest CDK that is supported has no classes for these types
        return cdk.CfnResource(self, construct_id, type=f"AWS::Batch::{kind}", properties=properties)

    def _who(self) -> str:
        return f"TrainingPool '{self.node.path}'"

    def _scheduling(self) -> dict[str, Any]:
        if self._weights is None:
            return {"QuotaSharePolicy": {"IdleResourceAssignmentStrategy": "FIFO"}}
        most = max(self._weights.values())
        # a lower factor gets more
        factors = {name: round(most / weight, 4) for name, weight in self._weights.items()}
        shares = [{"ShareIdentifier": name, "WeightFactor": factor} for name, factor in factors.items()]
        return {"FairsharePolicy": {"ShareDistribution": shares}}


def _limits(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    return [{"CapacityUnit": kind, "MaxCapacity": count} for kind, count in counts.items()]
