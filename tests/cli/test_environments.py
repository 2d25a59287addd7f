"""``smpipe environments``: what it reads, and what it prints."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cdk_sagemaker_pipelines import cli

DEV = {"account": "111122223333", "region": "eu-west-1"}
CHINA = {
    "account": "444455556666",
    "region": "cn-north-1",
    "qualifier": "ml",
    "permissions_boundary": "team",
    "vpc": "vpc-0a1b2c3d",
    "subnets": ["subnet-0a1b2c3d"],
    "parameters": {"Text": "\x1b[2J"},
    "quotas": {"ml.m5.large for endpoint usage": 2},
    "executions": 3,
    "max_instance_hours": 12.5,
}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def printed(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    assert cli.main(["environments", *arguments]) == code
    out, err = capsys.readouterr()
    return err if code else out


def test_the_text(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "environments.json").write_text(json.dumps({"Dev": DEV, "China": CHINA}))
    assert printed(capsys).splitlines() == [
        "Dev",
        "  account     111122223333",
        "  region      eu-west-1 of aws (amazonaws.com)",
        "  bootstrap   cdk bootstrap aws://111122223333/eu-west-1",
        "  images      141502667606.dkr.ecr.eu-west-1.amazonaws.com: xgboost, sklearn",
        "  images      763104351884.dkr.ecr.eu-west-1.amazonaws.com: pytorch, tensorflow, huggingface-pytorch",
        "  images      571004829621.dkr.ecr.eu-west-1.amazonaws.com: spark",
        "",
        "China",
        "  account     444455556666",
        "  region      cn-north-1 of aws-cn (amazonaws.com.cn)",
        "  bootstrap   cdk bootstrap aws://444455556666/cn-north-1 --qualifier ml",
        "  boundary    arn:aws-cn:iam::444455556666:policy/team",
        "  network     vpc-0a1b2c3d: subnet-0a1b2c3d",
        "  parameters  Text=\\x1b[2J",
        "  quota       2 ml.m5.large for endpoint usage",
        "  executions  3 at the same time",
        "  hours       at most 12.5 instance-hours for an execution",
        "  images      450853457545.dkr.ecr.cn-north-1.amazonaws.com.cn: xgboost, sklearn",
        "  images      727897471807.dkr.ecr.cn-north-1.amazonaws.com.cn: pytorch, tensorflow, huggingface-pytorch",
        "  images      671472414489.dkr.ecr.cn-north-1.amazonaws.com.cn: spark",
    ]


def test_the_document(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "e.json").write_text(json.dumps({"Prod": {**DEV, "region": "eusc-de-east-1", "permissions_boundary": "b"}}))
    document = json.loads(printed(capsys, "e.json", "--json"))
    assert document["file"] == "e.json"
    (found,) = document["environments"]
    assert (found["partition"], found["urlSuffix"], found["qualifier"]) == ("aws-eusc", "amazonaws.eu", "hnb659fds")
    assert found["permissionsBoundary"] == "arn:aws-eusc:iam::111122223333:policy/b"
    assert set(found["images"].values()) == {None}
    assert (found["parameters"], found["executions"], found["maxInstanceHours"]) == ({}, 1, None)


def test_a_framework_without_an_image(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "e.json").write_text(json.dumps({"Prod": {**DEV, "region": "mx-central-1"}}))
    assert "images      none: xgboost, sklearn" in printed(capsys, "e.json")


def test_a_cdk_json(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "cdk.json").write_text(json.dumps({"context": {"environments": {"Dev": DEV}}}))
    assert printed(capsys).startswith("Dev\n")
    (here / "environments.yaml").write_text("Dev: {account: '111122223333', region: eu-west-1}")
    assert printed(capsys, code=2) == (
        "smpipe: environments are in environments.yaml and cdk.json; keep them in one file\n"
    )


def test_mistakes_are_all_reported(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "environments.json").write_text('{"Dev":\n {"acount": "1",\n  "region": "eu-west-11"}}')
    assert printed(capsys, code=2).splitlines() == [
        "smpipe: environments.json:2: Dev.acount: there is no key 'acount'; did you mean 'account'?",
        "environments.json:3: Dev.region: there is no region 'eu-west-11'; did you mean 'eu-west-1'?",
    ]


def test_local_and_demo_read_the_file_too(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "environments.json").write_text(json.dumps({"Dev": DEV}))
    assert cli.main(["demo", "--environment", "Prod"]) == 2
    assert capsys.readouterr().err == "smpipe: environments.json has no environment 'Prod', but 'Dev'\n"
