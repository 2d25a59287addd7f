"""What is between a pipeline and its training pools: a queue, and two functions that keep nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from aws_cdk import Duration
from constructs import Construct

from ... import assets
from ...assets import LambdaHandler
from ...iam.permissions import Permission, Reason
from ...iam.types.calls.callback import ANSWER
from ...language import PipelineError
from ...undo import removing
from ..base.scope import PipelineHost, StepScope
from ..calls.callback_queue import LONGEST, new_queue

if TYPE_CHECKING:
    from aws_cdk import aws_events as events
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_sqs as sqs

    from .training_pool import TrainingPool

ID = "PoolFunctions"
_CODE = Path(assets.__file__).parent / "scripts" / "queued_training.py"
_TIMEOUT = Duration.minutes(1)
_LONGEST_PREFIX = 52
"""With a token of 10 and a step's name of 64 characters, a job's name has the 128 that Batch takes."""
_ROOM = 4096
"""What Lambda takes of the variables of a function, in bytes."""
_OF_QUEUE, _OF_ROLE, _OF_OTHERS = 188, 104, 90
"""The most that an ARN of each takes with its comma, as the partition and the name can be long; the rest."""
_TAKE = ("sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl")


class PoolFunctions(Construct):
    """The queue of the messages of a pipeline's queued steps, and the functions that submit jobs and answer for them.

    They are the pipeline's own, so that their roles can do nothing for another one.
    """

    def __init__(self, pipeline: StepScope, host: PipelineHost) -> None:
        super().__init__(pipeline, ID)
        removing(self)
        self._host = host
        self._queues: list[str] = []
        self._roles: list[str] = []
        self._prefix = job_prefix(host.workplace.pipeline_name)
        self.queue = new_queue(self, LONGEST, None, visibility_timeout=Duration.seconds(6 * _TIMEOUT.to_seconds()))
        self._submit, self._answer = self._function("Submit"), self._function("Answer")
        self._submit.add_event_source_mapping(
            "Queue", event_source_arn=self.queue.queue_arn, batch_size=1, report_batch_item_failures=True
        )
        self._ended = self._hear(self._keep_unanswered())

    def check_room(self, pool: TrainingPool, job_role: str) -> None:
        """Raises ``PipelineError`` where the functions have no room for another role."""
        queues, roles = {*self._queues, pool.job_queue_arn}, {*self._roles, job_role}
        if _OF_OTHERS + _OF_QUEUE * len(queues) + _OF_ROLE * len(roles) > _ROOM:
            raise PipelineError(
                f"role: queued steps of the pipeline have {len(roles)} roles, more than the variables of a function of "
                "Lambda hold; give several steps the same role="
            )

    def use(self, step: str, pool: TrainingPool, share: str | None, job_role: str) -> None:
        """Lets a step queue its jobs. ``share``: the team's quota share; ``job_role``: the ARN of the job's role."""
        where = self._host.workplace.where
        because = (Reason(step, "pool"),)
        jobs = where.arn("batch", "service-job/*")
        queue = pool.job_queue_arn
        queues = [queue] if share is None else [queue, f"{queue}/quota-share/{share}"]
        passed = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
        looks = Permission(("batch:DescribeServiceJob", "batch:ListServiceJobs"), ("*",), because=because)
        self._allow(
            self._submit,
            [
                Permission(("batch:SubmitServiceJob",), (*queues, jobs), because=because),
                Permission(("batch:TagResource", "batch:TerminateServiceJob"), (jobs,), because=because),
                looks,
                Permission(("iam:PassRole",), (job_role,), passed, because),
            ],
        )
        self._allow(self._answer, [looks])
        if queue not in self._queues:
            self._queues.append(queue)
            self._ended.add_event_pattern(detail={"jobQueue": [queue]})
        if job_role not in self._roles:
            self._roles.append(job_role)
        for function in (self._submit, self._answer):
            function.add_environment("JOB_QUEUES", ",".join(self._queues))
            function.add_environment("JOB_ROLES", ",".join(self._roles))

    def _function(self, name: str) -> lambda_.Function:
        variables = {"JOB_PREFIX": self._prefix}
        handler = LambdaHandler(_CODE, function=name.lower(), timeout=_TIMEOUT, environment=variables)
        function = handler.bind(self, name)
        work = self._host.workplace
        executions = work.where.sagemaker(f"pipeline/{work.pipeline_name.lower()}/execution/*")
        because = (Reason(ID, name),)
        permissions = [Permission(ANSWER, (executions,), because=because)]
        if name == "Submit":
            take = ("sqs:ReceiveMessage", *_TAKE)
            permissions.append(Permission(take, (self.queue.queue_arn,), because=because))
            permissions.append(Permission(("sagemaker:DescribePipelineExecution",), (executions,), because=because))
        else:
            jobs = work.where.sagemaker("training-job/AWSBatch*")
            permissions.append(Permission(("sagemaker:DescribeTrainingJob",), (jobs,), because=because))
        self._allow(function, permissions)
        return function

    def _allow(self, function: lambda_.Function, permissions: Iterable[Permission]) -> None:
        role: Any = function.role
        found = list(permissions)
        for permission in found:
            role.add_to_principal_policy(cdk.aws_iam.PolicyStatement.from_json(permission.statement()))
        self._host.has_granted(role, found)

    def _keep_unanswered(self) -> sqs.IQueue:
        """The queue that keeps events that are not answered, though the function was called three times."""
        letters: Any = self.queue.dead_letter_queue
        dead: sqs.IQueue = letters.queue
        lost = cdk.aws_lambda.CfnEventInvokeConfig
        lost(
            self,
            "Unanswered",
            function_name=self._answer.function_name,
            qualifier="$LATEST",
            destination_config=lost.DestinationConfigProperty(
                on_failure=lost.OnFailureProperty(destination=dead.queue_arn)
            ),
        )
        because = (Reason(ID, "Unanswered"),)
        self._allow(self._answer, [Permission(("sqs:SendMessage",), (dead.queue_arn,), because=because)])
        return dead

    def _hear(self, dead: sqs.IQueue) -> events.Rule:
        """Calls the function that answers when a job of this pipeline has ended."""
        return cdk.aws_events.Rule(
            self,
            "Ended",
            event_pattern=cdk.aws_events.EventPattern(
                account=[cdk.Stack.of(self).account],  # the bus may take events of other accounts
                source=["aws.batch"],
                detail_type=["Batch Service Job State Change"],
                detail={
                    "jobName": cdk.aws_events.Match.prefix(f"{self._prefix}_"),
                    "status": ["SUCCEEDED", "FAILED"],
                },
            ),
            targets=[cdk.aws_events_targets.LambdaFunction(self._answer, dead_letter_queue=dead)],
        )


def job_prefix(pipeline_name: str) -> str:
    """How the names of a pipeline's jobs begin; no other pipeline's begin so with an underscore behind it."""
    if len(pipeline_name) <= _LONGEST_PREFIX:
        return pipeline_name
    return f"{pipeline_name[: _LONGEST_PREFIX - 9]}-{hashlib.sha256(pipeline_name.encode()).hexdigest()[:8]}"


def pool_functions(scope: StepScope, host: PipelineHost) -> PoolFunctions:
    """Those of the pipeline of a scope; made with its first queued step."""
    pipeline = scope._scopes()[-1]
    found: Any = pipeline.node.try_find_child(ID)
    return found if isinstance(found, PoolFunctions) else PoolFunctions(pipeline, host)
