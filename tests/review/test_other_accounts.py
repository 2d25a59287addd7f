"""Between accounts the policy of a resource is not enough: the role's own account must grant it as well."""

from __future__ import annotations

import pytest

from cdk_sagemaker_pipelines.review.explain.access import explain, of_stacks
from cdk_sagemaker_pipelines.review.explain.reasons import Pipeline
from cdk_sagemaker_pipelines.review.explain.roles import Roles
from cdk_sagemaker_pipelines.review.reading.stacks import Template, linked

from .stacks import GET_RAW, job_role, pipeline, role, training

HERE, THERE = "aws://111122223333/eu-west-1", "aws://444455556666/eu-west-1"
JOB = "arn:aws:iam::111122223333:role/job"


def lacks_reading(of_bucket: str, *identity: object) -> bool:
    """Whether the role of a job is told to lack what the policy of a bucket of that environment allows it."""
    opened = {**GET_RAW, "Principal": {"AWS": JOB}}
    policy = {
        "Type": "AWS::S3::BucketPolicy",
        "Properties": {"Bucket": "data", "PolicyDocument": {"Statement": [opened]}},
    }
    resources = {"P": pipeline(training()), "Job": role(*identity, RoleName="job"), "Own": role()}
    stacks = linked(
        [
            Template("Here.template.json", {"Resources": resources}, stack="Here", environment=HERE),
            Template("There.template.json", {"Resources": {"Policy": policy}}, stack="There", environment=of_bucket),
        ]
    )
    pipelines = [each for each in of_stacks(stacks) if isinstance(each, Pipeline)]
    (explanation,) = explain(pipelines, Roles(stacks))
    return any("s3:GetObject" in row.actions for row in job_role(explanation).missing)


@pytest.mark.parametrize(("environment", "lacks"), [(HERE, False), (THERE, True), ("aws://unknown-account/eu", False)])
def test_a_policy_of_another_account_is_not_enough(environment: str, lacks: bool) -> None:
    assert lacks_reading(environment) is lacks
    assert not lacks_reading(environment, GET_RAW)
