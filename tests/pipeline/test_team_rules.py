"""The team rules in CDK: off by default, listed in its report, acknowledged with a reason."""

from __future__ import annotations

import inspect
import json
import math
import os
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import Acknowledgment, Validations
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import IConstruct

from cdk_sagemaker_pipelines import (
    ConditionStep,
    ExceptionType,
    Image,
    Parameter,
    Pipeline,
    PipelineError,
    RetryPolicy,
    S3Location,
    TeamRules,
    TrainingStep,
)
from cdk_sagemaker_pipelines.team import plugin, rules
from cdk_sagemaker_pipelines.team.rules import RULES
from tests.pipeline.support import Bench, pipeline, processing

ROOT = Path(__file__).resolve().parent.parent.parent
MAIN = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/train:3"


def training(scope: Any, name: str, **fields: Any) -> TrainingStep:
    """A training step with two GPU instances."""
    given = {"image": Image.from_uri(MAIN), "instance_type": "ml.g5.12xlarge", "instance_count": 2, **fields}
    return TrainingStep(scope, name, **given)


LIMITED = (
    *(rules.instance_types, rules.max_gpus, rules.uncounted_gpus, rules.max_instance_hours, rules.unbounded_hours),
    *(rules.quotas, rules.undeclared_quotas),
)


def unruly(bench: Bench) -> Pipeline:
    """A pipeline that breaks every rule."""
    made = pipeline(bench)
    lake = S3Location(s3.Bucket.from_bucket_name(bench.stack, "Lake", "lake"))
    processing(made, "Prepare")
    training(made, "Train", image=Image.from_uri(MAIN.removesuffix(":3")), inputs={"all": lake})
    training(made, "Other", instance_count=Parameter.integer("Count", default=1))
    return made


LIMITS: dict[str, Any] = {
    "instance_types": ["ml.m5.*"],
    "max_gpus": 8,
    "max_instance_hours": 1,
    "quotas": {"ml.g5.12xlarge for training job usage": 1},
}


def ask(scope: IConstruct, **options: Any) -> None:
    Validations.of(scope).add_plugins(TeamRules(**options))


def only(*asked: str, **limits: Any) -> dict[str, Any]:
    """The options for these rules alone."""
    switches = [code.replace("-", "_") for code in RULES if RULES[code].find not in LIMITED]
    return {**{name: name in asked for name in switches}, **limits}


def acknowledge(construct: IConstruct, code: str, reason: str = "public data only") -> None:
    Validations.of(construct).acknowledge(Acknowledgment(id=f"TeamRules::{code}", reason=reason))


def report(bench: Bench) -> dict[str, Any]:
    """What CDK reports about the plugin; an app that fails writes the report as well."""
    with suppress(RuntimeError):
        bench.app.synth()
    written = Path(bench.app.outdir) / "validation-report.json"
    reports = json.loads(written.read_text("utf-8"))["pluginReports"]
    (found,) = [found for found in reports if found["pluginName"] == "TeamRules"] or [{"violations": []}]
    return dict(found)


def broken(bench: Bench) -> list[tuple[str, str]]:
    """The violated rules, with the construct that violates each."""
    return [(one["ruleName"], one["violatingConstructs"][0]["constructPath"]) for one in report(bench)["violations"]]


def test_no_rule_applies_unless_the_plugin_is_added(bench: Bench) -> None:
    unruly(bench)
    bench.app.synth()
    written = Path(bench.app.outdir) / "validation-report.json"
    assert not written.exists() or "TeamRules" not in written.read_text("utf-8")


def test_every_rule_names_the_construct_that_breaks_it(bench: Bench) -> None:
    unruly(bench)
    ask(bench.app, **LIMITS)
    found = set(broken(bench))
    assert {code for code, _ in found} == set(RULES)
    assert {path for code, path in found if code in ("max-gpus", "max-instance-hours")} == {"Stack/Pipeline"}
    assert {path for code, path in found if code == "latest-images"} == {"Stack/Pipeline/Train"}
    assert {path for code, path in found if code == "max-runtime"} == {"Stack/Pipeline/Prepare"}
    assert len({path for code, path in found if code == "vpc"}) == 3


def test_what_keeps_the_rules_passes(bench: Bench) -> None:
    vpc, key = ec2.Vpc(bench.stack, "Vpc"), kms.Key(bench.stack, "Key")
    made = pipeline(bench, retry_policies=[RetryPolicy([ExceptionType.THROTTLING])])
    common: dict[str, Any] = {
        "vpc": vpc,
        "output_kms_key": key,
        "enable_network_isolation": True,
        "max_runtime": cdk.Duration.hours(1),
    }
    data = S3Location(s3.Bucket.from_bucket_name(bench.stack, "Lake", "lake"), "raw/")
    prepare = processing(made, "Prepare", inputs={"raw": data}, outputs=["out"], volume_kms_key=key, **common)
    read = {"train": prepare.output("out")}
    training(made, "Train", inputs=read, encrypt_inter_container_traffic=True, **common)
    ask(bench.app, instance_types=["ml.m5.*", "ml.g5.*"], max_gpus=8, max_instance_hours=3)
    bench.app.synth()
    assert broken(bench) == []


