//! From the name of an image to what it does: tags are resolved to digests when a deployment begins.

use std::sync::Arc;

use serde_json::Value;

use super::documents::SIDECAR;
use super::state::{Body, Definition, DefinitionIx, Image, Repository, Resolved};
use super::{Engine, documents};
use crate::sim::world::{Behaviour, ServiceSpec, SidecarSpec};

/// A container of a task definition, as far as the engine cares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Container {
    pub name: String,
    pub image: String,
    pub command: Vec<String>,
    pub checked: bool,
    /// CPU units and MiB that it reserves by itself.
    pub cpu: u32,
    pub memory: u32,
    /// `containerPort` and `hostPort`, 0 where that is left to the agent.
    pub ports: Vec<(u16, u16)>,
    /// Log group, stream prefix and region; the prefix is empty where streams are named after containers.
    pub log: Option<(String, String, String)>,
    /// The task ends with it.
    pub essential: bool,
}

impl Engine {
    /// What a task definition was registered with.
    pub(in crate::sim) fn body(&self, ix: DefinitionIx) -> Value {
        match self.definition(ix).map(|definition| &definition.body) {
            Some(Body::Given(value)) => value.clone(),
            Some(Body::Made { spec, image }) => documents::made(spec, image),
            None => Value::Null,
        }
    }

    pub(super) fn containers(&self, ix: DefinitionIx) -> Vec<Container> {
        if let Some(Body::Made { spec, image }) = self.definition(ix).map(|definition| &definition.body) {
            return made_containers(spec, image);
        }
        let body = self.body(ix);
        let list = body.get("containerDefinitions").and_then(Value::as_array).cloned().unwrap_or_default();
        list.iter().map(container).collect()
    }

    /// Registers the task definition that the world's service has with this image.
    pub(super) fn made_definition(&mut self, spec: &Arc<ServiceSpec>, image: &str, at: f64) -> DefinitionIx {
        // A service that has been around for a while does not begin at revision 1.
        let first = 1 + u32::try_from(spec.baseline.seed % 30).unwrap_or(0);
        self.add_definition(Definition {
            account: spec.account.clone(),
            region: spec.region.clone(),
            family: spec.name.clone(),
            revision: self.next_revision(&spec.account, &spec.region, &spec.name).max(first),
            registered_at: at,
            registered_by: format!("arn:aws:sts::{}:assumed-role/deploy/ci", spec.account),
            deregistered_at: None,
            body: Body::Made { spec: Arc::clone(spec), image: image.to_owned() },
            tags: Vec::new(),
        })
    }

    /// The newest task definition of a service, where it was made with this image name.
    pub(super) fn newest_made(&self, spec: &ServiceSpec, name: &str) -> Option<DefinitionIx> {
        let key = (spec.account.clone(), spec.region.clone(), spec.name.clone());
        let newest = *self.families.get(&key)?.last()?;
        match &self.definition(newest)?.body {
            Body::Made { image, .. } => (image == name).then_some(newest),
            Body::Given(_) => None,
        }
    }

    /// The images of a task definition, as they are at this moment.
    pub(in crate::sim) fn resolve(&self, ix: DefinitionIx) -> Arc<[Resolved]> {
        self.containers(ix).into_iter().map(|c| self.resolve_image(&c.name, &c.image)).collect()
    }

    /// One image, as it is at this moment. What is not in a repository of the world is taken to exist
    /// and to behave.
    pub(in crate::sim) fn resolve_image(&self, container: &str, image: &str) -> Resolved {
        let (digest, behaviour) = match self.find_image(image) {
            Found::Elsewhere => (None, Some(Arc::new(Behaviour::default()))),
            Found::Image(found) => (Some(found.digest.clone()), Some(Arc::clone(&found.behaviour))),
            Found::Missing => (None, None),
        };
        Resolved { container: container.to_owned(), image: image.to_owned(), digest, behaviour }
    }

