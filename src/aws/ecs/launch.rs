//! What a service gives its tasks, as a task of its own is going to get it.

use crate::{
    aws::convert,
    model::launch::{EbsVolume, Launch},
};
use aws_sdk_ecs::types;

/// Reads it of a service; volumes are those of the deployment in place.
pub(super) fn of_service(service: &types::Service) -> Launch {
    let propagate = service.propagate_tags();
    let own = |tag: &types::Tag| {
        let (key, value) = (convert::name(tag.key()?), convert::name(tag.value().unwrap_or_default()));
        // AWS keeps these for itself and refuses them
        (!key.to_lowercase().starts_with("aws:")).then_some((key, value))
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
        tags: match propagate {
            Some(types::PropagateTags::Service) => service.tags().iter().filter_map(own).collect(),
            _ => Vec::new(),
        },
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
    let tags = specification.map(types::EbsTagSpecification::tags).unwrap_or_default();
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
        tags: tags.iter().filter_map(|t| Some((convert::name(t.key()?), named(t.value())))).collect(),
        propagate: named(specification.and_then(|s| s.propagate_tags()).map(types::PropagateTags::as_str)),
    })
}
