"""Endpoints: their configurations, themselves, and the inference components on them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...language import Definition, Step
from ..needs import SAGEMAKER, Needs, RoleNeeds, argument_of, elements, member, named_arns, pass_role
from ..permissions import Permission
from ..places import Place

_LISTS = ("ProductionVariants", "ShadowProductionVariants")


def endpoint_config(definition: Definition, step: Step, place: Place) -> Iterator[Permission]:
    """What the pipeline's role needs; the key of the volumes is granted on by who creates the configuration."""
    need = Needs(definition, step, place)
    actions = ("sagemaker:AddTags", "sagemaker:CreateEndpointConfig", "sagemaker:DescribeEndpointConfig")
    arns = named_arns("endpoint-config", step.arguments.get("EndpointConfigName"), definition, place)
    yield Permission(actions, arns, because=need.because(step.type))
    role = step.arguments.get("ExecutionRoleArn")
    yield from pass_role(role, SAGEMAKER, f"{step.name}: ExecutionRoleArn")
    yield from need.volume_key(step.arguments.get("KmsKeyId"), "KmsKeyId")


def endpoint(definition: Definition, step: Step, place: Place) -> Iterator[Permission]:
    """What the pipeline's role needs; creating and updating are checked on endpoint and configuration."""
    because = (f"{step.name}: {step.type}",)
    change = ("sagemaker:CreateEndpoint", "sagemaker:UpdateEndpoint")
    arns = named_arns("endpoint", step.arguments.get("EndpointName"), definition, place)
    yield Permission(("sagemaker:AddTags", "sagemaker:DescribeEndpoint", *change), arns, because=because)
    configs = named_arns("endpoint-config", step.arguments.get("EndpointConfigName"), definition, place)
    yield Permission(change, configs, because=because)


def inference_component(definition: Definition, step: Step, place: Place) -> Iterator[Permission]:
    """What the pipeline's role needs; creating is checked on component and endpoint."""
    because = (f"{step.name}: {step.type}",)
    create = "sagemaker:CreateInferenceComponent"
    others = ("sagemaker:AddTags", "sagemaker:DescribeInferenceComponent", "sagemaker:UpdateInferenceComponent")
    arns = named_arns("inference-component", step.arguments.get("InferenceComponentName"), definition, place)
    yield Permission((create, *others), arns, because=because)
    endpoints = named_arns("endpoint", step.arguments.get("EndpointName"), definition, place)
    yield Permission((create,), endpoints, because=because)


def endpoint_config_roles(definition: Definition, step: Step, place: Place) -> RoleNeeds:
    """What the roles of the models need, and that of the configuration, with which inference components run."""
    need = Needs(definition, step, place)
    own = step.arguments.get("ExecutionRoleArn")
    yield from need.of(own, need.network(step.arguments.get("VpcConfig"), "VpcConfig"))
    variants = [(f"{name}[{i}]", item) for name in _LISTS for i, item in enumerate(elements(step.arguments, name))]
    for where, variant in variants:
        model = member(variant, "ModelName")
        role = own if model is None else argument_of(definition, model, "ExecutionRoleArn")
        yield from need.of(role, need.logs("Endpoints/*"))
        dump = member(variant, "CoreDumpConfig")
        yield from need.of(role, need.write(member(dump, "DestinationS3Uri"), f"{where}.CoreDumpConfig"))
        yield from need.of(role, need.output_key(member(dump, "KmsKeyId"), f"{where}.CoreDumpConfig.KmsKeyId"))
        yield from need.of(role, _answers(need, member(step.arguments, "AsyncInferenceConfig", "OutputConfig")))


def inference_component_roles(definition: Definition, step: Step, place: Place) -> RoleNeeds:
    """What the model's role needs, or for a container of the component's own that of the endpoint's configuration."""
    need = Needs(definition, step, place)
    specification = member(step.arguments, "Specification")
    model = member(specification, "ModelName")
    if model is None:
        config = argument_of(definition, step.arguments.get("EndpointName"), "EndpointConfigName")
        role = argument_of(definition, config, "ExecutionRoleArn")
    else:
        role = argument_of(definition, model, "ExecutionRoleArn")
    where = "Specification.Container"
    container = member(specification, "Container")
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
        topic = member(output, "NotificationConfig", name)
        if isinstance(topic, str) and topic:
            yield Permission(("sns:Publish",), (topic,), because=need.because(f"{where}.NotificationConfig.{name}"))
