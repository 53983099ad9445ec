//! Lines to rows. A small state machine over blocks; columns are found by their titles, since their
//! number differs by version and by what was ticked in the dialog.

use super::rows::{ClipRow, EventRow, FileRow, MarkerRow, PlugInRow, TextExport, TrackBlock};

/// Remarks that are kept; a file that is something else altogether has nothing but such lines.
const MOST_REMARKS: usize = 100;
/// Bytes of a line that are read, and characters of a track's name: more is no session of anybody's.
const LONGEST_LINE: usize = 64 << 10;
const LONGEST_NAME: usize = 1_000;
/// Formats that stand in brackets behind a track's name.
const FORMATS: [&str; 22] = [
    "mono", "stereo", "lcr", "quad", "lcrs", "5.0", "5.1", "6.0", "6.1", "7.0", "7.1", "7.0 sdds",
    "7.1 sdds", "7.0.2", "7.1.2", "7.0.4", "7.1.4", "7.0.6", "7.1.6", "9.0.4", "9.1.4", "9.1.6",
];

/// Which block the lines belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Block {
    Header,
    Files {
        is_online: bool,
    },
    Clips {
        is_online: bool,
    },
    PlugIns,
    Tracks,
    Markers,
    /// One that this parser does not know; its lines are passed over.
    Other,
}

/// What the last line of a track may go on with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Comments,
    Nothing,
}

struct Parser {
    out: TextExport,
    block: Block,
    /// Titles of the block's columns, in capitals.
    titles: Vec<String>,
    open: Open,
}

/// Reads the text of an export. Never fails: what it cannot read stands in the remarks.
pub fn parse(text: &str) -> TextExport {
    let mut parser = Parser {
        out: TextExport::default(),
        block: Block::Header,
        titles: Vec::new(),
        open: Open::Nothing,
    };
    for (index, line) in text.lines().enumerate() {
        let line = head(line);
        if let Some(block) = heading(line) {
            parser.block = block;
            parser.titles.clear();
            parser.open = Open::Nothing;
        } else if !parser.line(line) {
            parser.remark(index + 1, line);
        }
    }
    parser.settle_formats();
    parser.out
}

/// What is read of a line.
fn head(line: &str) -> &str {
    let most = line.len().min(LONGEST_LINE);
    // Characters have at most four bytes.
    let head = (0..4).find_map(|less| line.get(..most.saturating_sub(less)));
    head.unwrap_or_default()
}

/// A block's title, whose letters stand apart: `T R A C K  L I S T I N G`.
fn heading(line: &str) -> Option<Block> {
    let line = line.trim_end();
    let apart = line.len() > 8 && line.split(' ').all(|word| word.chars().count() <= 1);
    if !apart || line.contains('\t') {
        return None;
    }
    let word: String = line.chars().filter(|c| !c.is_whitespace()).collect();
    if !word.ends_with("LISTING") && !word.ends_with("SESSION") {
        return None;
    }
    let is_online = !word.starts_with("OFFLINE");
    Some(
        match word
            .trim_start_matches("OFFLINE")
            .trim_start_matches("ONLINE")
        {
            "FILESINSESSION" => Block::Files { is_online },
            "CLIPSINSESSION" | "REGIONSINSESSION" => Block::Clips { is_online },
            "PLUG-INSLISTING" => Block::PlugIns,
            "TRACKLISTING" => Block::Tracks,
            "MARKERSLISTING" => Block::Markers,
            _ => Block::Other,
        },
    )
}

fn cells(line: &str) -> Vec<&str> {
    line.split('\t').map(str::trim).collect()
}

impl Parser {
    fn remark(&mut self, number: usize, line: &str) {
        if self.out.remarks.len() < MOST_REMARKS {
            let shown: String = line.chars().take(200).collect();
            self.out.remarks.push((number, shown));
        }
    }

    /// Whether the line meant something.
    fn line(&mut self, line: &str) -> bool {
        match self.block {
            _ if line.trim().is_empty() => {
                // A comment may hold empty lines.
                if self.open == Open::Nothing {
                    return true;
                }
                self.go_on("")
            }
            Block::Header => self.header(line),
            Block::Files { is_online } => self.file(line, is_online),
            Block::Clips { is_online } => self.clip(line, is_online),
            Block::PlugIns => self.plug_in(line),
            Block::Tracks => self.track_line(line),
            Block::Markers => self.marker(line),
            Block::Other => true,
        }
    }

