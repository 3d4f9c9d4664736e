//! Small pages: shorter than asked for, or empty with a token.
//!
//! No list of AWS promises that a page is full, nor that an empty one is the last: the token alone tells. Lists of
//! ECS, App Runner and ECR are small for whoever says how long a page may be; who does not is taken for somebody
//! who reads one page, and gets it whole.
//! (logs: "Partially full or empty pages don't necessarily mean that pagination is finished"; ecs: "If all
//! the results … were not returned, the nextToken".)

use serde_json::{Value, json};

use super::Roll;
use crate::sim::api::{Aws, Call};
use crate::sim::wire::input;

/// A list that pages.
struct Paged {
    /// Member of the request that bounds a page, and the size of a page without it.
    size: Option<(&'static str, i64)>,
    /// Member of the request that carries the token.
    token: &'static str,
    /// Members of the answer that carry one.
    next: &'static [&'static str],
    /// The list.
    list: &'static str,
}

fn paged(call: &Call) -> Option<Paged> {
    let ecs = |list, usual| Paged {
        size: Some(("maxResults", usual)),
        token: "nextToken",
        next: &["nextToken"],
        list,
    };
    let named = |member: &str| call.input.get(member).is_some_and(|names| !names.is_null());
    Some(match (call.service, call.op.as_str()) {
        (Aws::Ecs, "ListClusters") => ecs("clusterArns", 100),
        (Aws::Ecs, "ListServices" | "ListServicesByNamespace") => ecs("serviceArns", 10),
        (Aws::Ecs, "ListTasks") => ecs("taskArns", 100),
        (Aws::Ecs, "ListTaskDefinitions") => ecs("taskDefinitionArns", 100),
        (Aws::Ecs, "ListTaskDefinitionFamilies") => ecs("families", 100),
        (Aws::Ecs, "ListContainerInstances") => ecs("containerInstanceArns", 100),
        (Aws::Ecs, "ListServiceDeployments") => ecs("serviceDeployments", 20),
        (Aws::AppRunner, op @ ("ListServices" | "ListOperations")) => Paged {
            size: Some(("MaxResults", 20)),
            token: "NextToken",
            next: &["NextToken"],
            list: if op == "ListServices" { "ServiceSummaryList" } else { "OperationSummaryList" },
        },
        (Aws::Ecr, "DescribeImages") if !named("imageIds") => ecs("imageDetails", 100),
        (Aws::Ecr, "DescribeRepositories") if !named("repositoryNames") => ecs("repositories", 100),
        (Aws::Ecr, "ListImages") => ecs("imageIds", 100),
        (Aws::CloudWatch, "GetMetricData") => Paged {
            size: Some(("MaxDatapoints", 100_800)),
            token: "NextToken",
            next: &["NextToken"],
            list: "MetricDataResults",
        },
        (Aws::CloudWatch, "ListMetrics") => {
            Paged { size: None, token: "NextToken", next: &["NextToken"], list: "Metrics" }
        }
        (Aws::CloudWatch, "DescribeAlarms") => Paged {
            size: Some(("MaxRecords", 50)),
            token: "NextToken",
            next: &["NextToken"],
            list: "MetricAlarms",
        },
        (Aws::Logs, "FilterLogEvents") => Paged { size: Some(("limit", 10_000)), ..ecs("events", 0) },
        (Aws::Logs, "DescribeLogGroups") => Paged { size: Some(("limit", 50)), ..ecs("logGroups", 0) },
        (Aws::Logs, "DescribeLogStreams") => Paged { size: Some(("limit", 50)), ..ecs("logStreams", 0) },
        (Aws::Logs, "GetLogEvents") => Paged {
            size: Some(("limit", 10_000)),
            next: &["nextForwardToken", "nextBackwardToken"],
            ..ecs("events", 0)
        },
        (Aws::Elb, "DescribeTargetGroups") if !named("TargetGroupArns") && !named("Names") => Paged {
            size: Some(("PageSize", 400)),
            token: "Marker",
            next: &["NextMarker"],
            list: "TargetGroups",
        },
        _ => return None,
    })
}

