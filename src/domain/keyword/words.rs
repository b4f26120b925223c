//! The languages in which customers write the words, and the words.

use std::fmt;
use std::str::FromStr;

use super::Part;
use crate::domain::non_answer::WRONG_NUMBER;

/// A language in which a desk's customers may write the words. English is always understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    English,
    Danish,
    Dutch,
    Finnish,
    French,
    German,
    Italian,
    Norwegian,
    Polish,
    Portuguese,
    Spanish,
    Swedish,
}

impl Language {
    pub const ALL: [Self; 12] = [
        Self::English,
        Self::Danish,
        Self::Dutch,
        Self::Finnish,
        Self::French,
        Self::German,
        Self::Italian,
        Self::Norwegian,
        Self::Polish,
        Self::Portuguese,
        Self::Spanish,
        Self::Swedish,
    ];

    /// Two letters, as in ISO 639-1.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Danish => "da",
            Self::Dutch => "nl",
            Self::Finnish => "fi",
            Self::French => "fr",
            Self::German => "de",
            Self::Italian => "it",
            Self::Norwegian => "nb",
            Self::Polish => "pl",
            Self::Portuguese => "pt",
            Self::Spanish => "es",
            Self::Swedish => "sv",
        }
    }

    pub(super) const fn words(self) -> &'static Words {
        match self {
            Self::English => &ENGLISH,
            Self::Danish => &DANISH,
            Self::Dutch => &DUTCH,
            Self::Finnish => &FINNISH,
            Self::French => &FRENCH,
            Self::German => &GERMAN,
            Self::Italian => &ITALIAN,
            Self::Norwegian => &NORWEGIAN,
            Self::Polish => &POLISH,
            Self::Portuguese => &PORTUGUESE,
            Self::Spanish => &SPANISH,
            Self::Swedish => &SWEDISH,
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Not the code of a language whose words are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a language whose words are known: en, da, nl, fi, fr, de, it, nb, pl, pt, es or sv")]
pub struct UnknownLanguage;

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(code: &str) -> Result<Self, UnknownLanguage> {
        Self::ALL.into_iter().find(|language| language.code() == code).ok_or(UnknownLanguage)
    }
}

/// The words of a language, folded, without accents and apostrophes, with blanks for hyphens.
pub(super) struct Words {
    /// They ask for no more texts where they are all that is said, and have other meanings in a sentence.
    pub(super) stop: &'static [&'static str],
    /// They ask for no more texts wherever they stand.
    pub(super) certain: &'static [&'static str],
    /// They do as the whole text, since they always did, and may mean an order as well.
    pub(super) orders: &'static [&'static str],
    /// Sentences that ask for no more texts.
    pub(super) requests: &'static [&'static str],
    /// They want no more of what follows. Where that is no texts, or nothing, an agent has to decide.
    pub(super) no_more: &'static [&'static str],
    /// Polite words.
    pub(super) polite: &'static [&'static str],
    /// They give a stop no other meaning; beside an order they rather speak of the delivery: "cancel today".
    pub(super) trifles: &'static [&'static str],
    /// What no more is wanted of.
    pub(super) of_texts: &'static [&'static str],
    /// The small words of longer requests: "from your list".
    pub(super) beside_request: &'static [&'static str],
    pub(super) start: &'static [&'static str],
    pub(super) help: &'static [&'static str],
}

impl Words {
    /// The lists with what their words are for; what asks comes first.
    pub(super) fn parts(&self) -> [(&'static [&'static str], Part); 11] {
        [
            (self.certain, Part::Request),
            (self.requests, Part::Request),
            (self.stop, Part::Clear),
            (self.orders, Part::OfOrders),
            (self.no_more, Part::NoMore),
            (WRONG_NUMBER, Part::WrongNumber),
            (self.polite, Part::Polite),
            (self.trifles, Part::Trifle),
            (self.of_texts, Part::OfTexts),
            (BETWEEN, Part::Between),
            (self.beside_request, Part::BesideRequest),
        ]
    }
}

