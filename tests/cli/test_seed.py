"""``smpipe seed``: what it creates, what it refuses, and that it never reaches anything but the local AWS."""

from __future__ import annotations

import json
import os
import re
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines import cli
from cdk_sagemaker_pipelines.cli.whereabouts import Whereabouts, announced
from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from cdk_sagemaker_pipelines.local.seeding.file import read_seed
from cdk_sagemaker_pipelines.local.seeding.seed import SeedError

from .abalone import DEFINITION

SEED = """
buckets:
  raw-data:
    files:
      raw/: data
      one.csv: data/a.csv
    versioned: true
  empty-bucket:
policies:
  ml/boundary: {document: {Version: "2012-10-17", Statement: [{Effect: Deny, Action: "iam:*", Resource: "*"}]}}
  open:
roles: {service-role/abalone: {policies: [AmazonSageMakerFullAccess]}}
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
    monkeypatch.setattr("tempfile.tempdir", str(session))  # where others' are found as well
    with EmbeddedAws("eu-west-1", "111122223333") as aws:
        port = int(aws.url.rpartition(":")[2])
        with announced(Whereabouts(port, aws.url, aws.account, aws.region, aws.secret)):
            aws.services().client("s3").list_buckets()  # it runs in this process, and started without what a test sets
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
        ("policy", "ml/boundary", True),
        ("policy", "open", True),
        ("role", "service-role/abalone", True),
        ("key", "data", True),
        ("network", "main", True),
        ("model package group", "abalone", True),
    ]
    again = json.loads(told(capsys, "seed", str(seed_file), "--json"))
    assert [each["new"] for each in again["created"]] == [False] * 8
    assert [each["id"] for each in again["created"]] == [each["id"] for each in first["created"]]
    client = here.services().client
    listed = client("s3").list_objects_v2(Bucket="raw-data")["Contents"]
    assert [each["Key"] for each in listed] == ["one.csv", "raw/a.csv", "raw/below/b.csv"]
    assert client("s3").get_bucket_versioning(Bucket="raw-data")["Status"] == "Enabled"
    role = client("iam").get_role(RoleName="abalone")["Role"]
    assert role["Arn"] == "arn:aws:iam::111122223333:role/service-role/abalone"
    boundary = "arn:aws:iam::111122223333:policy/ml/boundary"
    document = client("iam").get_policy_version(PolicyArn=boundary, VersionId="v1")["PolicyVersion"]["Document"]
    assert document["Statement"] == [{"Effect": "Deny", "Action": "iam:*", "Resource": "*"}]
    (attached,) = client("iam").list_attached_role_policies(RoleName="abalone")["AttachedPolicies"]
    assert attached["PolicyName"] == "AmazonSageMakerFullAccess"
    subnets = client("ec2").describe_subnets(Filters=[{"Name": "vpc-id", "Values": [first["created"][6]["id"]]}])
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


class Elsewhere(AssertionError):
    """Something was about to leave this machine."""


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The addresses that are connected to; whatever is not on this machine raises, and no name is looked up."""
    addresses: list[Any] = []
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def connecting(self: socket.socket, address: Any) -> None:
        addresses.append(address)
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1"):
            raise Elsewhere(address)
        connect(self, address)

    def looking_up(host: Any, *arguments: Any, **named: Any) -> Any:
        if host not in ("localhost", "127.0.0.1", "::1"):
            raise Elsewhere(host)
        return look_up(host, *arguments, **named)

    monkeypatch.setattr(socket.socket, "connect", connecting)
    monkeypatch.setattr(socket, "getaddrinfo", looking_up)
    return addresses


CONFIGURED = """
[default]
endpoint_url = https://s3.eu-west-1.amazonaws.com
region = us-east-1
services = real
use_fips_endpoint = true
use_dualstack_endpoint = true
s3 =
  use_accelerate_endpoint = true
  addressing_style = virtual
[services real]
s3 =
  endpoint_url = https://s3.eu-west-1.amazonaws.com
iam =
  endpoint_url = https://iam.amazonaws.com
"""

