"""Models and model packages.

Source: API shapes ``CreateModelInput``, ``ContainerDefinition`` and ``CreateModelPackageInput``; the SDK's model steps.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ....field import Field
from ....findings import Finding
from ...over import over
from ...subject import Subject

_ARTIFACTS = re.compile(r"Steps\.([A-Za-z0-9_-]+)\.ModelArtifacts\.S3ModelArtifacts")
"""What reads the model of a training step."""

_OF_A_PACKAGE = ("Image", "ModelDataUrl", "ModelDataSource")


def _containers(arguments: Field) -> list[Field]:
    places = [arguments.at("PrimaryContainer"), *arguments.at("Containers").items()]
    return [field for field in places if field.is_object]


@over("Model")
def model_containers(arguments: Field) -> Iterator[Finding]:
    """A model is one container or several."""
    yield from arguments.exactly_one("model-containers", "PrimaryContainer", "Containers")
    execution = arguments.at("InferenceExecutionConfig")
    if execution.given and arguments.at("PrimaryContainer").given:
        text = "is for how several containers work together, but there is only the PrimaryContainer"
        yield execution.finding("model-containers", text, "warning")


@over("Model")
def model_sources(arguments: Field) -> Iterator[Finding]:
    """A container has an image or comes from a package, and has its data from one place."""
    for container in _containers(arguments):
        if not container.at("Image").given and not container.at("ModelPackageName").given:
            yield container.finding("model-source", "needs the member 'Image' or 'ModelPackageName'")
        package = container.at("ModelPackageName")
        if (package.name or "").startswith("arn:") and ":model-package-group/" in str(package.name):
            yield package.finding(
                "model-source", "is the ARN of a group; give that of a version in it, '.../<version>'"
            )
        own = [member for member in _OF_A_PACKAGE if package.given and container.at(member).given]
        if own:
            text = f"a version has an image and data of its own; leave out {' and '.join(own)}"
            yield container.finding("model-source", text, "warning")
        if container.at("ModelDataUrl").given and container.at("ModelDataSource").given:
            text = "has ModelDataUrl and ModelDataSource; give one of them"
            yield container.finding("model-source", text, "warning")


def model_compression(subject: Subject) -> Iterator[Finding]:
    """An archive is read as one, and files as files: what a training writes and what a container takes are the same."""
    for type in ("Model", "RegisterModel") if subject.model is not None else ():
        for step in subject.by_type.get(type, ()):
            arguments = Field.of_arguments(step)
            for container in (*_containers(arguments), *arguments.at("InferenceSpecification", "Containers").items()):
                yield from _compression(subject, container)


def _compression(subject: Subject, container: Field) -> Iterator[Finding]:
    archive, source = container.at("ModelDataUrl"), container.at("ModelDataSource", "S3DataSource")
    wrote = _written(subject, archive)
    if wrote == "NONE":
        text = "needs an archive, but the training writes its model as files (its output has CompressionType NONE)"
        yield archive.finding("model-compression", f"{text}; give the container a ModelDataSource instead")
    wrote = _written(subject, source.at("S3Uri"))
    if wrote == "GZIP" and source.at("CompressionType").text == "None":
        text = "is read as the files of a model, but the training writes an archive; give it the CompressionType NONE"
        yield source.at("S3Uri").finding("model-compression", text)


def _written(subject: Subject, uri: Field) -> str | None:
    """How the training compresses the model whose URI is read; None where it is not known."""
    get = uri.value.get("Get") if isinstance(uri.value, dict) else None
    found = _ARTIFACTS.fullmatch(get) if isinstance(get, str) else None
    training = subject.definition.find(found[1]) if found else None
    if training is None or training.type != "Training":
        return None
    compression = Field.of_arguments(training).at("OutputDataConfig", "CompressionType")
    return compression.text if compression.given else "GZIP"


@over("Model")
def additional_model_data(arguments: Field) -> Iterator[Finding]:
    """Additional data for a container is in the API, but perhaps not allowed in pipelines."""
    for container in _containers(arguments):
        additional = container.at("AdditionalModelDataSources")
        if additional.given:
            text = (
                "sources disagree on whether a pipeline can: CreateModel takes it, in 2025 the service refused it in "
                "a Model step; to be safe, put the data into the archive of ModelDataUrl"
            )
            yield additional.finding("additional-model-data", text, "warning")


@over("Model")
def model_hostnames(arguments: Field) -> Iterator[Finding]:
    """Either all or none of several containers have a host name."""
    listed = [container for container in arguments.at("Containers").items() if container.is_object]
    without = [container for container in listed if not container.at("ContainerHostname").given]
    for container in without if len(without) < len(listed) else ():
        yield container.finding(
            "model-hostname", "needs the member 'ContainerHostname', since another container has one"
        )


@over("RegisterModel")
def model_packages(arguments: Field) -> Iterator[Finding]:
    """A pipeline registers versions in a group."""
    group, name = arguments.at("ModelPackageGroupName"), arguments.at("ModelPackageName")
    if name.given and group.given:
        yield name.finding("model-package", "is for packages outside a group; leave it out")
    elif name.given:
        text = "registers a package without versions, which the SDK leaves out in pipelines; give ModelPackageGroupName"
        yield name.finding("model-package", text, "warning")
    elif not group.given:
        yield arguments.finding("model-package", "needs the member 'ModelPackageGroupName'")


@over("RegisterModel")
def model_package_tags(arguments: Field) -> Iterator[Finding]:
    """A version has the tags of its group."""
    tags = arguments.at("Tags")
    if arguments.at("ModelPackageGroupName").given and tags.items():
        yield tags.finding("model-package-tags", "a version has the tags of its group and takes none of its own")


@over("RegisterModel")
def model_package_sources(arguments: Field) -> Iterator[Finding]:
    """A package specifies what it is made of."""
    sources = ("InferenceSpecification", "SourceAlgorithmSpecification", "SourceUri")
    if not any(arguments.at(name).given for name in sources):
        text = "has no InferenceSpecification, so it cannot be deployed"
        yield arguments.finding("model-package-source", text, "warning")
