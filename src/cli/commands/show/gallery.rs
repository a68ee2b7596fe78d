//! Many images side by side, each with a few words below it.

use batchprop::images::pixels::ImageShape;

use crate::cli::output::terminal::Terminal;

/// Between images.
const GAP: usize = 2;

/// An image as lines of text, each as wide as the image has columns.
#[derive(Debug, Clone)]
pub struct Image {
    pub lines: Vec<String>,
    pub caption: Vec<String>,
}

/// As many images per row as fit into the terminal.
pub fn text(images: &[Image], shape: ImageShape, terminal: Terminal) -> String {
    let caption_width = |image: &Image| image.caption.iter().map(|line| line.chars().count()).max();
    let width = images
        .iter()
        .filter_map(caption_width)
        .max()
        .unwrap_or(0)
        .max(shape.columns);
    let across = ((terminal.columns + GAP) / (width + GAP)).max(1);
    let parts: [fn(&Image) -> &Vec<String>; 2] = [|image| &image.lines, |image| &image.caption];
    let mut text = String::new();
    for row in images.chunks(across) {
        for part in parts {
            let height = row.iter().map(|image| part(image).len()).max();
            for line in 0..height.unwrap_or(0) {
                let cells = row.iter().map(|image| {
                    let cell = part(image).get(line).map_or("", String::as_str);
                    let missing = (width + GAP).saturating_sub(console::measure_text_width(cell));
                    format!("{cell}{:missing$}", "")
                });
                text.push_str(cells.collect::<String>().trim_end());
                text.push('\n');
            }
        }
        text.push('\n');
    }
    text
}
