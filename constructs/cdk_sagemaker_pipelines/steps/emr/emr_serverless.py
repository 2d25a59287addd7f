"""A step that runs a job on EMR Serverless."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from aws_cdk import Duration

from ...assets import S3Location, Script
from ...iam.roles import new_role
from ...language import Expression, IntegerLike, PipelineError, Rendering, StringLike
from ...language.documentation import documented
from ...language.no_value import NoValue
from ...language.step_types import row_of
from ...language.tokens import is_number_token
from ..base.data_access import declare_data_access, place_text
from ..base.field_checks import TextLike, entries, items, member, of_type, s3_uri, shown, text
from ..base.fields import field
from ..base.overriding import merged, shape_at
from ..base.request import RunsJobStep
from ..base.scope import TagsOf
from ..base.step import without_none
from .serverless_application import EmrServerlessApplication

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam

    from ...iam.trust import Trust
    from ...language import CacheConfig, RetryPolicy
    from ..base.scope import Dependable, StepScope


@documented
@dataclass(frozen=True)
class SparkSubmit(NoValue):
    """A Spark program: a Python file or a jar.

    ```python
    SparkSubmit(Script("jobs/count.py"), args=[S3Location(data, "raw/")], parameters="--conf spark.executor.cores=2")
    ```

    API: [SparkSubmit](https://docs.aws.amazon.com/emr-serverless/latest/APIReference/API_SparkSubmit.html).
    """

    entry_point: Script | S3Location | StringLike
    """The program: a ``Script``, which is uploaded to S3, an ``S3Location`` or a URI."""
    args: Sequence[TextLike | S3Location | Script] = ()
    """The program's arguments. An ``S3Location`` and a ``Script`` are passed as URIs."""
    parameters: StringLike | None = None
    """The options of ``spark-submit``, such as "--conf spark.executor.cores=2". Default: none.

    The job may read the files in S3 that they name. Declare locations in other settings with ``reads`` and ``writes``.
    """


@documented
@dataclass(frozen=True)
class HiveQuery(NoValue):
    """A query that Hive runs, in a file.

    ```python
    HiveQuery("s3://sales/queries/count.hql", parameters="--hiveconf hive.exec.scratchdir=s3://sales/scratch/")
    ```

    API: [Hive](https://docs.aws.amazon.com/emr-serverless/latest/APIReference/API_Hive.html).
    """

    query: Script | S3Location | StringLike
    """The query: a ``Script``, which is uploaded to S3, an ``S3Location`` or a URI."""
    init_query: Script | S3Location | StringLike | None = None
    """A query that runs before it, given in the same ways. Default: none."""
    parameters: StringLike | None = None
    """The options of the command line, such as "--hiveconf hive.cli.print.header=true". Default: none."""


class EMRServerlessStep(RunsJobStep):
    """Runs a job in an EMR Serverless application: an existing one, one of the stack, or one created for the job.

    ```python
    raw, counts = S3Location(data, "raw/"), S3Location(bucket, "counts/")
    count = EMRServerlessStep(
        pipeline, "Count", application=spark, reads=[raw], writes=[counts],
        driver=SparkSubmit(Script("jobs/count.py"), args=[raw, counts]),
    )
    ```

    Give exactly one of ``application_id``, ``application`` and ``application_config``. The service retries for 'Step.'
    exceptions only; its model does not describe a step's properties, so ``reference`` takes any path.

    API: [StartJobRun](https://docs.aws.amazon.com/emr-serverless/latest/APIReference/API_StartJobRun.html),
    [CreateApplication](https://docs.aws.amazon.com/emr-serverless/latest/APIReference/API_CreateApplication.html).
    Source: [SageMaker Python SDK](https://github.com/aws/sagemaker-python-sdk) and its ``EMRServerlessStep``; the
    developer guide has no page on it.
    """

    type = "EMRServerless"
    _taggable = False

    driver: SparkSubmit | HiveQuery
    """The program or query to run."""
    application_id: StringLike | None = None
    """The id of an existing application, such as "00f1abcdefghij0l".

    For one that is only given by an expression, no permissions can be derived: grant them to ``pipeline.role``.
    """
    application: EmrServerlessApplication | None = None
    """An application that the app creates, an ``EmrServerlessApplication``."""
    application_config: Mapping[str, Any] | None = None
    """An application to create: the request of ``CreateApplication`` in its own camelCase names."""
    role: iam.IRole | None = None
    """The role of the job. Default: a new role with exactly what the step needs.

    The pipeline's ``default_job_role`` is not used: SageMaker can assume it, but EMR Serverless cannot.
    """
    reads: Sequence[S3Location | StringLike] = ()
    """What the job may read: each an ``S3Location``, another step's output or an S3 URI."""
    writes: Sequence[S3Location | StringLike] = ()
    """Where the job may list, read, write and delete: each an ``S3Location``, another step's output or an S3 URI."""
    logs: S3Location | StringLike | None = None
    """Where the job's logs go. Default: to the service's own storage, for 30 days."""
    timeout: Duration | IntegerLike | None = None
    """The time limit of the job, a Duration or minutes. Default: the service's, 12 hours."""
    job_name: StringLike | None = None
    """The name of the job run, for people. Default: none."""
    job_tags: Mapping[str, str] | None = None
    """Tags of the job run, in addition to CDK's tags on the pipeline."""
    configuration_overrides: Mapping[str, Any] | None = None
    """``applicationConfiguration``, ``monitoringConfiguration`` and so on, in the API's own camelCase names."""

    job_role: iam.IRole = field(init=False)
    """The role that the job assumes, given or created; grant it what cannot be derived."""

    if TYPE_CHECKING:  # `make generate` writes this from the fields

        def __init__(
            self,
            scope: StepScope,
            construct_id: str,
            *,
            driver: SparkSubmit | HiveQuery,
            application_id: StringLike | None = None,
            application: EmrServerlessApplication | None = None,
            application_config: Mapping[str, Any] | None = None,
            role: iam.IRole | None = None,
            reads: Sequence[S3Location | StringLike] = (),
            writes: Sequence[S3Location | StringLike] = (),
            logs: S3Location | StringLike | None = None,
            timeout: Duration | IntegerLike | None = None,
            job_name: StringLike | None = None,
            job_tags: Mapping[str, str] | None = None,
            configuration_overrides: Mapping[str, Any] | None = None,
            cache: CacheConfig | None = None,
            retry_policies: Sequence[RetryPolicy] | None = None,
            overrides: Mapping[str, Any] | None = None,
            trust: Trust | None = None,
            step_name: str | None = None,
            display_name: str | None = None,
            description: str | None = None,
            depends_on: Sequence[Dependable] = (),
        ) -> None:
            """Runs a job in an EMR Serverless application: an existing one, one of the stack, or one created for the
            job.

            :param scope: The pipeline, group, branch of a condition or body of a for-each in which it is declared.
            :param construct_id: The construct's id, unique in its scope; the step's name unless there is ``step_name``.
            :param driver: The program or query to run.
            :param application_id: The id of an existing application, such as "00f1abcdefghij0l".
            :param application: An application that the app creates, an ``EmrServerlessApplication``.
            :param application_config: An application to create: the request of ``CreateApplication`` in its own
                camelCase names.
            :param role: The role of the job. Default: a new role with exactly what the step needs.
            :param reads: What the job may read: each an ``S3Location``, another step's output or an S3 URI.
            :param writes: Where the job may list, read, write and delete: each an ``S3Location``, another step's output
                or an S3 URI.
            :param logs: Where the job's logs go. Default: to the service's own storage, for 30 days.
            :param timeout: The time limit of the job, a Duration or minutes. Default: the service's, 12 hours.
            :param job_name: The name of the job run, for people. Default: none.
            :param job_tags: Tags of the job run, in addition to CDK's tags on the pipeline.
            :param configuration_overrides: ``applicationConfiguration``, ``monitoringConfiguration`` and so on, in the
                API's own camelCase names.
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
        given = (self.application_id, self.application, self.application_config)
        if len([way for way in given if way is not None]) != 1:
            raise PipelineError("give exactly one of application_id, application and application_config")
        of_type(self.application, EmrServerlessApplication, "application", "an EmrServerlessApplication")
        of_type(self.application_config, Mapping, "application_config", "the request of CreateApplication")
        for name in ("releaseLabel", "type"):
            if self.application_config is not None and name not in self.application_config:
                raise PipelineError(f"application_config needs {name!r}")
        of_type(self.driver, (SparkSubmit, HiveQuery), "driver", "SparkSubmit(...) or HiveQuery(...)", optional=False)
        if self.role is not None:
            member(self.role, "role_arn", "role", "a role such as iam.Role.from_role_arn(...)")
        account = self.host.workplace.where.account
        self.job_role = self.role or new_role(
            self,
            "JobRole",
            # the guide names no source ARN of the service
            cdk.aws_iam.ServicePrincipal(
                row_of(self.type).service, conditions={"StringEquals": {"aws:SourceAccount": account}}
            ),
        )
        scripts: list[str] = []
        self._driver = self._job_driver(scripts)
        declare_data_access(
            self, self.job_role, reads=self.reads, writes=self.writes, scripts=scripts, own=self.role is None
        )

    def arguments(self) -> dict[str, Any]:
        application = self.application.application_id if self.application else self.application_id
        identity = None if application is None else text(application, "application_id")
        role = self.host.workplace.role_arn(self.job_role)
        tags = {key: text(value, f"job_tags[{key!r}]") for key, value in entries(self.job_tags, "job_tags").items()}
        job = {
            "applicationId": identity,
            "executionRoleArn": role,
            "jobDriver": self._driver,
            "configurationOverrides": self._overrides(),
            "executionTimeoutMinutes": None if self.timeout is None else _minutes(self.timeout),
            "name": None if self.job_name is None else text(self.job_name, "job_name"),
            "tags": tags or None,
        }
        return {
            "ExecutionRoleArn": role,
            "JobConfig": job,
            "ApplicationId": identity,
            "ApplicationConfig": self.application_config,
        }

    def _render_arguments(self, rendering: Rendering, tags: TagsOf) -> dict[str, Any]:
        rendered = super()._render_arguments(rendering, tags)
        given = tags(self)
        for name in ("JobConfig", "ApplicationConfig"):
            config = rendered.get(name)
            if given and isinstance(config, dict):
                rendered[name] = {**config, "tags": {**given, **(config.get("tags") or {})}}
        return rendered

    def _job_driver(self, scripts: list[str]) -> dict[str, Any]:
        driver = self.driver
        if isinstance(driver, SparkSubmit):
            args = [
                place_text(value, f"driver: args[{index}]", self, f"Script{index}", scripts)
                for index, value in enumerate(items(driver.args, "driver: args"))
            ]
            submit = {
                "entryPoint": self._file(driver.entry_point, "entry_point", "EntryPoint"),
                "entryPointArguments": args or None,
                "sparkSubmitParameters": driver.parameters,
            }
            return {"sparkSubmit": without_none(submit)}
        first = driver.init_query
        hive = {
            "query": self._file(driver.query, "query", "Query"),
            "initQueryFile": None if first is None else self._file(first, "init_query", "InitQuery"),
            "parameters": driver.parameters,
        }
        return {"hive": without_none(hive)}

    def _file(self, value: Any, what: str, construct_id: str) -> Any:
        """The URI of a file; the permission to read it is derived from the arguments."""
        return place_text(value, f"driver: {what}", self, construct_id, [])

    def _overrides(self) -> Mapping[str, Any] | None:
        given = entries(self.configuration_overrides, "configuration_overrides")
        if self.logs is None:
            return given or None
        uri = s3_uri(self.logs, "logs", self.host.workplace)
        said = {"monitoringConfiguration": {"s3MonitoringConfiguration": {"logUri": uri}}}
        shape = shape_at(self.type, "JobConfig", "configurationOverrides")
        return merged(said, given, shape, "configuration_overrides")


def _minutes(value: Any) -> Any:
    """A time limit in whole minutes."""
    if isinstance(value, Duration):
        found = value.to_minutes(integral=False)
        if found != int(found):
            raise PipelineError(f"timeout: {value.to_human_string()} is not a whole number of minutes")
        return int(found)
    if is_number_token(value) or (isinstance(value, (int, Expression)) and not isinstance(value, bool)):
        return value
    raise PipelineError(f"timeout takes a Duration or whole minutes, not {shown(value)}")
