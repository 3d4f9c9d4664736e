//! Answers that hold nothing.
//!
//! The SDK reads an empty body, or a document without its list, as an empty list. Whoever believes that
//! takes every service for gone: such an answer is refused here, for every call.

use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{Intercept, context::AfterDeserializationInterceptorContextRef},
        orchestrator::Metadata,
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::config_bag::ConfigBag;
use std::{error::Error, fmt};

/// Lists that are always there, be they empty: service, operation, member. Without the list, what it named
/// would seem to be gone.
const LISTS: [(&str, &str, &str); 9] = [
    ("ECS", "ListClusters", "clusterArns"),
    ("ECS", "ListServices", "serviceArns"),
    ("ECS", "DescribeServices", "services"),
    ("ECS", "ListTasks", "taskArns"),
    ("ECS", "DescribeTasks", "tasks"),
    ("ECS", "ListTaskDefinitions", "taskDefinitionArns"),
    ("ECS", "ListServiceDeployments", "serviceDeployments"),
    ("AppRunner", "ListServices", "ServiceSummaryList"),
    ("AppRunner", "ListOperations", "OperationSummaryList"),
];

/// An answer that says that all is well, and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EmptyAnswer {
    /// No body at all.
    Nothing,
    /// A document without this list.
    Without(&'static str),
}

impl fmt::Display for EmptyAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("answered with nothing"),
            Self::Without(member) => write!(f, "answered without {member}"),
        }
    }
}

impl Error for EmptyAnswer {}

/// Refuses answers that hold nothing. None of the operations that the cockpit calls answers so.
#[derive(Debug)]
pub(super) struct RefuseEmptyAnswers;

impl Intercept for RefuseEmptyAnswers {
    fn name(&self) -> &'static str {
        "RefuseEmptyAnswers"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        if !response.status().is_success() || context.output_or_error().is_err() {
            return Ok(());
        }
        let Some(body) = response.body().bytes() else { return Ok(()) };
        let (service, operation) = match cfg.load::<Metadata>() {
            Some(metadata) => (metadata.service(), metadata.name()),
            None => ("", ""),
        };
        match empty(service, operation, body) {
            Some(empty) => Err(empty.into()),
            None => Ok(()),
        }
    }
}

fn empty(service: &str, operation: &str, body: &[u8]) -> Option<EmptyAnswer> {
    if body.trim_ascii().is_empty() {
        return Some(EmptyAnswer::Nothing);
    }
    let plain = |name: &str| name.replace(' ', "").to_ascii_lowercase();
    let (.., member) =
        LISTS.iter().find(|(own, name, _)| *name == operation && plain(own) == plain(service)).copied()?;
    let quoted = format!("\"{member}\"");
    let there = body.windows(quoted.len()).any(|window| window == quoted.as_bytes());
    (!there).then_some(EmptyAnswer::Without(member))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_that_hold_nothing_are_told_from_empty_lists() {
        for (service, operation, body, expected) in [
            ("ECS", "ListServices", "", Some(EmptyAnswer::Nothing)),
            ("ECS", "UpdateService", " \n", Some(EmptyAnswer::Nothing)),
            ("ECS", "ListServices", "{}", Some(EmptyAnswer::Without("serviceArns"))),
            ("ECS", "ListServices", "{\"serviceArns\":[]}", None),
            (
                "AppRunner",
                "ListServices",
                "{\"serviceArns\":[]}",
                Some(EmptyAnswer::Without("ServiceSummaryList")),
            ),
            ("AppRunner", "ListServices", "{\"ServiceSummaryList\":[]}", None),
            ("ECS", "DescribeServices", "{\"failures\":[]}", Some(EmptyAnswer::Without("services"))),
            ("ECS", "RunTask", "{}", None),
        ] {
            assert_eq!(empty(service, operation, body.as_bytes()), expected, "{service} {operation} {body}");
        }
    }
}
