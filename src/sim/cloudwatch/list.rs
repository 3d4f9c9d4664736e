//! ListMetrics.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::api::{Answer, Call, Fault, Landscape};
use super::super::wire::input;
use super::catalog::{PUBLISHED, dimensions};
use super::{place, token};

/// Metrics a page.
const PAGE: usize = 500;

pub fn list_metrics(landscape: &dyn Landscape, call: &Call) -> Answer {
    let refuse = |why: String| Fault::client("InvalidParameterValueException", why);
    let request = &call.input;
    let wanted = super::dimensions(request, 10).map_err(refuse)?;
    let (namespace, name) = (input::text(request, "Namespace"), input::text(request, "MetricName"));
    match input::text(request, "RecentlyActive") {
        None | Some("PT3H") => {}
        Some(other) => return Err(refuse(format!("RecentlyActive is PT3H, not {other:?}"))),
    }
    let skip: usize = match place(request)
        .map_err(|_| refuse("NextToken was not given out for this request".to_owned()))?
    {
        "" => 0,
        place => {
            place.parse().map_err(|_| refuse("NextToken was not given out for this request".to_owned()))?
        }
    };

    let subjects = landscape.subjects(&call.account, &call.region);
    let rows: Vec<_> = PUBLISHED
        .iter()
        .filter(|row| namespace.is_none_or(|wanted| wanted == row.namespace))
        .filter(|row| name.is_none_or(|wanted| wanted == row.name))
        .collect();
    // subjects that share a load balancer share its metrics
    let mut found = BTreeSet::new();
    for subject in &subjects {
        for row in &rows {
            for (has, _) in dimensions(subject, row.by) {
                let fits = wanted.iter().all(|(name, value)| {
                    has.iter().any(|(has_name, has_value)| {
                        name == has_name && (value.is_empty() || value == has_value)
                    })
                });
                if fits {
                    found.insert((row.namespace, row.name, has));
                }
            }
        }
    }
    let more = found.len() > skip + PAGE;
    let page: Vec<Value> = found
        .into_iter()
        .skip(skip)
        .take(PAGE)
        .map(|(namespace, name, has)| {
            let has: Vec<Value> =
                has.into_iter().map(|(name, value)| json!({ "Name": name, "Value": value })).collect();
            json!({ "Namespace": namespace, "MetricName": name, "Dimensions": has })
        })
        .collect();
    let next = more.then(|| token(request, &(skip + PAGE).to_string()));
    Ok(json!({ "Metrics": page, "NextToken": next }))
}
