//! What operators and their machines are told of a running watch: numbers for Prometheus, whether it is alive and ready, and the words
//! that systemd expects. When something is worth a number or a word is left to whoever watches.

mod health;
mod http;
mod labels;
mod metrics;
mod server;
mod streams;
mod systemd;

pub use health::{Health, Heartbeat};
pub use metrics::{Exposition, Metrics, ReactionResult};
pub use server::{ListenAddress, MonitoringServer};
pub use streams::StreamMetrics;
pub use systemd::{ServiceManager, ServiceVariables};
