//! Image references, taken apart in one place.
//!
//! The grammar is that of distribution/reference (`reference.go`): `[registry[:port]/]path[:tag][@digest]`. Whether
//! the first part is a registry is told as Docker does it (`splitDockerDomain`): by a dot, a colon, an upper-case
//! letter, or `localhost`; without one it is Docker Hub's, and a path of one part there is `library/…`.

use super::Refusal;

/// The parts of an image reference, as they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference<'a> {
    /// Registry and path.
    pub name: &'a str,
    /// Host, with its port; none for Docker Hub where it is not written out.
    pub registry: Option<&'a str>,
    /// The repository within the registry.
    pub path: &'a str,
    /// The tag.
    pub tag: Option<&'a str>,
    /// `sha256:…`.
    pub digest: Option<&'a str>,
}

impl<'a> Reference<'a> {
    /// The parts of whatever AWS calls an image: nothing is checked.
    pub fn split(text: &'a str) -> Self {
        let (rest, digest) = match text.rsplit_once('@') {
            // a digest has no slash: before a host stands who may read there, which no reference has
            Some((rest, digest)) if !digest.contains('/') => (rest, Some(digest)),
            _ => (text, None),
        };
        let (name, tag) = match rest.rsplit_once(':') {
            // a colon before the last slash is a port's
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
            _ => (rest, None),
        };
        let (registry, path) = match name.split_once('/') {
            Some((head, path)) if is_registry(head) => (Some(head), path),
            _ => (None, name),
        };
        Self { name, registry, path, tag, digest }
    }

    /// The parts of a reference that a person wrote.
    ///
    /// # Errors
    /// Says what is wrong with it, and what a reference looks like.
    pub fn parse(text: &'a str) -> Result<Self, Refusal> {
        let parts = Self::split(text);
        let wrong = |why: String| Err(Refusal::new(why, "write it as REGISTRY/REPOSITORY:TAG or …@sha256:…"));
        if parts.registry.is_some_and(|host| !is_host(host)) {
            return wrong(format!("“{}” in {text} is not a registry", parts.registry.unwrap_or_default()));
        }
        if !is_path(parts.path) {
            return wrong(format!("“{}” in {text} is not a repository name", parts.path));
        }
        if let Some(tag) = parts.tag.filter(|tag| !is_tag(tag)) {
            return wrong(format!("“{tag}” in {text} is not a tag"));
        }
        if let Some(digest) = parts.digest.filter(|digest| !is_digest(digest)) {
            return wrong(format!("“{digest}” in {text} is not a complete digest"));
        }
        Ok(parts)
    }

    /// The repository that it names, to be compared.
    pub fn repository(&self) -> Repository {
        let registry = self.registry.map_or(Registry::Hub, Registry::of);
        let path = match &registry {
            Registry::Hub if !self.path.contains('/') => format!("library/{}", self.path),
            _ => self.path.to_owned(),
        };
        Repository { registry, path }
    }

    /// True when both name the same image by what they say: the same repository, and there the same digest, else
    /// the same tag (`latest` where none is written).
    pub fn same(&self, other: &Reference<'_>) -> bool {
        let named = match (self.digest, other.digest) {
            (Some(own), Some(other)) => own == other,
            (None, None) => self.tag.unwrap_or("latest") == other.tag.unwrap_or("latest"),
            _ => false,
        };
        named && (self.name == other.name || self.repository() == other.repository())
    }
}

/// Where a repository is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Registry {
    /// A private registry of Amazon ECR, whichever of its hosts is written.
    Ecr {
        /// Twelve digits.
        account: String,
        /// Its region.
        region: String,
    },
    /// Amazon ECR Public: its images are pulled by everybody, and not listed here.
    EcrPublic,
    /// Docker Hub.
    Hub,
    /// Any other, by host and port.
    Other(String),
}

impl Registry {
    /// Reads a host.
    fn of(host: &str) -> Self {
        let lower = host.to_ascii_lowercase();
        if let Some((account, region)) = ecr_host(&lower) {
            return Self::Ecr { account: account.to_owned(), region: region.to_owned() };
        }
        match lower.as_str() {
            "public.ecr.aws" | "ecr-public.aws.com" => Self::EcrPublic,
            "docker.io" | "index.docker.io" | "registry-1.docker.io" | "registry.hub.docker.com" => Self::Hub,
            _ => Self::Other(lower),
        }
    }
}

/// A repository by what it is, not by how it is written: two hosts of one registry are the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Repository {
    /// Where it is.
    pub registry: Registry,
    /// Its name there.
    pub path: String,
}

impl Repository {
    /// The repository of a reference, or of its name alone.
    pub fn of(text: &str) -> Self {
        Reference::split(text).repository()
    }

