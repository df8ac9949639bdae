use proptest::prelude::*;

use super::*;
use crate::lab::arbitrary::{grid_point, is_valid, lab, move_edit, small_presets, untouched_preset};

use crate::lab::{
    Beside, Brush, Camera, ClaimsChoices, EditError, FileSource, GridPoint, Library, MAX_TOKENS, NoiseKind, NullRows,
    Origin, PresetId, Source, Start, Temperature, Theme, TokenRef,
};

/// A link of version 1 around these bytes, with the right checksum: what a hostile or a newer program could write.
fn forged(payload: &[u8]) -> String {
    let mut bytes = checksum(payload).to_vec();
    bytes.extend(payload);
    format!("#v1.{}", BASE64.encode(bytes))
}

fn fault(text: &str) -> Option<Fault> {
    decode(text).1.map(|notice| notice.fault)
}

/// A lab with every kind of content.
fn rich_lab() -> Lab {
    let library = Library::default();
    let mut lab = Lab::default();
    let at = GridPoint::from_world([1.5, -2.25]);
    lab.move_key(2, at).expect("there is a key 3");
    lab.move_query(0, GridPoint::from_world([0.5, 0.5]))
        .expect("there is a query 1");
    lab.freeze();
    lab.erase(TokenRef::Key(5)).expect("there is a key 6");
    lab.plant_outlier(at).expect("there is room");
    lab.set_value(1, at).expect("there is a key 2");
    lab.add_query(at).expect("there is room");
    lab.ask(1).expect("there is a query 2");
    lab.noise_stroke(&[TokenRef::Key(0), TokenRef::Key(1)], &library)
        .expect("the preset is built in");
    lab.set_temperature(Temperature::fixed(0.5).expect("0.5 is a temperature"));
    lab.theme = Some(Theme::Dark);
    lab.camera = Camera::at([0.5, 0.25], 4.0);
    lab
}

