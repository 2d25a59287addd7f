"""Bad input to a training step."""

# mypy: disable-error-code="arg-type, call-arg, list-item"

from __future__ import annotations

import pytest

from cdk_sagemaker_pipelines import Channel, Checkpoints, Pipeline, ProcessingInput, SourceDir
from tests.steps.bad import CODE, NUMBER, SCRIPT, Case, Write, cases, found, refused, training

pytestmark = pytest.mark.usefixtures("working_directory")

REFUSED: list[Case] = [
    (lambda p: training(p, source="code"), "TrainingStep 'Stack/P/A': source takes SourceDir(...), not 'code'"),
    (
        lambda p: training(p, source=SCRIPT),
        "TrainingStep 'Stack/P/A': source takes SourceDir(...), not Script('code/train.py')",
    ),
    (
        lambda p: training(p, source=SourceDir("code", entry_point="train.py", command=["bash"])),
        (
            "TrainingStep 'Stack/P/A': source: command is ['bash'], but here the image itself starts 'train.py'; "
            "give SourceDir a command for processing steps only"
        ),
    ),
    (
        lambda p: training(p, hyperparameters=["a"]),
        "TrainingStep 'Stack/P/A': hyperparameters must be a dict by name, not ['a']",
    ),
    *(
        (
            lambda p, more=more: training(p, hyperparameters={"a": None}, **more),
            "TrainingStep 'Stack/P/A': hyperparameters['a'] must be a value, not None; leave it out",
        )
        for more in ({}, {"source": CODE})
    ),
    (
        lambda p: training(p, metric_definitions={"loss": None}),
        "TrainingStep 'Stack/P/A': metric_definitions['loss'] must be a text, not None",
    ),
    (
        lambda p: training(p, hyperparameters={"a": object()}),
        (
            "TrainingStep 'Stack/P/A': hyperparameters['a']: an object is neither an expression nor a value that "
            "JSON can write"
        ),
    ),
    (
        lambda p: training(p, hyperparameters={"a": float("nan")}),
        (
            "TrainingStep 'Stack/P/A': hyperparameters['a']: nan is neither an expression nor a value that JSON "
            "can write"
        ),
    ),
    (
        lambda p: training(p, hyperparameters={"a": [NUMBER]}),
        (
            "TrainingStep 'Stack/P/A': hyperparameters['a']: [<Parameter 'Parameters.N'>] is neither an "
            "expression nor a value that JSON can write"
        ),
    ),
    (
        lambda p: training(p, hyperparameters={5: "x"}),
        "TrainingStep 'Stack/P/A': hyperparameters: the name must be a text, not 5",
    ),
    (
        lambda p: training(p, hyperparameters={"sagemaker_program": "x"}, source=CODE),
        (
            "TrainingStep 'Stack/P/A': hyperparameters: 'sagemaker_program' is the toolkit's own and set by source= "
            "and distribution=; overrides takes what these do not offer"
        ),
    ),
    (
        lambda p: training(p, hyperparameters={f"h{number}": 1 for number in range(97)}, source=CODE),
        "TrainingStep 'Stack/P/A': hyperparameters has 97 entries, and source= adds 4: sagemaker_submit_directory, "
        "sagemaker_program, sagemaker_container_log_level, sagemaker_region; at most 100 are allowed together",
    ),
    (
        lambda p: training(p, max_wait=20, max_runtime=10, keep_alive_period=60),
        "TrainingStep 'Stack/P/A': keep_alive_period: spot capacity is not kept warm; omit max_wait",
    ),
    (
        lambda p: training(p, max_wait=10),
        "TrainingStep 'Stack/P/A': max_wait is for spot capacity and needs max_runtime too",
    ),
    (
        lambda p: training(p, max_wait=10, max_runtime=20),
        "TrainingStep 'Stack/P/A': max_wait is 10 seconds and max_runtime 20; the wait includes the run",
    ),
    (
        lambda p: training(p, max_wait="1h", max_runtime=20),
        "TrainingStep 'Stack/P/A': max_wait takes a Duration or whole seconds, not '1h'",
    ),
    (
        lambda p: training(p, keep_alive_period="1h"),
        "TrainingStep 'Stack/P/A': keep_alive_period takes a Duration or whole seconds, not '1h'",
    ),
    (
        lambda p: training(p, checkpoints="s3://b/c"),
        "TrainingStep 'Stack/P/A': checkpoints takes Checkpoints(...), not 's3://b/c'",
    ),
    (
        lambda p: training(p, checkpoints=Checkpoints("b/c")),
        "TrainingStep 'Stack/P/A': checkpoints: 'b/c' is not an S3 URI such as 's3://bucket/prefix/'",
    ),
    (
        lambda p: training(p, output="b"),
        "TrainingStep 'Stack/P/A': output: 'b' is not an S3 URI such as 's3://bucket/prefix/'",
    ),
    (
        lambda p: training(p, output=5),
        "TrainingStep 'Stack/P/A': output: an S3Location, a step's output or an S3 URI is needed, not 5",
    ),
    (
        lambda p: training(p, inputs={"a": 5}),
        "TrainingStep 'Stack/P/A': inputs['a']: an S3Location, a step's output or an S3 URI is needed, not 5",
    ),
    (
        lambda p: training(p, inputs={"a": ProcessingInput("s3://b/c")}),
        (
            "TrainingStep 'Stack/P/A': inputs['a']: an S3Location, a step's output or an S3 URI is needed, not "
            "ProcessingInput(source='s3://b/c', local_path=None, s3_data_type='S3Prefix', s3_input_mode='File', "
            "s3_data_distribution_type='FullyReplicated', s3_compression_type='None')"
        ),
    ),
    (
        lambda p: training(p, inputs={"code": "s3://b/c"}, enable_network_isolation=True, source=CODE),
        (
            "TrainingStep 'Stack/P/A': inputs: with network isolation 'code' is the channel of the code; choose "
            "another name"
        ),
    ),
    (
        lambda p: training(p, metric_definitions=[{"Name": "a", "Regex": "b"}]),
        ("TrainingStep 'Stack/P/A': metric_definitions must be a dict by name, not [{'Name': 'a', 'Regex': 'b'}]"),
    ),
]

FOUND: list[Case] = [
    (
        lambda p: training(p, input_mode="Fle"),
        (
            "step 'A': Arguments.AlgorithmSpecification.TrainingInputMode: is 'Fle'; allowed are 'Pipe', 'File', "
            "'FastFile'; did you mean 'File'? [argument] (at Stack/P/A)"
        ),
    ),
    (
        lambda p: training(p, metric_definitions={"a": 5}),
        (
            "step 'A': Arguments.AlgorithmSpecification.MetricDefinitions[0].Regex: is 5; needs a text "
            "[argument] (at Stack/P/A)"
        ),
    ),
    (
        lambda p: training(p, inputs={"a": Channel("s3://b/c", content_type=5)}),
        "step 'A': Arguments.InputDataConfig[0].ContentType: is 5; needs a text [argument] (at Stack/P/A)",
    ),
]


@cases(REFUSED)
def test_refused_when_it_is_written(write: Write, text: str, pipeline: Pipeline) -> None:
    refused(write, text, pipeline)


@cases(FOUND)
def test_found_when_it_is_synthesized(write: Write, text: str, pipeline: Pipeline) -> None:
    found(write, text, pipeline)
