"""A small account for jobs and engine, and short ways to write definitions."""

from __future__ import annotations

import functools
import io
import tarfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import boto3

from cdk_sagemaker_pipelines.language import Definition
from cdk_sagemaker_pipelines.local.engine.assumptions import DEFAULT, Assumptions
from cdk_sagemaker_pipelines.local.engine.cache import StepCache
from cdk_sagemaker_pipelines.local.engine.callbacks import Callbacks
from cdk_sagemaker_pipelines.local.engine.clock import REAL_CLOCK, Clock
from cdk_sagemaker_pipelines.local.engine.execution import PipelineExecution
from cdk_sagemaker_pipelines.local.engine.record import History, Observer
from cdk_sagemaker_pipelines.local.engine.runner import Runners
from cdk_sagemaker_pipelines.local.engine.scripted import Outcome, ScriptedRunner
from cdk_sagemaker_pipelines.local.engine.selection import Selection
from cdk_sagemaker_pipelines.local.origin import Origin
from cdk_sagemaker_pipelines.local.services import Services

BUCKET = "data"
EXECUTION_ID = "abcdefghijkl"


@functools.cache
def _client(name: str) -> Any:
    # Making a client takes longer than most jobs here; moto answers for clients made earlier too.
    session: Any = boto3.Session("test", "test", region_name=Account.region)
    return session.client(name)


class Account:
    """Services on top of a mocked AWS."""

    region = "eu-west-1"
    account = "123456789012"
    partition = "aws"

    def __init__(self) -> None:
        self.callbacks = Callbacks()
        self.records: list[tuple[str, str, dict[str, Any]]] = []
        self.roles: list[tuple[str, str]] = []
        """The roles of the processes that ran, with their session names."""

    def client(self, name: str) -> Any:
        return _client(name)

    def client_as(self, role: str, name: str, origin: Origin | None = None, session: str = "") -> Any:
        return self.client(name)

    def step_client(self) -> Any:
        return self.client("sagemaker")

    def environment(self, role: str, session: str, origin: Origin | None = None) -> Mapping[str, str]:
        self.roles.append((role, session))
        return {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}

    def end_step(self, execution_arn: str, step: str) -> None:
        """Has no sessions."""

    def record_job(self, kind: str, name: str, description: dict[str, Any]) -> None:
        self.records.append((kind, name, description))

    def stoppable(self, kind: str, name: str, stop: Callable[[], None]) -> AbstractContextManager[None]:
        return nullcontext()

    # What tests put in and read out.

    def put(self, key: str, content: str | bytes) -> str:
        body = content.encode() if isinstance(content, str) else content
        self.client("s3").put_object(Bucket=BUCKET, Key=key, Body=body)
        return f"s3://{BUCKET}/{key}"

    def read(self, key: str) -> bytes:
        body: bytes = self.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()
        return body

    def keys(self, prefix: str = "") -> list[str]:
        answer = self.client("s3").list_objects_v2(Bucket=BUCKET, Prefix=prefix)
        return [item["Key"] for item in answer.get("Contents", [])]

    def last(self, kind: str) -> dict[str, Any]:
        return [description for record, _, description in self.records if record == kind][-1]

    def log(self, group: str) -> str:
        logs = self.client("logs")
        lines = []
        for stream in logs.describe_log_streams(logGroupName=group)["logStreams"]:
            events = logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"])["events"]
            lines += [event["message"] for event in events]
        return "\n".join(lines)


class Nowhere:
    """Services of an empty account: for runs without S3."""

    region = "eu-west-1"
    account = "123456789012"
    partition = "aws"
    callbacks = Callbacks()

    def client(self, name: str) -> Any:
        raise AssertionError(f"nothing should ask for {name}")

    def client_as(self, role: str, name: str, origin: Origin | None = None, session: str = "") -> Any:
        return self.client(name)

    def step_client(self) -> Any:
        raise AssertionError("nothing should be recorded")

    def environment(self, role: str, session: str, origin: Origin | None = None) -> Mapping[str, str]:
        return {}

    def end_step(self, execution_arn: str, step: str) -> None:
        """Has no sessions."""

    def record_job(self, kind: str, name: str, description: dict[str, Any]) -> None:
        """Forgets the job of a scripted step."""

    def stoppable(self, kind: str, name: str, stop: Callable[[], None]) -> AbstractContextManager[None]:
        raise AssertionError("no job should run")


