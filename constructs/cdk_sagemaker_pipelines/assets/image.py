"""Container images: AWS's own by region and partition, from ECR, from a Dockerfile, or by URI."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import aws_cdk as cdk
from aws_cdk import CfnMapping, Stack
from constructs import Construct

from ..language import Expression, PipelineError
from ..language.expressions import has_placeholder
from ..language.later import later_pattern
from ..language.no_value import NoValue
from ..language.tokens import is_token
from ..properties.image_uris import ImageParts, image_uri_parts, is_aws_account
from ..undo import removing_new
from .shown import shown
from .workplace import Workplace

if TYPE_CHECKING:
    from aws_cdk import aws_ecr as ecr

ImageUse = Literal["training", "processing", "inference"]


class Image(NoValue):
    """The container image that a job or a model runs; create one with the static methods.

    ```python
    Image.xgboost("1.7-1")
    Image.pytorch("2.1", py_version="py310")
    Image.from_uri("111122223333.dkr.ecr.eu-west-1.amazonaws.com/jobs:1")
    ```

    The job's role may pull a private image; AWS's own images need no permission. The account, repository and tag of
    AWS's images depend on the region, the use and the instance type.
    """

    _follows_instances: ClassVar[bool] = False
    """Whether it may be another one for other instances."""

    if not TYPE_CHECKING:  # which see that there are no arguments
        __signature__ = inspect.Signature()

        def __new__(cls, *given: Any, **more: Any) -> Image:
            if cls is Image:
                raise TypeError(
                    "Image is made by one of its methods: Image.sklearn('1.2-1'), .xgboost, .pytorch, .tensorflow, "
                    ".huggingface, .framework, .algorithm, .from_ecr_repository, .from_asset or .from_uri"
                )
            return super().__new__(cls)

    def bind(self, scope: Construct, workplace: Workplace, use: ImageUse, instance_type: Any) -> str | Expression[str]:
        """The URI of the image; registers its owner with the workplace. Steps call this.

        Args:
            scope: The construct below which the image of an asset is created.
            workplace: What the pipeline knows of its stack, buckets, images and keys.
            use: What runs the image, such as "training" or "inference"; AWS has an image for each.
            instance_type: The type of the instances, which selects the CPU or GPU image.
        """
        raise NotImplementedError

    def __repr__(self) -> str:
        return "an Image"

    @staticmethod
    def framework(
        name: str,
        version: str,
        *,
        py_version: str | None = None,
        processor: str | None = None,
        base_version: str | None = None,
    ) -> Image:
        """One of AWS's framework images, such as ``Image.framework("pytorch", "2.1", py_version="py310")``.

        Args:
            name: The name of the framework as the SageMaker Python SDK writes it, such as "pytorch".
            version: The version of the framework, such as "2.1".
            py_version: The version of Python, such as "py310"; required if the version has images for several.
            processor: Whether the image is for "cpu" or "gpu"; required if the instance type is a parameter.
            base_version: The framework below a Hugging Face image, such as "pytorch2.1.0".
        """
        return _AwsImage(name, version, py_version, processor, base_version)

    @staticmethod
    def algorithm(name: str, version: str = "1") -> Image:
        """One of AWS's built-in algorithms, such as ``Image.algorithm("kmeans")``.

        Args:
            name: The name of the algorithm, such as "kmeans" or "blazingtext".
            version: The version of the algorithm's image, such as "1".
        """
        return _AwsImage(name, version, None, None, None)

    @staticmethod
    def sklearn(version: str) -> Image:
        """AWS's scikit-learn image, which runs scripts.

        Args:
            version: The version of the image, such as "1.2-1".
        """
        return _AwsImage("sklearn", version, None, None, None)

    @staticmethod
    def xgboost(version: str) -> Image:
        """AWS's XGBoost image: the built-in algorithm without code, a framework with code.

        Args:
            version: The version of the image, such as "1.7-1".
        """
        return _AwsImage("xgboost", version, None, None, None)

    @staticmethod
    def pytorch(version: str, *, py_version: str | None = None, processor: str | None = None) -> Image:
        """AWS's PyTorch image, which runs scripts.

        Args:
            version: The version of PyTorch, such as "2.1".
            py_version: The version of Python, such as "py310"; required if the version has images for several.
            processor: Whether the image is for "cpu" or "gpu"; required if the instance type is a parameter.
        """
        return _AwsImage("pytorch", version, py_version, processor, None)

    @staticmethod
    def tensorflow(version: str, *, py_version: str | None = None, processor: str | None = None) -> Image:
        """AWS's TensorFlow image, which runs scripts.

        Args:
            version: The version of TensorFlow, such as "2.13".
            py_version: The version of Python, such as "py310"; required if the version has images for several.
            processor: Whether the image is for "cpu" or "gpu"; required if the instance type is a parameter.
        """
        return _AwsImage("tensorflow", version, py_version, processor, None)

    @staticmethod
    def huggingface(
        version: str, *, base_version: str, py_version: str | None = None, processor: str | None = None
    ) -> Image:
        """AWS's Hugging Face image, which runs scripts.

        Args:
            version: The version of the library transformers, such as "4.28.1".
            base_version: The framework below it with its version, such as "pytorch2.0.0".
            py_version: The version of Python, such as "py310"; required if the version has images for several.
            processor: Whether the image is for "cpu" or "gpu"; required if the instance type is a parameter.
        """
        return _AwsImage("huggingface", version, py_version, processor, base_version)

    @staticmethod
    def from_ecr_repository(repository: ecr.IRepository, tag_or_digest: str = "latest") -> Image:
        """An image in a repository of ECR, which the job's role may pull.

        Args:
            repository: The repository, as a construct of CDK.
            tag_or_digest: The tag or the digest (``sha256:...``) of the image. ``latest`` changes, so prefer a version.

        Raises:
            PipelineError: Not a repository, or a tag that is not literal.
        """
        return _EcrImage(repository, tag_or_digest)

    @staticmethod
    def from_asset(directory: str | Path, **options: Any) -> Image:
        """An image that the CDK CLI builds from a Dockerfile and pushes when the stack is deployed.

        Args:
            directory: The folder with the Dockerfile, relative to the working directory of the app, or absolute.
            **options: Those of ``aws_ecr_assets.DockerImageAsset``. ``platform`` is linux/amd64 unless given, which
                SageMaker's instances run.

        Raises:
            PipelineError: There is no such Dockerfile.
        """
        if not isinstance(directory, (str, Path)):
            raise PipelineError(f"Image: the path of a folder with a Dockerfile is needed, not {shown(directory)}")
        folder = Path(directory)
        if not (folder / options.get("file", "Dockerfile")).is_file():
            raise PipelineError(f"Image: there is no {options.get('file', 'Dockerfile')} in {str(directory)!r}")
        return _AssetImage(folder, options)

    @staticmethod
    def from_uri(uri: str | Expression[str]) -> Image:
        """Any image by its URI, which may be a parameter.

        Args:
            uri: The URI, with a tag or digest. The pull of a literal URI in ECR is granted; for a parameter, grant it
                yourself.

        Raises:
            PipelineError: Not the URI of an image.
        """
        return _UriImage(uri)


class _AwsImage(Image):
    _follows_instances = True

    def __init__(
        self, name: str, version: str, py_version: str | None, processor: str | None, base_version: str | None
    ) -> None:
        self.name = name
        options = {"py_version": py_version, "processor": processor, "base_version": base_version}
        given = {what: value for what, value in options.items() if value is not None}
        for what, value in {"name": name, "version": version, **given}.items():
            if not isinstance(value, str) or has_placeholder(value):
                raise PipelineError(
                    f"Image: the {what} must be a literal text, since the image is chosen at synth, not {shown(value)}"
                )
        self.version = version
        self.options: Mapping[str, Any] = {
            "py_version": py_version,
            "processor": processor,
            "base_framework_version": base_version,
        }

    def bind(self, scope: Construct, workplace: Workplace, use: ImageUse, instance_type: Any) -> str:
        region = None if is_token(workplace.where.region) else workplace.where.region
        known = isinstance(instance_type, str) and not has_placeholder(instance_type) and not is_token(instance_type)
        parts = image_uri_parts(
            self.name,
            self.version,
            scope=use,
            region=region,
            instance_type=instance_type if known else None,
            **self.options,
        )
        if region is None:
            uri = f"{_registry_by_region(workplace.stack, self.name, parts)}/{parts.path}"
        else:
            uri = parts.uri(region)
        workplace.image_repositories[uri] = None
        return uri


def _registry_by_region(stack: Stack, name: str, parts: ImageParts) -> str:
    """The registry's host if the region is only known at deployment: a mapping in the template."""
    title = "".join(word.capitalize() for word in re.split(r"[^A-Za-z0-9]", name))
    construct_id = f"{title}{parts.registry_id}Images"
    removing_new(stack, construct_id)
    mapping = stack.node.try_find_child(construct_id) or CfnMapping(
        stack,
        construct_id,
        lazy=True,  # the lookup is by the deployment's region, never at synth
        mapping={
            region: {"registry": f"{account}.dkr.{parts.hosts[region]}"}
            for region, account in sorted(parts.accounts.items())
        },
    )
    assert isinstance(mapping, CfnMapping)
    return mapping.find_in_map(stack.region, "registry")


