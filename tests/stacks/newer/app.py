"""The steps that the service has got last: triggers, groups, for-each, endpoints, lineage, jobs of its own, cleanup."""

import os
from typing import Any

import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks
from constructs import IConstruct

from cdk_sagemaker_pipelines import (
    CleanupSource,
    CleanupStep,
    EndpointConfigStep,
    EndpointStep,
    ExecutionVariables,
    ForEachStep,
    Handler,
    Image,
    InferenceComponentStep,
    JobStep,
    LambdaStep,
    LineageAction,
    LineageArtifact,
    LineageAssociation,
    LineageStep,
    ModelStep,
    Parameter,
    Pipeline,
    ProcessingStep,
    ProductionVariant,
    Script,
    StepGroup,
    StepScope,
)

EXECUTION = ExecutionVariables.PIPELINE_EXECUTION_ID
SKLEARN = Image.sklearn("1.2-1")

app = cdk.App(analytics_reporting=False)
stack = cdk.Stack(app, "Newer", env=cdk.Environment(account="111122223333", region="eu-west-1"))
pipeline = Pipeline(stack, "Pipeline", pipeline_name="Newer")
model_data = Parameter.string("ModelData", default="s3://models/model.tar.gz")


class Search(StepGroup):
    """Tries some depths and tells which is the best."""

    def __init__(self, scope: StepScope, construct_id: str, *, items: Any, **options: Any) -> None:
        super().__init__(scope, construct_id, **options)
        each = ForEachStep(self, "Each", items=items, max_concurrency=2)
        score = LambdaStep(
            each.body,
            "Score",
            handler=Handler("code/score.py"),
            inputs={"depth": each.item["depth"], "name": f"depth-{each.item['depth']}"},
            outputs={"score": "Integer", "name": "String"},
        )
        each.select_min_by(score.output("score"))
        found = {
            "best": each.selected(score).output_parameters["name"],
            "first": each.result(score, 0).output_parameters["name"],
            "count": each.properties.succeeded_step_count,
        }
        self.tell = LambdaStep(self, "Tell", handler=Handler("code/tell.py"), inputs=found, outputs={"told": "String"})


literal = Search(pipeline, "Literal", items=[{"depth": 6}, {"depth": 2}, {"depth": 9}])
given = Search(
    pipeline,
    "Given",
    items=Parameter.string("Items", default='[{"depth": 1}, {"depth": 3}]'),
    depends_on=[literal],
)

risky = LambdaStep(
    pipeline, "Risky", handler=Handler("code/fail.py"), inputs={"fail": Parameter.boolean("Fail", default=False)}
)
for name, follow in (("Failed", risky.on_failure), ("Stopped", risky.on_stop), ("Ended", risky.on_end)):
    follow(LambdaStep(pipeline, name, handler=Handler("code/tell.py"), outputs={"told": "String"}))

write = ProcessingStep(
    pipeline, "Write", image=SKLEARN, script=Script("code/write.py"), instance_type="ml.m5.large", outputs=["files"]
)
CleanupStep(pipeline, "Clean", sources=[CleanupSource(write, [f"{write.output('files')}/drop.csv"])])

model = ModelStep(pipeline, "Model", image=SKLEARN, model_data=model_data)
config = EndpointConfigStep(pipeline, "Config", variants=[ProductionVariant(model, instance_type="ml.m5.large")])
EndpointStep(pipeline, "Deploy", endpoint_name="age", config=config)
shared_config = EndpointConfigStep(
    pipeline, "SharedConfig", variants=[ProductionVariant(instance_type="ml.m5.xlarge", max_instances=2)]
)
shared = EndpointStep(pipeline, "Shared", endpoint_name="shared", config=shared_config)
InferenceComponentStep(
    pipeline,
    "Component",
    inference_component_name="sex",
    endpoint=shared,
    image=SKLEARN,
    model_data="s3://models/model.tar.gz",
    min_memory_in_mb=1024,
)

action = LineageAction(f"search-{EXECUTION}", "Search", f"s3://runs/{EXECUTION}")
artifact = LineageArtifact("model", "Model", model_data)
LineageStep(
    pipeline,
    "Record",
    actions=[action],
    artifacts=[artifact],
    associations=[LineageAssociation(action, artifact, "Produced")],
)
job = JobStep(
    pipeline,
    "Transform",
    category="DataTransformation",
    schema_version="1.0.0",
    document={
        "OutputDataConfig": {"S3OutputPath": f"s3://transformed/{EXECUTION}/"},
        "Best": literal.tell.output("told"),
    },
)
LambdaStep(
    pipeline,
    "Last",
    handler=Handler("code/tell.py"),
    inputs={"arn": job.properties.job_arn, "best": job.properties.job_config_document["Best"]},
    outputs={"told": "String"},
)


def acknowledge(scope: IConstruct, why: str, *rules: str) -> None:
    for rule in rules:
        acknowledgment = cdk.Acknowledgment(id=f"AwsSolutions::AwsSolutions-{rule}", reason=why)
        cdk.Validations.of(scope).acknowledge(acknowledgment)


if "acknowledged" in os.environ.get("NAG", ""):
    pipeline.acknowledge_wildcards()
    acknowledge(stack, "who reads and writes here is told by CloudTrail", "S1")
if "NAG" in os.environ:
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
app.synth()
