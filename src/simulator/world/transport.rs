//! The transport: play, record, half speed, and where the play head is at a given moment. Playing
//! ends at the end of the timeline selection, or goes on for ever where there is none; after a
//! stop the play head is back at the play start marker.

use crate::model::{Now, Range};
use crate::ptsl::wire::{PlaybackMode, TransportState};

use super::{Failure, Outcome};

/// How takes are recorded. A kind of its own: PTSL's names and numbers contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RecordMode {
    #[default]
    Normal,
    Loop,
    Destructive,
    QuickPunch,
    TrackPunch,
    DestructivePunch,
}

impl RecordMode {
    /// All of them with their names.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::Normal, "Normal"),
        (Self::Loop, "Loop"),
        (Self::Destructive, "Destructive"),
        (Self::QuickPunch, "QuickPunch"),
        (Self::TrackPunch, "TrackPunch"),
        (Self::DestructivePunch, "DestructivePunch"),
    ];

    /// `RM_Normal` and the like.
    pub fn name(self) -> String {
        let name = Self::ALL
            .iter()
            .find(|(mode, _)| *mode == self)
            .map_or("Normal", |(_, name)| name);
        format!("RM_{name}")
    }

    /// By a name of either family; the meaning counts, not the number behind it.
    pub fn parse(name: &str) -> Option<Self> {
        let word = name.rsplit('_').next()?;
        Self::ALL
            .iter()
            .find(|(_, known)| *known == word)
            .map(|(mode, _)| *mode)
    }
}

/// A play or record pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Pass {
    since: Now,
    /// Session sample at which it began.
    from: i64,
    half_speed: bool,
    recording: bool,
    /// Where it ends by itself.
    until: Option<i64>,
}

/// The transport.
#[derive(Debug, Clone, Default)]
pub struct Transport {
    /// Play start marker, session samples.
    pub play_start: i64,
    pub record_armed: bool,
    pub record_mode: RecordMode,
    pub is_loop: bool,
    pub is_dynamic: bool,
    pass: Option<Pass>,
    /// Where the scrubber is, and since when.
    scrub: Option<(i64, Now)>,
}

/// Pre- and post-roll: session samples, and whether they count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rolls {
    pub pre: i64,
    pub post: i64,
    pub pre_enabled: bool,
    pub post_enabled: bool,
}

fn elapsed(pass: &Pass, sample_rate: u32, now: Now) -> i64 {
    let micros = now.mono_us.saturating_sub(pass.since.mono_us);
    let speed = if pass.half_speed { 2 } else { 1 };
    let samples = u128::from(micros) * u128::from(sample_rate) / (1_000_000 * speed);
    i64::try_from(samples).unwrap_or(i64::MAX)
}

impl Transport {
    /// Ends a pass that has reached its end. To be called before anything is read.
    pub fn settle(&mut self, sample_rate: u32, now: Now) {
        let Some(pass) = self.pass else { return };
        let Some(until) = pass.until.filter(|_| !self.is_loop) else {
            return;
        };
        if pass.from.saturating_add(elapsed(&pass, sample_rate, now)) >= until {
            self.stop();
        }
    }

    /// Where the play head is, session samples.
    pub fn position(&self, sample_rate: u32, now: Now) -> i64 {
        let Some(pass) = self.pass else {
            return self.scrub.map_or(self.play_start, |(at, _)| at);
        };
        let gone = elapsed(&pass, sample_rate, now);
        match pass.until {
            Some(until) if self.is_loop && until > pass.from => {
                pass.from + gone % (until - pass.from)
            }
            _ => pass.from.saturating_add(gone),
        }
    }

    pub fn state(&self) -> TransportState {
        match self.pass {
            None if self.scrub.is_some() => TransportState::TsTransportScrub,
            None => TransportState::TsTransportStopped,
            Some(pass) => match (pass.recording, pass.half_speed) {
                (false, false) => TransportState::TsTransportPlaying,
                (true, false) => TransportState::TsTransportRecording,
                (false, true) => TransportState::TsTransportPlayingHalfSpeed,
                (true, true) => TransportState::TsTransportRecordingHalfSpeed,
            },
        }
    }

