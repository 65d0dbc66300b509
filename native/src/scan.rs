//! JSON that is already written as the gate would write it. Anything else is refused here and read the long way.
//!
//! The long way reads a value, writes it compactly and compares; what is the same was strict JSON without doubt. Here
//! the same is settled in one pass: no white space, no key twice in an object, only the escapes and numbers that a
//! compact writer gives. To refuse costs nothing but time, so whatever is rare is refused.

use std::ops::Range;

/// Nesting that is followed here; the wire allows more.
const MAX_DEPTH: usize = 32;
/// Digits of an integer that fits into 64 bits whatever they are.
const MAX_INTEGER_DIGITS: usize = 18;
/// Significant digits of a decimal that a double keeps, so that its shortest form is what was written.
const MAX_DECIMAL_DIGITS: usize = 15;
/// Zeros behind the point of a decimal that writers still put into positional notation.
const MAX_LEADING_ZEROS: usize = 3;

/// Where the canonical form (RFC 8785) of what is scanned goes.
pub trait Sink {
    /// Take text over as it stands.
    fn put(&mut self, text: &[u8]);
    /// How much was put so far.
    fn mark(&self) -> usize;
    /// Bring an object's members, which begin at `start`, into the order of their keys.
    fn sort(&mut self, start: usize, members: &mut [Member<'_>]);
}

/// One member of an object: its key with quotation marks, and where its canonical text stands in the sink.
#[derive(Clone)]
pub struct Member<'a> {
    key: &'a [u8],
    text: Range<usize>,
}

/// For what is in no digest.
pub struct Nowhere;

impl Sink for Nowhere {
    fn put(&mut self, _text: &[u8]) {}
    fn mark(&self) -> usize {
        0
    }
    fn sort(&mut self, _start: usize, _members: &mut [Member<'_>]) {}
}

impl Sink for Vec<u8> {
    fn put(&mut self, text: &[u8]) {
        self.extend_from_slice(text);
    }

    fn mark(&self) -> usize {
        self.len()
    }

    fn sort(&mut self, start: usize, members: &mut [Member<'_>]) {
        // Keys are ASCII without escapes, where the order of bytes is that of UTF-16 units.
        if members.is_sorted_by(|a, b| text_of(a.key) < text_of(b.key)) {
            return;
        }
        members.sort_unstable_by(|a, b| text_of(a.key).cmp(text_of(b.key)));
        let unsorted = self[start..].to_vec();
        self.truncate(start);
        for (index, member) in members.iter().enumerate() {
            if index > 0 {
                self.push(b',');
            }
            self.extend_from_slice(&unsorted[member.text.start - start..member.text.end - start]);
        }
    }
}

/// A text without its quotation marks.
pub fn text_of(quoted: &[u8]) -> &[u8] {
    &quoted[1..quoted.len() - 1]
}

/// Walks over the bytes of one value. `None` from any function: not for the short way.
pub struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    /// A scanner at the beginning of UTF-8 text.
    pub fn new(text: &'a str) -> Self {
        Scanner { bytes: text.as_bytes(), at: 0 }
    }

    /// Whether all was read.
    pub fn is_at_end(&self) -> bool {
        self.at == self.bytes.len()
    }

    /// Where the scanner stands.
    pub fn mark(&self) -> usize {
        self.at
    }

    /// What was read since a mark.
    pub fn since(&self, mark: usize) -> &'a [u8] {
        &self.bytes[mark..self.at]
    }

    /// The next byte, without reading it.
    pub fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Read exactly this byte.
    pub fn expect(&mut self, byte: u8) -> Option<()> {
        if self.peek()? != byte {
            return None;
        }
        self.at += 1;
        Some(())
    }

    /// A text with its quotation marks, and whether it holds an escape.
    pub fn string(&mut self) -> Option<(&'a [u8], bool)> {
        let start = self.at;
        self.expect(b'"')?;
        let mut has_escape = false;
        loop {
            self.at += plain_bytes(&self.bytes[self.at..]);
            match self.peek()? {
                b'"' => break,
                b'\\' => {
                    has_escape = true;
                    if !matches!(self.bytes.get(self.at + 1)?, b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't') {
                        return None; // written in another way by a compact writer, or rare
                    }
                    self.at += 2;
                }
                _ => return None, // a control character
            }
        }
        self.at += 1;
        Some((&self.bytes[start..self.at], has_escape))
    }

    /// A number as it stands, and whether it is a decimal.
    pub fn number(&mut self) -> Option<(&'a [u8], bool)> {
        let start = self.at;
        if self.peek()? == b'-' {
            self.at += 1;
        }
        let whole = self.digits()?;
        if (whole.len() > 1 && whole[0] == b'0') || whole.len() > MAX_INTEGER_DIGITS {
            return None;
        }
        let is_decimal = self.peek() == Some(b'.');
        if is_decimal {
            self.at += 1;
            let part = self.digits()?;
            if !is_shortest(whole, part) {
                return None;
            }
        } else if whole == b"0" && self.bytes[start] == b'-' {
            return None;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            return None;
        }
        Some((&self.bytes[start..self.at], is_decimal))
    }

    fn digits(&mut self) -> Option<&'a [u8]> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > start).then(|| &self.bytes[start..self.at])
    }

