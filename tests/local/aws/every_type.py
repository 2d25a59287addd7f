"""A resource of every type that the embedded CloudFormation deploys; each is named by its type, without colons."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

CODE = "def handler(event, context):\n    return {}\n"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": ["lambda.amazonaws.com", "scheduler.amazonaws.com"]},
            "Action": "sts:AssumeRole",
        }
    ],
}
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
POLLING = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Resource": "*", "Action": [f"sqs:{name}" for name in ("Receive*", "Delete*", "GetQueue*")]},
]}  # fmt: skip
DEFINITION = {
    "Version": "2020-12-01",
    "Steps": [{"Name": "F", "Type": "Fail", "Arguments": {"ErrorMessage": "as told"}}],
}
IMAGE = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/i:1"


def ref(kind: str) -> dict[str, str]:
    return {"Ref": kind.replace("::", "")}


def att(kind: str, name: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [kind.replace("::", ""), name]}


def allow(resource: Any, action: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": action, "Resource": resource}
    return {"Version": "2012-10-17", "Statement": [statement]}


ROLE, BUCKET, FUNCTION = att("IAM::Role", "Arn"), ref("S3::Bucket"), ref("Lambda::Function")
VPC, SUBNET, GROUP = ref("EC2::VPC"), ref("EC2::Subnet"), ref("EC2::SecurityGroup")

OURS: Mapping[str, Mapping[str, Any]] = {
    "CDK::Metadata": {},
    "CloudFormation::WaitConditionHandle": {},
    "CloudWatch::Alarm": {
        "MetricName": "m", "Namespace": "n", "ComparisonOperator": "LessThanThreshold", "EvaluationPeriods": 1,
        "Threshold": 1, "Period": 60, "Statistic": "Sum",
    },
    "EC2::FlowLog": {"ResourceId": VPC, "ResourceType": "VPC", "TrafficType": "ALL", "LogDestinationType": "s3",
                     "LogDestination": att("S3::Bucket", "Arn")},
    "EC2::RouteTable": {"VpcId": VPC},
    "EC2::SecurityGroupEgress": {"GroupId": GROUP, "IpProtocol": "tcp", "FromPort": 1, "ToPort": 2,
                                 "CidrIp": "10.0.0.0/16"},
    "EC2::SecurityGroupIngress": {"GroupId": GROUP, "IpProtocol": "tcp", "FromPort": 1, "ToPort": 2,
                                  "CidrIp": "10.0.0.0/16"},
    "EC2::VPCEndpoint": {"VpcId": VPC, "ServiceName": "com.amazonaws.eu-central-1.s3",
                         "RouteTableIds": [ref("EC2::RouteTable")]},
    "ECR::Repository": {"RepositoryName": "images"},
    "EMR::Cluster": {
        "Name": "cluster", "ReleaseLabel": "emr-7.0.0", "JobFlowRole": ref("IAM::InstanceProfile"),
        "ServiceRole": ref("IAM::Role"),
        "Instances": {
            "MasterInstanceGroup": {"InstanceCount": 1, "InstanceType": "m5.xlarge"},
            "CoreInstanceGroup": {"InstanceCount": 1, "InstanceType": "m5.xlarge"},
        },
    },
    "EMRServerless::Application": {"ReleaseLabel": "emr-7.0.0", "Type": "Spark", "Name": "application"},
    "Events::EventBusPolicy": {
        "EventBusName": ref("Events::EventBus"), "StatementId": "Sent", "Statement": {
            "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "events:PutEvents",
            "Resource": att("Events::EventBus", "Arn"),
        },
    },
    "Events::Rule": {"EventPattern": {"source": ["aws.sagemaker"]},
                     "Targets": [{"Id": "q", "Arn": att("SQS::Queue", "Arn")}]},
    "IAM::ManagedPolicy": {"PolicyDocument": EVERYTHING, "Roles": [ref("IAM::Role")]},
    "IAM::Policy": {"PolicyName": "inline", "PolicyDocument": EVERYTHING, "Roles": [ref("IAM::Role")]},
    "IAM::Role": {"AssumeRolePolicyDocument": TRUST,
                  "Policies": [{"PolicyName": "p", "PolicyDocument": POLLING}]},
    "KMS::Key": {"KeyPolicy": allow("*", "kms:*")},
    "Lambda::Alias": {"FunctionName": FUNCTION, "FunctionVersion": att("Lambda::Version", "Version"), "Name": "alias"},
    "Lambda::EventInvokeConfig": {"FunctionName": FUNCTION, "Qualifier": "$LATEST", "MaximumRetryAttempts": 0},
    "Lambda::EventSourceMapping": {"FunctionName": FUNCTION,
                                   "EventSourceArn": att("SQS::Queue", "Arn"), "Enabled": False},
    "Lambda::Function": {"Runtime": "python3.12", "Handler": "index.handler", "Code": {"ZipFile": CODE}, "Role": ROLE},
    "Lambda::LayerVersion": {"Content": {"S3Bucket": "given", "S3Key": "layer.zip"}, "LayerName": "layer"},
    "Lambda::Permission": {"FunctionName": FUNCTION,
                           "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"},
    "Lambda::Version": {"FunctionName": FUNCTION},
    "Logs::LogGroup": {"LogGroupName": "/group", "RetentionInDays": 30},
    "S3::Bucket": {"VersioningConfiguration": {"Status": "Enabled"}, "Tags": [{"Key": "a", "Value": "b"}]},
    "S3::BucketPolicy": {"Bucket": BUCKET, "PolicyDocument": allow("*", "s3:GetObject")},
    "SNS::Subscription": {"TopicArn": ref("SNS::Topic"), "Protocol": "sqs", "Endpoint": att("SQS::Queue", "Arn")},
    "SNS::TopicPolicy": {"Topics": [ref("SNS::Topic")], "PolicyDocument": allow(ref("SNS::Topic"), "sns:Publish")},
    "SQS::Queue": {"DelaySeconds": 1},
    "SQS::QueuePolicy": {"Queues": [ref("SQS::Queue")], "PolicyDocument": allow("*", "sqs:SendMessage")},
    "SSM::Parameter": {"Name": "/a/b", "Type": "String", "Value": "v"},
    **{
        f"SageMaker::{kind}JobDefinition": {
            f"{kind}AppSpecification": {"ImageUri": IMAGE, **more}, "RoleArn": ROLE,
            f"{kind}JobInput": {
                "EndpointInput": {"EndpointName": "e", "LocalPath": "/opt/in"},
                **({} if kind in ("DataQuality", "ModelExplainability") else {"GroundTruthS3Input": {"S3Uri": "s3://t/"}}),
            },
            f"{kind}JobOutputConfig": {
                "MonitoringOutputs": [{"S3Output": {"S3Uri": "s3://reports/", "LocalPath": "/opt/out"}}],
            },
            "JobResources": {
                "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 20},
            },
        }
        for kind, more in {
            "DataQuality": {}, "ModelBias": {"ConfigUri": "s3://c/c.json"},
            "ModelExplainability": {"ConfigUri": "s3://c/c.json"}, "ModelQuality": {"ProblemType": "Regression"},
        }.items()
    },
    "SageMaker::Model": {"ExecutionRoleArn": ROLE, "PrimaryContainer": {"Image": IMAGE}, "ModelName": "model"},
    "SageMaker::ModelPackageGroup": {"ModelPackageGroupName": "group"},
    "SageMaker::MonitoringSchedule": {
        "MonitoringScheduleName": "schedule",
        "MonitoringScheduleConfig": {
            "MonitoringJobDefinitionName": att("SageMaker::DataQualityJobDefinition", "JobDefinitionName"),
            "MonitoringType": "DataQuality", "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"},
        },
    },
    "SageMaker::Pipeline": {"PipelineName": "P", "RoleArn": ROLE,
                            "PipelineDefinition": {"PipelineDefinitionBody": json.dumps(DEFINITION)}},
    "Scheduler::Schedule": {
        "GroupName": ref("Scheduler::ScheduleGroup"), "FlexibleTimeWindow": {"Mode": "OFF"},
        "ScheduleExpression": "rate(1 day)", "Target": {"Arn": att("SQS::Queue", "Arn"), "RoleArn": ROLE},
    },
    "Scheduler::ScheduleGroup": {"Name": "schedules"},
}  # fmt: skip
"""Types with a provider of ours."""

CUSTOM: Mapping[str, Mapping[str, Any]] = {
    "Custom::CDKBucketDeployment": {
        "ServiceToken": "none", "SourceBucketNames": ["given"], "SourceObjectKeys": ["layer.zip"],
        "DestinationBucketName": BUCKET, "RetainOnDelete": "false",
    },
    "Custom::CrossRegionExportReader": {
        "ServiceToken": "none",
        "ReaderProps": {
            "region": "eu-central-1", "prefix": {"Ref": "CustomCrossRegionExportWriter"},
            "imports": {"/cdk/exports/kept": "{{resolve:ssm:/cdk/exports/kept}}"},
        },
    },
    "Custom::CrossRegionExportWriter": {
        "ServiceToken": "none", "WriterProps": {"region": "eu-central-1", "exports": {"/cdk/exports/kept": "value"}},
    },
    "Custom::LogRetention": {"ServiceToken": "none",
                             "LogGroupName": "/kept", "RetentionInDays": 3, "RemovalPolicy": "destroy"},
    "Custom::S3AutoDeleteObjects": {"ServiceToken": "none", "BucketName": BUCKET},
    "Custom::S3BucketNotifications": {
        "ServiceToken": "none", "BucketName": BUCKET, "Managed": True,
        "NotificationConfiguration": {"EventBridgeConfiguration": {}},
    },
    "Custom::VpcRestrictDefaultSG": {
        "ServiceToken": "none", "DefaultSecurityGroupId": att("EC2::VPC", "DefaultSecurityGroup"),
        "Account": "111122223333",
    },
}  # fmt: skip
"""Custom resources of CDK's own."""

