//! Values that are written as text: durations, regions, accounts, services.

use crate::{
    config::suggest,
    model::{EnvironmentName, Kind, Protection, ServiceKey, text},
};
use std::time::Duration;

/// What is wrong with a value, and what to do.
pub type Wrong = (String, String);

fn wrong<T>(what: impl Into<String>, remedy: impl Into<String>) -> Result<T, Wrong> {
    Err((what.into(), remedy.into()))
}

/// A text that can be shown as it stands: what is read from a file names things on screens and in questions, where a
/// character that turns or covers others would name another thing.
///
/// # Errors
/// For what holds such a character, and for what is longer than any name.
pub fn shown(text: &str) -> Result<String, Wrong> {
    if text::line(text) == text {
        return Ok(text.to_owned());
    }
    if text.chars().count() > text::LINE_MAX {
        return wrong("this is too long", format!("{} characters are the most", text::LINE_MAX));
    }
    wrong(format!("“{text}” holds a character that cannot be seen"), "take it out")
}

/// A duration: `500ms`, `10s`, `5m`, `1h30m`, `1d`, `2w`, `1y` (of 365 days).
///
/// # Errors
/// For what is none, and for one outside of `least` to `most`.
pub fn duration(text: &str, least: Duration, most: Duration) -> Result<Duration, Wrong> {
    let Some(found) = units(text) else {
        return wrong(
            format!("“{text}” is not a duration"),
            "write a number and ms, s, m, h or d, as in “10s” or “1h30m”",
        );
    };
    if found < least || found > most {
        let what = format!("“{text}” is too {}", if found < least { "short" } else { "long" });
        return wrong(what, format!("it can be {} to {}", spell(least), spell(most)));
    }
    Ok(found)
}

fn units(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut sum = Duration::ZERO;
    let mut smallest = u64::MAX;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, after) = rest.split_at_checked(digits)?;
        let letters = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at_checked(letters)?;
        let millis = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            "w" => 604_800_000,
            "y" => 31_536_000_000,
            _ => return None,
        };
        // Each unit once, the largest first.
        if millis >= smallest {
            return None;
        }
        smallest = millis;
        sum = sum.checked_add(Duration::from_millis(number.parse::<u64>().ok()?.checked_mul(millis)?))?;
        rest = after;
    }
    (!text.is_empty()).then_some(sum)
}

/// A duration in the spelling that [`duration`] reads.
pub fn spell(duration: Duration) -> String {
    let mut millis = duration.as_millis();
    let mut text = String::new();
    for (unit, size) in
        [("y", 31_536_000_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)]
    {
        if millis >= size {
            text.push_str(&(millis / size).to_string());
            text.push_str(unit);
            millis %= size;
        }
    }
    if text.is_empty() { "0s".into() } else { text }
}

/// A region: `us-west-2`.
///
/// # Errors
/// For what does not look like one.
pub fn region(text: &str) -> Result<String, Wrong> {
    let parts: Vec<&str> = text.split('-').collect();
    let words = parts.iter().rev().skip(1).all(|p| p.len() >= 2 && p.bytes().all(|b| b.is_ascii_lowercase()));
    let number =
        parts.last().is_some_and(|p| p.len() <= 2 && !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()));
    if (3..=5).contains(&parts.len()) && words && number {
        return Ok(text.to_owned());
    }
    wrong(format!("“{text}” is not a region"), "write one as in “us-west-2”")
}

/// A cluster: its name, or its whole ARN. AWS takes these two forms; a call made of the last part of anything else would reach
/// a cluster that no protection was compared with. Names have "up to 255 letters (uppercase and lowercase), numbers,
/// underscores, and hyphens" (ECS API reference, CreateCluster).
///
/// # Errors
/// For anything else.
pub fn cluster(text: &str) -> Result<String, Wrong> {
    let name = match text.strip_prefix("arn:").map(|arn| arn.splitn(5, ':').collect::<Vec<_>>()).as_deref() {
        Some([partition, "ecs", region, account, resource])
            if plain(partition) && plain(region) && self::account(account).is_ok() =>
        {
            resource.strip_prefix("cluster/")
        }
        Some(_) => None,
        None => Some(text),
    };
    if name.is_some_and(plain) {
        return Ok(text.to_owned());
    }
    wrong(format!("“{text}” is not a cluster"), "write its name, as in “prod”, or its whole ARN")
}

