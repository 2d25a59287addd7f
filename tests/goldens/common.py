"""Estimators, processors and models that several scenarios of SDK 2 use."""

from __future__ import annotations

from typing import Any

from sagemaker import image_uris
from sagemaker.estimator import Estimator
from sagemaker.model import Model
from sagemaker.sklearn import SKLearnProcessor
from sagemaker.workflow.pipeline_context import PipelineSession
from shared import REGION, ROLE

XGBOOST = image_uris.retrieve("xgboost", REGION, version="1.7-1", image_scope="training")


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
