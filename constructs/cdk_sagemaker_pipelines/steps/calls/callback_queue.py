"""The queue in which the messages of callback steps lie until a worker takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from aws_cdk import Duration
from constructs import Construct

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_sqs as sqs

LONGEST = Duration.days(14)
"""The longest time that SQS keeps a message."""


def new_queue(scope: Construct, kept: Duration, key: kms.IKey | None, **options: Any) -> sqs.Queue:
    """A queue that is encrypted, takes TLS only and has a dead-letter queue. ``key``: None for SQS's own."""
    kinds = cdk.aws_sqs.QueueEncryption
    safe: dict[str, Any] = {
        "encryption": kinds.SQS_MANAGED if key is None else kinds.KMS,
        "encryption_master_key": key,
        "enforce_ssl": True,
    }
    # the time that a message has already waited counts too, so it is the longest
    dead = cdk.aws_sqs.Queue(scope, "DeadLetters", retention_period=LONGEST, **safe)
    # Lambda's guide asks for at least 5: messages polled while all functions are busy count too
    letters = cdk.aws_sqs.DeadLetterQueue(max_receive_count=5, queue=dead)
    return cdk.aws_sqs.Queue(scope, "Queue", retention_period=kept, dead_letter_queue=letters, **safe, **options)
