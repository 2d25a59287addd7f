"""What the gallery's stacks are made of, and what their pipelines leave, over a restart."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from tests.gallery.deployment import Gallery
from tests.gallery.place import ACCOUNT, REGION
from tests.local.aws.held import held

pytestmark = pytest.mark.slow

STACKS = ("EMR", "Endpoint", "Lineage", "Processing", "Training", "Triggers", "Tuning")
"""Networks, endpoints, lineage, functions, and jobs that really run."""


def test_deployed_stacks_and_what_ran_come_back(assembly: Path, tmp_path: Path) -> None:
    outcomes, state = tmp_path / "outcomes.json", tmp_path / "state"
    outcomes.write_text("{}")
    with EmbeddedAws(REGION, ACCOUNT, outcomes=outcomes, state=state) as aws:
        gallery = Gallery(aws, assembly, outcomes)
        for stack in STACKS:
            assert gallery.run(stack).status == "Succeeded"
        time.sleep(1)  # logs arrive after the end
        before, port = held(aws.services().client), int(aws.url.rpartition(":")[2])
    again = EmbeddedAws(REGION, ACCOUNT, outcomes=outcomes, state=state)
    again.start(port)
    try:
        assert again.unrestored == ()
        client = again.services().client
        after = held(client)
        assert after.keys() == before.keys()
        for name, value in before.items():
            assert after[name] == value, name
        for stack in STACKS:
            client("cloudformation").delete_stack(StackName=stack)
        statuses = {one["StackStatus"] for one in client("cloudformation").list_stacks()["StackSummaries"]}
        assert statuses == {"DELETE_COMPLETE"}
    finally:
        again.stop()
