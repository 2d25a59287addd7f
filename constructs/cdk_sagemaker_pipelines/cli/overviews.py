"""A pipeline and an execution on the terminal, as ``smpipe show`` has them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime

from rich.text import Text

from ..executions.overview import Overview
from ..executions.report import Report, StepReport
from ..executions.rows import Row, duration, hours, moment
from ..language import choices
from .states import glyph, state
from .tables import Cell, Column, print_table
from .terminal import Terminal


def heading(console: Terminal, title: str) -> None:
    """A heading with an empty line before it."""
    console.print(Text(f"\n{title}", style="bold"), soft_wrap=True)


def show_execution(console: Terminal, told: Report, now: datetime) -> None:
    """Prints an execution."""
    found = told.execution
    described = found.described
    console.print(Text(found.parts.short, style="bold"), soft_wrap=True)
    for line in _about_execution(told, now):
        console.print(line, soft_wrap=True)
    heading(console, "Steps")
    print_table(
        console,
        [
            Column("Step"), Column("Type"), Column("State", whole=True), Column("Time", right=True, whole=True),
            Column("Instances"), Column("Note"),
        ],
        [
            [
                "  " * step.row.depth + step.row.name,
                Text(step.row.type, style="dim"),
                state(step.row.status),
                duration(step.row.seconds(now)),
                _instances(step),
                _note(step),
            ]
            for step in told.steps
        ],
    )  # fmt: skip
    show_permissions(console, (step.row for step in told.steps))
    for step in told.steps:
        if step.row.reason:
            console.print(Text(f"\n{step.row.name} failed:", style="bold red"), soft_wrap=True)
            console.print(Text(step.row.reason), soft_wrap=not console.is_terminal)
    if told.parameters:
        heading(console, "Parameters")
        columns = [Column("Parameter", whole=True), Column("Value", folds=True), Column("Default", folds=True)]
        rows: list[list[Cell]] = [
            [each.name, each.value or "", _default(each.default, each.value)] for each in told.parameters
        ]
        print_table(console, columns, rows)
    outputs = [(step.row.name, name, value) for step in told.steps for name, value in step.outputs.items()]
    if outputs:
        heading(console, "Outputs")
        print_table(console, [Column("Step"), Column("Output", whole=True), Column("Value", folds=True)], outputs)
    metrics = [(step.row.name, name, f"{value:g}") for step in told.steps for name, value in step.metrics.items()]
    if metrics:
        heading(console, "Metrics")
        print_table(console, [Column("Step"), Column("Metric", whole=True), Column("Value", right=True)], metrics)
    if described.get("PipelineExecutionDescription"):
        heading(console, "Description")
        console.print(Text(str(described["PipelineExecutionDescription"])))


def show_permissions(console: Terminal, rows: Iterable[Row]) -> None:
    """Prints what the local AWS notes on permissions, if there is anything."""
    noted = [f"{row.name}: {text}" for row in rows for text in row.permissions]
    if noted:
        heading(console, "Permissions")
    for text in noted:
        console.print(Text(text), soft_wrap=not console.is_terminal)


def _about_execution(told: Report, now: datetime) -> Iterator[Text]:
    found, described = told.execution, told.execution.described
    sign, style = glyph(found.status)
    began = f", started {moment(described.get('CreationTime'))}" if described.get("CreationTime") else ""
    taken = f" in {duration(found.seconds(now))}" if found.over else f" for {duration(found.seconds(now))}"
    yield Text.assemble((f"{sign} {found.status}", style), taken if found.seconds(now) is not None else "", began)
    if described.get("PipelineExecutionDisplayName"):
        yield Text(f"display name {described['PipelineExecutionDisplayName']}", style="dim")
    aliases = ", ".join(described.get("PipelineVersionAliases") or [])
    version = described.get("PipelineVersionId")
    if version is not None:
        yield Text(f"version {version}{f' ({aliases})' if aliases else ''}", style="dim")
    at_once = (described.get("ParallelismConfiguration") or {}).get("MaxParallelExecutionSteps")
    if at_once:
        yield Text(f"at most {at_once} steps at once", style="dim")
    selective = described.get("SelectiveExecutionConfig")
    if selective:
        only = ", ".join(str(step["StepName"]) for step in selective.get("SelectedSteps", []))
        yield Text(f"only {only}", style="dim")
        if selective.get("SourcePipelineExecutionArn"):
            yield Text(f"the rest from {selective['SourcePipelineExecutionArn'].rpartition('/')[2]}", style="dim")
    ran = _hours(told)
    if ran:
        yield Text(ran, style="dim")
    reason = str(described.get("FailureReason") or "")
    if reason and not any(step.row.reason and step.row.reason in reason for step in told.steps):
        yield Text(reason, style="red")


def _hours(told: Report) -> str:
    """How long instances and GPUs ran, and of which steps that is not known."""
    parts = []
    if told.instance_hours:
        parts.append(f"{hours(told.instance_hours)} instance-hours")
        parts.append("GPU-hours unknown" if told.gpu_hours is None else f"{hours(told.gpu_hours)} GPU-hours")
        if told.gpu_hours == 0:
            parts.pop()
    if told.unmeasured:
        parts.append(f"{'without' if parts else 'instance-hours unknown of'} {choices(told.unmeasured)}")
    return ", ".join(parts)


def _instances(step: StepReport) -> str:
    counts: Counter[str] = Counter()
    for each in step.used.usages if step.used else ():
        counts[each.instance_type] += each.count
    return ", ".join(type if number == 1 else f"{number} of {type}" for type, number in counts.items())


def _note(step: StepReport) -> str:
    attempts = (step.record or {}).get("AttemptCount") or 1
    source = f" from {step.source.rpartition('/')[2]}" if step.source else ""
    parts = [f"{step.row.note}{source}" if step.row.note else "", f"{attempts} attempts" if attempts > 1 else ""]
    return ", ".join(part for part in parts if part)


def _default(default: str | None, value: str | None) -> Text:
    if default is None:
        return Text("")
    return Text("the same" if default == value else default, style="dim")


def show_pipeline(console: Terminal, told: Overview, now: datetime) -> None:
    """Prints a pipeline."""
    described = told.described
    console.print(Text(str(described["PipelineName"]), style="bold"), soft_wrap=True)
    if described.get("PipelineDescription"):
        console.print(Text(str(described["PipelineDescription"])))
    at_once = (described.get("ParallelismConfiguration") or {}).get("MaxParallelExecutionSteps")
    facts = [
        ("ARN", described.get("PipelineArn")),
        ("Display name", described.get("PipelineDisplayName")),
        ("Role", described.get("RoleArn")),
        ("Status", described.get("PipelineStatus")),
        ("Steps at once", at_once),
        ("Created", moment(described.get("CreationTime"))),
        ("Changed", moment(described.get("LastModifiedTime"))),
    ]
    listed = [(name, str(value)) for name, value in facts if value]
    listed += [(f"Tag {key}", value) for key, value in told.tags.items()]
    print_table(console, [Column("", whole=True), Column("", folds=True)], listed)
    if told.triggers:
        heading(console, "Started by")
        # below each other, since CDK's names and the patterns of rules are longer than a terminal is wide
        rows: list[tuple[str, str]] = []
        for each in told.triggers:
            rows += [(each.kind, f"{each.name}  {each.state}"), ("", each.when)]
        print_table(console, [Column("", whole=True), Column("", folds=True)], rows)
    if told.versions:
        heading(console, "Versions")
        print_table(
            console,
            [Column("Version", right=True, whole=True), Column("Created", whole=True), Column("Aliases")],
            [
                [
                    str(each["PipelineVersionId"]),
                    moment(each.get("CreationTime")),
                    ", ".join(each.get("PipelineVersionAliases") or []),
                ]
                for each in told.versions
            ],
        )
    if told.executions:
        heading(console, "Last executions")
        print_table(
            console,
            [
                Column("Execution", whole=True),
                Column("State", whole=True),
                Column("Started", whole=True),
                Column("Name"),
            ],
            [
                [
                    str(each["PipelineExecutionArn"]).rpartition("/")[2],
                    state(str(each.get("PipelineExecutionStatus", ""))),
                    moment(each.get("CreationTime")),
                    str(each.get("PipelineExecutionDisplayName") or ""),
                ]
                for each in told.executions
            ],
        )
    for what, why in told.unknown.items():
        console.print(Text(f"{what}: not known ({why})", style="dim"), soft_wrap=not console.is_terminal)
