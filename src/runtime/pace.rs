//! How often frames are drawn that no key asked for: as often as the line to the terminal carries them.

use std::time::Duration;

/// At most so often on a line that carries them.
const FRAME: Duration = Duration::from_millis(25);
/// At most so often where somebody said that the line is slow.
const SLOW: Duration = Duration::from_secs(2);
/// A frame that took less than that was taken at once: the terminal's buffer had room.
const AT_ONCE: Duration = Duration::from_millis(60);
/// A frame may take this part of the time, so that a key finds the line free.
const SHARE: u32 = 8;
/// Whatever the line, what happens is seen after that.
const LONGEST: Duration = Duration::from_secs(5);

/// The pace of frames.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    least: Duration,
    gap: Duration,
}

impl Pace {
    /// The pace at the start.
    pub fn new(slow: bool) -> Self {
        let least = if slow { SLOW } else { FRAME };
        Self { least, gap: least }
    }

    /// Takes in how long a frame took to be written: as long as the terminal, or the line to it, took to make room.
    pub fn wrote(&mut self, took: Duration) {
        let wanted = if took < AT_ONCE { self.least } else { took.saturating_mul(SHARE).min(LONGEST) };
        // one frame that fits the buffer of a slow line says little: the way back goes by halves
        self.gap = wanted.max(self.gap / 2).max(self.least);
    }

    /// How long after a frame the next one is drawn that no key asks for.
    pub fn gap(self) -> Duration {
        self.gap
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_drains_slowly_is_given_fewer_frames_and_gets_them_back() {
        let mut pace = Pace::new(false);
        pace.wrote(Duration::from_millis(1));
        assert_eq!(pace.gap(), FRAME);
        pace.wrote(Duration::from_millis(200));
        assert_eq!(pace.gap(), Duration::from_millis(1600));
        pace.wrote(Duration::from_secs(30));
        assert_eq!(pace.gap(), LONGEST);
        let mut frames = 0;
        while pace.gap() > FRAME {
            pace.wrote(Duration::from_millis(1));
            frames += 1;
        }
        assert_eq!(frames, 8);
        let mut slow = Pace::new(true);
        slow.wrote(Duration::from_millis(1));
        assert_eq!(slow.gap(), SLOW);
    }
}