def test_a_rule_is_acknowledged_for_one_construct_with_a_reason(bench: Bench) -> None:
    made = pipeline(bench)
    one, _ = (processing(made, name) for name in ("One", "Two"))
    acknowledge(one, "vpc", "public data only")
    ask(bench.app, **only("vpc"))
    found = report(bench)
    assert [item["violatingConstructs"][0]["constructPath"] for item in found["violations"]] == ["Stack/Pipeline/Two"]
    (kept,) = found["suppressedViolations"]
    assert (kept["ruleName"], kept["reason"], kept["acknowledgedAt"]) == (
        "vpc",
        "public data only",
        "Stack/Pipeline/One",
    )


@pytest.mark.parametrize("code", sorted(RULES))
def test_every_rule_can_be_acknowledged_for_a_pipeline(bench: Bench, code: str) -> None:
    made = unruly(bench)
    ask(bench.app, **LIMITS)
    acknowledge(made, code)
    found = report(bench)
    assert code not in {item["ruleName"] for item in found["violations"]}
    assert {item["ruleName"] for item in found["suppressedViolations"]} == {code}


def test_an_acknowledgment_lets_the_app_pass(bench: Bench) -> None:
    made = pipeline(bench)
    processing(made, "Job")
    ask(bench.app, **only("vpc"))
    with pytest.raises(RuntimeError, match="it does not run in a VPC"):
        bench.app.synth()
    acknowledge(bench.stack, "vpc")
    bench.app.synth(force=True)


def test_a_warning_lets_the_app_pass(bench: Bench) -> None:
    training(pipeline(bench), "Train", instance_type="ml.g9.xlarge")
    ask(bench.app, **only(max_gpus=1))
    bench.app.synth()
    assert broken(bench) == [("uncounted-gpus", "Stack/Pipeline/Train")]


def test_the_parallelism_of_the_pipeline_counts(tmp_path: Path) -> None:
    for parallelism, expected in ((None, ["max-gpus"]), (1, [])):
        bench = Bench(tmp_path / str(parallelism))
        made = pipeline(bench, parallelism=parallelism)
        for name in ("A", "B"):
            training(made, name)
        ask(bench.app, **only(max_gpus=8))
        assert [code for code, _ in broken(bench)] == expected


def test_a_step_in_a_branch_is_reported_at_its_construct(bench: Bench) -> None:
    check = ConditionStep(pipeline(bench), "Check", condition=Parameter.float("X", default=1.0) < 2)
    processing(check.if_steps, "Yes")
    ask(bench.app, **only("vpc"))
    assert broken(bench) == [("vpc", "Stack/Pipeline/Check/If/Yes")]


def test_an_imported_definition_is_reported_at_its_pipeline(bench: Bench) -> None:
    written = pipeline(bench, "Written")
    processing(written, "Job")
    Pipeline.from_definition(bench.stack, "Given", definition=written.host.current.json, pipeline_name="Given")
    ask(bench.app, **only("vpc"))
    assert broken(bench) == [("vpc", "Stack/Written/Job"), ("vpc", "Stack/Given")]


def test_a_stage_has_rules_of_its_own(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "cdk.out")
    for name in ("Dev", "Prod"):
        stage = cdk.Stage(bench.app, name)
        stack = cdk.Stack(stage, "Stack")
        processing(Pipeline(stack, "Pipeline"), "Job")
        nested = cdk.NestedStack(stack, "Nested")
        processing(Pipeline(nested, "Pipeline"), "Job")
        if name == "Prod":
            ask(stage, **only("vpc"))
    assert broken(bench) == [("vpc", "Prod/Stack/Pipeline/Job"), ("vpc", "Prod/Stack/Nested/Pipeline/Job")]


