//! The containers of a service, and its ways in.

use super::{Check, Checked};
use crate::sim::world::file::Name;
use crate::sim::world::{BalancerSort, GroupSpec, SidecarSpec, WaysSpec, file};

impl Check<'_> {
    /// Containers beside the main one, those before it first.
    pub(super) fn containers(&self, entry: &file::Service) -> Checked<Vec<SidecarSpec>> {
        let main = entry.container.as_deref().unwrap_or("service");
        let mut found: Vec<SidecarSpec> = Vec::new();
        for one in &entry.containers {
            let name = one.name.get_ref();
            if name == main || found.iter().any(|other| other.name == *name) {
                return Err(self.at(&one.name, format!("two containers are called \"{name}\"")));
            }
            found.push(SidecarSpec {
                name: name.clone(),
                image: one.image.as_ref().map(|image| self.image_name(image)).transpose()?,
                first: one.first,
                essential: one.essential,
                firelens: one.firelens,
                proxy: one.proxy,
            });
        }
        for (name, image) in &entry.sidecars {
            let image = Some(self.image_name(image)?);
            found.push(SidecarSpec { name: name.clone(), image, ..SidecarSpec::default() });
        }
        found.sort_by_key(|one| !one.first);
        Ok(found)
    }

    /// What a service says of its ways in.
    pub(super) fn ways(&self, entry: &file::Service) -> Checked<WaysSpec> {
        let sort = |name: &Option<Name>| -> Checked<BalancerSort> {
            let Some(name) = name else { return Ok(BalancerSort::Application) };
            self.one_of(name, &["application", "network", "classic"])?;
            Ok(match name.get_ref().as_str() {
                "network" => BalancerSort::Network,
                "classic" => BalancerSort::Classic,
                _ => BalancerSort::Application,
            })
        };
        if let Some(rule) = &entry.rule {
            self.one_of(rule, &["first", "alternate"])?;
        }
        let mut groups = Vec::with_capacity(entry.group.len());
        for group in &entry.group {
            if !(0.0..=1.0).contains(&group.share) {
                return Err(self.at(&group.name, "share is from 0 to 1"));
            }
            groups.push(GroupSpec {
                name: group.name.get_ref().clone(),
                balancer: group.balancer.clone(),
                sort: sort(&group.balancer_kind)?,
                share: group.share,
                faulty: group.faulty,
            });
        }
        let more = entry.alternate.is_some() || entry.also_behind.is_some() || !groups.is_empty();
        if more && entry.balancer.is_none() {
            return Err(self.at(&entry.name, "further target groups need a balancer before the first one"));
        }
        if groups.iter().map(|group| group.share).sum::<f64>() > 1.0 {
            return Err(self.at(&entry.name, "the shares of its target groups are more than the whole"));
        }
        Ok(WaysSpec {
            sort: sort(&entry.balancer_kind)?,
            also_behind: entry.also_behind.clone(),
            alternate: entry.alternate.clone(),
            rule: entry.rule.as_ref().map(|rule| rule.get_ref() == "alternate"),
            groups,
        })
    }
}
