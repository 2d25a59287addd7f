"""Jobs of which the service has the code."""

# mypy: disable-error-code="arg-type, call-arg, list-item"

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

from cdk_sagemaker_pipelines import JobStep, Parameter, Pipeline
from tests.steps.bad import Case, Write, cases, refused
from tests.steps.support import ROLE, arguments, findings, get, join, processing, rendered

DATA = Parameter.string("Data", default="s3://b/x")
COUNT, SHARE = Parameter.integer("Count", default=1), Parameter.float("Share", default=0.5)


def job(pipeline: Any, **fields: Any) -> JobStep:
    least = {"category": "DataTransformation", "schema_version": "1.0.0", "document": {"A": 1}}
    return JobStep(pipeline, "Job", **{**least, **fields})


def test_every_field(pipeline: Pipeline) -> None:
    step = job(
        pipeline,
        step_name="Job-One",
        category="AgentRFT",
        document={"Data": DATA, "Path": f"{DATA}/x", "Count": COUNT, "List": [SHARE, None, True, {"ü": '"'}]},
        overrides={"Tags": [{"Key": "a", "Value": "b"}]},
    )
    assert rendered(step) == {
        "Name": "Job-One",
        "Type": "Job",
        "Arguments": {
            "RoleArn": ROLE,
            "JobCategory": "AgentRFT",
            "JobConfigSchemaVersion": "1.0.0",
            "JobConfigDocument": join(
                '{"Data": "',
                get("Parameters.Data"),
                '", "Path": "',
                get("Parameters.Data"),
                '/x", "Count": ',
                get("Parameters.Count"),
                ', "List": [',
                get("Parameters.Share"),
                ', null, true, {"ü": "\\""}]}',
            ),
            "Tags": [{"Key": "a", "Value": "b"}],
        },
    }
    assert findings(step) == []


@pytest.mark.parametrize(
    ("document", "written"),
    [
        ({"A": [1, "x"]}, '{"A": [1, "x"]}'),
        ('{"A": 1}', '{"A": 1}'),
        (DATA, get("Parameters.Data")),
        (f'{{"A": "{DATA}"}}', join('{"A": "', get("Parameters.Data"), '"}')),
    ],
)
def test_the_fewest_fields(document: Any, written: Any, pipeline: Pipeline) -> None:
    step = job(pipeline, document=document)
    assert rendered(step) == {
        "Name": "Job",
        "Type": "Job",
        "Arguments": {
            "RoleArn": ROLE,
            "JobCategory": "DataTransformation",
            "JobConfigSchemaVersion": "1.0.0",
            "JobConfigDocument": written,
        },
    }
    assert findings(step) == []


def test_what_it_describes_can_be_read(pipeline: Pipeline) -> None:
    step = job(pipeline)
    package = step.properties.job_config_document["Output"]["Packages"][0]
    assert step.properties.job_arn.to_json() == get("Steps.Job.JobArn")
    assert package.to_json() == get("Steps.Job.JobConfigDocument.Output.Packages[0]")
    assert findings(processing(pipeline, "After", environment={"P": package})) == []


def test_its_role_may_use_the_places_of_the_document(stack: cdk.Stack) -> None:
    pipeline = Pipeline(stack, "P", pipeline_name="P")
    before = processing(pipeline, "Before", outputs={"o": "s3://made/o/"})
    source = {"S3DataSource": {"S3Uri": before.output("o")}}
    step = job(pipeline, document={"In": [{"DataSource": source}], "Out": {"S3OutputPath": "s3://out/x/"}, "N": COUNT})
    assert isinstance(step.job_role, iam.Role)
    text = json.dumps(Template.from_stack(stack).to_json())
    assert ":s3:::out/x/*" in text
    assert text.count(":s3:::made/o/*") >= 2
    (document,) = [arguments(step)["JobConfigDocument"]["Std:Join"]["Values"]]
    assert document[1] == get("Steps.Before.ProcessingOutputConfig.Outputs['o'].S3Output.S3Uri")


AT = "JobStep 'Stack/P/Job'"
REFUSED: list[Case] = [
    (
        lambda p: job(p, category="AgentRft"),
        f"{AT}: category is 'AgentRft'; did you mean 'AgentRFT'?",
    ),
    (
        lambda p: job(p, category=DATA),
        f"{AT}: category <Parameter 'Parameters.Data'> must be literal, the service substitutes no value there",
    ),
    (lambda p: job(p, document=["x"]), f"{AT}: document must be a dict or a JSON text, not ['x']"),
    (lambda p: job(p, document={"A": object}), f"{AT}: document: <class 'object'> cannot be written as JSON"),
    (
        lambda p: job(p, document={"A": float("nan")}),
        f"{AT}: document cannot be written as JSON: Out of range float values are not JSON compliant",
    ),
    (
        lambda p: job(p, document={(1, 2): "a"}),
        f"{AT}: document cannot be written as JSON: keys must be str, int, float, bool or None, not tuple",
    ),
]


@cases(REFUSED)
def test_refused_when_it_is_written(write: Write, text: str, pipeline: Pipeline) -> None:
    refused(write, text, pipeline)


def test_what_is_needed(pipeline: Pipeline) -> None:
    refused(lambda p: JobStep(p, "Job"), f"{AT} needs 'category', 'schema_version', 'document'", pipeline, TypeError)