def execution(
    steps: Sequence[Mapping[str, Any]],
    *,
    parameters: Sequence[Mapping[str, Any]] = (),
    values: Mapping[str, str] | None = None,
    services: Services | None = None,
    runners: Runners | None = None,
    outcomes: Mapping[str, Outcome] | ScriptedRunner | None = None,
    parallel: int | None = None,
    told: Mapping[str, Outcome] | None = None,
    cache: StepCache | None = None,
    role_arn: str | None = None,
    execution_id: str = EXECUTION_ID,
    clock: Clock = REAL_CLOCK,
    seed: int | None = None,
    assumptions: Assumptions = DEFAULT,
    selection: Selection | None = None,
    history: History | None = None,
    observer: Observer | None = None,
    **document: Any,
) -> PipelineExecution:
    """An execution of steps, not yet started; scripted unless runners are given.

    outcomes are those of the scripted runner, told those that the execution itself is given.
    """
    if runners is None:
        scripted = outcomes if isinstance(outcomes, ScriptedRunner) else ScriptedRunner(outcomes)
        runners = scripted.for_all_types()
    arn = "arn:aws:sagemaker:eu-west-1:123456789012:pipeline/p"
    return PipelineExecution(
        Definition({"Version": "2020-12-01", "Parameters": list(parameters), "Steps": list(steps), **document}),
        pipeline_name="p",
        pipeline_arn=arn,
        execution_id=execution_id,
        execution_arn=f"{arn}/execution/{execution_id}",
        parameters=values or {},
        max_parallel_steps=parallel,
        services=services or Nowhere(),
        runners=runners,
        outcomes=told,
        cache=cache,
        role_arn=role_arn,
        clock=clock,
        seed=seed,
        assumptions=assumptions,
        selection=selection,
        history=history,
        observer=observer,
    )


def run(steps: Sequence[Mapping[str, Any]], **options: Any) -> PipelineExecution:
    """An execution of steps, run to its end."""
    started = execution(steps, **options)
    started.start()
    assert started.wait(120) not in ("Executing", "Stopping")
    return started


def by_name(run_: PipelineExecution) -> dict[str, dict[str, Any]]:
    """The steps that started, by name."""
    return {step["StepName"]: step for step in run_.steps()}


def states(run_: PipelineExecution) -> dict[str, str]:
    """The states of the steps that started, by name."""
    return {name: step["StepStatus"] for name, step in by_name(run_).items()}


def step(
    name: str, type: str = "Processing", arguments: Mapping[str, Any] | None = None, **keys: Any
) -> dict[str, Any]:
    """A step's JSON."""
    return {"Name": name, "Type": type, "Arguments": dict(arguments or {}), **keys}


def condition(
    name: str, conditions: Sequence[Any], if_steps: Sequence[Any] = (), else_steps: Sequence[Any] = (), **keys: Any
) -> dict[str, Any]:
    """A condition step's JSON."""
    branches = {"Conditions": list(conditions), "IfSteps": list(if_steps), "ElseSteps": list(else_steps)}
    return step(name, "Condition", branches, **keys)


def get(path: str) -> dict[str, str]:
    return {"Get": path}


def tar_gz(files: Mapping[str, str | bytes]) -> bytes:
    """An archive of files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            body = content.encode() if isinstance(content, str) else content
            member = tarfile.TarInfo(name)
            member.size = len(body)
            archive.addfile(member, io.BytesIO(body))
    return buffer.getvalue()


def processing(
    script_uri: str,
    *,
    inputs: Mapping[str, Any] | None = None,
    outputs: Mapping[str, Any] | None = None,
    arguments: Sequence[Any] = (),
    **members: Any,
) -> dict[str, Any]:
    """The arguments of a processing step that runs one script."""
    sources = [("code", script_uri, "/opt/ml/processing/input/code")]
    sources += [(name, uri, f"/opt/ml/processing/{name}") for name, uri in (inputs or {}).items()]
    entrypoint = ["python3", f"/opt/ml/processing/input/code/{script_uri.rpartition('/')[2]}"]
    return {
        "ProcessingResources": {
            "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30}
        },
        "AppSpecification": {
            "ImageUri": "sklearn",
            "ContainerEntrypoint": entrypoint,
            **({"ContainerArguments": list(arguments)} if arguments else {}),
        },
        "RoleArn": "arn:aws:iam::123456789012:role/job",
        "ProcessingInputs": [
            {
                "InputName": name,
                "S3Input": {"S3Uri": uri, "LocalPath": path, "S3DataType": "S3Prefix", "S3InputMode": "File"},
            }
            for name, uri, path in sources
        ],
        "ProcessingOutputConfig": {
            "Outputs": [
                {
                    "OutputName": name,
                    "S3Output": {"S3Uri": uri, "LocalPath": f"/opt/ml/processing/{name}", "S3UploadMode": "EndOfJob"},
                }
                for name, uri in (outputs or {}).items()
            ]
        },
        **members,
    }


def training(hyperparameters: Mapping[str, Any], channels: Mapping[str, Any], **members: Any) -> dict[str, Any]:
    """The arguments of a training step in script mode."""
    inputs = [
        {"ChannelName": name, "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}}}
        for name, uri in channels.items()
    ]
    return {
        **({"InputDataConfig": inputs} if inputs else {}),
        "AlgorithmSpecification": {"TrainingImage": "sklearn", "TrainingInputMode": "File"},
        "RoleArn": "arn:aws:iam::123456789012:role/job",
        "HyperParameters": dict(hyperparameters),
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/models"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30},
        "StoppingCondition": {"MaxRuntimeInSeconds": 100},
        **members,
    }
