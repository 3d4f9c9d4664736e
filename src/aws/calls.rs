//! Every operation of AWS that the cockpit calls: its name in policies, what it does in words, its bucket.

use super::rate_limit::Bucket;

/// An operation.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Op {
    /// As policies name it: `ecs:ListServices`.
    pub action: &'static str,
    /// What it does, a verb phrase.
    pub what: &'static str,
    /// What it is counted with.
    pub bucket: Bucket,
}

impl Op {
    /// The service's part of the action: `ecs`.
    pub fn service(&self) -> &'static str {
        self.action.split(':').next().unwrap_or(self.action)
    }
}

macro_rules! ops {
    ($($name:ident = $action:literal, $what:literal, $bucket:ident;)*) => {
        $(pub(super) static $name: Op = Op { action: $action, what: $what, bucket: Bucket::$bucket };)*
        /// All of them.
        pub(super) static ALL: &[&Op] = &[$(&$name),*];
    };
}

ops! {
    CALLER_IDENTITY = "sts:GetCallerIdentity", "identify the caller", Free;
    LIST_CLUSTERS = "ecs:ListClusters", "list ECS clusters", Clusters;
    LIST_SERVICES = "ecs:ListServices", "list ECS services", Services;
    DESCRIBE_SERVICES = "ecs:DescribeServices", "describe ECS services", Services;
    LIST_TASKS = "ecs:ListTasks", "list tasks", Tasks;
    DESCRIBE_TASKS = "ecs:DescribeTasks", "describe tasks", Tasks;
    DESCRIBE_DEFINITION = "ecs:DescribeTaskDefinition", "read the task definition", Definitions;
    LIST_DEFINITIONS = "ecs:ListTaskDefinitions", "list task definitions", Definitions;
    LIST_DEPLOYMENTS = "ecs:ListServiceDeployments", "list service deployments", Deployments;
    DESCRIBE_DEPLOYMENTS = "ecs:DescribeServiceDeployments", "describe service deployments", Deployments;
    DESCRIBE_REVISIONS = "ecs:DescribeServiceRevisions", "describe service revisions", Revisions;
    DESCRIBE_TASK_SETS = "ecs:DescribeTaskSets", "read the task sets", Services;
    DESCRIBE_EXPRESS = "ecs:DescribeExpressGatewayService", "describe the Express service", Services;
    AR_LIST_SERVICES = "apprunner:ListServices", "list App Runner services", AppRunner;
    AR_DESCRIBE_SERVICE = "apprunner:DescribeService", "describe the App Runner service", AppRunner;
    AR_LIST_TAGS = "apprunner:ListTagsForResource", "read the tags of the App Runner service", AppRunner;
    AR_LIST_OPERATIONS = "apprunner:ListOperations", "list App Runner operations", AppRunner;
    AR_SCALING = "apprunner:DescribeAutoScalingConfiguration", "read the scaling configuration", AppRunner;
    GET_METRIC_DATA = "cloudwatch:GetMetricData", "read metrics", Metrics;
    DESCRIBE_ALARMS = "cloudwatch:DescribeAlarms", "read alarms", Alarms;
    ALARM_HISTORY = "cloudwatch:DescribeAlarmHistory", "read how alarms changed", Alarms;
    SCALING_ACTIVITIES = "application-autoscaling:DescribeScalingActivities", "read scaling activities", Scaling;
    LOOKUP_EVENTS = "cloudtrail:LookupEvents", "look up who changed what", Trail;
    FILTER_LOGS = "logs:FilterLogEvents", "read logs", FilterLogs;
    GET_LOGS = "logs:GetLogEvents", "read logs", GetLogs;
    DESCRIBE_IMAGES = "ecr:DescribeImages", "list images", Images;
    DESCRIBE_UPSTREAMS = "ecr:DescribePullThroughCacheRules", "read which images are pulled through", Images;
    BATCH_GET_IMAGE = "ecr:BatchGetImage", "read the manifest of the image", Images;
    GET_OBJECT = "s3:GetObject", "read the object", Objects;
    LIST_OBJECTS = "s3:ListBucket", "list objects", Objects;
    DESCRIBE_GROUPS = "elasticloadbalancing:DescribeTargetGroups", "read target groups", Balancers;
    DESCRIBE_HEALTH = "elasticloadbalancing:DescribeTargetHealth", "read the health of targets", Balancers;
    DESCRIBE_RULES = "elasticloadbalancing:DescribeRules", "read the rules of listeners", Balancers;
    DESCRIBE_LISTENERS = "elasticloadbalancing:DescribeListeners", "read listeners", Balancers;
    REGISTER_DEFINITION = "ecs:RegisterTaskDefinition", "register the task definition", DefinitionWrites;
    UPDATE_SERVICE = "ecs:UpdateService", "update the ECS service", ServiceWrites;
    STOP_DEPLOYMENT = "ecs:StopServiceDeployment", "stop the service deployment", ServiceWrites;
    CONTINUE_DEPLOYMENT = "ecs:ContinueServiceDeployment", "continue the service deployment", ServiceWrites;
    RUN_TASK = "ecs:RunTask", "run the task", TaskWrites;
    STOP_TASK = "ecs:StopTask", "stop the task", TaskWrites;
    UPDATE_EXPRESS = "ecs:UpdateExpressGatewayService", "update the Express service", ServiceWrites;
    PUT_IMAGE = "ecr:PutImage", "tag the image", Images;
    PUT_OBJECT = "s3:PutObject", "write the object", Objects;
    DELETE_OBJECT = "s3:DeleteObject", "delete the object", Objects;
    AR_UPDATE = "apprunner:UpdateService", "update the App Runner service", Free;
    AR_START = "apprunner:StartDeployment", "start an App Runner deployment", Free;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_have_two_parts_and_are_named_once() {
        let mut seen = std::collections::BTreeSet::new();
        for op in ALL {
            assert_eq!(op.action.matches(':').count(), 1, "{}", op.action);
            assert!(!op.service().is_empty());
            assert!(seen.insert(op.action), "{} twice", op.action);
        }
    }
}
