//! What the last lines of a task say.

use super::{parts::LastLines, words};
use crate::model::LogLine;

/// Lines told of one task.
const TOLD: usize = 3;

/// What is said where something else does not answer, in many languages.
const ELSEWHERE: [&str; 16] = [
    "connection refused",
    "econnrefused",
    "no such host",
    "enotfound",
    "could not connect",
    "can't connect",
    "cannot connect",
    "failed to connect",
    "connection timed out",
    "etimedout",
    "i/o timeout",
    "connection reset by peer",
    "name or service not known",
    "too many connections",
    "server closed the connection",
    "name resolution",
];

/// What a line that complains has in it.
const COMPLAINTS: [&str; 9] =
    ["error", "panic", "fatal", "exception", "traceback", "failed", "cannot", "refused", "out of memory"];

/// Whether a line only tells of a request and its answer.
fn is_access(text: &str) -> bool {
    let method =
        ["GET /", "POST /", "PUT /", "PATCH /", "DELETE /", "HEAD /"].iter().any(|m| text.contains(m));
    method && !text.contains(": ")
}

/// Whether a line complains.
pub fn complains(text: &str) -> bool {
    let lower = text.to_lowercase();
    COMPLAINTS.iter().any(|word| lower.contains(word)) || elsewhere(text).is_some()
}

/// The last lines of a task, those that complain where there are such.
pub fn telling(lines: &[LogLine]) -> Vec<&LogLine> {
    let own: Vec<&LogLine> = lines.iter().filter(|line| complains(&line.text)).collect();
    // that a request was answered with 500 is known; what says why is worth more
    let reasons: Vec<&LogLine> = own.iter().copied().filter(|line| !is_access(&line.text)).collect();
    let from = [reasons, own].into_iter().find(|some| !some.is_empty());
    let from = from.unwrap_or_else(|| lines.iter().collect());
    let mut told: Vec<&LogLine> = Vec::new();
    for line in from.into_iter().rev() {
        if told.len() < TOLD
            && !line.text.trim().is_empty()
            && !told.iter().any(|known| known.text == line.text)
        {
            told.insert(0, line);
        }
    }
    told
}

/// The line that says most: the first of the last that complain.
pub fn best(all: &[LastLines], task: &str) -> Option<String> {
    let lines = &all.iter().find(|last| last.task == task)?.lines;
    let told = telling(lines);
    let mut own = told.iter().filter(|line| complains(&line.text));
    // of a task that ended the first that complains, of those that run the one that says most
    let line = if task.is_empty() { own.max_by_key(|line| line.text.len()) } else { own.next() };
    line.map(|line| words::clip(line.text.trim()))
}

/// What a line says does not answer: the clause from there on.
pub fn elsewhere(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    ELSEWHERE.iter().any(|word| lower.contains(word)).then(|| {
        // `ERROR GET /v1/x: 500: dial tcp 10.0.3.7:5432: connect: connection refused`
        let from = ["dial ", "connect to ", "connecting to ", "lookup "]
            .iter()
            .filter_map(|word| lower.find(word))
            .min()
            .and_then(|at| text.get(at..))
            .unwrap_or(text);
        words::clip(from)
    })
}

/// The newest line of all that says that something else does not answer.
pub fn dependency(all: &[LastLines]) -> Option<(String, &LogLine, usize)> {
    let lines = || all.iter().flat_map(|last| &last.lines);
    let newest = lines().filter(|line| elsewhere(&line.text).is_some()).max_by_key(|line| line.at)?;
    let count = lines().filter(|line| elsewhere(&line.text).is_some()).count();
    Some((elsewhere(&newest.text)?, newest, count))
}

/// The port on which a task says that it listens.
pub fn listens_on(lines: &[LogLine]) -> Option<u16> {
    lines.iter().rev().find_map(|line| {
        let lower = line.text.to_lowercase();
        let at =
            ["listening", "started on", "serving on", "bound to"].iter().find_map(|word| lower.find(word))?;
        let apart = |c: char| c.is_whitespace() || "\"'(){}<>,;=|".contains(c);
        let words: Vec<&str> =
            lower.get(at..)?.split(apart).filter(|word| word.contains(char::is_alphanumeric)).collect();
        // `:8080`, `0.0.0.0:8080`, `http://localhost:8080/`; else `on 8080`, `port 8080`, `port(s): 8080`
        let bare = || words.windows(2).find_map(|pair| bare_port(pair.first()?, pair.get(1)?));
        words.iter().find_map(|word| port_of_address(word)).or_else(bare)
    })
}

