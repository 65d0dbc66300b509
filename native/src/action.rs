//! A proposed action that is plainly valid: what `streams/plain_events.py` calls plain, of fewer forms still.

use crate::scan::{Nowhere, Scanner, text_of};

const MAX_ID_CHARS: usize = 256;
const MAX_TAG_CHARS: usize = 128;
const MAX_TAGS: usize = 64;
const MAX_TEXT_CHARS: usize = 100_000;

/// The fields of an action as they stand in its record, texts with their quotation marks.
#[derive(Default)]
pub struct Action<'a> {
    pub action_id: &'a [u8],
    pub agent_id: &'a [u8],
    pub topic: &'a [u8],
    pub tool: Option<&'a [u8]>,
    pub environment: Option<&'a [u8]>,
    pub tenant_id: Option<&'a [u8]>,
    pub session_id: Option<&'a [u8]>,
    pub arguments: Option<&'a [u8]>,
    pub risk_tags: Option<&'a [u8]>,
    pub confidence: Option<f64>,
    pub anomaly_score: Option<f64>,
}

impl<'a> Action<'a> {
    /// The action in a record's value, `None` where it is not plain; `canonical` gets the RFC 8785 form of its arguments.
    pub fn read(value: &'a str, canonical: &mut Vec<u8>) -> Option<Self> {
        let mut scanner = Scanner::new(value);
        let mut action = Action::default();
        let mut seen = 0u32;
        scanner.expect(b'{')?;
        loop {
            let (key, _) = scanner.string()?;
            scanner.expect(b':')?;
            let bit = action.field(text_of(key), &mut scanner, canonical)?;
            if seen & bit != 0 {
                return None;
            }
            seen |= bit;
            if scanner.peek()? != b',' {
                break;
            }
            scanner.expect(b',')?;
        }
        scanner.expect(b'}')?;
        (scanner.is_at_end() && !action.action_id.is_empty() && !action.agent_id.is_empty() && !action.topic.is_empty())
            .then_some(action)
    }

    /// Read the field of this name; gives the bit that stands for it.
    fn field(&mut self, name: &[u8], scanner: &mut Scanner<'a>, canonical: &mut Vec<u8>) -> Option<u32> {
        match name {
            b"action_id" => self.action_id = id(scanner)?,
            b"agent_id" => self.agent_id = id(scanner)?,
            b"topic" => self.topic = id(scanner)?,
            b"tool" => self.tool = Some(id(scanner)?),
            b"environment" => self.environment = Some(id(scanner)?),
            b"tenant_id" => self.tenant_id = Some(id(scanner)?),
            b"session_id" => self.session_id = Some(id(scanner)?),
            b"model" => _ = id(scanner)?,
            b"confidence" => self.confidence = Some(unit(scanner)?),
            b"anomaly_score" => self.anomaly_score = Some(unit(scanner)?),
            b"arguments" => {
                (scanner.peek()? == b'{').then_some(())?;
                self.arguments = Some(scanner.value(canonical, 1)?);
            }
            b"risk_tags" => self.risk_tags = Some(tags(scanner)?),
            b"proposed_at" => time(scanner)?,
            b"reasoning" => (scanner.string()?.0.len() <= MAX_TEXT_CHARS).then_some(())?,
            b"context" => {
                (scanner.peek()? != b'n').then_some(())?;
                scanner.value(&mut Nowhere, 1)?;
            }
            _ => return None,
        }
        Some(1 << FIELDS.iter().position(|field| *field == name)?)
    }
}

const FIELDS: [&[u8]; 15] = [
    b"action_id",
    b"agent_id",
    b"topic",
    b"tool",
    b"environment",
    b"tenant_id",
    b"session_id",
    b"model",
    b"confidence",
    b"anomaly_score",
    b"arguments",
    b"risk_tags",
    b"proposed_at",
    b"reasoning",
    b"context",
];

/// Printable ASCII of a bounded length, without escapes.
fn printable<'a>(scanner: &mut Scanner<'a>, most: usize) -> Option<&'a [u8]> {
    let (quoted, has_escape) = scanner.string()?;
    let text = text_of(quoted);
    let is_fine =
        !has_escape && !text.is_empty() && text.len() <= most && text.iter().all(|byte| (0x20..0x7f).contains(byte));
    is_fine.then_some(quoted)
}

fn id<'a>(scanner: &mut Scanner<'a>) -> Option<&'a [u8]> {
    printable(scanner, MAX_ID_CHARS)
}

/// A decimal from 0 to 1.
fn unit(scanner: &mut Scanner<'_>) -> Option<f64> {
    let (text, is_decimal) = scanner.number()?;
    let number: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    (is_decimal && (0.0..=1.0).contains(&number)).then_some(number)
}

fn tags<'a>(scanner: &mut Scanner<'a>) -> Option<&'a [u8]> {
    let start = scanner.mark();
    scanner.expect(b'[')?;
    let mut count = 0;
    if scanner.peek()? != b']' {
        loop {
            printable(scanner, MAX_TAG_CHARS)?;
            count += 1;
            if scanner.peek()? != b',' {
                break;
            }
            scanner.expect(b',')?;
        }
    }
    scanner.expect(b']')?;
    (count <= MAX_TAGS).then(|| scanner.since(start))
}

/// A time as most producers write it: `2026-01-31T23:59:59Z`, with up to six digits of a second.
fn time(scanner: &mut Scanner<'_>) -> Option<()> {
    let text = text_of(scanner.string()?.0);
    let (whole, rest) = text.split_at_checked(19)?;
    let shape = b"0000-00-00T00:00:00";
    let fits =
        whole.iter().zip(shape).all(|(byte, form)| if *form == b'0' { byte.is_ascii_digit() } else { byte == form });
    let fraction = rest.strip_suffix(b"Z")?;
    let is_fraction = match fraction.split_first() {
        None => true,
        Some((point, digits)) => {
            *point == b'.' && (1..=6).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit)
        }
    };
    if !fits || !is_fraction {
        return None;
    }
    let number =
        |from: usize, to: usize| whole[from..to].iter().fold(0u32, |sum, digit| sum * 10 + u32::from(digit - b'0'));
    let (year, month, day) = (number(0, 4), number(5, 7), number(8, 10));
    let is_time = number(11, 13) < 24 && number(14, 16) < 60 && number(17, 19) < 60;
    (is_time && year > 0 && (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day)).then_some(())
}

fn days_in(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
