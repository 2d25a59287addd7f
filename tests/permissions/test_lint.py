"""cfn-lint, with its rule on IAM actions, finds nothing in any template, though it would."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest
from cfnlint.api import lint
from cfnlint.core import get_rules
from cfnlint.rules import RulesCollection

from tests.examples import NAMES, template
from tests.permissions.calls import HERE
from tests.permissions.conftest import Pipeline

OF_CDK = {"W3005"}
"""CDK says again in DependsOn what a reference says already."""


@pytest.fixture(scope="module")
def rules() -> RulesCollection:
    found: RulesCollection = get_rules([], [], ["I", "W", "E"])
    assert "W3037" in {rule.id for rule in found}
    return found


def _findings(template: Any, rules: RulesCollection) -> set[tuple[str, str]]:
    found: Iterable[Any] = lint(json.dumps(template), rules, [HERE["r"]])
    return {(one.rule.id, one.message) for one in found if one.rule.id not in OF_CDK and one.rule.id[0] in "EW"}


@pytest.mark.parametrize("name", NAMES)
def test_the_examples(name: str, rules: RulesCollection) -> None:
    assert _findings(json.loads(template(name).read_text("utf-8")), rules) == set()


def test_the_pipelines_of_the_cases(pipelines: dict[str, Pipeline], rules: RulesCollection) -> None:
    found = {name: _findings(pipeline.synthesized.source, rules) for name, pipeline in pipelines.items()}
    assert {name: findings for name, findings in found.items() if findings} == {}


def test_it_finds_an_action_that_does_not_exist(pipelines: dict[str, Pipeline], rules: RulesCollection) -> None:
    text = json.dumps(pipelines["processing"].synthesized.source)
    wrong = json.loads(text.replace('"sagemaker:DescribeProcessingJob"', '"sagemaker:DescribeProcesingJob"'))
    ((rule, message),) = _findings(wrong, rules)
    assert rule == "W3037"
    assert "describeprocesingjob" in message
