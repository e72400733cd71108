//! Differences between the databases.
