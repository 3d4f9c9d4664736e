//! `/_sim/…`: what was called, faults on order, and the clock.

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use serde::Deserialize;
use serde_json::{Value, json};

use super::api::Call;
use super::clock::{Clock, MAX_ADVANCE, MAX_SPEED};
use super::faults::Faults;

/// Operations counted apart at most; further ones are counted as `other`.
const MAX_NAMES: usize = 1000;
/// Throttled calls remembered one by one.
const MAX_THROTTLES: usize = 1000;

/// An answer of the control endpoints.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// JSON body.
    pub body: Value,
}

/// Calls of one name.
#[derive(Debug, Default, Clone, Copy)]
struct Count {
    total: u64,
    /// The real second that is being counted, since the counters were reset.
    second: u64,
    in_second: u64,
    peak: u64,
}

impl Count {
    fn add(&mut self, second: u64) {
        self.total += 1;
        if self.second != second {
            (self.second, self.in_second) = (second, 0);
        }
        self.in_second += 1;
        self.peak = self.peak.max(self.in_second);
    }
}

/// Why a call was throttled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Throttled {
    /// Its bucket was empty.
    Bucket(&'static str),
    /// A fault was ordered.
    Fault,
}

#[derive(Debug)]
struct Refusal {
    at: f64,
    real: f64,
    call: String,
    environment: Option<String>,
    why: Throttled,
}

/// What was called since the start or the last reset.
#[derive(Debug)]
struct Calls {
    since: Instant,
    total: u64,
    counts: BTreeMap<String, Count>,
    environments: BTreeMap<String, BTreeMap<String, u64>>,
    throttles: u64,
    throttled: VecDeque<Refusal>,
}

impl Calls {
    fn new(since: Instant) -> Self {
        Self {
            since,
            total: 0,
            counts: BTreeMap::new(),
            environments: BTreeMap::new(),
            throttles: 0,
            throttled: VecDeque::new(),
        }
    }

    fn show(&self, real: Instant) -> Value {
        let counts: BTreeMap<_, _> = self.counts.iter().map(|(name, count)| (name, count.total)).collect();
        let peaks: BTreeMap<_, _> = self.counts.iter().map(|(name, count)| (name, count.peak)).collect();
        let throttled: Vec<Value> = self
            .throttled
            .iter()
            .map(|refusal| {
                let why = match refusal.why {
                    Throttled::Bucket(name) => name,
                    Throttled::Fault => "fault",
                };
                json!({
                    "at": refusal.at, "seconds": refusal.real, "call": refusal.call,
                    "environment": refusal.environment, "why": why,
                })
            })
            .collect();
        json!({
            "total": self.total,
            "seconds": real.saturating_duration_since(self.since).as_secs_f64(),
            "counts": counts,
            "peak_per_second": peaks,
            "environments": self.environments,
            "throttles": self.throttles,
            "throttled": throttled,
        })
    }
}

/// What `POST /_sim/clock` takes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Turn {
    /// Simulated seconds to jump.
    advance: Option<f64>,
    /// New speed.
    speed: Option<f64>,
}

/// The state behind `/_sim/…`.
#[derive(Debug)]
pub struct Control {
    calls: Calls,
    /// Faults in force.
    pub faults: Faults,
    /// Simulated time.
    pub clock: Clock,
}

impl Control {
    /// Nothing called yet, no faults.
    pub fn new(clock: Clock, real: Instant) -> Self {
        Self { calls: Calls::new(real), faults: Faults::default(), clock }
    }

    /// Counts a call.
    pub fn count(&mut self, call: &Call, environment: Option<&str>, real: Instant) {
        let calls = &mut self.calls;
        calls.total += 1;
        let mut name = name_of(call);
        if calls.counts.len() >= MAX_NAMES && !calls.counts.contains_key(&name) {
            "other".clone_into(&mut name);
        }
        let second = real.saturating_duration_since(calls.since).as_secs();
        if let Some(environment) = environment {
            *calls
                .environments
                .entry(environment.to_owned())
                .or_default()
                .entry(name.clone())
                .or_default() += 1;
        }
        calls.counts.entry(name).or_default().add(second);
    }

