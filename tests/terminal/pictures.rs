//! The pictures of the README: the program in a terminal, drawn as SVG. `cargo test --test terminal
//! pictures_for_the_readme -- --ignored` writes them anew.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use portable_pty::PtySize;
use vt100::{Color, Screen};

use crate::desk::{Desk, cells};

/// Pixels of a cell.
const CELL: (u16, u16) = (8, 17);
const GROUND: &str = "#16181d";
const TEXT: &str = "#d5d8de";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(".github")
}

fn open(arguments: &[&str], columns: u16, rows: u16) -> Desk {
    let words = [
        &["env", "COLORTERM=truecolor", env!("CARGO_BIN_EXE_pt-stem")],
        arguments,
        &["--theme", "dark"],
    ];
    let mut desk = Desk::run(&words.concat(), "");
    desk.master
        .resize(PtySize {
            rows,
            cols: columns,
            pixel_width: 0,
            pixel_height: 0,
        })
        .unwrap();
    desk.screen
        .screen_mut()
        .set_size(cells(rows), cells(columns));
    desk
}

fn hex(color: Color, default: &str) -> String {
    match color {
        Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
        _ => default.to_owned(),
    }
}

/// Neighbouring cells of one look, as one piece of text.
struct Run {
    column: u16,
    width: u16,
    text: String,
    ink: String,
    ground: String,
    is_bold: bool,
    is_dim: bool,
}

fn runs(screen: &Screen, row: u16) -> Vec<Run> {
    let columns = screen.size().1.get();
    let mut runs: Vec<Run> = Vec::new();
    for column in 0..columns {
        let cell = screen.cell(row, column).unwrap();
        if cell.is_wide_continuation() {
            continue;
        }
        let (mut ink, mut ground) = (hex(cell.fgcolor(), TEXT), hex(cell.bgcolor(), GROUND));
        if cell.inverse() {
            std::mem::swap(&mut ink, &mut ground);
        }
        let text = match cell.contents() {
            "" => " ",
            text => text,
        };
        let width = if cell.is_wide() { 2 } else { 1 };
        let same = runs.last_mut().filter(|run| {
            let look = (&run.ink, &run.ground, run.is_bold, run.is_dim);
            look == (&ink, &ground, cell.bold(), cell.dim())
        });
        match same {
            Some(run) => {
                run.text.push_str(text);
                run.width += width;
            }
            None => runs.push(Run {
                column,
                width,
                text: text.to_owned(),
                ink,
                ground,
                is_bold: cell.bold(),
                is_dim: cell.dim(),
            }),
        }
    }
    runs
}

/// Column, width and text of what stands between gaps, so that nothing shifts with the font.
fn pieces(run: &Run) -> Vec<(u16, u16, String)> {
    let mut pieces: Vec<(u16, u16, String)> = Vec::new();
    let mut column = run.column;
    let mut open = false;
    for letter in run.text.chars() {
        let wide =
            u16::try_from(unicode_width::UnicodeWidthChar::width(letter).unwrap_or(0)).unwrap();
        if letter == ' ' {
            open = false;
        } else {
            let letter = match letter {
                '&' => "&amp;".to_owned(),
                '<' => "&lt;".to_owned(),
                '>' => "&gt;".to_owned(),
                letter => letter.to_string(),
            };
            match pieces.last_mut().filter(|_| open) {
                Some((_, width, text)) => {
                    *width += wide;
                    text.push_str(&letter);
                }
                None => pieces.push((column, wide, letter)),
            }
            open = true;
        }
        column += wide;
    }
    pieces
}

