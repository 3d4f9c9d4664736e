//! The one place where it is decided whether a change may be made.
//!
//! A [`Write`] reaches AWS only inside an [`Armed`]; an `Armed` comes only from an [`Authority`]; an
//! `Authority` is granted only here, for one plan, after protection and confirmation were checked: for a run that
//! begins, and anew for each that is taken up. What a journal tells gives no leave.

use super::{
    Plan, RunHeader, RunId, ServiceKey, Write, identity::Identity, object::Place, protection::Protection,
    refusal::Refusal,
};

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

/// What the gate is told, now, of whoever takes a run up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// How the environment is protected; with the flag, the variable and the setting that forbid every change.
    pub protection: Protection,
    /// `user@host`.
    pub who: String,
    /// How it was confirmed that it goes on; none where nobody was asked.
    pub confirmation: Option<Confirmation>,
    /// Bucket and prefix of the team's locks; none where none are kept.
    pub locks: Option<Place>,
}

/// Whether protection and confirmation let a change of this service pass, whoever asks.
fn pass(
    key: &ServiceKey,
    protection: Protection,
    confirmation: Option<&Confirmation>,
) -> Result<(), Refusal> {
    let name: &str = &key.name;
    match (protection, confirmation) {
        (Protection::ReadOnly, _) => Err(Refusal::new(
            format!("{} is read-only", key.environment),
            "change its protection in the configuration to allow changes",
        )),
        (_, None) => Err(Refusal::new("nobody confirmed that it continues", "")),
        (Protection::Typed, Some(Confirmation::Key)) => {
            Err(Refusal::new(format!("{} asks for the name to be typed", key.environment), ""))
        }
        (Protection::Typed, Some(Confirmation::Typed(text))) if text.trim() != name => {
            Err(Refusal::new(format!("“{}” is not {name}", text.trim()), "type the service's name"))
        }
        _ => Ok(()),
    }
}

/// Leave to make the changes of one plan, and no others.
#[derive(Debug, Clone, PartialEq)]
pub struct Authority {
    run: RunId,
    key: ServiceKey,
    account: String,
    allowed: Vec<&'static str>,
}

impl Authority {
    /// Grants leave to run `plan`, if protection and confirmation allow it.
    ///
    /// # Errors
    /// A [`Refusal`] for read-only environments and for a confirmation weaker than the protection asks.
    pub fn grant(plan: &Plan, protection: Protection, confirmation: &Confirmation) -> Result<Self, Refusal> {
        pass(&plan.key, protection, Some(confirmation))?;
        Ok(Self {
            run: plan.run.clone(),
            key: plan.key.clone(),
            account: plan.account.clone(),
            allowed: plan.writes.clone(),
        })
    }

    /// Grants leave to go on with a confirmed run that another process began: to make the changes that the confirmed
    /// plan named (`planned`, as the journal keeps them) and that are made by runs at all. Where the journal names
    /// none: to ask again for the task that it asked for (with the same token AWS starts no second one), and to stop
    /// that task when its time is over. Nothing else.
    ///
    /// # Errors
    /// A [`Refusal`] where the caller is of another account than the run, or asks another region, and as
    /// [`Authority::grant`].
    pub fn go_on(
        run: &RunHeader,
        planned: &[String],
        gate: &Gate,
        identity: &Identity,
    ) -> Result<Self, Refusal> {
        if identity.account != run.account {
            return Err(Refusal::new(
                format!(
                    "the run is in account {}, and these credentials belong to {}",
                    run.account, identity.account
                ),
                "use those of that account",
            ));
        }
        // of a run from before regions were told, and where none is told now, nothing can be compared
        let told = [&identity.region, &run.region].iter().all(|region| !region.is_empty());
        if told && identity.region != run.region {
            return Err(Refusal::new(
                format!(
                    "the run is in {}, and {} is reached in {} now",
                    run.region, run.key.environment, identity.region
                ),
                "choose that region",
            ));
        }
        pass(&run.key, gate.protection, gate.confirmation.as_ref())?;
        let mut allowed = vec!["ecs:RunTask", "ecs:StopTask"];
        if !planned.is_empty() {
            allowed = OPERATIONS.into_iter().filter(|known| planned.iter().any(|p| p == known)).collect();
        }
        Ok(Self { run: run.id.clone(), key: run.key.clone(), account: run.account.clone(), allowed })
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
#[cfg_attr(test, derive(Clone))]
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
    fn a_run_that_is_taken_up_passes_the_same_gate() {
        use Protection::{Confirm, Open, ReadOnly, Typed};
        let header = RunHeader {
            id: RunId::from("r1"),
            kind: crate::model::RunKind::Release,
            key: plan().key,
            account: "111122223333".into(),
            region: String::new(),
            title: String::new(),
            from: String::new(),
            to: String::new(),
            who: String::new(),
            identity: String::new(),
            note: String::new(),
            at: crate::model::Stamp(1),
        };
        let typed = |text: &str| Some(Confirmation::Typed(text.into()));
        for (protection, confirmation, account, granted) in [
            (Open, Some(Confirmation::Key), "111122223333", true),
            (Confirm, Some(Confirmation::Key), "111122223333", true),
            (Confirm, None, "111122223333", false),
            (Open, None, "111122223333", false),
            (Confirm, Some(Confirmation::Key), "444455556666", false),
            (Typed, Some(Confirmation::Key), "111122223333", false),
            (Typed, typed("prod"), "111122223333", false),
            (Typed, typed("prod-service"), "111122223333", true),
            (Typed, Some(Confirmation::Yes), "111122223333", true),
            (ReadOnly, Some(Confirmation::Yes), "111122223333", false),
        ] {
            let gate = Gate { protection, who: "ana@laptop".into(), confirmation, locks: None };
            let identity = Identity { account: account.into(), ..Identity::default() };
            let leave = Authority::go_on(&header, &["ecs:UpdateService".into()], &gate, &identity);
            assert_eq!(leave.is_ok(), granted, "{gate:?}");
            let start = Write::StartDeployment { service: "arn".into() };
            assert!(leave.is_ok_and(|leave| leave.arm(start).is_err()) == granted, "only what was planned");
        }
        let gate = Gate {
            protection: Open,
            who: "ana@laptop".into(),
            confirmation: Some(Confirmation::Key),
            locks: None,
        };
        for (then, now, granted) in
            [("us-west-2", "us-west-2", true), ("us-west-2", "eu-west-1", false), ("us-west-2", "", true)]
        {
            let header = RunHeader { region: then.into(), ..header.clone() };
            let identity =
                Identity { account: header.account.clone(), region: now.into(), ..Identity::default() };
            let leave = Authority::go_on(&header, &["ecs:UpdateService".into()], &gate, &identity);
            assert_eq!(leave.is_ok(), granted, "{then} {now}");
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
