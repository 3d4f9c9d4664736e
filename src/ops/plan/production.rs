//! Where production's traffic goes before a deployment that shifts it.
//!
//! ECS moves weights from where it takes them to be, and does not look whether production points at a group that has
//! targets (aws/containers-roadmap#2853): a rule that somebody set back sends everybody to nothing.

use super::draft::Sheet;
use super::found::{Halt, Part};
use crate::model::{
    detail::RuleWeights,
    traffic::{Role, short},
};
use crate::ops::facts::Stage;

/// Looks at the production rule and at the groups it points to; refuses where one of them has no healthy target while
/// another group of the service has.
pub(super) fn check(sheet: &mut Sheet) -> Part<()> {
    let detail = sheet.detail;
    let shifts = matches!(detail.strategy.as_str(), "BLUE_GREEN" | "LINEAR" | "CANARY");
    if !shifts || !sheet.facts.stages.contains(&Stage::Update) {
        return Ok(());
    }
    let named = detail.service.traffic.rules.iter().any(|rule| rule.role == Role::Production);
    let rules: Vec<&RuleWeights> = detail.rules.iter().filter(|rule| rule.role == Role::Production).collect();
    if named && rules.is_empty() {
        sheet
            .warn("the production rule could not be read: whether it points at healthy targets is not known");
        return Ok(());
    }
    let anywhere = detail.targets.iter().any(|target| target.state == "healthy");
    for rule in rules {
        let mut words: Vec<String> = Vec::new();
        for (group, weight) in &rule.forwards {
            let count = detail.targets.iter().filter(|t| t.group == *group && t.state == "healthy").count();
            words.push(format!("{} {weight} ({count} healthy)", short(group)));
        }
        let told = words.join(", ");
        if detail.health_unread() {
            sheet.line("production", words_of(rule));
            sheet.warn("the health of its target groups could not be read: whether production points at healthy targets is not known");
            continue;
        }
        let empty: Vec<&str> = detail.dead_ends(rule).into_iter().map(short).collect();
        sheet.line("production", told.clone());
        if empty.is_empty() {
            continue;
        }
        let names = empty.join(", ");
        if anywhere {
            return Err(Halt::refuse(
                format!(
                    "production points at {names}, which has no healthy target: the rule's weights are {told}; ECS would shift from there without looking"
                ),
                "point the production rule at the group that has healthy targets, then plan again",
            ));
        }
        sheet.warn(format!("production points at {names}, and no target of any group is healthy"));
    }
    Ok(())
}

fn words_of(rule: &RuleWeights) -> String {
    rule.forwards
        .iter()
        .map(|(group, weight)| format!("{} {weight}", short(group)))
        .collect::<Vec<_>>()
        .join(", ")
}
