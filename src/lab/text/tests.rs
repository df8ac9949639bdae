use eigenlens_core::{Mechanism, attend_row};

use super::*;
use crate::app::texts::embedded;
use crate::lab::{Lab, Library, Scene, SceneError, Source, TokenRef, link};

/// A library with these texts.
pub(crate) fn library_with(texts: &[TextId]) -> Library {
    let mut library = Library::default();
    for id in texts {
        let bytes = embedded(*id).expect("the file unpacks");
        library.insert_text(*id, &bytes).expect("the file holds the text");
    }
    library
}

/// The row of a query of a head, τ = √D.
fn row(library: &Library, text: TextId, head: [u16; 2], query: usize) -> Vec<f64> {
    let scene = Scene::of(Source::Text(text), head_number(head));
    let head = scene.head(library).expect("the text is here");
    let scoring = Mechanism::Softmax
        .scoring(head.dim())
        .expect("D = 32 has a temperature");
    attend_row(&head, &scoring, query).expect("the query is there").weights
}

#[test]
fn codes_and_keys_name_one_text_each() {
    for text in TEXTS {
        assert_eq!(TextId::from_code(text.id.code()), Some(text.id));
        assert_eq!(TextId::from_key(text.key), Some(text.id));
        assert_eq!(text.id.text(), text);
        assert!(text.asks < text.count());
        let tokens: Vec<_> = text.tokens().collect();
        assert_eq!((tokens.first(), tokens.last()), (Some(&"[CLS]"), Some(&"[SEP]")));
        // The pieces put together are the sentence.
        let letters = |text: &str| text.to_lowercase().replace(' ', "");
        let pieces = tokens[1..tokens.len() - 1].join(" ").replace(" ##", "");
        assert_eq!(letters(&pieces), letters(text.sentence), "{}", text.key);
    }
    let asks = |id: TextId| id.text().tokens().nth(id.text().asks.into());
    assert_eq!(asks(TextId::Pronoun), Some("it"));
    assert_eq!([asks(TextId::Story), asks(TextId::StoryWrong)], [Some("their"); 2]);
    assert_eq!(TextId::from_code(TEXTS.len() as u16), None);
    assert_eq!(TextId::from_key("nothing"), None);
}

#[test]
fn heads_are_counted_from_1_on_the_screen_and_from_0_in_links() {
    assert_eq!(head_number([3, 1]), FIRST_HEAD);
    assert_eq!(head_name(FIRST_HEAD), "layer 4, head 2");
    assert_eq!(head_name(71), "layer 6, head 12");
    for head in 0..LAYERS * HEADS_IN_LAYER {
        assert_eq!(head_number(layer_and_head(head)), head);
    }
}

#[test]
fn every_file_holds_its_text() {
    let library = library_with(&TEXTS.iter().map(|text| text.id).collect::<Vec<_>>());
    for text in TEXTS {
        let cloud = library.cloud(&Source::Text(text.id)).expect("it was put in");
        assert_eq!(cloud.heads().len(), 72);
        for head in cloud.heads() {
            let shape = (head.n_keys(), head.n_queries(), head.dim(), head.value_dim());
            let tokens = usize::from(text.count());
            assert_eq!(shape, (tokens, tokens, 32, 32));
            // The model computed in f32, and not a digit is lost or added.
            let all = head.queries().iter().chain(head.keys()).chain(head.values());
            assert!(all.clone().all(|x| f64::from(*x as f32) == *x), "{}", text.key);
            assert!(all.fold(0.0_f64, |most, x| most.max(x.abs())) < 30.0, "{}", text.key);
        }
    }
    // The two stories differ by a word: the first layer's other tokens are the same but for its context.
    let story = library.cloud(&Source::Text(TextId::Story)).expect("it was put in");
    let wrong = library.cloud(&Source::Text(TextId::StoryWrong)).expect("it was put in");
    assert_eq!(story.heads()[0].key(0), wrong.heads()[0].key(0));
    assert_ne!(story.heads()[0].key(7), wrong.heads()[0].key(7));
}

/// The numbers of lessons 1.9 and 1.10 that concern softmax, computed by numpy from the same tensors.
#[test]
fn the_heads_give_the_numbers_of_the_lessons() {
    let library = library_with(&[TextId::Pronoun]);
    let (it, animal, street) = (9, 2, 7);
    let close = |ours: f64, theirs: f64, tolerance: f64| {
        assert!((ours - theirs).abs() <= tolerance, "{ours} and {theirs}");
    };
    let weights = row(&library, TextId::Pronoun, [3, 1], it);
    close(weights[animal], 0.687907853054, 6.9e-6);
    close(weights[street], 0.0538581856996, 5.4e-7);
    let all: Vec<Vec<f64>> = (0..72)
        .map(|head| row(&library, TextId::Pronoun, layer_and_head(head), it))
        .collect();
    let mean = |key: usize| all.iter().map(|row| row[key]).sum::<f64>() / 72.0;
    close(mean(animal), 0.075120808551, 7.5e-7);
    close(mean(street), 0.0477906718755, 4.8e-7);
    assert_eq!(all.iter().filter(|row| row[animal] > row[street]).count(), 36);
    assert_eq!(
        all.iter().filter(|row| row[animal] > weights[animal]).count(),
        0,
        "rank 1"
    );

    let loud = row(&library, TextId::Pronoun, [5, 11], it);
    close(loud[animal], 0.658348542663, 6.6e-6);
    close(loud[street], 0.0230959974776, 2.3e-7);
    let winners = (0..15).map(|query| row(&library, TextId::Pronoun, [5, 11], query));
    let won = winners.filter(|row| row.iter().all(|weight| *weight <= row[animal]));
    assert_eq!(won.count(), 9);
}

