"""The end of a server while something in its account is still waiting."""

from __future__ import annotations

import time

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from tests.local.embedding import Embedded, start
from tests.local.support import step
from tests.local.test_callback import queue, receive, wait_step
from tests.local.test_lambda import function


def test_a_server_does_not_wait_for_answers_that_never_come() -> None:
    started = time.monotonic()
    with EmbeddedAws("eu-west-1", "123456789012") as aws:
        account = Embedded(aws)
        url = queue(account, "forever")
        start(account, "forever", [wait_step(url)])
        receive(account, url)
        arn = function(account, "long", "import time\ndef handler(e, c): time.sleep(60)", Timeout=60)
        start(account, "long", [step("Ask", "Lambda", FunctionArn=arn)])
        time.sleep(0.5)
    assert time.monotonic() - started < 20