/// "STOP2QUIT", "STOP to END", as texts of carriers have it.
const BETWEEN: &[&str] = &["to", "2"];

/// They may answer an agent's question: "yes stop" may tell the driver to.
pub(super) const YES: &[&str] = &["yes", "yeah", "yep", "ja", "oui", "si", "sim", "tak", "kylla"];

/// Among them the words that US carriers act on, and their usual spellings.
#[rustfmt::skip] // one word a line is no way to read
const ENGLISH: Words = Words {
    stop: &["stop", "stop all"],
    certain: &["stopall", "unsubscribe", "un subscribe", "unsub", "optout", "opt out", "opting out"],
    orders: &["end", "quit", "cancel", "revoke"],
    requests: &[
        "opt me out", "unsubscribe me", "stop texting", "stop messaging", "stop contacting", "stop sending",
        "stop these texts", "stop these messages", "stop the texts", "stop the messages", "quit texting",
        "quit messaging", "remove me", "remove my number", "remove this number", "take me off", "delete my number",
        "no more texts", "no more txts", "no more messages", "no more sms", "stop txting", "dont text", "do not text",
        "dont txt", "do not txt", "dont message me",
        "do not message me", "dont contact me", "do not contact me", "dont want texts", "dont want messages",
        "do not want texts", "do not want messages",
    ],
    no_more: &[
        "dont send me", "do not send me", "dont send any more", "do not send any more", "dont send more",
        "do not send more", "dont want any", "do not want any", "dont want more", "do not want more",
        "dont want these", "do not want these", "dont want your", "do not want your", "dont want to receive",
        "do not want to receive", "dont want to get", "do not want to get", "stop with", "leave me alone",
    ],
    // "#STOP" is how some write a word that commands.
    polite: &[
        "please", "pls", "plz", "thank you", "thankyou", "thanks", "thx", "ty", "cheers", "okay", "ok", "hello", "hi",
        "hey", "kindly", "sorry", "#", "thank you so much", "thank you very much", "thanks so much", "thanks a lot",
        "many thanks",
    ],
    trifles: &[
        "just", "now", "right now", "immediately", "asap", "at once", "today", "already", "me", "all",
        "fucking", "fuck off", "fuck you", "ffs", "bloody", "damn",
    ],
    of_texts: &["text", "texts", "txt", "txts", "sms", "message", "messages", "msg", "msgs"],
    beside_request: &[
        "i", "id", "im", "want", "wish", "would", "like", "need", "can", "could", "you", "will", "have", "got",
        "from", "off", "of", "out", "your", "this", "the", "these", "list", "lists", "my", "number", "mailing",
        "database", "system", "phone", "any", "more", "anymore", "ever", "again", "and", "it", "us", "be", "alerts",
        "notifications", "updates", "service", "subscription", "program", "marketing", "get", "receive", "receiving",
        "with", "said", "reply", "replied", "not interested",
        // "I got no more texts" reports.
        "got no more", "i have no more", "we have no more",
    ],
    start: &["start", "unstop", "un stop", "join", "subscribe", "optin", "opt in"],
    help: &["help", "info"],
};

#[rustfmt::skip] // one word a line is no way to read
const DANISH: Words = Words {
    stop: &["stands", "stoppe"],
    certain: &["afmeld", "frameld", "afmeld mig", "frameld mig"],
    orders: &[],
    requests: &[
        "slet mig", "fjern mig", "slet mit nummer", "fjern mit nummer", "ikke flere beskeder", "ikke flere sms",
        "stop med at skrive", "stop med at sende", "stop med at sms", "send ikke flere", "skriv ikke til mig",
        "jeg vil ikke have flere",
    ],
    no_more: &[],
    polite: &["venligst", "tak", "mange tak", "hej", "pa forhand tak"],
    trifles: &["nu", "straks", "med det samme", "mig", "alle", "alt", "mere", "endelig"],
    of_texts: &["sms", "smser", "beskeder", "besked"],
    beside_request: &[
        "jeg", "vil", "gerne", "kan", "i", "du", "fra", "jeres", "din", "listen", "liste", "den", "denne", "disse", "at",
        "til", "mere", "nummer", "mit", "om", "og",
    ],
    start: &["tilmeld"],
    help: &["hjælp", "hjaelp"],
};

