//! A recipe's text with other stems: what is not changed stays as its author wrote it, comments,
//! order of keys and all. Text in, text out; files are others' business.

use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, Value};

use super::formula;
use super::recipe::{Ignore, Recipe, VersionSpec};
use crate::error::{Error, ErrorKind, Result};
use crate::model::StemSpec;

/// The text with these stems in this order. Each comes with its place in the text's own list, from
/// 0, or without one when it is new. Of the known ones name, tracks and exceptions are written, of
/// new ones all; formulas of versions follow the names. Fails on a text that is no recipe.
pub fn rewrite(
    text: &str,
    name: &str,
    stems: &[(Option<usize>, StemSpec)],
    ignore: &Ignore,
) -> Result<String> {
    let old = Recipe::parse(text, name)?;
    let broken = |error: &dyn std::fmt::Display| {
        let text = format!("'{name}' cannot be rewritten: {error}");
        Error::new(ErrorKind::Recipe, text)
    };
    let mut document: DocumentMut = text.parse().map_err(|error| broken(&error))?;
    let known = match document.remove("stem") {
        None => ArrayOfTables::new(),
        Some(Item::ArrayOfTables(tables)) => tables,
        Some(item) => item
            .into_array_of_tables()
            .map_err(|_| broken(&"'stem' is no list of tables"))?,
    };
    let mut places: Vec<isize> = known.iter().filter_map(Table::position).collect();
    places.sort_unstable();
    let mut tables = ArrayOfTables::new();
    for (index, (origin, wanted)) in stems.iter().enumerate() {
        let own = origin.and_then(|at| Some((known.get(at)?, old.stems.get(at)?)));
        let mut table = match own {
            Some((table, before)) => {
                let mut table = table.clone();
                update(&mut table, before, wanted);
                table
            }
            None => whole(wanted).map_err(|error| broken(&error))?,
        };
        table.set_position(places.get(index).or(places.last()).copied());
        tables.push(table);
    }
    document.insert("stem", Item::ArrayOfTables(tables));
    if old.ignore != *ignore
        && let Some(table) = document.get_mut("ignore").and_then(Item::as_table_like_mut)
    {
        list(table, "tracks", &ignore.tracks);
    }
    let placed = stems.iter().map(|(at, stem)| (*at, stem));
    let versions = formula::follow(&old, placed);
    formulas(&mut document, &old.versions, &versions);
    let text = document.to_string();
    let now = Recipe::parse(&text, name)?;
    let is_faithful = now.stems.iter().eq(stems.iter().map(|(_, stem)| stem))
        && (now.ignore == *ignore)
        && now.output == old.output
        && now.versions == versions;
    if !is_faithful {
        return Err(broken(&"what was written would not read back the same"));
    }
    Ok(text)
}

/// Writes the formulas that differ.
fn formulas(document: &mut DocumentMut, before: &[VersionSpec], wanted: &[VersionSpec]) {
    let Some(item) = document.get_mut("version") else {
        return;
    };
    for (index, (before, wanted)) in before.iter().zip(wanted).enumerate() {
        let formula = match item {
            Item::ArrayOfTables(tables) => tables
                .get_mut(index)
                .and_then(|table| table.get_mut("formula")?.as_value_mut()),
            Item::Value(Value::Array(array)) => array
                .get_mut(index)
                .and_then(|value| value.as_inline_table_mut()?.get_mut("formula")),
            _ => None,
        };
        if let Some(value) = formula.filter(|_| before.formula != wanted.formula) {
            replace(value, &wanted.formula);
        }
    }
}

/// Writes what differs.
fn update(table: &mut Table, before: &StemSpec, wanted: &StemSpec) {
    if before.name != wanted.name {
        let value = table.get_mut("name").and_then(Item::as_value_mut);
        match value {
            Some(value) => replace(value, &wanted.name),
            None => drop(table.insert("name", Item::from(wanted.name.as_str()))),
        }
    }
    if before.tracks != wanted.tracks {
        list(table, "tracks", &wanted.tracks);
    }
    if before.except != wanted.except {
        list(table, "except", &wanted.except);
    }
}

/// Another text in the place of a value, the comment beside it kept.
fn replace(value: &mut Value, text: &str) {
    let decor = value.decor().clone();
    *value = Value::from(text);
    *value.decor_mut() = decor;
}

/// A list of names: what goes is taken out, what is new goes behind; an empty one goes whole.
fn list(table: &mut dyn toml_edit::TableLike, key: &str, wanted: &[String]) {
    if wanted.is_empty() {
        table.remove(key);
        return;
    }
    let Some(array) = table.get_mut(key).and_then(Item::as_array_mut) else {
        let array: Array = wanted.iter().map(String::as_str).collect();
        table.insert(key, Item::from(array));
        return;
    };
    array.retain(|value| {
        let text = value.as_str();
        text.is_some_and(|text| wanted.iter().any(|name| name == text))
    });
    let known: Vec<String> = array
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    for name in wanted.iter().filter(|name| !known.contains(name)) {
        let mut value = Value::from(name.as_str());
        // A list with a name a line goes on with a name a line.
        let last = array.iter().last();
        let prefix = last.and_then(|last| last.decor().prefix()?.as_str());
        let indent = prefix.and_then(|prefix| Some((prefix, prefix.rfind('\n')?)));
        match indent.and_then(|(prefix, at)| prefix.get(at..)) {
            Some(indent) => {
                value.decor_mut().set_prefix(indent);
                array.push_formatted(value);
            }
            None => array.push(value),
        }
    }
}

