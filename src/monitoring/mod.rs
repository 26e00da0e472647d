//! What operators and their machines are told of a running watch: numbers for Prometheus. When something is worth a number is left to
//! whoever watches.

mod labels;
mod metrics;
mod streams;

pub use metrics::{Exposition, Metrics, ReactionResult};
pub use streams::StreamMetrics;
