//! Writes changed cells in few bytes: one sequence for a change of style, the shortest move, and no
//! word about what the terminal knows already. Only what every terminal understands.

use std::fmt::Write as _;
use std::io::{self, Write};

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use crate::model::text::width;

/// How the next character would look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ink {
    fg: Color,
    bg: Color,
    modifier: Modifier,
}

impl Ink {
    const PLAIN: Self = Self {
        fg: Color::Reset,
        bg: Color::Reset,
        modifier: Modifier::empty(),
    };

    fn of(cell: &Cell) -> Self {
        Self {
            fg: cell.fg,
            bg: cell.bg,
            modifier: cell.modifier,
        }
    }
}

/// What the terminal knows: how it writes, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pen {
    /// `None` when that is not known.
    ink: Option<Ink>,
    /// Column and row of the next character; `None` when that is not certain.
    at: Option<(u16, u16)>,
}

impl Pen {
    /// Nothing is known of the terminal.
    pub const fn lost() -> Self {
        Self {
            ink: None,
            at: None,
        }
    }

    /// Somebody else moved the cursor.
    pub fn moved(&mut self) {
        self.at = None;
    }

    /// Plain characters from now on, as before clearing the screen.
    pub fn plain(&mut self, out: &mut impl Write) -> io::Result<()> {
        self.ink = Some(Ink::PLAIN);
        out.write_all(b"\x1b[0m")
    }

    /// Writes the cells of `next` that are not as in `shown`; both are of one size. A row with wide
    /// characters is written as a whole: what is left of one that is cut in half, no two terminals
    /// agree on.
    pub fn draw(&mut self, out: &mut impl Write, shown: &Buffer, next: &Buffer) -> io::Result<()> {
        let columns = usize::from(next.area.width.max(1));
        let rows = shown.content.chunks(columns);
        for (row, (before, after)) in rows.zip(next.content.chunks(columns)).enumerate() {
            if before == after {
                continue;
            }
            let y = u16::try_from(row).unwrap_or(u16::MAX);
            let is_whole = before.iter().chain(after).any(|cell| breadth(cell) > 1);
            let mut hidden = 0;
            for ((old, cell), x) in before.iter().zip(after).zip(0_u16..) {
                if hidden > 0 {
                    hidden -= 1;
                    continue;
                }
                hidden = breadth(cell).saturating_sub(1);
                if is_whole || old != cell {
                    self.go(out, next, x, y)?;
                    self.dip(out, Ink::of(cell))?;
                    out.write_all(cell.symbol().as_bytes())?;
                    // Terminals agree on where the cursor is behind one column only, and not at
                    // the edge.
                    let is_sure = hidden == 0 && x + 1 < next.area.width;
                    self.at = is_sure.then_some((x + 1, y));
                }
            }
        }
        Ok(())
    }

    fn go(&mut self, out: &mut impl Write, next: &Buffer, x: u16, y: u16) -> io::Result<()> {
        let to = (x, y);
        if self.at != Some(to) {
            let near = self.at.and_then(|from| self.way(next, from, to));
            let far = format!("\x1b[{};{}H", y + 1, x + 1);
            let way = near.filter(|near| near.len() < far.len()).unwrap_or(far);
            out.write_all(way.as_bytes())?;
        }
        self.at = Some(to);
        Ok(())
    }

    /// The shortest way from a place to one to the right of it or below; `None` to anywhere else.
    fn way(&self, next: &Buffer, from: (u16, u16), to: (u16, u16)) -> Option<String> {
        let down = usize::from(to.1.checked_sub(from.1)?);
        if down == 0 && from.0 < to.0 && self.repeats(next, from.0, to.0, to.1) {
            let between = (from.0..to.0).filter_map(|column| next.cell((column, to.1)));
            let again: String = between.map(Cell::symbol).collect();
            let right = sideways(from.0, to.0);
            return Some(if again.len() <= right.len() {
                again
            } else {
                right
            });
        }
        // A line feed keeps its column: the terminal is in raw mode.
        let feeds = "\n".repeat(down);
        let straight = sideways(from.0, to.0);
        let around = format!("\r{}", sideways(0, to.0));
        let shorter = if straight.len() <= around.len() {
            straight
        } else {
            around
        };
        Some(feeds + &shorter)
    }

    /// Whether what stands between can be written over itself: in the same ink, and as few bytes as
    /// columns.
    fn repeats(&self, next: &Buffer, from: u16, to: u16, y: u16) -> bool {
        to - from <= 5
            && (from..to).all(|column| {
                next.cell((column, y)).is_some_and(|cell| {
                    let symbol = cell.symbol();
                    self.ink == Some(Ink::of(cell))
                        && matches!(symbol.as_bytes(), [byte] if (0x20..0x7f).contains(byte))
                })
            })
    }

