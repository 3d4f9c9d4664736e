//! Faults on order: what goes wrong, for whom, how often.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::api::Aws;

/// Longest delay that may be ordered.
const MAX_MS: u64 = 600_000;
/// Rules that may stand at once.
const MAX_RULES: usize = 100;

/// What goes wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The answer is late, and otherwise as it would have been.
    Latency,
    /// ThrottlingException.
    Throttle,
    /// A server fault with this HTTP status.
    Server(u16),
    /// ExpiredTokenException.
    Expired,
    /// AccessDeniedException.
    Denied,
    /// The connection is reset.
    Reset,
    /// A captive portal's page with status 200.
    Html,
    /// No answer, ever.
    Hang,
    /// Status 200 with a body that breaks off.
    Garbage,
    /// S3's ConditionalRequestConflict: somebody else writes the object at this moment.
    Conflict,
}

impl Kind {
    fn read(order: &Order) -> Result<Self, String> {
        if order.status.is_some() && order.kind != "5xx" {
            return Err("status goes with kind \"5xx\" only".to_owned());
        }
        Ok(match order.kind.as_str() {
            "latency" => Self::Latency,
            "throttle" => Self::Throttle,
            "5xx" => match order.status.unwrap_or(500) {
                status @ 500..=599 => Self::Server(status),
                status => return Err(format!("status must be from 500 to 599, and {status} is not")),
            },
            "expired" => Self::Expired,
            "denied" => Self::Denied,
            "reset" => Self::Reset,
            "html" => Self::Html,
            "hang" => Self::Hang,
            "garbage" => Self::Garbage,
            "conflict" => Self::Conflict,
            kind => {
                return Err(format!(
                    "there is no kind {kind:?}: it is one of latency, throttle, 5xx, expired, denied, reset, html, hang, garbage, conflict"
                ));
            }
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Latency => "latency",
            Self::Throttle => "throttle",
            Self::Server(_) => "5xx",
            Self::Expired => "expired",
            Self::Denied => "denied",
            Self::Reset => "reset",
            Self::Html => "html",
            Self::Hang => "hang",
            Self::Garbage => "garbage",
            Self::Conflict => "conflict",
        }
    }
}

/// What `POST /_sim/fault` takes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    kind: String,
    /// `ecs.DescribeServices`, `DescribeServices` or `ecs`; everything when absent.
    operation: Option<String>,
    /// An environment's name; every one when absent.
    environment: Option<String>,
    /// Delay in milliseconds; 1000 for latency, 0 for the others.
    ms: Option<u64>,
    /// Calls it strikes before it is over; no end when absent.
    count: Option<u64>,
    /// Share of the calls it strikes, evenly spread; all when absent.
    ratio: Option<f64>,
    /// Status of a `5xx`.
    status: Option<u16>,
}

/// What a rule is aimed at.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Aim {
    Everything,
    Service(Aws),
    Operation(Option<Aws>, String),
}

impl Aim {
    fn read(operation: Option<&str>) -> Result<Self, String> {
        let Some(operation) = operation else { return Ok(Self::Everything) };
        if let Some((service, op)) = operation.split_once(['.', ':']) {
            let service = service_of(service).ok_or_else(|| {
                format!(
                    "there is no service {service:?}: it is one of ecs, apprunner, cloudwatch, logs, ecr, elbv2, sts, s3"
                )
            })?;
            if op.is_empty() {
                return Err(format!("{operation:?} has no operation after the service"));
            }
            return Ok(Self::Operation(Some(service), op.to_owned()));
        }
        match service_of(operation) {
            Some(service) => Ok(Self::Service(service)),
            None if operation.starts_with(|c: char| c.is_ascii_uppercase()) => {
                Ok(Self::Operation(None, operation.to_owned()))
            }
            None => Err(format!(
                "{operation:?} is neither a service (ecs) nor an operation (DescribeServices, ecs.DescribeServices)"
            )),
        }
    }

    fn hits(&self, service: Aws, op: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Service(aim) => *aim == service,
            Self::Operation(aim, name) => aim.is_none_or(|aim| aim == service) && name == op,
        }
    }
}

fn service_of(name: &str) -> Option<Aws> {
    const ALL: [Aws; 8] =
        [Aws::Ecs, Aws::AppRunner, Aws::CloudWatch, Aws::Logs, Aws::Ecr, Aws::Elb, Aws::Sts, Aws::S3];
    if name == "elb" {
        return Some(Aws::Elb);
    }
    ALL.into_iter().find(|service| service.name() == name)
}

