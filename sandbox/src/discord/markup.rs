//! What stands in angle brackets in a Discord text: mentions of people, roles and channels, and moments.

use super::id::Id;

/// A piece of a text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    Plain(&'a str),
    Person(Id),
    Role(Id),
    Channel(Id),
    /// `<t:1600000000:R>`
    Moment,
}

/// The pieces of a text, in order.
pub(crate) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut plain_from = 0;
    let mut at = 0;
    while let Some(open) = text[at..].find('<').map(|offset| at + offset) {
        let close = text[open..].find('>').map(|offset| open + offset);
        match close.and_then(|close| Some((mention(&text[open + 1..close])?, close + 1))) {
            Some((mention, after)) => {
                found.push(Piece::Plain(&text[plain_from..open]));
                found.push(mention);
                plain_from = after;
                at = after;
            }
            None => at = open + 1,
        }
    }
    found.push(Piece::Plain(&text[plain_from..]));
    found.retain(|piece| *piece != Piece::Plain(""));
    found
}

/// Whether a text calls everybody.
pub(crate) fn calls_everyone(text: &str) -> bool {
    text.contains("@everyone") || text.contains("@here")
}

fn mention(inner: &str) -> Option<Piece<'static>> {
    let id = |digits: &str| digits.parse().ok();
    if let Some(digits) = inner.strip_prefix("@&") {
        id(digits).map(Piece::Role)
    } else if let Some(digits) = inner.strip_prefix("@!").or(inner.strip_prefix('@')) {
        id(digits).map(Piece::Person)
    } else if let Some(digits) = inner.strip_prefix('#') {
        id(digits).map(Piece::Channel)
    } else {
        let number = inner.strip_prefix("t:")?.split(':').next()?;
        number.parse::<i64>().ok().map(|_| Piece::Moment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mentions_are_told_from_plain_text() {
        let text = "a < b, <@12> and <@!13>: <@&14> in <#15> <t:16:R> <@x> <";
        assert_eq!(
            pieces(text),
            [
                Piece::Plain("a < b, "),
                Piece::Person(Id::new(12)),
                Piece::Plain(" and "),
                Piece::Person(Id::new(13)),
                Piece::Plain(": "),
                Piece::Role(Id::new(14)),
                Piece::Plain(" in "),
                Piece::Channel(Id::new(15)),
                Piece::Plain(" "),
                Piece::Moment,
                Piece::Plain(" <@x> <"),
            ]
        );
    }
}
