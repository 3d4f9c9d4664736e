//! Every screen and overlay drawn at both sizes, and what must hold at any size.

#![allow(clippy::large_stack_arrays)] // states by the dozen, in tests alone

use super::fixture::{self as fix, text};
use crate::{
    action::Action,
    app::{
        State,
        state::{Hold, ListView, Loaded, Overlay, PaletteEntry, PaletteVerb, Pick, Screen, Tab},
        timeline,
    },
    model::{Awaited, Protection, Refusal, RunId, ServiceKey},
};

/// One snapshot with the state at 80×24 and at 120×40.
macro_rules! both {
    ($name:literal, $state:expr) => {{
        let state: State = $state;
        insta::assert_snapshot!(concat!($name, "_80x24"), text(&state, 80, 24));
        insta::assert_snapshot!(concat!($name, "_120x40"), text(&state, 120, 40));
    }};
}

#[test]
fn the_board() {
    both!("board", fix::board());
    insta::assert_snapshot!("board_40x12", text(&fix::board(), 40, 12));
    both!("board_empty", with(fix::board(), |s| s.board.boards.boards.clear()));
    both!(
        "board_named",
        with(fix::board(), |s| {
            s.board.name = "web".into();
        })
    );
}

#[test]
fn the_alarms() {
    both!("alarms", fix::alarms());
    insta::assert_snapshot!("alarms_40x12", text(&fix::alarms(), 40, 12));
    both!("alarms_other", with(fix::alarms(), |s| s.alarms.list.cursor = 1));
}

#[test]
fn the_timeline() {
    both!("timeline", fix::timeline());
    insta::assert_snapshot!("timeline_40x12", text(&fix::timeline(), 40, 12));
    both!(
        "timeline_around",
        with(fix::timeline(), |s| {
            s.timeline.moment = Some(fix::ago(4 * fix::MINUTE));
            s.timeline.hold = Hold::Moment;
            s.timeline.filter = "prod".into();
            timeline::arrange(s);
        })
    );
    both!(
        "timeline_unread",
        with(fix::timeline(), |s| {
            s.timeline.events.clear();
            timeline::arrange(s);
        })
    );
    both!(
        "timeline_empty",
        with(fix::timeline(), |s| {
            s.timeline.events.clear();
            s.timeline.gaps.clear();
            for environment in &mut s.environments {
                environment.trouble = None;
            }
            timeline::arrange(s);
        })
    );
}

mod keys;
mod releases;
mod watching;

fn with(mut state: State, change: impl FnOnce(&mut State)) -> State {
    change(&mut state);
    state
}

fn waits() -> State {
    with(fix::fleet(), |s| {
        let until = Some(fix::ago(-27 * fix::MINUTE));
        let row = s.rows.get_mut(&fix::prod_service()).unwrap();
        row.rollout.as_mut().unwrap().waits = Some(Awaited { until, back: Some(true) });
        s.fleet.selected = Some(fix::prod_service());
    })
}

fn matrix() -> State {
    with(fix::fleet(), |s| {
        s.fleet.matrix = true;
        s.fleet.cell = (0, 2);
    })
}

fn troubled() -> State {
    with(fix::fleet(), |s| {
        s.environments[3].trouble = Some(fix::expired());
        s.environments[3].seen_at = Some(fix::ago(7 * fix::MINUTE));
    })
}

fn palette() -> State {
    with(fix::fleet(), |s| {
        let entry = |title: &str, aside: &str, does| PaletteEntry {
            title: title.into(),
            aside: aside.into(),
            does,
            guarded: false,
        };
        s.overlay = Some(Overlay::Palette {
            line: fix::line("pro"),
            entries: vec![
                entry("prod-service", "prod", PaletteVerb::Service(fix::prod_service())),
                entry("prod-checkout", "prod", PaletteVerb::Service(fix::prod_service())),
                entry("only prod", "environment", PaletteVerb::Environment("prod".into())),
                entry("roll back: Plan a rollback", "R", PaletteVerb::Act(Action::RollBack)),
            ],
            list: ListView { cursor: 1, offset: 0 },
            moved: true,
        });
    })
}

