"""The types that moto creates from their properties and does not delete, or not by itself: its API deletes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .provider import Request

Delete = Callable[[Request], Any]


def _batch(kind: str) -> Delete:
    """Deletes what Batch only deletes once it is disabled; ``kind`` is that of its operations."""

    def delete(request: Request) -> None:
        batch, member = request.client("batch"), "".join(part.title() for part in kind.split("_"))
        named = {member[0].lower() + member[1:]: request.physical_id}
        getattr(batch, f"update_{kind}")(**named, state="DISABLED")
        getattr(batch, f"delete_{kind}")(**named)

    return delete


def _detach(request: Request) -> None:
    gateway = request.given("InternetGatewayId") or request.given("VpnGatewayId")
    operation = "detach_internet_gateway" if "InternetGatewayId" in gateway else "detach_vpn_gateway"
    getattr(request.client("ec2"), operation)(**gateway, VpcId=request.properties["VpcId"])


def _of_zone(request: Request) -> None:
    given, route53 = request.properties, request.client("route53")
    zone = given.get("HostedZoneId")
    if zone is None:
        (found,) = route53.list_hosted_zones_by_name(DNSName=given["HostedZoneName"], MaxItems="1")["HostedZones"]
        zone = found["Id"]
    records = []
    for record in given["RecordSets"]:
        values = [{"Value": value} for value in record.get("ResourceRecords", [])]
        changed = {**record, "ResourceRecords": values} if values else record
        if "TTL" in changed:
            changed = {**changed, "TTL": int(changed["TTL"])}
        records.append(changed)
    for action in ("UPSERT", "DELETE"):  # moto only deletes records that its API has made
        changes = [{"Action": action, "ResourceRecordSet": record} for record in records]
        route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})


def _in_api(request: Request, *members: str) -> dict[str, Any]:
    """The properties under the names of the API, which begin in lower case."""
    return {member[0].lower() + member[1:]: request.properties[member] for member in members}


DELETIONS: Mapping[str, Delete] = {
    "AWS::ApiGateway::Deployment": lambda request: request.client("apigateway").delete_deployment(
        **_in_api(request, "RestApiId"), deploymentId=request.physical_id
    ),
    "AWS::ApiGateway::Method": lambda request: request.client("apigateway").delete_method(
        **_in_api(request, "RestApiId", "ResourceId", "HttpMethod")
    ),
    "AWS::ApiGateway::Resource": lambda request: request.client("apigateway").delete_resource(
        **_in_api(request, "RestApiId"), resourceId=request.physical_id
    ),
    "AWS::ApiGateway::RestApi": lambda request: request.client("apigateway").delete_rest_api(
        restApiId=request.physical_id
    ),
    "AWS::AutoScaling::ScheduledAction": lambda request: request.client("autoscaling").delete_scheduled_action(
        **request.given("AutoScalingGroupName"), ScheduledActionName=request.logical_id
    ),
    "AWS::Batch::ComputeEnvironment": _batch("compute_environment"),
    "AWS::Batch::JobDefinition": lambda request: request.client("batch").deregister_job_definition(
        jobDefinition=request.physical_id
    ),
    "AWS::Batch::JobQueue": _batch("job_queue"),
    "AWS::EC2::EIP": lambda request: request.client("ec2").release_address(
        AllocationId=request.attributes["AllocationId"]
    ),
    "AWS::EC2::FlowLog": lambda request: request.client("ec2").delete_flow_logs(FlowLogIds=[request.physical_id]),
    "AWS::EC2::Instance": lambda request: request.client("ec2").terminate_instances(InstanceIds=[request.physical_id]),
    "AWS::EC2::InternetGateway": lambda request: request.client("ec2").delete_internet_gateway(
        InternetGatewayId=request.physical_id
    ),
    "AWS::EC2::NatGateway": lambda request: request.client("ec2").delete_nat_gateway(NatGatewayId=request.physical_id),
    "AWS::EC2::Route": lambda request: request.client("ec2").delete_route(
        **request.given("RouteTableId", "DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
    ),
    "AWS::EC2::RouteTable": lambda request: request.client("ec2").delete_route_table(RouteTableId=request.physical_id),
    "AWS::EC2::SpotFleet": lambda request: request.client("ec2").cancel_spot_fleet_requests(
        SpotFleetRequestIds=[request.physical_id], TerminateInstances=True
    ),
    "AWS::EC2::SubnetRouteTableAssociation": lambda request: request.client("ec2").disassociate_route_table(
        AssociationId=request.physical_id
    ),
    "AWS::EC2::TransitGateway": lambda request: request.client("ec2").delete_transit_gateway(
        TransitGatewayId=request.physical_id
    ),
    "AWS::EC2::VPCEndpoint": lambda request: request.client("ec2").delete_vpc_endpoints(
        VpcEndpointIds=[request.physical_id]
    ),
    "AWS::EC2::VPCGatewayAttachment": _detach,
    "AWS::EC2::VPCPeeringConnection": lambda request: request.client("ec2").delete_vpc_peering_connection(
        VpcPeeringConnectionId=request.physical_id
    ),
    "AWS::EC2::VPNGateway": lambda request: request.client("ec2").delete_vpn_gateway(VpnGatewayId=request.physical_id),
    "AWS::EC2::Volume": lambda request: request.client("ec2").delete_volume(VolumeId=request.physical_id),
    "AWS::EC2::VolumeAttachment": lambda request: request.client("ec2").detach_volume(
        **request.given("VolumeId", "InstanceId", "Device")
    ),
    "AWS::ECS::Cluster": lambda request: request.client("ecs").delete_cluster(cluster=request.physical_id),
    "AWS::ECS::Service": lambda request: request.client("ecs").delete_service(
        cluster=request.properties.get("Cluster", "default"), service=request.physical_id, force=True
    ),
    "AWS::ECS::TaskDefinition": lambda request: request.client("ecs").deregister_task_definition(
        taskDefinition=request.physical_id
    ),
    "AWS::Redshift::Cluster": lambda request: request.client("redshift").delete_cluster(
        ClusterIdentifier=request.physical_id, SkipFinalClusterSnapshot=True
    ),
    "AWS::Redshift::ClusterParameterGroup": lambda request: request.client("redshift").delete_cluster_parameter_group(
        ParameterGroupName=request.physical_id
    ),
    "AWS::Redshift::ClusterSubnetGroup": lambda request: request.client("redshift").delete_cluster_subnet_group(
        ClusterSubnetGroupName=request.physical_id
    ),
    "AWS::Route53::HealthCheck": lambda request: request.client("route53").delete_health_check(
        HealthCheckId=request.physical_id
    ),
    "AWS::Route53::HostedZone": lambda request: request.client("route53").delete_hosted_zone(Id=request.physical_id),
    "AWS::Route53::RecordSetGroup": _of_zone,
}
