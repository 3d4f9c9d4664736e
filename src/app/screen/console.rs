//! Addresses in the AWS console.

use crate::{
    app::{
        Effect,
        flow::{Out, notice},
        layout,
        rows::BodyRow,
        service,
        state::{ListView, Overlay, Screen, State, Tab},
        subject::subject,
    },
    model::{Kind, ServiceKey},
};
use std::fmt::Write;

/// The address of what is selected, if it has one.
pub fn address(state: &State) -> Option<String> {
    let key = subject(state)?;
    let row = state.rows.get(&key)?;
    let region = region(state, &key)?;
    let host = host(&row.arn);
    if state.screen() == Screen::Service
        && let Some(view) = &state.service
    {
        if view.tab == Tab::Logs
            && let Some(Ok(source)) = &view.log_from
        {
            let region = source.region.as_deref().unwrap_or(region);
            let base = format!("https://{region}.console.{host}/cloudwatch/home?region={region}");
            return Some(format!("{base}#logsV2:log-groups/log-group/{}", twice(&source.group)));
        }
        if let Some(BodyRow::Task { index, .. }) = service::row(state)
            && let Some(task) = view.detail.value.as_ref().and_then(|d| d.tasks.get(index))
        {
            let cluster = encoded(&key.cluster);
            let base = format!("https://{region}.console.{host}/ecs/v2/clusters/{cluster}");
            return Some(format!("{base}/tasks/{}/configuration?region={region}", encoded(&task.id)));
        }
    }
    Some(match key.kind {
        Kind::AppRunner => format!(
            "https://{region}.console.{host}/apprunner/home?region={region}#/services/dashboard?service_arn={}",
            encoded(&row.arn)
        ),
        Kind::Ecs | Kind::Express => format!(
            "https://{region}.console.{host}/ecs/v2/clusters/{}/services/{}/health?region={region}",
            encoded(&key.cluster),
            encoded(&key.name)
        ),
    })
}

fn region<'a>(state: &'a State, key: &ServiceKey) -> Option<&'a str> {
    let environment = state.environment(&key.environment)?;
    let of_arn = || state.rows.get(key)?.arn.split(':').nth(3);
    match environment.region.as_str() {
        "" => of_arn().filter(|r| !r.is_empty()),
        known => Some(known),
    }
}

fn host(arn: &str) -> &'static str {
    match arn.split(':').nth(1) {
        Some("aws-cn") => "amazonaws.cn",
        Some("aws-us-gov") => "amazonaws-us-gov.com",
        _ => "aws.amazon.com",
    }
}

/// Percent-encodes everything but letters, digits and `-_.~`.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// Log groups are encoded twice over, with `$` for the second percent sign.
fn twice(text: &str) -> String {
    encoded(text).replace('%', "$25")
}

/// Shows the address and copies it.
pub(in crate::app) fn show(state: &mut State, out: &mut Out) {
    let Some(address) = address(state) else {
        notice(state, out, "nothing here has an address in the AWS console", false);
        return;
    };
    out.push(Effect::Copy(address.clone()));
    state.overlay = Some(Overlay::Text {
        list: ListView::default(),
        title: "In the AWS console (copied)".to_owned(),
        lines: layout::wrap(&address, layout::small_width(state.size)),
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_encoded() {
        assert_eq!(encoded("a/b c:é"), "a%2Fb%20c%3A%C3%A9");
        assert_eq!(twice("/aws/x"), "$252Faws$252Fx");
        assert_eq!(host("arn:aws-us-gov:ecs"), "amazonaws-us-gov.com");
    }
}
