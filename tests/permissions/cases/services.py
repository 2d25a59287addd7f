"""Pipelines that leave SageMaker: queues, functions, clusters and applications of EMR."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs

from cdk_sagemaker_pipelines import (
    CallbackStep,
    ClusterConfig,
    EmrCluster,
    EmrInstanceGroup,
    EmrServerlessApplication,
    EMRServerlessStep,
    EMRStep,
    ForEachStep,
    Image,
    LambdaHandler,
    LambdaStep,
    Pipeline,
    QueuedTrainingStep,
    S3Location,
    SparkSubmit,
    TrainingPool,
)
from tests.permissions.calls import HERE

from .case import Case, Synthesized, Use, Uses
from .jobs import KEYS, SCRIPT, SOURCES, below, bucket

HANDLER = LambdaHandler(SOURCES / "function.py")
ROLE = f"arn:aws:iam::{HERE['a']}:role/"


def _callback(stack: cdk.Stack) -> Uses:
    """A queue of the step's own with a worker, and one that is given, with a key."""
    pipeline = Pipeline(stack, "Pipeline", pipeline_name="Ask-People")
    CallbackStep(pipeline, "Ask").add_worker(HANDLER)
    queue_key = kms.Key(stack, "Key")
    hidden = cdk.Duration.minutes(12)  # six times the time of the worker
    queue = sqs.Queue(stack, "Queue", encryption_master_key=queue_key, enforce_ssl=True, visibility_timeout=hidden)
    CallbackStep(pipeline, "AskOthers", queue=queue).add_worker(HANDLER)

    def uses(s: Synthesized) -> Iterator[Use]:
        workers = _functions(s)
        for step, key_arn in (("Ask", None), ("AskOthers", s.of(queue_key.key_arn))):
            worker = next(role for name, role in workers.items() if name.startswith(f"Pipeline{step}Worker"))
            url = s.step(step)["SqsQueueUrl"]
            yield Use(
                "Callback",
                {"pipeline": s.pipeline_role, "worker": worker},
                {
                    "queue": f"arn:aws:sqs:{HERE['r']}:{HERE['a']}:{url.rpartition('/')[2]}",
                    "pipeline_lower": "ask-people",
                    "log_group": log_group(s, worker),
                    **({} if key_arn is None else {"queue_key": key_arn}),
                },
            )

    return uses


def _pool(stack: cdk.Stack) -> Uses:
    """A training job in each kind of pool."""
    pipeline = Pipeline(stack, "Pipeline", pipeline_name="Queue-Jobs")
    shared = TrainingPool(stack, "Shared", capacity={"ml.g5.xlarge": 2}, pool_name="shared")
    shared.add_team("vision", guaranteed={"ml.g5.xlarge": 2}, borrow=0)
    fair = TrainingPool(stack, "Fair", capacity=2, fair_share={"nlp": 1}, pool_name="fair")
    job: dict[str, Any] = {"image": Image.pytorch("2.1"), "instance_type": "ml.g5.xlarge"}
    for name, pool, team in (("See", shared, "vision"), ("Read", fair, "nlp")):
        inputs = {"d": S3Location(bucket(stack, name.lower(), keyed=True), "a/")}
        QueuedTrainingStep(pipeline, name, pool=pool, team=team, **job, inputs=inputs)

    def uses(s: Synthesized) -> Iterator[Use]:
        roles = _functions(s)
        submits, answers = (
            next(role for name, role in roles.items() if name.startswith(f"PipelinePoolFunctions{which}"))
            for which in ("Submit", "Answer")
        )
        url = s.step("See")["SqsQueueUrl"]
        ((_, unanswered),) = s.template.of_type("AWS::Lambda::EventInvokeConfig")
        for step, pool, share in (("See", shared, "vision"), ("Read", fair, None)):
            job_role = json.loads(s.argument(step, "serviceRequestPayload"))["RoleArn"]
            queue = s.of(pool.job_queue_arn)
            values = {
                "queue": f"arn:aws:sqs:{HERE['r']}:{HERE['a']}:{url.rpartition('/')[2]}",
                "pipeline_lower": "queue-jobs",
                "log_group": log_group(s, submits),
                "answer_log_group": log_group(s, answers),
                "dead_letters": unanswered["DestinationConfig"]["OnFailure"]["Destination"],
                "job_queue": queue,
                "job_role": job_role,
                **({} if share is None else {"quota_share": f"{queue}/quota-share/{share}"}),
            }
            of_step = {"pipeline": s.pipeline_role, "worker": submits, "submitter": submits, "answerer": answers}
            yield Use("Callback", of_step, values, frozenset({"pool"}))
            written = s.place("output", step, "/OutputDataConfig/S3OutputPath")
            read = {"step": step, **below("input", step.lower(), "a/"), **written}
            yield Use("Training", {"job": job_role}, read)

    return uses


def _functions(s: Synthesized) -> dict[str, str]:
    """The roles of the functions of the stack, by the functions' logical ids."""
    return {name: properties["Role"] for name, properties in s.template.of_type("AWS::Lambda::Function")}


