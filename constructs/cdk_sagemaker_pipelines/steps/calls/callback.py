"""A step that waits for an answer from your own code."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakKeyDictionary

import aws_cdk as cdk
from aws_cdk import Duration

from ... import assets
from ...assets import LambdaHandler
from ...iam.permissions import Permission, Reason
from ...iam.types.calls.callback import ANSWER
from ...language import PipelineError
from ...language.keyword_options import by_name
from ...language.tokens import is_number_token
from ...properties.callback import CallbackProperties
from ...undo import remembering
from ...undo import whole as made_whole
from ..base.field_checks import kms_key, literal, member, of_type, seconds, whole
from ..base.fields import field
from .call import CallStep
from .callback_queue import LONGEST, new_queue

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_sqs as sqs

    from ...assets import S3Location
    from ...language import CacheConfig, Expression, StringLike
    from ..base.scope import Dependable, StepScope
    from .call import OutputType

WRAPPER = Path(assets.__file__).parent / "callback_worker.py"
_CONSUME = (
    *("sqs:ReceiveMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueUrl", "sqs:DeleteMessage"),
    "sqs:GetQueueAttributes",
)
_WORKED: WeakKeyDictionary[sqs.IQueue, str] = WeakKeyDictionary()
"""The step whose worker takes the messages of a queue, which steps of several pipelines can share."""


class CallbackStep(CallStep):
    """Sends a message with a token to an SQS queue, and waits until somebody answers with the token.

    ```python
    review = CallbackStep(
        pipeline, "Review", inputs={"model": train.model_artifacts}, outputs={"score": "Float"}
    )
    review.add_worker(LambdaHandler("functions/review.py"))
    ConditionStep(pipeline, "Good", condition=review.output("score", float) >= 0.8)
    ```

    The message is JSON: ``token``, ``pipelineExecutionArn``, ``arguments`` (the inputs) and ``status``, which is
    "Executing". The answer is ``SendPipelineExecutionStepSuccess`` with the outputs as texts, or
    ``SendPipelineExecutionStepFailure`` with a reason. When the execution is being stopped, a second message says
    "Stopping"; the execution stops once one of them is answered. The step is not retried.

    Source: [Callback step](https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-callback).
    """

    type = "Callback"

    queue: sqs.IQueue | None = None
    """The queue of the message. Default: a new one, encrypted, TLS only, with a dead-letter queue."""
    retention_period: Duration | None = None
    """How long the new queue keeps a message that nobody receives, 1 minute to 14 days. Default: 14 days."""
    encryption_master_key: kms.IKey | None = None
    """The KMS key of the new queue and its dead-letter queue. Default: one that SQS manages."""

    callback_queue: sqs.IQueue = field(init=False)
    """The queue of the message, given or created."""

    if TYPE_CHECKING:  # `make generate` writes this from the fields

        def __init__(
            self,
            scope: StepScope,
            construct_id: str,
            *,
            queue: sqs.IQueue | None = None,
            retention_period: Duration | None = None,
            encryption_master_key: kms.IKey | None = None,
            inputs: Mapping[str, StringLike | float | bool | Expression[Any] | S3Location] | None = None,
            outputs: Mapping[str, OutputType] | None = None,
            cache: CacheConfig | None = None,
            step_name: str | None = None,
            display_name: str | None = None,
            description: str | None = None,
            depends_on: Sequence[Dependable] = (),
        ) -> None:
            """Sends a message with a token to an SQS queue, and waits until somebody answers with the token.

            :param scope: The pipeline, group, branch of a condition or body of a for-each in which it is declared.
            :param construct_id: The construct's id, unique in its scope; the step's name unless there is ``step_name``.
            :param queue: The queue of the message. Default: a new one, encrypted, TLS only, with a dead-letter queue.
            :param retention_period: How long the new queue keeps a message that nobody receives, 1 minute to 14 days.
                Default: 14 days.
            :param encryption_master_key: The KMS key of the new queue and its dead-letter queue. Default: one that SQS
                manages.
            :param inputs: The values to pass, by name: texts, numbers, booleans and expressions; an ``S3Location`` is
                passed as its URI.
            :param outputs: The types of the outputs by name: "String", "Integer", "Boolean" or "Float". At most 50,
                1024 characters each.
            :param cache: How old the outputs for the same inputs may be to be reused. Default: the pipeline's
                ``cache``.
            :param step_name: The name in the pipeline: 1 to 64 letters, digits, '-' and '_', unique in the pipeline.
            :param display_name: The name shown in Studio, at most 256 characters.
            :param description: The description shown in Studio, at most 3072 characters.
            :param depends_on: Steps and groups of steps to wait for; those that it reads data of need no entry.
            """

    def bind(self) -> None:
        super().bind()
        self._worker: lambda_.Function | None = None
        for what in ("retention_period", "encryption_master_key") if self.queue is not None else ():
            if getattr(self, what) is not None:
                raise PipelineError(
                    f"{what} is for the queue that the step creates; the queue that is given has its own"
                )
        if self.queue is not None:
            url = member(self.queue, "queue_url", "queue", "an SQS queue such as sqs.Queue.from_queue_arn(...)")
            literal(url, "queue: the URL")
        self.callback_queue = self.queue or self._make_queue()
        self._url = self.host.workplace.use_queue(self.callback_queue)

    @property
    def properties(self) -> CallbackProperties:
        """The outputs of the step, as expressions by name."""
        return CallbackProperties(self.name, ())

    def _target(self) -> dict[str, str]:
        return {"SqsQueueUrl": self._url}

    @by_name
    def grant_send_result(self, worker: iam.IGrantable) -> iam.Grant:
        """Allows a worker to receive messages from the queue and to answer them for executions of this pipeline.

        Args:
            worker: The function, role or other principal that answers.

        Raises:
            PipelineError: Not a grantee, or the pipeline has been synthesized.
        """
        member(worker, "grant_principal", f"{self.owner()}: worker", "a role, a user, a function or the like")
        role: Any = worker.grant_principal
        grant = self._let_answer(worker)
        if hasattr(role, "role_arn"):
            key = self.callback_queue.encryption_master_key
            self.host.works_off(role, [*self._take(key), self._send_result()])
        return grant

    def _let_answer(self, worker: iam.IGrantable) -> iam.Grant:
        queue, role = self.callback_queue, cast("iam.IRole", worker.grant_principal)
        key = queue.encryption_master_key
        if hasattr(role, "role_arn") and any(map(self.host.workplace.is_of_another_account, (queue, key))):
            # CDK would add the role to the policies there, which cannot name one that does not exist yet
            self.host.refuse_when_sealed("nobody can be granted anything on it")
            permissions = self._take(key)
            for each in permissions:
                _grant(worker, each)
            self.host.lets_in(role, permissions)
        else:
            queue.grant_consume_messages(worker)
        return _grant(worker, self._send_result())

    @by_name
    def add_worker(
        self, handler: LambdaHandler, *, batch_size: int = 1, max_concurrency: int | None = None
    ) -> lambda_.Function:
        """Creates a Lambda function that answers the messages of the queue.

        The handler's function takes the inputs as a dict and returns the outputs as a dict, or None:

        ```python
        def handler(inputs):
            return {"score": 0.9}
        ```

        The step succeeds with what the function returns; it fails if the function raises an exception or times out
        three times, or if the execution is being stopped. SQS delivers a message at least once, so the function may be
        called twice. A queue that several steps share needs only one worker.

        Args:
            handler: The code of the function, a ``LambdaHandler``.
            batch_size: How many messages one call gets, 1 to 10; it handles them one by one within its timeout.
            max_concurrency: How many calls run at once, 2 to 1000. Default: as many as Lambda allows.

        Raises:
            PipelineError: The step or its queue has a worker already, or a value is outside of its limits.
        """
        with self.naming():
            self.host.refuse_when_sealed("it cannot get a worker")
            of_type(handler, LambdaHandler, "handler", "LambdaHandler('functions/review.py')", optional=False)
            if self._worker is not None:
                raise PipelineError("it already has a worker; two would take each other's messages")
            other = _WORKED.get(self.callback_queue)
            if other is not None:
                raise PipelineError(f"its queue already has a worker, of {other}; two would take each other's messages")
            whole(batch_size, 1, 10, "batch_size")
            if max_concurrency is not None:
                whole(max_concurrency, 2, 1000, "max_concurrency")
            with made_whole():
                worker = self._make_worker(handler, batch_size, max_concurrency)
        _WORKED[self.callback_queue] = self.owner()
        self._worker = worker
        return worker

    def _make_worker(self, handler: LambdaHandler, batch_size: int, max_concurrency: int | None) -> lambda_.Function:
        self._check_hidden_during(handler.timeout)
        remembering(*self.host.memory())
        worker = handler.bind(self, "Worker", wrapper=WRAPPER)
        self.host.workplace.doubt_code(self.name, handler.faults(), handler._left_behind())
        self._let_answer(worker)
        if worker.role is not None:
            self.host.has_granted(worker.role, [self._send_result()])
        worker.add_event_source_mapping(
            "Queue",
            event_source_arn=self.callback_queue.queue_arn,
            batch_size=batch_size,
            max_concurrency=max_concurrency,
            report_batch_item_failures=True,
        )
        if self.queue is None:
            self._hide_messages_during(handler.timeout)
        return worker

    def _take(self, key: kms.IKey | None) -> list[Permission]:
        because = (Reason(self.name, "worker"),)
        permissions = [Permission(_CONSUME, (self.callback_queue.queue_arn,), because=because)]
        if key is not None:
            permissions.append(Permission(("kms:Decrypt",), (key.key_arn,), because=because))
        return permissions

    def _send_result(self) -> Permission:
        # the service's ARNs have the name in lower case; only the token says which execution and step are meant
        work = self.host.workplace
        executions = work.where.sagemaker(f"pipeline/{work.pipeline_name.lower()}/execution/*")
        return Permission(ANSWER, (executions,), because=(Reason(self.name, "worker"),))

    def _make_queue(self) -> sqs.Queue:
        of_type(self.retention_period, Duration, "retention_period", "a Duration such as Duration.days(14)")
        kept = LONGEST if self.retention_period is None else self.retention_period
        if not Duration.minutes(1).to_seconds() <= seconds(kept, "retention_period") <= LONGEST.to_seconds():
            raise PipelineError(f"retention_period is {kept.to_human_string()}; SQS allows 1 minute to 14 days")
        kms_key(self.encryption_master_key, "encryption_master_key")
        return new_queue(self, kept, self.encryption_master_key)

    def _hide_messages_during(self, timeout: Duration) -> None:
        """Hides messages while the function works on them, for six times its timeout as Lambda's guide recommends."""
        resource = self.callback_queue.node.default_child
        assert isinstance(resource, cdk.aws_sqs.CfnQueue)
        resource.visibility_timeout = 6 * timeout.to_seconds()

    def _check_hidden_during(self, timeout: Duration) -> None:
        """Raises ``PipelineError`` for a given queue that hides messages for a shorter time."""
        resource = self.callback_queue.node.default_child
        if self.queue is None or not isinstance(resource, cdk.aws_sqs.CfnQueue):
            return  # ours is created with enough; an existing one cannot be seen from here
        hidden = 30 if resource.visibility_timeout is None else resource.visibility_timeout
        if not is_number_token(hidden) and timeout.to_seconds() > hidden:
            raise PipelineError(
                f"handler: its timeout of {timeout.to_human_string()} is longer than the {hidden:g} seconds that "
                "the queue hides a received message; give the queue a visibility_timeout of six times that"
            )


def _grant(worker: iam.IGrantable, permission: Permission) -> iam.Grant:
    return cdk.aws_iam.Grant.add_to_principal(
        grantee=worker, actions=list(permission.actions), resource_arns=list(permission.resources)
    )
