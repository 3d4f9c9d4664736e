//! Keys read from text; what no terminal sends is refused.

use super::{Key, KeyCode, KeyError, NAMED, guess::guess, lower};
use crate::model::text::is_visible;
use std::str::FromStr;

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let (mut ctrl, mut alt, mut shift) = (false, false, false);
        let mut rest = text;
        loop {
            let (flag, after) = if let Some(after) = rest.strip_prefix("ctrl-") {
                (&mut ctrl, after)
            } else if let Some(after) = rest.strip_prefix("alt-") {
                (&mut alt, after)
            } else if let Some(after) = rest.strip_prefix("shift-") {
                (&mut shift, after)
            } else {
                break;
            };
            if *flag {
                return Err(KeyError::new(format!("“{text}” names a modifier twice"), "name it once"));
            }
            *flag = true;
            rest = after;
        }
        let code = code(text, rest)?;
        refuse_unsendable(text, rest, code, ctrl, shift)?;
        Ok(Self::new(code, ctrl, alt, shift))
    }
}

/// The code that a name without modifiers means.
fn code(text: &str, name: &str) -> Result<KeyCode, KeyError> {
    let mut chars = name.chars();
    match (chars.next(), chars.next()) {
        (None, _) => {
            let why = if text.is_empty() {
                "the key is empty".into()
            } else {
                format!("“{text}” names no key")
            };
            return Err(KeyError::new(why, "name one, as in “ctrl-f”"));
        }
        (Some(' '), None) => return Err(KeyError::new("a blank is hard to see", "write “space”")),
        (Some(c), None) if c.is_control() => {
            return Err(KeyError::new("a control character is not a key", ""));
        }
        // hints could not show it, and some turn the text around them
        (Some(c), None) if c.is_whitespace() || !is_visible(c) => {
            return Err(KeyError::new("an invisible character is not a key", "write one that can be seen"));
        }
        (Some(c), None) => return Ok(KeyCode::Char(c)),
        _ => {}
    }
    if let Some((_, code)) = NAMED.iter().find(|(known, _)| *known == name) {
        return Ok(*code);
    }
    if let Some(number) = name.strip_prefix('f').and_then(|n| n.parse::<u8>().ok()) {
        return match number {
            1..=12 if name.len() <= 3 && !name.contains("f0") => Ok(KeyCode::F(number)),
            _ => Err(KeyError::new(format!("there is no key “{name}”"), "function keys are f1 to f12")),
        };
    }
    Err(KeyError::new(format!("there is no key “{text}”"), guess(text, name)))
}

/// Refuses what a terminal cannot send as a key of its own.
fn refuse_unsendable(text: &str, name: &str, code: KeyCode, ctrl: bool, shift: bool) -> Result<(), KeyError> {
    let same = |as_what: &str| {
        KeyError::new(
            format!("terminals send the same for “{text}” and “{as_what}”"),
            format!("write “{as_what}”"),
        )
    };
    match code {
        KeyCode::Char(c) if ctrl => match c {
            'i' | 'I' => return Err(same("tab")),
            'm' | 'M' => return Err(same("enter")),
            '[' => return Err(same("esc")),
            ' ' | 'a'..='z' if !shift => {}
            'a'..='z' | 'A'..='Z' => return Err(same(&format!("ctrl-{}", c.to_ascii_lowercase()))),
            _ => {
                let why = format!("terminals do not send “{text}”");
                return Err(KeyError::new(why, "ctrl goes with a to z, space and named keys"));
            }
        },
        KeyCode::Char(c) if shift => {
            if c == ' ' {
                return Err(same("space"));
            }
            if lower(c).is_none() {
                let why = format!("“{text}” differs from keyboard to keyboard");
                return Err(KeyError::new(why, "write the character that it types, by itself"));
            }
            if lower(c) != Some(c) {
                return Err(KeyError::new(format!("“{text}” says shift twice"), format!("write “{c}”")));
            }
        }
        KeyCode::BackTab if shift => return Err(same("backtab")),
        KeyCode::Enter | KeyCode::Esc | KeyCode::Backspace if shift || ctrl => return Err(same(name)),
        KeyCode::Tab | KeyCode::BackTab if ctrl => return Err(same(name)),
        _ => {}
    }
    Ok(())
}
