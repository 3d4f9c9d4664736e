//! The HTTP server: one request in, one answer out, on loopback only.
//!
//! A request is decoded by [`super::wire`], counted, delayed or struck by an ordered fault, held
//! against AWS's request rates, and only then does it take the world's lock: the world is moved on to
//! the clock's time and answers. Nothing is awaited while a lock is held.

mod fault;
mod scope;

use std::io;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::http::request::Parts;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::api::{Answer, Backend, Call, Fault};
use super::clock::{Clock, MAX_SPEED, wall};
use super::control::{Control, Throttled};
use super::faults::Kind;
use super::throttle::{Throttle, limit_of};
use super::wire::{self, Decoded, Head, Protocol};
use fault::fault_of;
use scope::{Scope, header};

/// Largest request taken; AWS's own is 1 MiB for most of these services.
const MAX_BODY: usize = 8 * 1024 * 1024;
/// Region of requests that are not signed.
const DEFAULT_REGION: &str = "us-west-2";

/// How the simulator is to run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Loopback address to listen on; port 0 picks a free one.
    pub listen: SocketAddr,
    /// Simulated seconds a real second; 0 stands still until advanced.
    pub speed: f64,
    /// Simulated epoch seconds at the start; the machine's time when none.
    pub start: Option<f64>,
}

/// A simulator that answers; it stops when this is dropped.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    task: JoinHandle<()>,
}

impl Running {
    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Stops listening and drops every connection.
    pub fn shutdown(&self) {
        self.task.abort();
    }

    /// Waits until it has stopped.
    pub async fn wait(mut self) {
        let _ = (&mut self.task).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Starts the simulator on the current tokio runtime; it answers when this returns.
pub async fn serve<B: Backend>(backend: B, options: Options) -> io::Result<Running> {
    let invalid = |why: String| io::Error::new(io::ErrorKind::InvalidInput, why);
    let ip = options.listen.ip();
    if !ip.is_loopback() {
        return Err(invalid(format!(
            "the simulator listens on loopback only, and {ip} is not: it answers anyone without a password, so use 127.0.0.1 or ::1"
        )));
    }
    if !(0.0..=MAX_SPEED).contains(&options.speed) {
        return Err(invalid(format!(
            "the speed must be from 0 to {MAX_SPEED}, and {} is not",
            options.speed
        )));
    }
    let start = options.start.unwrap_or_else(wall);
    if !(0.0..4e9).contains(&start) {
        return Err(invalid(format!("the start must be in epoch seconds, and {start} is not")));
    }
    let listener = TcpListener::bind(options.listen).await.map_err(|error| {
        io::Error::new(error.kind(), format!("the simulator cannot listen on {}: {error}", options.listen))
    })?;
    let addr = listener.local_addr()?;
    let real = Instant::now();
    let shared = Arc::new(Shared {
        backend: Mutex::new(backend),
        control: Mutex::new(Control::new(Clock::new(start, options.speed, real), real)),
        throttle: Mutex::new(Throttle::new()),
        requests: AtomicU64::new(0),
    });
    Ok(Running { addr, task: tokio::spawn(accept(listener, shared)) })
}

/// What every connection shares. Locks are taken one at a time, but for the world's, under which the
/// clock is read.
struct Shared<B> {
    backend: Mutex<B>,
    control: Mutex<Control>,
    throttle: Mutex<Throttle>,
    requests: AtomicU64,
}

/// A lock whose holder panicked is still a lock: the world stays as the panic left it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn accept<B: Backend>(listener: TcpListener, shared: Arc<Shared<B>>) {
    // dropping the set, when this task is aborted, drops the connections
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(converse(stream, Arc::clone(&shared)));
                }
                // out of file descriptors, most likely: give some time to come back
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Answers the requests of one connection.
async fn converse<B: Backend>(stream: TcpStream, shared: Arc<Shared<B>>) {
    let _ = stream.set_nodelay(true);
    let mut connection = http1::Builder::new().header_read_timeout(None).serve_connection(
        TokioIo::new(stream),
        service_fn(|request| {
            let shared = Arc::clone(&shared);
            Box::pin(async move { respond(request, &shared).await })
        }),
    );
    let outcome = std::future::poll_fn(|context| connection.poll_without_shutdown(context)).await;
    let stream = connection.into_parts().io.into_inner();
    if outcome.is_err_and(|error| error.is_user()) {
        // the ordered reset: with zero linger, closing sends RST instead of FIN
        let _ = stream.set_zero_linger();
    }
}

/// The error that makes hyper drop the connection without an answer.
#[derive(Debug)]
struct Reset;

impl std::fmt::Display for Reset {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a reset was ordered")
    }
}

