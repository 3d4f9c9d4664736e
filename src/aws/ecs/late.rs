//! Descriptions that do not know yet what this process changed.
//!
//! ECS is consistent eventually: "the result of an API command you run … might not be immediately visible to all
//! subsequent commands you run" (RunTask). A plan made of a description that is late would go back one revision too
//! far, so the service is asked for again until it knows of the deployment that the last change began.

use crate::aws::{caches::Begun, clients::Clients};
use aws_sdk_ecs::types;
use aws_smithy_async::rt::sleep::{AsyncSleep, TokioSleep};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// How long a description may be late.
const LATE: Duration = Duration::from_secs(20);
/// Descriptions asked for until the last one is taken as it is.
const READS: u32 = 6;
/// The pause between two of them.
const PAUSE: Duration = Duration::from_millis(500);

/// Notes what a change of a service began.
pub(in crate::aws) fn note(clients: &Clients, on: &str, deployment: Option<&types::Deployment>) {
    if let Some((id, created_at)) = deployment.and_then(|d| Some((d.id()?, d.created_at()?.as_secs_f64()))) {
        let begun = Begun { id: id.to_owned(), created_at, at: Instant::now() };
        clients.account.caches.begun.put(on, Arc::new(begun));
    }
}

/// Whether a description is to be asked for again, after a pause; `reads` counts those that were late.
pub(super) async fn again(
    clients: &Clients,
    on: &str,
    service: Option<&types::Service>,
    reads: &mut u32,
) -> bool {
    let Some(begun) = clients.account.caches.begun.get(on) else { return false };
    let late = begun.at.elapsed() < LATE && service.is_some_and(|service| !knows(service, &begun));
    *reads += 1;
    if !late || *reads >= READS {
        return false;
    }
    TokioSleep::new().sleep(PAUSE).await;
    true
}

/// Whether a description knows of a deployment, or of something that came after it.
fn knows(service: &types::Service, begun: &Begun) -> bool {
    service.deployments().iter().any(|deployment| {
        let moments = [deployment.created_at(), deployment.updated_at()];
        deployment.id() == Some(&*begun.id)
            || moments.into_iter().flatten().any(|at| at.as_secs_f64() > begun.created_at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_smithy_types::DateTime;

    #[test]
    fn a_description_is_late_until_it_knows_of_the_deployment_or_of_a_later_one() {
        let begun = Begun { id: "ecs-svc/2".into(), created_at: 100.0, at: Instant::now() };
        for (id, created_at, updated_at, known) in [
            ("ecs-svc/1", 50, 90, false),
            ("ecs-svc/2", 100, 100, true),
            ("ecs-svc/3", 110, 110, true),
            // what was before is put back: it is changed after ours began
            ("ecs-svc/1", 50, 120, true),
        ] {
            let deployment = types::Deployment::builder()
                .id(id)
                .created_at(DateTime::from_secs(created_at))
                .updated_at(DateTime::from_secs(updated_at))
                .build();
            let service = types::Service::builder().deployments(deployment).build();
            assert_eq!(knows(&service, &begun), known, "{id} {updated_at}");
        }
    }
}
