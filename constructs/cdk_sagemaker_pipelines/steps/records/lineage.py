"""A step that records lineage: what came from what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...assets import S3Location, Workplace
from ...language import Expression, Key, PipelineError, StepReference, StringLike, choices, did_you_mean
from ...language.documentation import documented
from ...language.expressions import has_placeholder
from ...language.no_value import NoValue
from ...properties.lineage import LineageProperties
from ..base.field_checks import TextLike, entries, items, literal, of_type, one_of, s3_uri, shown, text
from ..base.step import Step

if TYPE_CHECKING:
    from ..base.scope import Dependable, StepScope


MOST_OF_A_KIND = 5
MOST_ASSOCIATIONS = 10
ASSOCIATION_TYPES = ("ContributedTo", "AssociatedWith", "DerivedFrom", "Produced", "SameAs")
SOURCE_ID_TYPES = ("MD5Hash", "S3ETag", "S3Version", "Custom")


@documented
@dataclass(frozen=True, eq=False)
class LineageEntity(NoValue):
    """An action, an artifact or a context."""

    name: StringLike
    """The name: letters, digits and '-', at most 120, unique in its step among those of its kind."""
    type: StringLike
    """The kind of thing, such as "ModelTraining", "DataSet" or "Project"."""
    source_uri: S3Location | StringLike
    """Where it is: an ``S3Location``, another step's output, or any URI."""
    properties: Mapping[str, TextLike] | None = None
    """Your own texts by name, at most 30."""

    def to_json(self, where: str, workplace: Workplace) -> dict[str, Any]:
        """The entity as the API expects it; the step calls this.

        Args:
            where: The field that it is in, for messages.
            workplace: What the pipeline knows of its stack, buckets, images and keys.
        """
        properties = entries(self.properties, f"{where}.properties").items()
        return {
            f"{self._kind()}Name": text(self.name, f"{where}.name"),
            "Source": {"SourceUri": self._uri(f"{where}.source_uri", workplace), **self.source(where)},
            f"{self._kind()}Type": text(self.type, f"{where}.type"),
            **self._more(where),
            "Properties": {key: text(value, f"{where}.properties[{key!r}]") for key, value in properties} or None,
        }

    def _kind(self) -> str:
        """``Action``, ``Artifact`` or ``Context``."""
        return type(self).__name__.removeprefix("Lineage")

    def source(self, where: str) -> dict[str, Any]:
        """The members of the entity's source besides the URI; the step calls this.

        Args:
            where: The field that it is in, for messages.
        """
        return {}

    def _more(self, where: str) -> dict[str, Any]:
        """The members that this kind has in addition."""
        return {}

    def _uri(self, where: str, workplace: Workplace) -> Any:
        if isinstance(self.source_uri, S3Location):
            return s3_uri(self.source_uri, where, workplace)
        return text(self.source_uri, where)


@documented
@dataclass(frozen=True, eq=False)
class LineageAction(LineageEntity):
    """An action to record, such as a training.

    ```python
    action = LineageAction("training", "ModelTraining", train.model_artifacts, status="Completed")
    ```

    API: [CreateAction](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateAction.html).
    """

    source_type: StringLike | None = None
    """The type of the source at the URI. Default: none."""
    source_id: StringLike | None = None
    """The id of the source at the URI. Default: none."""
    description: StringLike | None = None
    """The description of the action. Default: none."""
    status: StringLike | None = None
    """The status: Unknown, InProgress, Completed, Failed, Stopping or Stopped. Default: none."""

    def source(self, where: str) -> dict[str, Any]:
        return {"SourceType": self.source_type, "SourceId": self.source_id}

    def _more(self, where: str) -> dict[str, Any]:
        return {"Description": self.description, "Status": self.status}


@documented
@dataclass(frozen=True, eq=False)
class LineageArtifact(LineageEntity):
    """Something used or created that is recorded, such as data or a model.

    ```python
    data_set = LineageArtifact("rows", "DataSet", prepare.output("train"))
    ```

    API: [CreateArtifact](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateArtifact.html).
    """

    source_ids: Mapping[str, StringLike] | None = None
    """What distinguishes its versions, by the kind of id: MD5Hash, S3ETag, S3Version or Custom."""

    def source(self, where: str) -> dict[str, Any]:
        ids = entries(self.source_ids, f"{where}.source_ids")
        for kind in ids:
            one_of(kind, SOURCE_ID_TYPES, f"{where}.source_ids: the kind of id")
        return {"SourceTypes": [{"SourceIdType": kind, "Value": value} for kind, value in ids.items()] or None}