#[derive(Debug)]
struct Rule {
    id: u64,
    kind: Kind,
    operation: Option<String>,
    aim: Aim,
    environment: Option<String>,
    delay: Duration,
    left: Option<u64>,
    ratio: f64,
    seen: u64,
    struck: u64,
}

impl Rule {
    fn met(&mut self, service: Aws, op: &str, environment: Option<&str>) -> bool {
        if self.left == Some(0)
            || !self.aim.hits(service, op)
            || self.environment.as_deref().is_some_and(|aim| environment != Some(aim))
        {
            return false;
        }
        self.seen += 1;
        // evenly spread and without chance: the same calls meet the same faults
        let due = due(self.seen, self.ratio);
        if self.struck >= due {
            return false;
        }
        self.struck += 1;
        self.left = self.left.map(|left| left.saturating_sub(1));
        true
    }

    fn show(&self) -> Value {
        json!({
            "id": self.id,
            "kind": self.kind.name(),
            "operation": self.operation,
            "environment": self.environment,
            "ms": u64::try_from(self.delay.as_millis()).unwrap_or(MAX_MS),
            "left": self.left,
            "ratio": self.ratio,
            "seen": self.seen,
            "struck": self.struck,
        })
    }
}

/// How many of the first `seen` calls a ratio strikes, the first among them.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a count of calls, times 0 to 1"
)]
fn due(seen: u64, ratio: f64) -> u64 {
    (seen as f64 * ratio).ceil() as u64
}

/// What one call meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Meeting {
    /// How long it waits first.
    pub delay: Duration,
    /// What it is answered instead of its answer.
    pub strike: Option<Kind>,
}

/// The rules in force.
#[derive(Debug, Default)]
pub struct Faults {
    rules: Vec<Rule>,
    last: u64,
}

impl Faults {
    /// Takes an order (the body of `POST /_sim/fault`) and returns the rule, or a sentence.
    pub fn order(&mut self, body: &[u8]) -> Result<Value, String> {
        let order: Order =
            serde_json::from_slice(body).map_err(|error| format!("the fault cannot be read: {error}"))?;
        let kind = Kind::read(&order)?;
        let aim = Aim::read(order.operation.as_deref())?;
        let ms = order.ms.unwrap_or(if kind == Kind::Latency { 1000 } else { 0 });
        if ms > MAX_MS {
            return Err(format!("ms must be at most {MAX_MS}, and {ms} is not"));
        }
        let ratio = order.ratio.unwrap_or(1.0);
        if !(ratio > 0.0 && ratio <= 1.0) {
            return Err(format!("ratio must be above 0 and at most 1, and {ratio} is not"));
        }
        if order.count == Some(0) {
            return Err("count must be at least 1".to_owned());
        }
        self.rules.retain(|rule| rule.left != Some(0));
        if self.rules.len() >= MAX_RULES {
            return Err(format!(
                "{MAX_RULES} faults are in force already: clear some with DELETE /_sim/fault"
            ));
        }
        self.last += 1;
        let rule = Rule {
            id: self.last,
            kind,
            operation: order.operation,
            aim,
            environment: order.environment,
            delay: Duration::from_millis(ms),
            left: order.count,
            ratio,
            seen: 0,
            struck: 0,
        };
        let shown = rule.show();
        self.rules.push(rule);
        Ok(shown)
    }

    /// Every rule, those that are used up included until the next order.
    pub fn show(&self) -> Value {
        self.rules.iter().map(Rule::show).collect()
    }

    /// Takes one rule away, or all; how many that were.
    pub fn clear(&mut self, id: Option<u64>) -> usize {
        let before = self.rules.len();
        self.rules.retain(|rule| id.is_some_and(|id| rule.id != id));
        before - self.rules.len()
    }