    /// Takes another ink, by the shorter way: from the one before, or from none.
    fn dip(&mut self, out: &mut impl Write, ink: Ink) -> io::Result<()> {
        if self.ink == Some(ink) {
            return Ok(());
        }
        let anew = change(&Ink::PLAIN, &ink);
        let anew = match anew.is_empty() {
            true => "0".to_owned(),
            false => format!("0;{anew}"),
        };
        let codes = match &self.ink {
            Some(before) => match change(before, &ink) {
                step if step.len() <= anew.len() => step,
                _ => anew,
            },
            None => anew,
        };
        self.ink = Some(ink);
        write!(out, "\x1b[{codes}m")
    }
}

/// Columns of a cell's symbol.
fn breadth(cell: &Cell) -> usize {
    match cell.symbol() {
        symbol if symbol.len() == 1 => 1,
        symbol => width(symbol),
    }
}

/// From one column to another.
fn sideways(from: u16, to: u16) -> String {
    let (gap, way) = (from.abs_diff(to), if from < to { 'C' } else { 'D' });
    match gap {
        0 => String::new(),
        1..=3 if from > to => "\x08".repeat(usize::from(gap)),
        1 => format!("\x1b[{way}"),
        _ => format!("\x1b[{gap}{way}"),
    }
}

/// The codes that lead from one ink to another.
fn change(from: &Ink, to: &Ink) -> String {
    let mut codes = String::new();
    let gone = from.modifier - to.modifier;
    let mut come = to.modifier - from.modifier;
    // One code ends both.
    if gone.intersects(Modifier::BOLD | Modifier::DIM) {
        push(&mut codes, "22");
        come |= to.modifier & (Modifier::BOLD | Modifier::DIM);
    }
    for (modifier, _, end) in MODIFIERS {
        if gone.contains(modifier) && end != "22" {
            push(&mut codes, end);
        }
    }
    for (modifier, begin, _) in MODIFIERS {
        if come.contains(modifier) {
            push(&mut codes, begin);
        }
    }
    if from.fg != to.fg {
        color(&mut codes, to.fg, 30);
    }
    if from.bg != to.bg {
        color(&mut codes, to.bg, 40);
    }
    codes
}

const MODIFIERS: [(Modifier, &str, &str); 9] = [
    (Modifier::BOLD, "1", "22"),
    (Modifier::DIM, "2", "22"),
    (Modifier::ITALIC, "3", "23"),
    (Modifier::UNDERLINED, "4", "24"),
    (Modifier::SLOW_BLINK, "5", "25"),
    (Modifier::RAPID_BLINK, "6", "25"),
    (Modifier::REVERSED, "7", "27"),
    (Modifier::HIDDEN, "8", "28"),
    (Modifier::CROSSED_OUT, "9", "29"),
];

fn push(codes: &mut String, code: &str) {
    if !codes.is_empty() {
        codes.push(';');
    }
    codes.push_str(code);
}

