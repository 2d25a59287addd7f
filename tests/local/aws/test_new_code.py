"""New code is no change of permissions, seen with the real CDK CLI against the local AWS."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from tests.bootstrapping import bootstrap
from tests.executions import Account, Run

from .conftest import ACCOUNT, REGION
from .test_cdk_cli import Cdk, command_line

pytestmark = [pytest.mark.deploy, pytest.mark.slow]

SAY = """
import pathlib

def handler(event, context):
    return {{"said": "{word}"}}

if __name__ == "__main__":
    pathlib.Path("/opt/ml/processing/output/said/word.txt").write_text("{word}")
"""


def write(code: Path, word: str) -> None:
    code.mkdir(exist_ok=True)
    (code / "say.py").write_text(SAY.format(word=word), "utf-8")


def asked(account: Account) -> str:
    """The token of the message that waits for an answer."""
    sqs = account.client("sqs")
    (url,) = [one for one in sqs.list_queues()["QueueUrls"] if "DeadLetters" not in one]
    until = time.monotonic() + 60
    while time.monotonic() < until:
        for message in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages", ()):
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            return str(json.loads(message["Body"])["token"])
    raise AssertionError("nobody asks")


def answered(account: Account, arn: str, token: str) -> Run:
    account.sagemaker.send_pipeline_execution_step_success(CallbackToken=token)
    return account.end(arn)


def said(account: Account, run: Run) -> dict[str, str]:
    """What each step's code said."""
    found = {"Function": run.outputs("Function")["said"]}
    for step in ("File", "Folder"):
        described = account.sagemaker.describe_processing_job(ProcessingJobName=run.job(step))
        (output,) = described["ProcessingOutputConfig"]["Outputs"]
        found[step] = account.read(f"{output['S3Output']['S3Uri']}/word.txt").decode()
    return found


def test_new_code_deploys_without_an_approval_while_an_execution_runs(tmp_path: Path) -> None:
    code = tmp_path / "sources"
    with EmbeddedAws(REGION, ACCOUNT) as aws:
        cdk, account = Cdk(command_line(), aws, tmp_path, code=str(code)), Account(aws)
        write(code, "old")
        bootstrap(account.client("cloudformation"))
        cdk("deploy", "--require-approval", "never", variant="code-old")
        before = account.start("Code")
        token = asked(account)

        write(code, "new")
        difference = cdk("diff", variant="code-new")
        assert "IAM" not in difference
        assert ".py" in difference
        # there is no terminal, so that what needs an approval fails
        assert "✅  Code" in cdk("deploy", variant="code-new")

        run = answered(account, before, token)
        assert (run.status, said(account, run)) == ("Succeeded", dict.fromkeys(("File", "Folder", "Function"), "old"))
        after = account.start("Code")
        run = answered(account, after, asked(account))
        assert (run.status, said(account, run)) == ("Succeeded", dict.fromkeys(("File", "Folder", "Function"), "new"))
        # with the function go the versions that stayed
        assert "Code: destroyed" in cdk("destroy", "--force", variant="code-new")
        assert account.client("lambda").list_functions()["Functions"] == []


def test_a_change_of_permissions_still_asks(tmp_path: Path) -> None:
    code = tmp_path / "sources"
    write(code, "old")
    with EmbeddedAws(REGION, ACCOUNT) as aws:
        cdk = Cdk(command_line(), aws, tmp_path, code=str(code))
        cdk("bootstrap", variant="code")
        assert "terminal (TTY) is not attached" in cdk("deploy", variant="code", fails=True)
