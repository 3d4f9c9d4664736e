//! What there is when nothing is configured: every cluster an environment of its name, App Runner services
//! in the environment that their tag `environment` names, else in `apprunner`.

use super::{
    apprunner,
    client::Client,
    ecs, identity,
    settings::{AppRunnerScope, Settings},
};
use crate::model::{EnvironmentName, Kind, ServiceKey, Trouble, identity::Identity};
use std::collections::BTreeSet;

/// The environment of App Runner services without a tag.
const UNTAGGED: &str = "apprunner";

/// What an account and region hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Discovered {
    /// Who is calling.
    pub identity: Identity,
    /// The region that was looked at.
    pub region: String,
    /// Names of the ECS clusters, sorted.
    pub clusters: Vec<String>,
    /// Values of the tag `environment` on App Runner services, sorted.
    pub tagged: Vec<String>,
    /// Whether there are App Runner services without that tag.
    pub untagged: bool,
    /// What could not be read although the rest could.
    pub gaps: Vec<Trouble>,
    /// Which parts they concern.
    pub failed: Vec<Part>,
}

/// A part of an account that is looked at by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The clusters of ECS.
    Clusters,
    /// The services of App Runner.
    AppRunner,
}

impl Discovered {
    /// Keeps what was known before of the parts that could not be looked at now: the clusters, or the environments
    /// that App Runner services were in. True where there was something to keep.
    pub fn keep<'a>(&mut self, known: impl Iterator<Item = &'a ServiceKey>) -> bool {
        let failed = |service: Part| self.failed.contains(&service);
        let (clusters, apprunner) = (failed(Part::Clusters), failed(Part::AppRunner));
        let before = (self.clusters.len(), self.tagged.len(), self.untagged);
        for key in known {
            match key.kind {
                Kind::Ecs | Kind::Express if clusters => self.clusters.push(key.cluster.to_string()),
                Kind::AppRunner if apprunner && key.environment.as_str() == UNTAGGED => self.untagged = true,
                Kind::AppRunner if apprunner => self.tagged.push(key.environment.to_string()),
                Kind::Ecs | Kind::Express | Kind::AppRunner => {}
            }
        }
        for names in [&mut self.clusters, &mut self.tagged] {
            names.sort();
            names.dedup();
        }
        (self.clusters.len(), self.tagged.len(), self.untagged) != before
    }

    /// Settings for every environment, all over the same account: those of clusters, those that tags name,
    /// and `apprunner` for services without a tag.
    pub fn environments(&self, base: &Settings) -> Vec<Settings> {
        let names: BTreeSet<&str> = self
            .clusters
            .iter()
            .chain(&self.tagged)
            .map(String::as_str)
            .chain(self.untagged.then_some(UNTAGGED))
            .collect();
        names
            .into_iter()
            .map(|name| {
                let mut settings = base.clone();
                settings.name = EnvironmentName::from(name);
                settings.account = Some(self.identity.account.clone());
                settings.clusters = Some(self.clusters.iter().filter(|c| *c == name).cloned().collect());
                settings.apprunner = if name == UNTAGGED && self.untagged {
                    AppRunnerScope::Untagged
                } else if self.tagged.iter().any(|t| t == name) {
                    AppRunnerScope::Tagged(name.to_owned())
                } else {
                    AppRunnerScope::None
                };
                settings
            })
            .collect()
    }
}

impl Discovered {
    fn miss(&mut self, part: Part, trouble: Trouble) {
        self.failed.push(part);
        self.gaps.push(trouble);
    }
}

/// Looks at the account.
pub(super) async fn discover(client: &Client) -> Result<Discovered, Trouble> {
    let clients = client.clients().await?;
    // side by side: nothing is shown of it unless the caller turns out to be in the right account
    let (identity, clusters, services) = futures_util::join!(
        identity::checked(&clients),
        ecs::list::clusters(&clients),
        apprunner::listed(&clients, true)
    );
    let identity = identity?;
    let mut found = Discovered {
        identity,
        region: clients.session.caller.region.clone(),
        clusters: Vec::new(),
        tagged: Vec::new(),
        untagged: false,
        gaps: Vec::new(),
        failed: Vec::new(),
    };
    match (clusters, services) {
        (Err(trouble), Err(_)) => return Err(trouble),
        (clusters, services) => {
            match clusters {
                Ok(mut names) => {
                    names.sort();
                    found.clusters = names;
                }
                Err(trouble) => found.miss(Part::Clusters, trouble),
            }
            match services {
                Ok(services) => {
                    found.untagged = services.iter().any(|s| s.environment.is_none());
                    let tags: BTreeSet<String> =
                        services.iter().filter_map(|s| s.environment.clone()).collect();
                    found.tagged = tags.into_iter().collect();
                }
                Err(trouble) => found.miss(Part::AppRunner, trouble),
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clusters_and_tags_make_environments() {
        let found = Discovered {
            identity: Identity { account: "111122223333".into(), ..Identity::default() },
            region: "us-west-2".into(),
            clusters: vec!["prod".into(), "staging".into()],
            tagged: vec!["staging".into(), "startup".into()],
            untagged: true,
            gaps: vec![],
            failed: vec![],
        };
        let environments = found.environments(&Settings::new(""));
        let told: Vec<_> = environments
            .iter()
            .map(|s| (s.name.as_str(), s.clusters.clone().unwrap(), s.apprunner.clone()))
            .collect();
        assert_eq!(
            told,
            vec![
                ("apprunner", vec![], AppRunnerScope::Untagged),
                ("prod", vec!["prod".to_owned()], AppRunnerScope::None),
                ("staging", vec!["staging".to_owned()], AppRunnerScope::Tagged("staging".into())),
                ("startup", vec![], AppRunnerScope::Tagged("startup".into())),
            ]
        );
        assert!(environments.iter().all(|s| s.account.as_deref() == Some("111122223333")));
    }

    #[test]
    fn what_was_known_is_kept_of_what_cannot_be_looked_at() {
        let known = [
            ServiceKey::new("apprunner", Kind::AppRunner, "", "a"),
            ServiceKey::new("startup", Kind::AppRunner, "", "b"),
            ServiceKey::new("startup", Kind::AppRunner, "", "c"),
            ServiceKey::new("prod", Kind::Ecs, "prod", "d"),
        ];
        let found = |failed: Vec<Part>| {
            let mut found = Discovered {
                identity: Identity::default(),
                region: "us-west-2".into(),
                clusters: vec!["staging".into()],
                tagged: vec![],
                untagged: false,
                gaps: vec![],
                failed,
            };
            found.keep(known.iter());
            (found.clusters.join(" "), found.tagged.join(" "), found.untagged)
        };
        assert_eq!(found(vec![]), ("staging".into(), String::new(), false), "what is gone is gone");
        assert_eq!(found(vec![Part::AppRunner]), ("staging".into(), "startup".into(), true));
        assert_eq!(found(vec![Part::Clusters]), ("prod staging".into(), String::new(), false));
    }
}