proptest! {
    #[test]
    fn a_link_gives_the_lab_back(lab in lab()) {
        prop_assert!(is_valid(&lab));
        let link = encode(&lab);
        let (back, notice) = decode(&link);
        prop_assert_eq!(&back, &lab);
        prop_assert_eq!(notice, None);
        // And the lab gives the link back: there is one text for each lab.
        prop_assert_eq!(encode(&back), link);
    }

    #[test]
    fn a_preset_with_three_edits_is_at_most_200_characters(
        mut lab in untouched_preset(),
        edits in proptest::collection::vec(move_edit(), 0..=3),
    ) {
        let library = Library::default();
        for edit in edits {
            // An edit that cannot be done is none.
            let mut next = lab.clone();
            if edit.apply(&mut next, &library).is_ok() {
                lab = next;
            }
        }
        let link = encode(&lab);
        prop_assert!(link.len() <= 200, "{} characters: {}", link.len(), link);
        prop_assert_eq!(decode(&link), (lab, None));
    }

    #[test]
    fn a_link_that_passed_through_mail_opens_without_a_notice(lab in lab(), width in 10..80_usize) {
        let link = encode(&lab);
        let wrapped: Vec<_> = link.as_bytes().chunks(width).map(String::from_utf8_lossy).collect();
        for mailed in [
            format!("  {link}\n"),
            format!("https://example.org/lab/?x=1{link}"),
            format!("<https://example.org/lab/{link}>."),
            format!("{link}, said the lecturer"),
            link.replacen('#', "%23", 1),
            link.replacen('#', "%2523", 1),
            link.replacen('.', "%2e", 1),
            format!("{link}%3D%3D"),
            link.trim_start_matches('#').to_owned(),
            format!("_{link}_"),
            wrapped.join("\r\n"),
        ] {
            let (back, notice) = decode(&mailed);
            prop_assert_eq!(&back, &lab, "{}", mailed);
            prop_assert_eq!(notice, None, "{}", mailed);
        }
    }

    #[test]
    fn a_link_that_was_cut_keeps_its_beginning(lab in lab(), cut in any::<prop::sample::Index>()) {
        let link = encode(&lab);
        let end = cut.index(link.len() - 1) + 1;
        let (nearest, notice) = decode(&link[..end]);
        prop_assert!(is_valid(&nearest));
        if end == 1 {
            prop_assert_eq!(notice, None, "a lone # is an empty link");
        } else {
            let fault = notice.map(|notice| notice.fault);
            prop_assert!(matches!(fault, Some(Fault::CutShort | Fault::Damaged)), "{:?}", fault);
        }
    }

    #[test]
    fn a_mutated_link_gives_a_valid_lab(
        lab in lab(),
        mutations in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..6),
    ) {
        let link = encode(&lab);
        let mut bytes = link.clone().into_bytes();
        for (index, byte, kind) in mutations {
            let at = index.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 => bytes.truncate(at.max(1)),
                _ => { bytes.remove(at); if bytes.is_empty() { bytes.push(byte); } }
            }
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (nearest, notice) = decode(&text);
        prop_assert!(is_valid(&nearest));
        // Either it says so, or nothing was lost.
        prop_assert!(notice.is_some() || nearest == lab || nearest == Lab::default());
        let (again, notice) = decode(&encode(&nearest));
        prop_assert_eq!(again, nearest);
        prop_assert_eq!(notice, None);
    }

    #[test]
    fn a_forged_payload_gives_a_valid_lab(lab in lab(), noise in proptest::collection::vec(any::<u8>(), 0..60), at in any::<prop::sample::Index>()) {
        // Bytes that nobody wrote, and bytes within a real payload, both with the right checksum.
        let mut payload = wire::encode(&lab);
        let start = at.index(payload.len() + 1);
        for (byte, noise) in std::iter::zip(payload.iter_mut().skip(start), &noise) {
            *byte = *noise;
        }
        for payload in [payload, noise] {
            let (nearest, notice) = decode(&forged(&payload));
            prop_assert!(is_valid(&nearest));
            let canonical = encode(&nearest);
            prop_assert!(notice.is_some() || canonical.len() <= forged(&payload).len());
            prop_assert_eq!(decode(&canonical), (nearest, None));
        }
    }

    #[test]
    fn any_text_gives_a_valid_lab(text in ".{0,80}") {
        prop_assert!(is_valid(&decode(&text).0));
        let with_head = format!("#v1.{text}");
        prop_assert!(is_valid(&decode(&with_head).0));
    }

    #[test]
    fn sixty_tokens_of_their_own_are_at_most_2000_characters(
        points in proptest::collection::vec([grid_point(), grid_point(), grid_point()], 60),
    ) {
        let file = Source::File(FileSource::new("sixty.safetensors", [7; 8], 1, 60, 60));
        for source in [Source::Blank, Source::Preset(PresetId::ThreeGroups), file] {
            let mut lab = Lab::of(source);
            for (index, [query, key, value]) in points.iter().enumerate() {
                // The tokens that the source has are moved, the others added.
                lab.move_query(index, *query).or_else(|_| lab.add_query(*query).map(drop)).expect("there is room");
                lab.move_key(index, *key).or_else(|_| lab.add_key(*key).map(drop)).expect("there is room");
                lab.set_value(index, *value).expect("the key is there");
            }
            let link = encode(&lab);
            prop_assert!(link.len() <= 2000, "{} characters", link.len());
            prop_assert_eq!(decode(&link), (lab, None));
        }
    }
}

/// A lab with something of everything that the robust lens has.
fn robust_lab() -> Lab {
    use crate::lab::{
        CellNoise, Damage, LambdaChoice, LensId, Lift, Method, Planted, RobustChoices, RobustView, Thousandths,
    };

    let library = Library::default();
    let mut lab = Lab::of(Source::Preset(PresetId::Slip));
    lab.lens = LensId::Robust;
    lab.erase(TokenRef::Key(2)).expect("there is a key");
    lab.scene
        .set_cells(&[(0, 1, -3500), (7, 0, 17)], &library)
        .expect("they are there");
    lab.freeze();
    lab.scene.lift = Lift::Lifted { seed: 9 };
    lab.scene
        .set_cells(&[(2, 31, 400)], &library)
        .expect("a lifted plane has it");
    lab.brush.damage = CellNoise {
        damage: Damage::Adversary,
        percent: 12,
        ..CellNoise::default()
    }
    .with_size(0.25);
    lab.choices.robust = RobustChoices {
        lambda: LambdaChoice::Fixed(Thousandths::nearest(0.35).expect("positive")),
        growing: true,
        step: std::num::NonZeroU16::new(300),
        method: Method::Rpc,
        iterations: 6,
        rpc_lambdas: [None, Thousandths::nearest(2.5), None],
        heads: std::num::NonZeroU16::new(12),
        view: RobustView::Phase,
        instance: Planted::new(3, 7, 4),
        ..RobustChoices::default()
    };
    lab
}