/// What is decided about a page before it is read. Its size goes on in the tokens, since some services take
/// a token only with the request that it was given for.
pub(super) struct SmallPages {
    paged: Paged,
    size: Option<i64>,
    /// How many empty pages came before this one.
    empty: u32,
    /// The token that the page was asked with.
    token: Option<String>,
}

/// What a token of this layer begins with; behind it: empty pages, size, something long, the token of the world.
const MARK: &str = "untidy";
/// How long a token is, in parts of six characters. App Runner's are bounded to 1,024.
const LONG: usize = 120;
/// Empty pages in a row at most.
const MOST_EMPTY: u32 = 2;

/// Makes the page that a call asks for a shorter one.
pub(super) fn cut(call: &mut Call, roll: Roll) -> Option<SmallPages> {
    let paged = paged(call)?;
    let bound = |(size, _): &(&str, i64)| size.eq_ignore_ascii_case("maxResults");
    let whole = paged.size.as_ref().filter(|size| bound(size));
    if whole.is_some_and(|(size, _)| call.input.get(*size).is_none_or(Value::is_null)) {
        return None;
    }
    let given = input::text(&call.input, paged.token).map(str::to_owned);
    let (empty, size, token) = match given.as_deref().and_then(read) {
        Some((empty, size, token)) => (empty, size, token),
        None => (0, shorter(&paged, &call.input, roll), given),
    };
    let members = call.input.as_object_mut()?;
    match &token {
        Some(token) => members.insert(paged.token.to_owned(), json!(token)),
        None => members.remove(paged.token),
    };
    if let (Some(size), Some((member, _))) = (size, paged.size) {
        members.insert(member.to_owned(), json!(size));
    }
    Some(SmallPages { paged, size, empty, token })
}

/// Every second list comes in shorter pages: half of what was asked, a quarter, and so on down to one.
fn shorter(paged: &Paged, request: &Value, roll: Roll) -> Option<i64> {
    let (member, usual) = paged.size?;
    if roll.once_in(1, 2) {
        return None;
    }
    let asked = if request.get(member).is_some() { input::integer(request, member)? } else { usual };
    let halvings = u32::try_from(1 + roll.number(2) % 7).unwrap_or(1);
    // what is refused stays refused
    (asked > 0).then(|| asked.checked_shr(halvings).unwrap_or(1).max(1))
}

impl SmallPages {
    /// Empties the page now and then, and puts into the tokens what the next page needs.
    pub fn serve(self, answer: &mut Value, roll: Roll) {
        let Some(members) = answer.as_object_mut() else { return };
        if self.empty < MOST_EMPTY && roll.once_in(3, 4) {
            members.insert(self.paged.list.to_owned(), json!([]));
            for name in self.paged.next {
                members.insert((*name).to_owned(), json!(self.write(self.empty + 1, self.token.as_deref())));
            }
            return;
        }
        if self.size.is_none() {
            return;
        }
        for name in self.paged.next {
            if let Some(next) = members.get_mut(*name).filter(|next| next.is_string()) {
                *next = json!(self.write(0, next.as_str()));
            }
        }
    }

    /// A token as long as AWS's can be: the models bound most of them not at all.
    fn write(&self, empty: u32, token: Option<&str>) -> String {
        let size = self.size.unwrap_or(0);
        format!("{MARK}.{empty}.{size}.{}.{}", "/+Aa9=".repeat(LONG), token.unwrap_or_default())
    }
}

fn read(token: &str) -> Option<(u32, Option<i64>, Option<String>)> {
    let mut parts = token.strip_prefix(MARK)?.strip_prefix('.')?.splitn(4, '.');
    let empty = parts.next()?.parse().ok()?;
    let size: i64 = parts.next()?.parse().ok()?;
    let token = parts.nth(1)?;
    Some((empty, (size > 0).then_some(size), (!token.is_empty()).then(|| token.to_owned())))
}
