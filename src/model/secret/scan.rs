//! Text and addresses with their secrets masked.

use super::{forms, line::Line, mask};

/// Text with the secrets in it masked: log lines, messages, URLs, what programs say of their failures.
pub fn text(text: &str) -> String {
    forms::masked(&Line::new(false).seen(text, Line::script))
}

/// An address with what may be secret in it masked: a name and a password, and all of its query.
pub fn address(url: &str) -> String {
    match url.split_once('?') {
        Some((before, query)) if !query.is_empty() => format!("{}?{}", text(before), mask(query)),
        _ => text(url),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_lose_their_secrets() {
        for line in [
            "cannot connect to postgres://app:hunter2@db:5432/app: refused",
            "cannot connect to postgres://app:///hunter2@db/app: refused",
            "GET http://cache/http://app:hunter2@db/app",
            "dial \"postgres://app:hunter2@db/app\": no route",
            "failed to connect to `host=db user=app password=hunter2 database=app`: refused",
            "dsn=app:hunter2@tcp(db:3306)/app",
            "using app:hunter2@tcp(db:3306)/app",
            "config: {\"user\":\"app\",\"password\":\"hunter2\",\"port\":5432}",
            "config: {\"password\": \"hunter2\", \"port\": 5432}",
            "password: hunter2",
            "password = hunter2",
            "Password='hunter2 with blanks' and more",
            "> Authorization: Bearer hunter2abcdef123",
            "> authorization: Basic hunter2abcdef",
            "sending Bearer hunter2abcdef123456",
            "GET /x?X-Amz-Signature=hunter2&X-Amz-Date=1 200",
            "GET /x?token=hunter2x&page=2",
            "AWS_SECRET_ACCESS_KEY=hunter2",
            "aws_session_token = hunter2",
            "Set-Cookie: hunter2=1; Path=/",
            "X-Api-Key: hunter2",
            "run with --password hunter2 again",
            "Proxy http://ana:hunter2@proxy:3128 refused",
        ] {
            let out = text(line);
            assert!(!out.contains("hunter2"), "{line}: {out}");
        }
        for secret in [
            "AKIAIOSFODNN7EXAMPLE",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKE1",
            "ghp_0123456789abcdefghijABCDEFGHIJ012345",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        ] {
            for line in [secret.to_owned(), format!("found ({secret})"), format!("x={secret}, y")] {
                assert!(!text(&line).contains(secret), "{}", text(&line));
            }
        }
        assert!(!text("-----BEGIN RSA PRIVATE KEY----- MIIEhunter2").contains("hunter2"));
    }

    #[test]
    fn an_address_tells_neither_password_nor_query() {
        for url in [
            "http://u:hunter2@127.0.0.1:1/x",
            "http://127.0.0.1:1/?k=hunter2",
            "http://127.0.0.1:1/x?hunter2",
        ] {
            let shown = address(url);
            assert!(!shown.contains("hunter2") && shown.contains("127.0.0.1:1/"), "{shown}");
        }
        assert_eq!(address("http://127.0.0.1:1/x"), "http://127.0.0.1:1/x");
    }

    #[test]
    fn lines_without_secrets_stay_as_they_are() {
        for line in [
            "OK   20250430034028_base_schema.sql (12.3ms)",
            "goose: successfully migrated database to version: 20250430034028",
            "ERROR 00042_add_tokens.sql: failed to run SQL migration: duplicate key value",
            "pq: password authentication failed for user \"app\"",
            "Key (email)=(ana) already exists.",
            "listening on http://0.0.0.0:8080/health?ready=1",
            "pull 111122223333.dkr.ecr.us-west-2.amazonaws.com/app:8be02d4@sha256:0123abcd",
            "commit 842a9e1cbf0a4f6f8c3d2e1f0a9b8c7d6e5f4a3b is in place",
            "arn:aws:ecs:us-west-2:111122223333:task-definition/prod-service:42",
            "service prod-service has reached a steady state.",
            "mail to ana@example.com",
            "token: expected an identifier",
            "  two  blanks   stay ",
            "tokens=512 max_tokens=4096",
            "a key = a lock",
            "",
        ] {
            assert_eq!(text(line), line);
        }
    }
}
