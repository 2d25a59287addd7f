"""Where the images of SageMaker's frameworks and built-in algorithms are in ECR, by version, purpose and processor.

Source: the tables of the SageMaker Python SDK (``image_uris.retrieve``), reduced by scripts/generate_images.py. Images
for Inferentia and Trainium are not in them. Whether ECR has an image in a region is not known here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from cdk_sagemaker_pipelines.language import PipelineError, choices, did_you_mean
from cdk_sagemaker_pipelines.properties.regions import dns_suffix, regions

GRAVITON_FAMILIES = frozenset({"m6g", "m6gd", "c6g", "c6gd", "c6gn", "c7g", "r6g", "r6gd"})
# their tags may end with a version that the table does not have, such as 'v1' and 'cu121'
WITH_CONTAINER_VERSION = ("spark", "pytorch-smp")


class ImageParts(NamedTuple):
    """The parts of an image's URI; only the account and the DNS suffix differ by region."""

    registry_id: int
    """The same for images with the same accounts, within one version of the table."""
    accounts: Mapping[str, str]
    """The account that owns the repository, by region."""
    repository: str
    tag: str
    """The tag; empty if the repository only has one image."""

    @property
    def hosts(self) -> Mapping[str, str]:
        """ECR's host name without the account, by region."""
        return {region: _host(region) for region in self.accounts}

    @property
    def path(self) -> str:
        """Repository and tag."""
        return f"{self.repository}:{self.tag}" if self.tag else self.repository

    def uri(self, region: str) -> str:
        """The whole URI in a region."""
        return f"{self.accounts[region]}.dkr.{_host(region)}/{self.path}"


def _host(region: str) -> str:
    return f"ecr.{region}.{dns_suffix(region)}"


@cache
def _data() -> Any:
    return json.loads(Path(__file__).with_name("image_data.json").read_text(encoding="utf-8"))


def frameworks() -> tuple[str, ...]:
    """The names of the frameworks and algorithms."""
    return tuple(_data()["images"])


def is_aws_account(account: str) -> bool:
    """Whether the account owns some of these images, in any region."""
    return any(account in accounts.values() for accounts in _data()["registries"])


@cache
def _accounts() -> Mapping[tuple[str, str], frozenset[str]]:
    """The accounts that own a repository in a region, by both; several where versions of an image have moved."""
    found: dict[tuple[str, str], set[str]] = {}
    for tables in _data()["images"].values():
        images = (image for table in tables for group in table["versions"].values() for image in group)
        for repository, registry in {(image["repository"], image["registry"]) for image in images}:
            for region, account in _data()["registries"][registry].items():
                found.setdefault((repository, region), set()).add(account)
    return {key: frozenset(accounts) for key, accounts in found.items()}


def owners(repository: str, region: str) -> frozenset[str]:
    """The accounts from which AWS serves a repository of the tables in a region; none if it is not served there."""
    return _accounts().get((repository, region), frozenset())


def image_uri_parts(
    framework: str,
    version: str | None,
    *,
    scope: str,
    region: str | None = None,
    instance_type: str | None = None,
    processor: str | None = None,
    py_version: str | None = None,
    base_framework_version: str | None = None,
    container_version: str | None = None,
) -> ImageParts:
    """The account by region, the repository and the tag of an image. Raises ``PipelineError``.

    ``scope`` is ``training``, ``inference`` or ``processing``, which takes the training image where there is no other;
    a framework with images for one purpose ignores it. ``version`` may be a short form such as ``2.1``, which the tag
    keeps, and None where only one exists. Where images differ by processor, ``instance_type`` or ``processor`` chooses.
    ``py_version`` is needed where several exist. With ``region``, the image must be available there.
    ``base_framework_version``, such as ``pytorch2.0.0``, is for ``huggingface``, whose version is that of transformers.
    """
    family = _family(instance_type)
    if framework == "huggingface":
        framework, version = _hugging_face(version, base_framework_version)
    tables = _one(framework, _data()["images"], "the framework")
    table = _table(framework, tables, "inference_graviton" if family in GRAVITON_FAMILIES else scope)
    versions, aliases = table["versions"], table["aliases"]
    if version is None and len(versions) == 1:
        version = str(next(iter(versions)))
    number = aliases.get(version, version)
    images = _one(number, versions, f"the version of {framework}", [*versions, *aliases])
    image, python = _image(framework, images, py_version)

    accounts: Mapping[str, str] = _data()["registries"][image["registry"]]
    if region is not None:
        _refuse_elsewhere(" ".join(filter(None, (framework, version))), region, accounts)
    chip = _processor(framework, image.get("processors"), family, processor)
    if container_version and framework not in WITH_CONTAINER_VERSION:
        raise PipelineError(f"container_version is for {choices(WITH_CONTAINER_VERSION)}, not for {framework}")
    suffix = image.get("suffixes", {}).get(chip) or container_version
    named = None if chip == image.get("unnamed_processor") else chip
    tag = "-".join(part for part in (image.get("tag", version), named, python, suffix) if part)
    return ImageParts(image["registry"], accounts, image["repository"], tag)


def image_registries(framework: str) -> Mapping[str, str]:
    """The registry of a framework's newest training image, by region."""
    table = next(table for table in _data()["images"][framework] if "inference" not in table["scopes"][:1])
    image = next(reversed(table["versions"].values()))[0]
    accounts: Mapping[str, str] = _data()["registries"][image["registry"]]
    return {region: f"{account}.dkr.{_host(region)}" for region, account in accounts.items()}


