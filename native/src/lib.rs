//! The gate's short way, compiled. `streams/native_step.py` loads it where it was built, and `streams/plain_step.py`
//! does the same without it: neither decides anything that the other would not, as a property test holds them to.

use pyo3::prelude::*;

mod action;
mod digests;
mod forms;
mod records;
mod scan;
mod step;

/// `streams._native`.
#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<forms::Form>()?;
    module.add_class::<records::Outgoing>()?;
    module.add_class::<step::NativeStep>()
}
