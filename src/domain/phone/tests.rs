#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

fn typed(input: &str, region: &str) -> Result<(String, bool), PhoneError> {
    let region = (!region.is_empty()).then(|| region.parse().unwrap());
    super::read(input, region).map(|read| (read.number.0, read.unusual))
}

#[test]
fn what_people_type() {
    for (input, region, number) in [
        ("+447911123456", "", "+447911123456"),
        (" +44 7911 123-456 ", "US", "+447911123456"),
        ("(+44) 7911.123.456", "", "+447911123456"),
        ("+44 (0)7911 123456", "", "+447911123456"),
        ("+4407911123456", "", "+447911123456"),
        ("0044 (0) 7911 123456", "", "+447911123456"),
        ("07911 123456", "GB", "+447911123456"),
        ("(0)7911 123456", "GB", "+447911123456"),
        ("07911/123456", "GB", "+447911123456"),
        ("447911123456", "GB", "+447911123456"),
        ("tel:+44-7911-123456", "", "+447911123456"),
        ("TEL:07911123456", "GB", "+447911123456"),
        ("\u{202A}+44 7911 123456\u{202C}", "", "+447911123456"),
        ("＋４４ ７９１１ １２３４５６", "", "+447911123456"),
        ("+٤٤٧٩١١١٢٣٤٥٦", "", "+447911123456"),
        ("+44\u{2011}7911\u{00A0}123\u{2013}456", "", "+447911123456"),
        ("(415) 555-2671", "US", "+14155552671"),
        ("011 49 1512 3456789", "US", "+4915123456789"),
        ("00 49 1512 3456789", "US", "+4915123456789"),
        ("8 916 123-45-67", "RU", "+79161234567"),
        ("+39 312 345 6789", "GB", "+393123456789"),
        ("+0044 7911 123456", "US", "+447911123456"),
        ("+7 8 916 123-45-67", "GB", "+79161234567"),
        ("+1 1 415 555 2671", "GB", "+14155552671"),
        ("+36 06 20 123 4567", "GB", "+36201234567"),
        ("+49\u{A0}(0)171\u{202F}1234567\u{202C}", "GB", "+491711234567"),
        ("\u{2066}0049 [0] 171 1234567\u{2069}", "GB", "+491711234567"),
        ("0171/1234567", "DE", "+491711234567"),
        ("06.12.34.56.00", "FR", "+33612345600"),
        ("(06.12.34.56.00)", "FR", "+33612345600"),
        ("06. 12. 34. 56. 00", "FR", "+33612345600"),
        ("+33 6.12.34.56.00", "", "+33612345600"),
        ("+44 7911 123400", "", "+447911123400"),
        ("+33.6.12.34.56.78", "", "+33612345678"),
        ("+225 07 07 12 34 56", "", "+2250707123456"),
        ("0707123456", "CI", "+2250707123456"),
        ("+242 06 612 3456", "", "+242066123456"),
        ("01 95 12 34 56", "BJ", "+2290195123456"),
        ("+52 55 1234 5678", "", "+525512345678"),
        ("+52 1 55 1234 5678", "", "+5215512345678"),
        ("+54 9 11 2345 6789", "", "+5491123456789"),
        ("011 15 2345 6789", "AR", "+5491123456789"),
        ("𝟎𝟕𝟗𝟏𝟏 123456", "GB", "+447911123456"),
    ] {
        assert_eq!(typed(input, region), Ok((number.to_owned(), false)), "{input}");
    }
}

#[test]
fn the_country_whose_numbers_it_is_rented_among() {
    let country = |number| PhoneNumber::from_e164(number).unwrap().rental_country().map(|region| region.to_string());
    for (number, expected) in [
        ("+447911123456", Some("GB")),
        // Guernsey's range, which Britain's numbers are rented with.
        ("+447781123456", Some("GB")),
        // Of the documentation, and in no numbering plan.
        ("+447700900000", Some("GB")),
        ("+14155552671", Some("US")),
        ("+16045550123", Some("CA")),
        ("+79161234567", Some("RU")),
        ("+61491570006", Some("AU")),
        ("+80012345678", None),
        ("+2101234567", None),
    ] {
        assert_eq!(country(number).as_deref(), expected, "{number}");
    }
}