    /// Any value as it stands; its canonical form goes to `sink`.
    pub fn value(&mut self, sink: &mut impl Sink, depth: usize) -> Option<&'a [u8]> {
        let start = self.at;
        match self.peek()? {
            b'"' => sink.put(self.string()?.0),
            b'{' => self.object(sink, depth)?,
            b'[' => self.array(sink, depth)?,
            b't' => self.word(b"true", sink)?,
            b'f' => self.word(b"false", sink)?,
            b'n' => self.word(b"null", sink)?,
            _ => {
                let (number, is_decimal) = self.number()?;
                // RFC 8785 writes a double as ECMAScript does: 2.0 is 2.
                sink.put(if is_decimal { number.strip_suffix(b".0").unwrap_or(number) } else { number });
            }
        }
        Some(&self.bytes[start..self.at])
    }

    fn word(&mut self, word: &'static [u8], sink: &mut impl Sink) -> Option<()> {
        self.bytes[self.at..].starts_with(word).then_some(())?;
        self.at += word.len();
        sink.put(word);
        Some(())
    }

    fn array(&mut self, sink: &mut impl Sink, depth: usize) -> Option<()> {
        if depth >= MAX_DEPTH {
            return None;
        }
        self.expect(b'[')?;
        sink.put(b"[");
        if self.peek()? != b']' {
            loop {
                self.value(sink, depth + 1)?;
                if self.peek()? != b',' {
                    break;
                }
                self.at += 1;
                sink.put(b",");
            }
        }
        self.expect(b']')?;
        sink.put(b"]");
        Some(())
    }

    fn object(&mut self, sink: &mut impl Sink, depth: usize) -> Option<()> {
        if depth >= MAX_DEPTH {
            return None;
        }
        self.expect(b'{')?;
        sink.put(b"{");
        let first = sink.mark();
        let mut members: Vec<Member<'a>> = Vec::new();
        if self.peek()? != b'}' {
            members.reserve(8);
            loop {
                let (key, has_escape) = self.string()?;
                if has_escape || !key.is_ascii() {
                    return None;
                }
                self.expect(b':')?;
                let start = sink.mark();
                sink.put(key);
                sink.put(b":");
                self.value(sink, depth + 1)?;
                members.push(Member { key, text: start..sink.mark() });
                if self.peek()? != b',' {
                    break;
                }
                self.at += 1;
                sink.put(b",");
            }
        }
        self.expect(b'}')?;
        has_no_key_twice(&members).then_some(())?;
        sink.sort(first, &mut members);
        sink.put(b"}");
        Some(())
    }
}

/// How many bytes come before the first that ends a text, escapes or is a control character; eight at a time.
fn plain_bytes(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let (words, tail) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        // A byte that is zero after the XOR borrows from its highest bit; what had that bit set is above ASCII.
        let quote = word ^ (ONES * u64::from(b'"'));
        let escape = word ^ (ONES * u64::from(b'\\'));
        let found = (quote.wrapping_sub(ONES) & !quote) | (escape.wrapping_sub(ONES) & !escape);
        let control = word.wrapping_sub(ONES * 0x20) & !word;
        let special = (found | control) & HIGHS;
        if special != 0 {
            // Borrows go upwards only, so the lowest that is marked is one.
            return index * 8 + special.trailing_zeros() as usize / 8;
        }
    }
    let is_special = |byte: &u8| *byte < 0x20 || matches!(byte, b'"' | b'\\');
    words.len() * 8 + tail.iter().position(is_special).unwrap_or(tail.len())
}

/// Whether a decimal is written as the shortest form of its double is: `whole` before the point, `part` behind it.
fn is_shortest(whole: &[u8], part: &[u8]) -> bool {
    if whole.len() + part.len() > MAX_DECIMAL_DIGITS {
        return false;
    }
    if part == b"0" {
        return whole != b"0"; // 0.0 and -0.0 are one value to some readers and two to others
    }
    let zeros = part.iter().take_while(|digit| **digit == b'0').count();
    part[part.len() - 1] != b'0' && (whole != b"0" || zeros <= MAX_LEADING_ZEROS)
}

fn has_no_key_twice(members: &[Member<'_>]) -> bool {
    if members.len() <= 8 {
        return members
            .iter()
            .enumerate()
            .all(|(index, one)| members[..index].iter().all(|other| one.key != other.key));
    }
    let mut keys: Vec<&[u8]> = members.iter().map(|member| member.key).collect();
    keys.sort_unstable();
    keys.windows(2).all(|pair| pair[0] != pair[1])
}
