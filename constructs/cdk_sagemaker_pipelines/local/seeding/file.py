"""The file that says what is to exist, in YAML or JSON; docs/local.md lists its members."""

from __future__ import annotations

import re
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from ...language import DefinitionError, choices, did_you_mean
from ...language.files import read_text
from ...templates.yaml_text import parse
from .seed import EVERYTHING, SAGEMAKER, Bucket, Network, Role, Seed, SeedError, Version

_ACCOUNT = re.compile("[0-9]{12}")
_SUBNET_ID, _GROUP_ID = (re.compile(f"{kind}-[0-9a-z]{{1,32}}") for kind in ("subnet", "sg"))
LARGEST = 2**20
"""Bytes of a file."""
MOST_VERSIONS = 1000
"""The highest number of a version: those before it are made, too."""
STATUSES = ("Approved", "PendingManualApproval", "Rejected")


def read_seed(file: Path) -> Seed:
    """What a file says. Raises ``SeedError``."""
    try:
        document = parse(read_text(file, LARGEST)).value
    except OSError as error:
        raise SeedError(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SeedError(f"{file} is not a text file") from error
    except DefinitionError as error:
        raise SeedError(f"{file} is {error}") from error
    read = _Reader(str(file), file.parent)
    return read.seed("", document if document is not None else {}, ("account", "region", *_MEMBERS, "accounts"))


_MEMBERS = ("buckets", "policies", "roles", "keys", "networks", "queues", "modelPackageGroups")


class _Reader:
    def __init__(self, file: str, folder: Path) -> None:
        self._file = file
        self._folder = folder

    def refuse(self, where: str, problem: str) -> SeedError:
        return SeedError(f"{self._file}{f': {where}' if where else ''}: {problem}")

    def members(self, where: str, value: Any, known: Sequence[str]) -> Mapping[str, Any]:
        if not isinstance(value, Mapping):
            raise self.refuse(where, f"it must have members such as {choices(known)}")
        for name in value:
            if name not in known:
                hint = did_you_mean(name, known) or f"; there are {choices(known)}"
                raise self.refuse(where, f"there is no {name!r}{hint}")
        return value

    def named(self, where: str, value: Any, read: Callable[[str, Any], Any]) -> dict[str, Any]:
        if value is None:
            return {}
        if isinstance(value, list):  # names alone
            value = dict.fromkeys(self.names(where, value))
        if not isinstance(value, Mapping):
            raise self.refuse(where, "it must be names, each with its members, or a list of names")
        return {name: read(f"{where}.{name}", {} if told is None else told) for name, told in value.items()}

    def names(self, where: str, value: Any) -> list[str]:
        if value is None:
            return []
        if isinstance(value, Mapping):
            value = list(value)
        if not isinstance(value, list) or not all(isinstance(name, str) and name for name in value):
            raise self.refuse(where, "it must be a list of names")
        return value

    def seed(self, where: str, value: Any, known: Sequence[str]) -> Seed:
        told, at = self.members(where, value, known), f"{where}." if where else ""
        return Seed(
            self.account("account", told.get("account")),
            self.text("region", told.get("region")),
            self.named(f"{at}buckets", told.get("buckets"), self.bucket),
            self.named(f"{at}roles", told.get("roles"), self.role),
            self.named(f"{at}policies", told.get("policies"), self.policy),
            [name.removeprefix("alias/") for name in self.names(f"{at}keys", told.get("keys"))],
            self.named(f"{at}networks", told.get("networks"), self.network),
            self.names(f"{at}queues", told.get("queues")),
            self.named(f"{at}modelPackageGroups", told.get("modelPackageGroups"), self.group),
            self.accounts(told.get("accounts")),
        )

    def accounts(self, value: Any) -> dict[str, Seed]:
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            raise self.refuse("accounts", "it must be accounts, each with its members")
        found = {}
        for name, told in value.items():
            account = self.account(f"accounts.{name}", name) or ""
            found[account] = self.seed(f"accounts.{account}", {} if told is None else told, _MEMBERS)
        return found

    def account(self, where: str, value: Any) -> str | None:
        # without quotes it is a number
        told = f"{value:012}" if isinstance(value, int) and not isinstance(value, bool) else value
        if told is not None and not (isinstance(told, str) and _ACCOUNT.fullmatch(told)):
            raise self.refuse(where, "it must be the 12 digits of an account")
        return told

    def text(self, where: str, value: Any) -> str | None:
        if value is not None and not isinstance(value, str):
            raise self.refuse(where, "it must be a text")
        return value

    def bucket(self, where: str, value: Any) -> Bucket:
        told = self.members(where, value, ("files", "versioned"))
        files = told.get("files") or {}
        if not isinstance(files, Mapping) or not all(isinstance(path, str) for path in files.values()):
            raise self.refuse(f"{where}.files", "it must have keys of objects, each with the path of a file or folder")
        versioned = told.get("versioned", False)
        if not isinstance(versioned, bool):
            raise self.refuse(f"{where}.versioned", "it must be true or false")
        return Bucket(dict(self._files(f"{where}.files", files)), versioned)

    def _files(self, where: str, files: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
        for key, name in files.items():
            path = self._folder / name
            try:
                self._look_at(f"{where}.{key}", path)
            except (OSError, RuntimeError) as error:  # a loop of links is the latter until Python 3.13
                problem = getattr(error, "strerror", None) or error
                raise self.refuse(f"{where}.{key}", f"{path} cannot be read: {problem}") from error
            if path.is_dir() != (key.endswith("/") or not key):
                must, kind = ("must", "folder") if path.is_dir() else ("must not", "file")
                raise self.refuse(f"{where}.{key}", f"{path} is a {kind}, so the key {must} end with /")
            yield key, path

    def _look_at(self, where: str, path: Path) -> None:
        """Refuses what is neither a file nor a folder, or is outside of the seed file's folder, be it by a link."""
        folder = self._folder.resolve()
        for one in chain([path], path.rglob("*")):  # nothing below what leads out is looked at
            if (one is path or one.is_symlink()) and not one.resolve().is_relative_to(folder):
                raise self.refuse(where, f"{one} is not in the folder of this file")
        try:
            mode = path.stat().st_mode  # exists() hides what else is wrong from Python 3.14 on
        except FileNotFoundError:
            raise self.refuse(where, f"{path} does not exist") from None
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            raise self.refuse(where, f"{path} is neither a file nor a folder")

    def role(self, where: str, value: Any) -> Role:
        told = self.members(where, value, ("service", "policies"))
        service = told.get("service", SAGEMAKER)
        services = [service] if isinstance(service, str) else self.names(f"{where}.service", service)
        return Role(services, self.names(f"{where}.policies", told.get("policies")))

    def policy(self, where: str, value: Any) -> Mapping[str, Any]:
        document = self.members(where, value, ("document",)).get("document", EVERYTHING)
        if not isinstance(document, Mapping):
            raise self.refuse(f"{where}.document", "it must be a policy, with its Version and Statement")
        return document

    def network(self, where: str, value: Any) -> Network:
        told = self.members(where, value, ("cidr", "zones", "subnets", "securityGroups"))
        zones = told.get("zones", 2)
        if isinstance(zones, bool) or not isinstance(zones, int) or not 1 <= zones <= 3:
            raise self.refuse(f"{where}.zones", "it must be 1, 2 or 3")
        return Network(
            self.text(f"{where}.cidr", told.get("cidr")) or "10.0.0.0/16",
            zones,
            self.ids(f"{where}.subnets", told.get("subnets"), _SUBNET_ID, "subnet-0123456789abcdef0"),
            self.ids(f"{where}.securityGroups", told.get("securityGroups"), _GROUP_ID, "sg-0123456789abcdef0"),
        )

    def ids(self, where: str, value: Any, form: re.Pattern[str], example: str) -> list[str]:
        names = self.names(where, value)
        for name in names:
            if not form.fullmatch(name):
                raise self.refuse(where, f"{name!r} is not an ID such as {example}")
        return names

    def group(self, where: str, value: Any) -> dict[int, Version]:
        versions = self.members(where, value, ("versions",)).get("versions")
        if not isinstance(versions or {}, Mapping):
            raise self.refuse(f"{where}.versions", "it must be numbers of versions, each with its members")
        found = {}
        for name, told in (versions or {}).items():
            if re.fullmatch("[0-9]{1,4}", str(name)) is None or not 1 <= int(name) <= MOST_VERSIONS:
                raise self.refuse(f"{where}.versions", f"{name!r} is not the number of a version, 1 to {MOST_VERSIONS}")
            found[int(name)] = self.version(f"{where}.versions.{name}", {} if told is None else told)
        return found

    def version(self, where: str, value: Any) -> Version:
        told = self.members(where, value, ("image", "model", "status"))
        image, model, status = (self.text(f"{where}.{name}", told.get(name)) for name in ("image", "model", "status"))
        if model is not None and (image is None or not model.startswith("s3://")):
            raise self.refuse(f"{where}.model", "it must be an S3 URI, together with an image")
        if status not in (None, *STATUSES):
            raise self.refuse(f"{where}.status", f"it must be one of {choices(STATUSES)}")
        return Version(image, model, status or "Approved")
