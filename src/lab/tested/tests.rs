//! What is read is what was written; what is not of that form is refused, and the place is named.

use eigenlens_core::Head;
use nalgebra::DMatrix;
use proptest::prelude::*;

use super::*;
use crate::lab::claims::Draws;

const ROW: &str = "\"a, \"\"b\"\"\",2,3,54,32,53,gauge-free,overlap,1,0.5,100,0.25,0.125,0.375,99,,,,,";

fn table(rows: &[&str]) -> String {
    format!("{COLUMNS}\n{}\n", rows.join("\n"))
}

fn line(more: &str) -> String {
    format!("[{{\"group\":\"g\",\"layer\":1,\"head\":1,\"tokens\":4,\"value_dim\":2,\"test\":\"overlap\"{more}}}]")
}

#[test]
fn a_row_and_a_line_say_the_same() {
    let of_csv = read("f", &table(&[ROW])).expect("tests");
    let json = "[{\"group\":\"a, \\\"b\\\"\",\"layer\":2,\"head\":3,\"tokens\":54,\"value_dim\":32,\"axes\":53,\
                \"kind\":\"gauge-free\",\"test\":\"overlap\",\"theorem\":1.0,\"value\":0.5,\"permuted\":{\"draws\":100,\
                \"mean\":0.25,\"low\":0.125,\"high\":0.375,\"below\":99},\"random\":null}]";
    assert_eq!(of_csv, read("f", json).expect("tests"));
    assert!(are_tests(json) && are_tests(&table(&[ROW])));
    let [group] = of_csv.groups.as_slice() else {
        panic!("one group")
    };
    assert_eq!(
        (group.name.as_str(), group.heads_in_layer, group.heads.len()),
        ("a, \"b\"", 3, 6)
    );
    let cells = group.test(0);
    assert_eq!(cells[5].value, Some(0.5));
    assert_eq!(cells[5].outside(), Some(true));
    assert_eq!(cells[0], Cell::default());
    assert_eq!(cells[0].outside(), None);
}

#[test]
fn what_is_no_file_of_tests_is_refused_and_the_place_is_named() {
    let refused = |text: &str| read("f", text).expect_err("it is refused").to_string();
    for (text, told) in [
        (line(",\"value\":1e999"), "finite number"),
        (line(",\"value\":\"x\""), "finite number"),
        (line(",\"permuted\":{\"mean\":1}"), "a null with mean, low and high"),
        (
            line(",\"permuted\":{\"mean\":1,\"low\":2,\"high\":1}"),
            "a null with mean, low and high",
        ),
        (line("").replace("\"layer\":1", "\"layer\":0"), "layer and head, from 1"),
        (
            line("").replace("\"layer\":1", "\"layer\":1001"),
            "a number from 1 to 1000",
        ),
        (line("").replace("overlap", "another"), "no test that is known"),
        ("[]".to_owned(), "no test that is known"),
        (line("") + "x", "the end of the text"),
        ("[".to_owned(), "an object"),
        (table(&[]), "no test that is known"),
        (
            table(&[ROW, ROW]),
            "overlap of layer 2, head 3 of “a, \"b\"” stands twice",
        ),
        (
            table(&[ROW, &ROW.replace("2,3,54", "2,4,55")]),
            "layer 2, head 4 of “a, \"b\"” has 55 tokens",
        ),
        (
            table(&[&ROW.replace("0.25", "NaN")]),
            "line 2, character 54: expected a finite number, found NaN",
        ),
        (table(&[&ROW.replace("0.25", "")]), "a null with mean, low and high"),
        (table(&["\"g\",1"]), "20 fields"),
        (table(&["g,1"]), "a name in quotation marks"),
        ("group,layer,head,other".to_owned(), "the columns of eigenlens claims"),
    ] {
        assert!(refused(&text).contains(told), "{text}: {}", refused(&text));
    }
    assert!(!are_tests("{\"query\":[[1]]}") && !are_tests("x,y\n1,2"));
}

#[test]
fn what_is_computed_here_has_a_cell_for_each_test() {
    let keys = DMatrix::from_row_slice(4, 2, &[0.5, -1.0, 1.5, 0.25, -0.75, 0.5, 0.0, 1.25]);
    let head = Head::new(keys.clone(), keys.clone(), keys).expect("a head");
    let of = |count| cells(&HeadClaims::new(&head, 0, Draws { count, seed: 1 }).expect("tests"));
    let (alone, beside) = (of(0), of(5));
    for (alone, beside) in std::iter::zip(alone, beside) {
        assert_eq!(alone.value, beside.value);
        assert_eq!(alone.null, None);
    }
    assert!(beside[0].null.is_some() && beside[8].null.is_some());
    assert_eq!(beside[13].null, None);
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in ".*", at in 0_usize..400, put in "[\"0-9,{}a]{0,3}") {
        read("f", &text).ok();
        for whole in [table(&[ROW]), line(",\"value\":1,\"permuted\":{\"mean\":1,\"low\":0,\"high\":2}")] {
            let at = at.min(whole.len());
            if whole.is_char_boundary(at) {
                let (before, after) = whole.split_at(at);
                read("f", &format!("{before}{put}{after}")).ok();
                read("f", before).ok();
            }
        }
    }
}
