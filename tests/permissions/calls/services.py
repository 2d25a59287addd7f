"""Calls of steps that leave SageMaker: for queues, functions, EMR; and what a pipeline reads by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .call import ACCESS, DOUBT, INTEGRATIONS, LOG, REFERENCE, SAGEMAKER, SDK, STEPS, Call
from .jobs import OF_A_GROUP, reads, reads_asset, reads_file, writes

_LAMBDA = "AWS Lambda developer guide, "
_SQS = "SQS developer guide, "


def json_files() -> Iterator[Call]:
    """``Std:JsonGet``: the pipeline itself reads the one file."""
    yield Call("pipeline", "s3:GetObject", "arn:{p}:s3:::{json_bucket}/{json_file}", ACCESS)
    yield Call("pipeline", "kms:Decrypt", "{json_bucket_key}", "S3 user guide, reading objects with SSE-KMS")


def _function(role: str) -> Iterator[Call]:
    """A function writes its log; the group is there already."""
    for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
        source = _LAMBDA + '"Defining Lambda function permissions with an execution role"'
        yield Call(role, action, LOG + "{log_group}:log-stream:{stream}", source)


def _worker() -> Iterator[Call]:
    """The function behind a callback's queue."""
    for action in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"):
        yield Call("worker", f"sqs:{action}", "{queue}", _LAMBDA + '"Using Lambda with Amazon SQS"')
    for action in ("ChangeMessageVisibility", "GetQueueUrl"):
        yield Call("worker", f"sqs:{action}", "{queue}", _SQS + "what a consumer calls to find its queue and gain time")
    yield Call("worker", "kms:Decrypt", "{queue_key}", _SQS + '"Key management": consumers of encrypted queues')
    for action in ("SendPipelineExecutionStepSuccess", "SendPipelineExecutionStepFailure"):
        resource = SAGEMAKER + "pipeline/{pipeline_lower}/execution/{execution}"
        yield Call("worker", f"sagemaker:{action}", resource, REFERENCE)
    yield from _function("worker")


# -- EMR

_EMR = "EMR management guide, "
_CLUSTER = "arn:{p}:elasticmapreduce:{r}:{a}:cluster/"
_RULE = "arn:{p}:events:{r}:{a}:rule/"
_RUNTIME = _EMR + '"Runtime roles for EMR steps"'
_LINKED = _EMR + '"Using service-linked roles for cleanup"'
_BY_ID = {"made_cluster": "EMR gives a cluster its id when it makes it"}


def _rules(name: str, source: str, when: str) -> Iterator[Call]:
    for action in ("PutRule", "PutTargets", "DescribeRule"):
        yield Call("pipeline", f"events:{action}", _RULE + "{rule}", source, when=when, given={"rule": name})


def _linked(service: str, name: str, source: str, when: str) -> Call:
    """The service makes a role for itself, when it is used for the first time in an account."""
    role = "arn:{p}:iam::{a}:role/aws-service-role/{service}/{linked}"
    given, told = {"service": service, "linked": name}, {"iam:AWSServiceName": "{service}"}
    return Call("pipeline", "iam:CreateServiceLinkedRole", role, source, told, when, given)