impl std::error::Error for Reset {}

type Reply = Response<Full<Bytes>>;

async fn respond<B: Backend>(request: Request<Incoming>, shared: &Shared<B>) -> Result<Reply, Reset> {
    let (parts, body) = request.into_parts();
    let number = shared.requests.fetch_add(1, Ordering::Relaxed);
    let request_id = request_id(number);
    let body = match Limited::new(body, MAX_BODY).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => {
            let fault = Fault {
                resource_ids: Vec::new(),
                status: 413,
                code: "SerializationException".to_owned(),
                message: format!("the body cannot be read, or is above {MAX_BODY} bytes: {error}"),
            };
            return Ok(reply(
                shared,
                &request_id,
                wire::codec::encode(Protocol::Json11, None, "", Err(fault), &request_id),
            ));
        }
    };
    let path = parts.uri.path();
    let is_control = path == "/_sim" || path.starts_with("/_sim/");
    let scope = Scope::read(&parts);
    let asked_by_a_person = path == "/" && parts.method == "GET" && parts.uri.query().is_none();
    if is_control || (asked_by_a_person && scope.service.is_none()) {
        return Ok(control(shared, &parts, &body, &request_id));
    }
    let head = Head {
        method: parts.method.as_str(),
        headers: Some(&parts.headers),
        path,
        query: parts.uri.query().unwrap_or_default(),
        target: header(&parts, "x-amz-target"),
        content_type: header(&parts, "content-type"),
        signing_name: scope.service,
    };
    let encoded = match wire::codec::decode(&head, &body) {
        Ok(decoded) => answer(shared, decoded, &scope, &request_id).await?,
        Err(refused) => {
            wire::codec::encode(refused.protocol, refused.service, "", Err(refused.fault), &request_id)
        }
    };
    Ok(reply(shared, &request_id, encoded))
}

/// Answers a call that was understood.
async fn answer<B: Backend>(
    shared: &Shared<B>,
    decoded: Decoded,
    scope: &Scope<'_>,
    request_id: &str,
) -> Result<wire::Encoded, Reset> {
    let Decoded { protocol, service, op, input } = decoded;
    let region = scope.region.unwrap_or(DEFAULT_REGION).to_owned();
    let now = lock(&shared.control).clock.now(Instant::now());
    let (mut call, environment) = {
        let backend = lock(&shared.backend);
        let account = backend.account_of(scope.access_key_id);
        let caller = scope.access_key_id.to_owned();
        let call = Call { account, caller, region, service, op, input, now };
        let environment = backend.environment_of(&call);
        (call, environment)
    };
    let encode = |op: &str, answer| wire::codec::encode(protocol, Some(service), op, answer, request_id);

    let meeting = {
        let mut control = lock(&shared.control);
        control.count(&call, environment.as_deref(), Instant::now());
        let meeting = control.faults.meet(call.service, &call.op, environment.as_deref());
        if meeting.strike == Some(Kind::Throttle) {
            control.throttled(&call, environment.as_deref(), Throttled::Fault, Instant::now());
        }
        meeting
    };
    if !meeting.delay.is_zero() {
        tokio::time::sleep(meeting.delay).await;
    }
    if let Some(kind) = meeting.strike {
        return match kind {
            Kind::Reset => Err(Reset),
            Kind::Hang => std::future::pending().await,
            Kind::Html => Ok(wire::Encoded {
                status: 200,
                content_type: "text/html; charset=utf-8".into(),
                headers: Vec::new(),
                body: b"<!doctype html><html><head><title>Welcome</title></head><body>Sign in to use this network</body></html>".to_vec(),
            }),
            Kind::Garbage => {
                let answer = run(shared, &mut call);
                let mut whole = encode(&call.op, answer);
                whole.status = 200;
                whole.body.truncate(whole.body.len().div_ceil(2));
                Ok(whole)
            }
            kind => Ok(encode(&call.op, Err(fault_of(kind, protocol, &call)))),
        };
    }
    let real = Instant::now();
    if !lock(&shared.throttle).take(&call.account, &call.region, call.service, &call.op, real) {
        let bucket = limit_of(call.service, &call.op).bucket;
        lock(&shared.control).throttled(&call, environment.as_deref(), Throttled::Bucket(bucket), real);
        return Ok(encode(&call.op, Err(fault_of(Kind::Throttle, protocol, &call))));
    }
    let answer = run(shared, &mut call);
    Ok(encode(&call.op, answer))
}