#[test]
fn links_do_not_change_over_time() {
    // These texts are in other people's mails. When one of these lines fails, the format was broken.
    assert_eq!(encode(&Lab::default()), "#v1.twTO");
    let link = encode(&rich_lab());
    assert_eq!(
        link,
        "#v1.oPLdAwkFAAYGAAAGAPcEBwEAAAAGAPcFFAADVPtX_8D5nv8ABgD3CAEAAgACBgYBAQAGAPcHAgsBCAEBCQKABBEBARIGAAIAAYAgEwYAgAICgAMgFgUMAgEABgD3CQEAAgACCgYDBAYHCAk"
    );
    assert_eq!(decode(&link), (rich_lab(), None));
    assert_eq!(encode(&Lab::of(Source::Preset(PresetId::Compass))), "#v1.ytr5AQIAAg");
    assert_eq!(encode(&Lab::of(Source::Blank)), "#v1.RiVGAQEB");
    let (link, robust) = (encode(&robust_lab()), robust_lab());
    assert_eq!(
        link,
        "#v1.nlStAQIADQMEAgAIAwsRAAEB1zYBAR-gBgQCACIA1x0MAgEJEAEDGAoDrBusG6wC-gEMFxLgAgGsAgEBBgDEEwAMAAEDBwQgEQsMAAEB1zYGAgAiANcdCgEM"
    );
    assert_eq!(decode(&link), (robust, None));
    let mut settings = Lab::of(Source::Preset(PresetId::FarSlip));
    settings.choices.robust.settings.open = true;
    assert_eq!(encode(&settings), "#v1.aBm9AQIADiMEAQAAAA");
    assert_eq!(decode(&encode(&settings)), (settings.clone(), None));
    let sizes = [1.9, 3.15, 6.15].map(|size| crate::lab::Thousandths::nearest(size).expect("positive"));
    settings.choices.robust.settings.sizes = Some(sizes);
    assert_eq!(encode(&settings), "#v1.9PMOAQIADiMHAewOzhiGMA");
    assert_eq!(decode(&encode(&settings)), (settings, None));
    let mut map = Lab::of(Source::Text(crate::lab::TextId::Bank));
    map.choices.heads = crate::lab::HeadsChoices {
        open: true,
        reading: crate::lab::AxisReading::Parts,
    };
    let link = encode(&map);
    assert_eq!(link, "#v1.5ZH1AQIDAQIBJR8CAQE");
    assert_eq!(decode(&link), (map, None));
    let file = FileSource::new("heads.npz", [1, 2, 3, 4, 5, 6, 7, 8], 72, 15, 15);
    assert_eq!(
        encode(&Lab::of(Source::File(file))),
        "#v1.fIEuARYCCWhlYWRzLm5wegECAwQFBgcISA8P"
    );
}

type ThirdEdit = fn(&mut Lab, GridPoint, &Library) -> Result<(), EditError>;

