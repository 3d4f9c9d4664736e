//! Which environment a call speaks of: told by a cluster, service, log group or other name in its input.

use serde_json::Value;

use super::{Engine, LogSource};
use crate::sim::api::{Aws, Call};

impl Engine {
    pub(in crate::sim) fn place_of(&self, call: &Call) -> Option<String> {
        let mut words = Vec::new();
        strings(&call.input, &mut words);
        words
            .iter()
            .find_map(|word| self.environment_named(call, word))
            .or_else(|| self.only_environment(call))
    }

    fn environment_named(&self, call: &Call, word: &str) -> Option<String> {
        let here = |account: &str, region: &str| account == call.account && region == call.region;
        if call.service == Aws::S3 {
            // a lock or a record of a run has its environment in its key
            let named = |part: &str| self.world.environments.iter().find(|e| e.name == part);
            return word.split('/').find_map(named).map(|environment| environment.name.clone());
        }
        if call.service == Aws::AppRunner || word.contains(":apprunner:") {
            let app = self.apps.iter().find(|app| {
                here(&app.spec.account, &app.spec.region) && word.contains(&format!("{:032x}", app.id))
            })?;
            return Some(app.spec.environment.clone());
        }
        let key = (call.account.clone(), call.region.clone(), word.to_owned());
        match self.groups.get(&key).and_then(|sources| sources.first()) {
            Some(LogSource::Service(ix)) => return self.service(*ix).map(|s| s.spec.environment.clone()),
            Some(LogSource::App(ix)) => return self.app(*ix).map(|a| a.spec.environment.clone()),
            None => {}
        }
        if let Some(group) = word.split(":targetgroup/").nth(1).or_else(|| word.strip_prefix("targetgroup/"))
        {
            let name = group.split('/').next().unwrap_or_default();
            let further = |s: &crate::sim::world::WaysSpec| {
                s.alternate.as_deref() == Some(name) || s.groups.iter().any(|group| group.name == name)
            };
            let found = self
                .services
                .iter()
                .find(|s| s.spec.balancer.is_some() && (s.spec.name == name || further(&s.spec.ways)))?;
            return Some(found.spec.environment.clone());
        }
        // `arn:aws:ecs:region:account:task/cluster/id` and the like, or a cluster's plain name.
        let name = word.split_once(":ecs:").map_or(Some(word), |(_, rest)| rest.split('/').nth(1))?;
        let cluster = self.clusters.iter().find(|c| here(&c.account, &c.region) && c.name == name);
        if let Some(cluster) = cluster {
            return Some(cluster.environment.clone());
        }
        let database = self.world.databases.iter().find(|d| here(&d.account, &d.region) && d.id == word);
        database.map(|d| d.environment.clone())
    }

    fn only_environment(&self, call: &Call) -> Option<String> {
        let mut all =
            self.world.environments.iter().filter(|e| e.account == call.account && e.region == call.region);
        let first = all.next()?;
        all.next().is_none().then(|| first.name.clone())
    }
}

fn strings<'a>(value: &'a Value, into: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => into.push(text),
        Value::Array(list) => list.iter().for_each(|item| strings(item, into)),
        Value::Object(map) => map.values().for_each(|item| strings(item, into)),
        _ => {}
    }
}
