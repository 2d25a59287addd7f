"""Environments in files: what is read, and all that is wrong, with the line."""

from __future__ import annotations

import json
import re
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import botocore
import pytest

from cdk_sagemaker_pipelines.environments.environment import Environment
from cdk_sagemaker_pipelines.environments.environments import Environments
from cdk_sagemaker_pipelines.language import PipelineError
from cdk_sagemaker_pipelines.properties.regions import dns_suffix, partition, regions
from tests.ids import short

ACCOUNT, REGION = "111122223333", "eu-west-1"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
LEAST = {"account": ACCOUNT, "region": REGION}
WHOLE: dict[str, Any] = {
    **LEAST,
    "qualifier": "ml",
    "permissions_boundary": "team/boundary",
    "vpc": "vpc-0a1b2c3d",
    "subnets": ["subnet-0a1b2c3d", "subnet-0a1b2c3e"],
    "key": KEY,
    "parameters": {"MaxMse": 6.5, "Rows": 100, "Text": "a", "Quick": True},
    "instance_types": {"train": "ml.g5.xlarge"},
    "quotas": {"ml.g5.xlarge for training job usage": 4},
    "tags": {"team": "fraud"},
}
JSON = """\
{
  "Dev": {
    "acount": "111122223333",
    "region": "eu-west-11",
    "tags": {
      "cost": 3
    }
  },
  "Prod": {
    "account": "1111",
    "region": "cn-north-1",
    "key": "arn:aws:kms:cn-north-1:111122223333:key/k"
  }
}
"""
TOML = """\
[Dev]
acount = "111122223333"
region = "eu-west-11"
[Dev.tags]
# [Prod]
cost = 3

[Prod]
account = "1111"
text = '''
region = "no"
'''
region = "cn-north-1"
key = "arn:aws:kms:cn-north-1:111122223333:key/k"
"""
YAML = """\
Dev:
  acount: "111122223333"
  region: eu-west-11
  tags:
    cost: 3
Prod:
  account: "1111"
  region: cn-north-1
  key: arn:aws:kms:cn-north-1:111122223333:key/k
"""


def load(folder: Path, text: Any, name: str = "environments.json") -> Environments:
    (folder / name).write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
    return Environments.load(folder / name)


def refused(folder: Path, text: Any, name: str = "environments.json") -> str:
    with pytest.raises(PipelineError) as error:
        load(folder, text, name)
    return str(error.value).replace(f"{folder}/", "")


def test_everything_that_a_file_says(tmp_path: Path) -> None:
    found = load(tmp_path, {"Dev": WHOLE, "Prod": LEAST})
    assert list(found) == ["Dev", "Prod"]
    dev, prod = found["Dev"], found["Prod"]
    assert dev == Environment(name="Dev", **{**WHOLE, "subnets": tuple(WHOLE["subnets"])})
    assert dev.subnets == ("subnet-0a1b2c3d", "subnet-0a1b2c3e")
    assert dev.permissions_boundary_arn == f"arn:aws:iam::{ACCOUNT}:policy/team/boundary"
    assert (prod.key, prod.subnets, dict(prod.parameters), prod.permissions_boundary_arn) == (None, (), {}, None)


def test_values_are_frozen() -> None:
    parameters = {"Rows": 1}
    environment = Environment(name="Dev", account=ACCOUNT, region=REGION, parameters=parameters)
    parameters["Rows"] = 2
    assert environment.parameters["Rows"] == 1
    with pytest.raises(AttributeError, match="cannot assign to field 'region'"):
        environment.region = "eu-west-2"  # type: ignore[misc]
    with pytest.raises(TypeError):
        environment.parameters["Rows"] = 3  # type: ignore[index]


def test_a_name_that_is_not_there_gets_the_closest(tmp_path: Path) -> None:
    found = load(tmp_path, {"Dev": WHOLE})
    with pytest.raises(PipelineError, match=r"^environments\.json has no environment 'dev'; did you mean 'Dev'\?$"):
        found["dev"]
    with pytest.raises(
        PipelineError, match=r"^environment 'Dev' has no instance type 'trian'; did you mean 'train'\?$"
    ):
        found["Dev"].instance_types["trian"]
    assert "dev" not in found
    assert found["Dev"].quotas.get("ml.g5.xlarge for training job usage") == 4


