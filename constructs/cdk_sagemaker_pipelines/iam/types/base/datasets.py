"""Inputs of processing jobs that a query makes: the job runs it, in Athena or Redshift, and reads what it wrote to S3.

Source: what AWS's own policy AmazonSageMakerFullAccess holds for it; the service authorization reference.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ....language.field import Field
from ...needs import Needs, RoleNeeds
from ...patterns import is_told_whole, pattern
from ...permissions import RUN_TIME, Permission

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


def jobs(need: Needs, role: Any, definition: Field) -> RoleNeeds:
    """What a ``DatasetDefinition`` needs: of the job's role, and of the one that the Redshift cluster writes with."""
    for athena in definition.every("AthenaDatasetDefinition"):
        yield from need.of(role, _athena(need, athena))
    for redshift in definition.every("RedshiftDatasetDefinition"):
        yield from need.of(role, _redshift(need, redshift))
        given = redshift.at("ClusterRoleArn")
        cluster = given.value if given.given else None
        yield from need.of(cluster, need.write(redshift.at("OutputS3Uri")))
        yield from need.of(cluster, need.output_key(redshift.at("KmsKeyId")))


def _athena(need: Needs, query: Field) -> Iterator[Permission]:
    place, because = need.environment, need.because(query)
    yield from _on(need, query, "WorkGroup", "workgroup", _QUERY, ("athena", "workgroup/"), default="primary")
    if pattern(need.definition, query.at("Catalog").value or _GLUE).lower() != _GLUE.lower():
        yield from _on(need, query, "Catalog", "data catalog", ("athena:GetDataCatalog",), ("athena", "datacatalog/"))
    glue = place.arn("glue", "catalog")
    yield Permission(_TABLES, (glue,), because=because)
    yield from _on(need, query, "Database", "database", _TABLES, ("glue", "database/"))
    yield from _on(need, query, "Database", "database", _TABLES, ("glue", "table/"), below="/*")
    own = place.arn("glue", f"database/{_OWN_DATABASE}")
    # Athena looks for the database 'default' with every statement that makes a table
    databases = (glue, place.arn("glue", "database/default"), own)
    yield Permission(("glue:CreateDatabase", "glue:GetDatabase"), databases, because=because)
    made = place.arn("glue", f"table/{_OWN_DATABASE}/sagemaker_tmp_*")
    yield Permission(("glue:CreateTable", "glue:DeleteTable", "glue:GetTable"), (glue, own, made), because=because)
    places = ("s3:GetObject", "s3:ListBucket")
    yield need.note(places, "place of the queried tables", RUN_TIME, query.at("QueryString"))
    uri = query.at("OutputS3Uri")
    yield from need.read(uri)
    yield from need.write(uri)
    output = need.place(uri.value)
    if output is not None:
        yield Permission(("s3:GetBucketLocation",), (output.bucket_arn(place),), because=need.because(uri))
    yield from need.output_key(query.at("KmsKeyId"))


def _on(
    need: Needs,
    query: Field,
    key: str,
    what: str,
    actions: tuple[str, ...],
    resource: tuple[str, str],
    *,
    default: str = "",
    below: str = "",
) -> Iterator[Permission]:
    """Actions on what the query names. ``resource``: its service, and what stands before the name; ``below``: after."""
    service, kind = resource
    name = pattern(need.definition, query.at(key).value or default)
    if is_told_whole(name):
        yield from need.undecided(query.at(key), actions, what)
    else:
        yield Permission(actions, (need.environment.arn(service, f"{kind}{name}{below}"),), because=need.because(query))


def _redshift(need: Needs, query: Field) -> Iterator[Permission]:
    execute, log_in = ("redshift-data:ExecuteStatement",), ("redshift:GetClusterCredentials",)
    given = query.at("ClusterId")
    cluster = pattern(need.definition, given.value)
    yield from _on(need, query, "ClusterId", "cluster", execute, ("redshift", "cluster:"))
    # a statement has no ARN: who made it is what narrows
    own = {"StringEquals": {"redshift-data:statement-owner-iam-userid": "${aws:userid}"}}
    yield Permission(_STATEMENT, ("*",), own, need.because(query))
    for key, what, kind in (("Database", "database", "dbname"), ("DbUser", "user of the database", "dbuser")):
        if is_told_whole(cluster) and given.given:
            yield from need.undecided(given, log_in, "cluster")
            yield from need.undecided(query.at(key), log_in, what)
        else:
            yield from _on(need, query, key, what, log_in, ("redshift", f"{kind}:{cluster}/"))
    yield from need.read(query.at("OutputS3Uri"))
    yield from need.key(query.at("KmsKeyId"), actions=("kms:Decrypt",))
