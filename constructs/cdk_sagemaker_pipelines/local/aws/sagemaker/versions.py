"""The versions of a pipeline, and their aliases.

https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-versions.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .errors import ResourceNotFound, ValidationException

MOST_ALIASES = 10
"""Of one version."""


@dataclass
class Version:
    """One version: a definition, which never changes, and what it is called."""

    number: int
    definition: str
    created: datetime
    modified: datetime
    aliases: list[str] = field(default_factory=list)
    display_name: str | None = None
    description: str | None = None
    last_execution: str | None = None
    """ARN of the latest execution of this version."""

    def named(self) -> dict[str, Any]:
        """What other answers tell of the version."""
        return {
            "PipelineVersionDisplayName": self.display_name,
            "PipelineVersionDescription": self.description,
            "PipelineVersionAliases": list(self.aliases) or None,
        }

    def summary(self, pipeline_arn: str) -> dict[str, Any]:
        """The members of the API's ``PipelineVersionSummary``."""
        return {
            "PipelineArn": pipeline_arn,
            "PipelineVersionId": self.number,
            "CreationTime": self.created,
            "LastExecutionPipelineExecutionArn": self.last_execution,
            **self.named(),
        }


class Versions:
    """All versions of one pipeline, the first is number 1; guarded by whoever holds it."""

    def __init__(self, pipeline_arn: str) -> None:
        self._pipeline_arn = pipeline_arn
        self._versions: list[Version] = []

    def __iter__(self) -> Iterator[Version]:
        return iter(list(self._versions))

    @property
    def latest(self) -> Version:
        return self._versions[-1]

    def add(self, definition: str, aliases: Sequence[str], moment: datetime) -> Version:
        """A new version. Raises ``ValidationException`` for aliases that it cannot have."""
        self._check_new(aliases)
        _check_number_of(aliases)
        version = Version(len(self._versions) + 1, definition, moment, moment, list(aliases))
        self._versions.append(version)
        return version

    def number(self, number: int) -> Version:
        """Raises ``ResourceNotFound``."""
        if not 1 <= number <= len(self._versions):
            raise ResourceNotFound(f"Pipeline '{self._pipeline_arn}' has no version {number}.")
        return self._versions[number - 1]

    def alias(self, alias: str) -> Version:
        """Raises ``ResourceNotFound``."""
        for version in self._versions:
            if alias in version.aliases:
                return version
        raise ResourceNotFound(f"Pipeline '{self._pipeline_arn}' has no version with the alias '{alias}'.")

    def asked(self, request: Mapping[str, Any]) -> Version:
        """The version that a request names by number or alias; the latest if it names none."""
        number, alias = request.get("PipelineVersionId"), request.get("PipelineVersionAlias")
        if number is not None and alias is not None:
            raise ValidationException("PipelineVersionId and PipelineVersionAlias cannot both be given")
        if number is not None:
            return self.number(number)
        return self.latest if alias is None else self.alias(alias)

    def update(self, request: Mapping[str, Any], moment: datetime) -> Version:
        """Carries out UpdatePipelineVersion; what is not given stays."""
        version = self.number(request["PipelineVersionId"])
        operations = request.get("PipelineVersionAliasOperations") or {}
        added, removed = operations.get("Add") or [], operations.get("Remove") or []
        both = sorted({*added} & {*removed})
        if both:
            raise ValidationException(f"an alias cannot be both added and removed: {', '.join(both)}")
        unknown = [alias for alias in removed if alias not in version.aliases]
        if unknown:
            raise ValidationException(f"version {version.number} does not have the aliases to remove: {unknown}")
        self._check_new(added)
        aliases = [alias for alias in version.aliases if alias not in removed] + list(added)
        _check_number_of(aliases)
        version.aliases = aliases
        version.display_name = request.get("PipelineVersionDisplayName", version.display_name)
        version.description = request.get("PipelineVersionDescription", version.description)
        version.modified = moment
        return version

    def _check_new(self, aliases: Sequence[str]) -> None:
        for alias in aliases:
            if alias.isdigit():
                raise ValidationException(f"the alias '{alias}' has only digits; a number is the ID of a version")
            if aliases.count(alias) > 1:
                raise ValidationException(f"the alias '{alias}' is given twice")
            for version in self._versions:
                if alias in version.aliases:
                    raise ValidationException(
                        f"version {version.number} has the alias '{alias}'; remove it there before you add it"
                    )


def _check_number_of(aliases: Sequence[str]) -> None:
    if len(aliases) > MOST_ALIASES:
        raise ValidationException(f"a version has at most {MOST_ALIASES} aliases, this one would have {len(aliases)}")
