//! How often somebody is told again of what goes on: when it has doubled, or when a minute has passed.

/// After this time what has grown is told, in milliseconds.
const UPDATE_EVERY_MS: i64 = 60_000;

/// What was told last of something that grows.
#[derive(Clone, Copy, Debug)]
pub struct UpdateThrottle {
    count: u64,
    at: i64,
}

impl UpdateThrottle {
    /// So much was told, at a time in milliseconds.
    pub fn told(count: u64, at: i64) -> Self {
        Self { count, at }
    }

    /// Whether it is worth telling again, which it is from then on.
    pub fn admits(&mut self, count: u64, now: i64) -> bool {
        let admits = count > self.count && (count >= self.count.saturating_mul(2) || self.is_due(now));
        if admits {
            *self = Self::told(count, now);
        }
        admits
    }

    /// Whether a minute has passed.
    pub fn is_due(&self, now: i64) -> bool {
        now.saturating_sub(self.at) >= UPDATE_EVERY_MS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_doubled_is_told_at_once_and_what_has_grown_after_a_minute() {
        let mut throttle = UpdateThrottle::told(3, 0);
        let told: Vec<_> = [(3, 90_000), (5, 59_999), (6, 1), (7, 2), (7, 60_001), (13, 60_002), (14, 60_003)]
            .into_iter()
            .filter(|(count, now)| throttle.admits(*count, *now))
            .collect();
        assert_eq!(told, [(6, 1), (7, 60_001), (14, 60_003)]);
    }
}
