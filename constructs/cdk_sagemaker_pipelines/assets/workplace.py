"""Where values bind: the pipeline, its default place for outputs, and what is known of buckets and images."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from aws_cdk import Stack
from constructs import Construct

from ..iam.behind import is_access_point
from ..iam.needs import SAGEMAKER
from ..iam.places import Code, DataAccess, Place
from ..iam.roles import jobs
from ..language import Finding, PipelineError
from ..language.tokens import has_string_token
from .shown import shown

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_s3 as s3
    from aws_cdk import aws_sns as sns
    from aws_cdk import aws_sqs as sqs

    from .code import StagedCode
    from .s3_prefix import S3Prefix


class Workplace:
    """One for each pipeline. ``default_artifacts`` makes the place where outputs go that are given none.

    What all steps ask for is asked of CDK once: every answer comes from another process.
    """

    def __init__(self, construct: Construct, pipeline_name: str, default_artifacts: Callable[[], S3Prefix]) -> None:
        self.stack = Stack.of(construct)
        self.pipeline_name = pipeline_name
        self.bucket_keys: dict[str, str] = {}
        self.image_repositories: dict[str, str | None] = {}
        self.queues: dict[str, tuple[str, str | None]] = {}
        self.topics: dict[str, str] = {}
        self.models: dict[str, str] = {}
        self.accesses: dict[str, DataAccess] = {}
        self.code: dict[str, tuple[Code, ...]] = {}
        self.functions: dict[str, str] = {}
        self.doubts: list[Finding] = []
        self.place = Place(
            self.stack.partition,
            self.stack.region,
            self.stack.account,
            pipeline_name,
            self.bucket_keys,
            self.image_repositories,
            self.queues,
            self.accesses,
            self.topics,
            self.models,
            self.code,
            self.functions,
        )
        self._default_artifacts = default_artifacts
        self._artifacts: S3Prefix | None = None
        self._names: dict[int, tuple[s3.IBucket, str]] = {}
        self._role_arns: dict[int, tuple[iam.IRole, str]] = {}
        self._principals: dict[tuple[str, str], iam.IPrincipal] = {}
        self._asset_buckets: dict[str, str] = {}

    @property
    def artifacts(self) -> S3Prefix:
        """Where outputs go that are given no place; made on first need."""
        if self._artifacts is None:
            self._artifacts = self._default_artifacts()
        return self._artifacts

    def bucket_name(self, bucket: s3.IBucket) -> str:
        """The bucket's name, and on the way its key: who reads the bucket must decrypt."""
        known = self._names.get(id(bucket))
        if known is None:
            try:
                name = bucket.bucket_name
            except AttributeError:
                raise PipelineError(f"S3Prefix: the bucket must be a CDK bucket, not {shown(bucket)}") from None
            if is_access_point(name):
                raise PipelineError(
                    "S3Prefix: the bucket's name is that of an access point, by which IAM knows nothing; give the "
                    "bucket itself"
                )
            key = bucket.encryption_key
            if key is not None:
                self.bucket_keys[name] = key.key_arn
            known = self._names[id(bucket)] = (bucket, name)  # the bucket is kept, or its id could be another's
        return known[1]

    def staged(self, step: str, found: StagedCode) -> StagedCode:
        """The code, which is the step's: the roles that read it may read every version, so that they stay as they are.

        ``step``: the name.
        """
        self.doubt_code(step, found.faults)
        if has_string_token(found.bucket):  # one for each asset, which all say the same
            said = json.dumps(self.stack.resolve(found.bucket))
            found = found.at(self._asset_buckets.setdefault(said, found.bucket))
        if found.versions is not None:
            self._keep(step, found.versions)
        return found

    def doubt_code(self, step: str, faults: Iterable[str]) -> None:
        """Has the synthesis warn of code that is no Python. ``step``: the name of the step that runs it."""
        self.doubts += [Finding("script-syntax", fault, step=step, level="warning") for fault in faults]

    def keeps(self, step: str, versions: S3Prefix) -> None:
        """As ``staged``, of files that are put below a bucket's prefix. ``versions``: with ``*`` for the content."""
        assert versions.bucket is not None
        self._keep(step, Code(self.bucket_name(versions.bucket), versions.prefix))

    def _keep(self, step: str, code: Code) -> None:
        known = self.code.get(step, ())
        if code not in known:
            self.code[step] = (*known, code)

    def names(self) -> set[str]:
        """The names of the buckets, and the ARNs, that constructs have bound to the pipeline."""
        arns = [*self.bucket_keys.values(), *(arn for found in self.queues.values() for arn in found if arn)]
        return {*(name for _, name in self._names.values()), *arns, *self.functions.values()}

    def queue_url(self, queue: sqs.IQueue) -> str:
        """The queue's URL, and on the way its ARN and key: who sends messages needs both."""
        url = queue.queue_url
        if url not in self.queues:
            key = queue.encryption_master_key
            self.queues[url] = (queue.queue_arn, None if key is None else key.key_arn)
        return url

    def topic_arn(self, topic: sns.ITopic) -> str:
        """The topic's ARN, and on the way its key: who publishes must encrypt."""
        arn = topic.topic_arn
        # old versions of CDK tell the key of their own topics only
        key = getattr(topic, "master_key", None)
        if key is not None:
            self.topics[arn] = key.key_arn
        return arn

    def role_arn(self, role: iam.IRole) -> str:
        """The role's ARN."""
        if id(role) not in self._role_arns:
            self._role_arns[id(role)] = (role, role.role_arn)
        return self._role_arns[id(role)][1]

    def jobs(self, job_arns: str, service: str = SAGEMAKER) -> iam.IPrincipal:
        """Who takes the roles of jobs. ``job_arns``: the end of the jobs' ARNs, such as ``training-job/*``."""
        if (job_arns, service) not in self._principals:
            self._principals[job_arns, service] = jobs(self.place, job_arns, service)
        return self._principals[job_arns, service]
