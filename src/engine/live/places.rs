//! From ids and names of the clip list to a file and a place in it.

use std::collections::HashMap;
use std::path::PathBuf;

use crate::media::split;
use crate::model::clip::SourceFile;
use crate::model::paths::PathMap;
use crate::model::{Clip, Range};
use crate::ptsl::clips::{ClipKind, ListedClip, SessionFile};

/// Why a clip is not rendered: code, what, what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Why {
    pub code: &'static str,
    pub what: String,
    pub fix: &'static str,
}

impl Why {
    pub fn new(code: &'static str, what: impl Into<String>, fix: &'static str) -> Self {
        Self {
            code,
            what: what.into(),
            fix,
        }
    }
}

const CONSOLIDATE: &str = "consolidate the clip in Pro Tools, or print with --engine bounce";

/// Consolidating alone would make two files again.
const INTERLEAVE: &str = "print with --engine bounce, or set the session to interleaved files in Session Setup and consolidate the clip";

/// The clip list with the files behind it.
pub(super) struct Places<'a> {
    by_id: HashMap<&'a str, &'a ListedClip>,
    by_name: HashMap<&'a str, Vec<&'a ListedClip>>,
    files: HashMap<&'a str, &'a SessionFile>,
    paths: &'a PathMap,
    /// Files that clips play, each once.
    pub used: Vec<SourceFile>,
    by_file: HashMap<String, usize>,
}

impl<'a> Places<'a> {
    pub fn new(clips: &'a [ListedClip], files: &'a [SessionFile], paths: &'a PathMap) -> Self {
        let mut by_name: HashMap<&str, Vec<&ListedClip>> = HashMap::new();
        for clip in clips {
            by_name.entry(&clip.full_name).or_default().push(clip);
        }
        Self {
            by_id: clips.iter().map(|clip| (clip.id.as_str(), clip)).collect(),
            by_name,
            files: files.iter().map(|file| (file.id.as_str(), file)).collect(),
            paths,
            used: Vec::new(),
            by_file: HashMap::new(),
        }
    }

    /// The clips of these ids, one a channel.
    pub fn of_ids(&self, ids: &[&str]) -> Result<Vec<&'a ListedClip>, Why> {
        let find = |id: &&str| {
            self.by_id.get(id).copied().ok_or_else(|| {
                Why::new("offset_unknown", "it is not in the clip list", CONSOLIDATE)
            })
        };
        ids.iter().map(find).collect()
    }

    /// The clips of these names, one a channel; a name must stand for one clip only.
    pub fn of_names(&self, names: &[String]) -> Result<Vec<&'a ListedClip>, Why> {
        let find = |name: &String| match self.by_name.get(name.as_str()).map(Vec::as_slice) {
            Some([one]) => Ok(*one),
            Some(several) => {
                let text = format!("{} clips of the clip list have its name", several.len());
                Err(Why::new(
                    "offset_unknown",
                    text,
                    "give the clips names of their own",
                ))
            }
            None => Err(Why::new(
                "offset_unknown",
                "it is not in the clip list",
                CONSOLIDATE,
            )),
        };
        names.iter().map(find).collect()
    }

    /// The clip that plays these channels at a place of the timeline.
    pub fn clip(&mut self, channels: &[&'a ListedClip], place: Range) -> Result<Clip, Why> {
        let Some(first) = channels.first() else {
            return Err(Why::new(
                "offset_unknown",
                "it has no channels",
                CONSOLIDATE,
            ));
        };
        if first.kind == ClipKind::Group {
            return Err(Why::new(
                "clip_group",
                "it is a clip group",
                "ungroup it, or print with --engine bounce",
            ));
        }
        let (Some(start), Some(end)) = (first.start, first.end) else {
            return Err(Why::new(
                "offset_unknown",
                "the clip list does not tell its samples",
                CONSOLIDATE,
            ));
        };
        if channels
            .iter()
            .any(|clip| (clip.start, clip.end) != (first.start, first.end))
        {
            return Err(Why::new(
                "uneven_channels",
                "its channels differ",
                CONSOLIDATE,
            ));
        }
        if let [left, right] = channels
            && (left.id == right.id
                || left.full_name.ends_with(".R")
                || right.full_name.ends_with(".L"))
        {
            let what = "it does not play the left side left and the right side right";
            return Err(Why::new("uneven_channels", what, CONSOLIDATE));
        }
        let length = end.saturating_sub(start);
        if length != place.len() {
            let what = format!(
                "it is {} samples long on the timeline and {length} in the clip list",
                place.len()
            );
            return Err(Why::new("offset_unknown", what, CONSOLIDATE));
        }
        let is_split = channels.iter().any(|clip| clip.file_id != first.file_id);
        let file = match channels {
            [left, right] if is_split => self.split(left, right)?,
            _ if is_split => return Err(unjoined()),
            _ => self.file(&first.file_id)?,
        };
        let name = match channels.len() {
            1 => &first.full_name,
            _ => &first.root_name,
        };
        Ok(Clip {
            file,
            start: place.start,
            offset: start,
            length,
            name: name.clone(),
            ..Clip::default()
        })
    }

    /// Two files that are one source by their names.
    fn split(&mut self, left: &ListedClip, right: &ListedClip) -> Result<usize, Why> {
        let id = format!("{}\0{}", left.file_id, right.file_id);
        if let Some(index) = self.by_file.get(&id) {
            return Ok(*index);
        }
        let sides = [self.path(&left.file_id)?, self.path(&right.file_id)?];
        let whole = sides.first().and_then(|left| split::whole(left));
        let whole = whole.filter(|whole| split::files_of(whole) == sides);
        Ok(self.use_file(&id, whole.ok_or_else(unjoined)?))
    }

    fn file(&mut self, id: &str) -> Result<usize, Why> {
        if let Some(index) = self.by_file.get(id) {
            return Ok(*index);
        }
        let path = self.path(id)?;
        Ok(self.use_file(id, path))
    }

    fn use_file(&mut self, id: &str, path: PathBuf) -> usize {
        self.used.push(SourceFile {
            name: path.display().to_string(),
            path,
        });
        self.by_file.insert(id.to_owned(), self.used.len() - 1);
        self.used.len() - 1
    }

    /// Where a file lies on this machine.
    fn path(&self, id: &str) -> Result<PathBuf, Why> {
        let Some(file) = self.files.get(id) else {
            return Err(Why::new(
                "missing_audio",
                "Pro Tools does not tell where its file lies",
                "relink the file in Pro Tools",
            ));
        };
        if !file.is_online {
            let what = format!("its file is offline in Pro Tools: '{}'", file.path);
            return Err(Why::new(
                "missing_audio",
                what,
                "relink the file in Pro Tools",
            ));
        }
        self.paths.to_ours(&file.path).ok_or_else(|| {
            let what = format!("its file '{}' lies on another machine", file.path);
            Why::new(
                "missing_audio",
                what,
                "tell under [paths] where that folder lies on this machine",
            )
        })
    }
}

fn unjoined() -> Why {
    let what = "its channels lie in files of their own, which are not one source by their names (name.L.wav, name.R.wav)";
    Why::new("split_stereo", what, INTERLEAVE)
}
