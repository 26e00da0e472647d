//! Which events are wanted: predicates over one event. Reading lines and printing what was found is left to others.