@pytest.mark.parametrize(
    ("name", "text", "lines"),
    [
        ("e.json", JSON, (3, 4, 6, 10, 12)),
        pytest.param(
            *("e.toml", TOML.replace("text = '''\nregion = \"no\"\n'''\n", ""), (2, 3, 6, 9, 11)),
            marks=pytest.mark.skipif(find_spec("tomllib") is None, reason="needs Python 3.11"),
        ),
        ("e.yaml", YAML, (2, 3, 5, 7, 9)),
    ],
    ids=["json", "toml", "yaml"],
)
def test_all_faults_are_reported_at_once_with_their_lines(
    tmp_path: Path, name: str, text: str, lines: tuple[int, ...]
) -> None:
    acount, region, cost, account, key = (f"{name}:{line}" for line in lines)
    assert refused(tmp_path, text, name).splitlines() == [
        f"{acount}: Dev.acount: there is no key 'acount'; did you mean 'account'?",
        f"{region}: Dev.region: there is no region 'eu-west-11'; did you mean 'eu-west-1'?",
        f"{cost}: Dev.tags.cost: it must be a text of at most 256 characters, not 3",
        f"{account}: Prod.account: the number of an account has 12 digits, found '1111'",
        f"{key}: Prod.key: 'arn:aws:kms:cn-north-1:111122223333:key/k' is of the partition aws, but cn-north-1 is of "
        "aws-cn",
    ]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="TOML needs Python 3.11")
def test_a_long_text_in_toml_has_no_keys(tmp_path: Path) -> None:
    told = refused(tmp_path, TOML, "e.toml")
    assert "e.toml:10: Prod.text: there is no key 'text'" in told
    assert "e.toml:14: Prod.key: " in told


@pytest.mark.skipif(sys.version_info < (3, 11), reason="TOML needs Python 3.11")
@pytest.mark.parametrize("text", [f"a{'.a' * 3000} = 1", f"a = {'[' * 5000}{']' * 5000}"], ids=["keys", "lists"])
def test_what_is_too_deep_in_toml(tmp_path: Path, text: str) -> None:
    assert refused(tmp_path, text, "e.toml").startswith("e.toml: it is nested too deeply")


@pytest.mark.parametrize("sign", ["*", "?", "${aws:username}"], ids=["star", "mark", "variable"])
def test_a_key_and_a_boundary_are_no_patterns(tmp_path: Path, sign: str) -> None:
    told = refused(
        tmp_path,
        {
            "Dev": {
                **LEAST,
                "key": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{sign}",
                "permissions_boundary": f"arn:aws:iam::{ACCOUNT}:policy/team/{sign}",
            }
        },
    )
    assert "Dev.key: it must be the ARN of a KMS key" in told
    assert f"/{sign}' is not the ARN of a managed policy" in told


