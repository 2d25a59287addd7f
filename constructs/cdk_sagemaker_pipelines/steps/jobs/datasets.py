"""What a processing job reads and writes besides files: results of queries, feature groups."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from aws_cdk import aws_sagemaker as sagemaker

from ...assets import S3Location
from ...language import StringLike
from ...language.documentation import documented
from ...language.no_value import NoValue
from ..base.field_checks import kms_key, member, one_of, s3_uri, text
from ..base.request import ApiStep, ContainerFields

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_kms as kms


@documented
@dataclass(frozen=True, kw_only=True)
class Dataset(NoValue):
    """The result of a query, as an input of a processing job: the base of ``AthenaDataset`` and ``RedshiftDataset``.

    ```python
    def sales(query: str) -> Dataset:
        return AthenaDataset(query=query, database="sales", data_distribution_type="ShardedByS3Key")

    ProcessingStep(
        pipeline, "Split", image=Image.sklearn("1.2-1"), script=Script("jobs/count.py"), instance_type="ml.m5.large",
        inputs={"rows": sales("SELECT * FROM orders")},
    )
    ```

    API: [DatasetDefinition](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DatasetDefinition.html).
    """

    query: StringLike
    """The SQL of the query, at most 4096 characters."""
    database: StringLike
    """The name of the database with the tables."""
    output: S3Location | StringLike | None = None
    """Where the query writes its result in S3. Default: below the place of the step's outputs.

    That place is another one in each execution, so that the step is never taken from the cache.
    """
    kms_key: kms.IKey | None = None
    """The KMS key of the result. Default: the step's ``output_kms_key``."""
    local_path: str | None = None
    """Where the result is in the container. Default: ``/opt/ml/processing/input/<name>``."""
    data_distribution_type: Literal["FullyReplicated", "ShardedByS3Key"] | None = None
    """``FullyReplicated`` for all data on each instance, or ``ShardedByS3Key``. Default: the service's,
    ``ShardedByS3Key``."""
    input_mode: Literal["File", "Pipe"] | None = None
    """``File`` for files in the container, or ``Pipe`` for streams. Default: the service's, ``File``."""

    def _bind(
        self, step: ApiStep, fields: ContainerFields, what: str, local_path: str, output: Callable[[], S3Location]
    ) -> dict[str, Any]:
        """The API's ``DatasetDefinition``. ``local_path``, ``output``: those that hold where none is given."""
        for name, allowed in _ALLOWED.items():
            if getattr(self, name) is not None:
                one_of(getattr(self, name), allowed, f"{what}: {name}")
        key = fields.output_kms_key if self.kms_key is None else self.kms_key
        place = s3_uri(output() if self.output is None else self.output, f"{what}: output", step.host.workplace)
        query = {
            "QueryString": text(self.query, f"{what}: query"),
            "Database": text(self.database, f"{what}: database"),
            "OutputS3Uri": place,
            "KmsKeyId": kms_key(key, f"{what}: kms_key"),
        }
        return {
            **self._source(step, what, query),
            "LocalPath": local_path if self.local_path is None else self.local_path,
            "DataDistributionType": self.data_distribution_type,
            "InputMode": self.input_mode,
        }

    def _source(self, step: ApiStep, what: str, query: dict[str, Any]) -> dict[str, Any]:
        """The definition of a kind of source. ``query``: what all have."""
        raise NotImplementedError


@documented
@dataclass(frozen=True, kw_only=True)
class AthenaDataset(Dataset):
    """The result of a query in Athena, as an input of a processing job.

    ```python
    ProcessingStep(
        pipeline, "Split", image=Image.sklearn("1.2-1"), script=Script("jobs/count.py"), instance_type="ml.m5.large",
        inputs={"rows": AthenaDataset(query="SELECT * FROM orders", database="sales")},
        reads=[S3Location(data, "orders/")],
    )
    ```

    The job's role may run the query and read the catalog; declare the files of the tables with the step's ``reads``.

    API: [AthenaDatasetDefinition](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AthenaDatasetDefinition.html).
    """

    output_format: Literal["PARQUET", "ORC", "AVRO", "JSON", "TEXTFILE"] = "PARQUET"
    """The format of the result: PARQUET, ORC, AVRO, JSON or TEXTFILE."""
    output_compression: Literal["GZIP", "SNAPPY", "ZLIB"] | None = None
    """How the result is compressed: GZIP, SNAPPY or ZLIB. Default: Athena's."""
    catalog: StringLike = "AwsDataCatalog"
    """The name of the data catalog that has the database."""
    work_group: StringLike | None = None
    """The work group of Athena that runs the query. Default: ``primary``."""

    def _source(self, step: ApiStep, what: str, query: dict[str, Any]) -> dict[str, Any]:
        one_of(self.output_format, ("PARQUET", "ORC", "AVRO", "JSON", "TEXTFILE"), f"{what}: output_format")
        if self.output_compression is not None:
            one_of(self.output_compression, ("GZIP", "SNAPPY", "ZLIB"), f"{what}: output_compression")
        group = None if self.work_group is None else text(self.work_group, f"{what}: work_group")
        athena = {
            "Catalog": text(self.catalog, f"{what}: catalog"),
            **query,
            "WorkGroup": group,
            "OutputFormat": self.output_format,
            "OutputCompression": self.output_compression,
        }
        return {"AthenaDatasetDefinition": athena}