#[rustfmt::skip] // one word a line is no way to read
const DUTCH: Words = Words {
    stop: &["stoppen", "stop ermee"],
    certain: &["afmelden", "uitschrijven", "meld me af", "schrijf me uit"],
    orders: &[],
    requests: &[
        "verwijder me", "verwijder mij", "verwijder mijn nummer", "geen berichten meer", "geen sms meer", "geen smsjes meer",
        "stop met sms", "stop met berichten", "stop met sturen", "stuur geen berichten", "stuur me geen", "stuur mij geen",
    ],
    no_more: &["wil geen"],
    polite: &[
        "aub", "alstublieft", "alsjeblieft", "graag", "dank u", "dank je", "bedankt", "dank", "hallo", "hoi", "sorry",
    ],
    trifles: &["nu", "direct", "onmiddellijk", "mij", "me", "alles", "alle", "eindelijk"],
    of_texts: &["sms", "smsjes", "berichten", "bericht"],
    beside_request: &[
        "ik", "wil", "kunt", "kun", "u", "je", "van", "uit", "uw", "jullie", "de", "deze", "dit", "lijst",
        "mailinglijst", "meer", "nummer", "mijn", "en", "voor", "te", "ontvangen",
    ],
    start: &["starten", "aanmelden"],
    help: &["hulp"],
};

#[rustfmt::skip] // one word a line is no way to read
const FINNISH: Words = Words {
    stop: &["seis", "lopettakaa"],
    certain: &["poista minut", "poistakaa minut", "poista numeroni", "poistakaa numeroni"],
    orders: &["peru", "lopeta"],
    requests: &[
        "ei enaa viesteja", "ei enaa tekstiviesteja", "lopeta viestit", "lopettakaa viestit", "lopeta viestien",
        "lopettakaa viestien", "ala laheta viesteja", "alkaa lahettako viesteja",
    ],
    no_more: &["en halua enaa"],
    polite: &["kiitos", "ole hyva", "olkaa hyva", "hei", "moi", "anteeksi"],
    trifles: &["nyt", "heti", "kaikki"],
    of_texts: &["viestit", "viesti", "tekstiviestit", "sms"],
    beside_request: &[
        "haluan", "minulle", "listalta", "listaltanne", "listaltasi", "postituslistalta", "naita", "nama", "enaa",
        "lahettaminen", "viesteja", "tekstiviesteja", "numeroni", "saada", "vastaanottaa",
    ],
    start: &["aloita"],
    help: &["apua", "ohje"],
};

