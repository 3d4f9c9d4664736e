//! What is written to the terminal: frames, in as few bytes and system calls as possible.
//!
//! ratatui finds the cells that changed; this backend turns them into escape sequences. It remembers colours,
//! attributes and cursor between cells and between frames, so that a cursor key costs the cells it changes
//! and little else. Nothing is written before [`Screen::send`], which writes a whole frame at once, bracketed
//! as a synchronized update (mode 2026).

use super::terminal;
use ratatui::{
    backend::{Backend, ClearType, WindowSize},
    buffer::Cell,
    layout::{Position, Size},
    style::{Color, Modifier},
};
use std::{fmt::Write as _, io};
use unicode_width::UnicodeWidthStr;

/// Begin of a synchronized update.
const BEGIN: &str = "\x1b[?2026h";
/// Its end.
const END: &str = "\x1b[?2026l";

/// Colours and attributes that the terminal is set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Pen {
    fg: Color,
    bg: Color,
    modifier: Modifier,
}

impl Pen {
    const PLAIN: Self = Self { fg: Color::Reset, bg: Color::Reset, modifier: Modifier::empty() };
}

/// The backend. Collects a frame; [`Screen::send`] writes it.
#[derive(Debug)]
pub struct Screen {
    out: String,
    /// Not known after something else wrote.
    pen: Option<Pen>,
    /// Where the terminal's cursor is, if that is known.
    at: Option<Position>,
    /// Whether the cursor is shown.
    shown: Option<bool>,
    size: Size,
}

impl Screen {
    /// A screen of that many columns and rows, of which nothing is known.
    pub fn new(size: (u16, u16)) -> Self {
        Self { out: String::new(), pen: None, at: None, shown: None, size: Size::new(size.0, size.1) }
    }

    /// Tells the size for the next frame.
    pub fn resize(&mut self, size: (u16, u16)) {
        self.size = Size::new(size.0, size.1);
    }

    /// Takes up a sequence to be sent before the next frame.
    pub fn control(&mut self, sequence: &str) {
        self.out.push_str(sequence);
    }

    /// Forgets what the terminal is set to, because something else wrote to it.
    pub fn forget(&mut self) {
        self.pen = None;
        self.at = None;
        self.shown = None;
    }

    /// The frame so far, bracketed; empty when nothing changed.
    pub fn take(&mut self) -> String {
        if self.out.is_empty() {
            return String::new();
        }
        let mut frame = String::with_capacity(self.out.len() + BEGIN.len() + END.len());
        frame.push_str(BEGIN);
        frame.push_str(&self.out);
        frame.push_str(END);
        self.out.clear();
        frame
    }

    /// Writes what was collected in one go; nothing when nothing changed.
    pub fn send(&mut self) -> io::Result<()> {
        let frame = self.take();
        if frame.is_empty() { Ok(()) } else { terminal::write_all(frame.as_bytes()) }
    }

    fn go(&mut self, to: Position) {
        let Self { out, at, .. } = self;
        match *at {
            Some(from) if from == to => {}
            Some(from) if from.y == to.y && to.x > from.x => {
                let _ = match to.x - from.x {
                    1 => write!(out, "\x1b[C"),
                    by => write!(out, "\x1b[{by}C"),
                };
            }
            Some(from) if from.y.checked_add(1) == Some(to.y) && to.x == 0 => out.push_str("\r\n"),
            _ => {
                let (row, column) = (u32::from(to.y) + 1, u32::from(to.x) + 1);
                let _ = if column == 1 {
                    write!(out, "\x1b[{row}H")
                } else {
                    write!(out, "\x1b[{row};{column}H")
                };
            }
        }
        *at = Some(to);
    }

    fn set(&mut self, want: Pen) {
        if self.pen == Some(want) {
            return;
        }
        let out = &mut self.out;
        out.push_str("\x1b[");
        let from = match self.pen {
            Some(have) if want != Pen::PLAIN && have.modifier.difference(want.modifier).is_empty() => have,
            // An attribute goes: there is no short way to take off one, so start from nothing.
            _ => {
                out.push_str(if want == Pen::PLAIN { "" } else { "0;" });
                Pen::PLAIN
            }
        };
        for modifier in want.modifier.difference(from.modifier).iter() {
            out.push_str(attribute(modifier));
        }
        if want.fg != from.fg {
            colour(out, want.fg, false);
        }
        if want.bg != from.bg {
            colour(out, want.bg, true);
        }
        if out.ends_with(';') {
            out.pop();
        }
        out.push('m');
        self.pen = Some(want);
    }
}

