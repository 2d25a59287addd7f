"""Foreign clients, in environments of their own, and what they find on the local AWS."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws

ACCOUNT, REGION = "111122223333", "eu-west-1"
BUCKET = f"sagemaker-{REGION}-{ACCOUNT}"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/Scientist"
DEFAULTS = f"""
SchemaVersion: '1.0'
SageMaker:
  PythonSDK:
    Modules:
      TelemetryOptOut: true
      Session:
        DefaultS3Bucket: {BUCKET}
"""
FUNCTION = "def handler(event, context):\n    return {'rows': 3, 'asked': event['data']}\n"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": ["sagemaker.amazonaws.com", "lambda.amazonaws.com"]},
            "Action": "sts:AssumeRole",
        }
    ],
}
MORE = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "lambda:InvokeFunction",
            "Resource": f"arn:aws:lambda:*:{ACCOUNT}:function:count",
        },
        {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": f"arn:aws:sqs:*:{ACCOUNT}:people"},
    ],
}
"""What ``AmazonSageMakerFullAccess`` leaves out: functions without SageMaker in their name, and queues."""


@dataclass(frozen=True)
class Client:
    """A Python that has a client, with the variables that lead it to the local AWS."""

    python: str
    environment: dict[str, str]
    arguments: tuple[str, ...]

    def run(self, script: Path, *more: str) -> list[dict[str, Any]]:
        """Each line of JSON that the script prints; ``more`` are further arguments."""
        done = subprocess.run(
            [self.python, str(script), *self.arguments, *more],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert done.returncode == 0, (done.stdout + done.stderr[done.stderr.rfind("Traceback") :])[-6000:]
        return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws(REGION, ACCOUNT) as aws:
        yield aws


def python_with_sdk(version: int) -> str:
    """The Python that has the SDK; skips where its environment cannot be made."""
    script = Path(__file__).parents[1] / "goldens" / "environment.py"
    made = subprocess.run([sys.executable, script, str(version)], capture_output=True, text=True)
    if made.returncode != 0:
        pytest.skip(made.stderr.strip()[-300:])
    return made.stdout.strip()


def client_of(python: str, variables: dict[str, str], folder: Path) -> Client:
    """The SDK's client of the local AWS that the variables lead to, which gets what is there before a pipeline."""

    session: Any = boto3.Session(variables["AWS_ACCESS_KEY_ID"], variables["AWS_SECRET_ACCESS_KEY"], region_name=REGION)

    def service(name: str) -> Any:
        return session.client(name, endpoint_url=variables["AWS_ENDPOINT_URL"])

    service("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    iam = service("iam")
    iam.create_role(RoleName="Scientist", AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.attach_role_policy(RoleName="Scientist", PolicyArn="arn:aws:iam::aws:policy/AmazonSageMakerFullAccess")
    iam.put_role_policy(RoleName="Scientist", PolicyName="more", PolicyDocument=json.dumps(MORE))
    queue = service("sqs").create_queue(QueueName="people")["QueueUrl"]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as code:
        code.writestr("index.py", FUNCTION)
    function = service("lambda").create_function(
        FunctionName="count",
        Runtime="python3.11",
        Role=ROLE,
        Handler="index.handler",
        Code={"ZipFile": archive.getvalue()},
    )["FunctionArn"]
    defaults = folder / "sagemaker.yaml"
    defaults.write_text(DEFAULTS)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON", "VIRTUAL_ENV"))}
    told = {"SAGEMAKER_USER_CONFIG_OVERRIDE": str(defaults), "HOME": str(folder), "TMPDIR": str(folder)}
    told |= {"SAGEMAKER_SUPPRESS_V2_WARNING": "1", "PYTHONWARNINGS": "ignore"}
    return Client(python, {**kept, **variables, **told}, (ROLE, queue, function, BUCKET))


@pytest.fixture(scope="module")
def sdk2(aws: EmbeddedAws, tmp_path_factory: pytest.TempPathFactory) -> Client:
    return client_of(python_with_sdk(2), aws.environment(), tmp_path_factory.mktemp("sdk2"))


@pytest.fixture(scope="module")
def sdk3(aws: EmbeddedAws, tmp_path_factory: pytest.TempPathFactory) -> Client:
    return client_of(python_with_sdk(3), aws.environment(), tmp_path_factory.mktemp("sdk3"))
