"""ARNs taken apart, also where a token stands for a part of one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cdk_sagemaker_pipelines.iam.arns import is_elsewhere, kind_of

from .support import PLACE

LATE = replace(PLACE, account="${Token[AWS::AccountId]}")


@pytest.mark.parametrize(
    ("arn", "kind"),
    [
        ("arn:aws:sagemaker:eu-west-1:123456789012:hub-content/a/Model/b/1", "sagemaker:hub-content"),
        ("arn:${Token[AWS::Partition]}:lambda:${Token[AWS::Region]}:1:function:f", "lambda:function"),
        ("arn:aws:s3:::bucket/key", "s3:bucket"),
        ("${Token[TOKEN.1]}", ""),
        ("arn:aws:sagemaker", ""),
        ("", ""),
    ],
)
def test_the_kind_of_what_an_arn_names(arn: str, kind: str) -> None:
    assert kind_of(arn) == kind


@pytest.mark.parametrize(
    ("account", "elsewhere"),
    [("123456789012", False), ("999988887777", True), ("${Token[AWS::AccountId]}", False)],
)
def test_whose_it_is(account: str, elsewhere: bool) -> None:
    arn = f"arn:${{Token[AWS::Partition]}}:sagemaker:eu-west-1:{account}:model-package-group/g"
    assert is_elsewhere(arn, PLACE) is elsewhere
    # an account that the deployment tells may be any
    assert not is_elsewhere(arn, LATE)
    assert not is_elsewhere("a-name", PLACE)
