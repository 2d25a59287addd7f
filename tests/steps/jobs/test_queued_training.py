"""The step whose job waits in a pool: its JSON, what it makes around itself, and what it refuses."""

# mypy: disable-error-code="arg-type"

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_sagemaker_pipelines import (
    Checkpoints,
    JobDefaults,
    ModelStep,
    Parameter,
    Pipeline,
    PipelineError,
    QueuedTrainingStep,
    TrainingPool,
    TrainingStep,
    Trust,
)
from cdk_sagemaker_pipelines.capacity.capacity import capacity
from cdk_sagemaker_pipelines.iam.environment import Environment
from cdk_sagemaker_pipelines.language.queued_training import queued_request
from cdk_sagemaker_pipelines.steps.jobs.pool_functions import job_prefix
from cdk_sagemaker_pipelines.team import rules
from tests.steps.support import JOB, arguments, errors, findings, get, rendered

G5 = "ml.g5.xlarge"
GPU: dict[str, Any] = {**JOB, "instance_type": G5}
PLAN = "arn:aws:sagemaker:eu-west-1:111122223333:training-plan/gpus"
KEPT = {"checkpoints": Checkpoints("s3://kept/train/")}


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(
        cdk.App(analytics_reporting=False), "Stack", env=cdk.Environment(account="111122223333", region="eu-west-1")
    )


@pytest.fixture
def pipeline(stack: cdk.Stack) -> Pipeline:
    return Pipeline(stack, "P", pipeline_name="Line")


@pytest.fixture
def pool(stack: cdk.Stack) -> TrainingPool:
    pool = TrainingPool(stack, "Gpus", capacity={G5: 8})
    pool.add_team("vision", guaranteed={G5: 3})
    pool.add_team("nlp", guaranteed={G5: 2}, borrow=0)
    return pool


def test_it_is_a_message_with_the_request_of_a_job(pipeline: Pipeline, pool: TrainingPool) -> None:
    """Beside the ways in which they are started, the job is that of a training step."""
    fields: dict[str, Any] = {
        **GPU,
        "inputs": {"train": f"s3://b/{Parameter.string('Day')}/"},
        "instance_count": Parameter.integer("Count", default=2),
        "hyperparameters": {"a/b~c": Parameter.float("Rate", default=0.1), "text": 'with "quotes" and \u00e9'},
        "metric_definitions": {"loss": "loss=(.*)"},
        "encrypt_inter_container_traffic": Parameter.boolean("Encrypt", default=True),
    }
    queued = QueuedTrainingStep(
        pipeline, "Train", pool=pool, team="nlp", priority=7, max_preemptions=2, attempts=3, **fields
    )
    TrainingStep(pipeline, "Plain", **fields)
    document = rendered(queued)
    assert {key: document[key] for key in ("Name", "Type", "OutputParameters")} == {
        "Name": "Train",
        "Type": "Callback",
        "OutputParameters": [
            {"OutputName": "TrainingJobArn", "OutputType": "String"},
            {"OutputName": "TrainingJobName", "OutputType": "String"},
            {"OutputName": "ModelArtifacts", "OutputType": "String"},
            {"OutputName": "loss", "OutputType": "Float"},
        ],
    }
    told = document["Arguments"]
    payload = told.pop("serviceRequestPayload")
    assert {key: value for key, value in told.items() if key[0] != "/"} == {
        "jobName": "Train",
        "jobQueue": {"Ref": "Gpus5EC48D8E"},
        "serviceJobType": "SAGEMAKER_TRAINING",
        "quotaShareName": "nlp",
        "schedulingPriority": 7,
        "attempts": 3,
        "preemptionRetriesBeforeTermination": 2,
    }
    assert told["/ResourceConfig/InstanceCount"] == get("Parameters.Count")
    assert [key for key in told if key[0] == "/"] == [
        "/InputDataConfig/0/DataSource/S3DataSource/S3Uri",
        "/OutputDataConfig/S3OutputPath",
        "/ResourceConfig/InstanceCount",
        "/HyperParameters/a~1b~0c",
        "/EnableInterContainerTrafficEncryption",
    ]
    assert "Parameters." not in json.dumps(payload)
    definition = pipeline.host.current
    request = queued_request(definition.step("Train"))
    assert request is not None
    of_training = definition.step("Plain").arguments
    for each, name in ((request, "Train"), (of_training, "Plain")):
        assert each.pop("RoleArn")
        assert each["OutputDataConfig"]["S3OutputPath"]["Std:Join"]["Values"].pop() == f"/{name}"
    assert request == of_training
    assert findings(queued) == []
    assert errors(pipeline) == []


