use super::{colour::contrast, *};
use crate::config::{error::ConfigError, source::Source};
use std::collections::BTreeMap;

fn shipped() -> impl Iterator<Item = Theme> {
    SHIPPED.iter().map(|(name, _)| Theme::shipped(name).unwrap().unwrap())
}

fn load(text: &str) -> Result<Theme, ConfigError> {
    load_with(text, &[])
}

fn load_with(text: &str, others: &[(&str, &str)]) -> Result<Theme, ConfigError> {
    let others: BTreeMap<String, String> =
        others.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    Theme::parse("mine", &Source::new("mine.toml", text), &|name| {
        others.get(name).map(|text| Ok(Source::new(format!("{name}.toml"), text.clone())))
    })
}

#[test]
fn text_can_be_read_on_its_ground() {
    for theme in shipped() {
        let ground = theme.background;
        let mut styles: Vec<(&str, Style)> = ROLES.iter().map(|r| (*r, theme.role(r).unwrap())).collect();
        styles.extend(theme.environments.iter().map(|s| ("environments", *s)));
        styles.extend(theme.series.iter().map(|s| ("series", *s)));
        for (role, style) in styles {
            let least = match role {
                "rule" => continue,
                "muted" | "series" => 3.0,
                _ => 4.5,
            };
            // What is drawn in a dialog or on the selection has to be read there, too.
            let grounds = [Some(ground), theme.dialog.bg, theme.selection.bg];
            let grounds = grounds.into_iter().flatten().filter(|_| style.bg.is_none()).chain(style.bg);
            for behind in grounds {
                if let (Some(fg), Some(bg)) = (style.fg.and_then(Colour::rgb), behind.rgb()) {
                    let found = contrast(fg, bg);
                    assert!(found >= least, "{}: {role} has {found:.2} on {behind:?}", theme.name);
                }
            }
        }
    }
}

#[test]
fn every_shipped_theme_works_with_fewer_colours() {
    for theme in shipped() {
        for depth in [Depth::Mono, Depth::Ansi16, Depth::Indexed256] {
            let mut reduced = theme.reduced(depth);
            let ground = reduced.background;
            let differs = reduced.selection.reverse || reduced.selection.bg.is_some_and(|bg| bg != ground);
            assert!(differs, "{} {depth:?}: the selection cannot be seen", theme.name);
            for (role, style) in reduced.styles_mut() {
                let behind = style.bg.unwrap_or(ground);
                let lost = style.fg == Some(behind) && behind != Colour::Default && role != "rule";
                assert!(!lost, "{} {depth:?}: {role} {style:?}", theme.name);
                for colour in [style.fg, style.bg].into_iter().flatten() {
                    let fits = match depth {
                        Depth::Mono => false,
                        Depth::Ansi16 => matches!(colour, Colour::Default | Colour::Ansi(_)),
                        _ => !matches!(colour, Colour::Rgb(..)),
                    };
                    assert!(fits, "{} {depth:?}: {role} {colour:?}", theme.name);
                }
            }
        }
        assert_eq!(theme.reduced(Depth::TrueColour), theme);
    }
}

#[test]
fn meanings_stay_apart_with_sixteen_colours() {
    for name in ["dark", "light", "high-contrast"] {
        let theme = Theme::shipped(name).unwrap().unwrap().reduced(Depth::Ansi16);
        assert!(theme.muted != theme.text, "{name}");
        let meanings = [theme.ok.fg, theme.warn.fg, theme.bad.fg, theme.busy.fg];
        for (at, one) in meanings.iter().enumerate() {
            assert!(!meanings[at + 1..].contains(one), "{name}: {meanings:?}");
        }
    }
}

