"""What accounts and regions are called: both are printed, to be pasted into a shell."""

from __future__ import annotations

import re

from ..language import did_you_mean
from ..properties.regions import regions

_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_REGION = re.compile(r"[a-z]{2,10}(-[a-z]{1,20}){1,3}-\d{1,2}", re.ASCII)


def check_account_and_region(account: str, region: str) -> None:
    """Raises ``ValueError`` for what no account and no region is called."""
    if not _ACCOUNT.fullmatch(account):
        raise ValueError(f"an AWS account number has twelve digits, found {account!r}")
    if not _REGION.fullmatch(region):
        raise ValueError(f"an AWS region has a name like eu-west-1, found {region!r}")
    if region not in regions():
        raise ValueError(f"there is no region {region!r}{did_you_mean(region, sorted(regions()))}")
