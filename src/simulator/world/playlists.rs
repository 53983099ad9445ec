//! Playlists of a track and what lies on them: clips, and fades as elements of their own. A clip's
//! element spans all of it, its faded ends too; a crossfade is one element.

use crate::model::{Clip, FadeShape, Lane, Range, TrackKind};

use super::{OpenSession, tracks};

/// One playlist of a track.
#[derive(Debug, Clone, PartialEq)]
pub struct Playlist<'a> {
    pub id: String,
    pub name: String,
    pub is_main: bool,
    /// 1 or 2.
    pub channels: u16,
    pub clips: &'a [Clip],
}

/// Something on a playlist.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Element<'a> {
    pub range: Range,
    pub kind: ElementKind<'a>,
}

/// What an element is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ElementKind<'a> {
    Clip(&'a Clip),
    FadeIn(FadeShape),
    FadeOut(FadeShape),
    /// The shapes of the clip that comes and of the one that goes.
    Crossfade(FadeShape, FadeShape),
}

impl OpenSession {
    /// The playlists of a track, the main one first; none for folders and VCAs.
    pub fn playlists(&self, strip: usize) -> Vec<Playlist<'_>> {
        let Some(strip) = self.strips.get(strip) else {
            return Vec::new();
        };
        let track = &strip.track;
        if matches!(track.kind, TrackKind::Folder | TrackKind::Vca) {
            return Vec::new();
        }
        let lane = strip.lane.and_then(|at| self.arrangement.lanes.get(at));
        let channels = lane
            .map_or(track.channels, |lane| lane.channels)
            .clamp(1, 2);
        let main = Playlist {
            id: tracks::identity(&[&track.id.0, "playlist"]),
            // The main playlist goes by the name of its track.
            name: track.name.clone(),
            is_main: true,
            channels,
            clips: lane.map_or(&[], |lane| &lane.clips),
        };
        let others = lane.map_or(&[][..], |lane: &Lane| &lane.alternates);
        let others = others.iter().enumerate().map(|(index, playlist)| Playlist {
            id: tracks::identity(&[&track.id.0, "playlist", &index.to_string(), &playlist.name]),
            name: playlist.name.clone(),
            is_main: false,
            channels,
            clips: &playlist.clips,
        });
        std::iter::once(main).chain(others).collect()
    }
}

/// Whether `next` fades in exactly where `clip` fades out.
fn cross(clip: &Clip, next: &Clip) -> bool {
    clip.fade_out > 0
        && clip.fade_out == next.fade_in
        && clip.end() == next.start.saturating_add(length(next.fade_in))
}

fn length(samples: u64) -> i64 {
    i64::try_from(samples).unwrap_or(i64::MAX)
}

/// What of `clips` touches `within`, in the order of time.
pub fn elements(clips: &[Clip], within: Range) -> Vec<Element<'_>> {
    let mut sorted: Vec<&Clip> = clips.iter().collect();
    sorted.sort_by_key(|clip| clip.start);
    let mut found = Vec::new();
    let mut crossed = false;
    for (index, clip) in sorted.iter().enumerate() {
        let (start, end) = (clip.start, clip.end());
        let mut put = |start, end, kind| {
            if start < within.end && end > within.start {
                let range = Range::new(start, end);
                found.push(Element { range, kind });
            }
        };
        if clip.fade_in > 0 && !crossed {
            let until = start.saturating_add(length(clip.fade_in)).min(end);
            put(start, until, ElementKind::FadeIn(clip.fade_in_shape));
        }
        put(start, end, ElementKind::Clip(clip));
        let next = sorted.get(index + 1).filter(|next| cross(clip, next));
        crossed = next.is_some();
        let from = end.saturating_sub(length(clip.fade_out)).max(start);
        match next {
            Some(next) => put(
                from,
                end,
                ElementKind::Crossfade(next.fade_in_shape, clip.fade_out_shape),
            ),
            None if clip.fade_out > 0 => {
                put(from, end, ElementKind::FadeOut(clip.fade_out_shape));
            }
            None => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clip(start: i64, length: u64, fade_in: u64, fade_out: u64) -> Clip {
        Clip {
            start,
            length,
            fade_in,
            fade_out,
            ..Clip::default()
        }
    }

    fn shown(clips: &[Clip], within: Range) -> String {
        let word = |element: &Element<'_>| {
            let kind = match element.kind {
                ElementKind::Clip(_) => "clip",
                ElementKind::FadeIn(_) => "in",
                ElementKind::FadeOut(_) => "out",
                ElementKind::Crossfade(..) => "cross",
            };
            format!("{kind} {}-{}", element.range.start, element.range.end)
        };
        let words: Vec<_> = elements(clips, within).iter().map(word).collect();
        words.join(", ")
    }

    #[test]
    fn fades_are_elements() {
        let all = Range::new(i64::MIN, i64::MAX);
        let one = [clip(10, 100, 5, 7)];
        assert_eq!(shown(&one, all), "in 10-15, clip 10-110, out 103-110");
        assert_eq!(shown(&one, Range::new(20, 103)), "clip 10-110");
        assert_eq!(shown(&one, Range::new(110, 200)), "");
        let two = [clip(90, 50, 20, 0), clip(10, 100, 5, 20)];
        assert_eq!(
            shown(&two, all),
            "in 10-15, clip 10-110, cross 90-110, clip 90-140"
        );
        let apart = [clip(0, 10, 0, 5), clip(10, 10, 5, 0)];
        assert_eq!(
            shown(&apart, all),
            "clip 0-10, out 5-10, in 10-15, clip 10-20"
        );
    }

    #[test]
    fn the_main_playlist_has_the_tracks_name() {
        let session = crate::simulator::world::tests::session();
        let names = |at| {
            let lists = session.playlists(at);
            lists.iter().map(|p| p.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(names(1), ["Kick"]);
        assert_eq!(names(0), Vec::<String>::new(), "a folder has none");
    }
}
