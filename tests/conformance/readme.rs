//! The table of the README against the dialects.
