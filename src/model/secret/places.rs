//! Programs that take secrets by the place in which they stand, without a name.
//!
//! From their own help and manual pages: `vault login -h`, `vault kv put -h`, htpasswd(1), `mc alias set --help`,
//! rabbitmqctl(8), `cargo login --help`, npm-config(1), `poetry config --help`, `gh secret set --help`, `aws ssm
//! put-parameter help`, openssl-passwd(1), openssl-dgst(1), mosquitto_passwd(1), `rclone config create --help`, expect(1).

use super::{names::is_secret_name, value::names_secret};

/// Programs, and how their words follow one another: `.` is any word, `s` a secret, `S` secrets to the end of the
/// command, `V` values that are shown where they are harmless, `=` names and values to the end of the command, `N` a name
/// that has to be one of a secret, `U` a name and a password; `-b` an option, alone or among others; anything else is
/// a word, or one of several.
const PROGRAMS: [(&[&str], &[&str]); 50] = [
    (
        &["vault", "bao"],
        &[
            "login S",
            "kv put|patch . =",
            "write . =",
            "operator unseal S",
            "unwrap S",
            "token lookup|renew|revoke S",
        ],
    ),
    (&["htpasswd"], &["-b . . S", "-n . S"]),
    (&["mc", "mcli"], &["alias set . . S", "config host add . . S"]),
    (&["rabbitmqctl"], &["add_user|change_password|authenticate_user . S"]),
    (&["cargo"], &["login S"]),
    (&["npm", "yarn", "pnpm"], &["config set N S", "set N S"]),
    (&["poetry", "composer"], &["config N S"]),
    (&["bundle", "bundler"], &["config set . U", "config . U"]),
    (&["pulumi"], &["config set . V"]),
    (&["doppler"], &["secrets set =", "secrets set . V"]),
    (&["fly", "flyctl"], &["secrets set|import ="]),
    (&["heroku"], &["config:set =", "config:add ="]),
    (&["eb"], &["setenv ="]),
    (&["gh", "glab"], &["secret|variable set -b s", "secret|variable set --body s"]),
    (
        &["aws"],
        &[
            "ssm put-parameter --value s",
            "secretsmanager create-secret|put-secret-value|update-secret --secret-string s",
            "configure set N S",
        ],
    ),
    (&["snyk"], &["auth S"]),
    (&["ngrok"], &["config add-authtoken S", "authtoken S"]),
    (&["mosquitto_passwd"], &["-b . . S"]),
    (&["openssl"], &["passwd S", "-hmac s", "-macopt s", "-k s", "-K s"]),
    (&["radtest"], &[". s . . s"]),
    (&["ansible-vault"], &["encrypt_string S"]),
    (&["rclone"], &["obscure S", "pass s", "password s", "password2 s", "bearer_token s", "client_secret s"]),
    (&["net", "net.exe"], &["use . . s", "user . s"]),
    (&["wpa_passphrase"], &[". S"]),
    (&["nmcli"], &["password s"]),
    (&["iwconfig"], &["key s"]),
    (&["bw"], &["login . s", "unlock s"]),
    (&["consul"], &["kv put N S"]),
    (&["etcdctl"], &["put N S", "user add U"]),
    (&["chamber"], &["write . . S"]),
    (&["credstash"], &["put . S"]),
    (&["db2"], &["using s"]),
    (&["neo4j-admin"], &["set-initial-password S"]),
    (&["mkpasswd"], &["S"]),
    (&["swaks"], &["-ap s", "--auth-password s"]),
    (&["sendemail", "sendEmail"], &["-xp s"]),
    (&["setenv"], &[". V"]),
    (&["setx"], &[". V"]),
    (&["set"], &["-x . V"]),
    (&["send", "exp_send"], &["S"]),
    (&["az"], &["keyvault secret set --value s"]),
    (&["git"], &["config N S"]),
    (&["cloudflared"], &["service install S"]),
    (&["tailscale"], &["--auth-key s"]),
    (&["occ", "drush"], &["config:set . . V"]),
    (&["psexec", "winrs"], &["-p s"]),
    (&["pdftk"], &["user_pw|owner_pw|input_pw s"]),
    (&["qpdf"], &["--encrypt s s"]),
    (&["circleci"], &["setup --token s"]),
    (&["sudo-passwd", "smbpasswd"], &["-s s"]),
];

/// What a word is by its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Judged {
    /// Nothing is said of it.
    Plain,
    /// A secret.
    Secret,
    /// The value of a variable.
    Value,
    /// A name and a value.
    Setting,
    /// A name and a password.
    User,
    /// `--option=SECRET`.
    Option,
}

/// The most rows one program has.
const ROWS: usize = 6;

/// A program that was named, and how far its words have come in each of its rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    rows: &'static [&'static str],
    at: [usize; ROWS],
}

impl Place {
    /// The place behind the name of a program; nothing where its places tell nothing.
    pub(super) fn of(program: &str) -> Option<Self> {
        let program = program.strip_suffix(".exe").unwrap_or(program);
        let (_, rows) = PROGRAMS.iter().find(|(names, _)| names.contains(&program))?;
        Some(Self { rows, at: [0; ROWS] })
    }

    /// What the next word is.
    pub(super) fn judge(&mut self, word: &str) -> Judged {
        let bare = word.trim_matches(['"', '\'']);
        let mut judged = Judged::Plain;
        for (row, at) in self.rows.iter().zip(&mut self.at) {
            let mut steps = row.split(' ').skip(*at);
            let Some(step) = steps.next() else { continue };
            let last = steps.next().is_none();
            let (found, on) = step_of(step, bare);
            if on && !(last && step.starts_with(['S', '='])) {
                *at += 1;
            }
            if found == Judged::Plain && step == "N" && !bare.starts_with('-') && !on {
                // a name of nothing secret
                *at = usize::MAX;
            }
            if found != Judged::Plain {
                judged = found;
            }
        }
        judged
    }
}

/// What a word is that may stand at a step, and whether the next word stands at the next.
fn step_of(step: &str, word: &str) -> (Judged, bool) {
    let option = word.starts_with('-') && word.len() > 1;
    match step {
        "s" | "S" | "V" | "U" | "." | "N" | "=" if option => (Judged::Plain, false),
        "s" | "S" => (Judged::Secret, true),
        "V" => (Judged::Value, true),
        "U" => (Judged::User, true),
        "." => (Judged::Plain, true),
        "=" if word.contains('=') => (Judged::Setting, false),
        "=" => (Judged::Plain, false),
        "N" => {
            let told = ["_auth", "http-basic", "oauth"].iter().any(|part| word.contains(part));
            (
                Judged::Plain,
                told || is_secret_name(word) || names_secret(word.rsplit(['.', '/']).next().unwrap_or(word)),
            )
        }
        _ if step.starts_with("--") => match word.split_once('=') {
            Some((name, _)) if name == step => (Judged::Option, false),
            _ => (Judged::Plain, word == step),
        },
        _ if step.starts_with('-') => {
            let letter = step.trim_start_matches('-');
            let among = letter.len() == 1
                && option
                && !word.starts_with("--")
                && word.contains(letter)
                && word.len() <= 5;
            (Judged::Plain, word == step || among)
        }
        _ => (Judged::Plain, step.split('|').any(|one| one == word)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_its_place_and_ends_with_what_it_tells() {
        for (names, rows) in PROGRAMS {
            assert!(rows.len() <= ROWS, "{names:?}");
            for row in rows {
                let last = row.split(' ').next_back().unwrap_or_default();
                assert!(["s", "S", "V", "U", "="].contains(&last), "{row}");
            }
        }
    }
}
