"""What a processing job reads and writes beside files: results of queries, feature groups."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from aws_cdk import aws_sagemaker as sagemaker

from ...assets import S3Location
from ...language import StringLike
from ...language.no_value import NoValue
from ..base.field_checks import kms_key, member, one_of, s3_uri, text
from ..base.request import ApiStep, ContainerFields

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_kms as kms


@dataclass(frozen=True, kw_only=True)
class Dataset(NoValue):
    """The result of a query, as an input of a processing job; the base of ``AthenaDataset`` and ``RedshiftDataset``.

    - ``query``: the SQL, at most 4096 characters.
    - ``database``: where the tables are.
    - ``output``: where the query writes its result in S3. Default: below the place of the step's outputs, which is
      another one in each execution, so that the step is never taken from the cache.
    - ``kms_key``: the key of the result. Default: the step's ``output_kms_key``.
    - ``local_path``: default ``/opt/ml/processing/input/<name>``.
    - ``data_distribution_type``: ``FullyReplicated`` or ``ShardedByS3Key``, the service's default.
    - ``input_mode``: ``File``, the service's default, or ``Pipe``.
    """

    query: StringLike
    database: StringLike
    output: S3Location | StringLike | None = None
    kms_key: kms.IKey | None = None
    local_path: str | None = None
    data_distribution_type: Literal["FullyReplicated", "ShardedByS3Key"] | None = None
    input_mode: Literal["File", "Pipe"] | None = None

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


@dataclass(frozen=True, kw_only=True)
class AthenaDataset(Dataset):
    """The result of a query in Athena, as an input of a processing job. API: ``AthenaDatasetDefinition``.

    ``query``, ``database`` and others: see ``Dataset``. ``output_format``: PARQUET, ORC, AVRO, JSON or TEXTFILE.
    ``output_compression``: GZIP, SNAPPY or ZLIB; default: Athena's. ``work_group``: default ``primary``. The job's role
    may run the query and read the catalog; the files of the tables are yours to declare, with the step's ``reads``.
    """

    output_format: Literal["PARQUET", "ORC", "AVRO", "JSON", "TEXTFILE"] = "PARQUET"
    output_compression: Literal["GZIP", "SNAPPY", "ZLIB"] | None = None
    catalog: StringLike = "AwsDataCatalog"
    work_group: StringLike | None = None

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


@dataclass(frozen=True, kw_only=True)
class RedshiftDataset(Dataset):
    """The result of a query in a Redshift cluster, as an input of a processing job. API: ``RedshiftDatasetDefinition``.

    ``query``, ``database`` and others: see ``Dataset``. ``cluster_id``, ``db_user``: the cluster, and the user whose
    temporary credentials the job gets. ``cluster_role``: the role with which the cluster writes its result; it must be
    attached to the cluster. ``output_format``: PARQUET or CSV. ``output_compression``: None, GZIP, BZIP2, ZSTD or
    SNAPPY, as texts; default: Redshift's.
    """

    cluster_id: StringLike
    db_user: StringLike
    cluster_role: iam.IRole
    output_format: Literal["PARQUET", "CSV"] = "PARQUET"
    output_compression: Literal["None", "GZIP", "BZIP2", "ZSTD", "SNAPPY"] | None = None

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


@dataclass(frozen=True)
class FeatureGroupOutput(NoValue):
    """A feature group to which the code of a processing job itself puts records. API: ``ProcessingFeatureStoreOutput``.

    ``feature_group``: a construct or a name. The job's role may describe the group and put records.
    """

    feature_group: sagemaker.CfnFeatureGroup | StringLike

    def _bind(self, what: str) -> dict[str, Any]:
        """The output as the API expects it, without its name."""
        group = self.feature_group
        name = group.ref if isinstance(group, sagemaker.CfnFeatureGroup) else text(group, f"{what}: feature_group")
        return {"AppManaged": True, "FeatureStoreOutput": {"FeatureGroupName": name}}
