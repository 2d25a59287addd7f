"""The errors of the CloudFormation API."""

from __future__ import annotations

from moto.core.exceptions import ServiceException


class ValidationError(ServiceException):
    """The request cannot be carried out as it is."""

    code = "ValidationError"


class TemplateError(ValidationError):
    """The template cannot be read, or refers to something that does not exist."""


class AlreadyExists(ServiceException):
    """A stack with this name already exists."""

    code = "AlreadyExistsException"


class ChangeSetNotFound(ServiceException):
    """There is no such change set."""

    code = "ChangeSetNotFoundException"
