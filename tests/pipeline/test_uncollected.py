"""Work without garbage collection, and what collections find afterwards."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from cdk_sagemaker_pipelines.uncollected import uncollected


@pytest.fixture(autouse=True)
def nothing_is_frozen() -> Iterator[None]:
    """As in an app; the process of the tests has frozen what stays."""
    gc.unfreeze()
    yield
    gc.freeze()


def test_nothing_is_collected_meanwhile_and_the_work_counts_as_old() -> None:
    before = [each["collections"] for each in gc.get_stats()]
    with uncollected():
        made = [[] for _ in range(100_000)]  # type: ignore[var-annotated]
        assert not gc.isenabled()
    more = [None]  # what follows is young again
    young = gc.get_objects(generation=0)
    assert gc.isenabled()
    assert [each["collections"] for each in gc.get_stats()] == before
    assert any(one is more for one in young)
    assert not any(one is made for one in young)


def test_what_the_app_froze_stays_frozen() -> None:
    gc.freeze()
    try:
        frozen = gc.get_freeze_count()
        with uncollected():
            pass
        assert gc.get_freeze_count() >= frozen - 100  # some of it has ended
    finally:
        gc.unfreeze()


@pytest.mark.parametrize("enabled", [True, False])
def test_collection_goes_on_as_before(enabled: bool) -> None:
    was_enabled = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        with pytest.raises(ZeroDivisionError), uncollected():
            1 / 0  # noqa: B018
        assert gc.isenabled() is enabled
    finally:
        (gc.enable if was_enabled else gc.disable)()
