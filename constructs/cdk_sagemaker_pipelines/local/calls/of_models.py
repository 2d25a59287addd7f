"""The values of models and of their versions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from .attempt import Attempt, Use
from .named import cased, hub
from .places import code, file, images, is_place, read, written

_CONTAINERS = ("PrimaryContainer", "Containers[]")
_VERSIONS = ("InferenceSpecification.Containers[]", "AdditionalInferenceSpecifications[].Containers[]")
_ALGORITHMS = "SourceAlgorithmSpecification.SourceAlgorithms[]"


def model(attempt: Attempt) -> Iterator[Use]:
    """A model."""
    role = attempt.role_arn(attempt.text("ExecutionRoleArn"))
    vpc = ("vpc",) if attempt.has("VpcConfig") else ()
    yield attempt.use({"step": attempt.job_name, "job_role": role}, *vpc, model=role)
    for image in images(attempt, *(f"{each}.Image" for each in _CONTAINERS)):
        yield attempt.use(image, "private image", model=role)
    for each in _CONTAINERS:
        for container in attempt.every(each):
            yield from _container(replace(attempt, arguments=container), role)


def _container(attempt: Attempt, role: str) -> Iterator[Use]:
    for uri in filter(is_place, attempt.texts("ModelDataUrl")):
        if attempt.text("Mode") == "MultiModel":
            yield attempt.use(read(attempt, "models", uri), model=role)
        else:
            yield attempt.use(file(attempt, "model", uri), model=role)
    for source in ("ModelDataSource.S3DataSource", "AdditionalModelDataSources[].S3DataSource"):
        for found in attempt.every(source):
            uri = found.get("S3Uri")
            if is_place(uri) and found.get("S3DataType") == "S3Object":
                yield attempt.use(file(attempt, "model", uri), model=role)
            elif is_place(uri):
                yield attempt.use(read(attempt, "models", uri), model=role)
            content = (found.get("HubAccessConfig") or {}).get("HubContentArn")
            if content:
                yield attempt.use(hub(content), "hub", model=role)
    submitted = attempt.text("Environment.SAGEMAKER_SUBMIT_DIRECTORY")
    if is_place(submitted):
        yield attempt.use(code("code", submitted), model=role)
    for function in attempt.texts("ImageConfig.RepositoryAuthConfig.RepositoryCredentialsProviderArn"):
        yield attempt.use({"registry_function": function}, model=role)
    for package in attempt.texts("ModelPackageName"):
        owner, _, name = package.partition(":model-package/")
        if owner == attempt.arn("sagemaker", "").removesuffix(":"):
            group, _, version = name.partition("/")
            yield attempt.use({"group": group, "version": version or None}, model=role)
            registered = attempt.known.described("ModelPackage", package) or {}
            yield from _registered(replace(attempt, arguments=registered), role)
        else:
            yield attempt.use({"package": package}, model=role)


def _registered(attempt: Attempt, role: str) -> Iterator[Use]:
    """What a model has from the version that it is made of."""
    for image in images(attempt, f"{_VERSIONS[0]}.Image"):
        yield attempt.use(image, "private image", model=role)
    for container in attempt.every(_VERSIONS[0]):
        yield from _container(replace(attempt, arguments=container), role)


def register_model(attempt: Attempt) -> Iterator[Use]:
    """A version of a model, with the role that tries it out, if one does."""
    role = attempt.role_arn(attempt.text("ValidationSpecification.ValidationRole"))
    yield attempt.use({**_group(attempt), "validation_role": role}, validation=role)
    for image in images(attempt, *(f"{each}.Image" for each in _VERSIONS)):
        yield attempt.use(image, *(("private image",) if role else ()), validation=role)
    for each in (*_VERSIONS, _ALGORITHMS):
        for uri in filter(is_place, attempt.texts(f"{each}.ModelDataUrl")):
            yield attempt.use({**file(attempt, "registered", uri), **file(attempt, "model", uri)}, validation=role)
        for source in attempt.every(f"{each}.ModelDataSource.S3DataSource"):
            uri = source.get("S3Uri")
            if is_place(uri) and source.get("S3DataType") == "S3Object":
                yield attempt.use(file(attempt, "registered", uri), validation=role)
            elif is_place(uri):
                yield attempt.use(read(attempt, "registered_files", uri), validation=role)
    for name in attempt.texts(f"{_ALGORITHMS}.AlgorithmName"):
        yield attempt.use({"algorithm": name.rpartition("/")[2]})
    for key in attempt.texts("SecurityConfig.KmsKeyId"):
        yield attempt.use({"package_key": attempt.key_arn(key)})
    request = "ValidationSpecification.ValidationProfiles[].TransformJobDefinition"
    for uri in filter(is_place, attempt.texts(f"{request}.TransformInput.DataSource.S3DataSource.S3Uri")):
        yield attempt.use(read(attempt, "input", uri), validation=role)
    for uri in filter(is_place, attempt.texts(f"{request}.TransformOutput.S3OutputPath")):
        yield attempt.use(written(attempt, "output", uri), validation=role)
    for name, path in (("output_key", "TransformOutput.KmsKeyId"), ("volume_key", "TransformResources.VolumeKmsKeyId")):
        for key in attempt.texts(f"{request}.{path}"):
            yield attempt.use({name: attempt.key_arn(key)}, validation=role)


def _group(attempt: Attempt) -> dict[str, str | None]:
    group = attempt.text("ModelPackageGroupName")
    if not group.startswith("arn:"):
        return cased(group=group)
    start, _, name = group.partition(":model-package-group/")
    if start == attempt.arn("sagemaker", "").removesuffix(":"):
        return cased(group=name)
    return {"foreign_packages": f"{start}:model-package/{name}"}
