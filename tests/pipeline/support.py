"""What the tests of pipelines share: an app in a folder of its own, and views on what it synthesizes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from cdk_sagemaker_pipelines import Image, Pipeline, ProcessingStep

ACCOUNT, REGION = "111122223333", "eu-west-1"
ENVIRONMENT = cdk.Environment(account=ACCOUNT, region=REGION)


class Bench:
    """An app with one stack, and what comes out of it."""

    def __init__(self, folder: Path, *, environment: cdk.Environment | None = ENVIRONMENT) -> None:
        self.app = cdk.App(outdir=str(folder), analytics_reporting=False)
        self.stack = cdk.Stack(self.app, "Stack", env=environment)

    def template(self) -> dict[str, Any]:
        """The synthesized template of the stack."""
        assembly = self.app.synth()
        template: dict[str, Any] = assembly.get_stack_by_name(self.stack.stack_name).template
        return template

    def resources(self, resource_type: str) -> dict[str, Any]:
        """The resources of a type, by logical id."""
        found = self.template()["Resources"].items()
        return {name: resource for name, resource in found if resource["Type"] == resource_type}

    def resource(self, resource_type: str = "AWS::SageMaker::Pipeline") -> dict[str, Any]:
        """The properties of the only resource of a type."""
        (resource,) = self.resources(resource_type).values()
        properties: dict[str, Any] = resource["Properties"]
        return properties

    def errors(self) -> list[str]:
        """The errors of CDK's validation, one per line; empty if the app synthesizes."""
        try:
            self.app.synth()
        except RuntimeError as raised:
            text = str(raised)
        else:
            return []
        head, *lines = text.splitlines()
        assert head.endswith("Validation failed with the following errors:"), head
        return [line.strip() for line in lines]


def body_lines(properties: dict[str, Any]) -> list[Any]:
    """The lines of an inline definition, some with CloudFormation's functions inside."""
    join = properties["PipelineDefinition"]["PipelineDefinitionBody"]["Fn::Join"]
    assert join[0] == "\n"
    lines: list[Any] = join[1]
    return lines


def body(properties: dict[str, Any]) -> Any:
    """The definition, with CloudFormation's functions as ``<Ref Name>`` or ``<GetAtt Name.Arn>``."""
    return json.loads("\n".join(_text(line) for line in body_lines(properties)))


def _text(line: Any) -> str:
    if isinstance(line, str):
        return line
    ((function, value),) = line.items()
    if function == "Fn::Join":
        return str(value[0]).join(_text(part) for part in value[1])
    if function == "Fn::GetAtt":
        return f"<GetAtt {'.'.join(value)}>"
    return f"<{function.removeprefix('Fn::')} {value}>"


def processing(scope: Any, name: str, **fields: Any) -> ProcessingStep:
    """A small processing step."""
    given = {"image": Image.sklearn("1.2-1"), "instance_type": "ml.m5.large", **fields}
    return ProcessingStep(scope, name, **given)


def pipeline(bench: Bench, name: str = "Pipeline", **options: Any) -> Pipeline:
    """A pipeline in the bench's stack."""
    return Pipeline(bench.stack, name, **options)