    /// What a call meets: the delays of all rules that strike up to and with the first that is more
    /// than a delay.
    pub fn meet(&mut self, service: Aws, op: &str, environment: Option<&str>) -> Meeting {
        let mut meeting = Meeting::default();
        for rule in &mut self.rules {
            if rule.met(service, op, environment) {
                meeting.delay += rule.delay;
                if rule.kind != Kind::Latency {
                    meeting.strike = Some(rule.kind);
                    break;
                }
            }
        }
        meeting
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(orders: &[&str]) -> Faults {
        let mut faults = Faults::default();
        for order in orders {
            faults.order(order.as_bytes()).unwrap();
        }
        faults
    }

    fn strikes(faults: &mut Faults, calls: usize) -> String {
        (0..calls)
            .map(
                |_| if faults.meet(Aws::Ecs, "ListTasks", Some("prod")).strike.is_some() { 'x' } else { '.' },
            )
            .collect()
    }

    #[test]
    fn aims() {
        let meets = |order: &str, service, op, environment| {
            faults(&[order]).meet(service, op, environment).strike.is_some()
        };
        let table = [
            (r#"{"kind":"throttle"}"#, Aws::Logs, "X", None, true),
            (r#"{"kind":"throttle","operation":"ecs"}"#, Aws::Ecs, "X", None, true),
            (r#"{"kind":"throttle","operation":"ecs"}"#, Aws::Ecr, "X", None, false),
            (r#"{"kind":"throttle","operation":"ecs.ListTasks"}"#, Aws::Ecs, "ListTasks", None, true),
            (r#"{"kind":"throttle","operation":"ecs.ListTasks"}"#, Aws::Ecs, "ListServices", None, false),
            (r#"{"kind":"throttle","operation":"ListServices"}"#, Aws::AppRunner, "ListServices", None, true),
            (r#"{"kind":"throttle","environment":"prod"}"#, Aws::Ecs, "X", Some("prod"), true),
            (r#"{"kind":"throttle","environment":"prod"}"#, Aws::Ecs, "X", Some("staging"), false),
            (r#"{"kind":"throttle","environment":"prod"}"#, Aws::Ecs, "X", None, false),
        ];
        for (order, service, op, environment, want) in table {
            assert_eq!(meets(order, service, op, environment), want, "{order} {op}");
        }
    }

    #[test]
    fn count_and_ratio() {
        assert_eq!(strikes(&mut faults(&[r#"{"kind":"5xx","count":2}"#]), 5), "xx...");
        assert_eq!(strikes(&mut faults(&[r#"{"kind":"5xx","ratio":0.25}"#]), 9), "x...x...x");
        assert_eq!(strikes(&mut faults(&[r#"{"kind":"5xx","ratio":0.5,"count":2}"#]), 6), "x.x...");
    }

    #[test]
    fn delays_add_up_until_something_worse() {
        let mut faults = faults(&[
            r#"{"kind":"latency","ms":200}"#,
            r#"{"kind":"expired","ms":50,"count":1}"#,
            r#"{"kind":"latency","ms":7}"#,
        ]);
        let first = faults.meet(Aws::Sts, "GetCallerIdentity", None);
        assert_eq!(first, Meeting { delay: Duration::from_millis(250), strike: Some(Kind::Expired) });
        let second = faults.meet(Aws::Sts, "GetCallerIdentity", None);
        assert_eq!(second, Meeting { delay: Duration::from_millis(207), strike: None });
    }

    #[test]
    fn bad_orders_are_refused_with_a_sentence() {
        let table = [
            ("{", "cannot be read"),
            (r"{}", "kind"),
            (r#"{"kind":"flood"}"#, "there is no kind \"flood\""),
            (r#"{"kind":"5xx","status":404}"#, "500 to 599"),
            (r#"{"kind":"hang","status":503}"#, "5xx"),
            (r#"{"kind":"5xx","ratio":0}"#, "ratio"),
            (r#"{"kind":"5xx","ratio":1.5}"#, "ratio"),
            (r#"{"kind":"5xx","count":0}"#, "count"),
            (r#"{"kind":"latency","ms":999999999}"#, "ms"),
            (r#"{"kind":"latency","milliseconds":3}"#, "milliseconds"),
            (r#"{"kind":"5xx","operation":"sqs.ListQueues"}"#, "there is no service \"sqs\""),
            (r#"{"kind":"5xx","operation":"lambda"}"#, "neither"),
        ];
        for (order, part) in table {
            let error = Faults::default().order(order.as_bytes()).expect_err(order);
            assert!(error.contains(part), "{order}: {error}");
        }
    }

    #[test]
    fn clearing() {
        let mut faults = faults(&[r#"{"kind":"throttle"}"#, r#"{"kind":"hang"}"#]);
        assert_eq!(faults.clear(Some(1)), 1);
        assert_eq!(faults.show()[0]["kind"], "hang");
        assert_eq!(faults.clear(Some(9)), 0);
        assert_eq!(faults.clear(None), 1);
        assert_eq!(faults.show(), json!([]));
    }
}
