"""How many lines one edit of the examples is, for both stages: their templates, edited as CDK does."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache

import pytest

from cdk_sagemaker_pipelines.review.diff.as_json import pipeline_json
from cdk_sagemaker_pipelines.review.diff.blocks import blocks
from cdk_sagemaker_pipelines.review.diff.markdown import markdown
from cdk_sagemaker_pipelines.review.diff.pairs import differences
from cdk_sagemaker_pipelines.review.diff.text import lines
from cdk_sagemaker_pipelines.review.reading.stacks import Template
from cdk_sagemaker_pipelines.review.reviewed.app import reviewed
from cdk_sagemaker_pipelines.review.reviewed.values import Reviewed
from tests.examples import STACKS
from tests.examples import template as file_of

PLACES = {"Dev": "aws://111122223333/eu-west-1", "Prod": "aws://444455556666/us-east-1"}

Edit = Callable[[str], str]


@cache
def snapshot(stage: str, stack: str) -> str:
    return file_of(f"{STACKS[stack]}.{stage.lower()}").read_text(encoding="utf-8")


def template(stage: str, stack: str, edit: Edit) -> Template:
    text = edit(snapshot(stage, stack)) if stack == "Diabetes" else snapshot(stage, stack)
    document = json.loads(text)
    # as the assembly has them, for what the edits below touch
    ids = {name: re.fullmatch(r"Pipeline(\w*?)(JobRole|Role|)[0-9A-F]{8}", name) for name in document["Resources"]}
    parts = {name: (stage, stack, "Pipeline", *filter(None, match.groups())) for name, match in ids.items() if match}
    return Template(
        f"assembly-{stage}/{stage}{stack}.template.json",
        document,
        stack=f"{stage}-{stack}",
        environment=PLACES[stage],
        paths={name: "/".join((*path, "Resource")) for name, path in parts.items()},
        path=f"{stage}/{stack}",
    )


def app(edit: Edit = str) -> list[Reviewed]:
    """The examples in both stages; the edit is made in the first one's."""
    found = reviewed(template(stage, stack, edit) for stage in PLACES for stack in STACKS)
    return [each for each in found if isinstance(each, Reviewed)]


@cache
def before() -> list[Reviewed]:
    return app()


def replaced(old: str, new: str, times: int = 1) -> Edit:
    """Texts of the template that the edit changes; so many there must be, lest a test of nothing passes."""

    def edit(text: str) -> str:
        assert text.count(old) == times, (old, text.count(old))
        return text.replace(old, new)

    return edit


def both(*edits: Edit) -> Edit:
    def edit(text: str) -> str:
        for each in edits:
            text = each(text)
        return text

    return edit


def renamed(text: str) -> str:
    """Train is called Fit: in the definition, in paths, logical ids and what they lead to."""
    assert "PipelineTrainJobRole" in text
    text = re.sub(r"PipelineTrainJobRole[0-9A-F]{8}", "PipelineFitJobRole01234567", text)
    return re.sub(r"(?<=[/.\"])Train(?=[/.\"\\])", "Fit", text.replace('\\"Training\\"', '\\"Train-ing\\"')).replace(
        '\\"Train-ing\\"', '\\"Training\\"'
    )


def other_bucket(text: str) -> str:
    """Train reads from a bucket that exists already."""
    document = json.loads(text)
    resources = document["Resources"]
    (role,) = (resource for name, resource in resources.items() if name.startswith("PipelineTrainJobRole"))
    reading, listing = role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"][:2]
    reading["Resource"][0] = "arn:aws:s3:::other-data/train/*"
    listing["Resource"] = "arn:aws:s3:::other-data"
    listing["Condition"]["StringLike"]["s3:prefix"] = ["train/*"]
    steps = json.dumps(document)
    old = json.dumps('{"Get": "Steps.Prepare.ProcessingOutputConfig.Outputs[\'train\'].S3Output.S3Uri"}')[1:-1]
    assert steps.count(old) == 1
    return steps.replace(old, '\\"s3://other-data/train/\\"')