    /// Notes that a call was throttled.
    pub fn throttled(&mut self, call: &Call, environment: Option<&str>, why: Throttled, real: Instant) {
        self.calls.throttles += 1;
        if self.calls.throttled.len() == MAX_THROTTLES {
            self.calls.throttled.pop_front();
        }
        self.calls.throttled.push_back(Refusal {
            at: call.now,
            real: real.saturating_duration_since(self.calls.since).as_secs_f64(),
            call: name_of(call),
            environment: environment.map(str::to_owned),
            why,
        });
    }

    /// Answers a request to `/_sim…`.
    pub fn respond(&mut self, method: &str, path: &str, body: &[u8], real: Instant) -> Reply {
        match (method, path.trim_end_matches('/')) {
            ("GET", "/_sim" | "") => ok(index()),
            ("GET", "/_sim/calls") => ok(self.calls.show(real)),
            ("DELETE", "/_sim/calls") | ("POST", "/_sim/calls/reset") => {
                let before = self.calls.show(real);
                self.calls = Calls::new(real);
                ok(before)
            }
            ("GET", "/_sim/fault") => ok(json!({ "faults": self.faults.show() })),
            ("POST", "/_sim/fault") => self.faults.order(body).map_or_else(|why| refuse(400, &why), ok),
            ("DELETE", "/_sim/fault") => ok(json!({ "cleared": self.faults.clear(None) })),
            ("DELETE", path) if path.starts_with("/_sim/fault/") => {
                match path.strip_prefix("/_sim/fault/").and_then(|id| id.parse().ok()) {
                    Some(id) => match self.faults.clear(Some(id)) {
                        0 => refuse(404, &format!("there is no fault {id}")),
                        cleared => ok(json!({ "cleared": cleared })),
                    },
                    None => refuse(400, "a fault's id is a number, as GET /_sim/fault lists it"),
                }
            }
            ("GET", "/_sim/clock") => ok(self.time(real)),
            ("POST", "/_sim/clock") => self.turn(body, real).map_or_else(|why| refuse(400, &why), ok),
            (_, "/_sim/calls" | "/_sim/calls/reset" | "/_sim/fault" | "/_sim/clock") => {
                refuse(405, &format!("{method} is not for {path}: GET /_sim lists what there is"))
            }
            _ => refuse(404, "there is nothing here: GET /_sim lists what there is"),
        }
    }

    fn time(&self, real: Instant) -> Value {
        let now = self.clock.now(real);
        json!({ "now": now, "speed": self.clock.speed() })
    }

    fn turn(&mut self, body: &[u8], real: Instant) -> Result<Value, String> {
        let turn: Turn = serde_json::from_slice(body)
            .map_err(|error| format!("the clock's setting cannot be read: {error}"))?;
        if turn.advance.is_none() && turn.speed.is_none() {
            return Err("say what to do: {\"advance\": SECONDS}, {\"speed\": FACTOR} or both".to_owned());
        }
        if let Some(advance) = turn.advance
            && !(0.0..=MAX_ADVANCE).contains(&advance)
        {
            return Err(format!("advance must be from 0 to {MAX_ADVANCE} seconds, and {advance} is not"));
        }
        if let Some(speed) = turn.speed
            && !(0.0..=MAX_SPEED).contains(&speed)
        {
            return Err(format!("speed must be from 0 to {MAX_SPEED}, and {speed} is not"));
        }
        if let Some(speed) = turn.speed {
            self.clock.set_speed(speed, real);
        }
        if let Some(advance) = turn.advance {
            self.clock.advance(advance);
        }
        Ok(self.time(real))
    }
}

fn name_of(call: &Call) -> String {
    format!("{}.{}", call.service.name(), call.op)
}

fn ok(body: Value) -> Reply {
    Reply { status: 200, body }
}

fn refuse(status: u16, why: &str) -> Reply {
    Reply { status, body: json!({ "error": why }) }
}

