"""What the library calls after a pipeline and its steps, so that it follows their new names: artifacts and constructs.

Anything else that has the name in it, such as a prefix, a URL or an ARN that somebody wrote, is a value like any other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from ...language import Definition
from ...language.meaning import meaning, same
from ..reviewed.values import Permission, Trust
from .values import Change

_EXECUTION = "\0Execution.PipelineExecutionId\0"
_END = r"(?=[/*]|$)"


@dataclass(frozen=True)
class CalledAfter:
    """The names that are new, and what is called after them."""

    steps: Mapping[str, str] = field(default_factory=dict)
    """The new names of steps by their old ones."""
    others: Sequence[str] = ()
    """The steps that keep their names."""
    pipeline: tuple[str, str] = ("", "")
    """The name of the pipeline before and after; empty if it is not known."""
    construct: str = ""
    """The path of the pipeline's construct below its stack; empty if it is not known."""
    taken: Sequence[str] = ()
    """What roles and resources were called before: what had a new name already follows none."""
    artifacts: Sequence[str] = ()
    """The buckets with prefixes below which the pipeline had its artifacts."""

    def __bool__(self) -> bool:
        return bool(self.steps) or self.pipeline[0] != self.pipeline[1]

    def only(self, name: str) -> CalledAfter:
        """The same for one of the names."""
        kept = tuple(each for each in self.steps if each != name)
        pipeline = self.pipeline if name == self.pipeline[0] else (self.pipeline[0],) * 2
        return replace(
            self,
            steps={old: new for old, new in self.steps.items() if old == name},
            others=(*self.others, *kept),
            pipeline=pipeline,
        )

    def follows(self, change: Change, text: Callable[[CalledAfter, str], str]) -> bool:
        """Whether a change is only that something is called after a new name; ``text``: one of the functions below."""
        return bool(self) and same(self.value(change.old, text), _NOTHING.value(change.new, text))

    def value(self, value: Any, text: Callable[[CalledAfter, str], str]) -> Any:
        """A value under the new names; joined texts as one that only compares with others of its kind."""
        if isinstance(value, str):
            return text(self, value)
        if isinstance(value, Mapping) and value.keys() == {"Std:Join"}:
            return {"Std:Join": [self.value(_joined(value), text)]}
        if isinstance(value, Mapping):
            return {text(self, str(key)): self.value(item, text) for key, item in value.items()}
        return [self.value(item, text) for item in value] if isinstance(value, (list, tuple)) else value

    def permission(self, one: Permission, *, for_fields: bool) -> Permission:
        """A permission; what is not for fields of steps follows only in names of constructs."""
        text = self.everything if for_fields else self.constructs
        return one._replace(resource=text(one.resource), conditions=tuple(map(text, one.conditions)))

    def trust(self, one: Trust, role: str) -> Trust:
        """Who may assume a role; the library writes that of roles below the pipeline."""
        text = self.everything if self.is_own(role) else self.constructs
        return one._replace(principal=text(one.principal), conditions=tuple(map(text, one.conditions)))

    def is_own(self, resource: str) -> bool:
        """Whether a role or a resource, by its name, is a part of the pipeline's construct."""
        return bool(self.construct) and resource.startswith(f"{self.construct}/")

    def resource(self, name: str) -> str:
        """The name of a role or a resource."""
        return self._path(name) if self.is_own(name) else self.constructs(name)

    def constructs(self, text: str) -> str:
        """A text with new names where it names constructs of steps, ``${Pipeline/Train/JobRole.Arn}``."""
        if not self._constructs or "${" not in text:
            return text
        start = re.escape(f"{self.construct}/")
        return re.sub(rf"(?<=\$\{{){start}[^{{}}]*(?=\}})", lambda match: self._path(match[0]), text)

    def places(self, text: str) -> str:
        """A text with new names where it names constructs, or places of artifacts in S3."""
        text = self.constructs(text)
        for pattern in self._places if "/" in text else ():
            text = pattern.sub(self._placed, text)
        return text

    def everything(self, text: str) -> str:
        """A text that the library wrote with new names; also in the ARN of the pipeline."""
        text = self.places(text)
        if self.pipeline[0] != self.pipeline[1]:
            before, after = self.pipeline
            into = {before: after, before.lower(): after.lower()}
            names = "|".join(map(re.escape, into))
            own = re.compile(rf"(?<![^:])(sagemaker:[^:/\s]*:[^:/\s]*:pipeline/)({names}){_END}")
            text = own.sub(lambda match: f"{match[1]}{into[match[2]]}", text)
        return text

    @cached_property
    def _places(self) -> Sequence[re.Pattern[str]]:
        """Where artifacts are: ``<pipeline>/<execution>/<step>``, and without an execution below known places."""
        names = [*self.steps, *self.others]
        if not names:
            return ()
        steps = f"(?P<step>{'|'.join(map(re.escape, sorted(names, key=len, reverse=True)))}){_END}"
        pipeline = re.escape(self.pipeline[0]) if self.pipeline[0] else r"[^/\s*\0]+"
        found = [rf"(?<![^/\s])(?P<pipeline>{pipeline})(?P<execution>/(?:\*|{_EXECUTION})/){steps}"]
        known = [*([f"${{{self.construct}/Artifacts}}/"] if self.construct else []), *self.artifacts]
        if self.pipeline[0]:
            found += [
                rf"(?<=[:/]{re.escape(each)})(?P<pipeline>{pipeline})(?P<execution>/){steps}" for each in {*known}
            ]
        return [re.compile(each) for each in found]

    def _placed(self, match: re.Match[str]) -> str:
        pipeline = self.pipeline[1] if self.pipeline[0] else match["pipeline"]
        return f"{pipeline}{match['execution']}{self.steps.get(match['step'], match['step'])}"

    @cached_property
    def _constructs(self) -> Mapping[str, str]:
        """The steps whose constructs have new names, too: what was there already is none of theirs."""
        if not self.construct:
            return {}
        parts = {part for name in self.taken if self.is_own(name) for part in name.split("/")}
        return {old: new for old, new in self.steps.items() if new not in parts}

    def _path(self, path: str) -> str:
        below, dot, attribute = path.removeprefix(f"{self.construct}/").partition(".")
        parts = [self._constructs.get(part, part) for part in below.split("/")]
        return f"{self.construct}/{'/'.join(parts)}{dot}{attribute}"


