"""Calls for data that is no plain prefix in S3: queries, feature groups, captured requests, what Debugger writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from .call import DOUBT, REFERENCE, SAGEMAKER, SDK, Call
from .jobs import logs, passes, reads, writes

_FULL = "AWS managed policy AmazonSageMakerFullAccess"
_ATHENA = 'Athena user guide, "Configure access to databases and tables in the AWS Glue Data Catalog"'
_GLUE = "arn:{p}:glue:{r}:{a}:"
_TEXT = {"table": "the text of the query tells which tables it reads"}
_MADE = {"made": "the job makes the name up"}
_ROOT = {"root": "catalog"}
_OWN = {**_ROOT, "own": "sagemaker_processing", "start": "sagemaker_tmp_", "made": "1a2b3c"}


def _athena() -> Iterator[Call]:
    group = "arn:{p}:athena:{r}:{a}:workgroup/{work_group}"
    for action in ("StartQueryExecution", "StopQueryExecution", "GetQueryExecution", "GetQueryResults"):
        yield Call("job", f"athena:{action}", group, _FULL)
    catalog = "arn:{p}:athena:{r}:{a}:datacatalog/{catalog}"
    yield Call("job", "athena:GetDataCatalog", catalog, "Athena user guide, queries of other catalogs than Glue's")
    database, table = _GLUE + "database/{database}", _GLUE + "table/{database}/{table}"
    yield Call("job", "glue:GetDatabase", database, _ATHENA)
    for action in ("GetTable", "GetTables", "GetPartition", "GetPartitions", "BatchGetPartition"):
        for resource in (_GLUE + "{root}", database, table):
            yield Call("job", f"glue:{action}", resource, _ATHENA, when="athena", given=_ROOT, free=_TEXT)
    # the result becomes a table in a database of the job's own
    own, made = _GLUE + "database/{own}", _GLUE + "table/{own}/{start}{made}"
    for action in ("CreateDatabase", "GetDatabase"):
        for resource in (_GLUE + "{root}", own):
            yield Call("job", f"glue:{action}", resource, _FULL, when="athena", given=_OWN)
        default = {"own": "default"}
        yield Call("job", f"glue:{action}", own, _FULL, when="athena", given=default)
    for action in ("CreateTable", "GetTable", "DeleteTable"):
        for resource in (_GLUE + "{root}", own, made):
            yield Call("job", f"glue:{action}", resource, _FULL, when="athena", given=_OWN, free=_MADE)
    yield from (*reads("results"), *writes("results"))
    location = "Athena user guide, results of queries"
    yield Call("job", "s3:GetBucketLocation", "arn:{p}:s3:::{results_bucket}", location)
    for action in ("Encrypt", "Decrypt", "GenerateDataKey"):
        yield Call("job", f"kms:{action}", "{results_key}", SDK)


def _redshift() -> Iterator[Call]:
    yield Call("job", "redshift-data:ExecuteStatement", "arn:{p}:redshift:{r}:{a}:cluster:{redshift}", _FULL)
    me = {"aws:userid": "AROA1:job", "redshift-data:statement-owner-iam-userid": "AROA1:job"}
    for action in ("DescribeStatement", "GetStatementResult", "CancelStatement"):
        source = _FULL + "; the key: Redshift management guide, Data API"
        yield Call("job", f"redshift-data:{action}", "*", source, me, when="redshift")
    for kind, name in (("dbname", "redshift_database"), ("dbuser", "redshift_user")):
        login = f"arn:{{p}}:redshift:{{r}}:{{a}}:{kind}:{{redshift}}/{{{name}}}"
        yield Call("job", "redshift:GetClusterCredentials", login, _FULL)
    yield from reads("unloaded")
    yield Call("job", "kms:Decrypt", "{unloaded_key}", SDK)


def _features() -> Iterator[Call]:
    """An output that goes into a feature group, which the service writes in lower case into ARNs."""
    for name in ("feature_group", "feature_group_lower"):
        for action in ("DescribeFeatureGroup", "PutRecord"):
            source = DOUBT + REFERENCE + "; the job's code writes the records"
            yield Call("job", f"sagemaker:{action}", f"{SAGEMAKER}feature-group/{{{name}}}", source)


def _watched() -> Iterator[Call]:
    """Debugger: the training writes tensors, processing jobs under its role read them and write what they find."""
    source = 'SageMaker AI developer guide, "Debugger": rules run as processing jobs under the role of the training'
    for call in (*writes("tensors"), *reads("tensors"), *writes("found"), *logs("ProcessingJobs")):
        yield replace(call, source=source, when="rules")


def _reserved() -> Iterator[Call]:
    """A training plan: creating the job is checked on the plan and on what the service takes of it."""
    capacity = SAGEMAKER + "reserved-capacity/{capacity}"
    free = {"capacity": "the service decides which capacity of the plan it takes"}
    yield Call("pipeline", "sagemaker:CreateTrainingJob", "{training_plan}", REFERENCE)
    yield Call("pipeline", "sagemaker:CreateTrainingJob", capacity, REFERENCE, free=free)


def _captured() -> Iterator[Call]:
    """Requests and answers of a transform, kept by its job, which has its model's role."""
    yield from writes("captured", "model")
    for action in ("Encrypt", "Decrypt", "GenerateDataKey"):
        yield Call("model", f"kms:{action}", "{captured_key}", SDK)


CALLS: Mapping[str, tuple[Call, ...]] = {
    "Processing": (*_athena(), *_redshift(), *_features()),
    "RegisterModel": (passes("validation_role"),),
    "Training": (*_watched(), *_reserved()),
    "Transform": tuple(_captured()),
}
"""Beside those that every step of the type can make."""
