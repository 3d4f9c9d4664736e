//! The file that `flightdeck init` writes: what was found, with a word on each field.

use super::settings::value;
use crate::model::{Kind, Protection, ServiceKey};
use std::{collections::BTreeMap, fmt::Write};

/// An environment that was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FoundEnvironment {
    /// Its name.
    pub name: String,
    /// The profile it was found with.
    pub profile: Option<String>,
    /// The role that was assumed.
    pub role_arn: Option<String>,
    /// Its region.
    pub region: Option<String>,
    /// The endpoint that was asked, when not AWS's own.
    pub endpoint_url: Option<String>,
    /// Its account.
    pub account: Option<String>,
    /// Its ECS clusters.
    pub clusters: Vec<String>,
    /// Its App Runner services.
    pub apprunner: Vec<String>,
}

/// An application that was found: services that run the same repository's images.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FoundApplication {
    /// Its name.
    pub name: String,
    /// Its ECR repository.
    pub repository: Option<String>,
    /// Its services.
    pub services: Vec<ServiceKey>,
    /// Services of environments where more than one could be it.
    pub candidates: Vec<ServiceKey>,
    /// The container that a migration would run in, where there is one to name.
    pub container: Option<String>,
}

/// A commented `flightdeck.toml` that reads back as these environments and applications. Names that a
/// configuration cannot hold are left out with a comment.
pub fn render(environments: &[FoundEnvironment], applications: &[FoundApplication]) -> String {
    let mut out = String::from(
        "# flightdeck: what `flightdeck init` found. Change what is wrong, delete what you do not need;\n\
         # everything here is optional. Settings of your own go into ~/.config/flightdeck/config.toml.\n\n\
         # theme = \"dark\"        # dark, light, high-contrast, mono, or one of your own\n\
         # keymap = \"default\"    # default, vim, emacs, or one of your own\n\
         # glyphs = \"auto\"       # as the terminal can, or \"unicode\", \"ascii\"\n\
         # refresh = \"10s\"       # how often AWS is asked\n\
         # stuck_after = \"15m\"   # a rollout without progress for so long counts as stuck\n\
         # times = \"relative\"    # or \"absolute\"\n\
         # mouse = true\n\
         # slow = false          # true: a line of few bytes, drawn every 2 s unless a key asks\n\
         # read_only = false     # true: nothing can be changed anywhere\n\
         # cost_limit = 0.10     # dollars an hour for CloudWatch metrics\n\
         # cache = true          # keep the last known fleet on disk\n\n\
         # [lock]                # one release at a time of each application, and everybody's runs in one place\n\
         # s3 = \"s3://bucket/flightdeck\"\n\
         # ttl = \"15m\"           # a lock that nobody refreshes for so long is free\n\n\
         # [journal]\n\
         # keep = \"1y\"           # older runs go into the archive; or \"forever\"\n\n\
         # [notify]              # tell somebody who looks elsewhere\n\
         # on = []               # \"run-ended\", \"waiting\", \"alarm\"\n\
         # by = [\"bell\"]         # and \"title\", \"osc9\", \"osc777\"\n",
    );
    if environments.is_empty() {
        out.push_str(
            "\n# No environment was found. One looks like this:\n\
             # [[environment]]\n\
             # name = \"staging\"\n\
             # profile = \"staging\"\n\
             # region = \"us-west-2\"\n\
             # clusters = [\"staging\"]\n\
             # apprunner = true\n",
        );
    }
    let mut names: Vec<&str> = Vec::new();
    for found in environments {
        if value::name(&found.name).is_err() || names.contains(&found.name.as_str()) {
            let _ = write!(out, "\n# Left out, its name cannot be used: {}\n", literal(&found.name));
            continue;
        }
        names.push(&found.name);
        environment(&mut out, found, before(found, environments));
    }
    let mut seen: Vec<&str> = Vec::new();
    for found in applications {
        if value::name(&found.name).is_err() || seen.contains(&found.name.as_str()) {
            let _ = write!(out, "\n# Left out, its name cannot be used: {}\n", literal(&found.name));
            continue;
        }
        seen.push(&found.name);
        application(&mut out, found, &names);
    }
    out
}

/// The environment whose version most likely comes to this one next: the only other that does not look like
/// production, for one that does.
fn before<'a>(found: &FoundEnvironment, all: &'a [FoundEnvironment]) -> Option<&'a str> {
    let production = |name: &str| Protection::for_name(name) == Protection::Typed;
    if !production(&found.name) {
        return None;
    }
    let staging = |name: &str| ["staging", "stage", "stg", "preprod", "uat"].iter().any(|s| name.contains(s));
    let names = || all.iter().map(|e| e.name.as_str()).filter(|name| !production(name));
    let usable = |name: &&str| value::name(name).is_ok();
    let mut likely = names().filter(|name| staging(name)).filter(usable);
    if let (Some(only), None) = (likely.next(), likely.next()) {
        return Some(only);
    }
    let mut others = names().filter(usable);
    others.next().filter(|_| others.next().is_none())
}

