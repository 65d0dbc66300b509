//! The step of the gate for a plain action: see `streams/plain_step.py`, which does the same in Python.
//!
//! Every check comes before the first change; where one finds anything beyond the plain case, nothing has happened and
//! the long way does it all.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString};

use crate::action::Action;
use crate::digests::{Draw, id_hash, partition_of, push_hex, push_number, sha256};
use crate::forms::{Form, Forms};
use crate::records::{Headers, Outgoing};
use crate::scan::text_of;

/// Producers' headers beyond this go the long way, which knows what is too much.
const MAX_HEADERS: usize = 32;
const MAX_HEADER_BYTES: usize = 4 * 1024;
const TRACE_HEADER: &str = "traceparent";
const TRACE_CHARS: usize = 55;
const PREFIX_BYTES: usize = 12; // of a digest: tells effects apart, see streams/attempts.py

/// What the records of one lane and time have in common.
struct Moment {
    now_ms: i64,
    at: Vec<u8>,
    origin: Vec<u8>,
    cleared_headers: Headers,
    refused_headers: Headers,
    audit_headers: Headers,
}

/// A record that was read, as far as it matters here.
struct Record<'py> {
    offset: u64,
    key: Option<Bound<'py, PyBytes>>,
    value: Bound<'py, PyBytes>,
    trace: Option<Bound<'py, PyBytes>>,
}

/// What a plain action was found to be, before anything is changed.
struct Found<'py> {
    key: [u8; 16],
    digest: [u8; 32],
    is_sampled: bool,
    prefix: Bound<'py, PyBytes>,
    attempts: Bound<'py, PyDict>,
    entries: Bound<'py, PyDict>,
    verdicts: Bound<'py, PyAny>,
}

/// The lane whose records are decided, and the time at which they are.
struct Lane<'a, 'py> {
    state: &'a Bound<'py, PyAny>,
    partition: u32,
    now_ms: i64,
}

/// Where records are written to, and what is to be counted.
struct Out<'py> {
    cleared: PyRefMut<'py, Outgoing>,
    refused: PyRefMut<'py, Outgoing>,
    samples: PyRefMut<'py, Outgoing>,
    audit: PyRefMut<'py, Outgoing>,
    facts: Bound<'py, PyList>,
    size: usize,
}

type Targets<'py> =
    (PyRefMut<'py, Outgoing>, PyRefMut<'py, Outgoing>, PyRefMut<'py, Outgoing>, PyRefMut<'py, Outgoing>);

/// The short way under the terms of one gate.
#[pyclass]
pub struct NativeStep {
    partitions: u32,
    most_bytes: usize,
    forms: Forms,
    draw: Draw,
    make_form: Py<PyAny>,
    make_moment: Py<PyAny>,
    make_sample: Py<PyAny>,
    moments: HashMap<u32, Moment>,
    canonical: Vec<u8>,
    scratch: Vec<u8>,
    decision: Vec<u8>,
    headers: Headers,
    name: Vec<u8>,
}

