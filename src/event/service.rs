//! What the start-up line of a run says for all its entries: plaintext names product and version there and nowhere else
//! (events, traps 5 and 7).

use super::Event;
use super::value::Text;

/// The bytes every start-up line contains, in every format.
pub const START_UP_WORDS: &[u8] = b"Starting service ";

/// Product and version of the run that is being read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Service {
    product: Option<String>,
    version: Option<String>,
}

impl Service {
    /// A service of which nothing was read yet, named by the user.
    pub fn named(product: Option<String>) -> Self {
        Self { product, version: None }
    }

    /// Takes in the start-up line of a new run; any other event changes nothing.
    pub fn observe(&mut self, event: &Event<'_>) {
        if let Some((name, _)) = event.started_service() {
            self.product = Some(name.to_owned());
            self.version = event.version.as_ref().map(|version| version.to_str().into_owned());
        }
    }

    /// Gives an event the product and the version it does not state itself.
    pub fn complete<'a>(&'a self, event: &mut Event<'a>) {
        if event.product.is_none() {
            event.product = self.product.as_deref().map(Text::from);
        }
        if event.version.is_none() {
            event.version = self.version.as_deref().map(Text::from);
        }
    }
}
