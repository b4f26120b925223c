use proptest::prelude::*;

use super::*;

fn keyword(text: &str, languages: &[Language]) -> Option<Keyword> {
    match asked(text, languages) {
        Some(Asked::Keyword(keyword)) => Some(keyword),
        _ => None,
    }
}

#[test]
fn a_request_in_more_words_than_it_needs_is_asked_about() {
    for text in ["can you please stop", "I want to stop", "Could you stop?", "I need you to stop", "the stop"] {
        assert_eq!(asked(text, &[]), Some(Asked::PerhapsStop), "{text:?}");
    }
    assert_eq!(asked("just stop", &[]), Some(Asked::Keyword(Keyword::Stop)));
    assert_eq!(asked("I want to cancel", &[]), None);
    assert_eq!(asked("can you stop by at 5", &[]), None);
}

#[test]
fn do_not_send_may_mean_the_delivery() {
    for text in ["Älä lähetä", "älkää lähettäkö", "Proszę nie wysyłać", "nie wysyłaj"] {
        assert_eq!(asked(text, &[Language::Finnish, Language::Polish]), None, "{text:?}");
    }
    for text in [
        "No me envíen ahora",
        "No me manden",
        "No quiero más",
        "Les dije que no me manden ahora por favor",
        "No me envíen nada",
    ] {
        assert_eq!(asked(text, &[Language::Spanish]), Some(Asked::PerhapsStop), "{text:?}");
    }
    for text in ["Por favor no me envíen nada más", "No me manden textos", "No me envíen más mensajes"] {
        assert_eq!(asked(text, &[Language::Spanish]), Some(Asked::Keyword(Keyword::Stop)), "{text:?}");
    }
    for text in ["Je veux plus de message", "Je ne veux plus de message", "je ne veux plus recevoir de message"] {
        assert_eq!(asked(text, &[Language::French]), Some(Asked::Keyword(Keyword::Stop)), "{text:?}");
    }
    for text in [
        "no more txts pls",
        "stop txting me",
        "Don't txt me",
        "I don't want any more text messages",
        "Don't send me any more texts",
        "don't send me more messages",
    ] {
        assert_eq!(asked(text, &[]), Some(Asked::Keyword(Keyword::Stop)), "{text:?}");
    }
    for text in ["Nie wysyłajcie więcej", "Älä lähetä viestejä", "przestańcie wysyłać"] {
        let meant = asked(text, &[Language::Finnish, Language::Polish]);
        assert_eq!(meant, Some(Asked::Keyword(Keyword::Stop)), "{text:?}");
    }
}

#[test]
#[rustfmt::skip] // one word a line is no way to read
fn keywords() {
    for (texts, meant) in [
        (
            &[
                "STOP", "Stop.", " STOP! ", "“stop”", "ＳＴＯＰ", "stop please", "Please stop!", "StopAll",
                "STOP ALL", "end", "quit", "Cancel", "UNSUBSCRIBE", "un-subscribe", "revoke", "OPTOUT",
                "opt out", "OPT-OUT", "Opt\u{2011}out", "'STOP'", "*stop*", "stop\n", "\u{200E}STOP",
                "stop, thanks", "ok stop",
            ][..],
            Some(Keyword::Stop),
        ),
        (&["START", "unstop", "Join!", "subscribe", "OPT IN", "opt-in", "start please"], Some(Keyword::Start)),
        (&["HELP", "Info.", "help!"], Some(Keyword::Help)),
        (
            &[
                "", "We have got to STOP this", "stop?", "don't stop", "stop it", "please help", "help me",
                "stop 2", "bus stop", "nonstop", "the end", "restart", "start 2", "2", "thanks", "stop start",
                "cancel my order", "information", "S.T.O.P", "stop/start",
            ],
            None,
        ),
    ] {
        for text in texts {
            assert_eq!(keyword(text, &[]), meant, "{text:?}");
        }
    }
    assert!(is_reserved("Cancel", &[]) && is_reserved("cancel please", &[]) && !is_reserved("Thursday", &[]));
    assert!(!is_reserved("stop delivery", &[]));
}

