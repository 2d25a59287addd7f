"""An AutoML step: its JSON with every field and with the fewest, what others read of it, and bad input."""

# mypy: disable-error-code="arg-type, call-arg"

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from cdk_sagemaker_pipelines import (
    AutoMLInput,
    AutoMLStep,
    ModelStep,
    Parameter,
    Pipeline,
)
from tests.steps.bad import Case, Write, cases, refused
from tests.steps.support import (
    KEY,
    NETWORK,
    OTHER_KEY,
    ROLE,
    arguments,
    errors,
    findings,
    get,
    keys,
    network,
    processing,
    rendered,
    run_place,
)


def search(scope: Any, name: str = "Search", **fields: Any) -> AutoMLStep:
    return AutoMLStep(scope, name, **{"training": "s3://b/train.csv", "target_attribute": "age", **fields})


def test_every_field(pipeline: Pipeline, stack: cdk.Stack) -> None:
    first = processing(pipeline, "First", outputs=["data"])
    step = AutoMLStep(
        pipeline,
        "Search",
        step_name="Search-It",
        training=AutoMLInput(
            first.output("data"),
            content_type="text/csv;header=present",
            compression_type="Gzip",
            s3_data_type="ManifestFile",
            sample_weight_attribute="weight",
        ),
        validation="s3://b/validation.csv",
        target_attribute=Parameter.string("Target", default="age"),
        problem_type="Regression",
        objective=Parameter.string("Metric", default="MSE"),
        output="s3://b/automl",
        max_candidates=Parameter.integer("Most", default=5),
        max_runtime_per_training_job=600,
        max_runtime=cdk.Duration.hours(1),
        encrypt_inter_container_traffic=True,
        overrides={"AutoMLJobConfig": {"DataSplitConfig": {"ValidationFraction": 0.3}}},
        **network(stack),
        **keys(stack),
    )
    assert rendered(step) == {
        "Name": "Search-It",
        "Type": "AutoML",
        "Arguments": {
            "InputDataConfig": [
                {
                    "ChannelType": "training",
                    "DataSource": {
                        "S3DataSource": {
                            "S3DataType": "ManifestFile",
                            "S3Uri": get("Steps.First.ProcessingOutputConfig.Outputs['data'].S3Output.S3Uri"),
                        }
                    },
                    "TargetAttributeName": get("Parameters.Target"),
                    "ContentType": "text/csv;header=present",
                    "CompressionType": "Gzip",
                    "SampleWeightAttributeName": "weight",
                },
                {
                    "ChannelType": "validation",
                    "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b/validation.csv"}},
                    "TargetAttributeName": get("Parameters.Target"),
                },
            ],
            "OutputDataConfig": {"S3OutputPath": "s3://b/automl", "KmsKeyId": KEY},
            "ProblemType": "Regression",
            "AutoMLJobObjective": {"MetricName": get("Parameters.Metric")},
            "AutoMLJobConfig": {
                "Mode": "ENSEMBLING",
                "CompletionCriteria": {
                    "MaxCandidates": get("Parameters.Most"),
                    "MaxRuntimePerTrainingJobInSeconds": 600,
                    "MaxAutoMLJobRuntimeInSeconds": 3600,
                },
                "SecurityConfig": {
                    "VolumeKmsKeyId": OTHER_KEY,
                    "EnableInterContainerTrafficEncryption": True,
                    "VpcConfig": NETWORK,
                },
                "DataSplitConfig": {"ValidationFraction": 0.3},
            },
            "RoleArn": ROLE,
        },
    }
    assert findings(step) == []


def test_the_fewest_fields(pipeline: Pipeline) -> None:
    assert rendered(search(pipeline)) == {
        "Name": "Search",
        "Type": "AutoML",
        "Arguments": {
            "InputDataConfig": [
                {
                    "ChannelType": "training",
                    "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b/train.csv"}},
                    "TargetAttributeName": "age",
                }
            ],
            "OutputDataConfig": {"S3OutputPath": run_place("Search")},
            "AutoMLJobConfig": {"Mode": "ENSEMBLING"},
            "RoleArn": ROLE,
        },
    }