fn environment(out: &mut String, found: &FoundEnvironment, before: Option<&str>) {
    out.push_str("\n[[environment]]\n");
    field(out, "name", &literal(&found.name), "");
    optional(out, "profile", found.profile.as_deref(), "");
    optional(out, "role_arn", found.role_arn.as_deref().filter(|r| value::role(r).is_ok()), "");
    optional(out, "region", found.region.as_deref().filter(|r| value::region(r).is_ok()), "");
    optional(out, "endpoint_url", found.endpoint_url.as_deref().filter(|u| value::endpoint(u).is_ok()), "");
    let account = found.account.as_deref().filter(|a| value::account(a).is_ok());
    optional(out, "account", account, "checked against the caller's identity");
    if !found.clusters.is_empty() || found.apprunner.is_empty() {
        field(out, "clusters", &list(&named(&found.clusters, value::cluster)), "");
    }
    if !found.apprunner.is_empty() {
        let services = named(&found.apprunner, value::app_runner_service);
        field(out, "apprunner", &list(&services), "true takes all of the account");
    }
    let protection = Protection::for_name(&found.name).word();
    field(out, "protection", &literal(protection), "open, confirm, typed or read-only");
    let before = literal(before.unwrap_or("…"));
    let _ = writeln!(out, "# promote_from = {before}    # the environment whose version comes here next");
}

/// Those that the file may name: what AWS would not call so is not read back.
fn named<E>(found: &[String], check: impl Fn(&str) -> Result<String, E>) -> Vec<String> {
    found.iter().filter(|name| check(name).is_ok()).cloned().collect()
}

fn application(out: &mut String, found: &FoundApplication, environments: &[&str]) {
    out.push_str("\n[[application]]\n");
    field(out, "name", &literal(&found.name), "");
    optional(out, "repository", found.repository.as_deref(), "ECR");
    let mut services: Vec<String> = Vec::new();
    let mut taken: Vec<&str> = Vec::new();
    for key in &found.services {
        let environment = key.environment.as_str();
        let known = environments.is_empty() || environments.contains(&environment);
        let usable = value::service(&key.environment, &place(key)).is_ok();
        if known && usable && !taken.contains(&environment) {
            taken.push(environment);
            services.push(format!("{} = {}", literal(environment), literal(&place(key))));
        }
    }
    let mut open: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for key in &found.candidates {
        open.entry(key.environment.as_str()).or_default().push(literal(&place(key)));
    }
    for (environment, places) in open {
        let _ = writeln!(
            out,
            "# add one of these to services: {} = {}",
            literal(environment),
            places.join(" or ")
        );
    }
    field(out, "services", &format!("{{ {} }}", services.join(", ")), "");
    let container = found.container.as_deref().unwrap_or("service");
    let _ = write!(
        out,
        "# container = {}    # where nothing in AWS tells which container the application is\n\
         # promotion = \"pinned\"    # or \"tag\": the tag that the service is set to moves to the image\n\
         # [application.migration]\n\
         # command = [\"goose\", \"-dir\", \"migrations\", \"up\"]\n\
         # checks = [[\"goose\", \"-dir\", \"migrations\", \"status\"]]    # run first; each has to exit with 0\n\
         # down = [\"goose\", \"-dir\", \"migrations\", \"down\"]    # offered, never run unasked\n\
         # environment = {{ GOOSE_TABLE = \"goose_db_version\" }}    # besides the container's own; no secrets\n\
         # timeout = \"10m\"\n",
        literal(container)
    );
    if found.services.iter().any(|key| key.kind == Kind::AppRunner) {
        out.push_str(
            "# [application.migration.apprunner]    # what is different for App Runner, which runs no tasks\n\
             # cluster = \"{environment}\"    # or, on your machine, local set to true with a command of its own\n\
             # task_definition = \"{environment}-migrate\"\n\
             # subnets = [\"subnet-0a1b2c3d\"]\n\
             # security_groups = [\"sg-0a1b2c3d\"]\n",
        );
    }
    out.push_str(
        "# [application.verify]    # what has to hold after a deploy before it counts\n\
         # window = \"5m\"\n\
         # max_5xx_ratio = 0.01\n\
         # max_5xx_rise = 0.01   # above the share of the hour before\n\
         # max_p99 = \"800ms\"\n\
         # max_p99_rise = 0.5    # half as long again as in the hour before\n\
         # no_evidence = \"unverified\"    # or \"pass\", \"roll_back\"\n\
         # rollback = true       # watch after a rollback, too\n\
         # alarms = []           # names; {environment} stands for the environment's\n",
    );
}

