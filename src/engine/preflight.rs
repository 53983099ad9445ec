//! What is looked at in Pro Tools just before a bounce changes anything, whatever the plan knew:
//! session, transport, mix sources, delay compensation, space, tracks. Errors stop the job there.

use super::isolate::Scene;
use super::lease::{Identity, Lease, LeaseRecord};
use super::rescue::{self, Rescued};
use super::states::word;
use super::{Context, inspect};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Finding, JobId, Level, Plan, Range, Track, TransportState};
use crate::plan::inspected;
use crate::platform::space;
use crate::ptsl::client::Client;
use crate::ptsl::error::PtslError;

/// A session that may be changed now.
pub struct Ready {
    pub scene: Scene,
    pub lease: Lease,
    pub findings: Vec<Finding>,
}

/// Checks everything that can be checked while nothing is changed, and takes the lease.
pub async fn check(id: JobId, plan: &Plan, context: &Context, client: &Client) -> Result<Ready> {
    let open = Identity::of(client).await?;
    if open.path != plan.session_path {
        return Err(Error::new(
            ErrorKind::Job,
            format!(
                "the plan is for '{}', but '{}' is open",
                plan.session_path, open.path
            ),
        )
        .hint("Open that session, or make the plan again"));
    }
    if client.transport().await?.state != TransportState::Stopped {
        return Err(Error::new(
            ErrorKind::Refused,
            "the transport is running, and Pro Tools cannot bounce while it does",
        )
        .hint("Stop the transport first"));
    }
    let mut findings: Vec<Finding> = delay(client).await.into_iter().collect();
    findings.extend(no_space(plan, context));
    let _turn = rescue::turn().await;
    let tracks = client.tracks().await?;
    check_told(plan, &tracks, client).await?;
    let scene = Scene::new(plan, &tracks)?;
    let rescued = rescue::clear_way(&context.state_dir, client, &open, &tracks).await?;
    findings.extend(rescued.iter().filter_map(put_back_first));
    // A rescue on the way changed what the first look saw.
    let (tracks, scene) = match rescued.is_empty() {
        true => (tracks, scene),
        false => {
            let tracks = client.tracks().await?;
            let scene = Scene::new(plan, &tracks)?;
            (tracks, scene)
        }
    };
    can_be_set(&scene, &tracks, client)?;
    findings.extend(scene.findings.iter().cloned());
    let timeline = selection(client).await?;
    findings.extend(timeline.is_none().then(unknown_selection));
    let lease = Lease::take(
        &context.state_dir,
        LeaseRecord {
            session: plan.session.clone(),
            taken_ms: context.clock.now().unix_ms,
            timeline,
            is_embedded: context.is_embedded,
            ..LeaseRecord::new(id, client.address(), &open, &tracks)
        },
    )?;
    Ok(Ready {
        scene,
        lease,
        findings,
    })
}

/// A Pro Tools before PTSL 3 lets no program set switches: all that a file needs must be so already.
fn can_be_set(scene: &Scene, tracks: &[Track], client: &Client) -> Result<()> {
    match scene.first_change(tracks) {
        Some((flag, on, name)) if !client.sets_switches() => Err(Error::new(
            ErrorKind::Refused,
            format!(
                "'{name}' would have to be {}, and this Pro Tools lets no program set solo and mute",
                word(flag, on)
            ),
        )
        .hint("Print with --engine render, or from Pro Tools 2023.12 or newer")
        .hint("A single file can be printed when solo, mute and solo-safe are set by hand as it needs them")),
        _ => Ok(()),
    }
}

/// Play start and timeline selection; nothing where this server does not tell them in a way that
/// can be read. What was only not told now could not be put back: the job does not begin.
async fn selection(client: &Client) -> Result<Option<(i64, Range)>> {
    match client.timeline().await {
        Ok(timeline) => Ok(Some(timeline)),
        Err(error) if error.is_unsupported() || matches!(error, PtslError::Unreadable { .. }) => {
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

fn unknown_selection() -> Finding {
    Finding::new(
        Level::Warning,
        "selection_unknown",
        "Pro Tools does not tell the timeline selection: the job's own range stays selected",
    )
    .fix("note the selection if it matters")
}

fn put_back_first(rescued: &Rescued) -> Option<Finding> {
    (!rescued.changed.is_empty()).then(|| {
        Finding::new(
            Level::Note,
            "put_back_first",
            format!(
                "what an earlier job had left changed was put back first: {}",
                rescued.changed.join(", ")
            ),
        )
    })
}

/// Mix sources that are not there, and audio that went offline since the plan was made.
async fn check_told(plan: &Plan, tracks: &[Track], client: &Client) -> Result<()> {
    let question = inspected::question(plan, &plan.session_path, tracks).unwrap_or_default();
    let mut told = inspect::offline(client, &question).await?;
    told.sources = inspect::sources(client, &question).await?;
    let source = &plan.output.mix_source;
    let findings = inspected::findings(&told, plan.printed(), source, plan.range);
    let mut errors = findings.into_iter().filter(|f| f.level == Level::Error);
    match errors.next() {
        Some(first) => Err(Error::new(ErrorKind::Job, first.text).hint(first.fix)),
        None => Ok(()),
    }
}

/// A server that does not tell is no reason to warn.
async fn delay(client: &Client) -> Option<Finding> {
    let info = client.delay_info().await.ok()?;
    (!info.is_compensated).then(|| {
        Finding::new(
            Level::Warning,
            "no_delay_compensation",
            "delay compensation is off: tracks with plug-ins or sends come late, and stems may not sum",
        )
        .fix("switch on Options > Delay Compensation in Pro Tools, and print again")
    })
}

/// Where Pro Tools may write first, when that disk can be seen from here.
fn no_space(plan: &Plan, context: &Context) -> Option<Finding> {
    let file = context.paths.to_ours(&plan.session_path)?;
    let folder = file.parent()?;
    let files = u64::try_from(plan.printed().count()).unwrap_or(1).max(1);
    let needed = plan.scratch_bytes / files;
    let free = space::free_bytes(folder).ok()?;
    (folder.is_dir() && free < needed).then(|| {
        Finding::new(
            Level::Warning,
            "no_space_pro_tools",
            format!(
                "the session's own disk has {} MB free, and one file needs {} MB where Pro Tools \
                 bounces into its own folder",
                free / 1_000_000,
                needed.div_ceil(1_000_000)
            ),
        )
        .fix("free some space there")
    })
}
