"""What is at the top of a comment for a pull request: how much differs, who may do more, and what it takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate

from .blocks import Block
from .entry import CAPACITY, CODE, PERMISSIONS, STEPS, Entry
from .pipelines import PipelineDifference
from .spans import noted, span
from .text import shortened, shown_path
from .weight import BY_FIELDS, is_gain, new_roles, opens, rank

SIGNS = {"+": "new", "-": "gone", "~": "changed", ">": "moved"}
LONG = 120
"""What two values have together before they are shortened."""
_ABOVE, _LONGEST_ABOVE = 20, 8_000
"""How many permissions are above the fold, and how many characters."""
_START, _END = 300, 100
"""What is shown above the fold of a text that is longer than both together: a long list must not hide what it is on."""


def head(found: Sequence[Block]) -> Iterator[str]:
    """How much differs, who may do more, and what it takes; one line if nothing differs."""
    if not found:
        yield "**No pipeline differs.**"
        return
    yield f"**{_counted(found)}**"
    entries = [(block, entry) for block in found for entry in block.entries]
    gains = [
        line + _in(block, found) for place in range(BY_FIELDS + 1) for block in found for line in _gains(block, place)
    ]
    yield from _listed("Permissions gained:", gains)
    opened = [_opened(entry) + _in(block, found) for block, entry in entries if opens(entry)]
    yield from _listed("Policies of resources, users and groups:", opened)
    amounts = [(block, entry) for block, entry in entries if entry.section == CAPACITY]
    yield from _first([f"\n{_amount(entry)}{_in(block, found)}" for block, entry in amounts], "\nand {} more below")


def _gains(block: Block, place: int) -> Iterator[str]:
    """Those of one rank; what the fields of steps need of a role that is new, as a number."""
    new = new_roles(block.entries)
    chosen = [entry for entry in block.entries if is_gain(entry) and rank(entry, new) == place]
    numbers = Counter[str]()
    for entry in chosen:
        if place == BY_FIELDS and entry.subject in new and not entry.path.endswith(" on *"):
            numbers[entry.subject] += 1
        else:
            yield f"- {_gain(entry)}"
    for name, number in numbers.items():
        yield f"- {span(name)} is new: {number} {'permission' if number == 1 else 'permissions'} for fields of steps"


def _listed(heading: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield from ("", heading, "")
        yield from _first(lines, "- and {} more below")


def _opened(entry: Entry) -> str:
    what = " ".join(span(text) for text in (entry.subject, shown_path(entry)) if text)
    old, new = entry.old, entry.new
    if old is not None and new is not None and len(old) + len(new) > LONG:
        old, new = shortened(old, new)
    told = " → ".join(_span(text) for text in (old, new) if text is not None)
    return f"- {SIGNS[entry.sign]}: {what}{f' ({span(entry.kind)})' if entry.kind else ''} {told}".rstrip()


def not_compared(differences: Sequence[PipelineDifference]) -> Iterator[str]:
    """What could not be compared, by pipeline."""
    told = [
        f"\nNot compared in {span(each.reviewed.path)}: {span(', '.join(each.not_compared))}"
        for each in differences
        if each.not_compared
    ]
    yield from _first(told, "\nand in {} more pipelines")


def _first(lines: Sequence[str], more: str) -> Iterator[str]:
    """As many lines as are above the fold, and how many do not."""
    lengths = accumulate(map(len, lines))
    shown = [line for line, length in zip(lines, lengths, strict=True) if length <= _LONGEST_ABOVE][:_ABOVE]
    yield from shown
    if len(shown) < len(lines):
        yield more.format(len(lines) - len(shown))


def _amount(entry: Entry) -> str:
    return f"{entry.subject}: {span(entry.old or '')} → **{span(entry.new or '')}**{noted(entry)}"


def _gain(entry: Entry) -> str:
    told = _span(entry.note) if entry.path == "trust" else f"{_span(entry.path)}{noted(entry)}"
    values = " → ".join(_span(value) for value in (entry.old, entry.new) if value is not None)
    gone = "no longer " if entry.sign == "-" else ""
    return f"{span(entry.subject)} {gone}{told}" + (f" {values}" if values else "")


def _span(text: str) -> str:
    return span(text if len(text) <= _START + _END else f"{text[:_START]} … {text[-_END:]}")


def _in(block: Block, found: Sequence[Block]) -> str:
    return f" in {span(block.title)}" if len(found) > 1 else ""


def _counted(found: Sequence[Block]) -> str:
    entries = [entry for block in found for entry in block.entries]
    signs = {(_of_step(entry), entry.subject) for entry in entries if entry.section == STEPS}
    of_roles = [entry for entry in entries if entry.section == PERMISSIONS and (entry.path or entry.sign == "-")]
    lost = [entry for entry in of_roles if not is_gain(entry)]
    counts = [
        (_places(found, of_stack=False), "pipeline", "pipelines"),
        (_places(found, of_stack=True), "stack without pipelines", "stacks without pipelines"),
        (sum(sign == "+" for sign, _ in signs), "step added", "steps added"),
        (sum(sign == "-" for sign, _ in signs), "step removed", "steps removed"),
        (sum(sign == "~" for sign, _ in signs), "step changed", "steps changed"),
        (sum(map(is_gain, entries)), "permission gained", "permissions gained"),
        (len(lost), "permission lost", "permissions lost"),
        (sum(map(opens, entries)), "change of other policies", "changes of other policies"),
        (
            len({entry.subject for entry in entries if entry.section == CODE}),
            "file of code changed",
            "files of code changed",
        ),
        (len(entries), "difference in all", "differences in all"),
    ]
    return " · ".join(f"{number} {one if number == 1 else many}" for number, one, many in counts if number)


def _places(found: Sequence[Block], of_stack: bool) -> int:
    return len({path for block in found if block.of_stack == of_stack for path in block.paths})


def _of_step(entry: Entry) -> str:
    return entry.sign if entry.sign in "+-" and not entry.path else "~"
