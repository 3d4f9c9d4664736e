//! The last known fleet on disk, so that the first screen is never empty.
//!
//! One file for each configuration, JSON, replaced whole. Rows are arrays rather than objects: a fleet of
//! 10,000 services is read while the first frame is still being looked at.

use super::disk;
use crate::config::regular;
use crate::model::{
    Balancer, Controller, EnvironmentName, Kind, MainContainer, RolloutBrief, Route, Service, ServiceKey,
    ServiceState, Stamp, Traffic, Version,
    container::Reason,
    text,
    traffic::{ListenerRule, Role},
};
use serde::{Deserialize, Serialize};
use std::{
    borrow::Cow,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

/// The format written, and the only one read.
const FORMAT: u32 = 4;

/// Where the fleet of one configuration is kept.
#[derive(Debug, Clone)]
pub struct Cache {
    path: PathBuf,
    key: String,
}

/// What reading found.
#[derive(Debug, PartialEq)]
pub enum Found {
    /// Rows.
    Fleet(Vec<Service>),
    /// Nothing of use, and nothing to tell.
    Nothing,
    /// A file that could not be read was set aside; a sentence about it.
    SetAside(String),
}

type Text<'a> = Cow<'a, str>;

#[derive(Serialize, Deserialize)]
struct File<'a> {
    format: u32,
    #[serde(borrow)]
    key: Text<'a>,
    #[serde(borrow)]
    rows: Vec<Row<'a>>,
}

/// A [`Service`] as an array, in this order; change [`FORMAT`] with it.
#[derive(Serialize, Deserialize)]
struct Row<'a>(
    #[serde(borrow)] Text<'a>, // environment
    Kind,
    #[serde(borrow)] Text<'a>, // cluster
    #[serde(borrow)] Text<'a>, // name
    #[serde(borrow)] Text<'a>, // arn
    #[serde(borrow)] Text<'a>, // application
    ServiceState,
    #[serde(borrow)] Text<'a>,         // note
    #[serde(borrow)] Text<'a>,         // revision
    #[serde(borrow)] Text<'a>,         // task definition
    #[serde(borrow)] Text<'a>,         // image
    #[serde(borrow)] Option<Text<'a>>, // tag
    #[serde(borrow)] Option<Text<'a>>, // digest
    Option<u32>,                       // running
    Option<u32>,                       // desired
    u32,                               // pending
    Option<RolloutBrief>,
    Option<Stamp>, // deployed at
    Controller,
    bool,                                        // daemon
    #[serde(borrow)] Vec<Way<'a>>,               // routes
    #[serde(borrow)] Vec<(Text<'a>, Role)>,      // listener rules
    #[serde(borrow)] Text<'a>,                   // service id
    Stamp,                                       // seen at
    #[serde(borrow)] Option<(Text<'a>, Reason)>, // container
);

/// A [`Route`] as an array: balancer, target group, what for, which way.
#[derive(Serialize, Deserialize)]
struct Way<'a>(#[serde(borrow)] Option<Text<'a>>, #[serde(borrow)] Option<Text<'a>>, Role, u8);

impl<'a> From<&'a Route> for Way<'a> {
    fn from(route: &'a Route) -> Self {
        let balancer = route.balancer.as_ref().map(|balancer| Cow::Borrowed(balancer.id.as_str()));
        Self(balancer, route.group.as_deref().map(Cow::Borrowed), route.role, route.way)
    }
}

impl Way<'_> {
    fn own(self) -> Route {
        let balancer = self.0.map(|id| Balancer::of_id(&own(id)));
        Route { balancer, group: self.1.map(own), role: self.2, way: self.3 }
    }
}