#[pymethods]
impl NativeStep {
    /// `make_form(value)` gives the form of an action of a new kind or None, `make_moment(partition, now_ms)` what the
    /// records of one lane and time have in common, `make_sample(...)` the record for those who audit. `cuts` are those
    /// of confidence and anomaly score.
    #[new]
    #[pyo3(signature = (
        *, partitions, most_bytes, sample_key, sample_domain, reads_agent, cuts, make_form, make_moment, make_sample
    ))]
    #[allow(clippy::too_many_arguments)]
    fn new(
        partitions: u32,
        most_bytes: usize,
        sample_key: &[u8],
        sample_domain: &[u8],
        reads_agent: bool,
        cuts: (Vec<f64>, Vec<f64>),
        make_form: Py<PyAny>,
        make_moment: Py<PyAny>,
        make_sample: Py<PyAny>,
    ) -> Self {
        NativeStep {
            partitions,
            most_bytes,
            forms: Forms::new(reads_agent, cuts.0, cuts.1),
            draw: Draw::new(sample_key, sample_domain),
            make_form,
            make_moment,
            make_sample,
            moments: HashMap::new(),
            canonical: Vec::new(),
            scratch: Vec::new(),
            decision: Vec::new(),
            headers: Headers::default(),
            name: Vec::new(),
        }
    }

    /// Decide records from the first on, until one is not plain or `most_bytes` are written: how many were decided, what
    /// to count, and how many bytes were written. `targets` are for released and refused actions, samples and audit.
    #[allow(clippy::too_many_arguments)]
    fn run<'py>(
        &mut self,
        py: Python<'py>,
        state: &Bound<'py, PyAny>,
        partition: u32,
        records: &Bound<'py, PyList>,
        now_ms: i64,
        most_bytes: usize,
        targets: Targets<'py>,
    ) -> PyResult<(usize, Bound<'py, PyList>, usize)> {
        let (cleared, refused, samples, audit) = targets;
        let mut out = Out { cleared, refused, samples, audit, facts: PyList::empty(py), size: 0 };
        let lane = Lane { state, partition, now_ms };
        let mut done = 0;
        // A panic would pass by every handler of errors and end the lane in silence.
        let outcome = catch_unwind(AssertUnwindSafe(|| -> PyResult<()> {
            for record in records {
                if out.size >= most_bytes || !self.step(&lane, &record, &mut out)? {
                    break;
                }
                done += 1;
            }
            Ok(())
        }));
        outcome.unwrap_or_else(|_| Err(PyRuntimeError::new_err("the compiled step panicked")))?;
        Ok((done, out.facts, out.size))
    }
}

