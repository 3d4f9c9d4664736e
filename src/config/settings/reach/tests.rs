//! Places under other names, and migrations that reach them.

use crate::{
    config::{
        Settings,
        settings::{Flags, environment::Reached, file, layers::merge},
        source::Source,
    },
    model::Protection,
};

/// The settings of an own file and a project's.
fn both(own: &str, project: &str) -> Settings {
    with(own, project, &Flags::default())
}

fn with(own: &str, project: &str, flags: &Flags) -> Settings {
    let layer = |name: &str, text: &str| file::parse(&Source::new(name, text.to_owned())).unwrap();
    merge(layer("own", own), layer("project", project), &|_| None, flags).unwrap().settings
}

const OWN: &str = r#"
[[environment]]
name = "prod"
region = "us-west-2"
account = "111122223333"
clusters = ["prod"]
protection = "read-only"
"#;

#[test]
fn another_name_for_the_same_place_is_as_strict() {
    for (sandbox, strict) in [
        ("clusters = [\"prod\"]", true),
        ("clusters = [\"a\", \"prod\"]", true),
        ("clusters = [\"arn:aws:ecs:us-west-2:111122223333:cluster/prod\"]", true),
        ("", true),
        ("clusters = [\"prod\"]\nregion = \"us-west-2\"", true),
        ("clusters = [\"prod\"]\naccount = \"111122223333\"", true),
        ("clusters = [\"prod\"]\nprofile = \"another\"", true),
        ("clusters = [\"prod\"]\nendpoint_url = \"http://127.0.0.1:1\"", true),
        ("clusters = [\"prod\"]\nregion = \"eu-west-1\"", false),
        ("clusters = [\"prod\"]\naccount = \"999999999999\"", false),
        ("clusters = [\"prod\"]\nrole_arn = \"arn:aws:iam::999999999999:role/x\"", false),
        ("clusters = [\"staging\"]", false),
        ("apprunner = true", false),
    ] {
        let project = format!("[[environment]]\nname = \"sandbox\"\nprotection = \"open\"\n{sandbox}\n");
        let settings = both(OWN, &project);
        let found = settings.environment(&"sandbox".into()).unwrap();
        let wanted = if strict { Protection::ReadOnly } else { Protection::Open };
        assert_eq!(found.protection, wanted, "{sandbox}");
        assert_eq!(found.strict_as, strict.then(|| ("prod".into(), Reached::SamePlace)), "{sandbox}");
    }
}

#[test]
fn what_is_strict_for_its_name_is_so_by_another_name() {
    let own = |name: &str| format!("[[environment]]\nname = \"{name}\"\nclusters = [\"shop\"]\n");
    for (name, wanted) in [("production", Protection::Typed), ("staging", Protection::Open)] {
        let project = "[[environment]]\nname = \"x\"\nclusters = [\"shop\"]\nprotection = \"open\"\n";
        assert_eq!(both(&own(name), project).protection(&"x".into()), wanted, "{name}");
    }
}

#[test]
fn what_its_user_says_of_several_names_is_left_alone() {
    let own =
        format!("{OWN}[[environment]]\nname = \"play\"\nclusters = [\"prod\"]\nprotection = \"open\"\n");
    assert_eq!(both(&own, "").protection(&"play".into()), Protection::Open);
    // nor can a project take the own environment's place first
    let project = "[[environment]]\nname = \"prod\"\nclusters = [\"other\"]\nprotection = \"open\"\n\
                   [[environment]]\nname = \"sandbox\"\nclusters = [\"prod\"]\nprotection = \"open\"\n";
    let settings = both(OWN, project);
    assert_eq!(settings.protection(&"sandbox".into()), Protection::ReadOnly);
    assert_eq!(settings.protection(&"prod".into()), Protection::ReadOnly);
}

