"""``smpipe seed``, ``run`` and ``local --assume``."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines import cli
from cdk_sagemaker_pipelines.cli.whereabouts import Whereabouts, announced
from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from cdk_sagemaker_pipelines.local.seeding.file import SeedError, read_seed

from .abalone import DEFINITION

SEED = """
buckets:
  raw-data:
    files:
      raw/: data
      one.csv: data/a.csv
    versioned: true
  empty-bucket:
roles:
  service-role/abalone: {policies: [AmazonSageMakerFullAccess]}
keys: [data]
networks: {main: {zones: 1}}
modelPackageGroups: [abalone]
"""


@pytest.fixture
def seed_file(tmp_path: Path) -> Path:
    (tmp_path / "data" / "below").mkdir(parents=True)
    (tmp_path / "data" / "a.csv").write_text("1\n")
    (tmp_path / "data" / "below" / "b.csv").write_text("2\n")
    file = tmp_path / "seed.yaml"
    file.write_text(SEED)
    return file


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedAws]:
    """A local AWS that this user's terminals find."""
    session = tmp_path / "session"
    session.mkdir(0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(session))
    with EmbeddedAws("eu-west-1", "111122223333") as aws:
        port = int(aws.url.rpartition(":")[2])
        with announced(Whereabouts(port, aws.url, aws.account, aws.region, aws.secret)):
            yield aws