    pub fn is_rolling(&self) -> bool {
        self.pass.is_some() || self.scrub.is_some()
    }

    /// BeginScrub: from a session sample.
    pub fn begin_scrub(&mut self, at: i64, now: Now) -> Outcome<()> {
        if self.is_rolling() {
            return Err(Failure::cannot("Stop the transport first."));
        }
        self.scrub = Some((at, now));
        Ok(())
    }

    /// ContinueScrub: on at `velocity` percent of the normal speed, negative for backwards, for
    /// the time since the last call; where it is now.
    pub fn continue_scrub(&mut self, velocity: i32, sample_rate: u32, now: Now) -> Outcome<i64> {
        let (at, since) = self
            .scrub
            .ok_or_else(|| Failure::cannot("Nothing is being scrubbed."))?;
        let micros = i128::from(now.mono_us.saturating_sub(since.mono_us));
        let samples = micros * i128::from(sample_rate) * i128::from(velocity) / 100_000_000;
        let at = (i128::from(at) + samples).clamp(0, i128::from(i32::MAX) * 64);
        let at = i64::try_from(at).unwrap_or(0);
        self.scrub = Some((at, now));
        Ok(at)
    }

    /// EndScrub: the play head stays where it is; that place.
    pub fn end_scrub(&mut self) -> Outcome<i64> {
        let (at, _) = self
            .scrub
            .take()
            .ok_or_else(|| Failure::cannot("Nothing is being scrubbed."))?;
        self.play_start = at;
        Ok(at)
    }

    /// Stops, as the space bar does; a normal record pass disarms the transport.
    pub fn stop(&mut self) {
        self.scrub = None;
        if self.pass.take().is_some_and(|pass| pass.recording) {
            self.record_armed = false;
        }
    }

    fn start(&mut self, selection: Range, half_speed: bool, recording: bool, now: Now) {
        let within = !selection.is_empty()
            && !self.is_dynamic
            && (selection.start..selection.end).contains(&self.play_start);
        self.pass = Some(Pass {
            since: now,
            from: self.play_start,
            half_speed,
            recording,
            until: within.then_some(selection.end),
        });
    }

    /// TogglePlayState: starts, or stops whatever runs.
    pub fn toggle_play(&mut self, selection: Range, now: Now) {
        if self.is_rolling() {
            self.stop();
        } else {
            self.start(selection, false, self.record_armed, now);
        }
    }

    /// PlayHalfSpeed and RecordHalfSpeed: the same at half the speed.
    pub fn toggle_half_speed(&mut self, selection: Range, recording: bool, now: Now) {
        if self.is_rolling() {
            self.stop();
        } else {
            self.record_armed |= recording;
            self.start(selection, true, recording, now);
        }
    }

    /// ToggleRecordEnable: arms or disarms; while rolling it punches out, and in the punch modes
    /// also in.
    pub fn toggle_record_enable(&mut self) {
        self.record_armed = !self.record_armed;
        let may_punch = matches!(
            self.record_mode,
            RecordMode::QuickPunch | RecordMode::TrackPunch | RecordMode::DestructivePunch
        );
        if let Some(pass) = &mut self.pass {
            pass.recording = self.record_armed && (may_punch || pass.recording);
        }
    }

    /// What GetPlaybackMode lists.
    pub fn playback_modes(&self) -> Vec<PlaybackMode> {
        let mut modes = Vec::new();
        if !self.is_loop && !self.is_dynamic {
            modes.push(PlaybackMode::PmNormal);
        }
        if self.is_loop {
            modes.push(PlaybackMode::PmLoop);
        }
        if self.is_dynamic {
            modes.push(PlaybackMode::PmDynamicTransport);
        }
        modes
    }

