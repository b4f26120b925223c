use proptest::prelude::*;

use super::*;

const OURS: &str = "Your delivery is scheduled for tomorrow. Reply 1 (tomorrow) or 2 (Thursday), or STOP.";

fn read(text: &str) -> Option<NonAnswer> {
    non_answer(text, &[OURS.to_owned(), "Thank you.".to_owned()])
}

#[test]
fn reactions() {
    for text in [
        &format!("Liked “{OURS}”"),
        &format!("Loved \"{OURS}\""),
        "Emphasized “Your delivery is…”",
        "Laughed at “Thank you.”",
        "Questioned “whatever”",
        "Reacted ‼️ to “Thank you.”",
        "Disliked “whatever",
        "Removed a heart from “Thank you.”",
        "Removed an exclamation from “Thank you.”",
        "Reacted 👍 to “Thank you.”",
        "Reacted 👍🏽 to \"Thank you.\"",
        "Removed 👍 from “Thank you.”",
        "Reacted with a sticker to “Thank you.”",
        "👍 to “Thank you.”",
        "❤️ to \" Thank you. \"",
        "Liked an image",
        "\u{200A}\u{200B}👍\u{200B} to \u{201C}\u{200A}Thank you.\u{200A}\u{201D}\u{200A}",
        "Gefällt „Thank you.“",
        "A aimé « Thank you. »",
        // In languages that are not listed: all of our text is quoted.
        &format!("Polubiono „{OURS}”"),
        &format!("Tykkäsi viestistä ”{OURS}”"),
        &format!("„{OURS}“ gefällt mir"),
        "Понравилось «Your delivery is scheduled…»",
    ] {
        let expected = (!text.starts_with("Disliked")).then_some(NonAnswer::Reaction);
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn what_a_person_says_about_a_text_is_none() {
    for text in [
        "I liked it",
        "Loved the sofa, thanks",
        &format!("What do you mean by “{OURS}”?"),
        &format!("2 to “{OURS}”"),
        "My name is “Bob”",
        "Please call me “Bob”",
        "I said “call me now”",
        "Call me “Your delivery”",
        "Not true: “Your delivery is scheduled…”",
        "Yes to “Thank you”",
        "Leave it at the “red door”",
        &format!("“{OURS}”"),
        "— “Thank you.”",
        "Not so “Thank you.”",
        "👍",
        "2",
        "5\" or 6\" pipes",
    ] {
        assert_eq!(read(text), None, "{text}");
    }
}

#[test]
fn machines_and_strangers() {
    for (text, expected) in [
        ("", NonAnswer::Empty),
        (" \n\u{200B}", NonAnswer::Empty),
        ("I’m driving with Focus turned on. I’ll see your message when I get where I’m going.", NonAnswer::AutoReply),
        ("I'm driving right now - I'll get back to you later.", NonAnswer::AutoReply),
        ("(I'm not receiving notifications. If this is urgent, reply \"urgent\".)", NonAnswer::AutoReply),
        ("Auto-Reply: I am away", NonAnswer::AutoReply),
        ("Automatic reply: Out of Office until Monday", NonAnswer::AutoReply),
        ("Ich fahre gerade Auto.", NonAnswer::AutoReply),
        ("Réponse automatique : je suis en congé", NonAnswer::AutoReply),
        ("Wrong number", NonAnswer::WrongNumber),
        ("sorry, wrong number!", NonAnswer::WrongNumber),
        ("Falsche Nummer.", NonAnswer::WrongNumber),
    ] {
        assert_eq!(read(text), Some(expected), "{text}");
    }
    for text in ["I am driving to you", "My office is out back", "The house number is wrong", "?"] {
        assert_eq!(read(text), None, "{text}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read(text in "\\PC*", ours in prop::collection::vec("\\PC{0,40}", 0..3)) {
        let _ = non_answer(&text, &ours);
    }
}