#[test]
fn the_worst_three_edits_fit() {
    // A stroke over everything, a ghost, then what differs most from it, and the view far from its default.
    let library = Library::default();
    let at = GridPoint::from_world([-31.0, 31.0]);
    let thirds: [ThirdEdit; 5] = [
        |lab, _, library| lab.noise_stroke(&lab.scene.tokens().collect::<Vec<_>>(), library),
        |lab, _, _| lab.erase(TokenRef::Key(1)),
        |lab, at, _| lab.plant_outlier(at).map(drop),
        |lab, at, _| lab.add_query(at).map(drop),
        |lab, at, _| lab.set_value(1, at),
    ];
    for (preset, third) in small_presets()
        .into_iter()
        .flat_map(|preset| thirds.map(|third| (preset, third)))
    {
        let mut lab = Lab::of(Source::Preset(preset));
        lab.theme = Some(Theme::Projector);
        lab.camera = Camera::at([-20.0, 30.0], 60.0);
        lab.brush = Brush {
            kind: NoiseKind::Spikes,
            strength: Brush::MAX_STEPS,
            seed: u32::MAX - 2,
            radius: Brush::MAX_STEPS,
            ..Brush::default()
        };
        let tokens: Vec<_> = lab.scene.tokens().collect();
        lab.noise_stroke(&tokens, &library).expect("the preset is built in");
        lab.freeze();
        third(&mut lab, at, &library).expect("it can be done");
        let link = encode(&lab);
        assert!(link.len() <= 200, "{preset:?}: {} characters", link.len());
        assert_eq!(decode(&link), (lab, None));
    }
}

#[test]
fn the_longest_link_is_read() {
    let file = FileSource::new(&"n".repeat(200), [255; 8], u16::MAX, 1025, 1025);
    let mut lab = Lab::of(Source::File(file));
    // Every second token added or moved: the longest order and the most runs.
    for index in 0..512 {
        lab.erase(TokenRef::Key(index)).expect("there is a key");
        lab.erase(TokenRef::Query(index)).expect("there is a query");
    }
    let far = GridPoint::from_world([-99.0, 99.0]);
    for index in 0..512 {
        lab.add_key(far).expect("there is room");
        lab.add_query(far).expect("there is room");
        lab.move_key(index, far).expect("there is a key");
        lab.move_query(index, far).expect("there is a query");
    }
    for index in (0..MAX_TOKENS).step_by(2) {
        lab.set_value(index, far).expect("there is a key");
        lab.scene.keys[index].outlier = true;
    }
    lab.freeze();
    let link = encode(&lab);
    assert!(link.len() < MAX_LENGTH / 2, "{} characters", link.len());
    assert_eq!(decode(&link), (lab, None));
}

#[test]
fn an_empty_link_is_the_default_without_a_notice() {
    for text in ["", "#", "  \n", " # "] {
        assert_eq!(decode(text), (Lab::default(), None), "{text:?}");
    }
}

#[test]
fn what_is_no_link_says_so() {
    for text in [
        "#explain",
        "hello",
        "#v",
        "#v1",
        "#v1.",
        "#v1.A",
        "#v.",
        "#1.twTO",
        "#vx.twTO",
        "#v1twTO",
        "#v-1.twTO",
    ] {
        let (lab, notice) = decode(text);
        assert_eq!(lab, Lab::default());
        let notice = Notice::from(&notice.expect("a notice"));
        assert_eq!(notice.severity, Severity::Link);
        assert_eq!(notice.then, "Opened what could be read: 12 keys, Softmax.", "{text}");
    }
    assert_eq!(fault("#explain"), Some(Fault::NotALink));
    assert_eq!(fault("#v1."), Some(Fault::CutShort));
}

#[test]
fn other_versions_are_read_as_far_as_they_have_the_form() {
    let body = encode(&rich_lab()).split_off(4);
    for (version, expected) in [
        ("0", Fault::OlderVersion(0)),
        ("2", Fault::NewerVersion(2)),
        ("99999999", Fault::NewerVersion(99_999_999)),
        ("99999999999999999999", Fault::NewerVersion(u32::MAX)),
    ] {
        let (lab, notice) = decode(&format!("#v{version}.{body}"));
        assert_eq!(lab, rich_lab());
        assert_eq!(notice.map(|notice| notice.fault), Some(expected));
        // Without its checksum nothing of it can be trusted.
        let (lab, notice) = decode(&format!("#v{version}.A{}", &body[1..]));
        assert_eq!(lab, Lab::default());
        assert_eq!(notice.map(|notice| notice.fault), Some(expected));
    }
    let notice = LinkNotice::new(Fault::NewerVersion(2), &Lab::default());
    let notice = Notice::from(&notice);
    assert_eq!(notice.what, "This link was made by a newer version");
    assert_eq!(notice.place, "It has version 2, this program reads version 1.");
}

