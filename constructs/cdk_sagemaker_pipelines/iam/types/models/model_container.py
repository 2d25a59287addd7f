"""What a model's container is made of: its data, code and image, in a model and in a version of a group alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...following import every
from ...needs import READ, Needs, member
from ...permissions import RUN_TIME, Permission
from ..base import named

_SOURCES = (("ModelDataSource", "S3DataSource"), ("AdditionalModelDataSources[]", "S3DataSource"))


def data(need: Needs, container: Mapping[str, Any], where: str) -> Iterator[Permission]:
    """The model's archive or files."""
    read = need.read if container.get("Mode") == "MultiModel" else need.read_object
    yield from read(container.get("ModelDataUrl"), f"{where}.ModelDataUrl")
    for sources in (*_SOURCES, ("AdditionalS3DataSource",)):
        for place, source in every(container, *sources, where=where):
            # one object, all below a prefix, or what a manifest lists
            read = need.read_object if member(source, "S3DataType") == "S3Object" else need.read
            yield from read(member(source, "S3Uri"), place)
            manifest = member(source, "ManifestS3Uri")
            yield from need.read_object(manifest, f"{place}.ManifestS3Uri")
            if manifest is not None:
                yield need.note(READ, "content of the manifest", RUN_TIME, f"{place}.ManifestS3Uri")


def hub_contents(container: Any, where: str) -> Iterator[tuple[str, Any]]:
    """The hub content that the container's data is of, with its path."""
    for sources in _SOURCES:
        yield from every(container, *sources, "HubAccessConfig", "HubContentArn", where=where)


def runs(need: Needs, container: Mapping[str, Any], where: str) -> Iterator[Permission]:
    """All that the role of a model needs to run the container."""
    yield from data(need, container, where)
    code = member(container, "Environment", "SAGEMAKER_SUBMIT_DIRECTORY")
    yield from need.read_object(code, f"{where}.Environment.SAGEMAKER_SUBMIT_DIRECTORY")
    yield from need.image(container.get("Image"), f"{where}.Image")
    for place, content in hub_contents(container, where):
        yield from named.hub_content(need, content, place)
    registry = ("ImageConfig", "RepositoryAuthConfig", "RepositoryCredentialsProviderArn")
    for place, function in every(container, *registry, where=where):
        yield from need.invoke(function, place)
