"""EMR steps: their JSON, the clusters that they run on or make, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from cdk_sagemaker_pipelines import (
    ClusterConfig,
    EmrCluster,
    EmrInstanceFleet,
    EmrInstanceGroup,
    EMRStep,
    ExceptionType,
    FailStep,
    Parameter,
    Pipeline,
    PipelineError,
    RetryPolicy,
    S3Location,
    Script,
)
from tests.steps.support import SUBNETS, arguments, errors, findings, get, join, network, rendered

CLUSTER = "j-1ABCDEFGHIJKL"
GROUP = EmrInstanceGroup(instance_type="m5.xlarge")
FLEET = EmrInstanceFleet(instance_types=["m5.xlarge"], on_demand=1)
RUNTIME = "arn:aws:iam::111122223333:role/Runtime"
RUN_JOB_FLOW: dict[str, Any] = {
    "ReleaseLabel": "emr-7.10.0",
    "Instances": {"InstanceGroups": [{"InstanceRole": "MASTER", "InstanceType": "m5.xlarge", "InstanceCount": 1}]},
}
RETRY = RetryPolicy([ExceptionType.THROTTLING], max_attempts=3)


@pytest.fixture
def runtime_role(stack: cdk.Stack) -> iam.IRole:
    return iam.Role.from_role_arn(stack, "Runtime", RUNTIME, mutable=False)


@pytest.fixture
def vpc(stack: cdk.Stack) -> ec2.IVpc:
    found: ec2.IVpc = network(stack)["vpc"]
    return found


def config(**more: Any) -> ClusterConfig:
    return ClusterConfig(**{"release_label": "emr-7.10.0", "primary": GROUP, **more})


def policies(stack: cdk.Stack, role: str) -> list[Any]:
    """The statements of a role's own policies, found by a part of its logical id."""
    template = Template.from_stack(stack)
    (found,) = (body for name, body in template.find_resources("AWS::IAM::Role").items() if role in name)
    documents = [policy["PolicyDocument"] for policy in found["Properties"].get("Policies", [])]
    for name, body in template.find_resources("AWS::IAM::Policy").items():
        if role in name:
            documents.append(body["Properties"]["PolicyDocument"])
    return [statement for document in documents for statement in document["Statement"]]


def test_every_field(pipeline: Pipeline, runtime_role: iam.IRole) -> None:
    step = EMRStep(
        pipeline,
        "Count",
        step_name="Count-It",
        cluster_id=CLUSTER,
        jar=S3Location.from_uri("s3://code/app.jar"),
        args=["--rows", 12, Parameter.string("Day", default="monday"), S3Location.from_uri("s3://data/raw/")],
        main_class="com.example.Main",
        java_properties={"speed": 2},
        execution_role=runtime_role,
        reads=["s3://data/raw/"],
        overrides={"StepConfig": {"StepMonitoringConfiguration": {"S3MonitoringConfiguration": {"LogUri": "s3://l/"}}}},
    )
    assert rendered(step) == {
        "Name": "Count-It",
        "Type": "EMR",
        "Arguments": {
            "StepConfig": {
                "HadoopJarStep": {
                    "Jar": "s3://code/app.jar",
                    "Args": ["--rows", "12", get("Parameters.Day"), "s3://data/raw/"],
                    "MainClass": "com.example.Main",
                    "Properties": [{"Key": "speed", "Value": "2"}],
                },
                "StepMonitoringConfiguration": {"S3MonitoringConfiguration": {"LogUri": "s3://l/"}},
            },
            "ClusterId": CLUSTER,
            "ExecutionRoleArn": RUNTIME,
        },
    }
    assert findings(step) == []


def test_the_fewest_fields(pipeline: Pipeline) -> None:
    step = EMRStep(pipeline, "Count", cluster_id=CLUSTER)
    assert rendered(step) == {
        "Name": "Count",
        "Type": "EMR",
        "Arguments": {"StepConfig": {"HadoopJarStep": {"Jar": "command-runner.jar"}}, "ClusterId": CLUSTER},
    }
    assert errors(pipeline) == []


