//! Files: listed, downloaded in parts, and nothing outside of the root.

use std::fs;
use std::path::Path;

use crate::bench::{Answer, Bench, Setup};

const LIST: &str = "/api/v1/files?path=";
const LOAD: &str = "/api/v1/files/download?path=";

fn put(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// What stands in an address for this text.
fn quoted(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn names(answer: &Answer) -> Vec<String> {
    let value = answer.done(200);
    let files = value["files"].as_array().unwrap();
    assert_eq!(value["total_count"], files.len());
    let name = |file: &serde_json::Value| file["name"].as_str().unwrap().to_owned();
    files.iter().map(name).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_are_listed_without_what_is_unfinished_or_hidden() {
    let bench = Bench::new().await;
    put(&bench.out().join("Night/Drums.wav"), b"RIFF");
    put(&bench.out().join("Night/Bass.WAV.part"), b"RI");
    put(&bench.out().join("Night/.pt-stem-1/raw.wav"), b"RI");
    put(&bench.out().join("manifest.json"), b"{}");
    assert_eq!(names(&bench.get(LIST).await), ["Night", "manifest.json"]);
    assert_eq!(names(&bench.get("/api/v1/files").await).len(), 2);

    let answer = bench.get(&format!("{LIST}Night")).await;
    assert_eq!(names(&answer), ["Drums.wav"]);
    let value = answer.json();
    assert_eq!(value["current_path"], "Night");
    let file = &value["files"][0];
    assert_eq!(file["path"], "Night/Drums.wav");
    assert_eq!(
        (&file["size"], &file["type"]),
        (&4.into(), &"audio/wav".into())
    );
    assert_eq!(file["is_directory"], false);
    assert!(file["modified_at"].as_str().unwrap().ends_with('Z'));

    for hidden in [
        "Night/.pt-stem-1",
        "Night/.pt-stem-1/raw.wav",
        "Night/Bass.WAV.part",
    ] {
        bench
            .get(&format!("{LIST}{hidden}"))
            .await
            .fails(404, "not_found");
        let loaded = bench.get(&format!("{LOAD}{hidden}")).await;
        assert!([400, 404].contains(&loaded.status), "{hidden}");
    }
    bench
        .get(&format!("{LIST}Nowhere"))
        .await
        .fails(404, "not_found");
    bench
        .get(&format!("{LIST}manifest.json"))
        .await
        .fails(400, "usage");
    bench.get(&format!("{LOAD}Night")).await.fails(400, "usage");
    bench
        .get(&format!("{LOAD}Night/None.wav"))
        .await
        .fails(404, "not_found");
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_root_that_is_not_there_yet_is_empty() {
    let bench = Bench::of(Setup {
        has_session: false,
        ..Setup::default()
    })
    .await;
    fs::remove_dir(bench.out()).unwrap();
    assert!(names(&bench.get(LIST).await).is_empty());
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_come_whole_in_parts_and_only_if_they_are_new() {
    let bench = Bench::new().await;
    let bytes: Vec<u8> = (0..100_000_u32).map(|n| (n % 251) as u8).collect();
    put(&bench.out().join("mix.wav"), &bytes);
    let path = format!("{LOAD}mix.wav");
    let whole = bench
        .send("GET", &path, &[("Accept-Encoding", "gzip")], b"")
        .await;
    assert_eq!((whole.status, &whole.body), (200, &bytes));
    assert_eq!(whole.header("content-type"), Some("audio/wav"));
    assert_eq!(whole.header("content-length"), Some("100000"));
    assert_eq!(whole.header("accept-ranges"), Some("bytes"));
    assert_eq!(whole.header("x-content-type-options"), Some("nosniff"));
    let named = whole.header("content-disposition").unwrap();
    assert_eq!(
        named,
        "attachment; filename=\"mix.wav\"; filename*=UTF-8''mix.wav"
    );
    let tag = whole.header("etag").unwrap().to_owned();
    let date = whole.header("last-modified").unwrap().to_owned();

    let head = bench.send("HEAD", &path, &[], b"").await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), Some("100000"));

    for (range, from, to) in [
        ("0-9", 0, 9),
        ("99990-", 99_990, 99_999),
        ("-5", 99_995, 99_999),
    ] {
        let range = format!("bytes={range}");
        let part = bench.send("GET", &path, &[("Range", &range)], b"").await;
        assert_eq!((part.status, &part.body[..]), (206, &bytes[from..=to]));
        let told = format!("bytes {from}-{to}/100000");
        assert_eq!(part.header("content-range"), Some(told.as_str()));
    }
    let beyond = bench
        .send("GET", &path, &[("Range", "bytes=100000-")], b"")
        .await;
    beyond.fails(416, "usage");
    assert_eq!(beyond.header("content-range"), Some("bytes */100000"));

    for known in [("If-None-Match", &tag), ("If-Modified-Since", &date)] {
        let same = bench.send("GET", &path, &[(known.0, known.1)], b"").await;
        assert_eq!((same.status, same.body.len()), (304, 0));
    }
    let other = bench
        .send("GET", &path, &[("If-Match", "\"other\"")], b"")
        .await;
    other.fails(412, "usage");
    // A part only if it is of the file that the client has begun; everything otherwise.
    for (known, status) in [(tag.as_str(), 206), (&date, 206), ("\"other\"", 200)] {
        let headers = [("Range", "bytes=5-9"), ("If-Range", known)];
        let part = bench.send("GET", &path, &headers, b"").await;
        assert_eq!(part.status, status, "{known}");
    }
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_of_all_kinds_come_through_without_harm() {
    let bench = Bench::new().await;
    let hostile = "a\"b; filename=evil é <script>.wav";
    put(&bench.out().join(hostile), b"1");
    assert_eq!(names(&bench.get(LIST).await), [hostile]);
    let file = bench.get(&format!("{LOAD}{}", quoted(hostile))).await;
    assert_eq!(file.status, 200);
    let told = file.header("content-disposition").unwrap();
    assert!(
        told.starts_with("attachment; filename=\"a_b_ filename_evil _ _script_.wav\""),
        "{told}"
    );
    assert!(
        told.ends_with("a%22b%3B%20filename%3Devil%20%C3%A9%20%3Cscript%3E.wav"),
        "{told}"
    );
    // A page that lies there is no page of ours.
    put(&bench.out().join("page.html"), b"<script>");
    let page = bench.get(&format!("{LOAD}page.html")).await;
    assert_eq!(
        page.header("content-type"),
        Some("application/octet-stream")
    );
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_outside_of_the_root_is_to_be_had() {
    let bench = Bench::new().await;
    put(&bench.path("secret.txt"), b"classified");
    put(&bench.out().join("inside.txt"), b"inside");
    let absolute = bench.path("secret.txt");
    let absolute = absolute.to_str().unwrap();
    let long = "x".repeat(5000);
    let deep = "x/".repeat(2500);
    for given in [
        "../secret.txt",
        "a/../../secret.txt",
        "inside.txt/../../secret.txt",
        "..%2fsecret.txt",
        "%2e%2e/secret.txt",
        "%2e%2e%2fsecret.txt",
        "%252e%252e/secret.txt",
        "..%5csecret.txt",
        "..\\secret.txt",
        "....//secret.txt",
        "inside.txt%00.wav",
        "%0a",
        "%c0%ae%c0%ae/secret.txt",
        "%ff",
        "/etc/passwd",
        "//etc/passwd",
        "file:///etc/passwd",
        "C:%5cWindows%5cwin.ini",
        "~/secret.txt",
        "/proc/self/environ",
        "/dev/zero",
        absolute,
        &quoted(absolute),
        &long,
        &deep,
    ] {
        for route in [LIST, LOAD] {
            let answer = bench.get(&format!("{route}{given}")).await;
            assert!(
                (400..500).contains(&answer.status),
                "{given}: {}",
                answer.status
            );
            assert_eq!(answer.json()["success"], false, "{given}");
            assert!(
                !answer.body.windows(10).any(|ten| ten == b"classified"),
                "{given}"
            );
        }
    }
    bench.close().await;
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn links_that_lead_out_and_things_that_are_no_files_are_not_offered() {
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::symlink;

    let bench = Bench::new().await;
    put(&bench.path("elsewhere/secret.txt"), b"secret");
    put(&bench.out().join("fine.txt"), b"fine");
    symlink(bench.path("elsewhere"), bench.out().join("out")).unwrap();
    symlink(
        bench.path("elsewhere/secret.txt"),
        bench.out().join("file.txt"),
    )
    .unwrap();
    symlink("/dev/zero", bench.out().join("zero")).unwrap();
    symlink(bench.out().join("fine.txt"), bench.out().join("link.txt")).unwrap();
    symlink("nowhere", bench.out().join("dangling")).unwrap();
    let pipe = bench.out().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    fs::write(bench.out().join("line\nbreak\x1b[31m.txt"), b"x").unwrap();
    fs::write(
        bench.out().join(std::ffi::OsStr::from_bytes(b"\xff.txt")),
        b"x",
    )
    .unwrap();

    let listed = bench.get(LIST).await;
    assert_eq!(names(&listed), ["fine.txt", "link.txt"]);
    assert!(
        listed.json()["message"]
            .as_str()
            .unwrap()
            .contains("not offered")
    );
    for outside in ["out", "out/secret.txt", "file.txt", "zero"] {
        bench
            .get(&format!("{LOAD}{outside}"))
            .await
            .fails(403, "outside");
    }
    bench.get(&format!("{LIST}out")).await.fails(403, "outside");
    bench
        .get(&format!("{LOAD}pipe"))
        .await
        .fails(404, "not_found");
    assert_eq!(bench.get(&format!("{LOAD}link.txt")).await.body, b"fine");
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn listed_folders_are_read_by_their_whole_path() {
    let dir = tempfile::tempdir().unwrap();
    let listed = dir.path().canonicalize().unwrap();
    put(&listed.join("stems/Drums.wav"), b"RIFF");
    let roots = vec![listed.clone()];
    let bench = Bench::of(Setup {
        has_session: false,
        adjust: Box::new(|options| options.write_roots = roots),
        ..Setup::default()
    })
    .await;
    let given = quoted(listed.join("stems").to_str().unwrap());
    let answer = bench.get(&format!("{LIST}{given}")).await;
    assert_eq!(names(&answer), ["Drums.wav"]);
    let path = answer.json()["files"][0]["path"]
        .as_str()
        .unwrap()
        .to_owned();
    let loaded = bench.get(&format!("{LOAD}{}", quoted(&path))).await;
    assert_eq!((loaded.status, &loaded.body[..]), (200, &b"RIFF"[..]));
    bench.close().await;
}
