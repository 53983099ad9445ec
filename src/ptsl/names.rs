//! Enum names of all three families: `AudioTrack` (to 2024), `TT_Audio` (2025), `TType_Audio`
//! (2026.4), and command names with and without `CId_`. Names are compared by meaning, never by
//! spelling; numbers are the ones since 2025.6.

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

/// The names of one number of the enum `ptsl.<name>`, oldest family first.
pub fn names_of(name: &str, number: i32) -> Vec<String> {
    descriptor(name)
        .map(|e| {
            e.values()
                .filter(|value| value.number() == number)
                .map(|value| value.name().to_owned())
                .collect()
        })
        .unwrap_or_default()
}

/// The name that a server of this family would send for a number; the number itself as text when
/// the enum does not know it.
pub fn name_for(name: &str, number: i32, family: Family) -> String {
    let names = names_of(name, number);
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

/// `GetTrackList`, without the `CId_`.
pub fn command_name(command: CommandId) -> String {
    names_of("CommandId", command as i32)
        .into_iter()
        .next()
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
