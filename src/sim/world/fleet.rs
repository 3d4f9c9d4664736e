//! The large world: one template becomes any number of services, spread over environments, most of them
//! steady, some rolling, a few in trouble. Who is what hangs on the service's name alone.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::check::{full_image, service_alarm};
use super::error::{Source, WorldError};
use super::file::{Fleet, Name};
use super::{
    Alarm, AppSpec, Breaker, Ended, Environment, Happening, LOG_RATE, Past, ServiceSpec, StrategyName,
    WaysSpec, World,
};
use crate::sim::api::Baseline;
use crate::sim::hash;

const KINDS: [&str; 5] = ["api", "worker", "web", "gateway", "sync"];
const DAY: f64 = 86_400.0;

/// Adds the template's environments and services to a world.
pub(super) fn expand(
    world: &mut World,
    template: &Fleet,
    services: usize,
    source: Source<'_>,
) -> Result<(), WorldError> {
    let wrong = |name: &Name, message: String| source.at(name.span().start, message);
    if !(1..=100).contains(&template.environments) || template.names.is_empty() || services > 100_000 {
        return Err(wrong(
            &template.account,
            "a fleet has 1 to 100 environments, at least one name and at most 100000 services".to_owned(),
        ));
    }
    let image = |name: &Name| {
        let text = format!("{}:{}", template.repository.get_ref(), name.get_ref());
        full_image(&world.repositories, &text).map_err(|message| wrong(name, message))
    };
    let good = template.good.iter().map(image).collect::<Result<Vec<_>, _>>()?;
    let bad = template.bad.iter().map(image).collect::<Result<Vec<_>, _>>()?;
    let images = Images { good, bad };
    if images.good.len() < 3 || images.bad.is_empty() {
        return Err(wrong(&template.repository, "a fleet needs three good images and a bad one".to_owned()));
    }
    let Some(account) = world.accounts.iter().find(|a| a.id == *template.account.get_ref()).cloned() else {
        return Err(wrong(&template.account, format!("no account {}", template.account.get_ref())));
    };
    for number in 0..template.environments {
        world.environments.push(Environment {
            name: format!("env-{number:02}"),
            account: account.id.clone(),
            region: template.region.get_ref().clone(),
            access_key: account.keys.first().cloned(),
            clusters: vec![format!("env-{number:02}")],
            apprunner: Vec::new(),
            protection: Some(
                if number + 1 == template.environments { "typed" } else { "confirm" }.to_owned(),
            ),
            promote_from: number.checked_sub(1).map(|before| format!("env-{before:02}")),
            migrated: 0,
            full: false,
            starved: 0.0,
            task_tags: Vec::new(),
        });
    }
    for index in 0..services {
        let environment = index % template.environments;
        let spec = service(index / template.environments, environment, template, &images);
        let seed = spec.baseline.seed;
        happenings(&mut world.happenings, &spec, seed, &images);
        let mut spec = spec;
        if seed % 10 == 3 {
            let name = format!("{}-{}-cpu", spec.cluster, spec.name);
            let def = service_alarm(&spec, &name, "cpu", 90.0, 3);
            world.alarms.push(Alarm { account: spec.account.clone(), region: spec.region.clone(), def });
            spec.alarms.push(name);
        }
        world.services.push(Arc::new(spec));
    }
    for number in 0..template.apprunner {
        world.apps.push(Arc::new(app(number, template, &images)));
    }
    Ok(())
}

struct Images {
    good: Vec<String>,
    bad: Vec<String>,
}

impl Images {
    fn good(&self, pick: u64) -> String {
        pick_of(&self.good, pick)
    }

    fn bad(&self, pick: u64) -> String {
        pick_of(&self.bad, pick)
    }
}

fn pick_of(list: &[String], pick: u64) -> String {
    let count = u64::try_from(list.len()).unwrap_or(1).max(1);
    list.get(usize::try_from(pick % count).unwrap_or(0)).cloned().unwrap_or_default()
}

