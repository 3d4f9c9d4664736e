//! Did you mean …?

/// The candidate nearest to a mistyped word, if one is near enough to be meant, or the only one that goes on
/// from it.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = normal(word);
    let allowed = (lower.len() / 3).clamp(1, 3);
    let candidates: Vec<&str> = candidates.into_iter().collect();
    let near = candidates
        .iter()
        .map(|candidate| (distance(&lower, &normal(candidate)), *candidate))
        .filter(|(distance, candidate)| *distance <= allowed && *distance < candidate.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate);
    near.or_else(|| {
        let mut longer = candidates.iter().filter(|c| lower.len() >= 3 && normal(c).starts_with(&lower));
        longer.next().filter(|_| longer.next().is_none()).copied()
    })
}

/// A remedy for an unknown word: the nearest candidate, else all of them when they are few, else nothing.
pub fn remedy<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    let candidates: Vec<&str> = candidates.into_iter().collect();
    if let Some(near) = nearest(word, candidates.iter().copied()) {
        return format!("did you mean “{near}”?");
    }
    match candidates.as_slice() {
        [] => String::new(),
        [only] => format!("only “{only}” is known here"),
        many if many.len() <= 24 => format!("known here: {}", many.join(", ")),
        _ => String::new(),
    }
}

/// Case and the choice between `-` and `_` are slips, not differences.
fn normal(word: &str) -> Vec<char> {
    word.chars().flat_map(char::to_lowercase).map(|c| if c == '_' { '-' } else { c }).take(64).collect()
}

/// Edits between two words: insert, delete, replace, or swap neighbours (optimal string alignment).
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    let mut previous = None;
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let cost = usize::from(x != y);
            let at = |row: &[usize], k: usize| row.get(k).copied().unwrap_or(usize::MAX / 2);
            let mut best = (at(&above, j) + cost).min(at(&above, j + 1) + 1).min(at(&row, j) + 1);
            if let Some(k) = j.checked_sub(1)
                && previous == Some(*y)
                && b.get(k) == Some(x)
            {
                best = best.min(at(&before, k) + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut above, row);
        previous = Some(*x);
    }
    above.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_find_what_was_meant() {
        let words = ["theme", "keymap", "refresh", "read_only", "cost_limit", "ok"];
        for (slip, meant) in [
            ("them", Some("theme")),
            ("thmee", Some("theme")),
            ("KEYMAP", Some("keymap")),
            ("read-only", Some("read_only")),
            ("readonly", Some("read_only")),
            ("refersh", Some("refresh")),
            ("cost", Some("cost_limit")),
            ("colour", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(slip, words), meant, "{slip}");
        }
    }

    #[test]
    fn distances() {
        for (a, b, edits) in
            [("", "abc", 3), ("abc", "", 3), ("abc", "acb", 1), ("ca", "abc", 3), ("a", "a", 0)]
        {
            assert_eq!(distance(&normal(a), &normal(b)), edits, "{a} {b}");
        }
    }

    #[test]
    fn what_cannot_be_guessed_is_listed() {
        assert_eq!(remedy("zebra", ["dark", "light"]), "known here: dark, light");
        assert_eq!(remedy("drak", ["dark", "light"]), "did you mean “dark”?");
        assert_eq!(remedy("x", []), "");
    }
}