#[rustfmt::skip] // one word a line is no way to read
const FRENCH: Words = Words {
    stop: &["arret", "arreter", "arretez", "arrete", "stopper", "stoppez"],
    certain: &[
        "desabonner", "desinscrire", "desabonnement", "desinscription", "desabonnez", "desinscrivez", "desabonnez moi",
        "desinscrivez moi", "me desabonner", "me desinscrire",
    ],
    orders: &["fin"],
    requests: &[
        "retirez moi", "supprimez moi", "enlevez moi", "supprimez mon numero", "retirez mon numero",
        "effacez mon numero", "plus de messages", "plus de message", "plus de sms", "plus de textos",
        "ne menvoyez plus", "ne mecrivez plus", "ne me contactez plus", "arretez de menvoyer", "arretez de mecrire",
        "arreter de menvoyer", "arretez vos messages", "arretez les messages", "arretez les sms", "arretez vos sms",
        "ne veux pas de messages", "ne veux pas de sms",
    ],
    no_more: &["ne veux plus", "veux plus", "ne voudrais plus", "ne souhaite plus", "ne desire plus"],
    polite: &[
        "svp", "stp", "sil vous plait", "sil te plait", "merci", "merci beaucoup", "bonjour", "salut", "bonsoir",
        "desole", "je vous prie", "je vous en prie",
    ],
    trifles: &["maintenant", "immediatement", "tout de suite", "moi", "tout", "tous", "enfin"],
    of_texts: &["sms", "message", "messages", "texto", "textos"],
    beside_request: &[
        "je", "veux", "voudrais", "souhaite", "veuillez", "pouvez", "vous", "de", "la", "votre", "vos", "cette",
        "ces", "ce", "liste", "les", "des", "du", "mon", "numero", "plus", "et", "a", "mailing", "diffusion",
        "recevoir",
    ],
    start: &["reprendre", "reprise", "abonner", "demarrer"],
    help: &["aide"],
};

#[rustfmt::skip] // one word a line is no way to read
const GERMAN: Words = Words {
    stop: &["stopp", "stoppen", "aufhoren"],
    certain: &[
        "abmelden", "abmeldung", "austragen", "abbestellung", "melden sie mich ab", "melde mich ab", "tragen sie mich aus",
        "trag mich aus", "mich abmelden", "mich austragen",
    ],
    orders: &["abbestellen", "ende"],
    requests: &[
        "loschen sie mich", "losch mich", "entfernen sie mich", "nummer loschen", "keine sms mehr", "keine nachrichten mehr",
        "keine weiteren sms", "keine weiteren nachrichten", "keine smsen mehr", "schreiben sie mir nicht mehr",
        "schreibt mir nicht mehr", "schicken sie mir keine", "senden sie mir keine", "horen sie auf", "hort auf",
        "nicht mehr anschreiben", "nicht mehr kontaktieren", "kontaktieren sie mich nicht mehr",
    ],
    no_more: &["will keine", "mochte keine", "mochten keine", "wunsche keine"],
    polite: &["bitte", "danke", "vielen dank", "dankeschon", "hallo", "hi", "sorry", "entschuldigung"],
    trifles: &["jetzt", "sofort", "endlich", "mir", "mich", "alle", "alles"],
    of_texts: &["sms", "smsen", "nachricht", "nachrichten"],
    beside_request: &[
        "ich", "will", "mochte", "mochten", "wurde", "gerne", "konnen", "sie", "von", "aus", "ihrer", "eurer", "der",
        "dieser", "diese", "die", "liste", "verteiler", "dem", "ihrem", "mehr", "meine", "nummer", "zu", "und", "mir",
        "schreiben", "schicken", "senden", "den", "newsletter", "bekommen", "erhalten", "empfangen", "weiteren",
    ],
    start: &["anmelden", "starten"],
    help: &["hilfe"],
};

#[rustfmt::skip] // one word a line is no way to read
const ITALIAN: Words = Words {
    stop: &["ferma", "basta"],
    certain: &["disiscrivi", "disiscrivimi", "disiscrivetemi", "cancellatemi", "cancellami", "disiscrizione"],
    orders: &["annulla", "cancella"],
    requests: &[
        "rimuovetemi", "rimuovimi", "toglietemi", "toglimi", "cancellate il mio numero", "cancella il mio numero",
        "rimuovete il mio numero", "basta messaggi", "basta sms", "non scrivetemi piu", "non scrivermi piu",
        "non mandatemi piu", "non inviatemi piu", "non contattatemi piu", "niente piu messaggi", "niente piu sms",
        "smettete di scrivermi", "smettetela di scrivermi",
    ],
    no_more: &["non voglio piu", "non vorrei piu", "non desidero piu"],
    polite: &["per favore", "per piacere", "grazie", "grazie mille", "prego", "ciao", "salve", "buongiorno", "scusi"],
    trifles: &["ora", "adesso", "subito", "tutto", "tutti"],
    of_texts: &["sms", "messaggio", "messaggi"],
    beside_request: &[
        "voglio", "vorrei", "potete", "dalla", "dalle", "vostra", "vostre", "lista", "liste", "questa", "questi",
        "il", "i", "di", "da", "mio", "numero", "piu", "e", "la", "a", "ricevere",
    ],
    start: &["avvia", "inizia", "iscrivi"],
    help: &["aiuto"],
};