#[test]
fn a_theme_changes_what_it_inherits() {
    let dark = Theme::shipped("dark").unwrap().unwrap();
    let theme = load(
        "inherits = \"dark\"\n[palette]\ngreen = \"#00ff00\"\n[roles]\nbad = { fg = \"red\", bold = true }\n",
    )
    .unwrap();
    assert_eq!(theme.ok.fg, Some(Colour::Rgb(0, 255, 0)), "a colour of the palette changes its roles");
    assert_eq!(theme.bad, Style { fg: theme.bad.fg, bold: true, ..Style::default() });
    assert_eq!(theme.text, dark.text);
    assert_eq!(theme.name, "mine");

    let grandchild = load_with("inherits = \"child\"", &[("child", "inherits = \"light\"")]).unwrap();
    assert_eq!(grandchild.background, Theme::shipped("light").unwrap().unwrap().background);
}

#[test]
fn a_users_theme_may_change_the_shipped_one_of_its_name() {
    let text = "inherits = \"dark\"\n[roles]\ntext = \"white\"";
    let source = Source::new("themes/dark.toml", text);
    let again = Arc::clone(&source);
    let theme =
        Theme::parse("dark", &source, &|name| (name == "dark").then(|| Ok(Arc::clone(&again)))).unwrap();
    assert_eq!(theme.text.fg, Some(Colour::Ansi(7)));
}

#[test]
fn lists_go_round() {
    let dark = Theme::shipped("dark").unwrap().unwrap();
    assert_eq!(dark.series(0), dark.series(6));
    assert_eq!(dark.environment(1), dark.environment(7));
}

#[test]
fn mistakes_are_told_at_their_place() {
    let child = [("child", "inherits = \"mine\"\n")];
    for (text, first) in [
        ("", "mine.toml:1:1: 21 roles are missing, text among them; inherit them: inherits = \"dark\""),
        ("inherits = \"drak\"", "mine.toml:1:12: unknown theme “drak”; did you mean “dark”?"),
        (
            "inherits = \"child\"",
            "child.toml:1:12: unknown theme “mine”; known here: dark, light, high-contrast, mono",
        ),
        (
            "inherit = \"dark\"",
            "mine.toml:1:1: unknown field “inherit” in the file; did you mean “inherits”?",
        ),
        (
            "inherits = \"dark\"\n[palette]\nsky = \"#82b4e\"",
            "mine.toml:3:7: “#82b4e” is not a colour; write six hexadecimal digits, as in #82b4e8",
        ),
        (
            "inherits = \"dark\"\n[roles]\ntxet = \"red\"",
            "mine.toml:3:1: unknown role “txet”; did you mean “text”?",
        ),
        (
            "inherits = \"dark\"\n[roles]\nbad = \"redd\"",
            "mine.toml:3:7: unknown colour “redd”; did you mean “red”?",
        ),
        (
            "inherits = \"dark\"\n[roles]\nbad = 256",
            "mine.toml:3:7: there is no colour 256; they are numbered 0 to 255",
        ),
        (
            "inherits = \"dark\"\n[roles]\nbad = { fg = \"red\", blod = true }",
            "mine.toml:3:21: unknown field “blod” in bad; did you mean “bold”?",
        ),
        (
            "inherits = \"dark\"\n[roles]\nbad = { bold = 1 }",
            "mine.toml:3:16: bold is an integer; it has to be true or false",
        ),
        (
            "inherits = \"dark\"\n[roles]\nseries = [\"red\"]",
            "mine.toml:3:10: series has 1 entries; it needs 6",
        ),
    ] {
        let error = load_with(text, &child).unwrap_err().to_string();
        assert_eq!(error.lines().next().unwrap(), first, "{text}");
    }
}

#[test]
fn circles_of_inheritance_are_told() {
    let others = [("a", "inherits = \"b\""), ("b", "inherits = \"a\"")];
    let error = load_with("inherits = \"a\"", &others).unwrap_err().to_string();
    let first = "b.toml:1:12: themes inherit from each other in a circle: mine → a → b → a";
    assert!(error.starts_with(first), "{error}");
    let itself = Source::new("t.toml", "inherits = \"t\"");
    let error = Theme::parse("t", &itself, &|_| Some(Ok(Arc::clone(&itself)))).unwrap_err().to_string();
    assert!(error.contains("in a circle: t → t"), "{error}");
}
