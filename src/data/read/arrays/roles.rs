//! Which arrays are images and which are labels, by their names: `x_train` and `y_train`, `train_images` and
//! `train_labels`, `X` and `y`, in any case.

/// What images are called.
const IMAGES: [&str; 4] = ["x", "images", "data", "features"];

/// What labels are called.
const LABELS: [&str; 6] = ["y", "labels", "label", "target", "targets", "classes"];

const TRAINING: [&str; 3] = ["train", "training", "learning"];
const TEST: [&str; 2] = ["test", "testing"];

/// The names of images and their labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Roles {
    pub learning: (String, String),
    pub test: Option<(String, String)>,
}

/// What the arrays of these names are; `None` where no two belong together.
pub(crate) fn roles(names: &[String]) -> Option<Roles> {
    if let Some(learning) = TRAINING.iter().find_map(|part| pair(names, Some(part))) {
        let test = TEST.iter().find_map(|part| pair(names, Some(part)));
        return Some(Roles { learning, test });
    }
    pair(names, None).map(|learning| Roles { learning, test: None })
}

/// Images and labels of a part.
fn pair(names: &[String], part: Option<&str>) -> Option<(String, String)> {
    let called = |stem: &str| {
        let wanted = match part {
            Some(part) => [format!("{stem}_{part}"), format!("{part}_{stem}")],
            None => [stem.to_owned(), String::new()],
        };
        let mut all = names.iter();
        all.find(|name| wanted.iter().any(|wanted| name.eq_ignore_ascii_case(wanted)))
    };
    let images = IMAGES.into_iter().find_map(called)?;
    let labels = LABELS.into_iter().find_map(called)?;
    Some((images.clone(), labels.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(names: &str) -> Option<String> {
        let names: Vec<String> = names.split(' ').map(str::to_owned).collect();
        roles(&names).map(|Roles { learning, test }| {
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
        assert_eq!(found("x_test y_test"), None);
        assert_eq!(found("weights biases"), None);
    }
}