def test_what_emr_says_of_the_step_can_be_read(pipeline: Pipeline) -> None:
    step = EMRStep(pipeline, "Count", cluster_id=CLUSTER)
    fail = FailStep(pipeline, "Stop", message=f"{step.properties.id} {step.properties.config.args[0]}")
    assert arguments(fail) == {"ErrorMessage": join(get("Steps.Count.Id"), " ", get("Steps.Count.Config.Args[0]"))}
    assert step.reference("Status.State").to_json() == get("Steps.Count.Status.State")
    with pytest.raises(PipelineError, match="'State' is not a property of an EMR step"):
        step.reference("State")
    assert errors(pipeline) == []


def test_a_cluster_that_is_known_at_run_time(pipeline: Pipeline) -> None:
    step = EMRStep(pipeline, "Count", cluster_id=Parameter.string("Cluster", default=CLUSTER))
    assert arguments(step)["ClusterId"] == get("Parameters.Cluster")
    assert findings(step) == []


def test_a_script_goes_up_and_may_be_read(stack: cdk.Stack, tmp_path: Path) -> None:
    (tmp_path / "count.py").write_text("print('here')\n", encoding="utf-8")
    role = iam.Role(stack, "Own", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"))
    pipeline = Pipeline(stack, "P")
    step = EMRStep(
        pipeline,
        "Count",
        cluster_id=CLUSTER,
        args=["spark-submit", Script(tmp_path / "count.py")],
        execution_role=role,
    )
    uri = arguments(step)["StepConfig"]["HadoopJarStep"]["Args"][1]
    assert uri == "s3://cdk-hnb659fds-assets-111122223333-eu-west-1/<hash>.py"
    found = [statement for statement in policies(stack, "Own") if statement["Action"] == "s3:GetObject"]
    assert len(found) == 1
    assert ".py" in str(found[0]["Resource"])


def test_a_cluster_of_its_own_as_the_request(pipeline: Pipeline) -> None:
    given = {**RUN_JOB_FLOW, "Tags": [{"Key": "team", "Value": "ml"}]}
    step = EMRStep(pipeline, "Count", cluster_config=given)
    assert arguments(step)["ClusterConfig"] == given
    cdk.Tags.of(pipeline).add("stage", "dev")
    Template.from_stack(cdk.Stack.of(pipeline))
    tags = pipeline.definition.step("Count").arguments["ClusterConfig"]["Tags"]
    assert tags == [{"Key": "team", "Value": "ml"}, {"Key": "stage", "Value": "dev"}]


def test_every_field_of_a_cluster_of_its_own(pipeline: Pipeline, stack: cdk.Stack, vpc: ec2.IVpc) -> None:
    roles = [iam.Role.from_role_name(stack, name, name) for name in ("Emr", "Scaling")]
    cores = Parameter.integer("Cores", default=2)
    step = EMRStep(
        pipeline,
        "Count",
        cluster_config=config(
            primary=EmrInstanceGroup(instance_type="m5.xlarge", name="main", volume_size_in_gb=64),
            core=EmrInstanceGroup(instance_type="m5.xlarge", instance_count=cores),
            tasks=[EmrInstanceGroup(instance_type="m5.2xlarge", market="SPOT", bid_price="0.2")],
            applications=["Spark", "Hive"],
            configurations={"spark": {"maximizeResourceAllocation": "true"}},
            bootstrap_actions={"tools": "s3://code/tools.sh"},
            vpc=vpc,
            service_role=roles[0],
            instance_profile=iam.InstanceProfile.from_instance_profile_name(stack, "Nodes", "Nodes"),
            auto_scaling_role=roles[1],
            logs=S3Location.from_uri("s3://logs/emr/"),
            security_configuration="at-rest",
            key_pair="admin",
            tags={"team": "ml"},
            members={"StepConcurrencyLevel": 2, "Instances": {"UnhealthyNodeReplacement": True}},
        ),
    )
    found = arguments(step)["ClusterConfig"]
    groups = {key: value for key, value in found["Instances"].items() if key.endswith("SecurityGroup")}
    assert sorted(groups) == [
        "EmrManagedMasterSecurityGroup",
        "EmrManagedSlaveSecurityGroup",
        "ServiceAccessSecurityGroup",
    ]
    specification = {"VolumeType": "gp3", "SizeInGB": 64}
    disks = {"EbsBlockDeviceConfigs": [{"VolumeSpecification": specification, "VolumesPerInstance": 1}]}
    assert found == {
        "ReleaseLabel": "emr-7.10.0",
        "Applications": [{"Name": "Spark"}, {"Name": "Hive"}],
        "Configurations": [{"Classification": "spark", "Properties": {"maximizeResourceAllocation": "true"}}],
        "BootstrapActions": [{"Name": "tools", "ScriptBootstrapAction": {"Path": "s3://code/tools.sh"}}],
        "Instances": {
            "InstanceGroups": [
                {
                    "InstanceRole": "MASTER",
                    "Name": "main",
                    "InstanceType": "m5.xlarge",
                    "InstanceCount": 1,
                    "EbsConfiguration": disks,
                },
                {"InstanceRole": "CORE", "InstanceType": "m5.xlarge", "InstanceCount": get("Parameters.Cores")},
                {
                    "InstanceRole": "TASK",
                    "InstanceType": "m5.2xlarge",
                    "InstanceCount": 1,
                    "Market": "SPOT",
                    "BidPrice": "0.2",
                },
            ],
            "Ec2KeyName": "admin",
            "Ec2SubnetId": SUBNETS[0],
            **groups,
            "UnhealthyNodeReplacement": True,
        },
        "ServiceRole": "Emr",
        "JobFlowRole": "Nodes",
        "AutoScalingRole": "Scaling",
        "LogUri": "s3://logs/emr/",
        "SecurityConfiguration": "at-rest",
        "Tags": [{"Key": "team", "Value": "ml"}],
        "StepConcurrencyLevel": 2,
    }
    assert findings(step) == []


def test_a_cluster_of_its_own_gets_roles_and_the_network_that_they_need(stack: cdk.Stack, vpc: ec2.IVpc) -> None:
    pipeline = Pipeline(stack, "P")
    step = EMRStep(
        pipeline,
        "Count",
        cluster_config=config(
            primary=FLEET,
            vpc=vpc,
            logs=S3Location.from_uri("s3://logs/emr/"),
            bootstrap_actions={"tools": "s3://code/tools.sh"},
        ),
        writes=["s3://data/counts/"],
    )
    found = arguments(step)["ClusterConfig"]
    assert found["Tags"] == [{"Key": "for-use-with-amazon-emr-managed-policies", "Value": "true"}]
    assert found["Instances"]["Ec2SubnetIds"] == SUBNETS
    assert list(found["ServiceRole"]) == list(found["JobFlowRole"]) == ["Ref"]
    nodes = {str(statement["Action"]): str(statement["Resource"]) for statement in policies(stack, "InstanceRole")}
    assert sorted(nodes) == [
        "['s3:AbortMultipartUpload', 's3:DeleteObject', 's3:GetObject', 's3:PutObject']",
        "['s3:AbortMultipartUpload', 's3:PutObject']",
        "s3:GetObject",
        "s3:ListBucket",
    ]
    assert "logs/emr/*" in nodes["['s3:AbortMultipartUpload', 's3:PutObject']"]
    # the subnets exist already and cannot be tagged here, so EMR's role is told of them
    service = policies(stack, "ServiceRole")
    assert [statement["Action"] for statement in service] == [
        "iam:PassRole",
        [
            "ec2:CreateFleet",
            "ec2:CreateLaunchTemplate",
            "ec2:CreateLaunchTemplateVersion",
            "ec2:CreateNetworkInterface",
            "ec2:RunInstances",
        ],
    ]
    assert all(subnet in str(service[1]["Resource"]) for subnet in SUBNETS)
    (body,) = Template.from_stack(stack).find_resources("AWS::SageMaker::Pipeline").values()
    assert [name for name in body["DependsOn"] if "ServiceRole" in name]


def test_a_cluster_that_the_app_makes(stack: cdk.Stack, vpc: ec2.IVpc) -> None:
    pipeline = Pipeline(stack, "P")
    cluster = EmrCluster(stack, "Cluster", release_label="emr-7.10.0", vpc=vpc, primary=GROUP, runtime_roles=True)
    role = iam.Role(stack, "Own", assumed_by=iam.AccountPrincipal("111122223333"))
    bucket = s3.Bucket.from_bucket_name(stack, "Data", "data")
    shared = EMRStep(pipeline, "Shared", cluster=cluster, reads=[S3Location(bucket, "raw/")])
    own = EMRStep(pipeline, "Own", cluster=cluster, execution_role=role, writes=[S3Location(bucket, "out/")])
    reference = stack.resolve(cluster.cluster_id)
    assert arguments(shared)["ClusterId"] == arguments(own)["ClusterId"] == reference
    assert list(reference) == ["Ref"]
    assert "ExecutionRoleArn" not in arguments(shared)
    assert errors(pipeline) == []
    assert "raw/*" in str(policies(stack, "ClusterRolesInstanceRole"))
    assert "out/*" not in str(policies(stack, "ClusterRolesInstanceRole"))
    assert "out/*" in str(policies(stack, "Own"))


BOTH = "cluster_config: give exactly one of 'Instances.InstanceGroups' and 'InstanceFleets'"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "give exactly one of cluster_id, cluster and cluster_config"),
        (
            {"cluster_id": CLUSTER, "cluster_config": RUN_JOB_FLOW},
            "give exactly one of cluster_id, cluster and cluster_config",
        ),
        ({"cluster": CLUSTER}, f"cluster takes an EmrCluster, not '{CLUSTER}'"),
        ({"cluster_id": ["j-1"]}, "cluster_id must be a text, not ['j-1']"),
        (
            {"cluster_config": "emr-7.10.0"},
            "cluster_config takes ClusterConfig(...) or the request of RunJobFlow, not 'emr-7.10.0'",
        ),
        *(
            (
                {"cluster_config": {**RUN_JOB_FLOW, name: []}},
                f"cluster_config: {name!r} cannot be set for a cluster that the step creates",
            )
            for name in ("Name", "Steps", "AutoTerminationPolicy")
        ),
        *(
            (
                {"cluster_config": config(members={"Instances": {name: True}})},
                f"cluster_config: 'Instances.{name}' cannot be set for a cluster that the step creates",
            )
            for name in ("KeepJobFlowAliveWhenNoSteps", "TerminationProtected")
        ),
        ({"cluster_config": {"ReleaseLabel": "emr-7.10.0"}}, "cluster_config: 'Instances' must be a dict, not None"),
        ({"cluster_config": {"Instances": {}}}, BOTH),
        ({"cluster_config": {"Instances": {"InstanceGroups": [], "InstanceFleets": []}}}, BOTH),
        (
            {"cluster_config": config(service_role="A", instance_profile=1)},
            "ClusterConfig: instance_profile takes a profile or its name, not 1",
        ),
        (
            {"cluster_config": config(auto_scaling_role=5)},
            "ClusterConfig: auto_scaling_role takes a role or instance profile, or its name, not 5",
        ),
        (
            {"cluster_id": CLUSTER, "reads": ["s3://data/"]},
            "reads are granted to the role that the step runs with; give execution_role or cluster too",
        ),
        (
            {"cluster_id": CLUSTER, "writes": ["data"]},
            "writes[0]: 'data' is not an S3 URI such as 's3://bucket/prefix/'",
        ),
        ({"cluster_id": CLUSTER, "args": "spark-submit"}, "args must be a list, not 'spark-submit'"),
        ({"cluster_id": CLUSTER, "args": [None]}, "args[0] must be a text, not None"),
        ({"cluster_id": CLUSTER, "jar": 1.5j}, "jar must be a text, not 1.5j"),
        (
            {"cluster_id": CLUSTER, "execution_role": RUNTIME},
            f"execution_role takes a role such as iam.Role.from_role_arn(...), not '{RUNTIME}'",
        ),
    ],
)
def test_bad_fields(pipeline: Pipeline, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(PipelineError) as error:
        EMRStep(pipeline, "Count", **fields)
    assert str(error.value) == f"EMRStep '{pipeline.node.path}/Count': {message}"


def test_a_runtime_role_on_a_cluster_of_its_own(pipeline: Pipeline, runtime_role: iam.IRole) -> None:
    with pytest.raises(PipelineError, match="execution_role: a cluster that the step creates has no runtime roles"):
        EMRStep(pipeline, "Count", cluster_config=RUN_JOB_FLOW, execution_role=runtime_role)


def test_a_runtime_role_on_a_cluster_without(
    pipeline: Pipeline, stack: cdk.Stack, vpc: ec2.IVpc, runtime_role: iam.IRole
) -> None:
    cluster = EmrCluster(stack, "Cluster", release_label="emr-7.10.0", vpc=vpc, primary=GROUP)
    with pytest.raises(PipelineError, match="give it runtime_roles=True"):
        EMRStep(pipeline, "Count", cluster=cluster, execution_role=runtime_role)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"service_role": "A"}, "ClusterConfig: service_role and instance_profile must be given together"),
        ({"vpc_subnets": ec2.SubnetSelection()}, "ClusterConfig: vpc_subnets needs vpc too"),
        ({"core": FLEET}, "primary, core and tasks must all be EmrInstanceGroup or all be EmrInstanceFleet"),
        ({"tasks": [GROUP]}, "tasks need a core group or fleet, which holds the cluster's files"),
        (
            {"primary": "m5"},
            "primary takes EmrInstanceGroup(instance_type='m5.xlarge') or EmrInstanceFleet(...), not 'm5'",
        ),
        (
            {"primary": EmrInstanceGroup(instance_type="m5.xlarge", instance_count=2)},
            "primary: instance_count is 2; allowed are 1 and 3",
        ),
        (
            {"primary": EmrInstanceFleet(instance_types=["m5.xlarge"], on_demand=1, spot=1)},
            "primary: give on_demand=1 or spot=1, a fleet has one primary node",
        ),
        (
            {"primary": FLEET, "core": FLEET, "tasks": [FLEET, FLEET]},
            "tasks: there is at most one fleet of task nodes; give it more instance_types",
        ),
        ({"tags": ["team"]}, "ClusterConfig: tags must be a dict by name, not ['team']"),
        ({"tags": {"team": None}}, "ClusterConfig: tags['team'] must be a text, not None"),
        ({"applications": [None]}, "ClusterConfig: applications[0] must be a text, not None"),
    ],
)
def test_bad_clusters(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(PipelineError) as error:
        config(**fields)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: EmrInstanceGroup(instance_type="m5.xlarge", market="SPOTS"),  # type: ignore[arg-type]
            "EmrInstanceGroup: market is 'SPOTS'; did you mean 'SPOT'?",
        ),
        (
            lambda: EmrInstanceGroup(instance_type="m5.xlarge", instance_count=0),
            "EmrInstanceGroup: instance_count is 0; allowed is at least 1",
        ),
        (
            lambda: EmrInstanceFleet(instance_types=Parameter.string("Types", default="m5.xlarge"), spot=1),  # type: ignore[arg-type]
            "EmrInstanceFleet: instance_types needs at least one type",
        ),
        (
            lambda: EmrInstanceFleet(instance_types=[], spot=1),
            "EmrInstanceFleet: instance_types needs at least one type",
        ),
        (
            lambda: EmrInstanceFleet(instance_types=["m5.xlarge"]),
            "EmrInstanceFleet: give on_demand or spot, the number of units to start",
        ),
        (
            lambda: EmrInstanceFleet(instance_types=["m5.xlarge"], spot=1, spot_allocation_strategy="lowest-price"),
            "EmrInstanceFleet: spot_allocation_strategy needs spot_timeout_in_minutes too",
        ),
    ],
)
def test_bad_instances(make: Any, message: str) -> None:
    with pytest.raises(PipelineError) as error:
        make()
    assert str(error.value) == message
