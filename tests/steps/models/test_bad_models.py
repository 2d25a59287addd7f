"""Bad input to the steps that create, register and apply models."""

# mypy: disable-error-code="arg-type, call-arg, list-item"

from __future__ import annotations

import pytest
from aws_cdk import Environment, Stack
from aws_cdk.aws_sagemaker import CfnModelPackage

from cdk_sagemaker_pipelines import (
    Image,
    ModelContainer,
    ModelMetrics,
    Pipeline,
    RegisterModelStep,
    SourceDir,
    TransformInput,
)
from tests.steps.bad import CODE, TEXT, TOOLS, Case, Write, cases, found, model, refused, register, training, transform

pytestmark = pytest.mark.usefixtures("working_directory")

ELSEWHERE = Environment(account="111122223333", region="eu-west-2")
REGISTRY = "arn:aws:sagemaker:eu-west-1:111122223333"
REFUSED: list[Case] = [
    (
        lambda p: model(p, image=None),
        (
            "ModelStep 'Stack/P/A': give either image (with model_data, source, environment, instance_type), "
            "containers or model_package"
        ),
    ),
    (
        lambda p: model(p, image="x"),
        "ModelStep 'Stack/P/A': image takes an Image such as Image.sklearn('1.2-1'), not 'x'",
    ),
    (
        lambda p: model(p, containers=[ModelContainer(TOOLS)]),
        (
            "ModelStep 'Stack/P/A': give either image (with model_data, source, environment, instance_type), "
            "containers or model_package"
        ),
    ),
    (
        lambda p: model(p, image=None, containers=[]),
        (
            "ModelStep 'Stack/P/A': give either image (with model_data, source, environment, instance_type), "
            "containers or model_package"
        ),
    ),
    (
        lambda p: model(p, image=None, containers=TOOLS),
        "ModelStep 'Stack/P/A': containers must be a list, not an Image",
    ),
    (
        lambda p: model(p, image=None, containers=[TOOLS]),
        "ModelStep 'Stack/P/A': containers[0] takes ModelContainer(...), not an Image",
    ),
    (
        lambda p: model(p, image=None, containers=[ModelContainer("x")]),
        "ModelStep 'Stack/P/A': containers[0].image takes an Image such as Image.sklearn('1.2-1'), not 'x'",
    ),
    (
        lambda p: model(p, image=None, containers=[ModelContainer(TOOLS)], model_data=TEXT),
        (
            "ModelStep 'Stack/P/A': give either image (with model_data, source, environment, instance_type), "
            "containers or model_package"
        ),
    ),
    (
        lambda p: model(p, image=None, containers=[ModelContainer(TOOLS)], environment={"a": "b"}),
        (
            "ModelStep 'Stack/P/A': give either image (with model_data, source, environment, instance_type), "
            "containers or model_package"
        ),
    ),
    (
        lambda p: model(p, image=None, containers=[ModelContainer(TOOLS, environment=["a"])]),
        "ModelStep 'Stack/P/A': containers[0].environment must be a dict by name, not ['a']",
    ),
    (
        lambda p: model(p, image=None, containers=[ModelContainer(TOOLS, model_data=5)]),
        "ModelStep 'Stack/P/A': containers[0].model_data: an S3Location, a step's output or an S3 URI is needed, not 5",
    ),
    (
        lambda p: model(p, model_data=5),
        "ModelStep 'Stack/P/A': model_data: an S3Location, a step's output or an S3 URI is needed, not 5",
    ),
    (
        lambda p: model(p, model_data=training(p, "B")),
        (
            "ModelStep 'Stack/P/A': model_data: an S3Location, a step's output or an S3 URI is needed, not "
            "<TrainingStep 'B'>"
        ),
    ),
    (
        lambda p: model(p, source=SourceDir("code", entry_point="train.py", command=["bash"])),
        (
            "ModelStep 'Stack/P/A': source: command is ['bash'], but here the image itself starts 'train.py'; "
            "give SourceDir a command for processing steps only"
        ),
    ),
    (lambda p: model(p, source="x"), "ModelStep 'Stack/P/A': source takes SourceDir(...), not 'x'"),
    (lambda p: model(p, environment=["a"]), "ModelStep 'Stack/P/A': environment must be a dict by name, not ['a']"),
    (
        lambda p: model(p, source=CODE, image=Image.pytorch("2.1", processor="cpu")),
        (
            "ModelStep 'Stack/P/A': source: only the scikit-learn and XGBoost images fetch inference code themselves; "
            "for this image put the code under code/ in the model archive (RepackModelStep puts it "
            "there, or the training script)"
        ),
    ),
    (
        lambda p: model(p, instance_type=TEXT, image=Image.pytorch("2.1")),
        (
            "ModelStep 'Stack/P/A': pytorch has images for 'cpu', 'gpu'; choose by processor= of the image, or by a "
            "literal instance_type"
        ),
    ),
    (
        lambda p: model(p, model_package="p", model_data="s3://b/m.tar.gz"),
        "ModelStep 'Stack/P/A': model_package has an image and data of its own; leave out image and model_data",
    ),
    (
        lambda p: model(p, image=None, model_package=5),
        (
            "ModelStep 'Stack/P/A': model_package takes a RegisterModelStep, a LatestModelPackageStep, a "
            "CfnModelPackage or the ARN of a version, not 5"
        ),
    ),
    (
        lambda p: model(p, image=None, model_package=register(Pipeline(p.node.scope, "Q"), "B")),
        "ModelStep 'Stack/P/A': model_package: 'B' is a step of another pipeline",
    ),
    (
        lambda p: model(p, image=None, model_package=CfnModelPackage(Stack(p.node.root, "T", env=ELSEWHERE), "V")),
        (
            "ModelStep 'Stack/P/A': model_package: the version is in eu-west-2, but the pipeline runs in eu-west-1: "
            "SageMaker only knows groups in its own region"
        ),
    ),
    (
        lambda p: register(p, model_package_group=TEXT),
        (
            "RegisterModelStep 'Stack/P/A': model_package_group takes a ModelPackageGroup, a name or an "
            "ARN, not <Parameter 'Parameters.X'>"
        ),
    ),
    (
        lambda p: register(p, model_package_group=5),
        ("RegisterModelStep 'Stack/P/A': model_package_group takes a ModelPackageGroup, a name or an ARN, not 5"),
    ),
    *(
        (
            lambda p, given=given: register(p, model_package_group=given),
            f"RegisterModelStep 'Stack/P/A': model_package_group: {given!r} is neither a name (letters, digits and "
            "'-' between them, at most 63) nor the ARN of a model package group",
        )
        for given in ("my_group!", "arn:aws:sagemaker:eu-west-1:111122223333:model-package/a/1")
    ),
    (
        lambda p: register(p, content_types="text/csv"),
        "RegisterModelStep 'Stack/P/A': content_types must be a list, not 'text/csv'",
    ),
    (
        lambda p: register(p, content_types=[5, None]),
        "RegisterModelStep 'Stack/P/A': content_types[1] must be a text, not None",
    ),
    (
        lambda p: register(p, inference_instances="ml.m5.large"),
        "RegisterModelStep 'Stack/P/A': inference_instances must be a list, not 'ml.m5.large'",
    ),
    (
        lambda p: register(p, model_metrics={"a": 1}),
        "RegisterModelStep 'Stack/P/A': model_metrics takes ModelMetrics(...), not {'a': 1}",
    ),
    (
        lambda p: register(p, model_metrics=ModelMetrics(bias=5)),
        (
            "RegisterModelStep 'Stack/P/A': model_metrics.bias: an S3Location, a step's output or an S3 URI is "
            "needed, not 5"
        ),
    ),
    (
        lambda p: register(p, customer_metadata=["a"]),
        "RegisterModelStep 'Stack/P/A': customer_metadata must be a dict by name, not ['a']",
    ),
    (
        lambda p: transform(p, model=register(p, "B")),
        ("TransformStep 'Stack/P/A': model must be a ModelStep or the name of a model, not <RegisterModelStep 'B'>"),
    ),
    (
        lambda p: transform(p, model=model(Pipeline(p.node.scope, "Q"), "B")),
        "TransformStep 'Stack/P/A': model: 'B' is a step of another pipeline",
    ),
    (
        lambda p: transform(p, input=TransformInput(5)),
        "TransformStep 'Stack/P/A': input: an S3Location, a step's output or an S3 URI is needed, not 5",
    ),
    (
        lambda p: transform(p, input="x"),
        "TransformStep 'Stack/P/A': input: 'x' is not an S3 URI such as 's3://bucket/prefix/'",
    ),
    (
        lambda p: transform(p, output=5),
        "TransformStep 'Stack/P/A': output: an S3Location, a step's output or an S3 URI is needed, not 5",
    ),
    (
        lambda p: transform(p, max_payload_in_mb="6"),
        "TransformStep 'Stack/P/A': max_payload_in_mb is \"6\"; needs a whole number",
    ),
]