impl<'a> From<&'a Service> for Row<'a> {
    fn from(s: &'a Service) -> Self {
        let borrow = |text: &'a Option<String>| text.as_deref().map(Cow::Borrowed);
        Self(
            s.key.environment.as_str().into(),
            s.key.kind,
            Cow::Borrowed(&s.key.cluster),
            Cow::Borrowed(&s.key.name),
            Cow::Borrowed(&s.arn),
            Cow::Borrowed(&s.application),
            s.state,
            Cow::Borrowed(&s.note),
            Cow::Borrowed(&s.revision),
            Cow::Borrowed(&s.task_definition),
            Cow::Borrowed(&s.version.image),
            borrow(&s.version.tag),
            borrow(&s.version.digest),
            s.running,
            s.desired,
            s.pending,
            s.rollout.clone(),
            s.deployed_at,
            s.controller,
            s.daemon,
            s.traffic.routes.iter().map(Way::from).collect(),
            s.traffic.rules.iter().map(|rule| (Cow::Borrowed(rule.arn.as_str()), rule.role)).collect(),
            Cow::Borrowed(&s.service_id),
            s.seen_at,
            s.container.as_ref().map(|c| (Cow::Borrowed(c.name.as_str()), c.reason)),
        )
    }
}

/// Text from the file; harmless already unless somebody edited it.
fn own(text: Text<'_>) -> String {
    if text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) { text.into_owned() } else { text::line(&text) }
}

/// Environments and clusters repeat from row to row: one copy of each is enough.
#[derive(Default)]
struct Shared {
    environment: Option<EnvironmentName>,
    cluster: Option<Arc<str>>,
}

impl Shared {
    fn service(&mut self, row: Row<'_>) -> Service {
        let environment = match &self.environment {
            Some(known) if known.as_str() == row.0 => known.clone(),
            _ => EnvironmentName::from(own(row.0).as_str()),
        };
        let cluster = match &self.cluster {
            Some(known) if **known == *row.2 => Arc::clone(known),
            _ => Arc::from(own(row.2)),
        };
        self.environment = Some(environment.clone());
        self.cluster = Some(Arc::clone(&cluster));
        Service {
            key: ServiceKey { environment, kind: row.1, cluster, name: Arc::from(own(row.3)) },
            arn: own(row.4),
            application: own(row.5),
            state: row.6,
            note: own(row.7),
            revision: own(row.8),
            task_definition: own(row.9),
            version: Version { image: own(row.10), tag: row.11.map(own), digest: row.12.map(own) },
            running: row.13,
            desired: row.14,
            pending: row.15,
            rollout: row.16.map(|rollout| RolloutBrief {
                stage: text::line(&rollout.stage),
                // somebody may have decided meanwhile
                waits: None,
                ..rollout
            }),
            deployed_at: row.17,
            controller: row.18,
            daemon: row.19,
            traffic: Traffic {
                routes: row.20.into_iter().map(Way::own).collect(),
                rules: row.21.into_iter().map(|(arn, role)| ListenerRule { arn: own(arn), role }).collect(),
            },
            service_id: own(row.22),
            seen_at: row.23,
            container: row.24.map(|(name, reason)| MainContainer { name: own(name), reason }),
            // they are read with the service, and nobody decides by them before
            sidecars: Vec::new(),
        }
    }
}

impl Cache {
    /// The cache in `dir` for the configuration that `key` describes: whatever decides which services are
    /// shown, and under which names.
    pub fn new(dir: &Path, key: &str) -> Self {
        Self { path: dir.join(format!("fleet-{:016x}.json", hash(key))), key: key.to_owned() }
    }

