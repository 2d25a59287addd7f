"""Short ways to write the jobs of definitions."""

from __future__ import annotations

from typing import Any

from cdk_sagemaker_pipelines.iam.environment import Environment
from cdk_sagemaker_pipelines.language import Definition, Finding
from cdk_sagemaker_pipelines.team.rules import Subject, check

PLACE = Environment("aws", "eu-west-1", "111122223333", "P")
IMAGE = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/train:3"


def definition(*steps: dict[str, Any], parameters: tuple[dict[str, Any], ...] = ()) -> Definition:
    return Definition({"Version": "2020-12-01", "Parameters": list(parameters), "Steps": list(steps)})


def training(name: str, type: Any = "ml.m5.large", count: Any = 1, seconds: Any = 3600, **more: Any) -> dict[str, Any]:
    """A training step; ``arguments=`` are merged into its request, ``after=`` names the steps that it waits for."""
    request = {
        "AlgorithmSpecification": {"TrainingImage": IMAGE},
        "OutputDataConfig": {"S3OutputPath": "s3://models/p/"},
        "ResourceConfig": {"InstanceType": type, "InstanceCount": count},
        "RoleArn": "arn:aws:iam::111122223333:role/job",
        **({} if seconds is None else {"StoppingCondition": {"MaxRuntimeInSeconds": seconds}}),
        **more.pop("arguments", {}),
    }
    after = list(more.pop("after", ()))
    return {"Name": name, "Type": "Training", "Arguments": request, **({"DependsOn": after} if after else {}), **more}


def tuning(name: str, *definitions: dict[str, Any], **limits: Any) -> dict[str, Any]:
    """A tuning step over the requests of training steps."""
    requests = [step["Arguments"] for step in definitions]
    one = {"TrainingJobDefinition": requests[0]} if len(requests) == 1 else {"TrainingJobDefinitions": requests}
    return {
        "Name": name,
        "Type": "Tuning",
        "Arguments": {"HyperParameterTuningJobConfig": {"ResourceLimits": limits}, **one},
    }


def branch(name: str, if_steps: Any = (), else_steps: Any = (), after: tuple[str, ...] = ()) -> dict[str, Any]:
    """A condition step."""
    arguments = {"Conditions": [], "IfSteps": list(if_steps), "ElseSteps": list(else_steps)}
    return {"Name": name, "Type": "Condition", "Arguments": arguments, "DependsOn": list(after)}


def for_each(name: str, items: Any, at_once: int, *body: dict[str, Any]) -> dict[str, Any]:
    """A for-each step."""
    arguments = {"IterableItems": items, "MaxConcurrency": at_once, "ForEachBody": list(body)}
    return {"Name": name, "Type": "ForEach", "Arguments": arguments}


def parameter(name: str, type: str = "String", **more: Any) -> dict[str, Any]:
    return {"Name": name, "Type": type, **more}


def get(name: str) -> dict[str, Any]:
    return {"Get": f"Parameters.{name}"}


def found(code: str, *steps: dict[str, Any], parameters: Any = (), **limits: Any) -> list[Finding]:
    """What one rule finds."""
    subject = Subject(definition(*steps, parameters=tuple(parameters)), limits.pop("place", PLACE), **limits)
    findings = check(subject, [code])
    assert {finding.code for finding in findings} <= {code}
    return findings


def told(findings: list[Finding]) -> list[tuple[str | None, str, str]]:
    """Step, field and text of findings."""
    return [(finding.step, finding.where.removeprefix("Arguments."), finding.text) for finding in findings]
