//! The two sides of the matrix: phases of a bounce, and faults with what follows them.

use pt_stem::model::TrackFlag;
use pt_stem::simulator::Api;

/// Which session and plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Job {
    /// Three stems by solo, the sum proven.
    Solo,
    /// Twins renamed, a return solo-safed, a stem by solo, one from its source, one by itself.
    Ways,
}

/// Which call of a command in an undisturbed job.
#[derive(Debug, Clone, Copy)]
pub enum At {
    Call(u32),
    /// So many before the last one.
    Last(u32),
}

use At::{Call, Last};

/// Phases of a bounce by the call that stands for them.
#[rustfmt::skip]
pub const PHASES: &[(&str, Job, &str, At)] = &[
    ("preflight: session",          Job::Solo, "GetSessionPath", Call(1)),
    ("preflight: identity",         Job::Solo, "GetSessionIDs", Call(1)),
    ("preflight: transport",        Job::Solo, "GetTransportState", Call(1)),
    ("preflight: sources",          Job::Solo, "GetExportMixSourceList", Call(1)),
    ("preflight: tracks",           Job::Solo, "GetTrackList", Call(1)),
    ("preflight: selection",        Job::Solo, "GetTimelineSelection", Call(1)),
    ("lease taken: tracks",         Job::Solo, "GetTrackList", Call(2)),
    ("renaming twins",              Job::Ways, "RenameTargetTrack", Call(1)),
    ("isolating: solos off",        Job::Solo, "SetTrackSoloState", Call(1)),
    ("isolating: solos on",         Job::Solo, "SetTrackSoloState", Call(2)),
    ("isolating: mutes",            Job::Solo, "SetTrackMuteState", Call(1)),
    ("isolating: solo-safe",        Job::Ways, "SetTrackSoloSafeState", Call(1)),
    ("isolating: reading back",     Job::Solo, "GetTrackList", Call(3)),
    ("selection",                   Job::Solo, "SetTimelineSelection", Call(1)),
    ("bounce",                      Job::Solo, "ExportMix", Call(2)),
    ("bounce of a source",          Job::Ways, "ExportMix", Call(2)),
    ("bounce of a track",           Job::Ways, "BounceTrack", Call(1)),
    ("reading back",                Job::Solo, "GetTrackList", Call(7)),
    ("between stems: session",      Job::Solo, "GetSessionPath", Call(13)),
    ("between stems: solos",        Job::Solo, "SetTrackSoloState", Call(3)),
    ("between stems: selection",    Job::Solo, "SetTimelineSelection", Call(2)),
    ("putting back: session",       Job::Solo, "GetSessionPath", Last(7)),
    ("putting back: tracks",        Job::Solo, "GetTrackList", Last(2)),
    ("putting back: solos off",     Job::Solo, "SetTrackSoloState", Last(1)),
    ("putting back: solos on",      Job::Solo, "SetTrackSoloState", Last(0)),
    ("putting back: mutes",         Job::Solo, "SetTrackMuteState", Last(0)),
    ("putting back: solo-safe",     Job::Ways, "SetTrackSoloSafeState", Last(0)),
    ("putting back: names",         Job::Ways, "RenameTargetTrack", Last(0)),
    ("putting back: reading back",  Job::Solo, "GetTrackList", Last(1)),
    ("putting back: selection",     Job::Solo, "SetTimelineSelection", Last(0)),
    ("the last look",               Job::Solo, "GetTrackList", Last(0)),
];

/// What somebody does while the fault lasts, and what becomes of the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    Nothing,
    /// The dialog is dismissed as soon as it opens.
    Dismissed,
    /// The dialog stands there until long after the job.
    Nobody,
    /// The session is gone, or another one open: its user opens it again when the job is over.
    Reopened,
    /// A human turned a switch of the bystander.
    Turned(TrackFlag, bool),
}

