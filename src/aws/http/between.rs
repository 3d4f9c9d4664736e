//! What stands between here and AWS, for whoever checks it: proxies and authorities.

use super::{Bundle, Proxies, Proxy, Unusable, address};
use crate::{aws::profile::bundle_of, config::paths, model::text};

/// Something that stands between here and AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Between {
    /// It is there and used: what, and how.
    Used(String, String),
    /// It is there and not used: what, why not, and what to do where something can be done.
    Idle(String, String, String),
    /// It cannot be used: what, why not, what to do.
    Wrong(String, String, String),
}

/// What stands between here and AWS: what `env` says, for these endpoints (none: AWS's own) and profiles.
pub fn between(
    env: &dyn Fn(&str) -> Option<String>,
    endpoints: &[Option<String>],
    profiles: &[Option<String>],
) -> Vec<Between> {
    let wrong = |own: Unusable| Between::Wrong(own.what, own.why, own.remedy);
    let mut found = Vec::new();
    match Proxies::read(env) {
        Ok(proxies) => {
            for proxy in [&proxies.https, &proxies.http].into_iter().flatten() {
                found.push(of_proxy(proxy, &proxies, endpoints));
            }
            let all =
                ["ALL_PROXY", "all_proxy"].into_iter().find(|name| env(name).is_some_and(|t| !t.is_empty()));
            if let Some(name) = all.filter(|_| found.is_empty()) {
                found.push(Between::Idle(
                    name.to_owned(),
                    "is set, and the tools of AWS do not go by it".to_owned(),
                    "set HTTPS_PROXY and HTTP_PROXY".to_owned(),
                ));
            }
        }
        Err(own) => found.push(wrong(own)),
    }
    let home = paths::home();
    let mut bundles: Vec<Bundle> = Vec::new();
    for profile in profiles {
        let own = bundle_of(profile.as_deref());
        let own = own.as_ref().map(|(name, path)| (name.as_str(), path.as_str()));
        bundles.extend(Bundle::of(env, own, home.to_str()).filter(|bundle| !bundles.contains(bundle)));
    }
    for bundle in bundles {
        found.push(match bundle.read() {
            Ok((_, count)) => Between::Used(
                bundle.named_by.clone(),
                format!(
                    "{}: {}, in place of the machine's authorities",
                    text::clean(&bundle.path.display().to_string(), 200),
                    if count == 1 { "one certificate".to_owned() } else { format!("{count} certificates") }
                ),
            ),
            Err(own) => wrong(own),
        });
    }
    found
}

fn of_proxy(proxy: &Proxy, proxies: &Proxies, endpoints: &[Option<String>]) -> Between {
    let past = match proxies.past.as_slice() {
        [] => String::new(),
        past => format!("; not for {} (NO_PROXY)", text::clean(&past.join(", "), 120)),
    };
    let name = if proxy.url.contains('@') { ", with a name" } else { "" };
    let told = format!("{}{name}{past}", proxy.shown);
    let used = endpoints.iter().any(|endpoint| {
        let url = endpoint.as_deref().unwrap_or("https://ecs.us-east-1.amazonaws.com");
        let (scheme, host, port) = address(url);
        proxies.of(&scheme, host, port) == Some(proxy)
    });
    if used {
        Between::Used(proxy.variable.to_owned(), told)
    } else {
        Between::Idle(
            proxy.variable.to_owned(),
            format!("{told}; nothing that is asked goes through it"),
            String::new(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_and_what_is_used_is_told() {
        let told = |set: &[(&str, &str)], endpoint: Option<&str>| {
            let env =
                |name: &str| set.iter().find(|(own, _)| *own == name).map(|(_, text)| (*text).to_owned());
            format!("{:?}", between(&env, &[endpoint.map(str::to_owned)], &[]))
        };
        let proxy = ("HTTPS_PROXY", "http://me:hunter2@p:3128");
        let used = told(&[proxy, ("NO_PROXY", "a.b")], None);
        assert!(used.contains("Used") && used.contains("http://p:3128, with a name; not for a.b"), "{used}");
        assert!(!used.contains("hunter2"), "{used}");
        let idle = told(&[proxy], Some("http://127.0.0.1:5000"));
        assert!(idle.contains("Idle") && idle.contains("nothing that is asked"), "{idle}");
        let all = told(&[("ALL_PROXY", "http://p")], None);
        assert!(all.contains("Idle") && all.contains("set HTTPS_PROXY"), "{all}");
        assert_eq!(told(&[], None), "[]");
        assert!(told(&[("HTTP_PROXY", "socks5://p")], None).contains("Wrong"));
    }
}
