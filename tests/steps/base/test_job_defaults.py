"""What a pipeline says once of all its jobs, and how a step differs."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from cdk_sagemaker_pipelines import (
    AutoMLStep,
    ClarifyCheckStep,
    Image,
    JobDefaults,
    ModelContainer,
    ModelStep,
    Network,
    NotebookJobStep,
    Parameter,
    Pipeline,
    PipelineError,
    ProcessingStep,
    QualityCheckStep,
    RepackModelStep,
    SourceDir,
    Step,
    TrainingStep,
    TransformStep,
    TuningStep,
)
from cdk_sagemaker_pipelines.iam.environment import Environment
from cdk_sagemaker_pipelines.language import Definition
from cdk_sagemaker_pipelines.language.step_types import STEP_TYPES
from cdk_sagemaker_pipelines.team import rules
from tests.steps.least import CLASSES, least
from tests.steps.support import ACCOUNT, GROUP, JOB, KEY, NETWORK, OTHER_KEY, REGION, SUBNETS, arguments, rendered

ROOT = Path(__file__).parents[3]
HOURS = 4 * 3600
_JOB_TYPES = [name for name, row in STEP_TYPES.items() if row.job is not None or name == "Tuning"]
OF_JOBS = [kind for kind in CLASSES if kind.type in _JOB_TYPES]

pytestmark = pytest.mark.usefixtures("working_directory")


@pytest.fixture
def network(stack: cdk.Stack) -> Network:
    subnets: list[ec2.ISubnet] = [ec2.Subnet.from_subnet_id(stack, name, name) for name in SUBNETS]
    group = ec2.SecurityGroup.from_security_group_id(stack, "Group", GROUP)
    return Network(vpc_subnets=ec2.SubnetSelection(subnets=subnets), security_groups=[group])


@pytest.fixture
def company(stack: cdk.Stack, network: Network) -> JobDefaults:
    key = kms.Key.from_key_arn(stack, "Key", KEY)
    return JobDefaults(
        network=network, key=key, isolation=True, encrypt_traffic=True, max_runtime=cdk.Duration.seconds(HOURS)
    )


@pytest.fixture
def pipeline(stack: cdk.Stack, company: JobDefaults) -> Pipeline:
    return Pipeline(stack, "P", pipeline_name="P", job_defaults=company)


def at(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


EXPECTED: dict[str, dict[str, Any]] = {
    "Processing": {
        "NetworkConfig": {
            "EnableNetworkIsolation": True,
            "EnableInterContainerTrafficEncryption": True,
            "VpcConfig": NETWORK,
        },
        "ProcessingResources.ClusterConfig.VolumeKmsKeyId": KEY,
        "StoppingCondition": {"MaxRuntimeInSeconds": HOURS},
    },
    "Training": {
        "EnableNetworkIsolation": True,
        "EnableInterContainerTrafficEncryption": True,
        "VpcConfig": NETWORK,
        "OutputDataConfig.KmsKeyId": KEY,
        "ResourceConfig.VolumeKmsKeyId": KEY,
        "StoppingCondition": {"MaxRuntimeInSeconds": HOURS},
    },
    "Tuning": {
        "TrainingJobDefinition.EnableNetworkIsolation": True,
        "TrainingJobDefinition.EnableInterContainerTrafficEncryption": True,
        "TrainingJobDefinition.VpcConfig": NETWORK,
        "TrainingJobDefinition.OutputDataConfig.KmsKeyId": KEY,
        "TrainingJobDefinition.HyperParameterTuningResourceConfig.VolumeKmsKeyId": KEY,
        "TrainingJobDefinition.StoppingCondition": {"MaxRuntimeInSeconds": HOURS},
        "HyperParameterTuningJobConfig.ResourceLimits.MaxRuntimeInSeconds": None,
    },
    "AutoML": {
        "AutoMLJobConfig.SecurityConfig": {
            "VolumeKmsKeyId": KEY,
            "EnableInterContainerTrafficEncryption": True,
            "VpcConfig": NETWORK,
        },
        "AutoMLJobConfig.CompletionCriteria": {"MaxAutoMLJobRuntimeInSeconds": HOURS},
        "OutputDataConfig.KmsKeyId": KEY,
    },
    "Transform": {"TransformOutput.KmsKeyId": KEY, "TransformResources.VolumeKmsKeyId": KEY},
    "Model": {"VpcConfig": NETWORK, "EnableNetworkIsolation": True},
}
_CHECK = {**EXPECTED["Processing"], "ProcessingOutputConfig.KmsKeyId": KEY}
EXPECTED.update(ClarifyCheck=_CHECK, QualityCheck=_CHECK)


def test_every_type_with_a_job_is_expected() -> None:
    assert sorted(EXPECTED) == sorted(_JOB_TYPES)
    assert {AutoMLStep, ClarifyCheckStep, ModelStep, NotebookJobStep, ProcessingStep, QualityCheckStep} < {*OF_JOBS}
    assert {RepackModelStep, TrainingStep, TransformStep, TuningStep} < {*OF_JOBS}


@pytest.mark.parametrize("kind", OF_JOBS, ids=lambda kind: kind.__name__)
def test_each_job_takes_what_its_request_has_a_place_for(kind: type[Step], pipeline: Pipeline) -> None:
    written = arguments(least(kind, pipeline))
    expected = EXPECTED[kind.type]
    assert {path: at(written, path) for path in expected} == expected


@pytest.mark.parametrize("kind", OF_JOBS, ids=lambda kind: kind.__name__)
def test_team_rules_have_nothing_to_say(kind: type[Step], pipeline: Pipeline) -> None:
    step = rendered(least(kind, pipeline))
    definition = Definition({"Version": "2020-12-01", "Steps": [step]})
    subject = rules.Subject(definition, Environment("aws", REGION, ACCOUNT, "P"))
    asked = (rules.vpc, rules.keys, rules.network_isolation, rules.inter_container_encryption, rules.max_runtime)
    assert [str(finding) for rule in asked for finding in rule(subject)] == []


OTHERS = [kind for kind in CLASSES if kind not in OF_JOBS and not kind._runs]


@pytest.mark.parametrize("kind", OTHERS, ids=lambda kind: kind.__name__)
def test_other_steps_do_not_have_it(kind: type[Step], pipeline: Pipeline) -> None:
    assert "job_defaults" not in kind._declared_fields
    written = rendered(least(kind, pipeline))
    written["Arguments"].pop("ForEachBody", None)
    assert KEY not in str(written)


def test_fields_of_a_step_come_first(pipeline: Pipeline, stack: cdk.Stack) -> None:
    key = kms.Key.from_key_arn(stack, "Other", OTHER_KEY)
    step = TrainingStep(
        pipeline, "A", **JOB, max_runtime=60, enable_network_isolation=False, encrypt_inter_container_traffic=False,
        volume_kms_key=key,
    )  # fmt: skip
    written = arguments(step)
    assert (written["EnableNetworkIsolation"], written["EnableInterContainerTrafficEncryption"]) == (False, False)
    assert written["StoppingCondition"] == {"MaxRuntimeInSeconds": 60}
    assert (written["ResourceConfig"]["VolumeKmsKeyId"], written["OutputDataConfig"]["KmsKeyId"]) == (OTHER_KEY, KEY)
    assert step.max_runtime == 60


def test_a_step_has_less_with_defaults_of_its_own(pipeline: Pipeline, company: JobDefaults) -> None:
    written = arguments(TrainingStep(pipeline, "A", **JOB, job_defaults=replace(company, network=None, key=None)))
    assert "VpcConfig" not in written
    assert "KmsKeyId" not in str(written)
    assert written["EnableNetworkIsolation"] is True
    nothing = arguments(TrainingStep(pipeline, "B", **JOB, job_defaults=JobDefaults()))
    assert {"VpcConfig", "EnableNetworkIsolation", "EnableInterContainerTrafficEncryption"}.isdisjoint(nothing)
    assert nothing["StoppingCondition"] == {"MaxRuntimeInSeconds": 86400}


def test_a_step_in_another_network_takes_nothing_of_it(pipeline: Pipeline, stack: cdk.Stack) -> None:
    vpc = ec2.Vpc.from_vpc_attributes(
        stack, "Vpc", vpc_id="vpc-1", availability_zones=["eu-west-1a"], private_subnet_ids=["subnet-other"]
    )
    config = arguments(ProcessingStep(pipeline, "A", **JOB, vpc=vpc))["NetworkConfig"]["VpcConfig"]
    assert config["Subnets"] == ["subnet-other"]
    assert GROUP not in config["SecurityGroupIds"]


def test_a_step_in_the_network_can_have_other_security_groups(pipeline: Pipeline, stack: cdk.Stack) -> None:
    group = ec2.SecurityGroup.from_security_group_id(stack, "Mine", "sg-mine")
    config = arguments(ProcessingStep(pipeline, "A", **JOB, security_groups=[group]))["NetworkConfig"]["VpcConfig"]
    assert config == {"Subnets": SUBNETS, "SecurityGroupIds": ["sg-mine"]}


def test_a_vpc_alone_is_a_network(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc.from_vpc_attributes(
        stack, "Vpc", vpc_id="vpc-1", availability_zones=["eu-west-1a"], private_subnet_ids=["subnet-p"]
    )
    pipeline = Pipeline(stack, "P", job_defaults=JobDefaults(network=vpc))
    config = arguments(TrainingStep(pipeline, "A", **JOB))["VpcConfig"]
    assert config["Subnets"] == ["subnet-p"]
    assert len(config["SecurityGroupIds"]) == 1


_P4 = {"ResourceConfig": {"InstanceGroups": [{"InstanceType": "ml.p4d.24xlarge", "InstanceCount": 2}]}}


@pytest.mark.parametrize(
    ("fields", "encrypted"),
    [
        ({"instance_type": "ml.m5.xlarge"}, True),
        ({"instance_type": "ml.g5.xlarge"}, False),
        ({"instance_type": "ml.m5d.xlarge"}, False),
        ({"instance_type": Parameter.string("Type", default="ml.g5.xlarge")}, False),
        ({"instance_type": Parameter.string("Type", default="ml.m5.xlarge")}, True),
        ({"instance_type": Parameter.string("Type")}, True),
        ({"instance_type": "ml.m5.xlarge", "overrides": _P4}, False),
        ({"instance_type": "ml.g5.xlarge", "overrides": {"ResourceConfig": {"InstanceType": "ml.m5.xlarge"}}}, True),
    ],
    ids=["ebs", "nvme", "nvme-d", "by-default", "ebs-by-default", "unknown", "groups", "overridden"],
)
def test_local_disks_take_no_key(fields: dict[str, Any], encrypted: bool, pipeline: Pipeline) -> None:
    written = arguments(TrainingStep(pipeline, "A", image=JOB["image"], **fields))
    assert ("VolumeKmsKeyId" in written["ResourceConfig"]) == encrypted
    assert written["OutputDataConfig"]["KmsKeyId"] == KEY


def test_a_notebook_has_traffic_encrypted_unless_it_is_told(stack: cdk.Stack) -> None:
    silent = Pipeline(stack, "Q", pipeline_name="Q")
    off = Pipeline(stack, "R", pipeline_name="R", job_defaults=JobDefaults(encrypt_traffic=False))
    written = [arguments(least(NotebookJobStep, pipeline)) for pipeline in (silent, off)]
    assert [request["EnableInterContainerTrafficEncryption"] for request in written] == [True, False]


def test_one_training_definition_serves_two_pipelines(pipeline: Pipeline, stack: cdk.Stack) -> None:
    tuning = least(TuningStep, pipeline)
    assert isinstance(tuning, TuningStep)
    other = Pipeline(stack, "Q", pipeline_name="Q", job_defaults=JobDefaults(max_runtime=60))
    request = arguments(TuningStep(other, "Step", training=tuning.training, max_jobs=1))["TrainingJobDefinition"]
    assert request["StoppingCondition"] == {"MaxRuntimeInSeconds": 60}
    assert "VpcConfig" not in request


def test_spot_capacity_waits_for_the_time_of_the_pipeline(pipeline: Pipeline) -> None:
    with pytest.raises(PipelineError, match="max_wait is 60 seconds and max_runtime 14400"):
        TrainingStep(pipeline, "A", **JOB, max_wait=60)


def test_an_isolated_model_cannot_fetch_its_code(pipeline: Pipeline) -> None:
    source = SourceDir("code", entry_point="train.py")
    image = Image.sklearn("1.2-1")
    advice = "source: an isolated container cannot fetch its code; put it into the model archive"
    with pytest.raises(PipelineError, match=advice):
        ModelStep(pipeline, "A", image=image, source=source)
    with pytest.raises(PipelineError, match=advice):
        ModelStep(pipeline, "B", containers=[ModelContainer(image), ModelContainer(image, source=source)])
    ModelStep(pipeline, "C", image=image, source=source, enable_network_isolation=False)


# -- the bucket


def _bucket(stack: cdk.Stack) -> Any:
    template = cdk.assertions.Template.from_stack(stack).find_resources("AWS::S3::Bucket")
    (bucket,) = template.values()
    return bucket["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]


def test_the_artifacts_are_encrypted_with_the_key(pipeline: Pipeline, stack: cdk.Stack) -> None:
    ProcessingStep(pipeline, "A", **JOB, outputs=["out"])
    by_default = {"KMSMasterKeyID": KEY, "SSEAlgorithm": "aws:kms"}
    assert _bucket(stack) == [{"BucketKeyEnabled": True, "ServerSideEncryptionByDefault": by_default}]


def test_a_given_bucket_keeps_its_own(stack: cdk.Stack, company: JobDefaults) -> None:
    artifacts = s3.Bucket(stack, "Mine", encryption=s3.BucketEncryption.S3_MANAGED)
    pipeline = Pipeline(stack, "P", job_defaults=company, artifacts=artifacts)
    ProcessingStep(pipeline, "A", **JOB, outputs=["out"])
    assert _bucket(stack) == [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]


def test_what_it_leads_to_is_granted(pipeline: Pipeline, stack: cdk.Stack) -> None:
    made = ProcessingStep(pipeline, "A", **JOB, outputs=["out"])
    TrainingStep(pipeline, "B", **JOB, inputs={"in": made.output("out")})
    roles = cdk.assertions.Template.from_stack(stack).find_resources("AWS::IAM::Role")
    held = {
        name: {
            action
            for policy in role["Properties"].get("Policies", ())
            for statement in policy["PolicyDocument"]["Statement"]
            for action in [*([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])]
        }
        for name, role in roles.items()
    }
    jobs = [actions for name, actions in held.items() if "JobRole" in name]
    assert len(jobs) == 2
    for actions in jobs:
        assert {"kms:CreateGrant", "kms:GenerateDataKey", "kms:Decrypt", "ec2:CreateNetworkInterface"} <= actions


# -- what is refused


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"network": "vpc-1"}, r"JobDefaults: network takes Network\(...\) or a VPC such as .*, not 'vpc-1'"),
        ({"key": KEY}, "JobDefaults: key takes a KMS key such as kms.Key.from_key_arn"),
        ({"isolation": "yes"}, "JobDefaults: isolation takes a boolean or an expression of one, not 'yes'"),
        ({"encrypt_traffic": 1}, "JobDefaults: encrypt_traffic takes a boolean or an expression of one, not 1"),
        ({"max_runtime": "1h"}, "JobDefaults: max_runtime takes a Duration or whole seconds, not '1h'"),
    ],
    ids=["network", "key", "isolation", "encrypt_traffic", "max_runtime"],
)
def test_values_of_other_types_are_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(PipelineError, match=message):
        JobDefaults(**fields)


def test_other_objects_are_refused(stack: cdk.Stack, pipeline: Pipeline) -> None:
    bad: Any = {"isolation": True}
    with pytest.raises(PipelineError, match=r"Pipeline 'Stack/Q': job_defaults takes JobDefaults\(...\), not"):
        Pipeline(stack, "Q", job_defaults=bad)
    with pytest.raises(PipelineError, match=r"TrainingStep 'Stack/P/A': job_defaults takes JobDefaults\(...\), not"):
        TrainingStep(pipeline, "A", **JOB, job_defaults=bad)


def test_a_given_definition_stays_as_it_is(stack: cdk.Stack, company: JobDefaults) -> None:
    with pytest.raises(PipelineError, match="Pipeline 'Stack/Q': job_defaults is for steps, but the definition was"):
        Pipeline.from_definition(stack, "Q", definition={"Version": "2020-12-01", "Steps": []}, job_defaults=company)


APP = """
from dataclasses import replace

from aws_cdk import App, Duration, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from cdk_sagemaker_pipelines import Image, JobDefaults, Network, Parameter, Pipeline, ProcessingStep, TrainingStep

stack = Stack(App(), "Stack")
vpc = ec2.Vpc(stack, "Vpc")
group = ec2.SecurityGroup(stack, "Group", vpc=vpc)
company = JobDefaults(
    network=Network(vpc, security_groups=[group]), key=kms.Key(stack, "Key"), encrypt_traffic=True,
    isolation=Parameter.boolean("Isolated", default=True), max_runtime=Duration.hours(4),
)
pipeline = Pipeline(stack, "Pipeline", job_defaults=company)
image = Image.sklearn("1.2-1")
ProcessingStep(
    pipeline, "Fetch", image=image, instance_type="ml.m5.large", job_defaults=replace(company, network=vpc, key=None)
)
TrainingStep(pipeline, "Train", image=image, instance_type="ml.m5.large", enable_network_isolation=False)
"""


def test_the_code_of_users_is_typed(tmp_path: Path) -> None:
    file = tmp_path / "app.py"
    file.write_text(APP)
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(ROOT / ".mypy_cache"), str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    exec(compile(APP, "app.py", "exec"), {})
