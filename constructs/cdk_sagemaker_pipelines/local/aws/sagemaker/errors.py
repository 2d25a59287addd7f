"""The errors of the SageMaker API."""

from __future__ import annotations

from moto.core.exceptions import ServiceException


class ValidationException(ServiceException):
    """The request cannot be carried out as it is."""

    code = "ValidationException"


class ResourceNotFound(ServiceException):
    """What the request names does not exist."""

    code = "ResourceNotFound"


class ConflictException(ServiceException):
    """What the request names is in use."""

    code = "ConflictException"


class ResourceInUse(ServiceException):
    """What the request names is at work."""

    code = "ResourceInUse"


class ResourceLimitExceeded(ServiceException):
    """There would be too much of something."""

    code = "ResourceLimitExceeded"