def told(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    assert cli.main(arguments) == code
    captured = capsys.readouterr()
    return captured.err if code == 2 else captured.out


def test_everything_is_created_once(here: EmbeddedAws, seed_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = json.loads(told(capsys, "seed", str(seed_file), "--json"))
    assert first["endpoint"] == here.url
    assert [(each["kind"], each["name"], each["new"]) for each in first["created"]] == [
        ("bucket", "raw-data", True),
        ("bucket", "empty-bucket", True),
        ("role", "service-role/abalone", True),
        ("key", "data", True),
        ("network", "main", True),
        ("model package group", "abalone", True),
    ]
    again = json.loads(told(capsys, "seed", str(seed_file), "--json"))
    assert [each["new"] for each in again["created"]] == [False] * 6
    assert [each["id"] for each in again["created"]] == [each["id"] for each in first["created"]]
    client = here.services().client
    listed = client("s3").list_objects_v2(Bucket="raw-data")["Contents"]
    assert [each["Key"] for each in listed] == ["one.csv", "raw/a.csv", "raw/below/b.csv"]
    assert client("s3").get_bucket_versioning(Bucket="raw-data")["Status"] == "Enabled"
    role = client("iam").get_role(RoleName="abalone")["Role"]
    assert role["Arn"] == "arn:aws:iam::111122223333:role/service-role/abalone"
    (attached,) = client("iam").list_attached_role_policies(RoleName="abalone")["AttachedPolicies"]
    assert attached["PolicyName"] == "AmazonSageMakerFullAccess"
    subnets = client("ec2").describe_subnets(Filters=[{"Name": "vpc-id", "Values": [first["created"][4]["id"]]}])
    kinds = {tag["Value"] for each in subnets["Subnets"] for tag in each["Tags"] if tag["Key"] == "aws-cdk:subnet-type"}
    assert (len(subnets["Subnets"]), kinds) == (2, {"Public", "Private"})


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"])
def test_no_other_endpoint_is_touched(
    here: EmbeddedAws, seed_file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "https://s3.eu-west-1.amazonaws.com")
    refused = told(capsys, "seed", str(seed_file), code=2)
    assert f"{name} is https://s3.eu-west-1.amazonaws.com, which is not your local AWS at {here.url}" in refused
    assert here.services().client("s3").list_buckets()["Buckets"] == []


def test_the_credentials_of_the_terminal_are_not_used(
    here: EmbeddedAws, seed_file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREAL")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_ENDPOINT_URL", here.url)
    told(capsys, "seed", str(seed_file))
    assert len(here.services().client("s3").list_buckets()["Buckets"]) == 2


def test_without_a_local_aws(
    seed_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert "you have no local AWS running on port 5566" in told(capsys, "seed", str(seed_file), code=2)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("kees: [a]", "there is no 'kees'; did you mean 'keys'?"),
        ("- a", "it must have members such as 'account', 'region', 'buckets'"),
        ("buckets: {a: {file: {}}}", "buckets.a: there is no 'file'; did you mean 'files'?"),
        ("buckets: {a: {files: {x: nothing}}}", "buckets.a.files.x: "),
        ("buckets: {a: {files: {x: data}}}", "is a folder, so the key must end with /"),
        ("buckets: {a: {versioned: maybe}}", "buckets.a.versioned: it must be true or false"),
        ("roles: 3", "roles: it must be names, each with its members, or a list of names"),
        ("networks: {a: {zones: 9}}", "networks.a.zones: it must be 1, 2 or 3"),
        ("keys: [1]", "keys: it must be a list of names"),
        ("a: [", "not YAML"),
        ("x: &a [1]\ny: *a", "not YAML"),
    ],
    ids=["name", "list", "member", "missing", "folder", "boolean", "shape", "zones", "names", "syntax", "alias"],
)
def test_a_wrong_file_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "data").mkdir()
    file = tmp_path / "seed.yaml"
    file.write_text(text)
    with pytest.raises(SeedError) as raised:
        read_seed(file)
    assert str(raised.value).startswith(str(file))
    assert problem in str(raised.value)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("account: -5", "account: it must be the 12 digits of an account"),
        ("account: 1111222233334", "account: it must be the 12 digits of an account"),
        ("account: production", "account: it must be the 12 digits of an account"),
        ("region: 5", "region: it must be a text"),
        ("buckets: {a: {files: {x/: /etc}}}", "/etc is not in the folder of this file"),
        ("buckets: {a: {files: {x/: ../..}}}", "../.. is not in the folder of this file"),
        ("buckets: {a: {files: {x: out}}}", "/out is not in the folder of this file"),
        ("buckets: {a: {files: {x/: linked}}}", "linked/deep/hosts is not in the folder of this file"),
        ("buckets: {a: {files: {x/: inside}}}", "inside/deep/hosts is not in the folder of this file"),
        ("buckets: {a: {files: {x: round}}}", "round cannot be read: "),
        ("buckets: {a: {files: {x: " + "y" * 300 + "}}}", "cannot be read: File name too long"),
        ("buckets: {a: {files: {x: pipe}}}", "pipe is neither a file nor a folder"),
    ],
    ids=[
        *("negative", "long_account", "word", "region"),
        *("absolute", "above", "link", "link_below", "link_to_link", "loop", "long", "pipe"),
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="links and pipes of POSIX")
def test_what_leads_out_of_the_folder_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "linked" / "deep").mkdir(parents=True)
    (tmp_path / "linked" / "deep" / "hosts").symlink_to("/etc/hosts")
    (tmp_path / "inside").symlink_to("linked")
    (tmp_path / "out").symlink_to("/etc/hosts")
    (tmp_path / "round").symlink_to("round")
    os.mkfifo(tmp_path / "pipe")
    test_a_wrong_file_is_refused(tmp_path, text, problem)


def test_links_within_the_folder_are_followed(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "one.csv").write_text("1")
    (tmp_path / "data" / "two.csv").symlink_to("one.csv")
    (tmp_path / "seed.yaml").write_text("buckets: {a: {files: {x/: data, y: data/two.csv}}}")
    assert list(read_seed(tmp_path / "seed.yaml").buckets["a"].files) == ["x/", "y"]


