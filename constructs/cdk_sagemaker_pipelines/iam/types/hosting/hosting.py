"""Endpoints: their configurations, themselves, and the inference components on them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ....language import StepView
from ....language.field import Field
from ...arns import named_arns
from ...models import VARIANTS, config_named, config_of_endpoint, role_of_model, roles_of_variant
from ...needs import HOSTING_NETWORK, Needs, RoleElsewhere, RoleNeeds
from ...patterns import is_told_whole, pattern
from ...permissions import ELSEWHERE, UNSAID, Permission

_VOLUME_KEY = ("kms:CreateGrant", "kms:DescribeKey")


def endpoint_config(need: Needs) -> Iterator[Permission]:
    """What the pipeline's role needs beside the configuration: the reserved capacity of its variants."""
    actions = ("sagemaker:CreateEndpointConfig",)
    for variants in VARIANTS:
        for reserved in need.arguments.every(f"{variants}[]", "CapacityReservationConfig", "MlReservationArn"):
            yield need.note(actions, "role that needs the reserved capacity", UNSAID, reserved)


def _arns(need: Needs, kind: str, name: str) -> tuple[str, ...]:
    """The ARNs of what an argument names."""
    return named_arns(kind, need.arguments.at(name).value, need.definition, need.environment)


def endpoint(need: Needs) -> Iterator[Permission]:
    """What the pipeline's role needs; creating and updating are checked on endpoint and configuration.

    The key of the volumes stands in the configuration, and is granted on by who creates the endpoint.
    """
    change = ("sagemaker:CreateEndpoint", "sagemaker:UpdateEndpoint")
    actions, because = ("sagemaker:AddTags", "sagemaker:DescribeEndpoint", *change), need.because()
    yield Permission(actions, _arns(need, "endpoint", "EndpointName"), because=because)
    yield Permission(change, _arns(need, "endpoint-config", "EndpointConfigName"), because=because)
    name = need.arguments.at("EndpointConfigName")
    config = config_named(need.definition, name.value)
    if config is None:
        yield need.note(_VOLUME_KEY, "key of the configuration's volumes", ELSEWHERE, name)
    else:
        yield from need.volume_key(replace(name, value=config.arguments.get("KmsKeyId")))


def inference_component(need: Needs) -> Iterator[Permission]:
    """What the pipeline's role needs; creating is checked on component and endpoint."""
    create, because = "sagemaker:CreateInferenceComponent", need.because()
    others = ("sagemaker:AddTags", "sagemaker:DescribeInferenceComponent", "sagemaker:UpdateInferenceComponent")
    components = _arns(need, "inference-component", "InferenceComponentName")
    yield Permission((create, *others), components, because=because)
    yield Permission((create,), _arns(need, "endpoint", "EndpointName"), because=because)


def endpoint_config_roles(need: Needs) -> RoleNeeds:
    """What the roles of the models need, and that of the configuration, with which inference components run."""
    own = need.step.arguments.get("ExecutionRoleArn")
    yield from need.of(own, need.network(need.arguments.at("VpcConfig"), HOSTING_NETWORK))
    for variant in _variants(need.step):
        for role in roles_of_variant(need.definition, variant, need.environment):
            yield from need.of(role, _variant(need, variant))


def _variants(step: StepView) -> Iterator[Field]:
    for name in VARIANTS:
        yield from Field.of_arguments(step).every(f"{name}[]")


def _variant(need: Needs, variant: Field) -> Iterator[Permission]:
    """What the containers of a variant do, whosever role they have."""
    yield from need.logs("Endpoints/*")
    dump = variant.at("CoreDumpConfig")
    yield from need.write(dump, "DestinationS3Uri")
    yield from need.output_key(dump.at("KmsKeyId"))
    yield from need.remote_shell(variant.at("EnableSSMAccess"))
    yield from _answers(need, need.arguments.at("AsyncInferenceConfig", "OutputConfig"))


def endpoint_roles(need: Needs) -> RoleNeeds:
    """What the roles of the models need for a rollback: they look at its alarms."""
    alarms = ("DeploymentConfig", "AutoRollbackConfiguration", "Alarms[]", "AlarmName")
    found = [one for name in need.arguments.every(*alarms) for one in _alarm(need, name)]
    name = need.arguments.at("EndpointConfigName")
    config = config_named(need.definition, name.value) if found else None
    if config is None:
        yield from need.of(RoleElsewhere("models", name.where), iter(found))
        return
    for variant in _variants(config):
        for role in roles_of_variant(need.definition, variant, need.environment):
            yield from need.of(role, iter(found))


def _alarm(need: Needs, name: Field) -> Iterator[Permission]:
    actions, known = ("cloudwatch:DescribeAlarms",), pattern(need.definition, name.value)
    if is_told_whole(known):
        yield from need.undecided(name, actions, "alarm")
    else:
        yield Permission(actions, (need.environment.arn("cloudwatch", f"alarm:{known}"),), because=need.because(name))


def inference_component_roles(need: Needs) -> RoleNeeds:
    """What the model's role needs, or for a container of the component's own that of the endpoint's configuration."""
    definition, endpoint = need.definition, need.arguments.at("EndpointName")
    for path in ("Specification", "Specifications[]"):
        for specification in need.arguments.every(path):
            model, container = specification.at("ModelName"), specification.at("Container")
            if model.given:
                role = role_of_model(definition, need.environment, model)
            else:
                config = config_of_endpoint(definition, endpoint.value)
                elsewhere = RoleElsewhere("endpoint's configuration", endpoint.where)
                role = elsewhere if config is None else config.arguments.get("ExecutionRoleArn")
            yield from need.of(role, need.read_object(container.at("ArtifactUrl")))
            yield from need.of(role, need.image(container.at("Image")))
            yield from need.of(role, need.logs("InferenceComponents/*"))


def _answers(need: Needs, output: Field) -> Iterator[Permission]:
    """What writes the answers of an asynchronous endpoint, and tells of them; it reads the requests from S3."""
    for name in ("S3OutputPath", "S3FailurePath"):
        yield from need.write(output.at(name))
    yield from need.output_key(output.at("KmsKeyId"))
    for name in ("SuccessTopic", "ErrorTopic"):
        topic = output.at("NotificationConfig", name)
        yield from need.undecided(topic, ("sns:Publish",), "topic")
        if topic.name:
            yield Permission(("sns:Publish",), (topic.name,), because=need.because(topic))
            key = need.environment.topics.get(topic.name)
            actions = ("kms:Decrypt", "kms:GenerateDataKey")
            if key is not None:
                yield from need.key(replace(topic, value=key), actions=actions)
            elif topic.name in need.environment.keyless:
                yield need.unsaid_key(actions, "topic", topic.name, need.because(topic))