def test_a_cdk_json_has_them_in_its_context(tmp_path: Path) -> None:
    assert load(tmp_path, {"context": {"environments": {"Dev": LEAST}}}, "cdk.json")["Dev"].region == REGION
    assert refused(tmp_path, {"context": {}}, "cdk.json") == (
        "cdk.json:1: it has no environments: context.environments is missing"
    )
    text = '{"context": {\n "environments": {\n  "Dev": {"acount": "1", "region": "eu-west-1"}}}}'
    assert refused(tmp_path, text, "cdk.json").startswith("cdk.json:3: Dev.acount: there is no key 'acount'")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[]", "e.json: it must be an object with an object for each environment"),
        ("{}", "e.json: it has no environments"),
        ('{"Dev": 3}', "e.json:1: Dev: it must be an object with 'account' and 'region', not 3"),
        ('{"Dev": {}}', "e.json:1: Dev: 'account' is missing\ne.json:1: Dev: 'region' is missing"),
        ('{"Dev": {},\n "Dev": {}}', "e.json: it is not JSON: the key 'Dev' occurs twice"),
        ('{"a": NaN}', "e.json: it is not JSON: NaN is not a number that JSON has"),
        ("{" * 3, "e.json: it is not JSON: Expecting property name"),
        ('{"a":' * 100_000, "e.json: it is nested too deeply"),
        (f'{{"a": {"[" * 400}{"]" * 400}}}', "e.json: it is nested too deeply"),  # its lines would take memory
        ('{"\\u001b[2J": {}}', "e.json:1: \\x1b[2J: the name '\\x1b[2J' must be"),
    ],
    ids=["list", "empty", "number", "nothing", "twice", "nan", "broken", "deep", "lists", "hostile"],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, text: str, told: str) -> None:
    assert refused(tmp_path, text, "e.json").startswith(told)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match=r"^Environments\.load: 'none\.json' cannot be read: No such file"):
        Environments.load("none.json")
    with pytest.raises(PipelineError, match=r"^Environments\.load: 'none\.ini' must be a JSON, YAML or TOML file$"):
        Environments.load("none.ini")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"account": 111122223333}, "account: write the number of the account as a text, '111122223333'"),
        ({"account": "\uff11" * 12}, "account: the number of an account has 12 digits"),
        ({"region": 3}, "region: there is no region 3"),
        ({"qualifier": "much-too-long"}, "qualifier: it must be 1 to 10 letters"),
        ({"permissions_boundary": ""}, "permissions_boundary: it must be the name of a managed policy or its ARN"),
        ({"permissions_boundary": f"arn:aws:iam::{ACCOUNT}:role/x"}, "is not the ARN of a managed policy"),
        ({"permissions_boundary": "arn:aws:iam::999999999999:policy/x"}, "is of another account"),
        ({"permissions_boundary": f"arn:aws-cn:iam::{ACCOUNT}:policy/x"}, "is of the partition aws-cn, but eu-west-1"),
        ({"vpc": "vpc-0a1b2c3d"}, "vpc: give the 'subnets', too"),
        ({"vpc": "mine", "subnets": ["subnet-0a1b2c3d"]}, "vpc: it must be the id of a VPC such as"),
        ({"subnets": ["subnet-0a1b2c3d"]}, "subnets: subnets are of a VPC, give 'vpc', too"),
        ({"vpc": "vpc-0a1b2c3d", "subnets": []}, "subnets: it must be a list of 1 to 16 subnets"),
        ({"vpc": "vpc-0a1b2c3d", "subnets": ["x"]}, "subnets.0: it must be the id of a subnet such as"),
        ({"vpc": "vpc-0a1b2c3d", "subnets": ["subnet-0a1b2c3d"] * 2}, "subnets.1: 'subnet-0a1b2c3d' occurs twice"),
        ({"key": "alias/mine"}, "key: it must be the ARN of a KMS key (not of an alias"),
        ({"key": KEY.replace(REGION, "us-east-1")}, "is of us-east-1; a key encrypts in its own region only"),
        ({"parameters": [1]}, "parameters: it must be an object with values of parameters by name, not [1]"),
        ({"parameters": {"a b": 1}}, "parameters.a b: the name of a parameter has 1 to 64 letters"),
        ({"parameters": {"A": None}}, "parameters.A: it must be a text, a number or a boolean, not null"),
        ({"parameters": {"A": "arn:aws-cn:s3:::x"}}, "parameters.A: 'arn:aws-cn:s3:::x' is of the partition aws-cn"),
        ({"instance_types": {"a": "m5.large"}}, "instance_types.a: it must be an instance type such as 'ml.m5.xlarge'"),
        ({"quotas": {"ml.m5.large for trainng job usage": 1}}, "; did you mean 'training job usage'?"),
        ({"quotas": {"ml.m5.large for endpoint usage": -1}}, "it must be a whole number of instances, not -1"),
        ({"executions": 2}, "executions: they share the quotas, give 'quotas', too"),
        ({"max_instance_hours": -1}, "max_instance_hours: it must be a number of hours that is not negative, not -1"),
        ({"tags": {"aws:x": "a"}}, "tags.aws:x: the key of a tag has 1 to 128 characters"),
        ({"tags": {str(number): "a" for number in range(51)}}, "tags: there are 51; at most 50"),
        ({"tags": []}, "tags: it must be an object with texts by the key of a tag, not []"),
    ],
    ids=lambda value: short("-".join(value)) if isinstance(value, dict) else short(value, 40),
)
def test_what_is_refused_in_a_file_and_in_code(tmp_path: Path, changes: dict[str, Any], told: str) -> None:
    given = {**LEAST, **changes}
    found = refused(tmp_path, {"Dev": given})
    assert told in found
    assert len(found.splitlines()) == 1
    if isinstance(given.get("subnets"), list):
        given["subnets"] = tuple(given["subnets"])
    if given.get("subnets") != ():
        with pytest.raises(PipelineError) as error:
            Environment(name="Dev", **given)
        assert told in str(error.value)


def test_a_boundary_of_aws_and_a_key_of_another_account_are_taken() -> None:
    arn = "arn:aws:iam::aws:policy/PowerUserAccess"
    key = KEY.replace(ACCOUNT, "999999999999")
    environment = Environment(name="Dev", account=ACCOUNT, region=REGION, permissions_boundary=arn, key=key)
    assert environment.permissions_boundary_arn == arn


def test_two_environments_of_one_name() -> None:
    one = Environment(name="Dev", account=ACCOUNT, region=REGION)
    with pytest.raises(PipelineError, match="the app has several environments 'Dev'"):
        Environments([one, one])


def test_partitions_are_botocores() -> None:
    endpoints = json.loads((Path(botocore.__file__).parent / "data/endpoints.json").read_text(encoding="utf-8"))
    theirs = {
        region: (each["partition"], each["dnsSuffix"])
        for each in endpoints["partitions"]
        for region in regions()
        if re.fullmatch(each["regionRegex"], region)
    }
    assert {region: (partition(region), dns_suffix(region)) for region in regions()} == theirs
