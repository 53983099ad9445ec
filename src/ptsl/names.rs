//! Enum names of all three families: `AudioTrack` (to 2024), `TT_Audio` (2025), `TType_Audio`
//! (2026.4), and command names with and without `CId_`. Names are compared by meaning, never by
//! spelling; numbers are the ones since 2025.6.

use std::collections::HashMap;
use std::sync::LazyLock;

use prost_reflect::EnumDescriptor;

use super::wire::{self, CommandId};

/// Which generation of names a server speaks in its answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Family {
    /// `AudioTrack`, `TF_Mono`, `SR_48000`.
    Old,
    /// `TT_Audio`, `TF_Mono`, `SR_48000`.
    #[default]
    Middle,
    /// `TType_Audio`, `TFormat_Mono`, `SRate_48000`.
    New,
}

fn descriptor(name: &str) -> Option<EnumDescriptor> {
    wire::pool().get_enum_by_name(&format!("ptsl.{name}"))
}

/// All names of every enum, by number, in the order of the proto file: prost-reflect looks numbers
/// up in an order of its own, in which the first name is any of them.
static ALIASES: LazyLock<HashMap<String, HashMap<i32, Vec<String>>>> = LazyLock::new(|| {
    let mut table = HashMap::new();
    for descriptor in wire::pool().all_enums() {
        let names: &mut HashMap<i32, Vec<String>> =
            table.entry(descriptor.name().to_owned()).or_default();
        for value in &descriptor.enum_descriptor_proto().value {
            names
                .entry(value.number())
                .or_default()
                .push(value.name().to_owned());
        }
    }
    table
});

/// The names of one number of the enum `ptsl.<name>`, oldest family first (but for the few enums
/// whose first name is the newest).
pub fn aliases(name: &str, number: i32) -> &'static [String] {
    ALIASES
        .get(name)
        .and_then(|names| names.get(&number))
        .map_or(&[], Vec::as_slice)
}

/// [`aliases`], owned.
pub fn names_of(name: &str, number: i32) -> Vec<String> {
    aliases(name, number).to_vec()
}

/// The name that a server of this family would send for a number; the number itself as text when
/// the enum does not know it.
pub fn name_for(name: &str, number: i32, family: Family) -> String {
    let names = aliases(name, number);
    let pick = match (family, names.len()) {
        (_, 0) => None,
        (Family::Old, _) => names.first(),
        (Family::New, _) => names.last(),
        (Family::Middle, 1 | 2) => names.first(),
        (Family::Middle, _) => names.get(1),
    };
    pick.cloned().unwrap_or_else(|| number.to_string())
}

/// The number that a name of any family means in the enum `ptsl.<enum_name>`.
pub fn number_of(enum_name: &str, name: &str) -> Option<i32> {
    descriptor(enum_name)?
        .get_value_by_name(name)
        .map(|value| value.number())
}

/// The same with mercy: a name that the table lacks counts by its last part, if only one number of
/// the enum has that (`STCRate_Fps2997Drop`, which the descriptor spells with two S).
pub fn meaning(enum_name: &str, name: &str) -> Option<i32> {
    let name = name.trim();
    if let Some(number) = number_of(enum_name, name).or_else(|| name.parse().ok()) {
        return Some(number);
    }
    let wanted = last_part(name);
    let mut numbers: Vec<i32> = descriptor(enum_name)?
        .values()
        .filter(|value| last_part(value.name()).eq_ignore_ascii_case(wanted))
        .map(|value| value.number())
        .collect();
    numbers.dedup();
    match numbers.as_slice() {
        [number] => Some(*number),
        _ => None,
    }
}

/// What stands behind the family's prefix.
fn last_part(name: &str) -> &str {
    name.split_once('_').map_or(name, |(_, rest)| rest)
}

/// `GetTrackList`, without the `CId_`.
pub fn command_name(command: CommandId) -> String {
    aliases("CommandId", command as i32)
        .first()
        .map(|name| name.trim_start_matches("CId_").to_owned())
        .unwrap_or_default()
}

/// A command by its name, with or without `CId_`, or by its number.
pub fn command(name: &str) -> Option<CommandId> {
    let number = name
        .parse()
        .ok()
        .or_else(|| number_of("CommandId", name))
        .or_else(|| number_of("CommandId", &format!("CId_{name}")))?;
    CommandId::try_from(number).ok()
}

/// All commands with their names, by number.
pub fn commands() -> Vec<(CommandId, String)> {
    (0..=200)
        .filter_map(|number| CommandId::try_from(number).ok())
        .map(|id| (id, command_name(id)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_families_mean_one_number() {
        for (enum_name, names, number) in [
            ("TrackType", ["AudioTrack", "TT_Audio", "TType_Audio"], 2),
            ("TrackFormat", ["TF_5_1", "TFormat_5_1", "7"], 7),
            ("SampleRate", ["SR_48000", "SRate_48000", "48000"], 48_000),
            (
                "SessionTimeCodeRate",
                [
                    "STCR_Fps2997Drop",
                    "SSTCRate_Fps2997Drop",
                    "STCRate_Fps2997Drop",
                ],
                5,
            ),
        ] {
            for name in names {
                assert_eq!(meaning(enum_name, name), Some(number), "{enum_name} {name}");
            }
        }
        assert_eq!(meaning("TrackType", "TT_Theremin"), None);
        assert_eq!(meaning("NoSuchEnum", "All"), None);
    }

    #[test]
    fn answers_are_named_in_the_family_asked_for() {
        for (family, name) in [
            (Family::Old, "AudioTrack"),
            (Family::Middle, "TT_Audio"),
            (Family::New, "TType_Audio"),
        ] {
            assert_eq!(name_for("TrackType", 2, family), name);
        }
        assert_eq!(name_for("TrackFormat", 2, Family::Middle), "TF_Stereo");
        assert_eq!(name_for("TrackType", 99, Family::New), "99");
    }

    #[test]
    fn commands_are_found_by_name_and_number() {
        for text in ["GetTrackList", "CId_GetTrackList", "3"] {
            assert_eq!(command(text), Some(CommandId::GetTrackList), "{text}");
        }
        assert_eq!(command("MakeCoffee"), None);
        assert_eq!(commands().len(), 159);
        assert!(
            commands()
                .iter()
                .all(|(id, name)| command(name) == Some(*id))
        );
    }
}
