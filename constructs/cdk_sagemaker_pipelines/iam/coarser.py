"""A role that very many steps share may need more permissions than IAM lets a role hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from .permissions import Permission, merge
from .places import Place


def coarser(permissions: Sequence[Permission], place: Place) -> list[Permission]:
    """The permissions with the outputs of single steps widened to all that this pipeline's executions write.

    ``<bucket>/<pipeline>/*/Train/...`` becomes ``<bucket>/<pipeline>/*``: what many steps of a shared role have in
    common. Anything else stays as narrow as it was.
    """
    own = re.compile(rf"^(.*?(?:^|/){re.escape(place.pipeline_name)}/)\*.*$")
    return merge(
        replace(
            permission,
            resources=tuple(own.sub(r"\1*", arn) if ":s3:::" in arn else arn for arn in permission.resources),
            conditions={
                operator: {
                    key: [own.sub(r"\1*", text) for text in value] if key == "s3:prefix" else value
                    for key, value in keys.items()
                }
                for operator, keys in permission.conditions.items()
            },
        )
        for permission in permissions
    )
