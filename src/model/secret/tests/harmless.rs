//! What must stay readable: commands as they run, values of their variables, lines of logs.

use crate::model::secret::{Lines, shown, text, words};

/// Commands, with `|` between their words.
const COMMANDS: [&str; 82] = [
    "nginx|-g|daemon off;",
    "nginx|-c|/etc/nginx/nginx.conf|-g|daemon off; worker_processes 4;",
    "java|-Xms512m|-Xmx2048m|-XX:+UseG1GC|-XX:MaxRAMPercentage=75.0|-Djava.security.egd=file:/dev/./urandom|-jar|/app/orders-service-1.42.0-SNAPSHOT.jar",
    "java|-cp|/app/resources:/app/classes:/app/libs/*|com.example.orders.OrdersServiceApplication",
    "java|-XX:+HeapDumpOnOutOfMemoryError|-XX:HeapDumpPath=/tmp/heapdump.hprof|-Dspring.profiles.active=production|org.springframework.boot.loader.launch.JarLauncher",
    "java|-javaagent:/opt/aws-opentelemetry-agent.jar|-jar|app.jar",
    "gunicorn|--bind|0.0.0.0:8000|--workers|4|--worker-class|uvicorn.workers.UvicornWorker|--timeout|120|config.wsgi:application",
    "gunicorn|-k|gevent|-w|3|--access-logfile|-|app:app",
    "uvicorn|app.main:app|--host|0.0.0.0|--port|8080|--proxy-headers",
    "node|--max-old-space-size=4096|--enable-source-maps|dist/main.js",
    "node|-r|./tracing.js|-r|dd-trace/init|server.js",
    "npm|run|start:prod",
    "npm|ci|--omit=dev",
    "npx|prisma|migrate|deploy",
    "yarn|workspace|@acme/orders-service|start",
    "goose|-dir|migrations|postgres|status",
    "goose|-dir|/app/db/migrations|up-to|20250430034028",
    "celery|-A|proj.celery_app|worker|--loglevel=INFO|--concurrency=4|-Q|default,mail,high_priority|-n|worker1@%h",
    "celery|-A|proj|beat|-s|/tmp/celerybeat-schedule",
    "bundle|exec|sidekiq|-C|config/sidekiq.yml|-q|critical,2|-q|default",
    "bundle|exec|puma|-C|config/puma.rb",
    "bundle|exec|rails|db:migrate:up|VERSION=20250430034028",
    "rake|db:migrate[20250430034028]",
    "php|artisan|queue:work|--tries=3|--max-time=3600|--sleep=3",
    "php-fpm|-F|-R",
    "dotnet|Acme.Orders.Api.dll|--urls|http://+:8080",
    "dotnet|ef|database|update|20250430034028_AddOrdersTable|--project|src/Acme.Orders.Infrastructure",
    "python|-m|awslambdaric|app.handler.lambda_handler",
    "python|manage.py|migrate|--noinput|--database=default",
    "alembic|upgrade|head",
    "alembic|upgrade|8be02d4f1c3a",
    "flyway|-url=jdbc:postgresql://db:5432/app|-schemas=public,audit|migrate",
    "liquibase|--changelog-file=db/changelog/db.changelog-master.xml|update",
    "sh|-c|exec java $JAVA_OPTS -jar /app.jar \"$@\"",
    "sh|-c|until pg_isready -h \"$DB_HOST\" -p \"${DB_PORT:-5432}\"; do sleep 1; done; exec /app/server",
    "sh|-c|cd /app && ./migrate -path ./migrations up 2 && exec ./server --listen :8080",
    "sh|-c|if [ \"$1\" = worker ]; then exec /app/worker; else exec /app/server; fi",
    "bash|-lc|for f in /docker-entrypoint.d/*.sh; do . \"$f\"; done",
    "/bin/bash|-o|pipefail|-c|curl -sf http://localhost:8080/actuator/health | grep -q '\"status\":\"UP\"' || exit 1",
    "CMD-SHELL|curl -f http://localhost:8080/health || exit 1",
    "CMD-SHELL|wget --no-verbose --tries=1 --spider http://127.0.0.1:3000/api/healthz || exit 1",
    "CMD|/bin/grpc_health_probe|-addr=:50051|-service=acme.orders.v1.OrdersService",
    "tini|--|/usr/local/bin/docker-entrypoint.sh|server",
    "dumb-init|--single-child|--|./bin/rails|server|-b|0.0.0.0",
    "/usr/bin/env|python3.12|-u|main.py",
    "/opt/bitnami/scripts/kafka/run.sh",
    "opentelemetry-collector|--config=/etc/ecs/ecs-default-config.yaml",
    "/fluent-bit/bin/fluent-bit|-e|/fluent-bit/firehose.so|-c|/fluent-bit/etc/fluent-bit.conf",
    "traefik|--providers.ecs.clusters=prod|--entrypoints.websecure.address=:8443|--log.level=INFO",
    "envoy|-c|/etc/envoy/envoy.yaml|--service-cluster|orders|--component-log-level|upstream:debug,connection:trace",
    "aws|s3|cp|s3://acme-prod-artifacts-us-west-2/releases/2026-11-30T190102Z/app.tar.gz|/tmp/app.tar.gz",
    "aws|ecs|describe-tasks|--cluster|prod|--tasks|0123456789abcdef0123456789abcdef",
    "aws|ec2|describe-instances|--instance-ids|i-0abc1234def567890|i-0a1b2c3d4e5f60718",
    "aws|ec2|describe-network-interfaces|--network-interface-ids|eni-0a1b2c3d4e5f60718|--filters|Name=vpc-id,Values=vpc-0f9e8d7c6b5a43210",
    "aws|elbv2|describe-target-health|--target-group-arn|arn:aws:elasticloadbalancing:us-west-2:111122223333:targetgroup/prod-service/6d0ecf831eec9f09",
    "aws|sts|assume-role|--role-arn|arn:aws:iam::111122223333:role/prod-OrdersServiceTaskRole-1VJ6K6W4ZQXKX|--role-session-name|deploy",
    "aws|logs|tail|/ecs/prod-orders-service|--since|10m",
    "docker|run|-p|8080:80|--name|web|nginx:1.27-alpine",
    "tool|--image|111122223333.dkr.ecr.us-west-2.amazonaws.com/app:8be02d4@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "tool|--image|ghcr.io/acme/orders:sha-842a9e1cbf0a4f6f8c3d2e1f0a9b8c7d6e5f4a3b",
    "tool|--digest|9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "tool|--trace|1-67891233-abcdef012345678912345678|--request|3f0a1c5e-8b7d-4f6e-9a2b-1c3d5e7f9a0b",
    "tool|--since|2026-11-30T19:01:02.123Z|--until|2026-12-01T00:00:00+01:00",
    "tool|--pod|orders-service-5d4f8c7b9-x2x4q|--namespace|prod",
    "tool|--ulid|01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "tool|--host|internal-prod-alb-1234567890.us-west-2.elb.amazonaws.com|--db|prod-orders.cluster-c9akciq32rgw.us-west-2.rds.amazonaws.com:5432",
    "terraform|apply|-var-file=environments/production.tfvars|-target=module.ecs_service[\"orders\"]",
    "vault|status",
    "sh|-c|openssl version; curl -k https://localhost:8443/health",
    "dotnet|build|/p:Configuration=Release",
    "mkdir|-p|/var/run/app",
    "sh|-c|mkdir -p /data/cache && exec cargo run -p orders-service",
    "sudo|install|-d|-p|/opt/app",
    "server|--tls-key|/etc/ssl/private/server.key|--key|./certs/key.pem",
    "web: gunicorn EditEngine.wsgi --bind 0.0.0.0 --access-logfile - --error-logfile -",
    "sh|-c|celery -A config.celery_app worker --loglevel $log_level --pool=gevent --concurrency=${CELERYD_CONCURRENCY:-500}",
    "sh|-c|echo yes | python3 manage.py collectstatic",
    "sh|-c|echo \"==> $(date +%H:%M:%S) ==> Running Celery worker <==\"",
    "bash|-c|/opt/bin/entrypoint.sh && python manage.py migrate && gunicorn attendee.wsgi:application --bind 0.0.0.0:${PORT:-8000} --workers 4",
    "docker|exec|-it|app|python|manage.py|migrate",
    "vault|kv|get|-field=value|secret/prod/orders",
    "openssl|x509|-in|/etc/ssl/certs/ca-certificates.crt|-noout|-enddate",
];

