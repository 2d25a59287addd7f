"""A new name of a step or of the pipeline hides what the library calls after it, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_sagemaker_pipelines.review.diff.definitions import diff
from cdk_sagemaker_pipelines.review.snapshot.files import from_files, to_files, unplaced
from tests.language.support import step

from .definitions import definition
from .stacks import arn, pipeline, role
from .test_pipelines import REPLACES, TRUST, app, told

EXECUTION = {"Get": "Execution.PipelineExecutionId"}
SAME = {"One": "1", "Two": "2", "Three": "3", "Four": "4"}


def stack(
    name: str,
    called: str = "Nightly",
    *,
    input_uri: str = "s3://data/",
    granted: Any = (),
    job: Any = None,
    **more: Any,
) -> Any:
    """A pipeline of one step with an output in the pipeline's own place, for which its role is derived."""
    output = {"Std:Join": {"On": "/", "Values": [f"s3://artifacts/{called}", EXECUTION, f"{name}/output"]}}
    channel = {"DataSource": {"S3DataSource": {"S3Uri": input_uri, "S3DataType": "S3Prefix"}}}
    arguments = {
        "RoleArn": job or "${Job.Arn}",
        "InputDataConfig": [channel],
        "OutputDataConfig": {"S3OutputPath": output},
        "HyperParameters": {**SAME, **more},
    }
    made = pipeline(step(name, "Training", arguments))
    made["Metadata"]["aws:cdk:path"] = "Dev/Stack0/Nightly/Resource"
    made["Properties"]["PipelineName"] = called
    artifacts = f"arn:aws:s3:::artifacts/{called}/*/{name}/output/*"
    write = {"Action": "s3:PutObject", "Effect": "Allow", "Resource": artifacts}
    read = {"Action": "s3:GetObject", "Effect": "Allow", "Resource": f"{input_uri.replace('s3://', 'arn:aws:s3:::')}*"}
    source = f"arn:aws:sagemaker:eu-west-1:111122223333:pipeline/{called.lower()}/*"
    trust = {"Statement": [{**TRUST["Statement"][0], "Condition": {"ArnLike": {"aws:SourceArn": source}}}]}
    passes = {"Action": "iam:PassRole", "Effect": "Allow", "Resource": arn("Job")}
    own = role(passes, path="Dev/Stack0/Nightly/Role", AssumeRolePolicyDocument=trust)
    path = f"Dev/Stack0/Nightly/{name}/JobRole"
    jobs = role(write, read, *granted, path=path, AssumeRolePolicyDocument=TRUST)
    return {"Resources": {"Pipeline": made, "Own": own, "Job": jobs}}


def changes(*stacks: Any) -> list[str]:
    return told(*map(app, stacks))


def test_what_the_library_calls_after_a_step_is_a_number() -> None:
    assert changes(stack("Train"), stack("Fit")) == ["> Fit, before Train, and 4 places named after it"]


def test_what_the_library_calls_after_a_pipeline_is_a_number() -> None:
    assert changes(stack("Train"), stack("Train", "Daily")) == [
        f'~ PipelineName: "Nightly" → "Daily", {REPLACES}, and 3 places named after it'
    ]


WRITTEN: dict[str, dict[str, Any]] = {
    "a-prefix": {"input_uri": "s3://data/{}/"},
    "a-bucket": {"input_uri": "s3://{}/"},
    "a-url": {"url": "https://{}/path"},
    "a-text": {"text": "by / {}"},
    "a-member-that-could-name-a-step": {"StepName": "{}"},
    "a-grant": {"granted": [{"Action": "s3:*", "Effect": "Allow", "Resource": "arn:aws:s3:::data/{}/*"}]},
    "a-grant-like-artifacts": {
        "granted": [{"Action": "s3:*", "Effect": "Allow", "Resource": "arn:aws:s3:::data/Nightly/*/{}/*"}]
    },
    "another-role": {"job": "arn:aws:iam::111122223333:role/{}"},
    "the-arn-of-a-pipeline": {"arn": "arn:aws:sagemaker:eu-west-1:111122223333:pipeline/{}"},
}  # fmt: skip


def filled(given: Any, name: str) -> Any:
    if isinstance(given, str):
        return given.format(name)
    if isinstance(given, dict):
        return {key: filled(value, name) for key, value in given.items()}
    return [filled(value, name) for value in given]


@pytest.mark.parametrize("case", WRITTEN)
@pytest.mark.parametrize("of_pipeline", [False, True], ids=["step", "pipeline"])
def test_what_somebody_wrote_is_told(case: str, of_pipeline: bool) -> None:
    names = ("Nightly", "Daily") if of_pipeline else ("Train", "Fit")
    old, new = (stack(*(("Train", name) if of_pipeline else (name,)), **filled(WRITTEN[case], name)) for name in names)
    for name, sign in zip(names, "-+", strict=True):
        value = filled(next(iter(WRITTEN[case].values())), name)
        text = value[0]["Resource"] if isinstance(value, list) else value.replace("s3://", "")
        lines = [line for line in changes(old, new) if text in line]
        assert lines
        if case.startswith("a-grant"):
            assert lines[0].startswith(f"{sign} ") or f"{sign} s3:* on" in lines[0]


def test_the_message_of_a_snapshot_hides_no_grant_either() -> None:
    def grant(name: str) -> Any:
        resource = f"arn:aws:s3:::data/Nightly/*/{name}/*"
        (found,) = app(stack(name, granted=[{"Action": "s3:*", "Effect": "Allow", "Resource": resource}]))
        return unplaced(found)

    old, new = grant("Train"), grant("Fit")
    kept = from_files(to_files(old), new)
    assert kept is not None
    lines = told([kept], [new])
    assert lines[0] == "> Fit, before Train, and 4 places named after it"
    assert [line.partition(", granted")[0] for line in lines if "s3:*" in line] == [
        "+ s3:* on arn:aws:s3:::data/Nightly/*/Fit/*", "- s3:* on arn:aws:s3:::data/Nightly/*/Train/*",
    ]  # fmt: skip


def test_a_role_that_was_there_already_is_not_the_renamed_one() -> None:
    old = stack("Train")
    wide = role({"Action": "*", "Effect": "Allow", "Resource": "*"}, path="Dev/Stack0/Nightly/Fit/JobRole")
    old["Resources"]["Wide"] = wide
    new = stack("Fit", granted=[{"Action": "*", "Effect": "Allow", "Resource": "*"}])
    lines = changes(old, new)
    assert any("${Nightly/Train/JobRole.Arn}" in line and "${Nightly/Fit/JobRole.Arn}" in line for line in lines)


def test_a_member_of_a_step_that_is_called_like_one_of_the_language_is_told() -> None:
    def one(name: str) -> Any:
        return definition(step(name, "Processing", {**SAME, "Environment": {"Step": name, "DependsOn": name}}))

    found = diff(one("Train"), one("Fit"))
    assert [change.path for change in found.steps.changed["Fit"]] == [
        "Arguments.Environment.Step",
        "Arguments.Environment.DependsOn",
    ]