_NOTHING = CalledAfter()


def called_after(old: Definition, steps: Mapping[str, str], known: CalledAfter) -> CalledAfter:
    """What is called after the steps of a definition as well, given their new names."""
    others = tuple(name for name in old.step_names if name not in steps)
    return replace(known, steps=steps, others=others, artifacts=_artifacts(old, known.pipeline[0]))


def _artifacts(definition: Definition, pipeline: str) -> Sequence[str]:
    """The buckets with prefixes below which a pipeline has ``<pipeline>/<execution>``."""
    if not pipeline:
        return ()
    pattern = re.compile(rf"s3://([^\0]*/){re.escape(pipeline)}/{_EXECUTION}/")
    return tuple(dict.fromkeys(match[1] for text in _texts(definition.json) for match in pattern.finditer(text)))


def _joined(value: Any) -> Any:
    """A ``Std:Join`` as one text, in which what is read of others is between signs that no text has."""
    said = meaning(value)
    parts = said.get("Std:Join") if isinstance(said, Mapping) else [said]
    if not isinstance(parts, list) or any(isinstance(part, str) and "\0" in part for part in parts):
        return said
    return "".join(part if isinstance(part, str) else f"\0{_read(part)}\0" for part in parts)


def _read(part: Any) -> str:
    is_get = isinstance(part, Mapping) and part.keys() == {"Get"} and isinstance(part["Get"], str)
    return part["Get"] if is_get else repr(part)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping) and value.keys() == {"Std:Join"}:
        value = _joined(value)
    if isinstance(value, str):
        yield value
    elif isinstance(value, (Mapping, list, tuple)):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(item)