def test_the_skeleton_of_an_app(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    definition = json.loads(json.dumps(DEFINITION))
    arguments = definition["Steps"][1]["Arguments"]
    arguments["OutputDataConfig"]["KmsKeyId"] = "alias/data"
    arguments["RoleArn"] = "arn:aws:iam::111122223333:role/service-role/jobs"
    arguments["VpcConfig"] = {"Subnets": ["subnet-0123"], "SecurityGroupIds": []}
    pipeline = {
        "PipelineName": "Abalone",
        "RoleArn": "arn:aws:iam::111122223333:role/own",
        "PipelineDefinition": {"PipelineDefinitionBody": json.dumps(definition).replace("s3://b/", "s3://raw-data/")},
    }
    resources = {
        "Pipeline": {"Type": "AWS::SageMaker::Pipeline", "Properties": pipeline},
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "own"}},
    }
    file = tmp_path / "Stack.template.json"
    file.write_text(json.dumps({"Resources": resources}))
    printed = told(capsys, "seed", "--from", str(file))
    assert '"subnet-0123"' in printed
    (tmp_path / "seed.yaml").write_text(printed)
    seed = read_seed(tmp_path / "seed.yaml")
    assert list(seed.buckets) == ["raw-data"]
    assert list(seed.roles) == ["service-role/jobs"]
    assert (seed.keys, seed.groups) == (["data"], ["group"])
    in_json = told(capsys, "seed", "--from", str(file), "--json")
    (tmp_path / "seed.json").write_text(in_json)
    assert read_seed(tmp_path / "seed.json") == seed


# -- run


@pytest.fixture
def pipeline(tmp_path: Path) -> Path:
    definition: dict[str, Any] = json.loads(json.dumps(DEFINITION))
    image = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/image:1"
    prepare, train, _ = definition["Steps"]
    prepare["Arguments"]["AppSpecification"]["ImageUri"] = image
    prepare["Arguments"]["ProcessingResources"]["ClusterConfig"]["VolumeSizeInGB"] = 30
    train["Arguments"]["AlgorithmSpecification"]["TrainingImage"] = image
    train["Arguments"]["ResourceConfig"] = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30}
    train["Arguments"]["StoppingCondition"] = {"MaxRuntimeInSeconds": 3600}
    file = tmp_path / "abalone.json"
    file.write_text(json.dumps(definition).replace("s3://b/", "s3://raw-data/"))
    return file


def outcomes(tmp_path: Path, mse: float) -> str:
    file = tmp_path / "outcomes.json"
    told = {"FinalMetricDataList": [{"MetricName": "mse", "Value": mse}]}
    file.write_text(json.dumps({"Train": {"properties": told, "seconds": 90}}))
    return str(file)


def test_run_takes_the_branch_of_the_outcome(
    pipeline: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    given = outcomes(tmp_path, 9.0)
    printed = told(capsys, "run", str(pipeline), "--outcomes", given, code=1)
    assert [line.rstrip() for line in printed.splitlines()] == [
        "Step        Type           State              Time  Reason",
        "Prepare     Processing     ✓ Succeeded       0.0 s",
        "Train       Training       ✓ Succeeded  1 min 30 s",
        "Check       Condition      ✓ Succeeded       0.0 s",
        "Inaccurate  Fail           ✗ Failed          0.0 s  too inaccurate",
        "Register    RegisterModel    not run",
        "",
        "✗ Failed in 1 min 30 s, played",
        "too inaccurate",
    ]
    document = json.loads(told(capsys, "run", str(pipeline), "--outcomes", given, "-p", "MaxMse=10", "--json"))
    assert document["state"] == "Succeeded"
    assert document["notRun"] == ["Inaccurate"]
    assert document["steps"][1]["arguments"]["HyperParameters"] == {"depth": "5"}


def test_run_refuses(pipeline: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "wrong.json"
    file.write_text('{"Trian": {}}')
    assert "did you mean 'Train'?" in told(capsys, "run", str(pipeline), "--outcomes", str(file), code=2)
    assert "did you mean 'MaxMse'?" in told(capsys, "run", str(pipeline), "-p", "MaxMsee=1", code=2)
    file.write_text("[]")
    assert "must be an object by step name" in told(capsys, "run", str(pipeline), "--outcomes", str(file), code=2)
    assert "cannot be read: No such file" in told(capsys, "run", str(tmp_path / "nothing.json"), code=2)
