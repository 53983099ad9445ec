//! `pt-stem jobs`: the queue, kept over restarts, of all running instances. Those that can be
//! reached tell it themselves, as it is at this moment; the record has the rest.

use serde_json::json;

use crate::app::JobCommand;
use crate::app::runtime::{Visit, visits};
use crate::app::shape;
use crate::cli::args::JobsCommand;
use crate::cli::output::{self, Output, Table};
use crate::error::{Error, ErrorKind, Result};
use crate::jobs::store::{self, Granted, Wish};
use crate::model::job::Stage;
use crate::model::{Job, JobId, JobState};
use crate::platform::places::Places;

/// Runs a subcommand; listing without one. Needs no connection.
pub fn run(command: Option<&JobsCommand>, places: &Places, output: Output) -> Result<()> {
    let tasks = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            Error::new(ErrorKind::Internal, "the async runtime does not start").because(error)
        })?;
    tasks.block_on(perform(command, places, output))
}

async fn perform(command: Option<&JobsCommand>, places: &Places, output: Output) -> Result<()> {
    let mut jobs = store::read_all(&places.state)?;
    let visits = visits(&places.state).await;
    for live in visits.iter().flat_map(|visit| &visit.jobs) {
        if let Some(job) = jobs.iter_mut().find(|job| job.id == live.id) {
            job.clone_from(live);
        }
    }
    let (id, wish) = match command {
        None | Some(JobsCommand::List) => return list(&jobs, output),
        Some(JobsCommand::Show { id }) => return show(find(&jobs, *id)?, output),
        Some(JobsCommand::Cancel { id }) => (*id, Wish::Cancel),
        Some(JobsCommand::Retry { id }) => (*id, Wish::Retry),
    };
    let job = find(&jobs, id)?;
    let mut visits = visits.into_iter();
    let host = visits.find(|visit| visit.jobs.iter().any(|own| own.id == job.id));
    match host {
        Some(host) => ask(host, job, wish, output).await,
        None => leave(places, job, wish, output),
    }
}

/// Asks the instance that runs the job.
async fn ask(host: Visit, job: &Job, wish: Wish, output: Output) -> Result<()> {
    host.order(match wish {
        Wish::Cancel => JobCommand::Cancel(job.id),
        Wish::Retry => JobCommand::Retry(job.id),
    })
    .await?;
    granted(
        job,
        "soon",
        "the pt-stem that runs it has taken it up",
        output,
    )
}

/// Leaves the wish for whoever runs the job.
fn leave(places: &Places, job: &Job, wish: Wish, output: Output) -> Result<()> {
    let (word, text) = match store::request(&places.state, job.id, wish)? {
        Granted::Soon => (
            "soon",
            "asked for; whoever runs it takes it up within a second",
        ),
        Granted::Later => (
            "later",
            "asked for; it happens when the program next runs jobs",
        ),
        Granted::Done => ("done", "done"),
    };
    granted(job, word, text, output)
}

fn granted(job: &Job, word: &str, text: &str, output: Output) -> Result<()> {
    output.show(
        &json!({ "schema": 1, "job": job.id.0, "granted": word }),
        || format!("Job {}: {text}\n", job.id),
    )
}

fn find(jobs: &[Job], id: u32) -> Result<&Job> {
    jobs.iter().find(|job| job.id == JobId(id)).ok_or_else(|| {
        Error::new(ErrorKind::Usage, format!("There is no job {id}")).hint("See pt-stem jobs list")
    })
}

fn list(jobs: &[Job], output: Output) -> Result<()> {
    let rows: Vec<_> = jobs.iter().map(shape::job).collect();
    output.show(&json!({ "schema": 1, "jobs": rows }), || {
        let mut table = Table::new(&["JOB", "STATE", "ENGINE", "%", "LEFT", "TITLE", "FOLDER"]);
        for job in jobs {
            table.row([
                job.id.to_string(),
                state(job).to_owned(),
                job.plan.engine.word().to_owned(),
                format!("{:.0}", job.fraction() * 100.0),
                left(job),
                job.title.clone(),
                job.plan.output.dir.display().to_string(),
            ]);
        }
        if table.is_empty() {
            "No jobs\n".to_owned()
        } else {
            table.to_string()
        }
    })
}

/// Where it stands, in a word.
fn state(job: &Job) -> &'static str {
    match job.state.is_active() && job.cancelling {
        true => "cancelling",
        false => job.state.word(),
    }
}

fn left(job: &Job) -> String {
    let runs = job.state.is_active() && job.state != JobState::Paused;
    let seconds = job.seconds_left().filter(|_| runs);
    seconds.map_or_else(String::new, output::duration)
}

fn show(job: &Job, output: Output) -> Result<()> {
    output.show(&shape::job_in_full(job), || {
        let mut text = format!(
            "Job {}: {}\nState   {}\nEngine  {}\nFolder  {}\n\n",
            job.id,
            crate::model::text::clean(&job.title),
            state(job),
            job.plan.engine.word(),
            job.plan.output.dir.display(),
        );
        if job.items.iter().any(|item| item.stage == Stage::Dialog) {
            text.push_str(
                "Pro Tools shows a dialog: the job goes on when it is answered there\n\n",
            );
        }
        let mut table = Table::new(&["FILE", "STEM", "DONE", "TRACKS"]);
        for (item, stem) in job.items.iter().zip(job.plan.files()) {
            let percent = item.done.saturating_mul(100) / item.total.max(1);
            let tracks: Vec<&str> = stem.tracks.iter().map(|t| t.name.as_str()).collect();
            table.row([
                item.file.clone(),
                item.name.clone(),
                format!("{percent} %"),
                tracks.join(", "),
            ]);
        }
        text.push_str(&table.to_string());
        if let Some(fault) = &job.fault {
            text.push_str(&format!("\nerror: {}\n", fault.message));
            for hint in &fault.hints {
                text.push_str(&format!("  {hint}\n"));
            }
        }
        if let Some(report) = &job.report {
            text.push_str(&super::stems::findings_text(&report.findings));
        }
        text
    })
}
