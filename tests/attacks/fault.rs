//! What can be done to an answer.

use crate::{hostile::taint, proxy::Request};
use aws_smithy_types::{DateTime, date_time::Format};
use std::{
    io::Write,
    net::{Shutdown, TcpStream},
    thread,
    time::Duration,
};

/// What AWS, or something on the way to it, answers.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn read(raw: &[u8]) -> Option<Self> {
        let end = raw.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&raw[..end]).into_owned();
        let status = head.split(' ').nth(1)?.parse().ok()?;
        let headers = head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .filter(|(name, _)| {
                !matches!(name.as_str(), "content-length" | "connection" | "transfer-encoding")
            })
            .collect();
        Some(Self { status, headers, body: raw[end + 4..].to_vec() })
    }

    fn plain(status: u16, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: vec![("content-type".into(), kind.into())], body: body.into() }
    }

    /// An error in the protocol that the call speaks.
    fn error(request: &Request, status: u16, code: &str, message: &str) -> Self {
        let mut answer = if request.header("smithy-protocol").is_some() {
            let mut body = Vec::new();
            ciborium::into_writer(&serde_json::json!({"__type": code, "message": message}), &mut body)
                .unwrap();
            let mut answer = Self::plain(status, "application/cbor", body);
            answer.headers.push(("smithy-protocol".into(), "rpc-v2-cbor".into()));
            answer
        } else if request.header("x-amz-target").is_some() {
            let body = serde_json::json!({"__type": code, "message": message}).to_string();
            Self::plain(status, "application/x-amz-json-1.1", body)
        } else if request.service() == "s3" {
            Self::plain(
                status,
                "application/xml",
                format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>"),
            )
        } else {
            let error =
                format!("<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>");
            Self::plain(
                status,
                "text/xml",
                format!("<ErrorResponse>{error}<RequestId>x</RequestId></ErrorResponse>"),
            )
        };
        answer.headers.push(("x-amzn-errortype".into(), code.into()));
        answer
    }

    /// The same answer with another date.
    pub fn dated(mut self, seconds: i64) -> Self {
        for (_, value) in self.headers.iter_mut().filter(|(name, _)| name == "date") {
            let date = DateTime::from_str(value, Format::HttpDate).unwrap();
            *value = DateTime::from_secs(date.secs() + seconds).fmt(Format::HttpDate).unwrap();
        }
        self
    }

    /// Writes it; `told` is a length that is not its own.
    pub fn write(&self, mut stream: &TcpStream, told: Option<usize>) -> Option<()> {
        stream.write_all(self.head(told.unwrap_or(self.body.len())).as_bytes()).ok()?;
        stream.write_all(&self.body).ok()
    }

    fn head(&self, length: usize) -> String {
        let mut head = format!("HTTP/1.1 {} X\r\n", self.status);
        for (name, value) in &self.headers {
            head.extend([name.as_str(), ": ", value, "\r\n"]);
        }
        head + &format!("content-length: {length}\r\n\r\n")
    }
}

/// What goes wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The answer comes two seconds late.
    Delay,
    Throttle,
    TooMany,
    Internal,
    Unavailable,
    Expired,
    Denied,
    /// An error whose body is no UTF-8.
    NotText,
    /// No answer, ever.
    Hang,
    /// The answer comes drop by drop.
    Slow,
    /// The connection ends before the answer does.
    CutShort,
    BadJson,
    Empty,
    Reset,
    /// One member of five million characters.
    Huge,
    /// Hostile text in every message.
    Hostile,
    /// A page that asks to sign in.
    Portal,
    /// Every second call ends in a 500: by `faults`, which strikes every second call only.
    Flap,
    /// The clock is wrong.
    Skew,
    /// An answer without any member.
    NoMembers,
    /// An answer whose members have other types.
    OtherTypes,
    /// A gateway's page with status 504.
    Gateway,
    /// The bucket is not there any more.
    NoBucket,
}

