"""The operations that search, and what they search through."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from botocore.model import StructureShape
from moto.core.responses import ActionResult
from moto.core.utils import get_service_model

from .errors import ValidationException
from .request import SageMakerRequest
from .search import Property, Record, in_order, matching, property_names
from .store import SageMakerStore

SEARCHED: Mapping[str, Callable[[SageMakerStore], Iterable[Record]]] = {
    "HyperParameterTuningJob": lambda store: store.jobs.of("HyperParameterTuningJob"),
    "Job": lambda store: store.jobs.of("Job"),
    "Model": lambda store: ({"Model": model} for model in list(store.registry.models.values())),
    "ModelPackage": lambda store: list(store.registry.packages.values()),
    "ModelPackageGroup": lambda store: list(store.registry.groups.values()),
    "Pipeline": lambda store: (pipeline.described() for pipeline in store.pipelines),
    "PipelineExecution": lambda store: (run.searched() for run in store.executions),
    "PipelineVersion": lambda store: store.executions.versions(),
    "TrainingJob": lambda store: store.jobs.of("TrainingJob"),
}
"""The records of each resource that can be searched for, as members of its ``SearchRecord``, but its tags."""


class SearchOperations(SageMakerRequest):
    """Each public method is an operation."""

    def search(self) -> ActionResult:
        resource, asked = self._request["Resource"], self._request
        shape = _record_of(resource)
        if asked.get("CrossAccountFilterOption") == "CrossAccount":
            raise ValidationException("the local AWS shares nothing between accounts; search in SameAccount")
        found: Sequence[Record] = [self._with_tags(resource, record) for record in SEARCHED[resource](self._store)]
        if "SearchExpression" in asked:
            found = matching(shape, found, asked["SearchExpression"])
        for condition in asked.get("VisibilityConditions", ()):
            found = _visible(shape, found, condition)
        by = asked.get("SortBy") or _default_order(shape)
        found = in_order(shape, found, by, asked.get("SortOrder", "Descending"))
        results = [{resource: record} for record in found]
        return self._cut("Results", results, TotalHits={"Value": len(found), "Relation": "EqualTo"})

    def get_search_suggestions(self) -> ActionResult:
        query = self._request.get("SuggestionQuery") or {}
        hint = (query.get("PropertyNameQuery") or {}).get("PropertyNameHint", "")
        names = property_names(_record_of(self._request["Resource"]), hint)
        return ActionResult({"PropertyNameSuggestions": [{"PropertyName": name} for name in names]})

    def _with_tags(self, resource: str, record: Record) -> Record:
        tags = self._store.tags.get(str(record.get(f"{resource}Arn")), {})
        return {**record, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


def _visible(shape: StructureShape, records: Sequence[Record], condition: Mapping[str, str]) -> list[Record]:
    """The records with the tag that a visibility condition names."""
    key, value = condition.get("Key", ""), condition.get("Value")
    if not key.startswith("Tags.") or value is None:
        raise ValidationException(f"a visibility condition has a Key of the form Tags.<key>, not '{key}', and a Value")
    tag = Property.named(shape, key)
    return [record for record in records if value in tag.values(record)]


def _record_of(resource: str) -> StructureShape:
    """The shape of the records of a resource. Raises ``ValidationException`` for what is not searched."""
    if resource not in SEARCHED:
        raise ValidationException(
            f"the local AWS cannot search for {resource}; it can for {', '.join(sorted(SEARCHED))}"
        )
    records = get_service_model("sagemaker").shape_for("SearchRecord")
    assert isinstance(records, StructureShape)
    shape = records.members[resource]
    assert isinstance(shape, StructureShape)
    return shape


def _default_order(shape: StructureShape) -> str:
    """LastModifiedTime, as documented, or what records without it have."""
    times = ("LastModifiedTime", "CreationTime")
    return next((member for member in times if member in shape.members), "Model.CreationTime")
