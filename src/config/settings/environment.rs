//! An environment as configured.

use crate::model::{EnvironmentName, Protection, Sealed};

/// Which of several things belong to an environment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Scope {
    /// None of them.
    None,
    /// All there are.
    #[default]
    All,
    /// Those of these names.
    Named(Vec<String>),
}

impl Scope {
    /// True when a thing of this name belongs to it.
    pub fn has(&self, name: &str) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::Named(names) => names.iter().any(|n| n == name),
        }
    }
}

/// An access key, for the demo and the simulator alone; no file can hold one.
#[derive(Debug, Clone, PartialEq)]
pub struct AccessKey {
    /// Its id.
    pub id: String,
    /// Its secret, a JSON string.
    pub secret: Sealed,
}

/// A named place: an account and a region, and what of them belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Environment {
    /// Its name.
    pub name: EnvironmentName,
    /// The profile of `~/.aws/config` that its credentials come from.
    pub profile: Option<String>,
    /// The role that is assumed on top.
    pub role_arn: Option<String>,
    /// Its region.
    pub region: Option<String>,
    /// Where AWS answers, when not at its ordinary address.
    pub endpoint_url: Option<String>,
    /// The account it has to be, twelve digits; compared with the caller's identity.
    pub account: Option<String>,
    /// Its ECS clusters.
    pub clusters: Scope,
    /// Its App Runner services.
    pub apprunner: Scope,
    /// How it is protected; the settings' `read_only` comes on top.
    pub protection: Protection,
    /// The environment that made it stricter than its own entry says, and why it did.
    pub strict_as: Option<(EnvironmentName, Reached)>,
    /// The environment whose version is put here next.
    pub promote_from: Option<EnvironmentName>,
    /// Credentials of the demo.
    pub access_key: Option<AccessKey>,
}

/// How an environment reaches what another one protects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    /// It is another name for the same place, which its user's own file protects.
    SamePlace,
    /// Migrations of its services run in a cluster of the other.
    Migrations,
    /// Migrations of its services run a task definition that those of the other run.
    Definitions,
}

impl Environment {
    /// Why it is stricter than its own entry says, a clause; none where it is not.
    pub fn stricter(&self) -> Option<String> {
        self.strict_as.as_ref().map(|(name, reached)| match reached {
            Reached::SamePlace => format!("since it reaches what {name} does in your own configuration"),
            Reached::Migrations => format!("since its migrations run in a cluster of {name}"),
            Reached::Definitions => format!("since its migrations run a task definition of those of {name}"),
        })
    }

    /// Whether the same things belong to another one.
    pub fn same_scope(&self, other: &Self) -> bool {
        self.clusters == other.clusters && self.apprunner == other.apprunner
    }

    /// Whether it is elsewhere than another one says of itself: in another region or account. What the other one leaves open
    /// may be anywhere.
    pub fn is_elsewhere(&self, other: &Self) -> bool {
        let differs = |own: &Option<String>, told: &Option<String>| told.is_some() && own != told;
        differs(&self.region, &other.region) || differs(&self.account, &other.account)
    }

    /// Whether another one is reached by the same credentials, in the same region.
    pub fn same_way(&self, other: &Self) -> bool {
        (&self.profile, &self.role_arn, &self.region, &self.access_key)
            == (&other.profile, &other.role_arn, &other.region, &other.access_key)
    }

    /// An environment of which only the name is known: everything in the account and region it is in.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.into(),
            profile: None,
            role_arn: None,
            region: None,
            endpoint_url: None,
            account: None,
            clusters: Scope::All,
            apprunner: Scope::All,
            protection: Protection::for_name(name),
            strict_as: None,
            promote_from: None,
            access_key: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_another_region_or_account_is_elsewhere() {
        let of = |region: Option<&str>, account: Option<&str>| Environment {
            region: region.map(str::to_owned),
            account: account.map(str::to_owned),
            ..Environment::named("prod")
        };
        let own = of(Some("us-west-2"), Some("111122223333"));
        assert!(!own.is_elsewhere(&own) && !own.is_elsewhere(&of(None, None)));
        for moved in [
            of(Some("eu-west-1"), Some("111122223333")),
            of(None, Some("111122223333")),
            of(Some("us-west-2"), Some("999999999999")),
        ] {
            assert!(moved.is_elsewhere(&own), "{moved:?}");
        }
    }
}
