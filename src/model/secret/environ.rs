//! Variables that programs set for themselves and for others, in the languages that scripts are written in:
//! `os.environ['X'] = '…'`, `ENV["X"] = "…"`, `process.env.X = '…'`, `$env:X = '…'`, `putenv("X=…")`; and the values that
//! are given to calls behind their names.

use super::{
    mask::{is_spent, mask},
    names::{is_secret_name, name_before},
    quotes::{closing, first, last, quote},
    said::{is_any_scheme, tells_of_secret},
    value,
};

/// Objects and hashes that hold the environment.
const HOLDERS: [&str; 5] = ["environ", "ENV", "env", "_ENV", "_SERVER"];

/// Calls that set a variable: the name, and then the value.
const SETTERS: [&str; 8] =
    ["putenv", "setenv", "Setenv", "set_var", "SetEnvironmentVariable", "setdefault", "store", "setProperty"];

/// Calls that take several variables.
const MANY: [&str; 7] =
    ["environ.update(", "ENV.update(", "ENV.merge!(", "assign(process.env", "environ |=", "env={", "env: {"];

/// The longest literal that stands in brackets.
const LITERAL: usize = 256;

/// How much is read of what an index stands behind.
const INDEXED: usize = 160;

/// Where a value begins behind the sign, how long it is, and what is shown of it.
type Found = (usize, usize, String);

/// The value of a variable that is set behind this sign: in a command of any variable, else of one with the name of a
/// secret.
pub(super) fn assigned(before: &str, sign: char, rest: &str, command: bool) -> Option<Found> {
    let name = match sign {
        '=' => target(before).or_else(|| one_of_many(before))?,
        ':' => one_of_many(before)?,
        _ => return None,
    };
    if !command && !is_secret_name(name) {
        return None;
    }
    let value = rest.trim_start_matches(['=', ' ', '>']);
    let lead = rest.len() - value.len();
    let literal = Literal::of(value)?;
    let found = literal.with(&shown(name, literal.text)?);
    Some((lead + literal.from, literal.ends - literal.from, found))
}

/// What is shown of a variable's value; nothing where it stays as it is.
fn shown(name: &str, value: &str) -> Option<String> {
    let told = is_spent(value) || !value.is_empty() && value::shown(name, value) != value;
    told.then(|| mask(value))
}

/// The name of what is set: `ENV['X']`, `process.env.X`, `$env:X`.
fn target(before: &str) -> Option<&str> {
    let before = before.trim_end_matches([' ', '|', '?', '+', '.']);
    if let Some(inner) = before.strip_suffix([']', '}']) {
        let inner = last(inner, INDEXED);
        let open = inner.rfind(['[', '{'])?;
        let name = inner.get(open + 1..)?.trim_matches(['"', '\'', '\\', '`']);
        return is_holder(inner.get(..open)?).then_some(name);
    }
    let whole = name_before(before);
    let head = before.get(..before.len() - whole.len())?;
    match whole.rsplit_once('.') {
        Some((holder, name)) => is_holder(holder).then_some(name),
        None => head.to_ascii_lowercase().ends_with("$env:").then_some(whole),
    }
}

fn is_holder(object: &str) -> bool {
    let name = object.rsplit(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next().unwrap_or_default();
    HOLDERS.contains(&name)
}

/// The name before a sign in a list of variables that is not at its end.
fn one_of_many(before: &str) -> Option<&str> {
    let begins = MANY.iter().filter_map(|many| Some(before.rfind(many)? + many.len())).max()?;
    let name = name_before(before.trim_end());
    let open = !before.get(begins..)?.contains([')', ';']);
    (open && !name.is_empty()).then_some(name)
}

/// The second of the literals that a call is given, where the first is the name of a secret or of a variable: behind
/// the bracket that opens.
pub(super) fn given(head: &str, rest: &str, command: bool) -> Option<Found> {
    let call = name_before(head).rsplit('.').next().unwrap_or_default();
    let sets = command && SETTERS.contains(&call);
    let first = Literal::of(rest)?;
    if sets && let Some((name, value)) = first.text.split_once('=') {
        let at = first.begins + name.len() + 1;
        return shown(name, value).map(|shown| (at, value.len(), shown));
    }
    let behind = rest.get(first.ends..)?;
    let second = behind.trim_start().strip_prefix(',')?.trim_start();
    let at = first.ends + behind.len() - second.len();
    let literal = Literal::of(second)?;
    let value = literal.text;
    // names of fields stand beside one another as well
    let word = call.is_empty() && value.chars().all(|c| c.is_ascii_lowercase() || c == '_' || c == ' ');
    let told = is_secret_name(first.text) && !word && !tells_of_secret(value) && !value.is_empty();
    let masked = match value.split_once(' ') {
        _ if sets => shown(first.text, value)?,
        Some((kind, secret)) if told && is_any_scheme(kind) => format!("{kind} {}", mask(secret)),
        _ if told => mask(value),
        _ => return None,
    };
    Some((at + literal.from, literal.ends - literal.from, literal.with(&masked)))
}

/// A literal, as the text begins with it.
struct Literal<'a> {
    /// What the quote begins with.
    quote: &'a str,
    text: &'a str,
    /// Where the quote begins.
    from: usize,
    /// Where the text begins.
    begins: usize,
    /// Where the quote ended.
    ends: usize,
}

impl<'a> Literal<'a> {
    /// Another text in the same quotes.
    fn with(&self, text: &str) -> String {
        let ends = if self.quote.ends_with(['(', '{']) { "" } else { self.quote };
        format!("{}{text}{ends}", self.quote)
    }

    fn of(text: &'a str) -> Option<Self> {
        let plain = text.trim_start_matches(' ');
        let bare = plain.strip_prefix(['f', 'b', 'r', 'u', 'q', '@']).unwrap_or(plain);
        let lead = text.len() - bare.len();
        if let Some(inner) = bare.strip_prefix('`') {
            let end = inner.find('`').unwrap_or(inner.len());
            let ends = (lead + 1 + end + 1).min(text.len());
            return Some(Self { quote: "`", text: inner.get(..end)?, from: lead, begins: lead + 1, ends });
        }
        // q(…) of Perl and Ruby
        let word = bare.strip_prefix("qq").or_else(|| plain.strip_prefix('q')).unwrap_or_default();
        if let Some(inner) = word.strip_prefix(['(', '{']) {
            let end = first(inner, LITERAL).find([')', '}'])?;
            let from = text.len() - plain.len();
            let begins = text.len() - inner.len();
            let quote = text.get(from..begins)?;
            return Some(Self { quote, text: inner.get(..end)?, from, begins, ends: begins + end });
        }
        for triple in ["\"\"\"", "'''"] {
            if let Some(inner) = bare.strip_prefix(triple) {
                let end = inner.find(triple).unwrap_or(inner.len());
                let ends = (lead + 3 + end + 3).min(text.len());
                return Some(Self {
                    quote: triple,
                    text: inner.get(..end)?,
                    from: lead,
                    begins: lead + 3,
                    ends,
                });
            }
        }
        let (level, quote) = quote(bare)?;
        let begins = lead + level + 1;
        let inner = text.get(begins..)?;
        let end = closing(inner, quote, level).unwrap_or(inner.len());
        let ends = (begins + end + level + 1).min(text.len());
        Some(Self { quote: bare.get(..=level)?, text: inner.get(..end)?, from: lead, begins, ends })
    }
}
