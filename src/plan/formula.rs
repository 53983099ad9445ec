//! The names in a version's formula, `mix - Vocals`: finds and replaces them, however wrong the rest of it
//! is. What it comes to is worked out in `arithmetic`.

use std::collections::HashMap;

use super::arithmetic::is_plain;
use super::recipe::{Recipe, VersionSpec};
use crate::model::StemSpec;

/// What stands for the mix, unless it is quoted.
const MIX: &str = "mix";

/// A recipe's versions once its stems are called what `stems` say: each with its place in the
/// recipe's list, from 0, or without one when it is new.
pub fn follow<'a>(
    recipe: &Recipe,
    stems: impl Iterator<Item = (Option<usize>, &'a StemSpec)>,
) -> Vec<VersionSpec> {
    let names: HashMap<&str, &str> = stems
        .filter_map(|(at, stem)| Some((recipe.stems.get(at?)?.name.as_str(), stem.name.as_str())))
        .filter(|(old, new)| old != new && !new.contains('"'))
        .collect();
    let version = |version: &VersionSpec| VersionSpec {
        name: version.name.clone(),
        formula: renamed(&version.formula, &names),
    };
    recipe.versions.iter().map(version).collect()
}

/// The formula with other names, all at once. What has to be quoted comes quoted.
fn renamed(formula: &str, names: &HashMap<&str, &str>) -> String {
    let mut text = String::with_capacity(formula.len());
    let mut rest = formula;
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        let (part, name) = if first == '"' {
            let inside = rest.get(1..).unwrap_or_default();
            match inside.find('"') {
                Some(end) => (end + 2, inside.get(..end)),
                None => (rest.len(), None),
            }
        } else if is_plain(first) {
            let end = rest.find(|c| !is_plain(c)).unwrap_or(rest.len());
            let after = rest.get(end..).and_then(|rest| rest.chars().next());
            // Half of 0.5 is no name, and the mix is no stem.
            let word = rest.get(..end).filter(|word| *word != MIX);
            (end, word.filter(|_| before != '.' && after != Some('.')))
        } else {
            (first.len_utf8(), None)
        };
        let (own, left) = rest.split_at(part);
        match name.and_then(|name| names.get(name)) {
            Some(new) if !new.is_empty() && new.chars().all(is_plain) && *new != MIX => {
                text.push_str(new);
            }
            Some(new) => text.push_str(&format!("\"{new}\"")),
            None => text.push_str(own),
        }
        before = own.chars().last().unwrap_or(' ');
        rest = left;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_replaced_whole_at_once_and_quoted_where_they_must_be() {
        for (formula, names, wanted) in [
            ("mix - Vox", &[("Vox", "Vocals")][..], "mix - Vocals"),
            ("mix - Vox", &[("Vox", "Lead Vox")], "mix - \"Lead Vox\""),
            ("mix - \"Hi-Hat\"", &[("Hi-Hat", "Hat")], "mix - Hat"),
            ("A - B + AB", &[("A", "B"), ("B", "A")], "B - A + AB"),
            ("mix - \"mix\"", &[("mix", "All")], "mix - All"),
            ("mix - A", &[("A", "mix")], "mix - \"mix\""),
            ("0.5 * 5 + 808", &[("5", "Five")], "0.5 * Five + 808"),
            ("mix - Büro", &[("Büro", "漢字")], "mix - 漢字"),
            ("mix - \"Vox", &[("Vox", "V")], "mix - \"Vox"),
            ("", &[("Vox", "V")], ""),
        ] {
            let names = names.iter().copied().collect();
            assert_eq!(renamed(formula, &names), wanted, "{formula}");
        }
    }
}
