//! Why an action cannot be done now.

use crate::action::Action;
use crate::app::State;

/// The reason why the action would be refused now; `None` when it can be done.
pub fn unavailable(_state: &State, _action: &Action) -> Option<String> {
    None
}
