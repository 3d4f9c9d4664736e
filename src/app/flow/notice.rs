//! Sentences on the hint line, and beyond the screen.

use super::{Effect, Out, TimerKey};
use crate::{
    app::state::{Notice, State, schedule},
    config::settings::Occasion,
    model::text,
};

/// Tells something on the hint line.
pub(in crate::app) fn notice(state: &mut State, out: &mut Out, text: impl Into<String>, bad: bool) {
    let notice = Notice { text: text.into(), bad };
    out.timer(TimerKey::Notice, if bad { schedule::NOTICE_MS * 2 } else { schedule::NOTICE_MS });
    if state.notice.as_ref() != Some(&notice) {
        state.notice = Some(notice);
        out.touch();
    }
}

/// The most characters of what is told beyond the screen.
const TOLD_MAX: usize = 160;

/// Tells somebody who looks elsewhere, where that was chosen for this occasion.
pub(in crate::app) fn attend(state: &State, out: &mut Out, occasion: Occasion, said: &str) {
    let notify = &state.settings.notify;
    if notify.on.contains(&occasion) && !notify.by.is_empty() {
        out.push(Effect::Notify { text: text::clean(said, TOLD_MAX), by: notify.by.clone() });
    }
}
