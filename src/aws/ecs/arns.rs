//! ARNs that a description names.

use aws_sdk_ecs::types;

/// ARNs of the service revisions that run.
pub(in crate::aws) fn revision_arns(service: &types::Service) -> Vec<String> {
    service.current_service_revisions().iter().filter_map(|r| r.arn().map(str::to_owned)).collect()
}