IMAGE = "sagemaker-scikit-learn:1.2-1"
SCRIPT = "0298f97392aff5c41fd1187f9bdcbf7cfc23e023589078fc880a63d82a0bb445"


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (replaced('\\"120\\"', '\\"150\\"'), ['~ Train: HyperParameters.n-estimators: "120" → "150"']),
        (replaced(SCRIPT, "f" * 64, 3), [f"~ prepare.py: {SCRIPT} → {'f' * 64}, one side is not here"]),
        (
            replaced(IMAGE, IMAGE.replace("1.2", "1.0"), 6),
            [
                f'~ {step}: ...kit-learn:1.2-1-cpu-py3" → ...kit-learn:1.0-1-cpu-py3"'
                for step in (
                    "Prepare: AppSpecification.ImageUri",
                    "Train: AlgorithmSpecification.TrainingImage",
                    "Evaluate: AppSpecification.ImageUri",
                    "Register: InferenceSpecification.Containers[0].Image",
                    "CreateModel: PrimaryContainer.Image",
                )
            ],
        ),
        (renamed, ["> Fit, before Train, and 9 places named after it"]),
        (replaced("4000.0", "5000.0"), ["~ MaxMse: DefaultValue: 4000.0 → 5000.0"]),
        (
            replaced("ml.m5.large", "ml.g5.12xlarge"),
            ["~ GPUs at once: 0 → 4, 'Predict' 4", '~ InstanceType: DefaultValue: "ml.m5.large" → "ml.g5.12xlarge"'],
        ),
        (
            other_bucket,
            [
                "~ Train: InputDataConfig['train'].DataSource.S3DataSource.S3Uri: "
                "Steps.Prepare.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri → \"s3://other-data/train/\"",
                "- Train waits for Prepare",
                "+ s3:GetObject on arn:aws:s3:::other-data/train/*, for Train: InputDataConfig[0]",
                "+ s3:ListBucket on arn:aws:s3:::other-data if s3:prefix is like train/*, "
                "for Train: InputDataConfig[0]",
                "- s3:GetObject on arn:aws:s3:::${Artifacts}/Diabetes/*/Prepare/output/train*, "
                "for Train: InputDataConfig[0]",
                "- s3:ListBucket on arn:aws:s3:::${Artifacts} if s3:prefix is like Diabetes/*/Prepare/output/train*, "
                "for Train: InputDataConfig[0]",
            ],
        ),
    ],
    ids=["hyperparameter", "script", "image", "rename", "parameter", "gpus", "bucket"],
)
def test_one_edit_is_few_lines_for_both_stages(edit: Edit, expected: list[str]) -> None:
    found = differences(before(), app(edit))
    told = list(lines(blocks(found), width=130 if len(expected) == 5 else None))
    assert told[0] == "Diabetes/Pipeline (Dev, Prod)"
    changes = [line.strip() for line in told if re.match(r" +[-+~>] .*[:,>]| +- \w+ waits", line)]
    assert changes == expected
    assert len(told) <= len(expected) + 6
    # in the comment as well
    assert len(re.findall(r"^\| (?:new|gone|changed|renamed|moved) \|", markdown(found), re.M)) == len(expected)


def test_what_follows_from_a_new_name_is_listed() -> None:
    found = next(each for each in differences(before(), app(renamed)) if each)
    told = pipeline_json(found)["difference"]
    assert [each["path"] for each in told["steps"]["following"]["Fit"]] == [
        "Arguments.RoleArn",
        "Arguments.OutputDataConfig.S3OutputPath",
    ]
    assert {name: len(changes) for name, changes in told["following"].items()} == {
        "Pipeline/Role": 2,
        "Pipeline/Fit/JobRole": 2,
        "Pipeline/Evaluate/JobRole": 2,
        "Pipeline/CheckMseIfCreateModel/JobRole": 1,
    }
    assert ["Allow", "s3:PutObject", "arn:aws:s3:::${Artifacts}/Diabetes/*/Fit/*", [], []] in [
        [list(part) if isinstance(part, tuple) else part for part in change["new"]]
        for change in told["following"]["Pipeline/Fit/JobRole"]
    ]


def test_the_examples_do_not_differ_from_themselves() -> None:
    assert not any(map(bool, differences(before(), app())))