impl Fault {
    /// As it is told in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Delay => "late by 2 s",
            Self::Throttle => "throttled",
            Self::TooMany => "429",
            Self::Internal => "500",
            Self::Unavailable => "503",
            Self::Expired => "credentials expired",
            Self::Denied => "denied",
            Self::NotText => "error that is not text",
            Self::Hang => "no answer",
            Self::Slow => "drop by drop",
            Self::CutShort => "cut short",
            Self::BadJson => "half a document",
            Self::Empty => "nothing with 200",
            Self::Reset => "connection reset",
            Self::Huge => "5 MB in one member",
            Self::Hostile => "hostile text",
            Self::Portal => "captive portal",
            Self::Flap => "every second call 500",
            Self::Skew => "clock skew",
            Self::NoMembers => "no members",
            Self::OtherTypes => "members of other types",
            Self::Gateway => "504 with a page",
            Self::NoBucket => "bucket gone",
        }
    }

    /// How many calls it strikes before it is over, where it strikes the reads of a run: as long as retries last.
    pub fn calls(self) -> usize {
        match self {
            Self::Hang | Self::Slow => 2,
            _ => 6,
        }
    }

    /// Answers a call with it; `forward` asks AWS.
    pub fn strike(
        self,
        request: &Request,
        stream: &TcpStream,
        forward: impl FnOnce() -> Option<Answer>,
    ) -> Option<()> {
        let error = |status, code, message| Answer::error(request, status, code, message).write(stream, None);
        match self {
            Self::Delay => {
                let answer = forward()?;
                thread::sleep(Duration::from_secs(2));
                answer.write(stream, None)
            }
            Self::Throttle => error(400, "ThrottlingException", "Rate exceeded"),
            Self::TooMany => error(429, "TooManyRequestsException", "Too Many Requests"),
            Self::Internal | Self::Flap => error(500, "InternalServerException", "boom"),
            Self::Unavailable => error(503, "ServiceUnavailableException", "try later"),
            Self::Expired => {
                error(400, "ExpiredTokenException", "The security token included in the request is expired")
            }
            Self::Denied => error(400, "AccessDeniedException", "User is not authorized to perform this"),
            Self::Skew => error(
                403,
                "RequestTimeTooSkewed",
                "The difference between the request time and the current time is too large.",
            ),
            Self::NoBucket => error(404, "NoSuchBucket", "The specified bucket does not exist"),
            Self::NotText => {
                let body: Vec<u8> =
                    b"xx".iter().copied().chain([0xc3, 0x28, 0xff, 0xfe].repeat(100)).collect();
                Answer::plain(400, "application/x-amz-json-1.1", body).write(stream, None)
            }
            Self::Hang => {
                thread::sleep(Duration::from_secs(40));
                None
            }
            Self::Slow => slow(&forward()?, stream),
            Self::CutShort => {
                let answer = forward()?;
                let told = answer.body.len() + 1_000;
                answer.write(stream, Some(told));
                let _ = stream.shutdown(Shutdown::Both);
                None
            }
            Self::BadJson => {
                Answer::plain(200, "application/x-amz-json-1.1", r#"{"service": {"serviceArn": "arn:aws:ecs"#)
                    .write(stream, None)
            }
            Self::Empty => Answer::plain(200, "application/x-amz-json-1.1", "").write(stream, None),
            Self::Reset => {
                // what was not read when it is closed makes a reset of it
                let _ = stream.shutdown(Shutdown::Both);
                None
            }
            Self::Huge => {
                let mut answer = forward()?;
                answer.body = format!(r#"{{"message": "{}"}}"#, "H".repeat(5_000_000)).into_bytes();
                answer.write(stream, None)
            }
            Self::Hostile => {
                let mut answer = forward()?;
                taint(&mut answer);
                answer.write(stream, None)
            }
            Self::Portal => {
                let page = "<html><body>Sign in to the wireless network</body></html>";
                Answer::plain(200, "text/html", page).write(stream, None)
            }
            Self::Gateway => Answer::plain(504, "text/html", "<html><h1>504 Gateway Time-out</h1></html>")
                .write(stream, None),
            Self::NoMembers => {
                let mut answer = forward()?;
                answer.body = b"{}".to_vec();
                answer.write(stream, None)
            }
            Self::OtherTypes => {
                let mut answer = forward()?;
                let body =
                    r#"{"task": 7, "tasks": "none", "failures": {}, "service": [], "taskDefinition": true}"#;
                answer.body = body.as_bytes().to_vec();
                answer.write(stream, None)
            }
        }
    }
}

/// In twenty drops within three seconds.
fn slow(answer: &Answer, mut stream: &TcpStream) -> Option<()> {
    stream.write_all(answer.head(answer.body.len()).as_bytes()).ok()?;
    for drop in answer.body.chunks(answer.body.len().div_ceil(20).max(1)) {
        stream.write_all(drop).ok()?;
        thread::sleep(Duration::from_millis(150));
    }
    Some(())
}
