//! EC2 capacity: providers, and services whose tasks run on their instances.

use super::super::file;
use super::super::{CapacitySpec, Ec2Spec};
use super::{Check, Checked};

impl Check<'_> {
    pub(super) fn capacity(&self, entry: &file::Capacity) -> Checked<CapacitySpec> {
        let clusters = self.environments.iter().flat_map(|e| e.clusters.iter().map(String::as_str));
        self.known(&entry.cluster, "cluster", clusters)?;
        let name = entry.name.get_ref().clone();
        // "cannot be prefixed with aws, ecs, or fargate" (CreateCapacityProvider)
        if ["aws", "ecs", "fargate"].iter().any(|prefix| name.to_lowercase().starts_with(prefix)) {
            return Err(self.at(&entry.name, "no capacity provider's name begins with aws, ecs or fargate"));
        }
        if self.capacity.iter().any(|other| other.name == name) {
            return Err(self.at(&entry.name, format!("two capacity providers are called \"{name}\"")));
        }
        let most = entry.most.unwrap_or(entry.instances);
        if most < entry.instances {
            return Err(self.at(
                &entry.name,
                format!("most is {most}, fewer than the {} at the start", entry.instances),
            ));
        }
        Ok(CapacitySpec {
            name,
            cluster: entry.cluster.get_ref().clone(),
            instances: entry.instances,
            most,
            managed: entry.managed.unwrap_or(true),
            kind: entry.kind.clone().unwrap_or_else(|| "t3.small".to_owned()),
            cpu: entry.cpu.unwrap_or(2048),
            memory: entry.memory.unwrap_or(1910),
        })
    }

    /// How a service runs on container instances; none when it runs on Fargate.
    pub(super) fn ec2(&self, entry: &file::Service) -> Checked<Option<Ec2Spec>> {
        if let Some(launch) = &entry.launch {
            self.one_of(launch, &["FARGATE", "EC2"])?;
        }
        if let Some(network) = &entry.network {
            self.one_of(network, &["bridge", "host", "awsvpc"])?;
        }
        if let Some(capacity) = &entry.capacity {
            let here = self.capacity.iter().filter(|c| c.cluster == *entry.cluster.get_ref());
            self.known(capacity, "capacity provider of this cluster", here.map(|c| c.name.as_str()))?;
            if let Some(launch) = &entry.launch {
                return Err(self.at(launch, "a service has a capacity provider or a launch type, not both"));
            }
        }
        let ec2 = entry.launch.as_ref().is_some_and(|launch| launch.get_ref() == "EC2");
        if !ec2 && entry.capacity.is_none() {
            return match &entry.network {
                Some(network) if network.get_ref() != "awsvpc" => Err(self.at(
                    network,
                    "Fargate knows the network mode awsvpc alone; give capacity, or launch = \"EC2\"",
                )),
                _ => Ok(None),
            };
        }
        let network = match entry.network.as_ref().map(|network| network.get_ref().as_str()) {
            Some("awsvpc") => "awsvpc",
            Some("host") => "host",
            _ => "bridge",
        };
        // in host mode, and with an interface of its own, a container's port is the port
        let fixed = if network == "bridge" { 0 } else { entry.port.unwrap_or(0) };
        Ok(Some(Ec2Spec {
            provider: entry.capacity.as_ref().map(|name| name.get_ref().clone()),
            network,
            host_port: entry.host_port.unwrap_or(fixed),
        }))
    }
}
