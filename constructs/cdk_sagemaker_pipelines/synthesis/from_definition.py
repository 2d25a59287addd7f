"""A definition that was written elsewhere, with constructs of the app in place of what it names."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from constructs import Construct

from ..assets import Image, S3Location, Workplace
from ..assets.shown import shown
from ..iam.names import texts_of
from ..language import Definition, DefinitionError, PipelineError, choices, did_you_mean
from ..language.files import read_bytes
from ..language.parsing import Repetition
from ..language.tokens import STRING_TOKEN, holds_token

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_s3 as s3

Places = Mapping[str, "S3Location | s3.IBucket"]
_ROLE_FIELD = re.compile(r"(?i).*role(arn)?")
_SEPARATOR = re.compile(r"[\"'\s,;]+")
_MORE_OF_IT = r"[^/\"'\s,;]"
"""Behind a bucket or a prefix: what makes it another one."""
_PROFILE = "JobFlowRole"
"""The name of an instance profile, which may be another than that of its role."""


def read(construct_id: str, definition: Mapping[str, Any] | str | Path) -> Definition:
    """The definition, of which a file is read; raises ``PipelineError`` and ``DefinitionError`` for what is none."""
    if isinstance(definition, str) and definition.lstrip().startswith("{"):
        raise PipelineError(f"Pipeline '{construct_id}': definition takes a dict or a file, not a text of JSON")
    if not isinstance(definition, (str, Path)):
        _refuse_foreign_tokens(definition)
        return Definition(definition)
    if not os.path.isfile(definition):
        raise PipelineError(f"Pipeline '{construct_id}': there is no file {str(definition)!r}")
    try:
        given = Definition.parse(read_bytes(Path(definition)))
    except DefinitionError as error:
        raise DefinitionError(f"{str(definition)!r}: {error}") from None
    except OSError as error:
        raise PipelineError(f"{str(definition)!r} cannot be read: {error.strerror}") from None
    if holds_token(given.json):  # CDK would not know what it stands for
        told = "holds a token of CDK, a text with ${Token[ in it"
        raise DefinitionError(f"the definition in {str(definition)!r} {told}")
    return given


def _refuse_foreign_tokens(definition: Any) -> None:
    """A token of another process, or a name such as ``Pipeline.definition`` has in place of one, is none here."""
    for token in dict.fromkeys(token for text in texts_of(definition) for token in STRING_TOKEN.findall(text)):
        try:
            cdk.Tokenization.reverse_string(token)
        except RuntimeError:
            raise DefinitionError(
                f"the definition holds {token}, which is not a token of CDK here; "
                "put a construct or its attribute there"
            ) from None


class Replaced:
    """The definition with constructs in place of names, and the roles among them.

    ``roles``: by ARN or name; ``places``: by bucket or S3 URI, with all below it; ``images``: by URI. Raises
    ``PipelineError`` for a name that the definition does not have.
    """

    def __init__(
        self,
        definition: Definition,
        scope: Construct,
        workplace: Workplace,
        roles: Mapping[str, iam.IRole],
        places: Places,
        images: Mapping[str, Image],
    ) -> None:
        _check("roles", roles, lambda one: hasattr(one, "role_arn"), "a role such as iam.Role.from_role_arn(...)")
        _check("places", places, lambda one: isinstance(one, S3Location) or hasattr(one, "bucket_arn"), _PLACES)
        _check("images", images, lambda one: isinstance(one, Image), "an Image such as Image.from_uri(...)")
        self.roles = dict(roles)
        self._used: set[str] = set()
        self._places = _Places([_Place(name, value, workplace) for name, value in places.items()])
        self._images = images
        self._scope, self._workplace = scope, workplace
        self._bound: dict[tuple[int, str, Any], Any] = {}
        self._copies: dict[int, Any] = {}
        document = self._value(definition.json, "", None)
        repeated = (Repetition(self._copies[id(one.holder)], one.key) for one in definition.repetitions)
        self.definition = Definition(document, tuple(repeated))
        for what, given in (("roles", roles), ("places", places), ("images", images)):
            for name in given:
                if name not in self._used:
                    named = list(dict.fromkeys(_named(definition.json, what)))
                    hint = did_you_mean(name, named) or f"; the {what} that it names: {choices(named)}"
                    raise PipelineError(f"{what}: the definition does not name {name!r}{hint}")

    def _value(self, value: Any, key: str, instance_type: Any) -> Any:
        if isinstance(value, str):
            return self._text(value, key, instance_type)
        if isinstance(value, Mapping):
            if isinstance(value.get("Arguments"), Mapping):  # a step
                instance_type = next(_instance_types(value["Arguments"]), None)
            copy = {
                name: self._join(item) if name == "Std:Join" else self._value(item, str(name), instance_type)
                for name, item in value.items()
            }
            self._copies[id(value)] = copy
            return copy
        if isinstance(value, (list, tuple)):
            return [self._value(item, key, instance_type) for item in value]
        return value

    def _text(self, text: str, key: str, instance_type: Any) -> Any:
        if text in self._images:
            self._used.add(text)
            return self._image(text, key, instance_type)
        role = self._role(text, key)
        if role is not None:
            return role
        return self._put(text, "", whole=key == "DefaultValue")

    def _put(self, text: str, behind: str, *, whole: bool = False) -> str:
        """The text with the new places, as of ``_Places.put_into``."""
        found, used = self._places.put_into(text, behind, whole=whole)
        self._used |= used
        return found

    def _role(self, text: str, key: str) -> str | None:
        """The role's ARN in place of an ARN, its name in place of a name."""
        arn = ":role/" in text
        for name in (text, text.rpartition("/")[2] if arn else ""):
            if name in self.roles and (arn or (_ROLE_FIELD.fullmatch(key) and key != _PROFILE)):
                self._used.add(name)
                role = self.roles[name]
                return self._workplace.role_arn(role) if arn else role.role_name
        return None

    def _image(self, uri: str, key: str, instance_type: Any) -> Any:
        image = self._images[uri]
        use = {"TrainingImage": "training", "ImageUri": "processing"}.get(key, "inference")
        bound = (id(image), use, instance_type)
        if bound not in self._bound:
            self._bound[bound] = image.bind(self._scope, self._workplace, use, instance_type)  # type: ignore[arg-type]
        return self._bound[bound]

    def _join(self, join: Any, behind: str = "", *, alone: bool = True) -> Any:
        """A URI may stand in pieces; those that are literal make one text, unless they are separate anyway.

        ``behind``: what follows in the join around this one. ``alone``: whether there is nothing else in that one.
        """
        on, values = (join.get("On"), join.get("Values")) if isinstance(join, Mapping) else (None, None)
        if not isinstance(on, str) or not isinstance(values, (list, tuple)):
            return self._value(join, "", None)
        separate = bool(_SEPARATOR.fullmatch(on))
        found: list[Any] = []
        position = 0
        for run in _runs(values, joined=not separate):
            position += len(run)
            follows = _begin(on, values[position:], behind)
            if isinstance(run[0], str):
                text = on.join(run)
                whole = alone and (separate or len(run) == len(values))
                replaced = self._text(text, "", None) if whole else self._put(text, follows)
                found += [replaced] if replaced != text else run
            elif isinstance(run[0], Mapping) and set(run[0]) == {"Std:Join"}:
                inner = self._join(run[0]["Std:Join"], follows, alone=alone and (separate or len(values) == 1))
                copied = {"Std:Join": inner}
                self._copies[id(run[0])] = copied
                found.append(copied)
            else:
                found.append(self._value(run[0], "", None))
        copy = {**join, "Values": found}
        self._copies[id(join)] = copy
        return copy