/// Name, keys of the fault, what follows, and words of which a failed job must say one.
#[rustfmt::skip]
pub const FAULTS: &[(&str, &str, After, &[&str])] = &[
    ("refused", "kind = 'refuse'\nmessage = 'Not tonight.'", After::Nothing, &["Not tonight"]),
    ("refused after a warning", "kind = 'refuse'\nmessage = 'Not tonight.'\nwarning_first = true", After::Nothing, &["Not tonight"]),
    ("busy twice", "kind = 'busy'\ntimes = 2", After::Nothing, &["busy"]),
    ("no session twice", "kind = 'busy'\ntimes = 2\nerror = 106", After::Nothing, &["no session"]),
    ("cut before", "kind = 'drop'\nwhen = 'before'", After::Nothing, &["nothing answers", "connection"]),
    ("cut after", "kind = 'drop'\nwhen = 'after'", After::Nothing, &["nothing answers", "connection"]),
    ("hang", "kind = 'hang'\nuntil = 'dismissed'", After::Dismissed, &[]),
    ("hang, cancelled", "kind = 'hang'\nuntil = 'dismissed'\nthen = 'cancel'", After::Dismissed, &["cancel"]),
    ("hang of 6 s", "kind = 'hang'\nms = 6000", After::Nothing, &["no answer", "timed out"]),
    ("dialog says no session", "kind = 'dialog'\nmode = 'no_session'\nms = 1500", After::Nothing, &["no session"]),
    ("waiting for input", "kind = 'waiting'\nuntil = 'dismissed'", After::Dismissed, &[]),
    ("no effect", "kind = 'no_effect'", After::Nothing, &["did not", "not in", "cannot read", "could not", "would not", "shorter than the range"]),
    ("warnings", "kind = 'warnings'", After::Nothing, &[]),
    ("late, timed out", "kind = 'late'\nuntil = 'dismissed'", After::Nothing, &["timed out", "no answer"]),
    ("late, not answered", "kind = 'late'\nuntil = 'dismissed'\nanswer = 'nothing'", After::Nothing, &["no answer"]),
    ("restart before", "kind = 'restart'\nwhen = 'before'\ndown_ms = 300", After::Nothing, &["nothing answers", "connection", "session_id", "PT_Forbidden"]),
    ("restart after", "kind = 'restart'\nwhen = 'after'\ndown_ms = 300", After::Nothing, &["nothing answers", "connection", "session_id", "PT_Forbidden"]),
    ("restart, session closed", "kind = 'restart'\nsession = 'closes'", After::Reopened, &["nothing answers", "connection", "no session", "PT_Forbidden"]),
    ("other session before", "kind = 'switch_session'\nwhen = 'before'\npath = 'OTHER'", After::Reopened, &["Other"]),
    ("other session after", "kind = 'switch_session'\nwhen = 'after'\npath = 'OTHER'", After::Reopened, &["Other"]),
    ("soloed by hand before", "kind = 'human'\nwhen = 'before'\nflag = 'solo'\ntrack = 'BYSTANDER'", After::Turned(TrackFlag::Solo, true), &["somebody"]),
    ("soloed by hand after", "kind = 'human'\nwhen = 'after'\nflag = 'solo'\ntrack = 'BYSTANDER'", After::Turned(TrackFlag::Solo, true), &["somebody"]),
    ("muted by hand after", "kind = 'human'\nwhen = 'after'\nflag = 'mute'\ntrack = 'BYSTANDER'", After::Turned(TrackFlag::Mute, true), &["somebody"]),
    ("stuck progress", "kind = 'stuck_progress'", After::Nothing, &[]),
    ("disk full", "kind = 'disk_full'", After::Nothing, &["space"]),
    ("elsewhere", "kind = 'elsewhere'", After::Nothing, &[]),
    ("a frame short", "kind = 'wrong_length'\nframes = -1", After::Nothing, &["frames", "long", "short"]),
    ("longer", "kind = 'wrong_length'\nframes = 700", After::Nothing, &["frames", "long", "short"]),
    ("silent", "kind = 'silent'", After::Nothing, &["silent"]),
    ("truncated", "kind = 'truncated'", After::Nothing, &["frames", "short", "end", "damaged"]),
    ("name taken, replaced", "kind = 'name_exists'\ntaken = true", After::Dismissed, &[]),
    ("name taken, both kept", "kind = 'name_exists'\ntaken = true\nthen = 'keep_both'", After::Dismissed, &["several files"]),
    ("name taken, cancelled", "kind = 'name_exists'\ntaken = true\nthen = 'cancel'", After::Dismissed, &["cancel"]),
    ("name taken, nobody comes", "kind = 'name_exists'\ntaken = true", After::Nobody, &["no answer"]),
    ("hang, nobody comes", "kind = 'hang'", After::Nobody, &["no answer"]),
    ("waiting, nobody comes", "kind = 'waiting'", After::Nobody, &["no answer"]),
    ("no session, nobody comes", "kind = 'dialog'\nmode = 'no_session'", After::Nobody, &["no session"]),
];