/// Moves the world on and has it answer. A panic in it is a fault of that one call.
fn run<B: Backend>(shared: &Shared<B>, call: &mut Call) -> Answer {
    let mut backend = lock(&shared.backend);
    // read under the world's lock: later calls see later times
    call.now = lock(&shared.control).clock.now(Instant::now());
    catch_unwind(AssertUnwindSafe(|| {
        backend.advance(call.now);
        backend.handle(call)
    }))
    .unwrap_or_else(|_| {
        Err(Fault {
            resource_ids: Vec::new(),
            status: 500,
            code: "InternalFailure".to_owned(),
            message: format!("the simulator failed at {}.{}", call.service.name(), call.op),
        })
    })
}

fn control<B: Backend>(shared: &Shared<B>, parts: &Parts, body: &[u8], request_id: &str) -> Reply {
    let path = parts.uri.path();
    let answer = lock(&shared.control).respond(parts.method.as_str(), path, body, Instant::now());
    if parts.method == "POST" && path.starts_with("/_sim/clock") && answer.status == 200 {
        // the world has moved when the caller hears that the clock has
        let mut backend = lock(&shared.backend);
        let now = lock(&shared.control).clock.now(Instant::now());
        let _ = catch_unwind(AssertUnwindSafe(|| backend.advance(now)));
    }
    let encoded = wire::Encoded {
        status: answer.status,
        content_type: "application/json".into(),
        headers: Vec::new(),
        body: format!("{:#}\n", answer.body).into_bytes(),
    };
    reply(shared, request_id, encoded)
}

/// An HTTP response. Its `date` is simulated time, as AWS's clock is the one its clients go by.
fn reply<B>(shared: &Shared<B>, request_id: &str, encoded: wire::Encoded) -> Reply {
    let now = lock(&shared.control).clock.now(Instant::now());
    let mut response = Response::builder().status(encoded.status).header("x-amzn-requestid", request_id);
    if !encoded.content_type.is_empty() {
        response = response.header("content-type", encoded.content_type.as_ref());
    }
    if let Some(date) = wire::http_date(now) {
        response = response.header("date", date);
    }
    for (name, value) in encoded.headers {
        response = response.header(name, value);
    }
    let built: Result<Reply, _> = response.body(Full::new(Bytes::from(encoded.body)));
    // a header with characters that HTTP refuses is the one way to fail
    built.unwrap_or_else(|_| {
        let mut plain = Response::new(Full::new(Bytes::new()));
        *plain.status_mut() = hyper::StatusCode::INTERNAL_SERVER_ERROR;
        plain
    })
}

/// The n-th request's id: shaped like AWS's, and the same in every run.
fn request_id(number: u64) -> String {
    let mix = |seed: u64| {
        let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    let high = mix(number);
    let low = mix(high);
    format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        low >> 52,
        low & 0xffff_ffff_ffff
    )
}

#[cfg(test)]
mod tests;
