"""A step that creates or updates an endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...language import Expression, StringLike
from ...properties.endpoint import EndpointProperties
from ..base.field_checks import of_type, text
from ..base.request import ApiStep, CachedStep
from .endpoint_config import EndpointConfigStep, refuse_rejected

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ...iam.trust import Trust
    from ...language import CacheConfig
    from ..base.scope import Dependable, StepScope


class EndpointStep(CachedStep, ApiStep):
    """Creates an endpoint, or updates an existing one of that name to a new configuration.

    ```python
    config = EndpointConfigStep(
        pipeline, "Config", variants=[ProductionVariant(model, instance_type="ml.m5.large")]
    )
    EndpointStep(pipeline, "Deploy", endpoint_name="age", config=config)
    ```

    The service accepts no deployment configuration here, and does not retry the step.

    API: [CreateEndpoint](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpoint.html),
    [UpdateEndpoint](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateEndpoint.html).
    Source: [SageMaker Python SDK](https://github.com/aws/sagemaker-python-sdk) from 2.257.6 and 3.23 on; the developer
    guide has no page on it.
    """

    type = "Endpoint"

    endpoint_name: StringLike
    """The name of the endpoint, unique in the account and region: at most 63 letters, digits and '-'."""
    config: EndpointConfigStep | StringLike
    """The step that creates the configuration, or the name of an existing one."""

    if TYPE_CHECKING:  # `make generate` writes this from the fields

        def __init__(
            self,
            scope: StepScope,
            construct_id: str,
            *,
            endpoint_name: StringLike,
            config: EndpointConfigStep | StringLike,
            cache: CacheConfig | None = None,
            overrides: Mapping[str, Any] | None = None,
            trust: Trust | None = None,
            step_name: str | None = None,
            display_name: str | None = None,
            description: str | None = None,
            depends_on: Sequence[Dependable] = (),
        ) -> None:
            """Creates an endpoint, or updates an existing one of that name to a new configuration.

            :param scope: The pipeline, group, branch of a condition or body of a for-each in which it is declared.
            :param construct_id: The construct's id, unique in its scope; the step's name unless there is ``step_name``.
            :param endpoint_name: The name of the endpoint, unique in the account and region: at most 63 letters, digits
                and '-'.
            :param config: The step that creates the configuration, or the name of an existing one.
            :param cache: How old the results of the same arguments may be to be reused. Default: the pipeline's
                ``cache``.
            :param overrides: More members of the API's request, in its own names, merged into the arguments; None
                removes an entry.
            :param trust: The roles, buckets and accounts of others that ``overrides`` may name. Default: none.
            :param step_name: The name in the pipeline: 1 to 64 letters, digits, '-' and '_', unique in the pipeline.
            :param display_name: The name shown in Studio, at most 256 characters.
            :param description: The description shown in Studio, at most 3072 characters.
            :param depends_on: Steps and groups of steps to wait for; those that it reads data of need no entry.
            """

    def bind(self) -> None:
        refuse_rejected(self.overrides, ("DeploymentConfig",), self.type)
        super().bind()

    @property
    def properties(self) -> EndpointProperties:
        """The endpoint's description, as expressions.

        API: [DescribeEndpoint](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeEndpoint.html).
        """
        return EndpointProperties(self.name, ())

    def arguments(self) -> dict[str, Any]:
        config = self.config
        if isinstance(config, EndpointConfigStep):
            config = config.properties.endpoint_config_name
        of_type(config, (str, Expression), "config", "an EndpointConfigStep or the name of a configuration")
        return {
            "EndpointName": text(self.endpoint_name, "endpoint_name"),
            "EndpointConfigName": text(config, "config"),
        }
