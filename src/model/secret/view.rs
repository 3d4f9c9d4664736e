//! A line without what only its reader sees: colours and other sequences of terminals, and quotes written as entities.

/// The line without them; nothing where it has none.
pub(super) fn plain(text: &str) -> Option<String> {
    let coloured = text.contains('\u{1b}') || text.contains("\\u001b");
    let entities = ["&quot;", "&#34;", "&#39;", "&apos;", "%22"].iter().any(|entity| text.contains(entity));
    if !coloured && !entities {
        return None;
    }
    let mut out = if coloured { uncoloured(&text.replace("\\u001b", "\u{1b}")) } else { text.to_owned() };
    for (entity, sign) in [("&quot;", "\""), ("&#34;", "\""), ("&#39;", "'"), ("&apos;", "'")] {
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
