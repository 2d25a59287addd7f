"""What the two accounts know of each other: names, so that neither has to be deployed first."""

from __future__ import annotations

from dataclasses import dataclass

from cdk_sagemaker_pipelines import Environment


@dataclass(frozen=True)
class Registry:
    """Where the versions of the model are.

    ``account`` and ``region``: of the models, and of everything else in the registry.
    """

    account: str
    region: str
    group: str = "line"
    """The name of the model package group."""
    key: str = "alias/line-models"
    """The alias of the key that encrypts the models."""

    @classmethod
    def of(cls, environment: Environment) -> Registry:
        """The registry of an environment."""
        return cls(environment.account, environment.region)

    @property
    def bucket(self) -> str:
        """The name of the bucket of the models, which is unique in the world."""
        return f"line-models-{self.account}-{self.region}"

    @property
    def group_arn(self) -> str:
        """The ARN of the model package group."""
        return f"arn:aws:sagemaker:{self.region}:{self.account}:model-package-group/{self.group}"

    @property
    def key_arn(self) -> str:
        """The ARN of the alias."""
        return f"arn:aws:kms:{self.region}:{self.account}:{self.key}"