    fn header(&mut self, line: &str) -> bool {
        let Some((key, value)) = line.split_once(":\t").or_else(|| line.split_once(':')) else {
            return false;
        };
        let value = value.trim();
        let out = &mut self.out;
        match key.trim() {
            "SESSION NAME" => out.name = value.to_owned(),
            "SAMPLE RATE" => {
                let whole = value.split('.').next().unwrap_or_default();
                out.sample_rate = whole.parse().unwrap_or(0);
            }
            "BIT DEPTH" => out.bit_depth = value.to_owned(),
            "SESSION START TIMECODE" => out.start = value.to_owned(),
            "TIMECODE FORMAT" => out.timecode_format = value.to_owned(),
            // The counts are not those of the rows: nothing may lean on them.
            key => return key.starts_with("# OF"),
        }
        true
    }

    fn file(&mut self, line: &str, is_online: bool) -> bool {
        let cells = cells(line);
        match cells.as_slice() {
            ["Filename", ..] => {}
            [name, folder, ..] => self.out.files.push(FileRow {
                name: (*name).to_owned(),
                folder: (*folder).to_owned(),
                is_online,
            }),
            _ => return false,
        }
        true
    }

    fn clip(&mut self, line: &str, is_online: bool) -> bool {
        let cells = cells(line);
        match cells.as_slice() {
            ["CLIP NAME" | "REGION NAME", ..] => {}
            [name, file, rest @ ..] => self.out.clips.push(ClipRow {
                name: (*name).to_owned(),
                file: (*file).to_owned(),
                channel: rest
                    .first()
                    .and_then(|cell| cell.trim_matches(['[', ']']).parse().ok()),
                is_online,
            }),
            _ => return false,
        }
        true
    }

    fn plug_in(&mut self, line: &str) -> bool {
        let cells = cells(line);
        let cell = |at: usize| cells.get(at).copied().unwrap_or_default().to_owned();
        match cells.as_slice() {
            ["MANUFACTURER", ..] => {}
            [_, _, ..] => self.out.plug_ins.push(PlugInRow {
                manufacturer: cell(0),
                name: cell(1),
                version: cell(2),
                format: cell(3),
                stems: cell(4),
                instances: cell(5),
            }),
            _ => return false,
        }
        true
    }

    fn track_line(&mut self, line: &str) -> bool {
        if let Some(name) = line.strip_prefix("TRACK NAME:") {
            self.open = Open::Nothing;
            self.titles.clear();
            let (name, format) =
                name_and_format(name.strip_prefix('\t').unwrap_or(name).trim_end());
            self.out.tracks.push(TrackBlock {
                name: name.chars().take(LONGEST_NAME).collect(),
                format,
                ..TrackBlock::default()
            });
            return true;
        }
        let Some(track) = self.out.tracks.last_mut() else {
            return false;
        };
        if let Some(comments) = line.strip_prefix("COMMENTS:") {
            track.comments = comments.strip_prefix('\t').unwrap_or(comments).to_owned();
            self.open = Open::Comments;
        } else if let Some(delay) = line.strip_prefix("USER DELAY:") {
            let number = delay.split_whitespace().next().unwrap_or_default();
            track.user_delay = number.parse().unwrap_or(0);
            self.open = Open::Nothing;
        } else if self.open == Open::Comments {
            return self.go_on(line);
        } else if let Some(words) = line.strip_prefix("STATE:") {
            let has = |word: &str| words.split_whitespace().any(|w| w == word);
            track.inactive = has("Inactive");
            track.muted = has("Muted");
            track.soloed = has("Solo") || has("Soloed");
            track.hidden = has("Hidden");
        } else if let Some(names) = line.strip_prefix("PLUG-INS:") {
            let names = names
                .split('\t')
                .map(str::trim)
                .filter(|name| !name.is_empty());
            track.plug_ins = Some(names.map(str::to_owned).collect());
        } else if line.starts_with("CHANNEL") {
            self.titles = cells(line).into_iter().map(str::to_uppercase).collect();
        } else {
            return self.event(line);
        }
        true
    }