/// `home` is shown as a person's would be.
fn svg(screen: &Screen, title: &str, home: &str) -> String {
    let (rows, columns) = (screen.size().0.get(), screen.size().1.get());
    let (width, height) = (columns * CELL.0, rows * CELL.1);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"-8 -8 {} {}\" role=\"img\">\n\
         <title>{title}</title>\n\
         <rect x=\"-8\" y=\"-8\" width=\"100%\" height=\"100%\" rx=\"6\" fill=\"{GROUND}\"/>\n\
         <g font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\" \
         font-size=\"13\" style=\"white-space:pre\">\n",
        width + 16,
        height + 16,
    );
    for row in 0..rows {
        for run in runs(screen, row) {
            let (x, y) = (run.column * CELL.0, row * CELL.1);
            let wide = run.width * CELL.0;
            if run.ground != GROUND {
                let (height, fill) = (CELL.1, &run.ground);
                writeln!(
                    svg,
                    "<rect x=\"{x}\" y=\"{y}\" width=\"{wide}\" height=\"{height}\" fill=\"{fill}\"/>"
                )
                .unwrap();
            }
            let weight = if run.is_bold {
                " font-weight=\"bold\""
            } else {
                ""
            };
            let faint = if run.is_dim { " opacity=\"0.6\"" } else { "" };
            for (column, mut width, mut text) in pieces(&run) {
                if let Some(rest) = text.strip_prefix(home) {
                    text = format!("~{rest}");
                    width = u16::try_from(text.len()).unwrap();
                }
                let (x, wide) = (column * CELL.0, width * CELL.0);
                writeln!(
                    svg,
                    "<text x=\"{x}\" y=\"{}\" textLength=\"{wide}\" \
                     lengthAdjust=\"spacingAndGlyphs\" fill=\"{}\"{weight}{faint}>{text}</text>",
                    y + 13,
                    run.ink,
                )
                .unwrap();
            }
        }
    }
    svg.push_str("</g>\n</svg>\n");
    svg
}

fn keep(desk: &Desk, name: &str, title: &str) {
    std::fs::create_dir_all(folder()).unwrap();
    let home = desk.home.path().to_str().unwrap();
    let svg = svg(desk.screen.screen(), title, home);
    std::fs::write(folder().join(name), svg).unwrap();
}

#[test]
#[ignore = "writes the pictures of the README"]
fn pictures_for_the_readme() {
    let mut desk = open(&["--demo"], 160, 50);
    desk.wait_for("linked");
    desk.wait_for("mono Drums");
    desk.press("jj");
    desk.wait("a waveform", |desk| {
        desk.shown().contains('⣿') || desk.shown().contains('⣶')
    });
    desk.press("P");
    desk.wait_for("y print");
    keep(
        &desk,
        "print.svg",
        "The print dialog: what will be written, and what is to be known",
    );
    desk.press("y");
    desk.wait("levels", |desk| {
        desk.shown().contains("LUFS") && desk.shown().contains("⟳")
    });
    desk.wait("half of it", |desk| {
        let shown = desk.shown();
        let mut parts = shown.split("⟳ ").skip(1);
        parts.any(|part| part.starts_with(['4', '5', '6', '7']) && part.get(2..4) == Some(" %"))
    });
    keep(
        &desk,
        "desk.svg",
        "Six stems being rendered, with live levels",
    );
    desk.wait("the end of the job", |desk| desk.shown().contains("✓ done"));
    desk.press("qq");
    let _ = desk.child.kill();

    let mut desk = open(&["--demo=routing"], 120, 40);
    desk.wait_for("linked");
    desk.press("8");
    desk.wait_for("Matrix");
    keep(&desk, "matrix.svg", "Which track sounds in which stem");
    let _ = desk.child.kill();
}

#[test]
fn the_readme_shows_pictures_that_are_there() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = std::fs::read_to_string(readme).unwrap();
    let named: Vec<&str> = text
        .split("](.github/")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .collect();
    assert!(named.len() >= 3, "{named:?}");
    for name in named {
        let svg = std::fs::read_to_string(folder().join(name)).unwrap();
        assert!(
            svg.starts_with("<svg") && svg.ends_with("</svg>\n"),
            "{name}"
        );
    }
}
