//! What was measured, and where.

use serde_json::Value;

use crate::bench::Setting;

pub(super) struct Junk {
    pub(super) date: String,
    pub(super) processor: String,
    pub(super) rustc: String,
    pub(super) shapes: Vec<String>,
    /// A contender's name, and its milliseconds for each shape.
    pub(super) columns: Vec<(String, Vec<f64>)>,
}

impl Junk {
    /// Nothing measured yet, here and now.
    pub(super) fn here(shapes: &Value) -> Result<Self, String> {
        let setting = Setting::here(0, false)?;
        let shapes = shapes.as_array().into_iter().flatten();
        Ok(Self {
            date: setting.date,
            processor: setting.processor,
            rustc: setting.rustc,
            shapes: shapes.filter_map(|shape| shape["label"].as_str().map(str::to_owned)).collect(),
            columns: Vec::new(),
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::behaviour) fn junk() -> Junk {
        Junk {
            date: "2027-01-15".into(),
            processor: "Some processor".into(),
            rustc: "rustc 1.95.0".into(),
            shapes: vec!["no dot".into()],
            columns: vec![("countersign".into(), vec![0.004]), ("jwt-simple".into(), vec![0.005])],
        }
    }
}