/// Variables that say nothing secret.
const VALUES: [(&str, &str); 16] = [
    ("PORT", "8080"),
    ("LOG_LEVEL", "debug"),
    ("NODE_ENV", "production"),
    ("AWS_REGION", "us-west-2"),
    ("TIMEOUT", "30s"),
    ("RATIO", "0.25"),
    ("MEMORY", "512Mi"),
    ("DEBUG", "false"),
    ("BASE_URL", "https://staging.example.com/api/v1"),
    ("REDIS", "cache.internal:6379"),
    ("HOST", "db.example.com"),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4317"),
    ("TZ", "UTC"),
    ("WORKERS", "4"),
    ("QUEUE_URL", "https://sqs.us-west-2.amazonaws.com/111122223333/orders"),
    ("EMPTY", ""),
];

/// Lines of logs.
const LINES: [&str; 39] = [
    "10.0.12.7 - - [30/Nov/2026:19:01:02 +0000] \"GET /api/orders/42 HTTP/1.1\" 200 612 \"-\" \"ELB-HealthChecker/2.0\"",
    "{\"level\":\"info\",\"ts\":1764529262.123,\"caller\":\"server/main.go:42\",\"msg\":\"listening\",\"addr\":\":8080\"}",
    "level=info ts=2026-11-30T19:01:02.123Z caller=main.go:42 msg=\"ready\" commit=842a9e1cbf0a4f6f8c3d2e1f0a9b8c7d6e5f4a3b",
    "INFO  c.e.o.OrdersServiceApplication - Started OrdersServiceApplication in 4.2 seconds (process running for 5.1)",
    "task 0123456789abcdef0123456789abcdef stopped: Essential container in task exited",
    "registered target 10.0.12.7:8080 eni-0a1b2c3d4e5f60718 in vpc-0f9e8d7c6b5a43210 on i-0abc1234def567890",
    "trace_id=4bf92f3577b34da6a3ce929d0e0e4736 span_id=00f067aa0ba902b7 sampled=true",
    "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "X-Amzn-Trace-Id: Root=1-67891233-abcdef012345678912345678;Parent=53995c3f42cd8ad8;Sampled=1",
    "ETag: \"d41d8cd98f00b204e9800998ecf8427e\"",
    "x-amzn-requestid: 3f0a1c5e-8b7d-4f6e-9a2b-1c3d5e7f9a0b",
    "RequestId: 4442587FB7D0A2F9 took 12ms",
    "Digest: sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "[celery@worker1] task proj.tasks.send_mail[3f0a1c5e-8b7d-4f6e-9a2b-1c3d5e7f9a0b] succeeded in 0.12s: None",
    "vault login failed with exit code 2",
    "cargo login is needed before this works",
    "the docker login took 3s",
    "running vault status in prod",
    "missing fields: (\"password\", \"email\")",
    "[token]: expected an identifier",
    "[cookie]: parsed 12 cookies",
    "process.env.NODE_ENV = 'production'",
    "ENV['RAILS_ENV'] = 'production'",
    "os.environ['DJANGO_SETTINGS_MODULE'] = 'config.settings'",
    "set -x and set -e are on",
    "setenv is no command of bash",
    "path C:\\Temp\\ is full",
    "it's 5 o'clock and we don't know $(why) or `why`",
    "src/main.rs:120:5:warning:unused",
    "fe80:5432:1:2:3 is an address",
    "2026-11-30:10:20:30:40 is odd",
    "echo hello | tee x",
    "pass the key = to the next",
    "rows[0]=12 tokens[1]=7",
    "retry <<< heredoc >>> done",
    "Command '['goose', '-dir', 'migrations', 'up']' returned non-zero exit status 1",
    "[\"a\", \"-\", \"b\"] and ['2026', '-1']",
    " password | character varying(255) | not null",
    "password for user app: authentication failed",
];

#[test]
fn what_is_harmless_stays_whole() {
    let mut changed = Vec::new();
    for line in COMMANDS {
        let own: Vec<String> = line.split('|').map(str::to_owned).collect();
        let out = words(&own);
        if out != own {
            changed.push(format!("{}\n    {}", own.join(" "), out.join(" ")));
        }
    }
    for (name, value) in VALUES {
        if shown(name, value) != value {
            changed.push(format!("{name}={value}"));
        }
    }
    let mut lines = Lines::default();
    for line in LINES {
        if text(line) != line {
            changed.push(format!("{line}\n    {}", text(line)));
        }
        let out = lines.text(line);
        if out != line {
            changed.push(format!("{line}\n    {out}"));
        }
    }
    assert!(changed.is_empty(), "{} changed\n{}", changed.len(), changed.join("\n"));
}