fn images() -> State {
    with(fix::fleet(), |s| {
        let images = fix::images();
        s.overlay = Some(Overlay::Images {
            pick: Pick::Deploy,
            repository: String::new(),
            key: fix::prod_service(),
            line: fix::line(""),
            shown: (0..images.len()).collect(),
            images: Loaded { value: Some(images), at: None, trouble: None, loading: false },
            list: ListView { cursor: 1, offset: 0 },
        });
    })
}

fn overlay(over: Overlay) -> State {
    with(fix::fleet(), |s| {
        s.fleet.selected = Some(fix::prod_service());
        s.overlay = Some(over);
    })
}

fn refused() -> State {
    overlay(Overlay::Refused {
        title: "Deploy e91b7aa to prod-service".into(),
        refusal: Refusal::new(
            "a rollout of prod-service:42 is in flight, begun 3m ago by ci",
            "wait until it is over, or press R to roll it back",
        ),
        held: None,
    })
}

fn revisions() -> State {
    let list = fix::service(Tab::Revisions).service.unwrap().revisions;
    overlay(Overlay::Revisions {
        key: fix::prod_service(),
        revisions: list,
        list: ListView { cursor: 1, offset: 0 },
    })
}

fn zoomed() -> State {
    with(fix::service(Tab::Metrics), |s| {
        let charts = &mut s.service.as_mut().unwrap().charts;
        charts.zoomed = true;
        charts.focus = 5;
        charts.cursor = Some(9);
    })
}

fn environments() -> State {
    with(troubled(), |s| {
        s.stack.push(Screen::Environments);
        s.environments_view.cursor = 3;
        s.environments[1].protection = Protection::ReadOnly;
    })
}

fn help() -> State {
    with(fix::fleet(), |s| s.stack.push(Screen::Help))
}

fn open_run() -> State {
    with(fix::runs(), |s| s.runs.open = Some(RunId::from("r3")))
}

fn why() -> State {
    with(fix::service(Tab::Rollout), |s| s.service.as_mut().unwrap().why = true)
}

#[test]
fn fleet() {
    both!("fleet", fix::fleet());
    both!("matrix", matrix());
    both!("fleet_in_trouble", troubled());
    insta::assert_snapshot!("fleet_200x50", text(&fix::fleet(), 200, 50));
    insta::assert_snapshot!("fleet_40x10", text(&fix::fleet(), 40, 10));
    insta::assert_snapshot!("fleet_ascii", text(&with(fix::fleet(), |s| s.ascii = true), 80, 24));
}

#[test]
fn what_could_not_be_read_is_not_shown_as_nothing() {
    let refuse = |series: &mut crate::model::Series| {
        series.points.fill(None);
        series.unread = Some(crate::model::Unread { denied: true, why: "Forbidden: not yours".into() });
    };
    let fleet = with(fix::fleet(), |s| s.sparks.values_mut().flatten().for_each(refuse));
    let row = text(&fleet, 120, 24).lines().find(|l| l.contains("prod-service")).unwrap().to_owned();
    assert_eq!(row.matches(" ? ").count(), 4, "processor, memory, errors and p99: {row}");
    let metrics = with(fix::service(Tab::Metrics), |s| {
        let charts = &mut s.service.as_mut().unwrap().charts;
        charts.series.value.iter_mut().flatten().flat_map(|(_, series)| series).for_each(refuse);
    });
    let told = text(&metrics, 120, 40);
    assert!(told.contains("could not be read: Forbidden: not yours"), "{told}");
    assert!(!told.contains("no data"), "{told}");
}

#[test]
fn nothing_to_show_is_said() {
    let filtered = with(fix::fleet(), |s| {
        s.fleet.filter = "env:prod state:stedy".into();
        s.fleet.shown.clear();
        s.fleet.selected = None;
    });
    let none = with(fix::empty(), |s| {
        for environment in &mut s.environments {
            environment.seen_at = Some(fix::ago(1_000));
        }
    });
    let service =
        with(fix::service(Tab::Rollout), |s| s.service.as_mut().unwrap().detail = Loaded::default());
    let denied = with(fix::service(Tab::Rollout), |s| {
        s.service.as_mut().unwrap().detail = Loaded { trouble: Some(fix::expired()), ..Loaded::default() };
    });
    let runs = with(fix::fleet(), |s| s.stack.push(Screen::Runs));
    let all = [fix::empty(), none, filtered, service, denied, runs].map(|s| text(&s, 80, 12)).join("\n");
    insta::assert_snapshot!("nothing_to_show", all);
    insta::assert_snapshot!("too_small", text(&fix::fleet(), 39, 9));
}

