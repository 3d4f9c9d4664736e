//! What a plan touches beside its own service, and services that are protected more strictly use.
//!
//! A migration may be told to run another family of task definitions than the service's own. Where that is the family of such
//! a service, it would run with that one's secrets, and its copy would be the newest revision of the family: "If a revision is
//! not specified, the latest ACTIVE revision is used" (ECS API reference, UpdateService). A tag that is moved is what the next
//! tasks of every service run that is set to it, and what App Runner deploys where it deploys by itself.

use super::draft::Sheet;
use super::found::{Halt, Part};
use crate::model::{EnvironmentName, ask::Used};
use crate::ops::watch::label;
use crate::ops::{Beside, Neighbour};

/// What is touched, in the words of a refusal.
struct Touched {
    what: Used,
    /// `X`, as in “whether a service of prod uses X”.
    name: String,
    /// `X is the task definition of`, before the service that uses it.
    is: String,
    /// What to do instead, before “or protect it as strictly”.
    instead: &'static str,
}

/// Whom to ask for users of one thing.
struct Asked<'a> {
    environment: Option<EnvironmentName>,
    clusters: Option<Vec<String>>,
    apprunner: Option<Vec<String>>,
    /// Whose services all of them are; none: it goes by their clusters.
    of: Option<&'a Neighbour>,
}

/// Refuses what services use that are protected more strictly, and that of which it cannot be told.
pub(super) fn check(sheet: &mut Sheet) -> Part<()> {
    let beside = &sheet.context.beside;
    let key = sheet.context.key();
    let environment = &key.environment;
    for Touched { what, name, is, instead } in touched(sheet) {
        let remedy = format!("{instead}, or protect {environment} as strictly");
        for asked in asked(beside, &what) {
            let others_see = asked.environment.is_some();
            let scope = (asked.clusters, asked.apprunner);
            let users = match sheet.found.users(asked.environment, what.clone(), scope)? {
                Ok(users) => users,
                Err(trouble) => {
                    let mut why = trouble.clone();
                    why.remedy.clear();
                    let of = whose(beside, asked.of);
                    return Err(Halt::refuse(
                        format!("whether a service of {of} uses {name} cannot be read: {why}"),
                        remedy,
                    ));
                }
            };
            // what other credentials see under the same name may be another service
            let others = users.iter().filter(|(cluster, service)| {
                others_see
                    || (cluster.as_str(), service.as_str()) != (key.cluster.as_ref(), key.name.as_ref())
            });
            let over = others.filter_map(|(cluster, service)| {
                let (name, protection) = match asked.of {
                    Some(other) => (other.name.to_string(), other.protection),
                    // of a service of App Runner only its own name tells
                    None if cluster.is_empty() => beside.over(service)?,
                    None => beside.over(cluster)?,
                };
                let service =
                    if cluster.is_empty() { service.clone() } else { format!("{cluster}/{service}") };
                Some((service, name, protection))
            });
            if let Some((service, name, protection)) = over.max_by_key(|(.., protection)| *protection) {
                return Err(Halt::refuse(
                    format!(
                        "{is} {service} in {name}, which is {} where {environment} is {}",
                        protection.word(),
                        beside.own.word()
                    ),
                    remedy,
                ));
            }
        }
    }
    Ok(())
}

/// Whose services may use it, in words.
fn whose(beside: &Beside, one: Option<&Neighbour>) -> String {
    let mut names: Vec<&str> = match one {
        Some(one) => vec![one.name.as_str()],
        None => beside.near().map(|other| other.name.as_str()).collect(),
    };
    names.dedup();
    if names.is_empty() { "the account".to_owned() } else { names.join(", ") }
}

/// Whom to ask. A family of task definitions is one account's and region's. A tag is a registry's: whatever account a service
/// runs in, it follows what it is set to.
fn asked<'a>(beside: &'a Beside, what: &Used) -> Vec<Asked<'a>> {
    match what {
        Used::Image(_) if !beside.discovered => {
            let each = beside.stricter.iter().map(|other| Asked {
                environment: other.reached.then(|| other.name.clone()),
                clusters: other.clusters.clone(),
                apprunner: other.apprunner.clone(),
                of: Some(other),
            });
            each.collect()
        }
        _ if !beside.any() => Vec::new(),
        _ => vec![Asked { environment: None, clusters: beside.clusters(), apprunner: None, of: None }],
    }
}

/// Families that the plan runs or registers a revision of, besides the service's own, each once; and the tag it moves.
fn touched(sheet: &Sheet) -> Vec<Touched> {
    let family = |arn: &str| {
        let label = label(arn);
        label.rsplit_once(':').map_or(label, |(family, _)| family).to_owned()
    };
    let own = family(&sheet.detail.service.task_definition);
    let runs = sheet.facts.orders.iter().map(|order| family(&order.asked.task_definition));
    let copies = sheet.facts.templates.iter().map(|template| template.family.clone());
    let mut families: Vec<String> =
        runs.chain(copies).filter(|name| !name.is_empty() && *name != own).collect();
    families.sort();
    families.dedup();
    let mut found: Vec<Touched> = families
        .into_iter()
        .map(|family| Touched {
            name: format!("the task definition {family}"),
            is: format!("{family} is the task definition of"),
            what: Used::Family(family),
            instead: "give its migrations a family of their own (task_definition under [application.migration])",
        })
        .collect();
    if let Some(order) = &sheet.facts.tag {
        let image = format!("{}:{}", order.repository, order.tag);
        found.push(Touched {
            name: format!("the tag {image}"),
            is: format!("the tag {} is what runs next in", order.tag),
            what: Used::Image(image),
            instead: "set promotion = \"pinned\", or set the service to a tag of its own",
        });
    }
    found
}
