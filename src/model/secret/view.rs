//! A line without what only its reader sees: colours and other sequences of terminals, and quotes written as entities.

/// Signs as they are written for another language, or for another script.
const SIGNS: [(&str, &str); 13] = [
    ("&quot;", "\""),
    ("&#34;", "\""),
    ("&#39;", "'"),
    ("&apos;", "'"),
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("\\u0022", "\""),
    ("\\x22", "\""),
    ("%5B", "["),
    ("%5b", "["),
    ("%5D", "]"),
    ("%5d", "]"),
    ("\u{ff1a}", ":"),
];

/// The line without them; nothing where it has none.
pub(super) fn plain(text: &str) -> Option<String> {
    let coloured = text.contains('\u{1b}') || text.contains("\\u001b");
    let entities = SIGNS.iter().any(|(entity, _)| text.contains(entity)) || text.contains("%22");
    if !coloured && !entities {
        return None;
    }
    let mut out = if coloured { uncoloured(&text.replace("\\u001b", "\u{1b}")) } else { text.to_owned() };
    for (entity, sign) in SIGNS {
        out = out.replace(entity, sign);
    }
    if out.contains("%22") {
        for (escape, sign) in [
            ("%22", "\""),
            ("%3A", ":"),
            ("%3a", ":"),
            ("%2C", ","),
            ("%2c", ","),
            ("%7B", "{"),
            ("%7D", "}"),
        ] {
            out = out.replace(escape, sign);
        }
    }
    Some(out)
}

/// Without control sequences (ECMA-48, CSI: parameters, then one byte of `@` to `~`).
fn uncoloured(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.strip_prefix('[').and_then(|more| {
            let end = more.find(|c: char| ('@'..='~').contains(&c))?;
            more.get(end + 1..)
        });
        out.push_str(rest.unwrap_or(part));
    }
    out
}
