"""What the pipelines of the goldens have in common. ``make.py`` runs those of jobs.py and flows.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sagemaker import image_uris
from sagemaker.estimator import Estimator
from sagemaker.model import Model
from sagemaker.sklearn import SKLearnProcessor
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.pipeline_context import PipelineSession

REGION = "us-east-1"
ROLE = "arn:aws:iam::111122223333:role/PipelineRole"
KEY = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555"
SUBNETS = ["subnet-0123456789abcdef0", "subnet-0fedcba9876543210"]
SECURITY_GROUPS = ["sg-0123456789abcdef0"]
XGBOOST = image_uris.retrieve("xgboost", REGION, version="1.7-1", image_scope="training")
OWN_IMAGE = "111122223333.dkr.ecr.us-east-1.amazonaws.com/tools:2"

Scenario = Callable[[PipelineSession], Pipeline]
SCENARIOS: dict[str, Scenario] = {}


def scenario(build: Scenario) -> Scenario:
    SCENARIOS[build.__name__] = build
    return build


def sklearn_processor(session: PipelineSession, **options: Any) -> SKLearnProcessor:
    arguments = {"role": ROLE, "instance_type": "ml.m5.xlarge", "instance_count": 1, "sagemaker_session": session}
    return SKLearnProcessor("1.2-1", **{**arguments, **options})


def xgboost_estimator(session: PipelineSession, **options: Any) -> Estimator:
    arguments = {
        "role": ROLE,
        "instance_type": "ml.m5.xlarge",
        "instance_count": 1,
        "output_path": "s3://my-bucket/models",
        "sagemaker_session": session,
    }
    return Estimator(XGBOOST, **{**arguments, **options})


def xgboost_model(session: PipelineSession, **options: Any) -> Model:
    return Model(XGBOOST, model_data="s3://my-bucket/model.tar.gz", role=ROLE, sagemaker_session=session, **options)
