"""What an execution would do, on the terminal."""

from __future__ import annotations

from rich.text import Text

from ..executions.forecast import Forecast, in_words
from ..executions.forecast_steps import LEFT_OUT, MAYBE, NOT_RUN, REUSED, RUNS, SIGNS, StepForecast
from ..language.errors import escaped
from .overviews import heading
from .tables import Column, print_table
from .terminal import Terminal

_STYLES = {RUNS: "cyan", REUSED: "green", MAYBE: "yellow", NOT_RUN: "dim", LEFT_OUT: "dim"}


def show_forecast(console: Terminal, told: Forecast) -> None:
    """Prints a forecast."""
    print_table(
        console,
        [Column("Step"), Column("Type"), Column("Outcome", whole=True), Column("Why", folds=True)],
        [
            [
                "  " * sum(1 for _ in each.step.ancestors()) + each.step.name,
                Text(escaped(each.step.type), style="dim"),
                _outcome(each),
                each.why,
            ]
            for each in told.steps
        ],
    )
    counts = {outcome: sum(each.outcome == outcome for each in told.steps) for outcome in _STYLES}
    console.print(
        Text("\n" + ", ".join(f"{outcome}: {number}" for outcome, number in counts.items() if number), style="bold")
    )
    used = told.at_most
    console.print(Text(escaped(in_words(used))))
    for doubt in used.doubts:
        console.print(Text(f"  {escaped(doubt)}", style="dim"))
    for touch in told.parameters:
        default = "" if touch.default is None else f" (default {touch.default})"
        heading(console, escaped(f"{touch.name} = {touch.value}{default}"))
        if not touch.fields:
            console.print("  nothing reads it")
        for step, where in touch.fields:
            console.print(Text(f"  {escaped(step)}: {escaped(where)}"))
        if touch.after:
            console.print(Text(f"  and what comes after: {escaped(', '.join(touch.after))}", style="dim"))
    console.print(Text("\nnothing was started", style="dim"))


def _outcome(each: StepForecast) -> Text:
    return Text(f"{SIGNS[each.outcome]} {each.outcome}", style=_STYLES[each.outcome])