TERMINALS: dict[str, dict[str, str]] = {
    "config": {"AWS_CONFIG_FILE": "config", "AWS_SHARED_CREDENTIALS_FILE": "config"},
    "profile": {"AWS_PROFILE": "production", "AWS_DEFAULT_PROFILE": "production"},
    "fips": {"AWS_USE_FIPS_ENDPOINT": "true", "AWS_USE_DUALSTACK_ENDPOINT": "true", "AWS_REGION": "us-gov-west-1"},
    "proxy": {"http_proxy": "http://proxy.example:3128", "HTTPS_PROXY": "http://proxy.example:3128"},
    "credentials": {"AWS_ACCESS_KEY_ID": "AKIAREAL", "AWS_SECRET_ACCESS_KEY": "real", "AWS_SESSION_TOKEN": "real"},
    "legacy": {"AWS_S3_US_EAST_1_REGIONAL_ENDPOINT": "legacy", "AWS_STS_REGIONAL_ENDPOINTS": "legacy"},
}


def test_nothing_leaves_this_machine_whatever_the_terminal_says(
    here: EmbeddedAws,
    seed_file: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    connected: list[Any],
) -> None:
    (seed_file.parent / "config").write_text(CONFIGURED)
    port = int(here.url.rpartition(":")[2])
    for terminal, variables in TERMINALS.items():
        connected.clear()
        with monkeypatch.context() as patched:
            for name, value in variables.items():
                patched.setenv(name, str(seed_file.parent / value) if value == "config" else value)
            assert len(json.loads(told(capsys, "seed", str(seed_file), "--json"))["created"]) == 8, terminal
        assert {address[1] for address in connected if isinstance(address, tuple)} == {port}, terminal


@pytest.fixture
def announcement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Whereabouts]:
    """A local AWS that this user's terminals find, though nothing answers there."""
    session = tmp_path / "session"
    session.mkdir(0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(session))
    monkeypatch.setattr("tempfile.tempdir", str(session))  # where others' are found as well
    where = Whereabouts(9, "http://localhost:9", "111122223333", "eu-west-1", "secret " * 4)
    with announced(where):
        yield where


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_IAM"])
@pytest.mark.parametrize(
    "form",
    [
        "https://iam.amazonaws.com", "http://localhost:{}.amazonaws.com", "http://localhost:{}@iam.amazonaws.com",
        "https://localhost:{}", "http://127.0.0.1.nip.io:{}", "http://localhost:{}#", "http://localhost:{}/..", " ", "",
    ],
    ids=["real", "suffix", "user", "tls", "name", "fragment", "path", "space", "empty"],
)  # fmt: skip
def test_an_endpoint_that_only_looks_like_the_local_aws_is_refused(
    announcement: Whereabouts,
    seed_file: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    connected: list[Any],
    name: str,
    form: str,
) -> None:
    monkeypatch.setenv(name, form.format(announcement.port))
    assert told(capsys, "seed", str(seed_file), code=2).startswith(f"smpipe: {name} is ")
    assert connected == []


