//! Load balancers: the dimensions of a service's metrics, and the health of its targets.

use super::{calls, link::Link, text};
use crate::model::{Target, Trouble, TroubleKind};
use aws_sdk_elasticloadbalancingv2::types::TargetDescription;
use futures_util::{StreamExt, stream};
use std::collections::HashSet;

/// Target groups in one call.
const BATCH: usize = 20;

/// Reads the load balancers of target groups that are not known yet.
pub(super) async fn load(link: &Link, groups: &[String]) -> Result<(), Trouble> {
    let cache = &link.account.caches.balancers;
    let unknown: Vec<String> = groups.iter().filter(|arn| cache.get(arn).is_none()).cloned().collect();
    let batches: Vec<Vec<String>> = unknown.chunks(BATCH).map(<[String]>::to_vec).collect();
    let mut answers =
        stream::iter(batches.into_iter().map(|batch| load_batch(link, batch))).buffer_unordered(10);
    let mut outcome = Ok(());
    while let Some(answer) = answers.next().await {
        if answer.is_err() {
            outcome = answer;
        }
    }
    outcome
}

async fn load_batch(link: &Link, batch: Vec<String>) -> Result<(), Trouble> {
    match read_groups(link, &batch).await {
        // one group that is gone fails the whole batch: read them one by one
        Err(trouble) if trouble.kind == TroubleKind::NotFound && batch.len() > 1 => {
            for arn in &batch {
                match read_groups(link, std::slice::from_ref(arn)).await {
                    Err(trouble) if trouble.kind == TroubleKind::NotFound => {
                        link.account.caches.balancers.put(arn, None);
                    }
                    other => other?,
                }
            }
            Ok(())
        }
        Err(trouble) if trouble.kind == TroubleKind::NotFound => {
            if let Some(arn) = batch.first() {
                link.account.caches.balancers.put(arn, None);
            }
            Ok(())
        }
        other => other,
    }
}

async fn read_groups(link: &Link, arns: &[String]) -> Result<(), Trouble> {
    let request = || link.elb().describe_target_groups().set_target_group_arns(Some(arns.to_vec())).send();
    let answer = link.call(&calls::DESCRIBE_GROUPS, "", request).await?;
    let mut found = HashSet::new();
    for group in answer.target_groups() {
        let Some(arn) = group.target_group_arn() else { continue };
        let balancer = group.load_balancer_arns().first().and_then(|balancer| dimensions(balancer, arn));
        found.insert(arn.to_owned());
        // a group that has no balancer yet may get one
        if balancer.is_some() {
            link.account.caches.balancers.put(arn, balancer);
        }
    }
    Ok(())
}

/// CloudWatch's dimensions: `app/name/id` and `targetgroup/name/id`, the tails of the ARNs.
fn dimensions(balancer: &str, group: &str) -> Option<(String, String)> {
    let (_, balancer) = balancer.split_once(":loadbalancer/")?;
    let (_, group) = group.split_once(":targetgroup/")?;
    Some((text::name(balancer), format!("targetgroup/{}", text::name(group))))
}

/// The targets of a target group and how they are.
pub(super) async fn targets(link: &Link, group: &str) -> Result<Vec<Target>, Trouble> {
    let on = format!("target group {}", text::tail_of_group(group));
    let request = || link.elb().describe_target_health().target_group_arn(group).send();
    let answer = link.call(&calls::DESCRIBE_HEALTH, &on, request).await?;
    Ok(answer
        .target_health_descriptions()
        .iter()
        .map(|d| {
            let health = d.target_health();
            let target = d.target();
            Target {
                id: text::name(target.and_then(|t| t.id()).unwrap_or_default()),
                port: port(target),
                state: health.and_then(|h| h.state()).map(|s| text::name(s.as_str())).unwrap_or_default(),
                reason: health.and_then(|h| h.reason()).map(|r| text::name(r.as_str())).unwrap_or_default(),
                description: text::line(health.and_then(|h| h.description())),
            }
        })
        .collect())
}

fn port(target: Option<&TargetDescription>) -> u16 {
    target.and_then(TargetDescription::port).and_then(|port| u16::try_from(port).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dimensions_are_the_tails_of_arns() {
        assert_eq!(
            dimensions(
                "arn:aws:elasticloadbalancing:r:1:loadbalancer/app/prod/50dc",
                "arn:aws:elasticloadbalancing:r:1:targetgroup/prod/73e2"
            ),
            Some(("app/prod/50dc".into(), "targetgroup/prod/73e2".into()))
        );
        assert_eq!(dimensions("x", "y"), None);
    }
}
