"""A role that very many steps share may need more permissions than IAM lets a role hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from .environment import Environment, Location
from .permissions import Permission, merge


def coarser(permissions: Sequence[Permission], environment: Environment, outputs: Location | None) -> list[Permission]:
    """The permissions with the outputs of single steps widened to all that this pipeline's executions write.

    ``outputs``: the folder of the executions in the pipeline's own place, as of ``Workplace.outputs``. What many steps
    of a shared role have in common lies there, ``<outputs>/*/Train/...``, and becomes ``<outputs>/*``. Anything else
    stays as narrow as it was, and so does all where code lies in that very folder, beside files of other apps.
    """
    if outputs is None:
        return list(permissions)
    bucket, folder = outputs.bucket_arn(environment), f"{outputs.key.rstrip('/')}/"
    files = Location(outputs.bucket, folder).object(environment)
    if any(code.startswith(f"{outputs.bucket}/{folder}*") for code in environment.versions):
        return list(permissions)
    return merge(part for permission in permissions for part in _widened(permission, bucket, files, folder))


def _widened(permission: Permission, bucket: str, files: str, folder: str) -> Iterator[Permission]:
    """The permission on the bucket itself, of which it may list names, apart from that on all else."""
    others = tuple(_cut(arn, files) for arn in permission.resources if arn != bucket)
    if others:
        yield replace(permission, resources=tuple(dict.fromkeys(others)))
    if bucket in permission.resources:
        conditions = {
            operator: {key: _listed(value, folder) if key == "s3:prefix" else value for key, value in keys.items()}
            for operator, keys in permission.conditions.items()
        }
        yield replace(permission, resources=(bucket,), conditions=conditions)


def _listed(patterns: Sequence[str], folder: str) -> list[str]:
    return list(dict.fromkeys(_cut(pattern, folder) for pattern in patterns))


def _cut(pattern: str, start: str) -> str:
    """All of a folder in place of what lies in the folders of its executions."""
    return f"{start}*" if pattern.startswith(f"{start}*/") else pattern
