"""The CDK app of the current directory: where it can be deployed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..environments.environments import Environments
from ..language import choices, did_you_mean
from ..language.files import read_text
from ..local.account_and_region import check_account_and_region
from ..local.json_text import parsed
from .errors import CommandError

FILE = "cdk.json"
FILES = ("environments.json", "environments.yaml", "environments.yml", "environments.toml")
"""Of environments alone."""


@dataclass(frozen=True)
class Place:
    """An account and a region that the app names."""

    name: str
    account: str
    region: str


def environments_file(directory: Path) -> Path | None:
    """The file that names the app's environments; None without one. Raises ``CommandError`` where there are several."""
    found = [directory / name for name in FILES if (directory / name).is_file()]
    if _context(directory).get("environments"):
        found.append(directory / FILE)
    if len(found) > 1:
        names = " and ".join(file.name for file in found)
        raise CommandError(f"environments are in {names}; keep them in one file")
    return found[0] if found else None


def environments(directory: Path) -> dict[str, Place]:
    """The accounts and regions of the environments by name; none without a file that names any.

    What else a cdk.json says of them may be for others.
    """
    file = environments_file(directory)
    if file is not None and file.name != FILE:
        return {each.name: Place(each.name, each.account, each.region) for each in Environments.load(file).values()}
    try:
        listed = _context(directory).get("environments", {})
        found = {name: Place(name, str(item["account"]), str(item["region"])) for name, item in listed.items()}
        for place in found.values():
            check_account_and_region(place.account, place.region)
        return found
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CommandError(
            f"{directory / FILE}: 'environments' of its context must map names to an account and a region ({error})"
        ) from error


def environment(directory: Path, name: str) -> Place:
    """The environment of that name; a ``CommandError`` lists the existing ones."""
    found = environments(directory)
    if not found:
        raise CommandError(
            f"{directory / FILE} names no environment: 'smpipe demo' runs the example in the repository of "
            "cdk-sagemaker-pipelines, or an app with the same 'environments' in the context of its cdk.json; for "
            "another app run 'smpipe local' and deploy to it"
        )
    if name not in found:
        file = environments_file(directory) or directory / FILE
        hint = did_you_mean(name, found)
        raise CommandError(f"{file.name} has no environment {name!r}, but {choices(found)}{hint}")
    return found[name]


def demo_stack(directory: Path) -> str:
    """The stack that ``smpipe demo`` deploys: ``context.demo`` in cdk.json; by default all of them."""
    return str(_context(directory).get("demo", "*"))


def _context(directory: Path) -> dict[str, Any]:
    file = directory / FILE
    if not file.is_file():
        return {}
    try:
        document = parsed(read_text(file))
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise CommandError(f"{file} is not JSON: {error}") from error
    context = document.get("context", {}) if isinstance(document, dict) else None
    if not isinstance(context, dict):
        raise CommandError(f"{file} must be an object, with an object as its context")
    return context