class _EcrImage(Image):
    def __init__(self, repository: ecr.IRepository, tag_or_digest: str) -> None:
        if not hasattr(repository, "repository_uri_for_tag_or_digest"):
            raise PipelineError(
                "Image: a repository such as ecr.Repository.from_repository_name(...) is needed, "
                f"not {shown(repository)}; for a URI write Image.from_uri(...)"
            )
        if not isinstance(tag_or_digest, str) or has_placeholder(tag_or_digest):
            raise PipelineError(f"Image: the tag or digest must be a literal text, not {shown(tag_or_digest)}")
        self.repository = repository
        self.tag_or_digest = tag_or_digest

    def bind(self, scope: Construct, workplace: Workplace, use: ImageUse, instance_type: Any) -> str:
        uri = self.repository.repository_uri_for_tag_or_digest(self.tag_or_digest)
        workplace.image_repositories[uri] = self.repository.repository_arn
        return uri


class _AssetImage(Image):
    def __init__(self, directory: Path, options: Mapping[str, Any]) -> None:
        self.directory = directory
        self.options = options

    def bind(self, scope: Construct, workplace: Workplace, use: ImageUse, instance_type: Any) -> str:
        # if the Dockerfile is at the app's root, the assembly is in its folder and would contain itself
        exclude = ["cdk.out", *self.options.get("exclude", ())]
        options = {"platform": cdk.aws_ecr_assets.Platform.LINUX_AMD64, **self.options, "exclude": exclude}
        # each container of a step may have an image of its own
        construct_id = next(name for name in _ids("Image") if scope.node.try_find_child(name) is None)
        asset = cdk.aws_ecr_assets.DockerImageAsset(
            scope, construct_id, directory=str(self.directory.absolute()), **options
        )
        workplace.image_repositories[asset.image_uri] = asset.repository.repository_arn
        workplace.note_file(scope.node.id, asset.asset_hash, "Dockerfile")
        return asset.image_uri


