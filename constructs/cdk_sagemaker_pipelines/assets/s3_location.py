"""Objects in S3."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Protocol

import aws_cdk as cdk
from constructs import Construct

from ..language import Expression, PipelineError
from ..language.expressions import has_placeholder
from ..language.keyword_options import GivenOnce, by_name
from ..language.tokens import has_string_token
from .shown import shown

if TYPE_CHECKING:
    from aws_cdk import aws_s3 as s3


class Buckets(Protocol):
    """Where used buckets are registered: the ``Workplace`` of a pipeline."""

    def use_bucket(self, bucket: s3.IBucket) -> str:
        """The bucket's name; registers its key as well, since readers must decrypt."""
        ...


class S3Location(GivenOnce):
    """The objects in a bucket whose keys begin with a prefix; as an output, where objects are written.

    ```python
    S3Location(bucket, "raw/")
    S3Location(bucket, f"runs/{ExecutionVariables.PIPELINE_EXECUTION_ID}/")
    S3Location.from_uri("s3://sales/raw/")
    ```

    Jobs may read, or write, just these objects, with the bucket's KMS key if it has one. In an f-string it is the URI
    alone, and nothing is granted.

    Args:
        bucket: The bucket, as a construct of CDK.
        prefix: The beginning of the keys, without a leading slash, which may be an f-string with expressions. End it
            with ``/`` for a folder, or ``raw`` also matches ``raw2``.

    Raises:
        PipelineError: Not a bucket, or a prefix that begins with a slash or is a URI.
    """

    @by_name
    def __init__(self, bucket: s3.IBucket, prefix: str | Expression[str] = "") -> None:
        if isinstance(bucket, str):
            raise PipelineError(
                f"S3Location: the bucket must be a CDK bucket, not {bucket!r}; for a URI write S3Location.from_uri(...)"
            )
        if not isinstance(prefix, (str, Expression)):
            raise PipelineError(f"S3Location: the prefix must be a text, not {shown(prefix)}")
        text = str(prefix)
        if text.startswith("/"):
            raise PipelineError(f"S3Location: the prefix {text!r} must not begin with '/'")
        if text.startswith("s3://"):
            raise PipelineError(f"S3Location: the prefix {text!r} is a URI; write S3Location.from_uri(...)")
        _refuse_line_end(text, "prefix")
        self._bucket: s3.IBucket | None = bucket
        self._prefix = text
        self._uri = ""

    @staticmethod
    def from_uri(uri: str | Expression[str]) -> S3Location:
        """The objects at an S3 URI, in a bucket that is not a construct of this app.

        Args:
            uri: The URI, such as ``s3://bucket/prefix/``, or an expression of one.

        Raises:
            PipelineError: Not an S3 URI.
        """
        prefix = S3Location.__new__(S3Location)
        prefix._bucket = None
        prefix._prefix = ""
        prefix._uri = check_uri(uri)
        return prefix

    @property
    def bucket(self) -> s3.IBucket | None:
        """The bucket as a construct; None if only a URI is known."""
        return self._bucket

    @property
    def prefix(self) -> str:
        """The beginning of the keys in the bucket; empty for a URI."""
        return self._prefix

    def bind(self, workplace: Buckets) -> str:
        """The URI; registers the bucket and its key with the workplace. Steps call this.

        Args:
            workplace: What registers the buckets that a pipeline uses.
        """
        if self._bucket is None:
            return self._uri
        return f"s3://{workplace.use_bucket(self._bucket)}/{self._prefix}"

    def below(self, path: str) -> S3Location:
        """The objects below a path under this prefix.

        Args:
            path: The path relative to the prefix, which may be an f-string with expressions.
        """
        if self._bucket is None:
            return S3Location.from_uri(f"{self._uri.rstrip('/')}/{path}")
        return S3Location(self._bucket, f"{self._prefix.rstrip('/')}/{path}" if self._prefix else path)

    def __str__(self) -> str:
        return self._uri if self._bucket is None else f"s3://{self._bucket.bucket_name}/{self._prefix}"

    def known(self, what: str, scope: Construct) -> tuple[s3.IBucket, str]:
        """The bucket and the prefix where the deployment puts something; constructs call this.

        Args:
            what: The thing that is put there, with its verb, for messages.
            scope: A construct in the stack that deploys it.

        Raises:
            PipelineError: The bucket is not a construct or is in another account's stack, or the prefix is not known
                yet.
        """
        if self._bucket is None or has_placeholder(self._prefix) or has_string_token(self._prefix):
            raise PipelineError(
                f"{what} put into the pipeline's artifacts when the stack is deployed; {self!r} must be a CDK bucket "
                "with a prefix that is known at synth"
            )
        here, there = cdk.Stack.of(scope).account, self._bucket.env.account
        # CDK adds the function's role to no policy of an imported bucket
        if isinstance(self._bucket, cdk.aws_s3.Bucket) and here != there and not has_string_token(here + there):
            raise PipelineError(
                f"{what} put into the pipeline's artifacts when the stack is deployed, by CDK's function, whose role "
                f"the bucket {self._bucket.node.path} in account {there} cannot name; use artifacts= in account {here}"
            )
        return self._bucket, self._prefix

    def __repr__(self) -> str:
        return f"S3Location({self._uri or self._prefix!r})"


def _refuse_line_end(text: str, what: str) -> None:
    if "\n" in text or "\r" in text:
        raise PipelineError(f"S3Location: the {what} {shown(text)} has a line end, which no key is likely to have")


def check_uri(uri: Any) -> str:
    """An S3 URI as text; raises ``PipelineError`` for what cannot be one."""
    text = str(uri) if isinstance(uri, Expression) else uri
    if not isinstance(text, str):
        raise PipelineError(f"an S3Location, a step's output or an S3 URI is needed, not {shown(uri)}")
    _refuse_line_end(text, "URI")
    known = not has_placeholder(text[:30]) and not has_string_token(text[:30])
    if known and not re.match(r"s3://[^/]+", text):
        hadoop = re.fullmatch(r"(?i:s3[an]?)://([^/].*)", text, re.DOTALL)  # has names of its own for S3
        instead = f"; write {f's3://{hadoop[1]}'!r}" if hadoop else ""
        raise PipelineError(f"{text!r} is not an S3 URI such as 's3://bucket/prefix/'{instead}")
    return text


def uri_of(value: Any, workplace: Buckets) -> Any:
    """The URI of an ``S3Location``, an expression such as another step's output, or a text."""
    if isinstance(value, S3Location):
        return value.bind(workplace)
    if isinstance(value, Expression):
        return value
    return check_uri(value)
