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

#[cfg(test)]
mod tests {
    use super::*;

    /// What an entry with this message, and perhaps this version, makes of the service.
    fn after(message: &str, version: &str) -> Service {
        let line = format!("time=\"2025-03-14T00:00:00Z\" level=info msg=\"{message}\"{version}");
        let mut service = Service::named(Some("before".to_owned()));
        service.observe(&Event::read(line.as_bytes()).expect("an entry"));
        service
    }

    #[test]
    fn only_a_start_up_line_begins_a_run() {
        let started = after("Starting service acra-server [pid=7]", " version=0.96.0");
        let wanted = Service { product: Some("acra-server".to_owned()), version: Some("0.96.0".to_owned()) };
        assert_eq!(started, wanted);
        let messages = [
            "starting service a [pid=7]",
            "Starting service a",
            "Starting service a [pid=]",
            "Starting service a [pid=7] ",
            "Starting service a [pid=7x]",
            "Starting service a [pid=7]]",
            "Starting service a b [pid=7]",
            "x Starting service a [pid=7]",
        ];
        for message in messages {
            assert_eq!(after(message, " version=1"), Service::named(Some("before".to_owned())), "{message}");
        }
        assert_eq!(after("Starting service a [pid=7]", "").version, None, "nothing is known of the new run's version");
    }

    #[test]
    fn an_event_keeps_what_it_states_itself() {
        let service = after("Starting service acra-server [pid=7]", " version=0.96.0");
        let text = |text: &Option<Text<'_>>| text.as_ref().map(|text| text.to_str().into_owned());
        let cases = [
            ("time=\"2025-03-14T00:00:00Z\" level=info msg=m", "acra-server", "0.96.0"),
            ("CEF:0|cossacklabs|acra-translator|0.95.0|100|m|1|a=1 ", "acra-translator", "0.95.0"),
        ];
        for (line, product, version) in cases {
            let mut event = Event::read(line.as_bytes()).expect("an entry");
            service.complete(&mut event);
            assert_eq!(
                (text(&event.product).as_deref(), text(&event.version).as_deref()),
                (Some(product), Some(version))
            );
        }
    }
}
