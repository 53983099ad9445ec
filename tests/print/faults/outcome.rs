//! What is looked at when a cell is over: the session, the files, and what the job told.

use std::collections::BTreeMap;
use std::path::Path;

use pt_stem::engine::verify::verify;
use pt_stem::error::Result;
use pt_stem::model::Level;
use pt_stem::model::job::Report;
use pt_stem::simulator::Api;

use super::stage::{Seen, Stage, look};
use super::tables::Job;
use crate::hands::other_session;
use crate::session::{names, run, samples};

/// What undisturbed jobs do and make.
pub struct Undisturbed {
    pub calls: BTreeMap<String, u64>,
    pub files: BTreeMap<String, Vec<f64>>,
    /// What a user sees of the other session.
    pub other: Seen,
}

pub fn files(dir: &Path) -> BTreeMap<String, Vec<f64>> {
    let names = names(dir).into_iter().filter(|name| name.ends_with(".wav"));
    names
        .map(|name| (name.clone(), samples(&dir.join(name))))
        .collect()
}

pub async fn undisturbed(job: Job, api: Api) -> Undisturbed {
    let stage = Stage::new(job, api).await;
    let before = stage.simulator.control().calls();
    run(&stage.plan, &stage.context).await.unwrap();
    let mut calls = stage.simulator.control().calls();
    for (command, count) in &mut calls {
        *count -= before.get(command).copied().unwrap_or(0);
    }
    assert_eq!(look(&stage.outside).await, stage.before);
    let files = files(&stage.world.out());
    assert_eq!(files.len(), stage.plan.stems.len());
    let other = other_session(&stage.world);
    stage
        .simulator
        .control()
        .switch_session(other)
        .await
        .unwrap();
    let other = look(&stage.outside).await;
    Undisturbed {
        calls,
        files,
        other,
    }
}

pub fn changes(expected: &Seen, now: &Seen) -> String {
    let rows = expected
        .0
        .iter()
        .zip(&now.0)
        .filter(|(one, two)| one != two);
    let rows: Vec<String> = rows
        .map(|(one, two)| format!("{one:?} is {two:?}"))
        .collect();
    format!("{} {:?} is {:?}", rows.join(", "), expected.1, now.1)
}

pub fn is_failed(outcome: &Result<Report>) -> bool {
    outcome.as_ref().map_or(true, |report| {
        report
            .findings
            .iter()
            .any(|finding| finding.level == Level::Error)
    })
}

/// All that the job tells its user.
pub fn told(outcome: &Result<Report>) -> String {
    match outcome {
        Err(error) => format!("{} {}", error.chain(), error.hints.join(" ")),
        Ok(report) => {
            let texts = report
                .findings
                .iter()
                .map(|f| format!("{} {}", f.text, f.fix));
            texts.collect::<Vec<_>>().join(" | ")
        }
    }
}

/// What is wrong with the output folder.
pub fn wrong_files(stage: &Stage, undisturbed: &Undisturbed) -> Vec<String> {
    let (mut wrong, dir) = (Vec::new(), stage.world.out());
    let made = files(&dir);
    for (name, samples) in &made {
        if undisturbed.files.get(name) != Some(samples) {
            wrong.push(format!("'{name}' holds other samples"));
        }
    }
    for name in names(&dir) {
        if !made.contains_key(&name) && name != "manifest.json" {
            wrong.push(format!("'{name}' is left behind"));
        }
    }
    if !made.is_empty() {
        match verify(&dir, None) {
            Ok(report) => {
                let listed: Vec<&str> = report.files.iter().map(|f| f.path.as_str()).collect();
                let there: Vec<&str> = made.keys().map(String::as_str).collect();
                let mut sorted = listed.clone();
                sorted.sort_unstable();
                if sorted != there {
                    wrong.push(format!(
                        "the manifest lists {listed:?}, and there are {there:?}"
                    ));
                }
            }
            Err(error) => wrong.push(format!("verify: {}", error.chain())),
        }
    }
    wrong
}
