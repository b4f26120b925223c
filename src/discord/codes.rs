//! Discord's codes in what an agent writes: `<@4…>`, `<t:1795564798:t>`, `<:name:1…>`. A phone shows them letter for letter,
//! so they become what the agent sees in their place.

use crate::domain::time_zone::TimeZone;
use crate::wording::written;

/// What is known of the people, roles and channels that codes name, by their ids.
pub(super) trait Names {
    fn user(&self, id: u64) -> Option<String>;
    fn role(&self, id: u64) -> Option<String>;
    fn channel(&self, id: u64) -> Option<String>;
}

/// The text without codes. What only looks like one stays.
pub(super) fn without_codes(text: &str, zone: &TimeZone, names: &impl Names) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let (before, from) = rest.split_at(at);
        plain.push_str(before);
        let code = from.find('>').map(|end| (&from[1..end], &from[end + 1..]));
        match code.and_then(|(code, after)| Some((meaning(code, zone, names)?, after))) {
            Some((meaning, after)) => {
                plain.push_str(&meaning);
                rest = after;
            }
            None => {
                plain.push('<');
                rest = &from[1..];
            }
        }
    }
    plain.push_str(rest);
    plain
}

/// What a code between its brackets means, if it is one.
fn meaning(code: &str, zone: &TimeZone, names: &impl Names) -> Option<String> {
    let known = |name: Option<String>, neutral: &str| Some(name.unwrap_or_else(|| neutral.to_owned()));
    if let Some(role) = code.strip_prefix("@&") {
        return known(names.role(id(role)?), written::TEAM);
    }
    if let Some(user) = code.strip_prefix("@!").or_else(|| code.strip_prefix('@')) {
        return known(names.user(id(user)?), written::SOMEBODY);
    }
    if let Some(channel) = code.strip_prefix('#') {
        return known(names.channel(id(channel)?).map(|name| format!("#{name}")), written::CHANNEL);
    }
    if let Some(command) = code.strip_prefix('/') {
        let (name, number) = command.rsplit_once(':')?;
        id(number)?;
        return Some(format!("/{name}"));
    }
    if let Some(page) = code.strip_prefix("id:") {
        let is_page = matches!(page.split(':').next()?, "browse" | "customize" | "guide" | "home" | "linked-roles");
        return is_page.then(|| written::SERVER.to_owned());
    }
    if code.starts_with("https://") || code.starts_with("http://") {
        return (!code.contains(char::is_whitespace)).then(|| code.to_owned());
    }
    let mut fields = code.split(':');
    match (fields.next()?, fields.next()?, fields.next(), fields.next()) {
        ("t", seconds, None, None) => time(seconds, 'f', zone),
        ("t", seconds, Some(style), None) => time(seconds, one_letter(style)?, zone),
        ("" | "a", name, Some(number), None) if is_name(name) => id(number).map(|_| format!(":{name}:")),
        _ => None,
    }
}

/// Discord's ids have 17 digits at least, and 20 at most.
fn id(digits: &str) -> Option<u64> {
    let fits = (15..=20).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| digits.parse().ok()).flatten()
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '~')
}

fn one_letter(style: &str) -> Option<char> {
    let mut letters = style.chars();
    letters.next().filter(|letter| letter.is_ascii_alphabetic() && letters.next().is_none())
}

fn time(seconds: &str, style: char, zone: &TimeZone) -> Option<String> {
    let at = zone.at(seconds.parse().ok()?)?;
    Some(written::time(&at, style))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    struct Known;

    impl Names for Known {
        fn user(&self, id: u64) -> Option<String> {
            (id == 400_000_000_000_000_001).then(|| "Ana".to_owned())
        }

        fn role(&self, id: u64) -> Option<String> {
            (id == 400_000_000_000_000_002).then(|| "Drivers".to_owned())
        }

        fn channel(&self, id: u64) -> Option<String> {
            (id == 400_000_000_000_000_003).then(|| "returns".to_owned())
        }
    }

    fn plain(text: &str) -> String {
        without_codes(text, &"Europe/Berlin".parse().unwrap(), &Known)
    }

    #[test]
    fn codes_become_what_they_show() {
        for (code, expected) in [
            ("<@400000000000000001> and <@!400000000000000001>!", "Ana and Ana!"),
            ("<@400000000000000009>", "a colleague"),
            ("<@&400000000000000002>, <@&400000000000000009>", "Drivers, our team"),
            ("<#400000000000000003> <#400000000000000009>", "#returns a channel"),
            ("<:truck:400000000000000004><a:wave_1:400000000000000005>", ":truck::wave_1:"),
            ("</reply:400000000000000006> </notes add:400000000000000006>", "/reply /notes add"),
            ("<id:customize> <id:guide> <id:linked-roles:400000000000000006>", "our server our server our server"),
            ("<https://shop.example/a?b=1>", "https://shop.example/a?b=1"),
            ("<t:1795564798:t>", "00:59"),
            ("<t:1795564798:T>", "00:59:58"),
            ("<t:1795564798:d>", "25/11/2026"),
            ("<t:1795564798:D>", "25 November 2026"),
            ("<t:1795564798>", "25 November 2026 00:59"),
            ("<t:1795564798:f>", "25 November 2026 00:59"),
            ("<t:1795564798:F>", "Wednesday, 25 November 2026 00:59"),
            ("<t:1795564798:R>", "25 November 2026 00:59"),
            ("<t:1795564798:s>", "25/11/2026 00:59"),
            ("<t:-1:D>", "1 January 1970"),
        ] {
            assert_eq!(plain(code), expected);
        }
        let universal = without_codes("<t:0:t> <t:0:D>", &"UTC".parse().unwrap(), &Known);
        assert_eq!(universal, "00:00 UTC 1 January 1970");
    }

    #[test]
    fn what_is_no_code_stays() {
        for text in [
            "I <3 it",
            "1 < 2 > 0",
            "<@ana>",
            "<#3>",
            "<t:soon>",
            "<t:1:tt>",
            "<>",
            "<<",
            "<b>bold</b>",
            "<:a b:400000000000000004>",
            "<t:99999999999999999999:t>",
            "a <",
            "@everyone :smile:",
            "<ana@example.com>",
            "<id:other>",
        ] {
            assert_eq!(plain(text), text);
        }
        assert_eq!(plain("<<@400000000000000001>>"), "<Ana>");
    }
}
