//! Records as they go to Kafka: batches of format 2, what aiokafka's builder makes, without an object per record.
//!
//! Source: Apache Kafka documentation, Message Format, Record Batch.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

const HEADER_BYTES: usize = 61;
/// From the batch's beginning to what `batchLength` counts, and to what the checksum covers.
const LENGTH_FROM: usize = 12;
const CHECKED_FROM: usize = 21;
const MAGIC: u8 = 2;
const TRANSACTIONAL: i16 = 0x10;

/// Headers of a record, already in their wire form.
#[derive(Default, Clone)]
pub struct Headers {
    count: usize,
    encoded: Vec<u8>,
}

impl Headers {
    /// Add a header; without a value it is null.
    pub fn push(&mut self, name: &[u8], value: Option<&[u8]>) {
        self.count += 1;
        put_bytes(&mut self.encoded, Some(name));
        put_bytes(&mut self.encoded, value);
    }

    /// Headers as Python holds them: pairs of text and bytes.
    pub fn of(headers: &Bound<'_, PyAny>) -> PyResult<Self> {
        let mut encoded = Headers::default();
        for header in headers.try_iter()? {
            let (name, value): (Bound<'_, PyString>, Option<Bound<'_, PyBytes>>) = header?.extract()?;
            encoded.push(name.to_str()?.as_bytes(), value.as_ref().map(|value| value.as_bytes()));
        }
        Ok(encoded)
    }

    /// Forget all.
    pub fn clear(&mut self) {
        self.count = 0;
        self.encoded.clear();
    }

    /// Add all of others.
    pub fn append(&mut self, others: &Headers) {
        self.count += others.count;
        self.encoded.extend_from_slice(&others.encoded);
    }
}

/// The records of one transaction for one partition of one topic, in order, in batches of a bounded size.
#[pyclass]
pub struct Outgoing {
    most_bytes: usize,
    at_ms: i64,
    batches: Vec<Records>,
}

/// Records of one batch, encoded.
#[derive(Default)]
struct Records {
    body: Vec<u8>,
    count: usize,
}

#[pymethods]
impl Outgoing {
    /// Nothing yet; every record gets the time `at_ms`, and a batch has at most `most_bytes`.
    #[new]
    fn new(at_ms: i64, most_bytes: usize) -> Self {
        Outgoing { most_bytes, at_ms, batches: Vec::new() }
    }

    /// Add a record; without a value it is a tombstone.
    #[pyo3(name = "append")]
    fn append_one(&mut self, key: Option<&[u8]>, value: Option<&[u8]>, headers: &Bound<'_, PyAny>) -> PyResult<()> {
        self.push(key, value, &Headers::of(headers)?)
    }

    /// How many records there are.
    fn __len__(&self) -> usize {
        self.batches.iter().map(|records| records.count).sum()
    }

    /// The batches; nothing is left.
    fn batches(&mut self) -> Vec<SealedBatch> {
        let at_ms = self.at_ms;
        self.batches.drain(..).map(|records| SealedBatch::new(records, at_ms)).collect()
    }
}

impl Outgoing {
    /// Add a record.
    pub fn push(&mut self, key: Option<&[u8]>, value: Option<&[u8]>, headers: &Headers) -> PyResult<()> {
        let size = [key, value].iter().map(|part| part.map_or(0, <[u8]>::len)).sum::<usize>() + headers.encoded.len();
        // Lengths and deltas of a record take some 40 bytes at most.
        let room = self.most_bytes.saturating_sub(HEADER_BYTES + 40);
        if size > room {
            return Err(PyValueError::new_err("a record is larger than a batch"));
        }
        if self.batches.last().is_none_or(|records| records.body.len() + size > room) {
            self.batches.push(Records::default());
        }
        if let Some(records) = self.batches.last_mut() {
            records.push(key, value, headers);
        }
        Ok(())
    }
}