class Redirecting(BaseHTTPRequestHandler):
    """Sends whoever asks to AWS, as S3 does with a bucket of another region."""

    def answer(self) -> None:
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        for header, value in (
            ("Location", "https://raw-data.s3.eu-central-1.amazonaws.com/"), ("x-amz-bucket-region", "eu-central-1"),
            ("Content-Length", "0"),
        ):  # fmt: skip
            self.send_header(header, value)
        self.end_headers()

    do_GET = do_PUT = do_POST = do_HEAD = answer

    def log_message(self, *_: Any) -> None:
        """Silent."""


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirection_is_followed(
    seed_file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    connected: list[Any],
    status: int,
) -> None:
    session = tmp_path / "session"
    session.mkdir(0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(session))
    monkeypatch.setattr("tempfile.tempdir", str(session))  # where others' are found as well
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with HTTPServer(("127.0.0.1", 0), Redirecting) as server:
        server.status = status  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_port
        url = f"http://127.0.0.1:{port}"
        with announced(Whereabouts(port, url, "111122223333", "eu-west-1", "secret " * 4)):
            assert "a bucket cannot be created: " in told(capsys, "seed", str(seed_file), code=2)
        server.shutdown()
    assert {address[1] for address in connected if isinstance(address, tuple)} == {port}


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
        ("policies: {a: {document: x}}", "policies.a.document: it must be a policy, with its Version and Statement"),
        ("networks: {a: {zones: 9}}", "networks.a.zones: it must be 1, 2 or 3"),
        ("keys: [1]", "keys: it must be a list of names"),
        ("a: [", "not YAML"),
        ("x: &a [1]\ny: *a", "not YAML"),
        (
            "networks: {a: {subnets: [main]}}",
            "networks.a.subnets: 'main' is not an ID such as subnet-0123456789abcdef0",
        ),
        ("networks: {a: {securityGroups: [vpc-01]}}", "networks.a.securityGroups: 'vpc-01' is not an ID such as sg-"),
        (
            "modelPackageGroups: {a: {versions: {x: }}}",
            "modelPackageGroups.a.versions: 'x' is not the number of a version",
        ),
        ("modelPackageGroups: {a: {versions: {1001: }}}", "'1001' is not the number of a version, 1 to 1000"),
        ("modelPackageGroups: {a: {versions: [1]}}", "it must be numbers of versions, each with its members"),
        (
            "modelPackageGroups: {a: {versions: {1: {model: s3://a}}}}",
            "versions.1.model: it must be an S3 URI, together",
        ),
        ("modelPackageGroups: {a: {versions: {1: {status: Fine}}}}", "versions.1.status: it must be one of 'Approved'"),
        ("accounts: {prod: {}}", "accounts.prod: it must be the 12 digits of an account"),
        ("accounts: {111122223333: {region: a}}", "accounts.111122223333: there is no 'region'; there are 'buckets'"),
        ("accounts: {111122223333: {keys: 1}}", "accounts.111122223333.keys: it must be a list of names"),
        ("accounts: [1]", "accounts: it must be accounts, each with its members"),
    ],
    ids=[
        *(
            "name",
            "list",
            "member",
            "missing",
            "folder",
            "boolean",
            "shape",
            "policy",
            "zones",
            "names",
            "syntax",
            "alias",
        ),
        *("subnet", "group", "version", "many", "versions", "model", "status", "account", "inner", "below", "accounts"),
    ],
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
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "RoleName": "own",
                "PermissionsBoundary": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/ml/boundary"},
                "ManagedPolicyArns": [
                    *(f"arn:aws:iam::{of}" for of in ("aws:policy/ReadOnlyAccess", "111122223333:policy/made")),
                    {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":iam::111122223333:policy/read"]]},
                ],
            },
        },
        "Policy": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"ManagedPolicyName": "made"}},
    }
    file = tmp_path / "Stack.template.json"
    file.write_text(json.dumps({"Resources": resources}))
    printed = told(capsys, "seed", "--from", str(file))
    assert '"subnet-0123"' in printed
    (tmp_path / "seed.yaml").write_text(printed)
    seed = read_seed(tmp_path / "seed.yaml")
    assert list(seed.buckets) == ["raw-data"]
    assert (list(seed.roles), list(seed.policies)) == (["service-role/jobs"], ["ml/boundary", "read"])
    assert (seed.keys, seed.groups) == (["data"], {"group": {}})
    assert seed.networks["outside"].subnets == ["subnet-0123"]
    in_json = told(capsys, "seed", "--from", str(file), "--json")
    (tmp_path / "seed.json").write_text(in_json)
    assert read_seed(tmp_path / "seed.json") == seed


IDS = """
keys: [1234abcd-12ab-34cd-56ef-1234567890ab]
queues: [questions, answers.fifo]
networks:
  vpc-0123456789abcdef0:
    subnets: [subnet-0aaaaaaaaaaaaaaa1, subnet-0aaaaaaaaaaaaaaa2, subnet-0aaaaaaaaaaaaaaa3]
    securityGroups: [sg-0123456789abcdef0]
  small: {zones: 1, cidr: 10.1.0.0/16}
accounts:
  444455556666:
    modelPackageGroups:
      shared:
        versions:
          2:
          3: {image: "111122223333.dkr.ecr.eu-west-1.amazonaws.com/image:1", model: "s3://raw-data/model.tar.gz"}
"""


