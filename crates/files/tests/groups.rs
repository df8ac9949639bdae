//! All heads of a file, in groups.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use eigenlens_files::{Error, Tensor, TensorFile, head_groups};

/// A file with `query`, `key` and `value` of a shape before these names.
fn with(file: &mut TensorFile, before: &str, shape: &[usize]) {
    for (at, part) in ["query", "key", "value"].into_iter().enumerate() {
        let count: usize = shape.iter().product();
        let data = (0..count).map(|x| (x + 1000 * at) as f64).collect();
        let name = format!("{before}{part}");
        let tensor = Tensor::new(&name, shape.to_vec(), data).unwrap();
        file.insert(name, tensor);
    }
}

#[test]
fn every_shape_gives_its_heads() {
    for (shape, layers, heads) in [(&[5, 2][..], 1, 1), (&[3, 5, 2], 1, 3), (&[4, 3, 5, 2], 4, 3)] {
        let mut file = TensorFile::new();
        with(&mut file, "", shape);
        let groups = head_groups(&file).unwrap();
        let [group] = groups.as_slice() else {
            panic!("{groups:?}")
        };
        assert_eq!(
            (group.name.as_str(), group.layers, group.heads_in_layer),
            ("", layers, heads)
        );
        assert_eq!(group.heads.len(), layers * heads);
        let last = group.heads.last().unwrap();
        let before = (10 * (layers * heads - 1)) as f64;
        assert_eq!(last.query(0), Some(vec![before, before + 1.0]));
        assert_eq!(last.value(4), Some(vec![2008.0 + before, 2009.0 + before]));
    }
}

#[test]
fn groups_come_in_the_order_of_their_names() {
    let mut file = TensorFile::new();
    for before in ["b.", "a.", "a.b."] {
        with(&mut file, before, &[2, 3, 5, 2]);
    }
    // Neither of these is a group.
    for name in ["monkey", "other"] {
        file.insert(name, Tensor::new(name, vec![1], vec![1.0]).unwrap());
    }
    let names: Vec<String> = head_groups(&file)
        .unwrap()
        .into_iter()
        .map(|group| group.name)
        .collect();
    assert_eq!(names, ["a", "a.b", "b"]);
}

#[test]
fn what_is_wrong_is_named() {
    let none = head_groups(&TensorFile::new()).unwrap_err();
    assert!(
        none.to_string().contains("query") || none.to_string().contains("key"),
        "{none}"
    );
    let mut deep = TensorFile::new();
    with(&mut deep, "", &[1, 1, 1, 1, 1]);
    let error = head_groups(&deep).unwrap_err();
    assert!(
        error.to_string().contains("expected [N, D], [H, N, D] or [L, H, N, D]"),
        "{error}"
    );
    let mut odd = TensorFile::new();
    with(&mut odd, "t.", &[2, 3, 5, 2]);
    odd.insert(
        "t.value",
        Tensor::new("t.value", vec![2, 4, 5, 2], vec![0.0; 80]).unwrap(),
    );
    let error = head_groups(&odd).unwrap_err();
    assert!(
        error.to_string().contains("expected [2, 3, N, D] as `t.key` has"),
        "{error}"
    );
    let mut short = TensorFile::new();
    with(&mut short, "", &[2, 5, 2]);
    short.insert("value", Tensor::new("value", vec![2, 4, 2], vec![0.0; 16]).unwrap());
    assert!(matches!(head_groups(&short), Err(Error::Head { head: 0, .. })));
    let mut nan = TensorFile::new();
    with(&mut nan, "", &[5, 2]);
    nan.insert("key", Tensor::new("key", vec![5, 2], vec![f64::NAN; 10]).unwrap());
    assert!(head_groups(&nan).is_err());
}
