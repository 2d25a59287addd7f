"""What the service keeps or drops: lineage, files that are not needed any more."""

from __future__ import annotations

from typing import Any

from aws_cdk import Stack
from constructs import Construct

from cdk_sagemaker_pipelines import (
    CleanupSource,
    CleanupStep,
    ExecutionVariables,
    Image,
    LineageAction,
    LineageArtifact,
    LineageAssociation,
    LineageStep,
    Pipeline,
    ProcessingStep,
    Script,
)
from tests.gallery.reasons import acknowledge_no_access_logs

EXECUTION = ExecutionVariables.PIPELINE_EXECUTION_ID


class LineageStack(Stack):
    """Records that a search has produced a model."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        pipeline = Pipeline(self, "Pipeline")
        search = LineageAction(f"search-{EXECUTION}", "Search", f"s3://runs/{EXECUTION}")
        model = LineageArtifact("model", "Model", "s3://models/model.tar.gz")
        LineageStep(
            pipeline,
            "Record",
            actions=[search],
            artifacts=[model],
            associations=[LineageAssociation(search, model, "Produced")],
        )
        pipeline.acknowledge_wildcards()
        acknowledge_no_access_logs(self)


class CleanupStack(Stack):
    """Writes two files and deletes one of them."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        pipeline = Pipeline(self, "Pipeline")
        write = ProcessingStep(
            pipeline,
            "Write",
            image=Image.sklearn("1.2-1"),
            script=Script("code/drafts.py"),
            instance_type="ml.m5.large",
            outputs=["files"],
        )
        CleanupStep(pipeline, "Clean", sources=[CleanupSource(write, [f"{write.output('files')}/draft.csv"])])
        pipeline.acknowledge_wildcards()
        acknowledge_no_access_logs(self)