fn service(number: usize, environment: usize, template: &Fleet, images: &Images) -> ServiceSpec {
    let words = template.names.len();
    let word = template.names.get(number % words).map_or("service", String::as_str);
    let kind = KINDS.get((number / words) % KINDS.len()).copied().unwrap_or("api");
    let name = match number / (words * KINDS.len()) {
        0 => format!("{word}-{kind}"),
        more => format!("{word}-{kind}-{more}"),
    };
    let cluster = format!("env-{environment:02}");
    let seed = hash::of(format!("{cluster}/{name}").as_bytes(), 5);
    let web = matches!(kind, "api" | "web" | "gateway");
    let part = |shift: u32| hash::fraction(hash::mix(seed.rotate_left(shift)));
    let desired = match seed % 64 {
        0 => 0,
        1..=3 => 6,
        4..=20 => 2,
        21..=30 => 3,
        _ => 1,
    };
    let ago = (1.0 + 20.0 * part(7)) * DAY / if seed.is_multiple_of(5) { 24.0 } else { 1.0 };
    let rolled_back = seed % 23 == 7;
    let mut past = vec![
        Past {
            ago: ago + 9.0 * DAY * (1.0 + part(9)),
            image: images.good(seed >> 3),
            meant: None,
            inactive: false,
            forced: false,
            ended: Ended::Succeeded,
        },
        Past {
            ago,
            image: images.good(seed >> 5),
            meant: None,
            inactive: false,
            forced: false,
            ended: Ended::Succeeded,
        },
    ];
    if rolled_back {
        past.push(Past {
            ago: ago * part(11),
            image: images.bad(seed >> 7),
            meant: None,
            inactive: false,
            forced: false,
            ended: Ended::RolledBack,
        });
    }
    ServiceSpec {
        environment: cluster.clone(),
        account: template.account.get_ref().clone(),
        region: template.region.get_ref().clone(),
        image: images.good(seed >> 5),
        created: (100.0 + 200.0 * part(13)) * DAY,
        express: false,
        container: "app".to_owned(),
        desired,
        cpu: "256".to_owned(),
        memory: "512".to_owned(),
        port: web.then_some(8080),
        balancer: web.then(|| format!("{cluster}-public")),
        ways: WaysSpec::default(),
        health_path: "/healthz".to_owned(),
        log_group: format!("/fleet/{cluster}/{name}"),
        log_prefix: "app".to_owned(),
        log_region: template.region.get_ref().clone(),
        log_rate: LOG_RATE,
        log_driver: "awslogs".to_owned(),
        log_options: BTreeMap::new(),
        volumes: BTreeMap::new(),
        command: Vec::new(),
        variables: BTreeMap::from([("APP_ENV".to_owned(), cluster.clone())]),
        secrets: vec!["DATABASE_URL".to_owned()],
        parameters: Vec::new(),
        ec2: None,
        namespace: None,
        scaling: None,
        containers: Vec::new(),
        registry: None,
        tags: BTreeMap::from([("team".to_owned(), word.to_owned())]),
        controller: "ECS".to_owned(),
        beside: None,
        daemon: false,
        revisions: super::Revisions::Described,
        no_history: false,
        breaker: if seed.is_multiple_of(3) { Breaker::Stop } else { Breaker::Rollback },
        threshold: None,
        reset: None,
        maximum: 200,
        minimum: 100,
        strategy: StrategyName::Rolling,
        step: None,
        bake: None,
        hooks: Vec::new(),
        alarms: Vec::new(),
        rollback_on_alarms: false,
        baseline: Baseline {
            cpu: 8.0 + 45.0 * part(17),
            memory: 20.0 + 50.0 * part(19),
            requests: if web { 2.0 + 80.0 * part(23) } else { 0.0 },
            latency_ms: 8.0 + 120.0 * part(29),
            seed,
        },
        past,
        cluster,
        name,
    }
}

/// Some services are rolling at the start, some get a bad image, and every hour others deploy.
fn happenings(list: &mut Vec<Happening>, spec: &ServiceSpec, seed: u64, images: &Images) {
    let part = |shift: u32| hash::fraction(hash::mix(seed.rotate_left(shift)));
    let (at, every, image) = match seed % 100 {
        _ if spec.desired == 0 => return,
        40 | 41 => (-10.0 - 50.0 * part(31), None, images.good(seed >> 9)),
        42 => (-100.0 - 60.0 * part(31), None, images.bad(seed >> 9)),
        43 | 44 => (60.0 + 3600.0 * part(31), Some(3600.0), images.good(seed >> 9)),
        45 => (120.0 + 5400.0 * part(31), Some(7200.0), images.bad(seed >> 9)),
        _ => return,
    };
    list.push(Happening {
        at,
        every,
        cluster: spec.cluster.clone(),
        service: spec.name.clone(),
        deploy: Some(image),
        load: None,
        stop: None,
        outage: None,
    });
}

fn app(number: usize, template: &Fleet, images: &Images) -> AppSpec {
    let environment = format!("env-{:02}", number % template.environments);
    let name = match number / template.environments {
        0 => format!("{environment}-front"),
        more => format!("{environment}-front-{more}"),
    };
    let seed = hash::of(name.as_bytes(), 6);
    AppSpec {
        environment,
        account: template.account.get_ref().clone(),
        region: template.region.get_ref().clone(),
        name,
        image: images.good(seed >> 5),
        created: 300.0 * DAY,
        auto_deploy: false,
        paused: seed % 9 == 4,
        status: None,
        code: None,
        instances: 2,
        port: 8080,
        health_path: Some("/healthz".to_owned()),
        variables: BTreeMap::new(),
        secrets: Vec::new(),
        tagged: true,
        baseline: Baseline { cpu: 24.0, memory: 40.0, requests: 12.0, latency_ms: 40.0, seed },
        past: vec![Past {
            ago: 6.0 * DAY,
            image: images.good(seed >> 5),
            meant: None,
            inactive: false,
            forced: false,
            ended: Ended::Succeeded,
        }],
    }
}