/// A service of App Runner: its name, or its ARN with or without the id at its end. Names have letters, digits, `-` and `_`
/// (App Runner API reference, CreateService).
///
/// # Errors
/// For anything else.
pub fn app_runner_service(text: &str) -> Result<String, Wrong> {
    let name = match text.strip_prefix("arn:").map(|arn| arn.splitn(5, ':').collect::<Vec<_>>()).as_deref() {
        Some([partition, "apprunner", region, account, resource])
            if plain(partition) && plain(region) && self::account(account).is_ok() =>
        {
            resource.strip_prefix("service/").and_then(|path| match path.split_once('/') {
                Some((name, id)) => plain(id).then_some(name),
                None => Some(path),
            })
        }
        Some(_) => None,
        None => Some(text),
    };
    if name.is_some_and(plain) {
        return Ok(text.to_owned());
    }
    wrong(format!("“{text}” is not a service of App Runner"), "write its name, or its whole ARN")
}

/// Letters, digits, `-` and `_`, at least one and not more than 255.
fn plain(text: &str) -> bool {
    (1..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
}

/// An account: twelve digits.
///
/// # Errors
/// For anything else.
pub fn account(text: &str) -> Result<String, Wrong> {
    if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(text.to_owned());
    }
    wrong(format!("“{text}” is not an account"), "an account has twelve digits, as in “111122223333”")
}

/// A role's ARN.
///
/// # Errors
/// For anything else.
pub fn role(text: &str) -> Result<String, Wrong> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    if let ["arn", _, "iam", "", of, name] = parts.as_slice()
        && account(of).is_ok()
        && name.strip_prefix("role/").is_some_and(|name| !name.is_empty())
    {
        return shown(text);
    }
    wrong(format!("“{text}” is not a role"), "write its ARN, as in “arn:aws:iam::111122223333:role/deploy”")
}

/// The address of an endpoint.
///
/// # Errors
/// For what is no `http` or `https` address.
pub fn endpoint(text: &str) -> Result<String, Wrong> {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
    if host.is_empty()
        || host.starts_with(':')
        || text.contains(|c: char| c.is_whitespace() || c.is_control())
    {
        return wrong(format!("“{text}” is not an address"), "write one as in “http://127.0.0.1:4566”");
    }
    shown(text)
}

/// A level of protection.
///
/// # Errors
/// For anything else.
pub fn protection(text: &str) -> Result<Protection, Wrong> {
    let levels = [Protection::Open, Protection::Confirm, Protection::Typed, Protection::ReadOnly];
    levels.into_iter().find(|level| level.word() == text).ok_or_else(|| {
        let remedy = suggest::remedy(text, levels.iter().map(|level| level.word()));
        (format!("unknown protection “{text}”"), remedy)
    })
}

/// One of a few words.
///
/// # Errors
/// For anything else.
pub fn choice<T: Copy>(what: &str, text: &str, choices: &[(&str, T)]) -> Result<T, Wrong> {
    choices.iter().find(|(word, _)| *word == text).map(|(_, value)| *value).ok_or_else(|| {
        (format!("{what} cannot be “{text}”"), suggest::remedy(text, choices.iter().map(|(word, _)| *word)))
    })
}

/// Yes or no, as variables say it.
///
/// # Errors
/// For anything else.
pub fn flag(what: &str, text: &str) -> Result<bool, Wrong> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Ok(true),
        "0" | "false" | "no" | "off" => Ok(false),
        _ => wrong(format!("{what} cannot be “{text}”"), "write 1 or 0"),
    }
}

/// Dollars an hour.
///
/// # Errors
/// For what is no amount from 0 to 100.
pub fn dollars(amount: f64) -> Result<f64, Wrong> {
    if (0.0..=100.0).contains(&amount) {
        return Ok(amount);
    }
    wrong(format!("a cost limit of {amount} makes no sense"), "write dollars an hour, 0 to 100, as in 0.10")
}

/// A share, 0 to 1.
///
/// # Errors
/// For anything else.
pub fn ratio(share: f64) -> Result<f64, Wrong> {
    if (0.0..=1.0).contains(&share) {
        return Ok(share);
    }
    wrong(format!("{share} is not a share"), "write 0 to 1; one in a hundred is 0.01")
}

