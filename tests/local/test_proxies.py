"""A user's proxy: requests to this machine do not go through it."""

from __future__ import annotations

import pytest
import requests.utils

from cdk_sagemaker_pipelines.cli import main
from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from cdk_sagemaker_pipelines.local.proxies import has_proxy, is_here, without_proxy
from tests.local.embedding import Embedded, finished
from tests.local.support import BUCKET, processing, step
from tests.local.test_lambda import function

NOWHERE = "http://127.0.0.1:9"
"""A proxy that does not answer: whatever asks it fails."""


def test_this_machine_is_added_to_the_existing_value() -> None:
    told = without_proxy({"no_proxy": "corp.example, 10.0.0.1", "NO_PROXY": "corp.example,other"})
    names = "corp.example,10.0.0.1,other,localhost,.localhost,127.0.0.1,::1"
    assert told == {"no_proxy": names, "NO_PROXY": names}
    assert without_proxy({"no_proxy": "*"}) == {"no_proxy": "*", "NO_PROXY": "*"}
    assert without_proxy(told) == told


@pytest.mark.parametrize("host", ["localhost:5566", "data.localhost:5566", "127.0.0.1:5566"])
def test_python_understands_it(host: str) -> None:
    given = without_proxy({})["no_proxy"]
    assert requests.utils.should_bypass_proxies(f"http://{host}", given)
    assert not requests.utils.should_bypass_proxies("http://aws.example", given)


def test_what_is_on_this_machine() -> None:
    assert all(map(is_here, ("http://localhost:5566", "http://127.0.0.1", "http://b.localhost:1/x", "http://[::1]:1")))
    assert not any(map(is_here, ("http://127.example.com", "http://127.0.0.1.nip.io", "http://localhost@example.com")))
    assert not any(map(is_here, ("https://sagemaker.eu-west-1.amazonaws.com", "http://localhost.example", "")))


def test_a_proxy_is_noticed() -> None:
    assert all(map(has_proxy, ({"HTTP_PROXY": NOWHERE}, {"all_proxy": NOWHERE})))
    assert not any(map(has_proxy, ({"https_proxy": NOWHERE}, {"http_proxy": ""})))


@pytest.fixture
def _proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, NOWHERE)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("_proxy")
def test_server_jobs_functions_and_commands_do_without_it(capsys: pytest.CaptureFixture[str]) -> None:
    reach = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])\n"
    with EmbeddedAws("eu-west-1", "123456789012") as aws:
        account = Embedded(aws)
        account.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        function(account, "reach", f"{reach}def handler(event, context): return {{}}\n", Timeout=30)
        arguments = processing(account.put("code/reach.py", reach))
        steps = [
            step("Job", arguments=arguments),
            step("Call", "Lambda", FunctionArn="arn:aws:lambda:eu-west-1:123456789012:function:reach", Arguments={}),
        ]
        assert finished(account, "reach", steps).status == "Succeeded"
        assert "assumed-role/job/SageMaker" in account.log("/aws/sagemaker/ProcessingJobs")
        assert "assumed-role/function/reach" in account.log("/aws/lambda/reach")
        with pytest.MonkeyPatch.context() as patched:
            for name, value in aws.environment(among={}).items():
                if "proxy" not in name.lower():
                    patched.setenv(name, value)
            assert main(["start", "reach", "--watch", "--interval", "0.2"]) == 0
        assert "Succeeded" in capsys.readouterr().out