#[rustfmt::skip] // one word a line is no way to read
const NORWEGIAN: Words = Words {
    stop: &["stopp"],
    certain: &["avmeld", "meld meg av", "avmeld meg"],
    orders: &["avslutt"],
    requests: &[
        "fjern meg", "slett meg", "slett nummeret mitt", "fjern nummeret mitt", "ikke flere meldinger", "ikke flere sms",
        "ingen flere meldinger", "slutt a sende", "slutt a skrive", "ikke send flere", "ikke kontakt meg",
    ],
    no_more: &["vil ikke ha", "onsker ikke"],
    polite: &["vennligst", "takk", "tusen takk", "hei", "beklager"],
    trifles: &["na", "straks", "meg", "alle", "alt", "endelig"],
    of_texts: &["sms", "meldinger", "melding"],
    beside_request: &[
        "jeg", "vil", "gjerne", "kan", "dere", "du", "fra", "deres", "listen", "lista", "liste", "denne", "disse",
        "a", "til", "mer", "mitt", "nummer", "og", "flere", "motta", "fa",
    ],
    start: &["begynn"],
    help: &["hjelp"],
};

#[rustfmt::skip] // one word a line is no way to read
const POLISH: Words = Words {
    stop: &["dosc", "przestan", "przestancie"],
    certain: &["wypisz", "wypisz mnie", "wypiszcie mnie", "wypisac", "wypisac sie"],
    orders: &["rezygnacja", "rezygnuje", "koniec"],
    requests: &[
        "usun mnie", "usuncie mnie", "prosze mnie usunac", "usun moj numer", "usuncie moj numer", "zadnych wiecej sms",
        "zadnych wiecej wiadomosci", "nie pisz do mnie", "nie piszcie do mnie", "nie wysylaj wiecej", "nie wysylajcie wiecej",
        "prosze nie wysylac wiecej", "nie wysylaj sms", "nie wysylajcie sms", "przestancie pisac", "przestan pisac", "przestancie wysylac",
    ],
    no_more: &["nie chce wiecej", "nie chce juz", "nie chce dostawac", "nie chce otrzymywac"],
    polite: &["prosze", "dziekuje", "dzieki", "dzien dobry", "czesc", "przepraszam"],
    trifles: &["teraz", "natychmiast", "mnie", "wszystko", "wszystkie", "wreszcie"],
    of_texts: &["sms", "sms y", "smsy", "wiadomosc", "wiadomosci"],
    beside_request: &[
        "chce", "chcialbym", "chcialabym", "z", "ze", "waszej", "panstwa", "listy", "tej", "bazy", "do", "mi", "moj",
        "numer", "wiecej", "juz", "i", "sie", "dostawac", "otrzymywac",
    ],
    start: &["zapisz"],
    help: &["pomoc"],
};

