//! Elastic Load Balancing v2: target groups and the health of their targets, load balancers, listeners and rules.

mod listeners;

use serde_json::{Value, json};

use super::api::{Answer, Call, Fault, Landscape, Target, TargetGroup};
use super::wire::input;

/// Target groups a page at most.
const MAX_PAGE: usize = 400;

/// Answers one ELBv2 call.
pub fn handle(landscape: &dyn Landscape, call: &Call) -> Answer {
    let groups = landscape.target_groups(&call.account, &call.region);
    match call.op.as_str() {
        "DescribeTargetGroups" => describe_groups(groups, &call.input),
        "DescribeTargetHealth" => describe_health(&groups, &call.input),
        "DescribeLoadBalancers" => listeners::balancers(&groups, call),
        "DescribeListeners" => {
            listeners::listeners(&groups, &landscape.rules(&call.account, &call.region), &call.input)
        }
        "DescribeRules" => listeners::rules(&landscape.rules(&call.account, &call.region), &call.input),
        op => Err(Fault::unknown_operation(op)),
    }
}

fn describe_groups(mut groups: Vec<TargetGroup>, request: &Value) -> Answer {
    let arns = input::texts(request, "TargetGroupArns");
    let names = input::texts(request, "Names");
    let balancer = input::text(request, "LoadBalancerArn");
    let given = [!arns.is_empty(), !names.is_empty(), balancer.is_some()];
    if given.iter().filter(|given| **given).count() > 1 {
        return Err(Fault::client(
            "ValidationError",
            "only one of TargetGroupArns, Names and LoadBalancerArn can be given",
        ));
    }
    let page = input::page_size(request, "PageSize", MAX_PAGE, "ValidationError")?;
    let not_found = |what: &str| {
        Fault::client("TargetGroupNotFound", format!("One or more target groups not found: {what}"))
    };
    if let Some(missing) = arns.iter().find(|arn| !groups.iter().any(|group| group.arn == **arn)) {
        return Err(not_found(missing));
    }
    if let Some(missing) = names.iter().find(|name| !groups.iter().any(|group| group.name == **name)) {
        return Err(not_found(missing));
    }
    if let Some(balancer) = balancer
        && !groups.iter().any(|group| group.balancer_arns.iter().any(|arn| arn == balancer))
    {
        return Err(Fault::client("LoadBalancerNotFound", format!("Load balancer '{balancer}' not found")));
    }
    groups.retain(|group| {
        (arns.is_empty() || arns.contains(&group.arn.as_str()))
            && (names.is_empty() || names.contains(&group.name.as_str()))
            && balancer.is_none_or(|balancer| group.balancer_arns.iter().any(|arn| arn == balancer))
            // the marker is the last ARN of the page before
            && input::text(request, "Marker").is_none_or(|marker| group.arn.as_str() > marker)
    });
    groups.sort_by(|a, b| a.arn.cmp(&b.arn));
    let more = groups.len() > page;
    groups.truncate(page);
    let next = groups.last().filter(|_| more).map(|group| group.arn.clone());
    let shown: Vec<Value> = groups.iter().map(show).collect();
    Ok(json!({ "TargetGroups": shown, "NextMarker": next }))
}

fn show(group: &TargetGroup) -> Value {
    let http = group.protocol == "HTTP";
    json!({
        "TargetGroupArn": group.arn,
        "TargetGroupName": group.name,
        "Protocol": group.protocol,
        "Port": group.port,
        "VpcId": group.vpc,
        "HealthCheckProtocol": group.protocol,
        "HealthCheckPort": "traffic-port",
        "HealthCheckEnabled": true,
        "HealthCheckIntervalSeconds": 15,
        "HealthCheckTimeoutSeconds": 5,
        "HealthyThresholdCount": 2,
        "UnhealthyThresholdCount": 2,
        "HealthCheckPath": http.then_some(&group.health_path),
        "Matcher": http.then(|| json!({ "HttpCode": "200" })),
        "LoadBalancerArns": group.balancer_arns,
        "TargetType": if group.instances { "instance" } else { "ip" },
        "ProtocolVersion": http.then_some("HTTP1"),
        "IpAddressType": "ipv4",
    })
}

