//! Load balancers, their listeners and the rules of these. They follow from the services behind them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::api::{Answer, Call, Fault, ListenerRule, TargetGroup, timestamp};
use super::super::wire::input;

/// Answers a page at most.
const MAX_PAGE: usize = 400;

/// A page of what is in order of its key; the marker is the last key of the page before.
fn page(mut all: BTreeMap<String, Value>, member: &str, request: &Value) -> Answer {
    let most = input::page_size(request, "PageSize", MAX_PAGE, "ValidationError")?;
    if let Some(marker) = input::text(request, "Marker") {
        all.retain(|key, _| key.as_str() > marker);
    }
    let more = all.len() > most;
    let next = all.keys().nth(most.saturating_sub(1)).filter(|_| more).cloned();
    let shown: Vec<Value> = all.into_values().take(most).collect();
    Ok(json!({ member: shown, "NextMarker": next }))
}

/// DescribeLoadBalancers.
pub(super) fn balancers(groups: &[TargetGroup], call: &Call) -> Answer {
    let request = &call.input;
    let (arns, names) = (input::texts(request, "LoadBalancerArns"), input::texts(request, "Names"));
    let mut all = BTreeMap::new();
    for group in groups {
        for arn in &group.balancer_arns {
            all.entry(arn.clone()).or_insert_with(|| balancer(arn, &group.vpc, call));
        }
    }
    let not_found = |what: &str| {
        Fault::client("LoadBalancerNotFound", format!("One or more load balancers not found: {what}"))
    };
    if let Some(missing) = arns.iter().find(|arn| !all.contains_key(**arn)) {
        return Err(not_found(missing));
    }
    let named =
        |value: &Value, name: &str| value.get("LoadBalancerName").and_then(Value::as_str) == Some(name);
    if let Some(missing) = names.iter().find(|name| !all.values().any(|value| named(value, name))) {
        return Err(not_found(missing));
    }
    all.retain(|arn, value| {
        (arns.is_empty() || arns.contains(&arn.as_str()))
            && (names.is_empty() || names.iter().any(|name| named(value, name)))
    });
    page(all, "LoadBalancers", request)
}

fn balancer(arn: &str, vpc: &str, call: &Call) -> Value {
    let tail =
        arn.split_once(":loadbalancer/").or_else(|| arn.split_once("loadbalancer/")).map_or(arn, |(_, t)| t);
    let mut parts = tail.split('/');
    let kind = if parts.next() == Some("net") { "network" } else { "application" };
    let name = parts.next().unwrap_or(tail);
    let zone = |letter: char| json!({ "ZoneName": format!("{}{letter}", call.region), "SubnetId": format!("subnet-{letter}") });
    json!({
        "LoadBalancerArn": arn,
        "DNSName": format!("{name}-1234567890.{}.elb.amazonaws.com", call.region),
        "CanonicalHostedZoneId": "Z1H1FL5HABSF5",
        "CreatedTime": timestamp(1_767_603_600.0),
        "LoadBalancerName": name,
        "Scheme": "internet-facing",
        "VpcId": vpc,
        "State": { "Code": "active" },
        "Type": kind,
        "AvailabilityZones": [zone('a'), zone('b')],
        "IpAddressType": "ipv4",
    })
}