@documented
@dataclass(frozen=True, kw_only=True)
class RedshiftDataset(Dataset):
    """The result of a query in a Redshift cluster, as an input of a processing job.

    ```python
    unload = iam.Role.from_role_name(stack, "Unload", "redshift-unload")
    dataset = RedshiftDataset(
        query="SELECT * FROM orders", database="sales", cluster_id="sales", db_user="reader", cluster_role=unload
    )
    ProcessingStep(
        pipeline, "Split", image=Image.sklearn("1.2-1"), script=Script("jobs/count.py"), instance_type="ml.m5.large",
        inputs={"rows": dataset},
    )
    ```

    API: [RedshiftDatasetDefinition](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_RedshiftDatasetDefinition.html).
    """

    cluster_id: StringLike
    """The identifier of the Redshift cluster."""
    db_user: StringLike
    """The user of the database whose temporary credentials the job gets."""
    cluster_role: iam.IRole
    """The role with which the cluster writes its result; it must be attached to the cluster."""
    output_format: Literal["PARQUET", "CSV"] = "PARQUET"
    """The format of the result: PARQUET or CSV."""
    output_compression: Literal["None", "GZIP", "BZIP2", "ZSTD", "SNAPPY"] | None = None
    """How the result is compressed: None, GZIP, BZIP2, ZSTD or SNAPPY, as texts. Default: Redshift's."""

    def _source(self, step: ApiStep, what: str, query: dict[str, Any]) -> dict[str, Any]:
        one_of(self.output_format, ("PARQUET", "CSV"), f"{what}: output_format")
        if self.output_compression is not None:
            allowed = ("None", "GZIP", "BZIP2", "ZSTD", "SNAPPY")
            one_of(self.output_compression, allowed, f"{what}: output_compression")
        member(self.cluster_role, "role_arn", f"{what}: cluster_role", "a role such as iam.Role.from_role_arn(...)")
        step.host.uses_role(self.cluster_role, own=False, step=step.name)
        redshift = {
            "ClusterId": text(self.cluster_id, f"{what}: cluster_id"),
            **query,
            "DbUser": text(self.db_user, f"{what}: db_user"),
            "ClusterRoleArn": step.host.workplace.role_arn(self.cluster_role),
            "OutputFormat": self.output_format,
            "OutputCompression": self.output_compression,
        }
        return {"RedshiftDatasetDefinition": redshift}


_ALLOWED = {
    "data_distribution_type": ("FullyReplicated", "ShardedByS3Key"),
    "input_mode": ("File", "Pipe"),
}


@documented
@dataclass(frozen=True)
class FeatureGroupOutput(NoValue):
    """A feature group to which the code of a processing job itself puts records.

    ```python
    ProcessingStep(
        pipeline, "Fill", image=Image.sklearn("1.2-1"), script=Script("jobs/count.py"), instance_type="ml.m5.large",
        outputs={"features": FeatureGroupOutput("customers")},
    )
    ```

    The job's role may describe the group and put records.

    API: [ProcessingFeatureStoreOutput](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProcessingFeatureStoreOutput.html).
    """

    feature_group: sagemaker.CfnFeatureGroup | StringLike
    """The feature group, as a construct of CDK or by its name."""

    def _bind(self, what: str) -> dict[str, Any]:
        """The output as the API expects it, without its name."""
        group = self.feature_group
        name = group.ref if isinstance(group, sagemaker.CfnFeatureGroup) else text(group, f"{what}: feature_group")
        return {"AppManaged": True, "FeatureStoreOutput": {"FeatureGroupName": name}}
