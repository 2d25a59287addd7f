"""A step that runs a job of which the service has the code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args

from ...language import Expression, PipelineError, StringLike
from ...properties.job import JobProperties
from ..base.given import literal, one_of, shown, text
from ..base.json_text import json_text
from ..base.request import JobRoleStep

JobCategory = Literal[
    "AgentRFT", "AgentRFTEvaluation", "DataQualityEvaluation", "DataTransformation", "SyntheticDataGeneration"
]


class JobStep(JobRoleStep):
    """Customizes a model, or makes, judges and transforms data for it, as a JSON document says. API: ``CreateJob``.

    ::

        JobStep(
            pipeline, "Evaluate", category="AgentRFTEvaluation", schema_version="1.0.0",
            document={
                "InputDataConfig": [
                    {"ChannelName": "tasks", "DataSource": {"S3DataSource": {"S3Uri": prepare.output("test")}}}
                ],
                "OutputDataConfig": {"S3OutputPath": f"s3://b/out/{ExecutionVariables.PIPELINE_EXECUTION_ID}/"},
            },
        )

    Nothing is put behind the output path: what two executions write is told apart only by what stands in the document.
    The role may read each ``S3Uri`` and write below each ``S3OutputPath`` of the document, and use what its ARNs name:
    keys, agents, functions, hub content, model packages, MLflow. A role that is given must let
    ``job.sagemaker.amazonaws.com`` take it and tag the session. Sources: the API, and the SageMaker SDK from 3.24 on.
    """

    type = "Job"

    category: JobCategory
    """What kind of job it is."""
    schema_version: StringLike
    """Of the document, such as "1.0.0"; ``ListJobSchemaVersions`` tells which there are."""
    document: Mapping[str, Any] | StringLike
    """What the job does, as ``DescribeJobSchemaVersion`` tells; expressions stand where texts stand.

    A dict is written as JSON. The value of an expression must hold no quote and no backslash.
    """

    def bind(self) -> None:
        super().bind()
        one_of(literal(self.category, "category"), get_args(JobCategory), "category")
        if isinstance(self.document, Mapping):
            self._document = json_text(self.document, "document", self.host.workplace)
        elif isinstance(self.document, (str, Expression)):
            self._document = text(self.document, "document")
        else:
            raise PipelineError(f"document must be a dict or a JSON text, not {shown(self.document)}")

    @property
    def properties(self) -> JobProperties:
        """Everything that the job describes; ``job_config_document["A"]["B"]`` reads members of the document.

        API: ``DescribeJob``.
        """
        return JobProperties(self.name, ())

    def arguments(self) -> dict[str, Any]:
        return {
            "RoleArn": self.host.workplace.role_arn(self.job_role),
            "JobCategory": self.category,
            "JobConfigSchemaVersion": text(self.schema_version, "schema_version"),
            "JobConfigDocument": self._document,
        }