#[test]
fn a_cut_link_keeps_the_edits_that_are_whole() {
    let mut lab = Lab::default();
    for index in [1, 4, 9] {
        lab.move_key(index, GridPoint::from_world([1.0, index as f64]))
            .expect("there is such a key");
    }
    let link = encode(&lab);
    // The last point is four bytes, six characters.
    let (nearest, notice) = decode(&link[..link.len() - 3]);
    assert_eq!(notice.map(|notice| notice.fault), Some(Fault::CutShort));
    let mut expected = lab.clone();
    expected.scene.keys[9].at = None;
    assert_eq!(nearest, expected);
}

#[test]
fn a_cut_order_keeps_the_rows_it_does_not_tell_of() {
    let mut lab = Lab::default();
    lab.erase(TokenRef::Key(2)).expect("there is a key 3");
    lab.erase(TokenRef::Key(7)).expect("there is a key 8");
    lab.add_key(GridPoint::ORIGIN).expect("there is room");
    let link = encode(&lab);
    // "#v1.", the checksum, and the first two segments: rows 0 and 1, rows 3 to 6.
    let (nearest, _) = decode(&link[..16]);
    let rows: Vec<_> = nearest.scene.keys.iter().map(|key| key.origin).collect();
    let expected: Vec<_> = (0..12).filter(|row| *row != 2).map(Origin::Row).collect();
    assert_eq!(rows, expected);
}

#[test]
fn unknown_parts_are_skipped_and_told() {
    // A section of a newer version, before and after what is known here.
    let payload = wire::encode(&rich_lab());
    let unknown = [100, 3, 1, 2, 3];
    for payload in [[&unknown[..], &payload].concat(), [&payload[..], &unknown].concat()] {
        let (lab, notice) = decode(&forged(&payload));
        assert_eq!(lab, rich_lab());
        assert_eq!(notice.map(|notice| notice.fault), Some(Fault::UnknownParts(1)));
    }
    // A newer lens, theme, and a field at the end of a known section.
    for (payload, parts) in [(vec![16, 1, 9, 17, 1, 7], 2), (vec![9, 3, 0x80, 4, 77], 1)] {
        let (lab, notice) = decode(&forged(&payload));
        assert_eq!(lab.scene.keys.len(), 12);
        assert_eq!(notice.map(|notice| notice.fault), Some(Fault::UnknownParts(parts)));
    }
    // A newer preset: its rows mean nothing here.
    let (lab, notice) = decode(&forged(&[1, 2, 0, 99, 5, 6, 0, 1, 1, 1, 1, 1, 17, 1, 1]));
    assert_eq!(lab.scene, Lab::default().scene);
    assert_eq!(lab.theme, Some(Theme::Dark));
    assert_eq!(notice.map(|notice| notice.fault), Some(Fault::UnknownParts(1)));
}

#[test]
fn what_a_claim_stands_beside_is_a_section_of_its_own() {
    // As it was written before there was any: test 3, step 20, and all learn.
    let before = [29, 4, 3, 0, 20, 1];
    let (lab, notice) = decode(&forged(&before));
    assert_eq!(notice, None);
    let claims = ClaimsChoices {
        test: 3,
        step: 20,
        all_learn: true,
        ..ClaimsChoices::default()
    };
    assert_eq!(lab.choices.claims, claims);
    assert_eq!(wire::encode(&lab), before);
    // One of them, and one that is not known here.
    let (lab, notice) = decode(&forged(&[29, 4, 3, 0, 20, 1, 30, 3, 1, 0, 0]));
    let shifted = ClaimsChoices {
        null: NullRows::Shifted,
        ..claims
    };
    assert_eq!((lab.choices.claims, notice), (shifted, None));
    let (lab, notice) = decode(&forged(&[30, 3, 0, 9, 1]));
    assert_eq!(
        (lab.choices.claims.beside, lab.choices.claims.start),
        (Beside::Constructed, Start::Fixed)
    );
    assert_eq!(notice.map(|notice| notice.fault), Some(Fault::UnknownParts(1)));
}

