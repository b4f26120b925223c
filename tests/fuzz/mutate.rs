//! How good bytes are broken.

use super::random::Random;

/// Pieces that readers of forms, JSON and URLs stumble over, and the words of webhooks.
const TOKENS: &[&[u8]] = &[
    b"%",
    b"%0",
    b"%00",
    b"%zz",
    b"%FF",
    b"%ED%A0%80",
    b"%25",
    b"%26",
    b"%3D",
    b"%2F",
    b"%2e%2e%2f",
    b"+",
    b"&",
    b"=",
    b"&&",
    b"=&=",
    b"?",
    b"#",
    b";",
    b"/",
    b"..",
    b"\0",
    b"\r\n",
    b"\n",
    b" ",
    b"\xff",
    b"\xfe\xff",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
    b"\xc0\x80",
    b"\xf4\x90\x80\x80",
    "🚚".as_bytes(),
    "é".as_bytes(),
    "e\u{301}".as_bytes(),
    "\u{202e}".as_bytes(),
    "\u{200d}".as_bytes(),
    "２".as_bytes(),
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b"\\",
    b"\\\"",
    b"\\u0000",
    b"\\ud83d",
    b"\\ude00",
    b"\\ud83d\\ude00",
    b"\\u",
    b"null",
    b"true",
    b"false",
    b"NaN",
    b"-0",
    b"-1",
    b"0",
    b"1e999",
    b"0.1",
    b"1E400",
    b"0x10",
    b"9223372036854775808",
    b"18446744073709551616",
    b"99999999999999999999999999999999",
    b"-99999999999999999999",
    b"{}",
    b"[]",
    b"\"\":",
    b",",
    b":",
    b"\"a\":{\"b\":[1,null]},",
    b"\"text\":null,",
    b"\"messageId\":\"1\",",
    b"\"messageId\":1e3,",
    b"messageId=",
    b"&messageId=1",
    b"&msisdn=",
    b"&to=",
    b"&text=",
    b"&text",
    b"&type=binary&data=00",
    b"&status=failed",
    b"&status=delivered",
    b"&status=",
    b"&err-code=65536",
    b"&err-code=-1",
    b"&concat=true",
    b"&concat=false",
    b"&concat-ref=",
    b"&concat-part=0",
    b"&concat-part=4294967296",
    b"&concat-total=256",
    b"&concat-total=1",
    b"&price=9999999999999999.9",
    b"&client-ref=",
    b"&sig=",
    b"&timestamp=0",
    b"&timestamp=9223372036854775807",
    b"&nonce=",
    b"STOP",
    b"@everyone",
    b"&message_uuid=1",
    b"\"message_uuid\":\"1\",",
    b"\"status\":\"rejected\",",
    b"\"error\":{\"title\":\"99999\"},",
    b"\"channel\":\"whatsapp\",",
    b"\"sms\":{\"count_total\":\"256\"},",
    b"json\n",
    b"form\n",
    b"query\n",
    b"form?",
    b"json?",
];

/// What nests, over and over.
const NESTS: &[&[u8]] = &[b"[", b"{\"a\":", b"[{\"a\":", b"\"a\":{"];

/// Most inputs are cut here, to have more of them.
const LONG: usize = 4 * 1024;
/// The longest: more than a listener takes.
const LONGEST: usize = 80 * 1024;

/// Breaks `bytes` in one to four places, with what `others` hold as well.
pub fn mutate(bytes: &mut Vec<u8>, others: &[Vec<u8>], random: &mut Random) {
    let longest = if random.once_in(100) { LONGEST } else { LONG };
    for _ in 0..=random.below(4) {
        once(bytes, others, random);
        bytes.truncate(longest);
    }
}

fn once(bytes: &mut Vec<u8>, others: &[Vec<u8>], random: &mut Random) {
    let at = random.below(bytes.len() + 1);
    let (from, to) = range(bytes, random);
    match random.below(13) {
        0 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << random.below(8);
            }
        }
        1 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = random.byte();
            }
        }
        2 | 3 => {
            let token = random.one_of(TOKENS);
            insert(bytes, at, token);
        }
        4 => {
            bytes.splice(from..to, random.one_of(TOKENS).iter().copied());
        }
        5 => {
            bytes.drain(from..to);
        }
        6 => {
            let piece = bytes[from..to].to_vec();
            insert(bytes, at, &piece);
        }
        7 => bytes.truncate(at),
        8 => {
            let other = random.one_of(others);
            let tail = random.below(other.len() + 1);
            bytes.truncate(at);
            bytes.extend_from_slice(&other[tail..]);
        }
        9 => {
            let other = random.one_of(others);
            let (from, to) = range(other, random);
            insert(bytes, at, &other[from..to]);
        }
        10 => number(bytes, random),
        11 => {
            let piece = if bytes.is_empty() { b"a".to_vec() } else { bytes[from..to].to_vec() };
            insert(bytes, at, &piece.repeat(1 + random.below(300)));
        }
        _ => {
            let nested = random.one_of(NESTS);
            insert(bytes, at, &nested.repeat(1 + random.below(400)));
        }
    }
}

/// Puts another number in the place of one.
fn number(bytes: &mut Vec<u8>, random: &mut Random) {
    let Some(from) = bytes.iter().skip(random.below(bytes.len())).position(u8::is_ascii_digit) else { return };
    let to = from + bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let shift = random.below(64);
    let other = if random.once_in(4) { format!("-{}", random.byte()) } else { (random.number() >> shift).to_string() };
    bytes.splice(from..to, other.into_bytes());
}

/// A short stretch, most of the time.
fn range(bytes: &[u8], random: &mut Random) -> (usize, usize) {
    let from = random.below(bytes.len() + 1);
    let longest = if random.once_in(4) { bytes.len() } else { 16 };
    (from, (from + random.below(longest + 1)).min(bytes.len()))
}

fn insert(bytes: &mut Vec<u8>, at: usize, piece: &[u8]) {
    let piece = &piece[..piece.len().min(LONGEST)];
    bytes.splice(at..at, piece.iter().copied());
}
