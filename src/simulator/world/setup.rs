//! What Session Setup does to the timeline: start, timecode rate, longest length. Refuses a start
//! that would push something before it, and a length that does not hold what is there.

use std::sync::Arc;

use crate::model::{Range, Timecode, TimecodeRate};
use crate::ptsl::wire::TimelineLocationType;

use super::times::Times;
use super::{Failure, OpenSession, Outcome};

impl OpenSession {
    /// The configured maximum as a label, such as `24:00:00:00`.
    pub fn longest(&self) -> String {
        let rate = self.info.ruler.rate;
        let day = format!("24:00:00{}00", if rate.is_drop() { ';' } else { ':' });
        match self.info.max_length {
            Some(samples) if samples < self.day() => {
                Timecode::at_sample(samples, self.info.sample_rate, rate).to_string()
            }
            _ => day,
        }
    }

    /// Samples of 24 hours of labels.
    fn day(&self) -> u64 {
        let rate = self.info.ruler.rate;
        let frame = rate.frames_per_day();
        Timecode { frame, rate }.sample(self.info.sample_rate)
    }

    /// Sets the maximum from a label of at most 24 hours; everything on the timeline must fit.
    pub fn set_longest(&mut self, text: &str) -> Outcome<()> {
        let rate = self.info.ruler.rate;
        let text = text.trim();
        let is_day = text.len() <= 16
            && text.starts_with("24:")
            && text.bytes().skip(2).all(|b| b":;.0".contains(&b));
        let samples = if is_day {
            self.day()
        } else {
            Timecode::parse(text, rate)
                .map_err(|error| Failure::invalid(format!("{error}.")))?
                .sample(self.info.sample_rate)
        };
        let end = u64::try_from(self.last_sample()).unwrap_or(0);
        if samples == 0 || samples < end {
            return Err(Failure::invalid(
                "The session must be long enough for everything on its timeline.",
            ));
        }
        self.info.max_length = Some(samples);
        Ok(())
    }

    /// The end of the last clip or memory location.
    fn last_sample(&self) -> i64 {
        let clips = self.arrangement.lanes.iter().flat_map(|lane| &lane.clips);
        let markers = self.markers.iter().map(|marker| marker.end);
        clips
            .map(|clip| clip.end())
            .chain(markers)
            .max()
            .unwrap_or(0)
    }

    /// Counts the same moments at another rate; the start keeps its place in the day.
    pub fn set_timecode_rate(&mut self, rate: TimecodeRate) {
        let ruler = &mut self.info.ruler;
        let start = Timecode::at_sample(ruler.start_sample(), ruler.sample_rate, rate);
        ruler.rate = rate;
        ruler.start_frame = start.frame;
    }

    /// Reads a start time: a time of day in any format but bars and beats.
    pub fn start_from(&self, text: &str, kind: TimelineLocationType) -> Outcome<Timecode> {
        if matches!(
            kind,
            TimelineLocationType::TlTypeBarsBeats | TimelineLocationType::TlTypeTicks
        ) {
            return Err(Failure::invalid("A session does not start at a bar."));
        }
        let mut ruler = self.info.ruler;
        if kind == TimelineLocationType::TlTypeTimeCode {
            return Timecode::parse(text, ruler.rate)
                .map_err(|error| Failure::invalid(format!("{error}.")));
        }
        ruler.start_frame = 0;
        let feet_frames = self.setup.feet_frames;
        let sample = Times { ruler, feet_frames }.parse(text, kind)?;
        let sample = u64::try_from(sample).unwrap_or(0);
        if sample >= self.day() {
            return Err(Failure::invalid("A session starts within 24 hours."));
        }
        Ok(Timecode::at_sample(sample, ruler.sample_rate, ruler.rate))
    }

