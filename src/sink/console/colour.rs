//! Whether a console is written to in colours.

use std::ffi::OsString;

/// Whether a [`Console`](super::Console) colours levels.
///
/// ```
/// use ringlog::sink::{Colour, Console};
/// // As `ls --color=always`: for a pager that knows colours.
/// let console = Console::stdout().colour(Colour::Always);
/// assert!(console.has_colours());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Colour {
    /// As the environment says, and else on a terminal that knows colours. The first of these that is so
    /// decides:
    ///
    /// 1. [`NO_COLOR`](https://no-color.org) is set and not empty: no colours;
    /// 2. [`CLICOLOR_FORCE`](https://bixense.com/clicolors) is set, but neither empty nor `0`: colours,
    ///    also into files;
    /// 3. `CLICOLOR` is `0`: no colours;
    /// 4. colours, if the stream is a terminal and `TERM` is not `dumb`.
    #[default]
    Auto,
    /// Colours wherever it goes.
    Always,
    /// No colours.
    Never,
}

impl Colour {
    /// Whether there are to be colours, given the environment's variables and whether the stream is a
    /// terminal.
    pub(super) fn decide(self, variable: impl Fn(&str) -> Option<OsString>, is_terminal: bool) -> bool {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto if set("NO_COLOR").is_some() => false,
            Self::Auto if set("CLICOLOR_FORCE").is_some_and(|value| value != "0") => true,
            Self::Auto if set("CLICOLOR").is_some_and(|value| value == "0") => false,
            Self::Auto => is_terminal && set("TERM").is_none_or(|value| value != "dumb"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Colour;

    fn decide(colour: Colour, variables: &[(&str, &str)], is_terminal: bool) -> bool {
        let variable =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into());
        colour.decide(variable, is_terminal)
    }

    #[test]
    fn an_explicit_choice_stands_above_the_environment() {
        let none = [("NO_COLOR", "1"), ("CLICOLOR", "0"), ("TERM", "dumb")];
        assert!(decide(Colour::Always, &none, false));
        assert!(!decide(Colour::Never, &[("CLICOLOR_FORCE", "1")], true));
    }

    #[test]
    fn without_variables_the_terminal_decides() {
        assert!(decide(Colour::Auto, &[], true));
        assert!(decide(Colour::Auto, &[("TERM", "xterm")], true));
        assert!(!decide(Colour::Auto, &[("TERM", "dumb")], true));
        assert!(!decide(Colour::Auto, &[], false));
    }

    #[test]
    fn the_first_variable_that_says_anything_decides() {
        type Variables = &'static [(&'static str, &'static str)];
        let cases: [(Variables, bool, bool); 10] = [
            (&[("NO_COLOR", "1")], true, false),
            (&[("NO_COLOR", "0")], true, false),
            (&[("NO_COLOR", "")], true, true),
            (&[("CLICOLOR_FORCE", "1")], false, true),
            (&[("CLICOLOR_FORCE", "0")], false, false),
            (&[("CLICOLOR_FORCE", "")], false, false),
            (&[("CLICOLOR", "0")], true, false),
            (&[("CLICOLOR", "1")], false, false),
            (&[("CLICOLOR_FORCE", "1"), ("CLICOLOR", "0")], false, true),
            (&[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], true, false),
        ];
        for (variables, is_terminal, colours) in cases {
            assert_eq!(decide(Colour::Auto, variables, is_terminal), colours, "{variables:?} {is_terminal}");
        }
    }
}
