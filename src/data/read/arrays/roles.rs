//! Which arrays or files are images and which are labels, by the words in their names: `x_train` and `y_train`,
//! `train_images` and `train_labels`, `trainX` and `trainY`, `X` and `y`, in any case.

use crate::data::read::names::{IMAGES, LABELS, TEST, TRAINING, VALIDATION, words};

/// The names of images and their labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Roles {
    pub learning: (String, String),
    pub validation: Option<(String, String)>,
    pub test: Option<(String, String)>,
}

/// What the arrays of these names are; `None` where no two belong together.
pub(crate) fn roles(names: &[String]) -> Option<Roles> {
    if let Some(learning) = pair(names, Some(&TRAINING)) {
        return Some(Roles {
            learning,
            validation: pair(names, Some(&VALIDATION)),
            test: pair(names, Some(&TEST)),
        });
    }
    pair(names, None).map(|learning| Roles {
        learning,
        validation: None,
        test: None,
    })
}

/// Images and labels of a part: two names that have the same words beside those of their roles.
pub(super) fn pair(names: &[String], part: Option<&[&str]>) -> Option<(String, String)> {
    let others = |name: &str, role: &str| -> Option<Vec<String>> {
        let mut words = words(name);
        let at = words.iter().position(|word| word == role)?;
        words.remove(at);
        if let Some(part) = part {
            let at = words.iter().position(|word| part.contains(&&**word))?;
            words.remove(at);
        } else if !words.is_empty() {
            return None;
        }
        Some(words)
    };
    for images_role in IMAGES {
        for images in names {
            let Some(beside) = others(images, images_role) else {
                continue;
            };
            let labels = LABELS.iter().find_map(|role| {
                names
                    .iter()
                    .find(|name| others(name, role).as_ref() == Some(&beside))
            });
            if let Some(labels) = labels {
                return Some((images.clone(), labels.clone()));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(names: &str) -> Option<String> {
        let names: Vec<String> = names.split(' ').map(str::to_owned).collect();
        roles(&names).map(|Roles { learning, test, .. }| {
            let shown = |(images, labels): (String, String)| format!("{images} {labels}");
            shown(learning) + &test.map_or(String::new(), |test| " | ".to_owned() + &shown(test))
        })
    }

    #[test]
    fn the_usual_names_are_understood() {
        let keras = found("y_test x_test x_train y_train").unwrap();
        assert_eq!(keras, "x_train y_train | x_test y_test");
        assert_eq!(found("X y").unwrap(), "X y");
        assert_eq!(found("images labels").unwrap(), "images labels");
        assert_eq!(found("data target images").unwrap(), "images target");
        let medical = "train_images val_images test_images train_labels val_labels test_labels";
        assert_eq!(
            found(medical).unwrap(),
            "train_images train_labels | test_images test_labels"
        );
        assert_eq!(found("X_train Y_train").unwrap(), "X_train Y_train");
        assert_eq!(
            found("trainX trainY testX testY").unwrap(),
            "trainX trainY | testX testY"
        );
        let kannada = found("X_kannada_MNIST_train y_kannada_MNIST_train").unwrap();
        assert_eq!(kannada, "X_kannada_MNIST_train y_kannada_MNIST_train");
        assert_eq!(found("x_test y_test"), None);
        assert_eq!(found("weights biases"), None);
    }
}