fn place(key: &ServiceKey) -> String {
    match key.kind {
        Kind::AppRunner => format!("apprunner:{}", key.name),
        kind => format!("{kind}:{}/{}", key.cluster, key.name),
    }
}

fn field(out: &mut String, name: &str, value: &str, comment: &str) {
    let gap = if comment.is_empty() { "" } else { "    # " };
    let _ = writeln!(out, "{name} = {value}{gap}{comment}");
}

fn optional(out: &mut String, name: &str, value: Option<&str>, comment: &str) {
    if let Some(value) = value.filter(|value| !value.trim().is_empty() && value::shown(value).is_ok()) {
        field(out, name, &literal(value), comment);
    }
}

fn list(names: &[String]) -> String {
    let names: Vec<String> =
        names.iter().filter(|name| value::shown(name).is_ok()).map(|name| literal(name)).collect();
    format!("[{}]", names.join(", "))
}

/// A TOML string on one line, whatever it holds.
fn literal(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Settings, settings::Scope, source::Source};
    use proptest::prelude::*;

    fn read(text: &str) -> Settings {
        Settings::parse(&Source::new("flightdeck.toml", text))
            .unwrap_or_else(|error| panic!("{error}\n{text}"))
    }

    #[test]
    fn what_was_found_is_read_back() {
        let environments = [
            FoundEnvironment {
                name: "startup".into(),
                region: Some("us-west-2".into()),
                account: Some("111122223333".into()),
                apprunner: vec!["fem-fd-service".into()],
                ..FoundEnvironment::default()
            },
            FoundEnvironment {
                name: "prod".into(),
                profile: Some("fem-prod".into()),
                clusters: vec!["prod".into()],
                ..FoundEnvironment::default()
            },
        ];
        let applications = [FoundApplication {
            name: "fem-fd-service".into(),
            repository: Some("fem-fd-service".into()),
            services: vec![
                ServiceKey::new("startup", Kind::AppRunner, "", "fem-fd-service"),
                ServiceKey::new("prod", Kind::Ecs, "prod", "prod-service"),
            ],
            candidates: Vec::new(),
            container: None,
        }];
        let text = render(&environments, &applications);
        insta::assert_snapshot!(text);
        let settings = read(&text);
        assert_eq!(settings.environments.len(), 2);
        assert_eq!(settings.environments[0].apprunner, Scope::Named(vec!["fem-fd-service".into()]));
        assert_eq!(settings.environments[1].protection, Protection::Typed);
        assert_eq!(settings.applications[0].services.len(), 2);
    }

    #[test]
    fn the_comments_are_valid_when_taken_in() {
        let found = FoundApplication {
            name: "api".into(),
            services: vec![ServiceKey::new("staging", Kind::AppRunner, "", "api")],
            ..FoundApplication::default()
        };
        let text = render(&[], &[found]);
        let open: Vec<&str> = text
            .lines()
            .map(|line| {
                line.strip_prefix("# ")
                    .filter(|rest| rest.contains(" = ") || rest.starts_with('['))
                    .unwrap_or(line)
            })
            .collect();
        let settings = read(&open.join("\n"));
        let application = &settings.applications[0];
        assert!(application.verify.is_some() && settings.lock.is_some());
        assert!(
            application
                .migration_for(&application.services[0])
                .is_some_and(|m| m.fits_apprunner() && m.network.is_some())
        );
        assert_eq!(settings.environments[0].name.as_str(), "staging");
        assert_eq!(
            Settings {
                environments: Vec::new(),
                applications: Vec::new(),
                places: Vec::new(),
                lock: None,
                ..settings
            },
            Settings::default()
        );
    }

    proptest! {
        #[test]
        fn whatever_is_found_reads_back(
            names in proptest::collection::vec("\\PC{0,12}|[a-z]{1,5}", 0..5),
            things in proptest::collection::vec(any::<String>(), 0..4),
            odd in any::<String>(),
        ) {
            let environments: Vec<FoundEnvironment> = names.iter().map(|name| FoundEnvironment {
                name: name.clone(),
                profile: Some(odd.clone()),
                role_arn: Some(odd.clone()),
                region: Some(odd.clone()),
                endpoint_url: Some(odd.clone()),
                account: Some(odd.clone()),
                clusters: things.clone(),
                apprunner: things.clone(),
            }).collect();
            let application = FoundApplication {
                name: "api".into(),
                repository: Some(odd.clone()),
                services: Vec::new(),
                candidates: vec![ServiceKey::new(&odd, Kind::Ecs, &odd, &odd)],
                container: Some(odd.clone()),
            };
            read(&render(&environments, &[application]));
        }
    }
}
