//! The hashes of the gate, as `streams` and `policies` define them.

use blake2::Blake2b;
use blake2::digest::consts::U16;
use sha2::{Digest, Sha256};

const BLOCK_BYTES: usize = 64; // of SHA-256

/// SHA-256.
pub fn sha256(data: &[u8]) -> [u8; 32] {
    Sha256::digest(data).into()
}

/// Hexadecimal digits, lower case.
pub fn push_hex(out: &mut Vec<u8>, data: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in data {
        out.push(DIGITS[usize::from(byte >> 4)]);
        out.push(DIGITS[usize::from(byte & 15)]);
    }
}

/// A number in decimal digits.
pub fn push_number(out: &mut Vec<u8>, number: u64) {
    let mut digits = [0u8; 20];
    let (mut at, mut rest) = (digits.len(), number);
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

/// 16 bytes that stand for an id, as `streams.memory.id_hash`: BLAKE2b of the parts with a zero byte between them.
pub fn id_hash(parts: &[&[u8]]) -> [u8; 16] {
    let mut hash = Blake2b::<U16>::new();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            hash.update(b"\0");
        }
        hash.update(part);
    }
    hash.finalize().into()
}

/// The draw of audit samples, as `policies.sampling`: HMAC-SHA256 from the states that key and domain lead to.
pub struct Draw {
    inner: Sha256,
    outer: Sha256,
}

impl Draw {
    /// The draw under an epoch's key. Source: RFC 2104.
    pub fn new(key: &[u8], domain: &[u8]) -> Self {
        let mut block = [0u8; BLOCK_BYTES];
        if key.len() <= BLOCK_BYTES {
            block[..key.len()].copy_from_slice(key);
        } else {
            block[..32].copy_from_slice(&sha256(key));
        }
        let mut inner = Sha256::new_with_prefix(block.map(|byte| byte ^ 0x36));
        inner.update(domain);
        inner.update(b"\0");
        Draw { inner, outer: Sha256::new_with_prefix(block.map(|byte| byte ^ 0x5c)) }
    }

    /// The hash of an action's id; the id is picked where it is not less than the cut.
    pub fn hash(&self, action_id: &[u8]) -> [u8; 32] {
        let inner = self.inner.clone().chain_update(action_id).finalize();
        self.outer.clone().chain_update(inner).finalize().into()
    }
}

/// The partition of an agent, as `streams.routing.partition_of`. Source: Apache Kafka, `Utils.murmur2`.
pub fn partition_of(agent_id: &[u8], partitions: u32) -> u32 {
    (murmur2(agent_id) & 0x7fff_ffff) % partitions
}

fn murmur2(data: &[u8]) -> u32 {
    const M: u32 = 0x5bd1_e995;
    let mut h = 0x9747_b28c ^ data.len() as u32;
    let (words, tail) = data.as_chunks::<4>();
    for word in words {
        let mut k = u32::from_le_bytes(*word).wrapping_mul(M);
        k = (k ^ (k >> 24)).wrapping_mul(M);
        h = h.wrapping_mul(M) ^ k;
    }
    if !tail.is_empty() {
        let last = tail.iter().rev().fold(0u32, |sum, byte| sum << 8 | u32::from(*byte));
        h = (h ^ last).wrapping_mul(M);
    }
    h = (h ^ (h >> 13)).wrapping_mul(M);
    h ^ (h >> 15)
}
