"""A step that creates or updates an endpoint."""

from __future__ import annotations

from typing import Any

from ...language import StringLike
from ...properties.endpoint import EndpointProperties
from ..base.given import text
from ..base.request import ApiStep, CachedStep
from .endpoint_config import EndpointConfigStep, refuse_rejected


class EndpointStep(CachedStep, ApiStep):
    """Creates an endpoint, or updates the one of its name to a new configuration.

    ::

        config = EndpointConfigStep(
            pipeline, "Config", variants=[ProductionVariant(model, instance_type="ml.m5.large")]
        )
        EndpointStep(pipeline, "Deploy", endpoint_name="age", config=config)

    APIs: ``CreateEndpoint``, ``UpdateEndpoint``. The service takes no deployment configuration here, and does not try
    the step again. The guide has no page on it: the source is the SageMaker SDK from 2.257.6 and 3.23 on.
    """

    type = "Endpoint"

    endpoint_name: StringLike
    """Unique in the account and region, at most 63 letters, digits and '-'."""
    config: EndpointConfigStep | StringLike
    """The step that creates the configuration, or the name of one that exists."""

    def bind(self) -> None:
        refuse_rejected(self.overrides, ("DeploymentConfig",), self.type)
        super().bind()

    @property
    def properties(self) -> EndpointProperties:
        """Everything that the endpoint describes. API: ``DescribeEndpoint``."""
        return EndpointProperties(self.name, ())

    def arguments(self) -> dict[str, Any]:
        config = self.config
        if isinstance(config, EndpointConfigStep):
            config = config.properties.endpoint_config_name
        return {
            "EndpointName": text(self.endpoint_name, "endpoint_name"),
            "EndpointConfigName": text(config, "config"),
        }
