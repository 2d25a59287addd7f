"""Every stack of the gallery in one app. ``python -m tests.gallery.app`` in this folder synthesizes it.

With STACK in the environment, that one alone; with NAG, under cdk-nag's AwsSolutions pack.
"""

from __future__ import annotations

import os

import aws_cdk as cdk

from tests.gallery.catalog import EXHIBITS
from tests.gallery.place import ACCOUNT, REGION

if __name__ == "__main__":
    app = cdk.App(analytics_reporting=False)
    for exhibit in EXHIBITS:
        if os.environ.get("STACK", exhibit.name) != exhibit.name:
            continue
        exhibit.stack(app, exhibit.name, env=cdk.Environment(account=ACCOUNT, region=REGION))
    if "NAG" in os.environ:
        from cdk_nag import AwsSolutionsChecks

        cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    app.synth()
