//! Rust as text: what is code, what is said in it, and what is there for the tests alone.

/// The source without comments and without the contents of strings and characters.
pub fn code(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let rest = &chars[at..];
        at += match rest {
            ['/', '/', ..] => rest.iter().position(|c| *c == '\n').unwrap_or(rest.len()),
            ['/', '*', ..] => block_comment(rest),
            ['"', ..] => {
                out.push_str("\"\"");
                string(rest)
            }
            ['r', ..] if !out.ends_with(|c: char| c.is_alphanumeric() || c == '_') => {
                if let Some(length) = raw_string(rest) {
                    out.push_str("\"\"");
                    length
                } else {
                    out.push('r');
                    1
                }
            }
            ['\'', '\\', ..] => 3 + rest.iter().skip(3).position(|c| *c == '\'').map_or(0, |end| end + 1),
            ['\'', _, '\'', ..] => 3,
            // A lifetime is none of anybody's names.
            ['\'', ..] => 1 + rest.iter().skip(1).take_while(|c| c.is_alphanumeric() || **c == '_').count(),
            [c, ..] => {
                out.push(*c);
                1
            }
            [] => break,
        };
    }
    out
}

fn block_comment(text: &[char]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        match &text[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

fn string(text: &[char]) -> usize {
    let mut at = 1;
    while at < text.len() {
        match text[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

fn raw_string(text: &[char]) -> Option<usize> {
    let hashes = text.iter().skip(1).take_while(|c| **c == '#').count();
    (text.get(1 + hashes) == Some(&'"')).then_some(())?;
    let end: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    let begun = 2 + hashes;
    let length = text[begun..].windows(end.len()).position(|window| window == end);
    Some(length.map_or(text.len(), |length| begun + length + end.len()))
}

/// Words that begin an item.
pub const ITEMS: [&str; 11] =
    ["struct", "enum", "union", "trait", "fn", "type", "const", "static", "impl", "mod", "use"];

/// Words and marks of [`code`], in order; `::` is one mark, every other mark is one character.
pub fn tokens(code: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut chars = code.chars().peekable();
    while let Some(c) = chars.next() {
        if c.is_whitespace() {
            continue;
        }
        let mut token = c.to_string();
        if c.is_alphanumeric() || c == '_' {
            while let Some(c) = chars.next_if(|c| c.is_alphanumeric() || *c == '_') {
                token.push(c);
            }
        } else if c == ':' && chars.next_if_eq(&':').is_some() {
            token.push(':');
        }
        out.push(token);
    }
    out
}

/// Where the bracket that opens at `open` closes.
pub fn closing(tokens: &[String], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.as_str() {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at;
                }
            }
            _ => {}
        }
    }
    tokens.len()
}

/// The tokens without the items under `#[cfg(test)]`, and the names of the modules among those.
pub fn tests_apart(tokens: &[String]) -> (Vec<String>, Vec<String>) {
    let (mut kept, mut modules) = (Vec::new(), Vec::new());
    let mut at = 0;
    while at < tokens.len() {
        if !starts(&tokens[at..], &["#", "[", "cfg", "(", "test", ")", "]"]) {
            kept.push(tokens[at].clone());
            at += 1;
            continue;
        }
        at += 7;
        while starts(&tokens[at..], &["#", "["]) {
            at = closing(tokens, at + 1) + 1;
        }
        let begun = at;
        // A field or a variant ends at its comma; an item may have commas among its parameters.
        let item = |at: usize| tokens[begun..at].iter().any(|token| ITEMS.contains(&token.as_str()));
        while at < tokens.len() && tokens[at] != ";" && tokens[at] != "{" && (tokens[at] != "," || item(at)) {
            at = if tokens[at] == "(" || tokens[at] == "[" { closing(tokens, at) + 1 } else { at + 1 };
        }
        if let Some(name) = tokens[begun..at].windows(2).find(|pair| pair[0] == "mod") {
            modules.push(name[1].clone());
        }
        // An import's group ends before its semicolon does.
        let import = tokens[begun..at].iter().any(|token| token == "use");
        at = match tokens.get(at).map(String::as_str) {
            Some("{") => closing(tokens, at) + 1 + usize::from(import),
            _ => at + 1,
        };
    }
    (kept, modules)
}

pub fn starts(tokens: &[String], with: &[&str]) -> bool {
    tokens.len() >= with.len() && tokens.iter().zip(with).all(|(token, with)| token == with)
}

#[test]
fn what_is_said_is_no_code() {
    let cases = [
        ("a // b\nc", "a \nc"),
        ("a /* b /* c */ d */ e", "a  e"),
        ("\"a \\\" b\" c", "\"\" c"),
        ("r#\"a \" b\"# c r\"\\\" d", "\"\" c \"\" d"),
        ("for r in 'x' '\\'' '\\u{1f}' &'a str", "for r in    & str"),
    ];
    for (text, expected) in cases {
        assert_eq!(code(text), expected, "{text}");
    }
}

#[test]
fn what_is_there_for_the_tests_is_set_apart() {
    let text = "use a::b; #[cfg(test)] use c::{d, e}; #[cfg(test)] mod tests; #[cfg(test)] #[allow(x)] \
                mod more { fn f() { {} } } #[cfg(test)] pub fn g<A, B>(x: [u8; 3]) -> u8 { 1 } fn h() {}";
    let (kept, modules) = tests_apart(&tokens(text));
    assert_eq!(kept.join(" "), "use a :: b ; fn h ( ) { }");
    assert_eq!(modules, ["tests", "more"]);
}
