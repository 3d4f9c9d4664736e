//! What the command line changes of what the planner is told.

use crate::{cli::fail::Failure, config::Settings, ops::Context};

/// Makes a migration of it that takes the last one back: the configured command, without the checks before it.
///
/// # Errors
/// Exit code 2 where none is configured.
pub fn take_back(context: &mut Context, settings: &Settings) -> Result<(), Failure> {
    let configured = settings.application_for(context.key()).and_then(|a| a.migration_for(context.key()));
    match configured.map(|migration| migration.down.clone()).filter(|down| !down.is_empty()) {
        Some(down) => {
            context.migration.command = down;
            context.migration.checks.clear();
            Ok(())
        }
        None => Err(Failure::usage(format!(
            "--down: no such command is configured for {}; set down under [application.migration]",
            context.key()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        app::context::{self, Whereabouts},
        config::source::Source,
        model::{Kind, Service, ServiceKey},
    };

    const TEXT: &str = r#"
[[environment]]
name = "prod"
[[application]]
name = "shop"
services = { prod = "ecs:prod/web" }
[application.migration]
command = ["goose", "up"]
checks = [["goose", "status"]]
down = ["goose", "down"]
"#;

    #[test]
    fn a_migration_is_taken_back_by_its_own_command_alone() {
        let settings = Settings::parse(&Source::new("t", TEXT.to_owned())).unwrap();
        let of = |name: &str| {
            let service = Service::named(ServiceKey::new("prod", Kind::Ecs, "prod", name), String::new());
            context::of(&settings, service, &Whereabouts::default(), "me@here", &[])
        };
        let mut back = of("web");
        take_back(&mut back, &settings).unwrap();
        assert!(back.migration.command == ["goose", "down"] && back.migration.checks.is_empty());
        assert_eq!(take_back(&mut of("other"), &settings).unwrap_err().code, 2);
    }
}
