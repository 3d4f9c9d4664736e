//! From a plan to leave to run it: `--yes`, or somebody at a terminal.

use super::operator::Operator;
use crate::{
    cli::fail::{Failure, INTERRUPTED, REFUSED},
    model::{Authority, Plan, Protection, ServiceKey, armed::Confirmation},
};

/// The failure where nobody can be asked.
pub fn unattended() -> Failure {
    Failure::new(
        REFUSED,
        "nothing was changed: there is no terminal to confirm on; add --yes to go ahead, or --plan to see the plan",
    )
}

/// Leave to run the plan, which was told before.
///
/// # Errors
/// Exit code 5 when it is not given, 130 when Ctrl-C answered.
pub async fn confirm<O: Operator>(
    operator: &O,
    plan: &Plan,
    protection: Protection,
    yes: bool,
) -> Result<Authority, Failure> {
    let refuse = |why: &str| Failure::new(REFUSED, format!("nothing was changed: {why}"));
    if yes {
        return Authority::grant(plan, protection, &Confirmation::Yes)
            .map_err(|refusal| refuse(&refusal.to_string()));
    }
    if protection == Protection::ReadOnly {
        return Authority::grant(plan, protection, &Confirmation::Key)
            .map_err(|refusal| refuse(&refusal.to_string()));
    }
    if !operator.present() {
        return Err(unattended());
    }
    let typed = protection == Protection::Typed;
    let question = if typed {
        format!("type {} and Enter to go ahead:", plan.key.name)
    } else {
        "go ahead? y and Enter, or Enter alone for no:".to_owned()
    };
    let answer = tokio::select! {
        answer = operator.ask(&question) => answer,
        _ = operator.signal() => return Err(Failure::new(INTERRUPTED, "interrupted; nothing was changed")),
    };
    let answer = answer.unwrap_or_default();
    let confirmation = match answer.trim().to_lowercase().as_str() {
        _ if typed => Confirmation::Typed(answer),
        "y" | "yes" => Confirmation::Key,
        _ => return Err(refuse("it was not confirmed")),
    };
    Authority::grant(plan, protection, &confirmation).map_err(|refusal| refuse(&refusal.to_string()))
}

/// How it is confirmed that a run which rests before a change goes on; none where it is not.
pub async fn go_on<O: Operator>(
    operator: &O,
    key: &ServiceKey,
    protection: Protection,
) -> Option<Confirmation> {
    let typed = protection == Protection::Typed;
    let question =
        if typed { format!("type {} to continue:", key.name) } else { "continue? [y/N]".to_owned() };
    let answer = tokio::select! {
        answer = operator.ask(&question) => answer,
        _ = operator.signal() => None,
    }?;
    match answer.trim().to_lowercase().as_str() {
        _ if typed => Some(Confirmation::Typed(answer)),
        "y" | "yes" => Some(Confirmation::Key),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{operator::tests::Scripted, sheet::tests::plan};
    use super::*;
    use std::cell::RefCell;

    fn answering(answer: Option<&'static str>) -> Scripted {
        Scripted { present: true, answers: RefCell::new(answer.into_iter().collect()), ..Scripted::default() }
    }

    #[tokio::test]
    async fn protection_decides_what_is_asked() {
        use Protection::{Confirm, Open, ReadOnly, Typed};
        for (protection, answer, code) in [
            (Open, Some("y"), None),
            (Confirm, Some("YES"), None),
            (Confirm, Some(""), Some(REFUSED)),
            (Confirm, Some("web"), Some(REFUSED)),
            (Confirm, None, Some(REFUSED)),
            (Typed, Some("web"), None),
            (Typed, Some("y"), Some(REFUSED)),
            (ReadOnly, Some("y"), Some(REFUSED)),
        ] {
            let result = confirm(&answering(answer), &plan(), protection, false).await;
            assert_eq!(result.err().map(|failure| failure.code), code, "{protection:?} {answer:?}");
        }
    }

    #[tokio::test]
    async fn yes_goes_ahead_but_not_over_read_only() {
        let nobody = Scripted::default();
        for protection in [Protection::Open, Protection::Confirm, Protection::Typed] {
            assert!(confirm(&nobody, &plan(), protection, true).await.is_ok());
        }
        let failure = confirm(&nobody, &plan(), Protection::ReadOnly, true).await.unwrap_err();
        assert!(failure.code == REFUSED && failure.message.contains("read-only"), "{failure}");
        let failure = confirm(&nobody, &plan(), Protection::Open, false).await.unwrap_err();
        assert!(failure.code == REFUSED && failure.message.contains("--yes"), "{failure}");
    }

    #[tokio::test]
    async fn ctrl_c_is_a_no() {
        let operator = answering(Some("<waits>"));
        operator.signals.borrow_mut().push_back(130);
        let failure = confirm(&operator, &plan(), Protection::Open, false).await.unwrap_err();
        assert_eq!(failure.code, INTERRUPTED);
    }
}
