"""Synthesizes what the library makes of a role for each step, as one would write it by hand: roles and a CfnPipeline.

Arguments: the template that the library made, of which the statements and the definition are read; the folder of the
assembly.
"""

import json
import sys
from pathlib import Path
from typing import Any

import memory
from aws_cdk import App, Environment, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker

template, outdir = sys.argv[1:]

app = App(outdir=outdir)
stack = Stack(app, "Benchmark", env=Environment(account="111122223333", region="us-east-1"))
resources = json.loads(Path(template).read_text())["Resources"]
arns: dict[str, str] = {}


def written(value: Any) -> Any:
    """What a value of the template is in an app, where the ARN of a role is a property of the role."""
    if isinstance(value, dict):
        if "Fn::GetAtt" in value:
            return arns[value["Fn::GetAtt"][0]]
        if "Fn::Join" in value:
            separator, parts = value["Fn::Join"]
            return separator.join(map(written, parts))
        if value == {"Ref": "AWS::Partition"}:
            return stack.partition
        return {key: written(item) for key, item in value.items()}
    return [written(item) for item in value] if isinstance(value, list) else value


def role(logical_id: str, properties: Any) -> iam.Role:
    """A role with its trust and what it may do."""
    (trust,) = properties["AssumeRolePolicyDocument"]["Statement"]
    policies = {
        policy["PolicyName"]: iam.PolicyDocument(
            statements=[
                iam.PolicyStatement(
                    actions=listed(statement["Action"]),
                    resources=written(listed(statement["Resource"])),
                    conditions=written(statement.get("Condition")),
                )
                for statement in policy["PolicyDocument"]["Statement"]
            ]
        )
        for policy in properties["Policies"]
    }
    principal = iam.ServicePrincipal(trust["Principal"]["Service"], conditions=written(trust["Condition"]))
    return iam.Role(stack, logical_id, assumed_by=principal, inline_policies=policies)


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


roles = {key: one["Properties"] for key, one in resources.items() if one["Type"] == "AWS::IAM::Role"}
(pipeline,) = (one["Properties"] for one in resources.values() if one["Type"] == "AWS::SageMaker::Pipeline")
mine = pipeline["RoleArn"]["Fn::GetAtt"][0]
for logical_id in [*(key for key in roles if key != mine), mine]:  # the pipeline's passes the others on
    arns[logical_id] = role(logical_id, roles[logical_id]).role_arn
body = json.loads(written(pipeline["PipelineDefinition"]["PipelineDefinitionBody"]))
sagemaker.CfnPipeline(
    stack,
    "Pipeline",
    pipeline_name="benchmark",
    role_arn=arns[mine],
    pipeline_definition={"PipelineDefinitionBody": stack.to_json_string(body)},
)
app.synth()
memory.tell()
