//! Suspending to the shell. (skeleton)
