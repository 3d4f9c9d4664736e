//! Secrets that are known by their looks.

use super::mask;

/// What secrets of well-known makers begin with.
const BEGINNINGS: [&str; 80] = [
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "glptt-",
    "gldt-",
    "glrt-",
    "glcbt-",
    "glft-",
    "glsoat-",
    "xoxb-",
    "xoxp-",
    "xoxa-",
    "xoxr-",
    "xoxs-",
    "xoxe-",
    "xoxe.",
    "xapp-",
    "sk_live_",
    "sk_test_",
    "sk_org_",
    "rk_live_",
    "rk_test_",
    "whsec_",
    "sk-ant-",
    "sk-proj-",
    "sk-svcacct-",
    "sk-admin-",
    "sk-or-",
    "AIza",
    "ya29.",
    "GOCSPX-",
    "1//0",
    "SG.",
    "dop_v1_",
    "doo_v1_",
    "dor_v1_",
    "shpat_",
    "shpss_",
    "shpca_",
    "shppa_",
    "npm_",
    "pypi-",
    "rubygems_",
    "dckr_pat_",
    "dckr_oat_",
    "hvs.",
    "hvb.",
    "hvr.",
    "NRAK-",
    "NRJS-",
    "lin_api_",
    "ntn_",
    "figd_",
    "sntrys_",
    "sntryu_",
    "AGE-SECRET-KEY-",
    "PMAK-",
    "ATATT3",
    "ATCTT3",
    "BBDC-",
    "sq0atp-",
    "sq0csp-",
    "hf_",
    "gsk_",
    "pplx-",
    "xai-",
    "tskey-",
    "dp.pt.",
    "dp.st.",
    "sbp_",
    "pscale_tkn_",
    "pscale_pw_",
    "nfp_",
    "glagent-",
    "vercel_blob_rw_",
    "ops_eyJ",
];

/// Places on the web whose addresses are themselves secrets, and what stands before the secret.
const PLACES: [&str; 9] = [
    "hooks.slack.com/services/",
    "hooks.slack.com/workflows/",
    "hooks.slack.com/triggers/",
    "discord.com/api/webhooks/",
    "discordapp.com/api/webhooks/",
    "webhook.office.com/",
    "outlook.office.com/webhook/",
    "/receiver/v1/http/",
    "logs-01.loggly.com/inputs/",
];

/// Keys and tokens that are known by their looks, wherever they stand in a word.
pub(super) fn known(word: &str, decoded: &dyn Fn(&str) -> bool) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '_' | '-' | '.');
    if word.len() < 8 {
        return word.to_owned();
    }
    let word = &places(word);
    let mut out = String::with_capacity(word.len());
    let mut rest = word.as_str();
    while !rest.is_empty() {
        let start = rest.find(is_part).unwrap_or(rest.len());
        let (before, after) = rest.split_at_checked(start).unwrap_or((rest, ""));
        out.push_str(before);
        let end = after.find(|c| !is_part(c)).unwrap_or(after.len());
        let (part, after) = after.split_at_checked(end).unwrap_or((after, ""));
        out.push_str(&known_part(part, out.ends_with(':') && is_bot(&out, part), decoded));
        rest = after;
    }
    out
}

/// Addresses that let everybody in who knows them.
fn places(word: &str) -> String {
    let found = PLACES.iter().find_map(|place| {
        let end = word.find(place)? + place.len();
        Some((word.get(..end)?, word.get(end..)?))
    });
    let telegram = || {
        let end = word.find("api.telegram.org/bot")? + "api.telegram.org/bot".len();
        Some((word.get(..end)?, word.get(end..)?))
    };
    match found.or_else(telegram) {
        Some((head, tail)) => {
            let end = tail.find(['"', '\'', ')', ',', '>']).unwrap_or(tail.len());
            match tail.split_at_checked(end) {
                Some((secret, rest)) if !secret.is_empty() && !super::is_masked(secret) => {
                    format!("{head}{}{rest}", mask(secret))
                }
                _ => word.to_owned(),
            }
        }
        None => word.to_owned(),
    }
}

/// A token of a bot of Telegram, whose number stands before the colon.
fn is_bot(before: &str, part: &str) -> bool {
    let number = before.trim_end_matches(':');
    let digits = number.chars().rev().take_while(char::is_ascii_digit).count();
    (8..=10).contains(&digits) && part.len() == 35 && is_mixed(part)
}

