"""What lets GitHub Actions deploy, in each account: ``cdk --app 'python3 -m stacks.promotion.github' deploy 'Dev/*'``.

An administrator deploys it once, with the account's own credentials.
"""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_sagemaker_pipelines import Environment

from .app import ENVIRONMENTS
from .repository import REPOSITORY

GITHUB = "token.actions.githubusercontent.com"
ENVIRONMENTS_OF_GITHUB = {"Dev": "dev", "Prod": "production"}
"""The environments of the repository that deploy, by ours."""
BOOTSTRAP_ROLES = ("deploy", "file-publishing", "image-publishing")
"""The roles of ``cdk bootstrap`` that a deployment takes."""


class GitHubStack(cdk.Stack):
    """The identity provider of GitHub, and a role for the workflow of one repository in one of its environments.

    The role may take CDK's own roles of this account and region and do nothing else. An account has one provider of
    this URL: where it exists already, import it.

    ``repository``: owner and name. ``environment``: of the repository; it says who approves, and which branch deploys.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, repository: str, environment: str, **kwargs: Any
    ) -> None:
        super().__init__(scope, construct_id, **kwargs)
        here = Environment.of(self)
        provider = iam.CfnOIDCProvider(self, "GitHub", url=f"https://{GITHUB}", client_id_list=["sts.amazonaws.com"])
        role = iam.Role(
            self,
            "Role",
            description=f"Deploys with CDK from {repository}",
            assumed_by=iam.WebIdentityPrincipal(
                provider.attr_arn,
                {
                    "StringEquals": {
                        f"{GITHUB}:aud": "sts.amazonaws.com",
                        f"{GITHUB}:sub": f"repo:{repository}:environment:{environment}",
                    }
                },
            ),
        )
        qualifier = here.qualifier or cdk.DefaultStackSynthesizer.DEFAULT_QUALIFIER
        place = f"role-{here.account}-{here.region}"
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["sts:AssumeRole"],
                resources=[
                    f"arn:{here.partition}:iam::{here.account}:role/cdk-{qualifier}-{kind}-{place}"
                    for kind in BOOTSTRAP_ROLES
                ],
            )
        )
        cdk.CfnOutput(self, "RoleArn", value=role.role_arn, description="The variable AWS_ROLE of the environment")


def build(**options: Any) -> cdk.App:
    """The app. ``options``: of CDK's ``App``."""
    app = cdk.App(**{"analytics_reporting": False, **options})
    for name, environment in ENVIRONMENTS_OF_GITHUB.items():
        stage = ENVIRONMENTS[name].stage(app)
        GitHubStack(
            stage,
            "GitHub",
            repository=REPOSITORY,
            environment=environment,
            description="An example of cdk-sagemaker-pipelines: let GitHub Actions deploy",
        )
    return app


if __name__ == "__main__":
    build().synth()