def _emr() -> Iterator[Call]:
    add = "elasticmapreduce:AddJobFlowSteps"
    following = ("CancelSteps", "DescribeStep", "DescribeCluster", "ListSteps")
    with_role = {"elasticmapreduce:ExecutionRoleArn": "{runtime_role}"}
    yield Call("pipeline", add, _CLUSTER + "{cluster}", _RUNTIME, with_role)
    yield Call("pipeline", add, _CLUSTER + "{cluster}", INTEGRATIONS, when="no runtime role")
    for action in following:
        yield Call("pipeline", f"elasticmapreduce:{action}", _CLUSTER + "{cluster}", INTEGRATIONS)
    name = "SageMakerPipelineExecutionEMRStepStatusUpdateRule"
    yield from _rules(name, INTEGRATIONS, "")
    made = _CLUSTER + "{made_cluster}"
    for action in ("AddJobFlowSteps", *following, "TerminateJobFlows"):
        yield Call("pipeline", f"elasticmapreduce:{action}", made, INTEGRATIONS, free=_BY_ID)
    seen = "refusals name arn:...:cluster/* as the resource of RunJobFlow"
    run = _CLUSTER + "*"
    yield Call("pipeline", "elasticmapreduce:RunJobFlow", run, INTEGRATIONS, when="cluster of its own", unlisted=seen)
    tags = _EMR + '"IAM policies for tag-based access to clusters"'
    yield Call("pipeline", "elasticmapreduce:AddTags", made, tags, when="tags on the cluster", free=_BY_ID)
    yield from _rules("SageMakerPipelineExecutionEMRClusterStatusUpdateRule", INTEGRATIONS, "cluster of its own")
    yield from _rules("SageMakerPipelineExecutionEMRClusterStatusRule", STEPS, "cluster of its own")
    yield _linked("elasticmapreduce.amazonaws.com", "AWSServiceRoleForEMRCleanup", _LINKED, "cluster of its own")
    for role, service_name in (
        ("service_role", "elasticmapreduce"),
        ("instance_role", "ec2"),
        ("scaling_role", "application-autoscaling"),
    ):
        to = {"iam:PassedToService": f"{service_name}.amazonaws.com"}
        yield Call("pipeline", "iam:PassRole", f"{{{role}}}", INTEGRATIONS, to)
    yield from _spark()
    # what nodes do by themselves, and for steps with a role of their own
    yield from writes("log", "nodes")
    yield from (*reads_file("bootstrap", "nodes"), *reads_file("certificates", "nodes"))
    for action in ("sts:AssumeRole", "sts:TagSession"):
        yield Call("nodes", action, "{runtime_role}", _RUNTIME)
    at_rest = _EMR + '"Create keys and certificates for data encryption": users of the key'
    using = ("Decrypt", "DescribeKey", "Encrypt", "ReEncryptFrom", "ReEncryptTo")
    for role in ("nodes", "emr"):
        for action in (*using, "GenerateDataKey", "GenerateDataKeyWithoutPlaintext"):
            yield Call(role, f"kms:{action}", "{cluster_key}", at_rest)
    # what EMR does to make it, beside what its own managed policy says
    grant = {"kms:GrantIsForAWSResource": "true"}
    yield Call("emr", "kms:CreateGrant", "{cluster_key}", at_rest + ", EBS", grant)
    nodes = {"iam:PassedToService": "ec2.amazonaws.com"}
    yield Call("emr", "iam:PassRole", "{instance_role}", _EMR + '"Service role for Amazon EMR (EMR role)"', nodes)
    launch, subnet = "AWS managed policy AmazonEMRServicePolicy_v2, for subnets with its tag", "subnet/{foreign_subnet}"
    for action in ("CreateFleet", "CreateNetworkInterface", "RunInstances"):
        yield Call("emr", f"ec2:{action}", "arn:{p}:ec2:{r}:{a}:" + subnet, launch)
    for action in ("CreateLaunchTemplate", "CreateLaunchTemplateVersion"):
        seen = launch + " lists subnets for it too"
        yield Call("emr", f"ec2:{action}", "arn:{p}:ec2:{r}:{a}:" + subnet, launch, unlisted=seen)


def _spark(*, finds: bool = True) -> Iterator[Call]:
    """The step's own role: that at run time, or else that of the nodes. ``finds``: as of ``reads_asset``."""
    source = "Spark's S3 committers clear away what they do not keep"
    yield from (*reads("input"), *reads_asset("code", finds=finds), *reads("output"), *writes("output"))
    yield Call("job", "s3:DeleteObject", "arn:{p}:s3:::{output_bucket}/{output_object}", DOUBT + source)


_SERVERLESS = "EMR Serverless user guide, "
_APPLICATION = "arn:{p}:emr-serverless:{r}:{a}:/applications/"
_USERS = _SERVERLESS + '"User access policy examples"'
_BY_APPLICATION = {"made_application": "the service gives an application its id when it makes it"}
_BY_RUN = {"run": "the service gives a job run its id when it starts"}


