"""Inputs of processing jobs that a query makes: the job runs it, in Athena or Redshift, and reads what it wrote to S3.

Source: what AWS's own policy AmazonSageMakerFullAccess holds for it; the service authorization reference.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...needs import Needs, RoleNeeds, member
from ...patterns import is_told_whole, location, pattern
from ...permissions import Permission

_QUERY = (
    "athena:GetQueryExecution",
    "athena:GetQueryResults",
    "athena:StartQueryExecution",
    "athena:StopQueryExecution",
)
_TABLES = (
    "glue:BatchGetPartition",
    "glue:GetDatabase",
    "glue:GetPartition",
    "glue:GetPartitions",
    "glue:GetTable",
    "glue:GetTables",
)
_GLUE = "AwsDataCatalog"
"""How Athena calls the catalog of Glue."""
_OWN_DATABASE = "sagemaker_processing"
"""Where the job makes a table of the query's result, and removes it again; it makes the database when there is none."""
_STATEMENT = (
    "redshift-data:CancelStatement",
    "redshift-data:DescribeStatement",
    "redshift-data:GetStatementResult",
)


def jobs(need: Needs, role: Any, definition: Any, where: str) -> RoleNeeds:
    """What a ``DatasetDefinition`` needs: of the job's role, and of the one that the Redshift cluster writes with."""
    athena = member(definition, "AthenaDatasetDefinition")
    if athena is not None:
        yield from need.of(role, _athena(need, athena, f"{where}.AthenaDatasetDefinition"))
    redshift = member(definition, "RedshiftDatasetDefinition")
    if redshift is not None:
        where = f"{where}.RedshiftDatasetDefinition"
        yield from need.of(role, _redshift(need, redshift, where))
        cluster = member(redshift, "ClusterRoleArn")
        yield from need.of(cluster, need.write(member(redshift, "OutputS3Uri"), f"{where}.OutputS3Uri"))
        yield from need.of(cluster, need.output_key(member(redshift, "KmsKeyId"), f"{where}.KmsKeyId"))


def _athena(need: Needs, query: Any, where: str) -> Iterator[Permission]:
    place, because = need.environment, need.because(where)
    yield from _on(need, query, "WorkGroup", "workgroup", _QUERY, ("athena", "workgroup/"), where, default="primary")
    if pattern(need.definition, member(query, "Catalog") or _GLUE).lower() != _GLUE.lower():
        catalog = ("athena", "datacatalog/")
        yield from _on(need, query, "Catalog", "data catalog", ("athena:GetDataCatalog",), catalog, where)
    glue = place.arn("glue", "catalog")
    yield Permission(_TABLES, (glue,), because=because)
    yield from _on(need, query, "Database", "database", _TABLES, ("glue", "database/"), where)
    yield from _on(need, query, "Database", "database", _TABLES, ("glue", "table/"), where, below="/*")
    own = place.arn("glue", f"database/{_OWN_DATABASE}")
    # Athena looks for the database 'default' with every statement that makes a table
    databases = (glue, place.arn("glue", "database/default"), own)
    yield Permission(("glue:CreateDatabase", "glue:GetDatabase"), databases, because=because)
    made = place.arn("glue", f"table/{_OWN_DATABASE}/sagemaker_tmp_*")
    yield Permission(("glue:CreateTable", "glue:DeleteTable", "glue:GetTable"), (glue, own, made), because=because)
    places = ("s3:GetObject", "s3:ListBucket")
    yield Permission(places, (), because=need.because(f"{where}.QueryString"), unknown="place of the queried tables")
    uri, where_to = member(query, "OutputS3Uri"), f"{where}.OutputS3Uri"
    yield from need.read(uri, where_to)
    yield from need.write(uri, where_to)
    output = location(need.definition, uri)
    if output is not None:
        yield Permission(("s3:GetBucketLocation",), (output.bucket_arn(place),), because=need.because(where_to))
    yield from need.output_key(member(query, "KmsKeyId"), f"{where}.KmsKeyId")


def _on(
    need: Needs,
    query: Any,
    key: str,
    what: str,
    actions: tuple[str, ...],
    resource: tuple[str, str],
    where: str,
    *,
    default: str = "",
    below: str = "",
) -> Iterator[Permission]:
    """Actions on what the query names. ``resource``: its service, and what stands before the name; ``below``: after."""
    service, kind = resource
    name = pattern(need.definition, member(query, key) or default)
    if is_told_whole(name):
        yield from need.undecided(member(query, key), actions, what, f"{where}.{key}")
    else:
        yield Permission(actions, (need.environment.arn(service, f"{kind}{name}{below}"),), because=need.because(where))


def _redshift(need: Needs, query: Any, where: str) -> Iterator[Permission]:
    because = need.because(where)
    execute, log_in = ("redshift-data:ExecuteStatement",), ("redshift:GetClusterCredentials",)
    given = member(query, "ClusterId")
    cluster = pattern(need.definition, given)
    yield from _on(need, query, "ClusterId", "cluster", execute, ("redshift", "cluster:"), where)
    # a statement has no ARN: who made it is what narrows
    own = {"StringEquals": {"redshift-data:statement-owner-iam-userid": "${aws:userid}"}}
    yield Permission(_STATEMENT, ("*",), own, because)
    for key, what, kind in (("Database", "database", "dbname"), ("DbUser", "user of the database", "dbuser")):
        if is_told_whole(cluster) and given is not None:
            yield from need.undecided(given, log_in, "cluster", f"{where}.ClusterId")
            yield from need.undecided(member(query, key), log_in, what, f"{where}.{key}")
        else:
            yield from _on(need, query, key, what, log_in, ("redshift", f"{kind}:{cluster}/"), where)
    yield from need.read(member(query, "OutputS3Uri"), f"{where}.OutputS3Uri")
    yield from need.key(member(query, "KmsKeyId"), ("kms:Decrypt",), f"{where}.KmsKeyId")
