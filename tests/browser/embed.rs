//! The lab within pages of other people: the element and the frame in a deck, their messages, keys, focus, contexts.

use std::fmt::Write as _;

use eigenlens::lab::{Lab, LensId, link};
use serde_json::{Value, json};

use crate::{
    page::{Chromium, Page, Point},
    site::Site,
};

/// Writes down what frames say, as `heard[name]` by the id of the frame.
const LISTEN: &str = "window.heard = {};
    addEventListener('message', ({ source, origin, data }) => {
      for (const frame of document.querySelectorAll('iframe')) if (source === frame.contentWindow) (heard[frame.id] ??= []).push({ origin, ...data });
    });
    window.ask = (frame, message) => frame.contentWindow.postMessage(message, '*');";

fn lab(lens: LensId) -> String {
    link::encode(&Lab { lens, ..Lab::default() })
}

/// The answer to a question to the frame with this id.
fn ask(page: &Page, frame: &str, kind: &str, fields: &Value) -> Value {
    let id = page.eval("String(window.asked = (window.asked ?? 0) + 1)");
    let mut message = json!({ "type": format!("eigenlens:{kind}"), "version": 1, "id": id });
    for (name, value) in fields.as_object().expect("fields") {
        message[name] = value.clone();
    }
    page.eval(&format!("ask({frame}, {message})"));
    let answer = format!("heard.{frame}?.find((message) => message.id === {id})");
    page.until("an answer", &format!("Boolean({answer})"));
    page.eval(&answer)
}

/// The middle of an element.
fn middle(page: &Page, selector: &str) -> Point {
    let at = page.eval(&format!("(({{ x, y, width, height }}) => [x + width / 2, y + height / 2])(document.querySelector({selector:?}).getBoundingClientRect())"));
    Point {
        x: at[0].as_f64().expect("x"),
        y: at[1].as_f64().expect("y"),
    }
}