/// A stem that the text does not have.
fn whole(stem: &StemSpec) -> std::result::Result<Table, String> {
    let text = toml::to_string(stem).map_err(|error| error.to_string())?;
    let document: DocumentMut = text.parse().map_err(|error| format!("{error}"))?;
    let mut table = document.as_table().clone();
    if stem.gain_db == 0.0 {
        table.remove("gain_db");
    }
    table.decor_mut().set_prefix("\n");
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# Night shift\n[output]\nbits = 24 # not 16\n\n# the drums\n[[stem]]\n\
        name = \"Drums\" # loud\ntracks = [\n  \"Kick\", # front\n  \"Snare\",\n]\n\n\
        # low end\n[[stem]]\nname = \"Bass\"\ntracks = [\"Bass DI\", \"Bass Amp\"]\n\n\
        [ignore]\ntracks = [\"Click\", \"Ref *\"] # never\n";

    fn stems() -> Vec<(Option<usize>, StemSpec)> {
        let recipe = Recipe::parse(TEXT, "r.toml").unwrap();
        let stems = recipe.stems.into_iter().enumerate();
        stems.map(|(at, stem)| (Some(at), stem)).collect()
    }

    fn ignore() -> Ignore {
        Recipe::parse(TEXT, "r.toml").unwrap().ignore
    }

    fn done(stems: &[(Option<usize>, StemSpec)]) -> String {
        rewrite(TEXT, "r.toml", stems, &ignore()).unwrap()
    }

    #[test]
    fn nothing_changed_is_the_same_text() {
        assert_eq!(done(&stems()), TEXT);
    }

    #[test]
    fn a_name_and_a_track_change_only_their_place() {
        let mut stems = stems();
        stems[0].1.name = "Drum \"Kit\"".to_owned();
        stems[0].1.tracks.push("Hat".to_owned());
        stems[1].1.tracks.remove(0);
        let text = done(&stems);
        let wanted = TEXT
            .replace("\"Drums\" # loud", "'Drum \"Kit\"' # loud")
            .replace("  \"Snare\",\n", "  \"Snare\",\n  \"Hat\",\n")
            .replace("[\"Bass DI\", \"Bass Amp\"]", "[\"Bass Amp\"]");
        assert_eq!(text.replace("[ \"Bass", "[\"Bass"), wanted);
    }

    #[test]
    fn formulas_follow_the_names_of_stems() {
        let versions = "\n[[version]]\nname = \"Inst\" # no drums\n\
            formula = \"mix - Drums\" # all of them\n";
        let text = format!("{TEXT}{versions}");
        let mut stems = stems();
        stems[0].1.name = "Drum Kit".to_owned();
        stems.reverse();
        let done = rewrite(&text, "r.toml", &stems, &ignore()).unwrap();
        assert!(
            done.contains("formula = 'mix - \"Drum Kit\"' # all of them"),
            "{done}"
        );
        let inline = "version = [{ name = \"Inst\", formula = \"mix - Drums\" }]\n";
        let text = format!("{inline}{TEXT}");
        let done = rewrite(&text, "r.toml", &stems, &ignore()).unwrap();
        assert!(done.contains("'mix - \"Drum Kit\"'"), "{done}");
    }

    #[test]
    fn order_and_deletion_take_the_comments_along() {
        let mut turned = stems();
        turned.reverse();
        let text = done(&turned);
        let (low, drums) = (text.find("# low end"), text.find("# the drums"));
        assert!(low.unwrap() < drums.unwrap(), "{text}");
        assert!(text.find("\"Bass\"").unwrap() < text.find("\"Drums\"").unwrap());
        assert!(text.contains("# front") && text.contains("# never"));
        let text = done(&turned[..1]);
        assert!(
            !text.contains("drums") && text.contains("# low end"),
            "{text}"
        );
        assert!(text.starts_with("# Night shift\n[output]\nbits = 24 # not 16\n"));
    }

    #[test]
    fn new_stems_come_whole_and_stay_before_what_follows() {
        let mut stems = stems();
        stems.insert(
            1,
            (
                None,
                StemSpec {
                    name: "Vox".to_owned(),
                    folder: Some("VOX".to_owned()),
                    gain_db: -3.0,
                    ..StemSpec::default()
                },
            ),
        );
        let text = done(&stems);
        let at = |part: &str| {
            text.find(part)
                .unwrap_or_else(|| panic!("{part} in {text}"))
        };
        assert!(at("\"Drums\"") < at("\"Vox\"") && at("\"Vox\"") < at("\"Bass\""));
        assert!(at("\"Bass\"") < at("[ignore]"), "{text}");
        assert!(text.contains("gain_db = -3.0"));
    }

    #[test]
    fn a_recipe_is_made_from_nothing_and_a_broken_one_refused() {
        let stems = vec![(None, stems().remove(0).1)];
        let text = rewrite("", "r.toml", &stems, &Ignore::default()).unwrap();
        assert_eq!(
            text.trim(),
            "[[stem]]\nname = \"Drums\"\ntracks = [\"Kick\", \"Snare\"]"
        );
        assert!(rewrite("[[stem", "r.toml", &stems, &Ignore::default()).is_err());
    }
}
