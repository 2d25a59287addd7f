"""Where a pipeline's resources are: ARNs, and from S3 URIs in a definition to the objects that IAM knows."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ..language.code_places import CodePlace
from ..language.later import later_pattern
from ..language.tokens import has_string_token
from .limits import NO_LIMITS, Limits


@dataclass(frozen=True)
class DataAccess:
    """S3 URIs, as JSON, that a step's job reads or writes and that do not show in its arguments.

    ``role``: the ARN of the role that the job runs with. ``told``: the file that names them; by default the step does,
    by ``reads`` and ``writes``.
    """

    role: str
    reads: tuple[Any, ...] = ()
    writes: tuple[Any, ...] = ()
    told: str = ""


_END, _OF_CHINA = "amazonaws.com", "amazonaws.com.cn"


@dataclass(frozen=True)
class Code:
    """Where the files of a step's own lie that are named by their content: each change of one is a file beside it.

    ``keys``: their keys in the bucket, with ``*`` for the hash, such as ``*.py``; with a slash at the end for folders.
    """

    bucket: str
    keys: str

    def holds(self, found: Location) -> bool:
        """Whether it is such a file, or such a folder, that lies at the location."""
        start, _, end = self.keys.partition("*")
        content = found.key[len(start) : len(found.key) - len(end)]
        return (found.bucket, found.key) == (self.bucket, f"{start}{content}{end}") and bool(_HASH.fullmatch(content))

    def location(self) -> Location:
        """All of them."""
        return Location(self.bucket, self.keys, one_object=not self.keys.endswith("/"))


@dataclass(frozen=True)
class Elsewhere:
    """What is of another account or region than the pipeline.

    ``lets_in``: the ARNs of the roles that its policy, which the app writes, lets in. ``nameless``: the paths of those
    that it would let in if they had a name before they are deployed.
    """

    account: str
    region: str
    lets_in: tuple[str, ...] = ()
    nameless: tuple[str, ...] = ()

    def is_open_to(self, role: Any) -> bool:
        """Whether the app lets a role in; a role that is only known at run time has a warning of its own."""
        return role in self.lets_in or (bool(self.lets_in) and not isinstance(role, str))


@dataclass(frozen=True)
class Where:
    """The partition, region and account in which something is, literal or CDK tokens."""

    partition: str
    region: str
    account: str

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource in this account and region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def sagemaker(self, resource: str) -> str:
        """The ARN of a SageMaker resource here."""
        return self.arn("sagemaker", resource)

    def via(self, service: str) -> dict[str, Any]:
        """The condition that KMS is called by a service of this region, for who may use a key through it only."""
        # only the regions of China have an end of their own; which region it is may be only known at deployment
        ends = [_END] * (not self._is_in_china) + [_OF_CHINA] * (self._is_in_china or has_string_token(self.region))
        return {"StringEquals": {"kms:ViaService": [f"{service}.{self.region}.{end}" for end in ends]}}

    @property
    def _is_in_china(self) -> bool:
        return self.region.startswith("cn-")

    def principal(self, service: str) -> str:
        """The principal of a service whose name has the end of the partition, such as ``elasticmapreduce``.

        Most services have one name everywhere. Which partition it is must be known at synth, or it is the first.
        """
        return f"{service}.{_OF_CHINA if self._is_in_china else _END}"

    def names_of(self, service: str) -> str | list[str]:
        """What a policy's condition compares with such a service's name; in China pages of AWS have both."""
        return [f"{service}.{_END}", f"{service}.{_OF_CHINA}"] if self._is_in_china else f"{service}.{_END}"


@dataclass(frozen=True)
class Environment(Where):
    """Where a pipeline is, and all else that its permissions follow from beside its definition.

    ``bucket_keys``: the KMS key's ARN of a bucket, by the bucket's name. ``keyless``: the names of buckets, and the
    ARNs of queues and topics, that were imported without their key, if they have one. ``image_repositories``: the ARN
    of the ECR repository of an image URI, or None for an image that AWS owns and every role may pull. ``queues``: by a
    queue's URL its ARN and that of its KMS key, if it has one of its own. ``topics``: the KMS key's ARN of a topic, by
    the topic's. ``models``: the role's ARN of a model that exists, by its name. ``accesses``: by a step's name what it
    says of its data, for each role of its jobs. ``code``: by a step's name where its own files lie. ``functions``: the
    ARN of a function by that of its version. ``elsewhere``: by a bucket's name or an ARN what is known to be of another
    account or region, where neither says so itself. ``access_points``: the ARN of an access point of the app, by what
    stands in URIs in place of a bucket's name. ``model_packages``: the name or ARN of the group in which a step of ours
    finds a version, by the step's name. ``told``: what a text turns out to be, as far as the app knows: the
    ARN of the resource that it refers to, literal texts in place of tokens that stand for them. ``role``: the ARN of
    the pipeline's role, with which jobs run that name none. ``limits``: what compute that role may ask for.
    """

    pipeline_name: str
    bucket_keys: Mapping[str, str] = field(default_factory=dict)
    image_repositories: Mapping[str, str | None] = field(default_factory=dict)
    queues: Mapping[str, tuple[str, str | None]] = field(default_factory=dict)
    accesses: Mapping[str, Sequence[DataAccess]] = field(default_factory=dict)
    topics: Mapping[str, str] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)
    code: Mapping[str, Sequence[Code]] = field(default_factory=dict)
    functions: Mapping[str, str] = field(default_factory=dict)
    elsewhere: Mapping[str, Elsewhere] = field(default_factory=dict)
    access_points: Mapping[str, str] = field(default_factory=dict)
    model_packages: Mapping[str, str] = field(default_factory=dict)
    role: str | None = None
    keyless: Collection[str] = ()
    limits: Limits = NO_LIMITS
    told: Callable[[str], str] = field(default=str, compare=False)

    def every_version(self, step: str, found: Location) -> Location:
        """The location; of the step's own code that of every version, so that new code asks for no new permission."""
        own = next((code for code in self.code.get(step, ()) if code.holds(found)), None)
        return found if own is None else own.location()

    @property
    def data(self) -> list[CodePlace]:
        """The places in S3 that jobs read or write and that do not show in their arguments."""
        return [
            CodePlace(step, access.told or f"{what}[{index}]", uri, what == "writes")
            for step, said in self.accesses.items()
            for access in said
            for what, uris in (("reads", access.reads), ("writes", access.writes))
            for index, uri in enumerate(uris)
        ]

    @property
    def versions(self) -> frozenset[str]:
        """Bucket and keys of all code, as they stand behind ``arn:aws:s3:::``."""
        locations = (code.location() for codes in self.code.values() for code in codes)
        return frozenset(f"{found.bucket}/{found.prefix()}" for found in locations)


