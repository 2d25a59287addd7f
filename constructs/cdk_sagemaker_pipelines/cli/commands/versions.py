"""``smpipe versions``: the versions of a pipeline."""

from __future__ import annotations

import argparse

from ...executions.answers import execution_arn, pages
from ...executions.lookup import describe_pipeline
from ...executions.rows import moment
from .. import aws
from ..output import write_json
from ..tables import Column, print_table
from ..terminal import busy, terminal


def run(options: argparse.Namespace) -> int:
    """Returns 0."""
    with aws.using(options) as sagemaker, busy("listing versions"):
        name = str(describe_pipeline(sagemaker, options.pipeline)["PipelineName"])
        found = list(
            pages(
                sagemaker,
                "list_pipeline_versions",
                "PipelineVersionSummaries",
                PipelineName=name,
                SortOrder="Descending",
            )
        )
    if options.json:
        write_json({"versions": found})
        return 0
    latest = (execution_arn(str(each.get("LastExecutionPipelineExecutionArn", ""))) for each in found)
    print_table(
        terminal(),
        [
            Column("Version", right=True, whole=True), Column("Created", whole=True), Column("Aliases"),
            Column("Last execution", whole=True), Column("Name"), Column("Description"),
        ],
        [
            [
                str(each["PipelineVersionId"]),
                moment(each.get("CreationTime")),
                ", ".join(each.get("PipelineVersionAliases") or []),
                last.id if last else "",
                str(each.get("PipelineVersionDisplayName") or ""),
                str(each.get("PipelineVersionDescription") or ""),
            ]
            for each, last in zip(found, latest, strict=True)
        ],
    )  # fmt: skip
    return 0