def test_the_report_can_be_read(tmp_path: Path) -> None:
    program = (
        "import aws_cdk as cdk; from cdk_sagemaker_pipelines import *\n"
        "app = cdk.App(); pipeline = Pipeline(cdk.Stack(app, 'Stack'), 'Pipeline')\n"
        "given = dict(image=Image.xgboost('1.7-1'), instance_type='ml.g5.12xlarge')\n"
        "for name in 'AB': TrainingStep(pipeline, name, **given)\n"
        "quiet = dict(keys=False, network_isolation=False, max_runtime=False, throttling_retries=False)\n"
        "cdk.Validations.of(app).add_plugins(TeamRules(max_gpus=6, **quiet)); app.synth()\n"
    )
    hidden = {"PYTEST_VERSION", "PYTEST_CURRENT_TEST"}  # CDK reports in another way inside of pytest
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**environment, "PYTHONPATH": str(ROOT / "constructs"), "CDK_OUTDIR": str(tmp_path), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    blocks = re.findall(r"^(?:ERROR|WARNING) .*(?:\n   \S.*)*", done.stderr, re.M)
    assert blocks == [
        "ERROR step 'A': Arguments.VpcConfig: it does not run in a VPC (TeamRules)\n"
        "   Stack/Pipeline/A constructs.Construct\n"
        "   Suggested fix: give the step vpc=...\n"
        "   Acknowledge with 'TeamRules::vpc'",
        "ERROR step 'B': Arguments.VpcConfig: it does not run in a VPC (TeamRules)\n"
        "   Stack/Pipeline/B constructs.Construct\n"
        "   Suggested fix: give the step vpc=...\n"
        "   Acknowledge with 'TeamRules::vpc'",
        "ERROR pipeline 'Pipeline': 8 GPUs can run at once, at most 6 are allowed: 'A' 4, 'B' 4 (TeamRules)\n"
        "   Stack/Pipeline aws-cdk-lib.Resource\n"
        "   Suggested fix: let steps wait for others, lower the pipeline's parallelism, or use fewer instances\n"
        "   Acknowledge with 'TeamRules::max-gpus'",
    ]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"instance_types": "ml.m5.*"}, "instance_types takes a list such as ['ml.m5.*'], not 'ml.m5.*'"),
        ({"instance_types": [5]}, "instance_types takes a list such as ['ml.m5.*'], not [5]"),
        ({"max_gpus": -1}, "max_gpus takes a number that is not negative, not -1"),
        ({"max_gpus": 1.5}, "max_gpus takes a number that is not negative, not 1.5"),
        ({"max_gpus": True}, "max_gpus takes a number that is not negative, not True"),
        ({"max_instance_hours": "9"}, "max_instance_hours takes a number that is not negative, not '9'"),
        ({"max_instance_hours": math.nan}, "max_instance_hours takes a number that is not negative, not nan"),
        (
            {"max_instance_hours": cdk.Duration.hours(40)},
            "max_instance_hours takes a number that is not negative, not a Duration; its to_hours() gives one",
        ),
        ({"instance_types": []}, "instance_types takes a list such as ['ml.m5.*'], not []"),
        ({"instance_types": 5}, "instance_types takes a list such as ['ml.m5.*'], not 5"),
        ({"instance_types": ["ml.m5"]}, "'ml.m5' is not an instance type; did you mean 'ml.m5.*'?"),
        ({"instance_types": ["ml.m5."]}, "'ml.m5.' is not an instance type; did you mean 'ml.m5.*'?"),
        ({"instance_types": ["ML.M5.*"]}, "'ML.M5.*' is not an instance type; did you mean 'ml.m5.*'?"),
        ({"instance_types": ["ml.m5.xlage"]}, "'ml.m5.xlage' is not an instance type; did you mean 'ml.m5.xlarge'?"),
        (
            {"instance_types": ["ml.5m.large"]},
            "'ml.5m.large' is not an instance type such as 'ml.m5.xlarge', nor a pattern",
        ),
        ({"vpc": "no"}, "vpc takes True or False, not 'no'"),
        ({"network_isolation": 0}, "network_isolation takes True or False, not 0"),
        (
            {"max_runtime": cdk.Duration.hours(2)},
            "max_runtime takes True or False, not a Duration; the limit itself is the step's max_runtime",
        ),
    ],
)
def test_invalid_limits_are_refused(options: dict[str, Any], text: str) -> None:
    with pytest.raises(PipelineError, match=re.escape(text)):
        TeamRules(**options)


@pytest.mark.parametrize(
    "name", ["ml.g5.12xlarge", "ml.p6e-gb200.36xlarge", "ml.*", "ml.m[57].*", "m5.xlarge", "r7i.metal"]
)
def test_valid_instance_types(name: str) -> None:
    TeamRules(instance_types=[name])


@pytest.mark.parametrize(
    ("option", "hint"),
    [
        ("instance_type", "; did you mean 'instance_types'?"),
        ("max-gpus", "; did you mean 'max_gpus'?"),
        ("VPC", "; did you mean 'vpc'?"),
        ("tls", "; it has 'vpc', 'keys', 'network_isolation', "),
    ],
)
def test_an_unknown_option(option: str, hint: str) -> None:
    options: dict[str, Any] = {option: True}
    with pytest.raises(TypeError, match=re.escape(f"TeamRules has no option '{option}'{hint}")):
        TeamRules(**options)
    assert next(iter(inspect.signature(TeamRules).parameters)) == "vpc"


def test_an_older_cdk_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugin, "version", lambda name: "2.270.1")
    with pytest.raises(PipelineError, match=re.escape("TeamRules needs aws-cdk-lib 2.271 or newer; found 2.270.1")):
        TeamRules()


def test_the_document_lists_every_rule() -> None:
    text = (ROOT / "docs" / "team-rules.md").read_text("utf-8")
    assert re.findall(r"^\| `([a-z-]+)` \|", text, re.M) == list(RULES)
