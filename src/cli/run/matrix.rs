//! The coverage of a plan as a table: tracks by stems.

use crate::cli::output::Table;
use crate::model::Plan;
use crate::model::text::{fit, width};
use crate::plan;

/// Columns of the names above the marks, all together; with more of them stems are numbered.
const MOST: usize = 80;

/// A row for every track, a mark for the stem that takes it.
pub fn text(plan: &Plan) -> String {
    let names: Vec<String> = plan.stems.iter().map(|stem| fit(&stem.name, 20)).collect();
    let is_wide = names.iter().map(|name| width(name) + 2).sum::<usize>() > MOST;
    let heads: Vec<String> = names
        .iter()
        .enumerate()
        .map(|(at, name)| match is_wide {
            true => (at + 1).to_string(),
            false => name.clone(),
        })
        .collect();
    let mut head = vec!["TRACK"];
    head.extend(heads.iter().map(String::as_str));
    head.push("");
    let mut table = Table::new(&head);
    for place in plan::matrix(plan) {
        let mut row = vec![fit(place.track, 40)];
        let marks = (0..names.len()).map(|stem| match place.stems.contains(&stem) {
            true => "x".to_owned(),
            false => String::new(),
        });
        row.extend(marks);
        row.push(match place.state {
            "stem" => String::new(),
            state => state.to_owned(),
        });
        table.row(row);
    }
    let numbers = names.iter().enumerate().filter(|_| is_wide);
    let numbers: String = numbers
        .map(|(at, name)| format!("{}: {name}\n", at + 1))
        .collect();
    format!("{numbers}{table}")
}
