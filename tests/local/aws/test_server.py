"""The server: where it listens, which account it emulates, and that nothing is left behind."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.core.base_backend import AccountSpecificBackend
from moto.core.model_instances import model_data
from moto.core.utils import service_name_from_moto_package_name
from moto.ec2.models import ec2_backends

from cdk_sagemaker_pipelines.local.aws import wire
from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from tests.studio.runs import processing

ACCOUNT, REGION = "111122223333", "eu-central-1"


def addresses() -> list[tuple[str, socket.AddressFamily]]:
    """What ``localhost`` means on this machine."""
    found = [("127.0.0.1", socket.AF_INET)]
    with contextlib.suppress(OSError), socket.create_server(("::1", 0), family=socket.AF_INET6):
        found.append(("::1", socket.AF_INET6))
    return found


ADDRESSES = addresses()


def connect(aws: EmbeddedAws, service: str, account: str = ACCOUNT, region: str = REGION) -> Any:
    return client_of(aws.environment(account, region), service, region)


def client_of(variables: Mapping[str, str], service: str, region: str = REGION) -> Any:
    """A client with the key in the variables."""
    return boto3.client(  # type: ignore[call-overload]
        service,
        region_name=region,
        endpoint_url=variables["AWS_ENDPOINT_URL"],
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=variables.get("AWS_SESSION_TOKEN"),
    )


def test_it_emulates_its_own_account(aws: EmbeddedAws) -> None:
    assert client_of(aws.environment(), "sts").get_caller_identity()["Account"] == ACCOUNT


@pytest.mark.parametrize(
    "said",
    [b"", b"GET / HTTP/1.1\r\nHost: x\r\n", b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nabc"],
)
def test_who_connects_and_says_no_more_keeps_no_thread(
    aws: EmbeddedAws, said: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire.RawHandler, "timeout", 0.2)
    port = int(aws.environment()["AWS_ENDPOINT_URL"].rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=30) as silent:
        silent.sendall(said)
        while silent.recv(4096):
            pass


def test_an_answer_takes_as_long_as_it_takes(aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire.RawHandler, "timeout", 0.2)
    sqs = connect(aws, "sqs")
    queue = sqs.create_queue(QueueName="slow")["QueueUrl"]
    assert "Messages" not in sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1)


def test_a_key_of_twelve_digits_acts_as_that_account(aws: EmbeddedAws) -> None:
    assert connect(aws, "sts", "999988887777").get_caller_identity()["Account"] == "999988887777"


def test_accounts_and_regions_are_separate(aws: EmbeddedAws) -> None:
    connect(aws, "sagemaker").create_model_package_group(ModelPackageGroupName="here")
    assert not connect(aws, "sagemaker", "999988887777").list_model_package_groups()["ModelPackageGroupSummaryList"]
    elsewhere = connect(aws, "sagemaker", region="us-east-1")
    assert not elsewhere.list_model_package_groups()["ModelPackageGroupSummaryList"]


def test_it_listens_on_localhost_only(aws: EmbeddedAws) -> None:
    assert aws.url.startswith("http://localhost:")
    port = int(aws.url.rsplit(":", 1)[1])
    others = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)} - {"127.0.0.1"}
    for address in (str(other) for other in others if not str(other).startswith("127.")):
        with pytest.raises(OSError):
            socket.create_connection((address, port), timeout=1).close()


def test_nobody_else_can_listen_at_another_address_of_localhost(aws: EmbeddedAws) -> None:
    port = int(aws.url.rpartition(":")[2])
    for host, family in ADDRESSES:
        with pytest.raises(OSError):
            socket.create_server((host, port), family=family)
        connection = http.client.HTTPConnection(host, port, timeout=5)
        connection.request("GET", "/")
        assert connection.getresponse().status == 403
        connection.close()


@pytest.mark.parametrize(("host", "family"), ADDRESSES)
def test_it_does_not_start_if_somebody_else_listens(host: str, family: socket.AddressFamily) -> None:
    with socket.create_server((host, 0), family=family) as taken:
        port = taken.getsockname()[1]
        aws = EmbeddedAws(REGION, ACCOUNT)
        with pytest.raises(OSError, match=f"cannot listen on port {port}"):
            aws.start(port)
    aws.start(port)
    aws.stop()


def test_strangers_write_nothing_into_the_users_terminal(
    aws: EmbeddedAws, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    port = int(aws.url.rpartition(":")[2])
    for raw in (b"\x16\x03\x01\x1b[2J\r\n\r\n", b"GET /\x1b]0;x\x07 HTTP/1.1\r\n\r\n", b"x y z\x1b[31m\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(raw)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


def test_the_users_settings_of_moto_do_not_choose_an_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTO_ACCOUNT_ID", "999988887777")
    with EmbeddedAws(REGION, ACCOUNT) as aws:
        assert connect(aws, "sts").get_caller_identity()["Account"] == ACCOUNT
    assert os.environ["MOTO_ACCOUNT_ID"] == "999988887777"


def test_nothing_is_left_behind() -> None:
    before = set(threading.enumerate())
    environment_before = dict(os.environ)
    aws = EmbeddedAws(REGION, ACCOUNT)
    url = aws.start()
    aws.services().client("s3").create_bucket(Bucket="kept", CreateBucketConfiguration={"LocationConstraint": REGION})
    aws.stop()
    aws.stop()
    assert {thread for thread in threading.enumerate() if thread.is_alive()} <= before
    assert dict(os.environ) == environment_before
    with pytest.raises(OSError):
        urllib.request.urlopen(url, timeout=1)
    aws.start()
    assert aws.services().client("s3").list_buckets()["Buckets"] == []
    aws.stop()


def test_it_does_not_wait_for_scripted_steps(tmp_path: Path) -> None:
    outcomes = tmp_path / "outcomes.json"
    outcomes.write_text('{"Long": {"seconds": 3600}}')
    before = set(threading.enumerate())
    aws = EmbeddedAws(REGION, ACCOUNT, outcomes=outcomes)
    aws.start()
    sagemaker = aws.services().client("sagemaker")
    text = json.dumps({"Version": "2020-12-01", "Steps": [processing("Long")]})
    sagemaker.create_pipeline(PipelineName="P", PipelineDefinition=text, RoleArn=f"arn:aws:iam::{ACCOUNT}:role/p")
    arn = sagemaker.start_pipeline_execution(PipelineName="P")["PipelineExecutionArn"]
    while not sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"]:
        pass
    stopping = threading.Thread(target=aws.stop, daemon=True)
    stopping.start()
    stopping.join(30)
    assert not stopping.is_alive()
    assert {thread for thread in threading.enumerate() if thread.is_alive()} <= before


def test_moto_holds_nothing_afterwards() -> None:
    with EmbeddedAws("eu-central-1", "111122223333") as aws:
        aws.services().client("ec2").describe_vpcs()
        aws.services().client("autoscaling").describe_auto_scaling_groups()  # which asks for EC2 when it is reset
        assert "111122223333" in ec2_backends
    assert list(ec2_backends) == []
    models: list[Any] = [model for models in model_data.values() for model in models.values()]
    assert [model for model in models if model.instances_tracked] == []


def test_a_port_that_is_taken_is_an_error_that_leaves_nothing_behind(capfd: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"cannot listen on port {port}"):
            EmbeddedAws(REGION, ACCOUNT).start(port)
    assert capfd.readouterr().err == ""
    with EmbeddedAws(REGION, ACCOUNT):
        pass


def test_a_second_one_in_the_process_is_refused(aws: EmbeddedAws) -> None:
    with pytest.raises(RuntimeError, match="already runs in this process"):
        EmbeddedAws(REGION, ACCOUNT).start()


def test_an_account_is_twelve_digits() -> None:
    with pytest.raises(ValueError, match="twelve digits, found '12'"):
        EmbeddedAws(REGION, "12")


def test_the_environment_leads_a_child_process_here(aws: EmbeddedAws) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    program = "import boto3; print(boto3.client('sts').get_caller_identity()['Account'], boto3.Session().region_name)"
    answer = subprocess.run(
        [sys.executable, "-c", program],
        env={**kept, **aws.environment()},
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.split() == [ACCOUNT, REGION]


def test_a_job_reaches_the_same_account_as_its_role(aws: EmbeddedAws) -> None:
    told = aws.services("us-west-2").environment(f"arn:aws:iam::{ACCOUNT}:role/service-role/Train", "SageMaker")
    who = client_of(told, "sts", "us-west-2").get_caller_identity()
    assert (who["Account"], who["Arn"]) == (ACCOUNT, f"arn:aws:sts::{ACCOUNT}:assumed-role/Train/SageMaker")
    assert told["AWS_ACCESS_KEY_ID"].startswith("ASIA")
    assert not set(aws.environment().values()) & {told["AWS_ACCESS_KEY_ID"], told["AWS_SECRET_ACCESS_KEY"]}


@pytest.mark.parametrize("service", ["cloudtrail", "cloudformation"])
def test_unsupported_operations_are_refused_at_once(aws: EmbeddedAws, service: str) -> None:
    calls = {"cloudtrail": "lookup_events", "cloudformation": "list_types"}
    unoffered = connect(aws, service)
    with pytest.raises(unoffered.exceptions.ClientError, match="the local AWS does not offer") as caught:
        getattr(unoffered, calls[service])()
    assert caught.value.response["ResponseMetadata"]["RetryAttempts"] == 0


def test_a_bucket_policy_is_kept_but_not_enforced(client: Any) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="data-1", CreateBucketConfiguration={"LocationConstraint": REGION})
    statement = {
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": "s3:*",
        "Resource": "arn:aws:s3:::data-1/*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    policy = json.dumps({"Statement": [statement]})
    s3.put_bucket_policy(Bucket="data-1", Policy=policy)
    s3.put_object(Bucket="data-1", Key="k", Body=b"x")
    assert s3.get_bucket_policy(Bucket="data-1")["Policy"] == policy


def test_the_users_client_settings_do_not_affect_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = {"AWS_PROFILE": "gone", "AWS_RETRY_MODE": "none", "AWS_CONFIG_FILE": __file__}
    service_name_from_moto_package_name.cache_clear()
    AccountSpecificBackend.get_session.cache_clear()
    for name, value in broken.items():
        monkeypatch.setenv(name, value)
    with EmbeddedAws(REGION, ACCOUNT) as aws:
        s3 = aws.services().client("s3")
        s3.create_bucket(Bucket="data", CreateBucketConfiguration={"LocationConstraint": REGION})
        with pytest.raises(s3.exceptions.NoSuchBucket):
            s3.put_object(Bucket="none", Key="k", Body=b"x")
        assert aws.services().client("ec2").describe_vpcs()["Vpcs"]
    assert {name: os.environ[name] for name in broken} == broken
