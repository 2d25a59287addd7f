"""Data beside files in S3."""

from __future__ import annotations

from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from cdk_sagemaker_pipelines import (
    AthenaDataset,
    ConditionStep,
    EfsSource,
    FeatureGroupOutput,
    Image,
    Parameter,
    Pipeline,
    ProcessingStep,
    Script,
    SourceDir,
    TrainingStep,
)
from tests.gallery.reasons import acknowledge_no_access_logs


class DataSourcesStack(Stack):
    """Writes rows, and uses what else it is told to: a query, a feature group or a file system."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        pipeline = Pipeline(self, "Pipeline")
        source = Parameter.string("Source", default="none", enum_values=["none", "query", "group", "files"])
        job: dict[str, Any] = {"image": Image.sklearn("1.2-1"), "instance_type": "ml.m5.large"}
        rows: dict[str, Any] = {
            "script": Script("code/write.py"),
            "container_arguments": ["--rows", "3"],
            **job,
        }
        query = ConditionStep(pipeline, "FromQuery", condition=source.equals("query"))
        petals = AthenaDataset(query="SELECT * FROM petals", database="flowers", work_group="research")
        ProcessingStep(query.if_steps, "Query", inputs={"petals": petals}, outputs=["rows"], **rows)
        group = ConditionStep(pipeline, "ToGroup", condition=source.equals("group"))
        ProcessingStep(group.if_steps, "Store", outputs={"rows": FeatureGroupOutput("flowers")}, **rows)
        files = ConditionStep(pipeline, "FromFiles", condition=source.equals("files"))
        subnet = ec2.Subnet.from_subnet_attributes(
            self, "Subnet", subnet_id="subnet-12345678", route_table_id="rtb-12345678"
        )
        TrainingStep(
            files.if_steps,
            "Train",
            source=SourceDir("code/train", entry_point="train.py"),
            hyperparameters={"depth": 3},
            inputs={"flowers": EfsSource("fs-0123456789abcdef0", "/flowers")},
            vpc_subnets=ec2.SubnetSelection(subnets=[subnet]),
            security_groups=[ec2.SecurityGroup.from_security_group_id(self, "Group", "sg-12345678")],
            **job,
        )
        ProcessingStep(pipeline, "Write", outputs=["rows"], **rows)
        pipeline.acknowledge_wildcards()
        acknowledge_no_access_logs(self)
