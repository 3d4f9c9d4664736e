//! Whether an answer is about what was asked for. Every call of ECS is a `POST /` that differs in its body alone: what
//! stands between this program and AWS and keeps answers by their address gives back the answer to another question.

use super::{calls::Op, clients::Clients, convert};
use crate::model::{Trouble, TroubleKind};

/// Holds the ARNs in an answer against what was asked for: ARNs, names, `family:revision`, or a family.
///
/// # Errors
/// Unreadable where one of them is of something else, or is not told.
pub(in crate::aws) fn about<'a>(
    clients: &Clients,
    call: &Op,
    on: &str,
    asked: &[impl AsRef<str>],
    told: impl IntoIterator<Item = Option<&'a str>>,
) -> Result<(), Trouble> {
    for told in told {
        let told = told.unwrap_or_default();
        if !asked.iter().any(|asked| is(asked.as_ref(), told)) {
            let what =
                if told.is_empty() { "nothing that has a name".to_owned() } else { convert::name(told) };
            let why = format!(
                "the answer describes {what}, which was not asked for; see what stands between this machine and AWS"
            );
            return Err(clients.trouble(call, on, TroubleKind::Unreadable, why));
        }
    }
    Ok(())
}

/// Holds the cluster in the ARNs of an answer against the one that was asked for: services of one name stand in many
/// clusters. An answer that names none contradicts nothing.
///
/// # Errors
/// Unreadable where one of them is of another cluster.
pub(in crate::aws) fn within<'a>(
    clients: &Clients,
    call: &Op,
    on: &str,
    cluster: &str,
    told: impl IntoIterator<Item = Option<&'a str>>,
) -> Result<(), Trouble> {
    let other = told.into_iter().flatten().find(|told| !is_in(cluster, told));
    other.map_or(Ok(()), |other| {
        let why = format!(
            "the answer describes {}, which is of another cluster than was asked for; see what stands between this machine and AWS",
            convert::name(other)
        );
        Err(clients.trouble(call, on, TroubleKind::Unreadable, why))
    })
}

/// Whether an ARN, of a cluster or of something in one, is of this cluster: a name, or its ARN. ARNs of before 2018 do not
/// name the cluster (Amazon ECS developer guide, "Amazon Resource Names (ARNs) and IDs").
pub(in crate::aws) fn is_in(cluster: &str, told: &str) -> bool {
    let found = match *path(told).as_slice() {
        ["cluster", name] => name,
        [_, cluster, _, ..] => cluster,
        _ => return true,
    };
    found == last(cluster) && is_there(cluster, told)
}

/// Partition, service, region and account, where they were asked for.
fn is_there(asked: &str, told: &str) -> bool {
    !asked.starts_with("arn:") || asked.split(':').take(5).eq(told.split(':').take(5))
}

/// Whether this ARN is of what was asked for.
pub(in crate::aws) fn is(asked: &str, told: &str) -> bool {
    let (name, found) = (last(asked), last(told));
    let same = if asked.contains(':') { name == found } else { name == found || Some(name) == family(found) };
    // those of a service or a task may have the cluster in them, or not
    let (own, other) = (path(asked), path(told));
    same && is_there(asked, told) && (own.len() != other.len() || own == other || !asked.starts_with("arn:"))
}

/// The last part of an ARN, or a name as it is.
fn last(text: &str) -> &str {
    text.rsplit('/').next().unwrap_or(text)
}

/// The family of `family:revision`.
fn family(found: &str) -> Option<&str> {
    found.rsplit_once(':').map(|(family, _)| family)
}

/// What stands behind the account.
fn path(text: &str) -> Vec<&str> {
    text.splitn(6, ':').nth(5).unwrap_or(text).split('/').collect()
}

#[cfg(test)]
mod tests {
    use super::{is, is_in};

    #[test]
    fn a_service_of_the_same_name_in_another_cluster_is_not_what_was_asked_for() {
        let arn = |rest: &str| format!("arn:aws:ecs:us-west-2:111122223333:{rest}");
        for (cluster, told, wanted) in [
            ("prod", arn("cluster/prod"), true),
            ("prod", arn("cluster/staging"), false),
            ("prod", arn("service/prod/web"), true),
            ("prod", arn("service/staging/web"), false),
            ("prod", arn("service/web"), true),
            ("prod", arn("task/staging/0a1b"), false),
            ("prod", arn("service-deployment/staging/web/aa"), false),
            (&arn("cluster/prod"), arn("task/prod/0a1b"), true),
            (&arn("cluster/prod"), arn("task/staging/0a1b"), false),
            ("prod", "arn:task/1".to_owned(), true),
        ] {
            assert_eq!(is_in(cluster, &told), wanted, "{cluster} {told}");
        }
        let other = "arn:aws:ecs:eu-west-1:111122223333:task/prod/0a1b";
        assert!(!is_in(&arn("cluster/prod"), other), "another region");
    }

    #[test]
    fn an_answer_is_about_what_was_asked_for() {
        let arn = |rest: &str| format!("arn:aws:ecs:us-west-2:111122223333:{rest}");
        let table = [
            ("web", arn("service/prod/web"), true),
            ("web", arn("service/prod/api"), false),
            ("web", arn("service/web"), true),
            (&arn("service/prod/web"), arn("service/web"), true),
            (&arn("service/prod/web"), arn("service/prod/web"), true),
            (&arn("service/prod/web"), arn("service/staging/web"), false),
            (&arn("task/prod/0a1b"), arn("task/prod/0a1b"), true),
            (&arn("task/prod/0a1b"), arn("task/prod/ffff"), false),
            ("0a1b", arn("task/prod/0a1b"), true),
            (&arn("task-definition/web:7"), arn("task-definition/web:7"), true),
            (&arn("task-definition/web:7"), arn("task-definition/web:8"), false),
            ("web:7", arn("task-definition/web:7"), true),
            ("web:7", arn("task-definition/api:7"), false),
            ("web", arn("task-definition/web:7"), true),
            ("web", arn("task-definition/api:7"), false),
            (&arn("task-definition/web"), arn("task-definition/web:7"), false),
            (&arn("service-deployment/prod/web/aa"), arn("service-deployment/prod/web/aa"), true),
            (&arn("service-deployment/prod/web/aa"), arn("service-deployment/prod/web/bb"), false),
            ("web", String::new(), false),
        ];
        for (asked, told, wanted) in table {
            assert_eq!(is(asked, &told), wanted, "{asked} {told}");
        }
        let other = "arn:aws:ecs:us-west-2:999999999999:service/prod/web";
        assert!(!is(&arn("service/prod/web"), other), "another account");
        assert!(!is(&arn("service/prod/web"), "arn:aws:ecs:eu-west-1:111122223333:service/prod/web"));
    }
}