def test_references(pipeline: Pipeline) -> None:
    step = search(pipeline)
    assert step.best_candidate_name.to_json() == get("Steps.Search.BestCandidate.CandidateName")
    reports = "Steps.Search.BestCandidateProperties"
    assert step.model_insights_report.to_json() == get(f"{reports}.ModelInsightsJsonReportPath")
    assert step.explainability_report.to_json() == get(f"{reports}.ExplainabilityJsonReportPath")
    assert step.properties.best_candidate.final_auto_ml_job_objective_metric.value.to_json() == get(
        "Steps.Search.BestCandidate.FinalAutoMLJobObjectiveMetric.Value"
    )


def test_the_best_model_is_a_container(pipeline: Pipeline) -> None:
    model = ModelStep(pipeline, "Model", containers=[search(pipeline).best_model])
    container = arguments(model)["PrimaryContainer"]
    place = "Steps.Search.BestCandidate.InferenceContainers[0]"
    assert container["Image"] == get(f"{place}.Image")
    assert container["ModelDataUrl"] == get(f"{place}.ModelDataUrl")
    assert container["Environment"]["MODEL_NAME"] == get(f"{place}.Environment['MODEL_NAME']")
    assert findings(model) == []


def test_a_role_that_passes_itself_has_no_policy_that_names_itself(stack: cdk.Stack) -> None:
    pipeline = Pipeline(stack, "Q")
    step = search(pipeline)
    assert errors(pipeline) == []
    template = cdk.assertions.Template.from_stack(stack).to_json()["Resources"]
    role = stack.get_logical_id(step.job_role.node.default_child)  # type: ignore[arg-type, unused-ignore]
    assert isinstance(step.job_role, iam.Role)
    assert role not in str(template[role]["Properties"])
    (policy,) = [item["Properties"] for item in template.values() if item["Type"] == "AWS::IAM::ManagedPolicy"]
    assert policy["Roles"] == [{"Ref": role}]
    assert policy["PolicyDocument"]["Statement"] == [
        {
            "Action": "iam:PassRole",
            "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
            "Effect": "Allow",
            "Resource": {"Fn::GetAtt": [role, "Arn"]},
        }
    ]


A = "AutoMLStep 'Stack/P/A': "
REFUSED: list[Case] = [
    (lambda p: search(p, "A", objective="MSE"), A + "problem_type and objective must be given together"),
    (
        lambda p: search(p, "A", problem_type="Regression"),
        A + "problem_type and objective must be given together",
    ),
    (
        lambda p: search(p, "A", problem_type="Regresion", objective="MSE"),
        A + "problem_type is 'Regresion'; did you mean 'Regression'?",
    ),
    (
        lambda p: search(p, "A", training=5),
        A + "training: an S3Location, a step's output or an S3 URI is needed, not 5",
    ),
    (
        lambda p: search(p, "A", validation="here.csv"),
        A + "validation: 'here.csv' is not an S3 URI such as 's3://bucket/prefix/'",
    ),
    (
        lambda p: search(p, "A", max_runtime="1h"),
        A + "max_runtime takes a Duration or whole seconds, not '1h'",
    ),
    (
        lambda p: search(p, "A", overrides={"AutoMLJobConfig": {"Mode": "AUTO"}}),
        A + "overrides: a pipeline only accepts the Mode 'ENSEMBLING' of AutoMLJobConfig",
    ),
    (
        lambda p: search(p, "A", overrides={"ModelDeployConfig": {"EndpointName": "x"}}),
        A + "overrides: 'ModelDeployConfig' is not a member of the request; allowed are 'AutoMLJobName', "
        "'InputDataConfig', 'OutputDataConfig', 'ProblemType', 'AutoMLJobObjective', 'AutoMLJobConfig', 'RoleArn', "
        "'Tags'",
    ),
]


@cases(REFUSED)
def test_bad_input_is_refused(write: Write, text: str, pipeline: Pipeline) -> None:
    refused(write, text, pipeline)


def test_training_data_and_target_are_needed(pipeline: Pipeline) -> None:
    text = "AutoMLStep 'Stack/P/A' needs 'training', 'target_attribute'"
    refused(lambda p: AutoMLStep(p, "A"), text, pipeline, TypeError)


def test_a_wrong_metric_is_found(pipeline: Pipeline) -> None:
    search(pipeline, "A", problem_type="Regression", objective="MSSE")
    (text,) = errors(pipeline)
    assert "Arguments.AutoMLJobObjective.MetricName" in text