def log_group(s: Synthesized, role: str) -> str:
    """The name of the log group of the function that has the role."""
    functions = [properties for _, properties in s.template.of_type("AWS::Lambda::Function")]
    (found,) = [one["LoggingConfig"]["LogGroup"] for one in functions if one["Role"] == role]
    return str(found)


def _lambda(stack: cdk.Stack) -> Uses:
    """A function that a handler becomes, a version that exists, and one in a loop."""
    pipeline = Pipeline(stack, "Pipeline", pipeline_name="Call")
    LambdaStep(pipeline, "Made", handler=HANDLER)
    known = f"arn:aws:lambda:{HERE['r']}:{HERE['a']}:function:known:7"
    version = lambda_.Version.from_version_arn(stack, "Known", known)
    LambdaStep(pipeline, "Given", function=version)
    each = ForEachStep(pipeline, "Each", items=[{"n": 1}, {"n": 2}], max_concurrency=2)
    named = lambda_.Function.from_function_name(stack, "Named", "looped")
    LambdaStep(each.body, "Looped", function=named, inputs={"n": each.item["n"]})

    def uses(s: Synthesized) -> Iterator[Use]:
        made = s.step("Made")["FunctionArn"]
        (role,) = _functions(s).values()
        log = log_group(s, role)
        known_log = {"log_group": log}
        for version in made, f"{made.rpartition(':')[0]}:2":
            name, _, number = version.rpartition(":")
            called = {"versioned": name, "function_version": number, **known_log}
            yield Use("Lambda", {"pipeline": s.pipeline_role, "function": role}, called)
        yield Use("Lambda", {"pipeline": s.pipeline_role}, {"function": known}, near={"function": (known[:-2],)})
        looped = f"arn:aws:lambda:{HERE['r']}:{HERE['a']}:function:looped"
        yield Use("Lambda", {"pipeline": s.pipeline_role}, {"function": looped})
        yield Use("ForEach", {"pipeline": s.pipeline_role})

    return uses


NODE = EmrInstanceGroup(instance_type="m5.xlarge")
RELEASE = "emr-7.10.0"


def _vpc(stack: cdk.Stack) -> ec2.IVpc:
    return ec2.Vpc.from_vpc_attributes(
        stack, "Vpc", vpc_id="vpc-0123abcd", availability_zones=["eu-west-1a"], private_subnet_ids=["subnet-0123abcd"]
    )


def _spark(stack: cdk.Stack) -> dict[str, Any]:
    return {
        "reads": [S3Location(bucket(stack, "texts", keyed=True), "orders/")],
        "writes": [S3Location(bucket(stack, "counts", keyed=True), "orders/")],
    }


SPARK = {**below("input", "texts", "orders/"), **below("output", "counts", "orders/")}


def _cluster_of_the_stack(stack: cdk.Stack) -> Uses:
    """A cluster that steps share, each under a role of its own; and one that only its id tells."""
    pipeline = Pipeline(stack, "Pipeline", pipeline_name="Spark-Shared")
    runtime = iam.Role(stack, "Runtime", assumed_by=iam.ArnPrincipal(ROLE + "Operator"))
    tools = bucket(stack, "tools", keyed=True)
    cluster_key = kms.Key(stack, "Key")
    cluster = EmrCluster(
        stack,
        "Cluster",
        release_label=RELEASE,
        vpc=_vpc(stack),
        primary=NODE,
        logs=S3Location(bucket(stack, "logs", keyed=True), "emr/"),
        bootstrap_actions={"tools": S3Location(tools, "install.sh")},
        certificates=S3Location(tools, "certificates.zip"),
        encryption_key=cluster_key,
        runtime_roles=True,
    )
    EMRStep(pipeline, "Count", cluster=cluster, args=["spark-submit", SCRIPT], execution_role=runtime, **_spark(stack))
    EMRStep(pipeline, "Elsewhere", cluster_id="j-2ABCDEFGHIJKL", args=["echo"])

    def uses(s: Synthesized) -> Iterator[Use]:
        nodes, service = s.of(cluster.instance_role.role_arn), s.of(cluster.roles.service_role.role_arn)
        script = s.argument("Count", "StepConfig", "HadoopJarStep", "Args", 1)
        yield Use(
            "EMR",
            {"pipeline": s.pipeline_role, "job": s.of(runtime.role_arn), "nodes": nodes, "emr": service},
            {
                "cluster": s.argument("Count", "ClusterId"),
                "runtime_role": s.of(runtime.role_arn),
                **SPARK,
                **s.asset("code", script),
                **below("log", "logs", "emr/"),
                "bootstrap_bucket": "tools",
                "bootstrap_file": "install.sh",
                "bootstrap_bucket_key": KEYS + "tools",
                "certificates_bucket": "tools",
                "certificates_file": "certificates.zip",
                "certificates_bucket_key": KEYS + "tools",
                "cluster_key": s.of(cluster_key.key_arn),
                "foreign_subnet": "subnet-0123abcd",
            },
            frozenset({"code as input"}),
        )
        # whom the service hands the role of the nodes to, not the pipeline
        yield Use("EMR", {"emr": service}, {"instance_role": nodes})
        elsewhere = {"cluster": "j-2ABCDEFGHIJKL"}
        yield Use("EMR", {"pipeline": s.pipeline_role}, elsewhere, frozenset({"no runtime role"}))

    return uses


