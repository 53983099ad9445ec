//! MD5 sums of delivered files: in the manifest, and in a list that another program takes.

use std::process::Command;

use serde_json::Value;

use crate::bench::Bench;
use crate::shapes::session;

#[test]
fn a_print_that_asks_for_md5_gets_a_list_that_md5sum_takes() {
    let bench = Bench::new();
    let open = session(&bench);
    let recipe = bench.path("r.toml");
    let text = |stem: &str| {
        format!(
            "[output]\nmd5 = true\n[[stem]]\nname = \"{stem}\"\ntracks = [\"Lead\", \"Double\", \"Side\", \"Wide\"]\n"
        )
    };
    let out = bench.path("out");
    let (file, dir) = (recipe.display().to_string(), out.display().to_string());
    for stem in ["One", "Two"] {
        std::fs::write(&recipe, text(stem)).unwrap();
        let print = ["stems", "print", &file, "--out", &dir, "--range", "0..4800"];
        let said = bench.run(&[&["--open", &open][..], &print].concat());
        assert_eq!(said.code, 0, "{}", said.err);
    }
    let manifest = std::fs::read(out.join("manifest.json")).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let list = std::fs::read_to_string(out.join("checksums.md5")).unwrap();
    let files = manifest["files"].as_array().unwrap();
    assert_eq!((files.len(), list.lines().count()), (2, 2), "{list}");
    for file in files {
        let (sum, path) = (
            file["md5"].as_str().unwrap(),
            file["path"].as_str().unwrap(),
        );
        assert!(list.contains(&format!("{sum}  {path}\n")), "{list}");
    }
    match Command::new("md5sum")
        .args(["-c", "checksums.md5"])
        .current_dir(&out)
        .output()
    {
        Ok(checked) => assert!(checked.status.success(), "{checked:?}"),
        Err(error) => eprintln!("md5sum was not asked: {error}"),
    }
}
