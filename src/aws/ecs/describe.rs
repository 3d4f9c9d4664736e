//! Descriptions of services, in batches.

use crate::{
    aws::{asked, calls, clients::Clients, convert, ecs::task_sets},
    model::{Trouble, TroubleKind},
};
use aws_sdk_ecs::types;
use std::sync::Arc;

/// Services in one call of DescribeServices.
pub(in crate::aws) const BATCH: usize = 10;

/// Services as described, and what could not be read of them.
pub(in crate::aws) type Described = (Vec<types::Service>, Vec<Trouble>);

/// Describes up to ten services of a cluster. One that cannot be described costs itself, and the rest is read.
pub(in crate::aws) async fn describe(
    clients: Arc<Clients>,
    cluster: String,
    services: Vec<String>,
) -> Result<Described, Trouble> {
    let asked = services.len();
    let mut described = match ask(&clients, &cluster, &services).await {
        Ok(described) => {
            clients.account.caches.take(&cluster);
            described
        }
        Err(trouble) if asked > 1 && trouble.is_of_one() && !clients.account.caches.is_refused(&cluster) => {
            let (mut found, mut gaps) = (Vec::new(), Vec::new());
            for service in services {
                match ask(&clients, &cluster, std::slice::from_ref(&service)).await {
                    Ok((services, missing)) => {
                        found.extend(services);
                        gaps.extend(missing);
                    }
                    Err(trouble) => gaps.push(trouble),
                }
            }
            if gaps.len() >= asked {
                // it is about all of them: the next batches are not taken apart
                clients.account.caches.refuse(&cluster);
                return Err(trouble);
            }
            (found, gaps)
        }
        Err(trouble) => return Err(trouble),
    };
    // one may have been deleted since it was listed; all of several were not
    if described.0.is_empty() && asked > 1 && described.1.is_empty() {
        let place = format!("cluster {cluster}");
        let why = format!("ECS lists {asked} services and describes none of them");
        return Err(clients.trouble(&calls::DESCRIBE_SERVICES, &place, TroubleKind::Unreadable, why));
    }
    let unread = task_sets::load(&clients, &cluster, &mut described.0).await;
    described.1.extend(unread);
    Ok(described)
}

async fn ask(clients: &Clients, cluster: &str, services: &[String]) -> Result<Described, Trouble> {
    let place = format!("cluster {cluster}");
    let request =
        || clients.ecs().describe_services().cluster(cluster).set_services(Some(services.to_vec())).send();
    let answer = clients.call(&calls::DESCRIBE_SERVICES, &place, request).await?;
    let told = answer.services().iter().map(types::Service::service_arn);
    asked::about(clients, &calls::DESCRIBE_SERVICES, &place, services, told)?;
    let told = answer.services().iter().flat_map(|s| [s.cluster_arn(), s.service_arn()]);
    asked::within(clients, &calls::DESCRIBE_SERVICES, &place, cluster, told)?;
    let missing = answer.failures().iter().filter_map(|failure| {
        let on = format!("{cluster}/{}", convert::name(convert::tail(failure.arn()?)));
        let reason = convert::name(failure.detail().or(failure.reason()).unwrap_or("it gives no reason"));
        let why = format!("ECS lists it and does not describe it: {reason}");
        Some(clients.trouble(&calls::DESCRIBE_SERVICES, &on, TroubleKind::NotFound, why))
    });
    let missing: Vec<Trouble> = missing.collect();
    Ok((answer.services.unwrap_or_default(), missing))
}
