//! How many colours a terminal shows.

/// How many colours a terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// None: bold, dim, underline and reverse alone.
    Mono,
    /// The sixteen.
    Ansi16,
    /// The 256.
    Indexed256,
    /// 24 bits.
    TrueColour,
}

impl Depth {
    /// What the terminal shows, from the variables `NO_COLOR`, `COLORTERM` and `TERM`.
    pub fn detect(env: &dyn Fn(&str) -> Option<String>) -> Self {
        let var = |name: &str| env(name).unwrap_or_default().to_lowercase();
        let term = var("TERM");
        if !var("NO_COLOR").is_empty() || matches!(term.as_str(), "dumb" | "vt100" | "vt220") {
            return Self::Mono;
        }
        // SSH does not carry COLORTERM; these terminals show 24 bits all the same.
        let known = ["direct", "kitty", "alacritty", "wezterm", "ghostty", "foot", "iterm"];
        if matches!(var("COLORTERM").as_str(), "truecolor" | "24bit")
            || known.iter().any(|t| term.contains(t))
        {
            return Self::TrueColour;
        }
        if term.contains("256") { Self::Indexed256 } else { Self::Ansi16 }
    }
}
