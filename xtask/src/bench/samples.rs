//! What the comparison measured: a line of JSON for each contender, kept as it came.

use serde_json::{Value, json};

use super::machine::Setting;

/// The batches of every contender.
#[derive(Debug, Default)]
pub(super) struct Samples(Vec<Sample>);

#[derive(Debug)]
struct Sample {
    back_end: String,
    group: String,
    contender: String,
    /// Nanoseconds per operation. The nth batches of one group and back end were taken in one round.
    batches: Vec<f64>,
}

impl Samples {
    /// Takes in the output of one process, whose rounds follow those of the processes before.
    pub(super) fn read(&mut self, output: &str) -> Result<(), String> {
        for line in output.lines() {
            let value = serde_json::from_str(line).ok();
            let sample = value
                .as_ref()
                .and_then(Sample::of_json)
                .ok_or_else(|| format!("the comparison said: {line}"))?;
            match self.0.iter_mut().find(|earlier| earlier.names() == sample.names()) {
                Some(earlier) => earlier.batches.extend(sample.batches),
                None => self.0.push(sample),
            }
        }
        Ok(())
    }

    /// The batches of one contender, if it took part.
    pub(super) fn batches(&self, back_end: &str, group: &str, contender: &str) -> Option<&[f64]> {
        let wanted = [back_end, group, contender];
        self.0.iter().find(|sample| sample.names() == wanted).map(|sample| sample.batches.as_slice())
    }

    /// What was kept of a run.
    pub(super) fn of_kept(text: &str) -> Option<(Setting, Self)> {
        let value: Value = serde_json::from_str(text).ok()?;
        let samples = value["samples"].as_array()?.iter().map(Sample::of_json).collect::<Option<_>>()?;
        Some((Setting::of_json(&value["setting"])?, Self(samples)))
    }

    /// All of it, with the setting, as JSON: a line for each contender, so that two runs can be compared by
    /// line.
    pub(super) fn write(&self, setting: &Setting) -> String {
        let lines: Vec<String> = self.0.iter().map(Sample::write).collect();
        format!("{{\"setting\": {},\n\"samples\": [\n{}\n]}}\n", setting.to_json(), lines.join(",\n"))
    }
}

impl Sample {
    fn of_json(value: &Value) -> Option<Self> {
        let text = |name: &str| value[name].as_str().map(str::to_owned);
        let batches = value["batches"].as_array()?.iter().map(Value::as_f64).collect::<Option<Vec<f64>>>()?;
        Some(Self {
            back_end: text("back_end")?,
            group: text("group")?,
            contender: text("contender")?,
            batches,
        })
    }

    fn names(&self) -> [&str; 3] {
        [&self.back_end, &self.group, &self.contender]
    }

    fn write(&self) -> String {
        let Self { back_end, group, contender, batches } = self;
        let line = json!({"back_end": back_end, "group": group, "contender": contender, "batches": batches});
        line.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"back_end":"b","group":"g","contender":"c","batches":[1.5,2]}"#;

    #[test]
    fn a_line_is_found_again_by_all_its_names() {
        let mut samples = Samples::default();
        samples.read(LINE).unwrap();
        assert_eq!(samples.batches("b", "g", "c"), Some([1.5, 2.0].as_slice()));
        for (back_end, group, contender) in [("x", "g", "c"), ("b", "x", "c"), ("b", "g", "x")] {
            assert_eq!(samples.batches(back_end, group, contender), None);
        }
    }

    #[test]
    fn a_line_that_is_no_sample_is_an_error() {
        for line in ["", "{}", r#"{"back_end":"b","group":"g","contender":"c","batches":["1"]}"#] {
            assert!(Samples::default().read(&format!("{line}\n")).is_err(), "{line}");
        }
    }

    #[test]
    fn what_is_kept_is_json_and_has_every_batch() {
        let mut samples = Samples::default();
        samples.read(&format!("{LINE}\n{LINE}\n")).unwrap();
        let kept: Value = serde_json::from_str(&samples.write(&Setting::example())).unwrap();
        assert_eq!(kept["samples"].as_array().unwrap().len(), 1);
        assert_eq!(kept["samples"][0]["batches"], json!([1.5, 2.0, 1.5, 2.0]));
        assert_eq!(kept["setting"]["rounds"], 50);
        let (setting, again) = Samples::of_kept(&kept.to_string()).unwrap();
        assert_eq!(setting, Setting::example());
        assert_eq!(again.batches("b", "g", "c"), Some([1.5, 2.0, 1.5, 2.0].as_slice()));
    }
}
