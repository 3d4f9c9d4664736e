//! App Runner: what is told and what can be changed, in the shapes of its model.

pub(super) mod dispatch;
mod read;
#[cfg(test)]
mod tests;
mod write;

use super::api::{Call, Fault};
use super::args::{Args, Paging};
use super::engine::Engine;
use super::engine::state::{App, AppIx};

const PAGES: Paging<'static> =
    Paging { token: "NextToken", size: "MaxResults", usual: 20, most: 20, error: "InvalidRequestException" };

fn invalid(message: impl Into<String>) -> Fault {
    Fault::client("InvalidRequestException", message)
}

fn not_found(arn: &str) -> Fault {
    Fault::client("ResourceNotFoundException", format!("Service cannot be found: {arn}"))
}

/// ARN of a service.
fn arn(app: &App) -> String {
    format!(
        "arn:aws:apprunner:{}:{}:service/{}/{:032x}",
        app.spec.region, app.spec.account, app.spec.name, app.id
    )
}

fn find(engine: &Engine, call: &Call, member: &str) -> Result<AppIx, Fault> {
    let wanted = Args(&call.input).text(member).ok_or_else(|| invalid(format!("{member} is required")))?;
    if !wanted.starts_with("arn:aws:apprunner:") {
        return Err(invalid(format!("{wanted} is not the ARN of an App Runner service")));
    }
    let here =
        |app: &App| app.spec.account == call.account && app.spec.region == call.region && arn(app) == wanted;
    engine.apps.iter().position(here).map(AppIx).ok_or_else(|| not_found(wanted))
}