#[test]
#[rustfmt::skip]
fn a_trifle_beside_stop_changes_nothing() {
    for text in [
        "STOP STOP STOP", "stop, stop, STOP!!!", "STOP ✋", "Stop 😡", "🛑STOP🛑", "STOP\u{0}", "STOP\u{FFFD}",
        "\u{7}stop", "STOP\n\nSent from my iPhone", "Stop\n--\nGet Outlook for iOS", "please opt me out",
        "unsubscribe me", "Unsubscribe me please!", "STOP2QUIT", "STOP2END", "STOPALL", "StopStopStop", "STOOOOP",
        "stop texting me", "Stop texting me!!!", "remove me from your list", "Please remove me from your mailing list.",
        "STOP to end", "stop now", "stop messages", "stop all texts please", "STOP/UNSUBSCRIBE", "*STOP*", "-STOP-",
        "~stop~", "stop...", "I want to unsubscribe", "opt out of this",
        "do not text me again", "no more messages please", "take me off your list", "quit texting me", "stop&quit",
        "<STOP>", "STOP =", "ok ok stop", "🙏 stop", "STOP #", "STOP\u{3164}",
        "STOP s.v.p.", "stop, S.V.P", "STOP a.u.b.", "Stop p.f.", "stop A.S.A.P.", "STOP s v p",
        "STOP por favor", "STOP s'il vous plaît", "STOP per favore", "STOP bitte", "Bitte sofort STOP",
        "stop, thank you so much", "stop please texting me", "no more bloody texts",
        "Please do not send me any more messages", "Don't send me any more texts", "I don't want any more texts",
        "I do not want to receive these messages", "Stop with the texts", "STOP FUCKING TEXTING ME", "STOP fuck off",
        "FFS STOP", "Stop at once!",
    ] {
        assert_eq!(keyword(text, &[]), Some(Keyword::Stop), "{text:?}");
    }
}

#[test]
fn what_says_more_than_stop_is_for_an_agent_too() {
    for text in [
        "Please cancel",
        "ok cancel",
        "cancel please",
        "Cancel, thank you",
        "cancel 🙏",
        "please end",
        "cancel messages",
        "Cancel all texts now",
        "wrong number, stop",
        "Wrong number. Please remove me",
        "STOP wrong number",
        "wrong # stop",
        "Zły numer, stop",
        "zly numer stop",
        "cancel s.v.p.",
        "cancel thank you so much",
        "cancel por favor",
    ] {
        assert_eq!(asked(text, &[]), Some(Asked::StopAndMore), "{text:?}");
    }
    for text in ["Cancel", "CANCEL.", "\"cancel\"", "end", "Quit!"] {
        assert_eq!(asked(text, &[]), Some(Asked::Keyword(Keyword::Stop)), "{text:?}");
    }
    for (text, language) in [
        ("bitte abbestellen", Language::German),
        ("cancelar por favor", Language::Spanish),
        ("cancelar, obrigado", Language::Portuguese),
        ("fin svp", Language::French),
        ("fin s.v.p.", Language::French),
    ] {
        assert_eq!(asked(text, &[language]), Some(Asked::StopAndMore), "{text:?}");
    }
}

#[test]
#[rustfmt::skip]
fn an_order_word_beside_a_trifle_is_asked_about() {
    for text in [
        "Cancel today", "cancel today please", "Please cancel now", "CANCEL NOW!", "quit now", "end today", "cancel me",
        "cancel all", "yes cancel", "Yes, cancel!", "cancel sofort", "just cancel", "cancel it", "cancel tomorrow",
        "revoke immediately", "ok, cancel right now 🙏",
    ] {
        assert_eq!(asked(text, &[]), Some(Asked::PerhapsStop), "{text:?}");
        assert!(!is_reserved(text, &[]), "{text:?}");
    }
    for (text, language) in [
        ("cancelar ya", Language::Spanish),
        ("fin maintenant", Language::French),
        ("Bitte sofort abbestellen", Language::German),
        ("peru heti", Language::Finnish),
    ] {
        assert_eq!(asked(text, &[language]), Some(Asked::PerhapsStop), "{text:?}");
    }
    for text in ["stop today", "STOP NOW", "unsubscribe today", "stop me today please", "stop, cancel today"] {
        assert_eq!(asked(text, &[]), Some(Asked::Keyword(Keyword::Stop)), "{text:?}");
    }
}

