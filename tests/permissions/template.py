"""A synthesized template as IAM will see it: without CloudFormation's functions, policies beside their roles."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Document = dict[str, Any]


def _arn(service: str, resource: str, *, places: str = "{r}:{a}") -> str:
    return f"arn:aws:{service}:{places}:{resource}"


_ARNS: Mapping[str, str] = {
    "AWS::Batch::JobQueue": _arn("batch", "job-queue/{n}"),
    "AWS::ECR::Repository": _arn("ecr", "repository/{n}"),
    "AWS::EMRServerless::Application": _arn("emr-serverless", "/applications/{n}"),
    "AWS::Events::Rule": _arn("events", "rule/{n}"),
    "AWS::IAM::InstanceProfile": _arn("iam", "instance-profile/{n}", places=":{a}"),
    "AWS::IAM::Role": _arn("iam", "role/{n}", places=":{a}"),
    "AWS::KMS::Key": _arn("kms", "key/{n}"),
    "AWS::Lambda::Function": _arn("lambda", "function:{n}"),
    "AWS::Logs::LogGroup": _arn("logs", "log-group:{n}:*"),
    "AWS::S3::Bucket": _arn("s3", "{n}", places=":"),
    "AWS::SNS::Topic": _arn("sns", "{n}"),
    "AWS::SQS::Queue": _arn("sqs", "{n}"),
}
_NAMES = (
    "BucketName",
    "FunctionName",
    "InstanceProfileName",
    "JobQueueName",
    "LogGroupName",
    "QueueName",
    "RoleName",
    "TopicName",
)
_REF_IS_ARN = ("AWS::Batch::JobQueue", "AWS::IAM::ManagedPolicy", "AWS::Lambda::Version", "AWS::SNS::Topic")


class Template:
    """The resources of one stack, with values for what only a deployment tells."""

    def __init__(self, template: Mapping[str, Any], account: str, region: str) -> None:
        self.resources: Mapping[str, Any] = template.get("Resources", {})
        self.parameters: Mapping[str, Any] = template.get("Parameters", {})
        self.account = account
        self.region = region
        self._pseudo = {
            "AWS::AccountId": account,
            "AWS::Partition": "aws",
            "AWS::Region": region,
            "AWS::StackId": f"arn:aws:cloudformation:{region}:{account}:stack/stack/1a2b3c",
            "AWS::StackName": "stack",
            "AWS::URLSuffix": "amazonaws.com",
        }
        self._functions: Mapping[str, Callable[[Any], Any]] = {
            "Fn::GetAtt": self._attribute,
            "Fn::GetAZs": lambda region: [f"{self.resolve(region) or self.region}{zone}" for zone in "abc"],
            "Fn::Join": lambda given: str(given[0]).join(str(self.resolve(part)) for part in self.resolve(given[1])),
            "Fn::Select": lambda given: self.resolve(given[1])[int(given[0])],
            "Fn::Split": lambda given: str(self.resolve(given[1])).split(given[0]),
            "Fn::Sub": self._substituted,
            "Ref": self._reference,
        }

    def of_type(self, *types: str) -> Iterator[tuple[str, Document]]:
        """The resources of some types, resolved: their logical ids and properties."""
        for name, resource in self.resources.items():
            if resource["Type"] in types:
                yield name, self.resolve(resource.get("Properties", {}))

    def resolve(self, value: Any) -> Any:
        """The value without functions."""
        if isinstance(value, Mapping):
            if len(value) == 1:
                ((function, given),) = value.items()
                if function in self._functions:
                    return self._functions[function](given)
                if function.startswith("Fn::"):
                    raise NotImplementedError(function)
            return {key: self.resolve(item) for key, item in value.items()}
        return [self.resolve(item) for item in value] if isinstance(value, list) else value

    def _name(self, logical_id: str) -> str:
        """The physical name: the one that is given, or one that nobody could foresee."""
        resource = self.resources[logical_id]
        for key in _NAMES:
            if key in resource.get("Properties", {}):
                return str(self.resolve(resource["Properties"][key]))
        name = f"stack-{logical_id}-1a2b3c"
        return name.lower() if resource["Type"] == "AWS::S3::Bucket" else name

    def _reference(self, logical_id: str) -> str:
        if logical_id in self._pseudo:
            return self._pseudo[logical_id]
        if logical_id in self.parameters:
            return str(self.parameters[logical_id]["Default"])
        kind = self.resources[logical_id]["Type"]
        if kind == "AWS::SQS::Queue":
            return f"https://sqs.{self.region}.amazonaws.com/{self.account}/{self._name(logical_id)}"
        return self.arn(logical_id) if kind in _REF_IS_ARN else self._name(logical_id)

    def arn(self, logical_id: str) -> str:
        """The ARN of a resource."""
        kind = self.resources[logical_id]["Type"]
        if kind == "AWS::Lambda::Version":
            function = self.resolve(self.resources[logical_id]["Properties"]["FunctionName"])
            return f"arn:aws:lambda:{self.region}:{self.account}:function:{function}:1"
        form = _ARNS.get(kind, f"arn:aws:{kind.split('::')[1].lower()}:{{r}}:{{a}}:{{n}}")
        return form.format(r=self.region, a=self.account, n=self._name(logical_id))

    def _attribute(self, given: Any) -> str:
        logical_id, attribute = given if isinstance(given, list) else given.split(".", 1)
        if attribute == "Arn":
            return self.arn(logical_id)
        name = self._name(logical_id)
        return name if attribute in ("ApplicationId", "KeyId", "QueueName") else f"{name}-{attribute}"

    def _substituted(self, given: Any) -> str:
        text, more = given if isinstance(given, list) else (given, {})
        values = self.resolve(more)

        def value(match: re.Match[str]) -> str:
            name = match[1]
            if name in values:
                return str(values[name])
            return str(self._attribute(name) if "." in name else self._reference(name))

        return re.sub(r"\$\{([^!}]+)\}", value, text)

    # -- what IAM sees

    def roles(self) -> dict[str, str]:
        """The logical ids of the roles by their ARNs."""
        return {self.arn(name): name for name, _ in self.of_type("AWS::IAM::Role")}

    def trust(self, role: str) -> Document:
        """Who may take a role. ``role``: its logical id."""
        document: Document = self.resolve(self.resources[role]["Properties"]["AssumeRolePolicyDocument"])
        return document

    def policies(self, role: str) -> list[Document]:
        """What a role may do, by all policies of the template that it has. ``role``: its logical id."""
        name, properties = self._name(role), self.resolve(self.resources[role]["Properties"])
        found = [policy["PolicyDocument"] for policy in properties.get("Policies", ())]
        for logical_id, policy in self.of_type("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
            attached = self.arn(logical_id) in properties.get("ManagedPolicyArns", ())
            if attached or name in policy.get("Roles", ()):
                found.append(policy["PolicyDocument"])
        return found

    def managed_by_aws(self, role: str) -> list[str]:
        """The names of AWS's own policies that a role has."""
        arns = self.resolve(self.resources[role]["Properties"].get("ManagedPolicyArns", []))
        return [arn.rpartition("/")[2] for arn in arns if ":iam::aws:" in arn]

    def policy_on(self, arn: str) -> Document | None:
        """The policy of a resource itself: a bucket's, a queue's, a key's, a topic's."""
        statements: list[Any] = []
        for logical_id, properties in self.of_type("AWS::KMS::Key"):
            if self.arn(logical_id) == arn:
                return dict(properties["KeyPolicy"])
        for _, properties in self.of_type("AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy"):
            holders = [properties.get("Bucket"), *properties.get("Queues", ()), *properties.get("Topics", ())]
            # a bucket is named, a queue told by its URL, a topic by its ARN
            names = [re.split("[:/]", str(one))[-1] for one in holders if one is not None]
            if arn.rpartition(":")[2].partition("/")[0] in names:
                statements += properties["PolicyDocument"]["Statement"]
        return {"Version": "2012-10-17", "Statement": statements} if statements else None

    # -- the pipeline

    def pipeline(self) -> tuple[str, Document]:
        """The ARN of the role of the one pipeline, and its definition."""
        ((_, properties),) = self.of_type("AWS::SageMaker::Pipeline")
        return properties["RoleArn"], json.loads(properties["PipelineDefinition"]["PipelineDefinitionBody"])
