"""What a definition that was written elsewhere may name: what it names leads to permissions, so somebody trusts it.

Steps that are written in code name what their author means. A definition that is handed in whole, a raw step and
overrides are text: what they name counts only when it is of the app, of AWS, or trusted in a word.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import reduce
from typing import TYPE_CHECKING, Any, NamedTuple

from ..language import Definition, Finding, PipelineError, StepView
from ..language.definition import BRANCHES
from ..language.field import Field, in_arguments
from ..language.step_types import row_of
from ..language.tokens import STRING_TOKEN, has_string_token
from ..properties.image_uris import dns_suffixes
from . import job_roles, pipeline_role
from .arns import image_parts
from .environment import Environment
from .globs import meet, starred, symbols
from .hosts import queue_of
from .literal import ESCAPE
from .patterns import UNKNOWN, TooFarError, pattern
from .permissions import Permission
from .wildcards import wild

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_s3 as s3


@dataclass(frozen=True)
class Trust:
    """What a definition, a raw step or overrides may name beside what the app has and what AWS has.

    ::

        Pipeline.from_definition(
            stack, "Nightly", definition=definition,
            trust=Trust(roles=["arn:aws:iam::111122223333:role/Jobs"], buckets=["sales"], accounts=["111122223333"]),
        )

    - ``roles``: roles that jobs may run with: ARNs, names in this account, or roles of CDK.
    - ``buckets``: buckets that jobs may read and write as the definition says: names, or buckets of CDK.
    - ``accounts``: whose functions, queues, keys, topics, images and access points may be named; also the hosts of
      other registries than ECR, and of queues that are not of SQS.

    ``Trust.everything()`` trusts all that is named. Default where it is a field: nothing but what the app and AWS have.
    Raises ``PipelineError`` for what is no such list.
    """

    roles: Sequence[str | iam.IRole] = ()
    buckets: Sequence[str | s3.IBucket] = ()
    accounts: Sequence[str] = ()
    is_everything: bool = field(default=False, init=False)
    """Whether all that is named is trusted."""

    def __post_init__(self) -> None:
        for what, attribute in (("roles", "role_arn"), ("buckets", "bucket_name"), ("accounts", "")):
            values = getattr(self, what)
            if not isinstance(values, (list, tuple)):
                raise PipelineError(f"Trust: {what} takes a list, not {values!r}")
            for value in values:
                text = getattr(value, attribute, value)
                if not isinstance(text, str) or not text:
                    raise PipelineError(f"Trust: {what} takes {_TAKES[what]}, not {value!r}")
                if _PATTERN.search(text):
                    raise PipelineError(f"Trust: {what} takes no patterns such as {text!r}; write Trust.everything()")

    @staticmethod
    def everything() -> Trust:
        """All that is named, for a definition of one's own."""
        trust = Trust()
        object.__setattr__(trust, "is_everything", True)
        return trust

    def and_also(self, other: Trust | None) -> Trust:
        """What both trust."""
        if other is None or self.is_everything:
            return self
        if other.is_everything:
            return other
        return Trust([*self.roles, *other.roles], [*self.buckets, *other.buckets], [*self.accounts, *other.accounts])

    def names(self, what: str) -> set[str]:
        """The names in one of its lists; of constructs their ARNs or names."""
        attribute = {"roles": "role_arn", "buckets": "bucket_name"}.get(what, "")
        return {str(getattr(value, attribute, value)) for value in getattr(self, what)}


_PATTERN = re.compile(r"[*?]|\$\{(?!Token\[)")
_TAKES = {"roles": "ARNs, names or roles of CDK", "buckets": "names or buckets of CDK", "accounts": "account numbers"}


@dataclass(frozen=True)
class Given:
    """What of a step was written as the service takes it.

    ``in_code``: the arguments that the step has without it; None where the whole step was written so. ``roles``: the
    ARNs of the roles that are the step's anyway, beside which it names no other.
    """

    trust: Trust
    in_code: Mapping[str, Any] | None = None
    roles: frozenset[str] = frozenset()


