//! Signals as events. (skeleton)
