//! A format that Pro Tools alone writes, delivered as it is: under its final name, told as unproven.

use pt_stem::model::job::Verdict;
use pt_stem::model::stem::{EngineKind, FileFormat, Way};

use crate::rig::{Rig, state};
use crate::session::{names, run, samples, stem};

#[tokio::test]
async fn an_adm_bounce_is_handed_through_and_says_so() {
    for way in [Way::Solo, Way::Track] {
        let rig = Rig::new().await;
        let before = rig.in_use().await;
        let mut plan = rig.plan().await;
        let mut bass = stem("Bass", &["Bass"], EngineKind::Bounce);
        (bass.format, bass.way) = (FileFormat::Adm, way);
        plan.stems = vec![bass];
        let report = run(&plan, &rig.context).await.unwrap();

        let out = rig.world.out();
        let file = std::fs::read(out.join("Bass.wav")).unwrap();
        assert!(
            file.windows(4).any(|part| part == b"axml"),
            "as it was made"
        );
        let loudest = samples(&out.join("Bass.wav"))
            .iter()
            .fold(0.0_f64, |m, x| m.max(x.abs()));
        assert!(loudest > 0.0);
        assert!(names(&out).iter().all(|name| !name.starts_with('.')));
        assert_eq!(report.proof.verdict, Verdict::NotChecked);
        let text = std::fs::read_to_string(out.join("manifest.json")).unwrap();
        let manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(manifest["files"][0]["handed_through"], true);
        assert_eq!(manifest["files"][0]["path"], "Bass.wav");
        assert_eq!(state(&rig.client).await, before);
        assert_eq!(rig.leases(), 0);
    }
}

#[tokio::test]
async fn what_cannot_be_encoded_is_refused_and_nothing_is_left() {
    let rig = Rig::new().await;
    let before = rig.in_use().await;
    let mut plan = rig.plan().await;
    let mut bass = stem("Bass", &["Bass"], EngineKind::Bounce);
    bass.format = FileFormat::Mp3;
    bass.file = "Bass.mp3".into();
    plan.stems = vec![bass];
    let error = run(&plan, &rig.context).await.unwrap_err();
    assert!(error.chain().contains("MP3"), "{}", error.chain());
    assert!(!rig.world.out().join("Bass.mp3").exists());
    assert_eq!((state(&rig.client).await, rig.leases()), (before, 0));
}