#[test]
fn unusual_but_not_refused() {
    for (input, region, number) in [
        ("07700 900123", "GB", "+447700900123"),
        ("+44 (0)7700 900123", "", "+447700900123"),
        ("020 7946 0018", "GB", "+442079460018"),
        ("+39 06 1234 5678", "GB", "+390612345678"),
        ("+7 812 345 67 89", "GB", "+78123456789"),
        ("0491 570 15", "AU", "+6149157015"),
        // In Italy the zero belongs to the number.
        ("+39 (0)6 1234 5678", "GB", "+390612345678"),
        ("+34 (0)612 345 678", "GB", "+340612345678"),
        ("5551234 5555678", "US", "+155512345555678"),
        // A mobile with digits too many, of a length that some other number has.
        ("+31 6 12345678-12", "", "+3161234567812"),
        ("+354 611 1234-12", "", "+354611123412"),
        // As it was before the numbers grew: whether it still works is for the agent to say.
        ("+229 95 12 34 56", "", "+22995123456"),
    ] {
        assert_eq!(typed(input, region), Ok((number.to_owned(), true)), "{input}");
    }
}

#[test]
fn what_is_refused() {
    for (input, region, error) in [
        ("", "GB", PhoneError::NotANumber),
        ("hello", "GB", PhoneError::NotANumber),
        ("+", "GB", PhoneError::NotANumber),
        ("07911 123456 ext 5", "GB", PhoneError::Extension),
        ("07911 123456 ext. 5", "GB", PhoneError::Extension),
        ("07911 123456x5", "GB", PhoneError::Extension),
        ("07911 123456 #5", "GB", PhoneError::Extension),
        ("07911 123456p123", "GB", PhoneError::Extension),
        ("07911 123456,,5", "GB", PhoneError::Extension),
        ("07911 123456 (ext 12)", "GB", PhoneError::Extension),
        ("tel:+44-7911-123456;ext=5", "GB", PhoneError::Extension),
        ("0800-PIZZA", "GB", PhoneError::Letters),
        ("1-800-FLOWERS", "US", PhoneError::Letters),
        ("+44 7911 123456 (mobile)", "US", PhoneError::Letters),
        ("whatsapp:+447911123456", "US", PhoneError::Letters),
        ("+49 171 1234567.0", "GB", PhoneError::Spreadsheet),
        ("491711234567.00", "DE", PhoneError::Spreadsheet),
        ("491711234567,0", "DE", PhoneError::Spreadsheet),
        ("+49.171.1234567.0", "DE", PhoneError::Spreadsheet),
        ("+49 171 1234567.0)", "", PhoneError::Spreadsheet),
        ("(+49 171 1234567.0)", "", PhoneError::Spreadsheet),
        ("+49 171 1234567. 0", "", PhoneError::Spreadsheet),
        ("+49 171 1234567 .0;", "", PhoneError::Spreadsheet),
        ("+49 171 123 4567.00", "", PhoneError::Spreadsheet),
        ("+49 171 123 4567,00", "", PhoneError::Spreadsheet),
        ("+44 7911 123 456.00", "", PhoneError::Spreadsheet),
        ("+62 812 345 6789.00", "", PhoneError::Spreadsheet),
        ("+43 664 123 4567.00", "", PhoneError::Spreadsheet),
        ("+64 21 123 456.00", "", PhoneError::Spreadsheet),
        ("+64 21 12 34 56.00", "", PhoneError::Spreadsheet),
        ("491711234567.000", "DE", PhoneError::Spreadsheet),
        ("(4.9171E+12)", "DE", PhoneError::Spreadsheet),
        ("4,91711E+12", "DE", PhoneError::Spreadsheet),
        ("4.9171e12", "DE", PhoneError::Spreadsheet),
        ("4.91711234567E+11", "DE", PhoneError::Spreadsheet),
        ("07911 123456, 07911 123457", "GB", PhoneError::SeveralNumbers),
        ("07911 123456; 07911 123457", "GB", PhoneError::SeveralNumbers),
        ("07911 123456 or 07911 123457", "GB", PhoneError::SeveralNumbers),
        ("+44 7911 123456 +44 7911 123457", "GB", PhoneError::SeveralNumbers),
        ("555-1234/555-5678", "US", PhoneError::SeveralNumbers),
        ("+44 7911 12345²", "GB", PhoneError::NotANumber),
        ("+44 7911 12345½", "GB", PhoneError::NotANumber),
        ("+44 7911 12345⑥", "GB", PhoneError::NotANumber),
        ("+44 7911 12345₆", "GB", PhoneError::NotANumber),
        ("+0 7911 123456", "GB", PhoneError::UnknownCountry),
        ("+44 +44 7911 123456", "GB", PhoneError::NotANumber),
        ("44+7911123456", "GB", PhoneError::NotANumber),
        ("07911123456", "", PhoneError::NoRegion),
        ("+999 7911 123456", "", PhoneError::UnknownCountry),
        ("999", "GB", PhoneError::TooShort),
        ("+44 79", "", PhoneError::TooShort),
        ("+44 7911 123456 789012", "", PhoneError::TooLong),
        ("09098 790000", "GB", PhoneError::Premium),
        ("+1 900 234 5678", "", PhoneError::Premium),
    ] {
        assert_eq!(typed(input, region), Err(error), "{input}");
    }
}