impl NativeStep {
    /// Decide one record; false, and nothing has changed, where it is not plain.
    fn step<'py>(&mut self, lane: &Lane<'_, 'py>, record: &Bound<'py, PyAny>, out: &mut Out<'py>) -> PyResult<bool> {
        let py = record.py();
        let Some(record) = read(record)? else { return Ok(false) };
        let Some(text) = readable(&record.value, self.most_bytes) else { return Ok(false) };
        self.canonical.clear();
        let Some(action) = Action::read(text, &mut self.canonical) else { return Ok(false) };
        let agent = text_of(action.agent_id);
        let is_of_agent = record.key.as_ref().is_none_or(|key| key.as_bytes() == agent);
        if !is_of_agent || partition_of(agent, self.partitions) != lane.partition {
            return Ok(false);
        }
        let make = || Ok(self.make_form.bind(py).call1((&record.value,))?.extract()?);
        let Some(form) = self.forms.find(&action, make)? else { return Ok(false) };
        let form = form.bind(py).get();
        let Some(found) = self.look_up(lane.state, &action, form)? else { return Ok(false) };
        remember(py, &found, form, lane.now_ms)?;
        self.write(lane, &record, &action, form, &found, out)?;
        Ok(true)
    }

    /// What the lane's state has to say; `None` for whatever is not new and seen before from its agent.
    fn look_up<'py>(
        &mut self,
        state: &Bound<'py, PyAny>,
        action: &Action<'_>,
        form: &Form,
    ) -> PyResult<Option<Found<'py>>> {
        let py = state.py();
        let (agent, action_id) = (text_of(action.agent_id), text_of(action.action_id));
        let agent_name = PyString::new(py, ascii(agent)?);
        if dict_of(state, intern!(py, "stops"))?.contains(&agent_name)? {
            return Ok(None);
        }
        let Some(seen) = dict_of(state, intern!(py, "seen"))?.get_item(&agent_name)? else { return Ok(None) };
        if !seen.cast::<PyDict>()?.contains(&form.seen_key)? {
            return Ok(None);
        }
        let held = dict_of(state, intern!(py, "held"))?;
        if !held.is_empty() && held.contains((agent_name, ascii(action_id)?))? {
            return Ok(None);
        }
        let key = id_hash(&[b"action", agent, action_id]);
        let verdicts = state.getattr(intern!(py, "verdicts"))?;
        let entries = dict_of(&verdicts, intern!(py, "entries"))?;
        if entries.contains(PyBytes::new(py, &key))? {
            return Ok(None);
        }
        let digest = digest_of(action, &self.canonical, &mut self.scratch);
        let prefix = PyBytes::new(py, &digest[..PREFIX_BYTES]);
        let index = verdicts.getattr(intern!(py, "attempt_index"))?;
        let attempts = dict_of(&index, intern!(py, "opened"))?;
        if attempts.contains(&prefix)? || dict_of(&index, intern!(py, "times"))?.contains(&prefix)? {
            return Ok(None);
        }
        // Bytes compare as the numbers they spell; the hash is longer than the cut, so an equal beginning is not below.
        let is_sampled = form.cut.as_ref().is_some_and(|cut| self.draw.hash(action_id)[..] >= cut[..]);
        Ok(Some(Found { key, digest, is_sampled, prefix, attempts, entries, verdicts }))
    }

    /// The records about a decided action, in the order in which the long way writes them.
    fn write<'py>(
        &mut self,
        lane: &Lane<'_, 'py>,
        record: &Record<'py>,
        action: &Action<'_>,
        form: &Form,
        found: &Found<'py>,
        out: &mut Out<'py>,
    ) -> PyResult<()> {
        let py = lane.state.py();
        let agent = Some(text_of(action.agent_id));
        let moment = moment(&mut self.moments, self.make_moment.bind(py), lane)?;
        let variant = form.variant(found.is_sampled);
        write_decision_id(&mut self.name, action, &found.digest, &mut self.scratch);
        write_decision(&mut self.decision, action, &variant.middle, moment, &self.name, &found.digest);

        write_answer(&mut self.scratch, action, form, &self.decision);
        out.size += self.scratch.len();
        let (target, shared) = if form.is_released {
            (&mut out.cleared, &moment.cleared_headers)
        } else {
            (&mut out.refused, &moment.refused_headers)
        };
        set_headers(&mut self.headers, &self.name, shared, record.trace.as_ref());
        target.push(agent, Some(&self.scratch), &self.headers)?;
        if found.is_sampled {
            let given = (lane.state, &record.value, PyBytes::new(py, &self.decision), lane.now_ms, &record.trace);
            let sample = self.make_sample.bind(py).call1(given)?;
            let value: Bound<'py, PyBytes> = sample.getattr(intern!(py, "value"))?.extract()?;
            out.size += value.as_bytes().len();
            let headers = Headers::of(&sample.getattr(intern!(py, "headers"))?)?;
            out.samples.push(agent, Some(value.as_bytes()), &headers)?;
        }
        let seq =
            write_audit(&mut self.scratch, lane.state, moment, record.offset, action, &self.decision, &variant.end)?;
        out.size += self.scratch.len();
        self.name.clear();
        push_hex(&mut self.name, &sha256(&self.scratch));
        lane.state.setattr(intern!(py, "audit_seq"), seq)?;
        lane.state.setattr(intern!(py, "audited_ms"), lane.now_ms)?;
        lane.state.setattr(intern!(py, "audit_head"), ascii(&self.name)?)?;
        self.name.clear();
        push_number(&mut self.name, u64::from(lane.partition));
        self.name.push(b'-');
        push_number(&mut self.name, seq);
        set_headers(&mut self.headers, &self.name, &moment.audit_headers, None);
        out.audit.push(agent, Some(&self.scratch), &self.headers)?;
        for fact in variant.facts.bind(py) {
            out.facts.append(fact)?;
        }
        Ok(())
    }
}

/// A record of aiokafka; `None` where it is not plain.
fn read<'py>(record: &Bound<'py, PyAny>) -> PyResult<Option<Record<'py>>> {
    let py = record.py();
    let Some(trace) = trace_of(&record.getattr(intern!(py, "headers"))?)? else { return Ok(None) };
    let Some(value) = record.getattr(intern!(py, "value"))?.extract()? else { return Ok(None) };
    let offset = record.getattr(intern!(py, "offset"))?.extract()?;
    Ok(Some(Record { offset, key: record.getattr(intern!(py, "key"))?.extract()?, value, trace }))
}

/// CloudEvents attributes: the id, what records of the kind share, and the trace where there is one.
fn set_headers(headers: &mut Headers, id: &[u8], shared: &Headers, trace: Option<&Bound<'_, PyBytes>>) {
    headers.clear();
    headers.push(b"ce_id", Some(id));
    headers.append(shared);
    if let Some(trace) = trace {
        headers.push(TRACE_HEADER.as_bytes(), Some(trace.as_bytes()));
    }
}

