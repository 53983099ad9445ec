//! The faults file and its example.

use super::entry::KINDS;
use super::*;

#[test]
fn reads_what_it_knows_and_names_what_it_does_not() {
    let faults = Faults::parse("latency_ms = 40\n", "f.toml").unwrap();
    assert_eq!(faults.latency_ms, 40);
    assert_eq!(Faults::parse("", "f.toml").unwrap(), Faults::default());
    #[rustfmt::skip]
    let cases = [
        ("# one\nlatency_m = 4\n", ["line 2, column 1", "latency_m", "did you mean 'latency_ms'"]),
        ("latency_ms = \"soon\"\n", ["line 1, column 14", "f.toml", ""]),
        ("latency_ms = -1\n", ["line 1", "f.toml", ""]),
        ("latency_ms = 99999999\n", ["hour", "f.toml", "column 14"]),
        ("[latency]\nhigh_share = 2.0\n", ["line 1", "high_share", ""]),
        ("[latency]\nhigh_ms = [9, 3]\n", ["line 1", "high_ms", ""]),
        ("[[fault]]\nkind = \"refuze\"\n", ["line 2, column 8", "refuze", "did you mean 'refuse'"]),
        ("[[fault]]\nkind = \"silent\"\nframes = 3\n", ["line 1", "'frames'", "'silent'"]),
        ("[[fault]]\nkind = \"drop\"\ncomand = \"Cut\"\n", ["line 3, column 1", "comand", "did you mean 'command'"]),
        ("[[fault]]\nkind = \"drop\"\ncommand = \"ExportMixx\"\n", ["line 3, column 11", "ExportMixx", "did you mean 'ExportMix'"]),
        ("[[fault]]\nkind = \"drop\"\nwhen = \"durring\"\n", ["line 3, column 8", "durring", "before, after"]),
        ("[[fault]]\nkind = \"refuse\"\nerror = \"PT_HostBusy\"\n", ["line 3, column 9", "PT_HostBusy", "did you mean 'PT_HostIsBusy'"]),
        ("[[fault]]\nkind = \"human\"\nflag = \"sol\"\ntrack = \"Kick\"\n", ["line 3", "sol", "'solo'"]),
        ("[[fault]]\nkind = \"human\"\nflag = \"solo\"\n", ["line 1", "track", ""]),
        ("[[fault]]\nkind = \"hang\"\nms = 4000000\n", ["line 3, column 6", "hour", ""]),
        ("[[fault]]\nkind = \"hang\"\nms = 4\nuntil = \"dismissed\"\n", ["line 3", "either", ""]),
        ("[[fault]]\nkind = \"switch_session\"\n", ["line 1", "path", ""]),
        ("[[fault]]\nkind = \"drop\"\nfrom = 0\n", ["line 1", "from", ""]),
        ("[[fault]]\nkind = \"silent\"\ncommand = \"GetTrackList\"\n", ["line 3, column 11", "GetTrackList", "no audio files"]),
        ("[[fault]]\nkind = \"no_effect\"\ncommand = \"GetTaskStatus\"\n", ["line 3, column 11", "GetTaskStatus", "beside the queue"]),
        ("[unknown]\nfilters = \"xor\"\n", ["line 2", "xor", ""]),
        ("[unknown]\nbad_session_id = \"PT_Nope\"\n", ["line 1", "PT_Nope", ""]),
    ];
    for (text, expected) in cases {
        let error = Faults::parse(text, "f.toml").unwrap_err();
        let said = format!("{} {}", error.message, error.hints.join(" "));
        for word in expected {
            assert!(said.contains(word), "{text}\n{said}");
        }
    }
}

#[test]
fn every_kind_is_in_the_example_and_becomes_itself() {
    let faults = Faults::parse(EXAMPLE, "example").unwrap();
    let kinds: Vec<_> = EXAMPLE
        .lines()
        .filter_map(|line| line.strip_prefix("kind"))
        .filter_map(|line| line.split('"').nth(1))
        .collect();
    for (kind, _) in KINDS {
        let count = kinds.iter().filter(|k| *k == kind).count();
        assert_eq!(count, 1, "{kind} in the example");
    }
    assert!(matches!(faults.latency, Latency::Humps(_)));
    assert_eq!(faults.unknown, Unknown::default(), "it shows the defaults");
    assert_eq!(faults.faults.len(), KINDS.len());
    assert_eq!(faults.faults[0].command, Some(CommandId::ExportMix));
    let mut kinds = faults.faults.iter().map(|fault| &fault.kind);
    assert!(
        kinds.any(
            |kind| matches!(kind, Kind::NameExists(dialog) if dialog.choice == Choice::Cancel)
        )
    );
}
