//! Where the rules and listeners of a balancer send requests.

use crate::{
    aws::{calls, clients::Clients, convert},
    model::{Traffic, Trouble, detail::RuleWeights},
};
use aws_sdk_elasticloadbalancingv2::types::{Action, ForwardActionConfig, Listener, Rule};

/// Where the rules of deployments send traffic. A rule is one of an application load balancer; a network load
/// balancer's is a listener.
pub(super) async fn weights(clients: &Clients, traffic: &Traffic) -> Result<Vec<RuleWeights>, Trouble> {
    let arns = |listeners: bool| -> Vec<String> {
        let of_sort = |arn: &String| arn.contains(":listener/") == listeners;
        traffic.rules.iter().map(|rule| rule.arn.clone()).filter(of_sort).collect()
    };
    let (rules, listeners) = (arns(false), arns(true));
    let mut found: Vec<(String, Vec<(String, u32)>)> = Vec::new();
    if !rules.is_empty() {
        let request = || clients.elb().describe_rules().set_rule_arns(Some(rules.clone())).send();
        let answer = clients.call(&calls::DESCRIBE_RULES, "", request).await?;
        let told = |r: &Rule| Some((convert::name(r.rule_arn()?), forwards(r.actions())));
        found.extend(answer.rules().iter().filter_map(told));
    }
    if !listeners.is_empty() {
        let request = || clients.elb().describe_listeners().set_listener_arns(Some(listeners.clone())).send();
        let answer = clients.call(&calls::DESCRIBE_LISTENERS, "", request).await?;
        let told = |l: &Listener| Some((convert::name(l.listener_arn()?), forwards(l.default_actions())));
        found.extend(answer.listeners().iter().filter_map(told));
    }
    let role = |arn: &str| traffic.rules.iter().find(|rule| rule.arn == arn).map(|rule| rule.role);
    let known = found.into_iter().filter_map(|(arn, forwards)| Some((role(&arn)?, arn, forwards)));
    Ok(known.map(|(role, arn, forwards)| RuleWeights { arn, role, forwards }).collect())
}

/// Target groups and weights, the heaviest first: no order of theirs is promised. A single group may be told in the
/// old member, without a weight.
fn forwards(actions: &[Action]) -> Vec<(String, u32)> {
    let mut found = Vec::new();
    for action in actions {
        let weighted = action.forward_config().map(ForwardActionConfig::target_groups).unwrap_or_default();
        for tuple in weighted {
            if let Some(arn) = tuple.target_group_arn() {
                let weight = tuple.weight().and_then(|weight| u32::try_from(weight).ok());
                found.push((convert::name(arn), weight.unwrap_or(1)));
            }
        }
        if let (true, Some(arn)) = (weighted.is_empty(), action.target_group_arn()) {
            found.push((convert::name(arn), 1));
        }
    }
    found.sort_by(|(a, more), (b, less)| less.cmp(more).then_with(|| a.cmp(b)));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_elasticloadbalancingv2::types::{ActionTypeEnum, TargetGroupTuple};

    #[test]
    fn weights_are_read_in_either_form() {
        let tuple =
            |arn: &str, weight| TargetGroupTuple::builder().target_group_arn(arn).set_weight(weight).build();
        let config = ForwardActionConfig::builder()
            .target_groups(tuple("blue", Some(0)))
            .target_groups(tuple("green", Some(100)))
            .target_groups(tuple("plain", None))
            .build();
        let forward = || Action::builder().r#type(ActionTypeEnum::Forward);
        let both = forward().forward_config(config).target_group_arn("blue").build();
        let told = |action: Action| forwards(&[action]);
        assert_eq!(told(both), [("green".into(), 100), ("plain".into(), 1), ("blue".into(), 0)]);
        assert_eq!(told(forward().target_group_arn("one").build()), [("one".into(), 1)]);
        let redirect = Action::builder().r#type(ActionTypeEnum::Redirect).build();
        assert_eq!(told(redirect), []);
    }
}
