//! `pt-stem jobs`: the queue, kept over restarts, of all running instances.

use serde_json::json;

use crate::app::shape;
use crate::cli::args::JobsCommand;
use crate::cli::output::{Output, Table};
use crate::error::{Error, ErrorKind, Result};
use crate::jobs::store::{self, Granted, Wish};
use crate::model::{Job, JobId};
use crate::platform::places::Places;

/// Runs a subcommand; listing without one. Needs no connection.
pub fn run(command: Option<&JobsCommand>, places: &Places, output: Output) -> Result<()> {
    let jobs = store::read_all(&places.state)?;
    match command {
        None | Some(JobsCommand::List) => list(&jobs, output),
        Some(JobsCommand::Show { id }) => show(find(&jobs, *id)?, output),
        Some(JobsCommand::Cancel { id }) => wish(places, find(&jobs, *id)?, Wish::Cancel, output),
        Some(JobsCommand::Retry { id }) => wish(places, find(&jobs, *id)?, Wish::Retry, output),
    }
}

fn wish(places: &Places, job: &Job, wish: Wish, output: Output) -> Result<()> {
    let granted = store::request(&places.state, job.id, wish)?;
    let (word, text) = match granted {
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
        let mut table = Table::new(&["JOB", "STATE", "ENGINE", "%", "TITLE", "FOLDER"]);
        for job in jobs {
            table.row([
                job.id.to_string(),
                job.state.word().to_owned(),
                job.plan.engine.word().to_owned(),
                format!("{:.0}", job.fraction() * 100.0),
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

fn show(job: &Job, output: Output) -> Result<()> {
    output.show(&shape::job_in_full(job), || {
        let mut text = format!(
            "Job {}: {}\nState   {}\nEngine  {}\nFolder  {}\n\n",
            job.id,
            crate::model::text::clean(&job.title),
            job.state.word(),
            job.plan.engine.word(),
            job.plan.output.dir.display(),
        );
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