class NamedImage(NamedTuple):
    """What ``image_uri_parts`` takes for an image."""

    framework: str
    version: str
    options: Mapping[str, str]
    """``py_version`` and ``processor``, where they are needed."""


def named_image(uri: str, *, scope: str, instance_type: str | None = None) -> NamedImage | None:
    """What gives the URI of an image; None where nothing in the tables does. Hugging Face's are not looked for."""
    match = re.fullmatch(r"\d{12}\.dkr\.ecr\.([a-z0-9\-]+)\.amazonaws\.com(?:\.cn)?/([^:]+)(?::(.+))?", uri)
    if match is None:
        return None
    region, repository, tag = match.groups()
    for framework, tables in _data()["images"].items():
        for table in tables:
            for version, images in table["versions"].items():
                of_repository = [image for image in images if image["repository"] == repository]
                if not of_repository or not str(tag or "").startswith(str(of_repository[0].get("tag", version))):
                    continue
                for options in _options(of_repository):
                    with suppress(PipelineError):
                        parts = image_uri_parts(
                            framework, version, scope=scope, region=region, instance_type=instance_type, **options
                        )
                        if parts.uri(region) == uri:
                            return NamedImage(framework, version, options)
    return None


def _options(images: Iterable[Any]) -> Iterator[dict[str, str]]:
    """What may have to be said of images besides their version, the least first."""
    pythons = dict.fromkeys(python for image in images for python in image.get("py_versions", ()))
    for processor in ("", "cpu", "gpu"):
        for python in ("", *pythons):
            given = {"py_version": python, "processor": processor}
            yield {name: value for name, value in given.items() if value}


def _hugging_face(version: str | None, base: str | None) -> tuple[str, str]:
    """The family in the table, which has one per underlying framework, and both versions as they are in the tag."""
    match = re.fullmatch(r"(pytorch|tensorflow)([0-9.]+)", base or "")
    if match is None or version is None:
        raise PipelineError(
            f"huggingface is version {version!r} on {base!r}; needs transformers' version, such as '4.28.1', and as "
            "base_framework_version the underlying framework, such as 'pytorch2.0.0'"
        )
    return f"huggingface-{match.group(1)}", f"{match.group(2)}-transformers{version}"


def _table(framework: str, tables: list[Any], scope: str) -> Any:
    by_scope = {name: table for table in tables for name in table["scopes"]}
    if len(by_scope) == 1 and scope != "inference_graviton":
        return tables[0]
    if scope == "processing" and scope not in by_scope:
        scope = "training"
    return _one(scope, by_scope, f"the purpose of {framework}")


def _image(framework: str, images: list[Any], py_version: str | None) -> tuple[Any, str | None]:
    """The image for a version of Python, and that version if the tag names it."""
    by_python = {python: image for image in images for python in image.get("py_versions", ())}
    if not by_python or (py_version is None and images[0].get("py_version_is_optional")):
        return images[0], None
    if py_version is None and len(by_python) == 1:
        py_version = next(iter(by_python))
    return _one(py_version, by_python, f"py_version of {framework}"), py_version


def _family(instance_type: str | None) -> str | None:
    if instance_type is None:
        return None
    match = re.fullmatch(r"ml[._]([a-z0-9\-]+)(\.\w+)?", instance_type)
    if match is None:
        raise PipelineError(f"instance_type {instance_type!r} must be of the form 'ml.m5.xlarge'")
    return match.group(1)


def _processor(framework: str, allowed: list[str] | None, family: str | None, processor: str | None) -> str | None:
    if not allowed:
        return None
    if processor is None and family is None:
        if len(allowed) == 1:
            return allowed[0]
        raise PipelineError(
            f"{framework} has images for {choices(allowed)}; choose by processor= of the image, or by a literal "
            "instance_type"
        )
    if processor is None:
        kinds = (("inf", "inf"), ("trn", "trn"), ("g", "gpu"), ("p", "gpu"))
        first = next((kind for start, kind in kinds if str(family).startswith(start)), "cpu")
        processor = family if family in allowed else first
    if processor not in allowed:
        what = f"instance family {family!r} has processor {processor!r}" if family else f"processor {processor!r}"
        raise PipelineError(f"{framework}: {what}, but there are only images for {choices(allowed)}")
    return processor


def _refuse_elsewhere(image: str, region: str, accounts: Mapping[str, str]) -> None:
    """Raises if there is no image in the region; a valid region is not treated as a typo."""
    if region in accounts:
        return
    if region in regions():
        raise PipelineError(
            f"the region of {image} is {region!r}, for which the SageMaker SDK's tables have no image; they have some "
            f"for {choices(sorted(accounts), len(accounts))}; elsewhere, copy one into your own repository and "
            "write Image.from_ecr_repository(...)"
        )
    _one(region, accounts, f"the region of {image}")


def _one(key: Any, options: Mapping[Any, Any], what: str, names: Iterable[str] | None = None) -> Any:
    if key in options:
        return options[key]
    listed = list(options) if names is None else list(names)
    if key is None:
        raise PipelineError(f"{what} is needed; there are {choices(listed, 20)}")
    raise PipelineError(f"{what} is {key!r}; there are {choices(listed, 20)}{did_you_mean(str(key), listed)}")