/// The parameter that switches an attribute on, with its separator.
fn attribute(modifier: Modifier) -> &'static str {
    match modifier {
        Modifier::BOLD => "1;",
        Modifier::DIM => "2;",
        Modifier::ITALIC => "3;",
        Modifier::UNDERLINED => "4;",
        Modifier::SLOW_BLINK => "5;",
        Modifier::RAPID_BLINK => "6;",
        Modifier::REVERSED => "7;",
        Modifier::HIDDEN => "8;",
        Modifier::CROSSED_OUT => "9;",
        _ => "",
    }
}

/// The parameters of a colour, with their separator.
fn colour(out: &mut String, colour: Color, background: bool) {
    let shift = if background { 10 } else { 0 };
    let extended = 38 + shift;
    let basic = match colour {
        Color::Reset => 39,
        Color::Black => 30,
        Color::Red => 31,
        Color::Green => 32,
        Color::Yellow => 33,
        Color::Blue => 34,
        Color::Magenta => 35,
        Color::Cyan => 36,
        Color::Gray => 37,
        Color::DarkGray => 90,
        Color::LightRed => 91,
        Color::LightGreen => 92,
        Color::LightYellow => 93,
        Color::LightBlue => 94,
        Color::LightMagenta => 95,
        Color::LightCyan => 96,
        Color::White => 97,
        Color::Indexed(index) => {
            let _ = write!(out, "{extended};5;{index};");
            return;
        }
        Color::Rgb(red, green, blue) => {
            let _ = write!(out, "{extended};2;{red};{green};{blue};");
            return;
        }
    };
    let _ = write!(out, "{};", basic + shift);
}