class Name(NamedTuple):
    """What a definition names. ``kind``: in a word; ``account``: whose it is, empty for buckets.

    ``written``: whether objects of a bucket are written or deleted.
    """

    kind: str
    text: str
    account: str = ""
    written: bool = False

    @property
    def read(self) -> Name:
        """The same where it is only read."""
        return self._replace(written=False)

    @property
    def last(self) -> str:
        """The name without what stands before it in an ARN, and without the version of a function."""
        resource = self.text.split(":", 5)[-1]
        return resource.split(":")[1] if resource.startswith("function:") else re.split("[:/]", resource)[-1]

    def is_trusted(self, trust: Trust, environment: Environment) -> bool:
        """Whether it is trusted in words."""
        if self.kind == "role":
            roles = trust.names("roles")
            return self.text in roles or (self.account == environment.account and self.last in roles)
        return self.text in trust.names("buckets") if self.kind == "bucket" else self.account in trust.accounts


def untrusted(
    definition: Definition, environment: Environment, given: Mapping[str, Given], known: Callable[[Name], bool]
) -> Finding | None:
    """An error that lists all that is named and not trusted, with the fields that name it; None when all is.

    ``given``: what was written as the service takes it, by the step's name. ``known``: what the app and AWS have.
    """
    if not given:
        return None
    # what a step in code follows to one of those was written there, and is trusted in the same words
    followed = Given(reduce(Trust.and_also, (one.trust for one in given.values())))
    open_to_doubt = [
        (step, where, name, said)
        for step, where, name in _names(definition, environment)
        for said in (_given(step, given) or followed,)
        if not _is_fine(name, said, environment, known)
    ]
    if not open_to_doubt:
        return None
    in_code = {**definition.json, "Steps": list(_in_code(definition.json.get("Steps"), given))}
    meant = {
        (step.name, one) for step, _, name in _names(Definition(in_code), environment) for one in (name, name.read)
    }
    of_any = {name for _, name in meant}
    told: dict[Name, dict[str, None]] = {}
    trust, by_override = Trust(), False
    for step, where, name, said in open_to_doubt:
        of_step = name.kind == "role" and bool(said.roles)  # a role of the app may be that of another step
        if (step.name, name) not in meant if of_step else name not in of_any:
            told.setdefault(name.read, {})[f"{step.name}: {where}"] = None
            trust, by_override = trust.and_also(said.trust), by_override or of_step
    if not told:
        return None
    deployed = {name.read for _, _, name, _ in open_to_doubt if name.written and ASSETS.fullmatch(name.text)}
    text = _told({name: tuple(fields) for name, fields in told.items()}, deployed, trust)
    if by_override:
        text += "\n  a role of this app is given to a step by role=, not by overrides"
    return Finding("untrusted", text)


def _in_code(steps: Any, given: Mapping[str, Given]) -> Iterator[Mapping[str, Any]]:
    """The steps without what was written as the service takes it: so nothing follows from that, near or far."""
    for step in steps if isinstance(steps, (list, tuple)) else ():
        if not isinstance(step, Mapping):
            continue
        name = step.get("Name")
        said = given.get(name if isinstance(name, str) else "")
        if said is not None and said.in_code is None:
            continue
        arguments = step.get("Arguments") if said is None else said.in_code
        if isinstance(arguments, Mapping):
            inner = {branch: list(_in_code(arguments[branch], given)) for branch in BRANCHES if branch in arguments}
            step = {**step, "Arguments": {**arguments, **inner}}
        yield step


def _given(step: StepView, given: Mapping[str, Given]) -> Given | None:
    """What of the step was written so, or of the one that it stands in."""
    return next((given[one.name] for one in (step, *step.ancestors()) if one.name in given), None)


def _is_fine(name: Name, said: Given, environment: Environment, known: Callable[[Name], bool]) -> bool:
    if said.trust.is_everything or name.is_trusted(said.trust, environment):
        return True
    if name.kind == "role" and said.roles:
        return name.text in said.roles
    return _is_token(name) or known(name)


def _is_token(name: Name) -> bool:
    """Whether the name itself comes from a construct; the account and region around it may be tokens of any ARN."""
    if name.kind == "queue" and not name.text.startswith("arn:"):
        return has_string_token(name.account)  # its URL, of which only the owner matters
    if name.kind == "image":
        parts = image_parts(name.text)
        return bool(_IMAGE_OF_A_TOKEN.match(name.text)) if parts is None else has_string_token(parts[2])
    return has_string_token(name.text if name.kind == "bucket" else name.last)