#[test]
fn a_file_that_is_not_whole_or_no_number_is_refused() {
    let mut library = Library::default();
    let bytes = embedded(TextId::Bank).expect("the file unpacks");
    let cut = library
        .insert_text(TextId::Bank, &bytes[1..])
        .expect_err("a byte is missing");
    assert_eq!(cut.to_string(), "497663 bytes came, 497664 are the heads of bank");
    assert!(library.insert_text(TextId::Pronoun, &bytes).is_err(), "another text");
    assert!(library.insert_text(TextId::Bank, &[]).is_err());
    let mut wrong = bytes.clone();
    let numbers = wrong.len() / 4;
    // The exponent of the first number: not a number any more.
    wrong[2 * numbers] = 0xff;
    wrong[3 * numbers] = 0x7f;
    assert!(matches!(
        library.insert_text(TextId::Bank, &wrong),
        Err(TextError::Core(_))
    ));
    assert!(library.cloud(&Source::Text(TextId::Bank)).is_none());
}

#[test]
fn a_text_that_has_not_come_says_so_and_shows_itself_when_it_comes() {
    let mut library = Library::default();
    let mut lab = Lab::opening();
    let missing = |percent| SceneError::TextMissing {
        text: TextId::Pronoun,
        percent,
    };
    assert_eq!(lab.scene.head(&library).err(), Some(missing(None)));
    assert_eq!(missing(None).to_string(), "“pronoun” is not here yet");
    library.set_coming(TextId::Pronoun, Some(43));
    assert_eq!(lab.scene.positions(&library).err(), Some(missing(Some(43))));
    let before = lab.clone();
    assert!(lab.noise_stroke(&[TokenRef::Key(0)], &library).is_err());
    assert_eq!(lab, before);
    let bytes = embedded(TextId::Pronoun).expect("the file unpacks");
    library.insert_text(TextId::Pronoun, &bytes).expect("it is whole");
    assert_eq!(lab.scene.head(&library).map(|head| head.n_keys()), Ok(15));
    assert_eq!(lab.scene.label(TokenRef::Key(2), &library), "animal");
    assert_eq!(lab.scene.label(TokenRef::Query(9), &library), "it");
}

#[test]
fn another_sentence_keeps_the_head_and_another_cloud_does_not() {
    let mut lab = Lab::opening();
    assert_eq!((lab.scene.head, lab.scene.asking), (FIRST_HEAD, 9));
    lab.set_head(head_number([5, 11])).expect("there are 72 heads");
    lab.select(Source::Text(TextId::Bank));
    assert_eq!((lab.scene.head, lab.scene.asking), (71, 14));
    lab.reset();
    assert_eq!((lab.scene.head, lab.scene.asking), (71, 14));
    lab.select(Source::Blank);
    assert_eq!(lab.scene, Scene::of(Source::Blank, 0));
    lab.select(Source::Text(TextId::Bank));
    assert_eq!(lab.scene.head, FIRST_HEAD);
}

#[test]
fn parts_of_a_text_are_words_of_it_and_apart() {
    for text in TEXTS {
        let [[start, end], [second, last]] = text.parts.map(|part| part.rows);
        assert!(
            0 < start && start < end && end < second && second < last,
            "{}",
            text.key
        );
        let tokens: Vec<&str> = text.tokens().collect();
        assert!(
            usize::from(last) < tokens.len() - 1,
            "{}: the separator is no word",
            text.key
        );
        for stop in text.parts.map(|part| part.rows) {
            let words = &tokens[usize::from(stop[0])..usize::from(stop[1])];
            assert!(!words.contains(&"."), "{}: {words:?} is one part", text.key);
        }
    }
    let [one, other] = BANK.parts.map(|part| part.rows.map(usize::from));
    let tokens: Vec<&str> = BANK.tokens().collect();
    assert_eq!(tokens[one[0]..one[1]].join(" "), "the bank by the river flooded");
    assert_eq!(
        tokens[other[0]..other[1]].join(" "),
        "the bank in town raised its rates"
    );
}

/// Links are for ever: a text, its first query and a head have these bytes.
#[test]
fn links_to_texts_are_golden() {
    let golden = [
        (Lab::opening(), "pronoun, layer 4, head 2"),
        (
            Lab {
                scene: Scene::of(Source::Text(TextId::StoryWrong), 71),
                ..Lab::default()
            },
            "story_wrong, layer 6, head 12",
        ),
    ];
    let links = ["#v1.It7qAQIDAAIBJQ", "#v1.U1XGAQIDBQIBRw"];
    for ((lab, what), link) in std::iter::zip(golden, links) {
        assert_eq!(link::encode(&lab), link, "{what}");
        assert_eq!(link::decode(link), (lab, None), "{what}");
    }
    // A text of a newer version opens as what is known, with a notice.
    assert_eq!(Lab::default(), link::decode("#v1.").0);
}
