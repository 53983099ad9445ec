//! A real foreign client.

use super::*;
use pt_stem::simulator::Api;

/// A python that has py-ptsl.
fn python() -> Option<&'static str> {
    let found = ["python3", "python"].into_iter().find(|python| {
        std::process::Command::new(python)
            .args(["-c", "import ptsl, grpc"])
            .output()
            .is_ok_and(|output| output.status.success())
    });
    if found.is_none() {
        println!("skipped: python with py-ptsl is not installed");
        assert!(std::env::var_os("PT_STEM_REQUIRE_FOREIGN").is_none());
    }
    found
}

/// Runs a script of `tests/foreign` against the bench, to success.
async fn judge(python: &str, bench: &Bench, script: &str, arguments: &[String]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign");
    let mut command = std::process::Command::new(python);
    command
        .arg(folder.join(script))
        .arg(format!("127.0.0.1:{}", bench.addresses[0].port()))
        .args(arguments);
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}\n{text}\n{errors}");
    println!("{text}");
}

/// py-ptsl's own client and engine against the simulator.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn py_ptsl_gets_along() {
    let Some(python) = python() else { return };
    let bench = Bench::open().await;
    let folder = bench.dir.path().display().to_string();
    judge(python, &bench, "ptsl_engine.py", &[folder]).await;
    bench.end().await;
}

/// The same client, which says version 5, against every version.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn py_ptsl_gets_along_with_every_version() {
    let Some(python) = python() else { return };
    for api in Api::ALL {
        let lenient = "[unknown]\nnewer_version = 'accept'";
        for (faults, is_lenient) in [("", false), (lenient, true)] {
            let options = Options {
                api,
                faults: Faults::parse(faults, "test").unwrap(),
                ..Options::default()
            };
            let open = |root: &Path| SessionChoice::Open(root.to_owned());
            let bench = Bench::start(open, options).await;
            let (major, minor, _) = api.version();
            let accepted = is_lenient || api >= Api::V5;
            let arguments = [major, minor, i32::from(accepted)].map(|n| n.to_string());
            judge(python, &bench, "ptsl_versions.py", &arguments).await;
            bench.end().await;
        }
    }
}

/// What its engine does with clips and files.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn py_ptsl_handles_clips_and_files() {
    let Some(python) = python() else { return };
    let bench = Bench::open().await;
    let folder = bench.dir.path().display().to_string();
    judge(python, &bench, "ptsl_clips.py", &[folder]).await;
    bench.end().await;
}
