//! Which files of a plan come out of one call of Pro Tools.

use crate::engine::{export, roles};
use crate::model::Plan;
use crate::model::manifest::FileRole;
use crate::model::plan::PlannedStem;

/// A file of the plan, by its place in it.
pub(super) struct File<'a> {
    pub item: usize,
    pub stem: &'a PlannedStem,
    pub role: FileRole,
}

/// Files that one call makes: all that are printed from mix sources of their own in one format, and
/// any other alone. In the plan's order.
pub(super) fn passes(plan: &Plan) -> Vec<Vec<File<'_>>> {
    let mut passes: Vec<Vec<File<'_>>> = Vec::new();
    let printed = roles(plan).enumerate();
    for (item, (stem, role)) in printed.filter(|(_, (stem, _))| stem.formula.is_none()) {
        let file = File { item, stem, role };
        let fits = |pass: &&mut Vec<File<'_>>| {
            pass.first().is_some_and(|first| {
                first.stem.is_source()
                    && export::format(first.stem.format) == export::format(stem.format)
            })
        };
        match passes.iter_mut().find(fits).filter(|_| stem.is_source()) {
            Some(pass) => pass.push(file),
            None => passes.push(vec![file]),
        }
    }
    passes
}
