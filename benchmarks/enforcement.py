"""Measures what enforcing IAM costs the local AWS: requests of a job's session, steps and whole executions.

One server answers with and without it in turn, so that both meet the same load of the machine. The client of the
requests is a process of its own: reported is the processor time of the server, as medians over the rounds; of whole
executions, whose jobs are processes too, how many end in a minute.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from cdk_sagemaker_pipelines.local.enforcement import Mode

REGION, ACCOUNT = "eu-west-1", "111122223333"
ROLE, OWN = f"arn:aws:iam::{ACCOUNT}:role/Train", f"arn:aws:iam::{ACCOUNT}:role/Pipeline"
DATA = "arn:aws:s3:::data"
LOGS = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/sagemaker/ProcessingJobs*"
STEPS = 50
PROCESSING: dict[str, Any] = {
    "ProcessingResources": {"ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30}},
    "AppSpecification": {"ImageUri": f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/x:1"},
    "RoleArn": ROLE,
}


AT_ONCE = 8
_CODE, _OUTPUT = "/opt/ml/processing/input/code", "/opt/ml/processing/output"
WITH_A_SCRIPT: dict[str, Any] = {
    **PROCESSING,
    "AppSpecification": {
        **PROCESSING["AppSpecification"],
        "ContainerEntrypoint": ["python3", f"{_CODE}/code.py"],
    },
    "ProcessingInputs": [
        {
            "InputName": "code",
            "S3Input": {"S3Uri": "s3://data/train/code.py", "LocalPath": _CODE, "S3DataType": "S3Prefix",
                        "S3InputMode": "File"},
        }
    ],
    "ProcessingOutputConfig": {
        "Outputs": [
            {
                "OutputName": "out",
                "S3Output": {"S3Uri": "s3://data/train/out", "LocalPath": _OUTPUT, "S3UploadMode": "EndOfJob"},
            }
        ]
    },
}  # fmt: skip


def allow(*actions: str, on: str = "*", **condition: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": on, **condition}


PASSED = {"Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}}
NAMESPACES = ["/aws/sagemaker/*", "AWS/SageMaker"]
OF_THE_JOB = [
    allow("s3:GetObject", "s3:PutObject", on=f"{DATA}/train/*"),
    allow("s3:ListBucket", on=DATA, Condition={"StringLike": {"s3:prefix": "train/*"}}),
    allow("logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents", on=LOGS),
    allow("ecr:GetAuthorizationToken"),
    allow(
        "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer",
        on=f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/x",
    ),
    allow("cloudwatch:PutMetricData", Condition={"StringLike": {"cloudwatch:namespace": NAMESPACES}}),
]  # fmt: skip
OF_THE_PIPELINE = [
    allow(
        "sagemaker:CreateProcessingJob", "sagemaker:DescribeProcessingJob", "sagemaker:StopProcessingJob",
        "sagemaker:AddTags", on=f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:processing-job/pipelines-*",
    ),
    allow("iam:PassRole", on=ROLE, **PASSED),
]  # fmt: skip


def prepare(aws: EmbeddedAws) -> None:
    """The roles, a bucket and a pipeline."""
    iam = aws.services().client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    for name, statements in (("Train", OF_THE_JOB), ("Pipeline", OF_THE_PIPELINE)):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=document([trust]))
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(statements))
    s3 = aws.services().client("s3")
    s3.create_bucket(Bucket="data", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="data", Key="train/a", Body=b"a")
    s3.put_object(Bucket="data", Key="train/code.py", Body=f"open('{_OUTPUT}/a', 'w').write('a')\n".encode())
    steps = [{"Name": f"S{number}", "Type": "Processing", "Arguments": PROCESSING} for number in range(STEPS)]
    client = aws.services().client("sagemaker")
    for name, own in ("p", steps), ("q", [{"Name": "Run", "Type": "Processing", "Arguments": WITH_A_SCRIPT}]):
        definition = json.dumps({"Version": "2020-12-01", "Steps": own})
        client.create_pipeline(PipelineName=name, PipelineDefinition=definition, RoleArn=OWN)


def document(statements: list[dict[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def requests(count: int) -> None:
    """The client: for each line that it reads, as many requests."""
    session: Any = boto3.Session()
    s3 = session.client("s3")
    calls: list[Callable[[], Any]] = [
        lambda: s3.get_object(Bucket="data", Key="train/a")["Body"].read(),
        lambda: s3.put_object(Bucket="data", Key="train/b", Body=b"b"),
        lambda: s3.list_objects_v2(Bucket="data", Prefix="train/"),
        lambda: s3.head_object(Bucket="data", Key="train/a"),
    ]
    for _ in sys.stdin:
        for number in range(count):
            calls[number % len(calls)]()
        print("done", flush=True)


def of_requests(aws: EmbeddedAws, rounds: int, count: int) -> dict[Mode, float]:
    """Microseconds of processor time of one request."""
    environment = {**aws.environment(), **aws.services().environment(ROLE, "SageMaker"), "AWS_REGION": REGION}
    command = [sys.executable, "-m", "benchmarks.enforcement", "--requests", str(count)]
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as client:
        assert client.stdin is not None
        assert client.stdout is not None
        stdin, stdout = client.stdin, client.stdout

        def ask() -> None:
            stdin.write("\n")
            stdin.flush()
            if stdout.readline() != "done\n":
                raise SystemExit("a request failed")

        ask()
        found = in_turn(aws, rounds, ask)
        stdin.close()
    return {mode: seconds / count * 1e6 for mode, seconds in found.items()}


def of_steps(aws: EmbeddedAws, rounds: int) -> dict[Mode, float]:
    """Microseconds of processor time of a step that is scripted."""
    run(aws, "p", 1)
    return {mode: seconds / STEPS * 1e6 for mode, seconds in in_turn(aws, rounds, lambda: run(aws, "p", 1)).items()}


def of_executions(aws: EmbeddedAws, rounds: int) -> dict[Mode, float]:
    """Executions a minute, of one step that runs a script; several at once."""
    run(aws, "q", AT_ONCE)
    found = in_turn(aws, rounds, lambda: run(aws, "q", AT_ONCE), time.perf_counter)
    return {mode: AT_ONCE * 60 / seconds for mode, seconds in found.items()}


def run(aws: EmbeddedAws, pipeline: str, count: int) -> None:
    """Starts executions, and waits for their ends."""
    client = aws.services().client("sagemaker")
    for arn in [client.start_pipeline_execution(PipelineName=pipeline)["PipelineExecutionArn"] for _ in range(count)]:
        while (status := client.describe_pipeline_execution(PipelineExecutionArn=arn)["PipelineExecutionStatus"]) != (
            "Succeeded"
        ):
            if status != "Executing":
                reasons = client.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"]
                raise SystemExit(f"an execution is {status}: {reasons[0].get('FailureReason')}")
            time.sleep(0.05)


def in_turn(
    aws: EmbeddedAws, rounds: int, work: Callable[[], None], clock: Callable[[], float] = time.process_time
) -> dict[Mode, float]:
    """The seconds that something takes in each mode; by default of this process's processor time."""
    taken: dict[Mode, list[float]] = {Mode.OFF: [], Mode.ENFORCE: []}
    for _ in range(rounds):
        for mode, seconds in taken.items():
            aws._world.judge.mode = mode
            started = clock()
            work()
            seconds.append(clock() - started)
    return {mode: statistics.median(seconds) for mode, seconds in taken.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures what enforcing IAM costs the local AWS.")
    parser.add_argument("--runs", type=int, default=15, help="rounds (default: 15)")
    parser.add_argument("--count", type=int, default=200, help="requests in a round (default: 200)")
    parser.add_argument("--whole", type=int, default=5, help="rounds of whole executions (default: 5)")
    parser.add_argument("--requests", type=int, help="the client")
    given = parser.parse_args()
    if given.requests:
        requests(given.requests)
        return
    with tempfile.TemporaryDirectory() as folder:
        outcomes = Path(folder, "outcomes.json")
        outcomes.write_text(json.dumps({f"S{number}": {} for number in range(STEPS)}))
        with EmbeddedAws(REGION, ACCOUNT, outcomes=outcomes, iam=Mode.ENFORCE) as aws:
            prepare(aws)
            found = {"a request": of_requests(aws, given.runs, given.count), "a step": of_steps(aws, given.runs)}
            executions = of_executions(aws, given.whole)
            last = aws.services().client("sagemaker").list_pipeline_executions(PipelineName="p")
            decided = aws._world.judge.used(last["PipelineExecutionSummaries"][0]["PipelineExecutionArn"])
    print(f"what enforcing IAM costs: processor time of the server; medians of {given.runs} rounds of each in turn")
    for what, times in found.items():
        off, on = times[Mode.OFF], times[Mode.ENFORCE]
        print(f"{what:10} off {off:8.0f} µs   enforced {on:8.0f} µs   {on / off:.2f}")
    off, on = executions[Mode.OFF], executions[Mode.ENFORCE]
    print(f"executions of a step with a script, {AT_ONCE} at once: off {off:.0f}, enforced {on:.0f} a minute")
    if decided is not None:
        print(f"decisions about an execution of {STEPS} steps: {sum(each.times for each in decided.decisions)}")


if __name__ == "__main__":
    main()