#[test]
#[rustfmt::skip]
fn what_may_be_a_stop_is_asked_about() {
    for text in [
        "stop?", "stop it", "please stop it", "stop 2", "S.T.O.P", "S T O P", "STOP! who are you?",
        "I am not interested. Stop", "Who is this? STOP", "stop\nJohn Smith", "please STOP sending, call me",
        "Why do you not stop texting me at night", "How do I unsubscribe?", "2. Stop", "stop start", "Stop that!",
        "I have told you to remove me from your list", "please S.T.O.P", "Who is this? STOP s.v.p.", "C.A.N.C.E.L.",
        "STOP I'm not interested", "Stop im not interested", "I said STOP!", "I said stop", "Reply STOP", "yes stop",
        "Yes, STOP",
        "I moved away STOP", "Stop I moved away", "I got no more texts from you", "I have got no more messages",
        "I have no more texts", "I told you that I don't want any more of your messages", "Don't send me any more",
        "leave me alone",
        "I have told you to leave me alone please", "NO STOP",
        "STOP I have told you again and again that I moved away",
        "I don't want to receive it today, please text me", "I don't want to get it today. Text me again",
        "Got your text. I don't want these", "I don't want any more alerts just text me",
        "I don't want to receive it today, please sms me", "I don't want to get it today, text message me",
        "I don't want these now, I got your messages",
    ] {
        assert_eq!(asked(text, &[]), Some(Asked::PerhapsStop), "{text:?}");
    }
    for text in [
        "We have got to STOP this bill", "We have got to STOP this", "stop by at 5?", "please don't stop", "don't stop",
        "Please stop by at noon", "the bus stop", "bus stop", "Cancel my order", "nonstop", "the end", "restart",
        "I will be at the end of the street", "The driver did not stop at my house", "2", "Thursday", "", "?", "😡",
        "I quit my job yesterday", "Can you end it by five o'clock today", "wrong number", "me", "please", "to",
        "STOP by at 5", "STOP by at noon and then let us see how it goes", "Stop at the red door", "stop in tomorrow",
        "PLEASE DON'T STOP", "Do NOT STOP", "s.v.p.", "#",
        "Don't send me the red sofa", "I don't want the red sofa, send me a message", "yes", "I don't want it",
        "Do not send it today", "Don't just text me", "Please do not just text me", "Don't just message me, please",
        "Stop at number 5 and then I will tell you where to go from there",
    ] {
        assert_eq!(asked(text, &[]), None, "{text:?}");
    }
}

