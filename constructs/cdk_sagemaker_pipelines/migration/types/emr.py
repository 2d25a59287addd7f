"""EMR, on a cluster and serverless."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...steps.emr.emr_serverless import HiveQuery, SparkSubmit
from ..request import (
    Request,
    Table,
    at,
    dicts,
    made,
    minutes,
    place,
    plain,
    read,
    role,
    text_map,
)

_EMR: Table = {
    "jar": ("StepConfig.HadoopJarStep.Jar", plain),
    "args": ("StepConfig.HadoopJarStep.Args", plain),
    "main_class": ("StepConfig.HadoopJarStep.MainClass", plain),
    "cluster_id": ("ClusterId", plain),
    "execution_role": ("ExecutionRoleArn", role),
    "cluster_config": ("ClusterConfig", plain),
}


def emr(request: Request) -> dict[str, Any]:
    """The fields of an ``EMRStep``."""
    properties = {one.get("Key"): one.get("Value") for one in dicts(request.at("StepConfig.HadoopJarStep.Properties"))}
    return {**read(request.arguments, _EMR), "java_properties": properties or None}


_SERVERLESS: Table = {
    "role": ("ExecutionRoleArn", role),
    "application_id": ("ApplicationId", plain),
    "application_config": ("ApplicationConfig", plain),
    "timeout": ("JobConfig.executionTimeoutMinutes", minutes),
    "job_name": ("JobConfig.name", plain),
    "job_tags": ("JobConfig.tags", text_map),
}
_SPARK: Table = {
    "entry_point": ("entryPoint", place),
    "args": ("entryPointArguments", plain),
    "parameters": ("sparkSubmitParameters", plain),
}
_HIVE: Table = {"query": ("query", place), "init_query": ("initQueryFile", place), "parameters": ("parameters", plain)}


def emr_serverless(request: Request) -> dict[str, Any]:
    """Those of an ``EMRServerlessStep``."""
    found = read(request.arguments, _SERVERLESS)
    spark, hive = request.at("JobConfig.jobDriver.sparkSubmit"), request.at("JobConfig.jobDriver.hive")
    found["driver"] = made(HiveQuery, **read(hive, _HIVE)) if hive else made(SparkSubmit, **read(spark or {}, _SPARK))
    given = request.at("JobConfig.configurationOverrides")
    logs = at(given, "monitoringConfiguration.s3MonitoringConfiguration")
    if isinstance(logs, Mapping) and set(logs) == {"logUri"}:
        found["logs"] = place(logs["logUri"])
        rest = {**given, "monitoringConfiguration": {**given["monitoringConfiguration"]}}
        del rest["monitoringConfiguration"]["s3MonitoringConfiguration"]
        given = {name: value for name, value in rest.items() if value}
    if given:
        found["configuration_overrides"] = given
    return found