/// Each region's plan has an example of each kind of number.
#[test]
fn the_example_mobiles_of_all_regions_are_read_as_they_are() {
    let plans = (1..=999).filter_map(|code| DATABASE.by_code(&code)).flatten();
    let mut examples = 0;
    for plan in plans {
        let Some(national) = plan.descriptors().mobile().and_then(Descriptor::example) else { continue };
        let number = format!("+{}{national}", plan.country_code());
        assert_eq!(typed(&number, ""), Ok((number.clone(), false)), "{}", plan.id());
        assert_eq!(Address::from_sender(&number[1..]).as_stored(), number, "{}", plan.id());
        if let Ok(own) = plan.id().parse::<Region>() {
            let at_home = typed(national, &own.to_string());
            assert_eq!(at_home, Ok((number.clone(), false)), "{}", plan.id());
            // In Colombia, a digit after the zero chooses a carrier.
            let trunk = plan.national_prefix().unwrap_or_default();
            let with_trunk = typed(&format!("{trunk}{national}"), &own.to_string());
            let is_asked = with_trunk.as_ref().is_ok_and(|(_, unusual)| *unusual);
            assert!(with_trunk == Ok((number, false)) || is_asked, "{} {with_trunk:?}", plan.id());
        }
        examples += 1;
    }
    assert!(examples > 200, "{examples}");
}

#[test]
fn spellings_of_one_subscriber() {
    let canonical = |number: &str| PhoneNumber::from_e164(number).unwrap().canonical().0;
    for (spelling, expected) in [
        ("+5215512345678", "+525512345678"),
        ("+525512345678", "+525512345678"),
        ("+5491123456789", "+541123456789"),
        ("+541123456789", "+541123456789"),
        ("+22995123456", "+2290195123456"),
        ("+2290195123456", "+2290195123456"),
        // Not every number of eight digits is an old one.
        ("+22985751234", "+22985751234"),
        // Orange, MTN and Moov of Côte d'Ivoire, by the second digit; and a landline.
        ("+22507123456", "+2250707123456"),
        ("+22545123456", "+2250545123456"),
        ("+22570123456", "+2250170123456"),
        ("+22520123456", "+22520123456"),
        ("+551181234567", "+5511981234567"),
        ("+5511981234567", "+5511981234567"),
        // A landline.
        ("+551131234567", "+551131234567"),
        ("+61491570006", "+61491570006"),
        ("+15215512345", "+15215512345"),
    ] {
        assert_eq!(canonical(spelling), expected, "{spelling}");
        assert_eq!(canonical(expected), expected, "{spelling}");
    }
}

#[test]
fn spaced_as_people_read() {
    for (number, expected) in [
        ("+6149157015", "+61 4915 7015"),
        ("+61491570006", "+61 491 570 006"),
        ("+447700900123", "+44 770 090 0123"),
        ("+14155552671", "+1 415 555 2671"),
        ("+2904123", "+290 4123"),
        ("+2101234567", "+2101234567"),
    ] {
        assert_eq!(PhoneNumber::from_e164(number).unwrap().spaced(), expected);
    }
}

#[test]
fn masked_everywhere() {
    let number = PhoneNumber::from_e164("+447700900123").unwrap();
    assert_eq!(number.masked(), "+44 ••• 0123");
    assert_eq!(format!("{number:?}"), "+44 ••• 0123");
    assert_eq!(format!("{:?}", Address::Phone(number)), "Phone(+44 ••• 0123)");
    assert_eq!(PhoneNumber::from_e164("+2904123").unwrap().masked(), "+290 ••• 23");
}

