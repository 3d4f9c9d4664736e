//! Which programs take secrets by options of one letter.
//!
//! From their manual pages: mysql(1), psql(1), redis-cli --help, sqlcmd and bcp (learn.microsoft.com), isql/tsql of
//! FreeTDS, mosquitto_pub(1), ldapsearch(1), sshpass(1), zip(1), unzip(1), 7z, ipmitool(1), mongosh, docker-login(1),
//! curl(1), snmpcmd(1), smbclient(1), http(1) of HTTPie, `az login --help`, cqlsh, beeline.

/// Letters, lower and upper case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Letters(u64);

impl Letters {
    const fn of(letters: &str) -> Self {
        let bytes = letters.as_bytes();
        let (mut bits, mut rest) = (0, bytes);
        while let [letter, more @ ..] = rest {
            // 64 places, and letters are less than 64 apart
            bits |= 1 << (*letter & 0x3f);
            rest = more;
        }
        Self(bits)
    }

    pub(super) fn has(self, letter: char) -> bool {
        letter.is_ascii_alphabetic() && self.0 & (1 << (u32::from(letter) & 0x3f)) != 0
    }

    fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// The options of one letter that take a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Takes {
    /// In the next word.
    pub(super) next: Letters,
    /// In the same word: `-pVALUE`.
    pub(super) joined: Letters,
    /// A name and a secret, in the next word or the same: `-u NAME:VALUE`.
    pub(super) user: Letters,
    /// `NAME/VALUE@HOST` as a word of its own.
    pub(super) oracle: bool,
}

/// What programs begin with, and what they take by `next`, `joined` and `user`.
const BEGIN: [(&str, &str, &str, &str); 8] = [
    ("mysql", "", "p", ""),
    ("mariadb", "", "p", ""),
    ("psql", "", "p", ""),
    ("redis", "a", "", ""),
    ("mosquitto_", "P", "", ""),
    ("snmp", "cAX", "", ""),
    ("ldap", "w", "w", ""),
    ("mongo", "p", "p", ""),
];

/// The same of programs by their whole names.
const NAMED: [(&[&str], &str, &str, &str); 15] = [
    (&["sqlcmd", "bcp", "mssql-cli", "isql", "osql", "tsql", "fisql", "iusql"], "P", "P", ""),
    (&["sshpass"], "p", "p", ""),
    (&["zip", "unzip", "ipmitool"], "P", "P", ""),
    (&["7z", "7za", "7zr", "rar", "unrar"], "", "p", ""),
    (&["docker", "podman", "nerdctl", "helm", "oras", "skopeo", "buildah", "crane", "az"], "p", "", ""),
    (&["cqlsh", "beeline", "rabbitmqadmin", "ftpsync", "twine", "poetry", "cypher-shell", "oc"], "p", "", ""),
    (&["influx"], "tp", "", ""),
    (&["doctl", "vercel"], "t", "", ""),
    (&["ssh-keygen"], "NP", "", ""),
    (&["vsql"], "w", "", ""),
    (&["useradd", "usermod"], "p", "", ""),
    (&["curl"], "", "", "uUE"),
    (&["ldappasswd"], "wsa", "w", ""),
    (&["http", "https", "xh"], "", "", "a"),
    (&["smbclient", "rpcclient", "lftp"], "", "", "uU"),
];

const ORACLE: [&str; 5] = ["sqlplus", "sqlldr", "expdp", "impdp", "rman"];

/// What a program of this name takes; nothing where it is not known.
pub(super) fn takes(program: &str) -> Option<Takes> {
    let row = |(next, joined, user): (&str, &str, &str)| Takes {
        next: Letters::of(next),
        joined: Letters::of(joined),
        user: Letters::of(user),
        oracle: false,
    };
    if ORACLE.contains(&program) {
        return Some(Takes { oracle: true, ..Takes::default() });
    }
    let plain = program.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    let named = NAMED.iter().find(|(names, ..)| names.contains(&program));
    let begun = BEGIN.iter().find(|(begin, ..)| plain && program.starts_with(begin));
    let found = named.map(|(_, next, joined, user)| (*next, *joined, *user));
    found.or_else(|| begun.map(|(_, next, joined, user)| (*next, *joined, *user))).map(row)
}

/// Programs whose `-p` takes anything but a password: a directory and those above it, a package, a module.
const PARENTS: [&str; 23] = [
    "mkdir",
    "ssh-keygen",
    "cargo",
    "cp",
    "install",
    "tar",
    "ps",
    "node",
    "perl",
    "pytest",
    "docker-compose",
    "read",
    "nc",
    "rsync",
    "scp",
    "jq",
    "screen",
    "service",
    "python",
    "python3",
    "lsof",
    "nerdctl-compose",
    "pnpm",
];

/// True for a program whose `-p` is none of a secret.
pub(super) fn takes_parents(program: &str) -> bool {
    PARENTS.contains(&program)
}

/// Words that lead to the name of a program.
pub(super) fn leads(word: &str) -> bool {
    let words = [
        "sudo", "exec", "env", "time", "nohup", "then", "do", "else", "if", "while", "until", "!", "(", "{",
        "+", "$", "&&", "||", "|", ";", "&",
    ];
    words.contains(&word) || word.is_empty() || word.contains('=')
}

impl Takes {
    /// What this program takes as well.
    pub(super) fn and(&mut self, other: Self) {
        self.next = self.next.or(other.next);
        self.joined = self.joined.or(other.joined);
        self.user = self.user.or(other.user);
        self.oracle |= other.oracle;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_letter_has_its_own_place() {
        for letter in ('a'..='z').chain('A'..='Z') {
            let own = Letters::of(&letter.to_string());
            for other in ('a'..='z').chain('A'..='Z') {
                assert_eq!(own.has(other), letter == other, "{letter} {other}");
            }
        }
    }
}
