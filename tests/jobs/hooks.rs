//! What a user's hooks are told, and that they never change a job.

use super::runner::{Bench, written};
use super::*;

/// Drops what the command is told into a file, as a line.
#[cfg(unix)]
#[tokio::test]
async fn a_command_is_told_of_every_end_of_a_job() {
    let engine = |id: JobId, plan: Plan, _, _| async move {
        if id.0 == 2 {
            return Err(Error::new(ErrorKind::Storage, "the disk is full"));
        }
        let file = written(&plan.output.dir, "Drums");
        fs::write(plan.output.dir.join("manifest.json"), "{}").unwrap();
        Ok(Report {
            files: vec![file],
            ..Report::default()
        })
    };
    let line = |dir: &Path| {
        format!(
            "echo \"$PT_STEM_JOB $PT_STEM_STATE $PT_STEM_SESSION $PT_STEM_VERDICT $PT_STEM_ERROR\" >> '{0}'; \
             echo \"$PT_STEM_MANIFEST\" > '{0}'.$PT_STEM_JOB",
            dir.join("told").display()
        )
    };
    let mut bench = Bench::start_hooked(engine, |dir| Hooks {
        job_done: Some(line(dir)),
        webhook: None,
    });
    let (first, second) = (bench.submit().await, bench.submit().await);
    bench.end(second).await;
    bench.stop.cancel();
    // The end of the program waits for its hooks.
    bench.runner.closed().await;
    let told = fs::read_to_string(bench.dir.path().join("told")).unwrap();
    let mut told: Vec<&str> = told.lines().collect();
    told.sort_unstable();
    assert_eq!(
        told,
        [
            "1 done song not_checked ",
            "2 failed song not_checked the disk is full"
        ]
    );
    let manifest = fs::read_to_string(bench.dir.path().join(format!("told.{first}"))).unwrap();
    let expected = bench.dir.path().join("out").join("manifest.json");
    assert_eq!(manifest.trim(), expected.display().to_string());
}

#[cfg(unix)]
#[tokio::test]
async fn a_hook_that_fails_is_reported_and_the_job_stays_done() {
    let mut bench = Bench::start_hooked(
        |_, _, _, _| async { Ok(Report::default()) },
        |_| Hooks {
            job_done: Some("echo no lamp is lit >&2; exit 3".to_owned()),
            webhook: None,
        },
    );
    let id = bench.submit().await;
    let event = bench
        .until(|event| matches!(event, JobEvent::Refused(_)))
        .await;
    let JobEvent::Refused(fault) = event else {
        unreachable!()
    };
    assert!(
        fault.message.contains("no lamp is lit"),
        "{}",
        fault.message
    );
    assert!(fault.message.contains('3'), "{}", fault.message);
    assert_eq!(bench.queue.get(id).unwrap().state, JobState::Done);
}

/// One HTTP request, answered; gives its body.
fn serve_once(listener: std::net::TcpListener) -> String {
    use std::io::{BufRead as _, BufReader, Read as _};
    let (stream, _) = listener.accept().unwrap();
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let lower = line.to_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let stream = reader.get_mut();
    stream
        .write_all(b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n")
        .unwrap();
    String::from_utf8(body).unwrap()
}

#[tokio::test]
async fn a_webhook_gets_the_job_as_json() {
    if std::process::Command::new("curl")
        .arg("--version")
        .output()
        .is_err()
    {
        println!("skipped: the program curl is not there");
        return;
    }
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/done", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || serve_once(listener));
    let mut bench = Bench::start_hooked(
        |_, plan, _, _| async move {
            Ok(Report {
                files: vec![written(&plan.output.dir, "Drums")],
                ..Report::default()
            })
        },
        |_| Hooks {
            job_done: None,
            webhook: Some(address.clone()),
        },
    );
    let id = bench.submit().await;
    bench.end(id).await;
    bench.stop.cancel();
    bench.runner.closed().await;
    let body: serde_json::Value = serde_json::from_str(&server.join().unwrap()).unwrap();
    assert_eq!(body["event"], "job_done");
    assert_eq!(body["state"], "done");
    assert_eq!(body["job"], id.0);
    assert_eq!(body["files"], serde_json::json!(["Drums.wav"]));
    assert_eq!(body["manifest"], serde_json::Value::Null);
}