_IMAGE_FIELD = re.compile(r"(?i).*image(uri)?")


def _named(value: Any, what: str, key: str = "") -> Iterator[str]:
    """What a definition names that could be meant: roles, places or images."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _named(item, what, str(name))
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _named(item, what, key)
    elif isinstance(value, str):
        is_place = value.startswith("s3://") and len(value) > len("s3://")
        if what == "roles" and (":role/" in value or (_ROLE_FIELD.fullmatch(key) and key != _PROFILE)):
            yield value
            if "/" in value:
                yield value.rpartition("/")[2]
        elif what == "places" and is_place:
            yield value.removeprefix("s3://").partition("/")[0]
            yield value
        elif what == "images" and _IMAGE_FIELD.fullmatch(key):
            yield value


_PLACES = "a bucket of CDK or an S3Location"


def _check(what: str, given: Any, is_right: Callable[[Any], bool], takes: str) -> None:
    """Raises for what is not a dict by literal names, and for a value that is not such a construct."""
    if not isinstance(given, Mapping):
        raise PipelineError(f"{what} must be a dict by name, not {shown(given)}")
    for name, value in given.items():
        if not isinstance(name, str):
            raise PipelineError(f"{what}: the name must be a text, not {shown(name)}")
        if not is_right(value):
            raise PipelineError(f"{what}[{name!r}] takes {takes}, not {shown(value)}")


class _Place:
    """A bucket or an S3 URI that a definition names, and what stands for it."""

    def __init__(self, name: str, value: S3Location | s3.IBucket, workplace: Workplace) -> None:
        self.name = name
        prefix = value if isinstance(value, S3Location) else S3Location(value)
        self.old = name.removeprefix("s3://").rstrip("/")
        if not self.old or "*" in self.old:
            raise PipelineError(f"places: {name!r} is neither a bucket nor an S3 URI")
        self.new = prefix.bind(workplace).rstrip("/")


class _Places:
    """All of them; where several fit, it is the one that says most."""

    def __init__(self, places: list[_Place]) -> None:
        self._by_old = {place.old: place for place in places}
        longest_first = sorted(self._by_old, key=len, reverse=True)
        self._uri = re.compile(rf"s3://({'|'.join(map(re.escape, longest_first))})(?!{_MORE_OF_IT})")

    def put_into(self, text: str, behind: str, *, whole: bool) -> tuple[str, set[str]]:
        """The text with the new places, and the names of the old ones.

        ``behind``: what follows the text, in which nothing is put. ``whole``: whether the name of the bucket alone may
        be meant.
        """
        if not self._by_old:
            return text, set()
        if whole and text in self._by_old and "/" not in text:
            place = self._by_old[text]
            return place.new.removeprefix("s3://"), {place.name}
        used: set[str] = set()

        def new(match: re.Match[str]) -> str:
            if match.end() > len(text):
                return match[0]
            used.add(self._by_old[match[1]].name)
            return self._by_old[match[1]].new

        found = self._uri.sub(new, text + behind)
        return found[: len(found) - len(behind)], used


_MORE = "\0"
"""What an expression may be: a name goes on in it for all that is known here."""
_LONGEST = 1200
"""No URI of S3 has more characters."""


def _begin(on: str, values: Sequence[Any], behind: str) -> str:
    """What follows in a join, as far as it is literal."""
    found = ""
    for value in values:
        if len(found) > _LONGEST:
            return found
        if not isinstance(value, (str, int)) or isinstance(value, bool):
            return f"{found}{on}{_MORE}"
        found += f"{on}{value}"
    return found + behind


def _runs(values: Any, *, joined: bool) -> Iterator[list[Any]]:
    """Neighbours that are texts, where they are ``joined``, and all else one by one."""
    for is_text, run in groupby(values, lambda value: isinstance(value, str)):
        if is_text and joined:
            yield list(run)
        else:
            yield from ([value] for value in run)


def _instance_types(value: Any) -> Iterator[Any]:
    for key, item in value.items() if isinstance(value, Mapping) else ():
        if key == "InstanceType":
            yield item
        else:
            yield from _instance_types(item)
