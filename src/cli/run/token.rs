//! `pt-stem token`: makes the token of the server, shows it, replaces it.

use serde_json::json;

use crate::cli::output::{self, Output};
use crate::error::{Error, ErrorKind, Result};
use crate::platform::places::Places;
use crate::server::token;

/// Prints a token that was made or asked for; a token that is there is not shown unasked.
pub fn run(show: bool, new: bool, places: &Places, output: Output) -> Result<()> {
    let path = token::path(&places.config);
    let found = match new {
        true => None,
        false => token::read(&places.config)?,
    };
    let is_there = found.is_some();
    let token = match (found, show) {
        (None, true) => {
            return Err(Error::new(ErrorKind::Config, "there is no token yet")
                .hint("pt-stem token makes one"));
        }
        (Some(_), false) => None,
        (Some(token), true) => Some(token),
        (None, false) => Some(token::make(&places.config)?),
    };
    let value = json!({ "schema": 1, "path": path, "made": !is_there, "token": token });
    if !output.json && token.is_none() {
        let text = format!("A token is in {}\n", path.display());
        output::say(&format!(
            "{text}pt-stem token --show prints it, --new makes another one\n"
        ));
        return Ok(());
    }
    if !output.json && !is_there {
        output::say(&format!(
            "Made a token, kept in {}\nClients send it as: Authorization: Bearer TOKEN\n",
            path.display()
        ));
    }
    output.show(&value, || format!("{}\n", token.unwrap_or_default()))
}