/// Slides that are shown one at a time, moved by the keys that every deck has.
fn deck(labs: &str) -> String {
    format!(
        "<!doctype html><title>Deck</title>
         <style>section {{ display: none }} section.now {{ display: block }} eigen-lens, iframe {{ width: 1200px; height: 600px; min-height: 0; border: 0 }}</style>
         <button id=mine>Mine</button>
         <section>One</section>
         <section><eigen-lens id=element state='{one}'><p>A lab of attention.</p></eigen-lens></section>
         <section><iframe id=frame src='{labs}?embed{two}'></iframe></section>
         <section>End</section>
         <script src='{labs}embed.js'></script>
         <script>{LISTEN}
           const slides = [...document.querySelectorAll('section')];
           window.at = 0;
           const show = (to) => {{ at = Math.max(0, Math.min(slides.length - 1, to)); slides.forEach((slide, i) => slide.classList.toggle('now', i === at)); }};
           const press = (key) => {{ const by = {{ PageDown: 1, ArrowRight: 1, ' ': 1, PageUp: -1, ArrowLeft: -1 }}[key]; if (by) show(at + by); return Boolean(by); }};
           document.addEventListener('keydown', (event) => {{ if (press(event.key)) event.preventDefault(); }});
           addEventListener('message', ({{ source, data }}) => {{ if (source === frame.contentWindow && data.type === 'eigenlens:key') press(data.key); }});
           show(0);
         </script>",
        one = lab(LensId::Softmax),
        two = lab(LensId::KernelPca),
    )
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn a_deck_of_another_origin_holds_labs_and_keeps_its_keys() {
    // Another port is another origin: nothing is reached but by messages.
    let (labs, host, chromium) = (Site::start(), Site::start(), Chromium::start());
    host.replace("deck.html", Some(deck(labs.url()).into()));
    let page = chromium.page();
    page.goto(&format!("{}deck.html", host.url()));
    page.until("the deck", "window.heard && customElements.get('eigen-lens')");
    page.eval("mine.focus()");
    let entries = page.eval("history.length");
    assert_eq!(
        page.eval("element.shadowRoot.querySelector('iframe')"),
        Value::Null,
        "a hidden slide has no context"
    );

    // The lab starts with its slide and does not take the focus.
    page.key("PageDown");
    page.until("a live lab", "element.live && element.readouts?.headline");
    assert_eq!(page.eval("document.activeElement.id"), "mine");
    assert_eq!(page.eval("element.state"), lab(LensId::Softmax));
    page.screenshot("embed-deck");
    page.eval("window.keys = []; element.addEventListener('keydown', ({ key, keyCode }) => keys.push([key, keyCode]))");
    page.click(middle(&page, "#element"));
    page.until("the focus within", "document.activeElement === element");
    // What the lab needs it keeps, what it does not the deck gets, at the first step as at the last.
    page.key("t");
    page.until("its own key", "element.readouts.theme !== 'light'");
    page.key("PageDown");
    page.until("the next slide", "at === 2");
    assert_eq!(page.eval("keys"), json!([["PageDown", 34]]));
    let link = page.eval("element.state");
    page.until(
        "a still picture for the lab that is gone",
        "!element.live && !element.shadowRoot.querySelector('iframe') && !element.shadowRoot.querySelector('canvas').hidden && element.shadowRoot.querySelector('canvas').width > 300",
    );

    // The plain frame.
    page.until(
        "its first word",
        "heard.frame?.some(({ type, version }) => type === 'eigenlens:ready' && version === 1)",
    );
    assert_eq!(
        page.eval("new Set(heard.frame.map(({ origin }) => origin)).size === 1 && heard.frame[0].origin"),
        labs.url().split("/some").next().expect("an origin")
    );
    page.click(middle(&page, "#frame"));
    page.until("the focus within", "document.activeElement === frame");
    page.key("PageUp");
    page.until("the slide before", "at === 1");
    // The lab comes back as it was left, and with Escape the focus comes back to the deck.
    page.until("the lab again", "element.live && element.readouts");
    assert_eq!(page.eval("element.state"), link);
    page.click(middle(&page, "#element"));
    page.until("the focus within", "document.activeElement === element");
    for _ in 0..3 {
        page.key("Escape");
    }
    page.until("the focus outside", "document.activeElement === document.body");
    page.key("PageUp");
    page.until("the first slide", "at === 0");
    assert_eq!(page.eval("[history.length, location.hash]"), json!([entries, ""]));
    page.quiet();
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn a_host_page_asks_and_each_question_has_its_answer() {
    let (labs, host, chromium) = (Site::start(), Site::start(), Chromium::start());
    host.replace(
        "host.html",
        Some(
            format!(
                "<!doctype html><title>Host</title><iframe id=frame src='{}?embed{}' width=1240 height=680></iframe><script>{LISTEN}</script>",
                labs.url(),
                lab(LensId::Softmax)
            )
            .into(),
        ),
    );
    let page = chromium.page();
    page.goto(&format!("{}host.html", host.url()));
    page.until("its first word", "heard.frame?.[0]?.type === 'eigenlens:ready'");
    let entries = page.eval("history.length");
    let state = ask(&page, "frame", "get", &json!({}));
    assert_eq!(state["type"], "eigenlens:state");
    assert_eq!(state["link"], lab(LensId::Softmax));
    assert!(
        state["readouts"]["headline"]
            .as_str()
            .is_some_and(|text| text.contains('%')),
        "{state}"
    );

    let readouts = ask(&page, "frame", "readouts", &json!({ "on": true }));
    assert_eq!(
        (&readouts["type"], &readouts["readouts"]["lens"]),
        (&json!("eigenlens:readouts"), &json!("softmax"))
    );
    let state = ask(&page, "frame", "set", &json!({ "link": lab(LensId::KernelPca) }));
    assert_eq!(state["link"], lab(LensId::KernelPca));
    page.until(
        "its readouts",
        "heard.frame.at(-1).readouts?.lens === 'kernel-pca' && heard.frame.at(-1).readouts.numbers.kept",
    );
    assert_eq!(
        ask(&page, "frame", "readouts", &json!({ "on": false }))["type"],
        "eigenlens:state"
    );

    // Steps: of the film of the robust lens, from its first to its last and no further.
    let mut robust = Lab {
        lens: LensId::Robust,
        ..Lab::default()
    };
    robust.select(eigenlens::lab::Source::Preset(
        eigenlens::lab::PresetId::from_key("four_spikes").expect("a preset"),
    ));
    ask(&page, "frame", "set", &json!({ "link": link::encode(&robust) }));
    let mut steps = 0;
    while ask(&page, "frame", "step", &json!({ "by": 1 }))["moved"] == true {
        steps += 1;
        assert!(steps < 100, "the film ends");
    }
    assert!(steps > 3, "{steps} steps");
    assert_eq!(ask(&page, "frame", "step", &json!({ "by": -1 }))["moved"], true);

    let picture = ask(&page, "frame", "picture", &json!({}));
    assert_eq!(picture["type"], "eigenlens:picture");
    let colours = page.eval(
        "createImageBitmap(heard.frame.at(-1).picture).then((bitmap) => {
           const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
           const context = canvas.getContext('2d');
           context.drawImage(bitmap, 0, 0);
           const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
           return new Set(new Uint32Array(data.buffer)).size; })",
    );
    assert!(colours.as_u64() > Some(50), "{colours} colours");
    assert_eq!(page.eval("[history.length, location.hash]"), json!([entries, ""]));
    page.quiet();
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn hostile_messages_are_refused_in_words_and_change_nothing() {
    let (labs, host, chromium) = (Site::start(), Site::start(), Chromium::start());
    host.replace(
        "host.html",
        Some(
            format!(
                "<!doctype html><title>Host</title><iframe id=frame src='{labs}?embed{link}' width=1240 height=560></iframe>
                 <eigen-lens id=element state='{link}' style='width: 400px; height: 100px; min-height: 0'></eigen-lens>
                 <script src='{labs}embed.js'></script>
                 <iframe id=other srcdoc='<script>addEventListener(`message`, ({{ data }}) => parent.postMessage({{ relayed: data }}, `*`))</script>'></iframe>
                 <script>{LISTEN}</script>",
                labs = labs.url(),
                link = lab(LensId::Softmax),
            )
            .into(),
        ),
    );
    let page = chromium.page();
    page.goto(&format!("{}host.html", host.url()));
    page.until(
        "both labs",
        "heard.frame?.[0]?.type === 'eigenlens:ready' && element.live",
    );
    let before = ask(&page, "frame", "get", &json!({}));
    let link = lab(LensId::KernelPca);
    let good = format!("type: 'eigenlens:set', version: 1, link: '{link}'");
    let cut = &link[..link.len() - 3];
    for (message, code, words) in [
        ("type: 'eigenlens:open', version: 1".to_owned(), "type", "eigenlens:get"),
        (
            "type: 'eigenlens:constructor', version: 1".to_owned(),
            "type",
            "eigenlens:get",
        ),
        (format!("type: 'eigenlens:set', link: '{link}'"), "version", "missing"),
        (
            format!("type: 'eigenlens:set', version: 2, link: '{link}'"),
            "version",
            "is 2: expected 1",
        ),
        ("type: 'eigenlens:set', version: 1".to_owned(), "schema", "link"),
        (
            "type: 'eigenlens:set', version: 1, link: { toString() { return '#v1.' } }.a ?? 7".to_owned(),
            "schema",
            "link",
        ),
        (
            "type: 'eigenlens:set', version: 1, link: '#v1.'.padEnd(1 << 22, 'A')".to_owned(),
            "size",
            "131072",
        ),
        (
            format!("type: 'eigenlens:set', version: 1, link: '{cut}'"),
            "link",
            "damaged",
        ),
        (
            "type: 'eigenlens:set', version: 1, link: '#v999.AAAA'".to_owned(),
            "link",
            "newer version",
        ),
        (
            "type: 'eigenlens:set', version: 1, link: ' '".to_owned(),
            "link",
            "empty",
        ),
        (
            "type: 'eigenlens:set', version: 1, link: '<script>alert(1)</script>'".to_owned(),
            "link",
            "not a link",
        ),
        (
            format!("{good}, autosave: new ArrayBuffer(1 << 24)"),
            "schema",
            "no field autosave",
        ),
        (format!("{good}, id: 7"), "schema", "id"),
        (format!("{good}, id: 'x'.repeat(1000)"), "schema", "id"),
        ("type: 'eigenlens:step', version: 1, by: 1e9".to_owned(), "schema", "by"),
        ("type: 'eigenlens:step', version: 1, by: [1]".to_owned(), "schema", "by"),
        (
            "type: 'eigenlens:readouts', version: 1, on: 'yes'".to_owned(),
            "schema",
            "on",
        ),
    ] {
        page.eval(&format!("heard.frame.length = 0; ask(frame, {{ {message} }})"));
        page.until(
            &format!("a refusal of {message}"),
            "heard.frame[0]?.type === 'eigenlens:error'",
        );
        let error = page.eval("heard.frame[0]");
        assert_eq!(error["code"], code, "{message}: {error}");
        assert!(
            error["message"].as_str().is_some_and(|text| text.contains(words)),
            "{message}: {error}"
        );
    }
    // What is nobody's has no answer, and errors are not answered with errors; the question after them is.
    page.eval("heard.frame.length = 0; for (const it of [null, 1, '{}', [], new Map(), { type: 7 }, { type: 'reveal' }, { type: 'eigenlens:error', version: 1, id: 'x' }]) ask(frame, it)");
    let after = ask(&page, "frame", "get", &json!({}));
    assert_eq!(page.eval("heard.frame.length"), 1, "{}", page.eval("heard.frame"));
    for field in ["link", "readouts"] {
        assert_eq!(after[field], before[field], "nothing has changed");
    }

    // Another frame of the page may not ask.
    page.eval(
        "window.relayed = null; addEventListener('message', ({ data }) => { relayed ??= data?.relayed ?? null; })",
    );
    page.eval(&format!(
        "other.contentWindow.eval(\"parent.frames[0].postMessage({{ {good} }}, '*')\")"
    ));
    page.until("a refusal", "relayed?.code === 'source'");
    assert_eq!(ask(&page, "frame", "get", &json!({}))["link"], before["link"]);

    // The element hears its own frame only: neither the page nor another frame can speak for it.
    page.eval("window.said = []; for (const name of ['ready', 'readouts', 'error', 'keydown']) element.addEventListener(name === 'keydown' ? name : `eigenlens:${name}`, ({ type }) => said.push(type))");
    for message in [
        "{ type: 'eigenlens:ready', version: 1, link: '#v1.forged' }",
        "{ type: 'eigenlens:readouts', version: 1, link: '#v1.forged', readouts: {} }",
        "{ type: 'eigenlens:key', version: 1, key: 'PageDown' }",
        "{ type: 'eigenlens:error', version: 1, code: 'stopped', message: 'forged' }",
    ] {
        page.eval(&format!(
            "postMessage({message}, '*'); other.contentWindow.eval(\"parent.postMessage({message}, '*')\")"
        ));
    }
    assert_eq!(page.eval("element.get().then(({ link }) => link)"), before["link"]);
    assert_eq!(page.eval("said"), json!([]));
    assert_eq!(
        page.eval("element.set('#v999.AAAA').catch(({ code, message }) => [code, message.includes('newer version')])"),
        json!(["link", true])
    );
    assert_eq!(page.eval("element.state"), before["link"]);
    page.quiet();
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn many_labs_on_one_page_share_a_few_contexts_and_none_owns_the_page() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let mut body = String::new();
    for index in 0..6 {
        write!(
            body,
            "<eigen-lens id=lab{index} state='{}'></eigen-lens><p></p>",
            lab(LensId::Softmax)
        )
        .expect("text");
    }
    site.replace(
        "host.html",
        Some(
            format!(
                "<!doctype html><title>Host</title><style>eigen-lens {{ width: 320px; height: 200px; min-height: 0 }} p {{ height: 1200px; margin: 0 }} .close p {{ height: 0 }} .close eigen-lens {{ display: inline-block }}</style>
                 {body}<script src='embed.js'></script>
                 <script>window.most = 0; window.live = () => {{ const labs = [...document.querySelectorAll('eigen-lens')].filter((lab) => lab.shadowRoot.querySelector('iframe')); most = Math.max(most, labs.length); return labs.map(({{ id }}) => id).join(); }};
                   setInterval(live, 5);</script>"
            )
            .into(),
        ),
    );
    let page = chromium.page();
    page.goto(&format!("{}host.html", site.url()));
    page.until("the first lab", "lab0.live && live() === 'lab0'");
    // Each has a state of its own; they are one origin with the host here, so its storage can be looked at.
    page.eval(&format!("lab0.set({:?})", lab(LensId::KernelPca)));
    page.eval("lab3.scrollIntoView({ block: 'center' })");
    page.until("the lab in view", "lab3.live && live() === 'lab3'");
    assert_eq!(page.eval("lab0.state"), lab(LensId::KernelPca));
    assert_eq!(page.eval("lab3.state"), lab(LensId::Softmax));
    assert_eq!(
        page.eval("lab0.shadowRoot.querySelector('canvas').checkVisibility()"),
        true,
        "its last frame stands there"
    );
    page.eval("lab0.scrollIntoView({ block: 'center' })");
    page.until(
        "the first lab as it was left",
        "lab0.live && lab0.readouts.lens === 'kernel-pca'",
    );

    // All in view at once: four run, and a press has one of the others.
    page.eval("document.body.className = 'close'; scrollTo(0, 0)");
    page.until(
        "four labs",
        "document.querySelectorAll('eigen-lens').length === 6 && [lab0, lab1, lab2, lab3].every((lab) => lab.live)",
    );
    let button = "lab5.shadowRoot.querySelector('button')";
    page.until("a button", &format!("{button}.checkVisibility()"));
    page.screenshot("embed-many");
    page.eval(&format!("{button}.click()"));
    page.until(
        "the lab that was asked for",
        "lab5.live && live().split(',').length === 4",
    );
    assert_eq!(page.eval("most"), 4);
    assert_eq!(
        page.eval("[history.length > 2, location.hash, localStorage.length]"),
        json!([false, "", 0])
    );
    page.quiet();
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn a_lesson_in_a_frame_is_led_by_keys_and_hands_on_what_is_beyond_its_ends() {
    let (labs, host, chromium) = (Site::start(), Site::start(), Chromium::start());
    host.replace(
        "host.html",
        Some(
            format!(
                "<!doctype html><title>Host</title><iframe id=frame src='{}?embed&lesson=1-kernel-smoother&step=11' width=1240 height=680></iframe><script>{LISTEN}</script>",
                labs.url()
            )
            .into(),
        ),
    );
    let page = chromium.page();
    page.goto(&format!("{}host.html", host.url()));
    page.until("a lab", "heard.frame?.some(({ type }) => type === 'eigenlens:ready')");
    ask(&page, "frame", "readouts", &json!({ "on": true }));
    let step = "heard.frame.findLast(({ readouts }) => readouts)?.readouts.lesson?.step";
    page.until("the last step", &format!("{step} === 11"));
    // By message: on, past a question that it may ask, until there is no more.
    for _ in 0..4 {
        if ask(&page, "frame", "step", &json!({ "by": 1 }))["moved"] == false {
            break;
        }
    }
    assert_eq!(ask(&page, "frame", "step", &json!({ "by": 1 }))["moved"], false);
    assert_eq!(ask(&page, "frame", "step", &json!({ "by": -1 }))["moved"], true);
    page.until("the step before", &format!("{step} === 10"));
    // By keys: the lesson has them first, and at its end the host.
    page.click(middle(&page, "#frame").by(0.0, 250.0));
    let keys = "heard.frame.filter(({ type }) => type === 'eigenlens:key').map(({ key }) => key).join()";
    page.key("PageUp");
    page.until("the step before that", &format!("{step} === 9"));
    assert_eq!(page.eval(keys), "");
    page.key("Home");
    page.until("the first step", &format!("{step} === 1"));
    page.key("PageUp");
    page.until("the key at the host", &format!("{keys} === 'PageUp'"));
}
