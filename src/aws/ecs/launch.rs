//! What a service gives its tasks, as a task of its own is going to get it.

use crate::{
    aws::{convert, mask},
    model::launch::{EbsVolume, Launch},
};
use aws_sdk_ecs::types;

/// Tags that a task may be given. A launch is written into plans and journals and goes to AWS as it is, so that it holds
/// neither what looks like a secret nor what would be written otherwise than AWS has it.
#[derive(Default)]
struct Tags {
    carried: Vec<(String, String)>,
    /// How many are not carried.
    left: usize,
}

impl Tags {
    fn of(tags: &[types::Tag]) -> Self {
        let mut all = Self::default();
        for tag in tags {
            let (Some(key), value) = (tag.key(), tag.value().unwrap_or_default()) else { continue };
            // AWS keeps these for itself and refuses them
            if key.to_lowercase().starts_with("aws:") {
                continue;
            }
            if convert::said(key) == key && mask::option(key, value) == value {
                all.carried.push((key.to_owned(), value.to_owned()));
            } else {
                all.left += 1;
            }
        }
        all
    }
}

/// Reads it of a service; volumes are those of the deployment in place.
pub(super) fn of_service(service: &types::Service) -> Launch {
    let propagate = service.propagate_tags();
    let tags = match propagate {
        Some(types::PropagateTags::Service) => Tags::of(service.tags()),
        _ => Tags::default(),
    };
    let named = |found: Option<&str>| found.map(convert::name).unwrap_or_default();
    // a service that others deploy tells it with its task sets
    let set = service.task_sets().iter().find(|set| set.status() == Some("PRIMARY"));
    let platform = service.platform_version().or_else(|| set?.platform_version());
    Launch {
        platform_version: named(platform),
        constraints: service
            .placement_constraints()
            .iter()
            .map(|c| (named(c.r#type().map(types::PlacementConstraintType::as_str)), named(c.expression())))
            .collect(),
        strategy: service
            .placement_strategy()
            .iter()
            .map(|s| (named(s.r#type().map(types::PlacementStrategyType::as_str)), named(s.field())))
            .collect(),
        tags: tags.carried,
        tags_left: tags.left,
        definition_tags: propagate == Some(&types::PropagateTags::TaskDefinition),
        unknown_tags: match propagate {
            None
            | Some(
                types::PropagateTags::None
                | types::PropagateTags::Service
                | types::PropagateTags::TaskDefinition,
            ) => String::new(),
            Some(other) => convert::name(other.as_str()),
        },
        managed_tags: service.enable_ecs_managed_tags(),
        execute_command: service.enable_execute_command(),
        volumes: volumes(service),
    }
}

fn volumes(service: &types::Service) -> Vec<EbsVolume> {
    let all = service.deployments();
    let primary = all.iter().find(|d| d.status() == Some("PRIMARY")).or_else(|| all.first());
    let found = primary.map(types::Deployment::volume_configurations).unwrap_or_default();
    found.iter().filter_map(volume).collect()
}

fn volume(volume: &types::ServiceVolumeConfiguration) -> Option<EbsVolume> {
    let ebs = volume.managed_ebs_volume()?;
    let named = |found: Option<&str>| found.map(convert::name).unwrap_or_default();
    let specification =
        ebs.tag_specifications().iter().find(|s| *s.resource_type() == types::EbsResourceType::Volume);
    let tags = Tags::of(specification.map(types::EbsTagSpecification::tags).unwrap_or_default());
    Some(EbsVolume {
        name: convert::name(volume.name()),
        role: convert::name(ebs.role_arn()),
        kind: named(ebs.volume_type()),
        size: ebs.size_in_gib(),
        snapshot: named(ebs.snapshot_id()),
        iops: ebs.iops(),
        throughput: ebs.throughput(),
        initialization_rate: ebs.volume_initialization_rate(),
        encrypted: ebs.encrypted(),
        kms_key: named(ebs.kms_key_id()),
        filesystem: named(ebs.filesystem_type().map(types::TaskFilesystemType::as_str)),
        tags: tags.carried,
        tags_left: tags.left,
        propagate: named(specification.and_then(|s| s.propagate_tags()).map(types::PropagateTags::as_str)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(key: &str, value: &str) -> types::Tag {
        types::Tag::builder().key(key).value(value).build()
    }

    #[test]
    fn a_task_gets_tags_as_aws_has_them_and_none_that_looks_like_a_secret() {
        let tags = [
            tag("team", "orders"),
            tag("password", "hunter2"),
            tag("note", "password=hunter2"),
            tag("password=hunter2", "x"),
            tag("\u{1b}[31m", "red"),
            tag("colour", "\u{1b}[31m"),
            tag("aws:cloudformation:stack-name", "x"),
            tag("empty", ""),
        ];
        let wanted = [("team".to_owned(), "orders".to_owned()), ("empty".to_owned(), String::new())];
        let service = types::Service::builder()
            .propagate_tags(types::PropagateTags::Service)
            .set_tags(Some(tags.to_vec()))
            .build();
        let launch = of_service(&service);
        assert_eq!((launch.tags.as_slice(), launch.tags_left), (&wanted[..], 5));
        let ebs = types::ServiceManagedEbsVolumeConfiguration::builder()
            .role_arn("arn:aws:iam::1:role/x")
            .tag_specifications(
                types::EbsTagSpecification::builder()
                    .resource_type(types::EbsResourceType::Volume)
                    .set_tags(Some(tags.to_vec()))
                    .build()
                    .unwrap(),
            )
            .build()
            .unwrap();
        let configured = types::ServiceVolumeConfiguration::builder().name("data").managed_ebs_volume(ebs);
        let volume = volume(&configured.build().unwrap()).unwrap();
        assert_eq!((volume.tags.as_slice(), volume.tags_left), (&wanted[..], 5));
    }
}
