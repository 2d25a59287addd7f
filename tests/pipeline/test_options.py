"""Options of the wrong type, with a wrong name, by position or changed later are refused in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cdk_sagemaker_pipelines import (
    CacheConfig,
    CallbackStep,
    ExperimentConfig,
    LambdaHandler,
    MlflowConfig,
    Parameter,
    Pipeline,
    PipelineError,
    Script,
    StepGroup,
    TeamRules,
    TrainingDefinition,
    TrainingStep,
)
from tests.pipeline.support import Bench, pipeline

TAKES: dict[str, tuple[dict[str, Any], str]] = {
    "parallelism": (
        {"parallelism": "3"},
        "parallelism takes a whole number of at least 1 or ParallelismConfig(...), not '3'",
    ),
    "parallelism-bool": (
        {"parallelism": True},
        "parallelism takes a whole number of at least 1 or ParallelismConfig(...), not True",
    ),
    "pipeline_name": ({"pipeline_name": 3}, "pipeline_name takes a literal text, not 3"),
    "metadata": ({"metadata": "x"}, "metadata takes a dict of texts by name, not 'x'"),
    "metadata-value": (
        {"metadata": {"a": 3}},
        "metadata takes literal texts, the service substitutes no value there; found 'a': 3",
    ),
    "experiment_config": ({"experiment_config": "x"}, "experiment_config takes ExperimentConfig(...), not 'x'"),
    "mlflow_config": ({"mlflow_config": "x"}, "mlflow_config takes MlflowConfig(...), not 'x'"),
    "artifacts": (
        {"artifacts": "s3://b/x"},
        "artifacts takes S3Location(...) or a bucket of CDK, not 's3://b/x'",
    ),
    "artifacts-parameter": (
        {"artifacts": Parameter.string("X")},
        "artifacts takes S3Location(...) or a bucket of CDK, not <Parameter 'Parameters.X'>",
    ),
    "deployment_log_group": (
        {"deployment_log_group": "/x"},
        "deployment_log_group takes a log group such as logs.LogGroup(...), not '/x'",
    ),
    "role": ({"role": 3}, "role takes a role such as iam.Role.from_role_arn(...), not 3"),
    "trust": ({"trust": "x"}, "trust takes Trust(...), not 'x'"),
}


@pytest.mark.parametrize(("options", "text"), TAKES.values(), ids=TAKES)
def test_the_type_of_each_option(bench: Bench, options: dict[str, Any], text: str) -> None:
    with pytest.raises(PipelineError) as refusal:
        pipeline(bench, **options)
    assert str(refusal.value) == f"Pipeline 'Stack/Pipeline': {text}"
    assert [child.node.id for child in bench.stack.node.children] == []


CALLS: dict[str, tuple[Callable[[Pipeline], object], str]] = {
    "pipeline-name": (
        lambda p: Pipeline(p.stack, "B", name="x"),  # type: ignore[call-arg]
        "Pipeline has no option 'name'; did you mean 'pipeline_name'?",
    ),
    "pipeline": (lambda p: Pipeline(p.stack, "B", cahce=1), "Pipeline has no option 'cahce'; did you mean 'cache'?"),  # type: ignore[call-arg]
    "definition": (
        lambda p: Pipeline.from_definition(p.stack, "B", definition={}, cahce=1),
        "Pipeline.from_definition has no option 'cahce'; did you mean 'cache'?",
    ),
    "definition-own": (
        lambda p: Pipeline.from_definition(p.stack, "B", definition={}, imagse={}),
        "Pipeline.from_definition has no option 'imagse'; did you mean 'images'?",
    ),
    "name": (
        lambda p: Pipeline.from_pipeline_name(p.stack, "B", pipline_name="x"),  # type: ignore[call-arg]
        "Pipeline.from_pipeline_name has no option 'pipline_name'; did you mean 'pipeline_name'?",
    ),
    "group": (lambda p: StepGroup(p, "G", prefx="x"), "StepGroup has no option 'prefx'; did you mean 'prefix'?"),  # type: ignore[call-arg]
    "worker": (
        lambda p: CallbackStep(p, "C").add_worker(LambdaHandler("f.py"), batchsize=2),  # type: ignore[call-arg]
        "CallbackStep.add_worker has no option 'batchsize'; did you mean 'batch_size'?",
    ),
    "grant": (
        lambda p: p.grants.start_execution(grante=1),  # type: ignore[call-arg]
        "PipelineGrants.start_execution has no option 'grante'; did you mean 'grantee'?",
    ),
    "script": (lambda p: Script("a.py", comand=[]), "Script has no option 'comand'; did you mean 'command'?"),  # type: ignore[call-arg]
    "by-position": (
        lambda p: Pipeline(p.stack, "B", "name"),  # type: ignore[call-arg]
        "Pipeline takes scope and construct_id by position; give the rest by name, such as pipeline_name=...",
    ),
    "step-by-position": (
        lambda p: TrainingStep(p, "T", "image", "type"),  # type: ignore[call-arg,arg-type]
        "TrainingStep takes scope and construct_id by position; give the rest by name, such as image=..., "
        "instance_type=...",
    ),
    "value-by-position": (
        lambda p: TrainingDefinition(1),  # type: ignore[call-arg,arg-type]
        "TrainingDefinition takes nothing by position; give the rest by name, such as objective=...",
    ),
    "missing": (lambda p: Pipeline(p.stack), "Pipeline needs 'construct_id'"),  # type: ignore[call-arg]
    "twice": (
        lambda p: Pipeline(p.stack, "B", scope=p.stack),  # type: ignore[misc]
        "Pipeline gets 'scope' twice: by position and by name",
    ),
}


@pytest.mark.parametrize(("call", "text"), CALLS.values(), ids=CALLS)
def test_wrong_calls(bench: Bench, call: Callable[[Pipeline], object], text: str) -> None:
    with pytest.raises(TypeError) as refusal:
        call(pipeline(bench))
    assert str(refusal.value) == text


REFUSED: dict[str, tuple[Callable[[Pipeline], object], str]] = {
    "name": (
        lambda p: Pipeline.from_pipeline_name(p.stack, "X", "bad name"),
        "from_pipeline_name: the name 'bad name' must have letters, digits and '-' between them, at most 256",
    ),
    "arn": (lambda p: Pipeline.from_pipeline_arn(p.stack, "X", 3), "the ARN of a pipeline is needed, not 3"),  # type: ignore[arg-type]
    "grantee": (
        lambda p: p.grants.start_execution("x"),  # type: ignore[arg-type]
        "the grantee is a role, a user, a function or the like, not 'x'",
    ),
    "worker": (
        lambda p: CallbackStep(p, "C").grant_send_result("x"),  # type: ignore[arg-type]
        "CallbackStep 'Stack/Pipeline/C': worker takes a role, a user, a function or the like, not 'x'",
    ),
    "experiment": (
        lambda p: ExperimentConfig(3, "x"),  # type: ignore[arg-type]
        "experiment_config: experiment_name takes a text, not 3",
    ),
    "mlflow": (
        lambda p: MlflowConfig(3),  # type: ignore[arg-type]
        "mlflow_config: resource_arn takes a text, not 3",
    ),
}


@pytest.mark.parametrize(("call", "text"), REFUSED.values(), ids=REFUSED)
def test_other_arguments(bench: Bench, call: Callable[[Pipeline], object], text: str) -> None:
    with pytest.raises(PipelineError) as refusal:
        call(pipeline(bench))
    assert str(refusal.value) == text


class _Kept(StepGroup):
    """A group of a user's own, which keeps what it was given."""

    def __init__(self, scope: Any, construct_id: str, **options: Any) -> None:
        super().__init__(scope, construct_id, **options)
        self.prefix = options["prefix"]


def test_options_cannot_be_changed_later(bench: Bench) -> None:
    made = pipeline(bench)
    later: list[tuple[object, str, object]] = [
        (made, "cache", CacheConfig("P30D")),
        (made, "parallelism", 3),
        (StepGroup(made, "G"), "depends_on", [made]),
        (Script("a.py"), "command", ["bash"]),
        (LambdaHandler("a.py"), "memory_size", 256),
        (TeamRules(), "max_gpus", 3),
    ]
    for thing, name, value in later:
        with pytest.raises(PipelineError, match=f"'{name}' is given to the constructor and cannot be changed later"):
            setattr(thing, name, value)
    with pytest.raises(PipelineError, match=r"^Pipeline 'Stack/Pipeline': 'role' is given to the constructor"):
        made.role = "x"  # type: ignore[assignment,misc]
    assert _Kept(made, "Own", prefix="x-").prefix == "x-"
    made.note = "other attributes are free"