    /// Reads it. A file that is not ours is set aside.
    pub fn load(&self) -> Found {
        let read = regular::open(&self.path).and_then(|mut file| {
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).map(|_| bytes)
        });
        let bytes = match read {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Found::Nothing,
            Err(error) => {
                return Found::SetAside(format!(
                    "the last known fleet in {} cannot be read: {error}",
                    self.path.display()
                ));
            }
        };
        match serde_json::from_slice::<File<'_>>(&bytes) {
            Ok(file) if file.format == FORMAT && file.key == self.key => {
                let mut shared = Shared::default();
                Found::Fleet(file.rows.into_iter().map(|row| shared.service(row)).collect())
            }
            // Another configuration with the same hash, or another version of flightdeck: it is only a
            // cache, and is written anew soon.
            Ok(_) => Found::Nothing,
            Err(_) if other_format(&bytes) => Found::Nothing,
            Err(error) => {
                // it cites the file
                let error = text::line(&error.to_string());
                Found::SetAside(match disk::set_aside(&self.path) {
                    Ok(aside) => format!(
                        "the last known fleet could not be read ({error}) and was set aside as {}",
                        aside.display()
                    ),
                    Err(failed) => format!(
                        "the last known fleet in {} could not be read ({error}) nor set aside: {failed}",
                        self.path.display()
                    ),
                })
            }
        }
    }

    /// Writes it.
    pub fn save(&self, services: &[Service]) -> io::Result<()> {
        let file = File {
            format: FORMAT,
            key: Cow::Borrowed(&self.key),
            rows: services.iter().map(Row::from).collect(),
        };
        disk::replace(&self.path, &serde_json::to_vec(&file)?)
    }
}

/// True for a cache whose rows another version laid out differently.
fn other_format(bytes: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Head {
        format: u32,
    }
    serde_json::from_slice::<Head>(bytes).is_ok_and(|head| head.format != FORMAT)
}

/// FNV-1a: names the file, guards nothing.
fn hash(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn services() -> Vec<Service> {
        let mut full = Service::named(ServiceKey::new("prod", Kind::Ecs, "prod", "api"), "arn:aws:x".into());
        full.version = Version::of("1.dkr.ecr.us-west-2.amazonaws.com/api:8be02d4", Some("sha256:00"));
        full.container = Some(MainContainer { name: "web".into(), reason: Reason::Balancer });
        full.desired = Some(4);
        full.rollout = Some(RolloutBrief { stage: "BAKE_TIME".into(), ..RolloutBrief::default() });
        full.deployed_at = Some(Stamp(17));
        full.traffic = Traffic::one("app/a/1", "arn:aws:elasticloadbalancing:r:1:targetgroup/b/2");
        full.traffic
            .add_rule("arn:aws:elasticloadbalancing:r:1:listener-rule/app/a/1/2/3".into(), Role::Test);
        full.note = "größer — 東京 \"quoted\" \\ back".into();
        let bare = Service::named(ServiceKey::new("startup", Kind::AppRunner, "", "fd"), String::new());
        vec![full, bare]
    }

    #[test]
    fn a_fleet_is_read_back_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::new(dir.path(), "a");
        assert_eq!(cache.load(), Found::Nothing);
        cache.save(&services()).unwrap();
        assert_eq!(cache.load(), Found::Fleet(services()));
        assert_eq!(Cache::new(dir.path(), "b").load(), Found::Nothing, "another configuration");
    }

    #[test]
    fn rubbish_is_set_aside_and_told() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::new(dir.path(), "a");
        for rubbish in ["", "{", "\u{0}\u{0}", "{\"format\":4,\"key\":\"a\",\"rows\":[[1]]}", "[]"] {
            std::fs::write(&cache.path, rubbish).unwrap();
            let Found::SetAside(told) = cache.load() else { panic!("{rubbish:?} was taken") };
            assert!(told.contains("corrupt"), "{told}");
            assert_eq!(cache.load(), Found::Nothing);
        }
    }

    #[test]
    fn another_format_is_written_anew_without_a_word() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::new(dir.path(), "a");
        std::fs::write(&cache.path, "{\"format\":1,\"key\":\"a\",\"rows\":[{\"new\":true}]}").unwrap();
        assert_eq!(cache.load(), Found::Nothing);
        cache.save(&services()).unwrap();
        assert!(matches!(cache.load(), Found::Fleet(_)));
    }

    #[test]
    fn edited_text_is_neutralised() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::new(dir.path(), "a");
        let mut rows = services();
        rows[0].note = "\u{1b}[31m\u{202e}".into();
        cache.save(&rows).unwrap();
        let Found::Fleet(read) = cache.load() else { panic!("not read") };
        assert_eq!(read[0].note, "\\e[31m\\u{202e}");
    }
}