@dataclass(frozen=True)
class Location:
    """Objects in S3: a bucket's name and a key pattern in which ``*`` stands for what is known at run time.

    ``bucket`` is the ARN where the objects are reached through an access point. ``one_object``: whether the key is that
    of one object, whatever it looks like, and no prefix.
    """

    bucket: str
    key: str
    one_object: bool = False

    @property
    def is_access_point(self) -> bool:
        """Whether the objects are reached through an access point, by its ARN."""
        return self.bucket.startswith("arn:")

    @property
    def is_alias(self) -> bool:
        """Whether the name is one that S3 gives to an access point in place of a bucket; it leads to no ARN."""
        return self.bucket.endswith(_ALIASES)

    @property
    def is_directory(self) -> bool:
        """Whether the bucket is a directory bucket, to which sessions lead."""
        return self.bucket.endswith("--x-s3")

    def objects(self, environment: Environment) -> str:
        """The ARN of the objects at and below the location."""
        return self._arn(environment, self.prefix())

    def object(self, environment: Environment) -> str:
        """The ARN of the one object at the location."""
        return self._arn(environment, _tidy(self.key))

    def bucket_arn(self, environment: Environment) -> str:
        """The ARN of the bucket, or of the access point."""
        if self.is_access_point:
            return self.bucket
        if self.is_directory:
            return environment.arn("s3express", f"bucket/{self.bucket}")
        return f"arn:{environment.partition}:s3:::{self.bucket}"

    def _arn(self, environment: Environment, key: str) -> str:
        return f"{self.bucket_arn(environment)}/{'object/' if self.is_access_point else ''}{key}"

    def prefix(self) -> str:
        """The pattern of the keys at and below the location, and of the prefixes that are listed to find them."""
        return self._prefix

    @cached_property
    def _prefix(self) -> str:
        whole = self.one_object or _ONE_OBJECT.search(self.key)
        return _tidy(self.key if whole else self.key + "*")

    def below(self, path: str) -> Location:
        """The location of ``path`` under this one."""
        return Location(self.bucket, f"{self.key.rstrip('/')}/{path}" if self.key else path)


_ALIASES = ("-s3alias", "--ol-s3", "--xa-s3", ".mrap")
"""How the names end that S3 gives to access points: of buckets, for objects' Lambda, of directory buckets, of all."""
_HASH = later_pattern("[0-9a-f]{64}")
# an asset of CDK, which is named by its content, and a job's model: keys that are nothing else's prefix
_ONE_OBJECT = later_pattern(r"(?:^|/)(?:[0-9a-f]{64}(?:\.[A-Za-z0-9.]+|/analysis_config\.json)?|model\.tar\.gz)$")


def _tidy(pattern: str) -> str:
    return re.sub(r"\*{2,}", "*", pattern) if "**" in pattern else pattern
