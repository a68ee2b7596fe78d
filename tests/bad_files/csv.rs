use batchprop::data::read::Reading;
use batchprop::data::read::csv;
use batchprop::data::read::csv::CsvFiles;
use batchprop::data::read::csv::LabelColumn;
use batchprop::data::read::scale::PixelRange;
use batchprop::{Digits, Error};

use super::{check_table, row};

fn read_with(path: &std::path::Path, reading: &Reading) -> Result<Digits, Error> {
    let learning = path.to_owned();
    csv::read(&CsvFiles { learning, test: None }, reading)
}

#[test]
fn bad_csv_files_are_refused_with_row_and_column() {
    let rows = vec![
        row("empty", "", &["row 0", "an empty file"]),
        row("a header only", "label,a,b\n", &["row 1", "a header only"]),
        row(
            "a short row",
            "label,a,b\n1,2,3\n1,2\n",
            &["row 3", "3 values, as in row 1", "2 values"],
        ),
        row("a long row", "1,2,3\n1,2,3,4\n", &["row 2", "found 4 values"]),
        row(
            "a word",
            "label,a,b\n1,2,3\n1,two,3\n",
            &["row 3, column 2", "a finite number", "found \"two\""],
        ),
        row(
            "a word in the first row",
            "5,2,x\n",
            &["row 1, column 3", "\"x\" beside numbers"],
        ),
        row("nothing", "label,a\n1,\n", &["row 2, column 2", "found nothing"]),
        row("NaN", "label,a\n1,nan\n", &["row 2, column 2", "\"nan\""]),
        row("infinite", "label,a\n1,1e99\n", &["row 2, column 2", "\"1e99\""]),
        row(
            "a negative label",
            "label,a\n1,2\n-1,2\n0,1\n",
            &["row 3, column 1", "a label", "found -1"],
        ),
        row(
            "a fraction as label",
            ",a,target\n0,2,1\n1,2,0.5\n2,1,0\n",
            &["row 3, column 3", "column \"target\"", "found 0.5"],
        ),
        row(
            "a label above 255",
            "label,a\n256,2\n",
            &["row 2, column 1", "found 256"],
        ),
        row(
            "labels alone",
            "label\n1\n",
            &["row 2", "a label and at least one pixel"],
        ),
        row("two images", "label,a\n1,2\n0,2\n", &["at least 3", "found 2"]),
        row(
            "no text",
            b"label,a\n1,\xff\xfe\x00\n".as_slice(),
            &["row 2, column 2"],
        ),
        row("a quotation mark", "label,a\n1,\"2\n1,3\n", &["row 2"]),
    ];
    check_table("digits.csv", rows, |path| read_with(path, &Reading::default()));
}

#[test]
fn a_label_column_that_is_not_there_is_refused_with_the_nearest() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("digits.csv");
    std::fs::write(&path, "a,digits,b\n1,2,3\n").unwrap();
    let named = |name: &str| Reading {
        label_column: Some(LabelColumn::from(name)),
        ..Reading::default()
    };
    let error = read_with(&path, &named("digit")).unwrap_err();
    assert!(
        error.is_usage() && error.to_string().contains("such as digits"),
        "{error}"
    );
    std::fs::write(&path, "1,2,3\n").unwrap();
    let error = read_with(&path, &named("digit")).unwrap_err().to_string();
    assert!(error.contains("has no header"), "{error}");
}

#[test]
fn rows_that_do_not_fit_a_network_are_refused() {
    let rows = vec![row(
        "two pixels",
        "a,b\n1,2\n",
        &["row 2", "784 numbers", "found 2 numbers"],
    )];
    check_table("test.csv", rows, |path| {
        csv::read_rows(path, 784, None, PixelRange::Guess)
    });
}