def test_what_goes_by_an_id_has_it(here: EmbeddedAws, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "seed.yaml"
    file.write_text(IDS)
    first, again = (json.loads(told(capsys, "seed", str(file), "--json"))["created"] for _ in range(2))
    vpc = "vpc-0123456789abcdef0"
    assert [(each["kind"], each["name"]) for each in first] == [
        ("key", "1234abcd-12ab-34cd-56ef-1234567890ab"),
        ("network", vpc),
        *(("subnet", f"subnet-0aaaaaaaaaaaaaaa{number}") for number in (1, 2, 3)),
        ("security group", "sg-0123456789abcdef0"),
        ("network", "small"),
        ("queue", "questions"),
        ("queue", "answers.fifo"),
        ("model package group", "shared"),
        ("model package", "shared/2"),
        ("model package", "shared/3"),
    ]
    assert {each["new"] for each in first} == {True}
    assert again == [{**each, "new": False} for each in first]
    client = here.services().client
    subnets = client("ec2").describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
    assert {each["SubnetId"] for each in subnets} == {each["id"] for each in first if each["kind"] == "subnet"}
    assert len({each["AvailabilityZone"] for each in subnets}) == 2
    (group,) = client("ec2").describe_security_groups(GroupIds=["sg-0123456789abcdef0"])["SecurityGroups"]
    assert group["VpcId"] == vpc
    key = client("kms").describe_key(KeyId="1234abcd-12ab-34cd-56ef-1234567890ab")["KeyMetadata"]
    assert key["Arn"] == "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    # from the account of the pipeline, as a step of it asks
    package = client("sagemaker").describe_model_package(ModelPackageName=first[-1]["id"])
    assert package["ModelPackageArn"] == "arn:aws:sagemaker:eu-west-1:444455556666:model-package/shared/3"
    assert (package["ModelPackageVersion"], package["ModelApprovalStatus"]) == (3, "Approved")
    assert package["InferenceSpecification"]["Containers"][0]["ModelDataUrl"] == "s3://raw-data/model.tar.gz"
    group_arn = "arn:aws:sagemaker:eu-west-1:444455556666:model-package-group/shared"
    listed = client("sagemaker").list_model_packages(ModelPackageGroupName=group_arn)["ModelPackageSummaryList"]
    assert [each["ModelPackageVersion"] for each in listed] == [2, 3]  # the one before was only made to count


def test_the_file_of_the_docs(here: EmbeddedAws, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "local.md").read_text("utf-8")
    (text,) = re.findall(r"^```yaml\n(buckets:.*?)^```", page, re.M | re.S)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "labels.csv").write_text("1\n")
    (tmp_path / "seed.yaml").write_text(text)
    created = json.loads(told(capsys, "seed", str(tmp_path / "seed.yaml"), "--json"))["created"]
    assert [each["name"] for each in created] == [
        *("raw-data", "ml/boundary", "service-role/abalone", "data", "1234abcd-12ab-34cd-56ef-1234567890ab", "main"),
        *("subnet-0123456789abcdef0", "sg-0123456789abcdef0", "questions", "abalone", "abalone/3", "shared"),
    ]
    assert read_seed(tmp_path / "seed.yaml").groups["abalone"][3].status == "Approved"


def test_a_network_is_added_to(here: EmbeddedAws, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "seed.yaml"
    file.write_text("networks: {main: {zones: 1}}")
    (created,) = json.loads(told(capsys, "seed", str(file), "--json"))["created"]
    file.write_text("networks: {main: {subnets: [subnet-01], securityGroups: [sg-01]}}")
    added = json.loads(told(capsys, "seed", str(file), "--json"))["created"]
    assert [(each["name"], each["new"]) for each in added] == [("main", False), ("subnet-01", True), ("sg-01", True)]
    (subnet,) = here.services().client("ec2").describe_subnets(SubnetIds=["subnet-01"])["Subnets"]
    assert subnet["VpcId"] == created["id"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "networks: {one: {subnets: [subnet-01]}, two: {cidr: 10.1.0.0/16, subnets: [subnet-01]}}",
            "network 'two': subnet-01 exists already, in vpc-",
        ),
        (
            "networks: {one: {securityGroups: [sg-01]}, two: {securityGroups: [sg-01]}}",
            "network 'two': sg-01 exists already, in vpc-",
        ),
        ("networks: {a: {cidr: 10.0.0.0/30}}", "network 'a': '10.0.0.0/30' has no room for 4 subnets"),
        ("networks: {a: {cidr: nonsense}}", "network 'a': 'nonsense' has no room for 4 subnets"),
        ("networks: {a: {cidr: 10.0.0.0/8}}", "a network cannot be created: CreateVpc: "),
        ("buckets: [ab]", "a bucket cannot be created: CreateBucket: "),
    ],
    ids=["subnet", "group", "room", "cidr", "vpc", "bucket"],
)
def test_what_cannot_be_created_is_said(
    here: EmbeddedAws, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, problem: str
) -> None:
    file = tmp_path / "seed.yaml"
    file.write_text(text)
    assert told(capsys, "seed", str(file), code=2).startswith(f"smpipe: {problem}")


