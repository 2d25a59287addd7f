"""A doubt, told by CDK as a warning that can be acknowledged with a reason."""

from __future__ import annotations

import aws_cdk as cdk
from constructs import IConstruct

from .language import Finding


def warn(scope: IConstruct, finding: Finding) -> None:
    """Makes the finding a warning of the construct, under the id ``cdk-sagemaker-pipelines:<code>``.

    ``cdk synth`` shows it and, with ``--strict``, fails. ``cdk.Validations.of(scope).acknowledge(...)`` with the id and
    a reason silences it for the construct and all below. An older aws-cdk-lib that has no ``Validations`` takes
    ``cdk.Annotations.of(scope).acknowledge_warning(...)``.
    """
    rule = f"cdk-sagemaker-pipelines:{finding.code}"
    validations = getattr(cdk, "Validations", None)
    if validations is None:
        cdk.Annotations.of(scope).add_warning_v2(rule, str(finding))
    else:
        validations.of(scope).add_warning(rule, str(finding))