def _told(found: Mapping[Name, Sequence[str]], deployed: Set[Name], trust: Trust) -> str:
    """``trust``: what is trusted already, which stays so where the advice takes its place."""
    said = (f"{name.kind} {name.text} ({'; '.join(fields)})" for name, fields in found.items())
    lines = [f"    {text if text.isprintable() else repr(text)[1:-1]}" for text in said]  # whatever they hold
    roles = [
        name.last if has_string_token(name.text) else name.text
        for name in found
        if name.kind == "role" and not has_string_token(name.last)
    ]
    buckets = [name.text for name in found if name.kind == "bucket" and name not in deployed]
    accounts = [name.account for name in found if name.kind not in ("role", "bucket")]
    lists = {"roles": roles, "buckets": buckets, "accounts": accounts}
    quoted = {what: list(filter(None, map(_quoted, dict.fromkeys(texts)))) for what, texts in lists.items()}
    advice = []
    if any(quoted.values()):
        both = {what: list(dict.fromkeys([*_trusted(trust, what), *texts])) for what, texts in quoted.items()}
        words = ", ".join(f"{what}=[{', '.join(texts)}]" for what, texts in both.items() if texts)
        advice = ["  if it is yours, say so:", f"    trust=Trust({words})"]
    if not deployed.isdisjoint(found):
        advice.append(
            "  CDK keeps the templates and the code of all deployments in a bucket 'cdk-...-assets-...': "
            "who writes there decides what is deployed, so write to another"
        )
    return "\n".join(["it names what belongs neither to this app nor to AWS:", *lines, *advice])


def _trusted(trust: Trust, what: str) -> Iterator[str]:
    """What one list of what is trusted has, as Python has it; an ellipsis for constructs, whose names nobody knows."""
    for value in getattr(trust, what):
        yield _quoted(value) or "..." if isinstance(value, str) else "..."


def _quoted(text: str) -> str:
    """A text as Python has it; empty for what cannot be told so, or is no word of trust."""
    if has_string_token(text):
        return "Aws.ACCOUNT_ID" if STRING_TOKEN.fullmatch(text) else ""
    if _PATTERN.search(text) or not text:
        return ""
    return json.dumps(text, ensure_ascii=False) if text.isprintable() else repr(text)


# -- what is named


ASSETS = re.compile(r"cdk-[a-z0-9]+-assets-[0-9]+-[a-z0-9-]+")
"""What ``cdk bootstrap`` calls the bucket of an account's assets in a region."""
_IMAGE_OF_A_TOKEN = re.compile(rf"{STRING_TOKEN.pattern}(?:[:@/]|$)")
_KINDS = {
    "kms": "key",
    "lambda": "function",
    "sns": "topic",
    "sqs": "queue",
}
"""By the service: what is somebody's in the same account as well."""
_IMAGES = ("image", "imageuri", "ruleevaluatorimage", "trainingimage")
_OF_AWS = re.compile(r"role/aws-service-role/.*|alias/aws/.*")


def _names(definition: Definition, environment: Environment) -> Iterator[tuple[StepView, str, Name]]:
    """All that is named, each with the step and the field; defaults of parameters count."""
    definition = Definition(_with_defaults(definition.json, definition))
    passed: set[str] = {str(environment.role)}
    for step in definition.all_steps():
        for path in row_of(step.type).other_roles:
            for role in Field.of_arguments(step, own=True).every(*path.split(".")):
                if role.name and role.name != environment.role:
                    passed.add(role.name)
                    yield step, in_arguments(role.where), _role(role.name)
    for permission in pipeline_role.needs(definition, environment):
        yield from _in(permission, definition, environment)
        passed |= set(permission.resources)
    for role, permission in job_roles.needs(definition, environment):
        yield from _in(permission, definition, environment)
        if isinstance(role, str) and role not in passed:
            passed.add(role)
            yield *_field_of(permission, definition), _role(role)
    for step in definition.all_steps():
        for image in images(Field.of_arguments(step, own=True)):
            name = _image(definition, image.value, environment)
            if name is not None:
                yield step, in_arguments(image.where), name
        url = Field.of_step(step).at("SqsQueueUrl")
        name = _queue(pattern(definition, url.value), environment) if url.given else None
        if name is not None:
            yield step, url.where, name


def _in(
    permission: Permission, definition: Definition, environment: Environment
) -> Iterator[tuple[StepView, str, Name]]:
    """What a permission is on, where it is not the pipeline's to make; what holds a literal wildcard is refused."""
    passes = "iam:PassRole" in permission.actions
    for resource in permission.resources:
        if resource == environment.role or ESCAPE.search(resource):
            continue
        name = _role(resource) if passes else _of_arn(resource, permission, environment)
        if name is not None and name.account != "aws" and not _OF_AWS.fullmatch(name.text.split(":", 5)[-1]):
            yield *_field_of(permission, definition), name


