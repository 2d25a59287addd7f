"""Small tables that stacks bring along."""

from __future__ import annotations

from pathlib import Path

from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

TABLES = Path(__file__).parent / "data"


def table(scope: Construct, name: str) -> str:
    """The URI of a table, uploaded with the stack."""
    return s3_assets.Asset(scope, name.partition(".")[0].capitalize(), path=str(TABLES / name)).s3_object_url
