//! What environments answered.

use crate::model::{EnvironmentName, Service, ServiceKey, Trouble, TroubleKind};
use std::collections::HashMap;

/// What one environment answered.
pub struct Reading {
    /// Its name.
    pub name: EnvironmentName,
    /// Account, once known.
    pub account: Option<String>,
    /// Region, once known.
    pub region: Option<String>,
    /// Services by name; those that are there and could not be read have the state `unknown`.
    pub services: Vec<Service>,
    /// Alarms that fire, by service; none where they could not be read.
    pub alarms: Option<HashMap<ServiceKey, Vec<String>>>,
    /// What of it could not be read: it is not told whole.
    pub troubles: Vec<Trouble>,
    /// What could not be read beside it: alarms without leave for them, balancers.
    pub beside: Vec<Trouble>,
    /// Tags that name the commit or release of an image, by its digest; where they were looked up.
    pub commits: HashMap<String, String>,
}

impl Reading {
    /// An environment of which nothing was read.
    pub fn nothing(name: EnvironmentName) -> Self {
        Self {
            name,
            account: None,
            region: None,
            services: Vec::new(),
            alarms: None,
            troubles: Vec::new(),
            beside: Vec::new(),
            commits: HashMap::new(),
        }
    }

    /// What to call the image of a service.
    pub fn version(&self, service: &Service) -> String {
        let digest = service.version.digest.as_ref();
        service.version.words(digest.and_then(|digest| self.commits.get(digest)).map(String::as_str))
    }
}

/// What the environments answered.
pub struct Readings {
    /// One for each.
    pub environments: Vec<Reading>,
    /// What of the account could not be looked at, so that environments may be missing.
    pub troubles: Vec<Trouble>,
}

impl Readings {
    /// Names of the environments that could not be read whole.
    pub fn in_part(&self) -> Vec<&str> {
        self.environments.iter().filter(|e| !e.troubles.is_empty()).map(|e| e.name.as_str()).collect()
    }
}

/// Some of its services are known by name alone.
pub fn undescribed(count: usize, name: &str) -> Trouble {
    Trouble {
        kind: TroubleKind::Unreadable,
        what: "read the environment".into(),
        on: name.into(),
        why: format!("{count} of its services are listed and not described"),
        remedy: "run it again".into(),
    }
}
