//! The one place where it is decided whether a change may be made.
//!
//! A [`Write`] reaches AWS only inside an [`Armed`]; an `Armed` comes only from an [`Authority`]; an
//! `Authority` is granted only here, for one plan, after protection and confirmation were checked.

use super::{Plan, RunHeader, RunId, ServiceKey, Write};
use serde::{Deserialize, Serialize};
use std::fmt;

/// How an environment is protected from changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Protection {
    /// One key in the plan dialog.
    Open,
    /// The plan dialog, confirmed.
    #[default]
    Confirm,
    /// The service's name typed into the plan dialog.
    Typed,
    /// No change at all.
    ReadOnly,
}

impl Protection {
    /// The word for it in configuration and on screens.
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Confirm => "confirm",
            Self::Typed => "typed",
            Self::ReadOnly => "read-only",
        }
    }

    /// The protection an environment has when nothing is configured: production-looking names are `typed`.
    pub fn for_name(name: &str) -> Self {
        let lower = name.to_lowercase();
        let production = lower.split(|c: char| !c.is_alphanumeric()).any(|part| {
            part == "live"
                || part.trim_end_matches(|c: char| c.is_ascii_digit()) == "prd"
                || part.starts_with("prod")
        });
        if production { Self::Typed } else { Self::Confirm }
    }
}

/// How a plan was confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Confirmation {
    /// The confirming key, with the whole plan on the screen or scrolled through.
    Key,
    /// The same, with this text typed.
    Typed(String),
    /// `--yes` on the command line, which names the service itself.
    Yes,
}

/// Why a change is not made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The reason, a sentence without full stop.
    pub why: String,
    /// What to do instead; may be empty.
    pub remedy: String,
}