/// DescribeListeners.
pub(super) fn listeners(groups: &[TargetGroup], rules: &[ListenerRule], request: &Value) -> Answer {
    let arns = input::texts(request, "ListenerArns");
    let of = input::text(request, "LoadBalancerArn");
    if arns.is_empty() == of.is_none() {
        return Err(Fault::client("ValidationError", "either ListenerArns or LoadBalancerArn must be given"));
    }
    if let Some(of) = of
        && !groups.iter().any(|group| group.balancer_arns.iter().any(|arn| arn == of))
    {
        return Err(Fault::client("LoadBalancerNotFound", format!("Load balancer '{of}' not found")));
    }
    let mut all = BTreeMap::new();
    for rule in rules {
        // a network load balancer has no rules: its listeners forward
        let network = rule.balancer_arn.contains("loadbalancer/net/");
        let arn = if network { &rule.arn } else { &rule.listener_arn };
        let actions = if network { vec![forward(&rule.forwards)] } else { vec![nobody()] };
        let wanted =
            of.is_none_or(|of| rule.balancer_arn == of) && (arns.is_empty() || arns.contains(&arn.as_str()));
        if wanted {
            all.entry(arn.clone()).or_insert_with(|| {
                json!({
                    "ListenerArn": arn,
                    "LoadBalancerArn": rule.balancer_arn,
                    "Port": if rule.test && network { 8443 } else { 443 },
                    "Protocol": if network { "TCP" } else { "HTTPS" },
                    "DefaultActions": actions,
                })
            });
        }
    }
    if let Some(missing) = arns.iter().find(|arn| !all.contains_key(**arn)) {
        return Err(Fault::client("ListenerNotFound", format!("One or more listeners not found: {missing}")));
    }
    page(all, "Listeners", request)
}

/// DescribeRules.
pub(super) fn rules(rules: &[ListenerRule], request: &Value) -> Answer {
    let arns = input::texts(request, "RuleArns");
    let of = input::text(request, "ListenerArn");
    if arns.is_empty() == of.is_none() {
        return Err(Fault::client("ValidationError", "either RuleArns or ListenerArn must be given"));
    }
    let rules: Vec<&ListenerRule> =
        rules.iter().filter(|rule| !rule.balancer_arn.contains("loadbalancer/net/")).collect();
    if let Some(of) = of
        && !rules.iter().any(|rule| rule.listener_arn == of)
    {
        return Err(Fault::client("ListenerNotFound", format!("One or more listeners not found: {of}")));
    }
    let mut all = BTreeMap::new();
    for (place, rule) in (1..).zip(&rules) {
        let wanted = of.is_none_or(|of| rule.listener_arn == of)
            && (arns.is_empty() || arns.contains(&rule.arn.as_str()));
        if wanted {
            all.insert(rule.arn.clone(), shown(rule, place));
        }
    }
    if let Some(missing) = arns.iter().find(|arn| !all.contains_key(**arn)) {
        return Err(Fault::client("RuleNotFound", format!("One or more rules not found: {missing}")));
    }
    if let Some(of) = of {
        let arn = format!("{}/default", of.replace("listener/", "listener-rule/"));
        let own = json!({
            "RuleArn": arn, "Priority": "default", "Conditions": [], "Actions": [nobody()], "IsDefault": true,
        });
        all.insert(arn, own);
    }
    page(all, "Rules", request)
}

fn shown(rule: &ListenerRule, place: u32) -> Value {
    let mut conditions = vec![json!({
        "Field": "host-header", "Values": [rule.host], "HostHeaderConfig": { "Values": [rule.host] },
    })];
    if rule.test {
        conditions.push(json!({
            "Field": "http-header",
            "HttpHeaderConfig": { "HttpHeaderName": "x-test-traffic", "Values": ["1"] },
        }));
    }
    json!({
        "RuleArn": rule.arn,
        "Priority": place.to_string(),
        "Conditions": conditions,
        "Actions": [forward(&rule.forwards)],
        "IsDefault": false,
    })
}

/// A forward action; the old member stands beside the weights while there is one group.
fn forward(forwards: &[(String, u32)]) -> Value {
    let tuples: Vec<Value> =
        forwards.iter().map(|(arn, weight)| json!({ "TargetGroupArn": arn, "Weight": weight })).collect();
    let single = forwards.first().filter(|_| forwards.len() == 1).map(|(arn, _)| arn);
    json!({
        "Type": "forward",
        "Order": 1,
        "TargetGroupArn": single,
        "ForwardConfig": { "TargetGroups": tuples, "TargetGroupStickinessConfig": { "Enabled": false } },
    })
}

/// What a listener answers where no rule fits.
fn nobody() -> Value {
    json!({
        "Type": "fixed-response",
        "Order": 1,
        "FixedResponseConfig": { "StatusCode": "404", "ContentType": "text/plain", "MessageBody": "no such host" },
    })
}