/// The port of an address on which something can listen.
fn port_of_address(word: &str) -> Option<u16> {
    let bare = match word.split_once("://") {
        Some(("http" | "https" | "h2c" | "tcp" | "tcp4" | "tcp6" | "ws" | "wss" | "grpc", rest)) => rest,
        // a queue or a database that it listens to
        Some(_) => return None,
        None => word,
    };
    let bare = bare.split('/').next().unwrap_or_default().trim_end_matches(['.', ':', ']']);
    let (host, port) = bare.rsplit_once(':')?;
    // `21:06` is a time of day, and `2026-12-01t21:06` as well
    let from_digit = host.starts_with(|c: char| c.is_ascii_digit());
    let is_time = from_digit && (host.contains('-') || !host.contains(|c: char| !c.is_ascii_digit()));
    number(port).filter(|_| !is_time)
}

/// A number that stands where a port is told.
fn bare_port(before: &str, word: &str) -> Option<u16> {
    let before = before.trim_end_matches(':');
    let told = matches!(before, "on" | "port" | "ports" | "port(s" | "s" | "at");
    let bare = word.strip_prefix(':').unwrap_or(word).split('/').next()?.trim_end_matches(['.', ']']);
    number(bare).filter(|_| told)
}

fn number(digits: &str) -> Option<u16> {
    let plain = !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit());
    digits.parse().ok().filter(|port| plain && *port > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Stamp;

    fn lines(texts: &[&str]) -> Vec<LogLine> {
        let line = |(n, text): (i64, &&str)| LogLine {
            at: Stamp(n),
            text: (*text).to_owned(),
            stream: String::new(),
        };
        (0..).zip(texts).map(line).collect()
    }

    #[test]
    fn the_lines_that_complain_are_told() {
        let all = lines(&["INFO a", "ERROR b", "INFO c", "panic: d", "exit status 2"]);
        let told: Vec<&str> = telling(&all).iter().map(|l| l.text.as_str()).collect();
        assert_eq!(told, ["ERROR b", "panic: d"]);
        let served = lines(&[
            "ERROR GET /a: 500: template",
            "ERROR GET /b 500 3ms",
            "ERROR GET /c 500 4ms",
            "ERROR GET /d 500 4ms",
        ]);
        assert_eq!(telling(&served).first().map(|l| l.text.as_str()), Some("ERROR GET /a: 500: template"));
        let quiet = lines(&["INFO a", "INFO b"]);
        assert_eq!(telling(&quiet).len(), 2);
    }

    #[test]
    fn ports_and_neighbours_are_found_in_lines() {
        for (text, port) in [
            ("INFO  listening on :9090", Some(9090)),
            ("Server listening at http://0.0.0.0:3000", Some(3000)),
            ("listening", None),
            ("listening on 10.0.3.7:8080", Some(8080)),
            ("listening on http://10.0.3.7:8080/health.", Some(8080)),
            ("Tomcat started on port(s): 8080 (http) with context path ''", Some(8080)),
            ("Tomcat started on port 8080 (http) with context path '/'", Some(8080)),
            ("started on 2026-12-01 21:06:13, listening on [::]:9090", Some(9090)),
            ("Started on 2026-12-01T21:06", None),
            ("started on 2026-12-01 21:06", None),
            ("listening with 4 workers on *:3000", Some(3000)),
            ("Listening on port 3000.", Some(3000)),
            (r#"{"msg":"listening","port":8080}"#, Some(8080)),
            (r#"{"msg":"listening","addr":"0.0.0.0:8080"}"#, Some(8080)),
            ("listening to redis://cache:6379", None),
            ("INFO 2026 ready", None),
        ] {
            assert_eq!(listens_on(&lines(&[text])), port, "{text}");
        }
        let text = "ERROR GET /v1: 500: dial tcp 10.0.3.7:5432: connect: connection refused";
        assert_eq!(elsewhere(text).as_deref(), Some("dial tcp 10.0.3.7:5432: connect: connection refused"));
        assert_eq!(elsewhere("ERROR template"), None);
    }
}
