"""Log groups."""

from __future__ import annotations

from collections.abc import Mapping

from .provider import Made, Provider, Request


class LogGroup(Provider):
    """AWS::Logs::LogGroup."""

    name_member = "LogGroupName"

    def create(self, request: Request) -> Made:
        name = request.name("LogGroupName", 512)
        tags = {tag["Key"]: tag["Value"] for tag in request.tags()}
        request.client("logs").create_log_group(
            logGroupName=name, **({"tags": tags} if tags else {}),
            **({"kmsKeyId": request.properties["KmsKeyId"]} if "KmsKeyId" in request.properties else {}),
        )  # fmt: skip
        return self._retained(request, name)

    def update(self, request: Request) -> Made:
        return self._retained(request, request.physical_id)

    def delete(self, request: Request) -> None:
        request.client("logs").delete_log_group(logGroupName=request.physical_id)

    def _retained(self, request: Request, name: str) -> Made:
        days = request.properties.get("RetentionInDays")
        if days is not None:
            request.client("logs").put_retention_policy(logGroupName=name, retentionInDays=int(days))
        elif "RetentionInDays" in request.previous:
            request.client("logs").delete_retention_policy(logGroupName=name)
        return Made(name, {"Arn": request.arn("logs", f"log-group:{name}:*")})


LOGS_RESOURCES: Mapping[str, Provider] = {
    "AWS::Logs::LogGroup": LogGroup(),
}
