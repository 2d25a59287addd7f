"""``smpipe quotas pull``: how many instances of each type the account may have, for ``TeamRules(quotas=...)``."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

from ...executions.answers import pages
from .. import aws
from ..errors import CommandError
from ..terminal import busy

_OF_INSTANCES = re.compile(r"ml\.\S+ for .+ usage")


def run(options: argparse.Namespace) -> int:
    """Prints the quotas, or writes them to a file. Returns 0."""
    with aws.using(options, "service-quotas") as service, busy("asking for quotas"):
        listed = list(pages(service, "list_service_quotas", "Quotas", ServiceCode="sagemaker"))
    found = {
        str(one["QuotaName"]): int(one["Value"]) for one in listed if _OF_INSTANCES.fullmatch(str(one["QuotaName"]))
    }
    if not found:
        raise CommandError("Service Quotas lists no quota of instances for SageMaker in this account and region")
    text = json.dumps(dict(sorted(found.items())), indent=2) + "\n"
    if options.out is None:
        sys.stdout.write(text)
        return 0
    try:
        Path(options.out).write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{options.out} cannot be written: {error.strerror}") from error
    return 0
