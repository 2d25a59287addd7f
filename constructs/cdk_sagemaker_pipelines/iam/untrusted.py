"""What a definition that was written elsewhere names and nobody trusts: an error with the words that would."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

from ..language import Definition, Finding, StepView
from ..language.definition import BRANCHES
from ..language.later import later_pattern
from ..language.tokens import STRING_TOKEN, has_string_token
from .arns import image_parts
from .environment import Environment
from .names import ASSETS, Name, names_in
from .trust import Given, Trust, is_pattern

_IMAGE_OF_A_TOKEN = later_pattern(rf"{STRING_TOKEN.pattern}(?:[:@/]|$)")


@dataclass(frozen=True)
class Untrusted(Finding):
    """The error. ``needed``: what would have to be trusted, by the lists of ``Trust``."""

    needed: Mapping[str, Sequence[str]] = field(default_factory=dict)


def untrusted(
    definition: Definition, environment: Environment, given: Mapping[str, Given], known: Callable[[Name], bool]
) -> Finding | None:
    """An error that lists all that is named and not trusted, with the fields that name it; None when all is.

    ``given``: what was written as the service takes it, by the step's name. ``known``: what the app and AWS have.
    """
    if not given:
        return None
    # what a step in code follows to one of those was written there, and is trusted in the same words
    followed = Given(reduce(Trust.and_also, (one.trust for one in given.values())))
    open_to_doubt = [
        (step, where, name, said)
        for step, where, name in names_in(definition, environment)
        for said in (_given(step, given) or followed,)
        if not _is_fine(name, said, environment, known)
    ]
    if not open_to_doubt:
        return None
    in_code = {**definition.json, "Steps": list(_in_code(definition.json.get("Steps"), given))}
    meant = {
        (step.name, one) for step, _, name in names_in(Definition(in_code), environment) for one in (name, name.read)
    }
    of_any = {name for _, name in meant}
    told: dict[Name, dict[str, None]] = {}
    trust, by_override = Trust(), False
    for step, where, name, said in open_to_doubt:
        of_step = name.kind == "role" and bool(said.roles)  # a role of the app may be that of another step
        if (step.name, name) not in meant if of_step else name not in of_any:
            told.setdefault(name.read, {})[f"{step.name}: {where}"] = None
            trust, by_override = trust.and_also(said.trust), by_override or of_step
    if not told:
        return None
    deployed = {name.read for _, _, name, _ in open_to_doubt if name.written and ASSETS.fullmatch(name.text)}
    found = {name: tuple(fields) for name, fields in told.items()}
    text = _told(found, deployed, trust)
    if by_override:
        text += "\n  a role of this app is given to a step by role=, not by overrides"
    return Untrusted("untrusted", text, needed=_lists(found, deployed))


def _in_code(steps: Any, given: Mapping[str, Given]) -> Iterator[Mapping[str, Any]]:
    """The steps without what was written as the service takes it: so nothing follows from that, near or far."""
    for step in steps if isinstance(steps, (list, tuple)) else ():
        if not isinstance(step, Mapping):
            continue
        name = step.get("Name")
        said = given.get(name if isinstance(name, str) else "")
        if said is not None and said.in_code is None:
            continue
        arguments = step.get("Arguments") if said is None else said.in_code
        if isinstance(arguments, Mapping):
            inner = {branch: list(_in_code(arguments[branch], given)) for branch in BRANCHES if branch in arguments}
            step = {**step, "Arguments": {**arguments, **inner}}
        yield step


def _given(step: StepView, given: Mapping[str, Given]) -> Given | None:
    """What of the step was written so, or of the one that it stands in."""
    return next((given[one.name] for one in (step, *step.ancestors()) if one.name in given), None)


def _is_fine(name: Name, said: Given, environment: Environment, known: Callable[[Name], bool]) -> bool:
    if said.trust.is_everything or _is_trusted(name, said.trust, environment):
        return True
    if name.kind == "role" and said.roles:
        return name.text in said.roles
    return _is_token(name) or known(name)


def _is_token(name: Name) -> bool:
    """Whether the name itself comes from a construct; the account and region around it may be tokens of any ARN."""
    if name.kind == "queue" and not name.text.startswith("arn:"):
        return has_string_token(name.account)  # its URL, of which only the owner matters
    if name.kind == "image":
        parts = image_parts(name.text)
        return bool(_IMAGE_OF_A_TOKEN.match(name.text)) if parts is None else has_string_token(parts[2])
    return has_string_token(name.text if name.kind == "bucket" else name.last)


def _told(found: Mapping[Name, Sequence[str]], deployed: Set[Name], trust: Trust) -> str:
    """``trust``: what is trusted already, which stays so where the advice takes its place."""
    said = (f"{name.kind} {name.text} ({'; '.join(fields)})" for name, fields in found.items())
    lines = [f"    {text if text.isprintable() else repr(text)[1:-1]}" for text in said]  # whatever they hold
    lists = _lists(found, deployed)
    quoted = {what: list(filter(None, map(_quoted, texts))) for what, texts in lists.items()}
    advice = []
    if any(quoted.values()):
        both = {what: list(dict.fromkeys([*_trusted(trust, what), *texts])) for what, texts in quoted.items()}
        words = ", ".join(f"{what}=[{', '.join(texts)}]" for what, texts in both.items() if texts)
        advice = ["  if it is yours, say so:", f"    trust=Trust({words})"]
    if not deployed.isdisjoint(found):
        advice.append(
            "  CDK keeps the templates and the code of all deployments in a bucket 'cdk-...-assets-...': "
            "who writes there decides what is deployed, so write to another"
        )
    return "\n".join(["it names what belongs neither to this app nor to AWS:", *lines, *advice])


def _lists(found: Mapping[Name, Sequence[str]], deployed: Set[Name]) -> dict[str, list[str]]:
    """What would have to be trusted, by the lists of ``Trust``."""
    roles = [
        name.last if has_string_token(name.text) else name.text
        for name in found
        if name.kind == "role" and not has_string_token(name.last)
    ]
    buckets = [name.text for name in found if name.kind == "bucket" and name not in deployed]
    accounts = [name.account for name in found if name.kind not in ("role", "bucket")]
    lists = {"roles": roles, "buckets": buckets, "accounts": accounts}
    return {what: list(dict.fromkeys(texts)) for what, texts in lists.items()}


def _trusted(trust: Trust, what: str) -> Iterator[str]:
    """What one list of what is trusted has, as Python has it; an ellipsis for constructs, whose names nobody knows."""
    for value in getattr(trust, what):
        yield _quoted(value) or "..." if isinstance(value, str) else "..."


def _quoted(text: str) -> str:
    """A text as Python has it; empty for what cannot be told so, or is no word of trust."""
    if has_string_token(text):
        return "Aws.ACCOUNT_ID" if STRING_TOKEN.fullmatch(text) else ""
    if is_pattern(text) or not text:
        return ""
    return json.dumps(text, ensure_ascii=False) if text.isprintable() else repr(text)


def _is_trusted(name: Name, trust: Trust, environment: Environment) -> bool:
    """Whether it is trusted in words."""
    if name.kind == "role":
        roles = trust.names("roles")
        return name.text in roles or (name.account == environment.account and name.last in roles)
    return name.text in trust.names("buckets") if name.kind == "bucket" else name.account in trust.accounts
