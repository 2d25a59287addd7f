"""What cdk-nag's AwsSolutions pack says of clusters and applications, and why it may stay so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from constructs import IConstruct

from cdk_sagemaker_pipelines import (
    ClusterConfig,
    EmrCluster,
    EmrInstanceGroup,
    EmrServerlessApplication,
    EMRServerlessStep,
    EMRStep,
    HiveQuery,
    Pipeline,
    S3Location,
    SparkSubmit,
)
from tests.steps.support import network

cdk_nag = pytest.importorskip("cdk_nag")

OBJECTS = "the names of the objects below this place are known when steps run"
MANAGED = (
    "EMR's own policy for just this: it changes only what is tagged for EMR; what EMR calls on EC2 is written nowhere "
    "else and changes, and a copy that lags behind breaks clusters"
)
BESIDE = "the rule looks beside EncryptionConfiguration, where EMR reads nothing; the setting stands inside of it"
POLICY = "IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonEMRServicePolicy_v2]"
REASONS = {
    ("S/Cluster/Resource", "EMR4"): BESIDE,
    ("S/Cluster/Resource", "EMR5"): BESIDE,
    ("S/Cluster/Resource", "EMR6"): "nobody logs in: there is no key pair, and no port is open",
    ("S/Cluster/Roles/ServiceRole/Resource", POLICY): MANAGED,
    ("S/P/Made/Roles/ServiceRole/Resource", POLICY): MANAGED,
    (
        "S/Cluster/Roles/InstanceRole/DefaultPolicy/Resource",
        "IAM5[Resource::arn:<AWS::Partition>:s3:::logs/emr/*]",
    ): OBJECTS,
}
"""By construct and rule what must be acknowledged; what its steps need of roles the pipeline explains by itself."""


def app_of(folder: Path) -> cdk.App:
    app = cdk.App(outdir=str(folder), analytics_reporting=False)
    stack = cdk.Stack(app, "S", env=cdk.Environment(account="111122223333", region="eu-west-1"))
    vpc: ec2.IVpc = network(stack)["vpc"]
    cluster_fields: dict[str, Any] = {
        "release_label": "emr-7.10.0",
        "vpc": vpc,
        "primary": EmrInstanceGroup(instance_type="m5.xlarge"),
        "logs": S3Location.from_uri("s3://logs/emr/"),
    }
    raw = S3Location.from_uri("s3://data/raw/")
    certificates = S3Location.from_uri("s3://certificates/pem.zip")
    cluster = EmrCluster(stack, "Cluster", **cluster_fields, certificates=certificates)
    application = EmrServerlessApplication(stack, "Spark", release_label="emr-7.10.0")
    pipeline = Pipeline(stack, "P", artifacts=S3Location.from_uri("s3://artifacts/"))
    pipeline.acknowledge_wildcards()
    EMRStep(pipeline, "Existing", cluster_id="j-1ABCDEFGHIJKL")
    EMRStep(pipeline, "Owned", cluster=cluster, reads=[raw])
    EMRStep(pipeline, "Made", cluster_config=ClusterConfig(**cluster_fields), reads=[raw])
    EMRServerlessStep(pipeline, "Spark", application=application, driver=SparkSubmit("s3://code/a.py"), writes=[raw])
    own = {"releaseLabel": "emr-7.10.0", "type": "HIVE"}
    EMRServerlessStep(pipeline, "Hive", application_config=own, driver=HiveQuery("s3://code/a.sql"))
    cdk.Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app))
    return app


def test_what_must_be_acknowledged_is_told_here(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app_of(tmp_path).synth()
    report = json.loads((tmp_path / "validation-report.json").read_text(encoding="utf-8"))
    found = set()
    for plugin in report["pluginReports"]:
        for violation in plugin["violations"]:
            rule = violation["ruleName"].removeprefix("AwsSolutions-")
            found |= {(one["constructPath"], rule) for one in violation["violatingConstructs"]}
    assert found == set(REASONS)


def test_nothing_is_left_when_it_is_acknowledged(tmp_path: Path) -> None:
    app = app_of(tmp_path)
    for (path, rule), reason in REASONS.items():
        construct: IConstruct = app
        for part in path.split("/"):
            construct = construct.node.find_child(part)
        acknowledged = cdk.Acknowledgment(id=f"AwsSolutions::AwsSolutions-{rule}", reason=reason)
        cdk.Validations.of(construct).acknowledge(acknowledged)
    app.synth()