#[test]
fn service() {
    both!("service_rollout", fix::service(Tab::Rollout));
    both!("service_rollout_apprunner", fix::apprunner());
    both!("service_metrics", fix::service(Tab::Metrics));
    both!("service_metrics_zoomed", zoomed());
    both!("service_logs", fix::service(Tab::Logs));
    both!("service_tasks", fix::service(Tab::Tasks));
    both!("service_revisions", fix::service(Tab::Revisions));
    both!("service_config", fix::service(Tab::Config));
    both!("service_targets", fix::service(Tab::Targets));
    both!("service_why", why());
    insta::assert_snapshot!("service_revisions_200x50", text(&fix::service(Tab::Revisions), 200, 50));
    insta::assert_snapshot!("service_metrics_200x50", text(&fix::service(Tab::Metrics), 200, 50));
    insta::assert_snapshot!(
        "service_metrics_ascii",
        text(&with(fix::service(Tab::Metrics), |s| s.ascii = true), 80, 24)
    );
}

#[test]
fn what_waits_for_somebody_is_loud() {
    both!("fleet_waits", waits());
    both!("matrix_waits", with(waits(), |s| s.fleet.matrix = true));
}

#[test]
fn runs_environments_and_help() {
    both!("runs", fix::runs());
    both!("run_over", open_run());
    both!("run_live", fix::live());
    both!("flight", fix::flight());
    insta::assert_snapshot!("flight_200x60", text(&fix::flight(), 200, 60));
    insta::assert_snapshot!("flight_40x12", text(&fix::flight(), 40, 12));
    both!("environments", environments());
    both!("help", help());
    both!("help_filtered", with(help(), |s| s.help_filter = "roll".to_owned()));
}

#[test]
fn overlays() {
    both!("filter", with(fix::fleet(), |s| s.overlay = Some(Overlay::Filter(fix::line("env:prod")))));
    both!("filter_empty", with(fix::fleet(), |s| s.overlay = Some(Overlay::Filter(fix::line("")))));
    both!("palette", palette());
    both!("images", images());
    both!("revisions", revisions());
    let unread = fix::plan_dialog(Protection::Typed, "prod-ser", 18);
    insta::assert_snapshot!("plan_unread_80x24", text(&unread, 80, 24));
    let end = with(fix::plan_dialog(Protection::Confirm, "", 30), |s| {
        if let Some(Overlay::Plan(dialog)) = &mut s.overlay {
            dialog.scroll = 12;
        }
    });
    insta::assert_snapshot!("plan_read_80x24", text(&end, 80, 24));
    insta::assert_snapshot!(
        "plan_typed_120x40",
        text(&fix::plan_dialog(Protection::Typed, "prod-service", 30), 120, 40)
    );
    let wrong = with(fix::plan_dialog(Protection::Typed, "prod", 30), |s| {
        if let Some(Overlay::Plan(dialog)) = &mut s.overlay {
            dialog.complaint = "“prod” is not prod-service; type the service's name".into();
        }
    });
    insta::assert_snapshot!("plan_complaint_120x40", text(&wrong, 120, 40));
    both!("refused", refused());
    both!("why", overlay(Overlay::Why { key: fix::prod_service(), list: ListView::default() }));
    both!("scale", overlay(Overlay::Scale { key: fix::prod_service(), line: fix::line("6") }));
    both!(
        "planning",
        overlay(Overlay::Planning { run: RunId::from("r9"), title: "Deploy e91b7aa to prod-service".into() })
    );
    both!(
        "text",
        overlay(Overlay::Text {
            list: ListView::default(),
            title: "Address in the AWS console, copied".into(),
            lines: vec![
                "https://us-west-2.console.aws.amazon.com/ecs/v2/clusters/prod/services/prod-service".into()
            ],
        })
    );
}

