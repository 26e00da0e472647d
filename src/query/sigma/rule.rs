//! One rule as it stands in its file: what it is called, how severe it is, which logs it is for, and its detection or
//! correlation. Which rules there are, and how they are put together, is left to `rules`.

use strum::{EnumString, IntoStaticStr};

use super::correlation::Correlation;
use super::detection::Detection;
use super::yaml::{RuleFault, YamlNode};

/// The longest title, in characters (Sigma rules specification, section "Title").
const TITLE_CHARS_MAX: usize = 256;

/// The product that rules for logs of Acra name.
const PRODUCT: &str = "acra";

/// Categories under which a rule that names no product is taken to be for logs like these.
const CATEGORIES: [&str; 2] = ["application", "database"];

/// What a rule says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigmaRule {
    /// Its title.
    pub title: String,
    /// Its id.
    pub id: Option<String>,
    /// Its name, by which correlations may refer to it.
    pub name: Option<String>,
    /// How severe it is.
    pub level: SigmaLevel,
    /// What it detects, for people.
    pub description: Option<String>,
    /// Where it stands: `file:line`.
    pub place: String,
}

/// How severe a rule is. The order is the order of severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, IntoStaticStr, EnumString)]
#[strum(serialize_all = "lowercase")]
pub enum SigmaLevel {
    /// To enrich other events, no reason to act.
    Informational,
    /// Notable, but rarely an incident.
    Low,
    /// To be looked at.
    Medium,
    /// To be looked at without delay.
    High,
    /// Highly relevant, an incident.
    Critical,
}

impl SigmaLevel {
    /// The word of Sigma.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// A document of a file of rules.
#[derive(Debug)]
pub(super) struct RuleDocument {
    pub(super) rule: SigmaRule,
    /// Whether the rule says how severe it is.
    pub(super) has_level: bool,
    pub(super) body: RuleBody,
}

#[derive(Debug)]
pub(super) enum RuleBody {
    Detection {
        detection: Box<Detection>,
        /// The service it is for; any, when it names none.
        service: Option<String>,
    },
    Correlation(Box<Correlation>),
    /// It is not for logs of Acra, or not to be used, and why.
    PassedOver(String),
}

impl RuleDocument {
    /// Reads a document of a file.
    pub(super) fn parse(file: &str, document: &YamlNode) -> Result<Self, RuleFault> {
        document.members("this document")?;
        for (key, why) in [
            ("action", "collections of rules with `action`, which Sigma 2 has given up, are not supported"),
            ("filter", "filters of Sigma are not supported"),
        ] {
            if let Some(node) = document.get(key) {
                return Err(node.fault(why));
            }
        }
        let title = text(document, "title")?.ok_or_else(|| document.fault("the rule has no title"))?;
        if title.chars().count() > TITLE_CHARS_MAX {
            return Err(document.fault(format!("the title is longer than {TITLE_CHARS_MAX} characters")));
        }
        let level = match document.get("level") {
            Some(node) => Some(
                node.text()
                    .and_then(|text| text.to_lowercase().parse().ok())
                    .ok_or_else(|| node.fault("the level is none of informational, low, medium, high and critical"))?,
            ),
            None => None,
        };
        let rule = SigmaRule {
            title,
            id: text(document, "id")?,
            name: text(document, "name")?,
            level: level.unwrap_or(SigmaLevel::Medium),
            description: text(document, "description")?,
            place: format!("{file}:{}", document.line),
        };
        Ok(Self { rule, has_level: level.is_some(), body: RuleBody::parse(document)? })
    }
}

impl RuleBody {
    fn parse(document: &YamlNode) -> Result<Self, RuleFault> {
        if let Some(status) =
            text(document, "status")?.filter(|it| ["deprecated", "unsupported"].contains(&it.as_str()))
        {
            return Ok(Self::PassedOver(format!("it is {status}")));
        }
        match (document.get("detection"), document.get("correlation")) {
            (Some(detection), None) => {
                let source = document.get("logsource").ok_or_else(|| document.fault("the rule has no logsource"))?;
                // Rules for other logs may say what these cannot.
                match service(source)? {
                    Err(other) => Ok(Self::PassedOver(other)),
                    Ok(service) => Ok(Self::Detection { detection: Box::new(Detection::parse(detection)?), service }),
                }
            }
            (None, Some(section)) => Ok(Self::Correlation(Box::new(Correlation::parse(section)?))),
            (None, None) => Err(document.fault("the rule has neither a detection nor a correlation")),
            (Some(_), Some(section)) => {
                Err(section.fault("a rule has either a detection or a correlation, in documents of their own"))
            }
        }
    }
}

/// A single text; None when it is not there.
fn text(document: &YamlNode, key: &str) -> Result<Option<String>, RuleFault> {
    let Some(node) = document.get(key) else { return Ok(None) };
    match node.text().map(str::trim).filter(|text| !text.is_empty()) {
        Some(text) => Ok(Some(text.to_owned())),
        None => Err(node.fault(format!("`{key}` is no text"))),
    }
}

/// The service that a rule is for, when it is for logs of Acra; else why it is not (Sigma rules specification, section
/// "LogSource": product, service and category each narrow the logs down).
fn service(source: &YamlNode) -> Result<Result<Option<String>, String>, RuleFault> {
    source.members("logsource")?;
    let part = |key| text(source, key).map(|text| text.map(|text| text.to_lowercase()));
    let (product, service, category) = (part("product")?, part("service")?, part("category")?);
    if product.is_none() && service.is_none() && category.is_none() {
        return Err(source.fault("the logsource names neither a product nor a service nor a category"));
    }
    let of_acra = |name: &String| name == PRODUCT || name.starts_with("acra-");
    let is_ours = match (&product, &service, &category) {
        (Some(product), ..) => of_acra(product),
        (None, Some(service), _) => of_acra(service),
        (None, None, category) => category.as_ref().is_some_and(|it| CATEGORIES.contains(&it.as_str())),
    };
    let named = [product.as_deref(), service.as_deref(), category.as_deref()];
    Ok(match is_ours {
        true => Ok(service.or(product).filter(|service| service != PRODUCT)),
        false => Err(format!("it is for logs of {}", named.into_iter().flatten().collect::<Vec<_>>().join(", "))),
    })
}
