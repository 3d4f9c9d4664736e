//! What the SDK would try again in vain.

use aws_smithy_runtime_api::client::{
    interceptors::context::InterceptorContext,
    retries::classifiers::{ClassifyRetry, RetryAction, RetryClassifierPriority},
};

/// A page of a web framework with status 500 is what local servers answer for operations they do not have.
/// AWS never answers so, and a second try gives the same page.
#[derive(Debug)]
pub(super) struct PagesAreFinal;

impl ClassifyRetry for PagesAreFinal {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let page = context.response().is_some_and(|response| {
            response.status().as_u16() == 500 && response.body().bytes().is_some_and(is_page)
        });
        if page { RetryAction::RetryForbidden } else { RetryAction::NoActionIndicated }
    }

    fn name(&self) -> &'static str {
        "PagesAreFinal"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_before(RetryClassifierPriority::http_status_code_classifier())
    }
}

fn is_page(body: &[u8]) -> bool {
    let head = body.trim_ascii_start().get(..9).unwrap_or_default().to_ascii_lowercase();
    head.starts_with(b"<!doctype") || head.starts_with(b"<html")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_told_from_xml_errors() {
        assert!(is_page(b"\n<!DOCTYPE HTML>"));
        assert!(is_page(b"<html><body>"));
        assert!(!is_page(b"<ErrorResponse><Error>"));
        assert!(!is_page(b"{}"));
        assert!(!is_page(b""));
    }
}
