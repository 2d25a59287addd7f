"""Actions by which somebody may change who may what: more than what they are granted on shows."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

_SERVICES = ("iam", "identitystore", "organizations", "ram", "sso", "sts")
"""Services all of whose actions but those that only read are such ones."""
_READING = re.compile(r"(?!sts:)[a-z-]+:(get|list|describe|simulate)|sts:(get(calleridentity|accesskeyinfo)|decode)")
_ACTIONS = tuple(
    action.lower()
    for action in (
        "cloudformation:CreateChangeSet",
        "cloudformation:CreateStack",
        "cloudformation:ExecuteChangeSet",
        "cloudformation:SetStackPolicy",
        "cloudformation:UpdateStack",
        "codebuild:StartBuild",
        "codebuild:UpdateProject",
        "ec2:AuthorizeSecurityGroupIngress",
        "ec2:RunInstances",
        "ecr:SetRepositoryPolicy",
        "events:PutPermission",
        "kms:CreateGrant",
        "kms:PutKeyPolicy",
        "kms:ReplicateKey",
        "lambda:AddLayerVersionPermission",
        "lambda:AddPermission",
        "lambda:CreateEventSourceMapping",
        "lambda:CreateFunction",
        "lambda:CreateFunctionUrlConfig",
        "lambda:UpdateFunctionCode",
        "lambda:UpdateFunctionConfiguration",
        "lambda:UpdateFunctionUrlConfig",
        "s3:BypassGovernanceRetention",
        "s3:DeleteBucketPolicy",
        "s3:PutAccessPointPolicy",
        "s3:PutAccountPublicAccessBlock",
        "s3:PutBucketAcl",
        "s3:PutBucketOwnershipControls",
        "s3:PutBucketPolicy",
        "s3:PutBucketPublicAccessBlock",
        "s3:PutObjectAcl",
        "sagemaker:CreatePresignedDomainUrl",
        "sagemaker:CreatePresignedNotebookInstanceUrl",
        "sagemaker:PutModelPackageGroupPolicy",
        "sagemaker:UpdatePipeline",
        "secretsmanager:PutResourcePolicy",
        "sns:AddPermission",
        "sns:SetTopicAttributes",
        "sqs:AddPermission",
        "sqs:SetQueueAttributes",
        "ssm:SendCommand",
        "ssm:StartSession",
    )
)


def is_power(action: str) -> bool:
    """Whether an action of a policy, which may be a pattern, is such a one or has one among those that it matches."""
    asked = action.lower()
    if "${" in asked or asked.partition(":")[0] in _SERVICES:
        return not _READING.match(asked)
    pattern = asked.replace("[", "[[]")  # which means itself in IAM
    return any(fnmatchcase(one, pattern) for one in _ACTIONS)
