"""The registry of the account that trains, by names: neither account needs an output of the other."""

from __future__ import annotations

from dataclasses import dataclass

from cdk_sagemaker_pipelines import Environment


@dataclass(frozen=True)
class Registry:
    """Where the versions of the model are."""

    environment: Environment
    """The account and the region; a version is only used in its own region."""
    group: str = "line"
    """The name of the model package group."""
    key: str = "alias/line-models"
    """The alias of the key that encrypts the models."""

    @property
    def account(self) -> str:
        """The account of the registry."""
        return self.environment.account

    @property
    def bucket(self) -> str:
        """The name of the bucket of the models, which is unique in the world."""
        return f"line-models-{self.account}-{self.environment.region}"

    @property
    def group_arn(self) -> str:
        """The ARN of the model package group."""
        return self._arn("sagemaker", f"model-package-group/{self.group}")

    @property
    def key_arn(self) -> str:
        """The ARN of the alias."""
        return self._arn("kms", self.key)

    def _arn(self, service: str, resource: str) -> str:
        here = self.environment
        return f"arn:{here.partition}:{service}:{here.region}:{here.account}:{resource}"
