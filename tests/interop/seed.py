"""Seeds a moto server with the staging and prod stages of the `fem` world."""
import hashlib
import json

import boto3
from botocore.config import Config

REGION = "us-west-2"
ACCOUNT = "123456789012"  # moto's
BUCKET = "fem-flightdeck"
TAGS = ["1f0c9a7", "5c11e90", "8be02d4"]


def client(name, url):
    return boto3.client(
        name, endpoint_url=url, region_name=REGION, aws_access_key_id="test", aws_secret_access_key="test",
        config=Config(retries={"max_attempts": 1}, connect_timeout=3, read_timeout=10))


def image(tag):
    return f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/fem-fd-service:{tag}"


def manifest(tag):
    config = "sha256:" + hashlib.sha256(tag.encode()).hexdigest()
    return json.dumps({
        "schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "config": {"mediaType": "application/vnd.docker.container.image.v1+json", "size": 7023, "digest": config},
        "layers": [{"mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip", "size": 32654, "digest": config}],
    })


def seed(url):
    ecs, ecr, logs, ec2 = (client(n, url) for n in ("ecs", "ecr", "logs", "ec2"))
    client("s3", url).create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    ecr.create_repository(repositoryName="fem-fd-service")
    for tag in TAGS:
        ecr.put_image(repositoryName="fem-fd-service", imageManifest=manifest(tag), imageTag=tag)
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    group = ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]
    for env, tag in (("staging", "5c11e90"), ("prod", "1f0c9a7")):
        ecs.create_cluster(clusterName=env)
        logs.create_log_group(logGroupName=f"{env}-service")
        definition = ecs.register_task_definition(
            family=f"{env}-service", networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="256",
            memory="512",
            containerDefinitions=[{
                "name": "service", "image": image(tag), "memory": 512, "essential": True,
                "environment": [{"name": "DB_PASSWORD", "value": "hunter2-secret"}, {"name": "PORT", "value": "8080"}],
                "logConfiguration": {"logDriver": "awslogs", "options": {
                    "awslogs-group": f"{env}-service", "awslogs-region": REGION, "awslogs-stream-prefix": "svc"}},
            }])["taskDefinition"]["taskDefinitionArn"]
        ecs.create_service(
            cluster=env, serviceName=f"{env}-service", taskDefinition=definition, desiredCount=2,
            launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": {
                "subnets": [subnet], "securityGroups": [group], "assignPublicIp": "ENABLED"}})
