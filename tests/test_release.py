"""What may be released, and that the workflow asks first, publishes what it tested, and has no right too many."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from scripts.release import refusals

ROOT = Path(__file__).resolve().parent.parent
PROJECT = 'version = "0.2.0"\nRepository = "https://github.com/owner/name"\n'
CHANGELOG = "# Changelog\n\n## [Unreleased]\n\n## [0.2.0] - 2027-01-31\n\n- x\n\n## [0.1.0] - 2026-12-24\n"
WORKFLOW = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text("utf-8"))
JOBS = WORKFLOW["jobs"]


def test_a_release_that_is_right() -> None:
    assert refusals(PROJECT, CHANGELOG, "owner/name", "v0.2.0") == []
    assert refusals(PROJECT, CHANGELOG, None, None) == []


@pytest.mark.parametrize(
    ("changelog", "repository", "tag", "told"),
    [
        (CHANGELOG, "fork/name", "v0.2.0", "fork/name is not the project's repository, https://github.com/owner/name"),
        (CHANGELOG, "owner/name", "v0.2.1", "the tag v0.2.1 is not v0.2.0, the version in pyproject.toml"),
        (CHANGELOG, "owner/name", "0.2.0", "the tag 0.2.0 is not v0.2.0, the version in pyproject.toml"),
        (
            CHANGELOG.replace("[0.2.0]", "[0.3.0]"), "owner/name", "v0.2.0",
            "the changelog's newest section is 0.3.0, not 0.2.0",
        ),
        ("## [Unreleased]\n", "owner/name", "v0.2.0", "the changelog's newest section is missing, not 0.2.0"),
        (
            CHANGELOG.replace(" - 2027-01-31", ""), "owner/name", "v0.2.0",
            "the changelog's section 0.2.0 has no date such as ' - 2027-01-31'",
        ),
        (
            CHANGELOG.replace("[Unreleased]\n", "[Unreleased]\n\n- y\n"), "owner/name", "v0.2.0",
            "the changelog has changes that are not in a version yet, below [Unreleased]",
        ),
    ],
    ids=["fork", "tag", "no-v", "version", "no-section", "no-date", "unreleased"],
)  # fmt: skip
def test_a_release_that_is_refused(changelog: str, repository: str, tag: str, told: str) -> None:
    assert refusals(PROJECT, changelog, repository, tag) == [told]


def test_the_workflow_asks_before_it_builds() -> None:
    commands = [step["run"] for step in JOBS["build"]["steps"] if "run" in step]
    asked = next(place for place, command in enumerate(commands) if "scripts.release" in command)
    built = next(place for place, command in enumerate(commands) if "make wheel" in command)
    assert asked < built
    assert WORKFLOW[True] == {"push": {"tags": ["v*"]}}  # YAML reads `on` as true


def test_every_job_is_only_run_in_the_repository() -> None:
    (home,) = re.findall(r'^Repository = "https://github.com/(.+)"$', (ROOT / "pyproject.toml").read_text(), re.M)
    assert {job["if"] for job in JOBS.values()} == {f"github.repository == '{home}'"}


def test_publishing_follows_the_tests_and_has_one_right() -> None:
    assert (JOBS["test"]["needs"], JOBS["publish"]["needs"]) == ("build", "test")
    assert WORKFLOW["permissions"] == {}
    assert {name: job.get("permissions") for name, job in JOBS.items()} == {
        "build": {"contents": "read"}, "test": {}, "publish": {"id-token": "write"},
    }  # fmt: skip
    assert JOBS["publish"]["environment"] == "pypi"
    assert not any("run" in step or "checkout" in step["uses"] for step in JOBS["publish"]["steps"])
    assert "secrets." not in (ROOT / ".github/workflows/release.yml").read_text("utf-8")


def test_the_wheel_is_tried_on_every_python() -> None:
    listed = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', (ROOT / "pyproject.toml").read_text("utf-8"))
    assert JOBS["test"]["strategy"]["matrix"]["python"] == listed
