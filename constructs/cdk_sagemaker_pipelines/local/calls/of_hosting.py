"""The values of endpoints: their configurations, themselves, and inference components on them."""

from __future__ import annotations

from collections.abc import Iterator

from .attempt import Attempt, Use
from .named import cased
from .places import file, images, is_place, written

_VARIANTS = ("ProductionVariants[]", "ShadowProductionVariants[]")
_OUTPUT = "AsyncInferenceConfig.OutputConfig"


def endpoint_config(attempt: Attempt) -> Iterator[Use]:
    """A configuration, with the roles of the models that it names, or its own."""
    config = attempt.role_arn(attempt.text("ExecutionRoleArn"))
    name = cased(endpoint_config=attempt.text("EndpointConfigName"))
    vpc = ("vpc",) if attempt.has("VpcConfig") else ()
    # the endpoint that is going to use it has a name that is not known yet
    yield attempt.use({**name, "job_role": config, "endpoint": "endpoint" if config else None}, *vpc, config=config)
    for role in models(attempt):
        if attempt.has(*(f"{each}.EnableSSMAccess" for each in _VARIANTS)):
            yield attempt.use({}, "access by Systems Manager", pipeline="", model=role)
        yield from _answers(attempt, role)


def _answers(attempt: Attempt, role: str) -> Iterator[Use]:
    key = attempt.text(f"{_OUTPUT}.KmsKeyId")
    for uri in filter(is_place, attempt.texts(f"{_OUTPUT}.S3OutputPath", f"{_OUTPUT}.S3FailurePath")):
        values = {**written(attempt, "answers", uri), "answers_key": attempt.key_arn(key)}
        yield attempt.use(values, pipeline="", model=role)
    topics = f"{_OUTPUT}.NotificationConfig"
    for topic in attempt.texts(f"{topics}.SuccessTopic", f"{topics}.ErrorTopic"):
        yield attempt.use({"topic": topic, "topic_key": attempt.known.topic_key(topic)}, pipeline="", model=role)
    for each in _VARIANTS:
        for dump in attempt.every(f"{each}.CoreDumpConfig"):
            if is_place(dump.get("DestinationS3Uri")):
                key = dump.get("KmsKeyId")
                values = {
                    **written(attempt, "dump", dump["DestinationS3Uri"]),
                    "dump_key": attempt.key_arn(key),
                }
                yield attempt.use(values, pipeline="", model=role)


def models(attempt: Attempt) -> list[str]:
    """The roles of the models of a configuration, each once."""
    names = attempt.texts(*(f"{each}.ModelName" for each in _VARIANTS))
    found = [attempt.known.described("Model", name) or {} for name in names]
    return list(dict.fromkeys(str(one["ExecutionRoleArn"]) for one in found if one.get("ExecutionRoleArn")))


def endpoint(attempt: Attempt) -> Iterator[Use]:
    """An endpoint, whose volumes have the key of its configuration."""
    config = attempt.text("EndpointConfigName")
    key = (attempt.known.described("EndpointConfig", config) or {}).get("KmsKeyId")
    names = cased(endpoint=attempt.text("EndpointName"), endpoint_config=config)
    yield attempt.use({**names, "volume_key": attempt.key_arn(key)})


def inference_component(attempt: Attempt) -> Iterator[Use]:
    """A component, which runs with the role of the configuration of its endpoint."""
    name = attempt.text("EndpointName")
    config = (attempt.known.described("Endpoint", name) or {}).get("EndpointConfigName") or ""
    role = str((attempt.known.described("EndpointConfig", config) or {}).get("ExecutionRoleArn") or "")
    yield attempt.use(cased(endpoint=name, inference_component=attempt.text("InferenceComponentName")), config=role)
    for start in ("Specification.Container", "Specifications[].Container"):
        for image in images(attempt, f"{start}.Image"):
            yield attempt.use(image, "private image", config=role)
        for uri in filter(is_place, attempt.texts(f"{start}.ArtifactUrl")):
            yield attempt.use(file(attempt, "model", uri), config=role)
