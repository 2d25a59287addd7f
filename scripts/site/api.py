"""The pages of the API: each exported name on one of them, by family."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import cdk_sagemaker_pipelines as library
from cdk_sagemaker_pipelines import testing

PACKAGE = library.__name__


@dataclass(frozen=True)
class Family:
    """A page: its title, a sentence, and what is on it."""

    title: str
    about: str
    homes: tuple[str, ...] = ()
    """Modules of which it has all exported names, or packages of them."""
    names: tuple[str, ...] = ()
    """Exported names, in the page's order; they come before those of the homes."""


FAMILIES: Mapping[str, Family] = {
    "pipeline": Family(
        "Pipelines",
        "A pipeline, what its steps are declared in, and what applies to all of them.",
        ("pipeline", "imported", "steps.base", "iam.trust"),
        ("Pipeline", "ImportedPipeline", "PipelineGrants", "StepGroup", "JobDefaults", "Network", "Step", "StepScope"),
    ),
    "options": Family(
        "Options",
        "Caching, retries, parallelism and experiments, of a pipeline or a step.",
        names=("CacheConfig", "RetryPolicy", "ExceptionType", "ParallelismConfig", "ExperimentConfig", "MlflowConfig"),
    ),
    "values": Family(
        "Values and conditions",
        "Values that are only known when the pipeline runs, and how they are compared.",
        names=(
            *("Parameter", "ExecutionVariables", "Expression", "Join", "JsonGet", "PropertyFile"),
            *("Condition", "And", "Or", "Not"),
        ),
    ),
    "code": Family("Code, images and data", "What jobs run, and where in S3 their data are.", ("assets",)),
    "jobs": Family("Jobs", "Steps that run a job on instances of their own.", ("steps.jobs",)),
    "models": Family("Models", "Models, and their versions in the model registry.", ("steps.models",)),
    "hosting": Family("Endpoints", "Endpoints and what serves on them.", ("steps.hosting",)),
    "endpoints": Family("Served models", "Endpoints that follow approvals, and what watches them.", ("endpoints",)),
    "checks": Family("Checks", "Checks of data and models, against a baseline or for bias.", ("steps.checks",)),
    "calls": Family("Your code", "Lambda functions, and work elsewhere that answers.", ("steps.calls",)),
    "emr": Family("EMR", "Spark and Hive, on a cluster and serverless.", ("steps.emr",)),
    "records": Family("Records", "Lineage and cleanup.", ("steps.records",)),
    "control": Family("Control flow", "Branches, loops and deliberate failures.", ("steps.control",)),
    "raw": Family("Any step", "A step of any type, as its JSON.", ("steps.raw",)),
    "triggers": Family("Triggers", "What starts executions.", ("triggers",)),
    "monitoring": Family("Monitoring", "What notices executions and steps.", ("monitoring",)),
    "environments": Family("Environments", "Accounts and regions, and what differs between them.", ("environments",)),
    "definitions": Family(
        "Definitions and findings",
        "The JSON definition, the graph of its steps, and what is reported about it.",
        names=("Definition", "StepGraph", "Finding", "PipelineError", "DefinitionError", "CycleError"),
    ),
    "team": Family("Team rules", "Rules that a team sets itself; [how to use them](../team-rules.md).", ("team",)),
}
"""By the page's file name, in the order of the navigation."""

TYPES = {
    "endpoints.data_capture": ("Captured",),
    "endpoints.monitors": ("Monitor",),
    "language.expressions": ("StringLike", "IntegerLike", "FloatLike", "BooleanLike", "StepReference"),
    "language.options": ("DurationLike",),
    "language.parsing": ("Repetition",),
    "language.findings": ("Level",),
    "steps.base.field_checks": ("TextLike", "TextOrPlace"),
    "steps.base.scope": ("Dependable",),
    "steps.calls.call": ("OutputType",),
    "steps.checks.clarify_analysis": ("Column",),
    "steps.control.for_each": ("Item",),
    "steps.emr.instances": ("Instances", "Market", "TimeoutAction"),
    "steps.emr.serverless_application": ("Architecture", "Engine"),
    "steps.jobs.job": ("JobCategory",),
    "steps.jobs.tuning": ("Strategy",),
    "steps.jobs.tuning_ranges": ("Range", "Scaling"),
    "steps.models.latest_model_package": ("ApprovalStatus",),
    "steps.models.model_package": ("ModelPackageLike",),
    "steps.records.lineage": ("LineageEntity",),
    "triggers.values": ("Given",),
}
"""What signatures name and nothing exports, by module."""


def homes(name: str) -> Iterator[str]:
    """The module of an exported name, and the packages that it is in."""
    module = library._HOME[name]
    while module:
        yield module
        module = module.rpartition(".")[0]


def on_page(family: Family) -> list[str]:
    """The names on a page."""
    more = [name for name in library._HOME if {*homes(name)} & {*family.homes}]
    return list(dict.fromkeys([*family.names, *more]))


def pages() -> dict[str, str]:
    """The Markdown of each page, by its path in the site."""
    written = {
        f"api/{file}.md": _page(family.title, family.about, [f"{PACKAGE}.{name}" for name in on_page(family)])
        for file, family in FAMILIES.items()
    }
    written["api/testing.md"] = _page(
        "Testing",
        "Unit tests of pipelines, from `cdk_sagemaker_pipelines.testing`; [how to use it](../testing.md).",
        [f"{testing.__name__}.{name}" for name in sorted(testing.__all__)],
    )
    written["api/types.md"] = _page(
        "Types in signatures",
        "What fields and parameters take. They are for reading: nothing needs to import them.",
        [f"{PACKAGE}.{module}.{name}" for module, names in TYPES.items() for name in names],
        ["    options:", "      members: false"],
    )
    written["api/index.md"] = _index()
    return written


def _page(title: str, about: str, paths: Sequence[str], options: Sequence[str] = ()) -> str:
    lines = [f"# {title}", "", about, ""]
    for path in paths:
        lines += [f"::: {path}", *options, ""]
    return "\n".join(lines)


def _index() -> str:
    rows = [
        f"| [{family.title}]({file}.md) | {', '.join(f'[`{name}`][{PACKAGE}.{name}]' for name in on_page(family))} |"
        for file, family in FAMILIES.items()
    ]
    head = [
        "# API",
        "",
        "Every name that `cdk_sagemaker_pipelines` exports, by family. Types that only signatures name are on "
        "[a page of their own](types.md), what unit tests import from `cdk_sagemaker_pipelines.testing` "
        "[on another](testing.md).",
        "",
        "| family | names |",
        "|---|---|",
    ]
    return "\n".join([*head, *rows, ""])
