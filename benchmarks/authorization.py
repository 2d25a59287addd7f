"""Measures the decisions of IAM on the local AWS: how long one takes, once its policies are read.

The policies are ``AmazonSageMakerFullAccess``, which AWS manages, and those of a job's role and its bucket as this
library derives them. Each is asked for what it allows last and for what nothing in it allows. Reported are medians over
the rounds, of processor time, which is steadier than wall-clock time on a machine with other work.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time

from moto.iam.aws_managed_policies import aws_managed_policies_data

from cdk_sagemaker_pipelines.local.authorization import ApplicablePolicies, Policy, Principal, Request, decide

ACCOUNT, DATA = "111122223333", "arn:aws:s3:::data"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/Train"
JOB = Principal.session(ROLE, "job")
OF_THE_JOB = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
        {
            "Effect": "Allow",
            "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            "Resource": f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:/aws/sagemaker/TrainingJobs*",
        },
        {
            "Effect": "Allow",
            "Action": "cloudwatch:PutMetricData",
            "Resource": "*",
            "Condition": {"StringLike": {"cloudwatch:namespace": ["/aws/sagemaker/*", "aws/sagemaker/*"]}},
        },
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": f"{DATA}/train/*/output/*"},
    ],
}
OF_THE_BUCKET = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [DATA, f"{DATA}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
            "Action": "s3:GetObject",
            "Resource": f"{DATA}/shared/*",
            "Condition": {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/Train*"}},
        },
    ],
}


def subjects() -> dict[str, tuple[ApplicablePolicies, tuple[str, str], tuple[str, str]]]:
    """The policies, what they allow, and what they do not: actions and resources."""
    managed = json.loads(aws_managed_policies_data)["AmazonSageMakerFullAccess"]["Document"]
    full = ApplicablePolicies([Policy.parse(managed, "AmazonSageMakerFullAccess")])
    bucket = Policy.parse(OF_THE_BUCKET, "bucket", of_resource=True)
    own = ApplicablePolicies([Policy.parse(OF_THE_JOB, "Train")], resource=bucket)
    read, delete = "s3:GetObject", "s3:DeleteObject"
    image = f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/train"
    return {
        "job's role and bucket": (own, (read, f"{DATA}/train/1/output/model.tar.gz"), (delete, f"{DATA}/train/1")),
        "AmazonSageMakerFullAccess": (full, ("ecr:BatchGetImage", image), ("iam:DeleteRole", ROLE)),
    }


def measured(policies: ApplicablePolicies, asked: tuple[str, str], count: int) -> float:
    """The microseconds of one decision, with its request."""
    started = time.process_time()
    for _ in range(count):
        decided(policies, asked)
    return (time.process_time() - started) / count * 1e6


def decided(policies: ApplicablePolicies, asked: tuple[str, str]) -> bool:
    context = {"aws:SecureTransport": "true"}
    request = Request(JOB, *asked, owner=ACCOUNT, context=context, complete=("iam:", "s3:", "ecr:"))
    return decide(request, policies).allowed


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures the decisions of IAM on the local AWS.")
    parser.add_argument("--runs", type=int, default=7, help="rounds (default: 7)")
    parser.add_argument("--count", type=int, default=5000, help="decisions in a round (default: 5000)")
    given = parser.parse_args()
    print(f"decisions of IAM, processor time of one; medians of {given.runs} rounds of {given.count}")
    print(f"{'policies':28}{'allowed':>12}{'denied':>12}")
    for name, (policies, *questions) in subjects().items():
        if [decided(policies, asked) for asked in questions] != [True, False]:
            raise SystemExit(f"{name}: another answer than is said here")
        taken = [
            statistics.median(measured(policies, asked, given.count) for _ in range(given.runs)) for asked in questions
        ]
        print(f"{name:28}{''.join(f'{each:>9.1f} µs' for each in taken)}")


if __name__ == "__main__":
    main()
