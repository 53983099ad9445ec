//! `pt-stem call --list`: what PTSL has, and what its requests take.

use serde_json::{Value, json};

use crate::cli::output::Output;
use crate::error::Result;
use crate::ptsl::describe::{Field, answer_fields, request_fields};
use crate::ptsl::names::{command_name, commands};

/// All commands on a line each, or everything about one.
pub fn run(command: Option<&str>, output: Output) -> Result<()> {
    if let Some(command) = command {
        let id = super::call::known(command)?;
        let (name, request, answer) = (command_name(id), request_fields(id), answer_fields(id));
        let value = json!({ "schema": 1, "id": id as i32, "name": name,
            "request": list(&request), "answer": list(&answer) });
        return output.show(&value, || {
            let mut text = format!("{name} ({})\n\nrequest\n", id as i32);
            tree(&mut text, &request, 1);
            text.push_str("\nanswer\n");
            tree(&mut text, &answer, 1);
            text
        });
    }
    let all: Vec<_> = commands()
        .into_iter()
        .map(|(id, name)| (id as i32, name, request_fields(id)))
        .collect();
    let value: Vec<Value> = all
        .iter()
        .map(|(id, name, fields)| json!({ "id": id, "name": name, "request": list(fields) }))
        .collect();
    output.show(&json!({ "schema": 1, "commands": value }), || {
        let line = |(id, name, fields): &(i32, String, Vec<Field>)| {
            let field = |field: &Field| format!("{}: {}", field.name, field.kind);
            let fields: Vec<String> = fields.iter().map(field).collect();
            let line = format!("{id:>3}  {name:<38}  {}", fields.join(", "));
            format!("{}\n", line.trim_end())
        };
        all.iter().map(line).collect()
    })
}

fn list(fields: &[Field]) -> Value {
    let field = |field: &Field| {
        let mut value = json!({ "name": field.name, "type": field.kind });
        if let Some(object) = value.as_object_mut() {
            if !field.words.is_empty() {
                object.insert("words".to_owned(), json!(field.words));
            }
            if !field.fields.is_empty() {
                object.insert("fields".to_owned(), list(&field.fields));
            }
        }
        value
    };
    fields.iter().map(field).collect()
}

fn tree(text: &mut String, fields: &[Field], depth: usize) {
    let indent = "  ".repeat(depth);
    if fields.is_empty() && depth == 1 {
        text.push_str("  nothing\n");
    }
    for field in fields {
        text.push_str(&format!("{indent}{}: {}\n", field.name, field.kind));
        if !field.words.is_empty() {
            text.push_str(&format!("{indent}    {}\n", field.words.join(" ")));
        }
        tree(text, &field.fields, depth + 1);
    }
}
