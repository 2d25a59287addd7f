"""Pages of a pipeline's executions: with a filter by values too, each asks for a bounded number of answers."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_sagemaker_pipelines.executions.search import PAGE, PAGE_CALLS, Page, ParameterValues, Wanted
from cdk_sagemaker_pipelines.executions.search import page_of_executions as page
from cdk_sagemaker_pipelines.language import PipelineError

from .abalone import DESCRIBED
from .service import PIPELINE, Service, in_pages, record, values


def service(many: int, deep: range | list[int] = range(0)) -> Service:
    """One with so many executions, of which some ran with another depth."""
    records = [
        {"PipelineExecution": record(f"e{number:011}", hours=number, **given(number in deep))} for number in range(many)
    ]
    return Service({"DescribePipeline": DESCRIBED, "Search": in_pages("Results", records, PAGE)})


def given(deep: bool) -> dict[str, Any]:
    return {"PipelineParameters": values(Depth="9")} if deep else {}


def look(asked: Service, token: str | None = None, **parameters: str) -> Page:
    client = asked.client
    return page(client, PIPELINE, Wanted(parameters=parameters), ParameterValues(client, PIPELINE), token)


def test_without_a_filter_a_page_is_one_answer() -> None:
    asked = service(250)
    first = look(asked)
    assert (len(first.records), first.looked, first.token) == (100, 100, "100")
    last = look(asked, "200")
    assert (len(last.records), last.looked, last.token) == (50, 50, None)
    assert last.back_to == record("e", hours=249)["CreationTime"]
    assert [each["MaxResults"] for each in asked.asked["Search"]] == [100, 100]


def test_a_filter_by_values_looks_further_but_not_without_end() -> None:
    asked = service(1000, [30, 640, 990])
    first = look(asked, Depth="9")
    assert ([each["PipelineExecutionArn"][-3:] for each in first.records], first.looked) == (["030"], 500)
    assert first.back_to == record("e", hours=499)["CreationTime"]
    second = look(asked, first.token, Depth="9")
    assert ([each["PipelineExecutionArn"][-3:] for each in second.records], second.token) == (["640", "990"], None)
    assert len(asked.asked["Search"]) == 2 * PAGE_CALLS
    assert len(asked.asked["DescribePipeline"]) == 2


def test_it_ends_when_a_page_is_full() -> None:
    asked = service(1000, range(1000))
    assert len(look(asked, Depth="9").records) == 100
    assert len(asked.asked["Search"]) == 1


def test_a_name_of_no_parameter_is_refused() -> None:
    with pytest.raises(PipelineError, match="no parameter 'Dept'; did you mean 'Depth'"):
        look(service(10), Dept="9")


def test_of_none_at_all() -> None:
    assert look(service(0)) == Page([], 0, None, None)
