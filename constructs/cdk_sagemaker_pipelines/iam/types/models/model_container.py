"""What a model's container is made of: its data, code and image, in a model and in a version of a group alike."""

from __future__ import annotations

from collections.abc import Iterator

from ....language.field import Field
from ...needs import Needs
from ...permissions import RUN_TIME, Permission
from ...s3_needs import READ
from ..base import named

_SOURCES = (("ModelDataSource", "S3DataSource"), ("AdditionalModelDataSources[]", "S3DataSource"))


def data(need: Needs, container: Field) -> Iterator[Permission]:
    """The model's archive or files."""
    read = need.read if container.at("Mode").value == "MultiModel" else need.read_object
    yield from read(container.at("ModelDataUrl"))
    for sources in (*_SOURCES, ("AdditionalS3DataSource",)):
        for source in container.every(*sources):
            # one object, all below a prefix, or what a manifest lists
            read = need.read_object if source.at("S3DataType").value == "S3Object" else need.read
            yield from read(source, "S3Uri")
            yield from need.read_object(source.at("ManifestS3Uri"))
            for manifest in source.every("ManifestS3Uri"):
                yield need.note(READ, "content of the manifest", RUN_TIME, manifest)


def hub_contents(container: Field) -> Iterator[Field]:
    """The hub content that the container's data is of."""
    for sources in _SOURCES:
        yield from container.every(*sources, "HubAccessConfig", "HubContentArn")


def runs(need: Needs, container: Field) -> Iterator[Permission]:
    """All that the role of a model needs to run the container."""
    yield from data(need, container)
    yield from need.read_object(container.at("Environment", "SAGEMAKER_SUBMIT_DIRECTORY"))
    yield from need.image(container.at("Image"))
    for content in hub_contents(container):
        yield from named.hub_content(need, content)
    for function in container.every("ImageConfig", "RepositoryAuthConfig", "RepositoryCredentialsProviderArn"):
        yield from need.invoke(function)