/// The value as text, where it is small enough for the short way.
fn readable<'a>(value: &'a Bound<'_, PyBytes>, most_bytes: usize) -> Option<&'a str> {
    let bytes = value.as_bytes();
    if bytes.len() > most_bytes { None } else { std::str::from_utf8(bytes).ok() }
}

/// The trace header of a record, if it has one; `None` where the long way has to look at the headers.
fn trace_of<'py>(headers: &Bound<'py, PyAny>) -> PyResult<Option<Option<Bound<'py, PyBytes>>>> {
    let mut trace = None;
    if headers.len()? > MAX_HEADERS {
        return Ok(None);
    }
    let mut size = 0;
    for header in headers.try_iter()? {
        let header = header?;
        let (name, value): (Bound<'py, PyString>, Option<Bound<'py, PyBytes>>) = header.extract()?;
        let name = name.to_str()?;
        let Some(value) = value else { return Ok(None) };
        size += name.len() + value.as_bytes().len();
        if size > MAX_HEADER_BYTES || name == "gate-forwarded-from" {
            return Ok(None);
        }
        if name == TRACE_HEADER && trace.is_none() && is_trace(value.as_bytes()) {
            trace = Some(value);
        }
    }
    Ok(Some(trace))
}

/// Source: W3C Trace Context, 3.2.
fn is_trace(value: &[u8]) -> bool {
    value.len() == TRACE_CHARS
        && value.iter().enumerate().all(|(index, byte)| match index {
            2 | 35 | 52 => *byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}

/// SHA-256 over the RFC 8785 form of what the action would carry out.
fn digest_of(action: &Action<'_>, canonical_arguments: &[u8], scratch: &mut Vec<u8>) -> [u8; 32] {
    scratch.clear();
    let parts: [(&[u8], Option<&[u8]>); 6] = [
        (b"agent_id", Some(action.agent_id)),
        (b"arguments", action.arguments.map(|_| canonical_arguments)),
        (b"environment", action.environment),
        (b"tenant_id", action.tenant_id),
        (b"tool", action.tool),
        (b"topic", Some(action.topic)),
    ];
    push_members(scratch, &parts);
    sha256(scratch)
}

/// An object of the members that are there.
fn push_members(out: &mut Vec<u8>, parts: &[(&[u8], Option<&[u8]>)]) {
    let mut before = b'{';
    for (name, value) in parts {
        let Some(value) = value else { continue };
        out.push(before);
        out.push(b'"');
        out.extend_from_slice(name);
        out.extend_from_slice(b"\":");
        out.extend_from_slice(value);
        before = b',';
    }
    out.push(b'}');
}

/// Put the verdict into the lane's memory, as `VerdictMemory.put`.
fn remember(py: Python<'_>, found: &Found<'_>, form: &Form, now_ms: i64) -> PyResult<()> {
    let segment: u64 = found.verdicts.getattr(intern!(py, "next_segment"))?.extract()?;
    let mut entry = Vec::with_capacity(49);
    entry.extend_from_slice(&found.key);
    entry.extend_from_slice(&found.digest);
    entry.push(form.code);
    found.verdicts.getattr(intern!(py, "opened"))?.cast::<PyList>()?.append(PyBytes::new(py, &entry))?;
    entry.extend_from_slice(&segment.to_be_bytes()[2..]);
    found.entries.set_item(PyBytes::new(py, &found.key), PyBytes::new(py, &entry[16..]))?;
    found.attempts.set_item(&found.prefix, PyList::new(py, [now_ms])?)
}

/// What the records of a lane and time have in common, asked for once per lane and time.
fn moment<'a>(
    moments: &'a mut HashMap<u32, Moment>,
    make: &Bound<'_, PyAny>,
    lane: &Lane<'_, '_>,
) -> PyResult<&'a Moment> {
    let (partition, now_ms) = (lane.partition, lane.now_ms);
    let is_known = moments.get(&partition).is_some_and(|moment| moment.now_ms == now_ms);
    if !is_known {
        type Given<'py> = (Vec<u8>, Vec<u8>, Bound<'py, PyAny>, Bound<'py, PyAny>, Bound<'py, PyAny>);
        let (at, origin, cleared, refused, audit): Given<'_> = make.call1((partition, now_ms))?.extract()?;
        let [cleared_headers, refused_headers, audit_headers] =
            [Headers::of(&cleared)?, Headers::of(&refused)?, Headers::of(&audit)?];
        moments.insert(partition, Moment { now_ms, at, origin, cleared_headers, refused_headers, audit_headers });
    }
    Ok(&moments[&partition])
}

