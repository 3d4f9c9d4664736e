//! What was asked for on the command line.

use super::target::Target;
use crate::{
    cli::{
        args::{Command, Flight},
        fail::{Failure, REFUSED},
    },
    config::Settings,
    model::{ImageChoice, Kind, Refusal, Revision, RunKind, Service, ServiceKey, Version, secret, text},
    ops::Wish,
};
use std::path::PathBuf;

/// A change that is wanted, in the words of the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Deploy, rollback, migrate, promote or release.
    pub verb: RunKind,
    /// The service, as [`Target::parse`] reads it.
    pub service: String,
    /// `--image`.
    pub image: Option<String>,
    /// `--to`.
    pub to: Option<String>,
    /// `--from`.
    pub from: Option<String>,
    /// `--down`.
    pub down: bool,
    /// `--verify`.
    pub verify: bool,
    /// `--note`.
    pub note: String,
}

/// A change as it was asked for: what, and how it is run.
#[derive(Debug, Clone)]
pub struct Asked {
    /// What.
    pub request: Request,
    /// Only the plan is wanted.
    pub plan: bool,
    /// Where the plan is saved.
    pub out: Option<PathBuf>,
    /// How it is run.
    pub flight: Flight,
}

/// Reads a command that changes something; none for the others.
pub fn asked(command: &Command) -> Option<Asked> {
    let blank = Request {
        verb: RunKind::Deploy,
        service: String::new(),
        image: None,
        to: None,
        from: None,
        down: false,
        verify: false,
        note: String::new(),
    };
    let (request, change) = match command {
        Command::Deploy(deploy) => {
            let (service, image) = (deploy.service.clone(), Some(deploy.image.clone()));
            (Request { service, image, ..blank }, &deploy.change)
        }
        Command::Rollback(back) => {
            let (service, to) = (back.service.clone(), back.to.clone());
            let verify = back.verify;
            (Request { verb: RunKind::Rollback, service, to, verify, ..blank }, &back.change)
        }
        Command::Migrate(migrate) => {
            let (service, image) = (migrate.service.clone(), migrate.image.clone());
            let down = migrate.down;
            (Request { verb: RunKind::Migrate, service, image, down, ..blank }, &migrate.change)
        }
        Command::Promote(promote) => {
            let (service, from) = (promote.service.clone(), promote.from.clone());
            (Request { verb: RunKind::Promote, service, from, ..blank }, &promote.change)
        }
        Command::Release(release) => {
            let (service, image) = (release.service.clone(), release.image.clone());
            (Request { verb: RunKind::Release, service, image, ..blank }, &release.change)
        }
        _ => return None,
    };
    // arguments are text from outside too
    let own = |text: Option<String>| text.map(|text| text::line(&text));
    let note = text::line(&secret::text(change.flight.note.as_deref().unwrap_or_default()));
    let request = Request {
        service: text::line(&request.service),
        image: own(request.image),
        to: own(request.to),
        from: own(request.from),
        note,
        ..request
    };
    Some(Asked { request, plan: change.plan, out: change.out.clone(), flight: change.flight.clone() })
}

impl Request {
    /// The image that was named, if one was.
    ///
    /// # Errors
    /// Exit code 2 for an empty one.
    pub fn image(&self) -> Result<Option<ImageChoice>, Failure> {
        let Some(text) = &self.image else { return Ok(None) };
        ImageChoice::typed(text).map(Some).map_err(|unclear| image_failure(&unclear))
    }

    /// The wish with its image as it is meant beside the images of `repository`.
    ///
    /// # Errors
    /// Exit code 2 for a name that could be an image of several registries.
    pub fn beside(wish: Wish, repository: &str) -> Result<Wish, Failure> {
        let meant =
            |choice: ImageChoice| choice.beside(repository).map_err(|unclear| image_failure(&unclear));
        Ok(match wish {
            Wish::Deploy(choice) => Wish::Deploy(meant(choice)?),
            Wish::Release(choice) => Wish::Release(meant(choice)?),
            Wish::Migrate { image: Some(choice) } => Wish::Migrate { image: Some(meant(choice)?) },
            other => other,
        })
    }

    /// Where a promotion's image comes from: an environment, and the service there where that was named.
    ///
    /// # Errors
    /// Exit code 2 where neither the command line nor the configuration says it.
    pub fn source(&self, target: &Target, settings: &Settings) -> Result<(String, Option<Target>), Failure> {
        let (from, named) = match &self.from {
            Some(word) if word.contains('/') => {
                let named = Target::parse(word)?;
                (named.environment.clone(), Some(named))
            }
            Some(word) => (word.clone(), None),
            None => match settings.promoted_from(&target.environment.as_str().into()) {
                Some(name) => (name.to_string(), None),
                None => {
                    return Err(Failure::usage(format!(
                        "it is not known which environment {} is promoted from; say --from ENVIRONMENT, or set promote_from",
                        text::line(&target.environment)
                    )));
                }
            },
        };
        if from == target.environment && named.is_none() {
            return Err(Failure::usage(format!(
                "--from {from}: an environment is not promoted from itself; name another"
            )));
        }
        Ok((from, named))
    }