def _serverless() -> Iterator[Call]:
    for name, free in (("application", {}), ("made_application", _BY_APPLICATION)):
        arn, runs = f"{_APPLICATION}{{{name}}}", f"{_APPLICATION}{{{name}}}/jobruns/{{run}}"
        for action in ("StartJobRun", "GetApplication", "StartApplication"):
            yield Call("pipeline", f"emr-serverless:{action}", arn, DOUBT + _USERS, free=free)
        for action in ("GetJobRun", "CancelJobRun"):
            yield Call("pipeline", f"emr-serverless:{action}", runs, DOUBT + _USERS, free={**free, **_BY_RUN})
        source = DOUBT + REFERENCE
        yield Call("pipeline", "emr-serverless:TagResource", runs, source, when="tags", free={**free, **_BY_RUN})
    arn = _APPLICATION + "{made_application}"
    source = DOUBT + REFERENCE
    yield Call("pipeline", "emr-serverless:TagResource", arn, source, when="tags", free=_BY_APPLICATION)
    for action in ("StopApplication", "DeleteApplication"):
        yield Call("pipeline", f"emr-serverless:{action}", arn, DOUBT + _USERS, free=_BY_APPLICATION)
    seen = "refusals name an ARN of emr-serverless as the resource of CreateApplication"
    create, own = "arn:{p}:emr-serverless:{r}:{a}:/applications", "application of its own"
    yield Call("pipeline", "emr-serverless:CreateApplication", create, _USERS, when=own, unlisted=seen)
    yield _linked("ops.emr-serverless.amazonaws.com", "AWSServiceRoleForAmazonEMRServerless", _USERS, own)
    through = {"aws:CalledViaLast": "ops.emr-serverless.amazonaws.com"}
    for kind in ("network-interface/{interface}", "subnet/{subnet}", "security-group/{security_group}"):
        free = {"interface": "EC2 gives it its id when it makes it"}
        yield Call("pipeline", "ec2:CreateNetworkInterface", "arn:{p}:ec2:{r}:{a}:" + kind, _USERS, through, free=free)
    for action in ("PutRule", "PutTargets", "DescribeRule"):
        source = DOUBT + "the rules for EMR begin so (" + INTEGRATIONS + ")"
        free = {"rest": "the name is told nowhere, but for how those for EMR begin"}
        rule = {"start": "SageMakerPipelineExecutionEMRServerless", "rest": "JobRunUpdateRule"}
        yield Call("pipeline", f"events:{action}", _RULE + "{start}{rest}", source, given=rule, free=free)
    to = {"iam:PassedToService": "emr-serverless.amazonaws.com"}
    yield Call("pipeline", "iam:PassRole", "{job_role}", _SERVERLESS + '"Job runtime roles"', to)
    yield from _spark(finds=False)
    yield from writes("log")
    logging = _SERVERLESS + '"Storing logs"'
    for action in ("logs:CreateLogGroup", "logs:DescribeLogStreams"):
        yield Call("job", action, LOG + "{log_group}", logging)
        yield Call("job", action, LOG + "{log_group}:log-stream:", logging, unlisted=OF_A_GROUP)
    for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
        yield Call("job", action, LOG + "{log_group}:log-stream:{stream}", logging)
    given, free = {"any": "*"}, {"any": "it looks for the group among all of the account"}
    seen = logging + " grants it on arn:...:logs:<region>:<account>:*"
    groups = LOG + "{any}"
    yield Call("job", "logs:DescribeLogGroups", groups, seen, {}, "log group", given, free, unlisted=seen)
    for action in ("Decrypt", "Encrypt", "GenerateDataKey"):
        yield Call("job", f"kms:{action}", "{log_key}", DOUBT + SDK + ", of outputs")


CALLS: Mapping[str, tuple[Call, ...]] = {
    "Callback": (
        Call("pipeline", "sqs:SendMessage", "{queue}", STEPS),
        *(
            Call("pipeline", f"kms:{action}", "{queue_key}", _SQS + '"Key management": producers of encrypted queues')
            for action in ("Decrypt", "GenerateDataKey")
        ),
        *_worker(),
    ),
    "Lambda": (Call("pipeline", "lambda:InvokeFunction", "{function}", STEPS), *_function("function")),
    "EMR": tuple(_emr()),
    "EMRServerless": tuple(_serverless()),
    "Condition": tuple(json_files()),
    "Fail": (),
    "ForEach": (),
}
"""Of steps that fail and of loops no page tells a call: a loop makes those of its body."""
