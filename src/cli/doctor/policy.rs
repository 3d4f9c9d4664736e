//! `flightdeck doctor --policy`: the least policy that the configured environments need.

use crate::{
    aws::policy::{self, Reach},
    cli::{args::Common, fail, load},
    config::{
        Settings,
        settings::{Environment, Promotion, Scope},
    },
    model::Protection,
};

use super::Failure;

/// Prints one policy; where there are several environments, one for each, behind its name.
pub(super) fn print(common: &Common) -> Result<u8, Failure> {
    let settings = load::read(common, &load::flags(common))?.settings;
    let asked = |environment: &&Environment| {
        common.environments.is_empty()
            || common.environments.iter().any(|name| *name == environment.name.as_str())
    };
    let environments: Vec<&Environment> = settings.environments.iter().filter(asked).collect();
    let text = match environments.as_slice() {
        [] => document(&settings, &Environment::named("default")),
        [one] => document(&settings, one),
        several => several
            .iter()
            .map(|environment| format!("# {}\n{}", heading(environment), document(&settings, environment)))
            .collect::<Vec<_>>()
            .join("\n"),
    };
    fail::print(&text)?;
    Ok(0)
}

fn heading(environment: &Environment) -> String {
    let account = environment.account.as_deref().unwrap_or("any account");
    let region = environment.region.as_deref().unwrap_or("any region");
    format!("{}: {account}, {region}", environment.name)
}

fn document(settings: &Settings, environment: &Environment) -> String {
    let document = policy::document(&reach(settings, environment));
    format!("{document:#}\n")
}

fn reach(settings: &Settings, environment: &Environment) -> Reach {
    Reach {
        account: environment.account.clone().unwrap_or_default(),
        region: environment.region.clone().unwrap_or_default(),
        clusters: match &environment.clusters {
            Scope::All => None,
            Scope::None => Some(Vec::new()),
            Scope::Named(names) => Some(names.clone()),
        },
        apprunner: environment.apprunner != Scope::None,
        changes: !settings.read_only && environment.protection != Protection::ReadOnly,
        tags: settings.applications.iter().any(|application| application.promotion == Promotion::Tag),
        lock: settings.lock.as_ref().map(|lock| (lock.bucket.clone(), lock.prefix.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_only_gets_a_policy_that_only_reads() {
        let mut settings = Settings::default();
        let mut prod = Environment::named("prod");
        prod.account = Some("111122223333".into());
        prod.clusters = Scope::Named(vec!["prod".into()]);
        let changes = document(&settings, &prod);
        assert!(
            changes.contains("\"ecs:UpdateService\"") && changes.contains(":service/prod/*"),
            "{changes}"
        );
        prod.protection = Protection::ReadOnly;
        assert!(!document(&settings, &prod).contains("ecs:UpdateService"));
        prod.protection = Protection::Open;
        settings.read_only = true;
        assert!(!document(&settings, &prod).contains("ecs:UpdateService"));
        assert_eq!(heading(&prod), "prod: 111122223333, any region");
    }
}
