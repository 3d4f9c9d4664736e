//! What journals and buckets tell of runs, made harmless: it was when it was written, but files are edited, and buckets
//! are written by others. Whoever reads an [`Entry`] or a [`RunHeader`] from outside passes it through here.

use super::{Entry, EnvironmentName, RunHeader, RunId, ServiceKey, Version, text};
use std::sync::Arc;

/// Makes one text harmless, as [`text::line`] does.
pub fn clean(text: &mut String) {
    *text = text::line(text);
}

/// The same for a name that is shared.
fn shared(text: &mut Arc<str>) {
    let harmless = text::line(text);
    if **text != *harmless {
        *text = harmless.into();
    }
}

impl RunHeader {
    /// The same with every text of it harmless.
    pub fn neutral(mut self) -> Self {
        let Self {
            id: RunId(id),
            key,
            account,
            region,
            title,
            from,
            to,
            who,
            identity,
            note,
            kind: _,
            at: _,
        } = &mut self;
        let ServiceKey { environment: EnvironmentName(environment), cluster, name, kind: _ } = key;
        [id, environment, cluster, name].into_iter().for_each(shared);
        [account, region, title, from, to, who, identity, note].into_iter().for_each(clean);
        self
    }
}

impl Entry {
    /// The same with every text of it harmless, but for what is only given back to AWS (tokens) or read by `ops` (memos,
    /// and what they are held against, byte by byte).
    pub fn neutral(mut self) -> Self {
        match &mut self {
            Self::Begin { run, steps, .. } => {
                *run = run.clone().neutral();
                steps.iter_mut().for_each(clean);
            }
            Self::Step { detail, .. } => clean(detail),
            Self::Steps { steps, .. } => steps.iter_mut().for_each(clean),
            Self::Before { write, target, .. } => [write, target].into_iter().for_each(clean),
            Self::After { write, result, .. } => [write, result].into_iter().for_each(clean),
            Self::Log { line } => [&mut line.text, &mut line.stream].into_iter().for_each(clean),
            Self::End { why, .. } | Self::Unwatched { why, .. } => clean(why),
            Self::Resumed { who, .. } => clean(who),
            Self::Memo { before, .. } => {
                if let Some(Version { image, tag, digest }) = before {
                    [Some(image), tag.as_mut(), digest.as_mut()].into_iter().flatten().for_each(clean);
                }
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Stamp, Verdict};

    /// Read from files that somebody edited, every text is harmless; a token is given back as it was.
    #[test]
    fn no_text_of_an_entry_reaches_the_terminal_as_it_is() {
        let bad = "\u{1b}[31m\u{202e}";
        let key = ServiceKey::new(bad, crate::model::Kind::Ecs, bad, bad);
        let text = || bad.to_owned();
        let run = RunHeader {
            id: bad.into(),
            kind: crate::model::RunKind::Deploy,
            key,
            account: text(),
            region: text(),
            title: text(),
            from: text(),
            to: text(),
            who: text(),
            identity: text(),
            note: text(),
            at: Stamp(1),
        };
        let version = Version { image: text(), tag: Some(text()), digest: Some(text()) };
        let at = Stamp(1);
        for entry in [
            Entry::Begin {
                format: 1,
                run,
                steps: vec![text()],
                confirmed: std::collections::BTreeMap::default(),
            },
            Entry::Steps { at, from: 0, steps: vec![text()] },
            Entry::Unwatched { at, why: text() },
            Entry::Resumed { at, who: text() },
            Entry::Memo {
                at,
                before: Some(version),
                process: None,
                commands: None,
                memo: serde_json::Value::Null,
            },
            Entry::End { at, verdict: Verdict::Lost, why: text(), for_good: false },
        ] {
            let written = serde_json::to_string(&entry.neutral()).unwrap();
            assert!(!written.contains("\\u001b") && !written.contains('\u{202e}'), "{written}");
            assert!(written.contains("\\\\e[31m"), "{written}");
        }
        let token = Some("t\u{7}".to_owned());
        let before = Entry::Before { at, write: text(), target: text(), token: token.clone(), step: None };
        let Entry::Before { token: kept, .. } = before.neutral() else { panic!("another entry") };
        assert_eq!(kept, token);
    }
}
