//! Pasted text, between its two marks.

/// What is kept of a paste; the rest is read and dropped.
const MOST: usize = 65_536;

/// What ends a paste; the escape stands at its beginning alone.
const END: &[u8] = b"\x1b[201~";

/// A paste that has begun.
#[derive(Debug, Default)]
pub(super) struct Paste {
    text: Vec<u8>,
    /// So many bytes of the end were seen.
    ending: usize,
}

impl Paste {
    /// Takes a byte in; true when it was the last.
    pub(super) fn take(&mut self, byte: u8) -> bool {
        if END.get(self.ending) == Some(&byte) {
            self.ending += 1;
            return self.ending == END.len();
        }
        let seen = END.get(..std::mem::take(&mut self.ending)).unwrap_or_default();
        self.keep(seen);
        if END.first() == Some(&byte) {
            self.ending = 1;
        } else {
            self.keep(&[byte]);
        }
        false
    }

    /// The last byte was an escape.
    pub(super) fn ends_in_escape(&self) -> bool {
        self.ending == 1
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = MOST.saturating_sub(self.text.len());
        self.text.extend(bytes.iter().take(room));
    }

    /// What was pasted.
    pub(super) fn text(self) -> String {
        String::from_utf8_lossy(&self.text).into_owned()
    }
}