/// By how much something may grow: 0 for not at all, 1 for twice as much.
///
/// # Errors
/// For what is below nothing, or beyond all measure.
pub fn rise(share: f64) -> Result<f64, Wrong> {
    if (0.0..=100.0).contains(&share) {
        return Ok(share);
    }
    wrong(format!("{share} is not a growth that can be watched"), "write 0 to 100; half as much again is 0.5")
}

/// The name of an environment or application: what can be typed as `environment/service` and shown in a column.
///
/// # Errors
/// For what is empty, too long, or holds anything but letters, digits, `-`, `_` and `.`.
pub fn name(text: &str) -> Result<String, Wrong> {
    if text.is_empty() {
        return wrong("the name is empty", "write one");
    }
    if text.chars().count() > 64 {
        return wrong(format!("the name “{text}” is too long"), "64 characters are the most");
    }
    if let Some(bad) = text.chars().find(|c| !c.is_alphanumeric() && !"-_.".contains(*c)) {
        return wrong(format!("the name “{text}” holds “{bad}”"), "use letters, digits, -, _ and .");
    }
    // some letters cannot be seen
    shown(text)
}

/// A service in an environment: `ecs:cluster/service`, `express:cluster/service` or `apprunner:name`.
///
/// # Errors
/// For anything else.
pub fn service(environment: &EnvironmentName, text: &str) -> Result<ServiceKey, Wrong> {
    const HOW: &str = "write ecs:cluster/service, express:cluster/service or apprunner:name";
    let Some((kind, rest)) = text.split_once(':') else {
        return wrong(format!("“{text}” names no service"), HOW);
    };
    let Ok(kind) = kind.parse::<Kind>() else {
        let kinds = [Kind::Ecs, Kind::Express, Kind::AppRunner];
        let near = suggest::nearest(kind, kinds.iter().map(|k| k.word()));
        let remedy = near.map_or_else(|| HOW.to_owned(), |near| format!("did you mean “{near}:{rest}”?"));
        return wrong(format!("unknown kind “{kind}”"), remedy);
    };
    shown(environment.as_str()).and_then(|_| shown(rest))?;
    let parts: Vec<&str> = rest.split('/').collect();
    match (kind, parts.as_slice()) {
        (Kind::AppRunner, [name]) if !name.is_empty() => {
            Ok(ServiceKey::new(environment.as_str(), kind, "", name))
        }
        (Kind::Ecs | Kind::Express, [cluster, name]) if !cluster.is_empty() && !name.is_empty() => {
            Ok(ServiceKey::new(environment.as_str(), kind, cluster, name))
        }
        _ => wrong(format!("“{text}” names no service"), HOW),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_hours(24);

    #[test]
    fn durations() {
        for (text, millis) in [
            ("500ms", 500),
            ("10s", 10_000),
            ("5m", 300_000),
            ("1h30m", 5_400_000),
            ("1d", 86_400_000),
            ("0s", 0),
            ("90s", 90_000),
            ("0d12h", 43_200_000),
        ] {
            assert_eq!(duration(text, Duration::ZERO, DAY), Ok(Duration::from_millis(millis)), "{text}");
        }
        for (text, days) in [("2w", 14), ("1y", 365), ("1y2w1d", 380)] {
            let found = duration(text, Duration::ZERO, Duration::from_hours(24 * 400));
            assert_eq!(found, Ok(Duration::from_hours(24 * days)), "{text}");
        }
        for text in
            ["", "10", "s", "10 s", "-1s", "1.5h", "1m1h", "1s1s", "10S", "9999999999999999999d", "1é"]
        {
            assert!(duration(text, Duration::ZERO, DAY).is_err(), "{text}");
        }
        assert_eq!(duration("2d", Duration::ZERO, DAY).unwrap_err().1, "it can be 0s to 1d");
        for millis in [0, 1, 999, 1_000, 61_001, 86_400_000, 90_061_001, 31_536_000_000, 40_000_000_000] {
            let it = Duration::from_millis(millis);
            assert_eq!(units(&spell(it)), Some(it), "{}", spell(it));
        }
    }

    #[test]
    fn names_of_aws_things() {
        for text in ["us-west-2", "eu-central-1", "us-gov-west-1", "ap-southeast-7", "eusc-de-east-1"] {
            assert!(region(text).is_ok(), "{text}");
        }
        for text in ["", "us-west", "us_west_2", "US-WEST-2", "us-west-2a", "us-west-2-", "west"] {
            assert!(region(text).is_err(), "{text}");
        }
        assert!(account("111122223333").is_ok());
        for text in ["", "11112222333", "1111-2222-3333", "11112222333x"] {
            assert!(account(text).is_err(), "{text}");
        }
        assert!(role("arn:aws:iam::111122223333:role/path/deploy").is_ok());
        for text in ["", "deploy", "arn:aws:iam::111122223333:user/ada", "arn:aws:iam::1:role/x"] {
            assert!(role(text).is_err(), "{text}");
        }
        for (text, good) in [
            ("http://127.0.0.1:4566", true),
            ("https://aws.example/x", true),
            ("127.0.0.1:4566", false),
            ("http://", false),
            ("http:///x", false),
            ("http://a b", false),
        ] {
            assert_eq!(endpoint(text).is_ok(), good, "{text}");
        }
    }

    #[test]
    fn names_can_be_shown() {
        for bad in [
            "\u{202e}",
            "\u{2069}",
            "\u{200b}",
            "\u{1b}[31m",
            "\u{115f}",
            "e\u{301}\u{301}\u{301}\u{301}\u{301}",
        ] {
            assert!(shown(bad).is_err() && name(bad).is_err(), "{bad:?}");
            assert!(role(&format!("arn:aws:iam::111122223333:role/{bad}")).is_err(), "{bad:?}");
            assert!(endpoint(&format!("http://a{bad}")).is_err(), "{bad:?}");
            assert!(service(&"prod".into(), &format!("ecs:a{bad}/b")).is_err(), "{bad:?}");
            assert!(service(&bad.into(), "apprunner:a").is_err(), "{bad:?}");
        }
        assert!(name("größer-東京").is_ok() && shown("ขั้น नमस्ते").is_ok());
        assert_eq!(shown(&"a".repeat(5_000)).unwrap_err().0, "this is too long");
    }

    #[test]
    fn services() {
        let prod = EnvironmentName::from("prod");
        for (text, key) in [
            ("ecs:prod/prod-service", Some(ServiceKey::new("prod", Kind::Ecs, "prod", "prod-service"))),
            ("express:prod/api", Some(ServiceKey::new("prod", Kind::Express, "prod", "api"))),
            ("apprunner:api", Some(ServiceKey::new("prod", Kind::AppRunner, "", "api"))),
            ("apprunner:a/b", None),
            ("ecs:api", None),
            ("ecs:/api", None),
            ("ecs:a/b/c", None),
            ("api", None),
            ("", None),
        ] {
            assert_eq!(service(&prod, text).ok(), key, "{text}");
        }
        assert_eq!(service(&prod, "apprunnr:x").unwrap_err().1, "did you mean “apprunner:x”?");
    }

    #[test]
    fn numbers_have_bounds() {
        assert!(dollars(0.1).is_ok() && dollars(-0.1).is_err() && dollars(f64::NAN).is_err());
        assert!(ratio(0.01).is_ok() && ratio(1.5).is_err() && ratio(f64::INFINITY).is_err());
    }

    #[test]
    fn clusters_and_services_are_named_in_the_two_ways_that_aws_takes() {
        for text in ["prod", "Prod_2-b", "arn:aws:ecs:us-west-2:111122223333:cluster/prod"] {
            assert_eq!(cluster(text), Ok(text.to_owned()));
        }
        for text in [
            "",
            "x/prod",
            "/prod",
            "prod/",
            "cluster/prod",
            "prod ",
            "arn:aws:ecs:us-west-2:111122223333:cluster//prod",
            "arn:aws:ecs:us-west-2:111122223333:cluster/x/prod",
            "arn:aws:ecs:us-west-2:111122223333:service/prod",
            "arn:aws:ecs:us-west-2::cluster/prod",
            "arn:x/prod",
        ] {
            assert!(cluster(text).is_err(), "{text}");
        }
        let arn = "arn:aws:apprunner:us-west-2:111122223333:service/startup";
        for text in ["startup", arn, &format!("{arn}/8fe1e10304f84fd2b0df550fe98a71fa")] {
            assert_eq!(app_runner_service(text), Ok(text.to_owned()));
        }
        for text in
            ["x/startup", "service/startup", "arn:aws:apprunner:us-west-2:111122223333:service//startup"]
        {
            assert!(app_runner_service(text).is_err(), "{text}");
        }
    }
}
