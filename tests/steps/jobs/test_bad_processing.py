"""Bad input to a processing step and to what is asked of it."""

# mypy: disable-error-code="arg-type, call-arg, list-item"

from __future__ import annotations

import pytest
from aws_cdk import aws_s3 as s3

from cdk_sagemaker_pipelines import (
    Channel,
    Pipeline,
    ProcessingInput,
    ProcessingOutput,
    PropertyFile,
    Script,
    SourceDir,
)
from tests.steps.bad import SCRIPT, TEXT, Case, Write, cases, found, processing, refused

pytestmark = pytest.mark.usefixtures("working_directory")

REFUSED: list[Case] = [
    (
        lambda p: processing(p, script="a.py"),
        "ProcessingStep 'Stack/P/A': script takes Script(...) or SourceDir(...), not 'a.py'",
    ),
    (
        lambda p: processing(p, script=SCRIPT, container_entrypoint=["x"]),
        "ProcessingStep 'Stack/P/A': give script or container_entrypoint, not both",
    ),
    (
        lambda p: processing(p, script=Script("nope/prepare.py")),
        (
            "ProcessingStep 'Stack/P/A': Script: there is no file 'nope/prepare.py' (the folder 'nope' does not "
            "exist; relative paths start at the app's working directory)"
        ),
    ),
    (
        lambda p: processing(p, script=Script("code")),
        "ProcessingStep 'Stack/P/A': Script: 'code' is a folder; write SourceDir('code', entry_point=...)",
    ),
    (
        lambda p: processing(p, script=Script("code/trian.py")),
        "ProcessingStep 'Stack/P/A': Script: there is no file 'code/trian.py'; did you mean 'train.py'?",
    ),
    (
        lambda p: processing(p, script=SourceDir("nope", entry_point="train.py")),
        "ProcessingStep 'Stack/P/A': SourceDir: there is no folder 'nope' (looked in '.')",
    ),
    (
        lambda p: processing(p, script=SourceDir("code", entry_point="trian.py")),
        ("ProcessingStep 'Stack/P/A': SourceDir: the folder 'code' has no file 'trian.py'; did you mean 'train.py'?"),
    ),
    (
        lambda p: processing(p, script=SourceDir("code", entry_point="x")),
        "ProcessingStep 'Stack/P/A': SourceDir: the folder 'code' has no file 'x'; it contains 'train.py'",
    ),
    (
        lambda p: processing(
            p, script=SourceDir("code", entry_point="train.py", command=["python3"] + ["-W" + "x" * 50] * 5)
        ),
        (
            "ProcessingStep 'Stack/P/A': script: the start command has 486 characters of 256; shorten "
            "entry_point 'train.py' or its command"
        ),
    ),
    (
        lambda p: processing(p, script=SourceDir("code", entry_point="train.py", exclude=["*.py"])),
        "ProcessingStep 'Stack/P/A': SourceDir: the folder 'code' has no file 'train.py'; it contains none",
    ),
    (
        lambda p: processing(p, container_entrypoint="python3"),
        "ProcessingStep 'Stack/P/A': container_entrypoint must be a list, not 'python3'",
    ),
    (
        lambda p: processing(p, container_entrypoint=[None]),
        "ProcessingStep 'Stack/P/A': container_entrypoint[0] must be a text, not None",
    ),
    (
        lambda p: processing(p, container_arguments="--x"),
        "ProcessingStep 'Stack/P/A': container_arguments must be a list, not '--x'",
    ),
    (
        lambda p: processing(p, container_arguments=[True]),
        "ProcessingStep 'Stack/P/A': container_arguments[0] must be a text, not True",
    ),
    (
        lambda p: processing(p, container_arguments={"a": 1}),
        "ProcessingStep 'Stack/P/A': container_arguments must be a list, not {'a': 1}",
    ),
    (lambda p: processing(p, inputs=["a"]), "ProcessingStep 'Stack/P/A': inputs must be a dict by name, not ['a']"),
    (
        lambda p: processing(p, inputs={"a": 5}),
        "ProcessingStep 'Stack/P/A': inputs['a']: an S3Location, a step's output or an S3 URI is needed, not 5",
    ),
    (
        lambda p: processing(p, inputs={"a": None}),
        ("ProcessingStep 'Stack/P/A': inputs['a']: an S3Location, a step's output or an S3 URI is needed, not None"),
    ),
    (
        lambda p: processing(p, inputs={"a": "b/c"}),
        "ProcessingStep 'Stack/P/A': inputs['a']: 'b/c' is not an S3 URI such as 's3://bucket/prefix/'",
    ),
    (
        lambda p: processing(p, inputs={"a": "s3:/b/c"}),
        "ProcessingStep 'Stack/P/A': inputs['a']: 's3:/b/c' is not an S3 URI such as 's3://bucket/prefix/'",
    ),
    (
        lambda p: processing(p, inputs={"a": s3.Bucket(p, "BB")}),
        "ProcessingStep 'Stack/P/A': inputs['a']: an S3Location, a step's output or an S3 URI is needed, not a Bucket",
    ),
    (
        lambda p: processing(p, inputs={"a": processing(p, "B")}),
        (
            "ProcessingStep 'Stack/P/A': inputs['a']: an S3Location, a step's output or an S3 URI is needed, not "
            "<ProcessingStep 'B'>"
        ),
    ),
    (
        lambda p: processing(p, inputs={"a": Channel("s3://b/c")}),
        (
            "ProcessingStep 'Stack/P/A': inputs['a']: an S3Location, a step's output or an S3 URI is needed, not "
            "Channel(source='s3://b/c', content_type=None, input_mode=None, s3_data_type='S3Prefix', "
            "s3_data_distribution_type='FullyReplicated', compression_type=None, record_wrapper_type=None)"
        ),
    ),
    (
        lambda p: processing(p, inputs={"a": ProcessingInput(5)}),
        "ProcessingStep 'Stack/P/A': inputs['a']: an S3Location, a step's output or an S3 URI is needed, not 5",
    ),
    (
        lambda p: processing(p, inputs={5: "s3://b/c"}),
        "ProcessingStep 'Stack/P/A': inputs: the name must be a text, not 5",
    ),
    (
        lambda p: processing(p, inputs={f"{TEXT}": "s3://b/c"}),
        (
            "ProcessingStep 'Stack/P/A': inputs: the name '{Parameters.X}' must be literal, the service "
            "substitutes no value there"
        ),
    ),
    (
        lambda p: processing(p, inputs={"code": "s3://b/c"}, script=SCRIPT),
        "ProcessingStep 'Stack/P/A': inputs: 'code' is the name of the script's own input; choose another",
    ),
    (lambda p: processing(p, outputs="train"), "ProcessingStep 'Stack/P/A': outputs must be a list, not 'train'"),
    (lambda p: processing(p, outputs=5), "ProcessingStep 'Stack/P/A': outputs must be a list, not 5"),
    *(
        (
            lambda p, given=given: processing(p, **given),
            f"ProcessingStep 'Stack/P/A': {text} must be a name without '/', since it is also that of a folder",
        )
        for given, text in (
            ({"outputs": [""]}, "outputs: the name ''"),
            ({"outputs": ["../../etc"]}, "outputs: the name '../../etc'"),
            ({"outputs": {"..": ProcessingOutput()}}, "outputs: the name '..'"),
            ({"inputs": {"../x": "s3://b/x"}}, "inputs: the name '../x'"),
        )
    ),
    (
        lambda p: processing(p, outputs={"a": None}),
        "ProcessingStep 'Stack/P/A': outputs['a'] is None; write ProcessingOutput() for the default place, or outputs "
        "as a list of names",
    ),
    (lambda p: processing(p, outputs=["a", "a"]), "ProcessingStep 'Stack/P/A': outputs: 'a' occurs twice"),
    (lambda p: processing(p, outputs=[5]), "ProcessingStep 'Stack/P/A': outputs: the name must be a text, not 5"),
    (
        lambda p: processing(p, outputs=[["a"]]),
        "ProcessingStep 'Stack/P/A': outputs: the name must be a text, not ['a']",
    ),
    (
        lambda p: processing(p, outputs=[TEXT]),
        (
            "ProcessingStep 'Stack/P/A': outputs: the name <Parameter 'Parameters.X'> must be literal, the "
            "service substitutes no value there"
        ),
    ),
    (
        lambda p: processing(p, outputs=[f"{TEXT}"]),
        (
            "ProcessingStep 'Stack/P/A': outputs: the name '{Parameters.X}' must be literal, the service "
            "substitutes no value there"
        ),
    ),
    (
        lambda p: processing(p, outputs={"a": 5}),
        "ProcessingStep 'Stack/P/A': outputs['a']: an S3Location, a step's output or an S3 URI is needed, not 5",
    ),
    (
        lambda p: processing(p, outputs={"a": "b"}),
        "ProcessingStep 'Stack/P/A': outputs['a']: 'b' is not an S3 URI such as 's3://bucket/prefix/'",
    ),
    (lambda p: processing(p, outputs={5: None}), "ProcessingStep 'Stack/P/A': outputs: the name must be a text, not 5"),
    (
        lambda p: processing(p, property_files=PropertyFile("a", "b", "c")),
        (
            "ProcessingStep 'Stack/P/A': property_files must be a list, not PropertyFile(name='a', "
            "output_name='b', path='c')"
        ),
    ),
    (
        lambda p: processing(p, property_files=["a"]),
        "ProcessingStep 'Stack/P/A': property_files takes PropertyFile(...), not 'a'",
    ),
    (
        lambda p: processing(p, outputs=["b"], property_files=[PropertyFile("a", "b", f"{TEXT}")]),
        (
            "ProcessingStep 'Stack/P/A': property_files: the path '{Parameters.X}' must be literal, the service "
            "substitutes no value there"
        ),
    ),
    (
        lambda p: processing(p, property_files=[PropertyFile("a", "b", "c")]),
        "ProcessingStep 'Stack/P/A': it has no output 'b'; it has none",
    ),
    (
        lambda p: processing(
            p, outputs=["b"], property_files=[PropertyFile("a", "b", "c"), PropertyFile("a", "b", "d")]
        ),
        "ProcessingStep 'Stack/P/A': property_files: two have the name 'a'",
    ),
    (
        lambda p: processing(p, outputs=["train", "test"]).output("trian"),
        "ProcessingStep 'Stack/P/A': it has no output 'trian'; did you mean 'train'?",
    ),
    (
        lambda p: processing(p, outputs=["train", "test"]).output("zzz"),
        "ProcessingStep 'Stack/P/A': it has no output 'zzz'; it has 'train', 'test'",
    ),
    (lambda p: processing(p).output("zzz"), "ProcessingStep 'Stack/P/A': it has no output 'zzz'; it has none"),
    (
        lambda p: processing(p, outputs=["a"]).output(TEXT),
        (
            "ProcessingStep 'Stack/P/A': output: the name <Parameter 'Parameters.X'> must be literal, the "
            "service substitutes no value there"
        ),
    ),
    (
        lambda p: processing(p, outputs=["a"]).output(5),
        "ProcessingStep 'Stack/P/A': output: the name must be a text, not 5",
    ),
    (
        lambda p: processing(p, outputs=["a"]).property_file("b", "x.json"),
        "ProcessingStep 'Stack/P/A': it has no output 'b'; it has 'a'",
    ),
    (
        lambda p: processing(p, outputs=["a"]).property_file("a", TEXT),
        (
            "ProcessingStep 'Stack/P/A': property_file: the path <Parameter 'Parameters.X'> must be literal, the "
            "service substitutes no value there"
        ),
    ),
    (
        lambda p: processing(p, outputs=["a"]).property_file("a", 5),
        "ProcessingStep 'Stack/P/A': property_file: the path must be a text, not 5",
    ),
    (
        lambda p: processing(p, outputs=["a"]).property_file("a", "x.json").number(TEXT),
        "JsonGet: path must be a literal text such as 'metrics.mse', not <Parameter 'Parameters.X'>",
    ),
    (
        lambda p: processing(p, outputs=["a"]).property_file("a", "x.json").number(""),
        "JsonGet: path must be a literal text such as 'metrics.mse', not ''",
    ),
    (
        lambda p: (lambda s: (s.property_file("a", "x.json", name="n"), s.property_file("a", "y.json", name="n")))(
            processing(p, outputs=["a"])
        ),
        "ProcessingStep 'Stack/P/A': property_file: the name 'n' is taken by 'x.json'",
    ),
    (
        lambda p: processing(p).reference(""),
        "ProcessingStep 'Stack/P/A': reference takes a path such as 'A.B[0]', not ''",
    ),
    (
        lambda p: processing(p).reference(5),
        "ProcessingStep 'Stack/P/A': reference takes a path such as 'A.B[0]', not 5",
    ),
    (
        lambda p: processing(p).reference("A..B"),
        "ProcessingStep 'Stack/P/A': 'A..B' is not a path such as A.B[0]['key']: stuck at '..B'",
    ),
    (
        lambda p: processing(p).reference("ProcessingJobNam"),
        (
            "ProcessingStep 'Stack/P/A': 'ProcessingJobNam' is not a property of a Processing step; did you mean "
            "'ProcessingJobName'?"
        ),
    ),
]

