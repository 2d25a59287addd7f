"""The operations of the SageMaker API that moto lacks or only mocks; every other operation is moto's.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Operations_Amazon_SageMaker_Service.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from moto.core.responses import ActionResult, EmptyResult

from ...engine.callbacks import AnsweredError, Callback, Callbacks, UnknownTokenError
from .errors import ConflictException, ResourceNotFound, ValidationException
from .hosting_api import HostingOperations
from .pages import trials


class SageMakerApi(HostingOperations):
    """Answers one request; each public method is an operation."""

    # Pipelines

    def create_pipeline(self) -> ActionResult:
        pipeline = self._store.pipelines.create(self._request)
        self._tag(pipeline.arn)
        return ActionResult({"PipelineArn": pipeline.arn})

    def update_pipeline(self) -> ActionResult:
        return ActionResult({"PipelineArn": self._store.pipelines.update(self._request).arn})

    def delete_pipeline(self) -> ActionResult:
        pipeline = self._store.pipelines.delete(self._request["PipelineName"])
        self._store.tags.pop(pipeline.arn, None)
        return ActionResult({"PipelineArn": pipeline.arn})

    def describe_pipeline(self) -> ActionResult:
        return ActionResult(self._store.pipelines.find(self._request["PipelineName"]).described())

    def list_pipelines(self) -> ActionResult:
        prefix = self._request.get("PipelineNamePrefix", "")
        found = [pipeline.described() for pipeline in self._store.pipelines if pipeline.name.startswith(prefix)]
        member = "PipelineName" if self._request.get("SortBy") == "Name" else "CreationTime"
        return self._page("PipelineSummaries", found, by="CreationTime", key=lambda pipeline: pipeline[member])

    # Executions

    def start_pipeline_execution(self) -> ActionResult:
        return ActionResult({"PipelineExecutionArn": self._store.pipelines.start(self._request).arn})

    def stop_pipeline_execution(self) -> ActionResult:
        run = self._store.pipelines.stop(self._request["PipelineExecutionArn"])
        return ActionResult({"PipelineExecutionArn": run.arn})

    def describe_pipeline_execution(self) -> ActionResult:
        return ActionResult(self._store.pipelines.run(self._request["PipelineExecutionArn"]).described())

    def describe_pipeline_definition_for_execution(self) -> ActionResult:
        run = self._store.pipelines.run(self._request["PipelineExecutionArn"])
        return ActionResult({"PipelineDefinition": run.definition, "CreationTime": run.execution.start_time})

    def list_pipeline_executions(self) -> ActionResult:
        pipeline = self._store.pipelines.find(self._request["PipelineName"])
        found = [run.summary() for run in pipeline.runs.values()]
        member = "PipelineExecutionArn" if self._request.get("SortBy") == "PipelineExecutionArn" else "StartTime"
        return self._page("PipelineExecutionSummaries", found, by="StartTime", key=lambda run: run[member])

    def list_pipeline_execution_steps(self) -> ActionResult:
        run = self._store.pipelines.run(self._needed("PipelineExecutionArn"))
        return self._page("PipelineExecutionSteps", run.execution.steps())

    def list_pipeline_parameters_for_execution(self) -> ActionResult:
        run = self._store.pipelines.run(self._request["PipelineExecutionArn"])
        return self._page("PipelineParameters", run.parameters, default_size=50)

    def send_pipeline_execution_step_success(self) -> ActionResult:
        outputs = [(given["Name"], given["Value"]) for given in self._request.get("OutputParameters") or []]
        return self._answered(lambda waiting, token, request: waiting.succeed(token, outputs, request))

    def send_pipeline_execution_step_failure(self) -> ActionResult:
        reason = self._request.get("FailureReason", "")
        return self._answered(lambda waiting, token, request: waiting.fail(token, reason, request))

    # Jobs

    def describe_processing_job(self) -> ActionResult:
        return self._job("ProcessingJob") or super().describe_processing_job()

    def describe_training_job(self) -> ActionResult:
        return self._job("TrainingJob") or super().describe_training_job()

    def describe_transform_job(self) -> ActionResult:
        return self._job("TransformJob") or super().describe_transform_job()

    def describe_hyper_parameter_tuning_job(self) -> ActionResult:
        return self._job("HyperParameterTuningJob") or super().describe_hyper_parameter_tuning_job()

    def list_training_jobs_for_hyper_parameter_tuning_job(self) -> ActionResult:
        job = self._store.job("HyperParameterTuningJob", self._request["HyperParameterTuningJobName"])
        if job is None:
            return self._no_job("HyperParameterTuningJob")
        return self._page("TrainingJobSummaries", trials(job, self._request), descending=False)

    def list_hyper_parameter_tuning_jobs(self) -> ActionResult:
        return self._jobs("HyperParameterTuningJob")

    def describe_auto_ml_job(self) -> ActionResult:
        return self._job("AutoMLJob") or self._no_job("AutoMLJob")

    def list_auto_ml_jobs(self) -> ActionResult:
        return self._jobs("AutoMLJob")

    def describe_job(self) -> ActionResult:
        return self._job("Job") or self._no_job("Job")

    def list_jobs(self) -> ActionResult:
        return self._jobs("Job", JobCategory=self._request["JobCategory"])

    def list_processing_jobs(self) -> ActionResult:
        return self._jobs("ProcessingJob")

    def list_training_jobs(self) -> ActionResult:
        return self._jobs("TrainingJob")

    def list_transform_jobs(self) -> ActionResult:
        return self._jobs("TransformJob")

    # Models and the registry

    def create_model(self) -> ActionResult:
        model = self._store.registry.create_model(self._request)
        super().create_model()  # moto's endpoints look for the model among moto's
        self._tag(model["ModelArn"])
        return ActionResult({"ModelArn": model["ModelArn"]})

    def describe_model(self) -> ActionResult:
        return ActionResult(self._store.registry.model(self._request["ModelName"]))

    def delete_model(self) -> ActionResult:
        self._store.registry.delete_model(self._request["ModelName"])
        return super().delete_model()

    def list_models(self) -> ActionResult:
        found = list(self._store.registry.models.values())
        member = "ModelName" if self._request.get("SortBy") == "Name" else "CreationTime"
        return self._page("Models", found, by="CreationTime", key=lambda m: m[member], contains="ModelName")

    def create_model_package_group(self) -> ActionResult:
        group = self._store.registry.create_group(self._request)
        self._tag(group["ModelPackageGroupArn"])
        return ActionResult({"ModelPackageGroupArn": group["ModelPackageGroupArn"]})

    def describe_model_package_group(self) -> ActionResult:
        return ActionResult(self._store.registry.group(self._request["ModelPackageGroupName"]))

    def delete_model_package_group(self) -> ActionResult:
        group = self._store.registry.delete_group(self._request["ModelPackageGroupName"])
        self._store.tags.pop(group["ModelPackageGroupArn"], None)
        return EmptyResult()

    def list_model_package_groups(self) -> ActionResult:
        found = list(self._store.registry.groups.values())
        member = "ModelPackageGroupName" if self._request.get("SortBy") == "Name" else "CreationTime"
        return self._page(
            "ModelPackageGroupSummaryList", found, by="CreationTime", key=lambda group: group[member],
            contains="ModelPackageGroupName",
        )  # fmt: skip

    def put_model_package_group_policy(self) -> ActionResult:
        group = self._store.registry.group(self._request["ModelPackageGroupName"])
        self._store.registry.policies[group["ModelPackageGroupName"].lower()] = self._request["ResourcePolicy"]
        return ActionResult({"ModelPackageGroupArn": group["ModelPackageGroupArn"]})

    def get_model_package_group_policy(self) -> ActionResult:
        group = self._store.registry.group(self._request["ModelPackageGroupName"])
        policy = self._store.registry.policies.get(group["ModelPackageGroupName"].lower())
        if policy is None:
            raise ValidationException(f"Cannot find resource policy for {group['ModelPackageGroupArn']}")
        return ActionResult({"ResourcePolicy": policy})

    def delete_model_package_group_policy(self) -> ActionResult:
        group = self._store.registry.group(self._request["ModelPackageGroupName"])
        self._store.registry.policies.pop(group["ModelPackageGroupName"].lower(), None)
        return EmptyResult()

    def create_model_package(self) -> ActionResult:
        package = self._store.registry.create_package(self._request)
        self._tag(package["ModelPackageArn"])
        return ActionResult({"ModelPackageArn": package["ModelPackageArn"]})

    def describe_model_package(self) -> ActionResult:
        return ActionResult(self._store.registry.package(self._request["ModelPackageName"]))

    def update_model_package(self) -> ActionResult:
        package = self._store.registry.update_package(self._request)
        return ActionResult({"ModelPackageArn": package["ModelPackageArn"]})

    def delete_model_package(self) -> ActionResult:
        package = self._store.registry.delete_package(self._request["ModelPackageName"])
        self._store.tags.pop(package["ModelPackageArn"], None)
        return EmptyResult()

    def list_model_packages(self) -> ActionResult:
        group, status = self._request.get("ModelPackageGroupName"), self._request.get("ModelApprovalStatus")
        kind = self._request.get("ModelPackageType", "Versioned" if group else "Unversioned")
        registry = self._store.registry
        if group:
            found = registry.packages_of(registry.group(group)["ModelPackageGroupName"])
        elif kind == "Unversioned":
            found = registry.packages_of(None)
        else:
            found = [p for p in registry.packages.values() if kind == "Both" or "ModelPackageVersion" in p]
        found = [package for package in found if status in (None, package.get("ModelApprovalStatus"))]
        return self._page(
            "ModelPackageSummaryList", found, by="CreationTime", contains="ModelPackageArn",
            key=lambda package: (package["CreationTime"], package.get("ModelPackageVersion", 0)),
        )  # fmt: skip

    # Tags

    def list_tags(self) -> ActionResult:
        arn = self._request["ResourceArn"]
        if arn not in self._store.tags:
            return self._of_moto(super().list_tags, arn)
        return ActionResult({"Tags": _pairs(self._store.tags[arn])})

    def add_tags(self) -> ActionResult:
        arn = self._request["ResourceArn"]
        if arn not in self._store.tags:
            return self._of_moto(super().add_tags, arn)
        self._tag(arn)
        return ActionResult({"Tags": _pairs(self._store.tags[arn])})

    def delete_tags(self) -> ActionResult:
        arn = self._request["ResourceArn"]
        if arn not in self._store.tags:
            return self._of_moto(super().delete_tags, arn)
        for key in self._request["TagKeys"]:
            self._store.tags[arn].pop(key, None)
        return EmptyResult()

    def _of_moto(self, operation: Callable[[], ActionResult], arn: str) -> ActionResult:
        """moto's answer about something that is tagged there, if it is."""
        try:
            return operation()
        except (AttributeError, KeyError, ValueError) as error:
            raise ValidationException(f"Could not find a resource with the ARN {arn}.") from error

    def _answered(self, answer: Callable[[Callbacks, str, str | None], Callback]) -> ActionResult:
        callbacks = self._world.services(self.current_account, self.region).callbacks
        try:
            callback = answer(callbacks, self._request["CallbackToken"], self._request.get("ClientRequestToken"))
        except UnknownTokenError as error:
            raise ResourceNotFound(str(error)) from error
        except AnsweredError as error:
            raise ConflictException(str(error)) from error
        return ActionResult({"PipelineExecutionArn": callback.execution_arn})


def _pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
