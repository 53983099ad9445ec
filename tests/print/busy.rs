//! Putting a session back against a Pro Tools that is busy: it refuses, says "no session", forgets
//! us, and takes the changes in the end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use pt_stem::engine::lease::{Identity, Lease, LeaseRecord, open_leases, rescue_all};
use pt_stem::model::{JobId, Track, TrackFlag, TrackId};
use pt_stem::ptsl::client::Client;
use pt_stem::ptsl::wire::CommandId;

use crate::scripted::{Reply, Script, Server, refused};

/// A dead program's lease: 'Kick' was muted, and is not any more.
fn left_behind(state: &std::path::Path, address: &str) {
    let tracks: Vec<Track> = ["Kick", "Bass", "Vox"]
        .iter()
        .enumerate()
        .map(|(index, name)| Track {
            id: TrackId(format!("{{0-0-0-{index}}}")),
            name: (*name).into(),
            muted: *name == "Kick",
            ..Track::default()
        })
        .collect();
    let open = Identity {
        path: "/Sessions/Song/Song.ptx".into(),
        ..Identity::default()
    };
    let record = LeaseRecord {
        session: "Song".into(),
        run: "of a dead program".into(),
        // It died while it set mutes.
        unsure: vec![TrackFlag::Mute],
        ..LeaseRecord::new(JobId(7), address, &open, &tracks)
    };
    drop(Lease::take(state, record).unwrap());
}

/// Refuses the command as often as `times` says after the first `good` ones, then answers as usual.
fn stubborn(
    script: &Arc<Script>,
    command: CommandId,
    good: usize,
    times: usize,
    kind: &'static str,
) {
    let (asked, usual) = (AtomicUsize::new(0), Arc::clone(script));
    script.on(command, move |request| {
        let count = asked.fetch_add(1, Ordering::SeqCst);
        if (good..good + times).contains(&count) {
            refused(kind)
        } else {
            usual.usual(command, request)
        }
    });
}

#[tokio::test]
async fn a_busy_pro_tools_is_asked_until_it_takes_the_states_back() {
    for (command, good) in [
        (CommandId::SetTrackMuteState, 0),
        (CommandId::GetTrackList, 0),
        (CommandId::GetTrackList, 1),
        // The first two are rescue's own look.
        (CommandId::GetSessionPath, 2),
    ] {
        let script = Script::new();
        let server = Server::start(&script);
        let client = Client::connect("127.0.0.1", server.port(), Duration::from_secs(5))
            .await
            .unwrap();
        stubborn(&script, command, good, 4, "PT_NoOpenedSession");
        let state = tempfile::tempdir().unwrap();
        left_behind(state.path(), client.address());
        let lease = open_leases(state.path()).unwrap().remove(0);
        let rescued = rescue_all(state.path(), &lease, &client).await.unwrap();
        assert_eq!(rescued.changed, ["Kick"], "{command:?}");
        assert!(client.tracks().await.unwrap()[0].muted, "{command:?}");
        assert_eq!(open_leases(state.path()).unwrap(), []);
    }
}

#[tokio::test]
async fn a_server_that_knows_us_no_more_is_not_asked_again_and_the_lease_stays() {
    let script = Script::new();
    let server = Server::start(&script);
    let client = Client::connect("127.0.0.1", server.port(), Duration::from_secs(5))
        .await
        .unwrap();
    script.on(CommandId::SetTrackMuteState, |_| -> Reply {
        refused("PT_Forbidden")
    });
    let state = tempfile::tempdir().unwrap();
    left_behind(state.path(), client.address());
    let lease = open_leases(state.path()).unwrap().remove(0);
    rescue_all(state.path(), &lease, &client).await.unwrap_err();
    assert_eq!(script.calls(CommandId::SetTrackMuteState).len(), 1);
    assert_eq!(open_leases(state.path()).unwrap(), [lease]);
}