def test_what_comes_back_of_it(pipeline: Pipeline, pool: TrainingPool) -> None:
    step = QueuedTrainingStep(pipeline, "Train", pool=pool, team="nlp", **GPU, metric_definitions={"val:loss": "(.*)"})
    for expression, output in (
        (step.model_artifacts, "ModelArtifacts"),
        (step.training_job_name, "TrainingJobName"),
        (step.training_job_arn, "TrainingJobArn"),
        (step.final_metric("val:loss"), "val:loss"),
        (step.properties.output_parameters["TrainingJobName"], "TrainingJobName"),
    ):
        assert expression.to_json() == get(f"Steps.Train.OutputParameters['{output}']")
    with pytest.raises(PipelineError, match="'Stack/P/Train': it has no metric 'val:los'; did you mean 'val:loss'"):
        step.final_metric("val:los")


def test_a_model_of_it_may_be_read(stack: cdk.Stack, pipeline: Pipeline, pool: TrainingPool) -> None:
    step = QueuedTrainingStep(pipeline, "Train", pool=pool, team="nlp", **GPU, output="s3://models/nlp/")
    ModelStep(pipeline, "Model", image=GPU["image"], model_data=step.model_artifacts)
    assert errors(pipeline) == []
    roles = Template.from_stack(stack).find_resources("AWS::IAM::Role")
    (model,) = (role for name, role in roles.items() if name.startswith("PModelJobRole"))
    statements = model["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    assert ":s3:::models/nlp/*/output/model.tar.gz" in json.dumps([one["Resource"] for one in statements])


def test_the_steps_of_a_pipeline_share_two_functions(stack: cdk.Stack, pipeline: Pipeline, pool: TrainingPool) -> None:
    other = TrainingPool(stack, "Others", capacity=4, fair_share={"nlp": 1})
    steps = [
        QueuedTrainingStep(pipeline, "One", pool=pool, team="nlp", **GPU),
        QueuedTrainingStep(pipeline, "Two", pool=pool, team="vision", **GPU, **KEPT),
        QueuedTrainingStep(pipeline, "Three", pool=other, team="nlp", **JOB),
    ]
    assert errors(pipeline) == []
    assert len({json.dumps(rendered(step)["SqsQueueUrl"]) for step in steps}) == 1
    assert arguments(steps[2])["shareIdentifier"] == "nlp"
    template = Template.from_stack(stack)
    functions = template.find_resources("AWS::Lambda::Function")
    handlers = {one["Properties"]["Handler"]: one["Properties"] for one in functions.values()}
    assert sorted(handlers) == ["queued_training.answer", "queued_training.submit"]
    queues = [stack.resolve(each.job_queue_arn) for each in (pool, other)]
    roles = [stack.resolve(each.job_role.role_arn) for each in steps]
    for handler in handlers.values():
        assert handler["Environment"]["Variables"] == {
            "JOB_PREFIX": "Line",
            "JOB_QUEUES": {"Fn::Join": ["", [queues[0], ",", queues[1]]]},
            "JOB_ROLES": {"Fn::Join": ["", [roles[0], ",", roles[1], ",", roles[2]]]},
        }
    template.has_resource_properties(
        "AWS::Events::Rule",
        {
            "EventPattern": {
                "account": ["111122223333"],  # the bus may take events of other accounts
                "source": ["aws.batch"],
                "detail-type": ["Batch Service Job State Change"],
                "detail": {
                    "jobName": [{"prefix": "Line_"}],
                    "jobQueue": queues,
                    "status": ["SUCCEEDED", "FAILED"],
                },
            }
        },
    )


def test_defaults_of_the_pipeline_hold(stack: cdk.Stack, pool: TrainingPool) -> None:
    defaults = JobDefaults(isolation=True, max_runtime=60)
    pipeline = Pipeline(stack, "P", job_defaults=defaults)
    step = QueuedTrainingStep(pipeline, "Train", pool=pool, team="nlp", **GPU)
    payload = json.loads(str(pipeline.host.current.step("Train").arguments["serviceRequestPayload"]))
    assert (payload["EnableNetworkIsolation"], payload["StoppingCondition"]) == (True, {"MaxRuntimeInSeconds": 60})
    assert step.max_runtime == 60


def test_overrides_are_members_of_the_request(pipeline: Pipeline, pool: TrainingPool) -> None:
    """They merge as those of a training step do; values of the execution in them stay arguments of their own."""
    size = Parameter.integer("Size", default=50)
    overrides = {
        "ResourceConfig": {"VolumeSizeInGB": size, "TrainingPlanArn": PLAN},
        "HyperParameters": {"plain": "1"},
        "RetryStrategy": {"MaximumRetryAttempts": 2},
    }
    step = QueuedTrainingStep(pipeline, "Train", pool=pool, team="nlp", **GPU, overrides=overrides)
    TrainingStep(pipeline, "Plain", **GPU, overrides=overrides)
    assert errors(pipeline) == []
    definition = pipeline.host.current
    request = queued_request(definition.step("Train"))
    assert request is not None
    assert {name: request[name] for name in ("ResourceConfig", "HyperParameters", "RetryStrategy")} == {
        name: definition.step("Plain").arguments[name]
        for name in ("ResourceConfig", "HyperParameters", "RetryStrategy")
    }
    assert arguments(step)["/ResourceConfig/VolumeSizeInGB"] == get("Parameters.Size")


def test_what_overrides_name_is_trusted_in_a_word(pipeline: Pipeline, pool: TrainingPool) -> None:
    place = {"OutputDataConfig": {"S3OutputPath": "s3://of-others/models/"}}
    fields: dict[str, Any] = dict(pool=pool, team="nlp", **GPU, overrides=place)
    QueuedTrainingStep(pipeline, "Train", **fields)
    (error,) = errors(pipeline)
    assert "bucket of-others (Train: OutputDataConfig)" in error
    assert 'trust=Trust(buckets=["of-others"])' in error


def test_trust_is_a_field_of_it(stack: cdk.Stack, pipeline: Pipeline, pool: TrainingPool) -> None:
    place = {"OutputDataConfig": {"S3OutputPath": "s3://of-others/models/"}}
    trust = Trust(buckets=["of-others"])
    QueuedTrainingStep(pipeline, "Train", pool=pool, team="nlp", **GPU, overrides=place, trust=trust)
    assert errors(pipeline) == []
    roles = Template.from_stack(stack).find_resources("AWS::IAM::Role")
    (job,) = (role for name, role in roles.items() if name.startswith("PTrainJobRole"))
    assert ":s3:::of-others/models/*" in json.dumps(job)


def test_tags_are_in_the_request(stack: cdk.Stack, pipeline: Pipeline, pool: TrainingPool) -> None:
    """Of the stack, of the pipeline and of the step itself; the function gives them to the job of Batch, too."""
    step = QueuedTrainingStep(
        pipeline, "Train", pool=pool, team="nlp", **GPU, overrides={"Tags": [{"Key": "own", "Value": "4"}]}
    )
    for construct, key, value in ((stack, "stack", "1"), (pipeline, "pipeline", "2"), (step, "step", "3")):
        cdk.Tags.of(construct).add(key, value)
    Template.from_stack(stack)
    request = queued_request(pipeline.host.current.step("Train"))
    assert request is not None
    assert {tag["Key"]: tag["Value"] for tag in request["Tags"]} == {
        "stack": "1",
        "pipeline": "2",
        "step": "3",
        "own": "4",
    }
    assert errors(pipeline) == []


LACKS = {
    "cache": "; the service never reuses a job that waited in a pool",
    "instance_preferences": "; a pool counts by one instance type; give instance_type=",
    "keep_alive_period": "; instances that are kept would be held from the other teams of the pool",
    "max_pending_time": "; a job waits in the pool as long as it takes",
    "retry_policies": "; the service never retries it; give attempts= for Batch to do so",
    "training_plan": "; a pool counts instances that no training plan reserves",
    "warm_pool": "; instances that are kept would be held from the other teams of the pool",
}
"""The fields of a training step that a queued one has not, and why."""


def test_the_fields_of_a_training_step(pipeline: Pipeline, pool: TrainingPool) -> None:
    missing = TrainingStep._declared_fields.keys() - QueuedTrainingStep._declared_fields.keys()
    assert missing == LACKS.keys()
    for name, why in LACKS.items():
        with pytest.raises(TypeError, match=f"has no field '{name}'{why}"):
            QueuedTrainingStep(pipeline, "Train", pool=pool, team="nlp", **GPU, **{name: 1})


def test_its_gpus_count(pipeline: Pipeline, pool: TrainingPool) -> None:
    QueuedTrainingStep(pipeline, "Train", pool=pool, team="nlp", **GPU, instance_count=2)
    assert capacity(pipeline.definition).gpus == {"Train": 2}


def test_team_rules_hold_for_it(pipeline: Pipeline, pool: TrainingPool) -> None:
    QueuedTrainingStep(pipeline, "Train", pool=pool, team="nlp", **GPU)
    place = Environment("aws", "eu-west-1", "111122223333", "P")
    subject = rules.Subject(pipeline.host.current, place, instance_types=["ml.m5.*"])
    (found,) = rules.instance_types(subject)
    assert (found.step, found.where) == ("Train", "Arguments.ResourceConfig.InstanceType")
    (found,) = rules.network_isolation(subject)
    assert (found.step, found.where) == ("Train", "Arguments.EnableNetworkIsolation")


def test_the_request_is_judged(pipeline: Pipeline, pool: TrainingPool) -> None:
    step = QueuedTrainingStep(pipeline, "Train", pool=pool, team="nlp", **GPU, input_mode="Fil")
    assert findings(step) == [
        "step 'Train': Arguments.AlgorithmSpecification.TrainingInputMode: is 'Fil'; allowed are 'Pipe', 'File', "
        "'FastFile'; did you mean 'File'? [argument]"
    ]


def test_the_names_of_jobs_of_a_pipeline_begin_alike() -> None:
    assert job_prefix("Line") == "Line"
    long = [job_prefix(f"{'a' * 60}{end}") for end in "bc"]
    assert [len(prefix) for prefix in long] == [52, 52]
    assert long[0] != long[1]
    assert "_" not in long[0]


QUEUED = dict(GPU, team="nlp")
REFUSED: list[tuple[Callable[[Pipeline, TrainingPool], object], str]] = [
    (
        lambda p, pool: QueuedTrainingStep(p, "A", pool=pool, **{**QUEUED, "team": "visoin"}),
        "team: the pool Stack/Gpus has no team 'visoin'; did you mean 'vision'?",
    ),
    (
        lambda p, pool: QueuedTrainingStep(p, "A", pool=TrainingPool(p.node.scope, "E", capacity={G5: 1}), **QUEUED),
        "team: the pool Stack/E has no team 'nlp'; add_team(...) adds one before the step",
    ),
    (
        lambda p, pool: QueuedTrainingStep(p, "A", pool="gpus", **QUEUED),
        "pool takes a TrainingPool, not 'gpus'",
    ),
    (
        lambda p, pool: QueuedTrainingStep(p, "A", pool=pool, **{**QUEUED, "team": "vision"}),
        "checkpoints: team 'vision' borrows instances, so the job can be stopped for another and start again; give "
        "checkpoints=Checkpoints(...), or add the team with borrow=0",
    ),
    (
        lambda p, pool: QueuedTrainingStep(p, "A", pool=pool, **{**QUEUED, "instance_type": "ml.g5.2xlarge"}),
        "instance_type: team 'nlp' has no instance type 'ml.g5.2xlarge'; did you mean 'ml.g5.xlarge'?",
    ),
    (
        lambda p, pool: QueuedTrainingStep(p, "A", pool=pool, **QUEUED, instance_count=3),
        "instance_count is 3, and team 'nlp' can have at most 2 at once; the job would wait for ever",
    ),
    (
        lambda p, pool: QueuedTrainingStep(p, "A", pool=pool, **{**QUEUED, "team": "vision"}, **KEPT, instance_count=7),
        "instance_count is 7, and team 'vision' can have at most 6 at once; the job would wait for ever",
    ),
    (
        lambda p, pool: QueuedTrainingStep(p, "A", pool=pool, **QUEUED, priority=10_000),
        "priority takes 0 to 9999, not 10000",
    ),
    (
        lambda p, pool: QueuedTrainingStep(p, "A", pool=pool, **QUEUED, priority=Parameter.string("P")),
        "priority takes 0 to 9999 or an Integer parameter, not a String one",
    ),
    (lambda p, pool: QueuedTrainingStep(p, "A", pool=pool, **QUEUED, attempts=11), "attempts takes 1 to 10, not 11"),
    (
        lambda p, pool: QueuedTrainingStep(p, "A", pool=pool, **QUEUED, metric_definitions={"ModelArtifacts": "(.)"}),
        "metric_definitions: 'ModelArtifacts' is an output of the step already; name it otherwise",
    ),
    *(
        (
            lambda p, pool, given=given: QueuedTrainingStep(p, "A", pool=pool, **QUEUED, overrides=given),  # type: ignore[misc]
            f"overrides: {text}",
        )
        for given, text in (
            ({"RoleArn": "arn"}, "'RoleArn' cannot be said so: only a job with the step's role counts; give role="),
            (
                {"ResourceConfig": {"InstanceCount": 9}},
                "'ResourceConfig.InstanceCount' cannot be said so: the pool counts by it; give instance_count=",
            ),
            (
                {"ResourceConfig": None},
                "'ResourceConfig.InstanceType' cannot be said so: the pool counts by it; give instance_type=",
            ),
            (
                {"ResourceConfig": {"InstancePreferences": []}},
                "'ResourceConfig.InstancePreferences' cannot be said so: the pool counts instances of one type",
            ),
            ({"TrainingJobName": "a"}, "'TrainingJobName' cannot be said so: AWS Batch names the job"),
            ({"Enviroment": {}}, "'Enviroment' is not a member of the request; did you mean 'Environment'?"),
        )
    ),
    (
        lambda p, pool: QueuedTrainingStep(
            p, "A", pool=pool, **{**QUEUED, "team": "vision"}, **KEPT, overrides={"CheckpointConfig": None}
        ),
        "overrides: without 'CheckpointConfig' a job that is stopped for another begins anew",
    ),
    (
        lambda p, pool: QueuedTrainingStep(
            p, "A", pool=TrainingPool(p.node.scope, "F", capacity=2, fair_share={"nlp": 1}), **QUEUED, max_preemptions=1
        ),
        "max_preemptions: a pool with fair_share stops no job for another",
    ),
]


@pytest.mark.parametrize(("write", "text"), REFUSED, ids=range(len(REFUSED)))
def test_what_is_refused(
    write: Callable[[Pipeline, TrainingPool], object], text: str, pipeline: Pipeline, pool: TrainingPool
) -> None:
    with pytest.raises(PipelineError) as error:
        write(pipeline, pool)
    assert str(error.value) == f"QueuedTrainingStep 'Stack/P/A': {text}"
    assert pipeline.node.try_find_child("PoolFunctions") is None


def test_the_functions_can_be_told_of_so_many_roles(pipeline: Pipeline, pool: TrainingPool) -> None:
    """Lambda takes 4 KB of variables, which the longest ARNs of a queue and of 36 roles fit into."""
    steps = [QueuedTrainingStep(pipeline, f"A{number}", pool=pool, **QUEUED) for number in range(36)]
    queue = f"arn:aws-us-gov:batch:us-gov-east-1:111122223333:job-queue/{'q' * 128}"
    role = f"arn:aws-us-gov:iam::111122223333:role/{'r' * 64}"
    variables = {"JOB_PREFIX": "p" * 52, "JOB_QUEUES": queue, "JOB_ROLES": ",".join([role] * 36)}
    assert sum(len(name) + len(value) for name, value in variables.items()) <= 4096
    with pytest.raises(PipelineError) as error:
        QueuedTrainingStep(pipeline, "B", pool=pool, **QUEUED)
    assert str(error.value) == (
        "QueuedTrainingStep 'Stack/P/B': role: queued steps of the pipeline have 37 roles, more than the variables of "
        "a function of Lambda hold; give several steps the same role="
    )
    QueuedTrainingStep(pipeline, "C", pool=pool, **QUEUED, role=steps[0].job_role)


def test_a_pool_of_another_region(pool: TrainingPool) -> None:
    elsewhere = cdk.Environment(account="111122223333", region="us-east-1")
    pipeline = Pipeline(cdk.Stack(pool.node.root, "There", env=elsewhere), "P")
    with pytest.raises(PipelineError, match="pool: it is in another account or region, where the pipeline can submit"):
        QueuedTrainingStep(pipeline, "A", pool=pool, **QUEUED)
