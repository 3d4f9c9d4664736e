use super::*;
use crate::{
    config::{Colour, Found, error::ConfigError, settings::load::Loaded, source::Source},
    model::Kind,
};
use std::fs;

/// A home and a project of their own, so that no test meets the developer's files.
struct Place {
    root: tempfile::TempDir,
    vars: Vec<(&'static str, String)>,
}

impl Place {
    fn new() -> Self {
        let place = Self { root: tempfile::tempdir().unwrap(), vars: Vec::new() };
        fs::create_dir_all(place.cwd()).unwrap();
        place
    }

    fn home(&self) -> PathBuf {
        self.root.path().join("home")
    }

    fn cwd(&self) -> PathBuf {
        self.home().join("project/deep/down")
    }

    fn user(self, path: &str, text: &str) -> Self {
        self.file(&format!(".config/flightdeck/{path}"), text)
    }

    fn project(self, text: &str) -> Self {
        self.file("project/flightdeck.toml", text)
    }

    fn file(self, path: &str, text: &str) -> Self {
        let path = self.home().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    fn var(mut self, name: &'static str, value: &str) -> Self {
        self.vars.push((name, value.to_owned()));
        self
    }

    fn load(&self, flags: &Flags) -> Result<Loaded, ConfigError> {
        let env = |name: &str| self.vars.iter().find(|(n, _)| *n == name).map(|(_, v)| v.clone());
        Settings::load(flags, &env, &self.cwd(), &self.home())
    }

    fn settings(&self) -> Settings {
        self.load(&Flags::default()).unwrap().settings
    }

    /// The first line of the error, the temporary directory taken out.
    fn error(&self, flags: &Flags) -> String {
        let error = self.load(flags).unwrap_err().to_string();
        error.lines().next().unwrap().replace(&*self.root.path().to_string_lossy(), "")
    }
}

#[test]
fn without_any_file_everything_has_a_value() {
    let loaded = Place::new().load(&Flags::default()).unwrap();
    assert_eq!(loaded.settings, Settings::default());
    assert_eq!((loaded.theme.name.as_str(), loaded.keymap.name.as_str()), ("dark", "default"));
    assert!(loaded.sources.is_empty());
}

#[test]
fn each_layer_wins_over_the_one_below() {
    let refresh = |place: &Place, flags: &Flags| place.load(flags).unwrap().settings.refresh.as_secs();
    let mut place = Place::new();
    assert_eq!(refresh(&place, &Flags::default()), 10);
    place = place.user("config.toml", "refresh = \"20s\"\ntheme = \"light\"");
    assert_eq!(refresh(&place, &Flags::default()), 20);
    place = place.project("refresh = \"30s\"");
    assert_eq!(refresh(&place, &Flags::default()), 30);
    place = place.var("FLIGHTDECK_REFRESH", "40s");
    assert_eq!(refresh(&place, &Flags::default()), 40);
    let flags = Flags { refresh: Some("50s".into()), ..Flags::default() };
    assert_eq!(refresh(&place, &flags), 50);
    let loaded = place.load(&flags).unwrap();
    assert_eq!(loaded.theme.name, "light");
    assert_eq!(loaded.sources.len(), 2);
}

#[test]
fn every_variable_and_flag_counts() {
    let place = Place::new()
        .var("FLIGHTDECK_THEME", "mono")
        .var("FLIGHTDECK_KEYMAP", "emacs")
        .var("FLIGHTDECK_GLYPHS", "ascii")
        .var("FLIGHTDECK_READ_ONLY", "1")
        .var("FLIGHTDECK_MOUSE", "off")
        .var("FLIGHTDECK_SLOW", "on")
        .var("FLIGHTDECK_CACHE", "0")
        .var("FLIGHTDECK_COST_LIMIT", "0.5")
        .var("FLIGHTDECK_REGION", "eu-west-1")
        .var("FLIGHTDECK_PROFILE", "ada")
        .var("FLIGHTDECK_ENDPOINT_URL", "http://localhost:1");
    let settings = place.settings();
    let expected = Settings {
        theme: "mono".into(),
        keymap: "emacs".into(),
        glyphs: Glyphs::Ascii,
        read_only: true,
        mouse: false,
        slow: true,
        cache: false,
        cost_limit: 0.5,
        region: Some("eu-west-1".into()),
        profile: Some("ada".into()),
        endpoint_url: Some("http://localhost:1".into()),
        ..Settings::default()
    };
    assert_eq!(settings, expected);

    let flags = Flags { read_only: true, no_mouse: true, slow: true, no_cache: true, ..Flags::default() };
    let settings = Place::new().load(&flags).unwrap().settings;
    assert!(settings.read_only && !settings.mouse && settings.slow && !settings.cache);
}

#[test]
fn a_project_cannot_loosen_what_its_user_made_strict() {
    let user = "read_only = true\n[[environment]]\nname = \"shared\"\nprotection = \"typed\"";
    let project = "read_only = false\n[[environment]]\nname = \"shared\"\nprotection = \"open\"\nregion = \"us-east-1\"";
    let settings = Place::new().user("config.toml", user).project(project).settings();
    assert!(settings.read_only);
    let [shared] = settings.environments.as_slice() else { panic!("{settings:?}") };
    assert_eq!(shared.protection, Protection::Typed);
    assert_eq!(shared.region.as_deref(), Some("us-east-1"));
    assert_eq!(settings.protection(&"shared".into()), Protection::ReadOnly);

    let place = Place::new().user("config.toml", user).project(project).var("FLIGHTDECK_READ_ONLY", "0");
    assert_eq!(place.settings().protection(&"shared".into()), Protection::ReadOnly);
    let place = Place::new().project("[[environment]]\nname = \"prod\"");
    assert_eq!(place.settings().protection(&"prod".into()), Protection::Typed);
    assert_eq!(place.settings().protection(&"production-2".into()), Protection::Typed);
    assert_eq!(place.settings().protection(&"other".into()), Protection::Confirm);
}

#[test]
fn own_settings_that_cannot_be_found_are_no_reason_to_go_without() {
    let place = Place::new();
    let own = place.home().join(".config");
    std::os::unix::fs::symlink("/nonexistent", &own).unwrap();
    let error = place.load(&Flags::default()).unwrap_err().to_string();
    assert!(error.contains(".config is a link that leads nowhere"), "{error}");
    for home in ["", "relative"] {
        let error = Settings::load(&Flags::default(), &|_| None, &place.cwd(), std::path::Path::new(home))
            .unwrap_err();
        assert!(error.to_string().starts_with("HOME: "), "{error}");
    }
}

#[test]
fn an_unknown_field_does_not_show_what_it_is_set_to() {
    let error = Place::new().project("environ = \"TOPSECRET\"\nodd = 1").error(&Flags::default());
    assert!(!error.contains("TOPSECRET") && error.contains("environ"), "{error}");
}

#[test]
fn files_of_both_layers_name_each_others_environments() {
    let user = "[[environment]]\nname = \"staging\"\n[[environment]]\nname = \"prod\"";
    let project = "[[application]]\nname = \"api\"\nservices = { staging = \"ecs:main/api\", prod = \"apprunner:api\" }\n\
                   [application.migration]\ncommand = [\"up\"]\n[application.verify]\nmax_5xx_ratio = 0.01\n";
    let settings = Place::new().user("config.toml", user).project(project).settings();
    let key = ServiceKey::new("staging", Kind::Ecs, "main", "api");
    let application = settings.application_for(&key).unwrap();
    assert_eq!(application.name, "api");
    assert_eq!(application.service_in(&"prod".into()).unwrap().kind, Kind::AppRunner);
    assert_eq!(application.migration.as_ref().unwrap().timeout, Migration::TIMEOUT);
    assert_eq!(application.verify.as_ref().unwrap().window, Verify::WINDOW);
    assert!(settings.application_for(&ServiceKey::new("prod", Kind::Ecs, "main", "api")).is_none());

    let misnamed = project.replace("prod", "prdo");
    let place = Place::new().user("config.toml", user).project(&misnamed);
    let error = "/home/project/flightdeck.toml:3:40: unknown environment “prdo”; did you mean “prod”?";
    assert_eq!(place.error(&Flags::default()), error);
}

#[test]
fn a_role_says_which_account_its_environment_is() {
    let settings = Place::new()
        .user(
            "config.toml",
            "[[environment]]\nname = \"p\"\nrole_arn = \"arn:aws:iam::111122223333:role/admin\"",
        )
        .settings();
    assert_eq!(settings.environments[0].account.as_deref(), Some("111122223333"));
}

#[test]
fn scopes_mean_what_is_named() {
    let scopes = |fields: &str| {
        let source = Source::new("f", format!("[[environment]]\nname = \"e\"\n{fields}"));
        let environment = Settings::parse(&source).unwrap().environments.remove(0);
        (environment.clusters, environment.apprunner)
    };
    let named = |name: &str| Scope::Named(vec![name.to_owned()]);
    assert_eq!(scopes(""), (Scope::All, Scope::All));
    assert_eq!(scopes("clusters = [\"a\"]"), (named("a"), Scope::None));
    assert_eq!(scopes("apprunner = [\"b\"]"), (Scope::None, named("b")));
    assert_eq!(scopes("apprunner = true"), (Scope::None, Scope::All));
    assert_eq!(scopes("apprunner = false"), (Scope::All, Scope::None));
    assert_eq!(scopes("clusters = [\"a\"]\napprunner = true"), (named("a"), Scope::All));
}

#[test]
fn the_users_own_keymaps_and_themes_are_found() {
    let place = Place::new()
        .user("config.toml", "theme = \"mine\"\nkeymap = \"mine\"")
        .user("themes/mine.toml", "inherits = \"base\"\n[roles]\nbad = \"bright-red\"")
        .user("themes/base.toml", "inherits = \"light\"")
        .user("keymaps/mine.toml", "base = \"vim\"\n[fleet]\nsort = [\"s\"]");
    let loaded = place.load(&Flags::default()).unwrap();
    assert_eq!(loaded.theme.bad.fg, Some(Colour::Ansi(9)));
    let sort = loaded.keymap.lookup(crate::action::Context::Fleet, &["s".parse().unwrap()]);
    assert_eq!(sort, Found::Action(crate::action::Action::Sort));
    assert_eq!(loaded.sources.len(), 4);
}

#[test]
fn mistakes_outside_of_files_are_told_with_their_origin() {
    let none = Flags::default();
    let flag = |set: fn(&mut Flags)| {
        let mut flags = Flags::default();
        set(&mut flags);
        flags
    };
    for (place, flags, error) in [
        (
            Place::new().var("FLIGHTDECK_REFRESH", "soon"),
            none.clone(),
            "FLIGHTDECK_REFRESH: “soon” is not a duration; write a number and ms, s, m, h or d, as in “10s” or “1h30m”",
        ),
        (
            Place::new().var("FLIGHTDECK_READ_ONLY", "maybe"),
            none.clone(),
            "FLIGHTDECK_READ_ONLY: FLIGHTDECK_READ_ONLY cannot be “maybe”; write 1 or 0",
        ),
        (
            Place::new(),
            flag(|f| f.theme = Some("drak".into())),
            "--theme: unknown theme “drak”, neither built in nor at /home/.config/flightdeck/themes/drak.toml; \
             did you mean “dark”?",
        ),
        (
            Place::new(),
            flag(|f| f.keymap = Some("../x".into())),
            "--keymap: “../x” cannot be a name; use letters, digits, - and _",
        ),
        (
            Place::new(),
            flag(|f| f.config = Some("none.toml".into())),
            "--config: there is no file /home/project/deep/down/none.toml; name one that exists, or leave it out",
        ),
        (
            Place::new().var("FLIGHTDECK_CONFIG", "/nowhere/at/all.toml"),
            none.clone(),
            "FLIGHTDECK_CONFIG: there is no file /nowhere/at/all.toml; name one that exists, or leave it out",
        ),
        (
            Place::new().user("config.toml", "\nkeymap = \"vin\""),
            none.clone(),
            "/home/.config/flightdeck/config.toml:2:10: unknown keymap “vin”, neither built in nor at \
             /home/.config/flightdeck/keymaps/vin.toml; did you mean “vim”?",
        ),
        (
            Place::new()
                .user("config.toml", "theme = \"mine\"")
                .user("themes/mine.toml", "inherits = \"../x\""),
            none.clone(),
            "/home/.config/flightdeck/themes/mine.toml:1:12: unknown theme “../x”; known here: dark, light, \
             high-contrast, mono",
        ),
        (
            Place::new().user("config.toml/x", ""),
            none.clone(),
            "/home/.config/flightdeck/config.toml: this file cannot be opened: it is a directory and not a file; \
             make it readable, or move it away",
        ),
        (
            Place::new().project(&"#".repeat(1_100_000)),
            none.clone(),
            "/home/project/flightdeck.toml: this file is longer than 1 MiB; no configuration is; \
             put the right file there",
        ),
    ] {
        assert_eq!(place.error(&flags), error);
    }
}

#[test]
fn a_configuration_that_is_asked_for_stands_for_the_projects() {
    let place = Place::new().project("theme = \"nonsense\"").file("other.toml", "theme = \"light\"");
    let flags = Flags { config: Some(place.home().join("other.toml")), ..Flags::default() };
    assert_eq!(place.load(&flags).unwrap().settings.theme, "light");
    let flags = Flags { no_files: true, ..Flags::default() };
    assert_eq!(place.load(&flags).unwrap().settings.theme, "dark");
}

#[test]
fn the_search_for_a_project_ends_at_home() {
    let place = Place::new();
    fs::write(place.root.path().join("flightdeck.toml"), "theme = \"light\"").unwrap();
    assert_eq!(place.settings().theme, "dark");
    let place = place.file("flightdeck.toml", "theme = \"mono\"");
    assert_eq!(place.settings().theme, "mono");
}

#[test]
fn what_releases_need_is_read() {
    let project = "[lock]\ns3 = \"s3://fem-flightdeck/team\"\n[journal]\nkeep = \"90d\"\n\
                   [[application]]\nname = \"api\"\npromotion = \"tag\"\n\
                   [application.migration]\ncommand = [\"goose\", \"up\"]\ndown = [\"goose\", \"down\"]\n\
                   cluster = \"{environment}\"\nsubnets = [\"subnet-1\"]\nsecurity_groups = [\"sg-1\"]\n\
                   public_ip = true\nlaunch_type = \"FARGATE\"\n\
                   environment = { B = \"hunter2\", A = \"\" }\n\
                   [application.verify]\nmax_p99 = \"800ms\"";
    let settings = Place::new().project(project).settings();
    let lock = Lock { bucket: "fem-flightdeck".into(), prefix: "team".into(), ttl: Lock::TTL };
    assert_eq!(lock.place().to_string(), "s3://fem-flightdeck/team");
    assert_eq!(settings.lock, Some(lock));
    assert_eq!(settings.journal_keep, Some(Duration::from_hours(90 * 24)));
    let application = &settings.applications[0];
    assert_eq!(application.promotion, Promotion::Tag);
    let migration = application.migration.as_ref().unwrap();
    let network = migration.network.as_ref().unwrap();
    assert_eq!((network.subnets.len(), network.security_groups.len(), network.public_ip), (1, 1, true));
    assert_eq!(migration.launch_type.map(LaunchType::word), Some("FARGATE"));
    assert_eq!(migration.down, ["goose", "down"]);
    let variables = [("B".to_owned(), "hunter2".to_owned()), ("A".to_owned(), String::new())];
    assert_eq!(migration.variables(), variables);
    assert!(!format!("{settings:?}").contains("hunter2"));

    let settings = Place::new().project("[journal]\nkeep = \"forever\"").settings();
    assert_eq!(settings.journal_keep, None);
    assert_eq!(
        Place::new().project("[journal]").settings().journal_keep,
        Some(Duration::from_hours(365 * 24))
    );
}

#[test]
fn a_project_sets_the_lock_where_its_user_has_none() {
    let user = "[lock]\ns3 = \"s3://own-bucket\"\n[journal]\nkeep = \"forever\"";
    let project = "[lock]\ns3 = \"s3://team-bucket/x\"\nttl = \"1h\"\n[journal]\nkeep = \"1d\"";
    let bucket = |settings: &Settings| settings.lock.as_ref().unwrap().bucket.clone();
    let settings = Place::new().project(project).settings();
    assert_eq!(
        (bucket(&settings).as_str(), settings.lock.as_ref().unwrap().ttl.as_secs()),
        ("team-bucket", 3_600)
    );
    assert_eq!(settings.journal_keep, Some(Duration::from_hours(24)));

    let place = Place::new().user("config.toml", user).project(project);
    let loaded = place.load(&Flags::default()).unwrap();
    assert_eq!((bucket(&loaded.settings).as_str(), loaded.settings.journal_keep), ("own-bucket", None));
    let told: Vec<String> =
        loaded.notices.iter().map(|n| n.replace(&*place.root.path().to_string_lossy(), "")).collect();
    assert_eq!(
        told,
        ["the lock s3://team-bucket/x in /home/project/flightdeck.toml, line 1, does not count: \
          /home/.config/flightdeck/config.toml names s3://own-bucket/"]
    );
    let same = Place::new().user("config.toml", user).project("[lock]\ns3 = \"s3://own-bucket\"");
    assert!(same.load(&Flags::default()).unwrap().notices.is_empty());
}

#[test]
fn a_project_cannot_loosen_an_application() {
    let strict = "[[application]]\nname = \"api\"\npromotion = \"pinned\"\n\
                  [application.migration]\ncommand = [\"goose\", \"up\"]\n[application.verify]\nmax_5xx_ratio = 0.01";
    let loose = "[[application]]\nname = \"api\"\npromotion = \"tag\"\nrepository = \"api\"\n\
                 [application.migration]\ncommand = [\"sh\", \"-c\", \"x\"]\nlocal = true";
    let mut settings = Place::new().user("config.toml", strict).project(loose).settings();
    let api = settings.applications.remove(0);
    assert_eq!((api.promotion, api.repository.as_deref()), (Promotion::Pinned, Some("api")));
    assert_eq!(api.verify.unwrap().max_5xx_ratio, Some(0.01));
    assert_eq!(api.migration, Some(Migration::of(vec!["goose".into(), "up".into()])));

    // What its user says nothing of, the project may say.
    let bare = "[[application]]\nname = \"api\"";
    let mut settings = Place::new().user("config.toml", bare).project(loose).settings();
    let api = settings.applications.remove(0);
    assert!(api.promotion == Promotion::Tag && api.verify.is_none() && api.migration.unwrap().local);
    let task = loose.replace("local = true", "timeout = \"1m\"");
    let mut settings = Place::new().user("config.toml", strict).project(&task).settings();
    let command = settings.applications.remove(0).migration.unwrap().command;
    assert_eq!(command, ["sh", "-c", "x"]);
}

#[test]
fn values_of_variables_are_not_shown_with_a_mistake() {
    let head = "[[application]]\nname = \"api\"\n[application.migration]\ncommand = [\"up\"]\n";
    for text in [
        format!("{head}environment = {{ A = \"hunter2\", B = 1 }}"),
        format!("{head}environment = {{ A = \"hunter2\", A-B = 1, = }}"),
        format!("{head}environment = {{\n  A = \"hunter2,\n}}"),
        format!("{head}environment = \"hunter2\""),
        format!("{head}environment.A = \"hunter2"),
        format!("{head}environment.A = \"hunter2\"\nenvironment = {{}}"),
        format!("{head}[application.migration.environment]\nA = \"hunter2"),
        format!("{head}[application.migration.environment]\nA = hunter2"),
        format!("{head}[application.migration.environment]\n\"A B\" = \"hunter2\""),
        format!("{head}[application.migration.environment]\nB = \"\"\"\nhunter2\n\"\"\"\nB = 2"),
        format!("{head}environment = {{ A = \"hunter2\" }}\n[application.verify]\n"),
        "application = [{ name = \"api\", services = { x = \"y\" }, migration = { command = [\"up\"], environment = \
         { A = \"hunter2\" } } }]"
            .to_owned(),
        "application = { name = \"api\", migration = { environment = { A = \"hunter2\" } } }".to_owned(),
    ] {
        let error = Settings::parse(&Source::new("f.toml", text.clone())).unwrap_err().to_string();
        assert!(!error.contains("hunter2"), "{text}\n{error}");
    }
    // What is not near them is shown as ever.
    let error = Settings::parse(&Source::new("f.toml", format!("{head}tmeout = \"1m\""))).unwrap_err();
    assert!(error.to_string().contains("tmeout = \"1m\""), "{error}");
}

#[test]
fn app_runner_services_may_have_a_migration_of_their_own() {
    let project = "[[application]]\nname = \"api\"\n[application.services]\na = \"apprunner:api\"\nb = \"ecs:b/api\"\n\
                   [application.migration]\ncommand = [\"goose\", \"up\"]\nchecks = [[\"goose\", \"status\"]]\n\
                   container = \"app\"\ntimeout = \"1m\"\ncluster = \"b\"\nenvironment = { A = \"b\" }\n";
    let read =
        |more: &str| Place::new().project(&format!("{project}{more}")).settings().applications.remove(0);
    let key = |name: &str, kind| ServiceKey::new(name, kind, if name == "a" { "" } else { "b" }, "api");
    let api = read(
        "[application.migration.apprunner]\nlocal = true\ncommand = [\"make\", \"migrate\"]\nchecks = []",
    );
    let (own, usual) = (
        api.migration_for(&key("a", Kind::AppRunner)).unwrap(),
        api.migration_for(&key("b", Kind::Ecs)).unwrap(),
    );
    assert_eq!(
        (own.command.as_slice(), own.checks.len(), own.local),
        (&["make".into(), "migrate".into()][..], 0, true)
    );
    // What is not said is as above, but for where it runs.
    assert_eq!(
        (own.timeout, own.container.as_deref(), &own.cluster),
        (Duration::from_mins(1), Some("app"), &None)
    );
    assert_eq!(own.variables(), usual.variables());
    assert_eq!((usual.command.as_slice(), usual.local), (&["goose".into(), "up".into()][..], false));
    assert!(usual.is_local() && usual.cluster.as_deref() == Some("b"));
    let api = read("[application.migration.apprunner]\ntimeout = \"2m\"");
    let own = api.migration_for(&key("a", Kind::AppRunner)).unwrap();
    assert_eq!((own.cluster.as_deref(), own.timeout), (Some("b"), Duration::from_mins(2)));
    let api = read("");
    assert_eq!(api.migration_for(&key("a", Kind::AppRunner)), api.migration.as_ref());
}
