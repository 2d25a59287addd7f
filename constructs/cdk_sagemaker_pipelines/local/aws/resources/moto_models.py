"""Resource types that moto models itself, used for types without a provider of ours."""

from __future__ import annotations

import copy
import importlib
import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar, TypeVar

from moto.core.common_models import CloudFormationModel

from .moto_deletions import DELETIONS
from .provider import Made, Provider, Request

_PACKAGES = {"lambda": "awslambda"}
"""moto's package for a service, if it differs from the service's name."""

_Result = TypeVar("_Result")
Watch = Callable[[str, Request, Callable[[Request], Any]], Any]


class MotoProvider(Provider):
    """Manages resources of one type through moto's model of it."""

    watch: ClassVar[Watch | None] = None
    """Carries out the work on every resource, and knows of it that way; no call of an API tells of it."""

    def __init__(self, model: type[CloudFormationModel]) -> None:
        self._model = model

    def create(self, request: Request) -> Made:
        return self._watched("create", request, self._create)

    def update(self, request: Request) -> Made:
        return self._watched("update", request, self._update)

    def delete(self, request: Request) -> None:
        if request.type in DELETIONS:
            DELETIONS[request.type](request)
        else:
            self._watched("delete", request, self._delete)

    def _watched(self, operation: str, request: Request, work: Callable[[Request], _Result]) -> _Result:
        watch = type(self).watch
        done: _Result = work(request) if watch is None else watch(operation, request, work)
        return done

    def _create(self, request: Request) -> Made:
        name = _name(self._model, request)
        made = self._model.create_from_cloudformation_json(
            name,
            _template(request),
            request.account,
            request.region,
            LogicalId=request.logical_id,
            StackId=request.stack_id,
            ResourceType=request.type,
        )
        return _made(made, name)

    def _update(self, request: Request) -> Made:
        assert isinstance(request.attributes, MotoAttributes)
        made = self._model.update_from_cloudformation_json(
            request.attributes.model,
            _name(self._model, request),
            _template(request),
            request.account,
            request.region,
        )
        return _made(made, request.physical_id)

    def replaces(self, member: str) -> bool:
        """True for any property if moto cannot update; else False: moto's update replaces what it must."""
        return _is_abstract(self._model.update_from_cloudformation_json)

    def _delete(self, request: Request) -> None:
        delete = getattr(self._model, "delete", None)
        if delete is not None and _is_abstract(self._model.delete_from_cloudformation_json):
            assert isinstance(request.attributes, MotoAttributes)
            takes = len(inspect.signature(delete).parameters) - 1
            delete(request.attributes.model, *(request.account, request.region)[:takes])
            return
        self._model.delete_from_cloudformation_json(
            request.physical_id,
            _template(request),
            request.account,
            request.region,
        )


class MotoAttributes(Mapping[str, Any]):
    """The attributes of a resource, read from moto one by one."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def __getitem__(self, name: str) -> Any:
        try:
            value = self.model.get_cfn_attribute(name)
        except Exception as error:  # moto has several ways to report a missing one
            raise KeyError(name) from error
        if value is None:
            raise KeyError(name)
        return value

    def __contains__(self, name: object) -> bool:
        try:
            self[str(name)]
        except KeyError:
            return False
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def moto_provider(name: str) -> Provider | None:
    """The provider of a type that moto models; None if it does not."""
    parts = name.split("::")
    if len(parts) != 3 or parts[0] != "AWS":
        return None
    package = _PACKAGES.get(parts[1].lower(), parts[1].lower())
    try:
        importlib.import_module(f"moto.{package}.models")
    except ImportError:
        return None
    model = next((model for model in CloudFormationModel.__subclasses__() if model.cloudformation_type() == name), None)
    return None if model is None else MotoProvider(model)


class Completed(Provider):
    """A type that moto models, from properties that ``complete`` makes of the given ones."""

    def __init__(self, complete: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        self._complete = complete

    def replaces(self, member: str) -> bool:
        return True

    def create(self, request: Request) -> Made:
        properties = self._complete(dict(request.properties))
        return self._of_moto(request).create(replace(request, properties=properties))

    def delete(self, request: Request) -> None:
        self._of_moto(request).delete(request)

    def _of_moto(self, request: Request) -> Provider:
        made = moto_provider(request.type)
        assert made is not None
        return made


def _is_abstract(method: Any) -> bool:
    """Whether moto's model of a type leaves it out; called nevertheless, it would do nothing."""
    return bool(getattr(method, "__isabstractmethod__", False))


def _template(request: Request) -> dict[str, Any]:
    # A copy: some of moto's models modify what they are given, and the stack compares it later.
    return {"Type": request.type, "Properties": copy.deepcopy(request.properties)}


def _name(model: type[CloudFormationModel], request: Request) -> str:
    """The name that the properties give, else a generated one. For some types moto does not say where it is given."""
    own = f"{request.type.rpartition('::')[2]}Name"
    return request.name(model.cloudformation_name_type() or (own if own in request.properties else "Name"))


def _made(model: Any, name: str) -> Made:
    """``name``: what the resource goes by where moto does not say it."""
    own = getattr(model, "physical_resource_id", None) or getattr(model, "access_point_id", None)  # the latter: of EFS
    return Made(str(own or name), MotoAttributes(model))