def test_a_version_that_was_deleted_is_not_made_again(
    here: EmbeddedAws, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "seed.yaml"
    file.write_text("modelPackageGroups: {g: {versions: {2: }}}")
    told(capsys, "seed", str(file))
    file.write_text("modelPackageGroups: {g: {versions: {1: }}}")
    assert "version 1 of the model package group 'g' has been deleted" in told(capsys, "seed", str(file), code=2)


def test_the_skeleton_of_what_goes_by_an_id_applies_as_it_is(
    here: EmbeddedAws, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    network = {"VpcConfig": {"Subnets": ["subnet-01"], "SecurityGroupIds": ["sg-01"]}}
    role, output = "arn:aws:iam::111122223333:role/jobs", {"KmsKeyId": key, "Outputs": []}
    arguments = {"ProcessingOutputConfig": output, "NetworkConfig": network, "RoleArn": role}
    package = "arn:aws:sagemaker:eu-west-1:444455556666:model-package/shared/2"
    partition, suffix = ({"Ref": f"AWS::{name}"} for name in ("Partition", "URLSuffix"))
    body = json.dumps(
        {
            "Version": "2020-12-01",
            "Steps": [
                {"Name": "A", "Type": "Processing", "Arguments": arguments},
                {"Name": "B", "Type": "Model", "Arguments": {"PrimaryContainer": {"ModelPackageName": package}}},
                {"Name": "C", "Type": "Lambda", "FunctionArn": "arn:(P):lambda:eu-west-1:111122223333:function:tell"},
                {"Name": "D", "Type": "Callback", "SqsQueueUrl": "https://sqs.eu-west-1.(S)/111122223333/questions"},
            ],
        }
    )
    (before, middle), after = body.partition("(P)")[::2], ""
    middle, _, after = middle.partition("(S)")
    resources = {
        "Pipeline": {
            "Type": "AWS::SageMaker::Pipeline",
            "Properties": {
                "PipelineName": "P", "RoleArn": "arn:aws:iam::111122223333:role/p",
                "PipelineDefinition": {
                    "PipelineDefinitionBody": {"Fn::Join": ["", [before, partition, middle, suffix, after]]}
                },
            },
        },
        "Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "g", "VpcId": "vpc-01"}},
    }  # fmt: skip
    (tmp_path / "Stack.template.json").write_text(json.dumps({"Resources": resources}))
    stack = {
        "type": "aws:cloudformation:stack", "environment": "aws://111122223333/eu-west-1",
        "properties": {"templateFile": "Stack.template.json"},
    }  # fmt: skip
    (tmp_path / "manifest.json").write_text(json.dumps({"version": "36.0.0", "artifacts": {"Stack": stack}}))
    printed = told(capsys, "seed", "--from", str(tmp_path))
    assert '#   "arn:aws:lambda:eu-west-1:111122223333:function:tell"\n' in printed
    file, as_json = tmp_path / "seed.yaml", tmp_path / "seed.json"
    file.write_text(printed)
    as_json.write_text(told(capsys, "seed", "--from", str(tmp_path), "--json"))
    assert read_seed(file) == read_seed(as_json)
    assert (read_seed(file).account, read_seed(file).region) == ("111122223333", "eu-west-1")
    created = json.loads(told(capsys, "seed", str(file), "--json"))["created"]
    assert [each["id"].rpartition(":")[2] for each in created if "queue" not in each["kind"]] == [
        *("role/p", "role/jobs", "key/1234abcd-12ab-34cd-56ef-1234567890ab", "vpc-01", "subnet-01", "sg-01"),
        *("model-package-group/shared", "model-package/shared/2"),
    ]
    assert created[6]["name"] == "questions"