#[test]
fn app_runner_and_endpoints() {
    let own = "[[environment]]\nname = \"startup\"\napprunner = [\"shop\"]\nprotection = \"typed\"\n";
    let project = |more: &str| format!("[[environment]]\nname = \"x\"\nprotection = \"open\"\n{more}\n");
    let protection = |own: &str, more: &str| both(own, &project(more)).protection(&"x".into());
    for (more, wanted) in [
        ("apprunner = [\"shop\"]", Protection::Typed),
        ("apprunner = [\"arn:aws:apprunner:us-west-2:111122223333:service/shop/8fe1\"]", Protection::Typed),
        ("apprunner = true", Protection::Typed),
        ("apprunner = [\"other\"]", Protection::Open),
        ("clusters = [\"shop\"]", Protection::Open),
    ] {
        assert_eq!(protection(own, more), wanted, "{more}");
    }
    // one place is called at many addresses, whoever tells which
    let local = format!("endpoint_url = \"http://127.0.0.1:4566\"\n{own}");
    for other in ["http://localhost:4566", "http://127.0.0.1:4566/", "http://127.0.0.1:1"] {
        let elsewhere = format!("apprunner = [\"shop\"]\nendpoint_url = \"{other}\"");
        assert_eq!(protection(&local, &elsewhere), Protection::Typed, "{other}");
        assert_eq!(protection(own, &elsewhere), Protection::Typed, "{other}");
    }
}

/// What a project says of the place of an own environment that names no region.
#[test]
fn what_a_project_says_for_all_moves_no_own_environment() {
    let own = "[[environment]]\nname = \"prod\"\nclusters = [\"prod\"]\nprotection = \"read-only\"\n";
    let sandbox = |top: &str, region: &str| {
        format!(
            "{top}[[environment]]\nname = \"sandbox\"\nprotection = \"open\"\nclusters = [\"prod\"]\n{region}\n"
        )
    };
    let (west, east) = ("region = \"us-west-2\"\n", "region = \"eu-west-1\"\n");
    for (file, top, region, strict) in [
        ("", east, west, true),
        ("", east, "", true),
        ("", "", west, true),
        (west, east, west, true),
        (west, west, "", true),
        (west, "", east, false),
        (west, east, "", false),
    ] {
        let own = format!("{file}{own}");
        for flag in [None, Some("eu-west-1".to_owned()), Some("us-west-2".to_owned())] {
            let flags = Flags { region: flag.clone(), ..Flags::default() };
            let project = sandbox(top, region);
            let settings = with(&own, &project, &flags);
            let found = settings.protection(&"sandbox".into());
            // a flag tells where own environments are as well
            let strict =
                strict || flag.as_deref() == Some("eu-west-1") || (flag.is_some() && region.is_empty());
            let wanted = if strict { Protection::ReadOnly } else { Protection::Open };
            assert_eq!(found, wanted, "{file} {top} {region} {flag:?}");
            let prod = settings.environment(&"prod".into()).unwrap();
            let file = (!file.is_empty()).then(|| "us-west-2".to_owned());
            let kept = flag.clone().or(file).filter(|_| !top.is_empty());
            assert_eq!(prod.region, kept, "{top} {region} {flag:?}");
        }
    }
}

#[test]
fn an_own_environment_that_a_project_puts_where_another_is_is_as_strict() {
    let own = |staging: &str, prod: &str| {
        format!(
            "[[environment]]\nname = \"staging\"\nclusters = [\"shop\"]\nprotection = \"open\"\n{staging}\n\
             [[environment]]\nname = \"prod\"\nclusters = [\"shop\"]\nprotection = \"read-only\"\n{prod}\n"
        )
    };
    for (staging, prod, project, strict) in [
        ("", "region = \"eu-west-1\"", "region = \"eu-west-1\"", true),
        ("", "region = \"eu-west-1\"", "region = \"us-west-2\"", false),
        ("", "region = \"eu-west-1\"", "", false),
        ("", "profile = \"prod\"", "profile = \"prod\"", true),
        ("", "profile = \"prod\"", "profile = \"staging\"", false),
        ("profile = \"staging\"", "profile = \"prod\"", "region = \"eu-west-1\"", false),
        // its user gives both the same place
        ("", "", "region = \"eu-west-1\"", false),
    ] {
        let found = both(&own(staging, prod), project).protection(&"staging".into());
        let wanted = if strict { Protection::ReadOnly } else { Protection::Open };
        assert_eq!(found, wanted, "{staging} {prod} {project}");
    }
}

