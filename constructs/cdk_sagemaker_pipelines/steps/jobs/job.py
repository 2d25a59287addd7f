"""A step that runs a job whose code is the service's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, get_args

from ...language import Expression, PipelineError, StringLike
from ...properties.job import JobProperties
from ..base.field_checks import literal, one_of, shown, text
from ..base.json_text import json_text
from ..base.request import JobRoleStep

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_iam as iam

    from ...assets import S3Location
    from ...iam.trust import Trust
    from ...language import CacheConfig, RetryPolicy
    from ..base.scope import Dependable, StepScope
JobCategory = Literal[
    "AgentRFT", "AgentRFTEvaluation", "DataQualityEvaluation", "DataTransformation", "SyntheticDataGeneration"
]


class JobStep(JobRoleStep):
    """Customizes a model, or creates, judges and transforms data for it, as a JSON document says.

    ```python
    JobStep(
        pipeline, "Evaluate", category="AgentRFTEvaluation", schema_version="1.0.0",
        document={
            "InputDataConfig": [
                {"ChannelName": "tasks", "DataSource": {"S3DataSource": {"S3Uri": prepare.output("test")}}}
            ],
            "OutputDataConfig": {"S3OutputPath": f"s3://b/out/{ExecutionVariables.PIPELINE_EXECUTION_ID}/"},
        },
    )
    ```

    Nothing is appended to the output path, so executions only write to different places if the document says so. The
    role may read each ``S3Uri`` and write below each ``S3OutputPath`` of the document, and use what its ARNs name:
    keys, agents, functions, hub content, model packages, MLflow. A role that you pass in must let
    ``job.sagemaker.amazonaws.com`` assume it and tag the session.

    API: [CreateJob](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateJob.html).
    Source: [SageMaker Python SDK](https://github.com/aws/sagemaker-python-sdk) from 3.24 on.
    """

    type = "Job"

    category: JobCategory
    """The kind of job, such as "AgentRFTEvaluation"."""
    schema_version: StringLike
    """The version of the document's schema, such as "1.0.0"; ``ListJobSchemaVersions`` lists them."""
    document: Mapping[str, Any] | StringLike
    """What the job does, in the schema of ``DescribeJobSchemaVersion``; texts may be expressions.

    A dict is written as JSON. The value of an expression must not contain quotes or backslashes.
    """

    if TYPE_CHECKING:  # `make generate` writes this from the fields

        def __init__(
            self,
            scope: StepScope,
            construct_id: str,
            *,
            category: JobCategory,
            schema_version: StringLike,
            document: Mapping[str, Any] | StringLike,
            role: iam.IRole | None = None,
            reads: Sequence[S3Location | StringLike] = (),
            writes: Sequence[S3Location | StringLike] = (),
            cache: CacheConfig | None = None,
            retry_policies: Sequence[RetryPolicy] | None = None,
            overrides: Mapping[str, Any] | None = None,
            trust: Trust | None = None,
            step_name: str | None = None,
            display_name: str | None = None,
            description: str | None = None,
            depends_on: Sequence[Dependable] = (),
        ) -> None:
            """Customizes a model, or creates, judges and transforms data for it, as a JSON document says.

            :param scope: The pipeline, group, branch of a condition or body of a for-each in which it is declared.
            :param construct_id: The construct's id, unique in its scope; the step's name unless there is ``step_name``.
            :param category: The kind of job, such as "AgentRFTEvaluation".
            :param schema_version: The version of the document's schema, such as "1.0.0"; ``ListJobSchemaVersions``
                lists them.
            :param document: What the job does, in the schema of ``DescribeJobSchemaVersion``; texts may be expressions.
            :param role: The role that the job assumes. Default: the pipeline's ``default_job_role``, else a new one
                with exactly what the step needs.
            :param reads: What else the code reads: each an ``S3Location``, another step's output or an S3 URI. Default:
                nothing.
            :param writes: Where else the code writes: each an ``S3Location``, another step's output or an S3 URI.
                Default: nowhere.
            :param cache: How old the results of the same arguments may be to be reused. Default: the pipeline's
                ``cache``.
            :param retry_policies: When a failed request is sent again, and how often. Default: those of the pipeline
                that the step supports.
            :param overrides: More members of the API's request, in its own names, merged into the arguments; None
                removes an entry.
            :param trust: The roles, buckets and accounts of others that ``overrides`` may name. Default: none.
            :param step_name: The name in the pipeline: 1 to 64 letters, digits, '-' and '_', unique in the pipeline.
            :param display_name: The name shown in Studio, at most 256 characters.
            :param description: The description shown in Studio, at most 3072 characters.
            :param depends_on: Steps and groups of steps to wait for; those that it reads data of need no entry.
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
        """The job's description; ``job_config_document["A"]["B"]`` reads members of the document.

        API: [DescribeJob](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeJob.html).
        """
        return JobProperties(self.name, ())

    def arguments(self) -> dict[str, Any]:
        return {
            "RoleArn": self.host.workplace.role_arn(self.job_role),
            "JobCategory": self.category,
            "JobConfigSchemaVersion": text(self.schema_version, "schema_version"),
            "JobConfigDocument": self._document,
        }
