"""Jobs of the service's own categories. Source: API shape ``CreateJobRequest``."""

from __future__ import annotations

import json
from collections.abc import Iterator

from ....field import Field
from ....findings import Finding
from ...over import over


@over("Job")
def job_documents(arguments: Field) -> Iterator[Finding]:
    """The document is a text with JSON."""
    document = arguments.at("JobConfigDocument")
    if document.text is None:
        return
    try:
        json.loads(document.text)
    except (ValueError, RecursionError) as error:
        yield document.finding("job-document", f"is not JSON: {str(error) or type(error).__name__}")
