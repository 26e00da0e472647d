//! The rules of CEF that lines are held against, with names that scripts may rely on.

use strum::VariantArray;

/// A rule of the specification, by how it is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, VariantArray)]
pub enum Rule {
    /// The line does not begin with `CEF:<version>|`.
    NotCef,
    /// The version of the format is neither 0 nor 1.
    VersionUnknown,
    /// The header ends before its seventh bar.
    HeaderTorn,
    /// A backslash in the header stands before something else than a backslash or a bar.
    HeaderEscape,
    /// A part of the header is empty.
    HeaderEmpty,
    /// The severity is neither 0 to 10 nor one of the five words.
    SeverityInvalid,
    /// The extension begins with text that belongs to no key.
    KeyMissing,
    /// A key has other characters than letters and digits of ASCII.
    KeyInvalid,
    /// A key stands twice in a line.
    KeyRepeated,
    /// A numbered key lacks its label.
    LabelMissing,
    /// A key has no value.
    ValueEmpty,
    /// An equals sign inside a value is not escaped.
    ValueUnescapedEquals,
    /// A backslash in the extension stands before something else than a backslash, an equals sign, `n` or `r`.
    ExtensionEscape,
    /// More than one blank stands before a key, or one before a value.
    LeadingBlank,
    /// A value, or the line, ends in a blank.
    TrailingBlank,
    /// A time is neither milliseconds since 1970 nor `MMM dd yyyy HH:mm:ss`.
    DateNotEpochMs,
    /// A value that must be a number is none.
    NumberInvalid,
    /// A control character stands in the line.
    ControlCharacter,
    /// Bytes are no UTF-8.
    NotUtf8,
}

impl Rule {
    /// Every rule.
    pub const ALL: [Self; 19] = *Self::VARIANTS.as_array().expect("as many as there are variants");

    /// Its name, which stays the same from release to release.
    pub fn name(self) -> &'static str {
        self.told().0
    }

    /// What is wrong, in one line.
    pub fn meaning(self) -> &'static str {
        self.told().1
    }

    fn told(self) -> (&'static str, &'static str) {
        match self {
            Self::NotCef => ("not-cef", "the line does not begin with CEF:<version>|"),
            Self::VersionUnknown => ("version-unknown", "the version of the format is neither 0 nor 1"),
            Self::HeaderTorn => ("header-torn", "the header ends before its seventh bar"),
            Self::HeaderEscape => ("header-escape", "only \\\\ and \\| are escapes in the header"),
            Self::HeaderEmpty => ("header-empty", "a part of the header is empty"),
            Self::SeverityInvalid => {
                ("severity-invalid", "the severity is neither 0 to 10 nor Unknown, Low, Medium, High or Very-High")
            }
            Self::KeyMissing => ("key-missing", "the extension begins with text that belongs to no key"),
            Self::KeyInvalid => ("key-invalid", "a key has other characters than letters and digits"),
            Self::KeyRepeated => ("key-repeated", "a key stands twice in the line"),
            Self::LabelMissing => ("label-missing", "a numbered key lacks its label"),
            Self::ValueEmpty => ("value-empty", "a key has no value; it is to be left out"),
            Self::ValueUnescapedEquals => ("value-unescaped-equals", "an equals sign in a value is not escaped"),
            Self::ExtensionEscape => ("extension-escape", "only \\\\, \\=, \\n and \\r are escapes in the extension"),
            Self::LeadingBlank => ("leading-blank", "more than one blank stands before a key, or one before a value"),
            Self::TrailingBlank => ("trailing-blank", "a value or the line ends in a blank"),
            Self::DateNotEpochMs => {
                ("date-not-epoch-ms", "a time is neither milliseconds since 1970 nor MMM dd yyyy HH:mm:ss")
            }
            Self::NumberInvalid => ("number-invalid", "a value that must be a number is none"),
            Self::ControlCharacter => ("control-character", "a control character stands in the line"),
            Self::NotUtf8 => ("not-utf8", "bytes in the line are not UTF-8"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Rule;

    #[test]
    fn every_rule_has_its_own_name_in_kebab_case_and_a_line_that_explains_it() {
        let mut names: Vec<_> = Rule::ALL.into_iter().map(Rule::name).collect();
        for name in &names {
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || b"-8".contains(&byte)), "{name}");
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Rule::ALL.len());
        for (place, rule) in Rule::ALL.into_iter().enumerate() {
            assert_eq!(rule as usize, place);
            assert!(rule.meaning().len() > 10 && !rule.meaning().contains('\n'), "{rule:?}");
        }
    }
}
