//! A page in headless Chromium, driven as a person would: mouse, fingers, keys, and eyes.

use std::{
    env, fs,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use eigenlens::lab::{Lab, link};
use headless_chrome::{
    Browser, LaunchOptions, Tab,
    browser::tab::ModifierKey,
    protocol::cdp::{Page::CaptureScreenshotFormatOption, Target::CreateTarget, types::Method},
};
use serde_json::{Value, json};

/// Software WebGL on two busy cores is slow; a condition that has not come by then will not come.
const DEADLINE: Duration = Duration::from_mins(1);
const POLL: Duration = Duration::from_millis(20);

/// Methods of the `DevTools` protocol with their parameters as JSON: the typed ones want every optional field.
macro_rules! methods {
    ($($name:ident = $method:literal),* $(,)?) => {$(
        #[derive(Debug, serde::Serialize)]
        struct $name(Value);
        impl Method for $name {
            const NAME: &'static str = $method;
            type ReturnObject = Value;
        }
    )*};
}
methods! {
    Evaluate = "Runtime.evaluate",
    Mouse = "Input.dispatchMouseEvent",
    Touch = "Input.dispatchTouchEvent",
    BeforeLoad = "Page.addScriptToEvaluateOnNewDocument",
    Metrics = "Emulation.setDeviceMetricsOverride",
    TouchScreen = "Emulation.setTouchEmulationEnabled",
    Media = "Emulation.setEmulatedMedia",
    NetworkEnable = "Network.enable",
    Conditions = "Network.emulateNetworkConditions",
    Navigate = "Page.navigate",
    Reload = "Page.reload",
}

/// A browser with a fresh profile.
pub(crate) struct Chromium(Browser);

impl Chromium {
    /// Starts the browser named by `CHROMIUM`, else `chromium` on the PATH.
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// With a WebGPU that computes in software.
    pub(crate) fn with_webgpu() -> Self {
        Self::start_with(&[
            "--enable-unsafe-webgpu",
            "--use-webgpu-adapter=swiftshader",
            "--enable-features=Vulkan",
        ])
    }

    fn start_with(more: &[&str]) -> Self {
        let path = env::var_os("CHROMIUM").map_or_else(on_path, PathBuf::from);
        let args = [
            "--disable-quic",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
            "--use-gl=angle",
            "--use-angle=swiftshader",
            "--enable-unsafe-swiftshader",
        ];
        let options = LaunchOptions::default_builder()
            .path(Some(path))
            .sandbox(false)
            // Without this the crate passes --disable-gpu, and then Chromium's software compositor clips a WebGL canvas that
            // stands still while the page scrolls. SwiftShader does the work of the GPU either way.
            .enable_gpu(true)
            .window_size(Some((1280, 720)))
            .idle_browser_timeout(Duration::from_mins(10))
            .args(args.iter().chain(more).map(std::ffi::OsStr::new).collect())
            .build()
            .expect("launch options");
        Self(Browser::new(options).expect("Chromium starts"))
    }

    /// An empty page in a context of its own: nothing is shared with other contexts.
    pub(crate) fn page(&self) -> Page {
        let tab = self
            .0
            .new_context()
            .and_then(|context| context.new_tab())
            .expect("a page");
        Self::prepared(tab)
    }

    /// An empty page that shares everything with another, as a second window of one browser does.
    pub(crate) fn beside(&self, page: &Page) -> Page {
        let context = page
            .0
            .get_browser_context_id()
            .ok()
            .flatten()
            .expect("the page's context");
        // In one window one of them would be hidden, and paint nothing.
        let target = CreateTarget {
            url: "about:blank".to_owned(),
            left: None,
            top: None,
            width: None,
            height: None,
            window_state: None,
            browser_context_id: Some(context),
            enable_begin_frame_control: None,
            new_window: Some(true),
            background: None,
            for_tab: None,
            hidden: None,
        };
        let tab = self.0.new_tab_with_options(target).expect("a page");
        Self::prepared(tab)
    }

    fn prepared(tab: Arc<Tab>) -> Page {
        let page = Page(tab);
        page.before_load(
            "window.problems = [];
             for (const type of ['error', 'unhandledrejection', 'securitypolicyviolation'])
               addEventListener(type, (e) => problems.push(`${type}: ${e.message ?? e.reason ?? `${e.violatedDirective} ${e.blockedURI}`}`));",
        );
        page.size(1280, 720);
        page
    }
}

fn on_path() -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .map(|folder| folder.join("chromium"))
        .find(|file| file.is_file())
        .expect("no chromium on the PATH: install it, or name it in CHROMIUM")
}