/// The rows of a buffer as letters by style: what colour and attributes tell, beside the text.
fn looks(buffer: &ratatui::buffer::Buffer) -> String {
    let mut legend: Vec<(String, char)> = Vec::new();
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let mut row = String::new();
        for x in 0..buffer.area.width {
            let cell = &buffer[(x, y)];
            let look = format!("{:?} on {:?} {:?}", cell.fg, cell.bg, cell.modifier);
            let next = char::from(b'a' + u8::try_from(legend.len()).unwrap());
            let blank = cell.symbol() == " ";
            let known = legend.iter().find(|(own, _)| *own == look).map(|(_, letter)| *letter);
            let letter = known.unwrap_or_else(|| {
                legend.push((look, next));
                next
            });
            row.push(if blank && letter == 'a' { ' ' } else { letter });
        }
        out.push_str(row.trim_end());
        out.push('\n');
    }
    for (look, letter) in legend {
        out.push(letter);
        out.push(' ');
        out.push_str(&look);
        out.push('\n');
    }
    out
}

#[test]
fn colour_says_what_words_say() {
    for theme in ["dark", "mono"] {
        let mut state = troubled();
        fix::themed(&mut state, theme);
        insta::assert_snapshot!(format!("looks_fleet_{theme}"), looks(&fix::drawn(&state, 100, 14)));
        let mut state = fix::service(Tab::Rollout);
        fix::themed(&mut state, theme);
        insta::assert_snapshot!(format!("looks_rollout_{theme}"), looks(&fix::drawn(&state, 100, 24)));
    }
}

#[test]
fn a_notice_and_pending_keys_take_the_hint_line() {
    use crate::app::state::Notice;
    let notice = |text: &str, bad| with(fix::fleet(), |s| s.notice = Some(Notice { text: text.into(), bad }));
    let pending = with(fix::fleet(), |s| s.pending_keys = vec!["g".parse().unwrap()]);
    let last = |state: &State| text(state, 80, 24).lines().last().unwrap_or_default().to_owned();
    insta::assert_snapshot!(
        [
            last(&notice("copied arn:aws:ecs:us-west-2:111122223333:service/prod/prod-service", false)),
            last(&notice("prod is read-only; change its protection in the configuration", true)),
            last(&pending),
        ]
        .join("\n")
    );
}

#[test]
fn ten_thousand_services_cost_what_is_visible() {
    let mut state = fix::fleet();
    let one = state.rows.values().next().unwrap().clone();
    let rows = (0..10_000)
        .map(|n| {
            let mut row = one.clone();
            row.key = ServiceKey::new("startup", row.key.kind, "", &format!("service-{n:05}"));
            row
        })
        .collect();
    fix::put(&mut state, rows);
    state.fleet.offset = 9_000;
    let drawn = text(&state, 80, 24);
    assert!(drawn.contains("service-08985") || drawn.contains("service-08999"), "{drawn}");
}

/// All states there are, for what must hold of each.
fn every() -> Vec<State> {
    let mut all: Vec<State> = Tab::ALL.into_iter().map(fix::service).collect();
    all.extend([
        fix::empty(),
        fix::fleet(),
        matrix(),
        troubled(),
        palette(),
        images(),
        refused(),
        revisions(),
        zoomed(),
        environments(),
        help(),
        fix::runs(),
        open_run(),
        fix::live(),
        why(),
        fix::apprunner(),
        releases::rollout("BAKE_TIME", true),
        releases::release(false),
        releases::release(true),
        releases::locked(),
        releases::take_over(),
        releases::team(),
        releases::noted(true),
        fix::plan_dialog(Protection::Typed, "prod-ser", 30),
        overlay(Overlay::Why { key: fix::prod_service(), list: ListView { cursor: 0, offset: 900 } }),
        overlay(Overlay::Scale { key: fix::prod_service(), line: fix::line("6") }),
        overlay(Overlay::Filter(fix::line(&"long ".repeat(60)))),
    ]);
    all
}