    fn cell<'l>(&self, cells: &[&'l str], titles: &[&str]) -> Option<&'l str> {
        let at = self
            .titles
            .iter()
            .position(|title| titles.contains(&title.as_str()))?;
        cells.get(at).copied()
    }

    fn event(&mut self, line: &str) -> bool {
        let cells = cells(line);
        let cell = |titles: &[&str]| self.cell(&cells, titles);
        let event = (|| {
            Some(EventRow {
                channel: cell(&["CHANNEL"])?.parse().ok().filter(|c| *c > 0)?,
                number: cell(&["EVENT"])?.parse().ok()?,
                name: cell(&["CLIP NAME", "REGION NAME"])?.to_owned(),
                start: cell(&["START TIME"])?.to_owned(),
                end: cell(&["END TIME"])?.to_owned(),
                duration: cell(&["DURATION"]).unwrap_or_default().to_owned(),
                timestamp: cell(&["TIMESTAMP"]).map(str::to_owned),
                muted: cell(&["STATE"]) == Some("Muted"),
            })
        })();
        match (event, self.out.tracks.last_mut()) {
            (Some(event), Some(track)) => {
                track.events.push(event);
                true
            }
            _ => false,
        }
    }

    fn marker(&mut self, line: &str) -> bool {
        let cells = cells(line);
        if cells.first() == Some(&"#") {
            self.titles = cells.into_iter().map(str::to_uppercase).collect();
            return true;
        }
        let cell = |titles: &[&str]| self.cell(&cells, titles);
        let number = cells.first().and_then(|cell| cell.parse().ok());
        let (Some(number), Some(name)) = (number, cell(&["NAME"])) else {
            return self.go_on(line);
        };
        let on_track = cell(&["TRACK TYPE"]) == Some("Track");
        let marker = MarkerRow {
            number,
            location: cell(&["LOCATION"]).unwrap_or_default().to_owned(),
            reference: cell(&["TIME REFERENCE"]).unwrap_or_default().to_owned(),
            units: cell(&["UNITS"]).unwrap_or_default().to_owned(),
            name: name.to_owned(),
            comments: cell(&["COMMENTS"]).unwrap_or_default().to_owned(),
            track: cell(&["TRACK NAME"])
                .filter(|_| on_track)
                .map(str::to_owned),
        };
        self.out.markers.push(marker);
        true
    }

    /// A further line of a comment.
    fn go_on(&mut self, line: &str) -> bool {
        let comments = match self.block {
            Block::Tracks if self.open == Open::Comments => {
                self.out.tracks.last_mut().map(|track| &mut track.comments)
            }
            Block::Markers => self
                .out
                .markers
                .last_mut()
                .map(|marker| &mut marker.comments),
            _ => None,
        };
        let Some(comments) = comments else {
            return false;
        };
        comments.push('\n');
        comments.push_str(line.trim_end());
        true
    }

    /// `Keys (Stereo)` with events on one channel only is the name of a mono track.
    fn settle_formats(&mut self) {
        for track in &mut self.out.tracks {
            let channels = track.events.iter().map(|event| event.channel).max();
            if channels == Some(1)
                && let Some(format) = track.format.take()
                && !format.eq_ignore_ascii_case("mono")
            {
                track.name = format!("{} ({format})", track.name);
            }
            track.comments.truncate(track.comments.trim_end().len());
        }
    }
}

