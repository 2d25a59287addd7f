"""Says why a tag may not be released: ``python -m scripts.release``, on GitHub or before a tag is pushed.

Reads the repository and the tag from GitHub's variables; where they are missing, those that the project states.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def refusals(project: str, changelog: str, repository: str | None, tag: str | None) -> list[str]:
    """What is wrong, for the texts of pyproject.toml and CHANGELOG.md; ``repository`` is OWNER/NAME."""
    found = []
    (version,) = re.findall(r'^version = "(.+)"$', project, re.M)
    (home,) = re.findall(r'^Repository = "(.+)"$', project, re.M)
    if repository is not None and f"https://github.com/{repository}" != home:
        found.append(f"{repository} is not the project's repository, {home}")
    if tag is not None and tag != f"v{version}":
        found.append(f"the tag {tag} is not v{version}, the version in pyproject.toml")
    newest = re.search(r"^## \[(?!Unreleased\])(.+?)\](.*)$", changelog, re.M)
    if newest is None or newest[1] != version:
        found.append(f"the changelog's newest section is {newest[1] if newest else 'missing'}, not {version}")
    elif not re.fullmatch(r" - \d{4}-\d\d-\d\d", newest[2]):
        found.append(f"the changelog's section {version} has no date such as ' - 2027-01-31'")
    unreleased = re.search(r"^## \[Unreleased\]$(.*?)(?=^## \[|\Z)", changelog, re.M | re.S)
    if unreleased is not None and unreleased[1].strip():
        found.append("the changelog has changes that are not in a version yet, below [Unreleased]")
    return found


def main() -> int:
    project, changelog = ((ROOT / name).read_text("utf-8") for name in ("pyproject.toml", "CHANGELOG.md"))
    found = refusals(project, changelog, os.environ.get("GITHUB_REPOSITORY"), os.environ.get("GITHUB_REF_NAME"))
    for line in found:
        print(f"not released: {line}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