#[test]
fn what_an_own_environment_reaches_counts_whatever_a_project_says_of_it() {
    let own = "[[environment]]\nname = \"prod\"\nclusters = [\"prod\"]\nprotection = \"read-only\"\n\
               [[application]]\nname = \"a\"\nservices = { prod = \"ecs:prod/web\" }\n\
               [application.migration]\ncommand = [\"up\"]\ntask_definition = \"prod-migrate\"\n";
    let staging = |migration: &str| {
        format!(
            "[[environment]]\nname = \"staging\"\nregion = \"us-west-2\"\nclusters = [\"staging\"]\nprotection = \"open\"\n\
             [[application]]\nname = \"b\"\nservices = {{ staging = \"ecs:staging/web\" }}\n\
             [application.migration]\ncommand = [\"up\"]\n{migration}\n"
        )
    };
    let moved = "[[environment]]\nname = \"prod\"\nregion = \"eu-west-1\"\nclusters = [\"x\"]\n";
    let emptied = "[[application]]\nname = \"a\"\nservices = {}\n";
    for migration in ["cluster = \"prod\"", "task_definition = \"prod-migrate\""] {
        for before in ["region = \"eu-west-1\"\n", &format!("{moved}{emptied}"), emptied] {
            let project = format!("{before}{}", staging(migration));
            let settings = both(own, &project);
            assert_eq!(settings.protection(&"staging".into()), Protection::ReadOnly, "{migration} {before}");
        }
    }
    let settings = both(own, &format!("region = \"eu-west-1\"\n{}", staging("")));
    let found = settings.stricter(&"staging".into());
    assert!(matches!(found.as_slice(), [prod] if prod.beside), "{found:?}");
}

#[test]
fn a_migration_in_a_cluster_of_who_has_all_the_others_is_as_protected_as_that() {
    let own = |account: &str| {
        format!(
            "[[environment]]\nname = \"staging\"\nclusters = [\"staging\"]\nprotection = \"open\"\n\
             [[environment]]\nname = \"rest\"\nprotection = \"read-only\"\n{account}\n"
        )
    };
    let project = |more: &str, cluster: &str| {
        format!(
            "{more}[[application]]\nname = \"a\"\nservices = {{ staging = \"ecs:staging/web\" }}\n\
             [application.migration]\ncommand = [\"up\"]\ncluster = \"{cluster}\"\n"
        )
    };
    let decoy = "[[environment]]\nname = \"z\"\nprotection = \"open\"\nclusters = [\"preview\"]\n";
    let away = format!("{decoy}account = \"999999999999\"\n");
    let account = "account = \"111122223333\"";
    for (account, more, cluster, strict) in [
        ("", "", "prod", true),
        ("", "", "preview", true),
        ("", "", "staging", false),
        ("", decoy, "preview", true),
        ("", &away, "preview", true),
        (account, &away, "preview", true),
        (account, decoy, "preview", true),
    ] {
        let settings = both(&own(account), &project(more, cluster));
        let found = settings.environment(&"staging".into()).unwrap();
        let wanted = if strict { Protection::ReadOnly } else { Protection::Open };
        assert_eq!(found.protection, wanted, "{account} {more} {cluster}");
    }
    // who has all of them has this one, too
    let all = "[[environment]]\nname = \"staging\"\nprotection = \"open\"\nprofile = \"staging\"\n\
               [[environment]]\nname = \"rest\"\nprotection = \"read-only\"\nprofile = \"rest\"\n";
    let found = both(all, &project("", "jobs")).protection(&"staging".into());
    assert_eq!(found, Protection::Confirm);
}

