//! Commands, masked.

use super::{line::Line, made, mask::unkeyed};

/// Whether `masked`, as another process wrote it down, is what these words are masked to: masks count as equal,
/// since each process has keys of its own.
pub fn is_of(masked: &[String], words: &[String]) -> bool {
    let own = super::words(words);
    masked.len() == own.len() && masked.iter().zip(&own).all(|(a, b)| unkeyed(a) == unkeyed(b))
}

/// A command as a person may see it: its words, masked and made harmless, on one line.
pub fn command(words: &[String]) -> String {
    super::super::text::line(&super::words(words).join(" "))
}

/// The words of a command line, masked: what follows a flag for a password, what a variable is set to, passwords in
/// URLs and connection strings, tokens. A word that is a script of the shell is read as one.
pub fn words(words: &[String]) -> Vec<String> {
    let program = program(words);
    let mut line = Line::of(program);
    words.iter().map(|word| line.word(word)).collect()
}

/// The name of the program, without its directories and what is set for it.
pub(super) fn program(words: &[String]) -> &str {
    let own = words.iter().find(|word| !made::is_setting(word));
    own.and_then(|word| word.rsplit('/').next()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use crate::model::secret::{
        command, is_masked, is_of,
        mask::{DIGITS, MARK},
        text,
    };
    use proptest::prelude::*;

    fn split(line: &str) -> Vec<String> {
        line.split('|').map(str::to_owned).collect()
    }

    #[test]
    fn words_of_commands_lose_their_secrets_and_nothing_else() {
        for line in [
            "goose|postgres|postgres://app:hunter2@db/app?sslmode=disable|up",
            "goose|postgres|postgres://app:hun/ter2@db/app|up",
            "goose|mysql|app:hunter2@tcp(db:3306)/app?parseTime=true|up",
            "goose|postgres|host=db user=app password=hunter2 dbname=app|up",
            "goose|postgres|host=db user=app password='hunter2 x' dbname=app|up",
            "goose|mssql|Server=db;User Id=app;Password=hunter2;|up",
            "sh|-c|export X=hunter2 && goose up",
            "sh|-c|export DATABASE_URL='hunter2 and more'; goose up",
            "sh|-c|PGPASSWORD=hunter2 psql -f x.sql",
            "sh|-c|echo hunter2 | mysql -phunter2 app",
            "env|PGPASSWORD=hunter2|psql",
            "psql|-p|5432|--password|hunter2",
            "psql|--password=hunter2",
            "sshpass|-p|hunter2|ssh|host",
            "mysql|-phunter2|app",
            "redis-cli|-a|hunter2",
            "sh|-c|exec /usr/bin/redis-cli -a hunter2 ping",
            "sqlcmd|-S|db|-U|app|-P|hunter2",
            "sh|-c|sqlcmd -S db -P hunter2 -i x.sql",
            "psql|-phunter2",
            "sh|-c|exec \"$@\"|mysql|-phunter2|app",
            "timeout|5|/usr/bin/sqlcmd|-P|hunter2",
            "run|-phunter2",
            "tool|--encryption-key=hunter2",
            "tool|--encryption-key|hunter2",
            "tool|ghp_hunter2SECRETabcdefghij",
            "tool|sk_live_hunter2TOKENabcdefgh",
            "sh|-c|tool token ghp_hunter2SECRETabcdefghij",
            "curl|-u|ana:hunter2|https://x.example.com",
            "curl|-H|Authorization: Bearer hunter2|https://x.example.com",
            "curl|-H|X-Api-Key: hunter2",
            "curl|--header|Authorization: Basic hunter2",
            "curl|https://x.example.com/?access_token=hunter2&page=2",
            "tool|--api-key|hunter2|run",
            "tool|--token|hunter2",
            "tool|-dsn|hunter2",
        ] {
            let out = command(&split(line));
            if !line.contains("echo") {
                assert!(!out.contains("hunter2") && !out.contains("ter2"), "{out}");
            }
            assert!(is_masked(&out), "{out}");
        }
        for line in [
            "goose|-dir|migrations|up",
            "psql|-p|5432|-h|db",
            "psql|-p5432|-h|db",
            "goose|postgres|status",
            "sh|-c|cd /app && ./migrate -path ./migrations up 2",
            "bundle|exec|rails|db:migrate",
            "python|manage.py|migrate|--noinput",
            "tool|--image|repo/app:8be02d4@sha256:0123456789abcdef",
            "flyway|-url=jdbc:postgresql://db:5432/app|migrate",
            "curl|https://x.example.com:8443/api",
        ] {
            assert_eq!(command(&split(line)), line.replace('|', " "), "nothing is secret here");
        }
    }

    #[test]
    fn what_another_process_masked_is_known_again() {
        let words = split("goose|postgres|postgres://app:hunter2@db/app|up");
        let mut other = super::words(&words);
        for word in &mut other {
            if let Some(at) = word.find(MARK) {
                word.replace_range(at + MARK.len()..at + MARK.len() + DIGITS, "0000");
            }
        }
        assert!(is_of(&other, &words));
        assert!(!is_of(&other, &split("goose|postgres|postgres://app:hunter2@db/app|down")));
        assert!(!is_of(&other, &split("goose|up")));
    }

    proptest! {
        #[test]
        fn any_words_are_taken(words in proptest::collection::vec(any::<String>(), 0..6)) {
            let _ = command(&words);
            prop_assert!(is_of(&super::words(&words), &words));
        }

        #[test]
        fn passwords_in_urls_never_show(password in "[A-Za-z0-9!$/?#%._-]{8,30}", host in "[a-z]{3,8}") {
            prop_assume!(!host.contains(&password));
            let line = format!("cannot connect to postgres://app:{password}@{host}/app: refused");
            prop_assert!(!text(&line).contains(&password), "{}", text(&line));
        }
    }
}
