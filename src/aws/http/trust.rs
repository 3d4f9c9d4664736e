//! Whose certificates are believed: the machine's authorities, or those of AWS_CA_BUNDLE or a profile's
//! `ca_bundle`, which take their place as they do in AWS's own tools.

use super::Unusable;
use crate::{config::regular, model::text};
use aws_smithy_http_client::tls::{TlsContext, TrustStore};
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use std::{io::Read, path::PathBuf};

/// No bundle is longer.
const BUNDLE_MAX: u64 = 16 * 1_024 * 1_024;

/// A file of authorities, and who names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::aws) struct Bundle {
    /// `AWS_CA_BUNDLE`, or `ca_bundle of profile x`.
    pub named_by: String,
    /// The file.
    pub path: PathBuf,
}

impl Bundle {
    /// The bundle that counts: the variable wins over the profile.
    pub fn of(
        env: &dyn Fn(&str) -> Option<String>,
        profile: Option<(&str, &str)>,
        home: Option<&str>,
    ) -> Option<Self> {
        let set = env("AWS_CA_BUNDLE").filter(|text| !text.is_empty());
        let (named_by, path) = if let Some(path) = set {
            ("AWS_CA_BUNDLE".to_owned(), path)
        } else {
            let (name, path) = profile.filter(|(_, path)| !path.is_empty())?;
            (format!("ca_bundle of profile {}", text::clean(name, 80)), path.to_owned())
        };
        let path = match (path.strip_prefix("~/"), home) {
            (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
            _ => PathBuf::from(path),
        };
        Some(Self { named_by, path })
    }

    /// The authorities in it, and how many there are.
    ///
    /// # Errors
    /// Where it cannot be read or holds none.
    pub fn read(&self) -> Result<(TlsContext, usize), Unusable> {
        let shown = text::clean(&self.path.display().to_string(), 200);
        let wrong = |why: String, remedy: &str| Unusable {
            what: self.named_by.clone(),
            why,
            remedy: remedy.to_owned(),
        };
        let mut text = Vec::new();
        regular::open(&self.path).and_then(|file| file.take(BUNDLE_MAX).read_to_end(&mut text)).map_err(
            |error| {
                wrong(
                    format!("{shown} cannot be read: {error}"),
                    "name a file of certificates (PEM) that can be read, or name none",
                )
            },
        )?;
        // One after the other: a bundle may hold certificates that nothing can read any more, and the rest counts.
        let mut known = RootCertStore::empty();
        let mut store = TrustStore::empty();
        for certificate in certificates(&String::from_utf8_lossy(&text)) {
            let readable = CertificateDer::from_pem_slice(certificate.as_bytes())
                .is_ok_and(|der| known.add(der).is_ok());
            if readable {
                store.add_pem_certificate(certificate.as_bytes());
            }
        }
        let none =
            || wrong(format!("{shown} holds no certificate (PEM)"), "name a file of certificates (PEM)");
        if known.is_empty() {
            return Err(none());
        }
        let context = TlsContext::builder().with_trust_store(store).build().map_err(|_| none())?;
        Ok((context, known.len()))
    }
}

/// The certificates in a text, each with its two lines around it.
fn certificates(text: &str) -> impl Iterator<Item = &str> {
    const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
    const END: &str = "-----END CERTIFICATE-----";
    let mut rest = text;
    std::iter::from_fn(move || {
        let (_, from) = rest.split_at_checked(rest.find(BEGIN)?)?;
        let (own, after) = from.split_at_checked(from.find(END)? + END.len())?;
        rest = after;
        Some(own)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_wins_over_the_profile() {
        let env = |name: &str| (name == "AWS_CA_BUNDLE").then(|| "/a.pem".to_owned());
        let none = |_: &str| None;
        let told = |bundle: Option<Bundle>| bundle.map(|b| format!("{}: {}", b.named_by, b.path.display()));
        let profile = Some(("fem", "~/ca.pem"));
        assert_eq!(told(Bundle::of(&env, profile, None)).unwrap(), "AWS_CA_BUNDLE: /a.pem");
        let found = told(Bundle::of(&none, profile, Some("/home/me"))).unwrap();
        assert_eq!(found, "ca_bundle of profile fem: /home/me/ca.pem");
        assert_eq!(told(Bundle::of(&none, None, None)), None);
    }

    #[test]
    fn a_bundle_without_a_certificate_is_told_and_what_is_broken_in_one_is_left_out() {
        let dir = tempfile::tempdir().unwrap();
        let bundle = |name: &str, text: &str| {
            let path = dir.path().join(name);
            std::fs::write(&path, text).unwrap();
            Bundle { named_by: "AWS_CA_BUNDLE".into(), path }
        };
        let own = rcgen::generate_simple_self_signed(vec!["x".into()]).unwrap().cert.pem();
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert_eq!(bundle("one", &format!("# mine\n{own}")).read().unwrap().1, 1);
        assert_eq!(bundle("two", &format!("{broken}{own}{own}")).read().unwrap().1, 2);
        for text in ["", "nothing", broken, "-----BEGIN CERTIFICATE-----"] {
            let wrong = bundle("bad", text).read().unwrap_err();
            assert!(wrong.why.contains("holds no certificate"), "{}", wrong.why);
        }
        let gone = Bundle { named_by: "AWS_CA_BUNDLE".into(), path: dir.path().join("gone") };
        let wrong = gone.read().unwrap_err();
        assert!(wrong.what == "AWS_CA_BUNDLE" && wrong.why.contains("cannot be read"), "{}", wrong.why);
    }
}