impl Refusal {
    /// A refusal from its two parts.
    pub fn new(why: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { why: why.into(), remedy: remedy.into() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)?;
        if !self.remedy.is_empty() {
            write!(f, "; {}", self.remedy)?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}

/// Every operation that a plan may name.
const OPERATIONS: [&str; 13] = [
    "ecs:RegisterTaskDefinition",
    "ecs:UpdateService",
    "ecs:StopServiceDeployment",
    "ecs:ContinueServiceDeployment",
    "ecs:RunTask",
    "ecs:StopTask",
    "ecs:UpdateExpressGatewayService",
    "apprunner:UpdateService",
    "apprunner:StartDeployment",
    "ecr:PutImage",
    "s3:PutObject",
    "s3:DeleteObject",
    "local:command",
];

/// Leave to make the changes of one plan, and no others.
#[derive(Debug, Clone, PartialEq)]
pub struct Authority {
    run: RunId,
    key: ServiceKey,
    account: String,
    allowed: Vec<&'static str>,
}

impl Authority {
    /// Grants leave to fly `plan`, if protection and confirmation allow it.
    ///
    /// # Errors
    /// A [`Refusal`] for read-only environments and for a confirmation weaker than the protection asks.
    pub fn grant(plan: &Plan, protection: Protection, confirmation: &Confirmation) -> Result<Self, Refusal> {
        let name: &str = &plan.key.name;
        match (protection, confirmation) {
            (Protection::ReadOnly, _) => {
                return Err(Refusal::new(
                    format!("{} is read-only", plan.key.environment),
                    "change its protection in the configuration to allow changes",
                ));
            }
            (Protection::Typed, Confirmation::Key) => {
                return Err(Refusal::new(
                    format!("{} asks for the name to be typed", plan.key.environment),
                    "",
                ));
            }
            (Protection::Typed, Confirmation::Typed(text)) if text.trim() != name => {
                return Err(Refusal::new(
                    format!("“{}” is not {name}", text.trim()),
                    "type the service's name",
                ));
            }
            _ => {}
        }
        Ok(Self {
            run: plan.run.clone(),
            key: plan.key.clone(),
            account: plan.account.clone(),
            allowed: plan.writes.clone(),
        })
    }

    /// Leave to finish a confirmed run that another process began, from its journal: to make the changes that
    /// the confirmed plan named (`planned`, as the journal keeps them) and that are made by runs at all. Where
    /// the journal names none: to ask again for the task that it asked for (with the same token AWS starts no
    /// second one), and to stop that task when its time is over. Nothing else.
    pub fn taken_up(run: &RunHeader, planned: &[String]) -> Self {
        let mut allowed = vec!["ecs:RunTask", "ecs:StopTask"];
        if !planned.is_empty() {
            allowed = OPERATIONS.into_iter().filter(|known| planned.iter().any(|p| p == known)).collect();
        }
        Self { run: run.id.clone(), key: run.key.clone(), account: run.account.clone(), allowed }
    }

    /// Arms one change of the plan.
    ///
    /// # Errors
    /// A [`Refusal`] when the plan that was confirmed did not name this operation.
    pub fn arm(&self, write: Write) -> Result<Armed, Refusal> {
        if !self.allowed.contains(&write.operation()) {
            return Err(Refusal::new(format!("{} is not part of the confirmed plan", write.operation()), ""));
        }
        Ok(Armed { run: self.run.clone(), key: self.key.clone(), account: self.account.clone(), write })
    }

    /// The run this authority belongs to.
    pub fn run(&self) -> &RunId {
        &self.run
    }
}

/// A change that may be made, once. It carries the exact resolved target.
#[derive(Debug, PartialEq)]
pub struct Armed {
    run: RunId,
    key: ServiceKey,
    account: String,
    write: Write,
}

impl Armed {
    /// The run it belongs to.
    pub fn run(&self) -> &RunId {
        &self.run
    }

    /// The service it concerns.
    pub fn key(&self) -> &ServiceKey {
        &self.key
    }

    /// The account the plan was made in; `aws` compares it with the caller's once more.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// The change, to be journaled before it is made.
    pub fn write(&self) -> &Write {
        &self.write
    }

    /// The change itself; spends the leave.
    pub fn into_write(self) -> Write {
        self.write
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Kind, Plan};

    fn plan() -> Plan {
        let mut plan =
            Plan::empty(RunId::from("r1"), ServiceKey::new("prod", Kind::Ecs, "prod", "prod-service"));
        plan.writes = vec!["ecs:UpdateService"];
        plan
    }

    #[test]
    fn protection_decides() {
        let yes = Confirmation::Yes;
        let key = Confirmation::Key;
        let right = Confirmation::Typed("prod-service".into());
        let wrong = Confirmation::Typed("prod".into());
        for (protection, confirmation, granted) in [
            (Protection::Open, &key, true),
            (Protection::Confirm, &key, true),
            (Protection::Typed, &key, false),
            (Protection::Typed, &wrong, false),
            (Protection::Typed, &right, true),
            (Protection::Typed, &yes, true),
            (Protection::ReadOnly, &yes, false),
            (Protection::ReadOnly, &right, false),
        ] {
            assert_eq!(
                Authority::grant(&plan(), protection, confirmation).is_ok(),
                granted,
                "{protection:?}"
            );
        }
    }

    #[test]
    fn only_the_plans_operations_are_armed() {
        let authority = Authority::grant(&plan(), Protection::Open, &Confirmation::Key).unwrap();
        let start = Write::StartDeployment { service: "arn".into() };
        assert!(authority.arm(start).is_err());
    }

    #[test]
    fn production_looking_names_are_typed() {
        for (name, protection) in [
            ("prod", Protection::Typed),
            ("production-eu", Protection::Typed),
            ("eu-prod1", Protection::Typed),
            ("live", Protection::Typed),
            ("prd2", Protection::Typed),
            ("staging", Protection::Confirm),
            ("deliver", Protection::Confirm),
        ] {
            assert_eq!(Protection::for_name(name), protection, "{name}");
        }
    }
}
