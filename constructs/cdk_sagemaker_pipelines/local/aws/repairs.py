"""Where moto itself stands in the way, put right for as long as an embedded AWS runs."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

from moto.core.base_backend import BackendDict
from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket


@contextmanager
def repaired() -> Iterator[None]:
    """Sets moto up; afterwards moto is as it was, and empty.

    - AWS's own managed policies are there to be attached.
    - Bucket policies are kept but not enforced: moto does not read their conditions, so that the usual "deny without
      TLS" would deny everything.
    - The log of the development server says nothing.
    """
    log = logging.getLogger("werkzeug")
    level, policies, permission = log.level, os.environ.get(_POLICIES), FakeBucket.get_permission
    log.setLevel(logging.ERROR)
    os.environ[_POLICIES] = "true"
    FakeBucket.get_permission = lambda self, action, resource: PermissionResult.NEUTRAL  # type: ignore[method-assign]
    try:
        yield
    finally:
        FakeBucket.get_permission = permission  # type: ignore[method-assign]
        log.setLevel(level)
        if policies is None:
            del os.environ[_POLICIES]
        else:
            os.environ[_POLICIES] = policies
        BackendDict.reset()


_POLICIES = "MOTO_IAM_LOAD_MANAGED_POLICIES"