@documented
@dataclass(frozen=True, eq=False)
class LineageContext(LineageEntity):
    """What actions and artifacts belong to, such as a project.

    ```python
    project = LineageContext("abalone", "Project", "https://example.com/abalone")
    ```

    API: [CreateContext](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateContext.html).
    """

    source_type: StringLike | None = None
    """The type of the source at the URI. Default: none."""
    source_id: StringLike | None = None
    """The id of the source at the URI. Default: none."""
    description: StringLike | None = None
    """The description of the context. Default: none."""

    def source(self, where: str) -> dict[str, Any]:
        return {"SourceType": self.source_type, "SourceId": self.source_id}

    def _more(self, where: str) -> dict[str, Any]:
        return {"Description": self.description}


@documented
@dataclass(frozen=True)
class LineageAssociation(NoValue):
    """How two recorded things belong together: the destination came from the source, or belongs to it.

    ```python
    rows = LineageArtifact("rows", "DataSet", prepare.output("train"))
    model = LineageArtifact("model", "Model", train.model_artifacts)
    association = LineageAssociation(rows, model, "DerivedFrom")
    ```

    API: [AddAssociation](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AddAssociation.html).
    """

    source: LineageEntity | StringLike
    """Where it begins: an entity of the same step, or the ARN of an existing one."""
    destination: LineageEntity | StringLike
    """Where it ends: an entity of the same step, or the ARN of an existing one."""
    type: str | None = None
    """The kind: ContributedTo, AssociatedWith, DerivedFrom, Produced or SameAs. Default: none."""


_Kind = type[LineageEntity]


