"""``smpipe prices pull``, and ``smpipe diff --prices``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from cdk_sagemaker_pipelines import cli
from cdk_sagemaker_pipelines.cli import aws

from .conftest import Command
from .service import in_pages


def product(name: str, component: str, price: str, unit: str = "Hrs", term: str = "OnDemand") -> str:
    dimension = {"unit": unit, "pricePerUnit": {"USD": price}}
    attributes = {"instanceName": name, "component": component, "regionCode": "eu-west-1"}
    terms = {term: {"SKU.TERM": {"priceDimensions": {"SKU.TERM.RATE": dimension}}}}
    return json.dumps({"product": {"productFamily": "ML Instance", "attributes": attributes}, "terms": terms})


PAGES = [
    [product("ml.m5.large", "Hosting", "0.2"), product("ml.m5.large", "Training", "0.1280000000")],
    [
        product("ml.m5.large", "Processing", "0.5"),
        product("ml.g5.xlarge", "Processing", "1.57"),
        product("ml.c5.large", "Training", "0.1", unit="GB-Mo"),
        product("ml.c5.xlarge", "Training", "9", term="Reserved"),
        product("ml.t3.medium", "Notebook", "0.05"),
        json.dumps({"product": {}}),
    ],
]


@pytest.fixture
def pricing(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The Pricing API, whose requests botocore checks, and a client of SageMaker that knows its region."""
    session = boto3.Session(aws_access_key_id="none", aws_secret_access_key="none", region_name="eu-west-1")
    client = session.client("pricing", region_name="us-east-1")
    monkeypatch.setattr(aws, "client", lambda name, **_: client if name == "pricing" else session.client(name))
    with Stubber(client) as stub:
        yield stub


def test_pull_quotas(smpipe: Command, tmp_path: Path) -> None:
    names = ("ml.m5.large for training job usage", "ml.g5.xlarge for spot training job usage", "Number of endpoints")
    quotas = [{"QuotaName": name, "Value": 2.0} for name in names]
    service = smpipe.answers("service-quotas", ListServiceQuotas=in_pages("Quotas", quotas, 2))
    file = tmp_path / "quotas.json"
    assert smpipe("quotas", "pull", "--out", str(file)) == ""
    assert json.loads(file.read_text()) == {names[1]: 2, names[0]: 2}
    assert [asked["ServiceCode"] for asked in service.asked["ListServiceQuotas"]] == ["sagemaker"] * 2
    smpipe.answers("service-quotas", ListServiceQuotas={"Quotas": []})
    told = "Service Quotas lists no quota of instances for SageMaker in this account and region"
    assert smpipe("quotas", "pull", code=2) == f"smpipe: {told}\n"


def test_pull(pricing: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    filters = [
        {"Type": "TERM_MATCH", "Field": "regionCode", "Value": "eu-west-1"},
        {"Type": "TERM_MATCH", "Field": "productFamily", "Value": "ML Instance"},
    ]
    asked = {"ServiceCode": "AmazonSageMaker", "Filters": filters}
    pricing.add_response("get_products", {"PriceList": PAGES[0], "NextToken": "more"}, asked)
    pricing.add_response("get_products", {"PriceList": PAGES[1]}, {**asked, "NextToken": "more"})
    file = tmp_path / "prices.json"
    assert cli.main(["prices", "pull", "--out", str(file)]) == 0
    assert json.loads(file.read_text()) == {"ml.g5.xlarge": 1.57, "ml.m5.large": 0.128}
    pricing.assert_no_pending_responses()
    pricing.add_response("get_products", {"PriceList": []})
    assert cli.main(["prices", "pull", "--region", "eu-nowhere-1"]) == 2
    assert capsys.readouterr().err == "smpipe: the Pricing API has no price of an instance in eu-nowhere-1\n"
    pricing.add_client_error("get_products", "AccessDeniedException", "not you")
    assert cli.main(["prices", "pull"]) == 2
    assert "not you" in capsys.readouterr().err


def training(kind: str) -> str:
    cluster = {"ResourceConfig": {"InstanceType": kind, "InstanceCount": 2}}
    arguments = {**cluster, "StoppingCondition": {"MaxRuntimeInSeconds": 3600}}
    step = {"Name": "Train", "Type": "Training", "Arguments": arguments}
    return json.dumps({"Version": "2020-12-01", "Steps": [step]})


def test_diff_with_prices(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("old.json").write_text(training("ml.m5.large"))
    Path("new.json").write_text(training("ml.c5.xlarge"))
    Path("prices.json").write_text('{"ml.m5.large": 0.128, "ml.c5.xlarge": 0.25}')
    assert cli.main(["diff", "old.json", "new.json", "--prices", "prices.json"]) == 1
    assert "  ~ US dollars at most: 0.256 → 0.5, 'Train' 0.5\n" in capsys.readouterr().out
    assert cli.main(["diff", "old.json", "new.json"]) == 1
    assert "US dollars" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "cannot be read: No such file or directory"),
        ("{", "is not JSON: "),
        ("[]", 'must be an object such as {"ml.m5.large": 0.115}'),
        ('{"a": true}', "the price of 'a' must be a number of 0 or more"),
        ('{"a": -1}', "the price of 'a' must be a number of 0 or more"),
        ('{"a": NaN}', "the price of 'a' must be a number of 0 or more"),
    ],
    ids=["missing", "broken", "list", "boolean", "negative", "nan"],
)
def test_files_without_prices(smpipe: Command, tmp_path: Path, text: str | None, told: str) -> None:
    (tmp_path / "a.json").write_text(training("ml.m5.large"))
    file = tmp_path / "prices.json"
    if text is not None:
        file.write_text(text)
    assert told in smpipe("diff", *[str(tmp_path / "a.json")] * 2, "--prices", str(file), code=2)
