use super::super::derive::picture;
use super::*;
use crate::lab::text::tests::library_with;
use crate::lab::{GridPoint, Lab, TokenRef};

const ANIMAL: usize = 2;
const STREET: usize = 7;

fn map_of(lab: &Lab, library: &Library, key: usize) -> (Map, usize) {
    let picture = picture(&lab.scene, lab.choices.softmax, library).expect("there is a picture");
    let mut heads = Heads::default();
    heads.request(&lab.scene, library);
    let map = heads.map(&lab.scene, &picture, key).expect("a text has heads");
    let won = heads.won(&lab.scene, &picture, key);
    (map, won)
}

#[test]
fn the_map_gives_the_numbers_of_the_lesson() {
    let library = library_with(&[TextId::Pronoun]);
    let lab = Lab::opening();
    let (map, won) = map_of(&lab, &library, ANIMAL);
    let (own, rank, mean) = map.standing().expect("the head has the word");
    assert!((own - 0.687907853054).abs() < 6.9e-6, "{own}");
    assert_eq!((rank, won, map.weights.len()), (1, 3, 72));
    assert!((mean - 0.075120808551).abs() < 7.5e-7, "{mean}");
    let (street, _) = map_of(&lab, &library, STREET);
    let above = std::iter::zip(&map.weights, &street.weights).filter(|(animal, street)| animal > street);
    assert_eq!(above.count(), 36);
    let (_, rank, mean) = street.standing().expect("the head has the word");
    assert!(rank > 1 && (mean - 0.0477906718755).abs() < 4.8e-7, "{rank} {mean}");
}

#[test]
fn an_edit_counts_in_the_head_on_the_board_only() {
    let library = library_with(&[TextId::Pronoun]);
    let mut lab = Lab::opening();
    let (before, _) = map_of(&lab, &library, ANIMAL);
    lab.move_key(ANIMAL, GridPoint::from_world([-3.0, -3.0]))
        .expect("there is a key");
    let (after, _) = map_of(&lab, &library, ANIMAL);
    let changed: Vec<usize> = (0..72)
        .filter(|head| before.weights[*head] != after.weights[*head])
        .collect();
    assert_eq!(changed, [before.present]);
    // A token that was added has no sibling in another head, and a query that was added asks nowhere else.
    let at = GridPoint::from_world([1.0, 1.0]);
    let TokenRef::Key(added) = lab.add_key(at).expect("there is room") else {
        panic!("a key")
    };
    let (map, _) = map_of(&lab, &library, added);
    assert_eq!(map.weights.iter().flatten().count(), 1);
    let TokenRef::Query(added) = lab.add_query(at).expect("there is room") else {
        panic!("a query")
    };
    lab.ask(added).expect("it is there");
    let (map, _) = map_of(&lab, &library, ANIMAL);
    assert_eq!(map.weights.iter().flatten().count(), 1);
}

#[test]
fn the_rows_follow_the_asking_word_and_the_temperature() {
    let library = library_with(&[TextId::Pronoun]);
    let mut lab = Lab::opening();
    let picture = picture(&lab.scene, lab.choices.softmax, &library).expect("there is a picture");
    let mut heads = Heads::default();
    heads.request(&lab.scene, &library);
    let weight = |heads: &Heads, lab: &Lab| heads.map(&lab.scene, &picture, ANIMAL).and_then(|map| map.weights[0]);
    let first = weight(&heads, &lab);
    lab.ask(11).expect("there is a query");
    heads.request(&lab.scene, &library);
    let second = weight(&heads, &lab);
    assert_ne!(first, second);
    lab.set_temperature(Temperature::fixed(1.0).expect("1 is a temperature"));
    heads.request(&lab.scene, &library);
    assert_ne!(second, weight(&heads, &lab));
    heads.request(&Lab::default().scene, &library);
    assert_eq!(weight(&heads, &lab), None, "three groups have no heads");
}