#[test]
fn every_state_can_be_drawn_at_every_size() {
    for state in every() {
        for size in
            [(0, 0), (1, 1), (39, 9), (40, 10), (41, 11), (60, 12), (79, 23), (100, 30), (133, 37), (250, 70)]
        {
            fix::drawn(&state, size.0, size.1);
        }
    }
}

/// Two whole commits joined, as some pipelines tag: neither the table nor the header gives way to them.
#[test]
fn a_tag_of_81_characters_leaves_the_screen_as_it_is() {
    let commit = "842ad6f39d44c0be1f5a7e6b3c2d1098765fedcb";
    let tag = format!("{commit}-9d44c0be{}", commit.split_at(8).1);
    assert_eq!(tag.len(), 81);
    let long = |mut state: State| {
        let key = fix::prod_service();
        let image = format!("111122223333.dkr.ecr.us-west-2.amazonaws.com/fem-fd-service:{tag}");
        if let Some(row) = state.rows.get_mut(&key) {
            row.version = crate::model::Version::of(&image, None);
        }
        state
    };
    for (width, height) in [(80, 24), (120, 40)] {
        let shown = text(&long(fix::service(Tab::Rollout)), width, height);
        assert!(shown.contains("prod › prod-service") && shown.contains("842ad6f-9d44c0b"), "{shown}");
        assert!(
            shown.contains("rolling 2/4  ") && shown.contains("breaker 1/3"),
            "what matters stays: {shown}"
        );
        let (table, before) = (text(&long(fix::fleet()), width, height), text(&fix::fleet(), width, height));
        // its column is narrow: both ends are told
        assert!(table.contains("842ad") && table.contains("44c0b"), "{table}");
        assert_eq!(table.lines().next(), before.lines().next());
        assert!(table.lines().any(|line| line.contains("VERSION") && line.contains("STATE")), "{table}");
    }
}

#[test]
fn in_ascii_every_glyph_is_ascii() {
    for state in every() {
        let drawn = text(&with(state, |s| s.ascii = true), 120, 40);
        let odd: String = drawn.chars().filter(|c| !c.is_ascii()).collect();
        assert!(odd.is_empty(), "{odd} in\n{drawn}");
    }
}

#[test]
fn every_theme_draws_every_state() {
    for theme in ["dark", "light", "high-contrast", "mono"] {
        for mut state in every() {
            fix::themed(&mut state, theme);
            fix::drawn(&state, 120, 40);
        }
    }
}

#[test]
fn a_key_is_never_shown_that_does_nothing_here() {
    let drawn = text(&with(fix::fleet(), |s| s.environments[0].protection = Protection::ReadOnly), 120, 40);
    assert!(!drawn.contains("deploy"), "startup is read-only and selected:\n{drawn}");
}

/// Writes pictures of all states where `FLIGHTDECK_PICTURES` names a directory: to look at while designing.
#[test]
fn pictures() {
    let Some(directory) = std::env::var_os("FLIGHTDECK_PICTURES") else { return };
    let named: [(&str, State); 14] = [
        ("fleet", fix::fleet()),
        ("trouble", troubled()),
        ("matrix", matrix()),
        ("rollout", fix::service(Tab::Rollout)),
        ("metrics", fix::service(Tab::Metrics)),
        ("zoomed", zoomed()),
        ("logs", fix::service(Tab::Logs)),
        ("revisions", fix::service(Tab::Revisions)),
        ("runs", fix::runs()),
        ("run", open_run()),
        ("environments", environments()),
        ("help", help()),
        ("plan", fix::plan_dialog(Protection::Typed, "prod-ser", 30)),
        ("images", images()),
    ];
    for (name, mut state) in named {
        for theme in ["dark", "light", "mono"] {
            fix::themed(&mut state, theme);
            for (width, height) in [(80, 24), (120, 40)] {
                let picture = super::picture::svg(&fix::drawn(&state, width, height), name);
                let file = format!("{name}-{theme}-{width}.svg");
                std::fs::write(std::path::Path::new(&directory).join(file), picture).unwrap();
            }
        }
    }
}

#[test]
fn keys_of_services_name_the_environment() {
    assert_eq!(ServiceKey::to_string(&fix::prod_service()), "prod/prod-service");
}
