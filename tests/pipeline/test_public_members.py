"""What completion offers on a pipeline is what its users need; what its steps and the synthesis need is on its host."""

from __future__ import annotations

from aws_cdk import Resource

from cdk_sagemaker_pipelines import StepScope
from tests.pipeline.support import Bench, pipeline

MEMBERS = {
    "acknowledge_wildcards",
    "definition",
    "from_definition",
    "from_pipeline_arn",
    "from_pipeline_name",
    "grant_start_pipeline_execution",
    "grants",
    "host",
    "parallelism",
    "pipeline_arn",
    "pipeline_name",
    "pipeline_ref",
    "role",
}
"""A new one is a decision, to be kept for years."""


def test_a_pipeline_offers_what_its_users_need(bench: Bench) -> None:
    offered = {name for name in dir(pipeline(bench)) if not name.startswith("_")}
    assert offered - {*dir(Resource), *dir(StepScope)} == MEMBERS
