//! Bad CSV files. Good ones are read in the unit tests and the tests of the program.

use std::path::Path;

use batchprop::data::read::Reading;
use batchprop::data::read::csv::{self, CsvFiles, LabelColumn};
use batchprop::{Digits, Error};

use super::check_table;

fn read_with(path: &Path, reading: &Reading) -> Result<Digits, Error> {
    let learning = path.to_owned();
    csv::read(&CsvFiles::alone(learning), reading)
}

#[test]
fn bad_csv_files_are_refused_with_row_and_column() {
    let rows = rows! {
        "empty": "" => "row 0", "an empty file";
        "a header only": "label,a,b\n" => "row 1", "a header only";
        "a short row": "label,a,b\n1,2,3\n1,2\n" => "row 3", "3 values, as in row 1", "2 values";
        "a long row": "1,2,3\n1,2,3,4\n" => "row 2", "found 4 values";
        "a word": "label,a,b\n1,2,3\n1,two,3\n" => "row 3, column 2", "a finite number", "found \"two\"";
        "a word in the first row": "5,2,x\n" => "row 1, column 3", "\"x\" beside numbers";
        "nothing": "label,a\n1,\n" => "row 2, column 2", "found nothing";
        "NaN": "label,a\n1,nan\n" => "row 2, column 2", "\"nan\"";
        "infinite": "label,a\n1,1e99\n" => "row 2, column 2", "\"1e99\"";
        "a negative label": "label,a\n1,2\n-1,2\n0,1\n" => "row 3, column 1", "a label", "found -1";
        "a fraction as label": ",a,target\n0,2,1\n1,2,0.5\n2,1,0\n" =>
            "row 3, column 3", "column \"target\"", "found 0.5";
        "a label above 255": "label,a\n256,2\n" => "row 2, column 1", "found 256";
        "labels alone": "label\n1\n" => "row 2", "a label and at least one pixel";
        "two images": "label,a\n1,2\n0,2\n" => "at least 3", "found 2";
        "no text": b"label,a\n1,\xff\xfe\x00\n" => "row 2, column 2";
        "a quotation mark": "label,a\n1,\"2\n1,3\n" => "row 2";
    };
    check_table("digits.csv", |path| read_with(path, &Reading::default()), rows);
}

#[test]
fn a_label_column_that_is_not_there_is_refused_with_the_nearest() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let message = |text: &str| {
        std::fs::write(file.path(), text).unwrap();
        let reading = Reading {
            label_column: Some(LabelColumn::from("digit")),
            ..Reading::default()
        };
        let error = read_with(file.path(), &reading).unwrap_err();
        assert!(error.is_usage(), "{error}");
        error.to_string()
    };
    let error = message("a,digits,b\n1,2,3\n");
    assert!(error.contains("such as digits"), "{error}");
    let error = message("1,2,3\n");
    assert!(error.contains("has no header"), "{error}");
}

#[test]
fn rows_that_do_not_fit_a_network_are_refused() {
    let rows = rows! { "two pixels": "a,b\n1,2\n" => "row 2", "784 numbers", "found 2 numbers"; };
    let read = |path: &Path| csv::read_rows(path, 784, &Reading::default());
    check_table("test.csv", read, rows);
}
