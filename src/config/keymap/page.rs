//! The keys as a page: by chapter, one line an action and place. Help, `pt-stem keys` and the
//! README's table are made from it.

use super::{Binding, Context, Keymap, When, show};
use crate::action::{ActionInfo, Group, catalogue};

/// One line of the page.
#[derive(Debug, Clone, PartialEq)]
pub struct Line<'a> {
    pub info: &'static ActionInfo,
    /// `None` for an action without a key.
    pub binding: Option<&'a Binding>,
}

impl Line<'_> {
    /// All keys as shown.
    pub fn keys(&self) -> Vec<String> {
        let keys = self.binding.map_or(&[][..], |binding| &binding.keys);
        keys.iter().map(|keys| show(keys)).collect()
    }

    /// What `:` takes: the action with its arguments, or with their names.
    pub fn command(&self) -> String {
        match self.binding {
            Some(binding) => binding.action.to_string(),
            None => format!("{} {}", self.info.name, self.info.arguments)
                .trim_end()
                .to_owned(),
        }
    }

    pub fn description(&self) -> &str {
        self.binding
            .map_or(self.info.description, |binding| &binding.description)
    }

    /// Where it holds, in words; empty for everywhere.
    pub fn place(&self) -> String {
        let Some(binding) = self.binding else {
            return String::new();
        };
        let place = match binding.context {
            Context::Global => "",
            Context::Dialog => "dialogs",
            other => other.word(),
        };
        match binding.when {
            When::Always => place.to_owned(),
            when => format!("{place} when {}", when.word()).trim().to_owned(),
        }
    }
}

/// Every action by chapter: a line for each of its bindings that says something new, a line without
/// keys where there is none.
pub fn page(keymap: &Keymap) -> Vec<(Group, Vec<Line<'_>>)> {
    let chapter = |group: Group| {
        let of_group = catalogue().iter().filter(move |info| info.group == group);
        (
            group,
            of_group.flat_map(|info| lines(keymap, info)).collect(),
        )
    };
    Group::ALL.into_iter().map(chapter).collect()
}

fn lines<'a>(keymap: &'a Keymap, info: &'static ActionInfo) -> Vec<Line<'a>> {
    let own = || {
        let all = keymap.bindings.iter();
        all.filter(|binding| binding.action.name() == info.name)
    };
    let is_repeated = |binding: &Binding| {
        own().any(|other| {
            other.action == binding.action
                && other.keys == binding.keys
                && ((other.context, other.when) == (Context::Global, When::Always)
                    || (other.context == binding.context && other.when == When::Always))
                && (other.context, other.when) != (binding.context, binding.when)
        })
    };
    let mut lines: Vec<Line> = own()
        .filter(|binding| !is_repeated(binding))
        .map(|binding| Line {
            info,
            binding: Some(binding),
        })
        .collect();
    if lines.is_empty() {
        lines.push(Line {
            info,
            binding: None,
        });
    }
    lines
}

/// The table of keys in Markdown: one row an action that has keys outside of dialogs.
pub fn markdown(keymap: &Keymap) -> String {
    let mut text = String::from("| keys | action | does |\n|---|---|---|\n");
    for info in catalogue() {
        let mut keys: Vec<String> = Vec::new();
        let own = keymap
            .bindings
            .iter()
            .filter(|b| b.action.name() == info.name);
        for key in own
            .filter(|b| b.context != Context::Dialog || b.when == When::Question)
            .flat_map(|b| &b.keys)
        {
            let key = format!("`{}`", show(key));
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        if !keys.is_empty() {
            let command = format!("{} {}", info.name, info.arguments.replace('|', "\\|"));
            let (keys, command) = (keys.join(" "), command.trim_end());
            text.push_str(&format!("| {keys} | {command} | {} |\n", info.description));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGIN: &str = "<!-- keys: made by `pt-stem keys --markdown` -->\n";
    const END: &str = "<!-- /keys -->";

    #[test]
    fn the_readme_shows_the_default_keys() {
        let readme = include_str!("../../../README.md").replace("\r\n", "\n");
        let (_, rest) = readme.split_once(BEGIN).expect("the table's beginning");
        let (table, _) = rest.split_once(END).expect("the table's end");
        assert_eq!(table.trim(), markdown(&Keymap::default()).trim());
    }

    #[test]
    fn the_page_holds_every_action_and_every_key() {
        let keymap = Keymap::default();
        let pages = page(&keymap);
        let lines: Vec<&Line> = pages.iter().flat_map(|(_, lines)| lines).collect();
        for info in catalogue() {
            assert!(lines.iter().any(|line| line.info == info), "{}", info.name);
        }
        for binding in &keymap.bindings {
            for keys in &binding.keys {
                let shown = show(keys);
                assert!(
                    lines
                        .iter()
                        .any(|line| line.info.name == binding.action.name()
                            && line.keys().contains(&shown)),
                    "{keys}"
                );
            }
        }
    }
}
