//! Lengths of time as people write them: `90s`, `5m`, `3h`, `9d`, with a minus for before.

/// Seconds of a length such as `9d`; the sentence says what is wrong with it.
pub(super) fn seconds(text: &str) -> Result<f64, String> {
    let wrong =
        || format!("\"{text}\" is no length of time; write a number with s, m, h or d, such as \"90s\"");
    let unit = match text.chars().last() {
        Some('s') => 1.0,
        Some('m') => 60.0,
        Some('h') => 3600.0,
        Some('d') => 86_400.0,
        _ => return Err(wrong()),
    };
    let number = text.get(..text.len().saturating_sub(1)).unwrap_or_default();
    match number.parse::<f64>() {
        Ok(value) if value.is_finite() && value.abs() < 1e6 => Ok(value * unit),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths() {
        for (text, want) in
            [("90s", 90.0), ("5m", 300.0), ("1.5h", 5400.0), ("-40s", -40.0), ("9d", 777_600.0)]
        {
            assert_eq!(seconds(text), Ok(want), "{text}");
        }
        for text in ["", "s", "5", "5 m", "5w", "infs", "é"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
