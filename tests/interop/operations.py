#!/usr/bin/env python3
"""Drives the simulator's operations that the checker does not: S3 with conditions, and a rollout that
pauses at a lifecycle hook. Answers of ECS are held against the service models with the checker's own
eyes; those of S3 have to be understood by boto3.

usage: operations.py CHECKER ENDPOINT WORLD BUCKET
"""
import datetime
import http.client
import importlib.util
import json
import sys
import time

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError


def load(path):
    spec = importlib.util.spec_from_file_location("wirecheck", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def client(service, endpoint):
    return boto3.client(
        service, endpoint_url=endpoint, region_name="us-west-2", aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}))


def code_of(call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"]
    return None


def chunked(endpoint, bucket, key, content):
    """As the SDKs send a stream over TLS: in chunks, the checksum behind them."""
    chunks = [content[at:at + 65536] for at in range(0, len(content), 65536)] + [b""]
    body = b"".join(b"%x\r\n%s%s" % (len(c), c, b"\r\n" if c else b"") for c in chunks)
    body += b"x-amz-checksum-crc32:AAAAAA==\r\n\r\n"
    credential = "Credential=test/20260101/us-west-2/s3/aws4_request"
    headers = {
        "authorization": f"AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=0",
        "content-encoding": "aws-chunked", "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "x-amz-decoded-content-length": str(len(content)), "x-amz-trailer": "x-amz-checksum-crc32",
    }
    host = endpoint.split("//")[1]
    for over in ("host", f"{bucket}.localhost"):
        connection = http.client.HTTPConnection(host, timeout=10)
        path = f"/{bucket}/{key}" if over == "host" else f"/{key}"
        connection.request("PUT", path, body, headers | ({} if over == "host" else {"host": over}))
        answer = connection.getresponse()
        assert answer.status == 200 and answer.getheader("etag"), answer.read()
        assert answer.getheader("x-amz-request-id")


def objects(endpoint, bucket):
    s3, key = client("s3", endpoint), "team/locks/prod/a b+c.json"
    place = {"Bucket": bucket, "Key": key}
    first = s3.put_object(**place, Body=b"{}", IfNoneMatch="*", ContentType="application/json")["ETag"]
    assert code_of(s3.put_object, **place, Body=b"{}", IfNoneMatch="*") == (412, "PreconditionFailed")
    content = bytes(range(256)) * 700
    second = s3.put_object(**place, Body=content, IfMatch=first, ChecksumAlgorithm="CRC32")["ETag"]
    chunked(endpoint, bucket, "team/chunked", content)
    assert s3.get_object(Bucket=bucket, Key="team/chunked")["Body"].read() == content
    s3.delete_object(Bucket=bucket, Key="team/chunked")
    assert code_of(s3.put_object, **place, Body=b"", IfMatch=first) == (412, "PreconditionFailed")
    got = s3.get_object(**place)
    assert got["Body"].read() == content and got["ETag"] == second and got["ContentType"]
    assert s3.head_object(**place)["ContentLength"] == len(content)
    assert s3.get_object(**place, Range="bytes=1-3")["Body"].read() == b"\x01\x02\x03"
    for number in range(5):
        s3.put_object(Bucket=bucket, Key=f"team/runs/{number}.json", Body=b"x")
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Prefix="team/", PaginationConfig={"PageSize": 2})
    keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
    assert keys == [key] + [f"team/runs/{number}.json" for number in range(5)], keys
    assert s3.list_objects_v2(Bucket=bucket, Prefix="none/")["KeyCount"] == 0
    assert code_of(s3.delete_object, **place, IfMatch=first) == (412, "PreconditionFailed")
    assert s3.delete_object(**place, IfMatch=second)["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert code_of(s3.get_object, **place) == (404, "NoSuchKey")
    assert code_of(s3.head_object, **place) == (404, "404")
    assert code_of(s3.list_objects_v2, Bucket="no-such-bucket") == (404, "NoSuchBucket")
    if bucket == "fem-flightdeck":
        assert code_of(s3.get_object, Bucket="fem-denied", Key="k") == (403, "AccessDenied")
    print("objects: held")


def pauses(endpoint, checker):
    ecs, eyes = client("ecs", endpoint), checker.Checker()
    ecs.meta.events.register("before-parse.ecs", eyes.before_parse)
    cluster, service = "rollouts", "blue-green-pause"
    definition = ecs.describe_task_definition(taskDefinition=service)["taskDefinition"]
    keep = set(ecs.meta.service_model.operation_model("RegisterTaskDefinition").input_shape.members)
    new = {name: value for name, value in definition.items() if name in keep}
    image = new["containerDefinitions"][0]["image"].rsplit(":", 1)[0]
    new["containerDefinitions"][0]["image"] = f"{image}:good"
    arn = ecs.register_task_definition(**new)["taskDefinition"]["taskDefinitionArn"]

    def deployment():
        found = ecs.list_service_deployments(cluster=cluster, service=service)["serviceDeployments"][0]
        arns = [found["serviceDeploymentArn"]]
        return ecs.describe_service_deployments(serviceDeploymentArns=arns)["serviceDeployments"][0]

    def until(what, done):
        for _ in range(240):
            now = deployment()
            if done(now):
                return now
            time.sleep(0.25)
        raise AssertionError(f"never {what}: {now}")

    def waiting(now):
        return [h for h in now.get("lifecycleHookDetails", []) if h["status"] == "AWAITING_ACTION"]

    for action, end in (("ROLLBACK", "ROLLBACK_SUCCESSFUL"), ("CONTINUE", "SUCCESSFUL")):
        ecs.update_service(cluster=cluster, service=service, taskDefinition=arn)
        now = until("paused", waiting)
        ecs.continue_service_deployment(
            serviceDeploymentArn=now["serviceDeploymentArn"], hookId=waiting(now)[0]["hookId"], action=action)
        until("over", lambda now: "finishedAt" in now)
        assert deployment()["status"] == end, deployment()
    for problem, times in eyes.problems.items():
        print(*problem, f"(x{times})")
    assert not eyes.problems
    print("pauses: held")


def others(endpoint, checker, world):
    """What the cockpit does not ask, and other clients do."""
    eyes, clients = checker.Checker(), {}
    for name in ("ecs", "ecr", "cloudwatch", "application-autoscaling", "cloudtrail"):
        clients[name] = client(name, endpoint)
        hook = "before-parse." + clients[name].meta.service_model.service_id.hyphenize()
        clients[name].meta.events.register(hook, eyes.before_parse)
    ecs, ecr, watch, scaling, trail = clients.values()
    clusters = ecs.list_clusters()["clusterArns"]

    # service deployments tell of their alarms, watched or not
    for cluster in clusters:
        for service in ecs.list_services(cluster=cluster)["serviceArns"]:
            found = ecs.list_service_deployments(cluster=cluster, service=service)["serviceDeployments"]
            arns = [d["serviceDeploymentArn"] for d in found][:20]
            described = ecs.describe_service_deployments(serviceDeploymentArns=arns) if arns else {}
            assert all("alarms" in d for d in described.get("serviceDeployments", [])), service

    # families and revisions
    families = ecs.list_task_definition_families(status="ACTIVE")["families"]
    assert families == sorted(families) and families, families
    pages = ecs.get_paginator("list_task_definition_families").paginate(PaginationConfig={"PageSize": 3})
    assert len([f for page in pages for f in page["families"]]) >= len(families)
    name = "operations-of-" + world
    body = [{"name": "app", "image": "nginx:1.27", "memory": 64}]
    arns = [ecs.register_task_definition(family=name, containerDefinitions=body)["taskDefinition"]["taskDefinitionArn"]
            for _ in range(2)]
    gone = ecs.deregister_task_definition(taskDefinition=arns[1])["taskDefinition"]
    assert gone["status"] == "INACTIVE" and gone["deregisteredAt"], gone
    assert ecs.describe_task_definition(taskDefinition=arns[1])["taskDefinition"]["status"] == "INACTIVE"
    assert ecs.describe_task_definition(taskDefinition=name)["taskDefinition"]["taskDefinitionArn"] == arns[0]
    assert ecs.list_task_definitions(familyPrefix=name)["taskDefinitionArns"] == [arns[0]]
    assert ecs.list_task_definitions(familyPrefix=name, status="INACTIVE")["taskDefinitionArns"] == [arns[1]]
    assert code_of(ecs.run_task, cluster=clusters[0], taskDefinition=arns[1])[1] == "ClientException"
    assert code_of(ecs.deregister_task_definition, taskDefinition=name)[1] == "InvalidParameterException"
    ecs.deregister_task_definition(taskDefinition=arns[0])
    assert name not in ecs.list_task_definition_families(status="ACTIVE")["families"]
    assert ecs.list_task_definition_families(familyPrefix=name, status="INACTIVE")["families"] == [name]

    # capacity
    providers = ecs.describe_capacity_providers()["capacityProviders"]
    assert {"FARGATE", "FARGATE_SPOT"} <= {p["name"] for p in providers}
    missing = ecs.describe_capacity_providers(capacityProviders=["FARGATE", "nowhere"])
    assert missing["failures"][0]["reason"] == "MISSING" and len(missing["capacityProviders"]) == 1
    seen = 0
    for cluster in clusters:
        instances = ecs.list_container_instances(cluster=cluster)["containerInstanceArns"]
        if not instances:
            continue
        found = ecs.describe_container_instances(
            cluster=cluster, containerInstances=instances + ["0" * 32], include=["TAGS", "CONTAINER_INSTANCE_HEALTH"])
        assert len(found["containerInstances"]) == len(instances) and found["failures"][0]["reason"] == "MISSING"
        for instance in found["containerInstances"]:
            names = [r["name"] for r in instance["remainingResources"]]
            assert names == ["CPU", "MEMORY", "PORTS", "PORTS_UDP"], names
            running = ecs.list_tasks(cluster=cluster, containerInstance=instance["containerInstanceArn"])["taskArns"]
            assert len(running) == instance["runningTasksCount"] + instance["pendingTasksCount"], instance
            seen += len(running)
    assert seen or world not in ("fem", "estate"), "tasks on container instances"
    assert code_of(ecs.list_container_instances, cluster="nowhere")[1] == "ClusterNotFoundException"
    assert code_of(ecs.list_services_by_namespace, namespace="nowhere")[1] == "NamespaceNotFoundException"
    if world == "estate":
        arns = ecs.list_services_by_namespace(namespace="internal")["serviceArns"]
        assert [a.rsplit("/", 1)[1] for a in arns] == ["connected"], arns

    # a registry by its tags
    for repository in ecr.describe_repositories()["repositories"]:
        name = repository["repositoryName"]
        by_tag = ecr.get_paginator("list_images").paginate(repositoryName=name, PaginationConfig={"PageSize": 4})
        listed = [i for page in by_tag for i in page["imageIds"]]
        described = ecr.describe_images(repositoryName=name)["imageDetails"]
        assert {i["imageDigest"] for i in listed} == {i["imageDigest"] for i in described}, name
        tagged = ecr.list_images(repositoryName=name, filter={"tagStatus": "TAGGED"})["imageIds"]
        assert all("imageTag" in i for i in tagged)
    assert code_of(ecr.list_images, repositoryName="nowhere")[1] == "RepositoryNotFoundException"

    # metrics of one kind, and how alarms came to their state
    now = datetime.datetime.now(datetime.timezone.utc)
    service = ecs.list_services(cluster=clusters[0])["serviceArns"][0].split("/")
    ask = {
        "Namespace": "AWS/ECS", "MetricName": "CPUUtilization", "StartTime": now - datetime.timedelta(hours=1),
        "EndTime": now, "Dimensions": [
            {"Name": "ClusterName", "Value": service[-2]}, {"Name": "ServiceName", "Value": service[-1]}],
    }
    points = watch.get_metric_statistics(**ask, Period=60, Statistics=["Average", "Maximum"])["Datapoints"]
    assert all(p["Unit"] == "Percent" and p["Maximum"] >= p["Average"] for p in points)
    watch.get_metric_statistics(**ask, Period=300, ExtendedStatistics=["p99"])
    assert code_of(watch.get_metric_statistics, **ask, Period=60)[0] == 400
    much = ask | {"StartTime": now - datetime.timedelta(days=3)}
    assert code_of(watch.get_metric_statistics, **much, Period=60, Statistics=["Sum"])[0] == 400
    pages = watch.get_paginator("describe_alarm_history").paginate(PaginationConfig={"PageSize": 2})
    items = [i for page in pages for i in page["AlarmHistoryItems"]]
    alarms = watch.describe_alarms()["MetricAlarms"]
    assert {i["AlarmName"] for i in items} <= {a["AlarmName"] for a in alarms}
    times = [i["Timestamp"] for i in items]
    assert times == sorted(times, reverse=True)

    # scaling
    targets = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    policies = scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
    assert {t["ResourceId"] for t in targets} == {p["ResourceId"] for p in policies}
    assert targets or world not in ("fem", "estate"), "Express Mode brings its own"
    assert scaling.describe_scalable_targets(ServiceNamespace="dynamodb")["ScalableTargets"] == []
    activities = scaling.get_paginator("describe_scaling_activities").paginate(
        ServiceNamespace="ecs", PaginationConfig={"PageSize": 1}
    )
    activities = [a for page in activities for a in page["ScalingActivities"]]
    assert {a["ResourceId"] for a in activities} <= {t["ResourceId"] for t in targets}
    assert [a["StartTime"] for a in activities] == sorted((a["StartTime"] for a in activities), reverse=True)

    # who changed what
    updates = [{"AttributeKey": "EventName", "AttributeValue": "UpdateService"}]
    events = trail.lookup_events(LookupAttributes=updates, MaxResults=3)["Events"]
    assert events and all(e["EventName"] == "UpdateService" and e["Username"] for e in events)
    assert all(json.loads(e["CloudTrailEvent"])["requestParameters"] for e in events)

    for problem, times in eyes.problems.items():
        print(*problem, f"(x{times})")
    assert not eyes.problems
    print("others: held")


def main():
    checker, endpoint, world, bucket = sys.argv[1:5]
    objects(endpoint, bucket)
    others(endpoint, load(checker), world)
    if world == "rollouts":
        pauses(endpoint, load(checker))


if __name__ == "__main__":
    main()
