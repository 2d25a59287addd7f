"""Spark and Hive without a cluster."""

from __future__ import annotations

from typing import Any

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk_sagemaker_pipelines import (
    EmrServerlessApplication,
    EMRServerlessStep,
    HiveQuery,
    Pipeline,
    S3Location,
    Script,
    SparkSubmit,
)
from tests.gallery.reasons import acknowledge_no_access_logs

RELEASE = "emr-7.10.0"


class EMRServerlessStack(Stack):
    """Counts words with Spark on an application that stays, and with Hive on one that is made for the step."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        data = s3.Bucket(self, "Data", enforce_ssl=True, removal_policy=RemovalPolicy.DESTROY)
        texts, counts = S3Location(data, "texts/"), S3Location(data, "counts/")
        application = EmrServerlessApplication(
            self, "Spark", release_label=RELEASE, maximum_cpu="64 vCPU", maximum_memory="256 GB"
        )
        pipeline = Pipeline(self, "Pipeline", artifacts=data)
        EMRServerlessStep(
            pipeline,
            "Count",
            application=application,
            driver=SparkSubmit(Script("code/words.py"), args=[texts, counts]),
            reads=[texts],
            writes=[counts],
        )
        EMRServerlessStep(
            pipeline,
            "Query",
            application_config={"releaseLabel": RELEASE, "type": "HIVE"},
            driver=HiveQuery(Script("code/words.sql")),
        )
        pipeline.acknowledge_wildcards()
        acknowledge_no_access_logs(self)
