//! The names of classes: those of their labels, else their numbers.

use serde_json::{Value, json};

/// The names of a network's or a data set's classes.
#[derive(Debug, Clone, Default)]
pub struct ClassNames(Option<Vec<String>>);

impl ClassNames {
    /// With these names, if there are any.
    pub fn of(names: Option<&[String]>) -> Self {
        Self(names.map(<[String]>::to_vec))
    }

    /// A class as people read it.
    pub fn name(&self, class: usize) -> String {
        match self.0.as_ref().and_then(|names| names.get(class)) {
            Some(name) => name.clone(),
            None => class.to_string(),
        }
    }

    /// A class in JSON: its name, else its number.
    pub fn json(&self, class: usize) -> Value {
        match self.0 {
            Some(_) => json!(self.name(class)),
            None => json!(class),
        }
    }

    /// All of `classes`.
    pub fn all(&self, classes: usize) -> Vec<String> {
        (0..classes).map(|class| self.name(class)).collect()
    }

    /// The widest name of `classes`.
    pub fn width(&self, classes: usize) -> usize {
        let names = self.all(classes);
        names.iter().map(|name| name.chars().count()).max().unwrap_or(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_without_names_are_numbers() {
        let none = ClassNames::default();
        assert_eq!(
            (none.name(3), none.json(3), none.width(11)),
            ("3".to_owned(), json!(3), 2)
        );
        let names = ClassNames::of(Some(&["cat".to_owned(), "mouse".to_owned()]));
        assert_eq!(
            (names.name(1), names.json(0), names.width(2)),
            ("mouse".to_owned(), json!("cat"), 5)
        );
    }
}
