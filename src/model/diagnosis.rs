//! What a diagnosis says to people: what happened, why, and what to do.

use super::job::Diagnosis;

/// A diagnosis in words, each a sentence without its stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub what: String,
    pub why: &'static str,
    pub fix: &'static str,
}

impl Diagnosis {
    pub fn new(fault: &str, stem: Option<String>, value: Option<(f64, &str)>) -> Self {
        Self {
            fault: fault.to_owned(),
            stem,
            value: value.map(|(value, _)| value),
            unit: value.map(|(_, unit)| unit.to_owned()),
        }
    }

    /// `None` where there is no more to say than the fault's name, its stem and its value.
    pub fn told(&self) -> Option<Told> {
        let (verb, why, fix) = WORDS
            .iter()
            .find(|(fault, ..)| *fault == self.fault)
            .map(|(_, verb, why, fix)| (*verb, *why, *fix))?;
        let what = match (&self.stem, self.of_all(verb)) {
            (Some(stem), _) => format!("'{stem}' {}", self.filled(verb)),
            (None, all) => self.filled(all),
        };
        Some(Told { what, why, fix })
    }

    /// The same where it is no stem's.
    fn of_all(&self, verb: &'static str) -> &'static str {
        let of_all = OF_ALL.iter().find(|(fault, _)| *fault == self.fault);
        of_all.map_or(verb, |(_, words)| words)
    }

    /// With the value in the place of `{}`.
    fn filled(&self, words: &str) -> String {
        let unit = self.unit.as_deref().unwrap_or("");
        let value = self.value.map_or_else(String::new, |value| match unit {
            "dB" if value.abs() < 0.1 => format!("{:.3} dB", value.abs()),
            "dB" => format!("{:.2} dB", value.abs()),
            "samples" if value.abs() == 1.0 => "1 sample".to_owned(),
            "samples" => format!("{:.0} samples", value.abs()),
            "Hz" | "bits" => format!("{value:.0} {unit}"),
            _ => format!("{value:.4} {unit}"),
        });
        let [more, less] = match self.fault.as_str() {
            "gain" => [" too loud", " too soft"],
            "length" => [" longer", " shorter"],
            _ => [""; 2],
        };
        let side = match self.value {
            Some(value) if value < 0.0 => less,
            Some(_) => more,
            None => "",
        };
        words.replace("{}", &format!("{}{side}", value.trim_end()))
    }
}

/// Fault, what is said of its stem, why, what to do.
type Words = (&'static str, &'static str, &'static str, &'static str);

#[rustfmt::skip]
const WORDS: [Words; 21] = [
    ("late", "is {} late", "A plug-in or insert whose latency was not made up for, or a range that began later",
        "Check delay compensation and the range, and print this stem again"),
    ("early", "is {} early", "A range that began earlier, or latency that was made up for twice",
        "Check delay compensation and the range, and print this stem again"),
    ("gain", "is {} against what the mix holds of it",
        "Its fader, VCA or an insert stood elsewhere for the one print than for the other",
        "Compare its level with the mix's session and print the one that is wrong again"),
    ("polarity", "is upside down in polarity", "A polarity switch on a track or in a plug-in, for one of the prints only",
        "Find the switch and print this stem again"),
    ("channels_swapped", "has left and right swapped", "Its pans or its output's channel order differ from the mix's",
        "Check pans and the I/O setup, and print this stem again"),
    ("not_in_mix", "is not in the mix", "It was muted, inactive or routed elsewhere when the mix was printed",
        "Print the mix again with it, or take it out of the stems"),
    ("counted_twice", "is counted twice in the stems", "Its tracks stand in another stem too, or play twice in this one",
        "Take its tracks out of one of the stems and print that one again"),
    ("twice_in_mix", "is in the mix twice", "Its tracks reach the mix over two ways: an output and a send, or doubled tracks",
        "Take one of the ways away and print the mix again"),
    ("shares_track", "shares sound with another stem", "A track, or a return that several stems feed, was printed into both",
        "Keep the track or the return in one of the stems and print the other again"),
    ("extra", "holds sound that is not in the mix", "One of its tracks was muted or routed elsewhere when the mix was printed",
        "Print the mix again, or this stem without that track"),
    ("missing", "is silent, and its sound is in the mix", "Its tracks were muted or inactive when it was printed",
        "Check its tracks and print this stem again"),
    ("tail_cut", "is cut off after {}", "It was printed over a shorter range, or its sound was stopped",
        "Print this stem again over the whole range, with its tail"),
    ("mix_cut", "is cut off after {}", "The mix was printed over a shorter range, or stopped",
        "Print the mix again over the whole range, with its tail"),
    ("master_chain", "", "A compressor, limiter or saturation on the master works on all stems together, which no sum of stems can follow",
        "Print the mix without processing on the master, or take proof = \"report\""),
    ("length", "is {} than the mix", "They were printed over different ranges",
        "Print stems and mix over one range"),
    ("rate", "runs at {}", "It was printed or converted at another rate",
        "Print stems and mix at one sample rate"),
    ("wrong_speed", "plays {} too fast", "It was made at another sample rate than its file says",
        "Print it again at the session's rate"),
    ("channels", "has other channels than the mix", "One of them was printed or folded down to mono",
        "Take a mix that has as many channels as the stems"),
    ("fewer_bits", "holds {} only", "It was printed or converted at a lower depth than its file has",
        "Print or convert it again at the full depth"),
    ("unexplained", "", "More than one thing is wrong, or tracks that play differently each time",
        "Print twice and compare; look for processing on the mix bus"),
    ("clipped", "is clipped at {}", "Its samples went beyond full scale, where integers end",
        "Print with --bits 32, which cannot clip, or turn tracks down"),
];

#[rustfmt::skip]
const OF_ALL: [(&str, &str); 17] = [
    ("late", "All stems are {} late against the mix"),
    ("early", "All stems are {} early against the mix"),
    ("gain", "All stems together are {} against the mix"),
    ("polarity", "The mix is upside down in polarity against the stems"),
    ("channels_swapped", "The mix has left and right swapped against the stems"),
    ("not_in_mix", "The mix holds nothing of the stems"),
    ("counted_twice", "All stems together are twice the mix"),
    ("twice_in_mix", "The mix is twice the stems"),
    ("missing", "The mix holds sound that is in no stem"),
    ("mix_cut", "The mix is cut off after {}"),
    ("master_chain", "The mix was turned down or bent by level, at most by {}"),
    ("wrong_speed", "All stems play {} too fast against the mix"),
    ("length", "The mix is {} than all stems"),
    ("rate", "The mix runs at {}, and no stem does"),
    ("channels", "The mix is mono, and the stems are not"),
    ("fewer_bits", "The mix holds {} only"),
    ("unexplained", "No single fault of one stem explains the difference"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_happened_with_stem_and_value() {
        let told = |fault, stem: Option<&str>, value| {
            let stem = stem.map(str::to_owned);
            Diagnosis::new(fault, stem, value).told().unwrap().what
        };
        let drums = Some("Drums");
        assert_eq!(
            told("late", drums, Some((480.0, "samples"))),
            "'Drums' is 480 samples late"
        );
        assert_eq!(
            told("early", drums, Some((1.0, "samples"))),
            "'Drums' is 1 sample early"
        );
        assert_eq!(
            told("gain", None, Some((-0.5, "dB"))),
            "All stems together are 0.50 dB too soft against the mix"
        );
        assert_eq!(
            told("length", None, Some((1.0, "samples"))),
            "The mix is 1 sample longer than all stems"
        );
        assert_eq!(
            told("master_chain", None, Some((-4.59, "dB"))),
            "The mix was turned down or bent by level, at most by 4.59 dB"
        );
        assert_eq!(
            told("missing", None, None),
            "The mix holds sound that is in no stem"
        );
        assert!(
            Diagnosis::new("but for clipped samples", None, None)
                .told()
                .is_none()
        );
    }
}