/// Faults that only a bounce can have.
pub const OF_BOUNCES: [&str; 11] = [
    "name taken, replaced",
    "name taken, both kept",
    "name taken, cancelled",
    "name taken, nobody comes",
    "stuck progress",
    "disk full",
    "elsewhere",
    "a frame short",
    "longer",
    "silent",
    "truncated",
];

/// Faults that stand for themselves in the part that always runs, or take long.
const NAMED: [&str; 2] = ["name taken", "nobody comes"];

/// Cells of those that always run all the same.
#[rustfmt::skip]
const ALWAYS: &[(&str, &str, Api)] = &[
    ("isolating: solos on", "hang, nobody comes", Api::V2025_10),
    ("putting back: solos off", "hang, nobody comes", Api::V2025_10),
    ("between stems: session", "no session, nobody comes", Api::V2025_10),
    ("bounce", "name taken, replaced", Api::V2025_10),
    ("bounce", "name taken, both kept", Api::V2025_10),
    ("bounce of a source", "name taken, both kept", Api::V2025_10),
    ("bounce of a track", "name taken, both kept", Api::V2025_10),
    ("bounce of a track", "name taken, cancelled", Api::V2025_10),
    ("isolating: solos on", "other session before", Api::V2025_10),
    ("selection", "other session before", Api::V2025_10),
    ("renaming twins", "other session before", Api::V2025_10),
    ("putting back: solos on", "other session before", Api::V2025_10),
    ("isolating: solos off", "late, timed out", Api::V3),
    ("bounce", "a frame short", Api::V3),
    ("putting back: mutes", "cut after", Api::V3),
    ("isolating: solos on", "other session before", Api::V5),
    ("reading back", "soloed by hand before", Api::V5),
];

/// Whether a cell runs without being asked for: every fault in a few phases, every phase with a
/// few faults, and what is named.
pub fn is_in_the_part(phase: usize, fault: usize, api: Api) -> bool {
    let (name, kind) = (PHASES[phase].0, FAULTS[fault].0);
    let is_special = NAMED.iter().any(|word| kind.contains(word)) || api != Api::default();
    ALWAYS.contains(&(name, kind, api)) || (is_met(phase, fault) && !is_special)
}

/// Whether a cell is one of the whole matrix: all of the newest version, a part of the older ones.
pub fn is_in_the_whole(phase: usize, fault: usize, api: Api) -> bool {
    api == Api::default() || is_met(phase, fault) || is_in_the_part(phase, fault, api)
}

fn is_met(phase: usize, fault: usize) -> bool {
    let is_of_bounces = OF_BOUNCES.contains(&FAULTS[fault].0);
    (is_of_bounces && phase.is_multiple_of(2)) || (phase + fault).is_multiple_of(8)
}
