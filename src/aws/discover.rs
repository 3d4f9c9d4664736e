//! What there is when nothing is configured: every cluster an environment of its name, App Runner services
//! in the environment that their tag `environment` names, else in `apprunner`.

use super::{
    apprunner,
    client::Client,
    ecs, identity,
    settings::{AppRunnerScope, Settings},
};
use crate::model::{EnvironmentName, Trouble, call::Identity};
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
}

impl Discovered {
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

/// Looks at the account.
pub(super) async fn discover(client: &Client) -> Result<Discovered, Trouble> {
    let link = client.link().await?;
    // side by side: nothing is shown of it unless the caller turns out to be in the right account
    let (identity, clusters, services) = futures_util::join!(
        identity::checked(&link),
        ecs::fleet::clusters(&link),
        apprunner::listed(&link, true)
    );
    let identity = identity?;
    let mut found = Discovered {
        identity,
        region: link.session.caller.region.clone(),
        clusters: Vec::new(),
        tagged: Vec::new(),
        untagged: false,
        gaps: Vec::new(),
    };
    match (clusters, services) {
        (Err(trouble), Err(_)) => return Err(trouble),
        (clusters, services) => {
            match clusters {
                Ok(mut names) => {
                    names.sort();
                    found.clusters = names;
                }
                Err(trouble) => found.gaps.push(trouble),
            }
            match services {
                Ok(services) => {
                    found.untagged = services.iter().any(|s| s.environment.is_none());
                    let tags: BTreeSet<String> =
                        services.iter().filter_map(|s| s.environment.clone()).collect();
                    found.tagged = tags.into_iter().collect();
                }
                Err(trouble) => found.gaps.push(trouble),
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
}