#[rustfmt::skip] // one word a line is no way to read
const PORTUGUESE: Words = Words {
    stop: &["pare", "parar", "sair", "parem"],
    certain: &["descadastrar", "descadastre me", "me descadastre", "descadastrem", "desinscrever"],
    orders: &["cancelar"],
    requests: &[
        "remova me", "remover me", "me remova", "me removam", "retirem me", "me retirem", "me tirem", "remova meu numero",
        "apague meu numero", "chega de mensagens", "chega de sms", "sem mais mensagens", "nao envie mais", "nao enviem mais",
        "nao mande mais", "nao mandem mais", "parem de enviar", "parem de mandar", "pare de enviar", "pare de mandar",
    ],
    no_more: &["nao quero mais", "nao quero receber", "nao desejo mais", "nao desejo receber"],
    polite: &["por favor", "pf", "pfv", "obrigado", "obrigada", "ola", "oi", "desculpe"],
    trifles: &["agora", "ja", "imediatamente", "me", "tudo", "todas"],
    of_texts: &["sms", "mensagem", "mensagens"],
    beside_request: &[
        "eu", "quero", "gostaria", "de", "da", "do", "sua", "vossa", "lista", "desta", "dessa", "mais", "meu",
        "numero", "e", "para", "as", "essas", "estas", "podem", "pode", "receber",
    ],
    start: &["iniciar", "comecar", "voltar"],
    help: &["ajuda"],
};

#[rustfmt::skip] // one word a line is no way to read
const SPANISH: Words = Words {
    stop: &["baja", "alto", "parar", "detener", "pare", "paren", "basta"],
    certain: &[
        "darme de baja", "dar de baja", "denme de baja", "deme de baja", "desuscribir", "desuscribirme",
        "cancelar suscripcion", "cancelar la suscripcion",
    ],
    orders: &["cancelar"],
    requests: &[
        "eliminenme", "elimineme", "borrenme", "borreme", "quitenme", "quiteme", "saquenme", "borren mi numero",
        "eliminen mi numero", "no mas mensajes", "no mas sms", "no me escriban", "no me escriba", "no envien mas",
        "no manden mas", "dejen de enviar", "dejen de enviarme", "dejen de mandar", "dejen de escribir",
        "deje de enviar", "no me contacten", "no me envien mas", "no me manden mas", "no me envien nada mas",
        "no me manden nada mas",
    ],
    no_more: &[
        "no me envien", "no me manden", "no me envien nada", "no me manden nada", "no quiero mas", "no quiero recibir", "no deseo mas", "no deseo recibir",
    ],
    polite: &["por favor", "porfavor", "porfa", "gracias", "muchas gracias", "hola", "disculpe"],
    trifles: &["ahora", "ya", "inmediatamente", "todo", "todos"],
    of_texts: &["sms", "mensaje", "mensajes", "texto", "textos"],
    beside_request: &[
        "yo", "quiero", "quisiera", "deseo", "de", "la", "su", "sus", "esta", "estos", "lista", "mas", "mi", "numero",
        "me", "y", "los", "pueden", "puede", "escribirme", "recibir",
    ],
    start: &["alta", "iniciar", "empezar"],
    help: &["ayuda"],
};

#[rustfmt::skip] // one word a line is no way to read
const SWEDISH: Words = Words {
    stop: &["stopp", "sluta", "stoppa"],
    certain: &["avregistrera", "avregistrera mig", "avanmal", "avanmal mig"],
    orders: &["avsluta"],
    requests: &[
        "ta bort mig", "radera mig", "ta bort mitt nummer", "radera mitt nummer", "inga fler sms", "inga fler meddelanden",
        "inga mer sms", "sluta sms", "sluta sms ar", "sluta skicka", "sluta skriva", "skicka inte fler", "skicka inga fler",
        "kontakta mig inte",
    ],
    no_more: &["vill inte ha"],
    polite: &["snalla", "tack", "tack sa mycket", "hej", "ursakta"],
    trifles: &["nu", "genast", "omedelbart", "mig", "alla", "allt", "antligen"],
    of_texts: &["sms", "sms ar", "meddelande", "meddelanden"],
    beside_request: &[
        "jag", "vill", "kan", "ni", "du", "fran", "er", "din", "listan", "lista", "denna", "dessa", "att", "till",
        "mer", "mitt", "nummer", "och", "fler", "fa",
    ],
    start: &["starta", "borja"],
    help: &["hjalp"],
};