fn describe_health(groups: &[TargetGroup], request: &Value) -> Answer {
    let arn = input::text(request, "TargetGroupArn")
        .ok_or_else(|| Fault::client("ValidationError", "TargetGroupArn is missing"))?;
    let group = groups.iter().find(|group| group.arn == arn).ok_or_else(|| {
        Fault::client("TargetGroupNotFound", format!("One or more target groups not found: {arn}"))
    })?;
    let asked = input::list(request, "Targets");
    let shown: Vec<Value> = if asked.is_empty() {
        group.targets.iter().map(show_target).collect()
    } else {
        asked
            .iter()
            .map(|target| {
                let id = input::text(target, "Id").unwrap_or_default();
                let port = input::integer(target, "Port").unwrap_or_else(|| i64::from(group.port));
                group
                    .targets
                    .iter()
                    .find(|target| target.id == id && i64::from(target.port) == port)
                    .map_or_else(
                        || {
                            json!({
                                "Target": { "Id": id, "Port": port },
                                "TargetHealth": {
                                    "State": "unused",
                                    "Reason": "Target.NotRegistered",
                                    "Description": "Target is not registered to the target group",
                                },
                            })
                        },
                        show_target,
                    )
            })
            .collect()
    };
    Ok(json!({ "TargetHealthDescriptions": shown }))
}

