//! Stands between the program and the simulator, sees every call, and does to one what the attack wants.

use crate::fault::{Answer, Fault};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread,
    time::{Duration, Instant},
};

/// A call on its way to AWS.
#[derive(Debug, Clone)]
pub struct Request {
    /// `ecs.RunTask`, `s3.PutObject`.
    pub operation: String,
    pub body: Vec<u8>,
    head: String,
    path: String,
}

impl Request {
    /// Whether its body says this.
    pub fn says(&self, text: &str) -> bool {
        String::from_utf8_lossy(&self.body).contains(text)
    }

    /// Whether it is a read.
    pub fn reads(&self) -> bool {
        let verb = self.operation.split_once('.').map_or("", |(_, verb)| verb);
        ["Describe", "List", "Get", "Head", "BatchGet", "Filter"].iter().any(|word| verb.starts_with(word))
    }

    /// Whether its address says this.
    pub fn is_at(&self, text: &str) -> bool {
        self.path.contains(text)
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.head, name)
    }

    /// The name of the service that was signed for.
    pub fn service(&self) -> &str {
        self.operation.split_once('.').map_or("", |(service, _)| service)
    }
}

/// What is done to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Nothing.
    Pass,
    /// AWS never hears of it, unless the fault needs AWS's answer.
    Instead(Fault),
    /// AWS does it, and its answer is spoilt.
    After(Fault),
    /// It is kept without an answer; AWS did it, or never heard of it.
    Keep { made: bool },
    /// AWS does it, and its answer is dated so many seconds later.
    Dated(i64),
    /// Nothing, and the answer is kept.
    Learn,
    /// It is answered with what was kept of another question to the same operation, where anything was: what a cache does
    /// that goes by the address.
    Swap,
}

type Hook = Box<dyn FnMut(&Request) -> Deed + Send>;

struct Shared {
    to: SocketAddr,
    hook: Mutex<Hook>,
    /// Calls that AWS heard, in their order.
    made: Mutex<Vec<Request>>,
    kept: Mutex<usize>,
    changed: Condvar,
    /// Questions whose answers were kept.
    learnt: Mutex<Vec<(Request, Answer)>>,
}

impl Shared {
    /// The newest answer to another question.
    fn other(&self, request: &Request) -> Option<Answer> {
        let learnt = self.learnt.lock().unwrap();
        let other = learnt.iter().rev().find(|(known, _)| {
            known.operation == request.operation
                && (&known.path, &known.body) != (&request.path, &request.body)
        });
        other.map(|(_, answer)| answer.clone())
    }
}

/// A proxy on loopback.
pub struct Proxy {
    pub url: String,
    shared: Arc<Shared>,
}

impl Proxy {
    /// Before a simulator's address, doing to each call what `hook` says.
    pub fn before(url: &str, hook: impl FnMut(&Request) -> Deed + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let shared = Arc::new(Shared {
            to: url.strip_prefix("http://").unwrap().parse().unwrap(),
            hook: Mutex::new(Box::new(hook)),
            made: Mutex::default(),
            kept: Mutex::default(),
            changed: Condvar::new(),
            learnt: Mutex::default(),
        });
        let own =
            Self { url: format!("http://{}", listener.local_addr().unwrap()), shared: Arc::clone(&shared) };
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                thread::spawn(move || serve(&shared, &stream));
            }
        });
        own
    }

    /// Lets every further call pass.
    pub fn pass(&self) {
        *self.shared.hook.lock().unwrap() = Box::new(|_| Deed::Pass);
    }

    /// The calls that AWS heard, in their order.
    pub fn made(&self) -> Vec<Request> {
        self.shared.made.lock().unwrap().clone()
    }

    /// Waits until a call is kept; whether one was.
    pub fn keeps(&self, limit: Duration) -> bool {
        let until = Instant::now() + limit;
        let mut kept = self.shared.kept.lock().unwrap();
        while *kept == 0 {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            kept = self.shared.changed.wait_timeout(kept, left).unwrap().0;
        }
        true
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (own, value) = line.split_once(':')?;
        own.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

fn serve(shared: &Shared, stream: &TcpStream) -> Option<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).ok()? == 0 {
                return None;
            }
        }
        let length = header(&head, "content-length").and_then(|l| l.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let request = named(head, body);
        let deed = (shared.hook.lock().unwrap())(&request);
        let forward = || {
            let answer = forward(shared.to, &request);
            shared.made.lock().unwrap().push(request.clone());
            answer
        };
        match deed {
            Deed::Pass => forward()?.write(stream, None)?,
            Deed::Instead(fault) => fault.strike(&request, stream, forward)?,
            Deed::After(fault) => {
                let answer = forward()?;
                fault.strike(&request, stream, || Some(answer))?;
            }
            Deed::Learn => {
                let answer = forward()?;
                if answer.status == 200 {
                    shared.learnt.lock().unwrap().push((request.clone(), answer.clone()));
                }
                answer.write(stream, None)?;
            }
            Deed::Swap => match shared.other(&request) {
                // the simulator's clock goes by the newest date: one of before would stop it
                Some(mut answer) => {
                    answer.headers.retain(|(name, _)| name != "date");
                    answer.write(stream, None)?;
                }
                None => forward()?.write(stream, None)?,
            },
            Deed::Dated(seconds) => forward()?.dated(seconds).write(stream, None)?,
            Deed::Keep { made } => {
                if made {
                    forward()?;
                }
                *shared.kept.lock().unwrap() += 1;
                shared.changed.notify_all();
                // until the program is gone, or has had enough
                let _ = reader.read(&mut [0]);
                let _ = stream.shutdown(Shutdown::Both);
                return None;
            }
        }
    }
}

/// The call with its name.
fn named(head: String, body: Vec<u8>) -> Request {
    let mut words = head.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default().to_owned());
    let service = header(&head, "authorization")
        .and_then(|own| own.split("Credential=").nth(1))
        .and_then(|scope| scope.split('/').nth(3))
        .unwrap_or("?");
    let action = || {
        let text = String::from_utf8_lossy(&body).into_owned();
        text.split('&').find_map(|pair| pair.strip_prefix("Action=").map(str::to_owned))
    };
    let verb = header(&head, "x-amz-target")
        .and_then(|target| target.rsplit('.').next().map(str::to_owned))
        .or_else(|| path.split("/operation/").nth(1).map(str::to_owned))
        .or_else(action)
        .unwrap_or_else(|| {
            let name = method
                .chars()
                .next()
                .into_iter()
                .chain(method.chars().skip(1).map(|c| c.to_ascii_lowercase()));
            name.collect::<String>() + "Object"
        });
    let operation = format!("{service}.{verb}");
    Request { operation, body, head, path }
}

/// What AWS answers.
fn forward(to: SocketAddr, request: &Request) -> Option<Answer> {
    let mut stream = TcpStream::connect(to).ok()?;
    let method = request.head.split(' ').next().unwrap_or("POST");
    let mut head = format!("{method} {} HTTP/1.1\r\n", request.path);
    for line in request.head.lines().skip(1).filter(|line| !line.is_empty()) {
        if !line.to_ascii_lowercase().starts_with("connection:") {
            head.extend([line, "\r\n"]);
        }
    }
    head.push_str("connection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(&request.body).ok()?;
    let mut raw = Vec::new();
    stream.read_to_end(&mut raw).ok()?;
    Answer::read(&raw)
}