    /// The wish, once everything it needs was read.
    ///
    /// # Errors
    /// Exit code 2 or 5 for what does not exist.
    pub fn wish(
        &self,
        service: &Service,
        from: Option<ServiceKey>,
        revisions: &[Revision],
    ) -> Result<Wish, Failure> {
        let image = self.image()?;
        Ok(match (self.verb, image, from) {
            (RunKind::Deploy, Some(image), _) => Wish::Deploy(image),
            (RunKind::Migrate, image, _) => Wish::Migrate { image },
            (RunKind::Release, image, _) => Wish::Release(image.unwrap_or(ImageChoice::Current)),
            (RunKind::Promote, _, Some(from)) => Wish::Promote { from },
            (RunKind::Rollback, ..) => {
                let find = |to: &str| {
                    let found = revision(to, revisions);
                    found.or_else(|unknown| image_of(to, service).ok_or(unknown))
                };
                Wish::RollBack { to: self.to.as_deref().map(find).transpose()? }
            }
            _ => return Err(Failure::usage("this change cannot be made without the cockpit")),
        })
    }
}

fn image_failure(unclear: &Refusal) -> Failure {
    Failure::usage(text::line(&format!("--image: {unclear}")))
}

/// The service that a promotion's image is taken from: that of the same application.
///
/// # Errors
/// Exit code 2 where there is none.
pub fn counterpart(
    to: &Service,
    environment: &str,
    services: &[Service],
    settings: &Settings,
) -> Result<ServiceKey, Failure> {
    let configured = settings.application_for(&to.key);
    if let Some(key) = configured.and_then(|application| application.service_in(&environment.into())) {
        return Ok(key.clone());
    }
    let application = configured.map_or(to.application.as_str(), |application| application.name.as_str());
    let mut same =
        services.iter().filter(|s| s.key.environment.as_str() == environment && s.application == application);
    match (same.next(), same.next()) {
        (Some(only), None) => Ok(only.key.clone()),
        (None, _) => Err(Failure::usage(format!(
            "{environment} has no service of {application}, which {} belongs to; name one with --from ENV/SERVICE",
            to.key
        ))),
        _ => Err(Failure::usage(format!(
            "{environment} has more than one service of {application}; name one with --from ENV/SERVICE"
        ))),
    }
}

/// The revision that is meant: by its name or number, by its ARN, or by tag or digest of its image. Where several
/// have the image, the newest that is not in use.
fn revision(wanted: &str, revisions: &[Revision]) -> Result<Revision, Failure> {
    let wanted = wanted.trim().trim_start_matches('@');
    let bare = wanted.strip_prefix("sha256:");
    let by_name = |r: &&Revision| {
        r.label == wanted
            || (!r.task_definition.is_empty() && r.task_definition == wanted)
            || r.label
                .rsplit_once(':')
                .is_some_and(|(_, number)| number == wanted && !r.task_definition.is_empty())
    };
    let by_image = |r: &&Revision| {
        let hex = r.version.digest.as_deref().map(|digest| digest.trim_start_matches("sha256:"));
        r.version.tag.as_deref() == Some(wanted)
            || r.version.image == wanted
            || hex.is_some_and(|hex| bare.is_some_and(|bare| bare.len() >= 7 && hex.starts_with(bare)))
    };
    let mut found = revisions.iter().filter(by_name).chain(revisions.iter().filter(by_image));
    let first = found.next();
    let chosen = match first {
        Some(revision) if revision.current => found.find(|r| !r.current).or(first),
        other => other,
    };
    chosen.cloned().ok_or_else(|| {
        let known: Vec<String> = revisions
            .iter()
            .take(8)
            .map(|r| match r.version.short() {
                short if short == r.label || short == "-" => r.label.clone(),
                short => format!("{} ({short})", r.label),
            })
            .collect();
        let there = if known.is_empty() {
            "none is known".to_owned()
        } else {
            format!("there are {}", known.join(", "))
        };
        Failure::new(REFUSED, format!("there is no revision “{}” to go back to; {there}", text::line(wanted)))
    })
}