    /// Whether Amazon ECR can be asked about it.
    pub fn is_ecr(&self) -> bool {
        matches!(self.registry, Registry::Ecr { .. })
    }

    /// The last part of its name.
    pub fn tail(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

/// Whether a reference names an image in a private registry of Amazon ECR.
pub fn is_ecr(text: &str) -> bool {
    Repository::of(text).is_ecr()
}

/// True when both references are of one repository, however their registries are written.
pub fn same_repository(a: &str, b: &str) -> bool {
    let (a, b) = (Reference::split(a), Reference::split(b));
    a.name == b.name || a.repository() == b.repository()
}

/// What the host names of ECR end in, by partition; dual-stack ones have a name of their own in each. The hosts
/// that AWS's credential provider for Kubernetes and renovate know (cloud-provider-aws, `ecr-credential-provider`;
/// Amazon ECR user guide, "Making requests to Amazon ECR registries").
const ECR_HOSTS: [(&str, &str); 8] = [
    ("amazonaws.com", "on.aws"),
    ("amazonaws.com.cn", "on.amazonwebservices.com.cn"),
    ("amazonaws.eu", "on.amazonwebservices.eu"),
    ("c2s.ic.gov", "on.aws.ic.gov"),
    ("sc2s.sgov.gov", "on.aws.scloud"),
    ("cloud.adc-e.uk", "on.cloud-aws.adc-e.uk"),
    ("csp.hci.ic.gov", "on.aws.hci.ic.gov"),
    ("scloud.adc-e.uk", "on.aws.adc-e.uk"),
];

/// Account and region of `ACCOUNT.dkr.ecr[-fips].REGION.amazonaws.com` and `ACCOUNT.dkr-ecr[-fips].REGION.on.aws`.
fn ecr_host(host: &str) -> Option<(&str, &str)> {
    let host = host.strip_suffix(":443").unwrap_or(host);
    let (account, rest) = host.split_once('.')?;
    if account.len() != 12 || !account.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let (dual, rest) = match (rest.strip_prefix("dkr.ecr"), rest.strip_prefix("dkr-ecr")) {
        (Some(rest), _) => (false, rest),
        (_, Some(rest)) => (true, rest),
        _ => return None,
    };
    let (region, end) = rest.strip_prefix("-fips").unwrap_or(rest).strip_prefix('.')?.split_once('.')?;
    let known = ECR_HOSTS.iter().any(|(plain, dual_stack)| end == if dual { *dual_stack } else { *plain });
    (known && !region.is_empty()).then_some((account, region))
}

/// Whether the first part of a name is a registry, as Docker tells it.
fn is_registry(part: &str) -> bool {
    part == "localhost" || part.contains(['.', ':']) || part.chars().any(|c| c.is_ascii_uppercase())
}

fn is_host(host: &str) -> bool {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
        _ => (host, None),
    };
    let plain = |part: &str| {
        !part.is_empty()
            && !part.starts_with('-')
            && !part.ends_with('-')
            && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    let literal = |name: &str| {
        let inner = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
        inner.is_some_and(|inner| inner.parse::<std::net::Ipv6Addr>().is_ok())
    };
    (name.split('.').all(plain) || literal(name))
        && port.is_none_or(|port| !port.is_empty() && port.chars().all(|c| c.is_ascii_digit()))
}

fn is_path(path: &str) -> bool {
    // separators stand between letters and digits: one `.`, one or two `_`, any number of `-`
    let component = |part: &str| {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        part.starts_with(plain)
            && part.ends_with(plain)
            && part.chars().all(|c| plain(c) || matches!(c, '.' | '_' | '-'))
            && part
                .split(plain)
                .all(|between| matches!(between, "" | "." | "_" | "__") || between.chars().all(|c| c == '-'))
    };
    !path.is_empty() && path.len() <= 255 && path.split('/').all(component)
}

/// Whether a text can be a tag: at most 128 of letters, digits, `_`, `.` and `-`, and no `.` or `-` first.
pub fn is_tag(text: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.len() <= 128 && text.starts_with(word) && text.chars().all(|c| word(c) || matches!(c, '.' | '-'))
}

/// Whether a text is a whole digest: `sha256:` and 64 hexadecimal digits, or another algorithm's.
pub fn is_digest(text: &str) -> bool {
    let Some((algorithm, hex)) = text.split_once(':') else { return false };
    let long = if algorithm == "sha256" { hex.len() == 64 } else { hex.len() >= 32 };
    long && algorithm.starts_with(|c: char| c.is_ascii_alphabetic())
        && algorithm.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '.' | '-' | '_'))
        && hex.chars().all(|c| c.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn behind_a_user_stands_no_digest() {
        let parts = Reference::split("••••0000@r.example.com/app:1");
        assert_eq!((parts.path, parts.tag, parts.digest), ("app", Some("1"), None));
    }

    #[test]
    fn references_are_taken_apart() {
        let hex = "a".repeat(64);
        let digest = format!("sha256:{hex}");
        let whole = format!("registry:5000/team/app:1.2@{digest}");
        let pinned = format!("nginx@{digest}");
        for (text, registry, path, tag, pin) in [
            ("nginx", None, "nginx", None, None),
            ("nginx:1.27.0", None, "nginx", Some("1.27.0"), None),
            (&pinned, None, "nginx", None, Some(digest.as_str())),
            ("registry:5000/app", Some("registry:5000"), "app", None, None),
            ("localhost/app:1", Some("localhost"), "app", Some("1"), None),
            ("team/app:1", None, "team/app", Some("1"), None),
            (&whole, Some("registry:5000"), "team/app", Some("1.2"), Some(digest.as_str())),
            ("[2001:db8::1]:5000/app:1", Some("[2001:db8::1]:5000"), "app", Some("1"), None),
            (
                "111122223333.dkr.ecr.us-west-2.amazonaws.com/team/app",
                Some("111122223333.dkr.ecr.us-west-2.amazonaws.com"),
                "team/app",
                None,
                None,
            ),
        ] {
            let parts = Reference::parse(text).unwrap();
            assert_eq!(
                (parts.registry, parts.path, parts.tag, parts.digest),
                (registry, path, tag, pin),
                "{text}"
            );
        }
        for text in
            ["", "Nginx", "a//b", "a/-b", "a:", "a:-1", "a@sha256:12", "a b", "reg_istry:1/a", "a___b", "a/"]
        {
            assert!(Reference::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn every_host_of_a_private_registry_is_that_registry() {
        let plain = "111122223333.dkr.ecr.us-west-2.amazonaws.com/app";
        for host in [
            "111122223333.dkr.ecr-fips.us-west-2.amazonaws.com",
            "111122223333.dkr-ecr.us-west-2.on.aws",
            "111122223333.dkr-ecr-fips.us-west-2.on.aws",
            "111122223333.DKR.ECR.us-west-2.amazonaws.com",
            "111122223333.dkr.ecr.us-west-2.amazonaws.com:443",
        ] {
            assert!(same_repository(plain, &format!("{host}/app:1")), "{host}");
        }
        for host in [
            "111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn",
            "111122223333.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn",
            "111122223333.dkr.ecr.eusc-de-east-1.amazonaws.eu",
        ] {
            assert!(is_ecr(&format!("{host}/app")), "{host}");
            assert!(!same_repository(plain, &format!("{host}/app")), "{host}");
        }
        for other in [
            "docker.io/library/nginx",
            "nginx",
            "public.ecr.aws/x/y",
            "1.dkr.ecr.us-west-2.amazonaws.com/a",
            "111122223333.dkr.ecr.us-west-2.example.com/a",
            "111122223333.dkr.ecr.us-west-2.on.aws/a",
            "evil.111122223333.dkr.ecr.us-west-2.amazonaws.com/a",
            "",
        ] {
            assert!(!is_ecr(other), "{other}");
        }
        assert_eq!(Repository::of("public.ecr.aws/x/y").registry, Registry::EcrPublic);
    }

    #[test]
    fn docker_hub_has_several_names() {
        for name in ["nginx", "library/nginx", "docker.io/library/nginx", "index.docker.io/nginx:1"] {
            assert!(same_repository("docker.io/nginx:2", name), "{name}");
        }
        assert!(!same_repository("nginx", "ghcr.io/library/nginx"));
        assert!(Reference::split("nginx").same(&Reference::split("docker.io/library/nginx:latest")));
        assert!(!Reference::split("nginx:1").same(&Reference::split("nginx:2")));
    }

    proptest! {
        #[test]
        fn splitting_loses_nothing(text in "[a-zA-Z0-9./:@_-]{0,60}") {
            let parts = Reference::split(&text);
            let mut again = parts.name.to_owned();
            if let Some(tag) = parts.tag { again.push(':'); again.push_str(tag); }
            if let Some(digest) = parts.digest { again.push('@'); again.push_str(digest); }
            prop_assert_eq!(&again, &text);
            let name = match parts.registry { Some(r) => format!("{r}/{}", parts.path), None => parts.path.to_owned() };
            prop_assert_eq!(name, parts.name);
        }

        #[test]
        fn what_is_parsed_has_parts_that_are_valid(text in ".{0,40}") {
            if let Ok(parts) = Reference::parse(&text) {
                prop_assert!(!parts.path.is_empty());
                prop_assert!(parts.tag.is_none_or(is_tag));
            }
        }
    }
}
