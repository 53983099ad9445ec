//! The running program puts back by itself what its own jobs left changed.

use std::sync::Arc;
use std::time::Duration;

use pt_stem::app::runtime::{App, RuntimeOptions};
use pt_stem::app::state::Mode;
use pt_stem::config::Config;
use pt_stem::model::JobState;
use pt_stem::simulator::faults::Faults;
use tokio_util::sync::CancellationToken;

use crate::hands::other_session;
use crate::rig::{Rig, state};

const LIMIT: Option<Duration> = Some(Duration::from_secs(60));

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_of_this_run_closes_when_its_session_is_open_again() {
    let rig = Rig::new().await;
    // Saved as it is: that is what a session comes back with.
    rig.client.save_session().await.unwrap();
    let before = state(&rig.client).await;
    let first = rig.client.session_path().await.unwrap();
    let other = other_session(&rig.world);
    let mut options =
        RuntimeOptions::new(Arc::new(Config::default()), Mode::Live, rig.world.state());
    (options.host, options.port) = ("127.0.0.1".to_owned(), rig.port);
    let mut app = App::start(options).unwrap();
    let cancel = CancellationToken::new();
    app.ready(LIMIT, &cancel).await.unwrap();
    let faults = format!(
        "[[fault]]\nkind = \"switch_session\"\ncommand = \"ExportMix\"\nfrom = 2\npath = '{}'\n",
        other.display()
    );
    rig.control()
        .set_faults(Faults::parse(&faults, "test").unwrap());
    let id = app
        .submit(rig.plan_unasked(), "stems".to_owned(), &cancel)
        .await
        .unwrap();
    app.wait_until(LIMIT, &cancel, |state| {
        state.jobs.get(id).is_some_and(|job| job.state.is_over()) && !state.open_leases.is_empty()
    })
    .await
    .unwrap();
    assert_eq!(app.state.jobs.get(id).unwrap().state, JobState::Failed);

    rig.client.open_session(&first).await.unwrap();
    app.wait_until(LIMIT, &cancel, |state| state.open_leases.is_empty())
        .await
        .unwrap();
    assert_eq!(rig.leases(), 0);
    assert_eq!(state(&rig.client).await.0, before.0);
    app.end().await;
}
