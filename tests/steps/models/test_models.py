"""Steps that create and register a model: their JSON with every field and with the fewest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sagemaker as sagemaker

from cdk_sagemaker_pipelines import (
    DriftCheckBaselines,
    Image,
    ModelContainer,
    ModelMetrics,
    ModelStep,
    Parameter,
    Pipeline,
    PipelineError,
    RegisterModelStep,
    S3Location,
    SourceDir,
    TrainingStep,
)
from cdk_sagemaker_pipelines.iam.undecided import undecided
from tests.steps.support import (
    ASSETS,
    IMAGE,
    JOB,
    NETWORK,
    ROLE,
    SKLEARN,
    arguments,
    errors,
    findings,
    get,
    join,
    network,
    processing,
    rendered,
    source,
)

SERVED_SCRIPT = {
    "SAGEMAKER_PROGRAM": "inference.py",
    "SAGEMAKER_SUBMIT_DIRECTORY": f"{ASSETS}/<hash>.gz",
    "SAGEMAKER_CONTAINER_LOG_LEVEL": "20",
    "SAGEMAKER_REGION": "eu-west-1",
}


# -- ModelStep ---------------------------------------------------------------------------------------------------------


def test_every_field_of_a_model(pipeline: Pipeline, stack: cdk.Stack, tmp_path: Path) -> None:
    train = TrainingStep(pipeline, "Train", **JOB)
    step = ModelStep(
        pipeline,
        "Model",
        step_name="The-Model",
        image=Image.sklearn("1.2-1"),
        model_data=train.model_artifacts,
        source=source(tmp_path, "inference.py"),
        environment={"A": "1", "B": Parameter.integer("N", default=1)},
        instance_type="ml.m5.large",
        enable_network_isolation=Parameter.boolean("Isolated", default=False),
        overrides={"Tags": [{"Key": "a", "Value": "b"}]},
        **network(stack),
    )
    assert rendered(step) == {
        "Name": "The-Model",
        "Type": "Model",
        "Arguments": {
            "ExecutionRoleArn": ROLE,
            "PrimaryContainer": {
                "Image": SKLEARN,
                "ModelDataUrl": get("Steps.Train.ModelArtifacts.S3ModelArtifacts"),
                "Environment": {"A": "1", "B": join(get("Parameters.N")), **SERVED_SCRIPT},
            },
            "VpcConfig": NETWORK,
            "EnableNetworkIsolation": get("Parameters.Isolated"),
            "Tags": [{"Key": "a", "Value": "b"}],
        },
    }
    assert findings(step) == []
    assert step.model_name.to_json() == get("Steps.The-Model.ModelName")
    assert step.properties.model_arn.to_json() == get("Steps.The-Model.ModelArn")


def test_the_fewest_fields_of_a_model(pipeline: Pipeline) -> None:
    step = ModelStep(pipeline, "Model", image=Image.from_uri(IMAGE))
    assert rendered(step) == {
        "Name": "Model",
        "Type": "Model",
        "Arguments": {"ExecutionRoleArn": ROLE, "PrimaryContainer": {"Image": IMAGE}},
    }


def test_a_model_of_several_containers(pipeline: Pipeline, stack: cdk.Stack, tmp_path: Path) -> None:
    bucket = s3.Bucket.from_bucket_name(stack, "Bucket", "my-bucket")
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    step = ModelStep(
        pipeline,
        "Model",
        containers=[
            ModelContainer(
                Image.sklearn("1.2-1"),
                S3Location(bucket, "model.tar.gz"),
                source(tmp_path, "inference.py"),
                {"A": "1"},
                container_hostname="first",
            ),
            ModelContainer(Image.pytorch("2.1"), instance_type="ml.g5.xlarge"),
            ModelContainer(Image.from_asset(tmp_path)),
            ModelContainer(Image.from_asset(tmp_path)),
        ],
    )
    found = arguments(step)
    assert "PrimaryContainer" not in found
    assert found["Containers"][:2] == [
        {
            "Image": SKLEARN,
            "ModelDataUrl": "s3://my-bucket/model.tar.gz",
            "Environment": {"A": "1", **SERVED_SCRIPT},
            "ContainerHostname": "first",
        },
        {"Image": "763104351884.dkr.ecr.eu-west-1.amazonaws.com/pytorch-inference:2.1-gpu-py310"},
    ]
    assert found["Containers"][2] == found["Containers"][3]


def test_one_container_in_a_list_is_the_primary_one(pipeline: Pipeline) -> None:
    step = ModelStep(pipeline, "Model", containers=[ModelContainer(Image.from_uri(IMAGE), container_hostname="x")])
    assert arguments(step)["PrimaryContainer"] == {"Image": IMAGE, "ContainerHostname": "x"}


def test_only_some_images_fetch_inference_code(pipeline: Pipeline, tmp_path: Path) -> None:
    code = source(tmp_path, "inference.py")
    with pytest.raises(PipelineError) as error:
        ModelStep(pipeline, "Model", image=Image.pytorch("2.1", processor="cpu"), source=code)
    assert str(error.value).endswith(
        "/P/Model': source: only the scikit-learn and XGBoost images fetch inference code themselves; for this "
        "image put the code under code/ in the model archive (RepackModelStep puts it there, or the training script)"
    )
    with pytest.raises(PipelineError, match=r"containers\[1\]\.source: only the scikit-learn"):
        ModelStep(
            pipeline,
            "Other",
            containers=[
                ModelContainer(Image.xgboost("1.7-1"), source=code),
                ModelContainer(Image.tensorflow("2.13", processor="cpu"), source=code),
            ],
        )


def test_a_model_from_a_version_that_is_registered_here(pipeline: Pipeline) -> None:
    register = RegisterModelStep(pipeline, "Register", image=Image.from_uri(IMAGE), model_package_group="models")
    step = ModelStep(pipeline, "Model", model_package=register, environment={"N": Parameter.integer("N", default=1)})
    assert arguments(step) == {
        "ExecutionRoleArn": ROLE,
        "PrimaryContainer": {
            "ModelPackageName": get("Steps.Register.ModelPackageArn"),
            "Environment": {"N": join(get("Parameters.N"))},
        },
    }
    assert findings(step) == []


def test_a_model_from_a_version_of_the_app_or_by_its_arn(pipeline: Pipeline, stack: cdk.Stack) -> None:
    arn = "arn:aws:sagemaker:eu-west-1:444455556666:model-package/churn/7"
    made = sagemaker.CfnModelPackage(stack, "Version", model_package_group_name="churn")
    given: list[Any] = [arn, Parameter.string("Version"), made]
    steps = [ModelStep(pipeline, f"Model{n}", model_package=one) for n, one in enumerate(given)]
    named = [stack.resolve(arguments(step)["PrimaryContainer"]["ModelPackageName"]) for step in steps]
    assert named == [arn, get("Parameters.Version"), {"Fn::GetAtt": ["Version", "ModelPackageArn"]}]


def test_what_is_known_of_a_version_of_another_account(stack: cdk.Stack) -> None:
    pipeline = Pipeline(stack, "Own", pipeline_name="Own")
    arn = "arn:aws:sagemaker:eu-west-1:444455556666:model-package/churn/7"
    ModelStep(pipeline, "Model", model_package=arn, reads=["s3://theirs/models/"])
    assert errors(pipeline) == []
    told = undecided(pipeline.host.definition, pipeline.host.environment)
    (warning,) = (finding for finding in told if "content of" in finding.text)
    assert warning.text.endswith(
        "; grant ecr:BatchCheckLayerAvailability, ecr:BatchGetImage, ecr:GetDownloadUrlForLayer to the role of the "
        "step's job"
    )


# -- RegisterModelStep -------------------------------------------------------------------------------------------------


def test_every_field_of_a_registration(pipeline: Pipeline, stack: cdk.Stack, tmp_path: Path) -> None:
    train = TrainingStep(pipeline, "Train", **JOB)
    evaluate = processing(pipeline, "Evaluate", outputs=["report"])
    bucket = s3.Bucket.from_bucket_name(stack, "Bucket", "my-bucket")
    step = RegisterModelStep(
        pipeline,
        "Register",
        step_name="Register-It",
        model_package_group=sagemaker.CfnModelPackageGroup(stack, "Models", model_package_group_name="models"),
        image=Image.sklearn("1.2-1"),
        model_data=train.model_artifacts,
        source=source(tmp_path, "inference.py"),
        environment={"A": "1"},
        instance_type="ml.m5.large",
        content_types=["text/csv", "application/json"],
        response_types=[Parameter.string("Accept", default="text/csv")],
        inference_instances=["ml.m5.large"],
        transform_instances=["ml.m5.xlarge"],
        approval_status=Parameter.string("Approval", default="Approved"),
        model_metrics=ModelMetrics(
            model_statistics=f"{evaluate.output('report')}/evaluation.json",
            model_constraints="s3://b/1",
            model_data_statistics="s3://b/2",
            model_data_constraints="s3://b/3",
            bias="s3://b/4",
            bias_pre_training="s3://b/5",
            bias_post_training=S3Location(bucket, "6"),
            explainability="s3://b/7",
            content_type="text/plain",
        ),
        customer_metadata={"a": "b", "n": Parameter.integer("N", default=1)},
        model_package_description="good",
        overrides={"Domain": "MACHINE_LEARNING"},
    )

    def report(uri: object) -> dict[str, object]:
        return {"S3Uri": uri, "ContentType": "text/plain"}

    assert rendered(step) == {
        "Name": "Register-It",
        "Type": "RegisterModel",
        "Arguments": {
            "ModelPackageGroupName": "models",
            "InferenceSpecification": {
                "Containers": [
                    {
                        "Image": SKLEARN,
                        "ModelDataUrl": get("Steps.Train.ModelArtifacts.S3ModelArtifacts"),
                        "Environment": {"A": "1", **SERVED_SCRIPT},
                    }
                ],
                "SupportedContentTypes": ["text/csv", "application/json"],
                "SupportedResponseMIMETypes": [get("Parameters.Accept")],
                "SupportedRealtimeInferenceInstanceTypes": ["ml.m5.large"],
                "SupportedTransformInstanceTypes": ["ml.m5.xlarge"],
            },
            "ModelApprovalStatus": get("Parameters.Approval"),
            "ModelMetrics": {
                "ModelQuality": {
                    "Statistics": report(
                        join(
                            get("Steps.Evaluate.ProcessingOutputConfig.Outputs['report'].S3Output.S3Uri"),
                            "/evaluation.json",
                        )
                    ),
                    "Constraints": report("s3://b/1"),
                },
                "ModelDataQuality": {"Statistics": report("s3://b/2"), "Constraints": report("s3://b/3")},
                "Bias": {
                    "Report": report("s3://b/4"),
                    "PreTrainingReport": report("s3://b/5"),
                    "PostTrainingReport": report("s3://my-bucket/6"),
                },
                "Explainability": {"Report": report("s3://b/7")},
            },
            "CustomerMetadataProperties": {"a": "b", "n": join(get("Parameters.N"))},
            "ModelPackageDescription": "good",
            "Domain": "MACHINE_LEARNING",
        },
    }
    assert findings(step) == []
    assert step.model_package_arn.to_json() == get("Steps.Register-It.ModelPackageArn")
    assert step.properties.model_approval_status.to_json() == get("Steps.Register-It.ModelApprovalStatus")


def test_the_fewest_fields_of_a_registration(pipeline: Pipeline) -> None:
    step = RegisterModelStep(pipeline, "Register", image=Image.from_uri(IMAGE), model_package_group="models")
    assert rendered(step) == {
        "Name": "Register",
        "Type": "RegisterModel",
        "Arguments": {
            "ModelPackageGroupName": "models",
            "InferenceSpecification": {
                "Containers": [{"Image": IMAGE}],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
            "ModelApprovalStatus": "PendingManualApproval",
        },
    }


def test_the_group_of_another_account(pipeline: Pipeline) -> None:
    arn = "arn:aws:sagemaker:eu-west-1:444455556666:model-package-group/shared"
    step = RegisterModelStep(pipeline, "Register", image=Image.from_uri(IMAGE), model_package_group=arn)
    assert arguments(step)["ModelPackageGroupName"] == arn
    assert findings(step) == []


def test_a_registration_makes_no_role(stack: cdk.Stack) -> None:
    pipeline = Pipeline(stack, "Own", pipeline_name="Own")
    step = RegisterModelStep(pipeline, "Register", image=Image.from_uri(IMAGE), model_package_group="models")
    assert step.node.children == []
    assert not errors(pipeline)


# -- what several share -----------------------------------------------------------------------------------------------


def test_code_of_inference_is_packed_once_for_all_who_take_it(pipeline: Pipeline, tmp_path: Path) -> None:
    code: SourceDir = source(tmp_path, "inference.py")
    fields: dict[str, Any] = {"image": Image.sklearn("1.2-1"), "source": code}
    model = ModelStep(pipeline, "Model", **fields)
    register = RegisterModelStep(pipeline, "Register", model_package_group="models", **fields)
    one = pipeline.definition.step(model.name).arguments["PrimaryContainer"]
    other = pipeline.definition.step(register.name).arguments["InferenceSpecification"]["Containers"][0]
    resolve = cdk.Stack.of(model).resolve
    assert resolve(one) == resolve(other)


def test_every_file_that_later_checks_compare_with_has_its_place(pipeline: Pipeline) -> None:
    step = RegisterModelStep(
        pipeline,
        "Register",
        image=Image.sklearn("1.2-1"),
        model_package_group="models",
        drift_check_baselines=DriftCheckBaselines(
            model_statistics="s3://b/0",
            model_constraints="s3://b/1",
            model_data_statistics="s3://b/2",
            model_data_constraints="s3://b/3",
            bias_config="s3://b/4",
            bias_pre_training_constraints="s3://b/5",
            bias_post_training_constraints="s3://b/6",
            explainability_config="s3://b/7",
            explainability_constraints="s3://b/8",
        ),
    )

    def file(number: int) -> dict[str, str]:
        return {"S3Uri": f"s3://b/{number}", "ContentType": "application/json"}

    assert arguments(step)["DriftCheckBaselines"] == {
        "ModelQuality": {"Statistics": file(0), "Constraints": file(1)},
        "ModelDataQuality": {"Statistics": file(2), "Constraints": file(3)},
        "Bias": {"ConfigFile": file(4), "PreTrainingConstraints": file(5), "PostTrainingConstraints": file(6)},
        "Explainability": {"ConfigFile": file(7), "Constraints": file(8)},
    }


def test_drift_check_baselines_of_another_type_are_refused(pipeline: Pipeline) -> None:
    with pytest.raises(PipelineError, match=r"drift_check_baselines takes DriftCheckBaselines\(\.\.\.\), not 's3"):
        RegisterModelStep(
            pipeline,
            "Register",
            image=Image.sklearn("1.2-1"),
            model_package_group="models",
            drift_check_baselines="s3://b/c.json",  # type: ignore[arg-type]
        )
