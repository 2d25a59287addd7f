"""The three apps of ``stacks/promotion``, synthesized in this process when they are asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from stacks.promotion import app, delivery, github
from tests.gallery.deployment import flags

DEV, PROD, TOOLS, REGION = "111122223333", "444455556666", "777788889999", "eu-west-1"
BUILDS = {"app": app.build, "delivery": delivery.build, "github": github.build}


class Apps:
    """The apps by their modules."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def assembly(self, name: str) -> Path:
        """Where an app was synthesized."""
        folder = self._folder / name
        if not folder.exists():
            BUILDS[name](outdir=str(folder), context=flags()).synth()
        return folder

    def templates(self, name: str) -> Mapping[str, Any]:
        """The templates of an app by the names of their stacks."""
        found = {}
        for manifest in self.assembly(name).rglob("manifest.json"):
            for artifact, described in json.loads(manifest.read_text("utf-8"))["artifacts"].items():
                if described["type"] == "aws:cloudformation:stack":
                    properties = described["properties"]
                    text = manifest.with_name(properties["templateFile"]).read_text("utf-8")
                    found[properties.get("stackName", artifact)] = json.loads(text)
        return found


@pytest.fixture(scope="module")
def apps(tmp_path_factory: pytest.TempPathFactory) -> Apps:
    return Apps(tmp_path_factory.mktemp("promotion"))
