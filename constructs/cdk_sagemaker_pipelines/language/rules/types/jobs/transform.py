"""Transform jobs. Source: API shapes ``CreateTransformJobRequest`` and ``TransformInput``."""

from __future__ import annotations

from collections.abc import Iterator

from ....field import Field
from ....findings import Finding
from ....tokens import has_string_token
from ...over import over

MOST_MEGABYTES = 100


@over("Transform")
def transform_payloads(arguments: Field) -> Iterator[Finding]:
    """The size of what is sent at once is limited over all concurrent requests."""
    payload, at_once = arguments.at("MaxPayloadInMB"), arguments.at("MaxConcurrentTransforms")
    # 0 leaves it to the container
    megabytes = (payload.number or 0) * max(at_once.number or 1, 1)
    if megabytes > MOST_MEGABYTES:
        text = f"{megabytes:g} MB at once, with MaxConcurrentTransforms; at most {MOST_MEGABYTES} are allowed"
        yield payload.finding("transform-payload", text)


@over("Transform")
def transform_batches(arguments: Field) -> Iterator[Finding]:
    """Records are only batched where the input is split into records."""
    split = arguments.at("TransformInput", "SplitType")
    strategy = arguments.at("BatchStrategy")
    if strategy.text == "MultiRecord" and (not split.given or split.text == "None"):
        text = "'MultiRecord' has no effect without a SplitType such as 'Line' in TransformInput"
        yield strategy.finding("transform-batches", text, "warning")


@over("Transform")
def transform_filters(arguments: Field) -> Iterator[Finding]:
    """Filters are JSONPaths, from the root of a record."""
    for name in ("InputFilter", "OutputFilter"):
        path = arguments.at("DataProcessing", name)
        if path.text is not None and not path.text.startswith("$") and not has_string_token(path.text):
            text = f"{path.text!r} is not a JSONPath, which begins at the root, '$', such as '$[1:]' or '$.features'"
            yield path.finding("transform-filter", text)