#[test]
fn what_is_out_of_range_is_clamped_or_left_out() {
    // (section bytes, what the board then holds: keys, queries)
    for (payload, keys, queries) in [
        // Rows that the preset does not have, and a row twice.
        (vec![3, 3, 0xff, 0x7f, 10], 2, 1),
        (vec![3, 4, 2, 1, 2, 2], 3, 1),
        // A start at the end of u16, and an order that cannot be read to its end.
        (vec![3, 4, 9, 0xff, 0xff, 0x03], 0, 1),
        (vec![3, 3, 1, 0, 0xff], 12, 1),
        // Moves, values and marks beyond the last token.
        (vec![5, 7, 0xe8, 0x07, 1, 0, 0, 0, 0], 12, 1),
        (vec![7, 4, 0, 0xff, 0xff, 0x03], 12, 1),
        // A run that promises more points than there are.
        (vec![5, 7, 0, 200, 1, 1, 1, 1, 1], 12, 1),
        // No queries, an asking query that is not there, temperature 0.
        (vec![4, 0], 12, 1),
        (vec![8, 1, 3], 12, 1),
        (vec![9, 1, 0], 12, 1),
        // A head that is not there, a camera without extent, −32 on the grid, a tag twice.
        (vec![2, 1, 5], 12, 1),
        (vec![18, 5, 0, 0, 0, 0, 0], 12, 1),
        (vec![5, 6, 0, 1, 0, 0x80, 0, 0], 12, 1),
        (vec![17, 1, 0, 17, 1, 1], 12, 1),
        // A file that claims more tokens than a board holds.
        (
            vec![
                1, 18, 2, 1, 120, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0xff, 0x03, 0xff, 0xff, 0x03,
            ],
            1025,
            1025,
        ),
    ] {
        let (lab, notice) = decode(&forged(&payload));
        assert!(is_valid(&lab), "{payload:?}");
        assert_eq!(
            (lab.scene.keys.len(), lab.scene.queries.len()),
            (keys, queries),
            "{payload:?}"
        );
        let fault = notice.map(|notice| notice.fault);
        assert!(matches!(fault, Some(Fault::OutOfRange(_))), "{payload:?} {fault:?}");
    }
}

#[test]
fn more_tokens_than_the_board_holds_are_left_out() {
    let mut section: Vec<u8> = Vec::new();
    for _ in 0..MAX_TOKENS + 10 {
        section.extend([0, 0, 4, 0, 8]);
    }
    let length = section.len();
    let mut payload = vec![3, (length & 0x7f | 0x80) as u8, (length >> 7) as u8];
    payload.extend(section);
    let (lab, notice) = decode(&forged(&payload));
    assert_eq!(lab.scene.keys.len(), MAX_TOKENS);
    assert!(matches!(notice.map(|notice| notice.fault), Some(Fault::OutOfRange(_))));
}

#[test]
fn a_megabyte_is_not_read_to_its_end() {
    let long = "A".repeat(1 << 20);
    for text in [
        long.clone(),
        format!("#v1.{long}"),
        format!("{}{long}", encode(&rich_lab())),
        "é".repeat(1 << 19),
        "%".repeat(1 << 20),
    ] {
        let (lab, notice) = decode(&text);
        assert!(is_valid(&lab));
        let notice = notice.expect("a notice");
        assert!(
            matches!(notice.fault, Fault::TooLong { .. } | Fault::NotALink),
            "{:?}",
            notice.fault
        );
    }
    assert_eq!(
        fault(&format!("#v1.{long}")),
        Some(Fault::TooLong { bytes: (1 << 20) + 4 })
    );
}

#[test]
fn one_changed_character_is_seen() {
    let link = encode(&rich_lab());
    for at in 4..link.len() {
        let mut bytes = link.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let text = String::from_utf8(bytes).expect("ASCII");
        // The last character may hold bits that belong to no byte.
        let (lab, notice) = decode(&text);
        assert!(
            notice.is_some() || (at + 1 == link.len() && lab == rich_lab()),
            "character {at}"
        );
    }
}