fn name_and_format(text: &str) -> (String, Option<String>) {
    if let Some(open) = text.strip_suffix(')')
        && let Some((name, format)) = open.rsplit_once(" (")
        && FORMATS.contains(&format.to_lowercase().as_str())
    {
        return (name.to_owned(), Some(format.to_owned()));
    }
    (text.to_owned(), None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const EXPORT: &str = "SESSION NAME:\tNight\nSAMPLE RATE:\t48000.000000\nBIT DEPTH:\t24-bit\n\
SESSION START TIMECODE:\t01:00:00:00\nTIMECODE FORMAT:\t25 Frame\n# OF AUDIO TRACKS:\t9\n\n\n\
O N L I N E  F I L E S  I N  S E S S I O N\nFilename     \tLocation\na.wav\tDisk:Audio:\n\n\n\
O F F L I N E  F I L E S  I N  S E S S I O N\nFilename     \tLocation\nb.wav\tDisk:Audio:\n\n\n\
O N L I N E  C L I P S  I N  S E S S I O N\nCLIP NAME       \tSource File\n\
a.L             \ta.wav\t[1]\na.R             \ta.wav\t[2]\n\n\n\
P L U G - I N S  L I S T I N G\nMANUFACTURER\tPLUG-IN NAME\tVERSION\tFORMAT\tSTEMS\tNUMBER OF INSTANCES\n\
Avid\tEQ3 7-Band\t23.6\tAAX Native\tMono / Mono\t1 active\n\n\n\
T R A C K  L I S T I N G\nTRACK NAME:\tVox (Stereo)\nCOMMENTS:\tfirst\n\nthird: line\n\
USER DELAY:\t-12 Samples\nSTATE: Inactive Muted Solo Hidden \nPLUG-INS: \tEQ3 7-Band (mono)\tDyn3\n\
CHANNEL \tEVENT   \tCLIP NAME                     \tSTART TIME    \tEND TIME      \tDURATION      \tTIMESTAMP         \tSTATE\n\
1       \t1       \ta.L                           \t         48000\t         96000\t         48000\t             48000\tMuted\n\n\n\
2       \t1       \ta.R                           \t         48000\t         96000\t         48000\t             48000\tMuted\n\n\n\
TRACK NAME:\tKeys (Stereo)\nCOMMENTS:\t\nUSER DELAY:\t0 Samples\nSTATE: \n\
CHANNEL \tEVENT   \tCLIP NAME                     \tSTART TIME    \tEND TIME      \tDURATION      \tSTATE\n\
1       \t1       \tk                             \t             0\t             5\t             5\tUnmuted\n\n\n\
M A R K E R S  L I S T I N G\n#   \tLOCATION     \tTIME REFERENCE    \tUNITS    \tNAME                             \tTRACK NAME                       \tTRACK TYPE   \tCOMMENTS\n\
1   \t0            \t0                 \tSamples  \tVerse                            \tMarkers                          \tRuler                            \tloud\nand long\n\
7   \t48000        \t48000             \tSamples  \tHit                              \tVox                              \tTrack                            \t\n";

    #[test]
    fn all_blocks_are_read() {
        let export = parse(EXPORT);
        assert_eq!(export.remarks, []);
        assert_eq!(
            (export.name.as_str(), export.sample_rate),
            ("Night", 48_000)
        );
        let online: Vec<bool> = export.files.iter().map(|file| file.is_online).collect();
        assert_eq!(online, [true, false]);
        assert_eq!(export.clips[1].channel, Some(2));
        assert_eq!(export.plug_ins[0].instances, "1 active");
        let [vox, keys] = export.tracks.as_slice() else {
            panic!("{:?}", export.tracks);
        };
        assert_eq!(
            (vox.name.as_str(), vox.format.as_deref()),
            ("Vox", Some("Stereo"))
        );
        assert_eq!(vox.comments, "first\n\nthird: line");
        assert_eq!(vox.user_delay, -12);
        assert!(vox.inactive && vox.muted && vox.soloed && vox.hidden);
        assert_eq!(
            vox.plug_ins.as_deref().unwrap(),
            ["EQ3 7-Band (mono)", "Dyn3"]
        );
        assert_eq!(vox.events.len(), 2);
        assert!(vox.events[1].muted && vox.events[1].channel == 2);
        assert_eq!(vox.events[0].timestamp.as_deref(), Some("48000"));
        assert_eq!((keys.name.as_str(), &keys.format), ("Keys (Stereo)", &None));
        assert_eq!(keys.events[0].timestamp, None);
        assert_eq!(export.markers[0].comments, "loud\nand long");
        assert_eq!(export.markers[0].track, None);
        assert_eq!(export.markers[1].track.as_deref(), Some("Vox"));
    }

    #[test]
    fn what_is_no_export_is_remarked_upon() {
        let export = parse("Dear Sir,\nthis is a letter.\n");
        assert_eq!(export.remarks.len(), 2);
        assert!(export.tracks.is_empty());
        let flood = "x\n".repeat(10_000);
        assert_eq!(parse(&flood).remarks.len(), MOST_REMARKS);
    }

    proptest! {
        #[test]
        fn any_lines_are_taken(lines in proptest::collection::vec(
            prop_oneof![
                proptest::sample::select(EXPORT.lines().collect::<Vec<_>>()).prop_map(str::to_owned),
                ".{0,40}",
                "[0-9]{0,20}\t[0-9]{0,20}\t.{0,9}\t[0-9:;.|+-]{0,14}\t[0-9:;.|+-]{0,14}",
            ], 0..60)) {
            let _ = parse(&lines.join("\n"));
        }
    }
}
