"""Endpoints: their configurations, themselves, and the inference components on them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ....language import Definition, StepView
from ...arns import named_arns
from ...environment import Environment
from ...following import every
from ...models import VARIANTS, config_named, config_of_endpoint, role_of_model, roles_of_variant
from ...needs import HOSTING_NETWORK, Needs, RoleElsewhere, RoleNeeds, member
from ...patterns import is_told_whole, pattern
from ...permissions import ELSEWHERE, UNSAID, Permission

_VOLUME_KEY = ("kms:CreateGrant", "kms:DescribeKey")


def endpoint_config(definition: Definition, step: StepView, environment: Environment) -> Iterator[Permission]:
    """What the pipeline's role needs beside the configuration: the reserved capacity of its variants."""
    need = Needs(definition, step, environment)
    for variants in VARIANTS:
        for where, _ in every(step.arguments, f"{variants}[]", "CapacityReservationConfig", "MlReservationArn"):
            yield need.note(("sagemaker:CreateEndpointConfig",), "role that needs the reserved capacity", UNSAID, where)


def endpoint(definition: Definition, step: StepView, environment: Environment) -> Iterator[Permission]:
    """What the pipeline's role needs; creating and updating are checked on endpoint and configuration.

    The key of the volumes stands in the configuration, and is granted on by who creates the endpoint.
    """
    need = Needs(definition, step, environment)
    because = need.because(step.type)
    change = ("sagemaker:CreateEndpoint", "sagemaker:UpdateEndpoint")
    arns = named_arns("endpoint", step.arguments.get("EndpointName"), definition, environment)
    yield Permission(("sagemaker:AddTags", "sagemaker:DescribeEndpoint", *change), arns, because=because)
    name, where = step.arguments.get("EndpointConfigName"), "EndpointConfigName"
    yield Permission(change, named_arns("endpoint-config", name, definition, environment), because=because)
    config = config_named(definition, name)
    if config is None:
        yield need.note(_VOLUME_KEY, "key of the configuration's volumes", ELSEWHERE, where)
    else:
        yield from need.volume_key(config.arguments.get("KmsKeyId"), where)


def inference_component(definition: Definition, step: StepView, environment: Environment) -> Iterator[Permission]:
    """What the pipeline's role needs; creating is checked on component and endpoint."""
    because = (f"{step.name}: {step.type}",)
    create = "sagemaker:CreateInferenceComponent"
    others = ("sagemaker:AddTags", "sagemaker:DescribeInferenceComponent", "sagemaker:UpdateInferenceComponent")
    arns = named_arns("inference-component", step.arguments.get("InferenceComponentName"), definition, environment)
    yield Permission((create, *others), arns, because=because)
    endpoints = named_arns("endpoint", step.arguments.get("EndpointName"), definition, environment)
    yield Permission((create,), endpoints, because=because)


def endpoint_config_roles(definition: Definition, step: StepView, environment: Environment) -> RoleNeeds:
    """What the roles of the models need, and that of the configuration, with which inference components run."""
    need = Needs(definition, step, environment)
    own = step.arguments.get("ExecutionRoleArn")
    yield from need.of(own, need.network(step.arguments.get("VpcConfig"), "VpcConfig", HOSTING_NETWORK))
    for where, variant in _variants(step):
        for role in roles_of_variant(definition, step, variant, where, environment):
            yield from need.of(role, _variant(need, variant, where))


def _variants(step: StepView) -> Iterator[tuple[str, Any]]:
    for name in VARIANTS:
        yield from every(step.arguments, f"{name}[]")


def _variant(need: Needs, variant: Any, where: str) -> Iterator[Permission]:
    """What the containers of a variant do, whosever role they have."""
    yield from need.logs("Endpoints/*")
    dump = member(variant, "CoreDumpConfig")
    yield from need.write(member(dump, "DestinationS3Uri"), f"{where}.CoreDumpConfig")
    yield from need.output_key(member(dump, "KmsKeyId"), f"{where}.CoreDumpConfig.KmsKeyId")
    yield from need.remote_shell(member(variant, "EnableSSMAccess"), f"{where}.EnableSSMAccess")
    yield from _answers(need, member(need.step.arguments, "AsyncInferenceConfig", "OutputConfig"))


def endpoint_roles(definition: Definition, step: StepView, environment: Environment) -> RoleNeeds:
    """What the roles of the models need for a rollback: they look at its alarms."""
    need = Needs(definition, step, environment)
    alarms = ("DeploymentConfig", "AutoRollbackConfiguration", "Alarms[]", "AlarmName")
    found = [one for where, name in every(step.arguments, *alarms) for one in _alarm(need, name, where)]
    name = step.arguments.get("EndpointConfigName")
    config = config_named(definition, name) if found else None
    if config is None:
        yield from need.of(RoleElsewhere("models", "EndpointConfigName"), iter(found))
        return
    for where, variant in _variants(config):
        for role in roles_of_variant(definition, config, variant, where, environment):
            yield from need.of(role, iter(found))


def _alarm(need: Needs, name: Any, where: str) -> Iterator[Permission]:
    actions, known = ("cloudwatch:DescribeAlarms",), pattern(need.definition, name)
    if is_told_whole(known):
        yield from need.undecided(name, actions, "alarm", where)
    else:
        yield Permission(actions, (need.environment.arn("cloudwatch", f"alarm:{known}"),), because=need.because(where))


def inference_component_roles(definition: Definition, step: StepView, environment: Environment) -> RoleNeeds:
    """What the model's role needs, or for a container of the component's own that of the endpoint's configuration."""
    need = Needs(definition, step, environment)
    for path in ("Specification", "Specifications[]"):
        for where, specification in every(step.arguments, path):
            model = member(specification, "ModelName")
            if model is not None:
                role = role_of_model(definition, environment, model, f"{where}.ModelName")
            else:
                config = config_of_endpoint(definition, step.arguments.get("EndpointName"))
                elsewhere = RoleElsewhere("endpoint's configuration", "EndpointName")
                role = elsewhere if config is None else config.arguments.get("ExecutionRoleArn")
            container, where = member(specification, "Container"), f"{where}.Container"
            yield from need.of(role, need.read_object(member(container, "ArtifactUrl"), f"{where}.ArtifactUrl"))
            yield from need.of(role, need.image(member(container, "Image"), f"{where}.Image"))
            yield from need.of(role, need.logs("InferenceComponents/*"))


def _answers(need: Needs, output: Any) -> Iterator[Permission]:
    """What writes the answers of an asynchronous endpoint, and tells of them; it reads the requests from S3."""
    where = "AsyncInferenceConfig.OutputConfig"
    for name in ("S3OutputPath", "S3FailurePath"):
        yield from need.write(member(output, name), f"{where}.{name}")
    yield from need.output_key(member(output, "KmsKeyId"), f"{where}.KmsKeyId")
    for name in ("SuccessTopic", "ErrorTopic"):
        topic, here = member(output, "NotificationConfig", name), f"{where}.NotificationConfig.{name}"
        yield from need.undecided(topic, ("sns:Publish",), "topic", here)
        if isinstance(topic, str) and topic:
            yield Permission(("sns:Publish",), (topic,), because=need.because(here))
            key = need.environment.topics.get(topic)
            actions = ("kms:Decrypt", "kms:GenerateDataKey")
            if key is not None:
                yield from need.key(key, actions, here)
            elif topic in need.environment.keyless:
                yield need.unsaid_key(actions, "topic", topic, here)
