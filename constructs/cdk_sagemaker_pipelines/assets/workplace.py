"""What values bind to: the pipeline, its default location for outputs, and what is known of buckets and images."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from aws_cdk import Stack
from constructs import Construct

from ..iam.app_resources import (
    access_point_behind,
    bucket_resource,
    is_access_point,
    key_on,
    name_by_arn,
    owner_behind,
    told,
)
from ..iam.environment import Code, DataAccess, Environment, Location, Where
from ..iam.limits import NO_LIMITS, Limits
from ..iam.names import ASSETS
from ..iam.patterns import location
from ..iam.roles import jobs
from ..language import Definition, Expression, Finding, PipelineError
from ..language.expressions import expression_of
from ..language.later import later_pattern
from ..language.tokens import has_string_token
from .owners import Owners, differ, whereabouts
from .s3_location import S3Location
from .shown import shown

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_logs as logs
    from aws_cdk import aws_s3 as s3
    from aws_cdk import aws_sns as sns
    from aws_cdk import aws_sqs as sqs

    from .code import StagedCode


class Workplace:
    """Collects what is bound, one per pipeline; ``environment`` returns it as a value, to derive permissions from.

    ``default_artifacts``: creates the location of outputs that are given none. ``deployment_log_group``: for CDK's
    function that puts files there.

    What all steps need from CDK is requested once, since every answer comes from another process.
    """

    def __init__(
        self,
        construct: Construct,
        pipeline_name: str,
        default_artifacts: Callable[[], S3Location],
        deployment_log_group: logs.ILogGroup | None = None,
    ) -> None:
        self.stack = Stack.of(construct)
        self.pipeline_name = pipeline_name
        self.deployment_log_group = deployment_log_group
        self.bucket_keys: dict[str, str] = {}
        self.image_repositories: dict[str, str | None] = {}
        self.queues: dict[str, tuple[str, str | None]] = {}
        self.topics: dict[str, str] = {}
        self.models: dict[str, str] = {}
        self.accesses: dict[str, tuple[DataAccess, ...]] = {}
        self.code: dict[str, tuple[Code, ...]] = {}
        self.files: dict[str, str] = {}
        """The names of files of code, by their keys."""
        self.functions: dict[str, str] = {}
        self.keyless: list[str] = []
        self.access_points: dict[str, str] = {}
        self.model_packages: dict[str, str] = {}
        self.limits: Limits = NO_LIMITS
        """What compute the pipeline's role may ask for."""
        self.doubts: list[Finding] = []
        self.where = Where(self.stack.partition, self.stack.region, self.stack.account)
        self._told: dict[str, str] = {}
        self._default_artifacts = default_artifacts
        self._artifacts: S3Location | None = None
        self._names: dict[int, tuple[s3.IBucket, str]] = {}
        self._role_arns: dict[int, tuple[iam.IRole, str]] = {}
        self._principals: dict[tuple[str, str], iam.IPrincipal] = {}
        self._asset_buckets: dict[str, str] = {}
        self._of_assets: set[str] = set()
        self._without_key: dict[str, Any] = {}
        self.owners = Owners(self.where, self._bucket)

    def environment(self, role: str | None = None) -> Environment:
        """All that has been collected so far, as a value that does not change later.

        ``role``: the ARN of the pipeline's role.
        """
        return Environment(
            self.where.partition,
            self.where.region,
            self.where.account,
            self.pipeline_name,
            bucket_keys=dict(self.bucket_keys),
            image_repositories=dict(self.image_repositories),
            queues=dict(self.queues),
            accesses=dict(self.accesses),
            topics=dict(self.topics),
            models=dict(self.models),
            code=dict(self.code),
            functions=dict(self.functions),
            elsewhere=dict(self.owners.elsewhere),
            access_points=dict(self.access_points),
            model_packages=dict(self.model_packages),
            role=role,
            keyless=tuple(self.keyless),
            limits=self.limits,
            told=self._tell,
        )

    @property
    def artifacts(self) -> S3Location:
        """The location of outputs that are given none; created when first needed."""
        if self._artifacts is None:
            self._artifacts = self._default_artifacts()
        return self._artifacts

    @property
    def bucket_of_artifacts(self) -> str | None:
        """The bucket of that location; None as long as nothing needs it, and where a URI alone says which."""
        bucket = None if self._artifacts is None else self._artifacts.bucket
        return None if bucket is None else bucket.bucket_name

    def outputs(self, definition: Definition) -> Location | None:
        """The folder of outputs that are given no location; None if all are given one."""
        if self._artifacts is None:
            return None
        uri = expression_of(self._artifacts.below(self.pipeline_name).bind(self))
        return location(definition, uri.to_json() if isinstance(uri, Expression) else uri)

    def use_bucket(self, bucket: s3.IBucket) -> str:
        """The bucket's name; registers its key as well, since readers must decrypt."""
        known = self._names.get(id(bucket))
        if known is None:
            try:
                name = bucket.bucket_name
            except AttributeError:
                raise PipelineError(f"S3Location: the bucket must be a CDK bucket, not {shown(bucket)}") from None
            if is_access_point(name):
                raise PipelineError(
                    "S3Location: the bucket's name is that of an access point, which IAM does not know; use the "
                    "bucket itself"
                )
            key = bucket.encryption_key
            if not isinstance(bucket, cdk.aws_s3.Bucket):
                name = name_by_arn(bucket.bucket_arn, name)
                if key is None:
                    self._lack_key(bucket, name)
            if key is not None:
                self.bucket_keys[name] = key.key_arn
            known = self._names[id(bucket)] = (bucket, name)  # the bucket is kept, or its id could be another's
        return known[1]

    def _lack_key(self, imported: Any, name: str) -> None:
        if imported.node.default_child is None and name not in self.keyless:
            self.keyless.append(name)

    def lacks_key(self, name: str) -> bool:
        """Enters that nobody says the key of a bucket that a text alone names; whether that is news.

        Of buckets of AWS and of CDK's assets nobody has to.
        """
        known = name in self.keyless or name in self._of_assets or name in self.names()
        if known or not _BUCKET.fullmatch(name) or _OF_AWS.match(name) or ASSETS.fullmatch(name):
            return False
        self.keyless.append(name)
        return True

    def recognize(self, name: str, bucket: s3.Bucket) -> bool:
        """Registers the app's bucket behind a literal name in a text or an import; returns whether it is new."""
        if self.owners.of(name) is bucket:
            return False
        self.owners.assign(name, bucket)
        self.owners.locate(name)
        if name in self.keyless:
            self.keyless.remove(name)
        self.learn_key(name, bucket)
        return True

    def learn_access_point(self, name: str) -> bool:
        """Enters the access point of the app that a text names in place of a bucket; whether it is one.

        Raises ``PipelineError`` where it is named so that S3 does not find it.
        """
        point = access_point_behind(name)
        if point is not None:
            self.access_points[name] = point
        return point is not None

    def learn_key(self, name: str, bucket: Any) -> bool:
        """Registers the key of a bucket of the app; returns whether it has one. ``name``: the bucket's in texts."""
        key = getattr(bucket, "encryption_key", None)
        resource = bucket_resource(bucket, name) if key is None else None
        arn = key_on(resource) if key is None else key.key_arn
        if arn is None:
            self._without_key[name] = resource
            return False
        # an import that has a key says how to name it from here; the app's may be in another stage
        self.bucket_keys.setdefault(name, arn)
        return True

    def late_keys(self) -> Iterator[Finding]:
        """A warning for each bucket of the app whose resource has got a key since ``learn_key`` found none."""
        for resource in self._without_key.values():
            if key_on(resource) is not None:
                told = (
                    f"the bucket {str(resource.node.path).removesuffix('/Resource')} got its KMS key after the "
                    "policies of the roles were written, such as from an aspect, so no permission for it can be "
                    "derived; give encryption_key= to the bucket"
                )
                yield Finding("bucket-key", told, level="warning")

    def staged(self, step: str, found: StagedCode) -> StagedCode:
        """Registers the code of a step; roles may read every version of it, so that they do not change with it.

        ``step``: the step's name.
        """
        self.doubt_code(step, found.faults, found.left_behind)
        self.note_file(step, found.key, found.source)
        self._of_assets.add(found.bucket)
        if has_string_token(found.bucket):  # each asset has its own token for the same bucket
            said = json.dumps(self.stack.resolve(found.bucket))
            found = found.at(self._asset_buckets.setdefault(said, found.bucket))
        if found.versions is not None:
            self._keep(step, found.versions)
        return found

    def note_file(self, step: str, key: str, source: str) -> None:
        """Keeps what a file was called before it went under a hash, for whoever compares two templates."""
        if source and not has_string_token(key) and key not in self.files:
            taken = source in self.files.values()
            self.files[key] = f"{source} of {step}" if taken else source

    def doubt_code(self, step: str, faults: Iterable[str], left_behind: Iterable[str]) -> None:
        """Has the synthesis warn of syntax errors, and of imports of what the code lacks.

        ``step``: the name of the step that runs the code.
        """
        self.doubts += [Finding("script-syntax", text, step=step, level="warning") for text in faults]
        self.doubts += [Finding("script-imports", text, step=step, level="warning") for text in left_behind]

    def keeps(self, step: str, versions: S3Location) -> None:
        """Like ``staged``, for files below a prefix of a bucket. ``versions``: with ``*`` for the content."""
        assert versions.bucket is not None
        self._keep(step, Code(self.use_bucket(versions.bucket), versions.prefix))

    def keep_access(self, step: str, access: DataAccess) -> None:
        """Registers what a step declares about its data. ``step``: the step's name."""
        self.accesses[step] = (*self.accesses.get(step, ()), access)

    def _tell(self, text: str) -> str:
        if text not in self._told:
            self._told[text] = told(text, self.stack)
        return self._told[text]

    def _keep(self, step: str, code: Code) -> None:
        known = self.code.get(step, ())
        if code not in known:
            self.code[step] = (*known, code)

    def names(self) -> set[str]:
        """The names of the buckets, and the ARNs, that constructs have bound to the pipeline."""
        arns = [*self.bucket_keys.values(), *(arn for found in self.queues.values() for arn in found if arn)]
        return {*(name for _, name in self._names.values()), *arns, *self.functions.values()}

    def called(self, bucket: s3.IBucket) -> str | None:
        """What URIs here call a bucket that is bound."""
        return next((name for known, name in self._names.values() if known is bucket), None)

    def _bucket(self, name: str) -> s3.IBucket | None:
        """The bucket of that name among those that are bound."""
        return next((bucket for bucket, known in self._names.values() if known == name), None)

    def is_of_another_account(self, construct: Any) -> bool:
        """Whether a construct, if there is one, is known to be in another account than the pipeline."""
        return construct is not None and differ(whereabouts(construct)[0], self.where.account)

    def is_of_another_region(self, construct: Any) -> bool:
        """Whether a construct, if there is one, is known to be in another region than the pipeline."""
        return construct is not None and differ(whereabouts(construct)[1], self.where.region)

    def use_queue(self, queue: sqs.IQueue) -> str:
        """The queue's URL; registers its ARN and key as well, which senders need."""
        url = queue.queue_url
        if self.queues.get(url, (None, None))[1] is None:  # one import may know less than another
            arn, key = queue.queue_arn, queue.encryption_master_key
            if key is None and not isinstance(queue, cdk.aws_sqs.Queue):
                key = self._key_behind(queue, arn, "encryption_master_key")
            self.queues[url] = (arn, None if key is None else key.key_arn)
        return url

    def use_topic(self, topic: sns.ITopic) -> str:
        """The topic's ARN; registers its key as well, since publishers must encrypt."""
        arn = topic.topic_arn
        # old versions of CDK have the key of their own topics only
        key = getattr(topic, "master_key", None)
        if key is None and not isinstance(topic, cdk.aws_sns.Topic):
            key = self._key_behind(topic, arn, "master_key")
        if key is not None:
            self.topics[arn] = key.key_arn
        return arn

    def _key_behind(self, imported: Any, arn: str, attribute: str) -> Any:
        """The key of a resource of the app that is imported without it; else registers that the key is not known."""
        owner = owner_behind(arn)
        if not hasattr(owner, attribute):
            self._lack_key(imported, arn)
        return getattr(owner, attribute, None)

    def role_arn(self, role: iam.IRole) -> str:
        """The role's ARN."""
        if id(role) not in self._role_arns:
            arn = role.role_arn
            if arn.endswith(":role"):  # of all roles without a name in `Role.customize_roles`, which CDK refuses
                arn = f"{arn}/{role.node.path}"
            self._role_arns[id(role)] = (role, arn)
        return self._role_arns[id(role)][1]

    def jobs(self, job_arns: str, service: str) -> iam.IPrincipal:
        """Who assumes the roles of jobs. ``job_arns``: the end of the jobs' ARNs, such as ``training-job/*``."""
        if (job_arns, service) not in self._principals:
            self._principals[job_arns, service] = jobs(self.where, job_arns, service)
        return self._principals[job_arns, service]


_BUCKET = later_pattern(r"[a-z0-9][a-z0-9._-]*")
"""A whole name: of an access point, or of one that expressions tell in part, nothing is known."""
_OF_AWS = later_pattern(r"jumpstart-(?:private-)?cache-prod-|sagemaker-(?:sample|example)-")
