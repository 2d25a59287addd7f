"""Images in a stack: by region and partition, from ECR, from a Dockerfile, by URI, and what jobs may pull."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecr_assets as ecr_assets

from cdk_sagemaker_pipelines import Image, ModelStep, Parameter, Pipeline, RegisterModelStep, TrainingStep
from tests.steps.support import arguments, errors, processing


def app_in(tmp_path: Path, region: str | None, account: str | None = "111122223333") -> tuple[cdk.App, cdk.Stack]:
    app = cdk.App(outdir=str(tmp_path / "out"), analytics_reporting=False)
    env = cdk.Environment(account=account, region=region) if region else None
    return app, cdk.Stack(app, "Stack", env=env)


def image_of(step: Any) -> Any:
    return arguments(step)["AppSpecification"]["ImageUri"]


def statements(app: cdk.App, step: str) -> list[dict[str, Any]]:
    """What the role of a step may do."""
    resources = app.synth().get_stack_by_name("Stack").template["Resources"]
    (role,) = (
        resource for name, resource in resources.items() if resource["Type"] == "AWS::IAM::Role" and step in name
    )
    found: list[dict[str, Any]] = role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    return found


def pulls(app: cdk.App, step: str = "Prepare") -> list[Any]:
    """The repositories that the role of a step may pull from."""
    found = [statement for statement in statements(app, step) if "ecr:BatchGetImage" in statement["Action"]]
    for statement in found:
        assert statement["Action"] == [
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:GetDownloadUrlForLayer",
        ]
    tokens = [statement for statement in statements(app, step) if statement["Action"] == "ecr:GetAuthorizationToken"]
    assert [statement["Resource"] for statement in tokens] == ["*"] * bool(found)
    return [statement["Resource"] for statement in found]


@pytest.mark.parametrize(
    ("region", "uri"),
    [
        ("eu-west-1", "141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"),
        ("cn-north-1", "450853457545.dkr.ecr.cn-north-1.amazonaws.com.cn/sagemaker-scikit-learn:1.2-1-cpu-py3"),
        ("us-gov-west-1", "414596584902.dkr.ecr.us-gov-west-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"),
    ],
)
def test_an_aws_image_in_a_region(region: str, uri: str, tmp_path: Path) -> None:
    app, stack = app_in(tmp_path, region)
    pipeline = Pipeline(stack, "P")
    step = processing(pipeline, image=Image.sklearn("1.2-1"), inputs={"x": "s3://bucket/x/"})
    assert image_of(step) == uri
    assert pulls(app) == [], "AWS's own images need no permission"
    assert "Mappings" not in app.synth().get_stack_by_name("Stack").template


def test_a_region_without_the_image(tmp_path: Path) -> None:
    _, stack = app_in(tmp_path, "mars-north-1")
    with pytest.raises(ValueError, match=r"/P/Prepare': the region of sklearn 1\.2-1 is 'mars-north-1'; there are "):
        processing(Pipeline(stack, "P"), image=Image.sklearn("1.2-1"))


def test_a_stack_for_any_region_has_a_mapping_for_each_registry(tmp_path: Path) -> None:
    app, stack = app_in(tmp_path, None)
    pipeline = Pipeline(stack, "P")
    steps = [
        processing(pipeline, "One", image=Image.sklearn("1.2-1")),
        processing(pipeline, "Two", image=Image.sklearn("1.0-1")),
        processing(pipeline, "Three", image=Image.pytorch("2.1"), instance_type="ml.g5.xlarge"),
    ]
    other = Pipeline(stack, "Q")
    steps.append(processing(other, "Four", image=Image.sklearn("1.2-1")))
    uris = [image_of(step) for step in steps]

    def uri(mapping: str, path: str) -> dict[str, Any]:
        host = {"Fn::FindInMap": [mapping, {"Ref": "AWS::Region"}, "registry"]}
        return {"Fn::Join": ["", [host, f"/{path}"]]}

    template = app.synth().get_stack_by_name("Stack").template
    one, two = sorted(template["Mappings"])
    assert (one[:7], two[:7]) == ("Pytorch", "Sklearn")
    assert uris == [
        uri(two, "sagemaker-scikit-learn:1.2-1-cpu-py3"),
        uri(two, "sagemaker-scikit-learn:1.0-1-cpu-py3"),
        uri(one, "pytorch-training:2.1-gpu-py310"),
        uri(two, "sagemaker-scikit-learn:1.2-1-cpu-py3"),
    ]
    registries = {region: values["registry"] for region, values in template["Mappings"][two].items()}
    assert registries["eu-west-1"] == "141502667606.dkr.ecr.eu-west-1.amazonaws.com"
    assert registries["cn-north-1"] == "450853457545.dkr.ecr.cn-north-1.amazonaws.com.cn"
    assert pulls(app, "One") == []


@pytest.mark.parametrize(
    ("instance_type", "tag"),
    [("ml.g5.xlarge", "2.1-gpu-py310"), ("ml.m5.xlarge", "2.1-cpu-py310")],
)
def test_the_instance_type_selects_the_image(instance_type: str, tag: str, pipeline: Pipeline) -> None:
    image = Image.pytorch("2.1")
    repository = "763104351884.dkr.ecr.eu-west-1.amazonaws.com/pytorch"
    job: dict[str, Any] = {"image": image, "instance_type": instance_type}
    model = ModelStep(pipeline, "Model", **job)
    register = RegisterModelStep(pipeline, "Register", model_package_group="g", **job)
    training = TrainingStep(pipeline, "Train", **job)
    assert image_of(processing(pipeline, **job)) == f"{repository}-training:{tag}"
    assert arguments(training)["AlgorithmSpecification"]["TrainingImage"] == f"{repository}-training:{tag}"
    assert arguments(model)["PrimaryContainer"]["Image"] == f"{repository}-inference:{tag}"
    specification = arguments(register)["InferenceSpecification"]
    assert specification["Containers"][0]["Image"] == f"{repository}-inference:{tag}"


def test_the_processor_selects_the_image_if_the_instance_type_is_a_parameter(pipeline: Pipeline) -> None:
    step = processing(
        pipeline,
        image=Image.pytorch("2.1", processor="gpu", py_version="py310"),
        instance_type=Parameter.string("Type", default="ml.g5.xlarge"),
    )
    assert image_of(step).endswith("/pytorch-training:2.1-gpu-py310")


@pytest.mark.parametrize(
    ("image", "path"),
    [
        (Image.xgboost("1.7-1"), "sagemaker-xgboost:1.7-1"),
        (Image.tensorflow("2.13", py_version="py310"), "tensorflow-training:2.13-cpu-py310"),
        (Image.algorithm("kmeans"), "kmeans:1"),
        (Image.framework("mxnet", "1.9.0", py_version="py38"), "mxnet-training:1.9.0-cpu-py38"),
    ],
)
def test_the_methods_of_image(image: Image, path: str, pipeline: Pipeline) -> None:
    step = TrainingStep(pipeline, "Train", image=image, instance_type="ml.m5.xlarge")
    assert arguments(step)["AlgorithmSpecification"]["TrainingImage"].partition("/")[2] == path


def test_hugging_face_has_two_versions(pipeline: Pipeline) -> None:
    image = Image.huggingface("4.28.1", base_version="pytorch2.0.0")
    step = TrainingStep(pipeline, "Train", image=image, instance_type="ml.g5.xlarge")
    uri = arguments(step)["AlgorithmSpecification"]["TrainingImage"]
    assert uri.partition("/")[2].startswith("huggingface-pytorch-training:2.0.0-transformers4.28.1-gpu-py310")


# -- images of one's own -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tag", "end"), [("1.0", ":1.0"), ("latest", ":latest"), (f"sha256:{'0' * 64}", f"@sha256:{'0' * 64}")]
)
def test_a_repository(tag: str, end: str, tmp_path: Path) -> None:
    app, stack = app_in(tmp_path, "eu-west-1")
    repository = ecr.Repository.from_repository_name(stack, "Repository", "team/tools")
    step = processing(Pipeline(stack, "P"), image=Image.from_ecr_repository(repository, tag))
    text = json.dumps(image_of(step))
    assert "111122223333.dkr.ecr.eu-west-1." in text
    assert f"/team/tools{end}" in text
    (resource,) = pulls(app)
    assert ":ecr:eu-west-1:111122223333:repository/team/tools" in json.dumps(resource)


def test_a_repository_of_the_same_stack(tmp_path: Path) -> None:
    app, stack = app_in(tmp_path, "eu-west-1")
    repository = ecr.Repository(stack, "Repository")
    processing(Pipeline(stack, "P"), image=Image.from_ecr_repository(repository, "1"))
    (resource,) = pulls(app)
    assert resource == {"Fn::GetAtt": [stack.get_logical_id(repository.node.default_child), "Arn"]}  # type: ignore[arg-type]


def test_a_dockerfile(tmp_path: Path) -> None:
    app, stack = app_in(tmp_path, "eu-west-1")
    (tmp_path / "image").mkdir()
    (tmp_path / "image" / "Dockerfile").write_text("FROM scratch\n")
    step = processing(Pipeline(stack, "P"), image=Image.from_asset(tmp_path / "image"))
    text = json.dumps(image_of(step))
    assert "cdk-hnb659fds-container-assets-111122223333-eu-west-1" in text
    (resource,) = pulls(app)
    assert "repository/cdk-hnb659fds-container-assets-111122223333-eu-west-1" in json.dumps(resource)
    assets = json.loads((tmp_path / "out" / "Stack.assets.json").read_text(encoding="utf-8"))["dockerImages"]
    (asset,) = assets.values()
    # SageMaker's instances, whatever the machine is that builds
    assert asset["source"]["platform"] == "linux/amd64"


def test_the_options_of_a_dockerfile(tmp_path: Path) -> None:
    app, stack = app_in(tmp_path, "eu-west-1")
    (tmp_path / "gpu.Dockerfile").write_text("FROM scratch\n")
    (tmp_path / "secret.txt").write_text("x")
    image = Image.from_asset(
        tmp_path,  # the folder that holds the assembly, too
        file="gpu.Dockerfile",
        build_args={"A": "1"},
        exclude=["secret.txt", "out"],
        platform=ecr_assets.Platform.LINUX_ARM64,
    )
    processing(Pipeline(stack, "P"), image=image)
    app.synth()
    assets = json.loads((tmp_path / "out" / "Stack.assets.json").read_text(encoding="utf-8"))["dockerImages"]
    (asset,) = assets.values()
    assert asset["source"]["dockerFile"] == "gpu.Dockerfile"
    assert asset["source"]["dockerBuildArgs"] == {"A": "1"}
    assert asset["source"]["platform"] == "linux/arm64"
    assert not (tmp_path / "out" / asset["source"]["directory"] / "secret.txt").exists()


@pytest.mark.parametrize(
    ("uri", "repository"),
    [
        ("444455556666.dkr.ecr.eu-west-1.amazonaws.com/a/b:1", ":ecr:eu-west-1:444455556666:repository/a/b"),
        ("444455556666.dkr.ecr.us-east-1.amazonaws.com/a@sha256:0", ":ecr:us-east-1:444455556666:repository/a"),
        ("763104351884.dkr.ecr.eu-west-1.amazonaws.com/pytorch-training:2.1-cpu-py310", None),
        ("public.ecr.aws/docker/library/python:3.11", None),
    ],
)
def test_a_uri(uri: str, repository: str | None, tmp_path: Path) -> None:
    # an image is of the region that its URI tells, or synthesis refuses it
    app, stack = app_in(tmp_path, "us-east-1" if "us-east-1" in uri else "eu-west-1")
    step = processing(Pipeline(stack, "P"), image=Image.from_uri(uri))
    assert image_of(step) == uri
    found = pulls(app)
    assert len(found) == (repository is not None)
    assert repository is None or json.dumps(found[0]).endswith(f'{repository}"]]}}') or found[0].endswith(repository)


def test_a_uri_from_a_parameter(tmp_path: Path) -> None:
    app, stack = app_in(tmp_path, "eu-west-1")
    pipeline = Pipeline(stack, "P")
    step = processing(pipeline, image=Image.from_uri(Parameter.string("Image")))
    assert image_of(step) == {"Get": "Parameters.Image"}
    assert pulls(app) == []
    assert errors(pipeline) == []