/// An image as a revision to go back to: App Runner keeps no history of them.
fn image_of(wanted: &str, service: &Service) -> Option<Revision> {
    let repository = service.version.repository();
    if service.key.kind != Kind::AppRunner || repository.is_empty() {
        return None;
    }
    let reference = match ImageChoice::typed(wanted).and_then(|choice| choice.beside(repository)).ok()? {
        ImageChoice::Tag(tag) => format!("{repository}:{tag}"),
        ImageChoice::Digest(digest) => format!("{repository}@{digest}"),
        ImageChoice::Reference(reference) => reference,
        ImageChoice::Current => return None,
    };
    let version = Version::of(&reference, None);
    Some(Revision { label: version.short(), version, ..Revision::default() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::source::Source;

    fn revisions() -> Vec<Revision> {
        [(23, "8be02d4", true), (22, "1f0c9a7", false), (21, "8be02d4", false)]
            .map(|(number, tag, current)| Revision {
                label: format!("web:{number}"),
                task_definition: format!("arn:aws:ecs:us-west-2:1:task-definition/web:{number}"),
                version: Version::of(
                    &format!("1.dkr.ecr.us-west-2.amazonaws.com/web:{tag}"),
                    Some(&format!("sha256:{number}abcdef0123")),
                ),
                current,
                ..Revision::default()
            })
            .to_vec()
    }

    #[test]
    fn a_revision_is_found_by_what_people_call_it() {
        let all = revisions();
        for (wanted, label) in [
            ("web:22", "web:22"),
            ("22", "web:22"),
            ("arn:aws:ecs:us-west-2:1:task-definition/web:21", "web:21"),
            ("1f0c9a7", "web:22"),
            // the one in use has it too
            ("8be02d4", "web:21"),
            ("sha256:22abcdef", "web:22"),
            ("@sha256:22abcdef0123", "web:22"),
            // said by name it is what was said, and the plan refuses it
            ("web:23", "web:23"),
        ] {
            assert_eq!(revision(wanted, &all).unwrap().label, label, "{wanted}");
        }
        for wanted in ["web:9", "9", "sha256:22", "", "prod"] {
            let failure = revision(wanted, &all).unwrap_err();
            assert_eq!(failure.code, REFUSED);
            assert!(failure.message.contains("web:23 (8be02d4), web:22 (1f0c9a7)"), "{failure}");
        }
    }

    fn request(verb: RunKind) -> Request {
        Request {
            verb,
            service: "prod/web".into(),
            image: None,
            to: None,
            from: None,
            down: false,
            verify: false,
            note: String::new(),
        }
    }

    #[test]
    fn wishes_follow_from_words() {
        let key = ServiceKey::new("staging", Kind::Ecs, "staging", "web");
        let web = Service::named(key.clone(), String::new());
        let image = |text: &str| Some(text.to_owned());
        let tag = ImageChoice::Tag("8be02d4".into());
        let wishes = [
            (Request { image: image("8be02d4"), ..request(RunKind::Deploy) }, Wish::Deploy(tag.clone())),
            (request(RunKind::Release), Wish::Release(ImageChoice::Current)),
            (Request { image: image(":8be02d4"), ..request(RunKind::Release) }, Wish::Release(tag)),
            (request(RunKind::Migrate), Wish::Migrate { image: None }),
            (request(RunKind::Promote), Wish::Promote { from: key.clone() }),
            (request(RunKind::Rollback), Wish::RollBack { to: None }),
        ];
        for (request, wish) in wishes {
            assert_eq!(request.wish(&web, Some(key.clone()), &revisions()).unwrap(), wish, "{request:?}");
        }
        // App Runner keeps no history: the image is what is gone back to
        let mut site = Service::named(ServiceKey::new("startup", Kind::AppRunner, "", "site"), String::new());
        site.version = Version::of("1.dkr.ecr.us-west-2.amazonaws.com/site:latest", None);
        let back = Request { to: image("41ac9d0"), ..request(RunKind::Rollback) };
        let Wish::RollBack { to: Some(to) } = back.wish(&site, None, &[]).unwrap() else {
            panic!("a way back")
        };
        assert_eq!(to.version.image, "1.dkr.ecr.us-west-2.amazonaws.com/site:41ac9d0");
        assert_eq!(back.wish(&web, None, &[]).unwrap_err().code, REFUSED);
        let empty = Request { image: image("  "), ..request(RunKind::Deploy) };
        assert_eq!(empty.wish(&web, None, &[]).unwrap_err().code, 2);
    }

    #[test]
    fn a_promotion_comes_from_the_configured_environment_or_the_named_one() {
        let text = "[[environment]]\nname = \"prod\"\npromote_from = \"staging\"\n[[environment]]\nname = \"staging\"\n";
        let settings = Settings::parse(&Source::new("t", text.to_owned())).unwrap();
        let source = |from: Option<&str>, to: &str| {
            let request = Request { from: from.map(str::to_owned), ..request(RunKind::Promote) };
            request.source(&Target::parse(to).unwrap(), &settings)
        };
        assert_eq!(source(None, "prod/web").unwrap().0, "staging");
        assert_eq!(source(Some("preview"), "prod/web").unwrap().0, "preview");
        let (environment, named) = source(Some("preview/api"), "prod/web").unwrap();
        assert!(environment == "preview" && named.is_some());
        for (from, to) in [(None, "staging/web"), (Some("prod"), "prod/web")] {
            assert_eq!(source(from, to).unwrap_err().code, 2, "{from:?} {to}");
        }
    }

    #[test]
    fn the_counterpart_is_of_the_same_application() {
        let service = |environment: &str, name: &str| {
            Service::named(ServiceKey::new(environment, Kind::Ecs, environment, name), String::new())
        };
        let (prod, settings) = (service("prod", "prod-web"), Settings::default());
        let all = [service("staging", "staging-web"), service("staging", "staging-api")];
        assert_eq!(*counterpart(&prod, "staging", &all, &settings).unwrap().name, *"staging-web");
        let failure = counterpart(&prod, "staging", all.get(1..).unwrap(), &settings).unwrap_err();
        assert!(failure.message.contains("staging has no service of web"), "{failure}");
    }
}
