"""What the scripts of a stage do, by the clients that others use: boto3 and the AWS command line, on the simulator as it
is and as untidy as AWS. usage: clients.py BINARY"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import boto3
from botocore.config import Config

sys.path.insert(0, str(Path(__file__).parent))
from simulator import Simulator  # noqa: E402

BINARY = ""
BIN = Path(sys.executable).parent
REGION = "us-west-2"
GOOSE = ["goose", "-dir", "migrations", "up"]


class Clients:
    """The same for every simulator."""
    options = []

    @classmethod
    def setUpClass(cls):
        cls.home = Path(tempfile.mkdtemp())
        cls.env = {"PATH": os.environ["PATH"], "HOME": str(cls.home), "AWS_ACCESS_KEY_ID": "test",
                   "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": REGION, "AWS_EC2_METADATA_DISABLED": "true",
                   "AWS_PAGER": ""}
        cls.sim = Simulator(BINARY, *cls.options)
        cls.url = cls.sim.url
        client = lambda name: boto3.client(
            name, endpoint_url=cls.url, region_name=REGION, aws_access_key_id="test", aws_secret_access_key="test",
            config=Config(retries={"max_attempts": 3}))
        cls.ecs, cls.apprunner, cls.ecr = client("ecs"), client("apprunner"), client("ecr")

    @classmethod
    def tearDownClass(cls):
        cls.sim.stop()
        shutil.rmtree(cls.home, ignore_errors=True)

    def aws(self, *args):
        done = subprocess.run([BIN / "aws", "--endpoint-url", self.url, "--region", REGION, "--output", "json", *args],
                              env=self.env, capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, f"aws {' '.join(args)}: {done.stderr}")
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def all(self, operation, member, **arguments):
        pages = self.ecs.get_paginator(operation).paginate(**arguments)
        return [item for page in pages for item in page[member]]

    def service(self, name="staging"):
        return self.ecs.describe_services(cluster=name, services=[f"{name}-service"])["services"][0]

    def until(self, what, read, done, seconds=90):
        end = time.monotonic() + seconds
        while not done(now := read()):
            self.assertLess(time.monotonic(), end, f"never {what}: {now}")
            time.sleep(0.1)
        return now

    def waits(self, name, **arguments):
        self.ecs.get_waiter(name).wait(**arguments, WaiterConfig={"Delay": 1, "MaxAttempts": 120})

    def test_lists_hold_everything_once(self):
        clusters = self.all("list_clusters", "clusterArns")
        self.assertLessEqual({"prod", "staging", "preview"}, {arn.split("/")[-1] for arn in clusters})
        self.assertEqual(len(clusters), len(set(clusters)))
        services = self.all("list_services", "serviceArns", cluster="prod")
        self.assertEqual(len(services), len(set(services)))
        described = [s["serviceArn"] for at in range(0, len(services), 10) for s in
                     self.ecs.describe_services(cluster="prod", services=services[at:at + 10])["services"]]
        self.assertEqual(set(described), set(services))
        listed = self.aws("ecs", "list-services", "--cluster", "prod")["serviceArns"]
        self.assertEqual(set(listed), set(services))
        tasks = self.all("list_tasks", "taskArns", cluster="prod", serviceName="prod-service")
        self.assertEqual(len(set(tasks)), self.service("prod")["desiredCount"])

    def test_a_copy_is_deployed_and_waited_for(self):
        before = self.service()["taskDefinition"]
        known = self.ecs.describe_task_definition(taskDefinition=before)["taskDefinition"]
        keep = self.ecs.meta.service_model.operation_model("RegisterTaskDefinition").input_shape.members
        copy = self.ecs.register_task_definition(**{n: v for n, v in known.items() if n in keep})["taskDefinition"]
        arn = copy["taskDefinitionArn"]
        self.ecs.update_service(cluster="staging", service="staging-service", taskDefinition=arn)
        self.until("seen", lambda: self.service()["taskDefinition"], lambda now: now == arn)
        self.waits("services_stable", cluster="staging", services=["staging-service"])
        # the waiter believes the first answer, and that may be a late one
        of = lambda: [d["taskDefinition"] for d in self.service()["deployments"]]
        self.until("alone", of, lambda now: now == [arn])

    def test_a_migration_runs_to_its_exit_code(self):
        service = self.service("preview")
        definition = self.ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
        name = definition["containerDefinitions"][0]["name"]
        place = {k: service[k] for k in ("networkConfiguration", "capacityProviderStrategy") if service.get(k)}
        ran = self.ecs.run_task(cluster="preview", taskDefinition=service["taskDefinition"], startedBy="script",
                                overrides={"containerOverrides": [{"name": name, "command": GOOSE}]}, **place)
        arn = ran["tasks"][0]["taskArn"]
        self.waits("tasks_stopped", cluster="preview", tasks=[arn])
        ended = self.ecs.describe_tasks(cluster="preview", tasks=[arn])["tasks"][0]
        self.assertEqual({c["name"]: c.get("exitCode") for c in ended["containers"]}[name], 0)

    def test_the_command_line_deploys_and_waits(self):
        place = ["--cluster", "prod", "--service", "prod-service"]
        before = {d["id"] for d in self.service("prod")["deployments"]}
        self.aws("ecs", "update-service", *place, "--force-new-deployment")
        fresh = lambda service: any(d["id"] not in before for d in service["deployments"])
        self.until("seen", lambda: self.service("prod"), fresh)
        self.aws("ecs", "wait", "services-stable", "--cluster", "prod", "--services", "prod-service")
        self.until("alone", lambda: {d["id"] for d in self.service("prod")["deployments"]}, lambda now: not now & before)

    def test_app_runner_deploys_again(self):
        pages = self.apprunner.list_services()
        found = pages["ServiceSummaryList"]
        while "NextToken" in pages:
            pages = self.apprunner.list_services(NextToken=pages["NextToken"])
            found += pages["ServiceSummaryList"]
        arn = next(s["ServiceArn"] for s in found if s["ServiceName"] == "fem-fd-service")
        operation = self.apprunner.start_deployment(ServiceArn=arn)["OperationId"]

        def status():
            page, all_of_them = {}, []
            while not page or "NextToken" in page:
                token = {"NextToken": page["NextToken"]} if page else {}
                page = self.apprunner.list_operations(ServiceArn=arn, **token)
                all_of_them += page["OperationSummaryList"]
            return next((o["Status"] for o in all_of_them if o["Id"] == operation), None)

        self.until("over", status, lambda now: now == "SUCCEEDED")

    def test_images_are_listed(self):
        pages = self.ecr.get_paginator("describe_images").paginate(repositoryName="fem-fd-service")
        digests = [image["imageDigest"] for page in pages for image in page["imageDetails"]]
        self.assertTrue(digests)
        self.assertEqual(len(digests), len(set(digests)))


class Tidy(Clients, unittest.TestCase):
    pass


class Untidy(Clients, unittest.TestCase):
    options = ["--untidy", "11"]


class Future(Clients, unittest.TestCase):
    """A client of today understands an AWS of next year."""
    options = ["--untidy", "12,future"]


if __name__ == "__main__":
    BINARY = str(Path(sys.argv.pop(1)).resolve())
    unittest.main(verbosity=2)
