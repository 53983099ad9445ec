//! The clip list: each piece of a file that a lane or playlist has played, that was imported or
//! made, once, in the order in which it came, with its name and ids. A clip that leaves the
//! timeline stays in the list, as in Pro Tools.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::model::clip::{ListedClip, SourceFile};
use crate::model::{Arrangement, Clip, Lane, Layout, layout};

use super::{OpenSession, tracks};

/// What makes two clips the same one: the piece of the file, and the name that the session gives.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Piece {
    pub file: Arc<Path>,
    /// Samples of the file.
    pub offset: u64,
    pub length: u64,
    /// Empty where a name is derived from the file's.
    pub name: String,
}

/// A line of the clip list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub piece: Piece,
    /// 1 to 8; a clip has an id a channel.
    pub channels: u16,
    /// The name that is shown, the same for all channels.
    pub name: String,
}

/// All clips of a session.
#[derive(Debug, Clone, Default)]
pub struct ClipList {
    items: Vec<Listed>,
    places: HashMap<Piece, usize>,
    /// Derived names so far, by file.
    counts: HashMap<Arc<Path>, u32>,
    /// What has been looked through.
    seen: Option<Arc<Arrangement>>,
}

/// `.L`, `.R` and so on behind the names of a clip's channels, counted from 0; nothing behind mono.
pub fn channel_tail(channels: u16, channel: u16) -> String {
    let layout = Layout::of(channels).filter(|layout| *layout != Layout::Mono);
    let sides = layout.map(Layout::sides).unwrap_or_default();
    let side = sides.get(usize::from(channel));
    side.map(|side| format!(".{side}")).unwrap_or_default()
}

