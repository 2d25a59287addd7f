"""The values of what is recorded of the lineage, and of what is cleaned up."""

from __future__ import annotations

from collections.abc import Iterator

from .attempt import Attempt, Use
from .places import file, is_place


def lineage(attempt: Attempt) -> Iterator[Use]:
    """Actions, artifacts and contexts. An artifact is named by a hash of its source, which the service makes."""
    has = ("associations",) if attempt.has("Associations") else ()
    for name in attempt.texts("Actions[].ActionName"):
        yield attempt.use({"action": name}, *has)
    for _ in attempt.every("Artifacts[]"):
        yield attempt.use({"artifact": "1a2b3c4d5e6f708192a3b4c5d6e7f809"}, *has)
    for name in attempt.texts("Contexts[].ContextName"):
        yield attempt.use({"context": name}, *has)


def cleanup(attempt: Attempt) -> Iterator[Use]:
    """The objects that it names."""
    for uri in filter(is_place, attempt.texts("Resources.S3[].S3Uris[]")):
        yield attempt.use(file(attempt, "dropped", uri))