NO_SUCH_CALL: list[Case] = [
    (lambda p: register(p, model_package_group=None), "RegisterModelStep 'Stack/P/A' needs 'model_package_group'"),
    (lambda p: RegisterModelStep(p, "A", image=TOOLS), "RegisterModelStep 'Stack/P/A' needs 'model_package_group'"),
    (lambda p: transform(p, model=None), "TransformStep 'Stack/P/A' needs 'model'"),
    (lambda p: transform(p, input=None), "TransformStep 'Stack/P/A' needs 'input'"),
]

FOUND: list[Case] = [
    (
        lambda p: model(p, image=None, model_package=f"{REGISTRY}:model-package-group/churn"),
        (
            "step 'A': Arguments.PrimaryContainer.ModelPackageName: is the ARN of a group; give that of a version in "
            "it, '.../<version>' [model-source] (at Stack/P/A)"
        ),
    ),
    (
        lambda p: model(p, image=None, containers=[ModelContainer(TOOLS)] * 16),
        "step 'A': Arguments.Containers: has 16 elements; allowed is 0 to 15 [argument] (at Stack/P/A)",
    ),
    (
        lambda p: register(p, approval_status="Aproved"),
        (
            "step 'A': Arguments.ModelApprovalStatus: is 'Aproved'; allowed are 'Approved', 'Rejected', "
            "'PendingManualApproval'; did you mean 'Approved'? [argument] (at Stack/P/A)"
        ),
    ),
    (
        lambda p: register(p, model_package_description=5),
        "step 'A': Arguments.ModelPackageDescription: is 5; needs a text [argument] (at Stack/P/A)",
    ),
    (
        lambda p: transform(p, strategy="Multi"),
        (
            "step 'A': Arguments.BatchStrategy: is 'Multi'; allowed are 'MultiRecord', 'SingleRecord'; did you "
            "mean 'MultiRecord'? [argument] (at Stack/P/A)"
        ),
    ),
    (
        lambda p: transform(p, assemble_with="x"),
        (
            "step 'A': Arguments.TransformOutput.AssembleWith: is 'x'; allowed are 'None', 'Line' [argument] (at "
            "Stack/P/A)"
        ),
    ),
    (
        lambda p: transform(p, input=TransformInput("s3://b/c", split_type="Lines")),
        (
            "step 'A': Arguments.TransformInput.SplitType: is 'Lines'; allowed are 'None', 'Line', 'RecordIO', "
            "'TFRecord'; did you mean 'Line'? [argument] (at Stack/P/A)"
        ),
    ),
]


@cases(REFUSED)
def test_refused_when_it_is_written(write: Write, text: str, pipeline: Pipeline) -> None:
    refused(write, text, pipeline)


@cases(NO_SUCH_CALL)
def test_refused_as_pythons_own_arguments_are(write: Write, text: str, pipeline: Pipeline) -> None:
    refused(write, text, pipeline, TypeError)


@cases(FOUND)
def test_found_when_it_is_synthesized(write: Write, text: str, pipeline: Pipeline) -> None:
    found(write, text, pipeline)