MOTO: Mapping[str, Mapping[str, Any]] = {
    "ApiGateway::Deployment": {"RestApiId": ref("ApiGateway::RestApi"), "StageName": "stage"},
    "ApiGateway::Method": {
        "RestApiId": ref("ApiGateway::RestApi"), "ResourceId": ref("ApiGateway::Resource"), "HttpMethod": "GET",
        "AuthorizationType": "NONE", "Integration": {"Type": "MOCK", "IntegrationHttpMethod": "POST", "Uri": "none"},
    },
    "ApiGateway::Resource": {"RestApiId": ref("ApiGateway::RestApi"), "PathPart": "part",
                             "ParentId": att("ApiGateway::RestApi", "RootResourceId")},
    "ApiGateway::RestApi": {"Name": "api"},
    "AutoScaling::AutoScalingGroup": {
        "MinSize": "0", "MaxSize": "1", "AvailabilityZones": ["eu-central-1a"],
        "LaunchConfigurationName": ref("AutoScaling::LaunchConfiguration"),
    },
    "AutoScaling::LaunchConfiguration": {"ImageId": "ami-12c6146b", "InstanceType": "t2.micro"},
    "AutoScaling::ScheduledAction": {"AutoScalingGroupName": ref("AutoScaling::AutoScalingGroup"), "MinSize": 0,
                                     "Recurrence": "0 7 * * *"},
    "Batch::ComputeEnvironment": {
        "Type": "MANAGED", "ServiceRole": ROLE,
        "ComputeResources": {
            "Type": "EC2", "MinvCpus": 0, "MaxvCpus": 1, "DesiredvCpus": 0, "InstanceTypes": ["optimal"],
            "Subnets": [SUBNET], "SecurityGroupIds": [GROUP], "InstanceRole": att("IAM::InstanceProfile", "Arn"),
        },
    },
    "Batch::JobDefinition": {
        "Type": "container", "RetryStrategy": {"Attempts": 1},
        "ContainerProperties": {"Image": "busybox", "Vcpus": 1, "Memory": 128},
    },
    "Batch::JobQueue": {
        "Priority": 1, "JobQueueType": "SAGEMAKER_TRAINING", "SchedulingPolicyArn": ref("Batch::SchedulingPolicy"),
        "ServiceEnvironmentOrder": [{"Order": 1, "ServiceEnvironment": ref("Batch::ServiceEnvironment")}],
    },
    "Batch::QuotaShare": {
        "QuotaShareName": "vision", "JobQueue": ref("Batch::JobQueue"),
        "CapacityLimits": [{"CapacityUnit": "ml.g5.xlarge", "MaxCapacity": 1}],
        "ResourceSharingConfiguration": {"Strategy": "LEND"},
        "PreemptionConfiguration": {"InSharePreemption": "DISABLED"},
    },
    "Batch::SchedulingPolicy": {"QuotaSharePolicy": {"IdleResourceAssignmentStrategy": "FIFO"}},
    "Batch::ServiceEnvironment": {
        "ServiceEnvironmentType": "SAGEMAKER_TRAINING",
        "CapacityLimits": [{"CapacityUnit": "ml.g5.xlarge", "MaxCapacity": 1}],
    },
    "CloudWatch::Dashboard": {"DashboardName": "dashboard", "DashboardBody": "{}"},
    "DynamoDB::Table": {
        "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST",
    },
    "EC2::EIP": {"Domain": "vpc"},
    "EC2::Instance": {"ImageId": "ami-12c6146b", "InstanceType": "t2.micro", "SubnetId": SUBNET},
    "EC2::InternetGateway": {},
    "EC2::LaunchTemplate": {"LaunchTemplateData": {"InstanceType": "t2.micro"}},
    "EC2::NatGateway": {"SubnetId": SUBNET, "AllocationId": att("EC2::EIP", "AllocationId")},
    "EC2::NetworkInterface": {"SubnetId": SUBNET, "GroupSet": [GROUP]},
    "EC2::Route": {"RouteTableId": ref("EC2::RouteTable"), "DestinationCidrBlock": "0.0.0.0/0",
                   "GatewayId": ref("EC2::InternetGateway")},
    "EC2::SecurityGroup": {"GroupDescription": "group", "VpcId": VPC},
    "EC2::SpotFleet": {"SpotFleetRequestConfigData": {
        "IamFleetRole": ROLE, "TargetCapacity": 1, "AllocationStrategy": "lowestPrice", "SpotPrice": "1",
        "LaunchSpecifications": [{"ImageId": "ami-12c6146b", "InstanceType": "t2.micro", "SubnetId": SUBNET,
                                  "EbsOptimized": False, "WeightedCapacity": 1, "SpotPrice": "1"}],
    }},
    "EC2::Subnet": {"VpcId": VPC, "CidrBlock": "10.0.0.0/24", "AvailabilityZone": "eu-central-1a"},
    "EC2::SubnetRouteTableAssociation": {"RouteTableId": ref("EC2::RouteTable"), "SubnetId": SUBNET},
    "EC2::TransitGateway": {"Description": "gateway"},
    "EC2::VPC": {"CidrBlock": "10.0.0.0/16"},
    "EC2::VPCGatewayAttachment": {"VpcId": VPC, "InternetGatewayId": ref("EC2::InternetGateway")},
    "EC2::VPCPeeringConnection": {"VpcId": VPC, "PeerVpcId": VPC},
    "EC2::VPNGateway": {"Type": "ipsec.1"},
    "EC2::Volume": {"AvailabilityZone": "eu-central-1a", "Size": 1},
    "EC2::VolumeAttachment": {"VolumeId": ref("EC2::Volume"), "InstanceId": ref("EC2::Instance"), "Device": "/dev/sdh"},
    "ECS::Cluster": {"ClusterName": "cluster"},
    "ECS::Service": {"Cluster": ref("ECS::Cluster"), "TaskDefinition": ref("ECS::TaskDefinition"), "DesiredCount": 0},
    "ECS::TaskDefinition": {"ContainerDefinitions": [{"Name": "c", "Image": "busybox", "Memory": 128, "Cpu": 1}]},
    "EFS::AccessPoint": {"FileSystemId": ref("EFS::FileSystem")},
    "EFS::FileSystem": {},
    "EFS::MountTarget": {"FileSystemId": ref("EFS::FileSystem"), "SubnetId": SUBNET, "SecurityGroups": [GROUP]},
    "EMR::SecurityConfiguration": {"SecurityConfiguration": {"EncryptionConfiguration": {}}},
    "Events::Archive": {"SourceArn": att("Events::EventBus", "Arn")},
    "Events::EventBus": {"Name": "bus"},
    "IAM::AccessKey": {"UserName": ref("IAM::User")},
    "IAM::InstanceProfile": {"Roles": [ref("IAM::Role")]},
    "IAM::User": {},
    "IoT::BillingGroup": {"BillingGroupName": "billing"},
    "IoT::JobTemplate": {"JobTemplateId": "template", "Document": "{}", "Description": "d"},
    "IoT::Policy": {"PolicyDocument": EVERYTHING},
    "IoT::RoleAlias": {"RoleArn": ROLE, "RoleAlias": "alias"},
    "IoT::Thing": {"ThingName": "thing"},
    "IoT::ThingType": {"ThingTypeName": "kind"},
    "KMS::Alias": {"AliasName": "alias/key", "TargetKeyId": ref("KMS::Key")},
    "Kinesis::Stream": {"ShardCount": 1},
    "Logs::ResourcePolicy": {"PolicyName": "policy", "PolicyDocument": json.dumps(allow("*", "logs:PutLogEvents"))},
    "RDS::DBInstance": {
        "DBInstanceClass": "db.t3.micro", "Engine": "postgres", "AllocatedStorage": "5", "MasterUsername": "someone",
        "MasterUserPassword": "a-password", "StorageType": "gp2",
    },
    "RDS::DBParameterGroup": {"Family": "postgres15", "Description": "d"},
    "RDS::DBSecurityGroup": {"GroupDescription": "d", "DBSecurityGroupIngress": [{"CIDRIP": "10.0.0.0/16"}]},
    "RDS::DBSubnetGroup": {"DBSubnetGroupDescription": "d", "SubnetIds": [SUBNET, ref("EC2::SubnetTwo")]},
    "Redshift::Cluster": {
        "ClusterType": "single-node", "DBName": "db", "MasterUsername": "someone", "MasterUserPassword": "Password1",
        "NodeType": "dc2.large",
    },
    "Redshift::ClusterParameterGroup": {"Description": "d", "ParameterGroupFamily": "redshift-1.0"},
    "Redshift::ClusterSubnetGroup": {"Description": "d", "SubnetIds": [SUBNET]},
    "RAM::ResourceShare": {"Name": "share", "Principals": ["444455556666"],
                           "ResourceArns": ["arn:aws:sagemaker:eu-west-1:111122223333:pipeline/shared"]},
    "Route53::HealthCheck": {"HealthCheckConfig": {
        "Type": "TCP", "Port": 80, "IPAddress": "10.0.0.1", "FailureThreshold": 3, "RequestInterval": 10}},
    "Route53::HostedZone": {"Name": "example.internal"},
    "Route53::RecordSet": {"HostedZoneId": ref("Route53::HostedZone"), "Name": "a.example.internal", "Type": "A",
                           "TTL": "60", "ResourceRecords": ["10.0.0.1"]},
    "Route53::RecordSetGroup": {"HostedZoneId": ref("Route53::HostedZone"), "RecordSets": [
        {"Name": "b.example.internal", "Type": "A", "TTL": "60", "ResourceRecords": ["10.0.0.1"]}]},
    "SNS::Topic": {"TopicName": "topic"},
    "SSM::Document": {"DocumentType": "Command", "DocumentFormat": "JSON", "Name": "document", "Content": {
        "schemaVersion": "2.2", "description": "d", "mainSteps": [
            {"action": "aws:runShellScript", "name": "run", "inputs": {"runCommand": ["ls"]}}]}},
    "SageMaker::Endpoint": {"EndpointConfigName": att("SageMaker::EndpointConfig", "EndpointConfigName")},
    "SageMaker::EndpointConfig": {"ProductionVariants": [
        {"ModelName": att("SageMaker::Model", "ModelName"), "VariantName": "v", "InitialInstanceCount": 1,
         "InstanceType": "ml.m5.large", "InitialVariantWeight": 1}]},
    "SageMaker::NotebookInstance": {"InstanceType": "ml.t3.medium", "RoleArn": ROLE},
    "SageMaker::NotebookInstanceLifecycleConfig": {},
    "StepFunctions::StateMachine": {
        "RoleArn": ROLE, "DefinitionString": json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}),
    },
}  # fmt: skip
"""Types that moto models itself."""

UNMADE = {
    "AWS::DataPipeline::Pipeline": "in this region",
    "AWS::EMR::InstanceGroupConfig": "of a cluster of ours",
}
"""Types that moto models, and does not create."""


def resources() -> dict[str, dict[str, Any]]:
    """One of each, and a second subnet for those that take two."""
    own = {f"AWS::{name}": properties for name, properties in {**OURS, **MOTO}.items()}
    found = {
        kind.replace("AWS::", "").replace("::", ""): {"Type": kind, "Properties": dict(properties)}
        for kind, properties in {**own, **CUSTOM}.items()
    }
    second = {**MOTO["EC2::Subnet"], "CidrBlock": "10.0.1.0/24", "AvailabilityZone": "eu-central-1b"}
    found["ApiGatewayDeployment"]["DependsOn"] = "ApiGatewayMethod"
    return {**found, "EC2SubnetTwo": {"Type": "AWS::EC2::Subnet", "Properties": second}}
