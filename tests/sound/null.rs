//! The null test against the independent renderer in Python.