impl Records {
    fn push(&mut self, key: Option<&[u8]>, value: Option<&[u8]>, headers: &Headers) {
        let delta = self.count as i64;
        // Attributes and the time's distance from the batch's are both a zero byte.
        let length = 2
            + varint_bytes(delta)
            + bytes_bytes(key)
            + bytes_bytes(value)
            + varint_bytes(headers.count as i64)
            + headers.encoded.len();
        let body = &mut self.body;
        body.reserve(length + 5);
        put_varint(body, length as i64);
        body.extend_from_slice(&[0, 0]);
        put_varint(body, delta);
        put_bytes(body, key);
        put_bytes(body, value);
        put_varint(body, headers.count as i64);
        body.extend_from_slice(&headers.encoded);
        self.count += 1;
    }
}

/// A batch that is complete but for the writer's own numbers.
#[pyclass]
pub struct SealedBatch {
    batch: Vec<u8>,
    count: usize,
}

#[pymethods]
impl SealedBatch {
    /// How many records there are.
    fn record_count(&self) -> usize {
        self.count
    }

    /// The bytes for the wire.
    fn encode<'py>(
        &mut self,
        py: Python<'py>,
        producer_id: i64,
        producer_epoch: i16,
        base_sequence: i32,
    ) -> Bound<'py, PyBytes> {
        self.batch[43..51].copy_from_slice(&producer_id.to_be_bytes());
        self.batch[51..53].copy_from_slice(&producer_epoch.to_be_bytes());
        self.batch[53..57].copy_from_slice(&base_sequence.to_be_bytes());
        let checksum = crc32c::crc32c(&self.batch[CHECKED_FROM..]);
        self.batch[17..21].copy_from_slice(&checksum.to_be_bytes());
        PyBytes::new(py, &self.batch)
    }
}

impl SealedBatch {
    fn new(records: Records, at_ms: i64) -> Self {
        let mut batch = Vec::with_capacity(HEADER_BYTES + records.body.len());
        batch.extend_from_slice(&0i64.to_be_bytes()); // base offset: the broker's
        batch.extend_from_slice(&((HEADER_BYTES - LENGTH_FROM + records.body.len()) as i32).to_be_bytes());
        batch.extend_from_slice(&(-1i32).to_be_bytes()); // partition leader epoch: the broker's
        batch.push(MAGIC);
        batch.extend_from_slice(&0u32.to_be_bytes()); // checksum, once all is known
        batch.extend_from_slice(&TRANSACTIONAL.to_be_bytes());
        batch.extend_from_slice(&(records.count as i32 - 1).to_be_bytes());
        batch.extend_from_slice(&at_ms.to_be_bytes());
        batch.extend_from_slice(&at_ms.to_be_bytes());
        batch.extend_from_slice(&(-1i64).to_be_bytes()); // producer id, epoch and first sequence, as they are given
        batch.extend_from_slice(&(-1i16).to_be_bytes());
        batch.extend_from_slice(&(-1i32).to_be_bytes());
        batch.extend_from_slice(&(records.count as i32).to_be_bytes());
        batch.extend_from_slice(&records.body);
        SealedBatch { batch, count: records.count }
    }
}

/// Bytes behind their length; null is a length of -1.
fn put_bytes(out: &mut Vec<u8>, bytes: Option<&[u8]>) {
    match bytes {
        Some(bytes) => {
            put_varint(out, bytes.len() as i64);
            out.extend_from_slice(bytes);
        }
        None => put_varint(out, -1),
    }
}

fn bytes_bytes(bytes: Option<&[u8]>) -> usize {
    bytes.map_or(varint_bytes(-1), |bytes| varint_bytes(bytes.len() as i64) + bytes.len())
}

/// Zigzag encoding in groups of seven bits, the lowest first.
fn put_varint(out: &mut Vec<u8>, number: i64) {
    let mut rest = zigzag(number);
    while rest >= 0x80 {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

fn varint_bytes(number: i64) -> usize {
    let bits = 64 - zigzag(number).leading_zeros() as usize;
    bits.max(1).div_ceil(7)
}

fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}