/// 32 digits that name the decision.
fn write_decision_id(out: &mut Vec<u8>, action: &Action<'_>, digest: &[u8], scratch: &mut Vec<u8>) {
    scratch.clear();
    push_hex(scratch, digest);
    out.clear();
    push_hex(out, &id_hash(&[b"decision", text_of(action.agent_id), text_of(action.action_id), scratch]));
}

fn write_decision(out: &mut Vec<u8>, action: &Action<'_>, middle: &[u8], moment: &Moment, id: &[u8], digest: &[u8]) {
    out.clear();
    for part in [
        b"{\"decision_id\":\"",
        id,
        b"\",\"action_id\":",
        action.action_id,
        b",\"agent_id\":",
        action.agent_id,
        middle,
        &moment.at,
        b"\",\"decided_by\":{\"kind\":\"rule\"},\"action_digest\":\"",
    ] {
        out.extend_from_slice(part);
    }
    push_hex(out, digest);
    out.extend_from_slice(b"\"}");
}

/// The release of an action to executors, or its refusal to the agent.
fn write_answer(out: &mut Vec<u8>, action: &Action<'_>, form: &Form, decision: &[u8]) {
    out.clear();
    if !form.is_released {
        let parts: [(&[u8], Option<&[u8]>); 3] = [
            (b"action_id", Some(action.action_id)),
            (b"agent_id", Some(action.agent_id)),
            (b"decision", Some(decision)),
        ];
        push_members(out, &parts);
        return;
    }
    out.extend_from_slice(b"{\"action\":");
    let parts: [(&[u8], Option<&[u8]>); 8] = [
        (b"action_id", Some(action.action_id)),
        (b"agent_id", Some(action.agent_id)),
        (b"arguments", action.arguments),
        (b"environment", action.environment),
        (b"tenant_id", action.tenant_id),
        (b"tool", action.tool),
        (b"topic", Some(action.topic)),
        (b"session_id", action.session_id),
    ];
    push_members(out, &parts);
    out.extend_from_slice(b",\"decision\":");
    out.extend_from_slice(decision);
    out.push(b'}');
}

/// The next record of the lane's audit chain; gives its number.
fn write_audit(
    out: &mut Vec<u8>,
    state: &Bound<'_, PyAny>,
    moment: &Moment,
    offset: u64,
    action: &Action<'_>,
    decision: &[u8],
    end: &[u8],
) -> PyResult<u64> {
    let py = state.py();
    let seq = state.getattr(intern!(py, "audit_seq"))?.extract::<u64>()? + 1;
    let head = state.getattr(intern!(py, "audit_head"))?;
    out.clear();
    out.extend_from_slice(b"{\"seq\":");
    push_number(out, seq);
    out.extend_from_slice(b",\"prev\":\"");
    out.extend_from_slice(head.cast::<PyString>()?.to_str()?.as_bytes());
    out.push(b'"');
    out.extend_from_slice(&moment.origin);
    push_number(out, offset);
    out.extend_from_slice(b"},\"agent_id\":");
    for part in [
        action.agent_id,
        b",\"action_id\":",
        action.action_id,
        b",\"topic\":",
        action.topic,
        b",\"tool\":",
        action.tool.unwrap_or(b"null"),
        b",\"decision\":",
        decision,
        end,
    ] {
        out.extend_from_slice(part);
    }
    Ok(seq)
}

fn dict_of<'py>(owner: &Bound<'py, PyAny>, name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyDict>> {
    Ok(owner.getattr(name)?.cast_into::<PyDict>()?)
}

fn ascii(text: &[u8]) -> PyResult<&str> {
    std::str::from_utf8(text).map_err(|error| PyValueError::new_err(error.to_string()))
}