FOUND: list[Case] = [
    (
        lambda p: processing(p, container_arguments=["x" * 300]),
        (
            "step 'A': Arguments.AppSpecification.ContainerArguments[0]: has 300 characters; allowed is 0 to 256 "
            "[argument] (at Stack/P/A)"
        ),
    ),
    (
        lambda p: processing(p, inputs={"a": ProcessingInput("s3://b/c", s3_input_mode="Fle")}),
        (
            "step 'A': Arguments.ProcessingInputs[0].S3Input.S3InputMode: is 'Fle'; allowed are 'Pipe', 'File'; "
            "did you mean 'File'? [argument] (at Stack/P/A)"
        ),
    ),
    (
        lambda p: processing(p, inputs={f"i{i}": "s3://b/c" for i in range(11)}),
        "step 'A': Arguments.ProcessingInputs: has 11 elements; allowed is 0 to 10 [argument] (at Stack/P/A)",
    ),
    (
        lambda p: processing(p, outputs={"a": ProcessingOutput("s3://b", s3_upload_mode="x")}),
        (
            "step 'A': Arguments.ProcessingOutputConfig.Outputs[0].S3Output.S3UploadMode: is 'x'; allowed are "
            "'Continuous', 'EndOfJob' [argument] (at Stack/P/A)"
        ),
    ),
]


@cases(REFUSED)
def test_refused_when_it_is_written(write: Write, text: str, pipeline: Pipeline) -> None:
    refused(write, text, pipeline)


@cases(FOUND)
def test_found_when_it_is_synthesized(write: Write, text: str, pipeline: Pipeline) -> None:
    found(write, text, pipeline)
