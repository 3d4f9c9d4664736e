//! What else stands behind a balancer.

use crate::{
    aws::{calls, clients::Clients, convert},
    model::{Balancer, Traffic, Trouble, traffic::short},
};
use std::{collections::HashSet, sync::Arc};

/// The names of target groups behind a balancer that are none of this service's.
pub(super) async fn neighbours(
    clients: &Clients,
    traffic: &Traffic,
    balancer: &Balancer,
) -> Result<Vec<String>, Trouble> {
    let own = traffic.groups();
    let Some(arn) = own.iter().find_map(|group| balancer_arn(group, &balancer.id)) else {
        return Ok(Vec::new());
    };
    let known = behind(clients, &arn, &balancer.id).await?;
    let mut others: Vec<String> = known
        .iter()
        .filter(|group| !own.contains(&group.as_str()))
        .map(|group| short(group).to_owned())
        .collect();
    others.sort();
    Ok(others)
}

/// ARNs of all target groups behind a load balancer; read once.
async fn behind(clients: &Clients, arn: &str, on: &str) -> Result<Arc<[String]>, Trouble> {
    if let Some(known) = clients.account.caches.behind.get(arn) {
        return Ok(known);
    }
    let mut groups: Vec<String> = Vec::new();
    let mut next = None;
    let mut seen = HashSet::new();
    loop {
        let request =
            || clients.elb().describe_target_groups().load_balancer_arn(arn).set_marker(next.take()).send();
        let page = clients.call(&calls::DESCRIBE_GROUPS, on, request).await?;
        groups.extend(page.target_groups().iter().filter_map(|g| g.target_group_arn()).map(convert::name));
        next = page.next_marker().filter(|marker| seen.insert((*marker).to_owned())).map(str::to_owned);
        if next.is_none() {
            break;
        }
    }
    let groups: Arc<[String]> = groups.into();
    clients.account.caches.behind.put(arn, groups.clone());
    Ok(groups)
}

/// The ARN of a balancer beside one of its target groups: same partition, region and account.
fn balancer_arn(group: &str, balancer: &str) -> Option<String> {
    let (place, _) = group.split_once(":targetgroup/")?;
    Some(format!("{place}:loadbalancer/{balancer}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_balancer_is_beside_its_groups() {
        assert_eq!(
            balancer_arn("arn:aws-cn:elasticloadbalancing:r:1:targetgroup/a/2", "app/x/1").as_deref(),
            Some("arn:aws-cn:elasticloadbalancing:r:1:loadbalancer/app/x/1")
        );
        assert_eq!(balancer_arn("x", "app/x/1"), None);
    }
}