/// A point of the viewport, in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Point {
    /// From the left.
    pub(crate) x: f64,
    /// From the top.
    pub(crate) y: f64,
}

impl Point {
    /// The point moved by (dx, dy).
    pub(crate) fn by(self, dx: f64, dy: f64) -> Self {
        Self {
            x: self.x + dx,
            y: self.y + dy,
        }
    }
}

/// One page.
pub(crate) struct Page(Arc<Tab>);

impl Page {
    fn call<M: Method<ReturnObject = Value> + serde::Serialize>(&self, method: M) -> Value {
        self.0
            .call_method(method)
            .unwrap_or_else(|error| panic!("{}: {error}", M::NAME))
    }

    /// Runs before any script of every document that is loaded from now on.
    pub(crate) fn before_load(&self, script: &str) {
        self.call(BeforeLoad(json!({ "source": script })));
    }

    /// A screen of this size.
    pub(crate) fn size(&self, width: u32, height: u32) {
        self.call(Metrics(
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false }),
        ));
    }

    /// A phone of this size, with a touch screen and one pixel per CSS pixel, which a software GPU draws quickly.
    pub(crate) fn phone(&self, width: u32, height: u32) {
        self.phone_of(width, height, 1);
    }

    /// A phone with `scale` pixels per CSS pixel, to look at.
    pub(crate) fn phone_of(&self, width: u32, height: u32, scale: u32) {
        self.call(Metrics(
            json!({ "width": width, "height": height, "deviceScaleFactor": scale, "mobile": true }),
        ));
        self.call(TouchScreen(json!({ "enabled": true, "maxTouchPoints": 5 })));
    }

    /// What the system asks for, as in `("prefers-color-scheme", "dark")`.
    pub(crate) fn prefers(&self, features: &[(&str, &str)]) {
        let features: Vec<Value> = features
            .iter()
            .map(|(name, value)| json!({ "name": name, "value": value }))
            .collect();
        self.call(Media(json!({ "features": features })));
    }

    /// Takes the page off the network.
    pub(crate) fn offline(&self) {
        self.call(NetworkEnable(json!({})));
        self.call(Conditions(
            json!({ "offline": true, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0 }),
        ));
    }

    /// Goes to `url`; a page that differs only behind the # is loaded anew as well.
    pub(crate) fn goto(&self, url: &str) {
        self.call(Navigate(json!({ "url": "about:blank" })));
        self.until(
            "a blank page",
            "location.href === 'about:blank' && document.readyState === 'complete'",
        );
        let answer = self.call(Navigate(json!({ "url": url })));
        assert!(answer["errorText"].is_null(), "{url}: {}", answer["errorText"]);
    }

    /// Opens the lab at `url`, without a link that of three groups, and waits until a token can be dragged.
    pub(crate) fn open(&self, url: &str) {
        if url.contains('#') {
            self.goto(url);
        } else {
            let three_groups = link::encode(&Lab::default());
            self.goto(&format!("{url}{three_groups}"));
        }
        self.lab();
    }

    /// Opens the page as someone does who has no link, and waits until a token can be dragged.
    pub(crate) fn open_bare(&self, url: &str) {
        self.goto(url);
        self.lab();
    }

    /// Waits until a token can be dragged.
    pub(crate) fn lab(&self) {
        self.until("a lab", "document.documentElement.dataset.state === 'running' && window.eigenlens?.readouts() && eigenlens.where('key 1')");
    }

    /// As the browser's button does, and waits for the lab.
    pub(crate) fn reload(&self) {
        self.mark();
        self.call(Reload(json!({})));
        self.reloaded();
        self.lab();
    }

    /// Remembers this document, for `reloaded`.
    pub(crate) fn mark(&self) {
        self.eval("window.before = true");
    }

    /// Waits until the marked document is gone.
    pub(crate) fn reloaded(&self) {
        self.until(
            "another document",
            "window.before === undefined && document.readyState !== 'loading'",
        );
    }

    /// The value of an expression; a promise is waited for.
    pub(crate) fn eval(&self, expression: &str) -> Value {
        self.try_eval(expression)
            .unwrap_or_else(|problem| panic!("{expression}\n{problem}"))
    }

    fn try_eval(&self, expression: &str) -> Result<Value, String> {
        let call = Evaluate(
            json!({ "expression": expression, "returnByValue": true, "awaitPromise": true, "userGesture": true }),
        );
        let answer = self.0.call_method(call).map_err(|error| error.to_string())?;
        match answer.get("exceptionDetails") {
            Some(details) => Err(details["exception"]["description"]
                .as_str()
                .unwrap_or("an exception")
                .to_owned()),
            None => Ok(answer["result"]["value"].clone()),
        }
    }

    /// Waits for a condition on the page; the document may change meanwhile.
    pub(crate) fn until(&self, what: &str, condition: &str) {
        let deadline = Instant::now() + DEADLINE;
        let expression = format!("(async () => Boolean(await ({condition})))()");
        loop {
            match self.try_eval(&expression) {
                Ok(Value::Bool(true)) => return,
                last if Instant::now() > deadline => {
                    let page = self.try_eval("`${location.href}\n${JSON.stringify(window.problems)}\n${performance.getEntriesByType('resource').map((e) => `${e.name.split('/').at(-1)} ${e.responseStatus} ${Math.round(e.startTime)}-${Math.round(e.responseEnd)}`)}\n${document.body?.innerText.slice(0, 800)}`");
                    panic!("no {what}: {condition}\nlast {last:?}\n{page:?}");
                }
                _ => thread::sleep(POLL),
            }
        }
    }

    /// Where a named thing is; the wait is for what appears with a later frame.
    pub(crate) fn at(&self, name: &str) -> Point {
        self.until(name, &format!("eigenlens.where({name:?})"));
        let at = self.eval(&format!("eigenlens.where({name:?})"));
        let number = |key: &str| at[key].as_f64().unwrap_or_else(|| panic!("{name}: {at}"));
        Point {
            x: number("x"),
            y: number("y"),
        }
    }

    /// The last readouts, once no gesture and no frame is on its way.
    pub(crate) fn readouts(&self) -> Value {
        self.settle();
        self.eval("eigenlens.readouts()")
    }

    /// Opens the page with a lab.
    pub(crate) fn open_lab(&self, site: &str, lab: &Lab) {
        self.open(&format!("{site}{}", link::encode(lab)));
    }

    /// The lab that the page shows, by its link alone.
    pub(crate) fn shown_lab(&self) -> Lab {
        let text = self.eval("eigenlens.link()");
        let (lab, notice) = link::decode(text.as_str().expect("a link"));
        assert_eq!(notice, None);
        lab
    }

    /// The named numbers, to the last digit.
    pub(crate) fn numbers(&self) -> Value {
        self.readouts()["numbers"].clone()
    }

    /// Waits for frames without a change.
    pub(crate) fn settle(&self) {
        self.until(
            "rest",
            "new Promise((done) => {
               let seen, still = 0;
               const frame = () => {
                 const now = eigenlens.readouts()?.revision;
                 still = now === seen ? still + 1 : 0;
                 seen = now;
                 if (still > 3) done(eigenlens.readouts()?.dragging === false); else requestAnimationFrame(frame);
               };
               requestAnimationFrame(frame);
             })",
        );
    }

    /// Waits until the numbers differ from `before`.
    pub(crate) fn changed(&self, before: &Value) {
        self.until("change", &format!("!{}", same(before)));
    }

    /// Waits until the numbers are these, to the last digit.
    pub(crate) fn shows(&self, numbers: &Value) {
        self.until("these numbers", &same(numbers));
    }

    fn mouse(&self, kind: &str, at: Point, down: bool) {
        let button = if kind == "mouseMoved" && !down { "none" } else { "left" };
        self.call(Mouse(
            json!({ "type": kind, "x": at.x, "y": at.y, "button": button, "buttons": u8::from(down), "clickCount": 1 }),
        ));
    }

    /// One frame, so that what comes next finds what went before on the screen.
    fn frame(&self) {
        self.eval("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))");
    }

    /// A click with the left button.
    pub(crate) fn click(&self, at: Point) {
        self.mouse("mouseMoved", at, false);
        self.frame();
        self.mouse("mousePressed", at, true);
        self.frame();
        self.mouse("mouseReleased", at, false);
        self.frame();
    }

    /// Presses at the first point, passes the others and lets go at the last.
    pub(crate) fn drag(&self, path: &[Point]) {
        let [first, .., last] = path else {
            panic!("a drag has two ends")
        };
        self.mouse("mouseMoved", *first, false);
        self.frame();
        self.mouse("mousePressed", *first, true);
        for pair in path.windows(2) {
            for step in 1..=4 {
                let t = f64::from(step) / 4.0;
                self.mouse(
                    "mouseMoved",
                    pair[0].by(t * (pair[1].x - pair[0].x), t * (pair[1].y - pair[0].y)),
                    true,
                );
                self.frame();
            }
        }
        self.mouse("mouseReleased", *last, false);
        self.frame();
    }

    fn touch(&self, kind: &str, fingers: &[Point]) {
        let points: Vec<Value> = fingers
            .iter()
            .enumerate()
            .map(|(id, at)| json!({ "x": at.x, "y": at.y, "id": id }))
            .collect();
        self.call(Touch(json!({ "type": kind, "touchPoints": points })));
    }

    /// One finger from `from` to `to`.
    pub(crate) fn swipe(&self, from: Point, to: Point) {
        self.touch("touchStart", &[from]);
        for step in 1..=12 {
            let t = f64::from(step) / 12.0;
            self.touch("touchMove", &[from.by(t * (to.x - from.x), t * (to.y - from.y))]);
            self.frame();
        }
        self.touch("touchEnd", &[]);
        self.frame();
    }

    /// Two fingers, one after the other, that move apart sideways by `by` each.
    pub(crate) fn spread(&self, left: Point, right: Point, by: f64) {
        self.touch("touchStart", &[left]);
        self.frame();
        self.touch("touchStart", &[left, right]);
        self.frame();
        for step in 1..=8 {
            let d = by * f64::from(step) / 8.0;
            self.touch("touchMove", &[left.by(-d, 0.0), right.by(d, 0.0)]);
            self.frame();
        }
        self.touch("touchEnd", &[]);
        self.frame();
    }

    /// One key.
    pub(crate) fn key(&self, key: &str) {
        self.0.press_key(key).unwrap_or_else(|error| panic!("{key}: {error}"));
    }

    /// One key with Ctrl.
    pub(crate) fn ctrl(&self, key: &str) {
        self.0
            .press_key_with_modifiers(key, Some(&[ModifierKey::Ctrl]))
            .unwrap_or_else(|error| panic!("Ctrl {key}: {error}"));
    }

    /// One key with Shift.
    pub(crate) fn shift(&self, key: &str) {
        self.0
            .press_key_with_modifiers(key, Some(&[ModifierKey::Shift]))
            .unwrap_or_else(|error| panic!("Shift {key}: {error}"));
    }

    /// What the screen shows, left in `screenshots/browser-NAME.png` for a person to look at.
    pub(crate) fn screenshot(&self, name: &str) -> image::RgbaImage {
        if self.eval("document.documentElement.dataset.state") == "running" {
            self.settle();
        }
        self.frame();
        let png = self
            .0
            .capture_screenshot(CaptureScreenshotFormatOption::Png, None, None, true)
            .expect("a picture");
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
        fs::create_dir_all(&folder).expect("a folder for screenshots");
        fs::write(folder.join(format!("browser-{name}.png")), &png).expect("a screenshot");
        image::load_from_memory(&png).expect("a PNG").to_rgba8()
    }

    /// Nothing went wrong that nobody saw.
    pub(crate) fn quiet(&self) {
        assert_eq!(self.eval("window.problems"), json!([]));
    }
}

/// One of the [`Page::numbers`].
pub(crate) fn number(numbers: &Value, name: &str) -> f64 {
    numbers[name]["value"]
        .as_f64()
        .unwrap_or_else(|| panic!("there is a number {name}"))
}

/// The condition that the named numbers are these, to the last digit.
pub(crate) fn same(numbers: &Value) -> String {
    let values: serde_json::Map<String, Value> = numbers
        .as_object()
        .expect("numbers")
        .iter()
        .map(|(name, number)| (name.clone(), number["value"].clone()))
        .collect();
    format!(
        "((want) => {{ const have = eigenlens.readouts()?.numbers ?? {{}};
            return Object.keys(have).length === Object.keys(want).length && Object.entries(want).every(([k, v]) => Object.is(have[k]?.value, v)); }})({})",
        Value::Object(values)
    )
}
