"""Makes what the nodes say: the objects that a person's code would have made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
from constructs import Construct

from .. import language
from ..language import (
    Condition,
    ExecutionVariable,
    Expression,
    Get,
    In,
    Join,
    JsonGet,
    Not,
    Or,
    Parameter,
    PipelineError,
    Reference,
    StepReference,
    is_expression_json,
)
from ..language.expressions import ItemReference
from ..steps.base.step import Step
from .classes import CLASSES
from .fragments import fragments
from .nodes import NOTHING, Comparison, Existing, Made, OfStep

_COMPARISONS = ("Equals", "GreaterThan", "GreaterThanOrEqualTo", "LessThan", "LessThanOrEqualTo")


class Maker:
    """Makes values below a stack.

    ``parameters``: those of the pipeline, by name. ``prefix``: of the ids of what is imported. ``steps``: the steps
    made so far, by name. ``loop``: the for-each in whose body the values stand.
    """

    def __init__(self, scope: Construct, parameters: Mapping[str, Parameter[Any]], prefix: str = "Existing") -> None:
        self._scope = scope
        self._prefix = prefix
        self.parameters = parameters
        self.steps: dict[str, Step] = {}
        self.loop = ""
        self._existing: dict[Existing, Any] = {}
        self._once: dict[int, tuple[Any, Any]] = {}

    def value(self, node: Any) -> Any:
        """What a node says."""
        if node is NOTHING:
            return None
        if isinstance(node, Made):
            # a node that stands in two places is one object: entities of lineage are told apart so
            if id(node) not in self._once:
                self._once[id(node)] = (node, self._made(node))
            return self._once[id(node)][1]
        if isinstance(node, Existing):
            return self.existing(node)
        if isinstance(node, OfStep):
            return self._step(node)
        if isinstance(node, Comparison):
            return self.condition(node.json)
        if is_expression_json(node):
            return self.expression(node)
        if isinstance(node, Mapping):
            return {key: self.value(item) for key, item in node.items()}
        return [self.value(item) for item in node] if isinstance(node, (list, tuple)) else node

    def _made(self, node: Made) -> Any:
        function: Any = CLASSES
        for name in node.function.split("."):
            function = function[name] if isinstance(function, Mapping) else getattr(function, name)
        fields = {name: self.value(field) for name, field in node.fields.items()}
        try:
            return function(*(self.value(item) for item in node.positional), **fields)
        except (TypeError, RuntimeError) as error:
            raise PipelineError(f"{node.function}: {error}") from None

    def _step(self, node: OfStep) -> Any:
        step = self.steps.get(node.step)
        if isinstance(step, CLASSES[node.class_name]):
            return step
        if node.read is None:
            raise PipelineError(f"step {node.step!r} is not known")
        return self.expression(node.read)

    def existing(self, node: Existing) -> Any:
        """The construct that stands for something that exists."""
        if node not in self._existing:
            scope, name = self._scope, f"{self._prefix}{len(self._existing)}"
            try:
                self._existing[node] = _imported(scope, name, node)
            except (TypeError, RuntimeError) as error:
                raise PipelineError(f"{node.kind} {node.identity!r}: {error}") from None
        return self._existing[node]

    def expression(self, json: Any) -> Any:
        """The expression that the service's JSON says, or the literal that it is."""
        if not is_expression_json(json):
            return json
        ((kind, inner),) = json.items()
        if kind == "Get":
            return self._get(inner)
        if not isinstance(inner, Mapping):
            raise PipelineError(f"{kind} takes an object, not {inner!r}")
        if kind == "Std:Join":
            if not isinstance(inner.get("Values"), list) or not isinstance(inner.get("On"), str):
                raise PipelineError("Std:Join takes a text On and a list of Values")
            parts = fragments(json)
            if len(parts) > 1 and all(isinstance(part, (str, Mapping)) for part in parts):  # as an f-string does
                return "".join(part if isinstance(part, str) else str(self.expression(part)) for part in parts)
            return Join(inner["On"], [self.expression(value) for value in inner["Values"]])
        file = inner.get("PropertyFile")
        if file is not None:
            found = self.expression(file)
            return JsonGet[Any](inner.get("Path", ""), property_file=found)
        return JsonGet[Any](inner.get("Path", ""), s3_uri=self.expression(inner.get("S3Uri")))

    def _get(self, get: Any) -> Expression[Any]:
        reference = Reference.parse(get)
        if reference.kind == "Parameters" and reference.name in self.parameters and not reference.path:
            return self.parameters[reference.name]
        if reference.kind == "Execution" and get == f"Execution.{reference.name}":
            return ExecutionVariable(reference.name)
        if reference.kind == "Steps":
            return StepReference(reference.name, reference.path, get=get)
        return ItemReference(self.loop, get=get) if reference.kind == "ForEach" else Get(get)

    def condition(self, json: Any) -> Condition:
        """The condition that the service's JSON says."""
        kind = json.get("Type") if isinstance(json, Mapping) else None
        if kind in _COMPARISONS:
            made: Condition = getattr(language, kind)(
                self.expression(json.get("LeftValue")), self.expression(json.get("RightValue"))
            )
            return made
        if kind == "In":
            return In(self.expression(json.get("QueryValue")), [self.expression(v) for v in json.get("Values") or ()])
        if kind == "Not":
            return Not(self.condition(json.get("Condition")))
        if kind == "Or":
            return Or([self.condition(one) for one in json.get("Conditions") or ()])
        raise PipelineError(f"a condition of type {kind!r} is not known")


def _imported(scope: Construct, name: str, node: Existing) -> Any:
    if node.kind == "role":
        return cdk.aws_iam.Role.from_role_arn(scope, name, node.identity)
    if node.kind == "bucket":
        return cdk.aws_s3.Bucket.from_bucket_name(scope, name, node.identity)
    if node.kind == "key":
        return cdk.aws_kms.Key.from_key_arn(scope, name, node.identity)
    if node.kind == "function":
        return cdk.aws_lambda.Function.from_function_arn(scope, name, node.identity)
    if node.kind == "topic":
        return cdk.aws_sns.Topic.from_topic_arn(scope, name, node.identity)
    if node.kind == "subnet":
        return cdk.aws_ec2.Subnet.from_subnet_id(scope, name, node.identity)
    if node.kind == "security_group":
        return cdk.aws_ec2.SecurityGroup.from_security_group_id(scope, name, node.identity)
    arn = queue_arn(node.identity)
    return cdk.aws_sqs.Queue.from_queue_attributes(scope, name, queue_arn=arn, queue_url=node.identity)


def queue_arn(url: str) -> str:
    """The ARN of the queue at a URL."""
    host, account, name = url.removeprefix("https://").split("/")
    region = host.split(".")[1]
    partition = "aws-cn" if host.endswith(".cn") else "aws-us-gov" if region.startswith("us-gov-") else "aws"
    return f"arn:{partition}:sqs:{region}:{account}:{name}"