#[test]
fn regions() {
    assert_eq!("gb".parse::<Region>().unwrap().to_string(), "GB");
    for text in ["UK", "", "GBR", "44", "Ü"] {
        assert_eq!(text.parse::<Region>(), Err(UnknownRegion), "{text}");
    }
}

#[test]
fn senders() {
    assert_eq!(Address::from_sender("447700900123").as_stored(), "+447700900123");
    assert_eq!(Address::from_sender("+447700900123").as_stored(), "+447700900123");
    // Of the documentation, of two spellings, and the shortest there are.
    for number in [
        "61491570006",
        "12025550123",
        "5215512345678",
        "5491123456789",
        "22995123456",
        "2250707123456",
        "551181234567",
        "18885550123",
        "6907290",
        "29051234",
    ] {
        assert_eq!(Address::from_sender(number).as_stored(), format!("+{number}"));
    }
    for (sender, kept) in [
        ("60800", "60800"),
        (" ACME ", "ACME"),
        ("A\u{0}C\nM\u{202E}E", "ACME"),
        ("0123456789", "0123456789"),
        ("+ ACME", "ACME"),
        ("1234567890123456", "123456789012345"),
        // Short codes, whatever code they seem to begin with.
        ("7878787", "7878787"),
        ("4712345", "4712345"),
        ("4912345", "4912345"),
        ("4312345", "4312345"),
        ("12345678", "12345678"),
        // No country, or not so long a number in it.
        ("99912345678", "99912345678"),
        ("4477009001234", "4477009001234"),
        ("1415555267", "1415555267"),
    ] {
        let address = Address::from_sender(sender);
        assert_eq!(address, Address::Other(kept.to_owned()));
        assert_eq!((address.phone(), address.masked()), (None, kept.to_owned()));
    }
}

#[test]
fn a_rented_number_is_one_whatever_its_length() {
    assert_eq!(Address::of_rented("4477009001234").as_stored(), "+4477009001234");
    assert_eq!(Address::of_rented("60800"), Address::Other("60800".to_owned()));
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "\\PC*", digits in "[+0-9 ()-]{0,24}") {
        for region in [None, Some("GB"), Some("US"), Some("BR"), Some("IT"), Some("AR")] {
            let region = region.map(|region| region.parse().unwrap());
            for input in [&text, &digits] {
                if let Ok(read) = read(input, region) {
                    prop_assert_eq!(PhoneNumber::from_e164(read.number.e164()), Ok(read.number));
                }
            }
        }
    }

    #[test]
    fn international_digits_are_kept(digits in "[1-9][0-9]{9,14}") {
        let typed = format!("+{digits}");
        if let Ok(read) = read(&typed, Some("GB".parse().unwrap())) {
            // But for a trunk prefix after the country code.
            let number = read.number.e164();
            prop_assert!(typed.ends_with(&number[4..]) && typed[..2] == number[..2], "{}", number);
        }
    }

    #[test]
    fn what_is_judged_is_what_is_sent(typed in "[+]?[0-9 ()./-]{6,18}", region in "AU|GB|US|BR|IT|AR|CI") {
        if let Ok(first) = read(&typed, Some(region.parse().unwrap())) {
            let again = read(first.number.e164(), None).map(|read| (read.number, read.unusual));
            // What cannot be a number may still be read in another way: it was asked about.
            if first.number.is_possible() {
                prop_assert_eq!(again, Ok((first.number, first.unusual)));
            }
        }
    }

    #[test]
    fn addresses_survive_storage(sender in "[+]{0,2}\\PC{0,20}", digits in "[0-9]{3,17}") {
        for sender in [sender, digits] {
            let address = Address::from_sender(&sender);
            prop_assert_eq!(Address::from_stored(address.as_stored()), Some(address));
        }
    }

    #[test]
    fn a_mask_hides_the_middle(digits in "[1-9][0-9]{6,14}") {
        let masked = PhoneNumber::from_e164(&format!("+{digits}")).unwrap().masked();
        let shown = masked.chars().filter(char::is_ascii_digit).count();
        prop_assert!(shown <= 7 && shown + 2 <= digits.len(), "{}", masked);
    }
}
