"""What an endpoint keeps of its requests and answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from ..assets import S3Location, Workplace
from ..language import PipelineError
from ..language.documentation import documented
from ..language.no_value import NoValue
from ..steps.base.field_checks import items, kms_key, literal, one_of, s3_uri, whole

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms

Captured = Literal["Input", "Output"]
"""What of a request is kept."""


@documented
@dataclass(frozen=True)
class DataCapture(NoValue):
    """Requests and answers of an endpoint that are kept in S3, for monitoring and to train again.

    ```python
    ModelEndpoint(
        stack, "Endpoint", group=group, instance_type="ml.m5.large", reads=[S3Location(data, "models/")],
        capture=DataCapture(S3Location(bucket, "captured/"), sampling_percentage=20),
    )
    ```

    The files are JSON Lines, below ``<destination>/<endpoint>/<variant>/<year>/<month>/<day>/<hour>/``.

    API: [DataCaptureConfig](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DataCaptureConfig.html).
    Source: [Data capture](https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html).
    """

    destination: S3Location | str
    """Where the files go: a place in S3, or its URI."""
    sampling_percentage: int = 100
    """The share of the requests, 0 to 100 per cent."""
    captured: Sequence[Captured] = ("Input", "Output")
    """What is kept: "Input", "Output" or both."""
    csv_content_types: Sequence[str] = ()
    """The content types that are kept as CSV, at most 10, such as ``text/csv``. Default: the service's choice, which
    is to encode as Base64 what it does not know."""
    json_content_types: Sequence[str] = ()
    """The content types that are kept as JSON, at most 10, such as ``application/json``."""
    kms_key: kms.IKey | None = None
    """The KMS key of the files. Default: what the bucket says."""

    def to_json(self, workplace: Workplace) -> dict[str, Any]:
        """The configuration as the API expects it; the endpoint calls this.

        Args:
            workplace: What the endpoint knows of its stack, buckets and keys.
        """
        whole(self.sampling_percentage, 0, 100, "capture.sampling_percentage")
        if not items(self.captured, "capture.captured"):
            raise PipelineError('capture.captured is empty; name "Input", "Output" or both')
        for one in self.captured:
            one_of(one, get_args(Captured), "capture.captured")
        destination = s3_uri(self.destination, "capture.destination", workplace)
        literal(destination, "capture.destination")
        types = {
            kind: [literal(one, what) for one in items(given, what)]
            for kind, given, what in (
                ("CsvContentTypes", self.csv_content_types, "capture.csv_content_types"),
                ("JsonContentTypes", self.json_content_types, "capture.json_content_types"),
            )
        }
        found = {
            "EnableCapture": True,
            "InitialSamplingPercentage": self.sampling_percentage,
            "DestinationS3Uri": destination,
            "KmsKeyId": kms_key(self.kms_key, "capture.kms_key"),
            "CaptureOptions": [{"CaptureMode": one} for one in dict.fromkeys(self.captured)],
            "CaptureContentTypeHeader": {kind: given for kind, given in types.items() if given} or None,
        }
        return {name: value for name, value in found.items() if value is not None}