fn show_target(target: &Target) -> Value {
    json!({
        "Target": { "Id": target.id, "Port": target.port, "AvailabilityZone": target.zone },
        "HealthCheckPort": target.port.to_string(),
        "TargetHealth": {
            "State": target.state,
            "Reason": target.reason,
            "Description": target.description,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::super::api::{Aws, Conditions, ListenerRule, Subject};
    use super::*;

    struct Groups;

    impl Landscape for Groups {
        fn subjects(&self, _: &str, _: &str) -> Vec<Subject> {
            Vec::new()
        }

        fn conditions(&self, _: &str, _: &str, _: &Subject, _: f64) -> Option<Conditions> {
            None
        }

        fn target_groups(&self, _: &str, _: &str) -> Vec<TargetGroup> {
            ["c", "a", "b"]
                .into_iter()
                .map(|name| TargetGroup {
                    arn: format!("arn:tg/{name}"),
                    name: name.to_owned(),
                    balancer_arns: vec![format!(
                        "arn:loadbalancer/app/x/{}",
                        if name == "c" { 2 } else { 1 }
                    )],
                    protocol: "HTTP",
                    instances: false,
                    port: 8080,
                    health_path: "/healthz".to_owned(),
                    vpc: "vpc-1".to_owned(),
                    targets: vec![Target {
                        id: "10.0.0.1".to_owned(),
                        port: 8080,
                        state: "unhealthy".to_owned(),
                        reason: Some("Target.ResponseCodeMismatch".to_owned()),
                        description: Some("Health checks failed with these codes: [502]".to_owned()),
                        zone: "us-west-2a".to_owned(),
                    }],
                })
                .collect()
        }
        fn rules(&self, _: &str, _: &str) -> Vec<ListenerRule> {
            ["one", "two"]
                .into_iter()
                .map(|name| ListenerRule {
                    arn: format!("arn:listener-rule/app/x/1/9/{name}"),
                    listener_arn: "arn:listener/app/x/1/9".to_owned(),
                    balancer_arn: "arn:loadbalancer/app/x/1".to_owned(),
                    forwards: vec![("arn:tg/a".to_owned(), 0), ("arn:tg/b".to_owned(), 100)],
                    host: "x.example.com".to_owned(),
                    test: name == "two",
                })
                .collect()
        }
    }

    fn ask(op: &str, input: Value) -> Answer {
        let call = Call {
            account: String::new(),
            caller: String::new(),
            region: String::new(),
            service: Aws::Elb,
            op: op.to_owned(),
            input,
            now: 0.0,
        };
        handle(&Groups, &call)
    }

    fn names(answer: &Value) -> Vec<&str> {
        answer["TargetGroups"]
            .as_array()
            .unwrap()
            .iter()
            .map(|g| g["TargetGroupName"].as_str().unwrap())
            .collect()
    }

    #[test]
    fn groups_by_arn_name_and_balancer_in_pages() {
        let groups = |input| ask("DescribeTargetGroups", input).unwrap();
        assert_eq!(names(&groups(json!({}))), ["a", "b", "c"]);
        assert_eq!(names(&groups(json!({"Names": ["c"]}))), ["c"]);
        assert_eq!(names(&groups(json!({"TargetGroupArns": ["arn:tg/b"]}))), ["b"]);
        assert_eq!(
            names(&groups(json!({"LoadBalancerArn": "arn:loadbalancer/app/x/1", "Names": ""}))),
            ["a", "b"]
        );
        let first = groups(json!({"PageSize": "2"}));
        assert_eq!(names(&first), ["a", "b"]);
        let second = groups(json!({"PageSize": "2", "Marker": first["NextMarker"]}));
        assert_eq!((names(&second), &second["NextMarker"]), (vec!["c"], &Value::Null));
    }

    #[test]
    fn what_is_not_there_is_refused() {
        let code = |op, input| ask(op, input).unwrap_err().code;
        assert_eq!(code("DescribeTargetGroups", json!({"Names": ["z"]})), "TargetGroupNotFound");
        assert_eq!(code("DescribeTargetGroups", json!({"TargetGroupArns": ["z"]})), "TargetGroupNotFound");
        assert_eq!(code("DescribeTargetGroups", json!({"LoadBalancerArn": "z"})), "LoadBalancerNotFound");
        assert_eq!(code("DescribeTargetGroups", json!({"PageSize": "401"})), "ValidationError");
        assert_eq!(code("DescribeTargetHealth", json!({"TargetGroupArn": "z"})), "TargetGroupNotFound");
        assert_eq!(code("DescribeTargetHealth", json!({})), "ValidationError");
        assert_eq!(code("DescribeRules", json!({})), "ValidationError");
        assert_eq!(code("DescribeRules", json!({"RuleArns": ["z"]})), "RuleNotFound");
        assert_eq!(code("DescribeListeners", json!({"ListenerArns": ["z"]})), "ListenerNotFound");
        assert_eq!(code("DescribeLoadBalancers", json!({"Names": ["z"]})), "LoadBalancerNotFound");
        assert_eq!(code("DescribeTags", json!({})), "UnknownOperationException");
    }

    #[test]
    fn health_of_all_or_of_those_named() {
        let all = ask("DescribeTargetHealth", json!({"TargetGroupArn": "arn:tg/a"})).unwrap();
        assert_eq!(all["TargetHealthDescriptions"][0]["TargetHealth"]["State"], "unhealthy");
        let named = json!({"TargetGroupArn": "arn:tg/a", "Targets": [{"Id": "10.9.9.9", "Port": "80"}, {"Id": "10.0.0.1"}]});
        let some = ask("DescribeTargetHealth", named).unwrap();
        assert_eq!(some["TargetHealthDescriptions"][0]["TargetHealth"]["Reason"], "Target.NotRegistered");
        assert_eq!(some["TargetHealthDescriptions"][1]["TargetHealth"]["State"], "unhealthy");
    }

    #[test]
    fn balancers_listeners_and_rules() {
        let balancers = ask("DescribeLoadBalancers", json!({})).unwrap();
        let told = |n: usize, member: &str| balancers["LoadBalancers"][n][member].clone();
        assert_eq!((told(0, "LoadBalancerName"), told(0, "Type")), (json!("x"), json!("application")));
        assert_eq!(balancers["LoadBalancers"].as_array().unwrap().len(), 2);
        let listeners =
            ask("DescribeListeners", json!({"LoadBalancerArn": "arn:loadbalancer/app/x/1"})).unwrap();
        assert_eq!(listeners["Listeners"][0]["ListenerArn"], "arn:listener/app/x/1/9");
        let rules = ask("DescribeRules", json!({"ListenerArn": "arn:listener/app/x/1/9"})).unwrap();
        assert_eq!(rules["Rules"].as_array().unwrap().len(), 3, "with the listener's own");
        let one = ask("DescribeRules", json!({"RuleArns": ["arn:listener-rule/app/x/1/9/one"]})).unwrap();
        let tuples = &one["Rules"][0]["Actions"][0]["ForwardConfig"]["TargetGroups"];
        assert_eq!((&tuples[1]["TargetGroupArn"], &tuples[1]["Weight"]), (&json!("arn:tg/b"), &json!(100)));
    }
}