#[test]
fn trifles_are_read_in_every_language() {
    for language in Language::ALL {
        let words = language.words();
        for stop in words.stop.iter().chain(words.certain).chain(words.requests) {
            let (beside, trifle, texts) = (words.polite[0], words.trifles[0], words.of_texts[0]);
            for text in [
                stop.to_string(),
                format!("{stop} {stop} {stop}"),
                format!("{}!!! ✋", stop.to_uppercase()),
                format!("{beside} {stop}"),
                format!("{stop}, {beside}."),
                format!("{stop} {trifle}"),
                format!("{stop} {texts}"),
                format!("{stop} 😡"),
                format!("{stop}\u{fffd}"),
                format!("{stop}\n\nSent from my iPhone"),
            ] {
                assert_eq!(asked(&text, &[language]), Some(Asked::Keyword(Keyword::Stop)), "{text:?}");
            }
            let clause = format!("xyz xyz xyz. {stop}");
            assert_eq!(asked(&clause, &[language]), Some(Asked::PerhapsStop), "{clause:?}");
        }
        for order in words.orders {
            for polite in words.polite {
                let polite = format!("{order} {polite}");
                assert_eq!(asked(&polite, &[language]), Some(Asked::StopAndMore), "{polite}");
            }
            for texts in words.of_texts {
                let of_texts = format!("{order} {texts}");
                assert!(is_reserved(&of_texts, &[language]), "{of_texts}");
            }
            for trifle in words.trifles {
                let perhaps = format!("{trifle} {order}");
                assert_eq!(asked(&perhaps, &[language]), Some(Asked::PerhapsStop), "{perhaps}");
            }
            assert_eq!(asked(order, &[language]), Some(Asked::Keyword(Keyword::Stop)), "{order}");
        }
    }
    // Such a word alone may well mean a delivery, and no carrier takes it for STOP.
    for (text, language) in [
        ("stornieren", Language::German),
        ("annuleren", Language::Dutch),
        ("Déjelo en la planta baja", Language::Spanish),
        ("nicht stoppen", Language::German),
        ("bitte nicht STOP", Language::German),
    ] {
        assert_eq!(asked(text, &[language]), None, "{text}");
    }
    for (text, language) in [
        ("Bitte keine SMS mehr!", Language::German),
        ("Bitte löschen Sie mich von Ihrer Liste", Language::German),
        ("Ne m’envoyez plus de SMS", Language::French),
        ("ARRÊT svp", Language::French),
        ("Por favor no me envíen más mensajes", Language::Spanish),
        ("No me envíen mensajes", Language::Spanish),
        ("No me manden más", Language::Spanish),
        ("No quiero más mensajes", Language::Spanish),
        ("Hören Sie bitte auf", Language::German),
        ("Hören Sie bitte endlich auf", Language::German),
        ("Je ne veux plus recevoir de SMS", Language::French),
        ("arrêt s.v.p.", Language::French),
        ("Non voglio più ricevere messaggi", Language::Italian),
        ("Ik wil geen berichten meer ontvangen", Language::Dutch),
        ("Ich möchte keine SMSen mehr", Language::German),
        ("Não quero mais receber mensagens", Language::Portuguese),
        ("Jag vill inte ha fler sms", Language::Swedish),
        ("Sluta, tack så mycket, sms:ar", Language::Swedish),
        ("Usuńcie mnie z waszej listy", Language::Polish),
    ] {
        assert_eq!(asked(text, &[language]), Some(Asked::Keyword(Keyword::Stop)), "{text}");
    }
}

#[test]
fn a_desk_understands_the_languages_that_it_lists() {
    for (text, language, meant) in [
        ("ARRÊT", Language::French, Keyword::Stop),
        ("arret", Language::French, Keyword::Stop),
        ("Désabonner", Language::French, Keyword::Stop),
        ("aide", Language::French, Keyword::Help),
        ("Abmelden!", Language::German, Keyword::Stop),
        ("Hilfe", Language::German, Keyword::Help),
        ("BAJA", Language::Spanish, Keyword::Stop),
        ("alta", Language::Spanish, Keyword::Start),
        ("Hjälp", Language::Swedish, Keyword::Help),
    ] {
        assert_eq!(keyword(text, &[language]), Some(meant), "{text}");
        assert_eq!(keyword(text, &[]), None, "{text}");
    }
    // English is understood everywhere, for it is what carriers print.
    assert_eq!(keyword("stop", &[Language::Polish]), Some(Keyword::Stop));
    assert_eq!(keyword("l'arret de bus", &[Language::French]), None);
}

#[test]
fn no_word_means_two_things_in_one_language() {
    for words in Language::ALL.map(Language::words) {
        let all = [words.stop, words.certain, words.orders, words.requests, words.start, words.help].concat();
        for (at, word) in all.iter().enumerate() {
            assert!(!all[..at].contains(word), "{word}");
        }
        let beside = [words.polite, words.trifles, words.of_texts].concat();
        for (at, word) in beside.iter().enumerate() {
            assert!(!beside[..at].contains(word), "{word}");
        }
        for word in all.iter().chain(&beside).chain(words.no_more).chain(words.beside_request) {
            let written = plain_words(word).join(" ");
            assert_eq!(*word, written, "the table has folded words without accents and apostrophes");
        }
    }
}

proptest! {
    #[test]
    fn a_keyword_among_words_is_a_remark(
        before in "(x[a-z]{1,8} ){0,2}", after in "( x[a-z]{1,8}){0,2}",
        word in prop::sample::select(["stop", "STOP", "start", "help", "opt out"].to_vec()),
    ) {
        let alone = before.is_empty() && after.is_empty();
        prop_assert_eq!(keyword(&format!("{before}{word}{after}"), &[]).is_some(), alone);
    }

    #[test]
    fn any_text_is_read(text in "\\PC*") {
        let _ = asked(&text, &Language::ALL);
    }
}