#[test]
fn where_no_environment_is_configured_migrations_are_protected_by_the_name_of_their_cluster() {
    let application = |migration: &str| {
        format!(
            "[[application]]\nname = \"a\"\nservices = {{ staging = \"ecs:staging/web\", prod = \"ecs:prod/web\" }}\n\
             [application.migration]\ncommand = [\"up\"]\n{migration}\n"
        )
    };
    for (migration, wanted, told) in [
        ("", Protection::Confirm, None),
        ("cluster = \"staging\"", Protection::Confirm, None),
        ("cluster = \"prod\"", Protection::Typed, Some(Reached::Migrations)),
        (
            "cluster = \"arn:aws:ecs:us-west-2:111122223333:cluster/production\"",
            Protection::Typed,
            Some(Reached::Migrations),
        ),
        ("task_definition = \"migrate\"", Protection::Typed, Some(Reached::Definitions)),
        ("task_definition = \"{environment}-migrate\"", Protection::Confirm, None),
    ] {
        let settings = both("", &application(migration));
        assert_eq!(settings.protection(&"staging".into()), wanted, "{migration}");
        assert_eq!(settings.protection(&"prod".into()), Protection::Typed, "{migration}");
        assert_eq!(settings.protection(&"other".into()), Protection::Confirm, "{migration}");
        let found = settings.stricter_than_its_name(&"staging".into());
        let found = found.and_then(|known| known.strict_as.as_ref().map(|(_, how)| *how));
        assert_eq!(found, told, "{migration}");
    }
}

#[test]
fn a_migration_of_anothers_task_definition_is_as_protected_as_its() {
    let application = |name: &str, environment: &str, definition: &str| {
        format!(
            "[[application]]\nname = \"{name}\"\nservices = {{ {environment} = \"ecs:{environment}/web\" }}\n\
             [application.migration]\ncommand = [\"up\"]\ntask_definition = \"{definition}\"\n"
        )
    };
    let staging = |more: &str| {
        format!(
            "[[environment]]\nname = \"staging\"\nclusters = [\"staging\"]\nprotection = \"open\"\n{more}\n"
        )
    };
    for (more, definition, strict) in [
        ("", "prod-migrate", true),
        ("", "prod-migrate:7", true),
        ("", "arn:aws:ecs:us-west-2:111122223333:task-definition/prod-migrate:7", true),
        ("", "{environment}-migrate", false),
        ("", "migrate", false),
        ("account = \"999999999999\"", "prod-migrate", false),
    ] {
        let own = format!("{OWN}{}", application("a", "prod", "{environment}-migrate"));
        let project = format!("{}{}", staging(more), application("b", "staging", definition));
        let settings = both(&own, &project);
        let found = settings.environment(&"staging".into()).unwrap();
        let told = strict.then(|| ("prod".into(), Reached::Definitions));
        assert_eq!(found.strict_as, told, "{more} {definition}");
        let wanted = if strict { Protection::ReadOnly } else { Protection::Open };
        assert_eq!(found.protection, wanted, "{more} {definition}");
        let found = settings.stricter(&"staging".into());
        let names: Vec<(&str, bool)> =
            found.iter().map(|other| (other.environment.name.as_str(), other.beside)).collect();
        assert_eq!(names, if strict { vec![] } else { vec![("prod", more.is_empty())] });
    }
}

#[test]
fn a_migration_in_anothers_cluster_is_as_protected_as_that() {
    let staging = |more: &str, cluster: &str| {
        format!(
            "[[environment]]\nname = \"staging\"\nclusters = [\"staging\"]\nprotection = \"open\"\n{more}\n\
             [[application]]\nname = \"a\"\nservices = {{ staging = \"ecs:staging/web\" }}\n\
             [application.migration]\ncommand = [\"up\"]\n{cluster}"
        )
    };
    for (own, more, cluster, wanted, reached) in [
        (OWN, "", "cluster = \"prod\"", Protection::ReadOnly, Some("prod")),
        (
            OWN,
            "",
            "cluster = \"arn:aws:ecs:us-west-2:111122223333:cluster/prod\"",
            Protection::ReadOnly,
            Some("prod"),
        ),
        (OWN, "", "", Protection::Open, None),
        (OWN, "", "cluster = \"{environment}\"", Protection::Open, None),
        (OWN, "account = \"999999999999\"", "cluster = \"prod\"", Protection::Typed, Some("prod")),
        ("", "", "cluster = \"production\"", Protection::Typed, Some("production")),
        ("", "", "cluster = \"jobs\"", Protection::Confirm, Some("jobs")),
    ] {
        let settings = both(own, &staging(more, cluster));
        let found = settings.environment(&"staging".into()).unwrap();
        assert_eq!(found.protection, wanted, "{more} {cluster}");
        let told = reached.map(|name| (name.into(), Reached::Migrations));
        assert_eq!(found.strict_as, told, "{more} {cluster}");
    }
}
