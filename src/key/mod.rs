//! stub
use zeroize::Zeroizing;
/// stub
pub struct AuditKey {
    secret: Zeroizing<[u8; 32]>,
    source: String,
}
impl AuditKey {
    /// stub
    pub fn new(secret: [u8; 32], source: &str) -> Self {
        Self { secret: Zeroizing::new(secret), source: source.to_owned() }
    }
    /// stub
    pub fn bytes(&self) -> &[u8; 32] {
        &self.secret
    }
    /// stub
    pub fn source(&self) -> &str {
        &self.source
    }
    /// stub
    pub fn fingerprint(&self) -> String {
        String::new()
    }
}
