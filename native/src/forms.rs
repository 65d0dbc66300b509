//! What policy makes of an action, remembered by all that the verdict depends on.
//!
//! Nothing is decided here. `streams.native_step` says which fields the bundle reads and at which points it cuts their
//! numbers; two actions that are alike in that have one verdict, and the first of them is decided by the bundle itself.

use std::collections::HashMap;
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::action::Action;

/// Kinds of actions that are remembered; none is let go of, so that a flood of new kinds costs only the flood. About
/// 1.5 KB each.
const MAX_FORMS: usize = 4_096;
/// Stands between the parts of a key; no id holds it.
const END: u8 = 0x1f;

/// How the records about one kind of action are written: everything in them that is the same for all of the kind.
#[pyclass(frozen)]
pub struct Form {
    /// The key of tool and topic in the first-time memory.
    pub seen_key: Py<PyAny>,
    /// Whether the action is released; else it is refused.
    pub is_released: bool,
    /// The verdict's code in the memory.
    pub code: u8,
    /// The least hash that is picked as a sample, as bytes that compare with it; `None` where none is.
    pub cut: Option<Vec<u8>>,
    /// What is written and counted where the action is no sample, and where it is one.
    variants: [Variant; 2],
}

/// What depends on whether an action is a sample.
pub struct Variant {
    /// The decision from behind the agent's id to before the time.
    pub middle: Vec<u8>,
    /// The audit record from behind the decision to its end.
    pub end: Vec<u8>,
    /// What is counted.
    pub facts: Py<PyTuple>,
}

type Given = (Vec<u8>, Vec<u8>, Py<PyTuple>);

#[pymethods]
impl Form {
    #[new]
    #[pyo3(signature = (seen_key, *, is_released, code, cut, passed, picked))]
    fn new(
        seen_key: Py<PyAny>,
        is_released: bool,
        code: u8,
        cut: Option<Vec<u8>>,
        passed: Given,
        picked: Given,
    ) -> Self {
        let variants = [passed, picked].map(|(middle, end, facts)| Variant { middle, end, facts });
        Form { seen_key, is_released, code, cut, variants }
    }
}

impl Form {
    /// What is written and counted about an action that is a sample or none.
    pub fn variant(&self, is_sampled: bool) -> &Variant {
        &self.variants[usize::from(is_sampled)]
    }
}

/// What of an action decides about it, and the forms of those that were seen.
pub struct Forms {
    reads_agent: bool,
    confidence_cuts: Vec<f64>,
    anomaly_cuts: Vec<f64>,
    known: HashMap<Vec<u8>, Option<Arc<Py<Form>>>>,
    key: Vec<u8>,
}

impl Forms {
    /// Forms under a bundle; `reads_agent` says that its rules tell agents apart.
    pub fn new(reads_agent: bool, confidence_cuts: Vec<f64>, anomaly_cuts: Vec<f64>) -> Self {
        Forms { reads_agent, confidence_cuts, anomaly_cuts, known: HashMap::new(), key: Vec::new() }
    }

    /// The form of an action, `None` where it goes the long way; `make` asks the bundle about one of a new kind.
    pub fn find(
        &mut self,
        action: &Action<'_>,
        make: impl FnOnce() -> PyResult<Option<Py<Form>>>,
    ) -> PyResult<Option<Arc<Py<Form>>>> {
        self.write_key(action);
        if let Some(found) = self.known.get(&self.key) {
            return Ok(found.clone());
        }
        let form = make()?.map(Arc::new);
        if self.known.len() < MAX_FORMS {
            self.known.insert(self.key.clone(), form.clone());
        }
        Ok(form)
    }

    fn write_key(&mut self, action: &Action<'_>) {
        let key = &mut self.key;
        key.clear();
        let agent = self.reads_agent.then_some(action.agent_id);
        for part in [Some(action.topic), action.tool, action.environment, action.tenant_id, action.risk_tags, agent] {
            // An empty part is an absent field: a text has its quotation marks.
            key.extend_from_slice(part.unwrap_or_default());
            key.push(END);
        }
        for (number, cuts) in [(action.confidence, &self.confidence_cuts), (action.anomaly_score, &self.anomaly_cuts)] {
            key.extend_from_slice(&cell(number, cuts).to_le_bytes());
        }
    }
}

/// Which cuts a number is beyond, and whether it is one of them; 0 where it is absent.
fn cell(number: Option<f64>, cuts: &[f64]) -> u32 {
    let Some(number) = number else { return 0 };
    let below = cuts.partition_point(|cut| *cut < number);
    let up_to = cuts.partition_point(|cut| *cut <= number);
    1 + (below + up_to) as u32
}