    pub fn set_playback_mode(&mut self, mode: PlaybackMode) {
        match mode {
            PlaybackMode::PmLoop => self.is_loop = true,
            PlaybackMode::PmDynamicTransport => self.is_dynamic = true,
            _ => {
                self.is_loop = false;
                self.is_dynamic = false;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Now {
        Now {
            mono_us: seconds * 1_000_000,
            ..Now::default()
        }
    }

    #[test]
    fn play_moves_with_the_clock_and_stop_returns() {
        let mut transport = Transport {
            play_start: 48_000,
            ..Transport::default()
        };
        transport.toggle_play(Range::default(), at(10));
        assert_eq!(transport.state(), TransportState::TsTransportPlaying);
        assert_eq!(transport.position(48_000, at(12)), 3 * 48_000);
        transport.settle(48_000, at(100_000));
        assert!(transport.is_rolling(), "nothing to end at");
        transport.toggle_play(Range::default(), at(12));
        assert_eq!(transport.state(), TransportState::TsTransportStopped);
        assert_eq!(transport.position(48_000, at(13)), 48_000);
    }

    #[test]
    fn half_speed_is_half_as_far() {
        let mut transport = Transport::default();
        transport.toggle_half_speed(Range::default(), false, at(0));
        assert_eq!(
            transport.state(),
            TransportState::TsTransportPlayingHalfSpeed
        );
        assert_eq!(transport.position(48_000, at(2)), 48_000);
    }

    #[test]
    fn a_selection_ends_the_pass_unless_it_loops() {
        let selection = Range::new(0, 96_000);
        let mut transport = Transport::default();
        transport.toggle_play(selection, at(0));
        transport.settle(48_000, at(1));
        assert!(transport.is_rolling());
        transport.settle(48_000, at(2));
        assert!(!transport.is_rolling());

        transport.set_playback_mode(PlaybackMode::PmLoop);
        transport.toggle_play(selection, at(0));
        transport.settle(48_000, at(5));
        assert!(transport.is_rolling());
        assert_eq!(transport.position(48_000, at(5)), 48_000);
    }

    #[test]
    fn scrubbing_goes_both_ways_and_stays_where_it_ends() {
        let mut transport = Transport::default();
        assert!(transport.end_scrub().is_err());
        transport.begin_scrub(48_000, at(1)).unwrap();
        assert!(transport.begin_scrub(0, at(1)).is_err());
        assert_eq!(transport.state(), TransportState::TsTransportScrub);
        assert_eq!(transport.continue_scrub(50, 48_000, at(3)), Ok(96_000));
        assert_eq!(transport.continue_scrub(-100, 48_000, at(4)), Ok(48_000));
        assert_eq!(transport.continue_scrub(i32::MIN, 48_000, at(5)), Ok(0));
        assert!(
            transport
                .continue_scrub(i32::MAX, 192_000, at(u64::MAX / 2_000_000))
                .is_ok()
        );
        transport
            .continue_scrub(i32::MIN, 48_000, at(u64::MAX / 1_000_000))
            .unwrap();
        transport.end_scrub().unwrap();
        assert_eq!(transport.position(48_000, at(9)), 0);
        assert_eq!(transport.state(), TransportState::TsTransportStopped);
    }

    #[test]
    fn recording_needs_arming_and_disarms_after() {
        let mut transport = Transport::default();
        transport.toggle_record_enable();
        assert!(transport.record_armed);
        transport.toggle_play(Range::default(), at(0));
        assert_eq!(transport.state(), TransportState::TsTransportRecording);
        transport.toggle_play(Range::default(), at(1));
        assert!(!transport.record_armed);
        transport.toggle_play(Range::default(), at(2));
        assert_eq!(transport.state(), TransportState::TsTransportPlaying);
        transport.toggle_record_enable();
        assert_eq!(
            transport.state(),
            TransportState::TsTransportPlaying,
            "normal mode does not punch in"
        );
    }

    #[test]
    fn record_mode_names_mean_what_they_say() {
        for (name, mode) in [
            ("RM_Loop", RecordMode::Loop),
            ("RMode_Loop", RecordMode::Loop),
            ("RMode_Normal", RecordMode::Normal),
            ("RM_DestructivePunch", RecordMode::DestructivePunch),
        ] {
            assert_eq!(RecordMode::parse(name), Some(mode));
        }
        assert_eq!(RecordMode::parse("RMode_Unknown"), None);
    }
}