def _cluster_of_the_step(stack: cdk.Stack) -> Uses:
    """A cluster that is made for the step, with roles that the library makes."""
    pipeline = Pipeline(stack, "Pipeline", pipeline_name="Spark-Own")
    own = ClusterConfig(
        release_label=RELEASE,
        vpc=_vpc(stack),
        primary=NODE,
        logs=S3Location(bucket(stack, "logs", keyed=True), "emr/"),
        bootstrap_actions={"tools": S3Location(bucket(stack, "tools", keyed=True), "install.sh")},
        auto_scaling_role="Scaling",
        tags={"team": "ml"},
    )
    EMRStep(pipeline, "Count", cluster_config=own, args=["spark-submit", SCRIPT], **_spark(stack))

    def uses(s: Synthesized) -> Iterator[Use]:
        config = s.argument("Count", "ClusterConfig")
        nodes, service = ROLE + config["JobFlowRole"], ROLE + config["ServiceRole"]
        yield Use(
            "EMR",
            {"pipeline": s.pipeline_role, "job": nodes, "nodes": nodes, "emr": service},
            {
                "made_cluster": "j-3ABCDEFGHIJKL",
                "instance_role": nodes,
                "service_role": service,
                "scaling_role": ROLE + "Scaling",
                **SPARK,
                **s.asset("code", s.argument("Count", "StepConfig", "HadoopJarStep", "Args", 1)),
                **below("log", "logs", "emr/"),
                "bootstrap_bucket": "tools",
                "bootstrap_file": "install.sh",
                "bootstrap_bucket_key": KEYS + "tools",
                "foreign_subnet": "subnet-0123abcd",
            },
            frozenset({"cluster of its own", "tags on the cluster", "code as input"}),
        )

    return uses


def _serverless(stack: cdk.Stack) -> Uses:
    """In an application of the stack."""
    pipeline = Pipeline(stack, "Pipeline", pipeline_name="Spark-Serverless")
    application = EmrServerlessApplication(stack, "Application", release_label=RELEASE)
    monitoring = {
        "cloudWatchLoggingConfiguration": {"enabled": True, "logGroupName": "/emr/spark"},
        "managedPersistenceMonitoringConfiguration": {"encryptionKeyArn": KEYS + "managed-logs"},
    }
    EMRServerlessStep(
        pipeline,
        "Shared",
        application=application,
        driver=SparkSubmit(SCRIPT),
        logs=S3Location(bucket(stack, "logs", keyed=True), "emr/"),
        job_tags={"team": "ml"},
        configuration_overrides={"monitoringConfiguration": monitoring},
        **_spark(stack),
    )

    def uses(s: Synthesized) -> Iterator[Use]:
        role = s.argument("Shared", "ExecutionRoleArn")
        job = {"job_role": role, "run": "00f2"}
        driver = s.argument("Shared", "JobConfig", "jobDriver", "sparkSubmit", "entryPoint")
        yield Use(
            "EMRServerless",
            {"pipeline": s.pipeline_role, "job": role},
            {
                **job,
                "application": s.of(application.application_id),
                **SPARK,
                **s.asset("code", driver),
                **below("log", "logs", "emr/"),
                "log_group": "/emr/spark",
                "log_key": KEYS + "managed-logs",
            },
            frozenset({"tags", "log group"}),
        )

    return uses


def _serverless_of_the_step(stack: cdk.Stack) -> Uses:
    """In an application that is made for the step."""
    pipeline = Pipeline(stack, "Pipeline", pipeline_name="Spark-Made")
    network = {"subnetIds": ["subnet-0123abcd"], "securityGroupIds": ["sg-0123abcd"]}
    config = {"releaseLabel": RELEASE, "type": "SPARK", "networkConfiguration": network, "tags": {"team": "ml"}}
    EMRServerlessStep(pipeline, "Own", application_config=config, driver=SparkSubmit("s3://tools/main.py"))

    def uses(s: Synthesized) -> Iterator[Use]:
        role = s.argument("Own", "ExecutionRoleArn")
        yield Use(
            "EMRServerless",
            {"pipeline": s.pipeline_role, "job": role},
            {
                "job_role": role,
                "run": "00f3",
                "made_application": "00f1",
                "interface": "eni-1",
                "subnet": "subnet-0123abcd",
                "security_group": "sg-0123abcd",
                "main_bucket": "tools",
                "main_file": "main.py",
            },
            frozenset({"application of its own", "tags"}),
        )

    return uses


CASES = (
    Case("callback", _callback),
    Case("pool", _pool),
    Case("lambda", _lambda),
    Case("emr-cluster-of-the-stack", _cluster_of_the_stack),
    Case("emr-cluster-of-the-step", _cluster_of_the_step),
    Case("emr-serverless", _serverless),
    Case("emr-serverless-of-the-step", _serverless_of_the_step),
)