/// `base` is 30 for what is written and 40 for what is behind it.
fn color(codes: &mut String, color: Color, base: u8) {
    if !codes.is_empty() {
        codes.push(';');
    }
    let sixteen = |number: u8| match number {
        0..=7 => base + number,
        _ => base + 52 + number,
    };
    let _ = match color {
        Color::Reset => write!(codes, "{}", base + 9),
        Color::Black => write!(codes, "{}", sixteen(0)),
        Color::Red => write!(codes, "{}", sixteen(1)),
        Color::Green => write!(codes, "{}", sixteen(2)),
        Color::Yellow => write!(codes, "{}", sixteen(3)),
        Color::Blue => write!(codes, "{}", sixteen(4)),
        Color::Magenta => write!(codes, "{}", sixteen(5)),
        Color::Cyan => write!(codes, "{}", sixteen(6)),
        Color::Gray => write!(codes, "{}", sixteen(7)),
        Color::DarkGray => write!(codes, "{}", sixteen(8)),
        Color::LightRed => write!(codes, "{}", sixteen(9)),
        Color::LightGreen => write!(codes, "{}", sixteen(10)),
        Color::LightYellow => write!(codes, "{}", sixteen(11)),
        Color::LightBlue => write!(codes, "{}", sixteen(12)),
        Color::LightMagenta => write!(codes, "{}", sixteen(13)),
        Color::LightCyan => write!(codes, "{}", sixteen(14)),
        Color::White => write!(codes, "{}", sixteen(15)),
        Color::Indexed(number) => write!(codes, "{};5;{number}", base + 8),
        Color::Rgb(r, g, b) => write!(codes, "{};2;{r};{g};{b}", base + 8),
    };
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    const WIDTH: u16 = 24;
    const HEIGHT: u16 = 5;

    fn cell_style() -> impl Strategy<Value = Style> {
        let color = prop_oneof![
            Just(Color::Reset),
            Just(Color::Red),
            Just(Color::White),
            any::<u8>().prop_map(Color::Indexed),
            any::<[u8; 3]>().prop_map(|[r, g, b]| Color::Rgb(r, g, b)),
        ];
        // What vt100 can tell: for it nothing is both bold and dim.
        let intensity =
            prop::sample::select(vec![Modifier::empty(), Modifier::BOLD, Modifier::DIM]);
        let other = prop::sample::subsequence(
            vec![Modifier::ITALIC, Modifier::UNDERLINED, Modifier::REVERSED],
            0..=3,
        );
        (color.clone(), color, intensity, other).prop_map(|(fg, bg, intensity, other)| {
            let all = other.into_iter().fold(intensity, |a, b| a | b);
            Style::new().fg(fg).bg(bg).add_modifier(all)
        })
    }

    fn frame() -> impl Strategy<Value = Vec<(u16, u16, String, Style)>> {
        let text = prop_oneof![
            "[ -~]{1,12}",
            Just("━┃▌".to_owned()),
            Just("日本".to_owned()),
        ];
        let piece = (0..WIDTH, 0..HEIGHT, text, cell_style());
        prop::collection::vec(piece, 0..12)
    }

    fn buffer(pieces: &[(u16, u16, String, Style)]) -> Buffer {
        let mut buf = Buffer::empty(Rect::new(0, 0, WIDTH, HEIGHT));
        for (x, y, text, style) in pieces {
            buf.set_string(*x, *y, text, Style::reset().patch(*style));
        }
        buf
    }

    fn shown(color: Color) -> vt100::Color {
        match color {
            Color::Red => vt100::Color::Idx(1),
            Color::White => vt100::Color::Idx(15),
            Color::Indexed(number) => vt100::Color::Idx(number),
            Color::Rgb(r, g, b) => vt100::Color::Rgb(r, g, b),
            _ => vt100::Color::Default,
        }
    }

    fn check(terminal: &vt100::Parser, wanted: &Buffer) -> Result<(), TestCaseError> {
        for y in 0..HEIGHT {
            let mut x = 0;
            while x < WIDTH {
                let cell = &wanted[(x, y)];
                let found = terminal.screen().cell(y, x).unwrap();
                let contents = match found.contents() {
                    "" => " ",
                    text => text,
                };
                prop_assert_eq!(contents, cell.symbol(), "at {}, {}", x, y);
                prop_assert_eq!(found.fgcolor(), shown(cell.fg), "at {}, {}", x, y);
                prop_assert_eq!(found.bgcolor(), shown(cell.bg), "at {}, {}", x, y);
                let has = |modifier| cell.modifier.contains(modifier);
                prop_assert_eq!(found.bold(), has(Modifier::BOLD));
                prop_assert_eq!(found.dim(), has(Modifier::DIM));
                prop_assert_eq!(found.italic(), has(Modifier::ITALIC));
                prop_assert_eq!(found.underline(), has(Modifier::UNDERLINED));
                prop_assert_eq!(found.inverse(), has(Modifier::REVERSED));
                x += u16::try_from(width(cell.symbol()).max(1)).unwrap();
            }
        }
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn a_terminal_shows_every_frame_as_it_is(frames in prop::collection::vec(frame(), 1..6)) {
            let mut terminal = vt100::Parser::new(
                HEIGHT.try_into().unwrap(),
                WIDTH.try_into().unwrap(),
                0,
            );
            let mut pen = Pen::lost();
            let mut before = buffer(&[]);
            for pieces in &frames {
                let next = buffer(pieces);
                let mut out = Vec::new();
                pen.draw(&mut out, &before, &next).unwrap();
                terminal.process(&out);
                check(&terminal, &next)?;
                before = next;
            }
        }
    }

    #[test]
    fn what_the_terminal_knows_is_not_said_again() {
        let red = Style::new().fg(Color::Indexed(9));
        let mut pen = Pen::lost();
        let mut send = |from: &Buffer, to: &Buffer| {
            let mut out = Vec::new();
            pen.draw(&mut out, from, to).unwrap();
            String::from_utf8(out).unwrap().replace('\x1b', "^")
        };
        let empty = buffer(&[]);
        let first = buffer(&[(2, 1, "a b".to_owned(), red)]);
        assert_eq!(send(&empty, &first), "^[2;3H^[0;38;5;9ma b");
        // The blank between is written over itself: shorter than a move.
        let second = buffer(&[(2, 1, "x y".to_owned(), red)]);
        assert_eq!(send(&first, &second), "\x08\x08\x08x y");
        let bold = buffer(&[(2, 1, "x y".to_owned(), red.add_modifier(Modifier::BOLD))]);
        assert_eq!(send(&second, &bold), "\x08\x08\x08^[1mx y");
        let third = buffer(&[(2, 1, "x y".to_owned(), Style::new())]);
        assert_eq!(send(&bold, &third), "\x08\x08\x08^[0mx y");
        assert_eq!(send(&third, &third), "");
    }
}