impl Backend for Screen {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        for (x, y, cell) in content {
            self.go(Position { x, y });
            self.set(Pen { fg: cell.fg, bg: cell.bg, modifier: cell.modifier });
            let symbol = cell.symbol();
            self.out.push_str(symbol);
            let width = u16::try_from(symbol.width()).unwrap_or(0);
            // Terminals differ in what they make of wide and combined characters, and at the right edge the
            // cursor hangs in between: there the position is told anew.
            self.at = match x.checked_add(1) {
                Some(next) if width == 1 && next < self.size.width => Some(Position { x: next, y }),
                _ => None,
            };
        }
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if self.shown != Some(false) {
            self.out.push_str("\x1b[?25l");
            self.shown = Some(false);
        }
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        if self.shown != Some(true) {
            self.out.push_str("\x1b[?25h");
            self.shown = Some(true);
        }
        Ok(())
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.at.unwrap_or_default())
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.go(position.into());
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.set(Pen::PLAIN);
        self.out.push_str("\x1b[2J");
        Ok(())
    }

    fn clear_region(&mut self, _region: ClearType) -> io::Result<()> {
        // The cockpit owns the whole screen; ratatui asks for no other region there.
        self.clear()
    }

    fn size(&self) -> io::Result<Size> {
        Ok(self.size)
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.size, pixels: Size::new(0, 0) })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use ratatui::{Terminal, layout::Rect, style::Style, widgets::Paragraph};

    fn draw(terminal: &mut Terminal<Screen>, text: &str, style: Style, row: u16) -> String {
        terminal
            .draw(|frame| {
                let area = Rect::new(0, row, frame.area().width, 1);
                frame.render_widget(Paragraph::new(text).style(style), area);
            })
            .unwrap();
        terminal.backend_mut().take()
    }

    #[test]
    fn a_frame_without_changes_writes_nothing() {
        let mut terminal = Terminal::new(Screen::new((20, 4))).unwrap();
        assert!(draw(&mut terminal, "hello", Style::new().fg(Color::Red), 0).contains("hello"));
        assert_eq!(draw(&mut terminal, "hello", Style::new().fg(Color::Red), 0), "");
    }

    #[test]
    fn a_changed_cell_costs_a_move_and_itself() {
        let mut terminal = Terminal::new(Screen::new((20, 4))).unwrap();
        draw(&mut terminal, "hello", Style::new(), 1);
        let frame = draw(&mut terminal, "hallo", Style::new(), 1);
        assert_eq!(frame, "\x1b[?2026h\x1b[2;2Ha\x1b[?2026l");
    }

    #[test]
    fn colours_are_sent_when_they_change_only() {
        let mut screen = Screen::new((20, 4));
        screen.set(Pen::PLAIN);
        screen.set(Pen { fg: Color::Red, ..Pen::PLAIN });
        screen.set(Pen { fg: Color::Red, bg: Color::Indexed(7), modifier: Modifier::BOLD });
        screen.set(Pen { fg: Color::Rgb(1, 2, 3), bg: Color::Indexed(7), modifier: Modifier::BOLD });
        screen.set(Pen { fg: Color::Rgb(1, 2, 3), ..Pen::PLAIN });
        screen.set(Pen::PLAIN);
        assert_eq!(screen.out, "\x1b[m\x1b[31m\x1b[1;48;5;7m\x1b[38;2;1;2;3m\x1b[0;38;2;1;2;3m\x1b[m");
    }

    fn pens() -> impl Strategy<Value = Style> {
        let colours = prop_oneof![
            Just(Color::Reset),
            Just(Color::LightBlue),
            Just(Color::Red),
            any::<u8>().prop_map(Color::Indexed),
            any::<(u8, u8, u8)>().prop_map(|(r, g, b)| Color::Rgb(r, g, b)),
        ];
        let modifiers = prop_oneof![
            Just(Modifier::empty()),
            Just(Modifier::BOLD),
            Just(Modifier::BOLD | Modifier::REVERSED),
            Just(Modifier::UNDERLINED),
        ];
        (colours.clone(), colours, modifiers).prop_map(|(f, b, m)| Style::new().fg(f).bg(b).add_modifier(m))
    }

    proptest! {
        /// Whatever frames follow each other, a terminal that reads the bytes shows the last one.
        #[test]
        fn a_terminal_shows_what_was_drawn(
            frames in prop::collection::vec(
                prop::collection::vec(("[a-c漢 ─▁]{0,14}", pens(), 0u16..6), 0..5), 1..6)
        ) {
            let (columns, rows) = (12, 6);
            let mut terminal = Terminal::new(Screen::new((columns, rows))).unwrap();
            let mut parser = vt100::Parser::new(rows.try_into().unwrap(), columns.try_into().unwrap(), 0);
            for frame in frames {
                let mut wanted = None;
                terminal.draw(|f| {
                    for (text, style, row) in &frame {
                        let area = Rect::new(0, *row, columns, 1);
                        f.render_widget(Paragraph::new(text.as_str()).style(*style), area);
                    }
                    wanted = Some(f.buffer_mut().clone());
                }).unwrap();
                parser.process(terminal.backend_mut().take().as_bytes());
                let wanted = wanted.unwrap();
                for y in 0..rows {
                    let mut x = 0;
                    while x < columns {
                        let cell = &wanted[(x, y)];
                        let shown = parser.screen().cell(y, x).unwrap();
                        let text = if shown.contents().is_empty() { " " } else { shown.contents() };
                        prop_assert_eq!(text, cell.symbol(), "at {},{}", x, y);
                        prop_assert_eq!(shown.bold(), cell.modifier.contains(Modifier::BOLD));
                        prop_assert_eq!(shown.inverse(), cell.modifier.contains(Modifier::REVERSED));
                        prop_assert_eq!(shown.underline(), cell.modifier.contains(Modifier::UNDERLINED));
                        prop_assert_eq!(shown.fgcolor(), vt(cell.fg));
                        prop_assert_eq!(shown.bgcolor(), vt(cell.bg));
                        x += u16::try_from(cell.symbol().width().max(1)).unwrap();
                    }
                }
            }
        }
    }

    fn vt(colour: Color) -> vt100::Color {
        match colour {
            Color::Red => vt100::Color::Idx(1),
            Color::LightBlue => vt100::Color::Idx(12),
            Color::Indexed(index) => vt100::Color::Idx(index),
            Color::Rgb(r, g, b) => vt100::Color::Rgb(r, g, b),
            _ => vt100::Color::Default,
        }
    }
}
