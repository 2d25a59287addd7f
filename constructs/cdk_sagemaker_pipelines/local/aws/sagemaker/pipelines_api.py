"""The operations for pipelines and their versions."""

from __future__ import annotations

from moto.core.responses import ActionResult

from .pipelines import Pipeline
from .request import SageMakerRequest


class PipelineOperations(SageMakerRequest):
    """Each public method is an operation."""

    @property
    def _pipeline(self) -> Pipeline:
        """The pipeline of the request."""
        return self._store_with(self._request["PipelineName"]).pipelines.find(self._request["PipelineName"])

    def create_pipeline(self) -> ActionResult:
        def create() -> str:
            pipeline = self._store.pipelines.create(self._request)
            self._store.tokens.forget(pipeline.arn)
            self._tag(pipeline.arn)
            return pipeline.arn

        return ActionResult({"PipelineArn": self._once(create)})

    def update_pipeline(self) -> ActionResult:
        pipeline = self._store.pipelines.update(self._request)
        return ActionResult({"PipelineArn": pipeline.arn, "PipelineVersionId": pipeline.versions.latest.number})

    def delete_pipeline(self) -> ActionResult:
        def delete() -> str:
            pipeline = self._pipeline
            self._store.executions.forget(pipeline)
            self._store.pipelines.remove(pipeline)
            self._store.tokens.forget(pipeline.arn)
            self._store.tags.pop(pipeline.arn, None)
            return pipeline.arn

        return ActionResult({"PipelineArn": self._once(delete)})

    def describe_pipeline(self) -> ActionResult:
        pipeline = self._pipeline
        return ActionResult(pipeline.described(pipeline.versions.asked(self._request)))

    def list_pipelines(self) -> ActionResult:
        prefix, managed_by_aws = self._request.get("PipelineNamePrefix", ""), self._request.get("ManagedBy") == "AWS"
        pipelines = () if managed_by_aws else self._store.pipelines
        found = [pipeline.described() for pipeline in pipelines if pipeline.name.startswith(prefix)]
        member = "PipelineName" if self._request.get("SortBy") == "Name" else "CreationTime"
        return self._page("PipelineSummaries", found, by="CreationTime", key=lambda pipeline: pipeline[member])

    def list_pipeline_versions(self) -> ActionResult:
        pipeline = self._pipeline
        found = [version.summary(pipeline.arn) for version in pipeline.versions]
        return self._page("PipelineVersionSummaries", found, by="CreationTime", key=lambda v: v["PipelineVersionId"])

    def update_pipeline_version(self) -> ActionResult:
        pipeline, version = self._store.pipelines.update_version(self._request)
        return ActionResult({"PipelineArn": pipeline.arn, "PipelineVersionId": version.number})