fn index() -> Value {
    json!({
        "what": "flightdeck's simulator of AWS",
        "endpoints": {
            "GET /_sim/calls": "calls by operation and environment, peaks a second, throttled calls",
            "DELETE /_sim/calls": "the same, then from zero (also POST /_sim/calls/reset)",
            "POST /_sim/fault": "{kind: latency|throttle|5xx|expired|denied|reset|html|hang|garbage|conflict, operation?, environment?, ms?, count?, ratio?, status?}",
            "GET /_sim/fault": "the faults in force",
            "DELETE /_sim/fault": "clears them all; DELETE /_sim/fault/ID one",
            "GET /_sim/clock": "simulated epoch seconds and speed",
            "POST /_sim/clock": "{advance: seconds} and {speed: factor}",
        },
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::api::Aws;
    use super::*;

    fn control() -> (Control, Instant) {
        let zero = Instant::now();
        (Control::new(Clock::new(1000.0, 1.0, zero), zero), zero)
    }

    fn call(op: &str) -> Call {
        Call {
            account: "111122223333".to_owned(),
            caller: String::new(),
            region: "us-west-2".to_owned(),
            service: Aws::Ecs,
            op: op.to_owned(),
            input: json!({}),
            now: 1000.0,
        }
    }

    #[test]
    fn calls_are_counted_by_operation_and_environment_until_reset() {
        let (mut control, zero) = control();
        for (op, environment, ms) in [
            ("ListTasks", Some("prod"), 0),
            ("ListTasks", None, 900),
            ("ListTasks", Some("prod"), 1100),
            ("RunTask", None, 1200),
        ] {
            control.count(&call(op), environment, zero + Duration::from_millis(ms));
        }
        control.throttled(&call("RunTask"), Some("prod"), Throttled::Bucket("ecs task writes"), zero);
        let shown = control.respond("GET", "/_sim/calls", b"", zero).body;
        assert_eq!(shown["total"], 4);
        assert_eq!(shown["counts"], json!({"ecs.ListTasks": 3, "ecs.RunTask": 1}));
        assert_eq!(shown["peak_per_second"]["ecs.ListTasks"], 2);
        assert_eq!(shown["environments"], json!({"prod": {"ecs.ListTasks": 2}}));
        assert_eq!(shown["throttles"], 1);
        assert_eq!(shown["throttled"][0]["why"], "ecs task writes");
        assert_eq!(control.respond("POST", "/_sim/calls/reset", b"", zero).body["total"], 4);
        assert_eq!(control.respond("GET", "/_sim/calls/", b"", zero).body["total"], 0);
    }

    #[test]
    fn the_clock_is_read_advanced_and_set() {
        let (mut control, zero) = control();
        let later = zero + Duration::from_secs(10);
        assert_eq!(
            control.respond("GET", "/_sim/clock", b"", later).body,
            json!({"now": 1010.0, "speed": 1.0})
        );
        let reply = control.respond("POST", "/_sim/clock", br#"{"advance": 90, "speed": 60}"#, later);
        assert_eq!(reply, ok(json!({"now": 1100.0, "speed": 60.0})));
    }

    #[test]
    fn bad_requests_get_a_sentence() {
        let table: &[(&str, &str, &[u8], u16)] = &[
            ("POST", "/_sim/clock", b"", 400),
            ("POST", "/_sim/clock", b"{}", 400),
            ("POST", "/_sim/clock", br#"{"advance": -1}"#, 400),
            ("POST", "/_sim/clock", br#"{"advance": 1e300}"#, 400),
            ("POST", "/_sim/clock", br#"{"speed": -2}"#, 400),
            ("POST", "/_sim/clock", br#"{"forward": 2}"#, 400),
            ("POST", "/_sim/fault", br#"{"kind": "flood"}"#, 400),
            ("DELETE", "/_sim/fault/7", b"", 404),
            ("DELETE", "/_sim/fault/x", b"", 400),
            ("PUT", "/_sim/clock", b"", 405),
            ("GET", "/_sim/world", b"", 404),
        ];
        for (method, path, body, status) in table {
            let (mut control, zero) = control();
            let reply = control.respond(method, path, body, zero);
            assert_eq!(reply.status, *status, "{method} {path}");
            assert!(reply.body["error"].as_str().unwrap().len() > 10);
        }
    }
}