    /// Moves the start of the session. What is on the timeline keeps its distance from the start,
    /// or else its timecode.
    pub fn move_start(&mut self, start: Timecode, keep_distance: bool) -> Outcome<()> {
        let before = i64::try_from(self.info.ruler.start_sample()).unwrap_or(0);
        let rate = self.info.sample_rate;
        let shift = before - i64::try_from(start.sample(rate)).unwrap_or(0);
        if !keep_distance && shift != 0 {
            self.shift(shift)?;
        }
        self.info.ruler.start_frame = start.frame;
        Ok(())
    }

    fn shift(&mut self, by: i64) -> Outcome<()> {
        let clips = self.arrangement.lanes.iter().flat_map(|lane| &lane.clips);
        let first = clips
            .map(|clip| clip.start)
            .chain(self.markers.iter().map(|marker| marker.start))
            .min();
        if first.is_some_and(|first| first + by < 0) {
            return Err(Failure::cannot(
                "Something on the timeline would lie before the session start.",
            ));
        }
        let arrangement = Arc::make_mut(&mut self.arrangement);
        arrangement.length = arrangement.length.saturating_add_signed(by);
        for lane in &mut arrangement.lanes {
            let alternates = lane.alternates.iter_mut().flat_map(|list| &mut list.clips);
            for clip in lane.clips.iter_mut().chain(alternates) {
                clip.start += by;
            }
            for point in lane.volume_points.iter_mut().chain(&mut lane.pan_points) {
                point.at += by;
            }
        }
        for marker in &mut self.markers {
            marker.start += by;
            marker.end += by;
        }
        let within = |at: i64| (at + by).max(0);
        for range in std::iter::once(&mut self.selection).chain(&mut self.edit_selection) {
            *range = Range::new(within(range.start), within(range.end));
        }
        // Former states lie elsewhere.
        self.history.clear();
        self.transport.play_start = within(self.transport.play_start);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::model::{Clip, Timecode, TimecodeRate};
    use crate::ptsl::wire::TimelineLocationType::{TlTypeBarsBeats, TlTypeSamples, TlTypeTimeCode};
    use crate::simulator::world::tests::session;

    #[test]
    fn a_start_moves_what_keeps_its_timecode() {
        let mut session = session();
        let at = |text| Timecode::parse(text, TimecodeRate::Fps25).unwrap();
        let lane = &mut std::sync::Arc::make_mut(&mut session.arrangement).lanes[0];
        lane.clips.push(Clip {
            start: 48_000,
            length: 10,
            ..Clip::default()
        });
        session.move_start(at("00:59:50:00"), false).unwrap();
        assert_eq!(session.arrangement.lanes[0].clips[0].start, 11 * 48_000);
        assert_eq!(session.arrangement.length, 480_000 + 480_000);
        session.move_start(at("01:00:00:00"), true).unwrap();
        assert_eq!(session.arrangement.lanes[0].clips[0].start, 11 * 48_000);
        assert!(session.move_start(at("01:00:12:00"), false).is_err());
        assert_eq!(session.info.ruler.start().to_string(), "01:00:00:00");
        let start = session.start_from("480000", TlTypeSamples).unwrap();
        assert_eq!(start.to_string(), "00:00:10:00");
        assert!(session.start_from("2|1|0", TlTypeBarsBeats).is_err());
        assert!(session.start_from("25:00:00:00", TlTypeTimeCode).is_err());
    }

    #[test]
    fn a_length_holds_what_is_there_and_no_more_than_a_day() {
        let mut session = session();
        assert_eq!(session.longest(), "24:00:00:00");
        session.set_longest("06:30:00:00").unwrap();
        assert_eq!(session.longest(), "06:30:00:00");
        session.set_longest("24:00:00:00").unwrap();
        assert_eq!(session.longest(), "24:00:00:00");
        for wrong in ["24:00:00:01", "00:00:00:00", "25:00:00:00", "soon", ""] {
            assert!(session.set_longest(wrong).is_err(), "{wrong}");
        }
    }
}