/// The file's name without its extension.
pub fn root_name(path: &Path) -> String {
    path.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// The paths of an arrangement's files, to be shared by pieces.
fn paths(arrangement: &Arrangement) -> Vec<Arc<Path>> {
    let files = arrangement.files.iter();
    files.map(|file| Arc::from(file.path.as_path())).collect()
}

fn piece(paths: &[Arc<Path>], clip: &Clip) -> Option<Piece> {
    Some(Piece {
        file: Arc::clone(paths.get(clip.file)?),
        offset: clip.offset,
        length: clip.length,
        name: clip.name.clone(),
    })
}

/// All clips of a lane, those of the alternate playlists after the main one's.
fn all_clips(lane: &Lane) -> impl Iterator<Item = &Clip> {
    let others = lane.alternates.iter().flat_map(|playlist| &playlist.clips);
    lane.clips.iter().chain(others)
}

impl ClipList {
    /// Takes up what the arrangement has that is not listed yet.
    pub fn note(&mut self, arrangement: &Arc<Arrangement>) {
        if self
            .seen
            .as_ref()
            .is_some_and(|seen| Arc::ptr_eq(seen, arrangement))
        {
            return;
        }
        let paths = paths(arrangement);
        for lane in &arrangement.lanes {
            for piece in all_clips(lane).filter_map(|clip| piece(&paths, clip)) {
                self.add(piece, lane.channels.clamp(1, layout::MOST));
            }
        }
        for loose in &arrangement.clip_list {
            if let Some(file) = paths.get(loose.file) {
                let piece = Piece {
                    file: Arc::clone(file),
                    offset: loose.offset,
                    length: loose.length,
                    name: loose.name.clone(),
                };
                self.add(piece, loose.channels.clamp(1, layout::MOST));
            }
        }
        self.seen = Some(Arc::clone(arrangement));
    }

    /// Lists a piece, unless it is listed already; its name is made from the file's where it has
    /// none.
    pub fn add(&mut self, piece: Piece, channels: u16) {
        if self.places.contains_key(&piece) {
            return;
        }
        let name = if piece.name.is_empty() {
            let count = self.counts.entry(Arc::clone(&piece.file)).or_default();
            *count += 1;
            format!("{}-{count:02}", root_name(&piece.file))
        } else {
            piece.name.clone()
        };
        self.places.insert(piece.clone(), self.items.len());
        self.items.push(Listed {
            piece,
            channels,
            name,
        });
    }

    pub fn items(&self) -> &[Listed] {
        &self.items
    }

    /// The name that is shown for a clip of this arrangement.
    pub fn name_of(&self, arrangement: &Arrangement, clip: &Clip) -> &str {
        self.line_of(arrangement, clip)
            .map_or("", |listed| &listed.name)
    }

    /// The line of a clip of this arrangement.
    pub fn line_of(&self, arrangement: &Arrangement, clip: &Clip) -> Option<&Listed> {
        let file = arrangement.files.get(clip.file)?;
        let piece = Piece {
            file: Arc::from(file.path.as_path()),
            offset: clip.offset,
            length: clip.length,
            name: clip.name.clone(),
        };
        self.items.get(*self.places.get(&piece)?)
    }

    /// Gives a clip another name; clips of the arrangement are the caller's.
    pub fn rename(&mut self, from: &Piece, to: &str) {
        let Some(at) = self.places.remove(from) else {
            return;
        };
        if let Some(listed) = self.items.get_mut(at) {
            to.clone_into(&mut listed.piece.name);
            to.clone_into(&mut listed.name);
            self.places.insert(listed.piece.clone(), at);
        }
    }

    /// Lets the clips of a file play another one.
    pub fn move_file(&mut self, from: &Path, to: &Path) {
        let to: Arc<Path> = Arc::from(to);
        for listed in self.items.iter_mut().filter(|l| *l.piece.file == *from) {
            listed.piece.file = Arc::clone(&to);
        }
        if let Some(count) = self.counts.remove(from) {
            self.counts.insert(to, count);
        }
        let items = self.items.iter().enumerate();
        self.places = items.map(|(at, l)| (l.piece.clone(), at)).collect();
    }

    /// A name like `wanted` that no clip has.
    pub fn free_name(&self, wanted: &str) -> String {
        let taken: HashSet<&str> = self.items.iter().map(|listed| &*listed.name).collect();
        if !taken.contains(wanted) {
            return wanted.to_owned();
        }
        (1..)
            .map(|number| format!("{wanted}-{number:02}"))
            .find(|name| !taken.contains(name.as_str()))
            .unwrap_or_default()
    }

    /// Whether `path` is the file of a listed clip.
    pub fn has_file(&self, path: &Path) -> bool {
        self.items.iter().any(|listed| &*listed.piece.file == path)
    }
}

impl OpenSession {
    /// The clip list as it is now.
    pub fn clip_list(&self) -> ClipList {
        let mut list = self.clips.clone();
        list.note(&self.arrangement);
        list
    }

    /// The id of a file.
    pub fn file_id(&self, path: &Path) -> String {
        tracks::identity(&[&self.info.origin_id, "file", &path.to_string_lossy()])
    }

    /// The id of one channel of a clip, counted from 0.
    pub fn clip_id(&self, piece: &Piece, channel: u16) -> String {
        tracks::identity(&[
            &self.info.origin_id,
            "clip",
            &piece.file.to_string_lossy(),
            &piece.offset.to_string(),
            &piece.length.to_string(),
            &piece.name,
            &channel.to_string(),
        ])
    }

    /// All files that lanes, playlists and the clip list name, in the arrangement's order first.
    pub fn files(&self) -> Vec<PathBuf> {
        let list = self.clip_list();
        let arranged = self.arrangement.files.iter().map(|f| f.path.as_path());
        let listed = list.items.iter().map(|listed| &*listed.piece.file);
        let mut seen = HashSet::new();
        arranged
            .chain(listed)
            .filter(|path| seen.insert(path.to_path_buf()))
            .map(Path::to_path_buf)
            .collect()
    }

    /// Puts what lies on no lane of `arrangement` into its own list, so that a save keeps it.
    pub(super) fn keep_loose_clips(&self, arrangement: &mut Arrangement) {
        let paths = paths(arrangement);
        let placed: HashSet<Piece> = arrangement
            .lanes
            .iter()
            .flat_map(all_clips)
            .filter_map(|clip| piece(&paths, clip))
            .collect();
        let list = self.clip_list();
        let loose = list.items.iter().filter(|l| !placed.contains(&l.piece));
        arrangement.clip_list = loose
            .map(|listed| ListedClip {
                file: index_of(&mut arrangement.files, &listed.piece.file),
                offset: listed.piece.offset,
                length: listed.piece.length,
                channels: listed.channels,
                name: listed.piece.name.clone(),
            })
            .collect();
    }
}

/// The place of a file in an arrangement's list, which takes it up where it is new.
pub fn index_of(files: &mut Vec<SourceFile>, path: &Path) -> usize {
    let known = files.iter().position(|file| file.path == path);
    known.unwrap_or_else(|| {
        files.push(SourceFile {
            path: path.to_owned(),
            name: path.display().to_string(),
        });
        files.len() - 1
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::clip::Playlist;
    use crate::simulator::world::tests::session;

    fn with_clips() -> OpenSession {
        let mut session = session();
        let arrangement = Arc::make_mut(&mut session.arrangement);
        index_of(&mut arrangement.files, Path::new("/a/Bass.wav"));
        let clip = |start, offset, name: &str| Clip {
            start,
            offset,
            length: 10,
            name: name.to_owned(),
            ..Clip::default()
        };
        arrangement.lanes[3].clips = vec![clip(0, 0, ""), clip(50, 20, "Fill"), clip(90, 0, "")];
        arrangement.lanes[3].alternates = vec![Playlist {
            name: "Bass.01".to_owned(),
            clips: vec![clip(0, 40, "")],
        }];
        session
    }

    fn names(list: &ClipList) -> Vec<&str> {
        list.items().iter().map(|listed| &*listed.name).collect()
    }

    #[test]
    fn a_piece_is_listed_once_and_stays() {
        let mut session = with_clips();
        session.clips = session.clip_list();
        assert_eq!(names(&session.clips), ["Bass-01", "Fill", "Bass-02"]);
        let before = session.clip_id(&session.clips.items()[0].piece, 0);
        let arrangement = Arc::make_mut(&mut session.arrangement);
        arrangement.lanes[3].clips.clear();
        let mut next = arrangement.lanes[3].alternates[0].clips[0].clone();
        next.offset = 41;
        arrangement.lanes[0].clips.push(next);
        let list = session.clip_list();
        assert_eq!(names(&list), ["Bass-01", "Fill", "Bass-02", "Bass-03"]);
        assert_eq!(session.clip_id(&list.items()[0].piece, 0), before);
        assert_ne!(session.clip_id(&list.items()[0].piece, 1), before);
        assert_eq!(list.free_name("Fill"), "Fill-01");

        let saved = session.to_imported().folder.arrangement;
        let loose: Vec<_> = saved
            .clip_list
            .iter()
            .map(|c| (c.offset, &*c.name))
            .collect();
        assert_eq!(loose, [(0, ""), (20, "Fill")]);
    }

    #[test]
    fn renaming_keeps_the_place() {
        let mut session = with_clips();
        session.clips = session.clip_list();
        let piece = session.clips.items()[0].piece.clone();
        session.clips.rename(&piece, "Intro");
        assert_eq!(names(&session.clips), ["Intro", "Fill", "Bass-02"]);
    }
}
