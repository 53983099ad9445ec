//! A real foreign client.

use super::*;

/// py-ptsl's own client and engine against the simulator.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn py_ptsl_gets_along() {
    let python = ["python3", "python"].into_iter().find(|python| {
        std::process::Command::new(python)
            .args(["-c", "import ptsl, grpc"])
            .output()
            .is_ok_and(|output| output.status.success())
    });
    let Some(python) = python else {
        println!("skipped: python with py-ptsl is not installed");
        assert!(std::env::var_os("PT_STEM_REQUIRE_FOREIGN").is_none());
        return;
    };
    let bench = Bench::open().await;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign/ptsl_engine.py");
    let mut command = std::process::Command::new(python);
    command
        .arg(script)
        .arg(format!("127.0.0.1:{}", bench.addresses[0].port()))
        .arg(bench.dir.path());
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}\n{errors}");
    println!("{text}");
    bench.end().await;
}
