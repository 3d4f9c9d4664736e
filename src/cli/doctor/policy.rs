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

use crate::cli::fail::Failure;

/// Prints one policy; where there are several environments, one for each, behind its name.
pub(super) fn print(common: &Common) -> Result<u8, Failure> {
    let settings = load::read(common, &load::flags(common))?.settings;
    let text = match settings.environments.as_slice() {
        [] => document(&settings, &Environment::named("default")),
        [one] => document(&settings, one),
        several => several
            .iter()
            .map(|environment| {
                format!("# {}\n{}", heading(&settings, environment), document(&settings, environment))
            })
            .collect::<Vec<_>>()
            .join("\n"),
    };
    fail::print(&text)?;
    Ok(0)
}

fn heading(settings: &Settings, environment: &Environment) -> String {
    let account = environment.account.as_deref().unwrap_or("any account");
    let region = region(settings, environment).unwrap_or("any region");
    format!("{}: {account}, {region}", environment.name)
}

/// Its region, else the one of environments that name none.
fn region<'a>(settings: &'a Settings, environment: &'a Environment) -> Option<&'a str> {
    environment.region.as_deref().or(settings.region.as_deref())
}

fn document(settings: &Settings, environment: &Environment) -> String {
    let document = policy::document(&reach(settings, environment));
    format!("{document:#}\n")
}

fn reach(settings: &Settings, environment: &Environment) -> Reach {
    Reach {
        account: environment.account.clone().unwrap_or_default(),
        region: region(settings, environment).unwrap_or_default().to_owned(),
        clusters: match &environment.clusters {
            Scope::All => None,
            Scope::None => Some(Vec::new()),
            Scope::Named(names) => Some(names.clone()),
        },
        apprunner: environment.apprunner != Scope::None,
        changes: settings.protection(&environment.name) != Protection::ReadOnly,
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
        settings.region = Some("eu-west-1".into());
        settings.environments = vec![prod.clone()];
        let changes = document(&settings, &prod);
        assert!(
            changes.contains("\"ecs:UpdateService\"")
                && changes.contains("ecs:eu-west-1:111122223333:service/prod/*"),
            "{changes}"
        );
        settings.environments[0].protection = Protection::ReadOnly;
        assert!(!document(&settings, &prod).contains("ecs:UpdateService"));
        settings.environments[0].protection = Protection::Open;
        settings.read_only = true;
        assert!(!document(&settings, &prod).contains("ecs:UpdateService"));
        assert_eq!(heading(&settings, &prod), "prod: 111122223333, eu-west-1");
        assert_eq!(heading(&Settings::default(), &prod), "prod: 111122223333, any region");
    }
}
