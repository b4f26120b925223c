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
        &format!("Liked “{OURS}”."),
        "Loved “Thank you.”!",
        // The reaction's name stands in quotes too.
        &format!("Hat „{OURS}“ mit „Gefällt mir“ markiert"),
        &format!("„Gefällt mir“ für „{OURS}“ entfernt"),
        &format!("Ha messo “Mi piace” a “{OURS}”"),
        "Ha messo “Mi piace” a “Your delivery…”",
        &format!("Eliminó un “Me gusta” de “{OURS}”"),
        &format!("Removeu um “Gostei” de “{OURS}”"),
        "Curtiu “Your delivery…”",
        "Amou “Thank you.”",
        "Me gusta “Your delivery…”",
        // On a picture.
        "Reacted 😂 to an image",
        "Removed 😂 from a photo",
        "Liked a sticker",
        "👍 to a video",
        "Liked an image.",
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
        "👍 \"Thursday\" works, but please call me first...",
        "Loved “Your delivery” but nobody came…",
        "❤️ “2” please...",
        "Leave it at the “red door”",
        &format!("“{OURS}”"),
        &format!("“{OURS}” STOP “please”"),
        &format!("Please call “Bob” about “{OURS}”!"),
        "I liked a photo",
        "to an image",
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
        ("\0", NonAnswer::Empty),
        ("\u{FFFD}\u{FFFD}", NonAnswer::Empty),
        (" \u{FFFD}", NonAnswer::Empty),
        ("\u{FFFC}", NonAnswer::Empty),
        ("\u{2800}\u{3164}\u{115F}\u{1160}\u{FFA0}", NonAnswer::Empty),
        ("Sent from my iPhone", NonAnswer::Empty),
        ("\n\nSent from my iPhone", NonAnswer::Empty),
        ("--\nGet Outlook for iOS", NonAnswer::Empty),
        ("\u{FFFC}\n\nSent from my iPhone\0", NonAnswer::Empty),
        ("I’m driving with Focus turned on. I’ll see your message when I get where I’m going.", NonAnswer::AutoReply),
        ("I'm driving right now - I'll get back to you later.", NonAnswer::AutoReply),
        ("(I'm not receiving notifications. If this is urgent, reply \"urgent\".)", NonAnswer::AutoReply),
        ("Auto-Reply: I am away", NonAnswer::AutoReply),
        ("Automatic reply: Out of Office until Monday", NonAnswer::AutoReply),
        ("I'm driving.", NonAnswer::AutoReply),
        ("I'm driving and can't text", NonAnswer::AutoReply),
        ("This is an automated message.", NonAnswer::AutoReply),
        ("You have reached the voicemail of Bob", NonAnswer::AutoReply),
        ("This inbox is not monitored", NonAnswer::AutoReply),
        ("I'm on vacation until Monday", NonAnswer::AutoReply),
        ("OOO until Monday", NonAnswer::AutoReply),
        ("Je suis absente du bureau", NonAnswer::AutoReply),
        ("Mensaje automático", NonAnswer::AutoReply),
        ("Jeg kører bil", NonAnswer::AutoReply),
        ("Ich fahre gerade Auto.", NonAnswer::AutoReply),
        ("Réponse automatique : je suis en congé", NonAnswer::AutoReply),
        ("Wrong number", NonAnswer::WrongNumber),
        ("sorry, wrong number!", NonAnswer::WrongNumber),
        ("Falsche Nummer.", NonAnswer::WrongNumber),
        ("Wrong #", NonAnswer::WrongNumber),
        ("Hai sbagliato numero", NonAnswer::WrongNumber),
        ("Numéro erroné", NonAnswer::WrongNumber),
        ("Sie haben sich verwählt", NonAnswer::WrongNumber),
        ("Zły numer", NonAnswer::WrongNumber),
        ("Zly numer", NonAnswer::WrongNumber),
        ("To pomyłka", NonAnswer::WrongNumber),
        ("To pomylka", NonAnswer::WrongNumber),
    ] {
        assert_eq!(read(text), Some(expected), "{text}");
    }
    for text in [
        "I am driving to you",
        "I'm driving to you now, 2",
        "a\u{FFFD}",
        "My office is out back",
        "The house number is wrong",
        "?",
    ] {
        assert_eq!(read(text), None, "{text}");
    }
}

#[test]
fn the_tables_hold_plain_words() {
    for phrase in [AUTO_REPLIES, WHOLE_AUTO_REPLIES, WRONG_NUMBER].concat() {
        assert_eq!(phrase, plain_words(phrase).join(" "));
    }
}

proptest! {
    #[test]
    fn any_text_is_read(text in "\\PC*", ours in prop::collection::vec("\\PC{0,40}", 0..3)) {
        let _ = non_answer(&text, &ours);
    }
}