class LineageStep(Step):
    """Records actions, artifacts and contexts, and what came from what.

    ```python
    training = LineageAction("training", "ModelTraining", "s3://models/run")
    model = LineageArtifact("model", "Model", train.model_artifacts)
    LineageStep(
        pipeline, "Record", actions=[training], artifacts=[model],
        associations=[LineageAssociation(training, model, "Produced")],
    )
    ```

    API: [CreateAction](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateAction.html),
    [CreateArtifact](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateArtifact.html),
    [CreateContext](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateContext.html),
    [AddAssociation](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AddAssociation.html).
    Source: [SageMaker Python SDK](https://github.com/aws/sagemaker-python-sdk) from 2.257.6 and 3.23 on; the developer
    guide has no page on it.
    """

    type = "Lineage"

    actions: Sequence[LineageAction] = ()
    """The actions to record, at most 5."""
    artifacts: Sequence[LineageArtifact] = ()
    """The artifacts to record, at most 5."""
    contexts: Sequence[LineageContext] = ()
    """The contexts to record, at most 5."""
    associations: Sequence[LineageAssociation] = ()
    """The associations between entities, at most 10."""

    if TYPE_CHECKING:  # `make generate` writes this from the fields

        def __init__(
            self,
            scope: StepScope,
            construct_id: str,
            *,
            actions: Sequence[LineageAction] = (),
            artifacts: Sequence[LineageArtifact] = (),
            contexts: Sequence[LineageContext] = (),
            associations: Sequence[LineageAssociation] = (),
            step_name: str | None = None,
            display_name: str | None = None,
            description: str | None = None,
            depends_on: Sequence[Dependable] = (),
        ) -> None:
            """Records actions, artifacts and contexts, and what came from what.

            :param scope: The pipeline, group, branch of a condition or body of a for-each in which it is declared.
            :param construct_id: The construct's id, unique in its scope; the step's name unless there is ``step_name``.
            :param actions: The actions to record, at most 5.
            :param artifacts: The artifacts to record, at most 5.
            :param contexts: The contexts to record, at most 5.
            :param associations: The associations between entities, at most 10.
            :param step_name: The name in the pipeline: 1 to 64 letters, digits, '-' and '_', unique in the pipeline.
            :param display_name: The name shown in Studio, at most 256 characters.
            :param description: The description shown in Studio, at most 3072 characters.
            :param depends_on: Steps and groups of steps to wait for; those that it reads data of need no entry.
            """

    def bind(self) -> None:
        super().bind()
        kinds: dict[str, _Kind] = {
            "actions": LineageAction,
            "artifacts": LineageArtifact,
            "contexts": LineageContext,
        }
        self._entities = {what: self._listed(getattr(self, what), kind, what) for what, kind in kinds.items()}
        associations = items(self.associations, "associations")
        if len(associations) > MOST_ASSOCIATIONS:
            raise PipelineError(f"associations: there are {len(associations)}; at most {MOST_ASSOCIATIONS}")
        if not any(self._entities.values()) and not associations:
            raise PipelineError("give at least one of actions, artifacts, contexts and associations")
        self._associations = [self._associated(one, f"associations[{i}]") for i, one in enumerate(associations)]

    @property
    def properties(self) -> LineageProperties:
        """The ARNs of the recorded entities, by name."""
        return LineageProperties(self.name, ())

    def action_arn(self, name: str) -> Expression[str]:
        """The ARN of an action that this step records.

        Args:
            name: The name of the action in ``actions``.

        Raises:
            PipelineError: This step does not record it; the message has the closest match.
        """
        return self._arn("actions", "ActionArns", name)

    def artifact_arn(self, name: str) -> Expression[str]:
        """The ARN of an artifact that this step records.

        Args:
            name: The name of the artifact in ``artifacts``.

        Raises:
            PipelineError: This step does not record it; the message has the closest match.
        """
        return self._arn("artifacts", "ArtifactArns", name)

    def context_arn(self, name: str) -> Expression[str]:
        """The ARN of a context that this step records.

        Args:
            name: The name of the context in ``contexts``.

        Raises:
            PipelineError: This step does not record it; the message has the closest match.
        """
        return self._arn("contexts", "ContextArns", name)

    def arguments(self) -> dict[str, Any]:
        work = self.host.workplace
        written = {
            what.capitalize(): [one.to_json(f"{what}[{index}]", work) for index, one in enumerate(entities)] or None
            for what, entities in self._entities.items()
        }
        return {**written, "Associations": self._associations or None}

    def _listed(self, given: Any, kind: _Kind, what: str) -> list[LineageEntity]:
        entities = list(items(given, what))
        names: set[str] = set()
        for index, entity in enumerate(entities):
            of_type(entity, kind, f"{what}[{index}]", f"{kind.__name__}(...)", optional=False)
            if isinstance(entity.name, str) and entity.name in names:
                raise PipelineError(f"{what}: two have the name {shown(entity.name)}")
            if isinstance(entity.name, str):
                names.add(entity.name)
        if len(entities) > MOST_OF_A_KIND:
            raise PipelineError(f"{what}: there are {len(entities)}; at most {MOST_OF_A_KIND}")
        return entities

    def _associated(self, association: Any, what: str) -> dict[str, Any]:
        of_type(association, LineageAssociation, what, "LineageAssociation(...)", optional=False)
        if association.type is not None:
            one_of(literal(association.type, f"{what}.type"), ASSOCIATION_TYPES, f"{what}.type")
        return {
            "Source": self._end(association.source, f"{what}.source"),
            "Destination": self._end(association.destination, f"{what}.destination"),
            "AssociationType": association.type,
        }

    def _end(self, entity: Any, what: str) -> dict[str, Any]:
        if not isinstance(entity, LineageEntity):
            return {"Arn": text(entity, what)}
        if not any(entity is one for entities in self._entities.values() for one in entities):
            raise PipelineError(
                f"{what}: {entity._kind()} {shown(entity.name)} is not recorded by this step; give the ARN of one that "
                "is recorded elsewhere"
            )
        return {"Name": text(entity.name, what), "Type": entity._kind()}

    def _arn(self, what: str, key: str, name: Any) -> Expression[str]:
        with self.naming():
            known = [
                one.name for one in self._entities[what] if isinstance(one.name, str) and not has_placeholder(one.name)
            ]
            if name not in known:
                hint = did_you_mean(name, known) if isinstance(name, str) else ""
                raise PipelineError(f"{what}: there is no {shown(name)}{hint or f'; there are {choices(known)}'}")
        return StepReference(self.name, (key, Key(name)))
