"""The permissions on objects in S3, and on the keys that encrypt them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..language.field import Field
from ..language.tokens import begins_at_deployment
from .environment import Location
from .keys import key_arn, written_at
from .patterns import UNKNOWN, place
from .permissions import DEPLOYED, ELSEWHERE, RUN_TIME, Permission, Reason
from .statements import Conditions
from .step_needs import StepNeeds

READ = ("s3:GetObject",)
_LIST = "s3:ListBucket"
_DECRYPT = ("kms:Decrypt",)
_MANIFESTS = ("AugmentedManifestFile", "ManifestFile")
_WRITE = ("s3:AbortMultipartUpload", "s3:PutObject")


class S3Needs(StepNeeds):
    """Reading, writing, listing and deleting objects at the URIs of a step's fields."""

    def location(self, uri: Any) -> Location | None:
        """As ``place``, but every version of the step's own code."""
        found = self.place(uri)
        return None if found is None else self.environment.every_version(self.step.name, found)

    def place(self, uri: Any) -> Location | None:
        """What an S3 URI can mean; None when even the bucket is known at run time, or at deployment, only."""
        return place(self.definition, uri, self.environment)

    def undecided_bucket(self, uri: Any, actions: tuple[str, ...], because: tuple[Reason, ...]) -> Iterator[Permission]:
        """A note that the bucket is not known here, where an S3 URI has no ``place``."""
        if begins_at_deployment(uri):
            yield Permission(actions, (), because=because, unknown="bucket", why=DEPLOYED)
        elif isinstance(uri, str) and uri.startswith("https://"):  # which the API takes, wherever that is
            yield Permission(actions, (), because=because, unknown="bucket", why=ELSEWHERE)
        yield from self._undecided(uri, actions, "bucket", because)

    def read(self, field: Field, *names: str, note: str = "") -> Iterator[Permission]:
        """The objects at and below an S3 URI."""
        uri, because = field.at(*names).value, self.because(field, note)
        found = self.location(uri)
        if found is None:
            yield from self.undecided_bucket(uri, (*READ, _LIST), because)
            return
        yield from self._at(found, READ, found.objects(self.environment), because)
        yield from self._listing(found, because)
        yield from self._decrypt(found, found.prefix(), because)

    def data(self, field: Field, *names: str) -> Iterator[Permission]:
        """An ``S3DataSource``: objects, or a manifest, which may list objects anywhere."""
        yield from self.read(field, *names, "S3Uri")
        if field.at(*names, "S3DataType").value in _MANIFESTS:
            yield self.note(READ, "content of the manifest", RUN_TIME, field)

    def read_object(self, field: Field, *names: str, below: str = "") -> Iterator[Permission]:
        """The one object at an S3 URI, or at a path below it."""
        uri, because = field.at(*names).value, self.because(field)
        found = self.location(uri)
        if found is None:
            yield from self.undecided_bucket(uri, READ, because)
            return
        found = found.below(below) if below else found
        yield from self._at(found, READ, found.object(self.environment), because)
        yield from self._decrypt(found, found.key, because)

    def write(self, field: Field, *names: str) -> Iterator[Permission]:
        """The objects below an S3 URI. Multipart uploads need to decrypt their own parts."""
        uri, because = field.at(*names).value, self.because(field)
        found = self.place(uri)
        if found is None:
            yield from self.undecided_bucket(uri, _WRITE, because)
            return
        below = found if not found.key or found.key.endswith(("/", "*")) else Location(found.bucket, found.key + "/")
        yield from self._at(below, _WRITE, below.objects(self.environment), because)
        yield from self._bucket_key(found, ("kms:Decrypt", "kms:GenerateDataKey"), because)

    def delete(self, found: Location, field: Field) -> Iterator[Permission]:
        """The one object at a location, or those that are like it."""
        yield from self._at(found, ("s3:DeleteObject",), found.object(self.environment), self.because(field))

    def listing(self, found: Location, field: Field) -> Iterator[Permission]:
        """The names of the objects at and below a location."""
        yield from self._listing(found, self.because(field))

    def _listing(self, found: Location, because: tuple[Reason, ...]) -> Iterator[Permission]:
        listed = {"StringLike": {"s3:prefix": [found.prefix()]}}
        if not found.is_directory:
            yield from self._at(found, (_LIST,), found.bucket_arn(self.environment), because, listed)

    def _at(
        self,
        found: Location,
        actions: tuple[str, ...],
        arn: str,
        because: tuple[Reason, ...],
        conditions: Conditions | None = None,
    ) -> Iterator[Permission]:
        """Actions on objects or their bucket; through a session of a directory bucket, or an access point."""
        if found.is_alias:
            yield Permission(actions, (), because=because, unknown="access point behind the alias", why=ELSEWHERE)
        elif found.is_directory:
            mode = {"StringEquals": {"s3express:SessionMode": "ReadOnly" if actions == READ else "ReadWrite"}}
            yield Permission(("s3express:CreateSession",), (found.bucket_arn(self.environment),), mode, because)
        else:
            yield Permission(actions, (arn,), conditions or {}, because)
        if found.is_access_point:
            yield self._behind(found, actions, because)

    def _behind(self, point: Location, actions: tuple[str, ...], because: tuple[Reason, ...]) -> Permission:
        """The note on the bucket of an access point, one for each step and access point."""
        what = f"bucket behind the access point {point.bucket!r}"
        return Permission(actions, (), because=because, unknown=what, why=ELSEWHERE, once=True)

    def _decrypt(self, found: Location, keys: str, because: tuple[Reason, ...]) -> Iterator[Permission]:
        """The keys of what lies at a location: the bucket's, and those that steps encrypt with what they write there.

        ``keys``: the pattern of the objects' names, which S3 calls keys.
        """
        yield from self._bucket_key(found, _DECRYPT, because)
        told: set[str] = set()  # each key once, since very many steps may write there
        for written in written_at(self.definition, self.environment, found, keys):
            if written.step == self.step.name or str(written.key) in told:
                continue  # the role that writes has the key
            told.add(str(written.key))
            if isinstance(written.key, str) and UNKNOWN not in written.key:
                arn, only = key_arn(written.key, self.environment)
                yield Permission(_DECRYPT, (arn,), only, because)
            else:
                what = f"key that step {written.step!r} encrypts with"
                yield Permission(_DECRYPT, (), because=because, unknown=what, once=True)

    def _bucket_key(
        self, found: Location, actions: tuple[str, ...], because: tuple[Reason, ...]
    ) -> Iterator[Permission]:
        """The KMS key of the objects' bucket, where it is known to have one."""
        key = self.environment.bucket_keys.get(found.bucket)
        if key is not None:
            arn, only = key_arn(key, self.environment)
            yield Permission(actions, (arn,), only, because)
        elif found.bucket in self.environment.keyless and not self._is_keyed(found):
            if found.is_access_point:
                yield self._behind(found, actions, because)
            else:
                yield self.unsaid_key(actions, "bucket", found.bucket, because)

    def _is_keyed(self, found: Location) -> bool:
        """Whether all that lies at a location was written by a step that says with which key."""
        written = written_at(self.definition, self.environment, found, found.prefix())
        return any(found.key.startswith(one.below.key) for one in written)
