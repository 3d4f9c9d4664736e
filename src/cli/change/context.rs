//! What the planner is told: the settings, and what this machine's journal knows.

use crate::{
    config::{Application, Settings},
    model::{Protection, RunKind, RunView, Service, ServiceKey, Stamp, Verdict, Version},
    ops::{self, Context, MigrationSettings, Ran, VerifySettings},
};
use std::time::Duration;

/// Where a service is, as far as it was read.
#[derive(Debug, Clone, Default)]
pub struct Whereabouts {
    /// Twelve digits; empty where none is known.
    pub account: String,
    /// The region; empty for that of the service's ARN.
    pub region: String,
}

/// The context of a change of `service`. `who` is `user@host`; `past` are the runs of the journal.
pub fn of(
    settings: &Settings,
    service: Service,
    whereabouts: &Whereabouts,
    who: &str,
    past: &[RunView],
) -> Context {
    let key = service.key.clone();
    let configured = settings.environment(&key.environment);
    let account = configured.and_then(|e| e.account.clone()).unwrap_or_else(|| whereabouts.account.clone());
    let region = match whereabouts.region.as_str() {
        "" => service.arn.split(':').nth(3).unwrap_or_default().to_owned(),
        known => known.to_owned(),
    };
    let mut context = Context::new(service, &account, &region, who);
    if let Some(application) = settings.application_for(&key) {
        configure(&mut context, application);
    }
    context.previous = previous(past, &key);
    // nobody's AWS is asked more often than the cockpit would
    context.poll_ms = millis(settings.refresh / 2).clamp(500, ops::POLL_MS);
    context.stuck_after_ms = millis(settings.stuck_after);
    context.read_only = settings.protection(&key.environment) == Protection::ReadOnly;
    context
}

fn configure(context: &mut Context, application: &Application) {
    context.repository.clone_from(&application.repository);
    if let Some(migration) = &application.migration {
        context.container.clone_from(&migration.container);
        context.migration = MigrationSettings {
            container: migration.container.clone(),
            command: migration.command.clone(),
            checks: migration.checks.clone(),
            timeout_s: migration.timeout.as_secs(),
            task_definition: migration.task_definition.clone(),
            ..MigrationSettings::default()
        };
    }
    context.verify = application.verify.as_ref().map(|verify| VerifySettings {
        window_ms: millis(verify.window),
        max_5xx_ratio: verify.max_5xx_ratio,
        max_p99_ms: verify.max_p99.map(millis),
        alarms: verify.alarms.clone(),
    });
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Images that this machine's journal knows to have run here: those its runs put in place, and those that were
/// set when a run began.
fn previous(past: &[RunView], key: &ServiceKey) -> Vec<(Version, Ran)> {
    let own = || past.iter().filter(|view| view.header.key == *key);
    let put = |view: &RunView| -> Option<Stamp> {
        let (Verdict::Succeeded, _, at) = view.end.as_ref()? else { return None };
        let puts = matches!(
            view.header.kind,
            RunKind::Deploy | RunKind::Rollback | RunKind::Promote | RunKind::Release
        );
        puts.then_some(*at)
    };
    let set_before = own().filter_map(|view| {
        let at = view.header.at;
        let ran = match (put(view), view.header.kind) {
            (Some(_), RunKind::Rollback) => Ran::RolledBackFrom(at),
            (Some(_), _) => Ran::Until(at),
            (None, _) => Ran::Seen(at),
        };
        Some((view.before.clone()?, ran))
    });
    own()
        .filter_map(|view| {
            let at = put(view)?;
            let image = view.writes.iter().rev().find_map(|(operation, target, _)| {
                let image = target.split_once(" → ").map(|(_, image)| image)?;
                matches!(operation.as_str(), "apprunner:UpdateService" | "ecs:UpdateExpressGatewayService")
                    .then_some(image)
            })?;
            Some((Version::of(image, None), Ran::PutInPlace(at)))
        })
        .chain(set_before)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config::source::Source, model::Kind};

    const TEXT: &str = r#"
refresh = "1s"
[[environment]]
name = "prod"
account = "111122223333"
protection = "read-only"
[[application]]
name = "shop"
repository = "shop"
services = { prod = "ecs:prod/web" }
[application.migration]
command = ["goose", "up"]
checks = [["goose", "status"]]
timeout = "2m"
[application.verify]
window = "3m"
max_5xx_ratio = 0.02
"#;

    fn service(name: &str) -> Service {
        let arn = format!("arn:aws:ecs:eu-west-1:111122223333:service/prod/{name}");
        Service::named(ServiceKey::new("prod", Kind::Ecs, "prod", name), arn)
    }

    #[test]
    fn the_settings_reach_the_planner() {
        let settings = Settings::parse(&Source::new("t", TEXT.to_owned())).unwrap();
        let here = Whereabouts { account: "999999999999".into(), region: String::new() };
        let context = of(&settings, service("web"), &here, "me@here", &[]);
        assert_eq!((context.account.as_str(), context.region.as_str()), ("111122223333", "eu-west-1"));
        assert_eq!((context.poll_ms, context.read_only), (500, true));
        assert_eq!(context.repository.as_deref(), Some("shop"));
        assert_eq!(context.migration.checks, [["goose", "status"]]);
        assert_eq!(context.migration.timeout_s, 120);
        let verify = context.verify.unwrap();
        assert_eq!((verify.window_ms, verify.max_5xx_ratio), (180_000, Some(0.02)));
        // of another service nothing is configured
        let other = of(&settings, service("other"), &here, "me@here", &[]);
        assert!(other.migration.command.is_empty() && other.verify.is_none());
    }
}
