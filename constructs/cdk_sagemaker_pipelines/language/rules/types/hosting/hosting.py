"""Endpoint configurations and inference components.

Source: API shapes ``CreateEndpointConfigInput``, ``ProductionVariant``, ``CreateInferenceComponentInput`` and
``InferenceComponentSpecification``. Settings that endpoint steps lack are left out.
"""

from __future__ import annotations

from collections.abc import Iterator

from ....field import Field, repeated
from ....findings import Finding
from ...over import over

INSTANCES = ("InstanceType", "InitialInstanceCount", "InstancePools")


@over("EndpointConfig")
def variant_names(arguments: Field) -> Iterator[Finding]:
    """Variants are told apart by their names."""
    variants = arguments.at("ProductionVariants").items()
    yield from repeated("variant", [variant.at("VariantName") for variant in variants], "variant", "warning")


@over("EndpointConfig")
def variant_instances(arguments: Field) -> Iterator[Finding]:
    """A variant is serverless or has instances."""
    for variant in arguments.at("ProductionVariants").items():
        for name in INSTANCES:
            if variant.at("ServerlessConfig").given and variant.at(name).given:
                yield variant.at(name).finding("variant", "is for instances, but the variant has a ServerlessConfig")
        if variant.is_object and not any(variant.at(name).given for name in (*INSTANCES, "ServerlessConfig")):
            yield variant.finding("variant", "has neither an InstanceType nor a ServerlessConfig", "warning")


@over("EndpointConfig")
def shadow_variants(arguments: Field) -> Iterator[Finding]:
    """There is one shadow variant at most, of a single variant."""
    shadows = arguments.at("ShadowProductionVariants")
    for variants in (shadows, arguments.at("ProductionVariants")) if shadows.items() else ():
        if len(variants.items()) > 1:
            text = f"has {len(variants.items())} variants; a single variant can have a single shadow"
            yield variants.finding("variant", text)


@over("InferenceComponent")
def component_specifications(arguments: Field) -> Iterator[Finding]:
    """A component has one specification or a list of them, and compute resources unless it adapts another component."""
    yield from arguments.exactly_one("component-specification", "Specification", "Specifications")
    for specification in (arguments.at("Specification"), *arguments.at("Specifications").items()):
        wanted = ("ComputeResourceRequirements", "BaseInferenceComponentName")
        if specification.is_object and not any(specification.at(name).given for name in wanted):
            text = "needs the member 'ComputeResourceRequirements', unless it adapts a BaseInferenceComponentName"
            yield specification.finding("component-specification", text, "warning")
