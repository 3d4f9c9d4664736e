//! Task sets of services that EXTERNAL controllers deploy.
//!
//! DescribeServices may leave `taskSets` out for them, although they have some; DescribeTaskSets tells.

use super::rows;
use crate::{
    aws::{calls, clients::Clients, convert},
    model::{Controller, Trouble},
};
use aws_sdk_ecs::types;
use futures_util::future;

/// Fills in the task sets of services that were described without. One whose task sets cannot be read keeps none at
/// all, so that nobody takes it for a service that has no task set.
pub(in crate::aws) async fn load(
    clients: &Clients,
    cluster: &str,
    services: &mut [types::Service],
) -> Vec<Trouble> {
    let bare = services.iter_mut().filter(|s| {
        rows::controller(s) == Controller::External
            && s.status() == Some("ACTIVE")
            && s.task_sets().is_empty()
    });
    let read = bare.map(|service| async move {
        let name = service.service_name().unwrap_or_default().to_owned();
        match describe(clients, cluster, &name).await {
            Ok(found) => {
                service.task_sets = Some(found);
                None
            }
            Err(trouble) => {
                service.task_sets = None;
                Some(trouble)
            }
        }
    });
    future::join_all(read.collect::<Vec<_>>()).await.into_iter().flatten().collect()
}

async fn describe(clients: &Clients, cluster: &str, service: &str) -> Result<Vec<types::TaskSet>, Trouble> {
    let on = format!("{cluster}/{}", convert::name(service));
    let request = || clients.ecs().describe_task_sets().cluster(cluster).service(service).send();
    let answer = clients.call(&calls::DESCRIBE_TASK_SETS, &on, request).await?;
    Ok(answer.task_sets.unwrap_or_default())
}
