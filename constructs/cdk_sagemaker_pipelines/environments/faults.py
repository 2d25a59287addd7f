"""What may be said of an environment, and what is wrong with it: all at once, each with the path to it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..language.errors import choices, did_you_mean, shown_json
from ..language.expressions import PARAMETER_NAME
from ..properties.regions import partition, regions

Path = tuple[str | int, ...]
Fault = tuple[Path, str]

NAME = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,127}")
"""What CDK takes for the id of a stage."""
_ACCOUNT = re.compile(r"[0-9]{12}")
_QUALIFIER = re.compile(r"[A-Za-z0-9_-]{1,10}")
_POLICY = re.compile(r"[\w+=,.@/-]{1,128}", re.ASCII)
_ARN = re.compile(r"arn:([a-z-]+):([a-z0-9-]*):([a-z0-9-]*):([0-9]*|aws):(.+)")
_KEY_ID = re.compile(r"key/[A-Za-z0-9-]+")
_INSTANCE = re.compile(r"ml\.[a-z0-9-]+\.[a-z0-9]+")
_USES = (
    "training job usage",
    "spot training job usage",
    "training warm pool usage",
    "processing job usage",
    "transform job usage",
    "endpoint usage",
    "cluster usage",
    "cluster spot instance usage",
)
"""What Service Quotas calls the quotas of an instance type. Source: the service quotas of Amazon SageMaker."""
_TAGS = 50


def faults(name: str, given: Any) -> Iterator[Fault]:
    """What is wrong with an environment of that name, as a file or a constructor has it."""
    if not NAME.fullmatch(name):
        yield (
            (),
            f"the name {name!r} must be a letter, and letters, digits, '-', '_' and '.', since a stage is called so",
        )
    if not isinstance(given, Mapping):
        yield (), f"it must be an object with 'account' and 'region', not {shown_json(given)}"
        return
    for key in given:
        if key not in KEYS:
            hint = did_you_mean(str(key), KEYS) or f"; there are {choices(KEYS, len(KEYS))}"
            yield (key,), f"there is no key {key!r}{hint}"
    for key in ("account", "region"):
        if key not in given and not any(did_you_mean(str(other), [key]) for other in given if other not in KEYS):
            yield (), f"{key!r} is missing"
    for key, check in KEYS.items():
        if key in given:
            yield from (((key, *path), text) for path, text in check(given[key], given))


def _text(pattern: re.Pattern[str], words: str) -> Callable[[Any, Any], Iterator[Fault]]:
    def check(value: Any, _: Any) -> Iterator[Fault]:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            yield (), f"it must be {words}, not {shown_json(value)}"

    return check


def _account(value: Any, _: Any) -> Iterator[Fault]:
    if type(value) is int:
        yield (), f"write the number of the account as a text, {str(value)!r}: a number loses zeros at its beginning"
    elif not isinstance(value, str) or not _ACCOUNT.fullmatch(value):
        yield (), f"the number of an account has 12 digits, found {shown_json(value)}"


def _region(value: Any, _: Any) -> Iterator[Fault]:
    if value not in regions() if isinstance(value, str) else True:
        hint = did_you_mean(value, sorted(regions())) if isinstance(value, str) else ""
        yield (), f"there is no region {shown_json(value)}{hint}"


def _boundary(value: Any, given: Mapping[str, Any]) -> Iterator[Fault]:
    if not isinstance(value, str) or not value.startswith("arn:"):
        yield from _text(_POLICY, "the name of a managed policy or its ARN")(value, given)
        return
    _, service, _, account, resource = _parts(value)
    kind, _, name = resource.partition("/")
    if (service, kind) != ("iam", "policy") or not all(map(_POLICY.fullmatch, name.split("/"))):
        yield (), f"{value!r} is not the ARN of a managed policy"
    elif account not in ("aws", given.get("account")):
        yield (), f"{value!r} is of another account; a boundary must be of the roles' own"
    yield from _partition(value, given)


def _key(value: Any, given: Mapping[str, Any]) -> Iterator[Fault]:
    _, service, region, account, resource = _parts(value)
    if service != "kms" or not _KEY_ID.fullmatch(resource) or not _ACCOUNT.fullmatch(account):
        text = "the ARN of a KMS key (not of an alias, which policies cannot name)"
        yield (), f"it must be {text}, not {shown_json(value)}"
        return
    if region != given.get("region"):
        yield (), f"{value!r} is of {region}; a key encrypts in its own region only"
    yield from _partition(value, given)


def _subnets(value: Any, given: Mapping[str, Any]) -> Iterator[Fault]:
    if "vpc" not in given:
        yield (), "subnets are of a VPC, give 'vpc', too"
    if not isinstance(value, (list, tuple)) or not 1 <= len(value) <= 16:
        yield (), f"it must be a list of 1 to 16 subnets, not {shown_json(value)}"
        return
    for index, subnet in enumerate(value):
        yield from (((index,), text) for _, text in _SUBNET(subnet, given))
        if subnet in value[:index]:
            yield (index,), f"{shown_json(subnet)} occurs twice"


def _vpc(value: Any, given: Mapping[str, Any]) -> Iterator[Fault]:
    yield from _VPC(value, given)
    if "subnets" not in given:
        yield (), "give the 'subnets', too: nothing is looked up when the app is synthesized"


def _parameters(value: Any, given: Mapping[str, Any]) -> Iterator[Fault]:
    for name, one in value.items() if isinstance(value, Mapping) else ():
        if not isinstance(name, str) or not PARAMETER_NAME.fullmatch(name):
            yield (name,), "the name of a parameter has 1 to 64 letters, digits, '-' or '_'"
        if isinstance(one, float) and not math.isfinite(one):
            yield (name,), f"{one!r} is not a value of a parameter"
        elif not isinstance(one, (str, int, float)):
            yield (name,), f"it must be a text, a number or a boolean, not {shown_json(one)}"
        elif isinstance(one, str):
            yield from (((name,), text) for _, text in _partition(one, given))
    yield from _mapping(value, "values of parameters by name")


def _instance_types(value: Any, given: Mapping[str, Any]) -> Iterator[Fault]:
    for name, one in value.items() if isinstance(value, Mapping) else ():
        yield from (((name,), text) for _, text in _INSTANCE_TYPE(one, given))
    yield from _mapping(value, "instance types by a name of yours")


def _quotas(value: Any, _: Any) -> Iterator[Fault]:
    for name, one in value.items() if isinstance(value, Mapping) else ():
        kind, _, use = str(name).partition(" for ")
        if not _INSTANCE.fullmatch(kind) or use not in _USES:
            hint = did_you_mean(use, _USES) if use else ""
            yield (name,), f"a quota is called such as 'ml.m5.xlarge for training job usage'{hint}"
        if type(one) is not int or one < 0:
            yield (name,), f"it must be a whole number of instances, not {shown_json(one)}"
    yield from _mapping(value, "numbers by the name of a quota")


def _executions(value: Any, given: Mapping[str, Any]) -> Iterator[Fault]:
    if type(value) is not int or value < 1:
        yield (), f"it must be a number of executions from 1 on, not {shown_json(value)}"
    if not given.get("quotas"):
        yield (), "they share the quotas, give 'quotas', too"


def _max_instance_hours(value: Any, _: Any) -> Iterator[Fault]:
    if type(value) not in (int, float) or not 0 <= value < math.inf:
        yield (), f"it must be a number of hours that is not negative, not {shown_json(value)}"


def _tags(value: Any, _: Any) -> Iterator[Fault]:
    for name, one in value.items() if isinstance(value, Mapping) else ():
        if not 1 <= len(str(name)) <= 128 or str(name).lower().startswith("aws:"):
            yield (name,), "the key of a tag has 1 to 128 characters and does not begin with 'aws:'"
        if not isinstance(one, str) or len(one) > 256:
            yield (name,), f"it must be a text of at most 256 characters, not {shown_json(one)}"
    yield from _mapping(value, "texts by the key of a tag", _TAGS)


def _mapping(value: Any, words: str, most: int = 1000) -> Iterator[Fault]:
    if not isinstance(value, Mapping):
        yield (), f"it must be an object with {words}, not {shown_json(value)}"
    elif len(value) > most:
        yield (), f"there are {len(value)}; at most {most}"


def _partition(arn: str, given: Mapping[str, Any]) -> Iterator[Fault]:
    """Whether an ARN is of the partition of the region; nothing for what is not an ARN."""
    found, region = _parts(arn)[0], given.get("region")
    if found and region in regions() and found != partition(region):
        yield (), f"{arn!r} is of the partition {found}, but {region} is of {partition(region)}"


def _parts(arn: Any) -> tuple[str, ...]:
    match = _ARN.fullmatch(arn) if isinstance(arn, str) else None
    return match.groups() if match else ("",) * 5


_VPC = _text(re.compile(r"vpc-[0-9a-f]{8,17}"), "the id of a VPC such as 'vpc-0a1b2c3d4e5f67890'")
_SUBNET = _text(re.compile(r"subnet-[0-9a-f]{8,17}"), "the id of a subnet such as 'subnet-0a1b2c3d4e5f67890'")
_INSTANCE_TYPE = _text(_INSTANCE, "an instance type such as 'ml.m5.xlarge'")
KEYS: Mapping[str, Callable[[Any, Mapping[str, Any]], Iterator[Fault]]] = {
    "account": _account,
    "region": _region,
    "qualifier": _text(_QUALIFIER, "1 to 10 letters, digits, '-' and '_', as for 'cdk bootstrap --qualifier'"),
    "permissions_boundary": _boundary,
    "vpc": _vpc,
    "subnets": _subnets,
    "key": _key,
    "parameters": _parameters,
    "instance_types": _instance_types,
    "quotas": _quotas,
    "executions": _executions,
    "max_instance_hours": _max_instance_hours,
    "tags": _tags,
}
"""What each key takes."""
