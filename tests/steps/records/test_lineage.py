"""Lineage steps."""

# mypy: disable-error-code="arg-type, call-arg, list-item"

from __future__ import annotations

from typing import Any

from aws_cdk import aws_s3 as s3

from cdk_sagemaker_pipelines import (
    LineageAction,
    LineageArtifact,
    LineageAssociation,
    LineageContext,
    LineageStep,
    Parameter,
    Pipeline,
    S3Location,
)
from tests.steps.bad import Case, Write, cases, refused
from tests.steps.support import arguments, findings, get, join, rendered

RUN = Parameter.string("Run", default="r")
ARN = "arn:aws:sagemaker:eu-west-1:111122223333:context/other"


def action(name: Any = "a", **fields: Any) -> LineageAction:
    return LineageAction(name, "ModelTraining", "s3://b/run", **fields)


def artifact(name: Any = "m", **fields: Any) -> LineageArtifact:
    return LineageArtifact(name, "Model", "s3://b/model", **fields)


def record(pipeline: Any, **fields: Any) -> LineageStep:
    return LineageStep(pipeline, "Record", **fields)


def test_every_field(pipeline: Pipeline) -> None:
    bucket = s3.Bucket.from_bucket_name(pipeline, "Bucket", "data")
    training = action(
        f"training-{RUN}",
        properties={"rounds": 50, "run": RUN},
        source_type="S3",
        source_id="id",
        description="the run",
        status="Completed",
    )
    data = LineageArtifact("data", "DataSet", S3Location(bucket, "raw/"), source_ids={"S3ETag": "abc", "Custom": RUN})
    project = LineageContext(
        "project", "Project", "https://example.com", {"o": "x"}, source_type="Web", source_id="p", description="all"
    )
    step = LineageStep(
        pipeline,
        "Record",
        step_name="Record-It",
        actions=[training],
        artifacts=[data],
        contexts=[project],
        associations=[LineageAssociation(data, training, "ContributedTo"), LineageAssociation(training, ARN)],
    )
    assert rendered(step) == {
        "Name": "Record-It",
        "Type": "Lineage",
        "Arguments": {
            "Actions": [
                {
                    "ActionName": join("training-", get("Parameters.Run")),
                    "Source": {"SourceUri": "s3://b/run", "SourceType": "S3", "SourceId": "id"},
                    "ActionType": "ModelTraining",
                    "Description": "the run",
                    "Status": "Completed",
                    "Properties": {"rounds": "50", "run": get("Parameters.Run")},
                }
            ],
            "Artifacts": [
                {
                    "ArtifactName": "data",
                    "Source": {
                        "SourceUri": "s3://data/raw/",
                        "SourceTypes": [
                            {"SourceIdType": "S3ETag", "Value": "abc"},
                            {"SourceIdType": "Custom", "Value": get("Parameters.Run")},
                        ],
                    },
                    "ArtifactType": "DataSet",
                }
            ],
            "Contexts": [
                {
                    "ContextName": "project",
                    "Source": {"SourceUri": "https://example.com", "SourceType": "Web", "SourceId": "p"},
                    "ContextType": "Project",
                    "Description": "all",
                    "Properties": {"o": "x"},
                }
            ],
            "Associations": [
                {
                    "Source": {"Name": "data", "Type": "Artifact"},
                    "Destination": {"Name": join("training-", get("Parameters.Run")), "Type": "Action"},
                    "AssociationType": "ContributedTo",
                },
                {
                    "Source": {"Name": join("training-", get("Parameters.Run")), "Type": "Action"},
                    "Destination": {"Arn": ARN},
                },
            ],
        },
    }
    assert findings(step) == []


def test_references_to_arns(pipeline: Pipeline) -> None:
    context = LineageContext("p", "Project", "https://example.com")
    step = record(pipeline, actions=[action()], artifacts=[artifact()], contexts=[context])
    arns = [step.action_arn("a"), step.artifact_arn("m"), step.context_arn("p"), step.properties.associations[0]]
    assert [arn.to_json() for arn in arns] == [
        get("Steps.Record.ActionArns['a']"),
        get("Steps.Record.ArtifactArns['m']"),
        get("Steps.Record.ContextArns['p']"),
        get("Steps.Record.Associations[0]"),
    ]
    other = LineageStep(pipeline, "Other", associations=[LineageAssociation(arns[0], arns[1])])
    assert arguments(other) == {
        "Associations": [
            {"Source": {"Arn": arns[0].to_json()}, "Destination": {"Arn": arns[1].to_json()}},
        ]
    }
    assert findings(other) == []


def test_two_entities_may_be_alike(pipeline: Pipeline) -> None:
    one, other = artifact("one"), LineageArtifact("one", "Model", "s3://b/model")
    assert one != other
    step = record(pipeline, artifacts=[one], actions=[action("one")])
    assert findings(step) == []


AT = "LineageStep 'Stack/P/Record'"
REFUSED: list[Case] = [
    (lambda p: record(p), f"{AT}: give at least one of actions, artifacts, contexts and associations"),
    (lambda p: record(p, actions=action()), f"{AT}: actions must be a list, not {action()!r}"),
    (lambda p: record(p, actions=[artifact()]), f"{AT}: actions[0] takes LineageAction(...), not {artifact()!r}"),
    (lambda p: record(p, actions=[action(str(i)) for i in range(6)]), f"{AT}: actions: there are 6; at most 5"),
    (lambda p: record(p, artifacts=[artifact(), artifact()]), f"{AT}: artifacts: two have the name 'm'"),
    (lambda p: record(p, artifacts=[artifact(5.5j)]), f"{AT}: artifacts[0].name must be a text, not 5.5j"),
    (
        lambda p: record(p, artifacts=[artifact(source_ids={"ETag": "x"})]),
        f"{AT}: artifacts[0].source_ids: the kind of id is 'ETag'; did you mean 'S3ETag'?",
    ),
    (
        lambda p: record(p, actions=[action(properties={"a": []})]),
        f"{AT}: actions[0].properties['a'] must be a text, not []",
    ),
    (
        lambda p: (lambda a: record(p, actions=[a], associations=[LineageAssociation(a, a)] * 11))(action()),
        f"{AT}: associations: there are 11; at most 10",
    ),
    (
        lambda p: record(p, associations=[("a", "b")]),
        f"{AT}: associations[0] takes LineageAssociation(...), not ['a', 'b']",
    ),
    (
        lambda p: record(p, associations=[LineageAssociation("a", "b", "Made")]),
        f"{AT}: associations[0].type is 'Made'; allowed are 'ContributedTo', 'AssociatedWith', 'DerivedFrom', "
        "'Produced', 'SameAs'",
    ),
    (
        lambda p: record(p, actions=[action()], associations=[LineageAssociation(action(), ARN)]),
        f"{AT}: associations[0].source: Action 'a' is not recorded by this step; give the ARN of one that is recorded "
        "elsewhere",
    ),
    (
        lambda p: record(p, actions=[action("train")]).action_arn("trian"),
        f"{AT}: actions: there is no 'trian'; did you mean 'train'?",
    ),
    (
        lambda p: record(p, actions=[action(f"{RUN}")]).action_arn(f"{RUN}"),
        f"{AT}: actions: there is no '{{Parameters.Run}}'; there are none",
    ),
]


@cases(REFUSED)
def test_refused_when_it_is_written(write: Write, text: str, pipeline: Pipeline) -> None:
    refused(write, text, pipeline)