    /// The repository that an image name speaks of.
    pub(super) fn repository_of(&self, image: &str) -> Option<&Repository> {
        let (account, region, repository, _) = ecr_name(image)?;
        self.repositories.iter().find(|r| r.account == account && r.region == region && r.name == repository)
    }

    fn is_pulled_through(&self, image: &str) -> bool {
        let Some((account, region, name, _)) = ecr_name(image) else { return false };
        self.world.upstreams.iter().any(|rule| {
            rule.account == account
                && rule.region == region
                && name.strip_prefix(rule.prefix.as_str()).is_some_and(|rest| rest.starts_with('/'))
        })
    }

    fn find_image(&self, image: &str) -> Found<'_> {
        let Some((_, _, _, reference)) = ecr_name(image) else { return Found::Elsewhere };
        let found = self.repository_of(image).and_then(|repository| {
            repository.images.iter().find(|image| match reference {
                Reference::Tag(tag) => image.tags.iter().any(|t| t == tag),
                Reference::Digest(digest) => image.digest == digest,
            })
        });
        match found {
            Some(image) => Found::Image(image),
            // it is fetched from where it comes from
            None if self.is_pulled_through(image) => Found::Elsewhere,
            None => Found::Missing,
        }
    }
}

enum Found<'a> {
    Elsewhere,
    Image(&'a Image),
    Missing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reference<'a> {
    Tag(&'a str),
    Digest(&'a str),
}

/// Account, region, repository and reference of `ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPO:TAG`, whichever of the
/// registry's hosts is written: those for FIPS, and the dual-stack ones.
fn ecr_name(image: &str) -> Option<(&str, &str, &str, Reference<'_>)> {
    let (registry, path) = image.split_once('/')?;
    let (account, host) = registry.split_once('.')?;
    let rest = host.strip_prefix("dkr.ecr").or_else(|| host.strip_prefix("dkr-ecr"))?;
    let (region, end) = rest.strip_prefix("-fips").unwrap_or(rest).strip_prefix('.')?.split_once('.')?;
    let ends = ["amazonaws.com", "amazonaws.com.cn", "on.aws", "on.amazonwebservices.com.cn"];
    if !ends.contains(&end) {
        return None;
    }
    // `repo:tag@sha256:…` names the digest; the tag is only told.
    if let Some((name, digest)) = path.split_once('@') {
        let repository = name.split_once(':').map_or(name, |(repository, _)| repository);
        return Some((account, region, repository, Reference::Digest(digest)));
    }
    let (repository, tag) = path.split_once(':').unwrap_or((path, "latest"));
    Some((account, region, repository, Reference::Tag(tag)))
}

/// What [`container`] reads from the document that [`definitions::made`] writes, without writing it.
fn made_containers(spec: &ServiceSpec, image: &str) -> Vec<Container> {
    let log = || {
        let found = (spec.log_group.clone(), spec.log_prefix.clone(), spec.log_region.clone());
        (spec.log_driver == "awslogs").then_some(found)
    };
    let main = Container {
        name: spec.container.clone(),
        image: image.to_owned(),
        command: spec.command.clone(),
        checked: spec.port.is_some(),
        cpu: spec.ec2.as_ref().and_then(|_| spec.cpu.parse().ok()).unwrap_or(0),
        memory: spec.ec2.as_ref().and_then(|_| spec.memory.parse().ok()).unwrap_or(0),
        ports: spec
            .port
            .map(|port| (port, spec.ec2.as_ref().map_or(port, |ec2| ec2.host_port)))
            .into_iter()
            .collect(),
        log: log(),
        essential: true,
    };
    let beside = |one: &SidecarSpec| Container {
        name: one.name.clone(),
        image: one.image.clone().unwrap_or_else(|| image.to_owned()),
        command: Vec::new(),
        checked: false,
        cpu: 0,
        memory: spec.ec2.as_ref().map_or(0, |_| SIDECAR),
        ports: Vec::new(),
        log: log(),
        essential: one.essential,
    };
    let (first, last): (Vec<_>, Vec<_>) = spec.containers.iter().partition(|one| one.first);
    first.into_iter().map(beside).chain([main]).chain(last.into_iter().map(beside)).collect()
}

fn container(value: &Value) -> Container {
    let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let words = |key: &str| -> Vec<String> {
        let list = value.get(key).and_then(Value::as_array);
        list.map(|l| l.iter().filter_map(Value::as_str).map(str::to_owned).collect()).unwrap_or_default()
    };
    let whole = |value: &Value, key: &str| value.get(key).and_then(Value::as_u64).unwrap_or(0);
    let small = |value: &Value, key: &str| u32::try_from(whole(value, key)).unwrap_or(u32::MAX);
    let port = |value: &Value, key: &str| u16::try_from(whole(value, key)).unwrap_or(0);
    let mappings = value.get("portMappings").and_then(Value::as_array);
    let log = value
        .get("logConfiguration")
        .filter(|log| log.get("logDriver").and_then(Value::as_str) == Some("awslogs"));
    let option = |key: &str| {
        log.and_then(|l| l.get("options")).and_then(|o| o.get(key)).and_then(Value::as_str).map(str::to_owned)
    };
    Container {
        name: text("name"),
        image: text("image"),
        command: words("command"),
        checked: value.get("healthCheck").is_some_and(Value::is_object),
        cpu: small(value, "cpu"),
        // what is reserved, where there is a soft limit, else the hard one
        memory: match small(value, "memoryReservation") {
            0 => small(value, "memory"),
            reserved => reserved,
        },
        ports: mappings
            .into_iter()
            .flatten()
            .map(|m| (port(m, "containerPort"), port(m, "hostPort")))
            .collect(),
        log: option("awslogs-group").map(|group| {
            let prefix = option("awslogs-stream-prefix").unwrap_or_default();
            (group, prefix, option("awslogs-region").unwrap_or_default())
        }),
        essential: value.get("essential").and_then(Value::as_bool).unwrap_or(true),
    }
}

#[cfg(test)]
mod tests {
    use super::super::documents;
    use super::*;

    #[test]
    fn the_short_way_to_containers_agrees_with_the_document() {
        let world = crate::sim::world::World::named("fem", None).unwrap();
        for spec in &world.services {
            let document = documents::made(spec, &spec.image);
            let read: Vec<Container> =
                document["containerDefinitions"].as_array().unwrap().iter().map(container).collect();
            assert_eq!(made_containers(spec, &spec.image), read, "{}", spec.name);
        }
    }

    #[test]
    fn names_of_ecr_images() {
        let registry = "111122223333.dkr.ecr.us-west-2.amazonaws.com";
        for (path, want) in [
            ("app:1", Some(("app", Reference::Tag("1")))),
            ("team/app", Some(("team/app", Reference::Tag("latest")))),
            ("app@sha256:ab", Some(("app", Reference::Digest("sha256:ab")))),
            ("app:1@sha256:ab", Some(("app", Reference::Digest("sha256:ab")))),
        ] {
            let name = format!("{registry}/{path}");
            assert_eq!(ecr_name(&name).map(|(_, _, repo, reference)| (repo, reference)), want, "{path}");
        }
        for host in [
            "dkr.ecr-fips.us-west-2.amazonaws.com",
            "dkr-ecr.us-west-2.on.aws",
            "dkr-ecr-fips.us-west-2.on.aws",
        ] {
            let name = format!("111122223333.{host}/app:1");
            assert_eq!(
                ecr_name(&name),
                Some(("111122223333", "us-west-2", "app", Reference::Tag("1"))),
                "{host}"
            );
        }
        for image in ["nginx", "nginx:1", "public.ecr.aws/nginx/nginx:1"] {
            assert_eq!(ecr_name(image), None, "{image}");
        }
    }
}