fn known_part(part: &str, sure: bool, decoded: &dyn Fn(&str) -> bool) -> String {
    // behind `name=` as well
    let (head, value) = match part.split_once('=') {
        Some((name, value)) if value.len() >= 8 => (format!("{name}="), value),
        _ => (String::new(), part),
    };
    let long = value.len() >= 16;
    if sure
        || long && (is_key_id(value) || is_secret_key(value) || is_long_token(value) || is_hex_token(value))
        || decoded(value)
    {
        return format!("{head}{}", mask(value));
    }
    part.to_owned()
}

/// An access key's id: `AKIA…`, `ASIA…`.
fn is_key_id(part: &str) -> bool {
    ["AKIA", "ASIA", "AROA", "AIDA"].iter().any(|begin| part.starts_with(begin))
        && (16..=128).contains(&part.len())
        && part.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
}

/// A secret access key: 40 characters of base 64, of every kind.
fn is_secret_key(part: &str) -> bool {
    part.len() == 40 && is_mixed(part) && part.chars().all(|c| c.is_ascii_alphanumeric() || "+/=".contains(c))
}

fn is_mixed(part: &str) -> bool {
    part.chars().any(|c| c.is_ascii_uppercase())
        && part.chars().any(|c| c.is_ascii_lowercase())
        && part.chars().any(|c| c.is_ascii_digit())
}

/// Session tokens, JSON web tokens, lines of keys, and tokens of well-known makers.
fn is_long_token(part: &str) -> bool {
    let jwt = part.starts_with("eyJ") && part.len() >= 30;
    let made = part.len() >= 16 && BEGINNINGS.iter().any(|begin| part.starts_with(begin));
    // paths have many slashes, and names many dots
    let few = part.matches(['/', '.']).count() * 12 < part.len();
    let long = part.len() >= 100 && is_mixed(part) && few;
    let base64 = part.chars().all(|c| c.is_ascii_alphanumeric() || "+/=".contains(c));
    // a line of a key in PEM has 64 characters, of OpenSSH 70, of others 76 (RFC 7468, RFC 2045)
    let line = [64, 70, 76].contains(&part.len()) && base64 && is_mixed(part) && few;
    // the older form of OpenAI's keys
    let plain = part.strip_prefix("sk-").is_some_and(|key| {
        key.len() >= 32 && key.chars().all(|c| c.is_ascii_alphanumeric()) && is_mixed(key)
    });
    jwt || made || long || line || plain
}

/// Tokens that are a beginning and hexadecimal digits: of Mailgun, Twilio, Databricks and Pulumi.
fn is_hex_token(part: &str) -> bool {
    [("key-", 32), ("SK", 32), ("dapi", 32), ("pul-", 40)].iter().any(|(begin, len)| {
        part.strip_prefix(begin)
            .is_some_and(|hex| hex.len() == *len && hex.chars().all(|c| c.is_ascii_hexdigit()))
    })
}

/// What no person made up as a name: letters of both cases and digits that change places often, or signs between them.
/// Names of services, images, digests, identifiers, paths and addresses are not.
pub(super) fn is_random(value: &str) -> bool {
    // a host that celery and systemd put in its place
    let value = value.split("@%").next().unwrap_or(value).trim_matches(['"', '\'', ',', ';']);
    let sign = |c: char| "!#$%^&*+=~?".contains(c);
    let taken = |c: char| c.is_ascii_alphanumeric() || sign(c) || "_-@/".contains(c);
    if !(8..=512).contains(&value.len()) || !value.chars().all(taken) || value.contains("//") {
        return false;
    }
    if value.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
        || value.starts_with(['/', '-', '@', '$', '%'])
    {
        return false;
    }
    if value
        .split_once('=')
        .is_some_and(|(name, rest)| !rest.trim_matches('=').is_empty() && !name.is_empty())
    {
        return false;
    }
    let kind = |c: char| match c {
        'a'..='z' => 0,
        'A'..='Z' => 1,
        '0'..='9' => 2,
        _ if sign(c) => 3,
        _ => 4,
    };
    let kinds: Vec<u8> = value.chars().map(kind).collect();
    let has = |wanted: u8| kinds.contains(&wanted);
    // a capital and what follows it is how words begin
    let changes =
        kinds.iter().zip(kinds.iter().skip(1)).filter(|(a, b)| a != b && (**a, **b) != (1, 0)).count();
    let letters = has(0) && (has(1) || has(3)) && has(2);
    letters && changes * 4 >= value.len() && value.matches('/').count() * 8 < value.len()
}
