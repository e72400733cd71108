//! Orders from BaseLinker into Optimakers.