def _ids(name: str) -> Iterator[str]:
    yield name
    for number in count(2):
        yield f"{name}{number}"


_URI = later_pattern(r"[A-Za-z0-9][A-Za-z0-9._\-/:@]{0,254}")
"""The characters of a registry's host and port, repository, tag and digest; the service takes 255."""


class _UriImage(Image):
    def __init__(self, uri: str | Expression[str]) -> None:
        if not isinstance(uri, (str, Expression)) or not uri_is_given(uri):
            raise PipelineError(f"Image: a URI is needed, not {shown(uri)}")
        if isinstance(uri, str) and not (has_placeholder(uri) or is_token(uri)) and not _URI.fullmatch(uri):
            raise PipelineError(
                f"Image: {shown(uri)} is not the URI of an image such as "
                "'111122223333.dkr.ecr.eu-west-1.amazonaws.com/jobs:1'"
            )
        self.uri = uri

    def bind(self, scope: Construct, workplace: Workplace, use: ImageUse, instance_type: Any) -> str | Expression[str]:
        if isinstance(self.uri, str) and is_aws_account(self.uri.partition(".")[0]):
            workplace.image_repositories[self.uri] = None
        return self.uri


def uri_is_given(uri: str | Expression[str]) -> bool:
    """Whether a URI is an expression or a non-empty text."""
    return isinstance(uri, Expression) or bool(uri)


def serves_scripts_from_s3(image: Image) -> bool:
    """Whether the image's serving container fetches inference code itself, without a repacked model archive."""
    return not isinstance(image, _AwsImage) or image.name in ("sklearn", "xgboost")