def _field_of(permission: Permission, definition: Definition) -> tuple[StepView, str]:
    reason = permission.because[0]
    return definition.step(reason.step), reason.field


def _of_arn(arn: str, permission: Permission, environment: Environment) -> Name | None:
    parts = arn.split(":", 5)
    if len(parts) < 6 or any(map(wild, parts[:5])):
        return None  # of a construct, all that there is, or so wide that another rule refuses it
    service, account, resource = parts[2], parts[4], parts[5]
    if service == "s3express":
        mode = permission.conditions.get("StringEquals", {}).get("s3express:SessionMode")
        return Name("bucket", resource.removeprefix("bucket/"), written=mode != "ReadOnly")
    if service == "s3" and not account:
        bucket = resource.partition("/")[0]
        changed = any(not action.startswith(("s3:Get", "s3:List")) for action in permission.actions)
        return None if wild(bucket) else Name("bucket", bucket, written=changed)  # AWS's own have a pattern
    if service in ("ecr", "iam") or not account:
        return None  # images are told by their URIs
    if service.startswith("s3"):
        return Name("access point", arn.partition("/object/")[0], account)
    if service == "kms" and resource == "key/*":
        aliases = permission.conditions.get("ForAnyValue:StringEquals", {}).get("kms:ResourceAliases")
        return None if ESCAPE.search(str(aliases)) else Name("key", str(aliases), account)
    if service in _KINDS:
        return Name(_KINDS[service], arn.removesuffix(":*"), account)
    elsewhere = account != environment.account
    return Name(resource.partition("/")[0].replace("-", " "), arn.removesuffix("/*"), account) if elsewhere else None


def _role(arn: str) -> Name:
    parts = arn.split(":", 5)
    return Name("role", arn, parts[4] if len(parts) == 6 else "")


def _image(definition: Definition, value: Any, environment: Environment) -> Name | None:
    """The image, unless a parameter or a job tells its registry when the pipeline runs."""
    try:
        uri = pattern(definition, value, whole=True)
    except TooFarError:  # the definition contains the text, behind too many references to follow
        told = json.dumps(value)
        return Name("image", told, told)
    if not uri or uri in environment.image_repositories:
        return None
    parts = image_parts(uri)
    registry = uri.partition("/")[0] if parts is None else parts[0]
    return None if UNKNOWN in registry and _may_be_of_aws(registry) else Name("image", uri, registry)


def _queue(url: str, environment: Environment) -> Name | None:
    """The queue of which no permission tells: at a host that is none of SQS, or with a name that the run tells."""
    told = queue_of(url)
    if told is None or url in environment.queues:
        return None
    owner = told.account if told.region else told.host
    is_open = UNKNOWN in owner if told.region else owner == UNKNOWN  # whose it is, the run alone tells
    return None if told.is_known or is_open else Name("queue", url, owner)


def _may_be_of_aws(registry: str) -> bool:
    """Whether a host of which the run tells a part may be a registry of ECR, and not just anybody's."""
    start = registry.partition(UNKNOWN)[0]
    hosts = (symbols(f"{'?' * 12}.dkr.ecr*.{suffix}") for suffix in dns_suffixes())
    is_account = not start or (start.isdigit() and len(start) < 12)  # of one that is known, it is not left to the run
    return is_account and any(meet(starred(registry), host) for host in hosts)


def images(field: Field) -> Iterator[Field]:
    """Every image below a field: its URI as JSON."""
    for key, inner in field.members():
        if str(key).lower() in _IMAGES and isinstance(inner.value, (str, Mapping)):
            yield inner
        elif key not in BRANCHES and not isinstance(inner.value, str):  # as most are
            yield from images(inner)


def _with_defaults(value: Any, definition: Definition) -> Any:
    """A JSON value with the defaults of parameters in place of them."""
    if isinstance(value, Mapping):
        get = value.get("Get") if len(value) == 1 else None
        if isinstance(get, str) and get.startswith("Parameters."):
            declared = definition.parameters.get(get.removeprefix("Parameters."))
            if declared is not None and isinstance(declared.default, (str, int)):
                return declared.default
        return {key: _with_defaults(item, definition) for key, item in value.items()}
    return [_with_defaults(item, definition) for item in value] if isinstance(value, (list, tuple)) else value


def texts_of(value: Any) -> Iterable[str]:
    """Every text in a JSON value."""
    if isinstance(value, str):
        yield value
    for item in value.values() if isinstance(value, Mapping) else value if isinstance(value, (list, tuple)) else ():
        yield from texts_of(item)
